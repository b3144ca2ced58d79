-- Finished courses, at least 100, neither double nor halve in a year; of a board or region, at least 1,000, they change by less than two fifths.
SELECT
  now.dataset, now.reporting_period, now.level, now.org_type, now.org_code, now.org_name, now.measure AS subject,
  'note' AS severity,
  concat(CAST(CAST(before.value AS BIGINT) AS VARCHAR), ' to ', CAST(CAST(now.value AS BIGINT) AS VARCHAR)) AS evidence,
  2 AS n_rows,
  concat(now.org_name, ' (', now.org_code, '): finished courses went from ',
    with_commas(before.value), ' in ', before.reporting_period, ' to ',
    with_commas(now.value), ' in ', now.reporting_period,
    '; the two years may not be of the same ', CASE now.org_kind WHEN 'place' THEN 'services.' ELSE 'service.' END) AS sentence
FROM totals AS now
JOIN periods ON periods.dataset = now.dataset AND periods.reporting_period = now.reporting_period
JOIN totals AS before
  ON before.dataset = now.dataset AND before.reporting_period = periods.previous_period AND before.level = now.level
 AND before.org_code = now.org_code AND before.measure = now.measure AND before.statistic = now.statistic
WHERE now.statistic = 'count' AND now.measure = 'finished_course_treatment' AND now.org_kind IN ('place', 'service')
  AND GREATEST(now.value, before.value) >= 100
  AND GREATEST(now.value, before.value) >= LEAST(now.value, before.value) *
    CASE WHEN now.level IN ('icb', 'region') AND GREATEST(now.value, before.value) >= 1000 THEN 1.4 ELSE 2 END
