//! The folder of snapshots: files by content, a lock file, and nothing half-done under a final name.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicU64, atomic::Ordering},
};

use iapt_files::{FolderInUse, FolderLock, Sha256, disk, disk::NewFile};
use iapt_model::{Release, Snapshot};

use crate::{Error, Lock};

/// Where the lock file of a folder of snapshots is.
pub(crate) fn lock_path(snapshots: &Path) -> PathBuf {
    snapshots.join("lock.toml")
}

/// Where it is noted which kept files were as they should be.
pub(crate) fn seen_path(snapshots: &Path) -> PathBuf {
    snapshots.join(".seen")
}

/// Where bytes are kept.
pub(crate) fn object_path(snapshots: &Path, sha256: Sha256) -> PathBuf {
    objects(snapshots).join(sha256.to_string())
}

/// Reads a kept file and compares it with its pin.
pub(crate) fn verify(release: &Release, path: &Path, pinned: Sha256) -> Result<Snapshot, Error> {
    Snapshot::verify(release.clone(), path, pinned).map_err(|error| match error {
        iapt_model::Error::Changed { pinned, found, .. } => {
            Error::Damaged { release: release.label(), path: path.to_owned(), pinned, found }
        }
        // A folder has no bytes.
        iapt_model::Error::Io(error) if error.kind() == io::ErrorKind::IsADirectory => {
            let (release, path, found) = (release.label(), path.to_owned(), Sha256::of(&[]));
            Error::Damaged { release, path, pinned, found }
        }
        iapt_model::Error::Io(error) => Error::Io(error),
        other => Error::Io(io::Error::other(other.to_string())),
    })
}

/// A folder of snapshots that this run alone writes to.
pub(crate) struct Store {
    folder: PathBuf,
    lock: Mutex<Lock>,
    n_parts: AtomicU64,
    /// Held while bytes get or lose their name together with their pin.
    naming: Mutex<()>,
    _alone: FolderLock,
}

impl Store {
    /// Makes the folder where it is missing, locks it, and clears away what a killed run left behind.
    pub(crate) fn open(folder: &Path, holder: &str) -> Result<Self, Error> {
        let alone = FolderLock::take(folder, holder).map_err(|error| match error {
            FolderInUse::Busy { folder, holder } => Error::Busy { path: folder, holder },
            FolderInUse::Io(error) => Error::Io(error),
            other => Error::Io(io::Error::other(other)),
        })?;
        disk::create_folder(&objects(folder))?;
        remove_parts(&objects(folder))?;
        let lock = Mutex::new(Lock::read(folder)?);
        Ok(Self {
            folder: folder.to_owned(),
            lock,
            n_parts: AtomicU64::new(0),
            naming: Mutex::new(()),
            _alone: alone,
        })
    }

    /// What is pinned now.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Lock> {
        // A panic while it was held can only have come before the pin was added.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty file for bytes that are on their way, beside those that have arrived.
    pub(crate) fn part(&self) -> io::Result<Arriving> {
        let number = self.n_parts.fetch_add(1, Ordering::Relaxed);
        let path = objects(&self.folder).join(format!("{PART}{number}"));
        Ok(Arriving { file: NewFile::create(&path)?, path, n_bytes: 0 })
    }

    /// Gives arrived bytes their final name, then notes them in the lock file, each so that a power cut leaves the
    /// old or the new.
    pub(crate) fn keep(
        &self,
        part: &Arriving,
        sha256: Sha256,
        note: impl FnOnce(&mut Lock),
    ) -> Result<PathBuf, Error> {
        part.file.sync()?;
        let _alone = self.naming();
        self.name(part, sha256, note)
    }

    fn naming(&self) -> MutexGuard<'_, ()> {
        self.naming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, part: &Arriving, sha256: Sha256, note: impl FnOnce(&mut Lock)) -> Result<PathBuf, Error> {
        let path = object_path(&self.folder, sha256);
        disk::rename(&part.path, &path)?;
        disk::sync_folder(&objects(&self.folder))?;
        self.note(note)?;
        Ok(path)
    }

    /// Like [`Store::keep`], where the bytes are kept in place of others, which go unless something else is of them.
    pub(crate) fn replace(
        &self,
        part: &Arriving,
        (old, new): (Sha256, Sha256),
        note: impl FnOnce(&mut Lock),
    ) -> Result<PathBuf, Error> {
        part.file.sync()?;
        let _alone = self.naming();
        let path = self.name(part, new, note)?;
        let old_path = object_path(&self.folder, old);
        if !self.lock().has(old) && old_path.is_file() {
            disk::remove_file(&old_path)?;
        }
        Ok(path)
    }

    /// Moves what stands under a checksum and does not have it out of the way; says where to, if it had to be moved.
    pub(crate) fn set_aside(&self, sha256: Sha256) -> Result<Option<PathBuf>, Error> {
        let path = object_path(&self.folder, sha256);
        let is_good = match fs_err::File::open(&path).and_then(Sha256::of_reader) {
            Ok((found, _)) => found == sha256,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => false,
            Err(error) => return Err(Error::Io(error)),
        };
        if is_good {
            return Ok(None);
        }
        let aside = self.folder.join("damaged").join(sha256.to_string());
        disk::create_folder(&self.folder.join("damaged"))?;
        match fs_err::metadata(&aside) {
            Ok(metadata) if metadata.is_dir() => disk::remove_folder(&aside)?,
            Ok(_) => disk::remove_file(&aside)?,
            Err(_) => {}
        }
        disk::rename(&path, &aside)?;
        Ok(Some(aside))
    }

    /// Changes the lock file.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Lock)) -> Result<(), Error> {
        let mut lock = self.lock();
        let mut next = lock.clone();
        note(&mut next);
        disk::replace_file(&lock_path(&self.folder), next.to_text()?.as_bytes())?;
        *lock = next;
        Ok(())
    }
}

/// Bytes on their way; removed unless they are kept.
pub(crate) struct Arriving {
    file: NewFile,
    path: PathBuf,
    n_bytes: u64,
}

impl Arriving {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes there are so far.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Adds bytes at the end.
    pub(crate) fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.file.write_all(chunk)?;
        self.n_bytes += u64::try_from(chunk.len()).unwrap_or(0);
        Ok(())
    }

    /// Throws away what is there.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.file.restart()?;
        self.n_bytes = 0;
        Ok(())
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // Gone already where it was kept; where it cannot be removed, the next run clears it away.
        let _ = disk::remove_file(&self.path);
    }
}

/// Names of files with bytes on their way begin so; no checksum does.
const PART: &str = ".part-";

fn objects(snapshots: &Path) -> PathBuf {
    snapshots.join("objects")
}

/// Removes what was on its way into a folder of snapshots when the program was told to end.
///
/// # Errors
///
/// When a file cannot be removed; the message names it.
pub fn clear_unfinished(snapshots: &Path) -> io::Result<()> {
    let folder = objects(snapshots);
    if folder.is_dir() { remove_parts(&folder) } else { Ok(()) }
}

fn remove_parts(folder: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PART) {
            disk::remove_file(&entry.path())?;
        }
    }
    Ok(())
}
