//! What can go wrong while a new file is read.

use std::{io, path::PathBuf};

use iapt_model::Period;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The new file is damaged, or no table.
    #[error(transparent)]
    Tidy(#[from] iapt_tidy::Error),
    /// A declared table that cannot be read as one.
    #[error("{}: {source}", path.display())]
    Sheet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: csv::Error,
    },
    /// Nothing is declared that a new file could be compared with.
    #[error("`{dataset}` has no release of a period like {period} before it")]
    NothingBefore {
        /// The dataset.
        dataset: String,
        /// The new period.
        period: Period,
    },
    /// A file of which no header is known.
    #[error("no header of `{file}` of `{dataset}` is known from before")]
    NoHeader {
        /// The dataset.
        dataset: String,
        /// The declared file.
        file: String,
    },
    /// A file whose tables are made for readers.
    #[error("`{file}` of `{dataset}` is a table made for readers, whose layout is declared by hand")]
    MadeForReaders {
        /// The dataset.
        dataset: String,
        /// The declared file.
        file: String,
    },
    /// A dataset of which no figures are built in.
    #[error("no figures of `{dataset}` are built in")]
    NotServed {
        /// The dataset.
        dataset: String,
    },
    /// Figures of the release are built in already.
    #[error("figures of {release} are built in already")]
    Held {
        /// Dataset and period.
        release: String,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tidy(error) => error.hint(),
            Self::NothingBefore { dataset, .. } => {
                Some(format!("write its first [[release]] in pipelines/{dataset}/releases.toml by hand"))
            }
            Self::NoHeader { dataset, .. } => {
                Some(format!("write the header of an earlier period in pipelines/{dataset}/headers.csv"))
            }
            Self::MadeForReaders { dataset, .. } => Some(format!(
                "write [layout] in pipelines/{dataset}/dataset.toml and the rows of columns.csv by hand"
            )),
            Self::NotServed { dataset } => {
                Some(format!("begin pipelines/{dataset}/figures.csv and sources.csv by hand"))
            }
            Self::Held { .. } => Some("take its rows out of the tables figures*.csv first".to_owned()),
            Self::Io(_) | Self::Sheet { .. } => None,
        }
    }

    /// Whether the data, rather than the program or the machine, are what went wrong.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        matches!(self, Self::Tidy(error) if error.is_about_data())
    }
}
