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
  tidy.dataset, tidy.reporting_period, tidy.period_kind, tidy.level, tidy.org_type, tidy.org_code, tidy.org_name,
  tidy.breakdown, tidy.category, term.indicator,
  CAST(NULL AS DOUBLE) AS numerator, CAST(NULL AS DOUBLE) AS numerator_low, CAST(NULL AS DOUBLE) AS numerator_high,
  CAST(NULL AS DOUBLE) AS denominator, CAST(NULL AS DOUBLE) AS denominator_low,
  CAST(NULL AS DOUBLE) AS denominator_high,
  CASE WHEN MIN(tidy.value) = MAX(tidy.value) THEN MIN(tidy.value) END AS value,
  CASE WHEN MIN(tidy.value) <> MAX(tidy.value) THEN 'conflicting' ELSE MIN(tidy.value_status) END AS value_status,
  CASE
    WHEN MIN(tidy.value) = MAX(tidy.value) AND MIN(term.statistic) = 'percentage' THEN 'published_percentage'
    WHEN MIN(tidy.value) = MAX(tidy.value) THEN 'published_average'
  END AS value_basis,
  CASE WHEN MIN(tidy.value) = MAX(tidy.value) AND MIN(term.statistic) = 'percentage' THEN MIN(tidy.value_low) END AS value_low,
  CASE WHEN MIN(tidy.value) = MAX(tidy.value) AND MIN(term.statistic) = 'percentage' THEN MAX(tidy.value_high) END AS value_high,
  FALSE AS is_share,
  CAST(NULL AS DOUBLE) AS published_percentage
FROM asked AS term
JOIN cells AS tidy ON tidy.measure = term.measure AND tidy.statistic = term.statistic
WHERE term.family = 'average'
  AND is_taken AND (tidy.period_kind <> 'month' OR term.by_month = 'every' OR term.by_month = tidy.level)
GROUP BY
  tidy.dataset, tidy.reporting_period, tidy.period_kind, tidy.level, tidy.org_type, tidy.org_code, tidy.org_name,
  tidy.breakdown, tidy.category, term.indicator
