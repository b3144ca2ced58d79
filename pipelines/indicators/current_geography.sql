-- The years of the clinical commissioning groups in the places of today: one row for each place, year and indicator, with the
-- sums of the groups that lie in it. What the publisher printed stays in `indicators`; nothing here is printed by it.
--
-- Counts and their bounds are added up, never percentages. A count that is withheld of one group leaves the place with bounds
-- and without a number. `group_boards` places the groups; in each year from 2020-21 on the sums
-- lie within rounding of the rows that the publisher printed of 40 boards, and differ for QF7 and QT1 by Bassetlaw (02Q), which
-- changed boards in July 2022. A board that has a part of a group only is left out, since the figures of a group cannot be divided.
WITH parts AS (
  SELECT
    part.dataset, part.reporting_period, part.org_code, part.indicator, part.interval_low, series.series_code,
    part.numerator, part.numerator_low, part.numerator_high, part.denominator, part.denominator_low, part.denominator_high
  FROM organisation_series AS series
  JOIN indicators AS part ON part.level = series.level AND part.org_code = series.org_code
  JOIN indicator_definitions AS definition ON definition.indicator = part.indicator AND definition.unit = 'percent'
  WHERE part.level = 'sub_icb' AND part.org_type = 'CCG' AND part.org_kind = 'place' AND part.breakdown = 'total'
    AND part.period_kind = 'year' AND part.denominator_low IS NOT NULL
    -- The second entry of a code would be added up with the first.
    AND COALESCE(part.standing, '') <> 'duplicate'
),
placed AS (
  SELECT 'sub_icb' AS level, series_code AS place_code, parts.* FROM parts
  UNION ALL
  SELECT 'icb', board_code, parts.*
  FROM group_boards JOIN parts ON group_code = series_code
  WHERE board_code NOT IN (SELECT board_code FROM group_boards WHERE part <> 'whole')
),
sums AS (
  SELECT
    dataset, reporting_period, level, place_code, indicator,
    COUNT(*) AS n_parts, STRING_AGG(org_code, ' ' ORDER BY org_code) AS parts,
    CASE WHEN COUNT(numerator) = COUNT(*) THEN SUM(numerator) END AS numerator,
    CASE WHEN COUNT(numerator_low) = COUNT(*) THEN SUM(numerator_low) END AS numerator_low,
    CASE WHEN COUNT(numerator_high) = COUNT(*) THEN SUM(numerator_high) END AS numerator_high,
    CASE WHEN COUNT(denominator) = COUNT(*) THEN SUM(denominator) END AS denominator,
    CASE WHEN COUNT(denominator_low) = COUNT(*) THEN SUM(denominator_low) END AS denominator_low,
    CASE WHEN COUNT(denominator_high) = COUNT(*) THEN SUM(denominator_high) END AS denominator_high,
    BOOL_OR(interval_low IS NOT NULL) AS is_share
  FROM placed
  GROUP BY dataset, reporting_period, level, place_code, indicator
)
SELECT
  dataset, reporting_period, 'current' AS geography,
  sums.level, place_code AS org_code, org_name,
  indicator, n_parts, CAST(parts AS VARCHAR) AS parts,
  numerator, numerator_low, numerator_high, denominator, denominator_low, denominator_high,
  CASE WHEN denominator > 0 THEN 100 * numerator / denominator END AS value,
  CASE WHEN denominator_high > 0 THEN 100 * numerator_low / denominator_high END AS value_low,
  CASE
    WHEN denominator_low > 0 AND is_share THEN LEAST(100, 100 * numerator_high / denominator_low)
    WHEN denominator_low > 0 THEN 100 * numerator_high / denominator_low
  END AS value_high,
  is_share
FROM organisations JOIN sums ON organisations.level = sums.level AND organisations.org_code = place_code
ORDER BY dataset, reporting_period, level, org_code, indicator
