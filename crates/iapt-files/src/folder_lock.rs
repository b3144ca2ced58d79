//! One run at a time: who works in a folder locks it.

use std::{
    fs::TryLockError,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use fs_err::File;

use crate::disk;

/// The lock of a folder, given up when it is dropped or the program ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    // The system lets go of the lock when the file is closed.
    _file: File,
}

/// Why a folder cannot be locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderInUse {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Another run has it.
    #[error("another run is working in `{}`: {holder}", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
        /// What the other run said of itself.
        holder: String,
    },
}

impl FolderLock {
    /// Locks `folder` for `holder`, which says who it is to those that come while it is held.
    ///
    /// # Errors
    ///
    /// [`FolderInUse::Busy`] when another run holds it, with what that run said of itself.
    pub fn take(folder: &Path, holder: &str) -> Result<Self, FolderInUse> {
        Self::of(folder, &folder.join(".claim"), holder)
    }

    /// Locks a folder by a file that need not be in it.
    pub(crate) fn of(folder: &Path, path: &Path, holder: &str) -> Result<Self, FolderInUse> {
        disk::create_folder(disk::parent(path))?;
        let _under_way = disk::step("claim", path)?;
        let mut file =
            fs_err::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut said = String::new();
                // The other run may be writing its name at this moment: that it cannot be read is not an error.
                let _ = file.read_to_string(&mut said);
                let holder = if said.is_empty() { "it does not say who it is".to_owned() } else { said };
                return Err(FolderInUse::Busy {
                    folder: folder.to_owned(),
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(FolderInUse::Io(error)),
        }
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{holder}")?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path(), "the first, with a long name").unwrap();
        let error = FolderLock::take(folder.path(), "the second").unwrap_err();
        let expected =
            format!("another run is working in `{}`: the first, with a long name", folder.path().display());
        assert_eq!(error.to_string(), expected);
        drop(first);
        let _second = FolderLock::take(folder.path(), "the second").unwrap();
        let error = FolderLock::take(folder.path(), "the third").unwrap_err().to_string();
        assert!(error.ends_with(": the second"), "{error}");
    }
}
