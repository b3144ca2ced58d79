//! England's figures of the periods before, as far as the declared files have them.

use std::collections::BTreeMap;

use iapt_model::{BuiltInFigures, Cell, Dataset, FigureRow, Key, Period, Project, Statistic};

use crate::survey;

/// England's newest declared total of each measure before a period.
#[derive(Debug, Default)]
pub(crate) struct Earlier(BTreeMap<(String, Statistic), (Period, f64)>);

impl Earlier {
    /// From the totals that publications print, and from the built-in figures.
    pub(crate) fn new(project: &Project, dataset: &Dataset, file: &str, period: Period) -> Self {
        let mut earlier = Self::default();
        let totals =
            dataset.control_totals.iter().filter(|total| total.file == file && total.category.is_none());
        for total in totals.filter(|total| total.period < period) {
            earlier.add(&total.measure, total.statistic, total.period, total.value);
        }
        // What is wrong with the figures `iapt check` says.
        let Some(figures) = BuiltInFigures::read(dataset, &project.measures, &mut Vec::new()) else {
            return earlier;
        };
        let is_wanted = |row: &&FigureRow| row.period < period && is_total_of_england(project, row);
        for row in figures.rows.iter().filter(is_wanted) {
            for (column, figure) in figures.columns.iter().zip(&row.cells) {
                let cell =
                    figure.as_ref().and_then(|figure| dataset.markers.read(&figure.text, column.statistic));
                if let Some(Cell::Reported(value)) = cell {
                    earlier.add(&column.measure, column.statistic, row.period, value);
                }
            }
        }
        earlier
    }

    fn add(&mut self, measure: &str, statistic: Statistic, period: Period, value: f64) {
        let newest = self.0.entry((measure.to_owned(), statistic)).or_insert((period, value));
        if newest.0 < period {
            *newest = (period, value);
        }
    }

    /// The total of a measure, and the period that it is of.
    pub(crate) fn get(&self, measure: &str, statistic: Statistic) -> Option<(Period, f64)> {
        self.0.get(&(measure.to_owned(), statistic)).copied()
    }
}

fn is_total_of_england(project: &Project, row: &FigureRow) -> bool {
    let key = |key: Key| {
        let held = Key::EVERY.iter().zip(&row.keys).find(|(other, _)| **other == key);
        held.map_or("", |(_, text)| text.as_str())
    };
    let category = [Key::VariableType, Key::VariableA, Key::VariableB].map(key);
    survey::is_total_of_england(project, row.period, key(Key::OrgType), &category)
}
