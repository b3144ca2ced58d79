-- Coverage: what there is of each measure at each level, period by period, so that a question without rows has its reason.
--
-- One row per file's dataset and period, level, breakdown and measure; the cells are counted by their status. A measure that has
-- no row here is not in the published file; one whose cells are all `not_held` stands in the file without any figure.
WITH counted AS (
  -- As the files have it, before the join: there are few groups, and a join would carry every cell.
  SELECT
    dataset, reporting_period, period_kind, org_type, breakdown, measure, statistic, value_status, COUNT(*) AS n_cells
  FROM tidy
  GROUP BY dataset, reporting_period, period_kind, org_type, breakdown, measure, statistic, value_status
)
SELECT
  counted.dataset, counted.reporting_period, counted.period_kind, types.level, counted.breakdown, counted.measure,
  counted.statistic,
  SUM(n_cells) AS n_cells,
  SUM(CASE value_status WHEN 'reported' THEN n_cells ELSE 0 END) AS n_reported,
  SUM(CASE value_status WHEN 'suppressed' THEN n_cells ELSE 0 END) AS n_suppressed,
  SUM(CASE value_status WHEN 'not_applicable' THEN n_cells ELSE 0 END) AS n_not_applicable,
  SUM(CASE value_status WHEN 'no_activity' THEN n_cells ELSE 0 END) AS n_no_activity,
  SUM(CASE value_status WHEN 'missing' THEN n_cells ELSE 0 END) AS n_missing,
  SUM(CASE value_status WHEN 'not_held' THEN n_cells ELSE 0 END) AS n_not_held
FROM organisation_types AS types JOIN counted ON types.org_type = counted.org_type
GROUP BY
  counted.dataset, counted.reporting_period, counted.period_kind, types.level, counted.breakdown, counted.measure,
  counted.statistic
ORDER BY dataset, reporting_period, level, breakdown, measure, statistic
