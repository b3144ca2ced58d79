//! Every bad RAR is refused, each with its own message.

use rars::{ArchiveVersion, Builder};

use crate::{
    check_refused,
    raw_rar::{build, encrypted_rar5, patch_rar4, patch_rar5, rar_of},
};

const MAIN: &[u8] = b"OrgType,OrgCode\nEngland,All\n";

fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    build(Builder::new(ArchiveVersion::Rar50).store(true), files)
}

#[test]
fn cut_off() {
    let rar = stored(&[("main.csv", MAIN), ("other.csv", &[b'x'; 500])]);
    check_refused(&rar[..10], "is cut off: input is too short");
    check_refused(&rar[..rar.len() / 2], "is cut off: input is too short");
    check_refused(&rar[..rar.len() - 8], "is cut off: the record at its end is missing");
    let old = build(Builder::new(ArchiveVersion::Rar40).store(true), &[("main.csv", &[b'x'; 500])]);
    check_refused(&old[..old.len() / 2], "is cut off: input is too short");
}

#[test]
fn contradictions() {
    let mut flipped = stored(&[("main.csv", MAIN)]);
    let at = flipped.windows(7).position(|window| window == b"England").unwrap();
    flipped[at] = b'e';
    check_refused(&flipped, "is damaged: the checksum of its member `main.csv` does not match");
    let mut header = stored(&[("main.csv", MAIN)]);
    let at = header.windows(8).position(|window| window == b"main.csv").unwrap();
    header[at] = b'M';
    check_refused(&header, "is damaged: the checksum of a header does not match");
}

#[test]
fn too_much() {
    let many: Vec<String> = (0..11).map(|number| format!("{number}.csv")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"a\n".as_slice())).collect();
    check_refused(&stored(&many), "has too many entries: more than 10");
    let more: Vec<(&str, &[u8])> = many.iter().cycle().take(60).copied().collect();
    check_refused(&stored(&more), "has too many entries: more than 10");
    let noise: Vec<u8> =
        (0_u32..300_001).map(|at| (at.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
    check_refused(
        &stored(&[("main.csv", &noise)]),
        "is too large: member `main.csv` has more than 300000 bytes",
    );
    check_refused(
        &stored(&[("a.csv", &noise[..250_000]), ("main.csv", &noise[..250_000])]),
        "is too large: its members have more than 400000 bytes in all",
    );
    for version in [ArchiveVersion::Rar40, ArchiveVersion::Rar50] {
        check_refused(
            &rar_of(version, &[("main.csv", &vec![b'0'; 250_000])]),
            "looks like a zip bomb: member `main.csv` inflates to more than 100 times its packed size",
        );
    }
}

#[test]
fn names() {
    let renamed = |name: &[u8; 8]| {
        let mut rar = stored(&[("main.csv", MAIN), ("nice.csv", b"a\n")]);
        patch_rar5(&mut rar, b"nice.csv", |archive, at| archive[at..at + 8].copy_from_slice(name));
        rar
    };
    let forbidden = "has a member with a forbidden name:";
    check_refused(&renamed(b"/etc.csv"), &format!("{forbidden} `/etc.csv` is an absolute path"));
    check_refused(&renamed(b"../x.csv"), &format!("{forbidden} `../x.csv` contains `..`"));
    check_refused(&renamed(b"C:\\a.csv"), &format!("{forbidden} `C:\\a.csv` begins with a drive letter"));
    check_refused(&renamed(b"a\0bc.csv"), &format!("{forbidden} `a\\u{{0}}bc.csv` contains a NUL"));
    check_refused(&renamed(b"main.csv"), "has two members of one name: `main.csv`");
    check_refused(
        &renamed(b"MAIN.csv"),
        "has members whose names differ in case only: `main.csv` and `MAIN.csv`",
    );
}

#[test]
fn tricks() {
    for version in [ArchiveVersion::Rar40, ArchiveVersion::Rar50] {
        let mut builder = Builder::new(version).store(true);
        builder.add_unix_symlink(b"link.csv".to_vec(), b"/etc/passwd".to_vec(), false, None, None).unwrap();
        check_refused(&builder.to_bytes().unwrap(), "has a member that is a link: `link.csv`");
    }
    let inner = stored(&[("main.csv", MAIN)]);
    check_refused(
        &stored(&[("main.csv", &inner)]),
        "holds an archive where a file was expected: member `main.csv` is a RAR",
    );
    let volumes = {
        let mut builder = Builder::new(ArchiveVersion::Rar50).store(true).volume_size(Some(2000));
        builder.add_bytes(b"main.csv".to_vec(), vec![b'x'; 5000], None, None).unwrap();
        builder.build_volumes(None).unwrap()
    };
    check_refused(
        &volumes[0],
        "needs something that is not supported: member `main.csv` goes on in another volume",
    );
}

#[test]
fn encrypted() {
    let mut member = build(Builder::new(ArchiveVersion::Rar40).store(true), &[("main.csv", MAIN)]);
    // RAR 4 technical note: flag 4 of a file header says that the file is encrypted.
    patch_rar4(&mut member, b"main.csv", |header| header[3] |= 4);
    check_refused(&member, "is encrypted: `main.csv`");
    check_refused(&encrypted_rar5(), "is encrypted");
}

#[test]
fn another_member() {
    let rar = stored(&[("a.csv", b"a\n"), ("b.csv", b"b\n")]);
    check_refused(&rar, "has no member `main.csv`; it has `a.csv`, `b.csv`");
}
