//! The folder of pages that is being made: what stays as it was is linked, and every file's checksum is taken as it is put there.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_files::{Sha256, WholeFolder, disk};

use crate::report::Made;

/// The pages to come.
pub(crate) struct NextPages<'a> {
    whole: &'a WholeFolder,
    /// The pages before them, where each is as it was made.
    before: Option<Made>,
    files: BTreeMap<String, Sha256>,
    made_of: BTreeMap<String, Sha256>,
}

impl<'a> NextPages<'a> {
    /// Those of a folder, after the ones that were made before.
    pub(crate) fn new(whole: &'a WholeFolder, before: Option<Made>) -> Result<Self> {
        let before = match before {
            Some(made) if made.why_changed()?.is_none() => Some(made),
            _ => None,
        };
        Ok(Self { whole, before, files: BTreeMap::new(), made_of: BTreeMap::new() })
    }

    /// Puts a file at a path with slashes.
    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let sum = Sha256::of(bytes);
        if !self.link(path, sum)? {
            disk::write_new(&self.room(path)?, bytes)?;
            self.files.insert(path.to_owned(), sum);
        }
        Ok(())
    }

    /// Puts a copy of a file whose checksum is known.
    pub(crate) fn copy(&mut self, path: &str, from: &Path, sum: Sha256) -> Result<()> {
        if self.link(path, sum)? { Ok(()) } else { self.put(path, &fs_err::read(from)?) }
    }

    /// Keeps the file that was made of the same; says whether there is one.
    pub(crate) fn keep(&mut self, path: &str, from: Sha256) -> Result<bool> {
        let before = self.before.as_ref().filter(|before| before.made_of.get(path) == Some(&from));
        let Some(sum) = before.and_then(|before| before.files.get(path)).copied() else { return Ok(false) };
        let is_kept = self.link(path, sum)?;
        if is_kept {
            self.made_of.insert(path.to_owned(), from);
        }
        Ok(is_kept)
    }

    /// Puts a file that was made of something.
    pub(crate) fn put_made(&mut self, path: &str, from: Sha256, bytes: &[u8]) -> Result<()> {
        self.made_of.insert(path.to_owned(), from);
        self.put(path, bytes)
    }

    /// The checksum of a file that has been put.
    pub(crate) fn sum(&self, path: &str) -> Option<Sha256> {
        self.files.get(path).copied()
    }

    /// Puts the folder in place at once. Gives the checksum of every file, and what some were made of.
    pub(crate) fn finish(self) -> Result<(BTreeMap<String, Sha256>, BTreeMap<String, Sha256>)> {
        self.whole.replace(None)?;
        Ok((self.files, self.made_of))
    }

    /// Puts the file of the pages before as a link, where it has these bytes; says whether it has.
    fn link(&mut self, path: &str, sum: Sha256) -> Result<bool> {
        let has = self.before.as_ref().is_some_and(|before| before.files.get(path) == Some(&sum));
        let from = self.whole.path().join(path);
        if !has || !fs_err::symlink_metadata(&from).is_ok_and(|about| about.is_file()) {
            return Ok(false);
        }
        disk::hard_link(&from, &self.room(path)?)?;
        self.files.insert(path.to_owned(), sum);
        Ok(true)
    }

    /// Where a file goes, with the folder for it.
    fn room(&self, path: &str) -> Result<PathBuf> {
        let to = self.whole.next().join(path);
        to.parent().map_or(Ok(()), disk::create_folder)?;
        Ok(to)
    }
}
