//! Texts of a file, and those that are not understood.

use std::collections::HashMap;

/// Texts that are not understood, the row that each first stands in, and how often it stands in others.
#[derive(Clone, Default)]
pub(super) struct UnknownTexts(HashMap<String, (usize, usize)>);

impl UnknownTexts {
    pub(super) fn add(&mut self, text: &str, row: usize) {
        match self.0.get_mut(text) {
            Some((_, others)) => *others += 1,
            None => _ = self.0.insert(text.to_owned(), (row, 0)),
        }
    }

    /// Adds those of rows that come after.
    pub(super) fn append(&mut self, other: Self) {
        for (text, (row, others)) in other.0 {
            match self.0.get_mut(&text) {
                Some((_, sum)) => *sum += 1 + others,
                None => _ = self.0.insert(text, (row, others)),
            }
        }
    }

    /// Text, first row, and how many other rows, in order of rows.
    pub(super) fn in_order(&self) -> Vec<(&str, usize, usize)> {
        let mut texts: Vec<_> =
            self.0.iter().map(|(text, (row, others))| (text.as_str(), *row, *others)).collect();
        texts.sort_unstable_by_key(|(text, row, _)| (*row, *text));
        texts
    }
}

/// A cell of a record, empty where the record has none.
pub(super) fn cell(record: &csv::ByteRecord, position: usize) -> &str {
    text_of(record.get(position).unwrap_or_default())
}

/// The text of a cell.
pub(super) fn text_of(cell: &[u8]) -> &str {
    // The whole file was decoded before, so every cell of it is text.
    std::str::from_utf8(cell).unwrap_or_default()
}
