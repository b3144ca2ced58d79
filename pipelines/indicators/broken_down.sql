-- Broken down: the rows of one dataset and period that inequality is computed from, of the breakdowns that say who people are or
-- what they came with (`breakdowns`).
--
-- Boards and what is above them: below them not every group has a row.
SELECT indicators.*
FROM breakdowns
JOIN indicators ON indicators.breakdown = breakdowns.breakdown
JOIN organisation_types AS types ON types.org_type = indicators.org_type
WHERE dataset = $dataset AND reporting_period = $reporting_period AND compared_by <> 'none' AND denominator_high IS NOT NULL
  AND types.has_groups
