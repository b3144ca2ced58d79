//! The variation table: every organisation of a group, with all that its counts say.

use iapt_model::{IndicatorRow, VariationRow};
use iapt_statistics::{
    BetaPrior, Comparison, Funnel, FunnelLimits, LimitMethod, Position, Proportion, ProportionBounds,
    RankInterval, Z_95, Z_998, compare, rank_intervals, wilson, wilson_worst_case,
};

use super::group::{Entry, Group, HEADLINE_FLOOR, number};

/// A worst-case interval is shown when it is wider than the other by more than this, a fraction.
const SHOWN_FROM: f64 = 0.005;

/// One row for every organisation of the group.
pub(super) fn rows(group: &Group<'_>) -> Vec<VariationRow> {
    let fitted = Fitted::of(group);
    let mut ranks = fitted.ranks.iter();
    let row = |entry: &Entry<'_>| {
        let mut row = identity(group, entry.row);
        match entry.outcome {
            Err(reason) => row.left_out = Some(reason.word(entry.row)),
            Ok(counted) => {
                row.rate = Some(counted.rate);
                row.is_in_headline = counted.reaches(HEADLINE_FLOOR);
                if let Some(own) = counted.proportion {
                    fitted.fill(&mut row, own);
                    fill_worst_case(&mut row, entry.row, own);
                    fill_rank(&mut row, ranks.next(), fitted.ranks.len());
                }
            }
        }
        row
    };
    group.entries.iter().map(row).collect()
}

fn identity(group: &Group<'_>, row: &IndicatorRow) -> VariationRow {
    VariationRow {
        dataset: row.dataset.clone(),
        reporting_period: row.reporting_period.clone(),
        level: row.level.clone(),
        org_type: row.org_type.clone(),
        org_code: row.org_code.clone(),
        org_name: row.org_name.clone(),
        org_kind: row.org_kind.clone(),
        indicator: row.indicator.clone(),
        numerator: row.numerator,
        denominator: row.denominator,
        value: row.value,
        value_basis: row.value_basis.clone(),
        value_low: row.value_low,
        value_high: row.value_high,
        england: group.england.and_then(|england| england.value),
        ..VariationRow::default()
    }
}

/// What is fitted to the organisations of a group.
struct Fitted {
    england: Option<f64>,
    funnel: Option<Funnel>,
    /// The prior of the headline: small outliers would pull it, so it is fitted without them.
    headline: Option<BetaPrior>,
    likelihood: Option<BetaPrior>,
    moments: Option<BetaPrior>,
    ranks: Vec<RankInterval>,
}

impl Fitted {
    fn of(group: &Group<'_>) -> Self {
        let all = group.proportions(0.0);
        let large = group.proportions(HEADLINE_FLOOR);
        let likelihood = BetaPrior::by_maximum_likelihood(&all).ok();
        let headline = if large.len() == all.len() {
            likelihood
        } else {
            // Where hardly an organisation reaches the floor, all of them are what there is.
            BetaPrior::by_maximum_likelihood(&large).ok().or(likelihood)
        };
        Self {
            england: group.england.and_then(|england| england.value),
            funnel: Funnel::fit(&all).ok(),
            headline,
            likelihood,
            moments: BetaPrior::by_moments(&all).ok(),
            ranks: rank_intervals(&all),
        }
    }

    fn fill(&self, row: &mut VariationRow, own: Proportion) {
        let (inner, outer) = (wilson(own, Z_95), wilson(own, Z_998));
        [row.interval_low, row.interval_high] = [inner.low, inner.high].map(percent);
        [row.interval_998_low, row.interval_998_high] = [outer.low, outer.high].map(percent);
        row.comparison = self.england.map(|england| label(compare(own, england / 100.0)));
        if let Some(funnel) = &self.funnel {
            row.comparison_with_pooled = Some(label(compare(own, funnel.centre())));
            row.z_score = Some(funnel.z_score(own));
            row.z_score_additive = Some(funnel.z_score_additive(own));
            fill_limits(row, funnel, own);
        }
        if let Some(prior) = &self.headline {
            let shrunken = prior.shrink(own);
            row.shrunken = percent(shrunken.rate);
            [row.shrunken_low, row.shrunken_high] =
                [shrunken.interval.low, shrunken.interval.high].map(percent);
            row.shrinkage = Some(shrunken.shrinkage());
        }
        row.shrunken_likelihood = self.likelihood.and_then(|prior| percent(prior.shrink_rate(own)));
        if let Some(prior) = &self.moments {
            let shrunken = prior.shrink(own);
            row.shrunken_moments = percent(shrunken.rate);
            [row.shrunken_moments_low, row.shrunken_moments_high] =
                [shrunken.interval.low, shrunken.interval.high].map(percent);
            row.shrinkage_moments = Some(shrunken.shrinkage());
        }
    }
}

fn label(comparison: Comparison) -> String {
    comparison.label().to_owned()
}

/// A fraction in percent.
pub(super) fn percent(fraction: f64) -> Option<f64> {
    Some(100.0 * fraction)
}

fn fill_limits(row: &mut VariationRow, funnel: &Funnel, own: Proportion) {
    let at = |method| funnel.limits(method, own.total());
    let ends = |limits: FunnelLimits| {
        [limits.inner.low, limits.inner.high, limits.outer.low, limits.outer.high].map(percent)
    };
    let class = |limits: FunnelLimits| -> Option<String> {
        let position: Position = limits.position(own.rate());
        Some(position.label().to_owned())
    };
    let normal = at(LimitMethod::Normal);
    [row.normal_low_95, row.normal_high_95, row.normal_low_998, row.normal_high_998] = ends(normal);
    row.normal_class = class(normal);
    let exact = at(LimitMethod::Exact);
    [row.exact_low_95, row.exact_high_95, row.exact_low_998, row.exact_high_998] = ends(exact);
    row.exact_class = class(exact);
    let multiplicative = at(LimitMethod::Multiplicative);
    [
        row.multiplicative_low_95,
        row.multiplicative_high_95,
        row.multiplicative_low_998,
        row.multiplicative_high_998,
    ] = ends(multiplicative);
    row.multiplicative_class = class(multiplicative);
    let additive = at(LimitMethod::Additive);
    [row.additive_low_95, row.additive_high_95, row.additive_low_998, row.additive_high_998] = ends(additive);
    row.additive_class = class(additive);
    let arcsine = at(LimitMethod::Arcsine);
    [row.arcsine_low_95, row.arcsine_high_95, row.arcsine_low_998, row.arcsine_high_998] = ends(arcsine);
    row.arcsine_class = class(arcsine);
}

/// The rates and intervals that rounding allows at its worst.
fn fill_worst_case(row: &mut VariationRow, counts: &IndicatorRow, own: Proportion) {
    let bounds =
        [counts.numerator_low, counts.numerator_high, counts.denominator_low, counts.denominator_high];
    let [Some(events_low), Some(events_high), Some(total_low), Some(total_high)] = bounds else { return };
    let Ok(bounds) = ProportionBounds::new(events_low, events_high, total_low, total_high) else { return };
    let (rate, worst) = (bounds.rate(), wilson_worst_case(bounds, Z_95));
    [row.rate_low, row.rate_high] = [rate.low, rate.high].map(percent);
    [row.worst_case_low, row.worst_case_high] = [worst.low, worst.high].map(percent);
    row.is_worst_case_shown = worst.width() - wilson(own, Z_95).width() > SHOWN_FROM;
}

fn fill_rank(row: &mut VariationRow, rank: Option<&RankInterval>, n_ranked: usize) {
    if let Some(rank) = rank {
        [row.rank, row.rank_best, row.rank_worst] =
            [rank.rank, rank.best, rank.worst].map(|place| Some(number(place)));
        row.rank_expected = Some(rank.expected);
        row.n_ranked = number(n_ranked);
    }
}
