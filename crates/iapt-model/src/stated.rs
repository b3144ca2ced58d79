//! Stated figures: published figures that no file among the releases carries, each with who states it.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    Categories, ENGLAND, Measures, Period, Statistic, WebAddress,
    declared::{Problems, read_table},
    disclosure::{Bounds, rounded_count},
};

/// A figure that is stated somewhere and that no file among the releases carries.
///
/// It is no cell of a file, so it is in no sum and in no indicator.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedFigure {
    /// The period that it is about.
    pub reporting_period: Period,
    /// The level of the organisation.
    pub level: String,
    /// Its name as stated.
    pub org_name: String,
    /// What it is broken down by.
    pub breakdown: String,
    /// The canonical category.
    pub category: String,
    /// The measure.
    pub measure: String,
    /// Its statistic.
    pub statistic: Statistic,
    /// The figure.
    pub value: f64,
    /// What it was rounded to before it was stated; none where it is stated whole.
    pub rounded_to: Option<f64>,
    /// Its source, in `stated_sources.csv`.
    pub source: String,
    /// What has to be known about it.
    pub note: String,
}

/// Who states a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A file of the publisher, as somebody else read it.
    PublishedFile,
    /// A page or a statement of the publisher.
    PublisherStatement,
    /// A minister, from the publisher's figures.
    MinisterialAnswer,
    /// Somebody else, who quotes the publisher.
    Quotation,
    /// Somebody who asked people and says what they answered.
    Survey,
}

/// Where stated figures are stated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedSource {
    /// Its name.
    pub source: String,
    /// What it is.
    pub kind: SourceKind,
    /// The source in words.
    pub citation: String,
    /// Its address.
    pub url: WebAddress,
}

/// Every stated figure, and every source.
#[derive(Clone, Debug, Default)]
pub struct StatedFigures {
    /// In declared order.
    pub figures: Vec<StatedFigure>,
    sources: BTreeMap<String, StatedSource>,
}

impl SourceKind {
    /// The word in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublishedFile => "published_file",
            Self::PublisherStatement => "publisher_statement",
            Self::MinisterialAnswer => "ministerial_answer",
            Self::Quotation => "quotation",
            Self::Survey => "survey",
        }
    }
}

impl StatedFigure {
    /// Between which numbers the figure lies, given how it was rounded: a count of an organisation as the publisher rounds these, any
    /// other figure to the nearest.
    #[must_use]
    pub fn bounds(&self) -> (f64, f64) {
        let rounded_to = self.rounded_to.unwrap_or_default();
        let is_of_organisation = self.statistic == Statistic::Count && self.level != ENGLAND;
        match rounded_count(self.value, rounded_to).filter(|_| is_of_organisation) {
            Some(Bounds { low, high }) => (low, high),
            None => (self.value - rounded_to / 2.0, self.value + rounded_to / 2.0),
        }
    }

    fn key(&self) -> impl Ord + use<> {
        (
            self.reporting_period,
            [&self.level, &self.org_name, &self.breakdown, &self.category, &self.measure, &self.source]
                .map(String::clone),
            self.statistic,
        )
    }
}

impl StatedFigures {
    /// Reads both files; a project without them has no stated figures.
    pub(crate) fn read(
        pipelines: &Path,
        measures: &Measures,
        categories: &Categories,
        problems: &mut Problems,
    ) -> Self {
        let mut stated = Self::default();
        let (figures, sources) = (pipelines.join("stated_figures.csv"), pipelines.join("stated_sources.csv"));
        if !figures.exists() {
            return stated;
        }
        for row in read_table::<StatedSource>(&sources, problems) {
            let name = row.value.source.clone();
            if stated.sources.insert(name.clone(), row.value).is_some() {
                problems.add(&sources, Some(row.line), format!("`{name}` is declared twice"));
            }
        }
        let mut lines = BTreeMap::new();
        for row in read_table::<StatedFigure>(&figures, problems) {
            let figure = row.value;
            let mut wrong = Vec::new();
            if measures.get(&figure.measure, figure.statistic).is_none() {
                wrong
                    .push(format!("`{}` with `{}` is not in measures.csv", figure.measure, figure.statistic));
            }
            if categories.order(&figure.breakdown, &figure.category).is_none() {
                let (breakdown, category) = (&figure.breakdown, &figure.category);
                wrong.push(format!("`{category}` of `{breakdown}` is not in categories.csv"));
            }
            if !stated.sources.contains_key(&figure.source) {
                wrong.push(format!("`{}` is not in stated_sources.csv", figure.source));
            }
            if let Some(first) = lines.insert(figure.key(), row.line) {
                wrong.push(format!("the figure is stated twice by one source, first in line {first}"));
            }
            for what in wrong {
                problems.add(&figures, Some(row.line), what);
            }
            stated.figures.push(figure);
        }
        let used = |source: &&String| stated.figures.iter().any(|figure| figure.source == **source);
        for source in stated.sources.keys().filter(|source| !used(source)) {
            problems.add(&sources, None, format!("no figure has the source `{source}`"));
        }
        stated
    }

    /// The source of a figure.
    #[must_use]
    pub fn source(&self, figure: &StatedFigure) -> Option<&StatedSource> {
        self.sources.get(&figure.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_lies_where_its_rounding_allows() {
        let check = |level: &str, statistic, value, rounded_to, expected| {
            let figure = StatedFigure {
                reporting_period: "2020-02".parse().unwrap(),
                level: level.to_owned(),
                org_name: String::new(),
                breakdown: "total".to_owned(),
                category: "All".to_owned(),
                measure: "referrals_received".to_owned(),
                statistic,
                value,
                rounded_to,
                source: String::new(),
                note: String::new(),
            };
            assert_eq!(figure.bounds(), expected);
        };
        check("england", Statistic::Count, 534_721.0, None, (534_721.0, 534_721.0));
        check("england", Statistic::Count, 1_090_000.0, Some(10_000.0), (1_085_000.0, 1_095_000.0));
        check("england", Statistic::Percentage, 50.0, Some(1.0), (49.5, 50.5));
        check("sub_icb_provider", Statistic::Count, 5.0, Some(5.0), (5.0, 7.0));
        check("sub_icb_provider", Statistic::Count, 40.0, Some(5.0), (38.0, 42.0));
    }
}
