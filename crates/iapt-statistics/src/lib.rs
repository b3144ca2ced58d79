//! Statistics of variation between organisations: intervals, funnels, shrinkage, ranks, persistence and inequality.
//!
//! Pure functions on numbers. Nothing here reads a file, knows an organisation's name, a year or a measure, or draws a
//! random number: the same counts give the same result to the last bit, because every sum runs in the order in which
//! its inputs were given. Callers sort (by organisation code, say) before they call.
//!
//! The common input is a [`Proportion`]: so many events of so many people. A rate is always a fraction between 0 and 1;
//! the page turns it into percent. Every function says its formula, where the formula comes from, and its unit.
//!
//! Modules, in suggested reading order:
//!
//! - the input and its uncertainty: [`proportion`], [`interval`], [`comparison`];
//! - how far organisations lie apart: [`spread`], [`heterogeneity`], [`decomposition`];
//! - which of them stand out: [`overdispersion`], [`funnel`], [`rank`];
//! - what a small organisation's rate is worth: [`shrinkage`];
//! - whether the order lasts: [`persistence`];
//! - how rates follow deprivation: [`inequality`].
//!
//! ```
//! use iapt_statistics::{Funnel, LimitMethod, Position, Proportion, Z_95, wilson};
//!
//! let recovered = [(575.0, 1085.0), (1200.0, 2355.0), (790.0, 2475.0)];
//! let organisations = recovered
//!     .into_iter()
//!     .map(|(events, total)| Proportion::new(events, total))
//!     .collect::<Result<Vec<_>, _>>()?;
//! assert!(wilson(organisations[0], Z_95).contains(575.0 / 1085.0));
//!
//! let funnel = Funnel::fit(&organisations)?;
//! assert_eq!(funnel.classify(LimitMethod::Exact, organisations[2]), Position::Low998);
//! # Ok::<(), iapt_statistics::Error>(())
//! ```

mod error;
#[cfg(test)]
mod fixtures;
mod number;
mod special;

pub mod proportion;

pub mod interval;

pub mod comparison;

pub mod spread;

pub mod heterogeneity;

pub mod decomposition;

pub mod overdispersion;

mod exact;

pub mod funnel;

pub mod rank;

pub mod shrinkage;

mod beta_binomial;

pub mod persistence;

pub mod inequality;

pub use comparison::{Comparison, compare};
pub use decomposition::{Decomposition, decompose};
pub use error::Error;
pub use funnel::{Funnel, FunnelLimits, LimitMethod, Position};
pub use heterogeneity::{
    Chance, ChiSquared, chi_squared, intraclass_correlation, systematic_component_of_variation,
};
pub use inequality::{Inequality, LogitSlope, RelativeIndex, Ridit, ridits};
pub use interval::{Interval, Z_95, Z_998, byar, newcombe, wilson, wilson_worst_case};
pub use overdispersion::Overdispersion;
pub use persistence::{Persistence, pearson, reliability, spearman, spearman_interval};
pub use proportion::{Proportion, ProportionBounds};
pub use rank::{RankInterval, median_rank_interval_width, rank_intervals};
pub use shrinkage::{BetaPrior, ShrunkenRate};
pub use spread::{Sorted, Spread, WeightedSpread};
