//! Rows of the tables that compare: groups of people, periods, regions, and two indicators with each other.
//!
//! Rates are in percent and differences in percentage points, as in the indicator table.

use serde::{Deserialize, Serialize};

/// One group of people within a breakdown, beside the whole that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InequalityGroupRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// As published.
    pub org_code: String,
    /// As published.
    pub org_name: String,
    /// The indicator's name.
    pub indicator: String,
    /// What it is broken down by.
    pub breakdown: String,
    /// The category.
    pub category: String,
    /// Its place among the categories of the breakdown.
    pub category_order: u32,
    /// Whether the category says who the people are; `Not stated` does not, and is left out of every comparison.
    pub is_stated: bool,
    /// Referrals counted.
    pub numerator: Option<f64>,
    /// Referrals that it is counted out of.
    pub denominator: Option<f64>,
    /// The figure to print, as in the indicator table.
    pub value: Option<f64>,
    /// Where the value comes from, or why there is none.
    pub value_status: String,
    /// The published counts divided.
    pub rate: Option<f64>,
    /// Lower end of the 95% Wilson score interval.
    pub interval_low: Option<f64>,
    /// Upper end.
    pub interval_high: Option<f64>,
    /// Value of the organisation as a whole.
    pub whole: Option<f64>,
    /// `lower`, `similar` or `higher` than the whole.
    pub comparison: Option<String>,
    /// Share of all people in stated groups, in percent.
    pub share: Option<f64>,
    /// Middle of the group's stretch of the scale from most to least deprived, 0 to 1; deciles only.
    pub ridit: Option<f64>,
}

/// How unequal an indicator is across the groups of one breakdown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InequalityRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// As published.
    pub org_code: String,
    /// As published.
    pub org_name: String,
    /// The indicator's name.
    pub indicator: String,
    /// What it is broken down by.
    pub breakdown: String,
    /// Groups compared.
    pub n_groups: u32,
    /// Groups left out because a count is withheld.
    pub n_suppressed: u32,
    /// Groups left out because they have fewer people than the floor; deciles are never left out for that.
    pub n_below_floor: u32,
    /// The floor.
    pub minimum_denominator: f64,
    /// People whose group is not stated, in percent of all people.
    pub not_stated_share: Option<f64>,
    /// Group with the lowest rate.
    pub lowest_category: String,
    /// Its rate.
    pub lowest: Option<f64>,
    /// Group with the highest rate.
    pub highest_category: String,
    /// Its rate.
    pub highest: Option<f64>,
    /// Of deciles the least deprived minus the most deprived, otherwise the highest minus the lowest.
    pub gap: Option<f64>,
    /// Lower end of its 95% interval (Newcombe). The groups of a highest-minus-lowest gap were picked by their rates,
    /// which makes the gap look wider than it is; the interval does not allow for that.
    pub gap_low: Option<f64>,
    /// Upper end.
    pub gap_high: Option<f64>,
    /// The same two rates divided.
    pub ratio: Option<f64>,
    /// Rate of the most deprived decile.
    pub most_deprived: Option<f64>,
    /// Rate of the least deprived decile.
    pub least_deprived: Option<f64>,
    /// Slope index of inequality: fitted rate of the least deprived minus that of the most deprived.
    pub slope_index: Option<f64>,
    /// Its standard error.
    pub slope_standard_error: Option<f64>,
    /// Lower end of its 95% interval.
    pub slope_low: Option<f64>,
    /// Upper end.
    pub slope_high: Option<f64>,
    /// Fitted rate of the most deprived person.
    pub intercept: Option<f64>,
    /// Relative index of inequality: fitted rate of the least deprived over that of the most deprived.
    pub relative_index: Option<f64>,
    /// Lower end of its 95% interval.
    pub relative_low: Option<f64>,
    /// Upper end.
    pub relative_high: Option<f64>,
    /// Slope index from logits.
    pub logit_slope_index: Option<f64>,
    /// Relative index from logits.
    pub logit_relative_index: Option<f64>,
    /// Fitted rate of the most deprived person, from logits.
    pub logit_intercept: Option<f64>,
    /// Share of the variation between deciles that a straight line explains, 0 to 1.
    pub linearity: Option<f64>,
}

/// Whether organisations keep their places from one period to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PersistenceRow {
    /// The dataset.
    pub dataset: String,
    /// The type of organisation, as published, in the first period.
    pub org_type: String,
    /// The level.
    pub level: String,
    /// The indicator's name.
    pub indicator: String,
    /// The first period, as written.
    pub first_period: String,
    /// The period after it.
    pub second_period: String,
    /// The least denominator that counts, in both periods.
    pub minimum_denominator: f64,
    /// Organisations in both, matched by code.
    pub n_matched: u32,
    /// Organisations in the first only.
    pub n_first_only: u32,
    /// Organisations in the second only.
    pub n_second_only: u32,
    /// Rank correlation, -1 to 1.
    pub spearman: Option<f64>,
    /// Linear correlation, -1 to 1.
    pub pearson: Option<f64>,
    /// Share of the variance that is not chance, first period.
    pub reliability_first: Option<f64>,
    /// The same, second period.
    pub reliability_second: Option<f64>,
    /// Linear correlation of true rates: chance taken out.
    pub pearson_disattenuated: Option<f64>,
    /// Organisations in the highest fifth.
    pub n_top_fifth: Option<u32>,
    /// Those of them that are in the highest fifth of both periods.
    pub n_top_fifth_kept: Option<u32>,
}

/// How much of the variation between organisations lies between the areas above them.
///
/// Sums of squares count people: `sum n (p - p0)^2`, rates as fractions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecompositionRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level of the organisations.
    pub level: String,
    /// Their type, as published.
    pub org_type: String,
    /// The indicator's name.
    pub indicator: String,
    /// The level of the areas above them: `icb`, `region`; of today, as declared in organisations.csv.
    pub grouped_by: String,
    /// Areas.
    pub n_groups: u32,
    /// Organisations.
    pub n_organisations: u32,
    /// Organisations left out because no area above them is declared.
    pub n_ungrouped: u32,
    /// All variation.
    pub total: f64,
    /// Variation between areas.
    pub between: f64,
    /// Variation within areas.
    pub within: f64,
    /// Variation that chance alone would make.
    pub chance_total: f64,
    /// The same between areas.
    pub chance_between: f64,
    /// The same within areas.
    pub chance_within: f64,
    /// Share between areas, chance included, 0 to 1.
    pub share_between_with_chance: Option<f64>,
    /// Share between areas of the variation beyond chance.
    pub share_between: Option<f64>,
    /// Share of all variation that chance explains.
    pub chance_share: Option<f64>,
}

/// Whether two indicators go together across organisations. An association between services is not a cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssociationRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// The first indicator: part of the pathway, a wait or a dose.
    pub indicator: String,
    /// The second: an outcome.
    pub other_indicator: String,
    /// The least denominator that counts, in both.
    pub minimum_denominator: f64,
    /// Organisations with both.
    pub n_organisations: u32,
    /// Organisations with one of them only.
    pub n_with_one_only: u32,
    /// Rank correlation, -1 to 1.
    pub spearman: f64,
    /// Lower end of its 95% interval; none under four organisations.
    pub spearman_low: Option<f64>,
    /// Upper end.
    pub spearman_high: Option<f64>,
    /// Linear correlation, -1 to 1.
    pub pearson: f64,
}
