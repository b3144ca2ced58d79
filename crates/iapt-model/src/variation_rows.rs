//! Rows of the tables of variation, inequality, persistence and association, as reports read them.
//!
//! Rates are in percent and differences in percentage points, as in the indicator table; averages are in the unit of
//! their indicator. What could not be computed is null: too few organisations, or no counts to compute it from.

use serde::{Deserialize, Serialize};
use ustr::Ustr;

use crate::Standing;

/// One organisation among those of its level: what its rate is worth, and whether it stands out.
///
/// The counts are the published ones, rounded as published; `value` is the figure to print. An organisation that is
/// left out has its reason in `standing` and no statistics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VariationRow {
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
    /// place, service, hub, unknown.
    pub org_kind: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// Whether the organisation counts among those of its level, or why not, as in the indicator table.
    pub standing: Ustr,
    /// What is counted, added up from printed counts; null where one of them is withheld or not published.
    pub numerator: Option<f64>,
    /// What the numerator is divided by, added up from printed counts; null where one of them is withheld or
    /// not published.
    pub denominator: Option<f64>,
    /// The figure to print, as in the indicator table.
    pub value: Option<f64>,
    /// Where the value comes from: `counts`, `published_percentage`, `published_average`, or `bounds` (printed
    /// counts, each rounded, contradict each other, and this is the nearest that rounding allows).
    pub value_basis: Option<Ustr>,
    /// The least value that rounding and suppression allow: of the counts, or of the printed percentage where
    /// that is the value.
    pub value_low: Option<f64>,
    /// The greatest value that rounding and suppression allow: of the counts, or of the printed percentage
    /// where that is the value.
    pub value_high: Option<f64>,
    /// What the statistics are of: the published counts divided, or the published average.
    pub rate: Option<f64>,
    /// Lower end of the 95% Wilson score interval of `rate`.
    pub interval_low: Option<f64>,
    /// Upper end of the 95% Wilson score interval of `rate`.
    pub interval_high: Option<f64>,
    /// Lower end of the 99.8% Wilson score interval of `rate`.
    pub interval_998_low: Option<f64>,
    /// Upper end of the 99.8% Wilson score interval of `rate`.
    pub interval_998_high: Option<f64>,
    /// The least rate that the bounds of numerator and denominator allow.
    pub rate_low: Option<f64>,
    /// The greatest rate that the bounds of numerator and denominator allow.
    pub rate_high: Option<f64>,
    /// Lower end of the 95% Wilson score interval of the least rate that rounding allows (`rate_low`).
    pub worst_case_low: Option<f64>,
    /// Upper end of the 95% Wilson score interval of the greatest rate that rounding allows (`rate_high`).
    pub worst_case_high: Option<f64>,
    /// Whether `worst_case_low` to `worst_case_high` is wider than the 95% interval of the rate by more than
    /// half a percentage point, so that a chart shows it as a thin whisker.
    pub is_worst_case_shown: bool,
    /// England's value.
    pub england: Option<f64>,
    /// `lower`, `similar` or `higher` than England, as in the indicator table.
    pub comparison: Option<Ustr>,
    /// Whether the 95% interval of the rate lies clear of the pooled rate of the organisations in the statistics.
    pub comparison_with_pooled: Option<Ustr>,
    /// Where the rate lies under the headline limits of `funnel_limits`.
    pub funnel_class: Option<Ustr>,
    /// Distance of the rate from the pooled rate in standard errors of chance.
    pub z_score: Option<f64>,
    /// Distance of the rate from the pooled rate in standard errors of chance and of variation between
    /// organisations together.
    pub z_score_additive: Option<f64>,
    /// The rate drawn towards the mean of all organisations: beta prior by maximum likelihood over the
    /// organisations that reach the floor, over all where it cannot be fitted to those.
    pub shrunken: Option<f64>,
    /// Lower end of the 95% credible interval of `shrunken`.
    pub shrunken_low: Option<f64>,
    /// Upper end of the 95% credible interval of `shrunken`.
    pub shrunken_high: Option<f64>,
    /// How far `shrunken` is drawn from the rate to the mean of the prior, 0 to 1.
    pub shrinkage: Option<f64>,
    /// The rate drawn towards the mean of all organisations: beta prior by maximum likelihood over all
    /// organisations, small ones too.
    pub shrunken_likelihood: Option<f64>,
    /// The rate drawn towards the mean of all organisations: beta prior by moments over all organisations.
    pub shrunken_moments: Option<f64>,
    /// Lower end of the 95% credible interval of `shrunken_moments`.
    pub shrunken_moments_low: Option<f64>,
    /// Upper end of the 95% credible interval of `shrunken_moments`.
    pub shrunken_moments_high: Option<f64>,
    /// How far `shrunken_moments` is drawn from the rate to the mean of the prior by moments, 0 to 1.
    pub shrinkage_moments: Option<f64>,
    /// Rank by rate among the `n_ranked` organisations, 1 for the highest rate; equal rates share the best
    /// rank.
    pub rank: Option<u32>,
    /// The best rank that chance leaves credible, at 95% for this organisation alone.
    pub rank_best: Option<u32>,
    /// The worst rank that chance leaves credible, at 95% for this organisation alone.
    pub rank_worst: Option<u32>,
    /// The expected rank, given chance: one plus the chances that each other organisation's true rate is
    /// higher.
    pub rank_expected: Option<f64>,
    /// How many organisations were ranked together; 0 where the organisation is not among them.
    pub n_ranked: u32,
}

impl VariationRow {
    /// Whether the organisation counts, and why not.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::of(&self.standing)
    }
}

/// The funnel limits of one organisation under one rule, around the pooled rate of the organisations in the
/// statistics.
///
/// One row for each rule, for every organisation of `variation` with a `z_score`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelLimitsRow {
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
    /// The code of the organisation, as published.
    pub org_code: Ustr,
    /// The name of the organisation, as published.
    pub org_name: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// `normal`, `exact`, `multiplicative`, `additive`, `arcsine`.
    pub limits: Ustr,
    /// Lower 99.8% limit, in percent.
    pub low_998: f64,
    /// Lower 95% limit, in percent.
    pub low_95: f64,
    /// Upper 95% limit, in percent.
    pub high_95: f64,
    /// Upper 99.8% limit, in percent.
    pub high_998: f64,
    /// Where the rate lies: `low_998`, `low_95`, `in`, `high_95`, `high_998`.
    pub funnel_class: Ustr,
}

impl FunnelLimitsRow {
    /// The limits that say who stands out: chance and the usual differences between organisations.
    pub const HEADLINE: &str = "additive";
    /// The limits of chance alone that are drawn beside them.
    pub const CHANCE: &str = "exact";
}

/// How far an indicator differs between the organisations of a level in a period, and how much of it is chance.
///
/// Two rows for each, where at least two organisations are in it: one with the floor of the headline, and one with the
/// floor 0, which lets every organisation in that has counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpreadRow {
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
    /// The indicator's name.
    pub indicator: Ustr,
    /// The least denominator that counts; an average has none, and the floor does not apply to it.
    pub minimum_denominator: f64,
    /// Organisations that the statistics of the row are over.
    pub n_organisations: u32,
    /// Organisations left out: rows of an unknown organisation.
    pub n_unknown: u32,
    /// Organisations left out: commissioning hubs, which are no places.
    pub n_hubs: u32,
    /// Organisations left out: second entries of one code.
    pub n_duplicates: u32,
    /// Organisations left out: unknown organisations, hubs and second entries of a code (`n_unknown`, `n_hubs`
    /// and `n_duplicates` together).
    pub n_not_places: u32,
    /// Organisations left out: a count that is needed is withheld.
    pub n_suppressed: u32,
    /// Organisations left out: more events than people, or no people.
    pub n_impossible: u32,
    /// Organisations left out: no value for another reason.
    pub n_without_value: u32,
    /// Organisations left out: denominator below `minimum_denominator`.
    pub n_below_floor: u32,
    /// England's value.
    pub england: Option<f64>,
    /// Lower end of the 95% Wilson score interval of England's value; null for a published average or a ratio
    /// across cohorts.
    pub england_interval_low: Option<f64>,
    /// Upper end of the 95% Wilson score interval of England's value; null for a published average or a ratio
    /// across cohorts.
    pub england_interval_high: Option<f64>,
    /// The numerators of the organisations in the statistics, added up.
    pub numerator: Option<f64>,
    /// The denominators of the organisations in the statistics, added up.
    pub denominator: Option<f64>,
    /// The rate of all organisations in the statistics together, which is the centre of the funnel: their
    /// numerators over their denominators.
    pub pooled: Option<f64>,
    /// The lowest of the organisations' rates.
    pub minimum: f64,
    /// 5th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p05: f64,
    /// 10th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p10: f64,
    /// 20th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p20: f64,
    /// 25th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p25: f64,
    /// 30th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p30: f64,
    /// 40th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p40: f64,
    /// Median of the organisations' rates (exact, type 7), each organisation counting once.
    pub median: f64,
    /// 60th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p60: f64,
    /// 70th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p70: f64,
    /// 75th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p75: f64,
    /// 80th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p80: f64,
    /// 90th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p90: f64,
    /// 95th percentile of the organisations' rates (exact, type 7), each organisation counting once.
    pub p95: f64,
    /// The highest of the organisations' rates.
    pub maximum: f64,
    /// Mean of the organisations' rates, each organisation counting once.
    pub mean: f64,
    /// Standard deviation of the organisations' rates, with divisor k - 1, each organisation counting once.
    pub standard_deviation: f64,
    /// Standard deviation of the organisations' rates over their mean; null where the mean is 0.
    pub coefficient_of_variation: Option<f64>,
    /// Standard deviation of the organisations' rates around the pooled rate, each person counting once.
    pub weighted_standard_deviation: Option<f64>,
    /// Weighted standard deviation of the organisations' rates over the pooled rate.
    pub weighted_coefficient_of_variation: Option<f64>,
    /// 75th minus 25th percentile of the organisations' rates.
    pub interquartile_range: f64,
    /// 90th minus 10th percentile of the organisations' rates.
    pub p90_minus_p10: f64,
    /// 90th over 10th percentile of the organisations' rates; null where the 10th is 0.
    pub p90_to_p10: Option<f64>,
    /// Highest over lowest rate of an organisation; null where the lowest is 0. Never a headline: two small
    /// organisations can make it say anything.
    pub maximum_to_minimum: Option<f64>,
    /// How many organisations `trimmed_maximum_to_minimum` leaves out at each end: 2.5% of them, rounded down.
    pub trimmed_each_end: Option<u32>,
    /// Highest over lowest rate after `trimmed_each_end` organisations were left out at each end; null where
    /// the lowest is 0.
    pub trimmed_maximum_to_minimum: Option<f64>,
    /// Chi-squared statistic of the test that all organisations share one rate.
    pub chi_squared: Option<f64>,
    /// p-value of `chi_squared`: the chance of a larger statistic if all organisations shared one rate.
    pub chi_squared_p: Option<f64>,
    /// Share of `chi_squared` that is more than chance explains, 0 to 1.
    pub i_squared: Option<f64>,
    /// Overdispersion: mean of the squared z-scores, 1 where organisations differ by chance alone.
    pub phi_raw: Option<f64>,
    /// Overdispersion: mean of the squared z-scores, winsorised at their 10th and 90th percentile; 1 where
    /// organisations differ by chance alone.
    pub phi: Option<f64>,
    /// The value above which `phi` says that organisations differ by more than chance.
    pub phi_threshold: Option<f64>,
    /// 10th percentile of the organisations' z-scores: in `phi` and `tau`, lower ones count as this.
    pub winsorised_low: Option<f64>,
    /// 90th percentile of the organisations' z-scores: in `phi` and `tau`, higher ones count as this.
    pub winsorised_high: Option<f64>,
    /// Standard deviation of the true rates of organisations, chance taken out, from raw z-scores.
    pub tau_raw: Option<f64>,
    /// Standard deviation of the true rates of organisations, chance taken out, from winsorised z-scores: the
    /// one that the additive limits use.
    pub tau: Option<f64>,
    /// Overdispersion on the arcsine scale: mean of the squared winsorised z-scores of the arcsines of root
    /// rates.
    pub phi_arcsine: Option<f64>,
    /// Standard deviation of the true arcsines of root rates of organisations, chance taken out.
    pub tau_arcsine: Option<f64>,
    /// Systematic component of variation, times 100, where chance has the variance of rare events (Poisson).
    pub scv_poisson: Option<f64>,
    /// Systematic component of variation, times 100, where chance has the variance of common events (binomial).
    pub scv_binomial: Option<f64>,
    /// Share of the variance between people that lies between organisations, 0 to 1.
    pub intraclass_correlation: Option<f64>,
    /// Mean of the beta prior of organisations' rates that was fitted by moments.
    pub prior_moments_mean: Option<f64>,
    /// Concentration of the beta prior that was fitted by moments: an organisation with this denominator counts
    /// for as much as the mean of all.
    pub prior_moments_concentration: Option<f64>,
    /// Mean of the beta prior of organisations' rates that was fitted by maximum likelihood.
    pub prior_likelihood_mean: Option<f64>,
    /// Concentration of the beta prior that was fitted by maximum likelihood: an organisation with this
    /// denominator counts for as much as the mean of all.
    pub prior_likelihood_concentration: Option<f64>,
    /// Minus the log-likelihood of the beta prior that was fitted by maximum likelihood, without the binomial
    /// coefficients.
    pub prior_likelihood_negative_log: Option<f64>,
    /// Mean weight of an organisation's own figures under the beta prior that was fitted by moments, 0 to 1.
    pub mean_reliability: Option<f64>,
    /// Median over the organisations of how many ranks the 95% interval of a rank holds.
    pub median_rank_width: Option<f64>,
    /// How many organisations chance alone would put outside 95% limits: 5% of them.
    pub expected_outside_95: Option<f64>,
    /// How many organisations chance alone would put outside 99.8% limits: 0.2% of them.
    pub expected_outside_998: Option<f64>,
    /// Organisations whose 95% interval lies below the pooled rate.
    pub n_lower: Option<u32>,
    /// Organisations whose 95% interval holds the pooled rate.
    pub n_similar: Option<u32>,
    /// Organisations whose 95% interval lies above the pooled rate.
    pub n_higher: Option<u32>,
}

impl SpreadRow {
    /// Whether it is the spread of the organisations that reach the floor.
    #[must_use]
    pub fn is_headline(&self) -> bool {
        self.minimum_denominator > 0.0
    }
}

/// How many organisations are in each class under one kind of limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelClassRow {
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
    /// The indicator's name.
    pub indicator: Ustr,
    /// The least denominator that counts.
    pub minimum_denominator: f64,
    /// `normal`, `exact`, `multiplicative`, `additive`, `arcsine`.
    pub limits: Ustr,
    /// Organisations below the lower 99.8% limit.
    pub n_low_998: u32,
    /// Organisations below the lower 95% limit and not below the 99.8% limit.
    pub n_low_95: u32,
    /// Organisations within the 95% limits.
    pub n_in: u32,
    /// Organisations above the upper 95% limit and not above the 99.8% limit.
    pub n_high_95: u32,
    /// Organisations above the upper 99.8% limit.
    pub n_high_998: u32,
}
