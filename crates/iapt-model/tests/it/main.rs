//! The seeds of the fuzz target of declared files: one file among the project's own, whatever it says.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

use std::path::{Path, PathBuf};

use iapt_model::{Error, Project};

/// Copies the declared files; gives their paths in the copy.
fn copied(from: &Path, to: &Path) -> Vec<PathBuf> {
    fs_err::create_dir_all(to).unwrap();
    let mut files = Vec::new();
    for entry in fs_err::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            files.extend(copied(&path, &copy));
        } else {
            fs_err::copy(&path, &copy).unwrap();
            files.push(copy);
        }
    }
    files
}

#[test]
fn every_seed_is_read_to_its_end() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let files = copied(&checkout.join("pipelines"), &folder.path().join("pipelines"));
    let mut n_seeds = 0;
    for seed in fs_err::read_dir(checkout.join("fuzz/seeds/declared")).unwrap() {
        let seed = fs_err::read(seed.unwrap().path()).unwrap();
        // The first line says which file it is.
        let (name, text) = seed.split_at(seed.iter().position(|byte| *byte == b'\n').unwrap() + 1);
        let name = std::str::from_utf8(name).unwrap().trim_end();
        let path = files.iter().find(|path| path.ends_with(name)).unwrap();
        let before = fs_err::read(path).unwrap();
        fs_err::write(path, text).unwrap();
        match Project::load(folder.path()) {
            Ok(_) => {}
            // A file that is cut short contradicts the others, and each contradiction is told.
            Err(Error::Declared { problems }) => assert!(!problems.is_empty()),
            Err(error) => panic!("{error}"),
        }
        fs_err::write(path, before).unwrap();
        n_seeds += 1;
    }
    assert!(n_seeds > 3 && Project::load(folder.path()).is_ok());
}
