//! A snapshot becomes the partitions of the tidy table: a Parquet file for each of its members, one row per published cell.
//!
//! A file is read once, column by column, through the crosswalk (`raw`, `table`, `tidy`), and written with settings that never
//! vary ([`ParquetFile`]). Arrow and Parquet are linked here and no query engine, so that what reads the publisher's bytes is
//! built, fuzzed and timed without one.

mod codes;
mod error;
mod parquet_file;
mod partition;
mod raw;
mod table;
mod tidy;

pub use error::Error;
pub use parquet_file::{FinishedFile, ParquetFile};
pub use partition::{Source, TIDY, Written, folder_of, read_release};
pub use raw::{Published, RawTable, RowCounts};
pub use tidy::{RELEASE, file_schema, schema};
