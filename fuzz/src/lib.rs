//! What every target needs: a file to write what comes from elsewhere into, since that is where the code reads it.

use std::{cell::RefCell, path::Path};

use tempfile::TempDir;

thread_local! {
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

/// Writes the bytes into a file of their own and hands over its path.
///
/// # Panics
///
/// Where there is no room for it.
pub fn with_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a folder for the input"));
        let path = folder.path().join("0a1b");
        fs_err::write(&path, bytes).expect("room for the input");
        read(&path);
    });
}
