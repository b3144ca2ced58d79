//! Funnel plots: which organisations stand out from the rest, by five rules.
//!
//! Sources: Spiegelhalter 2005, *Funnel plots for comparing institutional performance*, Statistics in Medicine 24:1185;
//! R package `FunnelPlotR` for the arcsine rule. Recovery rates are so overdispersed that limits of chance alone call
//! most organisations unusual: classify on [`LimitMethod::Additive`], and say that its `tau` absorbs real variation.

use std::fmt;

use crate::{
    error::Error,
    exact::exact_limit,
    heterogeneity::pooled_with_chance,
    interval::{Interval, Z_95, Z_998},
    number::count,
    overdispersion::{Overdispersion, Score},
    proportion::Proportion,
};

/// A rule for the limits of a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitMethod {
    /// Chance alone, normal approximation: `p0 -+ z s`, `s = sqrt(p0 q0 / n)`. Differs from `Exact` below 100 people.
    Normal,
    /// Chance alone, exact binomial, interpolated. The choice for unadjusted limits.
    Exact,
    /// Chance times overdispersion: `p0 -+ z s sqrt(max(1, phi))`. Wrongly widens the limits of large organisations.
    Multiplicative,
    /// Chance plus variation between organisations: `p0 -+ z sqrt(s^2 + tau^2)`. Preferred.
    Additive,
    /// The additive rule on the arcsine of the root of the rate, as `FunnelPlotR` does for `data_type = "PR"`.
    Arcsine,
}

impl LimitMethod {
    /// All rules, in the order in which they are explained.
    pub const ALL: [Self; 5] =
        [Self::Normal, Self::Exact, Self::Multiplicative, Self::Additive, Self::Arcsine];

    /// The word for tables.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Exact => "exact",
            Self::Multiplicative => "multiplicative",
            Self::Additive => "additive",
            Self::Arcsine => "arcsine",
        }
    }
}

impl fmt::Display for LimitMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// Where a rate lies in a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// Below the lower 99.8% limit.
    Low998,
    /// Below the lower 95% limit, but not below the 99.8% limit.
    Low95,
    /// Within the 95% limits: not unusual, which is not the same as acceptable.
    In,
    /// Above the upper 95% limit, but not above the 99.8% limit.
    High95,
    /// Above the upper 99.8% limit.
    High998,
}

impl Position {
    /// All positions, lowest first.
    pub const ALL: [Self; 5] = [Self::Low998, Self::Low95, Self::In, Self::High95, Self::High998];

    /// The word for tables: `low_998`, `low_95`, `in`, `high_95` or `high_998`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Low998 => "low_998",
            Self::Low95 => "low_95",
            Self::In => "in",
            Self::High95 => "high_95",
            Self::High998 => "high_998",
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// Limits of a funnel at one total, as rates within 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    /// The 95% limits.
    pub inner: Interval,
    /// The 99.8% limits.
    pub outer: Interval,
}

impl FunnelLimits {
    fn around(centre: f64, standard_error: f64) -> Self {
        let limits = |z: f64| Interval::around(centre, z * standard_error);
        Self { inner: limits(Z_95), outer: limits(Z_998) }
    }

    fn map(self, change: impl Fn(Interval) -> Interval) -> Self {
        Self { inner: change(self.inner), outer: change(self.outer) }
    }

    /// Where a rate lies. A rate on a limit is within it.
    #[must_use]
    pub fn position(&self, rate: f64) -> Position {
        if rate < self.outer.low {
            Position::Low998
        } else if rate < self.inner.low {
            Position::Low95
        } else if rate > self.outer.high {
            Position::High998
        } else if rate > self.inner.high {
            Position::High95
        } else {
            Position::In
        }
    }
}

/// A funnel around the pooled rate of the organisations in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funnel {
    // Invariant: 0 < centre < 1.
    centre: f64,
    standard: Overdispersion,
    arcsine: Overdispersion,
}

impl Funnel {
    /// Fits a funnel to the organisations of one chart.
    ///
    /// Its centre is their pooled rate, not England's: organisations that are unknown or suppressed are in neither the
    /// chart nor its centre.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] under two organisations; [`Error::NoChanceVariation`] when the pooled rate is 0 or 1.
    pub fn fit(proportions: &[Proportion]) -> Result<Self, Error> {
        let centre = pooled_with_chance(proportions, "funnel")?.rate();
        let standard = |proportion: &Proportion| Score {
            distance: proportion.rate() - centre,
            standard_error: standard_error(centre, proportion.total()),
        };
        let arcsine = |proportion: &Proportion| Score {
            distance: angle(proportion.rate()) - angle(centre),
            standard_error: angle_standard_error(proportion.total()),
        };
        Ok(Self {
            centre,
            standard: Overdispersion::of(&proportions.iter().map(standard).collect::<Vec<_>>())?,
            arcsine: Overdispersion::of(&proportions.iter().map(arcsine).collect::<Vec<_>>())?,
        })
    }

    /// The pooled rate, a fraction: the line across the middle of the chart.
    #[must_use]
    pub fn centre(&self) -> f64 {
        self.centre
    }

    /// Overdispersion on the scale of the rates.
    #[must_use]
    pub fn standard(&self) -> &Overdispersion {
        &self.standard
    }

    /// Overdispersion on the arcsine scale.
    #[must_use]
    pub fn arcsine(&self) -> &Overdispersion {
        &self.arcsine
    }

    /// The limits at a total number of people (above 0), for an organisation or for drawing the funnel's curves.
    #[must_use]
    pub fn limits(&self, method: LimitMethod, total: f64) -> FunnelLimits {
        let chance = standard_error(self.centre, total);
        let on_rates = |standard_error: f64| {
            FunnelLimits::around(self.centre, standard_error).map(Interval::within_unit)
        };
        match method {
            LimitMethod::Normal => on_rates(chance),
            LimitMethod::Exact => self.exact_limits(total),
            LimitMethod::Multiplicative => on_rates(chance * self.standard.phi.max(1.0).sqrt()),
            LimitMethod::Additive => on_rates(chance.hypot(self.standard.tau())),
            LimitMethod::Arcsine => {
                let widened = angle_standard_error(total).hypot(self.arcsine.tau());
                FunnelLimits::around(angle(self.centre), widened).map(rates_of_angles)
            }
        }
    }

    fn exact_limits(&self, total: f64) -> FunnelLimits {
        let limit = |probability, z| exact_limit(self.centre, total, probability, z);
        FunnelLimits {
            inner: Interval { low: limit(0.025, -Z_95), high: limit(0.975, Z_95) },
            outer: Interval { low: limit(0.001, -Z_998), high: limit(0.999, Z_998) },
        }
    }

    /// Where an organisation lies in the funnel.
    #[must_use]
    pub fn classify(&self, method: LimitMethod, proportion: Proportion) -> Position {
        self.limits(method, proportion.total()).position(proportion.rate())
    }

    /// Distance from the centre in standard errors of chance alone.
    #[must_use]
    pub fn z_score(&self, proportion: Proportion) -> f64 {
        (proportion.rate() - self.centre) / standard_error(self.centre, proportion.total())
    }

    /// Distance from the centre in standard errors of chance and of variation between organisations.
    #[must_use]
    pub fn z_score_additive(&self, proportion: Proportion) -> f64 {
        let chance = standard_error(self.centre, proportion.total());
        (proportion.rate() - self.centre) / chance.hypot(self.standard.tau())
    }

    /// Number of organisations expected outside the 95% limits if none were unusual: 5% of them.
    #[must_use]
    pub fn expected_outside_95(&self) -> f64 {
        0.05 * count(self.standard.organisations)
    }

    /// Number of organisations expected outside the 99.8% limits if none were unusual: 0.2% of them. Print it.
    #[must_use]
    pub fn expected_outside_998(&self) -> f64 {
        0.002 * count(self.standard.organisations)
    }
}

/// `sqrt(p0 q0 / n)`, a fraction.
fn standard_error(centre: f64, total: f64) -> f64 {
    (centre * (1.0 - centre) / total).sqrt()
}

/// `asin(sqrt(p))`, in radians: a scale on which chance does not depend on the rate.
fn angle(rate: f64) -> f64 {
    rate.sqrt().asin()
}

/// `1 / (2 sqrt(n))`, in radians.
fn angle_standard_error(total: f64) -> f64 {
    0.5 / total.sqrt()
}

/// Rates of limits on the arcsine scale.
///
/// The angle is clamped before its sine is squared: below 0 the square would rise again and turn an open lower limit
/// into a false one.
fn rates_of_angles(angles: Interval) -> Interval {
    let rate = |angle: f64| angle.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2);
    Interval { low: rate(angles.low), high: rate(angles.high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisations() -> Vec<Proportion> {
        [(60.0, 100.0), (40.0, 100.0), (55.0, 100.0), (45.0, 100.0)]
            .into_iter()
            .map(|(events, total)| Proportion::new(events, total).expect("proper"))
            .collect()
    }

    #[test]
    fn normal_limits_by_hand() {
        let funnel = Funnel::fit(&organisations()).expect("four organisations");
        let limits = funnel.limits(LimitMethod::Normal, 100.0);
        assert!((limits.inner.high - (0.5 + Z_95 * 0.05)).abs() < 1e-12, "{limits:?}");
        assert!((limits.outer.low - (0.5 - Z_998 * 0.05)).abs() < 1e-12, "{limits:?}");
        assert!((funnel.expected_outside_998() - 0.008).abs() < 1e-12);
    }

    fn check(rate: f64, expected: Position) {
        let limits =
            FunnelLimits { inner: Interval { low: 0.4, high: 0.6 }, outer: Interval { low: 0.3, high: 0.7 } };
        assert_eq!(limits.position(rate), expected, "{rate}");
    }

    #[test]
    fn a_rate_on_a_limit_is_within_it() {
        check(0.5, Position::In);
        check(0.4, Position::In);
        check(0.6, Position::In);
        check(0.39, Position::Low95);
        check(0.3, Position::Low95);
        check(0.29, Position::Low998);
        check(0.7, Position::High95);
        check(0.71, Position::High998);
    }

    #[test]
    fn limits_of_a_tiny_organisation_stay_rates() {
        let funnel = Funnel::fit(&organisations()).expect("four organisations");
        for method in LimitMethod::ALL {
            let limits = funnel.limits(method, 1.0);
            assert!((0.0..=1.0).contains(&limits.outer.low), "{method}: {limits:?}");
            assert!((0.0..=1.0).contains(&limits.outer.high), "{method}: {limits:?}");
            assert!(limits.outer.low <= limits.inner.low, "{method}: {limits:?}");
        }
    }

    #[test]
    fn published_regions_in_their_funnel() {
        let regions = crate::fixtures::regions_of_2024_25();
        let funnel = Funnel::fit(&regions).expect("seven regions");
        let close = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
        };
        close(funnel.centre(), 0.505_527_582_756_148);
        close(funnel.standard().phi, 12.258_977_457_642_9);
        close(funnel.standard().tau_squared, 3.700_905_967_514_54e-5);
        close(funnel.arcsine().phi, 12.259_916_512_474_8);
        close(funnel.arcsine().tau_squared, 3.701_663_179_044_62e-5);
        close(funnel.limits(LimitMethod::Multiplicative, 104_230.0).inner.low, 0.494_900_298_208);
        close(funnel.limits(LimitMethod::Additive, 104_230.0).outer.high, 0.524_926_590_384);
        close(funnel.limits(LimitMethod::Arcsine, 104_230.0).outer.low, 0.486_128_531_94);
        let labels =
            |method| regions.iter().map(|own| funnel.classify(method, *own).label()).collect::<Vec<_>>();
        let exact = ["low_998", "high_998", "in", "in", "high_95", "low_998", "high_998"];
        assert_eq!(labels(LimitMethod::Exact), exact);
        assert_eq!(labels(LimitMethod::Additive), ["in", "in", "in", "in", "in", "low_95", "in"]);
    }

    #[test]
    fn rates_that_leave_no_funnel() {
        let nobody = Proportion::new(0.0, 10.0).expect("proper");
        assert!(matches!(Funnel::fit(&[nobody, nobody]), Err(Error::NoChanceVariation { .. })));
        assert!(matches!(Funnel::fit(&[nobody]), Err(Error::TooFew { .. })));
    }
}
