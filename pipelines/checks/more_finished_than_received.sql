-- No more courses of treatment finish in a year than referrals are received in it, where at least 100 finish.
--
-- They are not the same people, so it can happen where a service winds down or clears old records; it is worth asking.
--
-- Each period by itself.
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'warning' AS severity,
  concat('finished ', CAST(CAST(numerator AS BIGINT) AS VARCHAR), ', received ',
    CAST(CAST(denominator AS BIGINT) AS VARCHAR)) AS evidence,
  1 AS n_rows,
  concat(org_name, ' (', org_code, ') finished ',
    regexp_replace(CAST(CAST(numerator AS BIGINT) AS VARCHAR), '([0-9])([0-9]{3})$', '\1,\2'), ' courses of treatment in ', reporting_period, ' but received only ',
    regexp_replace(CAST(CAST(denominator AS BIGINT) AS VARCHAR), '([0-9])([0-9]{3})$', '\1,\2'), ' referrals; old records may have been closed in that year.') AS sentence
FROM indicators
WHERE period_kind = 'year' AND breakdown = 'total' AND indicator = 'finished_per_100_received' AND numerator >= 100
  AND numerator_low > denominator_high
