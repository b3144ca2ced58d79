//! How far the rates of organisations lie apart, without asking how much of it is chance.

use crate::{
    error::{Error, at_least},
    number::{count, mean, ratio, sample_variance},
    proportion::Proportion,
};

/// Values in ascending order: at least one, all finite.
///
/// Percentiles of any measure are read from it, so a decile chart needs nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted {
    // Invariant: not empty, all finite, ascending.
    values: Vec<f64>,
}

impl Sorted {
    /// Checks and sorts.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there are no values, [`Error::NotFinite`] when one is infinite or not a number.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Result<Self, Error> {
        let mut values = Vec::from_iter(values);
        at_least(1, values.len(), "percentiles")?;
        if let Some((position, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NotFinite { statistic: "percentiles", position, value });
        }
        values.sort_by(f64::total_cmp);
        Ok(Self { values })
    }

    /// The rates of organisations, each counted once whatever its size.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there are none.
    pub fn rates(proportions: &[Proportion]) -> Result<Self, Error> {
        Self::new(proportions.iter().map(|proportion| proportion.rate()))
    }

    /// The values, ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The percentile below which a fraction of the values lies, in the unit of the values.
    ///
    /// Type 7 of Hyndman & Fan 1996, the default of R and numpy: with `h = (k - 1) fraction`, the value at position
    /// `floor(h)` (from 0) plus `h - floor(h)` of the way to the next. A fraction outside 0 to 1 gives the nearest end.
    #[must_use]
    pub fn percentile(&self, fraction: f64) -> f64 {
        let mut ahead = count(self.values.len() - 1) * fraction.clamp(0.0, 1.0);
        for pair in self.values.windows(2) {
            if ahead < 1.0 {
                return pair[0] + ahead * (pair[1] - pair[0]);
            }
            ahead -= 1.0;
        }
        self.maximum()
    }

    /// The middle value, or the mean of the two middle values.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.percentile(0.5)
    }

    /// The smallest value.
    #[must_use]
    pub fn minimum(&self) -> f64 {
        self.values[0]
    }

    /// The largest value.
    #[must_use]
    pub fn maximum(&self) -> f64 {
        self.values[self.values.len() - 1]
    }
}

/// Measures of spread that count every organisation once, whatever its size.
///
/// Ratios are `None` when their denominator is zero. Never show `maximum_to_minimum` without `organisations`, the
/// smallest total that was let in, and what was left out: two small organisations can make it say anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Number of organisations, k.
    pub organisations: usize,
    /// Lowest value.
    pub minimum: f64,
    /// Highest value.
    pub maximum: f64,
    /// Mean of the values; of rates, not the pooled rate.
    pub mean: f64,
    /// Standard deviation with divisor k - 1, in the unit of the values.
    pub standard_deviation: f64,
    /// Standard deviation divided by the mean; multiply by 100 for percent.
    pub coefficient_of_variation: Option<f64>,
    /// 75th percentile minus 25th, in the unit of the values.
    pub interquartile_range: f64,
    /// 90th percentile minus 10th, in the unit of the values.
    pub p90_minus_p10: f64,
    /// 90th percentile divided by the 10th.
    pub p90_to_p10: Option<f64>,
    /// Highest value divided by the lowest.
    pub maximum_to_minimum: Option<f64>,
    /// Number of organisations dropped at each end by the trimmed ratio: `floor(0.025 k)`.
    pub trimmed_each_end: usize,
    /// Highest value divided by the lowest, after dropping `trimmed_each_end` values at each end.
    ///
    /// The project's own convention, after the NHS Atlas of Variation, which drops a fixed number at each end.
    pub trimmed_maximum_to_minimum: Option<f64>,
}

impl Spread {
    /// Measures the spread of any values: rates, waits, doses.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there are fewer than two.
    pub fn of(sorted: &Sorted) -> Result<Self, Error> {
        let values = sorted.values();
        at_least(2, values.len(), "spread")?;
        let mean = mean(values);
        let standard_deviation = sample_variance(values).sqrt();
        // 0.025 = 1/40, and division of whole numbers rounds down.
        let trimmed_each_end = values.len() / 40;
        let [lowest, highest] = [values[trimmed_each_end], values[values.len() - 1 - trimmed_each_end]];
        let [p10, p25, p75, p90] = [0.1, 0.25, 0.75, 0.9].map(|fraction| sorted.percentile(fraction));
        Ok(Self {
            organisations: values.len(),
            minimum: sorted.minimum(),
            maximum: sorted.maximum(),
            mean,
            standard_deviation,
            coefficient_of_variation: ratio(standard_deviation, mean),
            interquartile_range: p75 - p25,
            p90_minus_p10: p90 - p10,
            p90_to_p10: ratio(p90, p10),
            maximum_to_minimum: ratio(sorted.maximum(), sorted.minimum()),
            trimmed_each_end,
            trimmed_maximum_to_minimum: ratio(highest, lowest),
        })
    }

    /// Measures the spread of the rates of organisations.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there are fewer than two.
    pub fn of_rates(proportions: &[Proportion]) -> Result<Self, Error> {
        at_least(2, proportions.len(), "spread")?;
        Self::of(&Sorted::rates(proportions)?)
    }
}

/// Spread that counts every person once: large organisations weigh more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedSpread {
    /// Pooled rate, a fraction.
    pub pooled_rate: f64,
    /// `sqrt(sum n (p - p0)^2 / sum n)`, p0 the pooled rate; a fraction.
    pub standard_deviation: f64,
    /// Standard deviation divided by the pooled rate; multiply by 100 for percent.
    pub coefficient_of_variation: Option<f64>,
}

impl WeightedSpread {
    /// Measures the spread of rates around the pooled rate, weighted by totals.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there are no organisations.
    pub fn of(proportions: &[Proportion]) -> Result<Self, Error> {
        let pooled = Proportion::pooled(proportions)?;
        let squares = proportions
            .iter()
            .map(|proportion| proportion.total() * (proportion.rate() - pooled.rate()).powi(2))
            .sum::<f64>();
        let standard_deviation = (squares / pooled.total()).sqrt();
        Ok(Self {
            pooled_rate: pooled.rate(),
            standard_deviation,
            coefficient_of_variation: ratio(standard_deviation, pooled.rate()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], fraction: f64, expected: f64) {
        let found = Sorted::new(values.iter().copied()).expect("finite").percentile(fraction);
        assert!((found - expected).abs() < 1e-12, "{fraction} of {values:?}: {found}, expected {expected}");
    }

    #[test]
    fn percentiles_are_type_7() {
        // R: quantile(c(1, 2, 4, 8), c(.1, .25, .5, .9)).
        check(&[8.0, 1.0, 4.0, 2.0], 0.1, 1.3);
        check(&[8.0, 1.0, 4.0, 2.0], 0.25, 1.75);
        check(&[8.0, 1.0, 4.0, 2.0], 0.5, 3.0);
        check(&[8.0, 1.0, 4.0, 2.0], 0.9, 6.8);
        check(&[8.0, 1.0, 4.0, 2.0], 0.0, 1.0);
        check(&[8.0, 1.0, 4.0, 2.0], 1.0, 8.0);
        check(&[8.0, 1.0], 7.0, 8.0);
        check(&[3.0], 0.9, 3.0);
    }

    #[test]
    fn values_are_checked() {
        assert!(matches!(Sorted::new([]), Err(Error::TooFew { found: 0, .. })));
        assert!(matches!(Sorted::new([1.0, f64::NAN]), Err(Error::NotFinite { position: 1, .. })));
        let one = Sorted::new([1.0]).expect("finite");
        assert!(matches!(Spread::of(&one), Err(Error::TooFew { needed: 2, found: 1, .. })));
    }

    #[test]
    fn spread_of_four_values() {
        let spread = Spread::of(&Sorted::new([8.0, 1.0, 4.0, 2.0]).expect("finite")).expect("four values");
        assert_eq!(spread.organisations, 4);
        // Deviations from 3.75: squares 18.0625 + 7.5625 + 0.0625 + 3.0625 = 28.75, over 3.
        assert!((spread.standard_deviation - (28.75_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(spread.maximum_to_minimum, Some(8.0));
        assert_eq!(spread.trimmed_each_end, 0);
        assert_eq!(spread.trimmed_maximum_to_minimum, Some(8.0));
    }

    #[test]
    fn spread_of_the_published_regions() {
        let regions = crate::fixtures::regions_of_2024_25();
        let spread = Spread::of_rates(&regions).expect("seven regions");
        let weighted = WeightedSpread::of(&regions).expect("seven regions");
        for (found, expected) in [
            (Some(spread.standard_deviation), 0.007_872_922_421_992_24),
            (spread.coefficient_of_variation, 0.015_567_256_690_736_8),
            (weighted.coefficient_of_variation, 0.013_596_047_994_005_7),
            (spread.maximum_to_minimum, 1.043_631_795_109_61),
            (spread.p90_to_p10, 0.513_445_428_584_326 / 0.496_740_296_306_084),
        ] {
            assert!((found.expect("rates") / expected - 1.0).abs() < 1e-9, "{found:?}, expected {expected}");
        }
    }

    #[test]
    fn ratio_to_zero_is_nothing() {
        let spread = Spread::of(&Sorted::new([0.0, 0.0, 1.0]).expect("finite")).expect("three values");
        assert_eq!(spread.maximum_to_minimum, None);
        assert_eq!(spread.p90_to_p10, None);
    }

    #[test]
    fn trimming_starts_at_forty() {
        let values = |k: u32| Sorted::new((1..=k).map(f64::from)).expect("finite");
        let spread = |k| Spread::of(&values(k)).expect("many values");
        assert_eq!(spread(39).trimmed_maximum_to_minimum, Some(39.0));
        assert_eq!(spread(40).trimmed_maximum_to_minimum, Some(39.0 / 2.0));
    }
}
