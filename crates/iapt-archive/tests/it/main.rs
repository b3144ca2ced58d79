//! Archives, good and bad, through the public functions.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

mod bad_rars;
mod bad_workbooks;
mod bad_zips;
mod good;
mod memory;
mod raw_rar;
mod raw_zip;
mod seeds;
mod workbooks;

use iapt_archive::{Error, Kind, Limits, kind, members_within, read_member_within};

/// Small enough for tests to exceed in a moment.
const LIMITS: Limits = Limits {
    entries: 10,
    bytes_in_all: 400_000,
    bytes_each: 300_000,
    ratio: 100,
    bytes_without_ratio: 100_000,
    bytes_held: 200_000,
};

/// Asks for `main.csv`, or for the sheets, and compares the message, the path cut off.
#[track_caller]
fn check_refused(archive: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    fs_err::write(&path, archive).unwrap();
    // A workbook is opened for its sheets.
    let outcome = if kind(&path).is_ok_and(|kind| kind == Kind::Workbook) {
        members_within(&path, &LIMITS).map(|sheets| sheets.len())
    } else {
        read_member_within(&path, "main.csv", &LIMITS).map(|bytes| bytes.len())
    };
    let error = outcome.unwrap_err();
    let Error::Refused { problem, .. } = &error else { panic!("{error}") };
    assert_eq!(problem.to_string(), expected);
    assert_eq!(error.to_string(), format!("`{}` {expected}", path.display()));
    assert!(error.hint().is_some());
}
