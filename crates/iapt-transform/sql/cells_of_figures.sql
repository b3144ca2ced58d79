-- Cells of figures: the published cells of every figure of the periods that lie between two days, as source_cells.sql has
-- those of one figure.
WITH spans AS (
  -- Which period of a cell lies in which period of a figure.
  SELECT DISTINCT figure.dataset, figure.reporting_period, figure.period_kind, release.reporting_period AS cell_period
  FROM (SELECT DISTINCT dataset, reporting_period, period_kind FROM indicators) AS figure
  JOIN periods AS whole ON whole.reporting_period = figure.reporting_period
  JOIN releases AS release ON release.dataset = figure.dataset
  JOIN periods AS part ON part.reporting_period = release.reporting_period
  WHERE part.start_date >= whole.start_date AND part.end_date <= whole.end_date
    AND whole.start_date >= CAST($first_day AS DATE) AND whole.end_date <= CAST($last_day AS DATE)
),
-- Two organisations may share a code, and so a figure.
figures AS (
  SELECT DISTINCT
    figure.dataset, figure.reporting_period, figure.period_kind, figure.level, figure.org_code, figure.breakdown,
    figure.category, figure.indicator, spans.cell_period
  FROM spans
  JOIN indicators AS figure
    ON figure.dataset = spans.dataset AND figure.reporting_period = spans.reporting_period
   AND figure.period_kind = spans.period_kind
)
SELECT
  figure_name(
    figure.indicator, figure.reporting_period, figure.period_kind, figure.level, figure.org_code, figure.breakdown, figure.category
  ) AS figure,
  figure.dataset, tidy.org_type, tidy.org_name, term.role, term.sign, term.measure, term.statistic,
  figure.cell_period, tidy.edition, tidy.source_file, tidy.source_row, tidy.source_column, tidy.value, tidy.value_status
FROM organisation_types AS types
JOIN (indicator_terms AS term JOIN figures AS figure ON figure.indicator = term.indicator) ON types.level = figure.level
JOIN tidy
  ON tidy.dataset = figure.dataset AND tidy.reporting_period = figure.cell_period AND tidy.org_type = types.org_type
 AND tidy.org_code = figure.org_code AND tidy.measure = term.measure AND tidy.statistic = term.statistic
 AND tidy.breakdown = COALESCE(term.at_breakdown, figure.breakdown)
 AND tidy.category = COALESCE(term.at_category, figure.category)
WHERE tidy.start_date >= CAST($first_day AS DATE) AND tidy.end_date <= CAST($last_day AS DATE)
ORDER BY
  figure.dataset, tidy.org_type, tidy.org_name, term.role, term.sign DESC, term.measure, term.statistic,
  tidy.source_column, tidy.start_date, tidy.source_file, tidy.source_row
