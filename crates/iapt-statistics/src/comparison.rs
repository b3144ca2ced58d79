//! Lower than, similar to, or higher than a reference rate, in the manner of OHID's Fingertips.

use std::fmt;

use crate::{
    interval::{Z_95, wilson},
    proportion::Proportion,
};

/// Where a rate lies beside a reference rate, such as England's.
///
/// Neutral words on purpose: whether a higher rate is better is for the page to argue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// The whole 95% interval lies below the reference.
    Lower,
    /// The 95% interval holds the reference.
    Similar,
    /// The whole 95% interval lies above the reference.
    Higher,
}

impl Comparison {
    /// The word for tables: `lower`, `similar` or `higher`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Similar => "similar",
            Self::Higher => "higher",
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// Compares a rate with a reference by its 95% Wilson interval.
///
/// The reference, a fraction, is taken as known without error. Source: Fingertips technical guidance, comparison with
/// a benchmark by confidence interval. One comparison in twenty is not `Similar` by chance alone.
#[must_use]
pub fn compare(proportion: Proportion, reference: f64) -> Comparison {
    let interval = wilson(proportion, Z_95);
    if interval.high < reference {
        Comparison::Lower
    } else if interval.low > reference {
        Comparison::Higher
    } else {
        Comparison::Similar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(events: f64, total: f64, expected: Comparison) {
        let proportion = Proportion::new(events, total).expect("proper");
        // Pooled rate of the CCGs of 2017-18: golden/statistics_3_years.json.
        assert_eq!(compare(proportion, 0.508_365_520_855_573), expected, "{events} of {total}");
    }

    #[test]
    fn published_organisations_beside_the_pooled_rate() {
        // golden/org_recovery_3_years.csv: 00C, 00J and 06W in 2017-18.
        check(575.0, 1085.0, Comparison::Similar);
        check(1400.0, 2550.0, Comparison::Higher);
        check(790.0, 2475.0, Comparison::Lower);
    }
}
