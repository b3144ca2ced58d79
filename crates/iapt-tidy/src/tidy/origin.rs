//! Where each figure of a file is from: the publisher's file itself, or a source of the built-in figures.

use std::collections::HashMap;

use arrow::{
    array::{ArrayRef, Int32Array, StringArray},
    error::ArrowError,
};
use iapt_model::{BuiltInFigures, Cell, FigureRow, Key, Layout, Period, Statistic, ValueStatus};

use super::{
    columns::ReadKeys,
    interner::{Interner, dictionary},
    measures::MeasureColumn,
};

/// What `figure_source` says of a cell that was read from the file that its publisher published.
pub const RELEASE: &str = "release";

/// Where the figures of one file are from.
pub(super) enum Origin<'a> {
    /// The file as it was published.
    Release,
    /// A file that was printed from the built-in figures, each of which has a source.
    BuiltIn {
        figures: &'a BuiltInFigures,
        /// Of every row of the file, the figures that it was printed from.
        rows: Vec<Option<&'a FigureRow>>,
    },
}

impl<'a> Origin<'a> {
    /// `figures` are those that the file was printed from; none where it is as its publisher published it.
    pub(super) fn new(
        figures: Option<&'a BuiltInFigures>,
        layout: &Layout,
        period: Period,
        read: &ReadKeys,
    ) -> Self {
        let Some(figures) = figures else { return Self::Release };
        let of_period = figures.rows.iter().filter(|row| row.period == period);
        let held: HashMap<[String; Key::ALL.len()], &FigureRow> =
            of_period.map(|row| (keys(layout, row), row)).collect();
        let text = |row: usize, key: Key| {
            let column = read.keys.get(&key)?;
            column.keys.get(row).map(|text| column.text(*text).to_owned())
        };
        let of_row = |row: usize| held.get(&Key::ALL.map(|key| text(row, key).unwrap_or_default())).copied();
        Self::BuiltIn { figures, rows: (0..read.rows.len()).map(of_row).collect() }
    }

    /// Says of the cells of a column which of them are not held, and where each of the others is from, as keys into the texts of
    /// `sources`; none where all are from the file itself.
    pub(super) fn mark(
        &self,
        column: &mut MeasureColumn,
        sources: &mut Interner,
    ) -> Option<Vec<Option<i32>>> {
        let Self::BuiltIn { figures, rows } = self else {
            if column.rows.is_none() && column.cells.iter().all(|cell| is_empty(*cell)) {
                column.cells.fill(Cell::Withheld(ValueStatus::NotHeld));
            }
            return None;
        };
        let figure = position(figures, &column.measure, column.statistic);
        let source = |row: usize| {
            let row = rows.get(row).copied().flatten()?;
            row.cells.get(figure?)?.as_ref().map(|figure| &*figure.source)
        };
        let found: Vec<Option<i32>> =
            column.with_rows().map(|(row, _)| source(row).map(|source| sources.key(source))).collect();
        let not_held = column.code(Cell::Withheld(ValueStatus::NotHeld));
        let MeasureColumn { codes, cells, .. } = column;
        for (code, found) in codes.iter_mut().zip(&found) {
            let cell = usize::try_from(*code).ok().and_then(|code| cells.get(code));
            if found.is_none() && cell.is_some_and(|cell| is_empty(*cell)) {
                *code = not_held;
            }
        }
        Some(found)
    }
}

/// The column `figure_source` of figures from these sources.
pub(super) fn array(keys: Vec<Option<i32>>, sources: &Interner) -> Result<ArrayRef, ArrowError> {
    dictionary(Int32Array::from(keys), StringArray::from_iter_values(&sources.texts))
}

/// Whether a cell says neither a number nor why one is kept back.
fn is_empty(cell: Cell) -> bool {
    matches!(cell, Cell::Withheld(ValueStatus::NotApplicable | ValueStatus::Missing))
}

fn position(figures: &BuiltInFigures, measure: &str, statistic: Statistic) -> Option<usize> {
    figures.columns.iter().position(|column| column.measure == measure && column.statistic == statistic)
}

/// The keys of a row of figures as the tidy table has them.
fn keys(layout: &Layout, row: &FigureRow) -> [String; Key::ALL.len()] {
    let held = |key: Key| {
        let position = Key::EVERY.iter().position(|other| *other == key);
        position.and_then(|position| row.keys.get(position)).map_or("", String::as_str)
    };
    Key::ALL.map(|key| {
        if let Some((_, text)) = layout.constant_keys.iter().find(|(constant, _)| **constant == key) {
            return text.clone();
        }
        let second = match key {
            Key::OrgCode => held(Key::SecondOrgCode),
            Key::OrgName => held(Key::SecondOrgName),
            _ => "",
        };
        if second.is_empty() { held(key).to_owned() } else { layout.joined(held(key), second).into_owned() }
    })
}
