//! How far the organisations of each level lie apart on each part of the pathway.

use iapt_model::SpreadRow;
use serde::Serialize;

use super::{Site, parts::Shown};
use crate::{
    Error,
    chart::{Span, Spans, SpansBlock, Words},
    declared::{PartsPage, PathwayPage, Way},
    download, format,
    readings::{Reading, Readings},
    table::{Cell, Column, Row, Table},
};

#[derive(Serialize)]
struct SpansWords<'a> {
    /// What the parts are parts of.
    of: &'a str,
    period: &'a str,
    /// What the last part is called.
    last: &'a str,
    levels: Vec<LevelWords>,
}

/// The last part among the organisations of one kind.
#[derive(Serialize)]
struct LevelWords {
    plural: String,
    n_organisations: u32,
    floor: String,
    p10: String,
    p90: String,
}

impl<'a> Site<'a> {
    /// The newest year of the first way of which every part has a spread.
    pub(super) fn spans(
        &mut self,
        page: &PathwayPage,
        declared: &PartsPage,
        readings: &Readings<'a>,
    ) -> Result<Option<Shown>, Error> {
        let section = &declared.spans;
        let spreads = |way: &Way, period: &str| -> Vec<Vec<&'a SpreadRow>> {
            let of_part = |indicator: &str| {
                let rows = section.levels.iter().map(|level| readings.spread(indicator, level, period));
                rows.flatten().copied().collect()
            };
            way.part.iter().map(|part| of_part(&part.indicator)).collect()
        };
        let found = declared.tries(readings.periods()).find_map(|(way, period)| {
            let rows = spreads(way, period);
            rows.iter().all(|rows| !rows.is_empty()).then_some((way, period, rows))
        });
        let Some((way, period, rows)) = found else { return Ok(None) };
        let mut blocks = Vec::new();
        let mut table_rows = Vec::new();
        for (part, rows) in way.part.iter().zip(&rows) {
            let reading = readings.read(&part.indicator, readings.england(), period)?;
            blocks.push(SpansBlock {
                title: part.label.clone(),
                england: reading.value.map(|value| (value, format!("England {}", reading.value_text()))),
                rows: rows.iter().map(|row| self.span(row)).collect(),
            });
            table_rows.extend(rows.iter().map(|row| self.span_row(&part.label, row, &reading)));
        }
        let levels = rows.last().into_iter().flatten().map(|row| LevelWords {
            plural: self.type_label(&row.org_type),
            n_organisations: row.n_organisations,
            floor: format::count(row.minimum_denominator),
            p10: format::percent(row.p10, 0),
            p90: format::percent(row.p90, 0),
        });
        let words = SpansWords { of: &way.of, period, last: way.last_label(), levels: levels.collect() };
        let chart_words = Words {
            id: page.chart(&section.id),
            title: self.engine.words("spans-title", &words)?,
            subtitle: self.engine.words("spans-subtitle", &words)?,
            description: self.engine.words("spans-description", &words)?,
            source: self.credit(&page.dataset, readings)?,
        };
        let chart = self.draw(chart_words, &Spans { blocks })?;
        let every_year = readings.periods().iter().flat_map(|period| {
            section.levels.iter().flat_map(move |level| {
                let parts = way.part.iter();
                parts.flat_map(move |part| readings.spread(&part.indicator, level, period).iter().copied())
            })
        });
        let csv = download::spread(every_year);
        let table = Table {
            id: format!("table-{}", page.chart(&section.id)),
            caption: format!("{}: of {}, {period}", section.heading, way.of),
            columns: vec![
                Column::text("Part"),
                Column::text("Organisations"),
                Column::number("How many"),
                Column::number("Lowest"),
                Column::number("10th percentile"),
                Column::number("Median"),
                Column::number("90th percentile"),
                Column::number("Highest"),
                Column::number("England"),
            ],
            rows: table_rows,
            download: self.add_file(&page.table(&section.id), csv),
        };
        Ok(Some(Shown { chart, table }))
    }

    fn span(&self, row: &SpreadRow) -> Span {
        let percent = |value| format::percent(value, 0);
        let text = format!("{} to {}", percent(row.p10), percent(row.p90));
        let name = self.type_label(&row.org_type);
        Span {
            p10: row.p10,
            median: row.median,
            p90: row.p90,
            tooltip: format!("{} {name}: {text}, median {}", row.n_organisations, percent(row.median)),
            name,
            text,
        }
    }

    fn span_row(&self, part: &str, row: &SpreadRow, england: &Reading) -> Row {
        let percent = |value| Cell::new(format::percent(value, 0));
        Row::new(vec![
            Cell::new(part),
            Cell::new(self.type_label(&row.org_type)),
            Cell::new(row.n_organisations.to_string()),
            percent(row.minimum),
            percent(row.p10),
            percent(row.median),
            percent(row.p90),
            percent(row.maximum),
            Cell::value(england),
        ])
    }
}
