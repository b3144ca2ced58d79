//! Every bad zip is refused, each with its own message.

use crate::{
    check_refused,
    raw_zip::{Raw, honest, zip_of},
};

const MAIN: &[u8] = b"OrgType,OrgCode\nEngland,All\n";

fn main() -> Raw {
    Raw::stored("main.csv", MAIN)
}

#[test]
fn no_archive_at_all() {
    check_refused(b"", "is empty");
    check_refused(
        b"<!DOCTYPE html><html><body>Checking your browser</body></html>",
        "is an HTML page, not an archive; it begins with `<!DOCTYPE html><html><body>Checking your browser</body></htm`",
    );
    check_refused(
        b"\x1f\x8b\x08\0\0\0",
        "is neither a zip, a RAR nor text; it begins with `\\u{1f}\u{fffd}\\u{8}\\u{0}\\u{0}\\u{0}`",
    );
}

#[test]
fn cut_off() {
    let zip = honest(&[("main.csv", MAIN), ("other.csv", b"a,b\n")]);
    for length in [40, zip.len() / 2, zip.len() - 22] {
        check_refused(&zip[..length], "is cut off: the directory at its end is missing");
    }
    // Cut inside the last record.
    check_refused(&zip[..zip.len() - 12], "is cut off: the directory at its end is missing");
}

#[test]
fn contradictions() {
    let elsewhere = Raw { offset: Some(3), ..main() };
    check_refused(&zip_of(&[elsewhere]), "is damaged: member `main.csv` is not where the directory says");
    let mut long = zip_of(&[main()]);
    let directory = long.len() - 22 - 46 - 8;
    long[directory + 20..directory + 24].copy_from_slice(&1000_u32.to_le_bytes());
    check_refused(&long, "is damaged: member `main.csv` runs into the directory");
    let wrong = Raw { crc: 1, ..main() };
    check_refused(&zip_of(&[wrong]), "is damaged: the checksum of its member `main.csv` does not match");
    let noise = Raw { packed: vec![0xff; 40], ..Raw::deflated("main.csv", MAIN) };
    check_refused(
        &zip_of(&[noise]),
        "is damaged: member `main.csv` does not inflate: corrupt deflate stream",
    );
}

#[test]
fn too_much() {
    let many: Vec<Raw> = (0..11).map(|number| Raw::stored(&format!("{number}.csv"), b"a\n")).collect();
    check_refused(&zip_of(&many), "has too many entries: more than 10");
    let mut stated = zip_of(&many[..2]);
    let record = stated.len() - 22;
    stated[record + 8..record + 12].fill(0xff);
    check_refused(&stated, "has too many entries: more than 10");
    let noise: Vec<u8> =
        (0_u32..300_001).map(|at| (at.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
    check_refused(
        &zip_of(&[Raw::stored("main.csv", &noise)]),
        "is too large: member `main.csv` has more than 300000 bytes",
    );
    check_refused(
        &zip_of(&[Raw::stored("a.csv", &noise[..250_000]), Raw::stored("main.csv", &noise[..250_000])]),
        "is too large: its members have more than 400000 bytes in all",
    );
}

#[test]
fn bombs() {
    let zeros = vec![b'0'; 250_000];
    let honest = Raw::deflated("main.csv", &zeros);
    let bomb = "looks like a zip bomb: member `main.csv` inflates to more than 100 times its packed size";
    check_refused(&zip_of(std::slice::from_ref(&honest)), bomb);
    // Whatever the header says, no more comes out than it says.
    let lies = Raw { bytes: 90_000, ..honest };
    check_refused(
        &zip_of(&[lies]),
        "is damaged: member `main.csv` does not inflate: File is larger than its declared uncompressed size",
    );
}

#[test]
fn names() {
    let named = |name: &str| zip_of(&[main(), Raw::stored(name, b"a\n")]);
    let forbidden = "has a member with a forbidden name:";
    check_refused(&named("/etc/passwd"), &format!("{forbidden} `/etc/passwd` is an absolute path"));
    check_refused(&named("..\\x.csv"), &format!("{forbidden} `..\\x.csv` contains `..`"));
    check_refused(&named("a/../../x.csv"), &format!("{forbidden} `a/../../x.csv` contains `..`"));
    check_refused(&named("C:\\x.csv"), &format!("{forbidden} `C:\\x.csv` begins with a drive letter"));
    check_refused(&named("x.csv\0.exe"), &format!("{forbidden} `x.csv\\u{{0}}.exe` contains a NUL"));
    check_refused(&named("main.csv"), "has two members of one name");
    check_refused(
        &named("Main.CSV"),
        "has members whose names differ in case only: `main.csv` and `Main.CSV`",
    );
    check_refused(&named("main.csv/"), "has two members of one name: `main.csv`");
}

#[test]
fn tricks() {
    let link = Raw { mode: 0o120_777, ..Raw::stored("link.csv", b"main.csv") };
    check_refused(&zip_of(&[main(), link]), "has a member that is a link: `link.csv`");
    let encrypted = Raw { flags: 1, ..main() };
    check_refused(&zip_of(&[encrypted]), "is encrypted: `main.csv`");
    let same = Raw { offset: Some(0), ..Raw::stored("twin.csv", MAIN) };
    check_refused(&zip_of(&[main(), same]), "has members that overlap: `main.csv` and `twin.csv`");
    let inner = Raw::stored("main.csv", &zip_of(&[main()]));
    check_refused(
        &zip_of(&[inner]),
        "holds an archive where a file was expected: member `main.csv` is a zip",
    );
    let rare = Raw { method: 77, ..main() };
    check_refused(
        &zip_of(&[rare]),
        "needs something that is not supported: the zip compression method Unsupported(77)",
    );
}

#[test]
fn another_member() {
    let zip = zip_of(&[
        Raw::stored("a.csv", b"a\n"),
        Raw::stored("folder/", b""),
        Raw::stored("folder/b.csv", b"b\n"),
    ]);
    check_refused(&zip, "has no member `main.csv`; it has `a.csv`, `folder/b.csv`");
    check_refused(&zip_of(&[]), "has no member `main.csv`; it has none");
}
