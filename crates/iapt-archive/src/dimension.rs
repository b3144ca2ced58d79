//! The range of cells that a sheet states before its first row, such as `A1:J20`.

use memchr::{memchr, memmem};

const TAG: &[u8] = b"dimension";

/// The beginning of a sheet with `A1` for its range of cells, where it states one that is no plain range; none where it
/// states a plain one, or none at all.
pub(crate) fn plain(head: &[u8]) -> Option<Vec<u8>> {
    let before_cells = memmem::find(head, b"sheetData").unwrap_or(head.len());
    let is_tag = |end: &usize| {
        let before = end.checked_sub(TAG.len() + 1).and_then(|at| head.get(at));
        let is_begun = before.is_some_and(|byte| b"<:".contains(byte));
        is_begun && head.get(*end).is_some_and(|byte| b"/>".contains(byte) || byte.is_ascii_whitespace())
    };
    let name_ends = memmem::find_iter(head.get(..before_cells)?, TAG).map(|at| at + TAG.len());
    let name_end = name_ends.into_iter().find(is_tag)?;
    let end = name_end + memchr(b'>', head.get(name_end..)?)?;
    let tag = head.get(name_end..end)?;
    if std::str::from_utf8(tag).is_ok_and(is_plain) {
        return None;
    }
    let closed: &[u8] = if tag.ends_with(b"/") { b"/" } else { b"" };
    Some([head.get(..name_end)?, b" ref=\"A1\"", closed, head.get(end..)?].concat())
}

/// Whether the attributes of the tag hold one range of cells, from a first to a last.
fn is_plain(tag: &str) -> bool {
    let Some((_, after)) = tag.split_once("ref=") else { return false };
    let mut parts = after.splitn(3, ['"', '\'']);
    let (Some(""), Some(range), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let (first, last) = range.split_once(':').unwrap_or((range, range));
    match (cell(first), cell(last)) {
        (Some(first), Some(last)) => first.0 <= last.0 && first.1 <= last.1,
        _ => false,
    }
}

/// Column and row of a cell, from 1.
fn cell(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = text.split_at_checked(letters)?;
    let is_number = !row.is_empty() && row.len() <= 7 && row.bytes().all(|digit| digit.is_ascii_digit());
    if !(1..=3).contains(&column.len()) || !is_number {
        return None;
    }
    let letter = |sum: u32, letter: u8| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    let row: u32 = row.parse().ok()?;
    (row > 0).then(|| (column.bytes().fold(0, letter), row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: &str, expected: Option<&str>) {
        let head = |tag: &str| format!("<worksheet><sheetPr/>{tag}<sheetData><row>");
        let found = plain(head(tag).as_bytes()).map(|head| String::from_utf8(head).unwrap());
        assert_eq!(found, expected.map(head), "{tag}");
    }

    #[test]
    fn ranges_that_are_none_are_replaced() {
        for range in ["A1", "A1:J20", "a1:j20", "B7:XFD1048576", "AA10:AB10"] {
            check(&format!(r#"<dimension ref="{range}"/>"#), None);
        }
        for range in [
            "A0",
            "A0:J20",
            "",
            "A",
            "1",
            "A1:A0",
            "B2:A1",
            "A9:B1",
            "A1:B2:C3",
            "A99999999999",
            "AAAAAAAAAA1",
            "Ä1",
        ] {
            check(&format!(r#"<dimension ref="{range}"/>"#), Some(r#"<dimension ref="A1"/>"#));
        }
        check("<x:dimension ref='A0'></x:dimension>", Some(r#"<x:dimension ref="A1"></x:dimension>"#));
        check("<dimension/>", Some(r#"<dimension ref="A1"/>"#));
        for tag in ["", "<dimension", r#"<sheetPr codeName="dimension"/>"#] {
            check(tag, None);
        }
    }
}
