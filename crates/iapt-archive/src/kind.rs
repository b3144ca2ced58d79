//! What a file is, by its first bytes.

use std::{
    io::{self, Read},
    path::Path,
};

use crate::{Error, Problem, zipped};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A zip.
    Zip,
    /// A zip that holds a workbook in the form of Office Open XML (xlsx).
    Workbook,
    /// A RAR, of version 1.5 or later.
    Rar,
    /// Text that is not a web page. The file is its only member.
    Plain,
}

/// How many bytes are looked at; a page's doctype may follow a comment.
const HEAD: u64 = 1024;

/// How many characters of a file a message shows.
const SHOWN: usize = 60;

/// Tells what the file at `path` is by its first bytes; of a zip, also by the names in it.
///
/// # Errors
///
/// [`Problem::Empty`], [`Problem::Html`] or [`Problem::UnknownKind`] when it is nothing that can be read.
pub fn kind(path: &Path) -> Result<Kind, Error> {
    match kind_of(&head(path)?).map_err(|problem| problem.of(path))? {
        Kind::Zip if zipped::holds_workbook(path) => Ok(Kind::Workbook),
        kind => Ok(kind),
    }
}

/// The first characters of a file, on one line, as messages show them.
///
/// # Errors
///
/// [`Error::Io`] when the file cannot be read.
pub fn beginning(path: &Path) -> Result<String, Error> {
    Ok(shown(&head(path)?))
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    fs_err::File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn kind_of(head: &[u8]) -> Result<Kind, Problem> {
    // Every zip but an empty one begins with the header of its first member.
    const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
    const RAR: [&[u8]; 2] = [b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"];
    let begins_with = |signatures: &[&[u8]]| signatures.iter().any(|signature| head.starts_with(signature));
    if head.is_empty() {
        Err(Problem::Empty)
    } else if begins_with(&ZIP) {
        Ok(Kind::Zip)
    } else if begins_with(&RAR) {
        Ok(Kind::Rar)
    } else if is_utf_16(head) {
        Err(Problem::Utf16)
    } else if is_html(head) {
        Err(Problem::Html { begins: shown(head) })
    } else if archive_kind(head).is_some() || !is_text(head) {
        Err(Problem::UnknownKind { begins: shown(head) })
    } else {
        Ok(Kind::Plain)
    }
}

/// The kind of archive or compressed file that bytes begin as, of those that are common.
pub(crate) fn archive_kind(head: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 10] = [
        (b"PK\x03\x04", "a zip"),
        (b"PK\x05\x06", "a zip"),
        (b"PK\x07\x08", "a zip"),
        (b"Rar!\x1a\x07", "a RAR"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\x1f\x8b", "a gzip file"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ\x00", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"MSCF", "a cabinet"),
    ];
    let is_tar = head.get(257..262) == Some(b"ustar");
    let signature = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    signature.map(|(_, kind)| *kind).or_else(|| is_tar.then_some("a tar"))
}

/// Whether bytes begin as text in UTF-16: with its byte order mark, or with a NUL beside each of the first letters.
#[must_use]
pub fn is_utf_16(head: &[u8]) -> bool {
    const MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    const UTF_32: &[u8] = b"\xff\xfe\0\0";
    if MARKS.iter().any(|mark| head.starts_with(mark)) {
        return !head.starts_with(UTF_32);
    }
    let pairs = || head.chunks_exact(2).take(8);
    let is_ascii = |letter: u8| letter != 0 && letter.is_ascii();
    let is_little = |pair: &[u8]| matches!(pair, [letter, 0] if is_ascii(*letter));
    let is_big = |pair: &[u8]| matches!(pair, [0, letter] if is_ascii(*letter));
    head.len() >= 4 && (pairs().all(is_little) || pairs().all(is_big))
}

/// A first character `<` and a tag of a page soon after it: no CSV begins so.
fn is_html(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).to_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<')
        && ["<!doctype html", "<html", "<head", "<body", "<script", "<title"]
            .iter()
            .any(|tag| text.contains(tag))
}

/// No control characters at the very beginning, where binary formats keep their signatures and lengths.
fn is_text(head: &[u8]) -> bool {
    head.iter().take(16).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
}

/// The first characters of a file, on one line, with what cannot be printed escaped.
fn shown(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head.get(..4 * SHOWN).unwrap_or(head)).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(SHOWN).map(printable).collect()
}

/// A character as a message may show it.
pub(crate) fn printable(character: char) -> String {
    if character.is_control() || character == '`' {
        character.escape_default().to_string()
    } else {
        character.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &[u8], expected: Result<Kind, &str>) {
        let found = kind_of(head).map_err(|problem| problem.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{}", shown(head));
    }

    #[test]
    fn content_decides() {
        check(b"PK\x03\x04...", Ok(Kind::Zip));
        check(b"PK\x05\x06...", Ok(Kind::Zip));
        check(b"Rar!\x1a\x07\x00...", Ok(Kind::Rar));
        check(b"Rar!\x1a\x07\x01\x00...", Ok(Kind::Rar));
        check(b"OrgType,OrgCode\nEngland,All\n", Ok(Kind::Plain));
        check(b"\xef\xbb\xbfOrgType,OrgCode\n", Ok(Kind::Plain));
        check(b"a", Ok(Kind::Plain));
        check(b"", Err("is empty"));
    }

    #[test]
    fn utf_16_is_named_with_and_without_a_byte_order_mark() {
        let utf_16 = Err("is text in UTF-16, which is not read: UTF-8 was expected");
        let of =
            |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for text in [
            "OrgType,OrgCode\r\nEngland,All\r\n",
            "a,",
            "\u{feff}OrgType,OrgCode\n",
            "\u{feff}",
            "<html></html>",
        ] {
            for unit in [u16::to_le_bytes, u16::to_be_bytes] {
                check(&of(text, unit), utf_16);
            }
        }
        check(b"a\0", Err("is neither a zip, a RAR nor text; it begins with `a\\u{0}`"));
        check(
            b"\xff\xfe\0\0a\0\0\0",
            Err(
                "is neither a zip, a RAR nor text; it begins with `\u{fffd}\u{fffd}\\u{0}\\u{0}a\\u{0}\\u{0}\\u{0}`",
            ),
        );
    }

    #[test]
    fn pages_are_named_as_such() {
        let page = "is an HTML page, not an archive; it begins with ";
        check(
            b"<!DOCTYPE html>\n<title>No</title>",
            Err(&format!("{page}`<!DOCTYPE html> <title>No</title>`")),
        );
        check(b"\xef\xbb\xbf \r\n<HTML>", Err(&format!("{page}`\u{feff} <HTML>`")));
        check(b"<!-- challenge --><html>", Err(&format!("{page}`<!-- challenge --><html>`")));
    }

    #[test]
    fn other_formats_are_unknown() {
        let unknown = "is neither a zip, a RAR nor text; it begins with ";
        check(b"7z\xbc\xaf\x27\x1c", Err(&format!("{unknown}`7z\u{fffd}\u{fffd}'\\u{{1c}}`")));
        check(b"%PDF-1.4\x00\x01", Err(&format!("{unknown}`%PDF-1.4\\u{{0}}\\u{{1}}`")));
        check(b"BZh91AY", Err(&format!("{unknown}`BZh91AY`")));
        check(b"RE~^\x07\x00", Err(&format!("{unknown}`RE~^\\u{{7}}\\u{{0}}`")));
    }
}
