//! The raw table: the rows of one published file, as text, nothing trimmed and nothing dropped.

mod records;

use std::{
    borrow::Cow,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use iapt_files::parallel;
use iapt_model::{Member, Problem, PublishedFile, column_by_position};
use memchr::{memchr, memchr2_iter};

use self::records::{BYTE_ORDER_MARK, Records, Slice};

/// A member of a release, before anything is made of it.
pub enum Published {
    /// The bytes of a CSV file.
    Text(Vec<u8>),
    /// The workbook that it is a sheet of.
    Workbook(PathBuf),
}

/// One published table, its header read.
///
/// Rows are counted as a reader of the file would: the first row is row 1.
pub struct RawTable<'a> {
    published_file: PublishedFile,
    source: Source<'a>,
    header: Vec<String>,
}

enum Source<'a> {
    Csv { text: Cow<'a, str>, header_row: usize, records: Records },
    Sheet { path: &'a Path, name: &'a str, header_row: usize },
}

/// The rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that were read.
    pub read: usize,
    /// Rows that are blank in every cell, which are passed over.
    pub blank: usize,
}

/// Rows that were read in parts.
pub(crate) struct InParts<T> {
    /// What each part was taken into, in their order.
    pub parts: Vec<T>,
    /// The counts of all, or what is wrong with them.
    pub counts: Result<RowCounts, Vec<Problem>>,
}

/// What an archive refuses on the outside, what is wrong with the table on the inside.
type Read<T> = Result<Result<T, Vec<Problem>>, iapt_archive::Error>;

impl<'a> RawTable<'a> {
    /// Decodes a member and reads its header.
    pub fn read(published_file: PublishedFile, member: &'a Member, published: &'a Published) -> Read<Self> {
        match published {
            Published::Text(bytes) => Ok(Self::read_csv(published_file, member, bytes)),
            Published::Workbook(path) => Self::read_sheet(published_file, member, path),
        }
    }

    /// A sheet whose columns are known by where they stand: at least `n_columns` of them, named `[A]`, `[B]` and so on,
    /// and every row of the sheet under them.
    pub(crate) fn read_by_position(
        published_file: PublishedFile,
        member: &'a Member,
        published: &'a Published,
        n_columns: usize,
    ) -> Read<Self> {
        let Published::Workbook(path) = published else {
            return Self::read(published_file, member, published);
        };
        let mut widest = n_columns;
        iapt_archive::for_each_row(path, &member.name, |_, cells| {
            widest = widest.max(cells.len());
            ControlFlow::Continue(())
        })?;
        let header = (0..widest).map(column_by_position).collect();
        Ok(Ok(Self {
            published_file,
            source: Source::Sheet { path, name: &member.name, header_row: 0 },
            header,
        }))
    }

    /// The header of a sheet ends with its last cell that is not blank. A blank cell before that is named by its
    /// column, as `[C]`, so that the crosswalk can say what it is.
    fn read_sheet(published_file: PublishedFile, member: &'a Member, path: &'a Path) -> Read<Self> {
        let header_row = member.header_row;
        let mut header = Vec::new();
        iapt_archive::for_each_row(path, &member.name, |row, cells| {
            if row == header_row {
                header = named_columns(cells);
            }
            if row < header_row { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if header.is_empty() {
            return Ok(Err(vec![Problem::Empty { published_file }]));
        }
        Ok(Ok(Self {
            published_file,
            source: Source::Sheet { path, name: &member.name, header_row },
            header,
        }))
    }

    /// A byte order mark is passed over. Anything else that is not text in the declared encoding is refused: a file
    /// that was damaged on its way is not to be guessed at.
    fn read_csv(
        published_file: PublishedFile,
        member: &Member,
        bytes: &'a [u8],
    ) -> Result<Self, Vec<Problem>> {
        let header_row = member.header_row;
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if bytes.is_empty() {
            return Err(vec![Problem::Empty { published_file }]);
        }
        if iapt_archive::is_utf_16(bytes) {
            return Err(vec![Problem::Utf16 { published_file }]);
        }
        if let Some(offset) = memchr(0, bytes) {
            let line = line_of(bytes, offset);
            return Err(vec![Problem::Nul { published_file, offset, line }]);
        }
        let text = if member.is_windows_1252 {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0
        } else {
            match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(error) => {
                    let offset = error.valid_up_to();
                    let line = line_of(bytes, offset);
                    return Err(vec![Problem::NotText { published_file, encoding: "UTF-8", offset, line }]);
                }
            }
        };
        let records = Records::count(text.as_bytes());
        // A quote in the header may open a cell that takes in the whole file.
        let in_header = records.stray_quotes(&published_file);
        let is_in_header =
            |problem: &Problem| matches!(problem, Problem::StrayQuote { row, .. } if *row <= header_row);
        if in_header.iter().any(is_in_header) {
            return Err(in_header);
        }
        let mut header = csv::ByteRecord::new();
        let mut reader = reader(&text);
        for _ in 0..header_row {
            // A parser over bytes in memory that accepts any number of cells has nothing to fail at.
            if !reader.read_byte_record(&mut header).unwrap_or(false) {
                return Err(vec![Problem::Empty { published_file }]);
            }
        }
        let header = header.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        Ok(Self { published_file, source: Source::Csv { text, header_row, records }, header })
    }

    /// The header cells, in order.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The row of the header, from 1; 0 where columns are known by where they stand.
    #[must_use]
    pub fn header_row(&self) -> usize {
        let (Source::Csv { header_row, .. } | Source::Sheet { header_row, .. }) = &self.source;
        *header_row
    }

    /// Whether its dates are cells of a workbook, which come as `2021-01-31` however they are shown.
    pub(crate) fn has_date_cells(&self) -> bool {
        matches!(self.source, Source::Sheet { .. })
    }

    /// Calls `take` with every row of the right length under the header that is not blank, in order, and counts them.
    ///
    /// # Errors
    ///
    /// Rows of another length than the header, no rows at all, a quote that neither opens nor closes a cell, or another
    /// number of rows than the line ends of a CSV file make: every problem at once. A row of a sheet may be shorter: its
    /// last cells are blank.
    pub fn for_each_row(&self, take: impl FnMut(usize, &csv::ByteRecord)) -> Read<RowCounts> {
        match &self.source {
            Source::Csv { text, header_row, records } => Ok(self.csv_rows(text, *header_row, records, take)),
            Source::Sheet { path, name, header_row } => self.sheet_rows(path, name, *header_row, take),
        }
    }

    fn sheet_rows(
        &self,
        path: &Path,
        name: &str,
        header_row: usize,
        mut take: impl FnMut(usize, &csv::ByteRecord),
    ) -> Read<RowCounts> {
        let mut record = csv::ByteRecord::new();
        let mut ragged = Ragged::default();
        let mut counts = RowCounts::default();
        let mut last = header_row;
        iapt_archive::for_each_row(path, name, |row, cells| {
            if row > header_row {
                // Rows between that have no cells are blank too.
                counts.blank += row - last - 1;
                last = row;
                if cells.iter().all(|cell| cell.trim().is_empty()) {
                    counts.blank += 1;
                    return ControlFlow::Continue(());
                }
                counts.read += 1;
                if cells.len() > self.header.len() {
                    ragged.add(row, cells.len(), 0);
                } else {
                    record.clear();
                    for cell in cells {
                        record.push_field(cell.as_bytes());
                    }
                    for _ in cells.len()..self.header.len() {
                        record.push_field(b"");
                    }
                    take(row, &record);
                }
            }
            ControlFlow::Continue(())
        })?;
        let mut problems = ragged.into_problems(&self.published_file, self.header.len());
        if counts.read == 0 {
            problems.push(Problem::NoRows { published_file: self.published_file.clone() });
        }
        Ok(if problems.is_empty() { Ok(counts) } else { Err(problems) })
    }

    /// A row that is shorter than the header and holds one text.
    fn note(&self, row: usize, record: &csv::ByteRecord) -> Option<Problem> {
        let mut texts = record.iter().enumerate().filter(|(_, text)| !text.trim_ascii().is_empty());
        let (position, text) = texts.next()?;
        if texts.next().is_some() || record.len() > self.header.len() {
            return None;
        }
        let text = String::from_utf8_lossy(text).into_owned();
        let column = self.header.get(position).cloned().unwrap_or_default();
        Some(Problem::Note { published_file: self.published_file.clone(), row, column, text, others: 0 })
    }

    /// Takes the rows as [`Self::for_each_row`] does, in at most so many parts beside each other. `begin` is given how many rows a
    /// part may have: the first those of all, which are put together there.
    pub(crate) fn in_parts<T: Send>(
        &self,
        n_parts: usize,
        begin: impl Fn(usize) -> T + Sync,
        take: impl Fn(&mut T, usize, &csv::ByteRecord) + Sync,
    ) -> Result<InParts<T>, iapt_archive::Error> {
        let Source::Csv { text, header_row, records } = &self.source else {
            let mut whole = begin(0);
            let counts = self.for_each_row(|row, record| take(&mut whole, row, record))?;
            return Ok(InParts { parts: vec![whole], counts });
        };
        let slices = records.slices(text, *header_row, n_parts);
        let parts = parallel::map(&slices, n_parts, |slice| {
            let is_first = slice.n_before == 0;
            let mut part = begin(if is_first { records.n_records } else { slice.n_records });
            let read = self.csv_part(slice, *header_row, |row, record| take(&mut part, row, record));
            (part, read)
        });
        let (parts, read): (Vec<T>, Vec<CsvPart>) = parts.into_iter().unzip();
        Ok(InParts { parts, counts: self.csv_counts(*header_row, records, read) })
    }

    fn csv_rows(
        &self,
        text: &str,
        header_row: usize,
        records: &Records,
        take: impl FnMut(usize, &csv::ByteRecord),
    ) -> Result<RowCounts, Vec<Problem>> {
        let whole = Slice { text, n_before: 0, n_records: records.n_records };
        let read = self.csv_part(&whole, header_row, take);
        self.csv_counts(header_row, records, vec![read])
    }

    fn csv_part(
        &self,
        slice: &Slice<'_>,
        header_row: usize,
        mut take: impl FnMut(usize, &csv::ByteRecord),
    ) -> CsvPart {
        let mut reader = reader(slice.text);
        let mut record = csv::ByteRecord::new();
        let mut part = CsvPart::default();
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            part.n_read += 1;
            let row = slice.n_before + part.n_read;
            if row <= header_row {
                continue;
            }
            if is_blank(&record) {
                part.n_blank += 1;
            } else if record.len() == self.header.len() {
                take(row, &record);
            } else if part.notes.len() < NOTES_SAID
                && let Some(note) = self.note(row, &record)
            {
                part.notes.push((row, record.len(), note));
            } else {
                part.ragged.add(row, record.len(), 0);
            }
        }
        part.is_as_counted = part.n_read == slice.n_records;
        part
    }

    fn csv_counts(
        &self,
        header_row: usize,
        records: &Records,
        parts: Vec<CsvPart>,
    ) -> Result<RowCounts, Vec<Problem>> {
        let (mut n_read, mut blank, mut is_as_counted) = (0, 0, true);
        let (mut notes, mut ragged) = (Vec::new(), Ragged::default());
        for part in parts {
            n_read += part.n_read;
            blank += part.n_blank;
            is_as_counted &= part.is_as_counted;
            for (row, found, note) in part.notes {
                if notes.len() < NOTES_SAID {
                    notes.push(note);
                } else {
                    ragged.add(row, found, 0);
                }
            }
            ragged.append(part.ragged);
        }
        let read = n_read.saturating_sub(header_row);
        let counted = records.n_records.saturating_sub(header_row);
        let mut problems = records.stray_quotes(&self.published_file);
        let is_quoted_well = problems.is_empty();
        problems.extend(notes);
        problems.extend(ragged.into_problems(&self.published_file, self.header.len()));
        if read == blank {
            problems.push(Problem::NoRows { published_file: self.published_file.clone() });
        } else if !is_as_counted && is_quoted_well {
            problems.push(Problem::RowCount { published_file: self.published_file.clone(), read, counted });
        }
        if problems.is_empty() { Ok(RowCounts { read: read - blank, blank }) } else { Err(problems) }
    }
}

/// So many rows that hold one text are said one by one; the others are rows of a wrong length.
const NOTES_SAID: usize = 10;

/// What was read of a slice.
#[derive(Default)]
struct CsvPart {
    /// Rows, those of the header among them.
    n_read: usize,
    n_blank: usize,
    /// Whether the line ends make as many rows.
    is_as_counted: bool,
    /// The first of them, each with its row and how many cells that has.
    notes: Vec<(usize, usize, Problem)>,
    ragged: Ragged,
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Whether every cell of a row is blank.
fn is_blank(record: &csv::ByteRecord) -> bool {
    let cells = record.as_slice();
    // Nearly every row begins with a letter.
    !cells.first().is_some_and(u8::is_ascii_graphic)
        && std::str::from_utf8(cells).is_ok_and(|cells| cells.trim().is_empty())
}

/// The cells of a header, blank ones named by their column.
fn named_columns(cells: &[String]) -> Vec<String> {
    let name = |(index, cell): (usize, &String)| {
        if cell.is_empty() { column_by_position(index) } else { cell.clone() }
    };
    cells.iter().enumerate().map(name).collect()
}

/// Rows of a wrong length, folded by length so that a whole bad file is one line each.
#[derive(Default)]
struct Ragged(Vec<(usize, usize, usize)>);

impl Ragged {
    fn add(&mut self, row: usize, found: usize, others: usize) {
        match self.0.iter_mut().find(|(_, length, _)| *length == found) {
            Some((first, _, sum)) => {
                *first = row.min(*first);
                *sum += 1 + others;
            }
            None => self.0.push((row, found, others)),
        }
    }

    /// Adds those of rows that come after.
    fn append(&mut self, other: Self) {
        for (row, found, others) in other.0 {
            self.add(row, found, others);
        }
    }

    fn into_problems(self, published_file: &PublishedFile, expected: usize) -> Vec<Problem> {
        let problem = |(row, found, others)| Problem::RaggedRow {
            published_file: published_file.clone(),
            row,
            expected,
            found,
            others,
        };
        self.0.into_iter().map(problem).collect()
    }
}

fn line_of(bytes: &[u8], offset: usize) -> usize {
    let before = bytes.get(..offset).unwrap_or_default();
    let is_end = |at: &usize| before.get(*at) == Some(&b'\n') || before.get(at + 1) != Some(&b'\n');
    memchr2_iter(b'\n', b'\r', before).filter(is_end).count() + 1
}

#[cfg(test)]
mod tests;
