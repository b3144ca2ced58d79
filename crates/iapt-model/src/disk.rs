//! Every operation that changes a file or a folder, in one place, so that a test can make any one of them fail.
//!
//! Errors name the path. With `IAPT_FAULT=37:full` in the environment, the 37th operation of the program fails as on
//! a full disk; with `37:readonly` it is refused, and with `37:kill` the program ends there and then. The sweeps in
//! `crates/iapt/tests` go through all of them.

use std::{
    env, io,
    io::{Seek, SeekFrom, Write},
    path::Path,
    process,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use fs_err::File;

/// A file that is being written; [`NewFile::sync`] makes its bytes last.
#[derive(Debug)]
pub struct NewFile(File);

impl NewFile {
    /// Makes an empty file, or empties the one that is there.
    pub fn create(path: &Path) -> io::Result<Self> {
        step("create", path)?;
        File::create(path).map(Self)
    }

    /// Throws away what was written.
    pub fn restart(&mut self) -> io::Result<()> {
        step("empty", self.0.path())?;
        self.0.set_len(0)?;
        self.0.seek(SeekFrom::Start(0)).map(drop)
    }

    /// Waits until the bytes are on the disk.
    pub fn sync(&self) -> io::Result<()> {
        step("sync", self.0.path())?;
        self.0.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        step("write", self.0.path())?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a file that nobody reads yet; its bytes need not last through a power cut.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    NewFile::create(path)?.write_all(bytes)
}

/// Replaces a file so that readers, and a power cut, find all of the old one or all of the new one.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}.next"));
    let mut file = NewFile::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync()?;
    rename(&unfinished, path)?;
    sync_folder(parent(path))
}

/// Renames a file or folder, in place of one that may be there.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step("rename", to)?;
    fs_err::rename(from, to)
}

/// Gives a file a second name.
pub fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    step("link", to)?;
    fs_err::hard_link(from, to)
}

/// Makes a folder and those above it, where they are missing.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    step("create folder", path)?;
    fs_err::create_dir_all(path)
}

/// Removes a file.
pub fn remove_file(path: &Path) -> io::Result<()> {
    step("remove", path)?;
    fs_err::remove_file(path)
}

/// Removes a folder and all below it.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    step("remove folder", path)?;
    fs_err::remove_dir_all(path)
}

/// Makes renames in a folder last; only Unix lets a folder be opened for that.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    step("sync folder", path)?;
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// The folder that a path is in; that of a bare name is this one, since the empty path cannot be opened.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Counts an operation, and fails it where the environment says so.
pub(crate) fn step(what: &str, path: &Path) -> io::Result<()> {
    static FAULT: OnceLock<Option<(u64, Trouble)>> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some((at, trouble)) = FAULT.get_or_init(|| parsed(&env::var("IAPT_FAULT").ok()?)) else {
        return Ok(());
    };
    if COUNT.fetch_add(1, Ordering::Relaxed) + 1 != *at {
        return Ok(());
    }
    let error = match trouble {
        Trouble::Full => io::ErrorKind::StorageFull,
        Trouble::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        Trouble::Kill => process::abort(),
    };
    Err(io::Error::new(error, format!("failed to {what} `{}`: {error} (made to fail)", path.display())))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Full,
    ReadOnly,
    Kill,
}

fn parsed(text: &str) -> Option<(u64, Trouble)> {
    let (at, trouble) = text.split_once(':')?;
    let trouble = match trouble {
        "full" => Trouble::Full,
        "readonly" => Trouble::ReadOnly,
        "kill" => Trouble::Kill,
        _ => return None,
    };
    Some((at.parse().ok()?, trouble))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_strictly() {
        assert_eq!(parsed("37:full"), Some((37, Trouble::Full)));
        assert_eq!(parsed("1:readonly"), Some((1, Trouble::ReadOnly)));
        assert_eq!(parsed("9:kill"), Some((9, Trouble::Kill)));
        for text in ["", "37", "full", "x:full", "37:", "-1:full"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn a_replaced_file_is_the_new_one_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock.toml");
        for text in ["first", "second, longer", "third"] {
            replace_file(&path, text.as_bytes()).unwrap();
            assert_eq!(fs_err::read_to_string(&path).unwrap(), text);
            assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
