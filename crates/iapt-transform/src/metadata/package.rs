//! A Frictionless Data Package 2.0.

use iapt_model::{Column, ColumnKind, Table};
use serde_json::{Value, json};

use super::{DESCRIPTION, Described, NAME, PARQUET, TITLE};
use crate::{session, tidy};

impl Described<'_> {
    pub(super) fn package(&self) -> Value {
        let first = self.datasets().next();
        let licences: Vec<Value> = first
            .map(|dataset| json!({ "name": dataset.licence, "path": dataset.licence_url, "title": dataset.attribution }))
            .into_iter()
            .collect();
        let contributors = first.map(|dataset| json!({ "title": dataset.publisher, "roles": ["publisher"] }));
        let releases = self.partitions.iter().map(|partition| &partition.release);
        let source = |release: &iapt_model::ReleaseRow| {
            json!({
                "title": format!("{} {}", release.dataset, release.reporting_period),
                "path": release.url,
                "version": release.edition.to_string(),
            })
        };
        json!({
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": NAME,
            "title": TITLE,
            "description": DESCRIPTION,
            "homepage": first.map(|dataset| dataset.landing_page.as_str()),
            "licenses": licences,
            "contributors": contributors.into_iter().collect::<Vec<_>>(),
            "sources": releases.map(source).collect::<Vec<_>>(),
            "resources": self.project.tables.iter().map(|table| self.resource(table)).collect::<Vec<_>>(),
        })
    }

    fn resource(&self, table: &Table) -> Value {
        let is_tidy = table.name == session::TIDY;
        // Columns of the path are not in the files, so they are no fields of them.
        let is_field = |column: &&Column| !is_tidy || tidy::schema().field_with_name(&column.name).is_ok();
        let mut schema =
            json!({ "fields": table.columns.iter().filter(is_field).map(field).collect::<Vec<_>>() });
        if !is_tidy && !table.key.is_empty() {
            schema["primaryKey"] = table.key.clone().into();
        }
        let path: Value =
            if is_tidy { self.partition_paths().collect() } else { format!("{}.parquet", table.name).into() };
        json!({
            "name": table.name,
            "type": "table",
            "title": table.title,
            "description": format!("A row is: {}", table.row),
            "format": "parquet",
            "mediatype": PARQUET,
            "path": path,
            "schema": schema,
        })
    }
}

fn field(column: &Column) -> Value {
    let kind = match column.kind {
        ColumnKind::Text => "string",
        other => other.as_str(),
    };
    let mut field = json!({ "name": column.name, "type": kind, "description": column.description });
    if !column.unit.is_empty() {
        field["unit"] = column.unit.clone().into();
    }
    field
}
