//! What can go wrong between snapshots and derived tables.

use std::{io, path::PathBuf};

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use iapt_model::SqlFile;

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
    /// A snapshot could not be read, or a partition not be written.
    #[error(transparent)]
    Tidy(#[from] iapt_tidy::Error),
    /// A table could not be opened, asked or described.
    #[error(transparent)]
    Catalog(#[from] iapt_catalog::Error),
    /// The declared files or a snapshot could not be read.
    #[error(transparent)]
    Model(#[from] iapt_model::Error),
    /// The query engine refused a declared SQL file.
    #[error("{}: {}", path.display(), iapt_catalog::sql::told(error))]
    Sql {
        /// The SQL file.
        path: PathBuf,
        /// What the engine said.
        error: Box<DataFusionError>,
    },
    /// The query engine refused the query of a claim.
    #[error("claims.csv: `{claim}`: {}", iapt_catalog::sql::told(error))]
    Claim {
        /// The claim.
        claim: String,
        /// What the engine said.
        error: Box<DataFusionError>,
    },
    /// A row names something that is not a period.
    #[error("a row has a period that cannot be read: {0}")]
    Period(#[source] iapt_model::NotAPeriod),
    /// Arrow could not lay out a table.
    #[error("the table `{table}` could not be built: {source}")]
    Layout {
        /// The table.
        table: String,
        /// What Arrow said.
        source: ArrowError,
    },
}

impl Error {
    /// What the engine said about a declared SQL file.
    pub(crate) fn sql(file: &SqlFile, error: DataFusionError) -> Self {
        Self::Sql { path: file.path.clone(), error: Box::new(error) }
    }

    /// What the engine said while it read or computed.
    pub(crate) fn query(error: DataFusionError) -> Self {
        iapt_catalog::Error::Query(Box::new(error)).into()
    }

    /// What Arrow said about the rows of a query.
    pub(crate) fn layout(source: ArrowError) -> Self {
        Self::Layout { table: "the result".to_owned(), source }
    }

    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Tidy(error) => error.hint(),
            Self::Catalog(error) => error.hint(),
            Self::Sql { .. } | Self::Claim { .. } | Self::Io(_) | Self::Period(_) | Self::Layout { .. } => {
                None
            }
        }
    }

    /// Whether the data, rather than the program or the machine, are what went wrong.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        matches!(self, Self::Tidy(error) if error.is_about_data())
    }
}
