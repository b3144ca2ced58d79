//! The tables described for machines, beside them: as a Frictionless Data Package, in Croissant, DCAT and CSVW.
//!
//! All are made from the dictionary and the manifest, so none says what the others do not.

mod croissant;
mod csvw;
mod dcat;
mod package;

use std::{collections::BTreeMap, path::Path};

use iapt_files::Sha256;
use iapt_model::{Dataset, Period, Project, Table};

use crate::{
    Error,
    manifest::{FileSum, Partition},
};

/// What the title says of tables that were made from the built-in figures.
const BUILT_IN: &str = " (built-in figures, not the publisher's own files)";
const NAME: &str = "nhs-talking-therapies";
const TITLE: &str = "NHS Talking Therapies in England: what happens to the people referred";
const DESCRIPTION: &str = "Every published figure of NHS Talking Therapies (until 2023: IAPT) in one tidy table, and \
    indicators derived from it. Suppressed is not zero: value_status says why a number is missing.";
const PARQUET: &str = "application/vnd.apache.parquet";

/// The descriptions that lie beside the tables: `datapackage.json` (Frictionless Data Package 2.0), `croissant.json`
/// (Croissant 1.0), `dcat.jsonld` (DCAT 3), and `csv-metadata.json` (CSV on the Web) for the tables where they are CSV.
pub const DESCRIPTIONS: [&str; 4] =
    ["datapackage.json", "croissant.json", "dcat.jsonld", "csv-metadata.json"];

/// Writes [`DESCRIPTIONS`] into `tables`, whose files were measured.
///
/// # Errors
///
/// [`Error::Io`] when a description cannot be written.
pub fn write(
    project: &Project,
    tables: &Path,
    partitions: &[Partition],
    measured: &BTreeMap<String, FileSum>,
) -> Result<(), Error> {
    let described = Described { project, partitions, measured };
    let files = described.files();
    let values = [described.package(), described.croissant(&files), described.dcat(&files), described.csvw()];
    for (file, value) in DESCRIPTIONS.into_iter().zip(values) {
        let path = tables.join(file);
        let text = serde_json::to_vec_pretty(&value)
            .map_err(|source| Error::Manifest { path: path.clone(), source })?;
        iapt_files::disk::write_new(&path, &text)?;
    }
    Ok(())
}

/// What there is to describe.
struct Described<'a> {
    project: &'a Project,
    partitions: &'a [Partition],
    measured: &'a BTreeMap<String, FileSum>,
}

impl Described<'_> {
    fn title(&self) -> String {
        let is_built_in = self.partitions.iter().any(|partition| partition.release.source == "embedded");
        format!("{TITLE}{}", if is_built_in { BUILT_IN } else { "" })
    }

    /// The version of the data: the newest period, and a checksum of every file that was read.
    fn version(&self) -> String {
        let releases = || self.partitions.iter().map(|partition| &partition.release);
        let checksums: Vec<&str> = releases().map(|release| release.sha256.as_str()).collect();
        let newest = self.periods().into_iter().max_by_key(|period| (period.end_date(), period.start_date()));
        let newest = newest.map(|period| format!("{period}-")).unwrap_or_default();
        let sum = Sha256::of(checksums.join("\n").as_bytes()).to_string();
        format!("{newest}{}", sum.get(..8).unwrap_or_default())
    }

    fn periods(&self) -> Vec<Period> {
        self.partitions
            .iter()
            .filter_map(|partition| partition.release.reporting_period.parse().ok())
            .collect()
    }

    /// The days that the data are about, `2012-04-01/2026-03-31`: a date of making would differ between equal tables.
    fn temporal_coverage(&self) -> Option<String> {
        self.days().map(|(first, last)| format!("{first}/{last}"))
    }

    /// The first and the last day that the data are about.
    fn days(&self) -> Option<(String, String)> {
        let periods = self.periods();
        let first = periods.iter().map(|period| period.start_date()).min()?;
        let last = periods.iter().map(|period| period.end_date()).max()?;
        Some((first.to_string(), last.to_string()))
    }

    /// The datasets that the tables were made from.
    fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        let is_there = |dataset: &&Dataset| {
            self.partitions.iter().any(|partition| partition.release.dataset == dataset.name)
        };
        self.project.datasets.iter().filter(is_there)
    }

    fn partition_paths(&self) -> impl Iterator<Item = String> {
        self.partitions.iter().map(|partition| partition.path.to_string_lossy().into_owned())
    }

    /// The tables that are one file.
    fn derived(&self) -> impl Iterator<Item = &Table> {
        self.project.tables.iter().filter(|table| table.name != iapt_tidy::TIDY)
    }

    /// Every file of the tables: the partitions, then the tables that are one file.
    fn files(&self) -> Vec<File> {
        let derived = self.derived().map(|table| format!("{}.parquet", table.name));
        let file = |path: String| self.measured.get(&path).map(|sum| File { path: path.clone(), sum: *sum });
        self.partition_paths().chain(derived).filter_map(file).collect()
    }
}

/// One file of the tables.
struct File {
    /// Relative to the folder of the tables.
    path: String,
    sum: FileSum,
}
