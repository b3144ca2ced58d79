-- An organisation with figures has figures the next year too, itself or one that followed it.
SELECT DISTINCT
  before.dataset, periods.reporting_period, before.level, before.org_type, before.org_code, before.org_name, '' AS subject,
  'note' AS severity, concat('last in ', before.reporting_period) AS evidence, 1 AS n_rows,
  concat(before.org_name, ' (', before.org_code, ') is published in ', before.reporting_period, ' and no longer in ',
    periods.reporting_period, '.') AS sentence
FROM listed AS before
JOIN periods ON periods.dataset = before.dataset AND periods.previous_period = before.reporting_period
-- A level that is no longer published says nothing about its organisations.
JOIN (SELECT DISTINCT dataset, reporting_period, level FROM listed) AS levels
  ON levels.dataset = before.dataset AND levels.reporting_period = periods.reporting_period
 AND levels.level = before.level
LEFT JOIN listed AS now
  ON now.dataset = before.dataset AND now.reporting_period = periods.reporting_period AND now.level = before.level
 AND now.series_code = before.series_code
WHERE now.org_code IS NULL
