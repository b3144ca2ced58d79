-- The organisations in an area do not add up to more than the area, beyond what rounding allows.
--
-- Less is ordinary: people whose area is unknown are in the larger area and in none of its parts. Areas are placed as
-- organisations.csv places them.
WITH placed AS (
  SELECT totals.*, organisations.parent
  FROM totals JOIN organisations ON organisations.level = totals.level AND organisations.org_code = totals.org_code
  WHERE totals.statistic = 'count' AND organisations.parent IS NOT NULL AND totals.level <> 'provider'
),
parents AS (
  SELECT dataset, reporting_period, level, org_code, org_name, org_type, measure, MIN(value_high) AS value_high
  FROM totals WHERE statistic = 'count' AND value_high IS NOT NULL
  GROUP BY dataset, reporting_period, level, org_code, org_name, org_type, measure
  HAVING COUNT(*) = 1
),
sums AS (
  SELECT
    placed.dataset, placed.reporting_period, parents.level, parents.org_type, parents.org_code, parents.org_name,
    placed.measure, COUNT(*) AS n_rows, SUM(placed.value_low) AS least, MIN(parents.value_high) AS greatest
  FROM placed
  JOIN parents
    ON parents.dataset = placed.dataset AND parents.reporting_period = placed.reporting_period
   AND parents.org_code = placed.parent AND parents.measure = placed.measure
  GROUP BY
    placed.dataset, placed.reporting_period, parents.level, parents.org_type, parents.org_code, parents.org_name,
    placed.measure
)
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, '' AS subject, 'warning' AS severity,
  string_agg(concat(measure, ': at least ', CAST(CAST(least AS BIGINT) AS VARCHAR), ' in its parts, at most ',
    CAST(CAST(greatest AS BIGINT) AS VARCHAR), ' in all'), '; ' ORDER BY measure) AS evidence,
  MAX(n_rows) AS n_rows,
  concat('In ', reporting_period, ' the organisations in ', org_name, ' (', org_code, ') add up to more than it has, in ',
    CAST(COUNT(*) AS VARCHAR), CASE COUNT(*) WHEN 1 THEN ' measure' ELSE ' measures' END, '; their borders are not the same, or a figure is wrong.') AS sentence
FROM sums
WHERE least > greatest
GROUP BY dataset, reporting_period, level, org_type, org_code, org_name
