//! The cells of measures: a column for each, or a row for each.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasherDefault, Hasher},
    mem,
};

use iapt_model::{
    Cell, Dataset, LiveIds, Problem, PublishedFile, Statistic, ValueStatus, is_resaved_cell, without_point,
};

use super::texts::{UnknownTexts, cell, text_of};

/// The columns of a file with a row for each measure.
pub(super) struct LongColumns<'a> {
    ids: LiveIds<'a>,
    id: usize,
    name: Option<usize>,
    value: usize,
    /// In order of id.
    pub(super) measures: Vec<Measure<'a>>,
    /// Where each id is among them.
    index: HashMap<&'a str, usize>,
    /// Ids and names that are not declared, and the first row of each.
    unmapped: BTreeMap<(String, String), usize>,
    n_rows: usize,
}

/// A measure of a file with a row for each.
pub(super) struct Measure<'a> {
    id: &'a str,
    /// The name that is declared for it.
    name: &'a str,
    pub(super) column: MeasureColumn,
}

/// The cells of one measure. Few of them differ, so each text is read once, and a cell is a code: where it is in a list.
#[derive(Clone)]
pub(super) struct MeasureColumn {
    pub(super) published: String,
    pub(super) measure: String,
    pub(super) statistic: Statistic,
    pub(super) codes: Vec<u32>,
    /// The cells that codes stand for; a cell may be in it twice.
    pub(super) cells: Vec<Cell>,
    /// Which rows of the file the cells stand in, counted from 0; none where every row has one.
    pub(super) rows: Option<Vec<u32>>,
    /// The codes of short texts that have been read, and the last one.
    known: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    last: Option<(u64, u32)>,
    unknown: UnknownTexts,
}

/// A text of at most seven bytes as a number, another for each.
fn short(text: &[u8]) -> Option<u64> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 8)?;
    Some(text.iter().fold(u64::from(length), |sum, byte| sum << 8 | u64::from(*byte)))
}

/// Hashes short texts: they are the publisher's, so nobody chooses them to be slow.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The first of several texts, its row, and how many cells hold one beside it.
#[derive(Default)]
struct First(Option<(String, usize, usize)>);

impl First {
    fn add(&mut self, text: &str, row: usize, others: usize) {
        match &mut self.0 {
            None => self.0 = Some((text.to_owned(), row, others)),
            Some((.., sum)) => *sum += 1 + others,
        }
    }
}

impl<'a> LongColumns<'a> {
    pub(super) fn new(
        ids: LiveIds<'a>,
        id: usize,
        name: Option<usize>,
        value: usize,
        published: &str,
    ) -> Self {
        let measures = ids.iter().map(|(id, name, measure, statistic)| {
            let rows = Some(Vec::new());
            Measure {
                id,
                name,
                column: MeasureColumn { rows, ..MeasureColumn::new(published, measure, statistic) },
            }
        });
        let measures: Vec<Measure> = measures.collect();
        let index = measures.iter().enumerate().map(|(position, measure)| (measure.id, position)).collect();
        Self { ids, id, name, value, measures, index, unmapped: BTreeMap::new(), n_rows: 0 }
    }

    /// Adds what was taken of rows that come after.
    pub(super) fn append(&mut self, other: Self) {
        for (own, other) in self.measures.iter_mut().zip(other.measures) {
            own.column.append(other.column, self.n_rows);
        }
        for (text, row) in other.unmapped {
            self.unmapped.entry(text).or_insert(row);
        }
        self.n_rows += other.n_rows;
    }

    /// Whether a row says which measure it is of, and its value.
    pub(super) fn has_figure(&self, record: &csv::ByteRecord) -> bool {
        [self.id, self.value].into_iter().all(|position| !cell(record, position).trim().is_empty())
    }

    pub(super) fn take(&mut self, dataset: &Dataset, is_resaved: bool, row: usize, record: &csv::ByteRecord) {
        let (id, value) = (cell(record, self.id), cell(record, self.value));
        let name = self.name.map(|name| cell(record, name));
        let index = u32::try_from(self.n_rows).unwrap_or(u32::MAX);
        self.n_rows += 1;
        let measure = self.index.get(id).and_then(|position| self.measures.get_mut(*position));
        // A file without names has none to compare.
        match measure.filter(|measure| name.is_none_or(|name| name == measure.name)) {
            Some(Measure { column, .. }) => {
                column.take(dataset, is_resaved, value.as_bytes(), row);
                column.rows.get_or_insert_default().push(index);
            }
            None => {
                self.unmapped.entry((id.to_owned(), name.unwrap_or_default().to_owned())).or_insert(row);
            }
        }
    }

    pub(super) fn problems(&self, published_file: &PublishedFile) -> Vec<Problem> {
        let unmapped = self.unmapped.iter();
        let mut problems: Vec<Problem> =
            unmapped.map(|((id, name), row)| self.ids.unmapped(published_file, id, name, *row)).collect();
        let is_printed = |measure: &&Measure| !measure.column.codes.is_empty();
        let printed = self.measures.iter().filter(is_printed).map(|measure| measure.id);
        let renamed = self.unmapped.keys().map(|(id, _)| id.as_str());
        let printed: BTreeSet<&str> = printed.chain(renamed).collect();
        problems.extend(self.ids.vanished(published_file, &printed));
        problems
    }
}

/// How many texts that are not understood are listed of one column, before the rest is counted: a column of names under the
/// heading of a measure has one in every row.
const TEXTS_SAID: usize = 10;

/// Whether a text is digits around one point, as a number is printed that is not whole.
fn is_plain_decimal(text: &str) -> bool {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(whole, decimals)| are_digits(whole) && are_digits(decimals))
}

/// Whether a number below one has more decimals than the one that percentages are printed with: 0.51, not 0.5.
fn is_share_of_one(number: f64) -> bool {
    let tenths = number * 10.0;
    number > 0.0 && number < 1.0 && (tenths - tenths.round()).abs() > 1e-9
}

impl MeasureColumn {
    pub(super) fn new(published: &str, measure: &str, statistic: Statistic) -> Self {
        Self {
            published: published.to_owned(),
            measure: measure.to_owned(),
            statistic,
            codes: Vec::new(),
            cells: Vec::new(),
            rows: None,
            known: HashMap::default(),
            last: None,
            unknown: UnknownTexts::default(),
        }
    }

    pub(super) fn take(&mut self, dataset: &Dataset, is_resaved: bool, text: &[u8], row: usize) {
        let short = short(text);
        let last = self.last.filter(|(last, _)| short == Some(*last)).map(|(_, code)| code);
        if let Some(code) = last.or_else(|| self.known.get(&short?).copied()) {
            self.last = short.map(|short| (short, code));
            self.codes.push(code);
            return;
        }
        let text = text_of(text);
        let cell = dataset.markers.read(text, self.statistic).or_else(|| {
            // A cell that was saved again is read where that is declared.
            let before = without_point(text).filter(|_| is_resaved)?;
            dataset.markers.read(before, self.statistic)
        });
        // A cell that is not understood stops the run, so what stands in for it is never seen.
        let code = self.code(cell.unwrap_or(Cell::Withheld(ValueStatus::Missing)));
        match (cell, short) {
            (None, _) => self.unknown.add(text, row),
            (Some(_), Some(short)) => _ = self.known.insert(short, code),
            (Some(_), None) => {}
        }
        self.codes.push(code);
    }

    /// Adds what was taken of rows that come after, where those taken here were so many: codes become those that it would have
    /// given itself.
    pub(super) fn append(&mut self, other: Self, n_rows: usize) {
        let shorts: HashMap<u32, u64> = other.known.iter().map(|(short, code)| (*code, *short)).collect();
        let codes = (0..).zip(other.cells).map(|(code, cell)| {
            let short = shorts.get(&code);
            let known = short.and_then(|short| self.known.get(short).copied());
            known.unwrap_or_else(|| {
                let code = self.code(cell);
                self.known.extend(short.map(|short| (*short, code)));
                code
            })
        });
        let codes: Vec<u32> = codes.collect();
        let own = |code: u32| usize::try_from(code).ok().and_then(|code| codes.get(code)).copied();
        self.codes.extend(other.codes.into_iter().filter_map(own));
        if let (Some(rows), Some(others)) = (&mut self.rows, other.rows) {
            let before = u32::try_from(n_rows).unwrap_or(u32::MAX);
            rows.extend(others.into_iter().map(|row| row.saturating_add(before)));
        }
        self.unknown.append(other.unknown);
    }

    /// A code for a cell.
    pub(super) fn code(&mut self, cell: Cell) -> u32 {
        let code = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.cells.push(cell);
        code
    }

    /// What is not understood in the cells; `rows` are the numbers of the rows that were taken.
    pub(super) fn problems(&self, published_file: &PublishedFile, rows: &[u32]) -> Vec<Problem> {
        let (published_file, column) = (|| published_file.clone(), || self.published.clone());
        let mut problems: Vec<Problem> = Vec::new();
        // Of numbers that are not whole nearly every one is another text: they are one problem of the column.
        let (mut resaved, mut not_whole, mut more) = (First::default(), First::default(), First::default());
        for (text, row, others) in self.unknown.in_order() {
            if is_resaved_cell(text) {
                resaved.add(text, row, others);
            } else if self.statistic.is_whole() && is_plain_decimal(text) {
                not_whole.add(text, row, others);
            } else if problems.len() == TEXTS_SAID {
                more.add(text, row, others);
            } else {
                let text = text.to_owned();
                problems.push(Problem::UnknownMarker {
                    published_file: published_file(),
                    row,
                    column: column(),
                    text,
                    others,
                });
            }
        }
        if let Some((text, row, others)) = more.0 {
            problems.push(Problem::MoreUnknownTexts {
                published_file: published_file(),
                row,
                column: column(),
                text,
                others,
            });
        }
        if let Some((text, row, others)) = resaved.0 {
            problems.push(Problem::Resaved {
                published_file: published_file(),
                row,
                column: column(),
                text,
                others,
            });
        }
        if let Some((text, row, others)) = not_whole.0 {
            let statistic = self.statistic.to_string();
            problems.push(Problem::NotWhole {
                published_file: published_file(),
                row,
                column: column(),
                text,
                statistic,
                others,
            });
        }
        let is_share = |cell: &Cell| matches!(cell, Cell::Reported(number) if is_share_of_one(*number));
        if self.statistic == Statistic::Percentage && self.cells.iter().any(is_share) {
            let mut shares = self.with_rows().filter_map(|(row, cell)| match cell {
                Cell::Reported(number) if is_share_of_one(number) => Some((row, number)),
                _ => None,
            });
            if let Some((row, number)) = shares.next() {
                let row = rows.get(row).and_then(|row| usize::try_from(*row).ok()).unwrap_or_default();
                let (text, others) = (number.to_string(), shares.count());
                problems.push(Problem::ShareOfOne {
                    published_file: published_file(),
                    row,
                    column: column(),
                    text,
                    others,
                });
            }
        }
        problems
    }

    /// Every cell with the row of the file that it stands in, counted from 0.
    pub(super) fn with_rows(&self) -> impl Iterator<Item = (usize, Cell)> {
        self.codes_with_rows().filter_map(|(row, code)| Some((row, *self.cells.get(code)?)))
    }

    /// Every code with the row of the file that it stands in, counted from 0.
    pub(super) fn codes_with_rows(&self) -> impl Iterator<Item = (usize, usize)> {
        let row_of = |position: usize| match &self.rows {
            Some(rows) => rows.get(position).and_then(|row| usize::try_from(*row).ok()).unwrap_or_default(),
            None => position,
        };
        let code = |code: u32| usize::try_from(code).unwrap_or(usize::MAX);
        self.codes.iter().enumerate().map(move |(position, own)| (row_of(position), code(*own)))
    }

    /// The cells of a measure with rows of its own in two: those of the rows of the file of which `is_second` is false, and those of
    /// the others.
    pub(super) fn divided(&self, is_second: &[bool]) -> (Self, Self) {
        let part = || Self {
            rows: Some(Vec::new()),
            cells: self.cells.clone(),
            ..Self::new(&self.published, &self.measure, self.statistic)
        };
        let (mut first, mut second) = (part(), part());
        for (row, code) in self.rows.iter().flatten().zip(&self.codes) {
            let position = usize::try_from(*row).unwrap_or(usize::MAX);
            let is_second = is_second.get(position).copied().unwrap_or(false);
            let part = if is_second { &mut second } else { &mut first };
            part.codes.push(*code);
            part.rows.get_or_insert_default().push(*row);
        }
        (first, second)
    }

    /// Takes out the rows of the measure.
    pub(super) fn take_rows(&mut self) -> Vec<u32> {
        mem::take(&mut self.rows).unwrap_or_default()
    }
}
