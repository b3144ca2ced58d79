//! Kept files that were read and had their checksums, so that nobody has to read them again to know it.

use std::{collections::BTreeMap, path::PathBuf};

use iapt_files::{Sha256, disk};

use crate::Error;

/// The stamp of every such file, by its checksum.
#[derive(Clone)]
pub(crate) struct Seen {
    file: PathBuf,
    stamps: BTreeMap<Sha256, Sha256>,
    is_new: bool,
}

impl Seen {
    /// What was noted in a file; nothing where that cannot be read.
    pub(crate) fn read(file: PathBuf) -> Self {
        let text = fs_err::read_to_string(&file).unwrap_or_default();
        let stamp = |line: &str| {
            let (sha256, stamp) = line.split_once(' ')?;
            Some((sha256.parse().ok()?, stamp.parse().ok()?))
        };
        let stamps = text.lines().filter_map(stamp).collect();
        Self { file, stamps, is_new: false }
    }

    /// Whether the file of a checksum had it when it had this stamp.
    pub(crate) fn has(&self, sha256: Sha256, stamp: Sha256) -> bool {
        self.stamps.get(&sha256) == Some(&stamp)
    }

    /// Notes the stamp that a file had before it was read and had its checksum.
    pub(crate) fn add(&mut self, sha256: Sha256, stamp: Sha256) {
        self.is_new |= self.stamps.insert(sha256, stamp) != Some(stamp);
    }

    /// Keeps what is new.
    pub(crate) fn keep(&self) -> Result<(), Error> {
        if !self.is_new {
            return Ok(());
        }
        let lines = self.stamps.iter().map(|(sha256, stamp)| format!("{sha256} {stamp}\n"));
        Ok(disk::replace_file(&self.file, lines.collect::<String>().as_bytes())?)
    }
}
