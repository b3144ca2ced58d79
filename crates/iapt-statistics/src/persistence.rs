//! Whether organisations that stand high in one period still do in another.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    error::{Error, at_least},
    interval::Interval,
    number::{count, mean, sample_variance},
    proportion::Proportion,
};

/// How far the order of organisations in one period lasts into another.
///
/// Only organisations present in both periods are compared. A low correlation may be chance in both periods rather
/// than change: `pearson_disattenuated` allows for that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Persistence {
    /// Number of organisations in both periods.
    pub matched: usize,
    /// Number of organisations in the first period only.
    pub unmatched_first: usize,
    /// Number of organisations in the second period only.
    pub unmatched_second: usize,
    /// Rank correlation of the rates, -1 to 1.
    pub spearman: f64,
    /// Linear correlation of the rates, -1 to 1.
    pub pearson: f64,
    /// Reliability of the matched organisations' rates in the first period.
    pub reliability_first: f64,
    /// Reliability of the matched organisations' rates in the second period.
    pub reliability_second: f64,
    /// `pearson / sqrt(reliability_first reliability_second)`: the correlation of true rates.
    ///
    /// May exceed 1 a little. `None` when a period's rates vary by no more than chance.
    pub pearson_disattenuated: Option<f64>,
    /// Size of a fifth of the matched organisations, rounded up.
    pub top_fifth: usize,
    /// Number of organisations among the highest fifth in both periods.
    pub top_fifth_kept: usize,
}

impl Persistence {
    /// Compares two periods, matching organisations by code.
    ///
    /// Source: Spearman 1904 for the correction for attenuation. Among equal rates at the edge of the highest fifth, the
    /// first code in order is taken.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] under two matched organisations; [`Error::NotEstimable`] when the rates of a period are all equal.
    pub fn between<Code: Ord>(
        first: &BTreeMap<Code, Proportion>,
        second: &BTreeMap<Code, Proportion>,
    ) -> Result<Self, Error> {
        let matched =
            first.iter().filter_map(|(code, own)| Some((*own, *second.get(code)?))).collect::<Vec<_>>();
        at_least(2, matched.len(), "persistence")?;
        let (in_first, in_second) = matched.iter().copied().unzip::<_, _, Vec<_>, Vec<_>>();
        let rates = matched.iter().map(|(own, later)| (own.rate(), later.rate()));
        let rates = rates.collect::<Vec<_>>();
        let pearson = pearson(&rates)?;
        let [reliability_first, reliability_second] = [reliability(&in_first)?, reliability(&in_second)?];
        let both_reliable = reliability_first > 0.0 && reliability_second > 0.0;
        let top_fifth = matched.len().div_ceil(5);
        let top_first = highest(&in_first, top_fifth);
        Ok(Self {
            matched: matched.len(),
            unmatched_first: first.len() - matched.len(),
            unmatched_second: second.len() - matched.len(),
            spearman: spearman(&rates)?,
            pearson,
            reliability_first,
            reliability_second,
            pearson_disattenuated: both_reliable
                .then(|| pearson / (reliability_first * reliability_second).sqrt()),
            top_fifth,
            top_fifth_kept: top_first.intersection(&highest(&in_second, top_fifth)).count(),
        })
    }
}

/// Share of the variance of rates that is not chance: `1 - mean(p q / n) / var(p)`, var with divisor k - 1.
///
/// At most 1; negative when rates vary by less than chance.
///
/// # Errors
///
/// [`Error::TooFew`] under two organisations; [`Error::NotEstimable`] when all rates are equal.
pub fn reliability(proportions: &[Proportion]) -> Result<f64, Error> {
    const STATISTIC: &str = "reliability";
    at_least(2, proportions.len(), STATISTIC)?;
    let rates = proportions.iter().map(|proportion| proportion.rate()).collect::<Vec<_>>();
    let chance = proportions.iter().map(|proportion| proportion.variance()).collect::<Vec<_>>();
    let variance = sample_variance(&rates);
    if variance <= 0.0 {
        return Err(Error::NotEstimable { statistic: STATISTIC });
    }
    Ok(1.0 - mean(&chance) / variance)
}

/// Pearson's linear correlation of pairs, -1 to 1.
///
/// # Errors
///
/// [`Error::TooFew`] under two pairs; [`Error::NotFinite`] when a value is infinite or not a number;
/// [`Error::NotEstimable`] when either side does not vary.
pub fn pearson(pairs: &[(f64, f64)]) -> Result<f64, Error> {
    correlation(pairs, "Pearson correlation")
}

/// Spearman's rank correlation of pairs, -1 to 1: Pearson's correlation of the ranks, equal values sharing their mean rank.
///
/// # Errors
///
/// The errors of [`pearson`].
pub fn spearman(pairs: &[(f64, f64)]) -> Result<f64, Error> {
    const STATISTIC: &str = "Spearman correlation";
    all_finite(pairs, STATISTIC)?;
    let (first, second) = pairs.iter().copied().unzip::<_, _, Vec<_>, Vec<_>>();
    let ranks = mean_ranks(&first).into_iter().zip(mean_ranks(&second)).collect::<Vec<_>>();
    correlation(&ranks, STATISTIC)
}

/// The interval of Spearman's rank correlation over `n` pairs, by Fisher's transformation.
///
/// The standard error of the transformed correlation is `sqrt((1 + rho^2 / 2) / (n - 3))`. Source: Bonett and Wright,
/// Sample size requirements for estimating Pearson, Kendall and Spearman correlations, Psychometrika 65, 2000.
///
/// # Errors
///
/// [`Error::TooFew`] under four pairs.
pub fn spearman_interval(rho: f64, n: usize, z: f64) -> Result<Interval, Error> {
    at_least(4, n, "interval of a Spearman correlation")?;
    let error = ((1.0 + rho * rho / 2.0) / count(n - 3)).sqrt();
    // Ranks in full agreement have no finite transform.
    let centre = rho.clamp(-1.0 + f64::EPSILON, 1.0 - f64::EPSILON).atanh();
    let Interval { low, high } = Interval::around(centre, z * error);
    Ok(Interval { low: low.tanh(), high: high.tanh() })
}

fn correlation(pairs: &[(f64, f64)], statistic: &'static str) -> Result<f64, Error> {
    at_least(2, pairs.len(), statistic)?;
    all_finite(pairs, statistic)?;
    let (first, second) = pairs.iter().copied().unzip::<_, _, Vec<_>, Vec<_>>();
    let centre = (mean(&first), mean(&second));
    let mut sums = (0.0, 0.0, 0.0);
    for (first, second) in pairs {
        let (across, along) = (first - centre.0, second - centre.1);
        sums = (sums.0 + across * across, sums.1 + across * along, sums.2 + along * along);
    }
    let scale = (sums.0 * sums.2).sqrt();
    if scale <= 0.0 {
        return Err(Error::NotEstimable { statistic });
    }
    // Clamped because the last bit may fall outside when one side is a multiple of the other.
    Ok((sums.1 / scale).clamp(-1.0, 1.0))
}

fn all_finite(pairs: &[(f64, f64)], statistic: &'static str) -> Result<(), Error> {
    for (position, &(first, second)) in pairs.iter().enumerate() {
        if let Some(value) = [first, second].into_iter().find(|value| !value.is_finite()) {
            return Err(Error::NotFinite { statistic, position, value });
        }
    }
    Ok(())
}

/// Ranks from 1 for the lowest, in the order of the values; equal values share their mean rank.
fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let compare = |first: f64, second: f64| first.partial_cmp(&second).unwrap_or(Ordering::Equal);
    let mut order = (0..values.len()).collect::<Vec<_>>();
    order.sort_by(|&first, &second| compare(values[first], values[second]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&first, &second| compare(values[first], values[second]).is_eq()) {
        for &position in equal {
            ranks[position] = count(before) + f64::midpoint(1.0, count(equal.len()));
        }
        before += equal.len();
    }
    ranks
}

/// Positions of the highest rates; among equals, the first.
fn highest(proportions: &[Proportion], number: usize) -> BTreeSet<usize> {
    let mut order = (0..proportions.len()).collect::<Vec<_>>();
    // The sort is stable, so equal rates stay in the order of their codes.
    order.sort_by(|&first, &second| proportions[second].rate().total_cmp(&proportions[first].rate()));
    order.into_iter().take(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Z_95;

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(mean_ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(mean_ranks(&[0.0, -0.0]), [1.5, 1.5]);
        assert_eq!(mean_ranks(&[]), [0.0; 0]);
    }

    fn check(pairs: &[(f64, f64)], pearson_expected: f64, spearman_expected: f64) {
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
        let found = (pearson(pairs).expect("varies"), spearman(pairs).expect("varies"));
        assert!(
            close(found.0, pearson_expected) && close(found.1, spearman_expected),
            "{pairs:?}: {found:?}"
        );
    }

    #[test]
    fn the_interval_of_a_rank_correlation() {
        let check = |rho: f64, n: usize, low: f64, high: f64| {
            let found = spearman_interval(rho, n, Z_95).unwrap();
            assert!(
                (found.low - low).abs() < 1e-6 && (found.high - high).abs() < 1e-6,
                "{rho} {n}: {found:?}"
            );
        };
        // By hand: tanh(atanh(rho) -+ 1.959964 sqrt((1 + rho^2 / 2) / (n - 3))).
        check(0.0, 103, -0.193_525, 0.193_525);
        check(0.5, 28, 0.132_747, 0.746_533);
        check(-0.5, 28, -0.746_533, -0.132_747);
        assert!(spearman_interval(1.0, 10, Z_95).unwrap().high <= 1.0);
        assert!(spearman_interval(0.5, 3, Z_95).is_err());
    }

    #[test]
    fn correlations_by_hand() {
        check(&[(1.0, 10.0), (2.0, 20.0), (3.0, 30.0)], 1.0, 1.0);
        check(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)], -1.0, -1.0);
        // Deviations (-1, 0, 1) and (-34/3, -31/3, 65/3): 33 / sqrt(2 * 6242/9 * 3 / 3); the order is the same.
        check(&[(1.0, 0.0), (2.0, 1.0), (3.0, 33.0)], 33.0 / (2.0_f64 * 6342.0 / 9.0).sqrt(), 1.0);
    }

    #[test]
    fn questions_without_an_answer() {
        assert!(matches!(pearson(&[(1.0, 1.0)]), Err(Error::TooFew { .. })));
        assert!(matches!(spearman(&[(1.0, 1.0), (1.0, 2.0)]), Err(Error::NotEstimable { .. })));
        assert!(matches!(
            spearman(&[(1.0, 1.0), (f64::NAN, 2.0)]),
            Err(Error::NotFinite { position: 1, .. })
        ));
    }

    #[test]
    fn organisations_are_matched_by_code() {
        let period = |rows: &[(&'static str, f64)]| {
            let proper = |events| Proportion::new(events, 1000.0).expect("proper");
            rows.iter().map(|&(code, events)| (code, proper(events))).collect::<BTreeMap<_, _>>()
        };
        let first = period(&[("A", 600.0), ("B", 400.0), ("C", 500.0), ("closed", 900.0)]);
        let second = period(&[("C", 500.0), ("B", 450.0), ("A", 650.0), ("new", 1.0), ("newer", 2.0)]);
        let found = Persistence::between(&first, &second).expect("three matched");
        assert_eq!((found.matched, found.unmatched_first, found.unmatched_second), (3, 1, 2));
        assert_eq!((found.top_fifth, found.top_fifth_kept), (1, 1));
        assert!((found.spearman - 1.0).abs() < 1e-12, "{found:?}");
        assert!(found.pearson_disattenuated.expect("reliable") > found.pearson, "{found:?}");
    }
}
