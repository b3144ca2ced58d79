//! Confidence intervals for one proportion, one count, and the difference of two proportions.

use crate::{
    error::Error,
    proportion::{Proportion, ProportionBounds},
};

/// Standard normal quantile of a two-sided 95% interval.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Standard normal quantile of a two-sided 99.8% interval, the outer limit of a funnel plot.
pub const Z_998: f64 = 3.090_232_306_167_813;

/// Two ends, in the unit of what they bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Centre and half-width on either side.
    pub(crate) fn around(centre: f64, half_width: f64) -> Self {
        Self { low: centre - half_width, high: centre + half_width }
    }

    /// Both ends moved into 0 to 1.
    pub(crate) fn within_unit(self) -> Self {
        Self { low: self.low.clamp(0.0, 1.0), high: self.high.clamp(0.0, 1.0) }
    }

    /// Whether a value lies within, ends included.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Upper end minus lower end.
    #[must_use]
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

/// Wilson score interval of a rate, within 0 to 1.
///
/// `(2x + z^2 -+ z sqrt(z^2 + 4x(1 - p))) / (2 (n + z^2))`, x events of n, p = x / n.
/// Source: Wilson 1927; the interval of OHID's Fingertips and of `PHEindicatormethods::phe_proportion`.
/// At another confidence than 95% or 99.8%, `z` is the standard normal quantile of (1 + confidence) / 2.
#[must_use]
pub fn wilson(proportion: Proportion, z: f64) -> Interval {
    let z_squared = z * z;
    let spread = z * (z_squared + 4.0 * proportion.events() * (1.0 - proportion.rate())).sqrt();
    let middle = 2.0 * proportion.events() + z_squared;
    let scale = 2.0 * (proportion.total() + z_squared);
    // The rate lies within, but when nobody or everybody had the event the last bit may fall on its wrong side.
    let low = ((middle - spread) / scale).min(proportion.rate());
    let high = ((middle + spread) / scale).max(proportion.rate());
    Interval { low, high }.within_unit()
}

/// The widest Wilson interval that rounding allows: lower end of the lowest rate, upper end of the highest.
///
/// Draw it as a thin outer whisker where it is wider than [`wilson`] of the published counts by over 0.5 points.
/// Its upper end is 1 when the published counts allow a total of zero.
#[must_use]
pub fn wilson_worst_case(bounds: ProportionBounds, z: f64) -> Interval {
    Interval {
        low: wilson(bounds.lowest(), z).low,
        high: bounds.highest().map_or(1.0, |highest| wilson(highest, z).high),
    }
}

/// Byar's interval of a count of events, in events.
///
/// Low `x (1 - 1/(9x) - z/(3 sqrt x))^3`, high the same of x + 1 with plus z. Source: Breslow & Day 1987, volume II;
/// the interval of `PHEindicatormethods` for counts and rates. For counts without a denominator only.
///
/// # Errors
///
/// [`Error::NotACount`] when the count is negative or not finite.
pub fn byar(count: f64, z: f64) -> Result<Interval, Error> {
    if !(count.is_finite() && count >= 0.0) {
        return Err(Error::NotACount { count });
    }
    let end = |events: f64, z: f64| events * (1.0 - 1.0 / (9.0 * events) + z / (3.0 * events.sqrt())).powi(3);
    // The formula divides by the count: the lower end of no events is no events. Below one event its cube turns
    // negative, which no count can be.
    let low = if count > 0.0 { end(count, -z).max(0.0) } else { 0.0 };
    Ok(Interval { low, high: end(count + 1.0, z) })
}

/// Newcombe's interval of a difference of two rates, `first - second`, as a difference of fractions.
///
/// `d - sqrt((p1 - l1)^2 + (u2 - p2)^2)` to `d + sqrt((u1 - p1)^2 + (p2 - l2)^2)`, l and u the Wilson ends of each.
/// Source: Newcombe 1998, Statistics in Medicine 17:873, method 10 (hybrid score, no continuity correction).
#[must_use]
pub fn newcombe(first: Proportion, second: Proportion, z: f64) -> Interval {
    let difference = first.rate() - second.rate();
    let (of_first, of_second) = (wilson(first, z), wilson(second, z));
    let below = (first.rate() - of_first.low).hypot(of_second.high - second.rate());
    let above = (of_first.high - first.rate()).hypot(second.rate() - of_second.low);
    Interval { low: difference - below, high: difference + above }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proportion(events: f64, total: f64) -> Proportion {
        Proportion::new(events, total).expect("proper")
    }

    fn check(found: Interval, low: f64, high: f64) {
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3);
        assert!(close(found.low, low) && close(found.high, high), "{found:?}, expected {low} to {high}");
    }

    #[test]
    fn wilson_of_published_counts() {
        // golden/statistics_3_years.json, England 2017-18; golden/org_recovery_3_years.csv, CCG 00C 2017-18.
        check(wilson(proportion(263_295.0, 517_942.0), Z_95), 0.506_986_870_314_547, 0.509_709_856_076_078);
        check(wilson(proportion(575.0, 1085.0), Z_95), 0.500_202_805_897, 0.559_493_671_927);
        check(wilson(proportion(575.0, 1085.0), Z_998), 0.483_072_876_09, 0.576_312_284_544);
    }

    #[test]
    fn wilson_of_nobody_and_everybody() {
        // 1 - 1/(1 + z^2/n), by hand.
        let end = Z_95 * Z_95 / (10.0 + Z_95 * Z_95);
        check(wilson(proportion(0.0, 10.0), Z_95), 0.0, end);
        check(wilson(proportion(10.0, 10.0), Z_95), 1.0 - end, 1.0);
    }

    #[test]
    fn worst_case_uses_the_far_corners() {
        // golden/org_recovery_3_years.csv, CCG 00C 2017-18.
        let bounds = ProportionBounds::new(573.0, 577.0, 1081.0, 1089.0).expect("proper");
        check(wilson_worst_case(bounds, Z_95), 0.496_475_112_845, 0.563_331_077_927);
        let nobody = ProportionBounds::new(0.0, 4.0, 0.0, 4.0).expect("proper");
        check(wilson_worst_case(nobody, Z_95), 0.0, 1.0);
    }

    #[test]
    fn byar_of_small_counts() {
        // 10 (1 - 1/90 - z/(3 sqrt 10))^3 and 11 (1 - 1/99 + z/(3 sqrt 11))^3, worked apart in Python.
        check(byar(10.0, Z_95).expect("a count"), 4.787_449_913_967_563, 18.391_458_605_756_473);
        check(byar(0.0, Z_95).expect("a count"), 0.0, 3.668_011_832_173_750_7);
        assert!(byar(-1.0, Z_95).is_err());
        assert!(byar(f64::NAN, Z_95).is_err());
    }

    #[test]
    fn newcombe_of_the_deprivation_gap() {
        // golden/statistics_3_years.json, imd recovery_official 2017-18: least minus most deprived decile.
        let most = proportion(24_286.0, 59_187.0);
        let least = proportion(23_720.0, 40_824.0);
        check(newcombe(least, most, Z_95), 0.164_481_087_858_574, 0.176_908_092_639_66);
    }
}
