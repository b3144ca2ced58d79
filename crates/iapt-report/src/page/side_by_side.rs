//! Every area with every measure of its newest year in one table for each level; a script sets up to four side by side.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use serde_json::json;

use super::{
    Site,
    chooser::{Compared, Group, PAGE},
    verdict::comparison,
};
use crate::{
    Error,
    declared::MeasureSection,
    download,
    escape::clean,
    readings::{Readings, Subject},
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct BesideContext {
    title: String,
    lead: Vec<String>,
    chooser: Vec<Group>,
    levels: Vec<LevelTable>,
    has_script: bool,
}

#[derive(Serialize)]
struct LevelTable {
    id: String,
    heading: String,
    /// Whether the table is folded away, as a long one is.
    is_folded: bool,
    table: Table,
}

/// A measure that a level has, with the year of its figures.
struct Shown<'s, 'a> {
    measure: &'s MeasureSection,
    readings: &'s Readings<'a>,
    period: String,
    label: String,
}

/// A table of more rows is folded.
const MOST_OPEN: usize = 60;

impl<'a> Site<'a> {
    pub(super) fn side_by_side(&self, compared: &Compared<'a>) -> Result<(), Error> {
        let declared = compared.declared;
        let readings: Vec<Arc<Readings<'a>>> = declared
            .measure
            .iter()
            .map(|measure| self.readings(measure.dataset()))
            .collect::<Result<_, _>>()?;
        let mut levels = Vec::new();
        for section in &declared.level {
            let mut shown = Vec::new();
            for (measure, readings) in declared.measure.iter().zip(&readings) {
                if compared.has_ended(measure, &section.level) {
                    continue;
                }
                let Some(spread) = self.newest_spread(&measure.indicator, &section.level, readings) else {
                    continue;
                };
                shown.push(Shown {
                    measure,
                    readings,
                    period: spread.row.reporting_period.to_string(),
                    label: spread.label_plural.clone(),
                });
            }
            if let Some(table) = self.beside_table(&section.level, &shown)? {
                levels.push(table);
            }
        }
        let Some((measure, readings)) = declared.measure.first().zip(readings.first()) else { return Ok(()) };
        let page = format!("{PAGE}-side-by-side");
        let beside = &declared.side_by_side;
        let words = (beside.title.as_str(), beside.description.as_str());
        let shared = self.shared(PAGE, words, measure.dataset(), readings)?;
        let context = BesideContext {
            title: beside.title.clone(),
            lead: beside.lead.clone(),
            chooser: self.chooser(compared, &page),
            levels,
            has_script: true,
        };
        self.add_page(&page, &shared, context)
    }

    fn beside_table(&self, level: &str, shown: &[Shown]) -> Result<Option<LevelTable>, Error> {
        let Some(first) = shown.first() else { return Ok(None) };
        // By the name in the first measure that has it: another one may be of a year in which it was called otherwise.
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        for one in shown {
            let rows = one.readings.group(&one.measure.indicator, level, &one.period).iter();
            for row in rows.filter(|row| row.standing().is_organisation() && row.value.is_some()) {
                names.entry(&row.org_code).or_insert_with(|| self.pages.site.names.display(&row.org_name));
            }
        }
        let mut named: Vec<(String, &str)> = names.into_iter().map(|(code, name)| (name, code)).collect();
        named.sort();
        let mut rows = vec![self.beside_row("England", None, shown)?];
        for (name, code) in &named {
            rows.push(self.beside_row(name, Some(Subject { level, org_code: code }), shown)?);
        }
        let of_level =
            shown.iter().flat_map(|one| one.readings.group(&one.measure.indicator, level, &one.period));
        let bytes = download::indicators(of_level.copied());
        let id = super::slug(level);
        let measure = |one: &Shown| json!({ "short": one.measure.short, "period": one.period, "is_of_months": one.readings.is_of_months() });
        let measures: Vec<_> = shown.iter().map(measure).collect();
        let heads =
            self.engine.heads("side-by-side", json!({ "label": first.label, "measures": measures }))?;
        let download = self.add_file(&format!("tables/side-by-side-{id}.csv"), &bytes)?;
        let table = heads.over(format!("table-{id}"), rows, &download)?;
        let is_folded = table.rows.len() > MOST_OPEN;
        Ok(Some(LevelTable { heading: first.label.clone(), is_folded, id, table }))
    }

    /// England, where there is no subject.
    fn beside_row(&self, name: &str, subject: Option<Subject>, shown: &[Shown]) -> Result<Row, Error> {
        let mut cells = vec![match subject {
            Some(subject) => Cell {
                link: self.areas.link("", subject.level, subject.org_code),
                ..Cell::with_detail(name, clean(subject.org_code))
            },
            None => Cell::new(name),
        }];
        for one in shown {
            let of = subject.unwrap_or(one.readings.england());
            let reading = one.readings.read(&one.measure.indicator, of, &one.period)?;
            let row = one.readings.row(&one.measure.indicator, of, &one.period);
            let verdict = row.map(|row| self.verdict_on(row, &row.dataset));
            let verdict = verdict.and_then(comparison).filter(|_| subject.is_some()).unwrap_or_default();
            let flag = self.flag("", one.measure.dataset(), of, &one.period).filter(|_| reading.is_known);
            // Nothing is printed where the level has the measure and this organisation has no row of it.
            let cell = if reading.figure.is_empty() { Cell::new("") } else { Cell::value(&reading) };
            cells.push(cell.flagged(flag).and(verdict));
        }
        let code = subject.map(|subject| clean(subject.org_code)).unwrap_or_default();
        Ok(Row { code, ..Row::new(cells) })
    }
}
