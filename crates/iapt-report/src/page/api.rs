//! The rows of the indicator table as JSON files, one for each place: what a program asks for without a server.

use std::collections::BTreeMap;

use iapt_files::parallel;
use iapt_model::{Column, ColumnKind, ENGLAND, IndicatorRow};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Site;
use crate::{
    Error,
    areas::{Area, segment},
    download::{Field, INDICATOR_COLUMNS, cells},
    escape::clean,
};

/// Where the files are, from the root of the site. Another layout would be another version.
const API: &str = "api/v1";

/// The rows of one file; what is the same in all of them is said once, which halves the files.
#[derive(Serialize)]
struct Figures<'a> {
    edition: &'a str,
    same: Map<String, Value>,
    columns: Vec<&'a str>,
    rows: Vec<Vec<Field<'a>>>,
}

impl Site<'_> {
    /// Adds the files: what there is, one for each place and breakdown, and their description.
    pub(crate) fn api(&self) -> Result<(), Error> {
        let edition = self.edition()?;
        let tables = &self.input.project.tables;
        let table = tables.iter().find(|table| table.name == "indicators");
        let columns: &[Column] = table.map_or(&[], |table| &table.columns);
        let mut files: BTreeMap<(&str, &str, &str), Vec<&IndicatorRow>> = BTreeMap::new();
        for row in self.input.indicators {
            let is_place = row.level == ENGLAND || self.areas.get(&row.level, &row.org_code).is_some();
            // Hubs and unknown organisations have no page, so they get no file.
            if is_place && row.org_kind != "hub" && row.org_kind != "unknown" {
                files.entry((&row.level, &row.org_code, part(row))).or_default().push(row);
            }
        }
        let mut places: BTreeMap<(&str, &str), Map<String, Value>> = BTreeMap::new();
        let files: Vec<_> = files.into_iter().collect();
        let addresses = parallel::map(&files, self.input.threads, |((level, org_code, part), rows)| {
            let address = address(level, org_code, part);
            self.add_json(&address, &figures(&edition, columns, rows)?)?;
            Ok::<_, Error>(address)
        });
        for (((level, org_code, part), _), address) in files.into_iter().zip(addresses) {
            let place = places.entry((level, org_code)).or_default();
            place.insert(part.to_owned(), Value::from(address?));
        }
        let places = places.iter().map(|(place, files)| self.described_place(*place, files));
        let places: Vec<Value> = places.collect();
        let indicators = self.input.project.indicators.iter().map(|one| self.described_indicator(one));
        let indicators: Vec<Value> = indicators.collect();
        self.add_json("indicators.json", &json!({"edition": edition, "indicators": indicators}))?;
        self.add_json("places.json", &json!({"edition": edition, "places": places}))?;
        let licence = self.dataset(&self.pages.lead().dataset);
        let latest = json!({
            "edition": edition,
            "updated": self.pages.site.updated,
            "attribution": licence.map(|one| &one.attribution),
            "licence": licence.map(|one| &one.licence_url),
            "indicators": "indicators.json",
            "places": "places.json",
            "openapi": "openapi.json",
        });
        self.add_json("latest.json", &latest)?;
        self.add_json("openapi.json", &self.openapi(columns, &edition))
    }

    /// A place, where its page is and where its rows are.
    fn described_place(&self, (level, org_code): (&str, &str), files: &Map<String, Value>) -> Value {
        let area = self.areas.get(level, org_code);
        json!({
            "level": level,
            "org_code": org_code,
            "name": area.map_or("England", |area| &area.name),
            "former_names": area.map_or(&[][..], |area| &area.former_names),
            "earlier_codes": area.map(|area| self.areas.earlier_codes(area)).unwrap_or_default(),
            "page": area.map(Area::path),
            "figures": files,
        })
    }

    fn add_json(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.put(&format!("site/{API}/{name}"), &text)
    }

    /// The files in the words of `OpenAPI`, each column with what the dictionary says of it.
    fn openapi(&self, columns: &[Column], edition: &str) -> Value {
        let cell = |column: &Column| {
            let kind = match column.kind {
                ColumnKind::Text | ColumnKind::Date => "string",
                ColumnKind::Number => "number",
                ColumnKind::Integer => "integer",
                ColumnKind::Boolean => "boolean",
            };
            let schema = json!({"type": [kind, "null"], "description": column.description});
            (column.name.clone(), schema)
        };
        let cells: Map<String, Value> = columns.iter().map(cell).collect();
        let row = json!({"type": "object", "properties": cells});
        let text = || json!({"type": "string"});
        let object = |properties: Value| json!({"type": "object", "properties": properties});
        let of_edition = |name: &str, items: Value| {
            let mut properties = json!({"edition": text()});
            properties[name] = json!({"type": "array", "items": items});
            object(properties)
        };
        let answer = |summary: &str, parameters: &[&str], schema: Value| {
            let parameters = parameters.iter().map(
                |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
            );
            let ok = json!({"description": summary, "content": {"application/json": {"schema": schema}}});
            json!({"get": {
                "summary": summary,
                "parameters": parameters.collect::<Vec<_>>(),
                "responses": {"200": ok, "404": {"description": "There is no such file"}},
            }})
        };
        let figures = || {
            object(json!({
                "edition": text(),
                "same": {"$ref": "#/components/schemas/row"},
                "columns": {"type": "array", "items": text()},
                "rows": {"type": "array", "items": {"type": "array"}},
            }))
        };
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": format!("{} {}", self.pages.site.title, self.pages.site.subject),
                "version": edition,
                "description": "Static files: the rows of the table `indicators`, in its order. These are of the newest edition; `iapt publish` keeps every edition whole, with these files of it under editions/EDITION/site/api/v1.",
            },
            "servers": [{"url": "."}],
            "components": {"schemas": {"row": row}},
            "paths": {
                "/latest.json": answer("Which edition this is", &[], object(json!({"edition": text()}))),
                "/indicators.json": answer(
                    "Every indicator: what it counts, out of what, and where its series breaks",
                    &[],
                    of_edition("indicators", object(json!({"indicator": text(), "label": text()}))),
                ),
                "/places.json": answer(
                    "England and every place and service, with the addresses of their figures",
                    &[],
                    of_edition("places", object(json!({"level": text(), "org_code": text(), "figures": {"type": "object"}}))),
                ),
                "/places/{level}/{org_code}.json": answer(
                    "Every indicator of one place in every year; a row is what `same` says of all, and its cells in the order of `columns`",
                    &["level", "org_code"],
                    figures(),
                ),
                "/places/{level}/{org_code}.{part}.json": answer(
                    "The same of the groups of people of one breakdown, or of single months (`month`)",
                    &["level", "org_code", "part"],
                    figures(),
                ),
            },
        })
    }
}

/// Which of the files of its place a row is in: `total`, a breakdown, or `month` for single months, of which there are many.
fn part(row: &IndicatorRow) -> &str {
    if row.is_month() { "month" } else { &row.breakdown }
}

/// Where the rows of a place are: `places/icb/QHM.json`, `places/england/All.gender.json`.
fn address(level: &str, org_code: &str, part: &str) -> String {
    let part = if part == "total" { String::new() } else { format!(".{}", clean(part)) };
    format!("places/{}/{}{part}.json", segment(level), segment(org_code))
}

fn figures<'a>(
    edition: &'a str,
    columns: &'a [Column],
    rows: &[&'a IndicatorRow],
) -> Result<Figures<'a>, Error> {
    // Where the columns are in a row; one that is declared and not there is null.
    let at = |column: &Column| INDICATOR_COLUMNS.iter().position(|name| *name == column.name);
    let positions: Vec<Option<usize>> = columns.iter().map(at).collect();
    let rows: Vec<_> = rows.iter().map(|row| cells(row)).collect();
    let cell =
        |row: &[Field<'a>], at: Option<usize>| at.and_then(|at| row.get(at).copied()).unwrap_or(Field::Null);
    let (mut same, mut differing) = (Map::new(), Vec::new());
    for (column, at) in columns.iter().zip(positions) {
        let mut values = rows.iter().map(|row| cell(row, at));
        match values.next() {
            Some(first) if values.all(|value| value == first) => {
                same.insert(column.name.clone(), serde_json::to_value(first)?);
            }
            _ => differing.push((column.name.as_str(), at)),
        }
    }
    let row =
        |row: &[Field<'a>; INDICATOR_COLUMNS.len()]| differing.iter().map(|(_, at)| cell(row, *at)).collect();
    Ok(Figures {
        edition,
        same,
        columns: differing.iter().map(|(name, _)| *name).collect(),
        rows: rows.iter().map(row).collect(),
    })
}
