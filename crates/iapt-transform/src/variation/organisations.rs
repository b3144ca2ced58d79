//! The variation table: every organisation of a group, with all that its counts say.

use iapt_model::{FunnelLimitsRow, IndicatorRow, VariationRow};
use iapt_statistics::{
    BetaPrior, FunnelLimits, LimitMethod, Proportion, ProportionBounds, RankInterval, Z_95, Z_998, compare,
    wilson, wilson_worst_case,
};

use super::{
    analysis::Analysis,
    group::{Entry, Group, number},
};

/// A worst-case interval is shown when it is wider than the other by more than this, a fraction.
const SHOWN_FROM: f64 = 0.005;

/// One row for every organisation of the group.
///
/// `all` is fitted to every organisation; `headline` to those that reach the floor, whose prior small outliers do not
/// pull.
pub(super) fn rows(group: &Group<'_>, all: &Analysis, headline: &Analysis) -> Vec<VariationRow> {
    let fitted = Fitted {
        all,
        // Where hardly an organisation reaches the floor, all of them are what there is.
        prior: headline.likelihood.or(all.likelihood),
    };
    let mut position = 0;
    let row = |entry: &Entry<'_>| {
        let mut row = identity(entry.row);
        if let Some(counted) = entry.counted {
            row.rate = Some(counted.rate);
            if let Some(own) = counted.proportion {
                fitted.fill(&mut row, own, position);
                fill_worst_case(&mut row, entry.row, own);
                position += 1;
            }
        }
        row
    };
    group.entries.iter().map(row).collect()
}

fn identity(row: &IndicatorRow) -> VariationRow {
    VariationRow {
        dataset: row.dataset,
        reporting_period: row.reporting_period,
        period_kind: row.period_kind,
        level: row.level,
        org_type: row.org_type,
        org_code: row.org_code,
        org_name: row.org_name,
        org_kind: row.org_kind,
        indicator: row.indicator,
        numerator: row.numerator,
        denominator: row.denominator,
        value: row.value,
        value_basis: row.value_basis,
        value_low: row.value_low,
        value_high: row.value_high,
        standing: row.standing.unwrap_or_default(),
        england: row.england,
        comparison: row.comparison,
        ..VariationRow::default()
    }
}

/// What the organisations of a group are compared with.
struct Fitted<'a> {
    all: &'a Analysis,
    prior: Option<BetaPrior>,
}

impl Fitted<'_> {
    fn fill(&self, row: &mut VariationRow, own: Proportion, position: usize) {
        let (inner, outer) = (wilson(own, Z_95), wilson(own, Z_998));
        [row.interval_low, row.interval_high] = [inner.low, inner.high].map(percent).map(Some);
        [row.interval_998_low, row.interval_998_high] = [outer.low, outer.high].map(percent).map(Some);
        if let Some(funnel) = &self.all.funnel {
            row.comparison_with_pooled = Some(compare(own, funnel.centre()).label().into());
            row.z_score = Some(funnel.z_score(own));
            row.z_score_additive = Some(funnel.z_score_additive(own));
        }
        row.funnel_class =
            self.all.headline_limits(position).map(|limits| limits.position(own.rate()).label().into());
        fill_rank(row, self.all.ranks.get(position), self.all.ranks.len());
        if let Some(prior) = &self.prior {
            let shrunken = prior.shrink(own);
            row.shrunken = Some(percent(shrunken.rate));
            [row.shrunken_low, row.shrunken_high] =
                [shrunken.interval.low, shrunken.interval.high].map(percent).map(Some);
            row.shrinkage = Some(shrunken.shrinkage());
        }
        row.shrunken_likelihood = self.all.likelihood.map(|prior| percent(prior.shrink_rate(own)));
        if let Some(prior) = &self.all.moments {
            let shrunken = prior.shrink(own);
            row.shrunken_moments = Some(percent(shrunken.rate));
            [row.shrunken_moments_low, row.shrunken_moments_high] =
                [shrunken.interval.low, shrunken.interval.high].map(percent).map(Some);
            row.shrinkage_moments = Some(shrunken.shrinkage());
        }
    }
}

/// A fraction in percent.
pub(super) fn percent(fraction: f64) -> f64 {
    100.0 * fraction
}

/// One row for each kind of limits of every organisation that the funnel of the group was fitted to.
pub(super) fn limits(group: &Group<'_>, all: &Analysis) -> Vec<FunnelLimitsRow> {
    let with_counts = group.entries.iter().filter_map(|entry| Some((entry.row, entry.counted?.proportion?)));
    let row = |(row, own): (&IndicatorRow, Proportion), (method, limits): (LimitMethod, &FunnelLimits)| {
        FunnelLimitsRow {
            dataset: row.dataset,
            reporting_period: row.reporting_period,
            period_kind: row.period_kind,
            level: row.level,
            org_type: row.org_type,
            org_code: row.org_code,
            org_name: row.org_name,
            indicator: row.indicator,
            limits: method.label().into(),
            low_998: percent(limits.outer.low),
            low_95: percent(limits.inner.low),
            high_95: percent(limits.inner.high),
            high_998: percent(limits.outer.high),
            funnel_class: limits.position(own.rate()).label().into(),
        }
    };
    let of_one = |(one, limits): (_, &[FunnelLimits; 5])| {
        LimitMethod::ALL.into_iter().zip(limits).map(|of| row(one, of)).collect::<Vec<_>>()
    };
    with_counts.zip(&all.limits).flat_map(of_one).collect()
}

/// The rates and intervals that rounding allows at its worst.
fn fill_worst_case(row: &mut VariationRow, counts: &IndicatorRow, own: Proportion) {
    let bounds =
        [counts.numerator_low, counts.numerator_high, counts.denominator_low, counts.denominator_high];
    let [Some(events_low), Some(events_high), Some(total_low), Some(total_high)] = bounds else { return };
    let Ok(bounds) = ProportionBounds::new(events_low, events_high, total_low, total_high) else { return };
    let (rate, worst) = (bounds.rate(), wilson_worst_case(bounds, Z_95));
    [row.rate_low, row.rate_high] = [rate.low, rate.high].map(percent).map(Some);
    [row.worst_case_low, row.worst_case_high] = [worst.low, worst.high].map(percent).map(Some);
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
