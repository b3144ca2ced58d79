-- Broken down: the rows that inequality is computed from, of the breakdowns that say who people are or what they came with.
--
-- Every breakdown of England and of regions; of areas below them deprivation alone, where the groups are large enough to
-- survive rounding.
SELECT * FROM indicators
WHERE breakdown IN ('imd_decile', 'ethnic_group', 'ethnic_group_detailed', 'age_group', 'gender', 'problem')
  AND denominator_high IS NOT NULL AND (level IN ('england', 'region') OR breakdown = 'imd_decile')
