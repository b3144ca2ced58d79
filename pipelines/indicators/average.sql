-- Average: a mean or median that the publisher prints, or a percentage of which it prints no counts, passed on as it is, for
-- every indicator of the family `average` in indicators.toml.
--
-- One row per organisation, category and indicator. There is no numerator and no denominator to carry. A percentage has the bounds of
-- its cell; of averages the publisher states no rounding, so they have none: an average of averages would not be an average.
SELECT
  cells.dataset, cells.reporting_period, cells.period_kind, term.level, cells.org_type, MIN(term.type_kind) AS type_kind,
  cells.org_code, cells.org_name, cells.breakdown, cells.category, term.indicator,
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
  CAST(NULL AS DOUBLE) AS published_percentage,
  MIN(minimum_denominator) AS minimum_denominator
FROM wanted AS term
JOIN years AS cells
  ON cells.measure = term.measure AND cells.statistic = term.statistic AND cells.org_type = term.org_type
 AND cells.breakdown = term.breakdown AND cells.period_kind = term.period_kind
WHERE term.family = 'average' AND NOT has_floor
GROUP BY
  cells.dataset, cells.reporting_period, cells.period_kind, term.level, cells.org_type, cells.org_code, cells.org_name,
  cells.breakdown, cells.category, term.indicator
