-- No more courses of treatment finish in a year than referrals are received in it, where at least 100 finish.
--
-- They are not the same people, so it can happen where a service winds down or clears old records; it is worth asking.
--
-- Each period by itself.
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'warning' AS severity,
  concat('finished ', CAST(CAST(numerator AS BIGINT) AS VARCHAR), ', received ',
    CASE WHEN denominator IS NULL THEN 'at most ' ELSE '' END,
    CAST(CAST(COALESCE(denominator, denominator_high) AS BIGINT) AS VARCHAR)) AS evidence,
  1 AS n_rows,
  concat(org_name, ' (', org_code, ') finished ',
    with_commas(numerator), ' courses of treatment in ', reporting_period, ' but received ',
    CASE WHEN denominator IS NULL THEN 'at most ' ELSE 'only ' END, with_commas(COALESCE(denominator, denominator_high)), ' referrals; old records may have been closed in that year.') AS sentence
FROM indicators
WHERE period_kind = 'year' AND breakdown = 'total' AND indicator = 'finished_per_100_received' AND numerator >= 100
  AND numerator_low > denominator_high
