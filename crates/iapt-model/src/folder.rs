//! Folders: replaced whole, so that a reader sees all of the old one or all of the new one, and listed.

use std::path::{Path, PathBuf};

use crate::{Error, disk};

/// Puts the finished folder `next` in the place of `current`, in one step of the file system where there is one.
///
/// Both must be on one file system. What stood at `current` is removed afterwards; a run that is killed between
/// the two leaves it at `next`, where the next run clears it away.
///
/// # Errors
///
/// [`Error::Io`] when a folder cannot be moved or removed.
pub fn replace_folder(next: &Path, current: &Path) -> Result<(), Error> {
    let parent = disk::parent(current);
    if current.exists() {
        exchange(next, current)?;
        disk::sync_folder(parent)?;
        disk::remove_folder(next)?;
    } else {
        disk::create_folder(parent)?;
        disk::rename(next, current)?;
        disk::sync_folder(parent)?;
    }
    Ok(())
}

/// Every file below a folder, relative to it, in order.
///
/// # Errors
///
/// [`Error::Io`] when a folder cannot be read.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs_err::read_dir(&next)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                pending.push(path);
            } else {
                files.extend(path.strip_prefix(folder).map(Path::to_owned));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The path of a file below a folder as an address writes it, with slashes.
#[must_use]
pub fn address(relative: &Path) -> String {
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(target_os = "linux")]
fn exchange(next: &Path, current: &Path) -> Result<(), Error> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    disk::step("exchange", current)?;
    match renameat_with(CWD, next, CWD, current, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Some file systems cannot exchange; two renames leave a moment without the folder, but never half of one.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => exchange_in_two_steps(next, current),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(next: &Path, current: &Path) -> Result<(), Error> {
    exchange_in_two_steps(next, current)
}

fn exchange_in_two_steps(next: &Path, current: &Path) -> Result<(), Error> {
    let aside = next.with_extension("old");
    disk::rename(current, &aside)?;
    disk::rename(next, current)?;
    disk::rename(&aside, next)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_folder_takes_the_place_of_the_old_one() {
        let root = tempfile::tempdir().unwrap();
        let (next, current) = (root.path().join(".next"), root.path().join("tables"));
        for text in ["first", "second"] {
            fs_err::create_dir_all(&next).unwrap();
            fs_err::write(next.join("file"), text).unwrap();
            replace_folder(&next, &current).unwrap();
            assert_eq!(fs_err::read_to_string(current.join("file")).unwrap(), text);
            assert!(!next.exists());
        }
    }
}
