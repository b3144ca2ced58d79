-- Explore: the indicator table as the page in the browser reads it, a file for each indicator. Single months are files of
-- their own, and so are groups of people below England, for there are many of both. Bounds of a count stand only where
-- the count does not; the second entry of a code, which no statistic counts, is left out.
--
-- `is_small`: the denominator, or the least that it may be, is below `minimum_denominator`.
SELECT
  CASE
    WHEN i.breakdown <> 'total' AND i.level <> 'england' THEN i.indicator || '.' || i.breakdown || '.' || i.level
    WHEN i.period_kind = 'month' AND i.level <> 'england' THEN i.indicator || '.month.' || i.level
    WHEN i.period_kind = 'month' THEN i.indicator || '.month'
    ELSE CAST(i.indicator AS VARCHAR)
  END AS file,
  i.dataset, i.reporting_period, i.period_kind, i.level, i.org_code, i.breakdown, i.category,
  i.numerator,
  CASE WHEN i.numerator IS NULL THEN i.numerator_low END AS numerator_low,
  CASE WHEN i.numerator IS NULL THEN i.numerator_high END AS numerator_high,
  i.denominator,
  CASE WHEN i.denominator IS NULL THEN i.denominator_low END AS denominator_low,
  CASE WHEN i.denominator IS NULL THEN i.denominator_high END AS denominator_high,
  i.value, i.value_status, i.value_basis, i.interval_low, i.interval_high, i.standing, i.comparison,
  coalesce(coalesce(i.denominator, i.denominator_low) < d.minimum_denominator, FALSE) AS is_small
FROM indicators AS i
LEFT JOIN indicator_definitions AS d ON d.indicator = i.indicator
WHERE i.standing IS NULL OR i.standing <> 'duplicate'
ORDER BY file, i.level, i.breakdown, i.org_code, i.category, i.period_kind, i.reporting_period, i.dataset
