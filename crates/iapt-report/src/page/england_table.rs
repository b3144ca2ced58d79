//! Indicators of England over the years: as a table, and as a file.

use super::Site;
use crate::{
    Error, download, format,
    readings::{Reading, Readings},
    table::{Cell, Column, Row, Table},
};

impl Site<'_> {
    /// A file with every year of some indicators of England.
    pub(super) fn add_england_download(&mut self, file: &str, names: &[&str], readings: &Readings) {
        let mut rows = Vec::new();
        for period in readings.periods() {
            rows.extend(names.iter().filter_map(|name| readings.row(name, readings.england(), period)));
        }
        self.add_file(file, download::indicators(rows.into_iter()));
    }
}

/// A row for each indicator of which some year has a value, a column for each year that has any.
pub(super) fn england_table<'n>(
    (id, caption): (&str, &str),
    names: impl Iterator<Item = &'n str>,
    readings: &Readings,
    download: &str,
) -> Result<Table, Error> {
    let england = readings.england();
    let mut found: Vec<(&str, Vec<Reading>)> = Vec::new();
    for name in names {
        let years = readings.periods().iter().map(|period| readings.read(name, england, period));
        let years = years.collect::<Result<Vec<_>, _>>()?;
        if years.iter().any(|reading| reading.is_known || reading.numerator.is_some()) {
            found.push((name, years));
        }
    }
    let is_shown = |index: usize| {
        let at = |(_, years): &(&str, Vec<Reading>)| years.get(index).is_some_and(|one| one.is_known);
        found.iter().any(at)
    };
    let shown: Vec<usize> = (0..readings.periods().len()).filter(|index| is_shown(*index)).collect();
    let rows = found.iter().map(|(name, years)| {
        let label = readings.indicator(name).map_or("", |one| one.label.as_str());
        let years = shown.iter().filter_map(|index| years.get(*index));
        let cells = years.map(|reading| {
            // A count is worth showing where its share is not known.
            let detail = reading.numerator.map(format::count).unwrap_or_default();
            Cell::value(reading).and(detail).at_home()
        });
        Row::new([Cell::new(label)].into_iter().chain(cells).collect())
    });
    let rows = rows.collect();
    let heads = shown.iter().filter_map(|index| readings.periods().get(*index));
    let heads = heads.map(|period| Column::number(period));
    Ok(Table {
        id: id.to_owned(),
        caption: format!("{caption}, England"),
        columns: [Column::text("")].into_iter().chain(heads).collect(),
        rows,
        download: download.to_owned(),
    })
}
