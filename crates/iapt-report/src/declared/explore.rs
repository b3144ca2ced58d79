//! The page on which readers choose what to see.

use serde::{Deserialize, Serialize};

/// What there is to choose from, in the words that readers see.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplorePage {
    pub(crate) title: String,
    pub(crate) description: String,
    /// Whose figures it has, the first one's dates on the page.
    pub(crate) datasets: Vec<String>,
    pub(crate) lead: Vec<String>,
    /// Where readers without scripts find the figures.
    pub(crate) without_scripts: String,
    /// The indicator that it begins with.
    pub(crate) indicator: String,
    pub(crate) words: ExploreWords,
}

/// Words of columns of the tables, each list in the order in which it is offered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExploreWords {
    theme: Vec<Word>,
    period_kind: Vec<Word>,
    level: Vec<Word>,
    breakdown: Vec<Word>,
    standing: Vec<Word>,
    comparison: Vec<Word>,
}

/// A word of a column, and what readers see.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    name: String,
    label: String,
    /// Inside a sentence; empty where that is the label.
    #[serde(default)]
    inside: String,
}
