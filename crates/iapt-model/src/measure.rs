//! The dictionary of measures, and the cohorts that they count.

use std::{collections::BTreeMap, fmt, path::Path};

use serde::{
    Deserialize, Serialize,
    de::value::{Error as WordError, StrDeserializer},
};

use crate::{
    Indicators,
    declared::{Problems, read_table},
};

/// How a measure is summarised: the prefix of the publisher's column names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// How many.
    Count,
    /// A percentage.
    Percentage,
    /// The arithmetic mean.
    Mean,
    /// The median.
    Median,
    /// The sum of the values.
    Sum,
    /// The least of the values.
    Min,
    /// The greatest of the values.
    Max,
    /// The standard deviation of the values.
    Deviation,
    /// The effect size of a change: the change of the mean in standard deviations.
    Effect,
}

impl Statistic {
    /// The word in the tidy table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Percentage => "percentage",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Deviation => "deviation",
            Self::Effect => "effect",
        }
    }

    /// The statistic of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<WordError>::new(word)).ok()
    }

    /// Whether it can only be a whole number: so are all 1.6 million counts, least and greatest numbers seen so far.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::Min | Self::Max)
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One quantity that the publisher prints, with one statistic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name, the same everywhere: `finished_course_treatment`.
    pub measure: String,
    /// Its statistic.
    pub statistic: Statistic,
    /// The unit of its numbers.
    pub unit: String,
    /// The group of referrals that it is taken over.
    pub cohort: String,
    /// A short title for readers.
    pub label: String,
    /// What it counts, in one sentence.
    pub definition: String,
    /// Whose definition that is.
    pub source: String,
    /// What a reader should know about it.
    pub note: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CohortRow {
    cohort: String,
    parent: Option<String>,
    #[serde(rename = "label")]
    _label: String,
    #[serde(rename = "definition")]
    _definition: String,
}

/// A measure that no indicator reads, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnusedMeasure {
    /// Its name.
    pub measure: String,
    /// Its statistic.
    pub statistic: Statistic,
    /// What it is for instead, or why nothing is made of it.
    pub reason: String,
}

/// Every measure, by name and statistic, and how the cohorts lie inside each other.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    measures: BTreeMap<(String, Statistic), Measure>,
    cohort_parents: BTreeMap<String, Option<String>>,
}

impl Measures {
    pub(crate) fn read(pipelines: &Path, problems: &mut Problems) -> Self {
        let mut measures = Self::default();
        let path = pipelines.join("cohorts.csv");
        for row in read_table::<CohortRow>(&path, problems) {
            let CohortRow { cohort, parent, .. } = row.value;
            if let Some(parent) = &parent
                && !measures.cohort_parents.contains_key(parent)
            {
                problems.add(
                    &path,
                    Some(row.line),
                    format!("cohort `{cohort}`: its parent `{parent}` is not declared above it"),
                );
            }
            if measures.cohort_parents.insert(cohort.clone(), parent).is_some() {
                problems.add(&path, Some(row.line), format!("cohort `{cohort}` is declared twice"));
            }
        }
        let path = pipelines.join("measures.csv");
        for row in read_table::<Measure>(&path, problems) {
            let measure = row.value;
            if !measures.cohort_parents.contains_key(&measure.cohort) {
                problems.add(
                    &path,
                    Some(row.line),
                    format!("`{}`: cohort `{}` is not in cohorts.csv", measure.measure, measure.cohort),
                );
            }
            let key = (measure.measure.clone(), measure.statistic);
            if measures.measures.insert(key, measure.clone()).is_some() {
                problems.add(
                    &path,
                    Some(row.line),
                    format!("`{}` `{}` is declared twice", measure.measure, measure.statistic),
                );
            }
        }
        measures
    }

    /// The measure of this name and statistic.
    #[must_use]
    pub fn get(&self, measure: &str, statistic: Statistic) -> Option<&Measure> {
        self.measures.get(&(measure.to_owned(), statistic))
    }

    /// Every measure, in order of name and statistic.
    pub fn iter(&self) -> impl Iterator<Item = &Measure> {
        self.measures.values()
    }

    /// Reads which measures no indicator uses: every measure is either used or has its reason there, and none is both.
    pub(crate) fn read_unused(
        &self,
        pipelines: &Path,
        indicators: &Indicators,
        problems: &mut Problems,
    ) -> Vec<UnusedMeasure> {
        let path = pipelines.join("unused_measures.csv");
        let mut users: BTreeMap<(String, Statistic), &str> = BTreeMap::new();
        for indicator in indicators.iter() {
            for (measure, statistic) in indicator.reads() {
                users.entry((measure.to_owned(), statistic)).or_insert(&indicator.name);
            }
        }
        let mut unused = BTreeMap::new();
        for row in read_table::<UnusedMeasure>(&path, problems) {
            let UnusedMeasure { measure, statistic, reason } = &row.value;
            let key = (measure.clone(), *statistic);
            let what = if !self.measures.contains_key(&key) {
                Some("is not in measures.csv".to_owned())
            } else if let Some(user) = users.get(&key) {
                Some(format!("is used by the indicator `{user}`: take this line out"))
            } else if reason.is_empty() {
                Some("has no reason".to_owned())
            } else {
                None
            };
            if let Some(what) = what {
                problems.add(&path, Some(row.line), format!("`{measure}` with `{statistic}` {what}"));
            }
            if unused.insert(key, row.value.clone()).is_some() {
                problems.add(
                    &path,
                    Some(row.line),
                    format!("`{measure}` with `{statistic}` is declared twice"),
                );
            }
        }
        for key @ (measure, statistic) in self.measures.keys() {
            if !users.contains_key(key) && !unused.contains_key(key) {
                let what = format!(
                    "`{measure}` with `{statistic}` is neither used by an indicator of indicators.toml nor listed; \
                     write an indicator, or here: {measure},{statistic},REASON"
                );
                problems.add(&path, None, what);
            }
        }
        unused.into_values().collect()
    }

    /// Whether every referral of cohort `inner` is also one of cohort `outer`.
    #[must_use]
    pub fn is_within(&self, inner: &str, outer: &str) -> bool {
        let mut cohort = Some(inner);
        while let Some(name) = cohort {
            if name == outer {
                return true;
            }
            cohort = self.cohort_parents.get(name).and_then(Option::as_deref);
        }
        false
    }
}
