//! The common input: so many events of so many people, and the bounds that rounding leaves on both counts.

use crate::{
    error::{Error, at_least},
    interval::Interval,
    number::ratio,
};

/// Events of a total: people who recovered of people who could have, say.
///
/// Both are counts of referrals, held as real numbers because published counts are rounded and pooled counts are sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    // Invariant: both are finite, 0 <= events <= total and 0 < total.
    events: f64,
    total: f64,
}

impl Proportion {
    /// Checks two counts.
    ///
    /// # Errors
    ///
    /// [`Error::NotAProportion`] unless both are finite, `0 <= events <= total` and `0 < total`. Rounding can make
    /// `events` exceed `total` in a very small organisation: such a row has no rate and belongs among the exclusions.
    pub fn new(events: f64, total: f64) -> Result<Self, Error> {
        let proper = total.is_finite() && total > 0.0 && (0.0..=total).contains(&events);
        if !proper {
            return Err(Error::NotAProportion { events, total });
        }
        Ok(Self { events, total })
    }

    /// Adds up the events and the totals: the rate of all organisations together, which is not the mean of their rates.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] when there is nothing to add.
    pub fn pooled(proportions: &[Self]) -> Result<Self, Error> {
        at_least(1, proportions.len(), "pooled rate")?;
        Self::new(
            proportions.iter().map(|proportion| proportion.events).sum(),
            proportions.iter().map(|proportion| proportion.total).sum(),
        )
    }

    /// Number of people with the event.
    #[must_use]
    pub fn events(self) -> f64 {
        self.events
    }

    /// Number of people.
    #[must_use]
    pub fn total(self) -> f64 {
        self.total
    }

    /// Events per person, between 0 and 1.
    #[must_use]
    pub fn rate(self) -> f64 {
        self.events / self.total
    }

    /// Binomial variance of the rate, p (1 - p) / n, at the organisation's own rate.
    pub(crate) fn variance(self) -> f64 {
        self.rate() * (1.0 - self.rate()) / self.total
    }
}

/// What rounding and suppression allow a published proportion to be.
///
/// A count published as 10 or more is within 2 of the truth, a published 5 means 5 to 7, and a suppressed count means
/// 0 to 4 (NHS England's rounding rule, read in its own SQL). A denominator that is a difference of two published
/// counts is at least low minus high and at most high minus low.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionBounds {
    // Invariant: all are finite, 0 <= low <= high for both counts, 0 < total_high and events_low <= total_high.
    events_low: f64,
    events_high: f64,
    total_low: f64,
    total_high: f64,
}

impl ProportionBounds {
    /// Checks the bounds of two counts.
    ///
    /// # Errors
    ///
    /// [`Error::NotBounds`] unless all are finite, `0 <= low <= high` for both counts, and at least one proportion lies
    /// within them.
    pub fn new(events_low: f64, events_high: f64, total_low: f64, total_high: f64) -> Result<Self, Error> {
        let ordered =
            0.0 <= events_low && events_low <= events_high && 0.0 <= total_low && total_low <= total_high;
        let possible = total_high > 0.0 && events_low <= total_high;
        let finite = events_high.is_finite() && total_high.is_finite();
        if !(ordered && possible && finite) {
            return Err(Error::NotBounds { events_low, events_high, total_low, total_high });
        }
        Ok(Self { events_low, events_high, total_low, total_high })
    }

    /// The rates that the counts allow: lowest events of highest total, to highest events of lowest total, at most 1.
    #[must_use]
    pub fn rate(self) -> Interval {
        let high = ratio(self.events_high, self.total_low);
        Interval { low: self.events_low / self.total_high, high: high.map_or(1.0, |rate| rate.min(1.0)) }
    }

    /// The proportion with the lowest rate.
    pub(crate) fn lowest(self) -> Proportion {
        Proportion { events: self.events_low, total: self.total_high }
    }

    /// The proportion with the highest rate; nothing when there may have been no people at all.
    pub(crate) fn highest(self) -> Option<Proportion> {
        let events = self.events_high.min(self.total_low);
        Proportion::new(events, self.total_low).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(events: f64, total: f64, rate: Option<f64>) {
        assert_eq!(Proportion::new(events, total).ok().map(Proportion::rate), rate, "{events} of {total}");
    }

    #[test]
    fn counts_are_checked() {
        check(1.0, 4.0, Some(0.25));
        check(0.0, 4.0, Some(0.0));
        check(4.0, 4.0, Some(1.0));
        check(0.0, 0.0, None);
        check(5.0, 4.0, None);
        check(-1.0, 4.0, None);
        check(f64::NAN, 4.0, None);
        check(1.0, f64::INFINITY, None);
        check(1.0, f64::NAN, None);
    }

    #[test]
    fn pooled_rate_weights_by_people() {
        let small = Proportion::new(1.0, 1.0).expect("proper");
        let large = Proportion::new(0.0, 3.0).expect("proper");
        assert_eq!(Proportion::pooled(&[small, large]), Proportion::new(1.0, 4.0));
        assert!(Proportion::pooled(&[]).is_err());
    }

    fn check_bounds(bounds: [f64; 4], rate: Option<(f64, f64)>) {
        let [events_low, events_high, total_low, total_high] = bounds;
        let found = ProportionBounds::new(events_low, events_high, total_low, total_high);
        assert_eq!(
            found.ok().map(ProportionBounds::rate),
            rate.map(|(low, high)| Interval { low, high }),
            "{bounds:?}"
        );
    }

    #[test]
    fn rounding_bounds_of_published_counts() {
        // golden/statistics_3_years.json, disclosure_examples: NO401 2024-25 and RNK02 2017-18.
        check_bounds([5.0, 7.0, 31.0, 39.0], Some((5.0 / 39.0, 7.0 / 31.0)));
        check_bounds([13.0, 17.0, 196.0, 204.0], Some((13.0 / 204.0, 17.0 / 196.0)));
        // A rate cannot exceed 1, and fewest people may be none.
        check_bounds([5.0, 7.0, 6.0, 9.0], Some((5.0 / 9.0, 1.0)));
        check_bounds([0.0, 4.0, 0.0, 4.0], Some((0.0, 1.0)));
        check_bounds([7.0, 5.0, 31.0, 39.0], None);
        check_bounds([5.0, 7.0, 0.0, 4.0], None);
        check_bounds([0.0, f64::INFINITY, 0.0, 4.0], None);
    }
}
