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
WITH result AS (
  SELECT * FROM ratio UNION ALL SELECT * FROM average
),
-- The other way round, as a left join of the result, a cluster loses rows (Ballista 55.0).
described AS (
  SELECT
    result.*, COALESCE(organisations.kind, type_kind) AS org_kind
  FROM organisations
  RIGHT JOIN result ON organisations.level = result.level AND organisations.org_code = result.org_code
),
placed AS (
  -- Windows over the same rows in the same order, so that they are sorted once; what differs most comes first.
  SELECT
    *,
    org_type = LAG(org_type) OVER others AND org_code = LAG(org_code) OVER others AS is_second,
    MAX(CASE WHEN level = 'england' THEN value END) OVER (
      PARTITION BY indicator, breakdown, category, period_kind, reporting_period, dataset
    ) AS england
  FROM described
  WINDOW others AS (
    PARTITION BY indicator, breakdown, category, period_kind, reporting_period, dataset
    ORDER BY org_type, org_code, org_name
  )
)
SELECT
  dataset, reporting_period, period_kind, level, org_type, org_code, org_name, org_kind, breakdown, category, indicator,
  numerator, numerator_low, numerator_high, denominator, denominator_low, denominator_high,
  value, value_status, value_basis, value_low, value_high, is_share, published_percentage,
  CASE
    WHEN level = 'england' OR breakdown <> 'total' OR period_kind = 'month' THEN NULL
    WHEN org_kind IN ('unknown', 'hub') THEN org_kind
    WHEN is_second THEN 'duplicate'
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
-- The order that the windows need, so that rows are sorted once.
ORDER BY indicator, breakdown, category, period_kind, reporting_period, dataset, org_type, org_code, org_name
