-- Indicators: what the families give, each row with what its organisation is, whether it counts among the organisations
-- of its level, and what England has.
--
-- `standing` is decided here and nowhere else. An organisation of a total row counts (`counted`) where it is a place or a
-- service, is the first row of its code, has every count that is needed, and a denominator of at least the indicator's
-- `minimum_denominator` (indicators.toml). `below_floor` has a smaller one: it is in the statistics that let everyone in.
-- Every other word says why it is left out: `unknown`, `hub`, `duplicate`, `suppressed` (a count that is needed is
-- withheld), `impossible` (more events than people, or no people), or the status of its missing value. England itself and
-- rows of a category stand among nobody, and neither does a single month: it is too short to compare organisations by.
--
-- `england` is England's value of the same category.
--
-- Below boards a group of people has a row where its denominator reaches the floor: the cells of the others are in `tidy`, and
-- `coverage` counts them.
WITH result AS (
  SELECT * FROM ratio UNION ALL SELECT * FROM average
),
-- The small table is on the left: a hash join builds its hash table from that side, and a cluster gives it to every executor.
-- The other way round, as a left join of the result, a cluster loses rows (Ballista 55.0).
described AS (
  SELECT
    result.dataset, result.reporting_period,
    result.period_kind, result.level,
    result.org_type, result.org_code,
    result.org_name,
    COALESCE(organisations.kind, CASE result.level WHEN 'provider' THEN 'service' ELSE 'place' END) AS org_kind,
    result.breakdown, result.category, result.indicator,
    result.numerator, result.numerator_low, result.numerator_high,
    result.denominator, result.denominator_low, result.denominator_high,
    result.value, result.value_status, result.value_basis, result.value_low,
    result.value_high, result.is_share, result.published_percentage
  FROM organisations
  RIGHT JOIN result ON organisations.level = result.level AND organisations.org_code = result.org_code
),
placed AS (
  SELECT
    *,
    -- Over the whole partition: the engine has one accumulator for it, and not a table of its rows.
    MIN(org_name) OVER (
      PARTITION BY dataset, reporting_period, period_kind, indicator, breakdown, category, level, org_type, org_code
    ) AS first_name,
    MAX(CASE WHEN level = 'england' THEN value END) OVER (
      PARTITION BY dataset, reporting_period, period_kind, indicator, breakdown, category
    ) AS england
  FROM described
)
SELECT
  dataset, reporting_period, period_kind, level, org_type, org_code, org_name, org_kind, placed.breakdown, category,
  placed.indicator, placed.numerator, numerator_low, numerator_high, placed.denominator, denominator_low,
  denominator_high, value, value_status, value_basis, value_low, value_high, is_share, published_percentage,
  CASE
    WHEN level = 'england' OR placed.breakdown <> 'total' OR period_kind = 'month' THEN NULL
    WHEN org_kind IN ('unknown', 'hub') THEN org_kind
    WHEN org_name > first_name THEN 'duplicate'
    WHEN value_basis = 'published_average' THEN 'counted'
    WHEN value_status = 'conflicting' THEN value_status
    -- A published percentage may stand in for a withheld count on a page, but nothing can be computed from it.
    WHEN placed.numerator IS NULL OR placed.denominator IS NULL
      THEN CASE value_status WHEN 'reported' THEN 'suppressed' ELSE value_status END
    WHEN placed.denominator <= 0 OR (is_share AND placed.numerator > placed.denominator) THEN 'impossible'
    WHEN placed.denominator < definition.minimum_denominator THEN 'below_floor'
    ELSE 'counted'
  END AS standing,
  england
FROM breakdowns
JOIN (indicator_definitions AS definition
  JOIN placed ON placed.indicator = definition.indicator)
  ON breakdowns.breakdown = placed.breakdown
WHERE compared_by = 'none' OR level IN ('england', 'region', 'icb') OR placed.denominator >= definition.minimum_denominator
ORDER BY dataset, reporting_period, level, org_type, org_code, org_name, placed.breakdown, category, indicator
