//! The cells of measures: a column for each, or a row for each.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use iapt_model::{
    Cell, Dataset, LiveIds, Place, Problem, Statistic, ValueStatus, is_resaved_cell, without_point,
};

use super::texts::{UnknownTexts, cell};

/// The columns of a file with a row for each measure.
pub(super) struct LongColumns<'a> {
    ids: LiveIds<'a>,
    id: usize,
    name: Option<usize>,
    value: usize,
    pub(super) measures: BTreeMap<&'a str, MeasureColumn>,
    /// Ids and names that are not declared, and the first row of each.
    unmapped: BTreeMap<(String, String), usize>,
    n_rows: usize,
}

/// The cells of one measure.
pub(super) struct MeasureColumn {
    pub(super) published: String,
    pub(super) measure: String,
    pub(super) statistic: Statistic,
    pub(super) cells: Vec<Cell>,
    /// Which rows of the file the cells stand in, counted from 0; none where every row has one.
    pub(super) rows: Option<Vec<u32>>,
    unknown: UnknownTexts,
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
        let measures = ids.iter().map(|(id, _, measure, statistic)| {
            let rows = Some(Vec::new());
            (id, MeasureColumn { rows, ..MeasureColumn::new(published, measure, statistic) })
        });
        let measures = measures.collect();
        Self { ids, id, name, value, measures, unmapped: BTreeMap::new(), n_rows: 0 }
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
        match self.measures.get_mut(id).filter(|_| self.ids.get(id, name).is_some()) {
            Some(column) => {
                column.take(dataset, is_resaved, value, row);
                column.rows.get_or_insert_default().push(index);
            }
            None => {
                self.unmapped.entry((id.to_owned(), name.unwrap_or_default().to_owned())).or_insert(row);
            }
        }
    }

    pub(super) fn problems(&self, place: &Place) -> Vec<Problem> {
        let unmapped = self.unmapped.iter();
        let mut problems: Vec<Problem> =
            unmapped.map(|((id, name), row)| self.ids.unmapped(place, id, name, *row)).collect();
        let printed = self.measures.iter().filter(|(_, column)| !column.cells.is_empty()).map(|(id, _)| *id);
        let renamed = self.unmapped.keys().map(|(id, _)| id.as_str());
        let printed: BTreeSet<&str> = printed.chain(renamed).collect();
        problems.extend(self.ids.vanished(place, &printed));
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
            cells: Vec::new(),
            rows: None,
            unknown: UnknownTexts::default(),
        }
    }

    pub(super) fn take(&mut self, dataset: &Dataset, is_resaved: bool, text: &str, row: usize) {
        if let Some(cell) = dataset.markers.read(text, self.statistic) {
            self.cells.push(cell);
            return;
        }
        // A cell that was saved again is read where that is declared.
        let before = without_point(text).filter(|_| is_resaved);
        let cell = before.and_then(|text| dataset.markers.read(text, self.statistic));
        if cell.is_none() {
            self.unknown.add(text, row);
        }
        // A cell that is not understood stops the run, so what stands in for it is never seen.
        self.cells.push(cell.unwrap_or(Cell::Withheld(ValueStatus::Missing)));
    }

    /// What is not understood in the cells; `rows` are the numbers of the rows that were taken.
    pub(super) fn problems(&self, place: &Place, rows: &[u32]) -> Vec<Problem> {
        let (place, column) = (|| place.clone(), || self.published.clone());
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
                problems.push(Problem::UnknownMarker { place: place(), row, column: column(), text, others });
            }
        }
        if let Some((text, row, others)) = more.0 {
            problems.push(Problem::MoreUnknownTexts { place: place(), row, column: column(), text, others });
        }
        if let Some((text, row, others)) = resaved.0 {
            problems.push(Problem::Resaved { place: place(), row, column: column(), text, others });
        }
        if let Some((text, row, others)) = not_whole.0 {
            let statistic = self.statistic.to_string();
            problems.push(Problem::NotWhole {
                place: place(),
                row,
                column: column(),
                text,
                statistic,
                others,
            });
        }
        if self.statistic == Statistic::Percentage {
            let mut shares = self.with_rows().filter_map(|(row, cell)| match cell {
                Cell::Reported(number) if is_share_of_one(number) => Some((row, number)),
                _ => None,
            });
            if let Some((row, number)) = shares.next() {
                let row = rows.get(row).and_then(|row| usize::try_from(*row).ok()).unwrap_or_default();
                let (text, others) = (number.to_string(), shares.count());
                problems.push(Problem::ShareOfOne { place: place(), row, column: column(), text, others });
            }
        }
        problems
    }

    /// Every cell with the row of the file that it stands in, counted from 0.
    pub(super) fn with_rows(&self) -> impl Iterator<Item = (usize, Cell)> {
        let row_of = |position: usize| match &self.rows {
            Some(rows) => rows.get(position).and_then(|row| usize::try_from(*row).ok()).unwrap_or_default(),
            None => position,
        };
        self.cells.iter().enumerate().map(move |(position, cell)| (row_of(position), *cell))
    }

    /// Takes out the rows of the measure.
    pub(super) fn take_rows(&mut self) -> Vec<u32> {
        mem::take(&mut self.rows).unwrap_or_default()
    }
}
