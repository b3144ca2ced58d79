//! Archives, good and bad, through the public functions.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

mod bad_rars;
mod bad_zips;
mod good;
mod raw_rar;
mod raw_zip;
mod workbooks;

use iapt_archive::{Error, Limits, read_member_within};

/// Small enough for tests to exceed in a moment.
const LIMITS: Limits = Limits {
    entries: 5,
    bytes_in_all: 400_000,
    bytes_each: 300_000,
    ratio: 100,
    bytes_without_ratio: 100_000,
};

/// Asks for `main.csv` and compares the message, the path cut off.
#[track_caller]
fn check_refused(archive: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    fs_err::write(&path, archive).unwrap();
    let error = read_member_within(&path, "main.csv", &LIMITS).map(|bytes| bytes.len()).unwrap_err();
    let Error::Refused { problem, .. } = &error else { panic!("{error}") };
    assert_eq!(problem.to_string(), expected);
    assert_eq!(error.to_string(), format!("`{}` {expected}", path.display()));
    assert!(error.hint().is_some());
}
