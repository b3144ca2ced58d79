//! The spread of a group, at each floor: percentiles, ratios, and how much of it is chance.

use iapt_model::{FunnelClassRow, Project, SpreadRow, Standing};
use iapt_statistics::{
    Chance, Comparison, LimitMethod, Proportion, Sorted, Spread, WeightedSpread, chi_squared, compare,
    intraclass_correlation, median_rank_interval_width, systematic_component_of_variation,
};

use super::{
    analysis::Analysis,
    group::{Floor, Group, number},
    organisations::percent,
};

/// The spread of the organisations that reach a floor; none where they are fewer than the two that can differ.
pub(super) fn row(
    project: &Project,
    group: &Group<'_>,
    floor: Floor,
    analysis: &Analysis,
) -> Option<SpreadRow> {
    let first = group.entries.first()?.row;
    let counted = group.counted(floor);
    let sorted = Sorted::new(counted.iter().map(|(_, counted)| counted.rate)).ok()?;
    let spread = Spread::of(&sorted).ok()?;
    let n_counted_at_all = group.counted(Floor::Nothing).len();
    let [n_unknown, n_hubs, n_duplicates] =
        [Standing::Unknown, Standing::Hub, Standing::Duplicate].map(|standing| group.n_standing(standing));
    let mut row = SpreadRow {
        dataset: first.dataset,
        reporting_period: first.reporting_period,
        period_kind: first.period_kind,
        level: first.level,
        org_type: first.org_type,
        indicator: first.indicator,
        minimum_denominator: floor.minimum_denominator(project),
        n_organisations: number(counted.len()),
        n_unknown,
        n_hubs,
        n_duplicates,
        n_not_places: n_unknown + n_hubs + n_duplicates,
        n_suppressed: group.n_standing(Standing::Suppressed),
        n_impossible: group.n_standing(Standing::Impossible),
        n_without_value: group.n_standing(Standing::WithoutValue),
        n_below_floor: number(n_counted_at_all - counted.len()),
        england: group.england.and_then(|england| england.value),
        england_interval_low: group.england.and_then(|england| england.interval_low),
        england_interval_high: group.england.and_then(|england| england.interval_high),
        ..SpreadRow::default()
    };
    fill_percentiles(&mut row, &sorted, spread);
    fill_pooled(&mut row, &analysis.proportions);
    fill_chance(&mut row, analysis);
    fill_priors(&mut row, analysis);
    fill_comparisons(&mut row, analysis);
    Some(row)
}

fn fill_percentiles(row: &mut SpreadRow, sorted: &Sorted, spread: Spread) {
    let at = |fraction| sorted.percentile(fraction);
    row.minimum = sorted.minimum();
    [row.p05, row.p10, row.p20, row.p25, row.p30, row.p40] = [0.05, 0.1, 0.2, 0.25, 0.3, 0.4].map(at);
    row.median = sorted.median();
    [row.p60, row.p70, row.p75, row.p80, row.p90, row.p95] = [0.6, 0.7, 0.75, 0.8, 0.9, 0.95].map(at);
    row.maximum = sorted.maximum();
    row.mean = spread.mean;
    row.standard_deviation = spread.standard_deviation;
    row.coefficient_of_variation = spread.coefficient_of_variation.map(percent);
    row.interquartile_range = spread.interquartile_range;
    row.p90_minus_p10 = spread.p90_minus_p10;
    row.p90_to_p10 = spread.p90_to_p10;
    row.maximum_to_minimum = spread.maximum_to_minimum;
    row.trimmed_each_end = Some(number(spread.trimmed_each_end));
    row.trimmed_maximum_to_minimum = spread.trimmed_maximum_to_minimum;
}

fn fill_pooled(row: &mut SpreadRow, proportions: &[Proportion]) {
    let Ok(pooled) = Proportion::pooled(proportions) else { return };
    [row.numerator, row.denominator] = [pooled.events(), pooled.total()].map(Some);
    row.pooled = Some(percent(pooled.rate()));
    let Ok(weighted) = WeightedSpread::of(proportions) else { return };
    row.weighted_standard_deviation = Some(percent(weighted.standard_deviation));
    row.weighted_coefficient_of_variation = weighted.coefficient_of_variation.map(percent);
}

fn fill_chance(row: &mut SpreadRow, analysis: &Analysis) {
    let proportions = &analysis.proportions;
    if let Ok(test) = chi_squared(proportions) {
        row.chi_squared = Some(test.statistic);
        row.chi_squared_p = Some(test.p_value);
        row.i_squared = Some(test.inconsistency);
    }
    if let Some(funnel) = &analysis.funnel {
        let (standard, arcsine) = (funnel.standard(), funnel.arcsine());
        row.phi_raw = Some(standard.phi_raw);
        row.phi = Some(standard.phi);
        row.phi_threshold = Some(standard.phi_threshold());
        row.winsorised_low = Some(standard.winsorised_low);
        row.winsorised_high = Some(standard.winsorised_high);
        row.tau_raw = Some(percent(standard.tau_squared_raw.sqrt()));
        row.tau = Some(percent(standard.tau()));
        row.phi_arcsine = Some(arcsine.phi);
        row.tau_arcsine = Some(arcsine.tau());
        row.expected_outside_95 = Some(funnel.expected_outside_95());
        row.expected_outside_998 = Some(funnel.expected_outside_998());
    }
    row.scv_poisson = systematic_component_of_variation(proportions, Chance::Poisson).ok();
    row.scv_binomial = systematic_component_of_variation(proportions, Chance::Binomial).ok();
    row.intraclass_correlation = intraclass_correlation(proportions).ok();
}

fn fill_priors(row: &mut SpreadRow, analysis: &Analysis) {
    let proportions = &analysis.proportions;
    if let Some(moments) = analysis.moments {
        row.prior_moments_mean = Some(percent(moments.mean()));
        row.prior_moments_concentration = Some(moments.concentration());
        row.mean_reliability = moments.mean_reliability(proportions).ok();
    }
    if let Some(likelihood) = analysis.likelihood {
        row.prior_likelihood_mean = Some(percent(likelihood.mean()));
        row.prior_likelihood_concentration = Some(likelihood.concentration());
        row.prior_likelihood_negative_log = Some(likelihood.negative_log_likelihood(proportions));
    }
}

fn fill_comparisons(row: &mut SpreadRow, analysis: &Analysis) {
    let proportions = &analysis.proportions;
    row.median_rank_width = median_rank_interval_width(&analysis.ranks).ok();
    let Ok(pooled) = Proportion::pooled(proportions) else { return };
    let n_of = |wanted| {
        let is_it = |own: &&Proportion| compare(**own, pooled.rate()) == wanted;
        Some(number(proportions.iter().filter(is_it).count()))
    };
    row.n_lower = n_of(Comparison::Lower);
    row.n_similar = n_of(Comparison::Similar);
    row.n_higher = n_of(Comparison::Higher);
}

/// How many organisations are in each class, one row for each kind of limit.
pub(super) fn classes(group: &Group<'_>, floor: f64, analysis: &Analysis) -> Vec<FunnelClassRow> {
    let Some(first) = group.entries.first().filter(|_| analysis.funnel.is_some()) else {
        return Vec::new();
    };
    let row = |(position, method): (usize, LimitMethod)| {
        let [n_low_998, n_low_95, n_in, n_high_95, n_high_998] = analysis.n_in_classes(position).map(number);
        FunnelClassRow {
            dataset: first.row.dataset,
            reporting_period: first.row.reporting_period,
            period_kind: first.row.period_kind,
            level: first.row.level,
            org_type: first.row.org_type,
            indicator: first.row.indicator,
            minimum_denominator: floor,
            limits: method.label().into(),
            n_low_998,
            n_low_95,
            n_in,
            n_high_95,
            n_high_998,
        }
    };
    LimitMethod::ALL.into_iter().enumerate().map(row).collect()
}
