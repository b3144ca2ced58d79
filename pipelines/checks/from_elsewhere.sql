-- A total of an organisation is from the publisher's own file of the year.
--
-- Each period by itself.
SELECT
  tidy.dataset, tidy.reporting_period, types.level, tidy.org_type, tidy.org_code, tidy.org_name, tidy.measure AS subject,
  'note' AS severity,
  concat(CAST(tidy.value AS VARCHAR), ' from ', source.citation) AS evidence,
  1 AS n_rows,
  concat(measures.label, ', ',
    CASE types.level WHEN 'england' THEN types.label ELSE concat(tidy.org_name, ' (', tidy.org_code, ')') END, ', ', tidy.reporting_period,
    ': the figure is not from the publisher''s file; it is taken from ', source.citation, '.') AS sentence
FROM figure_sources AS source
JOIN tidy ON tidy.dataset = source.dataset AND tidy.figure_source = source.figure_source
JOIN organisation_types AS types ON types.org_type = tidy.org_type
JOIN measures ON measures.measure = tidy.measure AND measures.statistic = tidy.statistic
-- Of a partition without such figures nothing is read but its footer.
WHERE tidy.figure_source <> 'release' AND source.kind NOT IN ('release', 'published_file') AND tidy.breakdown = 'total'
  AND tidy.value IS NOT NULL
