-- Listed: who is published in which period, by code.
SELECT dataset, reporting_period, level, MIN(org_type) AS org_type, org_code, MIN(org_name) AS org_name,
  COUNT(DISTINCT org_name) AS n_names
FROM totals WHERE org_kind IN ('place', 'service') AND level <> 'england'
GROUP BY dataset, reporting_period, level, org_code
