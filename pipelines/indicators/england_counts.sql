-- England's counts of whole years: what most claims are about.
SELECT CAST(reporting_period AS VARCHAR) AS reporting_period, CAST(measure AS VARCHAR) AS measure, value
FROM tidy JOIN organisation_types AS types ON tidy.org_type = types.org_type
WHERE types.level = 'england' AND breakdown = 'total' AND statistic = 'count' AND value IS NOT NULL AND period_kind = 'year'
