-- Years: what the families of indicators and the pathway are computed from, where there are sums of months.
--
-- What is published by the year (`published_cells`); the years of what is published by the month (`sums` is whole_years),
-- under their own dataset; and the single months, which only the indicators use that say so (`by_month`): a month alone is too short
-- for the rates of most organisations. `period_kind` tells the three apart. Without sums `years` is `published_cells` alone.
SELECT * FROM published_cells
UNION ALL
SELECT
  dataset, reporting_period, 'sum_of_months' AS period_kind, org_type, org_code, org_name, 'total' AS breakdown,
  'All' AS category, measure, statistic, value, value_status, value_low, value_high
FROM sums
