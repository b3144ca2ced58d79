-- Totals: organisations' total rows of whole years, with what each organisation is: what most rules look at.
SELECT
  CAST(dataset AS VARCHAR) AS dataset, CAST(reporting_period AS VARCHAR) AS reporting_period, types.level,
  CAST(tidy.org_type AS VARCHAR) AS org_type, CAST(tidy.org_code AS VARCHAR) AS org_code,
  CAST(tidy.org_name AS VARCHAR) AS org_name,
  COALESCE(organisations.kind, CASE types.level WHEN 'provider' THEN 'service' ELSE 'place' END) AS org_kind,
  CAST(measure AS VARCHAR) AS measure, CAST(statistic AS VARCHAR) AS statistic, value,
  CAST(value_status AS VARCHAR) AS value_status, value_low, value_high,
  CAST(source_file AS VARCHAR) AS source_file, source_row
FROM tidy
JOIN organisation_types AS types ON tidy.org_type = types.org_type
LEFT JOIN organisations ON organisations.level = types.level AND organisations.org_code = tidy.org_code
WHERE breakdown = 'total' AND value_status NOT IN ('not_applicable', 'not_held') AND period_kind = 'year'
