//! What changed between two editions of a release, cell by cell.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use datafusion::datasource::MemTable;
use iapt_model::{Snapshot, disk};
use serde::{Deserialize, Serialize};

use crate::{Build, Error, build::read_release, session, tidy};

/// A published cell that one edition has otherwise than the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellChange {
    /// The declared file: `main`.
    pub file: String,
    /// The measure.
    pub measure: String,
    /// Its statistic.
    pub statistic: String,
    /// The organisation, as published.
    pub org_type: String,
    /// Its code.
    pub org_code: String,
    /// Its name.
    pub org_name: String,
    /// The category, as published.
    pub variable_type: String,
    /// The category, as published.
    pub variable_a: String,
    /// The category, as published.
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

/// Cells by what identifies them, each with what is printed in it and how often it is there: what both editions have
/// alike drops out, and what is left is matched by its keys.
const CHANGES: &str = "
WITH old_cells AS (
  SELECT KEYS, CASE WHEN value_status = 'reported' THEN CAST(value AS VARCHAR) ELSE CAST(value_status AS VARCHAR) END AS cell, count(*) AS n
  FROM old GROUP BY KEYS, cell
), new_cells AS (
  SELECT KEYS, CASE WHEN value_status = 'reported' THEN CAST(value AS VARCHAR) ELSE CAST(value_status AS VARCHAR) END AS cell, count(*) AS n
  FROM new GROUP BY KEYS, cell
), gone AS (
  SELECT * FROM old_cells WHERE NOT EXISTS (SELECT 1 FROM new_cells WHERE ALIKE)
), come AS (
  SELECT * FROM new_cells WHERE NOT EXISTS (SELECT 1 FROM old_cells WHERE ALIKE)
)
SELECT 'FILE' AS file, COALESCED,
  CASE WHEN gone.cell IS NULL THEN 'added' WHEN come.cell IS NULL THEN 'removed' ELSE 'changed' END AS change,
  coalesce(gone.cell || CASE WHEN gone.n > 1 THEN ' x' || gone.n ELSE '' END, '') AS old,
  coalesce(come.cell || CASE WHEN come.n > 1 THEN ' x' || come.n ELSE '' END, '') AS new
FROM gone FULL JOIN come ON MATCHED
ORDER BY ALL_KEYS, old, new";

/// What identifies a published cell.
const KEYS: [&str; 8] =
    ["measure", "statistic", "org_type", "org_code", "org_name", "variable_type", "variable_a", "variable_b"];

/// The cells that two snapshots of one release do not have alike, in order of file, measure, organisation and category.
///
/// Both are read through the declared files as they are now, into partitions below `scratch`, which are removed again.
///
/// # Errors
///
/// [`Error::NotUnderstood`] when one of them cannot be read.
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
    for (snapshot, side) in [(old, "old"), (new, "new")] {
        let (partitions, _) = read_release(build, snapshot, &scratch.join(side))?;
        paths.extend(partitions.into_iter().map(|partition| partition.path));
    }
    let mut changes = Vec::new();
    for path in paths {
        let context = session::context(build.threads, None)?;
        for side in ["old", "new"] {
            register(&context, side, scratch.join(side).join(&path)).await?;
        }
        let file = path.file_stem().unwrap_or_default().to_string_lossy();
        let query = |error| Error::Query(Box::new(error));
        let batches = context.sql(&sql(&file)).await.map_err(query)?.collect().await.map_err(query)?;
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
    let query = |error| Error::Query(Box::new(error));
    if path.is_file() {
        return session::register(context, side, &session::location(&path)?).await;
    }
    let empty = MemTable::try_new(tidy::schema(), vec![Vec::new()]).map_err(query)?;
    context.register_table(side, std::sync::Arc::new(empty)).map_err(query)?;
    Ok(())
}

fn sql(file: &str) -> String {
    let all = |format: &dyn Fn(&str) -> String, between: &str| KEYS.map(format).join(between);
    let equal = |left: &str, right: &str| all(&|key| format!("{left}.{key} = {right}.{key}"), " AND ");
    let alike = format!(
        "{} AND old_cells.cell = new_cells.cell AND old_cells.n = new_cells.n",
        equal("old_cells", "new_cells")
    );
    CHANGES
        .replace("ALL_KEYS", &KEYS.join(", "))
        .replace("COALESCED", &all(&|key| format!("coalesce(gone.{key}, come.{key}) AS {key}"), ", "))
        .replace("KEYS", &KEYS.join(", "))
        .replace("ALIKE", &alike)
        .replace("MATCHED", &equal("gone", "come"))
        .replace("FILE", &file.replace('\'', "''"))
}
