//! England over the years: the tables of the pathway, small charts, and what each indicator says.

use std::{cmp::Ordering, collections::BTreeSet};

use iapt_chart::{Chart, Panel, Panels, Point, Words, format};
use iapt_model::{FindingRow, Indicator};
use serde::Serialize;
use serde_json::json;

use super::{
    Site,
    bases::of,
    shared::{in_words, ranges},
    verdict::beside_target,
    years_table::england_table,
};
use crate::{
    Error,
    declared::{Group, PanelList, PathwayPage},
    names::lower_first,
    readings::{Reading, Readings},
    table::{Cell, Column, Flag, Row, Table},
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
    pub(super) fn add_pathway_download(
        &self,
        declared: &PathwayPage,
        readings: &Readings,
    ) -> Result<String, Error> {
        let names: BTreeSet<&str> = declared.indicators().map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        self.add_england_download(&declared.download(), &names, readings)
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
        let mut table =
            england_table(self.engine, (&of_group.0, &of_group.1), names, readings, &declared.download())?;
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
        &self,
        id: &str,
        heading: &str,
        declared: &PanelList,
        readings: &Readings,
    ) -> Result<Option<(Chart, Table)>, Error> {
        let england = readings.england();
        let file = format!("tables/{id}.csv");
        let periods = if declared.by_month { readings.months() } else { readings.periods() };
        // Months begin with the first that any of them is printed for.
        let is_known = |period: &String| {
            let mut rows =
                declared.panel.iter().filter_map(|panel| readings.row(&panel.indicator, england, period));
            rows.any(|row| row.value.is_some())
        };
        let first = periods.iter().position(is_known).filter(|_| declared.by_month).unwrap_or_default();
        let periods = periods.get(first..).unwrap_or_default();
        let newest = periods.last().map_or("", String::as_str);
        let oldest = periods.first().map_or("", String::as_str);
        let written = periods.iter().map(|period| in_words(period)).collect::<Result<Vec<_>, _>>()?;
        let mut every: Vec<Vec<Reading>> = Vec::new();
        // Of single months only what was found about something that is shown here.
        let bears = |finding: &FindingRow| {
            declared.by_month && declared.panel.iter().any(|one| one.indicator == finding.subject)
        };
        let flag = |period: &str| self.findings.flag_where("", &declared.dataset, england, period, bears);
        let mut panels = Vec::new();
        let mut said = Vec::new();
        let mut labels = Vec::new();
        for panel in &declared.panel {
            let years = periods.iter().map(|period| readings.read(&panel.indicator, england, period));
            let years = years.collect::<Result<Vec<_>, _>>()?;
            if !years.iter().any(|reading| reading.is_known) {
                continue;
            }
            let indicator = readings.indicator(&panel.indicator);
            let label = indicator.map(|one| one.label.clone()).unwrap_or_default();
            let label = panel.label.clone().unwrap_or(label);
            let target = indicator.and_then(|one| one.target);
            let in_period = |period: &str| -> Result<Reading, Error> {
                Ok(Reading { period: in_words(period)?, ..readings.read(&panel.indicator, england, period)? })
            };
            let newest = in_period(newest)?;
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
                oldest: in_period(oldest)?,
                target: written_target.clone(),
                standing,
                is_lead: panel.indicator == declared.lead,
            };
            let target_line = self.engine.words("panel-target", &words)?;
            said.push(words);
            panels.push(Panel {
                title: label.clone(),
                points: years.iter().map(|one| point(one, flag(&one.period))).collect(),
                target: target.map(|target| (target, target_line)),
                breaks: Vec::new(),
            });
            labels.push(if target.is_some() {
                Cell::with_detail(label, format!("target {written_target}"))
            } else {
                Cell::new(label)
            });
            every.push(years);
        }
        if panels.is_empty() {
            return Ok(None);
        }
        let all = match written.as_slice() {
            [first, .., last] if declared.by_month => format!("{first} to {last}"),
            _ => ranges(readings, &periods.iter().map(String::as_str).collect()),
        };
        let newest = written.last().map_or("", String::as_str);
        let context = SeriesWords { period: newest, periods: all, panels: said };
        let words = Words {
            id: format!("{id}-chart"),
            title: self.engine.words("series-title", &context)?,
            subtitle: format!("{} England, {}.", declared.subtitle, context.periods),
            description: self.engine.words("series-description", &context)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        let cell = |reading: &Reading| {
            Cell::value(reading).and(of(reading)).flagged(flag(&reading.period)).at_home()
        };
        // Months are too many for columns, so each of them is a row, the newest first.
        let (heads, rows) = if declared.by_month {
            let month = |(at, month): (usize, &String)| {
                let cells = every.iter().filter_map(|years| years.get(at)).map(cell);
                Row::new([Cell::new(month)].into_iter().chain(cells).collect())
            };
            let labels: Vec<&String> = context.panels.iter().map(|panel| &panel.label).collect();
            let heads =
                self.engine.heads("england-months", json!({ "caption": heading, "labels": labels }))?;
            (heads, written.iter().enumerate().rev().map(month).collect())
        } else {
            let heads =
                self.engine.heads("england-years", json!({ "caption": heading, "periods": periods }))?;
            let row = |(label, years): (Cell, &Vec<Reading>)| {
                Row::new([label].into_iter().chain(years.iter().map(cell)).collect())
            };
            let rows = labels.into_iter().zip(&every).map(row);
            (heads, rows.collect())
        };
        let table = heads.over(format!("table-{id}"), rows, &file)?;
        let names: Vec<&str> = declared.panel.iter().map(|panel| panel.indicator.as_str()).collect();
        self.add_england_file(&file, &names, periods, readings)?;
        let chart = self.draw(words, &Panels { periods: written, panels })?;
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
                    .map(|one| one.label.clone())
                    .unwrap_or_default();
                let sign = if term.is_subtracted { ", without: " } else { ", and: " };
                let label = if text.is_empty() { label } else { lower_first(&label) };
                let sign = if text.is_empty() { "" } else { sign };
                let at = term.category().map(|(_, category)| format!(" ({category})")).unwrap_or_default();
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

fn point(reading: &Reading, flag: Option<Flag>) -> Point {
    let sign = flag.map(|flag| flag.sign).unwrap_or_default();
    Point { value: reading.value, text: reading.value_text(), sign }
}
