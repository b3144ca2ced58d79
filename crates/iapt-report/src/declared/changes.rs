//! What the page about changes is told.

use serde::Deserialize;

/// The page about what has changed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangesPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
    pub(crate) year_on_year: Vec<YearOnYear>,
}

/// England in the newest period beside the one before it; in the newest month beside the same month a year before.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct YearOnYear {
    pub(crate) id: String,
    /// What stands before the two periods.
    pub(crate) heading: String,
    pub(crate) dataset: String,
    /// Single months and not years.
    #[serde(default)]
    pub(crate) by_month: bool,
    pub(crate) indicators: Vec<String>,
}
