//! What can be wrong with the numbers that a statistic is asked for.

/// Why a statistic could not be computed.
///
/// None of these is a fault of the arithmetic: each says that the question has no answer for these counts, and a page
/// should print that instead of a number.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The counts are not finite, negative, of nothing, or more events than people.
    #[error("not a proportion: {events} of {total}")]
    NotAProportion {
        /// Number of people with the event.
        events: f64,
        /// Number of people.
        total: f64,
    },

    /// The bounds are not finite, the wrong way round, or allow no proportion at all.
    #[error(
        "not bounds of a proportion: between {events_low} and {events_high} of between {total_low} and {total_high}"
    )]
    NotBounds {
        /// Fewest events that the published count allows.
        events_low: f64,
        /// Most events that the published count allows.
        events_high: f64,
        /// Fewest people that the published counts allow.
        total_low: f64,
        /// Most people that the published counts allow.
        total_high: f64,
    },

    /// A count of events that is negative or not finite.
    #[error("not a count: {count}")]
    NotACount {
        /// What was given.
        count: f64,
    },

    /// A value that is infinite or not a number.
    #[error("value {position} of {statistic} is not finite: {value}")]
    NotFinite {
        /// The statistic that was asked for.
        statistic: &'static str,
        /// Position of the value among the inputs, from 0.
        position: usize,
        /// The value.
        value: f64,
    },

    /// A statistic of too few values.
    #[error("{statistic} needs at least {needed} values, found {found}")]
    TooFew {
        /// The statistic that was asked for.
        statistic: &'static str,
        /// Fewest values that it is defined for.
        needed: usize,
        /// Number of values that were given.
        found: usize,
    },

    /// Nobody or everybody had the event, so that chance has no variance to compare with.
    #[error("{statistic} needs a pooled rate above 0 and below 1, found {rate}")]
    NoChanceVariation {
        /// The statistic that was asked for.
        statistic: &'static str,
        /// The pooled rate: 0 or 1.
        rate: f64,
    },

    /// The counts hold no information about the statistic, for example one person in every organisation.
    #[error("{statistic} cannot be estimated from these counts")]
    NotEstimable {
        /// The statistic that was asked for.
        statistic: &'static str,
    },

    /// The optimiser did not reach its tolerance.
    #[error("{statistic} did not converge in {iterations} iterations")]
    NotConverged {
        /// The statistic that was asked for.
        statistic: &'static str,
        /// Number of iterations made.
        iterations: u32,
    },
}

/// Says whether there are enough values for a statistic.
pub(crate) fn at_least(needed: usize, found: usize, statistic: &'static str) -> Result<(), Error> {
    if found < needed {
        return Err(Error::TooFew { statistic, needed, found });
    }
    Ok(())
}
