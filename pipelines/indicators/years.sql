-- Years: what the families of indicators and the pathway are computed from.
--
-- What is published by the year, where the measure applies and the category is known; the whole years of what is published by
-- the month (`sums` is monthly_sums), under their own dataset; and the single months, which only the indicators use that say so
-- (`by_month`): a month alone is too short for the rates of most organisations. `period_kind` tells the three apart.
SELECT
  tidy.dataset, tidy.reporting_period, tidy.period_kind, types.level, tidy.org_type, tidy.org_code, tidy.org_name,
  tidy.breakdown, tidy.category, tidy.measure, tidy.statistic, tidy.value, tidy.value_status, tidy.value_low,
  tidy.value_high
FROM organisation_types AS types JOIN tidy ON types.org_type = tidy.org_type
WHERE tidy.period_kind = 'year' AND tidy.breakdown IS NOT NULL AND tidy.value_status NOT IN ('not_applicable', 'not_held')
UNION ALL
SELECT
  dataset, reporting_period, 'sum_of_months' AS period_kind, level, org_type, org_code, org_name, 'total' AS breakdown,
  'All' AS category, measure, statistic, value, value_status, value_low, value_high
FROM sums WHERE n_months = 12 AND value_status <> 'conflicting'
UNION ALL
SELECT
  tidy.dataset, tidy.reporting_period, tidy.period_kind, types.level, tidy.org_type, tidy.org_code, tidy.org_name,
  tidy.breakdown, tidy.category, tidy.measure, tidy.statistic, tidy.value, tidy.value_status, tidy.value_low,
  tidy.value_high
FROM organisation_types AS types JOIN tidy ON types.org_type = tidy.org_type
WHERE tidy.period_kind = 'month' AND tidy.breakdown = 'total' AND types.level <> 'sub_icb_provider'
  AND tidy.value_status NOT IN ('not_applicable', 'not_held')
