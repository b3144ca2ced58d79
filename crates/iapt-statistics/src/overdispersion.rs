//! How much wider than chance the z-scores of organisations scatter, and two ways to allow for it.
//!
//! Source: Spiegelhalter 2005, *Handling over-dispersion of performance indicators*, Quality and Safety in Health Care
//! 14:347; Spiegelhalter et al. 2012, *Statistical methods for healthcare regulation*, JRSS A 175:1.

use crate::{
    error::{Error, at_least},
    number::count,
    spread::Sorted,
};

/// Share of organisations at each end whose z-scores are pulled in before they are squared.
const WINSORISED_AT_EACH_END: f64 = 0.1;

/// Overdispersion of a set of organisations.
///
/// `phi` is a ratio of variances (1 when organisations differ by chance alone); `tau_squared` is a variance on the
/// scale of the rates (or of their arcsines), so its root says by how much true rates typically differ.
/// Both come winsorised, so that a few extreme organisations cannot excuse themselves by widening the limits, and raw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overdispersion {
    /// Number of organisations, k.
    pub organisations: usize,
    /// Mean squared z-score, `(1/k) sum z^2`.
    pub phi_raw: f64,
    /// Mean squared winsorised z-score.
    pub phi: f64,
    /// 10th percentile (type 7) of the z-scores: lower ones count as this.
    pub winsorised_low: f64,
    /// 90th percentile (type 7) of the z-scores: higher ones count as this.
    pub winsorised_high: f64,
    /// Variance between organisations from raw z-scores: exactly `DerSimonian` & Laird 1986.
    pub tau_squared_raw: f64,
    /// Variance between organisations from winsorised z-scores.
    pub tau_squared: f64,
}

/// One organisation on the scale on which it is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    /// Distance from the centre of the funnel.
    pub(crate) distance: f64,
    /// Standard error of that distance under chance alone.
    pub(crate) standard_error: f64,
}

impl Overdispersion {
    /// Measures how the z-scores scatter.
    ///
    /// `tau^2 = max(0, (k phi - (k - 1)) / (sum w - sum w^2 / sum w))`, `w = 1 / s^2`.
    pub(crate) fn of(scores: &[Score]) -> Result<Self, Error> {
        at_least(2, scores.len(), "overdispersion")?;
        let z_scores = scores.iter().map(|score| score.distance / score.standard_error);
        let z_scores = z_scores.collect::<Vec<_>>();
        let sorted = Sorted::new(z_scores.iter().copied())?;
        let winsorised_low = sorted.percentile(WINSORISED_AT_EACH_END);
        let winsorised_high = sorted.percentile(1.0 - WINSORISED_AT_EACH_END);
        let mean_square = |squares: f64| squares / count(scores.len());
        let phi_raw = mean_square(z_scores.iter().map(|z| z * z).sum());
        let phi =
            mean_square(z_scores.iter().map(|z| z.clamp(winsorised_low, winsorised_high).powi(2)).sum());
        Ok(Self {
            organisations: scores.len(),
            phi_raw,
            phi,
            winsorised_low,
            winsorised_high,
            tau_squared_raw: tau_squared(scores, phi_raw),
            tau_squared: tau_squared(scores, phi),
        })
    }

    /// The value of `phi` above which chance alone is not credible: `1 + 2 sqrt(2 / k)`.
    #[must_use]
    pub fn phi_threshold(&self) -> f64 {
        1.0 + 2.0 * (2.0 / count(self.organisations)).sqrt()
    }

    /// Whether organisations differ by more than chance: `phi` above its threshold.
    #[must_use]
    pub fn is_overdispersed(&self) -> bool {
        self.phi > self.phi_threshold()
    }

    /// By how much true rates typically differ: the root of `tau_squared`.
    ///
    /// A fraction, for the funnel's [`standard`](crate::Funnel::standard) scale: multiply by 100 for percentage points.
    #[must_use]
    pub fn tau(&self) -> f64 {
        self.tau_squared.sqrt()
    }
}

/// Variance between organisations by moments, never negative.
fn tau_squared(scores: &[Score], phi: f64) -> f64 {
    let weights = scores.iter().map(|score| score.standard_error.powi(-2));
    let sum = weights.clone().sum::<f64>();
    let sum_of_squares = weights.map(|weight| weight * weight).sum::<f64>();
    let excess = count(scores.len()) * phi - count(scores.len() - 1);
    (excess / (sum - sum_of_squares / sum)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(distances: &[f64]) -> Vec<Score> {
        distances.iter().map(|&distance| Score { distance, standard_error: 0.1 }).collect()
    }

    #[test]
    fn equal_standard_errors_by_hand() {
        // z = -2, 2: type 7 percentiles -1.6 and 1.6, so phi = 2.56 and 4 raw; w = 100 each.
        let found = Overdispersion::of(&scores(&[-0.2, 0.2])).expect("two scores");
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
        assert!(close(found.phi_raw, 4.0) && close(found.phi, 2.56), "{found:?}");
        assert!(close(found.tau_squared_raw, 7.0 / 100.0), "{found:?}");
        assert!(close(found.tau_squared, (2.0 * 2.56 - 1.0) / 100.0), "{found:?}");
        // Two organisations are hardly ever too far apart: 1 + 2 sqrt(1) = 3.
        assert!(close(found.phi_threshold(), 3.0) && !found.is_overdispersed());
    }

    #[test]
    fn less_than_chance_is_no_variance() {
        let found = Overdispersion::of(&scores(&[0.0, 0.0, 0.001])).expect("three scores");
        assert!(found.tau_squared.abs() < 1e-300);
    }
}
