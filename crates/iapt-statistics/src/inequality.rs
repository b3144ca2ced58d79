//! How a rate follows deprivation: slope and relative index of inequality, gap and ratio of the ends.
//!
//! Groups (deciles of deprivation, as a rule) come most deprived first. NHS England numbers deciles the other way about
//! from the Office for National Statistics: its 01 is the least deprived, in every year. A positive slope means that
//! people in the least deprived places do better.
//!
//! Source: OHID's `PHEindicatormethods::phe_sii`, whose values these are; its intervals are simulated, those here are
//! from the delta method and agree with them to 1e-4.

use crate::{
    error::{Error, at_least},
    interval::{Interval, Z_95, newcombe},
    number::ratio,
    proportion::Proportion,
};

/// A group's place on the scale from the most deprived person, 0, to the least deprived, 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ridit {
    /// Share of all people who are in the group: `a = n / sum n`.
    pub share: f64,
    /// Middle of the group's stretch of the scale, `b`.
    pub midpoint: f64,
}

/// Relative index of inequality.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeIndex {
    /// Fitted rate of the least deprived person divided by that of the most deprived.
    pub value: f64,
    /// 95% interval: delta method on its logarithm.
    pub interval: Interval,
}

/// Indices from a line fitted to the logits of the rates; values only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogitSlope {
    /// Fitted rate at 1 minus fitted rate at 0, a difference of fractions.
    pub slope_index: f64,
    /// Fitted rate at 1 divided by fitted rate at 0.
    pub relative_index: f64,
    /// Fitted rate at 0, the most deprived person, a fraction.
    pub intercept: f64,
}

/// Inequality of a rate across groups in order of deprivation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inequality {
    /// Slope index: fitted rate at 1 minus fitted rate at 0, a difference of fractions (times 100: points).
    pub slope_index: f64,
    /// Standard error of the slope index, a fraction.
    pub slope_standard_error: f64,
    /// 95% interval of the slope index.
    pub slope_interval: Interval,
    /// Fitted rate at 0, the most deprived person, a fraction.
    pub intercept: f64,
    /// Relative index; `None` where the line leaves no rate above zero at either end.
    pub relative_index: Option<RelativeIndex>,
    /// The same from logits; `None` when nobody or everybody in some group had the event.
    pub logit: Option<LogitSlope>,
    /// Share of the variation between groups that the line explains, weighted; `None` when the rates are equal.
    ///
    /// Low means that the indices describe a bend badly.
    pub linearity: Option<f64>,
    /// Rate of the most deprived group, a fraction.
    pub rate_most_deprived: f64,
    /// Rate of the least deprived group, a fraction.
    pub rate_least_deprived: f64,
    /// Rate of the least deprived group minus that of the most deprived, a difference of fractions.
    pub gap: f64,
    /// 95% interval of the gap, by Newcombe's method.
    pub gap_interval: Interval,
    /// Rate of the least deprived group divided by that of the most deprived; `None` when the latter is zero.
    pub ratio: Option<f64>,
}

/// Places groups on the scale of deprivation, most deprived first.
#[must_use]
pub fn ridits(most_deprived_first: &[Proportion]) -> Vec<Ridit> {
    let everyone = most_deprived_first.iter().map(|group| group.total()).sum::<f64>();
    let mut before = 0.0;
    let mut place = |group: &Proportion| {
        let share = group.total() / everyone;
        let midpoint = before + share / 2.0;
        before += share;
        Ridit { share, midpoint }
    };
    most_deprived_first.iter().map(&mut place).collect()
}

impl Inequality {
    /// Measures the inequality of a rate across groups, most deprived first.
    ///
    /// Leave out people whose group is not stated, and print how many they are. The line is fitted by least squares of
    /// rates on ridit midpoints, weighted by shares. Its slope is a sum `sum c p` of independent rates, so its variance
    /// is `sum c^2 p q / n`; that of the logarithm of `fit(1) / fit(0)` follows from the same weights.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] under two groups.
    pub fn across(most_deprived_first: &[Proportion]) -> Result<Self, Error> {
        at_least(2, most_deprived_first.len(), "slope index of inequality")?;
        let groups = most_deprived_first;
        let ridits = ridits(groups);
        let rates = groups.iter().map(|group| group.rate()).collect::<Vec<_>>();
        let line = Line::fit(&ridits, &rates);
        let weights = ridits.iter().map(|ridit| line.slope_weight(*ridit));
        let variance = weights.zip(groups).map(|(weight, group)| weight.powi(2) * group.variance());
        let slope_standard_error = variance.sum::<f64>().sqrt();
        let (most_deprived, least_deprived) = (groups[0], groups[groups.len() - 1]);
        Ok(Self {
            slope_index: line.slope,
            slope_standard_error,
            slope_interval: Interval::around(line.slope, Z_95 * slope_standard_error),
            intercept: line.intercept,
            relative_index: relative_index(&line, &ridits, groups),
            logit: logit_slope(&ridits, &rates),
            linearity: line.explained(&ridits, &rates),
            rate_most_deprived: most_deprived.rate(),
            rate_least_deprived: least_deprived.rate(),
            gap: least_deprived.rate() - most_deprived.rate(),
            gap_interval: newcombe(least_deprived, most_deprived, Z_95),
            ratio: ratio(least_deprived.rate(), most_deprived.rate()),
        })
    }
}

/// A weighted least-squares line over ridits; the weights sum to 1.
struct Line {
    slope: f64,
    intercept: f64,
    centre: f64,
    scatter: f64,
}

impl Line {
    fn fit(ridits: &[Ridit], values: &[f64]) -> Self {
        let weighted = |term: &dyn Fn(Ridit, f64) -> f64| {
            ridits.iter().zip(values).map(|(ridit, value)| ridit.share * term(*ridit, *value)).sum::<f64>()
        };
        let centre = weighted(&|ridit, _| ridit.midpoint);
        let mean = weighted(&|_, value| value);
        let scatter = weighted(&|ridit, _| (ridit.midpoint - centre).powi(2));
        let common = weighted(&|ridit, value| (ridit.midpoint - centre) * (value - mean));
        let slope = common / scatter;
        Self { slope, intercept: mean - slope * centre, centre, scatter }
    }

    /// The weight `c` of a group in the slope: `a (b - mean b) / sum a (b - mean b)^2`.
    fn slope_weight(&self, ridit: Ridit) -> f64 {
        ridit.share * (ridit.midpoint - self.centre) / self.scatter
    }

    /// The weight of a group in the fitted value at a place on the scale.
    fn fit_weight(&self, ridit: Ridit, place: f64) -> f64 {
        ridit.share + (place - self.centre) * self.slope_weight(ridit)
    }

    fn at(&self, place: f64) -> f64 {
        self.intercept + self.slope * place
    }

    /// Weighted R squared: one minus the residual over the total sum of squares.
    fn explained(&self, ridits: &[Ridit], values: &[f64]) -> Option<f64> {
        let mean = self.at(self.centre);
        let mut residual = 0.0;
        let mut total = 0.0;
        for (ridit, value) in ridits.iter().zip(values) {
            residual += ridit.share * (value - self.at(ridit.midpoint)).powi(2);
            total += ridit.share * (value - mean).powi(2);
        }
        (total > 0.0).then(|| 1.0 - residual / total)
    }
}

fn relative_index(line: &Line, ridits: &[Ridit], groups: &[Proportion]) -> Option<RelativeIndex> {
    let (most_deprived, least_deprived) = (line.at(0.0), line.at(1.0));
    if most_deprived <= 0.0 || least_deprived <= 0.0 {
        return None;
    }
    let term = |(ridit, group): (&Ridit, &Proportion)| {
        let weight =
            line.fit_weight(*ridit, 1.0) / least_deprived - line.fit_weight(*ridit, 0.0) / most_deprived;
        weight.powi(2) * group.variance()
    };
    let standard_error = ridits.iter().zip(groups).map(term).sum::<f64>().sqrt();
    let value = least_deprived / most_deprived;
    let factor = (Z_95 * standard_error).exp();
    Some(RelativeIndex { value, interval: Interval { low: value / factor, high: value * factor } })
}

fn logit_slope(ridits: &[Ridit], rates: &[f64]) -> Option<LogitSlope> {
    let logits = rates.iter().map(|rate| (rate / (1.0 - rate)).ln()).collect::<Vec<_>>();
    if !logits.iter().all(|logit| logit.is_finite()) {
        return None;
    }
    let line = Line::fit(ridits, &logits);
    let rate_at = |place| 1.0 / (1.0 + (-line.at(place)).exp());
    let (most_deprived, least_deprived) = (rate_at(0.0), rate_at(1.0));
    Some(LogitSlope {
        slope_index: least_deprived - most_deprived,
        relative_index: least_deprived / most_deprived,
        intercept: most_deprived,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proportions(counts: &[(f64, f64)]) -> Vec<Proportion> {
        counts.iter().map(|&(events, total)| Proportion::new(events, total).expect("proper")).collect()
    }

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found}, expected {expected}");
    }

    #[test]
    fn recovery_by_decile_of_deprivation() {
        // golden/imd_deciles_england.csv and golden/statistics_3_years.json, recovery_official 2017-18.
        let deciles = proportions(&[
            (24_286.0, 59_187.0),
            (25_887.0, 57_237.0),
            (27_562.0, 57_248.0),
            (27_865.0, 55_931.0),
            (27_144.0, 52_529.0),
            (26_734.0, 50_227.0),
            (26_149.0, 47_843.0),
            (25_932.0, 46_843.0),
            (25_506.0, 44_857.0),
            (23_720.0, 40_824.0),
        ]);
        let found = Inequality::across(&deciles).expect("ten deciles");
        check(found.slope_index, 0.176_976_265_847_832);
        check(found.slope_interval.low, 0.172_258_163_542_177);
        check(found.slope_interval.high, 0.181_694_368_153_488);
        let relative = found.relative_index.expect("rates above zero");
        check(relative.value, 1.421_235_303_921_04);
        check(relative.interval.low, 1.407_636_962_705_89);
        check(relative.interval.high, 1.434_965_010_600_95);
        check(found.logit.expect("rates within 0 to 1").slope_index, 0.176_330_847_976_91);
        check(found.linearity.expect("rates differ"), 0.964_918_532_569_918);
        check(found.gap, 0.170_704_174_227_846);
        check(found.ratio.expect("rate above zero"), 1.416_020_256_939_12);
    }

    #[test]
    fn a_straight_line_is_found() {
        // Midpoints 1/4 and 3/4, rates 0.4 and 0.6: slope 0.4 from 0.3 to 0.7.
        let found = Inequality::across(&proportions(&[(40.0, 100.0), (60.0, 100.0)])).expect("two groups");
        check(found.slope_index, 0.4);
        check(found.intercept, 0.3);
        check(found.relative_index.expect("rates above zero").value, 0.7 / 0.3);
        check(found.linearity.expect("rates differ"), 1.0);
    }

    #[test]
    fn indices_that_do_not_exist() {
        let steep = Inequality::across(&proportions(&[(0.0, 100.0), (60.0, 100.0)])).expect("two groups");
        assert_eq!(steep.relative_index, None);
        assert_eq!(steep.logit, None);
        assert_eq!(steep.ratio, None);
        let flat = Inequality::across(&proportions(&[(40.0, 100.0), (40.0, 100.0)])).expect("two groups");
        assert_eq!(flat.linearity, None);
        assert!(matches!(Inequality::across(&[]), Err(Error::TooFew { .. })));
    }
}
