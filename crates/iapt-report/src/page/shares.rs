//! Figures of England as bars: some indicators of one period, or one indicator by the groups of a breakdown.

use std::collections::BTreeMap;

use iapt_chart::{Chart, Share, Shares, Words, format};
use iapt_model::{ENGLAND, FigureName, IndicatorRow};
use serde::Serialize;
use serde_json::json;

use super::{Site, bases::of, shared::in_words, years_table::england_table};
use crate::{
    Error,
    declared::{CategoryList, ShareList},
    download,
    escape::clean,
    readings::{Reading, Readings},
    table::{Cell, Row, Table},
};

/// What a block of bars is made from.
pub(super) struct Drawn<'b, 'a> {
    /// The anchor of the block, and what stands over it.
    pub(super) id: &'b str,
    pub(super) heading: &'b str,
    /// What its sentences are templates over.
    pub(super) figures: &'b BTreeMap<&'b str, Reading>,
    pub(super) readings: &'b Readings<'a>,
}

#[derive(Serialize)]
struct SharesWords<'w> {
    period: &'w str,
    rows: Vec<ShareWords<'w>>,
}

#[derive(Serialize)]
struct ShareWords<'w> {
    label: &'w str,
    text: &'w str,
}

impl<'a> Site<'a> {
    /// Some indicators of England in the newest period of any of them; none where none has a value.
    pub(super) fn shares(
        &self,
        block: &Drawn<'_, 'a>,
        declared: &ShareList,
    ) -> Result<Option<(Chart, Table)>, Error> {
        let (readings, england) = (block.readings, block.readings.england());
        let newest = |name: &str| {
            if declared.by_month {
                readings.newest_month_with_value(name, england)
            } else {
                readings.newest_with_value(name, england)
            }
        };
        let newest = declared.panel.iter().filter_map(|panel| newest(&panel.indicator));
        // A year and a month sort alike within their kind.
        let Some(period) = newest.max().map(str::to_owned) else { return Ok(None) };
        let written = in_words(&period)?;
        let mut rows = Vec::new();
        for panel in &declared.panel {
            let reading = readings.read(&panel.indicator, england, &period)?;
            let Some(value) = reading.value else { continue };
            let label = panel.label.clone().unwrap_or_else(|| reading.label.clone());
            let text = reading.value_text();
            rows.push(Share {
                figure: reading.figure.clone(),
                tooltip: format!("{written}: {label} {text}"),
                label,
                value,
                text,
                note: String::new(),
            });
        }
        rows.sort_by(|left, right| right.value.total_cmp(&left.value));
        let file = format!("tables/{}.csv", block.id);
        let names = declared.panel.iter().map(|panel| panel.indicator.as_str());
        let id = format!("table-{}", block.id);
        let table = if declared.by_month {
            let row = |share: &Share| {
                let cell = Cell { figure: share.figure.clone(), ..Cell::new(&share.text) };
                Row::new(vec![Cell::new(&share.label), cell.at_home()])
            };
            let heads = json!({ "heading": block.heading, "period": written });
            self.engine.heads("shares-of-month", heads)?.over(id, rows.iter().map(row).collect(), &file)?
        } else {
            england_table(self.engine, (&id, block.heading), names.clone(), readings, &file)?
        };
        let periods = if declared.by_month { readings.months() } else { readings.periods() };
        self.add_england_file(&file, &names.collect::<Vec<_>>(), periods, readings)?;
        let words = self.share_words(
            block,
            &declared.title,
            &declared.subtitle,
            (&declared.dataset, &written),
            &rows,
        )?;
        Ok(Some((self.draw(words, &Shares { rows })?, table)))
    }

    /// The rows of an indicator of England by the groups of a breakdown.
    pub(super) fn rows_of(&self, dataset: &str, indicator: &str, breakdown: &str) -> Vec<&'a IndicatorRow> {
        let is_it = |row: &&IndicatorRow| {
            row.dataset == dataset
                && row.level == ENGLAND
                && row.indicator == indicator
                && row.breakdown == breakdown
        };
        self.input.indicators.iter().filter(is_it).collect()
    }

    /// An indicator by the groups of a breakdown in the newest year; none where no year has any.
    pub(super) fn by_category(
        &self,
        block: &Drawn<'_, 'a>,
        declared: &CategoryList,
    ) -> Result<Option<(Chart, Table)>, Error> {
        let readings = block.readings;
        let mut every: Vec<Vec<&IndicatorRow>> = Vec::new();
        for name in [&declared.indicator].into_iter().chain(&declared.table) {
            every.push(self.rows_of(&declared.dataset, name, &declared.breakdown));
        }
        let drawn = every.first().map(Vec::as_slice).unwrap_or_default();
        let known = drawn.iter().filter(|row| row.value.is_some());
        let Some(period) = known.map(|row| row.reporting_period.as_str()).max() else { return Ok(None) };
        let mut of_period: Vec<&IndicatorRow> = drawn
            .iter()
            .filter(|row| row.reporting_period == period && row.value.is_some())
            .copied()
            .collect();
        // The largest group first, so that what rests on few stands last; averages, of which no size is printed, by value.
        of_period.sort_by(|left, right| {
            let size = |row: &IndicatorRow| row.denominator.or(row.value).unwrap_or_default();
            size(right).total_cmp(&size(left)).then_with(|| left.category.cmp(&right.category))
        });
        let read = |row: &IndicatorRow| readings.read_row(Some(row), &row.indicator, &row.level, period);
        let mut rows = Vec::new();
        let mut table_rows = Vec::new();
        for row in &of_period {
            let reading = read(row)?;
            let (label, text) = (clean(&row.category), reading.value_text());
            if row.denominator.is_none_or(|size| size >= declared.floor) {
                rows.push(Share {
                    figure: FigureName::from(*row).to_string(),
                    label: label.clone(),
                    value: reading.value.unwrap_or_default(),
                    tooltip: format!("{label}: {text} ({})", of(&reading)),
                    text: text.clone(),
                    note: row.denominator.map(format::count).unwrap_or_default(),
                });
            }
            let counted = row.denominator.map(format::count).unwrap_or_default();
            let mut cells = vec![Cell::new(&label), Cell::new(counted)];
            for (at, rows) in every.iter().enumerate() {
                let same = |other: &&&IndicatorRow| {
                    other.reporting_period == period && other.category == row.category
                };
                let cell = rows.iter().find(same).map(|row| read(row)).transpose()?;
                let cell = cell.filter(|reading| at == 0 || reading.is_known);
                cells.push(cell.map(|reading| Cell::value(&reading).at_home()).unwrap_or_default());
            }
            table_rows.push(Row::new(cells));
        }
        let label = |name: &String| readings.indicator(name).map_or("", |one| one.label.as_str());
        let heads = [&declared.indicator].into_iter().chain(&declared.table);
        let indicators: Vec<&str> = heads.map(label).collect();
        let file = format!("tables/{}.csv", block.id);
        let (heading, group, counted) = (block.heading, &declared.head, &declared.counted);
        let heads = json!({ "heading": heading, "period": period, "group": group, "counted": counted, "indicators": indicators });
        let heads = self.engine.heads("groups-of-period", heads)?;
        let mut table = heads.over(format!("table-{}", block.id), table_rows, &file)?;
        table.without_empty_columns();
        let words =
            self.share_words(block, &declared.title, &declared.subtitle, (&declared.dataset, period), &rows)?;
        self.add_file(&file, &download::indicators(every.iter().flatten().copied()))?;
        Ok(Some((self.draw(words, &Shares { rows })?, table)))
    }

    fn share_words(
        &self,
        block: &Drawn,
        title: &str,
        subtitle: &str,
        (dataset, period): (&str, &str),
        rows: &[Share],
    ) -> Result<Words, Error> {
        let said = rows.iter().map(|row| ShareWords { label: &row.label, text: &row.text });
        let words = SharesWords { period, rows: said.collect() };
        Ok(Words {
            id: format!("{}-chart", block.id),
            title: self.engine.sentence(title, block.figures)?,
            subtitle: format!("{subtitle} England, {period}."),
            description: self.engine.words("shares-description", &words)?,
            source: self.credit(dataset, block.readings)?,
        })
    }
}
