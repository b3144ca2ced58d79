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
-- The small tables are on the left: a hash join builds its hash table from that side, and a cluster gives it to every executor.
kept AS (
  SELECT result.*, definition.minimum_denominator
  FROM breakdowns
  JOIN (indicator_definitions AS definition JOIN result ON result.indicator = definition.indicator)
    ON breakdowns.breakdown = result.breakdown
  -- Here and not in the end, so that rows that go are not sorted: most groups of people below boards are too small.
  WHERE compared_by = 'none' OR result.level IN ('england', 'region', 'icb')
    OR result.denominator >= definition.minimum_denominator
),
-- The other way round, as a left join of what is kept, a cluster loses rows (Ballista 55.0).
described AS (
  SELECT
    kept.*, COALESCE(organisations.kind, CASE kept.level WHEN 'provider' THEN 'service' ELSE 'place' END) AS org_kind
  FROM organisations
  RIGHT JOIN kept ON organisations.level = kept.level AND organisations.org_code = kept.org_code
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
  dataset, reporting_period, period_kind, level, org_type, org_code, org_name, org_kind, breakdown, category, indicator,
  numerator, numerator_low, numerator_high, denominator, denominator_low, denominator_high,
  value, value_status, value_basis, value_low, value_high, is_share, published_percentage,
  CASE
    WHEN level = 'england' OR breakdown <> 'total' OR period_kind = 'month' THEN NULL
    WHEN org_kind IN ('unknown', 'hub') THEN org_kind
    WHEN org_name > first_name THEN 'duplicate'
    WHEN value_basis = 'published_average' THEN 'counted'
    WHEN value_status = 'conflicting' THEN value_status
    -- A published percentage may stand in for a withheld count on a page, but nothing can be computed from it.
    WHEN numerator IS NULL OR denominator IS NULL
      THEN CASE value_status WHEN 'reported' THEN 'suppressed' ELSE value_status END
    WHEN denominator <= 0 OR (is_share AND numerator > denominator) THEN 'impossible'
    WHEN denominator < minimum_denominator THEN 'below_floor'
    ELSE 'counted'
  END AS standing,
  england
FROM placed
ORDER BY dataset, reporting_period, level, org_type, org_code, org_name, breakdown, category, indicator
