-- Totals: organisations' total rows of whole years, with what each organisation is: what most rules look at.
SELECT
  dataset, reporting_period, types.level,
  tidy.org_type, tidy.org_code,
  tidy.org_name,
  COALESCE(organisations.kind, types.org_kind) AS org_kind,
  measure, statistic, value,
  value_status, value_low, value_high,
  source_file, source_row
FROM tidy
JOIN organisation_types AS types ON tidy.org_type = types.org_type
LEFT JOIN organisations ON organisations.level = types.level AND organisations.org_code = tidy.org_code
WHERE breakdown = 'total' AND value_status NOT IN ('not_applicable', 'not_held') AND period_kind = 'year'
