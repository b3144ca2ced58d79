//! How far the organisations of a level lay apart in every year.

use iapt_chart::{Band, Bands, Chart, Words, format};
use serde_json::json;

use super::{Site, compare::LevelWords, places::Spread, slug};
use crate::{
    Error,
    declared::Break,
    engine::Engine,
    names::lower_first,
    readings::Readings,
    table::{Cell, Row, Table},
};

impl Site<'_> {
    /// The spread of every year.
    pub(super) fn over_time(
        &self,
        id: &str,
        periods: &[String],
        breaks: Vec<(usize, String)>,
        spreads: &[Spread],
        words: &LevelWords,
        readings: &Readings,
    ) -> Result<Chart, Error> {
        let band = |spread: &Spread| {
            let row = spread.row;
            let written = |value| format::fixed(value, 1);
            Band {
                p10: row.p10,
                p25: row.p25,
                median: row.median,
                p75: row.p75,
                p90: row.p90,
                each: self.each(spread),
                k: row.n_organisations.to_string(),
                tooltip: format!(
                    "{}: {} {}, middle 80% {} to {}, middle half {} to {}, median {}",
                    row.reporting_period,
                    row.n_organisations,
                    lower_first(&spread.label_plural),
                    written(row.p10),
                    written(row.p90),
                    written(row.p25),
                    written(row.p75),
                    written(row.median),
                ),
            }
        };
        let (indicator, dataset) =
            spreads.first().map_or(("", ""), |spread| (&*spread.row.indicator, &*spread.row.dataset));
        let england = periods
            .iter()
            .map(|period| readings.row(indicator, readings.england(), period).and_then(|row| row.value));
        let bands = Bands {
            periods: periods.to_vec(),
            bands: spreads.iter().map(|spread| Some(band(spread))).collect(),
            england: england.collect(),
            breaks,
            missing: readings.sign(None, indicator, "")?,
            is_each: words.is_each_drawn,
        };
        let chart_words = Words {
            id: format!("{id}-by-year"),
            title: self.engine.words("spread-title", words)?,
            subtitle: self.engine.words("spread-subtitle", words)?,
            description: self.engine.words("spread-description", words)?,
            source: self.credit(dataset, readings)?,
        };
        self.draw(chart_words, &bands)
    }

    /// Every organisation that counts, with its name for a tooltip.
    fn each(&self, spread: &Spread) -> Vec<(f64, String)> {
        let each = spread.counted.iter().filter_map(|row| {
            let value = row.value?;
            Some((value, format!("{}: {}", self.pages.site.names.display(&row.org_name), spread.text(value))))
        });
        each.collect()
    }
}

/// Where the organisations of a level become others: another type, or a break that the page file declares.
pub(super) fn breaks(
    declared: &[Break],
    level: &str,
    spreads: &[Spread],
    periods: &[String],
) -> Vec<(usize, String)> {
    let mut breaks = Vec::new();
    let mut before: Option<&Spread> = None;
    for (index, (spread, period)) in spreads.iter().zip(periods).enumerate() {
        let declared = declared.iter().find(|one| one.level == level && one.period == *period);
        if let Some(before) = before {
            if before.row.org_type != spread.row.org_type {
                breaks.push((index, format!("now {}", lower_first(&spread.label_plural))));
            } else if let Some(declared) = declared {
                breaks.push((index, declared.reason.clone()));
            }
        }
        before = Some(spread);
    }
    breaks
}

pub(super) fn over_time_table(
    engine: &Engine,
    id: &str,
    indicator: &str,
    words: &LevelWords,
    spreads: &[Spread],
) -> Result<Table, Error> {
    let rows = spreads.iter().map(|spread| {
        let row = spread.row;
        let number = |value: f64| Cell::new(format::fixed(value, 1));
        let england = Cell::new(row.england.map(|value| format::fixed(value, 1)).unwrap_or_default());
        Row::new(vec![
            Cell::with_detail(row.reporting_period, lower_first(&spread.label_plural)),
            Cell::new(row.n_organisations.to_string()),
            england,
            number(row.minimum),
            number(row.p10),
            number(row.p25),
            number(row.median),
            number(row.p75),
            number(row.p90),
            number(row.maximum),
            Cell::new(row.n_suppressed.to_string()),
            Cell::new(row.n_below_floor.to_string()),
            Cell::new(row.n_not_places.to_string()),
        ])
    });
    let heads = engine.heads("spread-by-year", json!({ "label": words.label, "floor": words.floor }))?;
    let download = format!("tables/{}-spread.csv", slug(indicator));
    heads.over(format!("table-{id}-by-year"), rows.collect(), &download)
}
