//! What can go wrong with files and folders.

use std::{io, path::PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What is to be a folder is something else.
    #[error("`{}` is {what}, not a folder", path.display())]
    NoFolder {
        /// Where the folder was to be.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) => None,
            Self::NoFolder { .. } => {
                Some("remove it, or name another folder: --data DIR, --out DIR".to_owned())
            }
        }
    }
}
