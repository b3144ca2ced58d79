//! Special functions that statrs lacks, or whose version there loses digits or may never return.

use statrs::function::{
    beta::{beta_reg, ln_beta},
    erf::erfc_inv,
};

/// From here on the asymptotic series below are exact to the last bit; smaller arguments are first raised by recurrence.
const SERIES_FROM: f64 = 10.0;

/// `ln Gamma(base + by) - ln Gamma(base)` for `base > 0` and `by >= 0`.
///
/// The difference is formed before rounding: both logarithms reach a million where the difference of two likelihoods
/// matters in the sixth decimal. Stirling's series, Abramowitz & Stegun 6.1.41.
pub(crate) fn ln_gamma_rise(mut base: f64, by: f64) -> f64 {
    let mut raised = 0.0;
    while base < SERIES_FROM {
        raised += (by / base).ln_1p();
        base += 1.0;
    }
    let tail = |z: f64| {
        let inverse = 1.0 / (z * z);
        let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
        polynomial(&terms, inverse) / z
    };
    let top = base + by;
    (base - 0.5) * (by / base).ln_1p() + by * (top.ln() - 1.0) + (tail(top) - tail(base)) - raised
}

/// `psi(base + by) - psi(base)`, psi the digamma function, for `base > 0` and `by >= 0`.
///
/// Abramowitz & Stegun 6.3.18.
pub(crate) fn digamma_rise(mut base: f64, by: f64) -> f64 {
    let mut raised = 0.0;
    while base < SERIES_FROM {
        raised += by / (base * (base + by));
        base += 1.0;
    }
    let tail = |z: f64| {
        let inverse = 1.0 / (z * z);
        let terms = [-1.0 / 12.0, 1.0 / 120.0, -1.0 / 252.0, 1.0 / 240.0, -1.0 / 132.0, 691.0 / 32_760.0];
        polynomial(&terms, inverse) * inverse - 0.5 / z
    };
    (by / base).ln_1p() + (tail(base + by) - tail(base)) + raised
}

/// `psi'(base + by) - psi'(base)`, psi' the trigamma function, for `base > 0` and `by >= 0`.
///
/// Abramowitz & Stegun 6.4.12. Steers Newton steps only, so its last digits do not matter.
pub(crate) fn trigamma_rise(mut base: f64, by: f64) -> f64 {
    let mut raised = 0.0;
    while base < SERIES_FROM {
        raised += (base + by).powi(-2) - base.powi(-2);
        base += 1.0;
    }
    let tail = |z: f64| {
        let inverse = 1.0 / (z * z);
        let terms = [1.0, 1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0];
        polynomial(&terms, inverse) / z + 0.5 * inverse
    };
    tail(base + by) - tail(base) + raised
}

/// `terms[0] + terms[1] x + terms[2] x^2 + ...`
fn polynomial(terms: &[f64], x: f64) -> f64 {
    terms.iter().rev().fold(0.0, |sum, term| sum * x + term)
}

/// The value below which a Beta(alpha, beta) variable falls with a given probability, strictly between 0 and 1.
///
/// Halley's method (Newton's, with the slope of the density) kept inside a shrinking bracket, so that it always ends. statrs's `Beta::inverse_cdf` does not: for
/// alpha 12 and beta 10 million its step overflows and it loops for ever (statrs 0.19.1).
pub(crate) fn beta_quantile(alpha: f64, beta: f64, probability: f64) -> f64 {
    const STEPS: u32 = 200;
    let ln_scale = ln_beta(alpha, beta);
    let (mut low, mut high) = (0.0, 1.0);
    let mut value = beta_quantile_guess(alpha, beta, probability);
    for _ in 0..STEPS {
        let excess = beta_reg(alpha, beta, value) - probability;
        if excess > 0.0 {
            high = value;
        } else {
            low = value;
        }
        let ln_density = (alpha - 1.0) * value.ln() + (beta - 1.0) * (-value).ln_1p() - ln_scale;
        let newton = excess / ln_density.exp();
        let bend = 0.5 * newton * ((alpha - 1.0) / value - (beta - 1.0) / (1.0 - value));
        let halley = value - newton / (1.0 + bend.clamp(-0.5, 0.5));
        let is_inside = low < halley && halley < high;
        let next = if is_inside { halley } else { f64::midpoint(low, high) };
        let moved = (next - value).abs();
        value = next;
        // The next step would be of the size of the cube of this one.
        if moved <= 1e-14 * value || (is_inside && moved <= 1e-9 * value) {
            break;
        }
    }
    value
}

/// Cornish-Fisher approximation (normal, corrected for skewness) of a Beta quantile, or the mean where that leaves 0 to 1.
fn beta_quantile_guess(alpha: f64, beta: f64, probability: f64) -> f64 {
    let sum = alpha + beta;
    let mean = alpha / sum;
    let standard_deviation = (mean * (beta / sum) / (sum + 1.0)).sqrt();
    let z = -std::f64::consts::SQRT_2 * erfc_inv(2.0 * probability);
    let skewness = 2.0 * (beta - alpha) * (sum + 1.0).sqrt() / ((sum + 2.0) * (alpha * beta).sqrt());
    let guess = mean + standard_deviation * (z + (z * z - 1.0) * skewness / 6.0);
    if 0.0 < guess && guess < 1.0 { guess } else { mean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{digamma, ln_gamma};

    fn check(found: f64, expected: f64, what: &str) {
        assert!(
            (found - expected).abs() <= 1e-11 * expected.abs().max(1.0),
            "{what}: {found}, expected {expected}"
        );
    }

    #[test]
    fn rises_agree_with_differences_where_those_have_digits() {
        for base in [0.01, 0.5, 1.0, 3.7, 9.99, 10.0, 52.8, 1700.0] {
            for by in [0.0, 1.0, 7.0, 575.0, 20_000.0] {
                let what = format!("{base} by {by}");
                check(ln_gamma_rise(base, by), ln_gamma(base + by) - ln_gamma(base), &what);
                check(digamma_rise(base, by), digamma(base + by) - digamma(base), &what);
            }
        }
    }

    #[test]
    fn rises_by_one_are_the_recurrences() {
        for base in [0.01, 0.5, 9.99, 10.0, 1e3, 1e6] {
            check(ln_gamma_rise(base, 1.0), base.ln(), "ln gamma");
            check(digamma_rise(base, 1.0), 1.0 / base, "digamma");
            assert!((trigamma_rise(base, 1.0) * base * base + 1.0).abs() < 1e-9, "trigamma of {base}");
        }
    }

    #[test]
    fn quantiles_of_known_betas() {
        // Beta(1, 1) is uniform; Beta(2, 1) has the distribution x^2; Beta(1, b) has 1 - (1 - x)^b.
        check(beta_quantile(1.0, 1.0, 0.025), 0.025, "uniform");
        check(beta_quantile(2.0, 1.0, 0.975), 0.975_f64.sqrt(), "square");
        let expected = -f64::exp_m1((-0.025_f64).ln_1p() / 1e6);
        // ln B(1, 1e6) is a difference of millions: 11 digits are left, where pages need 4.
        assert!((beta_quantile(1.0, 1e6, 0.025) / expected - 1.0).abs() < 1e-9);
    }

    #[test]
    fn quantiles_where_statrs_does_not_return() {
        let quantile = beta_quantile(12.0, 1e7, 0.025);
        // Among ten million, neighbouring quantiles differ by more than the last digits of the function.
        let found = beta_reg(12.0, 1e7, quantile);
        assert!((found - 0.025).abs() < 1e-9, "12 and 10 million: {found}");
        let quantile = beta_quantile(1e-3, 2.0, 0.975);
        check(beta_reg(1e-3, 2.0, quantile), 0.975, "nearly nobody");
    }
}
