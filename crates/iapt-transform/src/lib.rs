//! Snapshots in, tables out: the tidy table, and the indicator tables derived from it.
//!
//! One release becomes one partition of `tidy`: its file is read once, column by column, through the crosswalk
//! (`tidy`). SQL files then divide counts by counts over all partitions (`indicators`). [`build()`] keeps the two
//! together in one folder that is replaced whole, and does again only what is stale.
//!
//! The only crate that links Arrow, Parquet and DataFusion.

mod build;
mod claims;
#[cfg(feature = "ballista")]
mod cluster;
mod declared;
mod dictionary;
mod engine;
mod error;
mod explore;
mod findings;
#[cfg(test)]
mod fixtures;
mod indicators;
mod manifest;
mod metadata;
mod parallel;
mod parquet_file;
mod part;
mod plan;
mod query;
mod raw;
#[cfg(feature = "remote")]
mod remote;
mod revision;
mod screen;
mod session;
mod sql;
mod table;
mod table_folder;
mod tidy;
mod variation;
mod why;

pub use build::{Build, Listener, Outcome, Refused, Work, build};
pub use engine::Engine;
pub use error::Error;
pub use manifest::{Manifest, Partition, TABLES_FOLDER, check_tables, tables_sha256};
pub use metadata::DESCRIPTIONS;
pub use part::CELLS_AT_ONCE;
pub use plan::{Action, Stale, stale};
pub use query::{Format, Only, QUERY_MEMORY, Session, Tables};
pub use revision::{CellChange, ChangeKind, changes};
pub use sql::check_sql;
pub use why::{Figure, MONTHS, SourceCell, Why, why};
