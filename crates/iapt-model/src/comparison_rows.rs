//! Rows of the tables that compare: groups of people, periods, regions, and two indicators with each other.
//!
//! Rates are in percent and differences in percentage points, as in the indicator table.

use serde::{Deserialize, Serialize};
use ustr::Ustr;

/// One group of people within a breakdown, beside the whole that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InequalityGroupRow {
    /// The dataset.
    pub dataset: Ustr,
    /// The period, as written.
    pub reporting_period: Ustr,
    /// What kind of period that is: `year`, `sum_of_months`, ...
    pub period_kind: Ustr,
    /// The level.
    pub level: Ustr,
    /// The type of organisation, as published.
    pub org_type: Ustr,
    /// The code of the organisation, as published; `All` is England.
    pub org_code: Ustr,
    /// The name of the organisation, as published.
    pub org_name: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// What it is broken down by.
    pub breakdown: Ustr,
    /// The category.
    pub category: Ustr,
    /// The place of the category in the order of its breakdown, from 1; 99 where the group is not stated.
    pub category_order: u32,
    /// Whether the category says who the people are; `Not stated` does not, and is left out of every comparison.
    pub is_stated: bool,
    /// What is counted, added up from printed counts; null where one of them is withheld or not published.
    pub numerator: Option<f64>,
    /// What the numerator is divided by, added up from printed counts; null where one of them is withheld or
    /// not published.
    pub denominator: Option<f64>,
    /// The figure to print, as in the indicator table.
    pub value: Option<f64>,
    /// `reported`, or why there is no value.
    pub value_status: Ustr,
    /// The published counts divided.
    pub rate: Option<f64>,
    /// Lower end of the 95% Wilson score interval of `rate`; null where `rate` is null.
    pub interval_low: Option<f64>,
    /// Upper end of the 95% Wilson score interval of `rate`; null where `rate` is null.
    pub interval_high: Option<f64>,
    /// Value of the organisation as a whole.
    pub whole: Option<f64>,
    /// `lower`, `similar` or `higher` than the whole.
    pub comparison: Option<Ustr>,
    /// People in the group as a share of all people in stated groups that have a rate.
    pub share: Option<f64>,
    /// Middle of the group's stretch of the scale from most to least deprived, 0 to 1; deciles only.
    pub ridit: Option<f64>,
}

/// How unequal an indicator is across the groups of one breakdown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InequalityRow {
    /// The dataset.
    pub dataset: Ustr,
    /// The period, as written.
    pub reporting_period: Ustr,
    /// What kind of period that is: `year`, `sum_of_months`, ...
    pub period_kind: Ustr,
    /// The level.
    pub level: Ustr,
    /// The type of organisation, as published.
    pub org_type: Ustr,
    /// The code of the organisation, as published; `All` is England.
    pub org_code: Ustr,
    /// The name of the organisation, as published.
    pub org_name: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// What it is broken down by.
    pub breakdown: Ustr,
    /// Groups of people that are compared.
    pub n_groups: u32,
    /// Groups left out because they have no rate: a count is withheld, or there are more events than people.
    pub n_suppressed: u32,
    /// Groups left out because their denominator is below `minimum_denominator`; a decile of deprivation is
    /// never left out for that.
    pub n_below_floor: u32,
    /// The least denominator of a group that is compared.
    pub minimum_denominator: f64,
    /// People who are in no stated group, in percent of all people.
    pub not_stated_share: Option<f64>,
    /// The group with the lowest rate among those compared.
    pub lowest_category: Ustr,
    /// Rate of the group with the lowest rate among those compared.
    pub lowest: Option<f64>,
    /// The group with the highest rate among those compared.
    pub highest_category: Ustr,
    /// Rate of the group with the highest rate among those compared.
    pub highest: Option<f64>,
    /// Of deciles the least deprived minus the most deprived, otherwise the highest minus the lowest.
    pub gap: Option<f64>,
    /// Lower end of the 95% interval of `gap` (Newcombe). The groups of a highest-minus-lowest gap were picked
    /// by their rates, which makes the gap look wider than it is; the interval does not allow for that.
    pub gap_low: Option<f64>,
    /// Upper end of the 95% interval of `gap` (Newcombe). The groups of a highest-minus-lowest gap were picked
    /// by their rates, which makes the gap look wider than it is; the interval does not allow for that.
    pub gap_high: Option<f64>,
    /// Ratio of two rates: of deciles of deprivation the least deprived over the most deprived, of other groups
    /// the highest over the lowest; null where the divisor is 0.
    pub ratio: Option<f64>,
    /// Rate of the most deprived decile.
    pub most_deprived: Option<f64>,
    /// Rate of the least deprived decile.
    pub least_deprived: Option<f64>,
    /// Slope index of inequality: rate at the least deprived end minus rate at the most deprived end of a
    /// straight line fitted to the deciles.
    pub slope_index: Option<f64>,
    /// Standard error of `slope_index`.
    pub slope_standard_error: Option<f64>,
    /// Lower end of the 95% interval of `slope_index`.
    pub slope_low: Option<f64>,
    /// Upper end of the 95% interval of `slope_index`.
    pub slope_high: Option<f64>,
    /// Rate at the most deprived end of the straight line fitted to the deciles.
    pub intercept: Option<f64>,
    /// Relative index of inequality: rate at the least deprived end over rate at the most deprived end of a
    /// straight line fitted to the deciles.
    pub relative_index: Option<f64>,
    /// Lower end of the 95% interval of `relative_index`.
    pub relative_low: Option<f64>,
    /// Upper end of the 95% interval of `relative_index`.
    pub relative_high: Option<f64>,
    /// Slope index of inequality from a line fitted to the logits of the rates of the deciles.
    pub logit_slope_index: Option<f64>,
    /// Relative index of inequality from a line fitted to the logits of the rates of the deciles.
    pub logit_relative_index: Option<f64>,
    /// Rate at the most deprived end of the line fitted to the logits of the rates of the deciles.
    pub logit_intercept: Option<f64>,
    /// Share of the variation between deciles that the straight line explains, 0 to 1.
    pub linearity: Option<f64>,
}

/// Whether organisations keep their places from one period to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PersistenceRow {
    /// The dataset.
    pub dataset: Ustr,
    /// The type of organisation, as published, in the first period.
    pub org_type: Ustr,
    /// The level.
    pub level: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// The first period, as written.
    pub first_period: Ustr,
    /// The period after it.
    pub second_period: Ustr,
    /// What kind of period that is: `year`, `sum_of_months`, ...
    pub period_kind: Ustr,
    /// The least denominator that counts, in both periods.
    pub minimum_denominator: f64,
    /// Organisations in the statistics of both periods, matched by code.
    pub n_matched: u32,
    /// Organisations in the statistics of the first period only, by code.
    pub n_first_only: u32,
    /// Organisations in the statistics of the second period only, by code.
    pub n_second_only: u32,
    /// Rank correlation of the organisations' rates in the two periods, -1 to 1.
    pub spearman: Option<f64>,
    /// Linear correlation of the organisations' rates in the two periods, -1 to 1.
    pub pearson: Option<f64>,
    /// Share of the variance of the matched organisations' rates in the first period that is not chance, at
    /// most 1; negative where they vary by less than chance.
    pub reliability_first: Option<f64>,
    /// Share of the variance of the matched organisations' rates in the second period that is not chance, at
    /// most 1; negative where they vary by less than chance.
    pub reliability_second: Option<f64>,
    /// Linear correlation of the true rates in the two periods, chance taken out; may exceed 1 a little.
    pub pearson_disattenuated: Option<f64>,
    /// A fifth of the matched organisations, rounded up: as many as are in the highest fifth of each period.
    pub n_top_fifth: Option<u32>,
    /// Organisations that are in the highest fifth of both periods.
    pub n_top_fifth_kept: Option<u32>,
}

/// How much of the variation between organisations lies between the areas above them.
///
/// Sums of squares count people: `sum n (p - p0)^2`, rates as fractions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecompositionRow {
    /// The dataset.
    pub dataset: Ustr,
    /// The period, as written.
    pub reporting_period: Ustr,
    /// What kind of period that is: `year`, `sum_of_months`, ...
    pub period_kind: Ustr,
    /// The level of the organisations.
    pub level: Ustr,
    /// The type of the organisation, as published.
    pub org_type: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// The level of the areas above them: `icb`, `region`; of today, as declared in organisations.csv.
    pub grouped_by: Ustr,
    /// Areas that the organisations lie in.
    pub n_groups: u32,
    /// Organisations that are grouped: those with counts and with an area above them, however small.
    pub n_organisations: u32,
    /// Organisations left out because no area above them is declared.
    pub n_ungrouped: u32,
    /// Variation between organisations: `sum n (p - p0)^2` over organisations.
    pub total: f64,
    /// Variation between areas: `sum n (p - p0)^2` over areas, each pooled.
    pub between: f64,
    /// Variation between organisations within areas: `total` minus `between`.
    pub within: f64,
    /// What `total` would be on average if all organisations shared one rate.
    pub chance_total: f64,
    /// What `between` would be on average if all organisations shared one rate.
    pub chance_between: f64,
    /// What `within` would be on average if all organisations shared one rate.
    pub chance_within: f64,
    /// `between` over `total`: share of the variation, chance included, that lies between areas, 0 to 1.
    pub share_between_with_chance: Option<f64>,
    /// Share of the variation beyond chance that lies between areas: `between` less `chance_between`, over
    /// `total` less `chance_total`. Not cut at 0 and 1; null where there is no variation beyond chance.
    pub share_between: Option<f64>,
    /// `chance_total` over `total`: the share of the variation that chance alone would make, above 1 where
    /// organisations differ by less than chance.
    pub chance_share: Option<f64>,
}

/// Whether two indicators go together across organisations. An association between services is not a cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssociationRow {
    /// The dataset.
    pub dataset: Ustr,
    /// The period, as written.
    pub reporting_period: Ustr,
    /// What kind of period that is: `year`, `sum_of_months`, ...
    pub period_kind: Ustr,
    /// The level.
    pub level: Ustr,
    /// The type of organisation, as published.
    pub org_type: Ustr,
    /// The first indicator: part of the pathway, a wait or a dose.
    pub indicator: Ustr,
    /// The second: an outcome.
    pub other_indicator: Ustr,
    /// Whether a count is in both numerators, so that the two go together whatever the organisations do.
    pub shares_numerator: bool,
    /// The least denominator that counts, in both.
    pub minimum_denominator: f64,
    /// Organisations that have both indicators.
    pub n_organisations: u32,
    /// Organisations that have one of the two indicators only.
    pub n_with_one_only: u32,
    /// Rank correlation of the two indicators across the organisations, -1 to 1.
    pub spearman: f64,
    /// Lower end of the 95% interval of `spearman`; null under four organisations.
    pub spearman_low: Option<f64>,
    /// Upper end of the 95% interval of `spearman`; null under four organisations.
    pub spearman_high: Option<f64>,
    /// Linear correlation of the two indicators across the organisations, -1 to 1.
    pub pearson: f64,
}
