//! Snapshots: the bytes of a release on this disk, proven to be the pinned ones.

use std::path::{Path, PathBuf};

use iapt_files::Sha256;

use crate::{Error, Release};

/// The bytes of one [`Release`] on this disk, proven to be the bytes that were pinned.
#[derive(Clone, Debug)]
pub struct Snapshot {
    // Invariant: the file at `path` had this checksum when the value was made; or earlier, and nobody has written to it since.
    release: Release,
    path: PathBuf,
    sha256: Sha256,
    bytes: u64,
    is_compared: bool,
}

impl Snapshot {
    /// Reads the file at `path` and compares its checksum with the pinned one.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] when they differ; [`Error::Io`] when the file cannot be read.
    pub fn verify(release: Release, path: &Path, pinned: Sha256) -> Result<Self, Error> {
        let (found, bytes) = Sha256::of_reader(fs_err::File::open(path)?)?;
        if found != pinned {
            return Err(Error::Changed { url: release.url, pinned, found });
        }
        Ok(Self { release, path: path.to_owned(), sha256: found, bytes, is_compared: true })
    }

    /// The file at `path`, which had the pinned checksum when it was last read and which nobody has written to since. It is
    /// read and compared when its bytes are used.
    #[must_use]
    pub fn seen(release: Release, path: &Path, pinned: Sha256, bytes: u64) -> Self {
        Self { release, path: path.to_owned(), sha256: pinned, bytes, is_compared: false }
    }

    /// The release that these are the bytes of.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Where the bytes are, for one who uses them: they are compared with the checksum unless they were when the value was made.
    ///
    /// # Errors
    ///
    /// As [`Self::verify`].
    pub fn path(&self) -> Result<&Path, Error> {
        if !self.is_compared {
            Self::verify(self.release.clone(), &self.path, self.sha256)?;
        }
        Ok(&self.path)
    }

    /// The checksum of the bytes.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// How many bytes there are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
