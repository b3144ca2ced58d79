//! The folder of pages that is being made: what stays as it was is linked, and every file's checksum is taken as it is put there.

use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Result;
use iapt_files::{Checksum, Sha256, WholeFolder, disk, parallel};
use serde::{Deserialize, Serialize};

use crate::report::Made;

/// What files are and were made of, beside the folder of them.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Files {
    /// The checksum of every page and file, by its path with slashes.
    #[serde(rename = "files")]
    pub(crate) sums: BTreeMap<String, Sha256>,
    /// Checksums over what single files were made of, by the same paths.
    #[serde(default)]
    made_of: BTreeMap<String, Sha256>,
    /// The pieces of the files that are made piece by piece, by the same paths.
    #[serde(default)]
    pieces: BTreeMap<String, Vec<Piece>>,
}

/// A piece of a file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Piece {
    /// A checksum over what it was made of.
    from: Sha256,
    /// Its length in bytes.
    n_bytes: u64,
}

/// The pages to come.
pub(crate) struct NextPages<'a> {
    whole: &'a WholeFolder,
    /// The pages before them, where each is as it was made.
    before: Option<Files>,
    files: Mutex<Files>,
}

impl<'a> NextPages<'a> {
    /// Those of a folder, after the ones that were made before.
    pub(crate) fn new(whole: &'a WholeFolder, before: Option<Made>) -> Result<Self> {
        let before = match before {
            Some(made) if made.why_changed()?.is_none() => Some(made.files),
            _ => None,
        };
        Ok(Self { whole, before, files: Mutex::default() })
    }

    /// Puts a file at a path with slashes, or a link to the one before where it has the same bytes; from any thread.
    ///
    /// The same file may be put again, and no other one in its place.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let sum = Sha256::of(bytes);
        match self.files().sums.insert(path.to_owned(), sum) {
            Some(before) if before == sum => return Ok(()),
            Some(_) => return Err(io::Error::other(format!("`{path}` was made twice, with other bytes"))),
            None => {}
        }
        if !self.link(path, sum)? {
            disk::write_new(&self.room(path)?, bytes)?;
        }
        Ok(())
    }

    /// Puts a copy of a file whose checksum is known.
    pub(crate) fn copy(&self, path: &str, from: &Path, sum: Sha256) -> Result<()> {
        if self.link(path, sum)? {
            self.files().sums.insert(path.to_owned(), sum);
            return Ok(());
        }
        Ok(self.put(path, &fs_err::read(from)?)?)
    }

    /// Keeps the file that was made of the same; says whether there is one.
    pub(crate) fn keep(&self, path: &str, from: Sha256) -> Result<bool> {
        let before = self.before.as_ref().filter(|before| before.made_of.get(path) == Some(&from));
        let Some(before) = before else { return Ok(false) };
        let (sum, pieces) = (before.sums.get(path).copied(), before.pieces.get(path).cloned());
        let Some(sum) = sum else { return Ok(false) };
        let is_kept = self.link(path, sum)?;
        if is_kept {
            let mut files = self.files();
            files.sums.insert(path.to_owned(), sum);
            files.made_of.insert(path.to_owned(), from);
            files.pieces.extend(pieces.map(|pieces| (path.to_owned(), pieces)));
        }
        Ok(is_kept)
    }

    /// Puts a file that was made of something.
    pub(crate) fn put_made(&self, path: &str, from: Sha256, bytes: &[u8]) -> Result<()> {
        self.files().made_of.insert(path.to_owned(), from);
        Ok(self.put(path, bytes)?)
    }

    /// Puts a file that is made piece by piece, as many at once as there are threads; those that the file before has are copied
    /// from it.
    pub(crate) fn put_pieces(
        &self,
        path: &str,
        from: Sha256,
        pieces: &[Sha256],
        threads: usize,
        make: impl Fn(usize) -> Result<Vec<u8>> + Sync,
    ) -> Result<()> {
        let had = self.pieces_before(path);
        let before = self.whole.path().join(path);
        let piece = |position: &usize| match pieces.get(*position).and_then(|from| had.get(from)) {
            Some(at) => read_at(&before, *at),
            None => make(*position),
        };
        let mut file = disk::NewFile::create(&self.room(path)?)?;
        let (mut sum, mut made) = (Checksum::default(), Vec::new());
        let positions: Vec<usize> = (0..pieces.len()).collect();
        for positions in positions.chunks(threads.max(1)) {
            for (position, bytes) in positions.iter().zip(parallel::map(positions, threads, piece)) {
                let bytes = bytes?;
                file.write_all(&bytes)?;
                sum.add(&bytes);
                let n_bytes = u64::try_from(bytes.len())?;
                made.extend(pieces.get(*position).map(|from| Piece { from: *from, n_bytes }));
            }
        }
        let mut files = self.files();
        files.sums.insert(path.to_owned(), sum.finish());
        files.made_of.insert(path.to_owned(), from);
        files.pieces.insert(path.to_owned(), made);
        Ok(())
    }

    /// Where the pieces of a file before are in it, by what they were made of: start and length in bytes.
    fn pieces_before(&self, path: &str) -> BTreeMap<Sha256, (u64, u64)> {
        let pieces = self.before.as_ref().and_then(|before| before.pieces.get(path));
        let mut start = 0;
        let at = |piece: &Piece| {
            let at = (start, piece.n_bytes);
            start += piece.n_bytes;
            (piece.from, at)
        };
        pieces.into_iter().flatten().map(at).collect()
    }

    /// The checksum of a file that has been put.
    pub(crate) fn sum(&self, path: &str) -> Option<Sha256> {
        self.files().sums.get(path).copied()
    }

    /// Puts the folder in place at once, and says what is in it.
    pub(crate) fn finish(self) -> Result<Files> {
        self.whole.replace(None)?;
        Ok(self.files.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the file of the pages before as a link, where it has these bytes; says whether it has.
    fn link(&self, path: &str, sum: Sha256) -> io::Result<bool> {
        let has = self.before.as_ref().is_some_and(|before| before.sums.get(path) == Some(&sum));
        let from = self.whole.path().join(path);
        if !has || !fs_err::symlink_metadata(&from).is_ok_and(|about| about.is_file()) {
            return Ok(false);
        }
        disk::hard_link(&from, &self.room(path)?)?;
        Ok(true)
    }

    /// Where a file goes, with the folder for it.
    fn room(&self, path: &str) -> io::Result<PathBuf> {
        let to = self.whole.next().join(path);
        to.parent().map_or(Ok(()), disk::create_folder)?;
        Ok(to)
    }
}

/// Bytes of a file, from a start and so many.
fn read_at(path: &Path, (start, n_bytes): (u64, u64)) -> Result<Vec<u8>> {
    let mut file = fs_err::File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = vec![0; usize::try_from(n_bytes)?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_file_may_be_put_again_and_no_other_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let whole = WholeFolder::at(&folder.path().join("out")).unwrap();
        let next = NextPages { whole: &whole, before: None, files: Mutex::default() };
        for text in ["one", "one"] {
            next.put("site/index.html", text.as_bytes()).unwrap();
        }
        let error = next.put("site/index.html", b"two").unwrap_err();
        assert_eq!(error.to_string(), "`site/index.html` was made twice, with other bytes");
        next.finish().unwrap();
        assert_eq!(fs_err::read_to_string(whole.path().join("site/index.html")).unwrap(), "one");
    }

    #[test]
    fn pieces_that_a_file_had_are_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let whole = WholeFolder::at(&folder.path().join("out")).unwrap();
        let path = "site/data/indicators.csv";
        let mut before = None;
        let rounds: [(&[&str], &[&str]); 5] = [
            (&["head", "2024", "2025"], &["head", "2024", "2025"]),
            (&["head", "2024", "2025", "2026"], &["2026"]),
            // In another order, one of them twice, and one gone.
            (&["head", "2026", "2024", "2024"], &[]),
            (&["top", "2024"], &["top"]),
            (&[], &[]),
        ];
        for (texts, expected) in rounds {
            let next = NextPages { whole: &whole, before, files: Mutex::default() };
            let pieces: Vec<Sha256> = texts.iter().map(|text| Sha256::of(text.as_bytes())).collect();
            let made = Mutex::new(Vec::new());
            let make = |piece: usize| {
                made.lock().unwrap().push(texts[piece]);
                Ok(format!("{}\n", texts[piece]).into_bytes())
            };
            next.put_pieces(path, Sha256::of_parts(&[]), &pieces, 2, make).unwrap();
            let mut made = made.into_inner().unwrap();
            made.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(made, expected, "{texts:?}");
            let files = next.finish().unwrap();
            let bytes = fs_err::read(whole.path().join(path)).unwrap();
            assert_eq!(
                String::from_utf8_lossy(&bytes),
                texts.iter().map(|text| format!("{text}\n")).collect::<String>()
            );
            assert_eq!(files.sums.get(path), Some(&Sha256::of(&bytes)));
            before = Some(files);
        }
    }
}
