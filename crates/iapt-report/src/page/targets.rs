//! Beside the national standards: how many organisations of a level meet each, and which one organisation missed.

use std::collections::BTreeMap;

use iapt_chart::format;
use serde::Serialize;
use serde_json::json;

use super::{Site, area::Shelf, verdict::beside_target};
use crate::{
    Error,
    areas::Area,
    declared::TargetList,
    download,
    readings::{Reading, Readings, Subject},
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct TargetWords {
    period: String,
    label: String,
    target: String,
    level: String,
    n: u32,
    n_meeting: u32,
    below: Vec<String>,
}

/// A national target that an organisation missed.
#[derive(Serialize)]
pub(super) struct MissedTarget {
    reading: Reading,
    /// `75%`.
    target: String,
    /// The same in the period before, where it is known.
    before: Option<Reading>,
}

impl<'a> Site<'a> {
    /// How many organisations of a level meet each target, and every one of them in a table.
    ///
    /// A sentence for each target, and the table; none where no year has a figure.
    pub(super) fn beside_targets(
        &self,
        id: &str,
        heading: &str,
        declared: &TargetList,
        readings: &Readings<'a>,
    ) -> Result<Option<(Vec<String>, Table)>, Error> {
        let mut said = Vec::new();
        let mut shown = Vec::new();
        let mut cells: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
        let mut order: Vec<(f64, &str)> = Vec::new();
        for panel in &declared.panel {
            let Some(indicator) = readings.indicator(&panel.indicator) else { continue };
            let Some(target) = indicator.target else { continue };
            let has_any = |period: &&String| {
                let rows = readings.group(&panel.indicator, &declared.level, period);
                rows.iter().any(|row| row.value.is_some() && row.org_kind == "place")
            };
            let Some(period) = readings.periods().iter().rev().find(has_any) else { continue };
            shown.push(json!({ "label": indicator.label, "period": period }));
            let mut words = TargetWords {
                period: period.clone(),
                label: indicator.label.clone(),
                target: format::percent(target, 0),
                n: 0,
                n_meeting: 0,
                level: String::new(),
                below: Vec::new(),
            };
            for row in readings.group(&panel.indicator, &declared.level, period) {
                let (Some(value), "place") = (row.value, row.org_kind.as_str()) else { continue };
                let subject = Subject { level: &row.level, org_code: &row.org_code };
                let reading = readings.read(&panel.indicator, subject, period)?;
                let name = self.pages.site.names.display(&row.org_name);
                let is_met = beside_target(value, target, reading.decimals).is_ge();
                words.n += 1;
                words.n_meeting += u32::from(is_met);
                let label = self.input.project.organisations.organisation_type(&row.org_type);
                words.level = label.map(|one| one.label_plural.clone()).unwrap_or_default();
                if !is_met {
                    words.below.push(format!("{name} ({})", reading.value_text()));
                }
                let flag = self.findings.flag("", &row.dataset, subject, &row.reporting_period);
                let row_cells = cells.entry(row.org_code.as_str()).or_insert_with(|| {
                    order.push((value, row.org_code.as_str()));
                    let link = self.areas.link("", &row.level, &row.org_code);
                    vec![Cell { link, ..Cell::new(&name) }]
                });
                let detail = if is_met { "meets the target" } else { "below the target" };
                row_cells.push(Cell::value(&reading).and(detail).flagged(flag).at_home());
            }
            said.push(self.engine.words("targets", &words)?);
        }
        if order.is_empty() {
            return Ok(None);
        }
        order.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(right.1)));
        let n_columns = 1 + shown.len();
        let rows = order.iter().filter_map(|(_, code)| {
            let mut cells = cells.remove(code)?;
            cells.resize(n_columns, Cell::new(""));
            Some(Row { code: (*code).to_owned(), ..Row::new(cells) })
        });
        let file = format!("tables/{id}.csv");
        let heads = self.engine.heads("targets", json!({ "heading": heading, "shown": shown }))?;
        let table = heads.over(format!("table-{id}"), rows.collect(), &file)?;
        let csv = declared.panel.iter().flat_map(|panel| {
            let years = readings.periods().iter();
            years.flat_map(|period| readings.group(&panel.indicator, &declared.level, period).iter().copied())
        });
        let csv = download::indicators(csv);
        self.add_file(&file, &csv)?;
        Ok(Some((said, table)))
    }

    /// The national targets that an area missed in a period.
    pub(super) fn missed_targets(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        period: &str,
    ) -> Result<Vec<MissedTarget>, Error> {
        let last_year = shelf.readings.period_before(period);
        let mut missed = Vec::new();
        for name in &shelf.declared.indicators {
            let Some(target) = shelf.readings.indicator(name).and_then(|one| one.target) else { continue };
            let reading = self.read_area(name, area, shelf, period)?;
            let is_met = |value| beside_target(value, target, reading.decimals).is_ge();
            if reading.value.is_none_or(is_met) {
                continue;
            }
            let before = last_year.map(|last| self.read_area(name, area, shelf, last)).transpose()?;
            let before = before.filter(|before| before.is_known);
            missed.push(MissedTarget { target: format::percent(target, 0), before, reading });
        }
        Ok(missed)
    }
}
