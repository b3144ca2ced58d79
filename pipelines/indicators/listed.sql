-- Listed: who is published in which period, by code, and the series that each is in (`organisation_series`).
SELECT
  dataset, reporting_period, totals.level, MIN(org_type) AS org_type, totals.org_code, MIN(totals.org_name) AS org_name,
  COUNT(DISTINCT totals.org_name) AS n_names,
  COALESCE(MIN(organisation_series.series_code), totals.org_code) AS series_code
FROM totals
LEFT JOIN organisation_series
  ON organisation_series.level = totals.level AND organisation_series.org_code = totals.org_code
WHERE org_kind IN ('place', 'service') AND totals.level <> 'england'
GROUP BY dataset, reporting_period, totals.level, totals.org_code
