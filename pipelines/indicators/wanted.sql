-- Wanted: the cells that each term of an indicator is made of, by type of organisation, breakdown and kind of period.
--
-- `asked` is `indicator_terms` of the indicators that are made at once, without those of which no file of the periods has every
-- count, and `broken_down_by` is `breakdowns` as far as the periods have any. `breakdown` is that of the cells, `row_breakdown` that
-- of the row which they go to: a term that stands at one category (`at_breakdown`) goes to the total.
--
-- Every organisation has its total. Categories are taken for boards and what is above them (`has_groups` of organisation_types); below
-- them only those of the breakdowns that `breakdowns` says (`is_below_boards`): groups of people that are large enough, and kinds of therapy, of which there is
-- no total. Nearly every cell of the others is suppressed or rounded past use. The cells themselves are all in `tidy`. Of the groups of
-- people only those are rows whose denominator reaches the indicator's floor (`has_floor`).
--
-- Single months are for the indicators and levels that `by_month` names, and not for pairs of an area and a provider, whose months are
-- nearly all suppressed.
--
-- One query without others in it, as ratio.sql joins twice at once: what a cluster is sent may be nested a hundred deep, and this is the
-- deepest part of it.
SELECT
  asked.family, asked.indicator, asked.role, asked.is_share, asked.per, asked.n_terms, definitions.minimum_denominator, asked.sign,
  asked.measure, asked.statistic, types.org_type, types.level,
  types.org_kind AS type_kind, breakdowns.breakdown, asked.at_category,
  CASE WHEN asked.at_breakdown IS NULL THEN breakdowns.breakdown ELSE 'total' END AS row_breakdown, kinds.period_kind,
  breakdowns.compared_by <> 'none' AND NOT types.has_groups AS has_floor,
  DENSE_RANK() OVER (
    ORDER BY
      asked.indicator, types.org_type, CASE WHEN asked.at_breakdown IS NULL THEN breakdowns.breakdown ELSE 'total' END,
      kinds.period_kind
  ) AS row_kind
FROM indicator_definitions AS definitions JOIN asked ON definitions.indicator = asked.indicator
CROSS JOIN organisation_types AS types CROSS JOIN broken_down_by AS breakdowns
CROSS JOIN (VALUES ('year'), ('sum_of_months'), ('month')) AS kinds (period_kind)
WHERE
  CASE
    WHEN asked.at_breakdown IS NOT NULL THEN asked.at_breakdown = breakdowns.breakdown
    ELSE breakdowns.is_below_boards OR types.has_groups
  END
  AND (kinds.period_kind <> 'month' OR (asked.by_month IN ('every', types.level) AND types.level <> 'sub_icb_provider'))
