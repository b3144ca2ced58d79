//! Where the records of a CSV file begin, by its line ends and quotes alone.

use iapt_model::{Problem, PublishedFile};
use memchr::{memchr, memchr_iter, memchr2_iter};

/// Records of a CSV file that follow each other.
pub(super) struct Slice<'t> {
    pub text: &'t str,
    /// How many records come before them.
    pub n_before: usize,
    /// How many they are, by their line ends.
    pub n_records: usize,
}

/// Where a record begins.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Start {
    byte: usize,
    /// How many records come before it.
    n_before: usize,
}

/// Records counted by their line ends and quotes alone: a count that shares nothing with the parser.
#[derive(Default)]
pub(super) struct Records {
    pub n_records: usize,
    is_quoted: bool,
    /// The first and the last record with a quote that neither opens nor closes a cell, and how many others there are.
    stray: Option<(usize, usize, usize)>,
    /// The record with a quote that is never closed.
    open: Option<usize>,
    /// A record in every so many bytes.
    starts: Vec<Start>,
}

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file is cut into parts at one of the records that begin about so many bytes from each other.
const BYTES_OF_A_PART: usize = 1 << 20;

impl Records {
    pub(super) fn count(text: &[u8]) -> Self {
        Self::count_with_starts(text, BYTES_OF_A_PART)
    }

    pub(super) fn count_with_starts(text: &[u8], bytes: usize) -> Self {
        let mut records = Self::default();
        let (mut start, mut next_start) = (0, bytes);
        // A CR and an LF together are one line end with nothing between.
        for end in memchr2_iter(b'\n', b'\r', text).chain([text.len()]) {
            let line = text.get(start..end).unwrap_or_default();
            let was_quoted = records.is_quoted;
            if memchr(b'"', line).is_some() {
                records.take_quotes(line);
            }
            if !records.is_quoted && (was_quoted || !line.is_empty()) {
                records.n_records += 1;
            }
            start = end + 1;
            // A parser passes over a byte order mark where it begins, and only there.
            let has_mark = text.get(start..).is_some_and(|rest| rest.starts_with(BYTE_ORDER_MARK));
            if start >= next_start && start < text.len() && !records.is_quoted && !has_mark {
                records.starts.push(Start { byte: start, n_before: records.n_records });
                next_start = start + bytes;
            }
        }
        if records.is_quoted {
            records.n_records += 1;
        } else {
            records.open = None;
        }
        records
    }

    /// A quote opens a cell behind a comma or a line end, closes it before one, and stands for itself when doubled.
    fn take_quotes(&mut self, line: &[u8]) {
        let record = self.n_records + 1;
        let mut doubled = None;
        for at in memchr_iter(b'"', line) {
            if doubled == Some(at) {
                continue;
            }
            let before = at.checked_sub(1).and_then(|before| line.get(before));
            match (self.is_quoted, before, line.get(at + 1)) {
                (true, _, Some(b'"')) => doubled = Some(at + 1),
                (true, _, None | Some(b',')) => self.is_quoted = false,
                (false, None | Some(b','), _) => {
                    self.is_quoted = true;
                    self.open = Some(record);
                }
                (true, _, Some(_)) | (false, Some(_), _) => {
                    self.is_quoted = false;
                    self.add_stray(record);
                }
            }
        }
    }

    /// The text in at most so many parts of about one length, the header in the first; in one where its quotes say nothing of where
    /// records begin.
    pub(super) fn slices<'t>(&self, text: &'t str, header_row: usize, n_parts: usize) -> Vec<Slice<'t>> {
        let is_quoted_well = self.stray.is_none() && self.open.is_none();
        let mut cuts = vec![Start::default()];
        for part in 1..n_parts {
            let wanted = text.len() / n_parts * part;
            let is_next = |start: &&Start| start.byte >= wanted && start.n_before > header_row;
            let next = self.starts.iter().find(is_next).filter(|_| is_quoted_well);
            if next != cuts.last() {
                cuts.extend(next);
            }
        }
        let end = Start { byte: text.len(), n_before: self.n_records };
        let slice = |(start, end): (&Start, Start)| Slice {
            text: text.get(start.byte..end.byte).unwrap_or_default(),
            n_before: start.n_before,
            n_records: end.n_before - start.n_before,
        };
        let ends = cuts.iter().skip(1).copied().chain([end]);
        cuts.iter().zip(ends).map(slice).collect()
    }

    pub(super) fn stray_quotes(&self, published_file: &PublishedFile) -> Vec<Problem> {
        let stray = self.stray.map(|(row, _, others)| (row, false, others));
        let open = self.open.map(|row| (row, true, 0));
        let problem = |(row, is_open, others)| Problem::StrayQuote {
            published_file: published_file.clone(),
            row,
            is_open,
            others,
        };
        stray.into_iter().chain(open).map(problem).collect()
    }

    fn add_stray(&mut self, record: usize) {
        match &mut self.stray {
            None => self.stray = Some((record, record, 0)),
            Some((_, last, others)) if *last != record => (*last, *others) = (record, *others + 1),
            Some(_) => {}
        }
    }
}
