//! Ranks with intervals, because a bare league table says more than the data do.
//!
//! Sources: Goldstein & Spiegelhalter 1996, JRSS A 159:385; Marshall & Spiegelhalter 1998, BMJ 316:1701. The intervals
//! are marginal: each organisation's own, at 95%, unadjusted for looking at all of them together. Say so beside them.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::{error::Error, interval::Z_95, number::count, proportion::Proportion, spread::Sorted};

/// An organisation's rank, 1 for the highest rate, and how far chance alone could move it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankInterval {
    /// One more than the number of organisations with a higher rate: equal rates share the best rank.
    pub rank: usize,
    /// Best credible rank: one more than the number of organisations whose rate is clearly higher.
    pub best: usize,
    /// Worst credible rank: the number of organisations minus those whose rate is clearly lower.
    pub worst: usize,
    /// Expected rank: one plus the sum of the chances that each other organisation's true rate is higher.
    pub expected: f64,
}

impl RankInterval {
    /// Number of ranks that the interval holds, both ends included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.worst - self.best + 1
    }
}

/// Ranks organisations by rate, highest first, each with its 95% interval; in the order in which they were given.
///
/// `z_ij = (p_i - p_j) / sqrt(p_i q_i / n_i + p_j q_j / n_j)`; best `1 + #{z_ij < -1.96}`; worst `k - #{z_ij > 1.96}`;
/// expected `1 + sum over j of Phi(-z_ij)`. An organisation where nobody or everybody had the event has no variance in
/// this rule, so its interval is too narrow: rank only organisations of a decent size.
#[must_use]
pub fn rank_intervals(proportions: &[Proportion]) -> Vec<RankInterval> {
    let normal = Normal::standard();
    // Each pair is looked at once: seen from the other side, z has the other sign.
    let known: Vec<(f64, f64)> = proportions.iter().map(|own| (own.rate(), own.variance())).collect();
    let alone = RankInterval { rank: 1, best: 1, worst: proportions.len(), expected: 1.0 };
    let mut found = vec![alone; proportions.len()];
    for (position, &(rate, variance)) in known.iter().enumerate() {
        let (before, after) = found.split_at_mut(position);
        let Some(own) = after.first_mut() else { continue };
        for (other, &(other_rate, other_variance)) in before.iter_mut().zip(&known) {
            let z = pairwise_z(rate - other_rate, variance + other_variance);
            own.rank += usize::from(other_rate > rate);
            other.rank += usize::from(rate > other_rate);
            let (is_below, is_above) = (usize::from(z < -Z_95), usize::from(z > Z_95));
            own.best += is_below;
            other.worst -= is_below;
            own.worst -= is_above;
            other.best += is_above;
            let chance_to_be_lower = chance_below(-z, &normal);
            own.expected += chance_to_be_lower;
            other.expected += 1.0 - chance_to_be_lower;
        }
    }
    found
}

/// `Phi(z)`, whose ends are known without computing them: beyond nine standard errors it is 0 or 1 to the last digit.
fn chance_below(z: f64, normal: &Normal) -> f64 {
    if z < -9.0 {
        0.0
    } else if z > 9.0 {
        1.0
    } else {
        normal.cdf(z)
    }
}

/// How clearly one rate exceeds another, in standard errors of the difference.
fn pairwise_z(difference: f64, variance: f64) -> f64 {
    let z = difference / variance.sqrt();
    // Two equal rates without variance are 0 / 0: not apart.
    if z.is_nan() { 0.0 } else { z }
}

/// Median number of ranks that an organisation's interval holds: how little a league table says.
///
/// # Errors
///
/// [`Error::TooFew`] when there are no ranks.
pub fn median_rank_interval_width(ranks: &[RankInterval]) -> Result<f64, Error> {
    Ok(Sorted::new(ranks.iter().map(|rank| count(rank.width())))?.median())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: &[(f64, f64)], expected: &[(usize, usize, usize)]) {
        let proportions = counts
            .iter()
            .map(|&(events, total)| Proportion::new(events, total).expect("proper"))
            .collect::<Vec<_>>();
        let found = rank_intervals(&proportions);
        let ranks = found.iter().map(|rank| (rank.rank, rank.best, rank.worst)).collect::<Vec<_>>();
        assert_eq!(ranks, expected, "{counts:?}");
        // Whatever the rates, the ranks of k organisations average (k + 1) / 2.
        let sum = found.iter().map(|rank| rank.expected).sum::<f64>();
        let organisations = count(found.len());
        assert!((sum - organisations * (organisations + 1.0) / 2.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn published_regions_in_order() {
        let ranks = rank_intervals(&crate::fixtures::regions_of_2024_25());
        let found = ranks.iter().map(|rank| (rank.rank, rank.best, rank.worst)).collect::<Vec<_>>();
        let expected = [(6, 5, 6), (1, 1, 3), (5, 5, 6), (4, 3, 4), (3, 1, 4), (7, 7, 7), (2, 1, 3)];
        assert_eq!(found, expected);
        assert!((ranks[1].expected - 1.575_580_352_548).abs() < 1e-9, "{:?}", ranks[1]);
        let width = median_rank_interval_width(&ranks).expect("seven regions");
        assert!((width - 2.0).abs() < 1e-12, "{width}");
    }

    #[test]
    fn clear_and_unclear_orders() {
        check(&[(900.0, 1000.0), (500.0, 1000.0), (100.0, 1000.0)], &[(1, 1, 1), (2, 2, 2), (3, 3, 3)]);
        check(&[(5.0, 10.0), (6.0, 10.0), (900.0, 1000.0)], &[(3, 2, 3), (2, 1, 3), (1, 1, 2)]);
    }

    #[test]
    fn equal_rates_share_the_best_rank() {
        check(&[(5.0, 10.0), (50.0, 100.0), (1.0, 100.0)], &[(1, 1, 2), (1, 1, 2), (3, 3, 3)]);
    }

    #[test]
    fn nobody_and_nobody_are_not_apart() {
        check(&[(0.0, 10.0), (0.0, 20.0), (10.0, 10.0)], &[(2, 2, 3), (2, 2, 3), (1, 1, 1)]);
    }

    #[test]
    fn width_counts_both_ends() {
        let rank = RankInterval { rank: 4, best: 2, worst: 9, expected: 5.0 };
        assert_eq!(rank.width(), 8);
        assert!(median_rank_interval_width(&[]).is_err());
    }
}
