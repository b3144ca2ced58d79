//! Breakdowns: what is asked of the groups of each.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Categories,
    declared::{Problems, read_table},
};

/// What is compared between the groups of a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupComparison {
    /// The groups stand on a scale: a line through them, besides the gap.
    Gradient,
    /// Everybody is in one group, and nearly all say in which: the gap between the lowest and the highest.
    Gap,
    /// Each group beside the whole only: one person can be in several, or few say.
    Whole,
    /// Nothing: the groups do not say who people are or what they came with.
    None,
}

impl GroupComparison {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gradient => "gradient",
            Self::Gap => "gap",
            Self::Whole => "whole",
            Self::None => "none",
        }
    }
}

/// One breakdown: a row of `breakdowns.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// The canonical word: `imd_decile`.
    pub breakdown: String,
    /// What is compared between its groups.
    pub compared_by: GroupComparison,
    /// Whether areas and services below boards have indicators of its groups.
    pub is_below_boards: bool,
    /// What a reader should know.
    pub note: String,
}

/// Reads `breakdowns.csv`, which has a row for every breakdown of the categories and no other.
pub(crate) fn read(path: &Path, categories: &Categories, problems: &mut Problems) -> Vec<Breakdown> {
    let mut breakdowns: Vec<Breakdown> = Vec::new();
    for row in read_table::<Breakdown>(path, problems) {
        let name = &row.value.breakdown;
        if breakdowns.iter().any(|other| other.breakdown == *name) {
            problems.add(path, Some(row.line), format!("`{name}` is declared twice"));
        } else if !categories.breakdowns().any(|other| other == name) {
            problems.add(path, Some(row.line), format!("categories.csv has no category of `{name}`"));
        }
        breakdowns.push(row.value);
    }
    for name in categories.breakdowns() {
        if !breakdowns.iter().any(|declared| declared.breakdown == name) {
            problems.add(path, None, format!("`{name}` of categories.csv is missing: {name},none,false,"));
        }
    }
    breakdowns
}
