//! Gives the program a version that moves with its source, so that tables made by another program are stale; and a released
//! one a name for the project that it carries.

#![expect(
    clippy::disallowed_methods,
    reason = "fs-err is no build dependency; a build script may fail plainly"
)]

use std::{
    collections::BTreeSet,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// The crates that decide nothing of what tables and pages hold; every other crate does.
const OTHERS: [&str; 5] = ["iapt-cluster", "iapt-declare", "iapt-fetch", "iapt-publish", "iapt-publisher"];

fn main() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = BTreeSet::new();
    for part in fs::read_dir(&crates).into_iter().flatten().flatten() {
        if !OTHERS.iter().any(|other| part.file_name() == *other) {
            let source = part.path().join("src");
            println!("cargo::rerun-if-changed={}", source.display());
            collect(&source, &mut files);
        }
    }
    // A new crate is in it too.
    let lock = crates.join("../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    files.insert(lock);
    println!("cargo::rustc-env=IAPT_SOURCE={:016x}", checksum(files));
    // Without debug assertions the program carries these (`carried.rs`): a change of one makes another program.
    if env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        let mut files = BTreeSet::new();
        for part in ["pipelines", "reports/assets", "reports/pages", "reports/templates"] {
            let part = crates.join("..").join(part);
            println!("cargo::rerun-if-changed={}", part.display());
            collect(&part, &mut files);
        }
        println!("cargo::rustc-env=IAPT_PROJECT={:016x}", checksum(files));
    }
}

/// A checksum over the paths and the bytes of files.
fn checksum(files: BTreeSet<PathBuf>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(&file).unwrap_or_default().hash(&mut hasher);
        file.file_name().hash(&mut hasher);
    }
    hasher.finish()
}

fn collect(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.insert(path);
        }
    }
}
