//! England over the years: the tables of the pathway, small charts, and what each indicator says.

use std::{cmp::Ordering, collections::BTreeSet};

use iapt_model::Indicator;
use serde::Serialize;

use super::{Site, bases::of, shared::ranges, verdict::beside_target, years_table::england_table};
use crate::{
    Error,
    chart::{Chart, Panel, Panels, Point, Words},
    declared::{Group, PanelList, PathwayPage},
    format,
    readings::{Reading, Readings},
    table::{Cell, Column, Row, Table},
};

/// What an indicator says and of whom.
#[derive(Serialize)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) definition: String,
    pub(super) numerator: String,
    /// Empty in an average.
    pub(super) denominator: String,
    pub(super) source: String,
}

#[derive(Serialize)]
struct GroupWords<'a> {
    heading: &'a str,
    has_denominator: bool,
}

#[derive(Serialize)]
struct SeriesWords<'a> {
    period: &'a str,
    periods: String,
    panels: Vec<PanelWords>,
}

#[derive(Serialize)]
struct PanelWords {
    label: String,
    newest: Reading,
    oldest: Reading,
    target: String,
    /// `above`, `at` or `below` the target, as both are written; empty without a target or a value.
    standing: &'static str,
    is_lead: bool,
}

impl Site<'_> {
    /// The file with every year of the indicators of a pathway.
    pub(super) fn add_pathway_download(&mut self, declared: &PathwayPage, readings: &Readings) {
        let names: BTreeSet<&str> = declared.indicators().map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        self.add_england_download(&declared.download(), &names, readings);
    }

    /// One row per indicator, one column per year, under the count that they are shares of; none where no year has any.
    pub(super) fn group(
        &self,
        declared: &PathwayPage,
        group: &Group,
        readings: &Readings,
    ) -> Result<Option<Table>, Error> {
        let words = GroupWords { heading: &group.heading, has_denominator: !group.denominator.is_empty() };
        let caption = self.engine.words("group-caption", words)?;
        let names = group.indicators.iter().map(String::as_str);
        let of_group = (format!("table-{}", group.id), caption);
        let mut table = england_table((&of_group.0, &of_group.1), names, readings, &declared.download())?;
        if table.rows.is_empty() {
            return Ok(None);
        }
        if !group.denominator.is_empty() {
            table.rows.insert(0, denominator_row(group, &table, readings)?);
        }
        Ok(Some(table))
    }

    /// Small charts of England over the years, one for each indicator that has a value in any; none where none has.
    pub(super) fn panels(
        &mut self,
        id: &str,
        heading: &str,
        declared: &PanelList,
        readings: &Readings,
    ) -> Result<Option<(Chart, Table)>, Error> {
        let england = readings.england();
        let file = format!("tables/{id}.csv");
        let newest = readings.newest();
        let oldest = readings.periods().first().map_or("", String::as_str);
        let mut panels = Vec::new();
        let mut said = Vec::new();
        let mut rows = Vec::new();
        for panel in &declared.panel {
            let years =
                readings.periods().iter().map(|period| readings.read(&panel.indicator, england, period));
            let years = years.collect::<Result<Vec<_>, _>>()?;
            if !years.iter().any(|reading| reading.is_known) {
                continue;
            }
            let indicator = readings.indicator(&panel.indicator);
            let label = indicator.map(|one| one.label.clone()).unwrap_or_default();
            let label = panel.label.clone().unwrap_or(label);
            let target = indicator.and_then(|one| one.target);
            let newest = readings.read(&panel.indicator, england, newest)?;
            let standing = target.zip(newest.value).map_or("", |(target, value)| {
                match beside_target(value, target, newest.decimals) {
                    Ordering::Less => "below",
                    Ordering::Equal => "at",
                    Ordering::Greater => "above",
                }
            });
            let written_target = target.map(|target| format::percent(target, 0)).unwrap_or_default();
            let words = PanelWords {
                label: label.clone(),
                newest,
                oldest: readings.read(&panel.indicator, england, oldest)?,
                target: written_target.clone(),
                standing,
                is_lead: panel.indicator == declared.lead,
            };
            let written = self.engine.words("panel-target", &words)?;
            said.push(words);
            panels.push(Panel {
                title: label.clone(),
                points: years.iter().map(|one| Point { value: one.value, text: one.value_text() }).collect(),
                target: target.map(|target| (target, written)),
                breaks: Vec::new(),
            });
            let cells = years.iter().map(|reading| Cell::value(reading).and(of(reading)).at_home());
            let label = if target.is_some() {
                Cell::with_detail(label, format!("target {written_target}"))
            } else {
                Cell::new(label)
            };
            rows.push(Row::new([label].into_iter().chain(cells).collect()));
        }
        if panels.is_empty() {
            return Ok(None);
        }
        let context = SeriesWords {
            period: newest,
            periods: ranges(readings, &readings.periods().iter().map(String::as_str).collect()),
            panels: said,
        };
        let words = Words {
            id: format!("{id}-chart"),
            title: self.engine.words("series-title", &context)?,
            subtitle: format!("{} England, {}.", declared.subtitle, context.periods),
            description: self.engine.words("series-description", &context)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        let heads = readings.periods().iter().map(|period| Column::number(period));
        let table = Table {
            id: format!("table-{id}"),
            caption: format!("{heading}, England"),
            columns: [Column::text("")].into_iter().chain(heads).collect(),
            rows,
            download: file.clone(),
        };
        let names: Vec<&str> = declared.panel.iter().map(|panel| panel.indicator.as_str()).collect();
        self.add_england_download(&file, &names, readings);
        let chart = self.draw(words, &Panels { periods: readings.periods().to_vec(), panels })?;
        Ok(Some((chart, table)))
    }

    /// What an indicator says, its counts in the words of the dictionary.
    pub(super) fn definition(&self, indicator: &Indicator) -> Definition {
        let spelled = |terms: &[iapt_model::Term]| {
            let mut text = String::new();
            for term in terms {
                let label = self
                    .input
                    .project
                    .measures
                    .get(&term.measure, term.statistic)
                    .map_or("", |one| &one.label);
                let sign = if term.is_subtracted { " less " } else { " plus " };
                let sign = if text.is_empty() { "" } else { sign };
                let at = term.at.as_ref().filter(|(breakdown, _)| breakdown != "total");
                let at = at.map(|(_, category)| format!(" ({category})")).unwrap_or_default();
                text = format!("{text}{sign}{label}{at}");
            }
            text
        };
        Definition {
            name: indicator.name.clone(),
            label: indicator.label.clone(),
            definition: indicator.definition.clone(),
            numerator: spelled(&indicator.numerator),
            denominator: spelled(&indicator.denominator),
            source: indicator.source.clone(),
        }
    }
}

/// The denominator that the indicators of a group share, from whichever has it.
fn denominator_row(group: &Group, table: &Table, readings: &Readings) -> Result<Row, Error> {
    let mut cells = vec![Cell::new(&group.denominator)];
    for Column { head: period, .. } in table.columns.iter().skip(1) {
        let mut rows =
            group.indicators.iter().filter_map(|name| readings.row(name, readings.england(), period));
        let known = rows.find_map(|row| row.denominator);
        cells.push(Cell::new(
            known.map_or_else(|| readings.sign(None, "", period), |count| Ok(format::count(count)))?,
        ));
    }
    Ok(Row::new(cells))
}
