//! Snapshots in, tables out: the tidy table, and the indicator tables derived from it.
//!
//! One release becomes one partition of `tidy`: its file is read once, column by column, through the crosswalk
//! (`iapt-tidy`). SQL files then divide counts by counts over all partitions (`indicators`). [`build()`] keeps the two
//! together in one folder that is replaced whole, and does again only what is stale.
//!
//! What is asked of the tables, and what describes them, is `iapt-catalog`.

mod all_figures;
mod build;
mod by_part;
mod claims;
mod declared;
mod error;
mod findings;
#[cfg(test)]
mod fixtures;
mod held;
mod indicators;
mod no_months;
mod part;
mod periods;
mod plan;
mod published_measures;
mod revision;
mod table_folder;
mod variation;
mod why;

pub use all_figures::{FigureCell, FigureLine, WholeFigure, every_figure};
pub use build::{Build, Listener, Outcome, Refused, Work, build};
pub use error::Error;
pub use findings::check_sql;
pub use part::CELLS_AT_ONCE;
pub use plan::{Action, Stale, stale};
pub use revision::{CellChange, ChangeKind, changes};
pub use why::{SourceCell, Why, why};
