//! What can go wrong in publishing.

use std::{io, path::PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The folder of the data or of the pages is in use.
    #[error(transparent)]
    InUse(#[from] iapt_files::FolderInUse),
    /// The folder of the pages is none.
    #[error(transparent)]
    Files(#[from] iapt_files::Error),
    /// There is no file in any of the folders.
    #[error("there is nothing to publish in {}", folders.join(", "))]
    Nothing {
        /// The folders.
        folders: Vec<String>,
    },
    /// There is no statement of what these files were made from.
    #[error("not published: nothing says what the edition was made from: {why}")]
    Provenance {
        /// What is wrong.
        why: String,
    },
    /// A file is no longer what it was when its checksum was taken.
    #[error("not published: `{}` changed while it was being published", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The statement or the key cannot be used; the message says nothing of a key.
    #[error("not published: {0}")]
    Proof(iapt_proof::Error),
    /// The address is not one that can be written to.
    #[error("cannot publish to `{to}`: {why}")]
    Address {
        /// The address.
        to: String,
        /// What is wrong with it.
        why: String,
    },
    /// Releases of the edition before are not in this one.
    #[error("not published to `{to}`: its current edition has {} release{} that this one lacks: {}", missing.len(), if missing.len() == 1 { "" } else { "s" }, missing.join(", "))]
    Fewer {
        /// The address.
        to: String,
        /// Dataset and period of each.
        missing: Vec<String>,
    },
    /// The manifest of the current edition cannot be read, so that nobody knows which releases it has.
    #[error("not published to `{to}`: what it says of its current edition cannot be read: {source}")]
    Manifest {
        /// The address.
        to: String,
        /// What is wrong with its manifest.
        source: serde_json::Error,
    },
    /// A Parquet file is not one that the catalogue can have.
    #[error("{}: it cannot be in the catalogue: {why}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The store refused.
    #[error("publishing to `{to}` stopped: {source}")]
    Store {
        /// The address.
        to: String,
        /// Which edition is current now.
        readers_see: ReadersSee,
        /// What the store said.
        source: object_store::Error,
    },
}

/// The edition that readers see after the store refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadersSee {
    /// The one before: the manifest was not put yet.
    Previous,
    /// One of the two: the store was asked to put the manifest, and nobody knows whether it did.
    PreviousOrNew,
    /// The new one: only what the catalogue says is the latest edition of a table is missing.
    New,
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io(_) => return None,
            Self::Files(error) => return error.hint(),
            Self::InUse(_) => "wait until the other run has ended",
            Self::Provenance { .. } => "write it down: iapt provenance, with the same --data and --out",
            Self::Changed { .. } => {
                "readers still see the previous edition; publish again once nothing writes to the tables and pages"
            }
            Self::Proof(error) => return error.hint(),
            Self::Nothing { .. } => "make the tables and pages first: iapt run",
            Self::Fewer { .. } => {
                "readers still see the previous edition; fetch what is missing, or publish without it: --fewer"
            }
            Self::Manifest { .. } => {
                "readers still see the previous edition; look at its manifest.json, or publish without comparing: --fewer"
            }
            Self::Parquet { .. } => "make the tables again: iapt run",
            Self::Address { .. } => "write it as file:///folder or s3://bucket/prefix",
            Self::Store { readers_see: ReadersSee::Previous, .. } => {
                "readers still see the previous edition; keys, region and endpoint come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT; publish again to finish"
            }
            Self::Store { readers_see: ReadersSee::PreviousOrNew, .. } => {
                "readers see the previous edition or this one, whole; publish again to finish"
            }
            Self::Store { readers_see: ReadersSee::New, .. } => {
                "readers see this edition; publish again to finish the catalogue"
            }
        };
        Some(hint.to_owned())
    }
}
