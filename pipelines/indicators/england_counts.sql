-- England's counts of whole years: what most claims are about.
SELECT tidy.dataset, tidy.reporting_period, tidy.measure, tidy.value
FROM tidy JOIN organisation_types AS types ON tidy.org_type = types.org_type
WHERE types.level = 'england' AND breakdown = 'total' AND statistic = 'count' AND value IS NOT NULL AND period_kind = 'year'
ORDER BY dataset, reporting_period, measure, value
