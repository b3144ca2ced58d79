//! Tables made for readers: England first, other organisations under it, and what the rows are said only in the title.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::Key;

/// How a table of the reference tables and table packs lies, as declared in `dataset.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableLayout {
    /// The text of England's row, or of the first row of England's block.
    pub england: String,
    /// The type of the organisations under England; where it is not said, only England is read.
    pub org_type: Option<String>,
    /// What the rows are broken down by: `Total`, `Religion`.
    pub category: String,
    /// Whether columns are known by where they stand alone: then nothing above England's row is read.
    #[serde(default)]
    pub by_position: bool,
    /// Whether a text or number can end in the marker of a footnote: `Jain (3)`.
    #[serde(default)]
    pub footnotes: bool,
    /// Keys that stand only in the first row that they hold for.
    #[serde(default)]
    pub fill_down: BTreeSet<Key>,
    /// Columns of one part of the category, by how their names begin: `FEMALE_` -> `Female`.
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
}

impl TableLayout {
    /// The text of a key that the table does not have.
    pub const NOT_SAID: &str = "NULL";

    /// The type, code and name that England has in the main file.
    pub const ENGLAND: [&str; 3] = ["England", "All", "All"];

    /// The part of the category that a column holds; none where it holds all of it.
    #[must_use]
    pub fn part_of(&self, published_column: &str) -> Option<&str> {
        let begins = |(prefix, _): &(&String, &String)| published_column.starts_with(prefix.as_str());
        self.parts.iter().find(begins).map(|(_, part)| part.as_str())
    }

    /// A cell without the marker of a footnote, and without the spaces before it.
    #[must_use]
    pub fn cleaned<'a>(&self, cell: &'a str) -> &'a str {
        let marked = cell.strip_suffix(')').filter(|_| self.footnotes);
        let Some((text, marker)) = marked.and_then(|marked| marked.rsplit_once('(')) else { return cell };
        let is_marker = !marker.is_empty() && marker.bytes().all(|byte| byte.is_ascii_digit());
        // A text of nothing but a marker is a heading of footnotes, and no cell.
        if is_marker && !text.trim_end().is_empty() { text.trim_end() } else { cell }
    }
}

/// The name of a column that is known by where it stands: `[A]` is the first.
#[must_use]
pub fn column_by_position(index: usize) -> String {
    format!("[{}]", letters(index))
}

fn letters(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).unwrap_or_default());
    if index < 26 { letter.to_string() } else { format!("{}{letter}", letters(index / 26 - 1)) }
}

/// Where a column stands that is known by it alone.
#[must_use]
pub fn position_of_column(name: &str) -> Option<usize> {
    let letters = name.strip_prefix('[')?.strip_suffix(']')?;
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let number = letters.bytes().fold(0, |sum, byte| sum * 26 + usize::from(byte - b'A') + 1);
    number.checked_sub(1)
}

/// Whether a text can be the code of an organisation: three to nine capitals and digits.
#[must_use]
pub fn is_organisation_code(text: &str) -> bool {
    (3..=9).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(footnotes: bool) -> TableLayout {
        TableLayout {
            england: "England total".to_owned(),
            org_type: None,
            category: "Total".to_owned(),
            by_position: true,
            footnotes,
            fill_down: BTreeSet::new(),
            parts: [("FEMALE_", "Female"), ("MALE_", "Male"), ("[H]", "Male")]
                .map(|(prefix, part)| (prefix.to_owned(), part.to_owned()))
                .into(),
        }
    }

    #[test]
    fn footnotes_are_taken_off_where_they_are_declared() {
        for (cell, expected) in [
            ("Jain (3)", "Jain"),
            ("England total(12)", "England total"),
            ("1234 (2)", "1234"),
            ("* (1)", "*"),
            ("(1)", "(1)"),
            ("Other (not listed)", "Other (not listed)"),
            ("Fits ()", "Fits ()"),
            ("Jain", "Jain"),
            ("", ""),
        ] {
            assert_eq!(layout(true).cleaned(cell), expected, "`{cell}`");
            assert_eq!(layout(false).cleaned(cell), cell, "`{cell}`");
        }
    }

    #[test]
    fn a_column_holds_the_part_that_its_name_begins_with() {
        for (column, expected) in [
            ("FEMALE_REC", Some("Female")),
            ("MALE_REC", Some("Male")),
            ("ALL_REC", None),
            ("REC_FEMALE_", None),
            ("[H]", Some("Male")),
        ] {
            assert_eq!(layout(true).part_of(column), expected, "{column}");
        }
    }

    #[test]
    fn columns_are_lettered_as_a_spreadsheet_shows_them() {
        for (index, name) in [(0, "[A]"), (25, "[Z]"), (26, "[AA]"), (701, "[ZZ]"), (702, "[AAA]")] {
            assert_eq!(column_by_position(index), name);
            assert_eq!(position_of_column(name), Some(index), "{name}");
        }
        for name in ["A", "[]", "[a]", "[A", "[A1]", "[ABCD]"] {
            assert_eq!(position_of_column(name), None, "{name}");
        }
    }

    #[test]
    fn a_code_is_not_a_name() {
        for code in ["00C", "14E", "A3A8R", "E54000005"] {
            assert!(is_organisation_code(code), "{code}");
        }
        for text in ["", "AB", "NHS Leeds", "Leeds", "00c", "00C ", "1234567890"] {
            assert!(!is_organisation_code(text), "{text}");
        }
    }
}
