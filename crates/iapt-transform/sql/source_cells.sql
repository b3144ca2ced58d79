-- Source cells: the published cells that a figure was added up from, each with where it stands.
SELECT term.role, term.sign, CAST(tidy.dataset AS VARCHAR) AS dataset,
  CAST(reporting_period AS VARCHAR) AS reporting_period, tidy.org_type, tidy.org_code, tidy.org_name, variable_type,
  variable_a, variable_b, tidy.measure, tidy.statistic, value, value_status, value_low, value_high,
  tidy.figure_source, source.kind AS source_kind, source.citation, source_file, source_row, source_column, edition
FROM tidy
JOIN indicator_terms AS term ON tidy.measure = term.measure AND tidy.statistic = term.statistic
JOIN organisation_types AS types ON tidy.org_type = types.org_type
LEFT JOIN figure_sources AS source ON source.dataset = tidy.dataset AND source.figure_source = tidy.figure_source
WHERE term.indicator = $indicator AND start_date >= CAST($first_day AS DATE) AND end_date <= CAST($last_day AS DATE)
  AND types.level = $level AND tidy.org_code = $org_code
  AND tidy.breakdown = COALESCE(term.at_breakdown, $breakdown)
  AND tidy.category = COALESCE(term.at_category, $category)
ORDER BY dataset, tidy.org_name, role, term.sign DESC, measure, start_date, source_row
