//! Exact binomial limits, interpolated between whole counts.

use statrs::function::{beta::beta_reg, gamma::ln_gamma};

/// The rate below which a binomial proportion falls with a given probability, interpolated; a fraction within 0 to 1.
///
/// `r = min{j : F(j) >= probability}`, limit `(r - (F(r) - probability) / f(r)) / n`, F and f the distribution and mass
/// of the binomial of n people at the centre. Source: Spiegelhalter 2005, Statistics in Medicine 24:1185, appendix
/// A.1.1. `z` is the standard normal quantile of the probability; it only says where to start looking.
///
/// Rounds `total` to a whole number of people, at least one. `centre` lies strictly between 0 and 1.
pub(crate) fn exact_limit(centre: f64, total: f64, probability: f64, z: f64) -> f64 {
    let binomial = Binomial { centre, total: total.round().max(1.0) };
    // statrs's `Binomial::inverse_cdf` gives the same count by bisection, but needs a conversion to whole numbers and
    // 17 evaluations of F where starting at the normal limit needs one: neighbours differ by f, which is cheap.
    let guess = total * centre + z * (total * centre * (1.0 - centre)).sqrt();
    let mut count = guess.floor().clamp(0.0, binomial.total);
    let mut below = binomial.cumulative(count);
    let mut mass = binomial.mass(count);
    while below < probability && count < binomial.total {
        count += 1.0;
        mass = binomial.mass(count);
        below += mass;
    }
    while count > 0.0 && below - mass >= probability {
        below -= mass;
        count -= 1.0;
        mass = binomial.mass(count);
    }
    let limit = (count - (below - probability) / mass) / binomial.total;
    // The interpolation may step below zero events in a very small organisation.
    limit.clamp(0.0, 1.0)
}

struct Binomial {
    centre: f64,
    total: f64,
}

impl Binomial {
    /// `F(count) = I_(1 - p)(n - count, count + 1)`.
    fn cumulative(&self, count: f64) -> f64 {
        if count >= self.total {
            return 1.0;
        }
        beta_reg(self.total - count, count + 1.0, 1.0 - self.centre)
    }

    /// `f(count)`, through logarithms because the factors leave the range of numbers above a thousand people.
    fn mass(&self, count: f64) -> f64 {
        let rest = self.total - count;
        let ways = ln_gamma(self.total + 1.0) - ln_gamma(count + 1.0) - ln_gamma(rest + 1.0);
        (ways + count * self.centre.ln() + rest * (-self.centre).ln_1p()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::{Z_95, Z_998};

    fn check(centre: f64, total: f64, probability: f64, z: f64, expected: f64) {
        let found = exact_limit(centre, total, probability, z);
        assert!(
            (found - expected).abs() < 1e-7,
            "{probability} of {total} at {centre}: {found}, expected {expected}"
        );
    }

    #[test]
    fn limits_of_published_organisations() {
        // golden/org_recovery_3_years.csv: AN2 and DDF (providers) 2017-18, 00C (CCG) 2017-18; p0 from the JSON beside it.
        let providers = 0.508_173_128_348_746;
        check(providers, 35.0, 0.001, -Z_998, 0.234_518_144_227);
        check(providers, 35.0, 0.999, Z_998, 0.751_766_477_175);
        check(providers, 40.0, 0.001, -Z_998, 0.253_429_292_798);
        let ccgs = 0.508_365_520_855_573;
        check(ccgs, 1085.0, 0.025, -Z_95, 0.478_148_007_239);
        check(ccgs, 1085.0, 0.975, Z_95, 0.537_650_221_279);
    }

    #[test]
    fn the_start_does_not_matter() {
        for z in [-9.0, -1.0, 0.0, 1.0, 9.0] {
            check(0.508_173_128_348_746, 35.0, 0.001, z, 0.234_518_144_227);
        }
    }

    #[test]
    fn one_person() {
        // F(0) = 1/2 >= 0.025, so r = 0 and the interpolated limit is below zero: clipped.
        check(0.5, 1.0, 0.025, -Z_95, 0.0);
        // r = 1: (1 - (1 - 0.975) / 0.5) / 1.
        check(0.5, 1.0, 0.975, Z_95, 0.95);
    }
}
