-- A row with one key and one name is printed once, or with one figure.
--
-- Each period by itself.
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'error' AS severity,
  concat(CAST(COUNT(*) AS VARCHAR), ' categories with more than one figure') AS evidence,
  COUNT(*) AS n_rows,
  concat(org_name, ' (', org_code, ') has more than one figure for the same rows in ', reporting_period,
    ', and nothing says which is meant; none is used.') AS sentence
FROM indicators
WHERE value_status = 'conflicting'
GROUP BY dataset, reporting_period, level, org_type, org_code, org_name, indicator
