//! How much of the variation between organisations is more than chance.
//!
//! Notation: organisation i has x events of n people and the rate p = x / n; there are k organisations, N people, and
//! the pooled rate p0 = sum x / N, with q0 = 1 - p0.

use statrs::function::gamma::checked_gamma_ur;

use crate::{
    error::{Error, at_least},
    number::count,
    proportion::Proportion,
};

/// What counts as chance when the systematic component of variation is separated from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chance {
    /// Variance equal to the expected count: the classic choice, for rare events.
    Poisson,
    /// Variance `E (1 - p0)`: right for common events such as recovery.
    Binomial,
}

/// Pearson's test that all organisations share one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// `Q = sum n (p - p0)^2 / (p0 q0)`.
    pub statistic: f64,
    /// Degrees of freedom, k - 1.
    pub degrees_of_freedom: usize,
    /// Chance of a larger Q if all organisations shared one rate; 0 where it is smaller than a number can be.
    pub p_value: f64,
    /// Higgins's I^2, `max(0, (Q - (k - 1)) / Q)`: the share of Q beyond what chance explains.
    pub inconsistency: f64,
}

/// A pooled rate that is neither 0 nor 1, of at least two organisations: where chance has a variance.
pub(crate) fn pooled_with_chance(
    proportions: &[Proportion],
    statistic: &'static str,
) -> Result<Proportion, Error> {
    at_least(2, proportions.len(), statistic)?;
    let pooled = Proportion::pooled(proportions)?;
    let rate = pooled.rate();
    if rate > 0.0 && rate < 1.0 {
        return Ok(pooled);
    }
    Err(Error::NoChanceVariation { statistic, rate })
}

/// `sum n (p - p0)^2 / (p0 q0)`: the sum of squared z-scores.
fn pearson_statistic(proportions: &[Proportion], pooled_rate: f64) -> f64 {
    let squares = proportions
        .iter()
        .map(|proportion| proportion.total() * (proportion.rate() - pooled_rate).powi(2))
        .sum::<f64>();
    squares / (pooled_rate * (1.0 - pooled_rate))
}

/// Tests whether all organisations could share one rate, and says how far from it they are.
///
/// Sources: Pearson's chi-squared; I^2 of Higgins & Thompson 2002, Statistics in Medicine 21:1539.
///
/// # Errors
///
/// [`Error::TooFew`] under two organisations; [`Error::NoChanceVariation`] when the pooled rate is 0 or 1.
pub fn chi_squared(proportions: &[Proportion]) -> Result<ChiSquared, Error> {
    const STATISTIC: &str = "chi-squared";
    let pooled = pooled_with_chance(proportions, STATISTIC)?;
    let statistic = pearson_statistic(proportions, pooled.rate());
    let freedom = count(proportions.len() - 1);
    // The upper tail itself, because one minus the lower tail has no digits left below 1e-16.
    let p_value = if statistic > 0.0 {
        checked_gamma_ur(freedom / 2.0, statistic / 2.0)
            .map_err(|_| Error::NotEstimable { statistic: STATISTIC })?
    } else {
        1.0
    };
    Ok(ChiSquared {
        statistic,
        degrees_of_freedom: proportions.len() - 1,
        p_value,
        inconsistency: if statistic > freedom { (statistic - freedom) / statistic } else { 0.0 },
    })
}

/// Systematic component of variation, multiplied by 100 as is usual.
///
/// `(100 / k) sum ((x - E)^2 - V) / E^2`, E = n p0 the expected count, V its variance by `chance`. Negative when
/// organisations differ by less than chance. Source: `McPherson` et al. 1982, New England Journal of Medicine 307:1310.
///
/// # Errors
///
/// [`Error::TooFew`] under two organisations; [`Error::NoChanceVariation`] when the pooled rate is 0 or 1.
pub fn systematic_component_of_variation(proportions: &[Proportion], chance: Chance) -> Result<f64, Error> {
    let pooled = pooled_with_chance(proportions, "systematic component of variation")?;
    let variance_per_expected = match chance {
        Chance::Poisson => 1.0,
        Chance::Binomial => 1.0 - pooled.rate(),
    };
    let term = |proportion: &Proportion| {
        let expected = proportion.total() * pooled.rate();
        let beyond_chance = (proportion.events() - expected).powi(2) - expected * variance_per_expected;
        beyond_chance / (expected * expected)
    };
    Ok(100.0 * proportions.iter().map(term).sum::<f64>() / count(proportions.len()))
}

/// Intraclass correlation: the share of the variance between people that lies between organisations, 0 to 1.
///
/// `rho = (Q - (k - 1)) / (N - sum n^2 / N - (k - 1))`, Q Pearson's statistic, clipped to 0 to 1. A closed form by
/// moments; simulation gave 0.00989 for a true 0.00990 (the project's methods, section 1.3).
///
/// # Errors
///
/// [`Error::TooFew`] under two organisations; [`Error::NoChanceVariation`] when the pooled rate is 0 or 1;
/// [`Error::NotEstimable`] when organisations are so small (one person each) that nothing can be said.
pub fn intraclass_correlation(proportions: &[Proportion]) -> Result<f64, Error> {
    const STATISTIC: &str = "intraclass correlation";
    let pooled = pooled_with_chance(proportions, STATISTIC)?;
    let freedom = count(proportions.len() - 1);
    let squares = proportions.iter().map(|proportion| proportion.total().powi(2)).sum::<f64>();
    let information = pooled.total() - squares / pooled.total() - freedom;
    if information <= 0.0 {
        return Err(Error::NotEstimable { statistic: STATISTIC });
    }
    let excess = pearson_statistic(proportions, pooled.rate()) - freedom;
    Ok((excess / information).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proportions(counts: &[(f64, f64)]) -> Vec<Proportion> {
        counts.iter().map(|&(events, total)| Proportion::new(events, total).expect("proper")).collect()
    }

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found}, expected {expected}");
    }

    #[test]
    fn two_organisations_by_hand() {
        // p0 = 1/2; Q = (100 (0.1)^2 + 100 (0.1)^2) / 0.25 = 8 on 1 degree of freedom.
        let organisations = proportions(&[(60.0, 100.0), (40.0, 100.0)]);
        let test = chi_squared(&organisations).expect("two organisations");
        check(test.statistic, 8.0);
        check(test.inconsistency, 7.0 / 8.0);
        // R: pchisq(8, 1, lower.tail = FALSE).
        check(test.p_value, 0.004_677_734_981_047_266);
        // (8 - 1) / (200 - 20000/200 - 1).
        check(intraclass_correlation(&organisations).expect("two organisations"), 7.0 / 99.0);
        // E = 50: ((10^2 - 50) / 2500) and ((10^2 - 25) / 2500), both organisations alike.
        let scv =
            |chance| systematic_component_of_variation(&organisations, chance).expect("two organisations");
        check(scv(Chance::Poisson), 2.0);
        check(scv(Chance::Binomial), 3.0);
    }

    #[test]
    fn published_regions_differ_by_more_than_chance() {
        let regions = crate::fixtures::regions_of_2024_25();
        let test = chi_squared(&regions).expect("seven regions");
        let scv = |chance| systematic_component_of_variation(&regions, chance).expect("seven regions");
        for (found, expected) in [
            (test.statistic, 119.919_715_713_645),
            (test.p_value, 1.694_101_181_113_16e-23),
            (scv(Chance::Poisson), 0.018_495_285_824_788_6),
            (scv(Chance::Binomial), 0.019_663_460_282_129_2),
            (intraclass_correlation(&regions).expect("seven regions"), 0.000_211_325_581_606_061),
        ] {
            assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
        }
    }

    #[test]
    fn alike_organisations_differ_by_less_than_chance() {
        let organisations = proportions(&[(50.0, 100.0), (50.0, 100.0)]);
        check(chi_squared(&organisations).expect("two organisations").p_value, 1.0);
        check(intraclass_correlation(&organisations).expect("two organisations"), 0.0);
    }

    #[test]
    fn questions_without_an_answer() {
        assert!(matches!(chi_squared(&proportions(&[(1.0, 2.0)])), Err(Error::TooFew { found: 1, .. })));
        assert!(matches!(
            chi_squared(&proportions(&[(0.0, 2.0), (0.0, 9.0)])),
            Err(Error::NoChanceVariation { .. })
        ));
        assert!(matches!(
            intraclass_correlation(&proportions(&[(0.0, 1.0), (1.0, 1.0)])),
            Err(Error::NotEstimable { .. })
        ));
    }
}
