//! Indicators over the years as a table, and England's as a file.

use iapt_chart::format;
use serde_json::json;

use super::Site;
use crate::{
    Error, download,
    engine::Engine,
    readings::{Reading, Readings},
    table::{Cell, Row, Table},
};

impl Site<'_> {
    /// A file with every year of some indicators of England.
    pub(super) fn add_england_download(
        &self,
        file: &str,
        names: &[&str],
        readings: &Readings,
    ) -> Result<String, Error> {
        self.add_england_file(file, names, readings.periods(), readings)
    }

    /// The same of some years or months.
    pub(super) fn add_england_file(
        &self,
        file: &str,
        names: &[&str],
        periods: &[String],
        readings: &Readings,
    ) -> Result<String, Error> {
        let mut rows = Vec::new();
        for period in periods {
            rows.extend(names.iter().filter_map(|name| readings.row(name, readings.england(), period)));
        }
        self.add_file(file, &download::indicators(rows.into_iter()))
    }
}

/// Some indicators of England, every year.
pub(super) fn england_table<'n>(
    engine: &Engine,
    (id, caption): (&str, &str),
    names: impl Iterator<Item = &'n str>,
    readings: &Readings,
    download: &str,
) -> Result<Table, Error> {
    let periods: Vec<&str> = readings.periods().iter().map(String::as_str).collect();
    let (periods, rows) = years_table(
        names,
        &periods,
        |name, period| readings.read(name, readings.england(), period),
        // A count is worth showing where its share is not known.
        |reading| reading.is_known || reading.numerator.is_some(),
        |reading| {
            let count = reading.numerator.map(format::count).unwrap_or_default();
            Cell::value(reading).and(count).at_home()
        },
    )?;
    engine.heads("england-years", json!({ "caption": caption, "periods": periods }))?.over(id, rows, download)
}

/// A row for each indicator of which some year has something to show, a column for each year in which one of them has a
/// value.
pub(super) fn years_table<'n, 'p>(
    names: impl Iterator<Item = &'n str>,
    periods: &[&'p str],
    read: impl Fn(&str, &str) -> Result<Reading, Error>,
    has_something: impl Fn(&Reading) -> bool,
    cell: impl Fn(&Reading) -> Cell,
) -> Result<(Vec<&'p str>, Vec<Row>), Error> {
    let mut found: Vec<Vec<Reading>> = Vec::new();
    for name in names {
        let years = periods.iter().map(|period| read(name, period)).collect::<Result<Vec<_>, _>>()?;
        if years.iter().any(&has_something) {
            found.push(years);
        }
    }
    let is_shown = |at: &usize| found.iter().any(|years| years.get(*at).is_some_and(|one| one.is_known));
    let shown: Vec<usize> = (0..periods.len()).filter(is_shown).collect();
    let row = |years: &Vec<Reading>| {
        let label = years.first().map_or("", |one| one.label.as_str());
        let cells = shown.iter().filter_map(|at| years.get(*at)).map(&cell);
        Row::new([Cell::new(label)].into_iter().chain(cells).collect())
    };
    let with_a_value = shown.iter().filter_map(|at| periods.get(*at)).copied().collect();
    Ok((with_a_value, found.iter().map(row).collect()))
}
