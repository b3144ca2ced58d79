//! The tables described for machines, beside them: as a Frictionless Data Package, in Croissant, DCAT and CSVW.
//!
//! All are made from the dictionary and the manifest, so none says what the others do not.

mod croissant;
mod csvw;
mod dcat;
mod package;

use std::{collections::BTreeMap, path::Path};

use iapt_model::{Dataset, Project, Table};

use crate::{
    Error,
    manifest::{FileSum, Partition},
    session,
};

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
pub(crate) fn write(
    project: &Project,
    tables: &Path,
    partitions: &[Partition],
    measured: &BTreeMap<String, FileSum>,
) -> Result<(), Error> {
    let described = Described { project, partitions };
    let files = described.files(measured);
    let values = [described.package(), described.croissant(&files), described.dcat(&files), described.csvw()];
    for (file, value) in DESCRIPTIONS.into_iter().zip(values) {
        let path = tables.join(file);
        let text = serde_json::to_vec_pretty(&value)
            .map_err(|source| Error::Manifest { path: path.clone(), source })?;
        iapt_model::disk::write_new(&path, &text)?;
    }
    Ok(())
}

/// What there is to describe.
struct Described<'a> {
    project: &'a Project,
    partitions: &'a [Partition],
}

impl Described<'_> {
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
        self.project.tables.iter().filter(|table| table.name != session::TIDY)
    }

    /// Every file of the tables: the partitions, then the tables that are one file.
    fn files(&self, measured: &BTreeMap<String, FileSum>) -> Vec<File> {
        let derived = self.derived().map(|table| format!("{}.parquet", table.name));
        let file = |path: String| measured.get(&path).map(|sum| File { path: path.clone(), sum: *sum });
        self.partition_paths().chain(derived).filter_map(file).collect()
    }
}

/// One file of the tables.
struct File {
    /// Relative to the folder of the tables.
    path: String,
    sum: FileSum,
}
