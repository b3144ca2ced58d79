-- Whether people were above the clinical cut-off at the start is known of at least nineteen in twenty that finished.
--
-- Each period by itself.
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'note' AS severity,
  concat('at least ', CAST(round(value_low, 1) AS VARCHAR), '% of ', CAST(CAST(denominator AS BIGINT) AS VARCHAR),
    ' finished') AS evidence,
  1 AS n_rows,
  concat('For ', org_name, ' (', org_code, ') it is not known whether at least ', CAST(round(value_low, 1) AS VARCHAR),
    '% of those that finished treatment in ', reporting_period,
    ' were above the clinical cut-off at the start; they count as not recovered.') AS sentence
FROM indicators
WHERE breakdown = 'total' AND indicator = 'unknown_caseness_rate' AND value_low > 5
