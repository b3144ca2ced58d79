//! Every operation that changes a file or a folder, in one place, so that an interrupted run can hold them all, and a
//! test can make any one of them fail.
//!
//! Errors name the path. A build with debug assertions reads `IAPT_FAULT` from the environment: with `37:full` the 37th
//! operation of the program fails as on a full disk; with `37:readonly` it is refused, and with `37:kill` the program
//! ends there and then; with `37:tell` it and all that follow are named on standard error. The sweeps in `crates/iapt/tests` go through all of them. A release build has none of this.

use std::{
    cell::Cell,
    io,
    io::{Seek, SeekFrom, Write},
    mem,
    path::Path,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use fs_err::File;

/// Read by every operation while it is under way, written to by [`hold_others`].
static UNDER_WAY: RwLock<()> = RwLock::new(());

thread_local! {
    /// How many operations of this thread are under way, one inside the other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// An operation that is under way, until it is dropped.
pub(crate) struct UnderWay(
    #[expect(dead_code, reason = "held, not read")] Option<RwLockReadGuard<'static, ()>>,
);

impl UnderWay {
    /// Waits for ever where the operations of all threads but another are held.
    fn begin() -> Self {
        let is_inner = DEPTH.replace(DEPTH.get() + 1) > 0;
        let guard = || UNDER_WAY.read().unwrap_or_else(PoisonError::into_inner);
        Self((!is_inner).then(guard))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Waits for the operations that are under way, and lets no other thread begin one from now on.
///
/// For a program that is about to end: this thread alone goes on, and nobody writes to what it clears away.
pub fn hold_others() {
    mem::forget(UNDER_WAY.write().unwrap_or_else(PoisonError::into_inner));
    DEPTH.set(1);
}

/// A file that is being written; [`NewFile::sync`] makes its bytes last.
#[derive(Debug)]
pub struct NewFile(File);

impl NewFile {
    /// Makes an empty file, or empties the one that is there.
    pub fn create(path: &Path) -> io::Result<Self> {
        let _under_way = step("create", path)?;
        File::create(path).map(Self)
    }

    /// Throws away what was written.
    pub fn restart(&mut self) -> io::Result<()> {
        let _under_way = step("empty", self.0.path())?;
        self.0.set_len(0)?;
        self.0.seek(SeekFrom::Start(0)).map(drop)
    }

    /// Waits until the bytes are on the disk.
    pub fn sync(&self) -> io::Result<()> {
        let _under_way = step("sync", self.0.path())?;
        self.0.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _under_way = step("write", self.0.path())?;
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
    let _under_way = UnderWay::begin();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}.next"));
    let put = || {
        let mut file = NewFile::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync()?;
        rename(&unfinished, path)
    };
    if let Err(error) = put() {
        // Removes the unfinished file; if that fails too, the first error is the one to report.
        let _ = remove_file(&unfinished);
        return Err(error);
    }
    sync_folder(parent(path))
}

/// Renames a file or folder, in place of one that may be there.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let _under_way = step("rename", to)?;
    fs_err::rename(from, to)
}

/// Gives a file a second name, or makes a copy of it where the system does not: on a file system without hard links, on
/// another one, of a file of somebody else, of a file with too many names.
pub fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
    let _under_way = step("link", to)?;
    match fs_err::hard_link(from, to) {
        Err(error)
            if matches!(error.kind(), CrossesDevices | PermissionDenied | TooManyLinks | Unsupported) =>
        {
            let mut copy = NewFile::create(to)?;
            io::copy(&mut File::open(from)?, &mut copy)?;
            copy.sync()
        }
        linked => linked,
    }
}

/// Makes a folder and those above it, where they are missing.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let _under_way = step("create folder", path)?;
    fs_err::create_dir_all(path)
}

/// Removes a file.
pub fn remove_file(path: &Path) -> io::Result<()> {
    let _under_way = step("remove", path)?;
    fs_err::remove_file(path)
}

/// Removes a folder and all below it.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    let _under_way = step("remove folder", path)?;
    fs_err::remove_dir_all(path)
}

/// Makes renames in a folder last; only Unix lets a folder be opened for that.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let _under_way = step("sync folder", path)?;
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// The folder that a path is in; that of a bare name is this one, since the empty path cannot be opened.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Begins an operation.
#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on request where there are debug assertions")]
pub(crate) fn step(_: &str, _: &Path) -> io::Result<UnderWay> {
    Ok(UnderWay::begin())
}

/// Begins an operation, and fails it where the environment says so.
#[cfg(debug_assertions)]
pub(crate) fn step(what: &str, path: &Path) -> io::Result<UnderWay> {
    let under_way = UnderWay::begin();
    faults::next(what, path)?;
    Ok(under_way)
}

/// Operations made to fail, for tests.
#[cfg(debug_assertions)]
mod faults {
    use std::{
        env, io,
        path::Path,
        process,
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum Trouble {
        Full,
        ReadOnly,
        Kill,
        Tell,
    }

    /// Counts an operation, and fails it where the environment says so.
    pub(super) fn next(what: &str, path: &Path) -> io::Result<()> {
        static FAULT: OnceLock<Option<(u64, Trouble)>> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let Some((at, trouble)) = FAULT.get_or_init(|| parsed(&env::var("IAPT_FAULT").ok()?)) else {
            return Ok(());
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
        if number < *at || (number > *at && *trouble != Trouble::Tell) {
            return Ok(());
        }
        let error = match trouble {
            Trouble::Tell => {
                eprintln!("operation {number}: {what} `{}`", path.display());
                return Ok(());
            }
            Trouble::Full => io::ErrorKind::StorageFull,
            Trouble::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
            Trouble::Kill => process::abort(),
        };
        Err(io::Error::new(error, format!("failed to {what} `{}`: {error} (made to fail)", path.display())))
    }

    pub(super) fn parsed(text: &str) -> Option<(u64, Trouble)> {
        let (at, trouble) = text.split_once(':')?;
        let trouble = match trouble {
            "full" => Trouble::Full,
            "readonly" => Trouble::ReadOnly,
            "kill" => Trouble::Kill,
            "tell" => Trouble::Tell,
            _ => return None,
        };
        Some((at.parse().ok()?, trouble))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(debug_assertions)]
    use super::faults::{Trouble, parsed};
    use super::*;

    #[test]
    #[cfg(debug_assertions)]
    fn faults_are_read_strictly() {
        assert_eq!(parsed("37:full"), Some((37, Trouble::Full)));
        assert_eq!(parsed("1:readonly"), Some((1, Trouble::ReadOnly)));
        assert_eq!(parsed("9:kill"), Some((9, Trouble::Kill)));
        assert_eq!(parsed("1:tell"), Some((1, Trouble::Tell)));
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_have_a_second_name_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        // Another file system wherever the tests run, and a file that stays as it is.
        let (from, to) = (Path::new("/proc/version"), folder.path().join("copy"));
        hard_link(from, &to).unwrap();
        assert_eq!(fs_err::read(from).unwrap(), fs_err::read(&to).unwrap());
        assert_eq!(hard_link(from, &to.join("below")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("summary.json/inside")).unwrap();
        replace_file(&folder.path().join("summary.json"), b"text").unwrap_err();
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_others_would_begin_waits_once_they_are_held() {
        // In a process of its own, since they are held until it ends.
        let name = "disk::tests::what_others_would_begin_waits_once_they_are_held";
        if std::env::var_os("IAPT_HELD").is_none() {
            let program = std::env::current_exe().unwrap();
            let mut test = std::process::Command::new(program);
            let output = test.args(["--exact", name]).env("IAPT_HELD", "1").output().unwrap();
            assert!(output.status.success());
            assert!(
                String::from_utf8_lossy(&output.stdout).contains("1 passed"),
                "the test has another name"
            );
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("of-others");
        hold_others();
        let theirs = path.clone();
        std::thread::spawn(move || write_new(&theirs, b"text"));
        replace_file(&folder.path().join("ours"), b"text").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(!path.exists());
    }
}
