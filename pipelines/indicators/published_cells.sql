-- Published cells: what the publisher prints that indicators and the pathway are computed from, where the measure applies and the
-- category is known: all of a year, and the totals of a single month. A file of several months says nothing of any of them.
SELECT
  dataset, reporting_period, period_kind, org_type, org_code, org_name, breakdown, category, measure, statistic, value,
  value_status, value_low, value_high
FROM tidy
WHERE breakdown IS NOT NULL AND value_status NOT IN ('not_applicable', 'not_held')
  AND (period_kind = 'year' OR (period_kind = 'month' AND breakdown = 'total' AND reporting_period NOT LIKE '%--%'))
