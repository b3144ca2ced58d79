//! Beside the national standards: how many organisations of a level meet each, and which one organisation missed.

use std::collections::BTreeMap;

use iapt_chart::format;
use iapt_model::{IndicatorRow, Standing};
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
        let (mut said, mut shown, mut heads) = (Vec::new(), Vec::new(), Vec::new());
        // By each organisation the first target that it has a value of, and the value.
        let mut firsts: BTreeMap<&str, (usize, f64, &IndicatorRow)> = BTreeMap::new();
        for panel in &declared.panel {
            let Some(indicator) = readings.indicator(&panel.indicator) else { continue };
            let Some(target) = indicator.target else { continue };
            let has_any = |period: &&String| {
                let rows = readings.group(&panel.indicator, &declared.level, period);
                rows.iter().any(|row| row.value.is_some() && row.org_kind == "place")
            };
            let Some(period) = readings.periods().iter().rev().find(has_any) else { continue };
            heads.push(json!({ "label": indicator.label, "period": period }));
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
                if row.standing.as_deref().map(Standing::of) == Some(Standing::Duplicate) {
                    continue;
                }
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
                firsts.entry(row.org_code.as_str()).or_insert((shown.len(), value, row));
            }
            shown.push((panel.indicator.as_str(), period, target));
            said.push(self.engine.words("targets", &words)?);
        }
        if firsts.is_empty() {
            return Ok(None);
        }
        // In the order of their codes already, which equal ones keep.
        let mut order: Vec<(usize, f64, &IndicatorRow)> = firsts.into_values().collect();
        order.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
        let mut rows = Vec::new();
        for (_, _, row) in order {
            let subject = Subject { level: &row.level, org_code: &row.org_code };
            let link = self.areas.link("", &row.level, &row.org_code);
            let name = self.pages.site.names.display(&row.org_name);
            let mut cells = vec![Cell { link, ..Cell::new(name) }];
            for (indicator, period, target) in &shown {
                let reading = readings.read(indicator, subject, period)?;
                let flag = self.flag("", &declared.dataset, subject, period);
                let detail = reading.value.map(|value| {
                    let is_met = beside_target(value, *target, reading.decimals).is_ge();
                    if is_met { "meets the target" } else { "below the target" }
                });
                let cell = Cell::value(&reading).and(detail.unwrap_or_default());
                cells.push(cell.flagged(flag).at_home());
            }
            rows.push(Row { code: row.org_code.to_string(), ..Row::new(cells) });
        }
        let file = format!("tables/{id}.csv");
        let heads = self.engine.heads("targets", json!({ "heading": heading, "shown": heads }))?;
        let table = heads.over(format!("table-{id}"), rows, &file)?;
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
