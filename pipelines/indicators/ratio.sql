-- Ratio: counts over counts, for every indicator of the family `ratio` in indicators.toml.
--
-- One row per organisation, category and indicator. `wanted` says which cells make the numerator and the denominator. Adding and
-- taking away happen here, for the printed counts and for the bounds that rounding and suppression leave around them (the least of
-- a - b is the least a less the greatest b). `per` is 100 for a percentage, and 1 for so many of one for each of the other.
--
-- `years` (years.sql) holds what is published by the year, the sums of what is published by the month, and single months.
WITH terms AS (
  SELECT
    cells.dataset, cells.reporting_period, cells.org_code, cells.org_name,
    CASE WHEN term.at_category IS NULL THEN cells.category ELSE 'All' END AS category,
    term.row_kind, term.role,
    -- A sum with something unknown is unknown, as NaN plus anything is NaN.
    COALESCE(term.sign * cells.value, 'NaN') AS value,
    COALESCE(CASE WHEN term.sign > 0 THEN cells.value_low ELSE -cells.value_high END, 'NaN') AS low,
    COALESCE(CASE WHEN term.sign > 0 THEN cells.value_high ELSE -cells.value_low END, 'NaN') AS high,
    -- The least is the one that counts.
    CASE cells.value_status WHEN 'suppressed' THEN 1 WHEN 'missing' THEN 2 WHEN 'no_activity' THEN 3 ELSE 4 END AS status
  -- The small table is on the left of each join, and each join in a query of its own: a hash join builds its hash table from that
  -- side, the engine cannot know how many rows the union `years` has, and it puts the joins of one query in its own order.
  -- A measure that does not apply to a row is not in it, so the row has no such indicator.
  FROM wanted AS term
  JOIN years AS cells
    ON cells.measure = term.measure AND cells.statistic = term.statistic AND cells.org_type = term.org_type
   AND cells.breakdown = term.breakdown AND cells.period_kind = term.period_kind
   AND (term.at_category IS NULL OR cells.category = term.at_category)
  WHERE term.family = 'ratio'
),
sums AS (
  SELECT
    dataset, reporting_period, org_code, org_name, category, row_kind,
    NULLIF(SUM(value) FILTER (WHERE role = 'numerator'), 'NaN') AS numerator,
    NULLIF(SUM(low) FILTER (WHERE role = 'numerator'), 'NaN') AS numerator_low,
    NULLIF(SUM(high) FILTER (WHERE role = 'numerator'), 'NaN') AS numerator_high,
    NULLIF(SUM(value) FILTER (WHERE role = 'denominator'), 'NaN') AS denominator,
    NULLIF(SUM(low) FILTER (WHERE role = 'denominator'), 'NaN') AS denominator_low,
    NULLIF(SUM(high) FILTER (WHERE role = 'denominator'), 'NaN') AS denominator_high,
    -- The publisher's own percentage of the same quantity, where it prints one.
    MIN(NULLIF(value, 'NaN')) FILTER (WHERE role = 'published') AS published_percentage,
    MIN(NULLIF(low, 'NaN')) FILTER (WHERE role = 'published') AS published_low,
    MIN(NULLIF(high, 'NaN')) FILTER (WHERE role = 'published') AS published_high,
    COUNT(*) FILTER (WHERE role <> 'published') AS n_found,
    MIN(status) FILTER (WHERE role <> 'published') AS status
  FROM terms
  GROUP BY dataset, reporting_period, org_code, org_name, category, row_kind
),
-- What is the same in all rows of a kind is no part of what rows are grouped by: it would be compared for every cell.
row_kinds AS (
  SELECT DISTINCT
    row_kind, indicator, level, org_type, type_kind, row_breakdown AS breakdown, period_kind, is_share = 1 AS is_share, per, n_terms,
    minimum_denominator, has_floor
  FROM wanted WHERE family = 'ratio'
),
chosen AS (
  SELECT
    sums.dataset, reporting_period, period_kind, level, row_kinds.org_type, type_kind, org_code, org_name, breakdown, category, indicator,
    is_share, per, minimum_denominator, n_terms, n_found,
    numerator, CASE WHEN numerator_low IS NOT NULL THEN GREATEST(0, numerator_low) END AS numerator_low, numerator_high,
    denominator, CASE WHEN denominator_low IS NOT NULL THEN GREATEST(0, denominator_low) END AS denominator_low, denominator_high,
    published_percentage, published_low, published_high,
    CASE
      -- The same row published twice with one name: nothing says which is meant.
      WHEN n_found > n_terms THEN 'conflicting'
      -- A count that the file does not have at all leaves the percentage that it prints.
      WHEN n_found < n_terms THEN 'published_percentage'
      -- A percentage of unrounded counts, rounded on its own, is nearer the truth than one of rounded counts while the
      -- denominator is small. Counts that are rounded to m have errors of variance (m * m - 1) / 12, which leaves their
      -- percentage one of about 100 * sqrt(1.5 * variance) / n points; the printed percentage has half a place / sqrt(3). With 5
      -- and a whole percent the two are equal at 600. Where a part of the denominator is withheld there is no other.
      WHEN published_percentage IS NOT NULL AND numerator IS NOT NULL AND rule.count_rounded_to IS NOT NULL
        AND (denominator IS NULL OR denominator
          < 100 * SQRT(4.5 * (rule.count_rounded_to * rule.count_rounded_to - 1) / 12.0) / rule.percentage_half_width)
        THEN 'published_percentage'
      WHEN status = 1 THEN 'suppressed'
      WHEN status = 2 THEN 'missing'
      WHEN status = 3 THEN 'no_activity'
      WHEN denominator > 0 THEN 'counts'
      ELSE 'no_activity'
    END AS chosen
  FROM disclosure_rules AS rule
  JOIN (row_kinds JOIN sums ON row_kinds.row_kind = sums.row_kind)
    ON sums.dataset = rule.dataset AND row_kinds.org_type = rule.org_type
  WHERE
    (n_found >= n_terms OR (published_percentage IS NOT NULL AND numerator IS NOT NULL AND denominator IS NOT NULL))
    -- Here and not in the end: most groups of people below boards are too small.
    AND (NOT has_floor OR (n_found >= n_terms AND denominator >= minimum_denominator))
),
bounded AS (
  SELECT
    *,
    CASE
      WHEN chosen = 'published_percentage' THEN published_percentage
      WHEN chosen = 'counts' THEN per * numerator / denominator
    END AS printed,
    CASE
      WHEN chosen = 'published_percentage' THEN published_low
      WHEN chosen <> 'conflicting' AND denominator_high > 0 THEN per * numerator_low / denominator_high
    END AS value_low,
    CASE
      WHEN chosen = 'published_percentage' THEN published_high
      -- A part is no more than its whole, unless the publisher prints one that no rounding explains.
      WHEN chosen <> 'conflicting' AND denominator_low > 0 AND is_share AND numerator_low <= denominator_high
        THEN LEAST(100, per * numerator_high / denominator_low)
      WHEN chosen <> 'conflicting' AND denominator_low > 0 THEN per * numerator_high / denominator_low
    END AS value_high
  FROM chosen
)
SELECT
  dataset, reporting_period, period_kind, level, org_type, type_kind, org_code, org_name, breakdown, category, indicator,
  -- Each printed count is rounded on its own, so a remainder of them can fall below zero and a part can exceed its
  -- whole. The nearest that rounding allows is given then, and the basis says so.
  CASE
    WHEN numerator < numerator_low THEN numerator_low
    WHEN is_share AND numerator > denominator AND numerator_low <= denominator THEN denominator
    ELSE numerator
  END AS numerator,
  numerator_low, numerator_high,
  CASE WHEN n_found >= n_terms THEN denominator END AS denominator,
  CASE WHEN n_found >= n_terms THEN denominator_low END AS denominator_low,
  CASE WHEN n_found >= n_terms THEN denominator_high END AS denominator_high,
  CASE WHEN printed < value_low THEN value_low WHEN printed > value_high THEN value_high ELSE printed END AS value,
  CASE WHEN printed IS NULL THEN chosen ELSE 'reported' END AS value_status,
  CASE
    WHEN printed < value_low OR printed > value_high THEN 'bounds'
    WHEN printed IS NOT NULL THEN chosen
  END AS value_basis,
  value_low, value_high,
  is_share,
  published_percentage,
  minimum_denominator
FROM bounded
