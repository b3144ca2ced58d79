//! Measure ids: what the publisher's own id of a measure means, in files with a row for each measure.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::Deserialize;

use crate::{
    Measures, Period, Problem, PublishedFile, Statistic,
    declared::{Problems, quoted, read_filled},
};

/// Every declared measure id of one dataset.
///
/// Ids do not drift; the names beside them do, and so may what they count: each has a row of its own.
#[derive(Clone, Debug, Default)]
pub struct MeasureIds {
    rows: Vec<IdRow>,
}

/// One id, as long as it is printed with one name and counts one thing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdRow {
    file: String,
    measure_id: String,
    measure_name: String,
    first_period: Period,
    last_period: Option<Period>,
    measure: String,
    statistic: Statistic,
    note: String,
}

impl IdRow {
    fn is_live(&self, file: &str, period: Period) -> bool {
        self.file == file && self.first_period <= period && self.last_period.is_none_or(|last| period <= last)
    }

    /// The row as it should read if the id ended before `period`; none where it would never have been there.
    fn closed_before(&self, period: Period) -> Option<String> {
        let last = period.previous();
        let closed = || {
            format!(
                "{},{},{},{},{last},{},{},{}",
                self.file,
                self.measure_id,
                quoted(&self.measure_name),
                self.first_period,
                self.measure,
                self.statistic,
                quoted(&self.note)
            )
        };
        (self.first_period <= last).then(closed)
    }
}

/// What the ids of one file mean.
#[derive(Clone, Debug)]
pub struct LiveIds<'a> {
    rows: BTreeMap<&'a str, &'a IdRow>,
}

impl MeasureIds {
    /// Reads the ids of a dataset; one without the file has none.
    pub(crate) fn read(path: &Path, measures: &Measures, problems: &mut Problems) -> Self {
        let mut ids = Self::default();
        if !path.exists() {
            return ids;
        }
        for row in read_filled::<IdRow>(path, &["measure", "statistic"], problems) {
            let line = Some(row.line);
            let row = row.value;
            if measures.get(&row.measure, row.statistic).is_none() {
                let what = format!("`{}` with `{}` is not in measures.csv", row.measure, row.statistic);
                problems.add(path, line, what);
            }
            if let Some(other) = ids.clash(&row) {
                let what = format!(
                    "`{}` overlaps the row of `{other}`: in one period it can have one meaning only",
                    row.measure_id
                );
                problems.add(path, line, what);
            }
            ids.rows.push(row);
        }
        ids
    }

    fn clash(&self, row: &IdRow) -> Option<&str> {
        let overlaps = |other: &&IdRow| {
            other.file == row.file
                && other.last_period.is_none_or(|last| row.first_period <= last)
                && row.last_period.is_none_or(|last| other.first_period <= last)
                && (other.measure_id == row.measure_id
                    || (&other.measure, other.statistic) == (&row.measure, row.statistic))
        };
        self.rows.iter().find(overlaps).map(|other| other.measure_id.as_str())
    }

    /// The ids that a file of this period is expected to print.
    #[must_use]
    pub fn live(&self, file: &str, period: Period) -> LiveIds<'_> {
        let live = self.rows.iter().filter(|row| row.is_live(file, period));
        LiveIds { rows: live.map(|row| (row.measure_id.as_str(), row)).collect() }
    }
}

impl<'a> LiveIds<'a> {
    /// Every id with its declared name, measure and statistic, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a str, Statistic)> {
        self.rows.values().map(|row| {
            (row.measure_id.as_str(), row.measure_name.as_str(), row.measure.as_str(), row.statistic)
        })
    }

    /// The problem of an id that is not declared, or that is printed beside another name than the declared one, first in `row`.
    #[must_use]
    pub fn unmapped(
        &self,
        published_file: &PublishedFile,
        measure_id: &str,
        measure_name: &str,
        row: usize,
    ) -> Problem {
        let declared = self.rows.get(measure_id);
        Problem::UnmappedMeasure {
            published_file: published_file.clone(),
            row,
            measure_id: measure_id.to_owned(),
            measure_name: measure_name.to_owned(),
            declared_name: declared.map(|row| row.measure_name.clone()),
            closed_row: declared.and_then(|row| row.closed_before(published_file.period)),
        }
    }

    /// The problems of ids that are expected and not printed.
    #[must_use]
    pub fn vanished(&self, published_file: &PublishedFile, printed: &BTreeSet<&str>) -> Vec<Problem> {
        let vanished = self.rows.iter().filter(|(measure_id, _)| !printed.contains(*measure_id));
        let problem = |(measure_id, row): (&&str, &&IdRow)| Problem::VanishedMeasure {
            published_file: published_file.clone(),
            measure_id: (*measure_id).to_owned(),
            measure_name: row.measure_name.clone(),
            closed_row: row.closed_before(published_file.period),
        };
        vanished.map(problem).collect()
    }
}
