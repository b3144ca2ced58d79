//! The page about groups of people.

use serde::{Deserialize, Serialize};

use super::Points;

/// The page about groups of people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InequalityPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) indicators: Vec<String>,
    pub(crate) lead: Vec<String>,
    pub(crate) breakdown: Vec<BreakdownSection>,
    /// Breakdowns that are held and whose gaps are not computed.
    #[serde(default)]
    pub(crate) held: Vec<HeldSection>,
    pub(crate) limits: Points,
}

/// A breakdown of which the groups are shown and no gap.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldSection {
    pub(crate) breakdown: String,
    pub(crate) heading: String,
    /// The least number of referrals with which a group is drawn.
    pub(crate) floor: f64,
}

/// How one breakdown is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BreakdownSection {
    pub(crate) breakdown: String,
    pub(crate) heading: String,
    pub(crate) kind: BreakdownKind,
}

/// How groups stand in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BreakdownKind {
    /// Along a scale, with the line fitted through them.
    Gradient,
    /// A row each, in the order of categories.csv.
    InOrder,
    /// A row each, the highest first.
    ByValue,
}
