//! Breaks in series: from which period on the figures of a measure or an indicator are of another kind.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    Indicators, Measures, Period,
    declared::{Problems, read_table},
};

/// How far figures on the two sides of a break can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparability {
    /// Not at all: the definition differs, so the earlier figures have a name of their own.
    NotComparable,
    /// With care: the definition is the same, the way to it is not.
    Caution,
}

impl Comparability {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotComparable => "not_comparable",
            Self::Caution => "caution",
        }
    }
}

/// What a break affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeriesType {
    /// One measure, with every statistic.
    #[serde(rename = "measure")]
    Measure,
    /// One indicator.
    #[serde(rename = "indicator")]
    Indicator,
    /// Every series there is.
    #[serde(rename = "*")]
    All,
}

impl SeriesType {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::Indicator => "indicator",
            Self::All => "*",
        }
    }
}

/// One break in one series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesBreak {
    /// What the break affects.
    pub series_type: SeriesType,
    /// Name of the measure or indicator; none where it runs through all.
    pub series: Option<String>,
    /// The first period after the break.
    pub first_period: Period,
    /// How far the two sides can be compared.
    pub comparability: Comparability,
    /// The measure or indicator that has the figures before the break, where they have another name.
    pub series_before: Option<String>,
    /// What changed, for readers.
    pub note: String,
    /// Who says so.
    pub source: String,
}

/// Reads `series_breaks.csv`; a project without the file has no breaks.
pub(crate) fn read(
    path: &Path,
    measures: &Measures,
    indicators: &Indicators,
    problems: &mut Problems,
) -> Vec<SeriesBreak> {
    if !path.exists() {
        return Vec::new();
    }
    let mut breaks: Vec<SeriesBreak> = Vec::new();
    for row in read_table::<SeriesBreak>(path, problems) {
        let found = row.value;
        let is_known = |name: &str| match found.series_type {
            SeriesType::Measure => measures.iter().any(|measure| measure.measure == name),
            SeriesType::Indicator => indicators.get(name).is_some(),
            SeriesType::All => false,
        };
        let names = found.series.iter().chain(&found.series_before);
        for name in names.filter(|name| !is_known(name)) {
            let what = format!("`{name}` is not a declared {}", found.series_type.as_str());
            problems.add(path, Some(row.line), what);
        }
        if found.series_type != SeriesType::All && found.series.is_none() {
            problems.add(path, Some(row.line), "it does not say which series it breaks");
        }
        if found.note.is_empty() {
            problems.add(path, Some(row.line), "a break needs a note that says what changed");
        }
        let key = |row: &SeriesBreak| (row.series_type.as_str(), row.series.clone(), row.first_period);
        if breaks.iter().any(|other| key(other) == key(&found)) {
            problems.add(path, Some(row.line), "this break is declared twice");
        }
        breaks.push(found);
    }
    breaks
}
