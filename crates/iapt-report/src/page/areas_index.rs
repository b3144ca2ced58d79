//! The list of every organisation that has a page, and the same list for the script's search.

use serde::Serialize;
use serde_json::json;

use super::{Site, area_services::BOARD, shared::Shared};
use crate::{
    Error,
    areas::Area,
    declared::{AreasLevel, AreasPage, Points},
    escape::{clean, script_json},
    readings::{Readings, Subject},
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct IndexContext {
    title: String,
    lead: Vec<String>,
    sections: Vec<Section>,
    limits: Points,
}

/// A level: the organisations that have figures of the newest year, those of which newer ones are not held, and those that were.
#[derive(Serialize)]
struct Section {
    id: String,
    heading: String,
    living: Option<Table>,
    not_held: Option<Table>,
    former: Option<Table>,
}

/// Which organisations of a level a list has.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Listed {
    Living,
    NotHeld,
    Former,
}

impl Listed {
    fn of(area: &Area, newest: &str) -> Self {
        if is_living(area, newest) {
            Self::Living
        } else if area.is_there_today() {
            Self::NotHeld
        } else {
            Self::Former
        }
    }
}

/// One organisation for the search.
#[derive(Serialize)]
struct Found<'a> {
    code: String,
    name: &'a str,
    kind: String,
    /// Former names, and names and codes of predecessors.
    also: Vec<String>,
    /// Other words that lead to it: places in it, names that people use, what is part of it.
    words: Vec<String>,
    page: String,
    /// The last year that it has figures of; empty where that is the newest.
    ended: String,
}

impl Site<'_> {
    /// Adds the list of organisations and the index that the search reads.
    pub(super) fn areas_index(&self, declared: &AreasPage, shared: &Shared) -> Result<(), Error> {
        let readings = self.readings(&declared.dataset)?;
        let mut sections = Vec::new();
        for level in &declared.level {
            sections.push(Section {
                id: super::slug(&level.level),
                heading: level.heading.clone(),
                living: self.areas_table(declared, level, &readings, Listed::Living)?,
                not_held: self.areas_table(declared, level, &readings, Listed::NotHeld)?,
                former: self.areas_table(declared, level, &readings, Listed::Former)?,
            });
        }
        let context = IndexContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            sections,
            limits: declared.limits.clone(),
        };
        let html = self.engine.render("areas.html.j2", super::Page { site: shared, page: context })?;
        self.put_page("areas.html", &html)?;
        let found: Vec<Found> = declared
            .level
            .iter()
            .flat_map(|level| self.areas.iter().filter(|area| area.level == level.level))
            .map(|area| self.found(area, readings.newest()))
            .collect();
        let script = format!("window.iaptAreas = {};\n", script_json(&found)?);
        self.put("site/assets/areas.js", script.as_bytes())
    }

    fn found<'s>(&'s self, area: &'s Area, newest: &str) -> Found<'s> {
        let codes = area.predecessors.iter().map(|code| clean(code));
        let before = area.predecessors.iter().filter_map(|code| self.areas.get(area.level, code));
        let before: Vec<&str> = before.map(|one| one.name.as_str()).collect();
        let spoken = self.pages.spoken.of(area.level, area.org_code).map(str::to_owned);
        // What lies in it, or lay in what it took the place of: its names are those of towns and districts.
        let is_part = |one: &&Area| {
            one.level != area.level
                && one.level != "provider"
                && one.declared.is_some_and(|declared| {
                    let of = [declared.parent.as_deref(), declared.successor.as_deref()];
                    of.into_iter()
                        .flatten()
                        .any(|code| code == area.org_code || area.predecessors.contains(&code))
                })
        };
        let parts = self.areas.iter().filter(is_part).map(|one| one.name.clone());
        // A board that is so new that it has no page is found as the region that it is in.
        let new = self.new_boards_of(area.org_code);
        let new = new.map(|one| self.area_link("", BOARD, &one.org_code).text);
        let mut words: Vec<String> = spoken.chain(parts).chain(new).collect();
        words.sort();
        words.dedup();
        let former = area.former_names.iter().map(String::as_str).chain(before);
        let mut also: Vec<String> = former.filter(|name| *name != area.name).map(str::to_owned).collect();
        also.dedup();
        Found {
            code: area.code(),
            name: &area.name,
            kind: self.level_label(area),
            also: also.into_iter().chain(codes).collect(),
            words: if is_living(area, newest) { words } else { Vec::new() },
            page: area.path(),
            ended: match area.periods.last() {
                Some(last) if *last != newest => (*last).to_owned(),
                _ => String::new(),
            },
        }
    }

    /// The organisations of a level that a list has, with some figures of the newest year where they have them.
    fn areas_table(
        &self,
        declared: &AreasPage,
        level: &AreasLevel,
        readings: &Readings,
        listed: Listed,
    ) -> Result<Option<Table>, Error> {
        let newest = readings.newest();
        let is_of_living = listed == Listed::Living;
        let is_it = |area: &&Area| area.level == level.level && Listed::of(area, newest) == listed;
        let mut areas: Vec<&Area> = self.areas.iter().filter(is_it).collect();
        if areas.is_empty() {
            return Ok(None);
        }
        let parent = |area: &Area| -> String {
            let board = self.boards_of(area).first().map(|row| row.board_code.as_str());
            let parent = board.or_else(|| self.parent_of(area));
            let found = parent
                .and_then(|code| ["region", "icb"].iter().find_map(|level| self.areas.get(level, code)));
            // A board that is so new that it has no figures has no page, and a name.
            let name = |code: &str| self.area_link("", BOARD, code).text;
            found.map(|one| one.name.clone()).or_else(|| area.parent().map(name)).unwrap_or_default()
        };
        areas.sort_by_cached_key(|area| {
            let parent = parent(area);
            // Those of which it is not known come last.
            (parent.is_empty(), parent, area.name.to_lowercase(), area.org_code)
        });
        let has_parents = listed != Listed::Former && areas.iter().any(|area| !parent(area).is_empty());
        let shown: Vec<&String> = declared.list.iter().filter(|_| is_of_living).collect();
        let label = |name: &&String| readings.indicator(name).map_or("", |one| one.label.as_str());
        let indicators: Vec<&str> = shown.iter().map(label).collect();
        let heads = json!({ "heading": level.heading, "listed": listed, "has_parents": has_parents, "indicators": indicators, "newest": newest });
        let heads = self.engine.heads("areas", heads)?;
        let mut rows = Vec::new();
        for area in areas {
            let years = match (area.periods.first(), area.periods.last()) {
                (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
                (Some(only), _) => (*only).to_owned(),
                _ => String::new(),
            };
            // What a body was called matters where nothing else tells it from the one of today.
            let once = if is_of_living { String::new() } else { area.former_names.join("; ") };
            let name = Cell { link: area.path(), ..Cell::with_detail(&area.name, once) };
            let mut cells = vec![name];
            let subject = Subject { level: area.level, org_code: area.org_code };
            for name in &shown {
                let reading = readings.read(name, subject, newest)?;
                let flag = self.flag("", &declared.dataset, subject, newest);
                cells.push(Cell::value(&reading).flagged(flag.filter(|_| reading.is_known)));
            }
            if !is_of_living {
                cells.push(Cell::new(years));
            }
            if has_parents {
                let parent = parent(area);
                let sign = || self.pages.site.sign("not_in_figures").to_owned();
                cells.push(Cell::new(if parent.is_empty() { sign() } else { parent }));
            }
            cells.push(Cell::new(area.code()));
            rows.push(Row { code: area.code(), ..Row::new(cells) });
        }
        let end = match listed {
            Listed::Living => "",
            Listed::NotHeld => "-not-held",
            Listed::Former => "-former",
        };
        let id = format!("table-{}{end}", super::slug(&level.level));
        heads.over(id, rows, "").map(Some)
    }
}

/// Whether an organisation has figures of the newest year; of one that has months alone nothing says that it has not.
fn is_living(area: &Area, newest: &str) -> bool {
    area.periods.last().is_none_or(|last| *last == newest)
}
