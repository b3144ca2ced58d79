//! England since the series began: every dataset that has a part of it, and the breaks between the parts.

use std::sync::Arc;

use iapt_chart::{Chart, Panel, Panels, Point, Words};
use iapt_model::{Comparability, SeriesBreak, SeriesType};
use serde::Serialize;
use serde_json::json;

use super::{Site, bases::of};
use crate::{
    Error,
    declared::LongSeries,
    download,
    readings::{Reading, Readings},
    table::{Cell, Row, Table},
};

/// The chart, the numbers and the breaks.
pub(super) struct LongSeriesContext {
    pub(super) chart: Chart,
    pub(super) table: Table,
    pub(super) breaks: Vec<BreakContext>,
}

/// One break, as readers are told of it.
#[derive(Serialize)]
pub(super) struct BreakContext {
    first_period: String,
    /// The measures it runs through; empty where it runs through all.
    labels: Vec<String>,
    is_comparable: bool,
    note: String,
}

#[derive(Serialize)]
struct LongSeriesWords {
    oldest: String,
    newest: String,
    n_periods: usize,
    panels: Vec<LongPanelWords>,
}

#[derive(Serialize)]
struct LongPanelWords {
    label: String,
    oldest: Reading,
    newest: Reading,
    /// The first period after a break; empty without one.
    breaks_in: String,
}

/// One year of one series: its value, under whichever name it has.
struct Year {
    reading: Reading,
    /// Whether it is the figure before a break, of another definition.
    is_before: bool,
}

impl Site<'_> {
    /// The long series; none where no dataset of it has been built.
    pub(super) fn long_series(
        &self,
        id: &str,
        heading: &str,
        declared: &LongSeries,
    ) -> Result<Option<LongSeriesContext>, Error> {
        let mut parts = Vec::new();
        for dataset in &declared.datasets {
            if let Some(readings) = self.readings_if_any(dataset)? {
                parts.push((dataset.as_str(), readings));
            }
        }
        let periods: Vec<String> =
            parts.iter().flat_map(|(_, readings)| readings.periods().iter().cloned()).collect();
        let (Some(oldest), Some(newest)) = (periods.first().cloned(), periods.last().cloned()) else {
            return Ok(None);
        };
        let credits = parts.iter().map(|(dataset, readings)| self.credit(dataset, readings));
        let source = credits.collect::<Result<Vec<_>, _>>()?.join(" ");
        let (mut panels, mut rows, mut said) = (Vec::new(), Vec::new(), Vec::new());
        for panel in &declared.panel {
            let years = self.years_of(&panel.indicator, &parts)?;
            let indicator = self.input.project.indicators.get(&panel.indicator);
            let label = indicator.map(|one| one.label.clone()).unwrap_or_default();
            let breaks = self.breaks(&panel.indicator, Comparability::NotComparable);
            let breaks: Vec<usize> = breaks
                .filter_map(|found| {
                    periods.iter().position(|period| *period == found.first_period.to_string())
                })
                .filter(|index| *index > 0)
                .collect();
            if let (Some(first), Some(last)) = (years.first(), years.last()) {
                said.push(LongPanelWords {
                    label: label.clone(),
                    oldest: first.reading.clone(),
                    newest: last.reading.clone(),
                    breaks_in: breaks
                        .first()
                        .and_then(|index| periods.get(*index))
                        .cloned()
                        .unwrap_or_default(),
                });
            }
            panels.push(Panel {
                title: label.clone(),
                points: years
                    .iter()
                    .map(|year| Point {
                        value: year.reading.value,
                        text: year.reading.value_text(),
                        sign: String::new(),
                    })
                    .collect(),
                target: None,
                breaks,
            });
            let cells = years.iter().map(|year| {
                let cell = Cell::value(&year.reading);
                let detail = if year.is_before { declared.before.clone() } else { of(&year.reading) };
                cell.and(detail)
            });
            rows.push(Row::new([Cell::new(label)].into_iter().chain(cells).collect()));
        }
        let words = LongSeriesWords { oldest, newest, n_periods: periods.len(), panels: said };
        let words = Words {
            id: format!("{id}-chart"),
            title: self.engine.words("long-series-title", &words)?,
            subtitle: declared.subtitle.clone(),
            description: self.engine.words("long-series-description", &words)?,
            source,
        };
        let heads = self.engine.heads("england-years", json!({ "caption": heading, "periods": periods }))?;
        let table = heads.over(format!("table-{id}"), rows, LONG_SERIES)?;
        let shown = declared.panel.iter().map(|panel| panel.indicator.as_str());
        let breaks = self.told_breaks(&shown.collect::<Vec<_>>(), &periods);
        self.add_long_series_download(declared, &parts)?;
        let chart = self.draw(words, &Panels { periods, panels })?;
        Ok(Some(LongSeriesContext { chart, table, breaks }))
    }

    /// Every year of an indicator, before a break under the name that it had there.
    fn years_of(&self, indicator: &str, parts: &[(&str, Arc<Readings<'_>>)]) -> Result<Vec<Year>, Error> {
        let mut years = Vec::new();
        for (_, readings) in parts {
            for period in readings.periods() {
                let mut before = self
                    .breaks(indicator, Comparability::NotComparable)
                    .filter(|found| *period < found.first_period.to_string())
                    .filter_map(|found| found.series_before.as_deref());
                let before = before.next();
                let reading = readings.read(before.unwrap_or(indicator), readings.england(), period)?;
                years.push(Year { reading, is_before: before.is_some() });
            }
        }
        Ok(years)
    }

    fn breaks(&self, indicator: &str, kind: Comparability) -> impl Iterator<Item = &SeriesBreak> {
        self.input.project.series_breaks.iter().filter(move |found| {
            found.comparability == kind
                && (found.series_type == SeriesType::All
                    || found.series_type == SeriesType::Indicator
                        && found.series.as_deref() == Some(indicator))
        })
    }

    /// The breaks that readers of these series should know, those with one note together.
    fn told_breaks(&self, indicators: &[&str], periods: &[String]) -> Vec<BreakContext> {
        let mut told: Vec<BreakContext> = Vec::new();
        for found in &self.input.project.series_breaks {
            let series = found.series.as_deref();
            let is_shown = match found.series_type {
                SeriesType::All => true,
                SeriesType::Indicator => series.is_some_and(|name| indicators.contains(&name)),
                SeriesType::Measure => false,
            };
            let first_period = found.first_period.to_string();
            if !is_shown || !periods.iter().skip(1).any(|period| *period == first_period) {
                continue;
            }
            let indicator = series.and_then(|name| self.input.project.indicators.get(name));
            let label = indicator.map(|one| one.label.clone());
            match told.iter_mut().find(|one| one.note == found.note && one.first_period == first_period) {
                Some(same) => same.labels.extend(label),
                None => told.push(BreakContext {
                    first_period,
                    labels: label.into_iter().collect(),
                    is_comparable: found.comparability == Comparability::Caution,
                    note: found.note.clone(),
                }),
            }
        }
        told
    }

    fn add_long_series_download(
        &self,
        declared: &LongSeries,
        parts: &[(&str, Arc<Readings<'_>>)],
    ) -> Result<String, Error> {
        let mut names: Vec<&str> = declared.panel.iter().map(|panel| panel.indicator.as_str()).collect();
        let before = names.iter().flat_map(|name| self.breaks(name, Comparability::NotComparable));
        let before: Vec<&str> = before.filter_map(|found| found.series_before.as_deref()).collect();
        names.extend(before);
        names.sort_unstable();
        names.dedup();
        let rows: Vec<_> = parts
            .iter()
            .flat_map(|(_, readings)| readings.periods().iter().map(move |period| (readings, period)))
            .flat_map(|(readings, period)| {
                names.iter().filter_map(move |name| readings.row(name, readings.england(), period))
            })
            .collect();
        self.add_file(LONG_SERIES, &download::indicators(rows.into_iter()))
    }
}

/// The download with all numbers of the long series.
const LONG_SERIES: &str = "tables/since-the-series-began.csv";
