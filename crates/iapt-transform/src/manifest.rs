//! The manifest: what a folder of tables was made from, so that only stale work is done again.

use std::path::{Path, PathBuf};

use iapt_model::{ReleaseRow, disk};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The folder of the tables, below that of the data.
pub const TABLES_FOLDER: &str = "tables";

/// The file, which is written when all others are.
pub(crate) const FILE: &str = "manifest.json";

/// What a folder of tables was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Where the snapshots came from; one folder never mixes two sources.
    pub source: String,
    /// Checksum over everything that the derived tables depend on.
    pub fingerprint: String,
    /// The partitions of the tidy table.
    pub partitions: Vec<Partition>,
}

/// One partition of the tidy table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Checksum over everything that the partition depends on.
    pub fingerprint: String,
    /// Its file, below the folder of the tables.
    pub path: PathBuf,
    /// The release that it was read from.
    pub release: ReleaseRow,
}

impl Manifest {
    /// Reads the manifest of a folder of tables; `None` where there is none yet.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] when it is not one of ours.
    pub fn read(tables: &Path) -> Result<Option<Self>, Error> {
        let path = tables.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs_err::read(&path)?;
        serde_json::from_slice(&text).map(Some).map_err(|source| Error::Manifest { path, source })
    }

    pub(crate) fn write(&self, tables: &Path) -> Result<(), Error> {
        let path = tables.join(FILE);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|source| Error::Manifest { path: path.clone(), source })?;
        disk::replace_file(&path, &text)?;
        Ok(())
    }

    /// The partition of a dataset and period.
    #[must_use]
    pub fn partition(&self, dataset: &str, reporting_period: &str) -> Option<&Partition> {
        let is_it = |partition: &&Partition| {
            partition.release.dataset == dataset && partition.release.reporting_period == reporting_period
        };
        self.partitions.iter().find(is_it)
    }
}
