//! Cells as the arrays of the tidy table.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, StringArray};
use iapt_model::{Bounds, Cell, DisclosureRule, Statistic, ValueStatus};

use super::{Counts, measures::MeasureColumn};

/// Cells while they are added, column by column: each is a code, which stands for a value with its status and its bounds.
#[derive(Default)]
pub(super) struct Values {
    codes: Vec<i32>,
    listed: Vec<Listed>,
}

#[derive(Clone, Copy, PartialEq)]
struct Listed {
    number: Option<f64>,
    status: ValueStatus,
    bounds: Option<Bounds>,
}

impl Listed {
    fn new(disclosure: &DisclosureRule, cell: Cell, statistic: Statistic, is_exact: bool) -> Self {
        let (number, status) = match cell {
            Cell::Reported(number) => (Some(number), ValueStatus::Reported),
            Cell::Withheld(status) => (None, status),
        };
        Self { number, status, bounds: disclosure.bounds(cell, statistic, is_exact) }
    }
}

impl Values {
    /// Adds the cells of a column; `is_exact` says of every row of the file whether its organisation is printed exactly.
    pub(super) fn push(
        &mut self,
        disclosure: &DisclosureRule,
        column: &MeasureColumn,
        is_exact: &[bool],
        counts: &mut Counts,
    ) {
        // Of every cell of the column how it is listed where it is rounded and where it is exact.
        let first = self.listed.len();
        let mut listed = Vec::with_capacity(column.cells.len());
        for cell in &column.cells {
            listed.push([false, true].map(|is_exact| {
                let new = Listed::new(disclosure, *cell, column.statistic, is_exact);
                if self.listed.get(first..).and_then(<[Listed]>::last) != Some(&new) {
                    self.listed.push(new);
                }
                self.listed.len() - 1
            }));
        }
        let mut n_rows = vec![0; self.listed.len() - first];
        for (row, code) in column.codes_with_rows() {
            let [rounded, exact] = listed.get(code).copied().unwrap_or_default();
            let own = if is_exact.get(row).copied().unwrap_or(false) { exact } else { rounded };
            if let Some(n_rows) = n_rows.get_mut(own.saturating_sub(first)) {
                *n_rows += 1;
            }
            self.codes.push(i32::try_from(own).unwrap_or(i32::MAX));
        }
        for (listed, n_rows) in self.listed.iter().skip(first).zip(n_rows) {
            let position = ValueStatus::ALL.iter().position(|other| *other == listed.status);
            if let Some(count) = position.and_then(|position| counts.by_status.get_mut(position)) {
                *count += n_rows;
            }
            if listed.number.is_some() && listed.bounds.is_none() && column.statistic == Statistic::Count {
                counts.counts_not_rounded += n_rows;
            }
        }
    }

    /// `value`, `value_status`, `value_low` and `value_high`.
    pub(super) fn finish(self) -> [ArrayRef; 4] {
        let Self { codes, listed } = self;
        let codes = Int32Array::from(codes);
        let numbers = |number: fn(&Listed) -> Option<f64>| -> ArrayRef {
            Arc::new(listed.iter().map(number).collect::<Float64Array>())
        };
        let statuses = StringArray::from_iter_values(listed.iter().map(|one| one.status.as_str()));
        [
            numbers(|one| one.number),
            Arc::new(statuses),
            numbers(|one| one.bounds.map(|bounds| bounds.low)),
            numbers(|one| one.bounds.map(|bounds| bounds.high)),
        ]
        // The codes are positions in the list that the values are made from.
        .map(|values| -> ArrayRef { Arc::new(DictionaryArray::new(codes.clone(), values)) })
    }
}
