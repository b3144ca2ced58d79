//! Cells as the arrays of the tidy table.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Float64Builder, Int32Array, StringArray};
use iapt_model::{Cell, DisclosureRule, Statistic, ValueStatus};

use super::Counts;

/// Values, statuses and bounds while cells are added one by one.
#[derive(Default)]
pub(super) struct Values {
    value: Float64Builder,
    low: Float64Builder,
    high: Float64Builder,
    status: Vec<i32>,
}

impl Values {
    pub(super) fn push(
        &mut self,
        disclosure: &DisclosureRule,
        cell: Cell,
        statistic: Statistic,
        is_exact: bool,
        counts: &mut Counts,
    ) {
        let (number, status) = match cell {
            Cell::Reported(number) => (Some(number), ValueStatus::Reported),
            Cell::Withheld(status) => (None, status),
        };
        let bounds = disclosure.bounds(cell, statistic, is_exact);
        if number.is_some() && bounds.is_none() && statistic == Statistic::Count {
            counts.counts_not_rounded += 1;
        }
        self.value.append_option(number);
        self.low.append_option(bounds.map(|bounds| bounds.low));
        self.high.append_option(bounds.map(|bounds| bounds.high));
        let position = ValueStatus::ALL.iter().position(|other| *other == status).unwrap_or_default();
        if let Some(count) = counts.by_status.get_mut(position) {
            *count += 1;
        }
        self.status.push(i32::try_from(position).unwrap_or_default());
    }

    /// `value`, `value_status`, `value_low` and `value_high`.
    pub(super) fn finish(mut self) -> [ArrayRef; 4] {
        let texts = Arc::new(StringArray::from_iter_values(ValueStatus::ALL.map(ValueStatus::as_str)));
        // The keys are positions in the list that the texts are made from.
        let status = DictionaryArray::new(Int32Array::from(self.status), texts);
        [
            Arc::new(self.value.finish()),
            Arc::new(status),
            Arc::new(self.low.finish()),
            Arc::new(self.high.finish()),
        ]
    }
}
