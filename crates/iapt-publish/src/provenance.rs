//! The statement of what an edition was made from, and its signature.

use std::path::Path;

use iapt_files::Sha256;
use iapt_proof::{Envelope, STATEMENT, SigningKey, Statement};

use crate::Error;

/// The statement that lies beside the data, and its signature where there is a key.
#[derive(Debug)]
pub struct Provenance {
    pub(crate) statement: Vec<u8>,
    pub(crate) envelope: Option<Vec<u8>>,
    read: Statement,
}

impl Provenance {
    /// Reads the statement in the folder of the data, and signs it.
    ///
    /// # Errors
    ///
    /// [`Error::Provenance`] when there is none; [`Error::Proof`] when it cannot be used.
    pub fn read(data: &Path, key: Option<&SigningKey>) -> Result<Self, Error> {
        let file = data.join(STATEMENT);
        let statement = fs_err::read(&file).map_err(|error| Error::Provenance { why: error.to_string() })?;
        let read = Statement::parse(&statement).map_err(Error::Proof)?;
        let envelope = key.map(|key| Envelope::sign(&statement, key).to_json());
        let envelope = envelope.transpose().map_err(Error::Proof)?;
        Ok(Self { statement, envelope, read })
    }

    /// Refuses a file that the statement does not have with this checksum.
    pub(crate) fn check(&self, path: &str, sha256: Sha256) -> Result<(), Error> {
        if self.read.files.get(path) == Some(&sha256) {
            return Ok(());
        }
        Err(Error::Provenance { why: format!("`{STATEMENT}` does not have `{path}` as it is") })
    }
}
