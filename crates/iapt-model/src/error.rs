//! What can go wrong in reading declared files and proving snapshots.

use std::{fmt::Write, io};

use iapt_files::Sha256;

use crate::DeclaredProblem;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Declared files do not parse or contradict each other; every problem of all of them.
    #[error("the declared files have {} problem{}:{}", problems.len(), if problems.len() == 1 { "" } else { "s" }, listed(problems))]
    Declared {
        /// What is wrong, file by file.
        problems: Vec<DeclaredProblem>,
    },
    /// The bytes of a release are not the pinned ones.
    #[error("{url} has changed: pinned sha256 {pinned}, found {found}")]
    Changed {
        /// The publisher's address.
        url: String,
        /// The checksum in the lock file or in releases.toml.
        pinned: Sha256,
        /// The checksum of the bytes at hand.
        found: Sha256,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) => None,
            Self::Declared { .. } => {
                Some("correct the lines above and run `iapt check`; pipelines/README.md explains the files".to_owned())
            }
            Self::Changed { .. } => Some(
                "if the publisher has re-issued the file, add a [[release]] with the next edition to releases.toml; if the file was damaged on this disk, remove it and fetch again"
                    .to_owned(),
            ),
        }
    }
}

fn listed(problems: &[DeclaredProblem]) -> String {
    problems.iter().fold(String::new(), |mut list, problem| {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {problem}");
        list
    })
}
