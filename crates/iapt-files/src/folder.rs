//! Folders: replaced whole, so that a reader sees all of the old one or all of the new one, and listed.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
};

use crate::{Error, FolderInUse, FolderLock, Sha256, disk};

/// Where a mounted volume has what stands beside other folders: nothing outside of it can be exchanged with it.
const WORKPLACE: &str = ".iapt";

/// Names that a file system puts into its own root.
const LOST_AND_FOUND: &str = "lost+found";

/// A folder that is replaced whole: where it is once links have been followed, and where the one to come is made.
#[derive(Clone, Debug)]
pub struct WholeFolder {
    folder: PathBuf,
    next: PathBuf,
    lock: PathBuf,
    is_mounted: bool,
}

impl WholeFolder {
    /// The folder at a path, where there need not be one yet.
    ///
    /// # Errors
    ///
    /// [`Error::NoFolder`] when something else stands there, or a link that leads nowhere; [`Error::Io`].
    pub fn at(path: &Path) -> Result<Self, Error> {
        let no_folder = |what| Error::NoFolder { path: path.to_owned(), what };
        let folder = match fs_err::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error.into()),
            Ok(_) => match fs_err::canonicalize(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(no_folder("a link that leads nowhere"));
                }
                Err(error) => return Err(error.into()),
                Ok(folder) if folder.is_dir() => folder,
                Ok(_) => return Err(no_folder("a file")),
            },
        };
        let is_mounted = is_mounted(&folder)?;
        let (next, lock) = if is_mounted {
            (folder.join(WORKPLACE).join("next"), folder.join(WORKPLACE).join("claim"))
        } else {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let beside = |what| folder.with_file_name(format!(".{name}.{what}"));
            (beside("next"), beside("claim"))
        };
        Ok(Self { folder, next, lock, is_mounted })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Where the one to come is made, on the same file system.
    #[must_use]
    pub fn next(&self) -> &Path {
        &self.next
    }

    /// Whether there is nothing in it that would be replaced, or no folder at all.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it cannot be read.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(!self.folder.is_dir() || entries(&self.folder)?.is_empty())
    }

    /// Claims it, by a file beside it.
    ///
    /// # Errors
    ///
    /// As [`FolderLock::take`].
    pub fn lock(&self, holder: &str) -> Result<FolderLock, FolderInUse> {
        FolderLock::of(&self.folder, &self.lock, holder)
    }

    /// Removes what an ended run has left where the one to come is made: half of it, or the one before.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it cannot be removed.
    pub fn clear(&self) -> Result<(), Error> {
        // Where folders cannot be exchanged in one step, a run may have ended between two renames.
        let aside = aside(&self.next);
        if aside.is_dir() {
            if self.folder.exists() {
                disk::remove_folder(&aside)?;
            } else {
                disk::rename(&aside, &self.folder)?;
            }
        }
        match fs_err::symlink_metadata(&self.next) {
            Ok(about) if about.is_dir() => Ok(disk::remove_folder(&self.next)?),
            Ok(_) => Ok(disk::remove_file(&self.next)?),
            Err(_) => Ok(()),
        }
    }

    /// Puts the finished next folder in its place, in one step of the file system where there is one.
    ///
    /// The folder that was there is removed afterwards; a run that is killed between the two leaves it at
    /// [`next`](Self::next), where [`clear`](Self::clear) removes it. A mounted volume cannot be exchanged: its entries are, one by one. `seal` is
    /// a file of both that says of the others that they belong together; it goes first and comes last.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when a folder cannot be moved or removed.
    pub fn replace(&self, seal: Option<&str>) -> Result<(), Error> {
        if self.is_mounted {
            exchange_entries(&self.next, &self.folder, seal)?;
            disk::sync_folder(&self.folder)?;
        } else if self.folder.exists() {
            exchange(&self.next, &self.folder)?;
            disk::sync_folder(disk::parent(&self.folder))?;
        } else {
            let parent = disk::parent(&self.folder);
            disk::create_folder(parent)?;
            disk::rename(&self.next, &self.folder)?;
            return Ok(disk::sync_folder(parent)?);
        }
        Ok(disk::remove_folder(&self.next)?)
    }
}

/// Whether a folder is where a file system is mounted, so that it cannot be renamed.
#[cfg(target_os = "linux")]
fn is_mounted(folder: &Path) -> io::Result<bool> {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    match statx(CWD, folder, AtFlags::empty(), StatxFlags::BASIC_STATS) {
        Ok(about) if about.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT) => {
            Ok(about.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
        }
        Ok(_) => is_on_another_device(folder),
        Err(rustix::io::Errno::NOENT) => Ok(false),
        Err(error) => Err(named("look at", folder, &error.into())),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_mounted(folder: &Path) -> io::Result<bool> {
    if folder.exists() { is_on_another_device(folder) } else { Ok(false) }
}

/// Whether a folder is mounted, where the system does not say so; a folder that is mounted on its own device is missed.
#[cfg(unix)]
fn is_on_another_device(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs_err::metadata(folder)?.dev() != fs_err::metadata(disk::parent(folder))?.dev())
}

#[cfg(not(unix))]
fn is_mounted(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// An error of a system call that does not name its path.
fn named(what: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("failed to {what} `{}`: {error}", path.display()))
}

/// Every file below a folder, relative to it, in order; without what a mounted volume has beside them.
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
            if next == folder && is_of_volume(&entry.file_name()) {
                continue;
            }
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

/// A checksum over the sizes and times of the files of a folder: while it stays the same, nobody has written to one of
/// them since the machine was started.
///
/// Files are not synced one by one, so after a power cut one may have its size and its time and not its bytes. None where
/// the system does not say when it was started; then contents are read.
///
/// # Errors
///
/// [`Error::Io`] when a file cannot be looked at.
pub fn seen(folder: &Path) -> Result<Option<Sha256>, Error> {
    let Ok(boot) = fs_err::read_to_string("/proc/sys/kernel/random/boot_id") else { return Ok(None) };
    let mut lines = vec![boot];
    for file in files_below(folder)? {
        // Size and time of a link itself: the file that it leads to may be as old and as large as the one before.
        let about = fs_err::symlink_metadata(folder.join(&file))?;
        lines.push(format!("{} {:?} {} {}", about.len(), about.modified()?, changed(&about), file.display()));
    }
    Ok(Some(Sha256::of(lines.join("\n").as_bytes())))
}

/// A checksum over the size, the times and the identity of a file: while it stays the same, nobody has written to the file since
/// the machine was started.
///
/// None where the system does not say when it was started, and where the file was changed less than two seconds before `now`
/// (in seconds since 1970): another change might be given the same time.
///
/// # Errors
///
/// [`Error::Io`] when the file cannot be looked at.
#[cfg(unix)]
pub fn stamp(file: &Path, now: i64) -> Result<Option<Sha256>, Error> {
    use std::os::unix::fs::MetadataExt;
    let Ok(boot) = fs_err::read_to_string("/proc/sys/kernel/random/boot_id") else { return Ok(None) };
    let about = fs_err::symlink_metadata(file)?;
    if !about.is_file() || now - about.ctime() < 2 {
        return Ok(None);
    }
    let (modified, changed) = (about.modified()?, changed(&about));
    let text = format!("{boot}\n{} {modified:?} {changed} {} {}", about.len(), about.dev(), about.ino());
    Ok(Some(Sha256::of(text.as_bytes())))
}

/// Where the system does not say when a file was last changed, contents are read.
#[cfg(not(unix))]
pub fn stamp(_: &Path, _: i64) -> Result<Option<Sha256>, Error> {
    Ok(None)
}

/// When the system last noted a change of a file: a copy may be given the time of another, and not this one.
#[cfg(unix)]
fn changed(about: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{}.{}", about.ctime(), about.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &std::fs::Metadata) -> String {
    String::new()
}

/// The checksum of every file of a folder, by its path with slashes.
///
/// # Errors
///
/// [`Error::Io`] when a file cannot be read.
pub fn checksums(folder: &Path) -> Result<BTreeMap<String, Sha256>, Error> {
    let mut sums = BTreeMap::new();
    for file in files_below(folder)? {
        let (sha256, _) = Sha256::of_reader(fs_err::File::open(folder.join(&file))?)?;
        sums.insert(address(&file), sha256);
    }
    Ok(sums)
}

/// The path of a file below a folder as an address writes it, with slashes.
#[must_use]
pub fn address(relative: &Path) -> String {
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Whether an entry of a mounted volume is none of the folder that is replaced.
fn is_of_volume(name: &OsStr) -> bool {
    name == WORKPLACE || name == LOST_AND_FOUND
}

/// The entries of a folder that are replaced with it, by name, in order.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let name = entry?.file_name();
        if !is_of_volume(&name) {
            names.push(PathBuf::from(name));
        }
    }
    names.sort();
    Ok(names)
}

/// Exchanges what is in two folders, entry by entry; what only the current one has goes to the other.
fn exchange_entries(next: &Path, current: &Path, seal: Option<&str>) -> Result<(), Error> {
    let seal = seal.map(Path::new);
    if let Some(seal) = seal.map(|seal| current.join(seal)).filter(|seal| seal.exists()) {
        disk::remove_file(&seal)?;
    }
    let (old, mut new) = (entries(current)?, entries(next)?);
    new.sort_by_key(|name| Some(name.as_path()) == seal);
    for name in old.iter().filter(|name| !new.contains(name)) {
        disk::rename(&current.join(name), &next.join(name))?;
    }
    for name in &new {
        let (from, to) = (next.join(name), current.join(name));
        if old.contains(name) { exchange(&from, &to)? } else { disk::rename(&from, &to)? }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn exchange(next: &Path, current: &Path) -> Result<(), Error> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let _under_way = disk::step("exchange", current)?;
    match renameat_with(CWD, next, CWD, current, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Some file systems cannot exchange; two renames leave a moment without the folder, but never half of one.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => exchange_in_two_steps(next, current),
        Err(error) => Err(named("exchange", current, &error.into()).into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(next: &Path, current: &Path) -> Result<(), Error> {
    exchange_in_two_steps(next, current)
}

/// Where the current folder stands for a moment while the next one takes its place.
fn aside(next: &Path) -> PathBuf {
    next.with_extension("old")
}

fn exchange_in_two_steps(next: &Path, current: &Path) -> Result<(), Error> {
    let _under_way = disk::step("exchange", current)?;
    let aside = aside(next);
    disk::rename(current, &aside)?;
    disk::rename(next, current)?;
    disk::rename(&aside, next)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ended_between_two_renames_is_finished_or_undone() {
        let root = tempfile::tempdir().unwrap();
        let folder = WholeFolder::at(&root.path().join("tables")).unwrap();
        let old = aside(folder.next());
        for (stands, expected) in [(false, "old"), (true, "new")] {
            fs_err::create_dir_all(&old).unwrap();
            fs_err::write(old.join("file"), "old").unwrap();
            if stands {
                fs_err::write(folder.path().join("file"), "new").unwrap();
            }
            folder.clear().unwrap();
            assert_eq!(fs_err::read_to_string(folder.path().join("file")).unwrap(), expected);
            assert!(!old.exists());
        }
    }

    #[test]
    fn the_new_folder_takes_the_place_of_the_old_one() {
        let root = tempfile::tempdir().unwrap();
        let folder = WholeFolder::at(&root.path().join("tables")).unwrap();
        for text in ["first", "second"] {
            fs_err::create_dir_all(folder.next()).unwrap();
            fs_err::write(folder.next().join("file"), text).unwrap();
            folder.replace(None).unwrap();
            assert_eq!(fs_err::read_to_string(folder.path().join("file")).unwrap(), text);
            assert!(!folder.next().exists());
        }
    }

    #[test]
    fn entries_are_exchanged_one_by_one_and_the_seal_comes_last() {
        let root = tempfile::tempdir().unwrap();
        let (next, current) = (root.path().join("next"), root.path().join("current"));
        for (path, text) in [
            ("current/seal", "old"),
            ("current/both/file", "old"),
            ("current/gone", "old"),
            ("current/.iapt/claim", "kept"),
            ("next/seal", "new"),
            ("next/both/file", "new"),
            ("next/added", "new"),
        ] {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        exchange_entries(&next, &current, Some("seal")).unwrap();
        let read = |path: &str| fs_err::read_to_string(root.path().join(path)).unwrap();
        for path in ["seal", "both/file", "added"] {
            assert_eq!(read(&format!("current/{path}")), "new", "{path}");
        }
        assert_eq!(read("current/.iapt/claim"), "kept");
        assert_eq!(read("next/gone"), "old");
        let names: Vec<String> = files_below(&current).unwrap().iter().map(|path| address(path)).collect();
        assert_eq!(names, ["added", "both/file", "seal"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_what_is_no_folder_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(root.path()).unwrap();
        fs_err::create_dir(root.join("there")).unwrap();
        fs_err::write(root.join("file"), "").unwrap();
        for (link, target) in [("link", "there"), ("nowhere", "missing")] {
            fs_err::os::unix::fs::symlink(root.join(target), root.join(link)).unwrap();
        }
        assert_eq!(WholeFolder::at(&root.join("link")).unwrap().path(), root.join("there"));
        for (path, told) in [("file", "is a file"), ("nowhere", "is a link that leads nowhere")] {
            let error = WholeFolder::at(&root.join(path)).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
