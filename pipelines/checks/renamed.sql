-- An organisation has the name that it had the year before.
SELECT DISTINCT
  now.dataset, now.reporting_period, now.level, now.org_type, now.org_code, now.org_name, '' AS subject,
  'note' AS severity, concat(before.org_name, ' before') AS evidence, 1 AS n_rows,
  concat(now.org_code, ' is called ', now.org_name, ' in ', now.reporting_period, ' and was called ', before.org_name,
    ' in ', before.reporting_period, '.') AS sentence
FROM listed AS now
JOIN periods ON periods.dataset = now.dataset AND periods.reporting_period = now.reporting_period
JOIN listed AS before
  ON before.dataset = now.dataset AND before.reporting_period = periods.previous_period AND before.level = now.level
 AND before.org_code = now.org_code
WHERE before.org_name <> now.org_name AND now.n_names = 1 AND before.n_names = 1
