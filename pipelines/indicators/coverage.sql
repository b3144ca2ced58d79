-- Coverage: what there is of each measure at each level, period by period, so that a question without rows has its reason.
--
-- One row per file's dataset and period, level, breakdown and measure; the cells are counted by their status. A measure that has
-- no row here is not in the published file; one whose cells are all `not_held` stands in the file without any figure.
SELECT
  tidy.dataset, tidy.reporting_period, tidy.period_kind, types.level, tidy.breakdown, tidy.measure, tidy.statistic,
  COUNT(*) AS n_cells,
  COUNT(*) FILTER (WHERE tidy.value_status = 'reported') AS n_reported,
  COUNT(*) FILTER (WHERE tidy.value_status = 'suppressed') AS n_suppressed,
  COUNT(*) FILTER (WHERE tidy.value_status = 'not_applicable') AS n_not_applicable,
  COUNT(*) FILTER (WHERE tidy.value_status = 'no_activity') AS n_no_activity,
  COUNT(*) FILTER (WHERE tidy.value_status = 'missing') AS n_missing,
  COUNT(*) FILTER (WHERE tidy.value_status = 'not_held') AS n_not_held
FROM organisation_types AS types JOIN tidy ON types.org_type = tidy.org_type
GROUP BY tidy.dataset, tidy.reporting_period, tidy.period_kind, types.level, tidy.breakdown, tidy.measure, tidy.statistic
ORDER BY dataset, reporting_period, level, breakdown, measure, statistic
