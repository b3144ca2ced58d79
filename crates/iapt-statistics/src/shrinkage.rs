//! Rates drawn towards the mean of all organisations, as far as their size warrants (empirical Bayes, beta-binomial).
//!
//! True rates are taken to vary between organisations as Beta(alpha, beta), and events within an organisation to be
//! binomial. Shrunken rates are for maps and for small organisations; a table always shows the crude rate.

use crate::{
    beta_binomial,
    error::{Error, at_least},
    heterogeneity::{intraclass_correlation, pooled_with_chance},
    interval::Interval,
    number::count,
    proportion::Proportion,
    special::beta_quantile,
};

/// Largest `ln M` that is let in: above it no organisation's own figures count for anything.
///
/// Without a bound the likelihood of well-behaved organisations keeps rising towards no variation at all, and its
/// cancellation errors drive optimisers to absurd values (R's BFGS ran to M = 1e107).
pub(crate) const LN_CONCENTRATION_MAXIMUM: f64 = 14.0;

/// How true rates vary between organisations: a beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaPrior {
    // Invariant: 0 < mean < 1 and 1 <= concentration <= exp(14).
    mean: f64,
    concentration: f64,
}

/// One organisation's rate, drawn towards the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShrunkenRate {
    /// `(x + alpha) / (n + alpha + beta)`, a fraction between the crude rate and the prior mean.
    pub rate: f64,
    /// 95% credible interval: the 2.5% and 97.5% quantiles of Beta(x + alpha, n - x + beta), fractions.
    pub interval: Interval,
    /// Weight of the organisation's own figures, `n / (n + M)`, a fraction.
    pub reliability: f64,
}

impl ShrunkenRate {
    /// Weight of the mean of all organisations, `M / (n + M)`, a fraction.
    #[must_use]
    pub fn shrinkage(&self) -> f64 {
        1.0 - self.reliability
    }
}

impl BetaPrior {
    /// Builds a prior from a mean inside 0 to 1 and a concentration, which is brought within its bounds.
    pub(crate) fn bounded(mean: f64, concentration: f64) -> Self {
        let maximum = LN_CONCENTRATION_MAXIMUM.exp();
        Self { mean, concentration: concentration.clamp(1.0, maximum) }
    }

    /// Fits by moments: mean p0, the pooled rate, and `M = 1 / rho - 1`, rho the intraclass correlation.
    ///
    /// Weighs organisations by size. Where organisations differ by no more than chance, rho is 0 and M its largest
    /// value, exp(14).
    ///
    /// # Errors
    ///
    /// The errors of [`intraclass_correlation`].
    pub fn by_moments(proportions: &[Proportion]) -> Result<Self, Error> {
        let pooled = pooled_with_chance(proportions, "beta-binomial prior")?;
        let correlation = intraclass_correlation(proportions)?;
        Ok(Self::bounded(pooled.rate(), 1.0 / correlation - 1.0))
    }

    /// Fits by maximum likelihood, with ln M between 0 and 14.
    ///
    /// Listens to small outlying organisations: fit it on those of 100 people or more, then apply it to all.
    /// Tolerance: 1e-6 on the mean, 1e-4 of the concentration; it usually ends far closer.
    ///
    /// # Errors
    ///
    /// The errors of [`intraclass_correlation`], which gives the start, and [`Error::NotConverged`].
    pub fn by_maximum_likelihood(proportions: &[Proportion]) -> Result<Self, Error> {
        beta_binomial::maximise(proportions, Self::by_moments(proportions)?)
    }

    /// Mean of the true rates, a fraction.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `M = alpha + beta`, in people: an organisation of this size counts for as much as the mean of all.
    #[must_use]
    pub fn concentration(&self) -> f64 {
        self.concentration
    }

    /// First parameter of the beta distribution, mean times M, in people.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.mean * self.concentration
    }

    /// Second parameter of the beta distribution, M minus alpha, in people.
    #[must_use]
    pub fn beta(&self) -> f64 {
        (1.0 - self.mean) * self.concentration
    }

    /// Minus the log-likelihood of counts under this prior, without the binomial coefficients, in nats.
    ///
    /// `-sum [ln B(x + alpha, n - x + beta) - ln B(alpha, beta)]`
    #[must_use]
    pub fn negative_log_likelihood(&self, proportions: &[Proportion]) -> f64 {
        beta_binomial::negative_log_likelihood(proportions, self)
    }

    /// Weight of an organisation's own figures, `n / (n + M)`, a fraction.
    #[must_use]
    pub fn reliability(&self, proportion: Proportion) -> f64 {
        proportion.total() / (proportion.total() + self.concentration)
    }

    /// Mean of the organisations' reliabilities, each counted once, a fraction.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there are none.
    pub fn mean_reliability(&self, proportions: &[Proportion]) -> Result<f64, Error> {
        at_least(1, proportions.len(), "mean reliability")?;
        let sum = proportions.iter().map(|&proportion| self.reliability(proportion)).sum::<f64>();
        Ok(sum / count(proportions.len()))
    }

    /// An organisation's rate, drawn towards the mean, without the interval that costs most of the work; a fraction.
    #[must_use]
    pub fn shrink_rate(&self, proportion: Proportion) -> f64 {
        (proportion.events() + self.alpha()) / (proportion.total() + self.concentration)
    }

    /// Draws an organisation's rate towards the mean.
    #[must_use]
    pub fn shrink(&self, proportion: Proportion) -> ShrunkenRate {
        let alpha = proportion.events() + self.alpha();
        let beta = proportion.total() - proportion.events() + self.beta();
        ShrunkenRate {
            rate: self.shrink_rate(proportion),
            interval: Interval {
                low: beta_quantile(alpha, beta, 0.025),
                high: beta_quantile(alpha, beta, 0.975),
            },
            reliability: self.reliability(proportion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proportions(counts: &[(f64, f64)]) -> Vec<Proportion> {
        counts.iter().map(|&(events, total)| Proportion::new(events, total).expect("proper")).collect()
    }

    fn check(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
    }

    #[test]
    fn a_published_organisation_under_the_moment_prior() {
        // golden/statistics_3_years.json, official 2017-18 CCG bb_mom; golden/org_recovery_3_years.csv, 00C.
        let prior = BetaPrior { mean: 0.508_365_520_855_573, concentration: 103.413_815_579_406 };
        let shrunken = prior.shrink(Proportion::new(575.0, 1085.0).expect("proper"));
        check(shrunken.rate, 0.528_075_330_321, 1e-11);
        check(shrunken.interval.low, 0.499_665_207_137, 1e-7);
        check(shrunken.interval.high, 0.556_395_946_269, 1e-7);
        check(shrunken.shrinkage(), 0.087_018_355_243, 1e-11);
    }

    #[test]
    fn a_published_level_by_both_fits() {
        // golden/statistics_3_years.json, official 2017-18 Commissioning Region; counts from annual totals.
        let regions = proportions(&[
            (79_450.0, 158_980.0),
            (76_950.0, 149_135.0),
            (36_015.0, 72_035.0),
            (67_390.0, 131_340.0),
        ]);
        let moments = BetaPrior::by_moments(&regions).expect("four regions");
        check(moments.concentration() / 3_389.889_389_095_75, 1.0, 1e-9);
        let fitted = BetaPrior::by_maximum_likelihood(&regions).expect("four regions");
        check(fitted.mean(), 0.507_244_621_584_058, 1e-6);
        check(fitted.concentration() / 4_729.004_263_270_65, 1.0, 1e-4);
        check(fitted.negative_log_likelihood(&regions) / 354_425.225_263_942, 1.0, 1e-9);
    }

    #[test]
    fn organisations_that_differ_by_chance_are_all_alike() {
        let alike = proportions(&[(50.0, 100.0), (51.0, 100.0), (49.0, 100.0)]);
        for prior in [BetaPrior::by_moments(&alike), BetaPrior::by_maximum_likelihood(&alike)] {
            let prior = prior.expect("three organisations");
            check(prior.concentration().ln(), LN_CONCENTRATION_MAXIMUM, 1e-6);
            check(prior.shrink(alike[1]).rate, 0.5, 1e-4);
        }
    }

    #[test]
    fn organisations_with_nothing_in_common_keep_their_rates() {
        let opposite = proportions(&[(0.0, 100.0), (100.0, 100.0), (0.0, 100.0), (100.0, 100.0)]);
        for prior in [BetaPrior::by_moments(&opposite), BetaPrior::by_maximum_likelihood(&opposite)] {
            let prior = prior.expect("four organisations");
            check(prior.concentration(), 1.0, 1e-9);
            check(prior.mean(), 0.5, 1e-9);
        }
    }
}
