//! What can go wrong in reading and describing tables.

use std::{io, path::PathBuf};

use crate::sql;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder could not be read or replaced.
    #[error(transparent)]
    Files(#[from] iapt_files::Error),
    /// A finished file of a table could not be read.
    #[error(transparent)]
    Tidy(#[from] iapt_tidy::Error),
    /// Declared SQL that is not one query; every one of it.
    #[error("{} problem{} in the declared SQL:\n  {}", problems.len(), if problems.len() == 1 { "" } else { "s" }, problems.join("\n  "))]
    DeclaredSql {
        /// Which, and what it is instead.
        problems: Vec<String>,
    },
    /// The query engine refused a query.
    #[error("{}", sql::told(.0))]
    Query(Box<datafusion::error::DataFusionError>),
    /// Unknown table.
    #[error("there is no table `{table}`")]
    NoTable {
        /// What was written.
        table: String,
        /// The one that is spelt most like it; none where none is near.
        nearest: Option<String>,
        /// Those that there are.
        tables: Vec<String>,
    },
    /// A file of the reader's own is to be a table that there is.
    #[error("there is a table `{table}` already")]
    TableTaken {
        /// Its name.
        table: String,
    },
    /// A query that needs more memory or disk than it may have.
    #[error("the query needs more memory or disk than it may use: {why}")]
    TooLarge {
        /// What ran out.
        why: String,
    },
    /// There are no tables to query yet.
    #[error("no tables in {}", folder.display())]
    NoTables {
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// Unknown engine.
    #[error("unknown engine `{engine}`")]
    NoEngine {
        /// What was written.
        engine: String,
    },
    /// A cluster, and a program that was built without the client of one.
    #[error("this program was built without support for `{engine}`")]
    WithoutClusters {
        /// The cluster.
        engine: String,
    },
    /// The address of published tables, and a program that reads folders alone.
    #[error("this program was built without support for tables at {address}")]
    WithoutAddresses {
        /// The address.
        address: String,
    },
    /// Unknown store.
    #[error("unknown store `{store}`")]
    NoStore {
        /// What was written.
        store: String,
    },
    /// A store for executors, and no executors.
    #[error("the store `{store}` is for the executors of a cluster, and the engine is local")]
    StoreAlone {
        /// The store.
        store: String,
    },
    /// No scheduler at the address of one.
    #[error("the scheduler {engine} does not answer: {why}")]
    NoAnswer {
        /// The cluster.
        engine: String,
        /// What there is instead.
        why: String,
    },
    /// A store did not take or give a table.
    #[error("{store}: {why}")]
    Store {
        /// The store.
        store: String,
        /// What its client says, which names every cause itself.
        why: String,
    },
    /// Arrow could not lay out a table.
    #[error("{table}: {source}")]
    Layout {
        /// The table.
        table: String,
        /// What Arrow said.
        source: arrow::error::ArrowError,
    },
    /// Rows do not fit their table.
    #[error("{table}: {source}")]
    Rows {
        /// The table.
        table: String,
        /// What the converter said.
        source: Box<serde_arrow::Error>,
    },
    /// A Parquet file could not be written or read.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What Parquet said.
        source: parquet::errors::ParquetError,
    },
    /// Tables that are not as the dictionary declares them; every one of them, with its hint.
    #[error("the tables are not as the dictionary declares them:\n  {}", problems.join("\n  "))]
    Dictionary {
        /// What differs.
        problems: Vec<String>,
    },
    /// A table does not have the columns that the program reads; every one of them.
    #[error("the table `{table}` cannot be read: {}", problems.join(", "))]
    Columns {
        /// The table.
        table: String,
        /// What differs.
        problems: Vec<String>,
    },
    /// What describes the tables cannot be written as JSON.
    #[error("{}: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Files of the tables that are not as they were made.
    #[error("the tables in {} are not as they were made:\n  {}", folder.display(), problems.join("\n  "))]
    Damaged {
        /// The tables.
        folder: PathBuf,
        /// What is wrong, file by file.
        problems: Vec<String>,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(error) => error.hint(),
            Self::Tidy(error) => error.hint(),
            Self::NoTables { .. } => Some("build them first: iapt run".to_owned()),
            Self::Damaged { .. } => Some(
                "make them again from the snapshots: iapt build, with the --data and --source that they were made with"
                    .to_owned(),
            ),
            Self::NoEngine { .. } => Some("--engine local, or ballista://HOST:PORT".to_owned()),
            Self::WithoutClusters { .. } => {
                Some("cargo run -p iapt --features ballista -- and what you typed after `iapt`".to_owned())
            }
            Self::WithoutAddresses { .. } => {
                Some("cargo run -p iapt --features remote -- and what you typed after `iapt`".to_owned())
            }
            Self::NoStore { .. } => Some("--store s3://BUCKET/PREFIX".to_owned()),
            Self::StoreAlone { .. } => Some("--store goes with --engine ballista://HOST:PORT".to_owned()),
            Self::NoAnswer { .. } => Some("start it, or do without it: --engine local".to_owned()),
            Self::Store { .. } => {
                Some("keys, region and endpoint come from the environment: AWS_ACCESS_KEY_ID, ...".to_owned())
            }
            Self::Dictionary { .. } => {
                Some("pipelines/README.md explains tables.csv and table_columns.csv".to_owned())
            }
            Self::Columns { table, .. } => Some(format!(
                "make the tables again with `iapt build`; if that changes nothing, correct `{table}` in pipelines/table_required.csv or table_columns.csv"
            )),
            Self::NoTable { nearest, tables, .. } => {
                let guess = nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`? "));
                Some(format!("{}Tables: {}", guess.unwrap_or_default(), tables.join(", ")))
            }
            Self::TooLarge { .. } => Some("ask for fewer columns or rows, or allow more: --memory MIB".to_owned()),
            Self::DeclaredSql { .. } => {
                Some("a rule or a claim has to be one SELECT statement".to_owned())
            }
            Self::TableTaken { .. } => Some("give the file another name: --with NAME=FILE".to_owned()),
            Self::Query(error) if sql::is_ambiguous(error) => Some(
                "two of the tables have that column: write whose it is, such as indicators.org_code, also in ORDER BY".to_owned(),
            ),
            Self::Query(_)
            | Self::Io(_)
            | Self::Layout { .. }
            | Self::Rows { .. }
            | Self::Parquet { .. }
            | Self::Manifest { .. } => None,
        }
    }
}
