-- An organisation has the name that it had the year before.
--
-- How many blanks stand between the words of a name is not told.
WITH named AS (
  SELECT *, regexp_replace(org_name, ' +', ' ', 'g') AS name FROM listed
)
SELECT DISTINCT
  now.dataset, now.reporting_period, now.level, now.org_type, now.org_code, now.org_name, '' AS subject,
  'note' AS severity, concat(before.name, ' before') AS evidence, 1 AS n_rows,
  concat(now.org_code, ' is called ', now.name, ' in ', now.reporting_period, ' and was called ', before.name,
    ' in ', before.reporting_period, '.') AS sentence
FROM named AS now
JOIN periods ON periods.dataset = now.dataset AND periods.reporting_period = now.reporting_period
JOIN named AS before
  ON before.dataset = now.dataset AND before.reporting_period = periods.previous_period AND before.level = now.level
 AND before.org_code = now.org_code
WHERE before.name <> now.name AND now.n_names = 1 AND before.n_names = 1
