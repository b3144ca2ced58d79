//! No bad archive takes more than 64 MiB of memory before it is refused: each is refused by a process of its own, which
//! says how much it took.

use std::{
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
};

use iapt_archive::{Kind, for_each_row, kind, test_member};
use rars::{ArchiveVersion, Builder};

use crate::{
    bad_workbooks::{raw_parts, workbook_with},
    raw_rar::{build, encrypted_rar5, patch_rar5, rar_of},
    raw_zip::{Raw, zip_of},
};

/// What the child is told: the archive.
const ARCHIVE: &str = "IAPT_TEST_ARCHIVE";

const MOST: u64 = 64 << 20;

/// What each bad archive is, what its message says, and its bytes.
type Bad = (&'static str, &'static str, Vec<u8>);

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the system is asked in /proc")]
fn every_refusal_takes_less_than_64_mib() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    let mut n_refused = 0;
    for bad in [zips, rars, workbooks] {
        for (what, expected, archive) in bad() {
            fs_err::write(&path, &archive).unwrap();
            let (peak, message) = refuse(&path);
            println!("{:5.1} MiB  {what}: {message}", f64::from(u32::try_from(peak >> 10).unwrap()) / 1024.0);
            assert!(message.contains(expected), "{what}: {message}");
            assert!(peak < MOST, "{what} takes {peak} bytes");
            n_refused += 1;
        }
    }
    println!("{n_refused} bad archives refused");
}

/// The peak of the memory of a process that refuses the archive, in bytes, and its message.
fn refuse(path: &Path) -> (u64, String) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::child_that_refuses", "--ignored", "--nocapture"])
        .env(ARCHIVE, path)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    let answer = said.lines().find_map(|line| line.strip_prefix("refused ")).expect(&said);
    let (peak, message) = answer.split_once(' ').unwrap();
    (peak.parse::<u64>().unwrap() << 10, message.to_owned())
}

#[test]
#[ignore = "run by the test above"]
fn child_that_refuses() {
    let Ok(path) = std::env::var(ARCHIVE) else { return };
    let path = Path::new(&path);
    let member = if kind(path).is_ok_and(|kind| kind == Kind::Workbook) { "Table 1" } else { "main.csv" };
    let error = test_member(path, member).unwrap_err().to_string();
    println!("\nrefused {} {error}", peak());
}

/// As many rows as the publisher's longest sheets have, and more: of each, a code, names and a value that differs.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the system is asked in /proc")]
fn a_sheet_of_two_hundred_thousand_rows_streams() {
    const N_ROWS: u32 = 200_000;
    let mut rows = String::new();
    for number in 1..=N_ROWS {
        let mixed = number.wrapping_mul(2_654_435_761).rotate_left(9) ^ number;
        rows += &format!(
            r#"<row r="{number}"><c r="A{number}" t="s"><v>0</v></c><c r="B{number}" t="inlineStr"><is><t>{mixed:08X}</t></is></c><c r="C{number}"><v>{}</v></c></row>"#,
            mixed % 10_000
        );
    }
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    let part = Raw::deflated("xl/worksheets/sheet2.xml", sheet.as_bytes());
    fs_err::write(&path, workbook_with(part)).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::child_that_reads", "--ignored", "--nocapture"])
        .env(ARCHIVE, &path)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    let answer = said.lines().find_map(|line| line.strip_prefix("read ")).expect(&said);
    let (peak, n_rows) = answer.split_once(' ').unwrap();
    let peak = peak.parse::<u64>().unwrap() << 10;
    println!("{n_rows} rows, {} MB of XML, in {} MiB", sheet.len() / 1_000_000, peak >> 20);
    assert_eq!(n_rows, N_ROWS.to_string());
    assert!(peak < MOST, "{peak} bytes");
}

#[test]
#[ignore = "run by the test above"]
fn child_that_reads() {
    let Ok(path) = std::env::var(ARCHIVE) else { return };
    let mut n_rows = 0;
    for_each_row(Path::new(&path), "Table 1", |_, cells| {
        n_rows += usize::from(cells.len() == 3);
        ControlFlow::Continue(())
    })
    .unwrap();
    println!("\nread {} {n_rows}", peak());
}

/// The most memory that this process has had, in kB, as the system writes it.
fn peak() -> String {
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").to_owned()
}

/// Text that packs to a few hundredths, as tables do at best.
fn text(n_bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(n_bytes + 100);
    for number in 0_u32.. {
        if text.len() >= n_bytes {
            break;
        }
        let mixed = number.wrapping_mul(2_654_435_761).rotate_left(9) ^ number;
        text.extend(
            format!("CCG,{mixed:08X},NHS PLACE,Total,All,All,Count,Percentage,Mean,Median,*,*,*\n").bytes(),
        );
    }
    text
}

fn zips() -> Vec<Bad> {
    let main = || Raw::stored("main.csv", b"OrgType\nEngland\n");
    let zeros = Raw::deflated("main.csv", &vec![b'0'; 200 << 20]);
    let large = Raw::deflated("main.csv", &text(50 << 20));
    // One bomb under many names: each entry stands on the same bytes.
    let shared = |number: u32| Raw { name: format!("{number}.csv").into(), offset: Some(0), ..large.clone() };
    let many: Vec<Raw> = (0..60_000).map(|number| Raw::stored(&format!("{number}.csv"), b"")).collect();
    let whole = zip_of(std::slice::from_ref(&large));
    vec![
        ("zip in a zip (42)", "member `main.csv` is a zip", zip_of(&[Raw::stored("main.csv", &whole)])),
        ("zip of overlaps", "overlap", zip_of(&(0..10).map(shared).collect::<Vec<_>>())),
        ("zip of 200 MiB of zeros", "inflates to more than 100 times", zip_of(std::slice::from_ref(&zeros))),
        (
            "zip that lies about its size",
            "larger than its declared",
            zip_of(&[Raw { bytes: 90_000, ..zeros }]),
        ),
        ("zip of 60,000 entries", "too many entries", zip_of(&many)),
        (
            "zip with a link",
            "is a link",
            zip_of(&[main(), Raw { mode: 0o120_777, ..Raw::stored("a", b"/etc") }]),
        ),
        ("zip that climbs", "contains `..`", zip_of(&[main(), Raw::stored("../../a.csv", b"")])),
        ("zip with a wrong CRC", "checksum", zip_of(&[Raw { crc: 1, ..large }])),
        ("zip cut off", "is cut off", whole[..whole.len() / 2].to_vec()),
        ("zip that is encrypted", "is encrypted", zip_of(&[Raw { flags: 1, ..main() }])),
    ]
}

fn rars() -> Vec<Bad> {
    let stored =
        |name: &str, data: &[u8]| build(Builder::new(ArchiveVersion::Rar50).store(true), &[(name, data)]);
    let patched = |mut rar: Vec<u8>, change: fn(&mut [u8], usize)| {
        patch_rar5(&mut rar, b"main.csv", change);
        rar
    };
    let small = stored("main.csv", b"OrgType\nEngland\n");
    let packed = |n_bytes: usize| {
        let fast = Builder::new(ArchiveVersion::Rar50).compression_level(Some(1));
        build(fast, &[("main.csv", &text(n_bytes))])
    };
    let (below, above) = (packed(15 << 20), packed(40 << 20));
    let mut link = Builder::new(ArchiveVersion::Rar50).store(true);
    link.add_unix_symlink(b"main.csv".to_vec(), b"/etc/passwd".to_vec(), false, None, None).unwrap();
    vec![
        ("RAR in a RAR (42)", "member `main.csv` is a RAR", stored("main.csv", &small)),
        (
            "RAR of 16 MiB of zeros",
            "inflates to more than 100 times",
            rar_of(ArchiveVersion::Rar50, &[("main.csv", &vec![b'0'; 16 << 20])]),
        ),
        ("RAR with a link", "is a link", link.to_bytes().unwrap()),
        (
            "RAR that climbs",
            "contains `..`",
            patched(small.clone(), |rar, at| rar[at..at + 3].copy_from_slice(b"../")),
        ),
        ("RAR with a wrong CRC, decoded whole", "checksum", patched(below, wrong_crc)),
        ("RAR with a wrong CRC, decoded as a stream", "checksum", patched(above.clone(), wrong_crc)),
        (
            "RAR with a dictionary of 32 MiB",
            "checksum",
            patched(above.clone(), |rar, at| {
                wrong_crc(rar, at);
                dictionary(rar, at, 8);
            }),
        ),
        (
            "RAR with a dictionary of 64 MiB",
            "not supported",
            patched(above.clone(), |rar, at| dictionary(rar, at, 9)),
        ),
        (
            "RAR with a dictionary of 4 GiB",
            "not supported",
            patched(above.clone(), |rar, at| dictionary(rar, at, 15)),
        ),
        ("RAR cut off", "is cut off", above[..above.len() / 2].to_vec()),
        ("RAR that is encrypted", "is encrypted", encrypted_rar5()),
    ]
}

/// Turns a bit of the checksum of `main.csv`: after the name, the size and type of the record, and the kind of hash.
fn wrong_crc(rar: &mut [u8], name: usize) {
    rar[name + 8 + 3] ^= 1;
}

/// States another dictionary: 128 KiB, doubled so many times (RAR 5 technical note, compression information; the system
/// and the length of the name follow it).
fn dictionary(rar: &mut [u8], name: usize, doubled: u8) {
    assert_eq!(rar[name - 4] & 0x80, 0x80, "the compression information takes two bytes");
    rar[name - 3] = rar[name - 3] & 0x07 | doubled << 3;
}

fn workbooks() -> Vec<Bad> {
    let sheet = |rows: &[u8]| {
        let rows = [b"<worksheet><sheetData>", rows, b"</sheetData></worksheet>"].concat();
        Raw::deflated("xl/worksheets/sheet2.xml", &rows)
    };
    let laughs = br#"<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><sst/>"#;
    let cells = text(50 << 20);
    // As many texts as may be kept, and a row that comes too late.
    let n_texts = (16 << 20) / 20 - 500;
    let texts: String = (0..n_texts)
        .map(|number: u32| "<si><t>".to_owned() + &format!("{:04x}</t></si>", number & 0xffff))
        .collect();
    let late = br#"<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#;
    let mut held = raw_parts();
    held.retain(|part| !part.name.ends_with(b"sheet2.xml") && !part.name.ends_with(b"sharedStrings.xml"));
    held.push(sheet(late));
    held.push(Raw::deflated(
        "xl/sharedStrings.xml",
        format!("<sst uniqueCount=\"{n_texts}\">{texts}</sst>").as_bytes(),
    ));
    let whole = zip_of(&raw_parts());
    vec![
        (
            "workbook with entities",
            "document type",
            workbook_with(Raw::deflated("xl/sharedStrings.xml", laughs)),
        ),
        (
            "workbook of 200 MiB of zeros",
            "inflates to more than 100 times",
            workbook_with(sheet(&vec![b'0'; 200 << 20])),
        ),
        (
            "workbook of one text of 50 MiB",
            "texts and styles",
            workbook_with(Raw::deflated("xl/sharedStrings.xml", &cells)),
        ),
        (
            "workbook that claims 10^11 texts",
            "claims to hold",
            workbook_with(Raw::deflated("xl/sharedStrings.xml", br#"<sst uniqueCount="99999999999"/>"#)),
        ),
        ("workbook of as many texts as may be", "row 1 of sheet `Table 1 ` follows row 2", zip_of(&held)),
        ("workbook in a workbook", "is a zip", workbook_with(Raw::stored("xl/embeddings/a.xlsx", &whole))),
        (
            "workbook of overlaps",
            "overlap",
            workbook_with(Raw { offset: Some(0), ..Raw::stored("xl/twin.xml", b"") }),
        ),
        (
            "workbook with a link",
            "is a link",
            workbook_with(Raw { mode: 0o120_777, ..Raw::stored("xl/a.xml", b"/etc") }),
        ),
        ("workbook that climbs", "contains `..`", workbook_with(Raw::stored("../a.xml", b""))),
        ("workbook with a wrong CRC", "checksum", workbook_with(Raw { crc: 1, ..sheet(&cells) })),
        ("workbook cut off", "is cut off", whole[..whole.len() / 2].to_vec()),
        (
            "workbook that is encrypted",
            "is encrypted",
            workbook_with(Raw { flags: 1, ..Raw::stored("xl/a.xml", b"") }),
        ),
    ]
}
