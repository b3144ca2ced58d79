-- Average: a mean or median that the publisher prints, or a percentage of which it prints no counts, passed on as it is, for
-- every indicator of the family `average` in indicators.toml.
--
-- One row per organisation, category and indicator. There is no numerator and no denominator to carry. A percentage has the bounds of
-- its cell; of averages the publisher states no rounding, so they have none: an average of averages would not be an average.
WITH cells AS (
  -- As in ratio.sql.
  SELECT years.*, is_below_boards OR level IN ('england', 'region', 'icb') AS is_taken
  FROM breakdowns JOIN years ON breakdowns.breakdown = years.breakdown
)
SELECT
  cells.dataset, cells.reporting_period, cells.period_kind, cells.level, cells.org_type, cells.org_code, cells.org_name,
  cells.breakdown, cells.category, term.indicator,
  CAST(NULL AS DOUBLE) AS numerator, CAST(NULL AS DOUBLE) AS numerator_low, CAST(NULL AS DOUBLE) AS numerator_high,
  CAST(NULL AS DOUBLE) AS denominator, CAST(NULL AS DOUBLE) AS denominator_low,
  CAST(NULL AS DOUBLE) AS denominator_high,
  CASE WHEN MIN(cells.value) = MAX(cells.value) THEN MIN(cells.value) END AS value,
  CASE WHEN MIN(cells.value) <> MAX(cells.value) THEN 'conflicting' ELSE MIN(cells.value_status) END AS value_status,
  CASE
    WHEN MIN(cells.value) = MAX(cells.value) AND MIN(term.statistic) = 'percentage' THEN 'published_percentage'
    WHEN MIN(cells.value) = MAX(cells.value) THEN 'published_average'
  END AS value_basis,
  CASE WHEN MIN(cells.value) = MAX(cells.value) AND MIN(term.statistic) = 'percentage' THEN MIN(cells.value_low) END AS value_low,
  CASE WHEN MIN(cells.value) = MAX(cells.value) AND MIN(term.statistic) = 'percentage' THEN MAX(cells.value_high) END AS value_high,
  FALSE AS is_share,
  CAST(NULL AS DOUBLE) AS published_percentage
FROM asked AS term
JOIN cells ON cells.measure = term.measure AND cells.statistic = term.statistic
WHERE term.family = 'average'
  AND is_taken AND (cells.period_kind <> 'month' OR term.by_month = 'every' OR term.by_month = cells.level)
GROUP BY
  cells.dataset, cells.reporting_period, cells.period_kind, cells.level, cells.org_type, cells.org_code, cells.org_name,
  cells.breakdown, cells.category, term.indicator
