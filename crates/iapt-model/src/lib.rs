//! The nouns of the pipeline, and the declared files they are read from.
//!
//! `Dataset` -> `Release` -> `Snapshot` -> (tidy table) -> indicator rows. Nothing here opens a socket or links a
//! query engine: other crates move bytes and numbers, this one says what they mean.
//!
//! Every declared file has two forms: a private one as written (serde, unknown fields refused) and a public one
//! as meant (checked). [`Project::load`] reads them all and reports every problem of all of them at once.

mod address;
mod breakdown;
mod category;
mod cell;
mod comparison_rows;
mod crosswalk;
mod current_rows;
mod dataset;
mod declared;
mod disclosure;
mod error;
mod figure_name;
mod figures;
mod finding_rows;
mod first_rows;
mod group_board;
mod indicator;
mod layout;
mod ledger;
mod level;
mod measure;
mod measure_id;
mod organisation;
mod period;
mod problem;
mod project;
mod reading;
mod release;
mod rows;
mod series_break;
mod snapshot;
mod sql_file;
mod stated;
mod table;
mod table_layout;
mod text;
mod variation_rows;

pub use address::WebAddress;
pub use breakdown::{Breakdown, GroupComparison};
pub use category::{Categories, Category, PublishedCategory};
pub use cell::{Cell, Markers, ValueStatus, is_resaved_cell, is_resaved_key, without_point};
pub use comparison_rows::{
    AssociationRow, DecompositionRow, InequalityGroupRow, InequalityRow, PersistenceRow,
};
pub use crosswalk::{CellRole, Crosswalk, DateRole, Key, Role};
pub use current_rows::{CurrentRow, ServiceOfBoardRow};
pub use dataset::{ControlTotal, Dataset, KnownHeader};
pub use declared::{DeclaredProblem, ReadFile};
pub use disclosure::{Bounds, DisclosureRule};
pub use error::Error;
pub use figure_name::{FigureName, anchor};
pub use figures::{
    BuiltInFigure, BuiltInFigures, FigureColumn, FigureKeys, FigureRow, FigureSource, FileProblems,
};
pub use finding_rows::{AdditivityRow, ClaimRow, FindingRow, SEVERITIES};
pub use first_rows::FirstRows;
pub use group_board::{GroupBoard, GroupPart};
pub use indicator::{ByMonth, Family, Indicator, Indicators, Term, Terms};
pub use layout::{DateFormat, Layout, Shape};
pub use ledger::{ClaimFigure, Claims, PublishedClaim};
pub use level::{ENGLAND, OrganisationType};
pub use measure::{Measure, Measures, Statistic, UnusedMeasure};
pub use measure_id::{LiveIds, MeasureIds};
pub use organisation::{Organisation, OrganisationKind, Organisations, Relation, SeriesMember};
pub use period::{NotAPeriod, Period, PeriodKind};
pub use problem::{Problem, PublishedFile};
pub use project::Project;
pub use release::{Member, PackFormat, Release, blank_release};
pub use rows::{IndicatorRow, ReleaseRow, Standing};
pub use series_break::{Comparability, SeriesBreak, SeriesType};
pub use snapshot::Snapshot;
pub use sql_file::{Reach, SqlFile};
pub use stated::{SourceKind, StatedFigure, StatedFigures, StatedSource};
pub use table::{Column, ColumnKind, Reference, Table, Tables};
pub use table_layout::{TableLayout, column_by_position, is_organisation_code, position_of_column};
pub use text::{is_formula, on_one_line, printable};
pub use ustr::Ustr;
pub use variation_rows::{FunnelClassRow, FunnelLimitsRow, SpreadRow, VariationRow};
