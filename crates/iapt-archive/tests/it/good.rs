//! Honest archives of every kind give back what was packed.

use iapt_archive::{Entry, Kind, Tested, kind, members, published_name, read_member, test_member};
use rars::{ArchiveVersion, Builder};

use crate::{
    raw_rar::{build, rar_of},
    raw_zip::honest,
};

/// Rows as a publication has them: text that packs well but not absurdly.
fn rows(n_rows: u32) -> Vec<u8> {
    let row = |number: u32| {
        let mixed = number.wrapping_mul(2_654_435_761);
        format!("CCG,{:03X},NHS PLACE {number},Total,All,{},{},*\n", mixed >> 20, mixed % 9973, mixed % 89)
    };
    (0..n_rows).map(row).collect::<String>().into_bytes()
}

#[track_caller]
fn check(archive: &[u8], expected: Kind, main: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    // The extension lies.
    let path = folder.path().join("pack.7z");
    fs_err::write(&path, archive).unwrap();
    assert_eq!(kind(&path).unwrap(), expected);
    assert_eq!(
        members(&path).unwrap(),
        [
            Entry { name: "first.csv".to_owned(), bytes: 4 },
            Entry { name: "main.csv".to_owned(), bytes: u64::try_from(main.len()).unwrap() },
        ]
    );
    assert!(read_member(&path, "main.csv").unwrap() == main);
    assert_eq!(read_member(&path, "first.csv").unwrap(), b"a,b\n");
    let n_lines = main.split(|byte| *byte == b'\n').count() - 1;
    let tested =
        Tested { bytes: u64::try_from(main.len()).unwrap(), lines: Some(u64::try_from(n_lines).unwrap()) };
    assert_eq!(test_member(&path, "main.csv").unwrap(), tested);
}

#[test]
fn zips() {
    let main = rows(50_000);
    check(&honest(&[("first.csv", b"a,b\n"), ("main.csv", &main)]), Kind::Zip, &main);
}

#[test]
fn compressed_rars_of_every_version() {
    let main = rows(1_500);
    for version in [
        ArchiveVersion::Rar15,
        ArchiveVersion::Rar20,
        ArchiveVersion::Rar29,
        ArchiveVersion::Rar40,
        ArchiveVersion::Rar50,
        ArchiveVersion::Rar70,
    ] {
        let rar = rar_of(version, &[("first.csv", b"a,b\n"), ("main.csv", &main)]);
        assert!(rar.len() < main.len() / 2, "{version} did not compress");
        check(&rar, Kind::Rar, &main);
    }
}

#[test]
fn solid_and_stored_rars() {
    let main = rows(1_500);
    let files: [(&str, &[u8]); 2] = [("first.csv", b"a,b\n"), ("main.csv", &main)];
    for version in [ArchiveVersion::Rar40, ArchiveVersion::Rar50] {
        check(&build(Builder::new(version).solid(true), &files), Kind::Rar, &main);
        check(&build(Builder::new(version).store(true), &files), Kind::Rar, &main);
    }
}

#[test]
fn a_plain_file_is_its_own_only_member() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.csv");
    fs_err::write(&path, b"OrgType\nEngland\n").unwrap();
    assert_eq!(kind(&path).unwrap(), Kind::Plain);
    assert_eq!(members(&path).unwrap(), [Entry { name: "main.csv".to_owned(), bytes: 16 }]);
    assert_eq!(read_member(&path, "main.csv").unwrap(), b"OrgType\nEngland\n");
    assert_eq!(read_member(&path, "as-the-release-calls-it.csv").unwrap(), b"OrgType\nEngland\n");
}

#[test]
fn a_missing_file_is_named() {
    let error = members("no/such/pack.zip".as_ref()).unwrap_err().to_string();
    assert!(error.contains("no/such/pack.zip"), "{error}");
}

#[test]
fn folders_are_separated_alike_whoever_packed_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack");
    fs_err::write(&path, honest(&[("csvs\\main.csv", b"a,b\n")])).unwrap();
    assert_eq!(members(&path).unwrap(), [Entry { name: "csvs/main.csv".to_owned(), bytes: 4 }]);
    assert_eq!(read_member(&path, "csvs/main.csv").unwrap(), b"a,b\n");
}

/// What a declared name is called in an archive of these members.
#[track_caller]
fn check_name(members: &[&str], declared: &str, expected: &str) {
    let files: Vec<(&str, &[u8])> = members.iter().map(|name| (*name, b"a,b\n".as_slice())).collect();
    for archive in
        [honest(&files), rar_of(ArchiveVersion::Rar50, &files), rar_of(ArchiveVersion::Rar40, &files)]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pack");
        fs_err::write(&path, archive).unwrap();
        let found = published_name(&path, declared);
        if let Ok(name) = &found {
            assert_eq!(read_member(&path, name).unwrap(), b"a,b\n");
        }
        let found = found.unwrap_or_else(|error| error.to_string());
        assert_eq!(found.replace(&path.display().to_string(), "FILE"), expected, "{declared}");
    }
}

#[test]
fn a_member_is_found_in_whatever_folder() {
    check_name(&["main.csv"], "main.csv", "main.csv");
    check_name(&["csvs/main.csv", "csvs/other.csv"], "main.csv", "csvs/main.csv");
    check_name(&["a/b c/main.csv", "a/main.csv.bak", "domain.csv"], "main.csv", "a/b c/main.csv");
    check_name(&["2021/x-table-1a.csv", "2021/x-table-1b.csv"], "*table-1a.csv", "2021/x-table-1a.csv");
    check_name(&["2021/table-1a.csv", "table-1b.csv"], "table-1a*.csv", "2021/table-1a.csv");
    check_name(&["old/main.csv", "new/main.csv"], "new/main.csv", "new/main.csv");
    check_name(
        &["main.csv", "old/main.csv"],
        "main.csv",
        "`FILE` has several members like `main.csv`: `main.csv`, `old/main.csv`",
    );
    check_name(
        &["a/main.csv", "b/main.csv", "c/other.csv"],
        "main.csv",
        "`FILE` has several members like `main.csv`: `a/main.csv`, `b/main.csv`",
    );
    check_name(&["a/main.csv"], "b/main.csv", "`FILE` has no member `b/main.csv`; it has `a/main.csv`");
}
