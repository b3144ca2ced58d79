-- Published cells: what the publisher prints that indicators and the pathway are computed from, where the measure applies and the
-- category is known: all of a year, and the totals of a single month.
SELECT
  tidy.dataset, tidy.reporting_period, tidy.period_kind, types.level, tidy.org_type, tidy.org_code, tidy.org_name,
  tidy.breakdown, tidy.category, tidy.measure, tidy.statistic, tidy.value, tidy.value_status, tidy.value_low,
  tidy.value_high
FROM organisation_types AS types JOIN tidy ON types.org_type = tidy.org_type
WHERE tidy.breakdown IS NOT NULL AND tidy.value_status NOT IN ('not_applicable', 'not_held')
  AND (
    tidy.period_kind = 'year'
    OR (tidy.period_kind = 'month' AND tidy.breakdown = 'total' AND types.level <> 'sub_icb_provider')
  )
