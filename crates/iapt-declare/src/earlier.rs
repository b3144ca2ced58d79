//! What was printed in the periods before, as far as the declared files have it.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{
    BuiltInFigures, Cell, Dataset, FigureRow, Key, Layout, Organisation, OrganisationKind, Period, Project,
    Statistic,
};

use crate::survey;

/// England's newest declared total of each measure before a period.
#[derive(Debug, Default)]
pub(crate) struct Earlier(BTreeMap<(String, Statistic), (Period, f64)>);

impl Earlier {
    /// From the totals that publications print, and from the built-in figures.
    pub(crate) fn new(
        project: &Project,
        dataset: &Dataset,
        figures: Option<&BuiltInFigures>,
        file: &str,
        period: Period,
    ) -> Self {
        let mut earlier = Self::default();
        let totals =
            dataset.control_totals.iter().filter(|total| total.file == file && total.category.is_none());
        for total in totals.filter(|total| total.period < period) {
            earlier.add(&total.measure, total.statistic, total.period, total.value);
        }
        let Some(figures) = figures else { return earlier };
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
    let category = [Key::VariableType, Key::VariableA, Key::VariableB].map(|key| text(row, key));
    survey::is_total_of_england(project, row.period, text(row, Key::OrgType), &category)
}

/// The key of a row; blank where the file has no column of it.
fn text(row: &FigureRow, key: Key) -> &str {
    let held = Key::EVERY.iter().zip(&row.keys).find(|(other, _)| **other == key);
    held.map_or("", |(_, text)| text.as_str())
}

/// What a dataset printed in the newest year before a period, as far as its figures are built in; nothing where none are.
#[derive(Debug, Default)]
pub(crate) struct YearBefore {
    year: Option<Period>,
    /// The organisations by level and code.
    organisations: BTreeSet<(String, String)>,
    categories: BTreeSet<[String; 3]>,
}

impl YearBefore {
    /// From the built-in figures; `layouts` are those of the files, which say what stands in no column.
    pub(crate) fn new(
        project: &Project,
        figures: Option<&BuiltInFigures>,
        layouts: &[Layout],
        period: Period,
    ) -> Self {
        let rows = figures.map_or(&[][..], |figures| &figures.rows);
        let is_before = |row: &&FigureRow| row.period.is_year() && row.period < period;
        let year = rows.iter().filter(is_before).map(|row| row.period).max();
        let mut before = Self { year, ..Self::default() };
        for row in rows.iter().filter(|row| Some(row.period) == year) {
            let key = |key: Key| match text(row, key) {
                "" => {
                    let constant = layouts.iter().find_map(|layout| layout.constant_keys.get(&key));
                    constant.cloned().unwrap_or_default()
                }
                text => text.to_owned(),
            };
            if let Some(org_type) = project.organisations.organisation_type(&key(Key::OrgType)) {
                before.organisations.insert((org_type.level.clone(), key(Key::OrgCode)));
            }
            before.categories.insert([Key::VariableType, Key::VariableA, Key::VariableB].map(key));
        }
        before
    }

    /// Whether it printed every organisation of a level that is declared for that year.
    pub(crate) fn has_all_of(&self, project: &Project, level: &str) -> bool {
        let Some(year) = self.year else { return false };
        let is_live = |organisation: &&Organisation| {
            organisation.level == level
                && organisation.kind != OrganisationKind::Unknown
                && organisation.valid_from <= year
                && organisation.valid_to.is_none_or(|last| year <= last)
        };
        let mut live = project.organisations.iter().filter(is_live);
        live.all(|one| self.organisations.contains(&(level.to_owned(), one.org_code.clone())))
    }

    /// Whether it printed a category.
    pub(crate) fn has_category(&self, category: &[String; 3]) -> bool {
        self.categories.contains(category)
    }
}
