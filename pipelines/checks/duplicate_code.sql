-- A code is listed once among the organisations of its type in a period.
WITH entries AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code, measure, statistic,
    COUNT(*) AS n_entries, COUNT(DISTINCT value) <= 1 AS is_same, string_agg(DISTINCT org_name, '; ') AS names
  FROM totals
  WHERE org_kind <> 'unknown'
  GROUP BY dataset, reporting_period, level, org_type, org_code, measure, statistic, source_file
  HAVING COUNT(*) > 1
)
SELECT
  dataset, reporting_period, level, org_type, org_code, MIN(names) AS org_name, '' AS subject,
  'error' AS severity,
  concat(CAST(MAX(n_entries) AS VARCHAR), ' entries; the same figure in ',
    CAST(COUNT(*) FILTER (WHERE is_same) AS VARCHAR), ' of ', CAST(COUNT(*) AS VARCHAR), ' measures') AS evidence,
  MAX(n_entries) AS n_rows,
  concat(org_code, ' is listed ', CAST(MAX(n_entries) AS VARCHAR), ' times in ', reporting_period, ' (', MIN(names),
    CASE WHEN COUNT(*) FILTER (WHERE is_same) = COUNT(*) THEN '), with identical figures' ELSE '), with differing figures' END,
    '; statistics count the first entry only.') AS sentence
FROM entries
GROUP BY dataset, reporting_period, level, org_type, org_code
