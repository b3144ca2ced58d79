//! What changed between two editions of a release, cell by cell.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use datafusion::datasource::MemTable;
use iapt_catalog::{session, sql};
use iapt_files::disk;
use iapt_model::Snapshot;
use serde::{Deserialize, Serialize};

use crate::{
    Build, Error,
    build::{built_in_figures, source},
};

/// A published cell that one edition has otherwise than the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellChange {
    /// The declared file: `main`.
    pub file: String,
    /// The measure.
    pub measure: String,
    /// The statistic of the measure.
    pub statistic: String,
    /// The type of the organisation, as published.
    pub org_type: String,
    /// The code of the organisation.
    pub org_code: String,
    /// The name of the organisation.
    pub org_name: String,
    /// What the row is broken down by, as published.
    pub variable_type: String,
    /// The category, as published.
    pub variable_a: String,
    /// The category within that category, as published.
    pub variable_b: String,
    /// What happened to the cell.
    pub change: ChangeKind,
    /// What the older edition has: the number, or the status where there is none; empty where it has no such cell.
    pub old: String,
    /// What the newer edition has.
    pub new: String,
}

/// What happened to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the newer edition has it.
    Added,
    /// Only the older edition has it.
    Removed,
    /// Both have it, and not the same in it.
    Changed,
}

/// The cells that differ between two editions, as rows of [`CellChange`].
const CHANGES: &str = include_str!("../sql/changes.sql");

/// The cells that two snapshots of one release do not have alike, in order of file, measure, organisation and category.
///
/// Both are read through the declared files as they are now, into partitions below `scratch`, which are removed again.
///
/// # Errors
///
/// [`iapt_tidy::Error::NotUnderstood`] when one of them cannot be read.
pub async fn changes(
    build: &Build<'_>,
    old: &Snapshot,
    new: &Snapshot,
    scratch: &Path,
) -> Result<Vec<CellChange>, Error> {
    if scratch.exists() {
        disk::remove_folder(scratch)?;
    }
    let changes = compare(build, old, new, scratch).await;
    if scratch.exists() {
        disk::remove_folder(scratch)?;
    }
    changes
}

async fn compare(
    build: &Build<'_>,
    old: &Snapshot,
    new: &Snapshot,
    scratch: &Path,
) -> Result<Vec<CellChange>, Error> {
    let mut paths = BTreeSet::new();
    let figures = built_in_figures(build, &[new])?;
    for (snapshot, side) in [(old, "old"), (new, "new")] {
        let (partitions, _) = iapt_tidy::read_release(
            &source(build, snapshot, &figures, build.threads),
            snapshot,
            &scratch.join(side),
        )?;
        paths.extend(partitions.into_iter().map(|partition| partition.path));
    }
    let mut changes = Vec::new();
    for path in paths {
        let context = session::context(build.threads, None)?;
        for side in ["old", "new"] {
            register(&context, side, scratch.join(side).join(&path)).await?;
        }
        let file = path.file_stem().unwrap_or_default().to_string_lossy();
        let frame = sql::read_with(&context, CHANGES, &[("file", &file)]).await.map_err(Error::query)?;
        let batches = frame.collect().await.map_err(Error::query)?;
        changes.extend(session::from_batches::<CellChange>("revisions", &batches)?);
    }
    Ok(changes)
}

/// One side of the comparison; where an edition lacks a file, all cells of the other are added or removed.
async fn register(
    context: &datafusion::prelude::SessionContext,
    side: &str,
    path: PathBuf,
) -> Result<(), Error> {
    if path.is_file() {
        return Ok(session::register(context, side, &session::location(&path)?).await?);
    }
    let empty = MemTable::try_new(iapt_tidy::file_schema(), vec![Vec::new()]).map_err(Error::query)?;
    context.register_table(side, std::sync::Arc::new(empty)).map_err(Error::query)?;
    Ok(())
}
