//! What holds for any counts, not only for those that were published.

use std::collections::BTreeMap;

use iapt_statistics::{
    BetaPrior, Chance, Funnel, Inequality, LimitMethod, Persistence, Proportion, ProportionBounds, Sorted,
    Spread, WeightedSpread, Z_95, Z_998, byar, chi_squared, decompose, intraclass_correlation, newcombe,
    rank_intervals, ridits, spearman, systematic_component_of_variation, wilson, wilson_worst_case,
};
use proptest::prelude::*;

/// Slack for the rounding of the last digits.
const SLACK: f64 = 1e-12;

fn whole(range: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = f64> {
    range.prop_map(f64::from)
}

/// Any proportion of whole counts, nobody and everybody included.
fn any_proportion(largest_total: u32) -> impl Strategy<Value = Proportion> {
    (1..=largest_total)
        .prop_flat_map(|total| (whole(0..=total), Just(f64::from(total))))
        .prop_map(|(events, total)| Proportion::new(events, total).expect("events are of total"))
}

/// Organisations as they come: many sizes, rates in the middle, more apart than chance makes them or not.
fn organisations() -> impl Strategy<Value = Vec<Proportion>> {
    prop::collection::vec(any_proportion(30_000), 2..40).prop_filter(
        "somebody but not everybody had the event",
        |organisations| {
            let rate = Proportion::pooled(organisations).expect("not empty").rate();
            rate > 0.0 && rate < 1.0
        },
    )
}

proptest! {
    #[test]
    fn wilson_holds_the_rate_and_widens_with_z(proportion in any_proportion(1_000_000)) {
        let (inner, outer) = (wilson(proportion, Z_95), wilson(proportion, Z_998));
        prop_assert!(inner.low <= proportion.rate() + SLACK && proportion.rate() <= inner.high + SLACK);
        prop_assert!(0.0 <= outer.low && outer.low <= inner.low);
        prop_assert!(inner.high <= outer.high && outer.high <= 1.0);
    }

    #[test]
    fn wilson_narrows_with_size(proportion in any_proportion(10_000), times in whole(2..=50)) {
        let larger = Proportion::new(proportion.events() * times, proportion.total() * times).expect("same rate");
        prop_assert!(wilson(larger, Z_95).width() < wilson(proportion, Z_95).width());
    }

    #[test]
    fn worst_case_holds_every_case(
        proportion in any_proportion(5_000), below in whole(0..=4), above in whole(0..=4), rounding in whole(0..=4)
    ) {
        let (events, total) = (proportion.events(), proportion.total());
        let bounds = ProportionBounds::new((events - below).max(0.0), events + above, (total - rounding).max(0.0), total + rounding);
        let bounds = bounds.expect("bounds around a proportion");
        let (worst, own) = (wilson_worst_case(bounds, Z_95), wilson(proportion, Z_95));
        prop_assert!(bounds.rate().contains(proportion.rate()));
        prop_assert!(worst.low <= own.low + SLACK && own.high <= worst.high + SLACK);
    }

    #[test]
    fn byar_holds_the_count(count in whole(0..=1_000_000)) {
        prop_assert!(byar(count, Z_95).expect("a count").contains(count));
    }

    #[test]
    fn newcombe_holds_the_difference_and_turns_round(first in any_proportion(5_000), second in any_proportion(5_000)) {
        let (ahead, back) = (newcombe(first, second, Z_95), newcombe(second, first, Z_95));
        let difference = first.rate() - second.rate();
        prop_assert!(ahead.low <= difference + SLACK && difference <= ahead.high + SLACK);
        prop_assert!((ahead.low + back.high).abs() < SLACK && (ahead.high + back.low).abs() < SLACK);
        prop_assert!(-1.0 - SLACK <= ahead.low && ahead.high <= 1.0 + SLACK);
    }

    #[test]
    fn limits_narrow_with_size_and_nest(organisations in organisations(), total in whole(1..=200_000)) {
        let funnel = Funnel::fit(&organisations).expect("a pooled rate within 0 to 1");
        for method in LimitMethod::ALL {
            let (small, large) = (funnel.limits(method, total), funnel.limits(method, 2.0 * total));
            // Interpolation between whole counts leaves ripples of a part of one person.
            let slack = if method == LimitMethod::Exact { 1.0 / total } else { SLACK };
            prop_assert!(small.outer.low <= large.outer.low + slack, "{method}: {small:?} {large:?}");
            prop_assert!(large.outer.high <= small.outer.high + slack, "{method}: {small:?} {large:?}");
            prop_assert!(small.inner.low <= large.inner.low + slack, "{method}: {small:?} {large:?}");
            prop_assert!(large.inner.high <= small.inner.high + slack, "{method}: {small:?} {large:?}");
            prop_assert!(small.outer.low <= small.inner.low && small.inner.high <= small.outer.high, "{method}: {small:?}");
            prop_assert!(small.inner.low <= small.inner.high + SLACK, "{method}: {small:?}");
            prop_assert!((0.0..=1.0).contains(&small.outer.low) && (0.0..=1.0).contains(&small.outer.high));
        }
    }

    #[test]
    fn overdispersion_only_widens(organisations in organisations(), total in whole(1..=200_000)) {
        let funnel = Funnel::fit(&organisations).expect("a pooled rate within 0 to 1");
        let chance = funnel.limits(LimitMethod::Normal, total);
        for method in [LimitMethod::Multiplicative, LimitMethod::Additive] {
            let limits = funnel.limits(method, total);
            prop_assert!(limits.inner.low <= chance.inner.low + SLACK && chance.inner.high <= limits.inner.high + SLACK);
        }
        prop_assert!(funnel.standard().phi <= funnel.standard().phi_raw + SLACK * funnel.standard().phi_raw);
        prop_assert!(funnel.standard().tau_squared <= funnel.standard().tau_squared_raw + SLACK);
    }

    #[test]
    fn percentiles_ascend_between_the_ends(
        values in prop::collection::vec(-1e6..1e6_f64, 1..200), first in 0.0..=1.0_f64, second in 0.0..=1.0_f64
    ) {
        let sorted = Sorted::new(values).expect("finite");
        let (low, high) = (sorted.percentile(first.min(second)), sorted.percentile(first.max(second)));
        prop_assert!(sorted.minimum() <= low && low <= high + 1e-9 && high <= sorted.maximum() + 1e-9);
    }

    #[test]
    fn spread_is_bounded_by_its_range(organisations in organisations()) {
        let spread = Spread::of_rates(&organisations).expect("two or more");
        let range = spread.maximum - spread.minimum;
        prop_assert!((spread.minimum..=spread.maximum).contains(&spread.mean) || range < SLACK);
        prop_assert!(spread.standard_deviation <= range + SLACK);
        prop_assert!(spread.interquartile_range <= spread.p90_minus_p10 + SLACK && spread.p90_minus_p10 <= range + SLACK);
        let weighted = WeightedSpread::of(&organisations).expect("two or more");
        prop_assert!(weighted.standard_deviation <= range + SLACK);
    }

    #[test]
    fn excess_variation_agrees_with_itself(organisations in organisations()) {
        let test = chi_squared(&organisations).expect("a pooled rate within 0 to 1");
        prop_assert!((0.0..=1.0).contains(&test.p_value) && (0.0..1.0).contains(&test.inconsistency));
        if let Ok(correlation) = intraclass_correlation(&organisations) {
            prop_assert!((0.0..=1.0).contains(&correlation));
            prop_assert_eq!(correlation > 0.0, test.inconsistency > 0.0);
        }
        let scv = |chance| systematic_component_of_variation(&organisations, chance).expect("a pooled rate within 0 to 1");
        prop_assert!(scv(Chance::Poisson) <= scv(Chance::Binomial));
    }

    #[test]
    fn shrunken_rates_lie_between_crude_and_mean(organisations in organisations()) {
        for prior in [BetaPrior::by_moments(&organisations), BetaPrior::by_maximum_likelihood(&organisations)] {
            // One person in every organisation says nothing about variation between organisations.
            let Ok(prior) = prior else { continue };
            prop_assert!(1.0 <= prior.concentration() && prior.concentration() <= 14.0_f64.exp());
            for &organisation in &organisations {
                let shrunken = prior.shrink(organisation);
                let (crude, mean) = (organisation.rate(), prior.mean());
                prop_assert!(crude.min(mean) - SLACK <= shrunken.rate && shrunken.rate <= crude.max(mean) + SLACK);
                prop_assert!(0.0 <= shrunken.interval.low && shrunken.interval.low < shrunken.interval.high);
                prop_assert!(shrunken.interval.high <= 1.0);
                // The mean of a very skewed beta distribution may lie beyond its 97.5% quantile.
                let events = organisation.events() + prior.alpha();
                let others = organisation.total() - organisation.events() + prior.beta();
                prop_assert!(events < 1.0 || others < 1.0 || shrunken.interval.contains(shrunken.rate));
            }
        }
    }

    #[test]
    fn likelihood_is_greatest_where_it_is_fitted(
        organisations in organisations(), factor in 0.5..2.0_f64, moments in any::<bool>()
    ) {
        let Ok(start) = BetaPrior::by_moments(&organisations) else { return Ok(()) };
        let fitted = BetaPrior::by_maximum_likelihood(&organisations).expect("converges");
        let own = fitted.negative_log_likelihood(&organisations);
        // Another prior of the same family: that of the moments, or that of the organisations made smaller or larger.
        let other = if moments {
            start
        } else {
            let resized = organisations.iter().map(|own| Proportion::new(own.events() * factor, own.total() * factor));
            let resized = resized.collect::<Result<Vec<_>, _>>().expect("same rates");
            let Ok(other) = BetaPrior::by_moments(&resized) else { return Ok(()) };
            other
        };
        prop_assert!(own <= other.negative_log_likelihood(&organisations) + 1e-9 * own.abs());
    }

    #[test]
    fn ranks_lie_within_one_to_k(organisations in organisations()) {
        let ranks = rank_intervals(&organisations);
        let last = organisations.len();
        for rank in &ranks {
            prop_assert!(1 <= rank.best && rank.best <= rank.rank && rank.rank <= rank.worst && rank.worst <= last);
            prop_assert!((1..=last).contains(&rank.width()));
        }
        let count = |things: usize| f64::from(u32::try_from(things).expect("a small number"));
        let sum = ranks.iter().map(|rank| rank.expected).sum::<f64>();
        prop_assert!((sum - count(last) * (count(last) + 1.0) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn decomposition_adds_up(organisations in organisations(), groups in 1..7_usize) {
        let members = organisations.iter().enumerate().map(|(place, own)| (place % groups, *own)).collect::<Vec<_>>();
        let found = decompose(&members).expect("a pooled rate within 0 to 1");
        let scale = found.total.max(1.0) * SLACK;
        prop_assert!((found.between + found.within - found.total).abs() <= scale);
        prop_assert!(found.within >= -1e-9 * found.total.max(1.0) && found.between >= 0.0);
        prop_assert!((found.chance_between + found.chance_within - found.chance_total).abs() <= SLACK * found.chance_total);
        prop_assert_eq!(found.groups, groups.min(organisations.len()));
    }

    #[test]
    fn correlations_stay_in_range(pairs in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 3..60)) {
        let Ok(found) = spearman(&pairs) else { return Ok(()) };
        prop_assert!((-1.0..=1.0).contains(&found));
        // A rank correlation does not see a change of scale that keeps the order.
        let stretched = pairs.iter().map(|&(first, second)| (first.exp(), 3.0 * second - 1.0)).collect::<Vec<_>>();
        prop_assert!((spearman(&stretched).expect("still varies") - found).abs() < 1e-9);
    }

    #[test]
    fn nothing_moves_between_a_year_and_itself(organisations in organisations()) {
        let year = organisations.into_iter().enumerate().collect::<BTreeMap<_, _>>();
        let Ok(found) = Persistence::between(&year, &year) else { return Ok(()) };
        prop_assert!((found.spearman - 1.0).abs() < 1e-9 && (found.pearson - 1.0).abs() < 1e-9);
        prop_assert_eq!(found.top_fifth_kept, found.top_fifth);
        prop_assert_eq!((found.unmatched_first, found.unmatched_second), (0, 0));
    }

    #[test]
    fn slope_turns_round_with_the_order(groups in prop::collection::vec(any_proportion(50_000), 2..12)) {
        let ahead = Inequality::across(&groups).expect("two or more groups");
        let back = Inequality::across(&groups.iter().rev().copied().collect::<Vec<_>>()).expect("two or more groups");
        prop_assert!((ahead.slope_index + back.slope_index).abs() < 1e-8);
        prop_assert!((ahead.gap + back.gap).abs() < SLACK);
        prop_assert!(ahead.slope_interval.contains(ahead.slope_index) && ahead.gap_interval.width() > 0.0);
        prop_assert!(ahead.linearity.is_none_or(|share| (-1e-9..=1.0).contains(&share)));
        let places = ridits(&groups);
        prop_assert!((places.iter().map(|place| place.share).sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(places.windows(2).all(|pair| pair[0].midpoint < pair[1].midpoint));
    }
}
