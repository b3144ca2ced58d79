-- Changes: the cells of one file that two editions of a release do not have alike.
--
-- Cells by what identifies them and what is printed in them, with how often each edition has that: what both have alike
-- drops out, and what is left is matched by its keys.
WITH printed AS (
  SELECT 1 AS n_old, 0 AS n_new, * FROM old UNION ALL SELECT 0 AS n_old, 1 AS n_new, * FROM new
),
cells AS (
  SELECT
    measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b,
    CASE WHEN value_status = 'reported' THEN CAST(value AS VARCHAR) ELSE CAST(value_status AS VARCHAR) END AS cell,
    sum(n_old) AS n_old, sum(n_new) AS n_new
  FROM printed GROUP BY measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b, cell
),
gone AS (SELECT *, n_old AS n FROM cells WHERE n_old > 0 AND n_old <> n_new),
come AS (SELECT *, n_new AS n FROM cells WHERE n_new > 0 AND n_old <> n_new)
SELECT
  CAST($file AS VARCHAR) AS file,
  coalesce(gone.measure, come.measure) AS measure, coalesce(gone.statistic, come.statistic) AS statistic,
  coalesce(gone.org_type, come.org_type) AS org_type, coalesce(gone.org_code, come.org_code) AS org_code,
  coalesce(gone.org_name, come.org_name) AS org_name,
  coalesce(gone.variable_type, come.variable_type) AS variable_type,
  coalesce(gone.variable_a, come.variable_a) AS variable_a, coalesce(gone.variable_b, come.variable_b) AS variable_b,
  CASE WHEN gone.cell IS NULL THEN 'added' WHEN come.cell IS NULL THEN 'removed' ELSE 'changed' END AS change,
  coalesce(gone.cell || CASE WHEN gone.n > 1 THEN ' x' || gone.n ELSE '' END, '') AS old,
  coalesce(come.cell || CASE WHEN come.n > 1 THEN ' x' || come.n ELSE '' END, '') AS new
FROM gone
FULL JOIN come ON
    gone.measure = come.measure AND gone.statistic = come.statistic AND gone.org_type = come.org_type AND
    gone.org_code = come.org_code AND gone.org_name = come.org_name AND gone.variable_type = come.variable_type AND
    gone.variable_a = come.variable_a AND gone.variable_b = come.variable_b
ORDER BY measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b, old, new
