//! What can go wrong between a snapshot and its partitions.

use std::{fmt::Write, io, path::PathBuf};

use iapt_model::Problem;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file of a snapshot is not as it was when it was last compared.
    #[error(transparent)]
    Snapshot(#[from] iapt_model::Error),
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
    /// A Parquet file could not be written.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What Parquet said.
        source: parquet::errors::ParquetError,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Archive { source, .. } => source.hint(),
            Self::Snapshot(_) => {
                Some("run again with --refresh: what is damaged is fetched again".to_owned())
            }
            Self::NotUnderstood { .. } => {
                Some("each problem above is followed by the line to write".to_owned())
            }
            Self::Io(_) | Self::NoDataset { .. } | Self::Layout { .. } | Self::Parquet { .. } => None,
        }
    }

    /// Whether the data, rather than the program or the machine, are what went wrong.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        matches!(
            self,
            Self::NotUnderstood { .. } | Self::Archive { source: iapt_archive::Error::Refused { .. }, .. }
        )
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut list, problem| {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {problem}\n    hint: {}", problem.hint());
        list
    })
}
