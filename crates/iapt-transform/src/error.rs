//! What can go wrong between a snapshot and the tables.

use std::{fmt::Write, io, path::PathBuf};

use iapt_model::Problem;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The declared files or a snapshot could not be read.
    #[error(transparent)]
    Model(#[from] iapt_model::Error),
    /// The pack of a release could not be opened.
    #[error("{release}: {source}")]
    Archive {
        /// Dataset and period.
        release: String,
        /// What the archive said.
        source: iapt_archive::Error,
    },
    /// Published data that the declared files do not account for; every problem of every release.
    #[error("{} problem{} in the published data:{}", problems.len(), if problems.len() == 1 { "" } else { "s" }, listed(problems))]
    NotUnderstood {
        /// What is not understood.
        problems: Vec<Problem>,
    },
    /// The query engine refused a declared SQL file.
    #[error("{}: {source}", path.display())]
    Sql {
        /// The SQL file.
        path: PathBuf,
        /// What the engine said.
        source: Box<datafusion::error::DataFusionError>,
    },
    /// The query engine refused the query of a claim.
    #[error("claims.csv: `{claim}`: {source}")]
    Claim {
        /// The claim.
        claim: String,
        /// What the engine said.
        source: Box<datafusion::error::DataFusionError>,
    },
    /// The query engine refused a query.
    #[error("{0}")]
    Query(Box<datafusion::error::DataFusionError>),
    /// There are no tables to query yet.
    #[error("no tables in {}", folder.display())]
    NoTables {
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// A snapshot of a dataset that is not declared.
    #[error("no dataset is called `{dataset}`")]
    NoDataset {
        /// Its name.
        dataset: String,
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
    /// The manifest of the tables is not one of ours.
    #[error("{}: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Model(error) => error.hint(),
            Self::Archive { source, .. } => source.hint(),
            Self::NotUnderstood { .. } => {
                Some("each line above is followed by the line to write; what was published before is still in place".to_owned())
            }
            Self::NoTables { .. } => Some("build them first: iapt run".to_owned()),
            Self::Manifest { path, .. } => {
                Some(format!("remove {} and build again: iapt build", path.display()))
            }
            Self::Dictionary { .. } => {
                Some("pipelines/README.md explains tables.csv and table_columns.csv".to_owned())
            }
            Self::Sql { .. }
            | Self::Claim { .. }
            | Self::Query(_)
            | Self::Io(_)
            | Self::NoDataset { .. }
            | Self::Layout { .. }
            | Self::Rows { .. }
            | Self::Parquet { .. } => None,
        }
    }

    /// Whether the data, rather than the program or the machine, are what went wrong.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        matches!(self, Self::NotUnderstood { .. } | Self::Archive { .. })
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut list, problem| {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {problem}\n    hint: {}", problem.hint());
        list
    })
}
