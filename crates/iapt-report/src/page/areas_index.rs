//! The list of every organisation that has a page, and the same list for the script's search.

use std::path::PathBuf;

use serde::Serialize;

use super::{Site, shared::Shared};
use crate::{
    Error,
    areas::Area,
    declared::{AreasPage, Points},
    escape::{clean, script_json},
    table::{Cell, Column, Row, Table},
};

#[derive(Serialize)]
struct IndexContext {
    title: String,
    lead: Vec<String>,
    n_areas: usize,
    sections: Vec<Section>,
    limits: Points,
}

#[derive(Serialize)]
struct Section {
    id: String,
    heading: String,
    table: Table,
}

/// One organisation for the search.
#[derive(Serialize)]
struct Found<'a> {
    code: String,
    name: &'a str,
    kind: String,
    /// Former names, and codes of predecessors.
    also: Vec<String>,
    page: String,
}

impl Site<'_> {
    /// Adds the list of organisations and the index that the search reads.
    pub(super) fn areas_index(&mut self, declared: &AreasPage, shared: &Shared) -> Result<(), Error> {
        let sections = declared.level.iter().map(|level| Section {
            id: super::slug(&level.level),
            heading: level.heading.clone(),
            table: self.areas_table(&level.level, &level.heading),
        });
        let context = IndexContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            n_areas: self.areas.iter().count(),
            sections: sections.collect(),
            limits: declared.limits.clone(),
        };
        let html = self.engine.render("areas.html.j2", super::Page { site: shared, page: context })?;
        self.files.insert(PathBuf::from("site/areas.html"), html.into_bytes());
        let found: Vec<Found> = declared
            .level
            .iter()
            .flat_map(|level| self.areas.iter().filter(|area| area.level == level.level))
            .map(|area| self.found(area))
            .collect();
        let script = format!("window.iaptAreas = {};\n", script_json(&found)?);
        self.files.insert(PathBuf::from("site/assets/areas.js"), script.into_bytes());
        Ok(())
    }

    fn found<'s>(&self, area: &'s Area) -> Found<'s> {
        let codes = area.predecessors.iter().map(|code| clean(code));
        Found {
            code: area.code(),
            name: &area.name,
            kind: self.level_label(area),
            also: area.former_names.iter().cloned().chain(codes).collect(),
            page: area.path(),
        }
    }

    fn areas_table(&self, level: &str, heading: &str) -> Table {
        let mut areas: Vec<&Area> = self.areas.iter().filter(|area| area.level == level).collect();
        areas.sort_by(|left, right| {
            (left.name.to_lowercase(), left.org_code).cmp(&(right.name.to_lowercase(), right.org_code))
        });
        let row = |area: &&Area| {
            let years = match (area.periods.first(), area.periods.last()) {
                (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
                (Some(only), _) => (*only).to_owned(),
                _ => String::new(),
            };
            let link = area.path();
            let name = Cell { link, ..Cell::with_detail(&area.name, area.former_names.join("; ")) };
            let before = area.predecessors.iter().map(|code| clean(code)).collect::<Vec<_>>().join(", ");
            let kind = self.level_label(area);
            Row {
                code: area.code(),
                cells: vec![name, Cell::with_detail(area.code(), before), Cell::new(kind), Cell::new(years)],
                ..Row::default()
            }
        };
        Table {
            id: format!("table-{}", super::slug(level)),
            caption: format!("{heading}: name and former names, code and earlier codes"),
            columns: vec![
                Column::text("Organisation"),
                Column::text("Code"),
                Column::text("Kind"),
                Column::text("Figures for"),
            ],
            rows: areas.iter().map(row).collect(),
            download: String::new(),
        }
    }
}
