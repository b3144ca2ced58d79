-- Changes: the cells of one file that two editions of a release do not have alike.
--
-- Cells by what identifies them, each with what is printed in it and how often it is there: what both editions have alike
-- drops out, and what is left is matched by its keys.
WITH old_cells AS (
  SELECT
    measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b,
    CASE WHEN value_status = 'reported' THEN CAST(value AS VARCHAR) ELSE CAST(value_status AS VARCHAR) END AS cell,
    count(*) AS n
  FROM old GROUP BY measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b, cell
),
new_cells AS (
  SELECT
    measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b,
    CASE WHEN value_status = 'reported' THEN CAST(value AS VARCHAR) ELSE CAST(value_status AS VARCHAR) END AS cell,
    count(*) AS n
  FROM new GROUP BY measure, statistic, org_type, org_code, org_name, variable_type, variable_a, variable_b, cell
),
gone AS (
  SELECT * FROM old_cells WHERE NOT EXISTS (SELECT 1 FROM new_cells WHERE
    old_cells.measure = new_cells.measure AND old_cells.statistic = new_cells.statistic AND
    old_cells.org_type = new_cells.org_type AND old_cells.org_code = new_cells.org_code AND
    old_cells.org_name = new_cells.org_name AND old_cells.variable_type = new_cells.variable_type AND
    old_cells.variable_a = new_cells.variable_a AND old_cells.variable_b = new_cells.variable_b AND
    old_cells.cell = new_cells.cell AND old_cells.n = new_cells.n)
),
come AS (
  SELECT * FROM new_cells WHERE NOT EXISTS (SELECT 1 FROM old_cells WHERE
    old_cells.measure = new_cells.measure AND old_cells.statistic = new_cells.statistic AND
    old_cells.org_type = new_cells.org_type AND old_cells.org_code = new_cells.org_code AND
    old_cells.org_name = new_cells.org_name AND old_cells.variable_type = new_cells.variable_type AND
    old_cells.variable_a = new_cells.variable_a AND old_cells.variable_b = new_cells.variable_b AND
    old_cells.cell = new_cells.cell AND old_cells.n = new_cells.n)
)
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
