//! Rows of the tables of variation, inequality, persistence and association, as reports read them.
//!
//! Rates are in percent and differences in percentage points, as in the indicator table; averages are in the unit of
//! their indicator. What could not be computed is null: too few organisations, or no counts to compute it from.

use serde::{Deserialize, Serialize};

use crate::Standing;

/// One organisation among those of its level: what its rate is worth, and whether it stands out.
///
/// The counts are the published ones, rounded as published; `value` is the figure to print. An organisation that is
/// left out has its reason in `standing` and no statistics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VariationRow {
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
    /// place, service, hub, unknown.
    pub org_kind: String,
    /// The indicator's name.
    pub indicator: String,
    /// Whether the organisation counts among those of its level, or why not, as in the indicator table.
    pub standing: String,
    /// Referrals counted, as published.
    pub numerator: Option<f64>,
    /// Referrals that it is counted out of, as published.
    pub denominator: Option<f64>,
    /// The figure to print, as in the indicator table.
    pub value: Option<f64>,
    /// Where that figure comes from.
    pub value_basis: Option<String>,
    /// The least value that rounding allows.
    pub value_low: Option<f64>,
    /// The greatest value that rounding allows.
    pub value_high: Option<f64>,
    /// What the statistics are of: the published counts divided, or the published average.
    pub rate: Option<f64>,
    /// Lower end of the 95% Wilson score interval of the rate.
    pub interval_low: Option<f64>,
    /// Its upper end.
    pub interval_high: Option<f64>,
    /// Lower end of the 99.8% Wilson score interval of the rate.
    pub interval_998_low: Option<f64>,
    /// Its upper end.
    pub interval_998_high: Option<f64>,
    /// The least rate that the bounds of the counts allow.
    pub rate_low: Option<f64>,
    /// The greatest.
    pub rate_high: Option<f64>,
    /// Lower end of the 95% interval at the worst that rounding allows.
    pub worst_case_low: Option<f64>,
    /// Its upper end.
    pub worst_case_high: Option<f64>,
    /// Whether that interval is wider by more than half a percentage point, so that a chart shows it as a thin whisker.
    pub is_worst_case_shown: bool,
    /// England's value.
    pub england: Option<f64>,
    /// `lower`, `similar` or `higher` than England, as in the indicator table.
    pub comparison: Option<String>,
    /// Whether the 95% interval of the rate lies clear of the pooled rate of the organisations in the statistics.
    pub comparison_with_pooled: Option<String>,
    /// Lower 95% limit by chance alone, normal approximation.
    pub normal_low_95: Option<f64>,
    /// Upper 95% limit.
    pub normal_high_95: Option<f64>,
    /// Lower 99.8% limit.
    pub normal_low_998: Option<f64>,
    /// Upper 99.8% limit.
    pub normal_high_998: Option<f64>,
    /// `low_998`, `low_95`, `in`, `high_95`, `high_998`.
    pub normal_class: Option<String>,
    /// Lower 95% limit by chance alone, exact binomial.
    pub exact_low_95: Option<f64>,
    /// Upper 95% limit.
    pub exact_high_95: Option<f64>,
    /// Lower 99.8% limit.
    pub exact_low_998: Option<f64>,
    /// Upper 99.8% limit.
    pub exact_high_998: Option<f64>,
    /// Class under the exact limits: the choice for unadjusted limits.
    pub exact_class: Option<String>,
    /// Lower 95% limit by chance times overdispersion.
    pub multiplicative_low_95: Option<f64>,
    /// Upper 95% limit.
    pub multiplicative_high_95: Option<f64>,
    /// Lower 99.8% limit.
    pub multiplicative_low_998: Option<f64>,
    /// Upper 99.8% limit.
    pub multiplicative_high_998: Option<f64>,
    /// Class under the multiplicative limits.
    pub multiplicative_class: Option<String>,
    /// Lower 95% limit by chance and variation between organisations.
    pub additive_low_95: Option<f64>,
    /// Upper 95% limit.
    pub additive_high_95: Option<f64>,
    /// Lower 99.8% limit.
    pub additive_low_998: Option<f64>,
    /// Upper 99.8% limit.
    pub additive_high_998: Option<f64>,
    /// Class under the additive limits: the headline class.
    pub additive_class: Option<String>,
    /// Lower 95% limit, additive on the arcsine scale.
    pub arcsine_low_95: Option<f64>,
    /// Upper 95% limit.
    pub arcsine_high_95: Option<f64>,
    /// Lower 99.8% limit.
    pub arcsine_low_998: Option<f64>,
    /// Upper 99.8% limit.
    pub arcsine_high_998: Option<f64>,
    /// Class under the arcsine limits.
    pub arcsine_class: Option<String>,
    /// Distance from the pooled rate in standard errors of chance.
    pub z_score: Option<f64>,
    /// The same in standard errors of chance and of variation between organisations.
    pub z_score_additive: Option<f64>,
    /// The rate drawn towards the mean: prior by maximum likelihood over organisations that reach the floor.
    pub shrunken: Option<f64>,
    /// Lower end of its 95% credible interval.
    pub shrunken_low: Option<f64>,
    /// Upper end.
    pub shrunken_high: Option<f64>,
    /// Share of the way to the mean, 0 to 1.
    pub shrinkage: Option<f64>,
    /// The rate drawn towards the mean: prior by maximum likelihood over all organisations.
    pub shrunken_likelihood: Option<f64>,
    /// The rate drawn towards the mean: prior by moments over all organisations.
    pub shrunken_moments: Option<f64>,
    /// Lower end of its 95% credible interval.
    pub shrunken_moments_low: Option<f64>,
    /// Upper end.
    pub shrunken_moments_high: Option<f64>,
    /// Share of the way to the mean under the prior by moments, 0 to 1.
    pub shrinkage_moments: Option<f64>,
    /// Place by rate, highest first; equal rates share the best place.
    pub rank: Option<u32>,
    /// Best place that chance leaves credible, marginally at 95%.
    pub rank_best: Option<u32>,
    /// Worst such place.
    pub rank_worst: Option<u32>,
    /// Expected place.
    pub rank_expected: Option<f64>,
    /// Organisations that were ranked.
    pub n_ranked: u32,
}

impl VariationRow {
    /// Whether the organisation counts, and why not.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::of(&self.standing)
    }
}

/// How far an indicator differs between the organisations of a level in a period, and how much of it is chance.
///
/// Two rows for each, where at least two organisations are in it: one with the floor of the headline, and one with the
/// floor 0, which lets every organisation in that has counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpreadRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// The indicator's name.
    pub indicator: String,
    /// The least denominator that counts; an average has none, and the floor does not apply to it.
    pub minimum_denominator: f64,
    /// Organisations in the statistics.
    pub n_organisations: u32,
    /// Left out: rows of an unknown organisation.
    pub n_unknown: u32,
    /// Left out: commissioning hubs, which are no places.
    pub n_hubs: u32,
    /// Left out: second entries of one code.
    pub n_duplicates: u32,
    /// The last three together: what is no organisation of its own.
    pub n_not_places: u32,
    /// Left out: a count that is needed is withheld.
    pub n_suppressed: u32,
    /// Left out: more events than people, or no people.
    pub n_impossible: u32,
    /// Left out: no value for another reason.
    pub n_without_value: u32,
    /// Left out: denominator below the floor.
    pub n_below_floor: u32,
    /// England's value.
    pub england: Option<f64>,
    /// Lower end of its 95% Wilson score interval.
    pub england_interval_low: Option<f64>,
    /// Upper end.
    pub england_interval_high: Option<f64>,
    /// Events of all organisations.
    pub numerator: Option<f64>,
    /// People of all organisations.
    pub denominator: Option<f64>,
    /// Their rate together: the centre of the funnel.
    pub pooled: Option<f64>,
    /// Lowest.
    pub minimum: f64,
    /// 5th percentile; percentiles are exact (type 7) and count every organisation once.
    pub p05: f64,
    /// 10th percentile.
    pub p10: f64,
    /// 20th percentile.
    pub p20: f64,
    /// 25th percentile.
    pub p25: f64,
    /// 30th percentile.
    pub p30: f64,
    /// 40th percentile.
    pub p40: f64,
    /// 50th percentile.
    pub median: f64,
    /// 60th percentile.
    pub p60: f64,
    /// 70th percentile.
    pub p70: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 80th percentile.
    pub p80: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Highest.
    pub maximum: f64,
    /// Mean, every organisation once.
    pub mean: f64,
    /// Standard deviation with k - 1.
    pub standard_deviation: f64,
    /// Standard deviation over mean, in percent.
    pub coefficient_of_variation: Option<f64>,
    /// Standard deviation around the pooled rate, every person once.
    pub weighted_standard_deviation: Option<f64>,
    /// That over the pooled rate, in percent.
    pub weighted_coefficient_of_variation: Option<f64>,
    /// 75th minus 25th percentile.
    pub interquartile_range: f64,
    /// 90th minus 10th percentile.
    pub p90_minus_p10: f64,
    /// 90th over 10th percentile.
    pub p90_to_p10: Option<f64>,
    /// Highest over lowest. Never a headline: two small organisations can make it say anything.
    pub maximum_to_minimum: Option<f64>,
    /// Organisations dropped at each end by the trimmed ratio.
    pub trimmed_each_end: Option<u32>,
    /// Highest over lowest after that.
    pub trimmed_maximum_to_minimum: Option<f64>,
    /// Chi-squared of homogeneity.
    pub chi_squared: Option<f64>,
    /// Its p-value.
    pub chi_squared_p: Option<f64>,
    /// Share of the variation that is not chance, 0 to 1.
    pub i_squared: Option<f64>,
    /// Overdispersion, from raw z-scores.
    pub phi_raw: Option<f64>,
    /// Overdispersion, from z-scores winsorised at the 10th and 90th percentile.
    pub phi: Option<f64>,
    /// Above this phi says that organisations differ by more than chance.
    pub phi_threshold: Option<f64>,
    /// The winsorised low z-score.
    pub winsorised_low: Option<f64>,
    /// The winsorised high z-score.
    pub winsorised_high: Option<f64>,
    /// By how much true rates typically differ, in percentage points, from raw z-scores.
    pub tau_raw: Option<f64>,
    /// The same from winsorised z-scores: the headline.
    pub tau: Option<f64>,
    /// Overdispersion on the arcsine scale.
    pub phi_arcsine: Option<f64>,
    /// By how much arcsines of root rates typically differ, in radians.
    pub tau_arcsine: Option<f64>,
    /// Systematic component of variation, times 100, chance as of rare events.
    pub scv_poisson: Option<f64>,
    /// The same, chance as of common events.
    pub scv_binomial: Option<f64>,
    /// Share of the variance between people that lies between organisations, 0 to 1.
    pub intraclass_correlation: Option<f64>,
    /// Mean of the beta prior by moments, in percent.
    pub prior_moments_mean: Option<f64>,
    /// Its concentration, in people.
    pub prior_moments_concentration: Option<f64>,
    /// Mean of the beta prior by maximum likelihood, in percent.
    pub prior_likelihood_mean: Option<f64>,
    /// Its concentration, in people.
    pub prior_likelihood_concentration: Option<f64>,
    /// Minus its log-likelihood, without the binomial coefficients.
    pub prior_likelihood_negative_log: Option<f64>,
    /// Mean weight of an organisation's own figures under the prior by moments, 0 to 1.
    pub mean_reliability: Option<f64>,
    /// Median number of places in a rank interval.
    pub median_rank_width: Option<f64>,
    /// Organisations that chance alone would put outside the 95% limits.
    pub expected_outside_95: Option<f64>,
    /// Organisations that chance alone would put outside the 99.8% limits.
    pub expected_outside_998: Option<f64>,
    /// Organisations whose interval lies below the pooled rate.
    pub n_lower: Option<u32>,
    /// Organisations whose interval holds it.
    pub n_similar: Option<u32>,
    /// Organisations whose interval lies above it.
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
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// The indicator's name.
    pub indicator: String,
    /// The least denominator that counts.
    pub minimum_denominator: f64,
    /// `normal`, `exact`, `multiplicative`, `additive`, `arcsine`.
    pub limits: String,
    /// Below the lower 99.8% limit.
    pub n_low_998: u32,
    /// Below the lower 95% limit only.
    pub n_low_95: u32,
    /// Within the limits.
    pub n_in: u32,
    /// Above the upper 95% limit only.
    pub n_high_95: u32,
    /// Above the upper 99.8% limit.
    pub n_high_998: u32,
}
