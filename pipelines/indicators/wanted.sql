-- Wanted: the cells that each term of an indicator is made of, by type of organisation, breakdown and kind of period.
--
-- `asked` is `indicator_terms` of the indicators that are made at once, without those of which no file of the periods has every
-- count, and `broken_down_by` is `breakdowns` as far as the periods have any. `breakdown` is that of the cells, `row_breakdown` that
-- of the row which they go to: a term that stands at one category (`at_breakdown`) goes to the total.
--
-- Every organisation has its total. Categories are taken for England, regions and ICBs or STPs; below them only those of the
-- breakdowns that `breakdowns` says (`is_below_boards`): groups of people that are large enough, and kinds of therapy, of which there is
-- no total. Nearly every cell of the others is suppressed or rounded past use. The cells themselves are all in `tidy`. Of the groups of
-- people only those are rows whose denominator reaches the indicator's floor (`has_floor`).
--
-- Single months are for the indicators and levels that `by_month` names, and not for pairs of an area and a provider, whose months are
-- nearly all suppressed.
WITH terms AS (
  SELECT asked.*, minimum_denominator
  FROM indicator_definitions JOIN asked ON indicator_definitions.indicator = asked.indicator
),
wanted AS (
  SELECT
    terms.family, terms.indicator, terms.role, terms.is_share, terms.per, terms.n_terms, terms.minimum_denominator, terms.sign,
    terms.measure, terms.statistic, types.org_type, types.level, breakdowns.breakdown, terms.at_category,
    CASE WHEN terms.at_breakdown IS NULL THEN breakdowns.breakdown ELSE 'total' END AS row_breakdown, kinds.period_kind,
    breakdowns.compared_by <> 'none' AND types.level NOT IN ('england', 'region', 'icb') AS has_floor
  FROM terms CROSS JOIN organisation_types AS types CROSS JOIN broken_down_by AS breakdowns
  CROSS JOIN (VALUES ('year'), ('sum_of_months'), ('month')) AS kinds (period_kind)
  WHERE
    CASE
      WHEN terms.at_breakdown IS NOT NULL THEN terms.at_breakdown = breakdowns.breakdown
      ELSE breakdowns.is_below_boards OR types.level IN ('england', 'region', 'icb')
    END
    AND (kinds.period_kind <> 'month' OR (terms.by_month IN ('every', types.level) AND types.level <> 'sub_icb_provider'))
)
SELECT *, DENSE_RANK() OVER (ORDER BY indicator, org_type, row_breakdown, period_kind) AS row_kind FROM wanted
