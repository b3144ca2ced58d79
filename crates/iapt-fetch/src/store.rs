//! The folder of snapshots: files by content, a lock file, and nothing half-done under a final name.

use std::{
    fs::TryLockError,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicU64, atomic::Ordering},
};

use fs_err::File;
use iapt_model::{Release, Sha256, Snapshot};

use crate::{Error, Lock, Pin};

/// Where the lock file of a folder of snapshots is.
pub(crate) fn lock_path(snapshots: &Path) -> PathBuf {
    snapshots.join("lock.toml")
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
        iapt_model::Error::Io(error) => Error::Io(error),
        other => Error::Io(io::Error::other(other.to_string())),
    })
}

/// A folder of snapshots that this run alone writes to.
pub(crate) struct Store {
    folder: PathBuf,
    lock: Mutex<Lock>,
    n_parts: AtomicU64,
    // Released by the system when the file is closed, however the program ends.
    _alone: File,
}

impl Store {
    /// Makes the folder where it is missing, claims it, and clears away what a killed run left behind.
    pub(crate) fn claim(folder: &Path) -> Result<Self, Error> {
        fs_err::create_dir_all(objects(folder))?;
        let alone = fs_err::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(".claim"))?;
        match alone.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: folder.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(Error::Io(error)),
        }
        remove_parts(&objects(folder))?;
        let lock = Mutex::new(Lock::read(folder)?);
        Ok(Self { folder: folder.to_owned(), lock, n_parts: AtomicU64::new(0), _alone: alone })
    }

    /// What is pinned now.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Lock> {
        // A panic while it was held can only have come before the pin was added.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty file for bytes that are on their way, beside those that have arrived.
    pub(crate) fn part(&self) -> io::Result<Part> {
        let number = self.n_parts.fetch_add(1, Ordering::Relaxed);
        let path = objects(&self.folder).join(format!("{PART}{number}"));
        Ok(Part { file: File::create(&path)?, path, n_bytes: 0 })
    }

    /// Gives arrived bytes their final name, then pins them, each so that a power cut leaves the old or the new.
    pub(crate) fn keep(&self, part: &Part, pin: Pin) -> Result<PathBuf, Error> {
        let path = object_path(&self.folder, pin.sha256);
        part.file.sync_all()?;
        fs_err::rename(&part.path, &path)?;
        sync_folder(&objects(&self.folder))?;
        let mut lock = self.lock();
        let mut next = lock.clone();
        next.insert(pin);
        self.write_lock_file(&next.to_text()?)?;
        *lock = next;
        Ok(path)
    }

    fn write_lock_file(&self, text: &str) -> io::Result<()> {
        let unfinished = self.folder.join(".lock.toml");
        let mut file = File::create(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs_err::rename(unfinished, lock_path(&self.folder))?;
        sync_folder(&self.folder)
    }
}

/// Bytes on their way; removed unless they are kept.
pub(crate) struct Part {
    file: File,
    path: PathBuf,
    n_bytes: u64,
}

impl Part {
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
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.n_bytes = 0;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Gone already where it was kept; where it cannot be removed, the next run clears it away.
        let _ = fs_err::remove_file(&self.path);
    }
}

/// Names of files with bytes on their way begin so; no checksum does.
const PART: &str = ".part-";

fn objects(snapshots: &Path) -> PathBuf {
    snapshots.join("objects")
}

fn remove_parts(folder: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PART) {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a rename in a folder last; only Unix lets a folder be opened for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
