//! Every bad workbook is refused before its reader sees it, each with its own message.

use crate::{
    check_refused,
    raw_zip::{Raw, zip_of},
    workbooks::parts,
};

const SHEET: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>"#;

/// The parts of an honest workbook, as the headers of its zip will state them.
pub(crate) fn raw_parts() -> Vec<Raw> {
    parts(SHEET).iter().map(|(name, part)| Raw::deflated(name, part.as_bytes())).collect()
}

/// A workbook in which another part stands in the place of one.
pub(crate) fn workbook_with(part: Raw) -> Vec<u8> {
    let mut raw = raw_parts();
    raw.retain(|other| other.name != part.name);
    raw.push(part);
    zip_of(&raw)
}

fn texts(text: &str) -> Vec<u8> {
    format!("<sst><si><t>{text}</t></si></sst>").into_bytes()
}

#[test]
fn entities() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>"#;
    let wide: Vec<u8> =
        std::iter::once(0xfeff).chain(laughs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for part in ["xl/sharedStrings.xml", "xl/worksheets/sheet2.xml", "_rels/.rels", "customXml/item1.xml"] {
        for bytes in [laughs.as_bytes(), &wide] {
            check_refused(
                &workbook_with(Raw::deflated(part, bytes)),
                &format!("has a document type, which may define endless entities: member `{part}`"),
            );
        }
    }
    check_refused(
        &workbook_with(Raw::deflated(
            "xl/styles.xml",
            b"<?xml version='1.0' encoding='UTF-7'?><styleSheet/>",
        )),
        "needs something that is not supported: member `xl/styles.xml` is XML in `utf-7`",
    );
}

#[test]
fn bombs() {
    let zeros = texts(&"0".repeat(250_000));
    check_refused(
        &workbook_with(Raw::deflated("xl/worksheets/sheet2.xml", &zeros)),
        "looks like a zip bomb: member `xl/worksheets/sheet2.xml` inflates to more than 100 times its packed size",
    );
    check_refused(
        &workbook_with(Raw { bytes: 90_000, ..Raw::deflated("xl/worksheets/sheet2.xml", &zeros) }),
        "is damaged: member `xl/worksheets/sheet2.xml` does not inflate: File is larger than its declared uncompressed size",
    );
    let mut noise = String::new();
    for at in 0_u32..60_000 {
        noise += &format!("{:04x}", at.wrapping_mul(40_503) & 0xffff);
    }
    check_refused(
        &workbook_with(Raw::deflated("xl/sharedStrings.xml", &texts(&noise))),
        "is too large: the texts and styles of the workbook have more than 200000 bytes",
    );
    let large = texts(&noise.repeat(2));
    check_refused(
        &workbook_with(Raw::stored("xl/worksheets/sheet2.xml", &large)),
        "is too large: member `xl/worksheets/sheet2.xml` has more than 300000 bytes",
    );
    let mut two = raw_parts();
    two.retain(|part| !part.name.starts_with(b"xl/worksheets/"));
    two.extend(
        [1, 2].map(|number| Raw::stored(&format!("xl/worksheets/sheet{number}.xml"), noise.as_bytes())),
    );
    check_refused(&zip_of(&two), "is too large: its members have more than 400000 bytes in all");
    check_refused(
        &workbook_with(Raw::deflated("xl/sharedStrings.xml", br#"<sst uniqueCount="99999999999"></sst>"#)),
        "is damaged: member `xl/sharedStrings.xml` claims to hold 99999999999 texts, for which it is too short",
    );
}

#[test]
fn tricks() {
    check_refused(
        &workbook_with(Raw::stored("xl/embeddings/book.xlsx", &zip_of(&raw_parts()))),
        "holds an archive where a file was expected: member `xl/embeddings/book.xlsx` is a zip",
    );
    let secret = Raw { flags: 1, ..Raw::stored("xl/styles.xml", b"<styleSheet/>") };
    check_refused(&workbook_with(secret), "is encrypted: `xl/styles.xml`");
    check_refused(
        &workbook_with(Raw::stored("../styles.xml", b"<styleSheet/>")),
        "has a member with a forbidden name: `../styles.xml` contains `..`",
    );
    check_refused(
        &workbook_with(Raw::stored("XL/workbook.xml", b"<workbook/>")),
        "has members whose names differ in case only: `xl/workbook.xml` and `XL/workbook.xml`",
    );
    check_refused(
        &workbook_with(Raw { mode: 0o120_777, ..Raw::stored("xl/link.xml", b"/etc/passwd") }),
        "has a member that is a link: `xl/link.xml`",
    );
    check_refused(
        &workbook_with(Raw { offset: Some(0), ..Raw::stored("xl/twin.xml", b"") }),
        "has members that overlap: `xl/twin.xml` and `[Content_Types].xml`",
    );
    check_refused(
        &workbook_with(Raw { crc: 1, ..Raw::stored("xl/styles.xml", b"<styleSheet/>") }),
        "is damaged: the checksum of its member `xl/styles.xml` does not match",
    );
    let whole = zip_of(&raw_parts());
    check_refused(&whole[..whole.len() - 30], "is cut off: the directory at its end is missing");
    // Behind the first directory stands a second one, for readers that look from the end.
    let mut two = whole.clone();
    two.extend(&whole);
    check_refused(&two, "is damaged: it has more than one directory");
}
