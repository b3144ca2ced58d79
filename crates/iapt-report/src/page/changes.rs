//! What the newest release brought: the year beside the one before it, and which organisations came and went.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use super::{Page, Site, area::Link, feeds::Entry, shared};
use crate::{
    Error,
    areas::Area,
    declared::YearOnYear,
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct ChangesContext {
    title: String,
    lead: Vec<String>,
    /// Whose figures there are, and for which time.
    series: Vec<shared::Source>,
    year_on_year: Vec<YearOnYearContext>,
    newest: String,
    before: String,
    levels: Vec<LevelContext>,
    releases: Vec<Entry>,
}

/// England in two periods.
#[derive(Serialize)]
struct YearOnYearContext {
    id: String,
    heading: String,
    newest: String,
    before: String,
    figures: Table,
}

/// Organisations of one level that have figures in one of two years and not in the other.
#[derive(Serialize)]
struct LevelContext {
    heading: String,
    appeared: Vec<Link>,
    ended: Vec<Link>,
}

impl Site<'_> {
    /// Adds the page about what has changed.
    pub(crate) fn changes(&self) -> Result<(), Error> {
        let declared = &self.pages.changes;
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.of_every_dataset(self.shared("changes", words, &declared.dataset, &readings)?)?;
        let newest = readings.newest().to_owned();
        let before = readings.periods().iter().rev().nth(1).cloned().unwrap_or_default();
        let year_on_year = declared.year_on_year.iter().map(|declared| self.year_on_year(declared));
        let year_on_year = year_on_year.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let levels = self.pages.areas.level.iter().map(|level| {
            let with = |period: &str| -> BTreeSet<&str> {
                let areas = self.areas.iter().filter(|area| area.level == level.level);
                areas.filter(|area| area.periods.contains(period)).map(|area| area.org_code).collect()
            };
            let (old, new) = (with(&before), with(&newest));
            // A level without figures in one of the years has not changed; it is not in the figures.
            let is_comparable = !old.is_empty() && !new.is_empty();
            let links = |codes: Vec<&&str>| {
                let areas = codes.into_iter().filter_map(|code| self.areas.get(&level.level, code));
                areas.map(link).collect::<Vec<_>>()
            };
            LevelContext {
                heading: level.heading.clone(),
                appeared: if is_comparable { links(new.difference(&old).collect()) } else { Vec::new() },
                ended: if is_comparable { links(old.difference(&new).collect()) } else { Vec::new() },
            }
        });
        let context = ChangesContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            series: self.sources(&declared.dataset),
            year_on_year,
            levels: levels.filter(|one| !(one.appeared.is_empty() && one.ended.is_empty())).collect(),
            newest,
            before,
            releases: self.entries()?,
        };
        let html = self.engine.render("changes.html.j2", Page { site: &shared, page: context })?;
        self.put_page("changes.html", &html)
    }

    /// England's indicators in the newest period and the one before it, or the same month a year before; none where there are not two.
    fn year_on_year(&self, declared: &YearOnYear) -> Result<Option<YearOnYearContext>, Error> {
        let Some(readings) = self.readings_if_any(&declared.dataset)? else { return Ok(None) };
        let months = readings.months().last().filter(|_| declared.by_month);
        let newest = months.map_or(readings.newest(), String::as_str);
        let before = if declared.by_month {
            readings.month_a_year_before(newest)
        } else {
            readings.period_before(newest)
        };
        let Some(before) = before else { return Ok(None) };
        let england = readings.england();
        let mut rows = Vec::new();
        let mut cells = Vec::new();
        for name in &declared.indicators {
            let old = readings.read(name, england, before)?;
            let new = readings.read(name, england, newest)?;
            if !old.is_known && !new.is_known {
                continue;
            }
            cells.extend([before, newest].iter().filter_map(|period| readings.row(name, england, period)));
            rows.push(Row::new(vec![
                Cell::new(&new.label),
                Cell::value(&old).and(super::bases::of(&old)),
                Cell::value(&new).and(super::bases::of(&new)),
            ]));
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let bytes = crate::download::indicators(cells.into_iter());
        let download = self.add_file(&format!("tables/{}.csv", declared.id), &bytes)?;
        let (newest, before) = (shared::in_words(newest)?, shared::in_words(before)?);
        let heads = self.engine.heads("two-years", json!({ "before": before, "newest": newest }))?;
        let figures = heads.over(format!("table-{}", declared.id), rows, &download)?;
        let (id, heading) = (declared.id.clone(), declared.heading.clone());
        Ok(Some(YearOnYearContext { id, heading, newest, before, figures }))
    }
}

fn link(area: &Area) -> Link {
    Link { text: area.name.clone(), code: area.code(), href: area.path() }
}
