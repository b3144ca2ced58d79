-- Years: what the families of indicators and the pathway are computed from.
--
-- What is published by the year, where the measure applies and the category is known; and the whole years of what is
-- published by the month (`sums` is monthly_sums), under their own dataset: a month alone is too short for the rates of most
-- organisations. `period_kind` tells the two apart.
SELECT
  tidy.dataset, tidy.reporting_period, tidy.period_kind, types.level, tidy.org_type, tidy.org_code, tidy.org_name,
  tidy.breakdown, tidy.category, tidy.measure, tidy.statistic, tidy.value, tidy.value_status, tidy.value_low,
  tidy.value_high
FROM organisation_types AS types JOIN tidy ON types.org_type = tidy.org_type
WHERE tidy.period_kind = 'year' AND tidy.breakdown IS NOT NULL AND tidy.value_status <> 'not_applicable'
UNION ALL
SELECT
  arrow_cast(dataset, 'Dictionary(UInt16, Utf8)') AS dataset,
  arrow_cast(reporting_period, 'Dictionary(UInt16, Utf8)') AS reporting_period,
  arrow_cast('sum_of_months', 'Dictionary(Int32, Utf8)') AS period_kind, level,
  arrow_cast(org_type, 'Dictionary(Int32, Utf8)') AS org_type, arrow_cast(org_code, 'Dictionary(Int32, Utf8)') AS org_code,
  arrow_cast(org_name, 'Dictionary(Int32, Utf8)') AS org_name, arrow_cast('total', 'Dictionary(Int32, Utf8)') AS breakdown,
  arrow_cast('All', 'Dictionary(Int32, Utf8)') AS category, arrow_cast(measure, 'Dictionary(Int32, Utf8)') AS measure,
  arrow_cast(statistic, 'Dictionary(Int32, Utf8)') AS statistic, value,
  arrow_cast(value_status, 'Dictionary(Int32, Utf8)') AS value_status, value_low, value_high
FROM sums WHERE n_months = 12 AND value_status <> 'conflicting'
