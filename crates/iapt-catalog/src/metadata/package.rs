//! A Frictionless Data Package 2.0.

use std::collections::BTreeMap;

use iapt_model::{Column, ColumnKind, ReleaseRow, Table};
use serde_json::{Value, json};

use super::{DESCRIPTION, Described, NAME, PARQUET};

/// What the files of the tidy table do not say of themselves.
const OF_PATH: &str = " The columns `dataset` and `reporting_period` are not in the files. The path of each file has them, \
    as dataset=NAME/reporting_period=PERIOD, and software that reads partitioned tables adds them.";

impl Described<'_> {
    pub(super) fn package(&self) -> Value {
        let first = self.datasets().next();
        let licences: Vec<Value> = first
            .map(|dataset| json!({ "name": dataset.licence, "path": dataset.licence_url, "title": dataset.attribution }))
            .into_iter()
            .collect();
        let contributors = first.map(|dataset| json!({ "title": dataset.publisher, "roles": ["publisher"] }));
        // A pack of several files is one source.
        let releases = self.partitions.iter().map(|partition| &partition.release);
        let releases: BTreeMap<_, _> = releases
            .map(|release| ((&release.dataset, &release.reporting_period, release.edition), release))
            .collect();
        let source = |release: &ReleaseRow| {
            json!({
                "title": format!("{} {}", release.dataset, release.reporting_period),
                "path": release.url,
                "version": release.edition.to_string(),
            })
        };
        json!({
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": NAME,
            "title": self.title(),
            "version": self.version(),
            "temporalCoverage": self.temporal_coverage(),
            "description": DESCRIPTION,
            "homepage": first.map(|dataset| dataset.landing_page.as_str()),
            "licenses": licences,
            "contributors": contributors.into_iter().collect::<Vec<_>>(),
            "sources": releases.into_values().map(source).collect::<Vec<_>>(),
            "resources": self.project.tables.iter().map(|table| self.resource(table)).collect::<Vec<_>>(),
        })
    }

    fn resource(&self, table: &Table) -> Value {
        let is_tidy = table.name == iapt_tidy::TIDY;
        // Columns of the path are not in the files, so they are no fields of them.
        let is_field =
            |column: &&Column| !is_tidy || iapt_tidy::schema().field_with_name(&column.name).is_ok();
        let is_required = |column: &Column| {
            // To a validator an empty text is none.
            column.kind != ColumnKind::Text && (column.is_required || table.key.contains(&column.name))
        };
        let fields = table.columns.iter().filter(is_field).map(|column| field(column, is_required(column)));
        // Readers that go through data frames find `nan` where a whole number is null.
        let mut schema = json!({ "fields": fields.collect::<Vec<_>>(), "missingValues": ["", "nan"] });
        if !is_tidy && !table.key.is_empty() {
            schema["primaryKey"] = table.key.clone().into();
        }
        let are_fields = |columns: &[String]| {
            columns
                .iter()
                .all(|name| table.columns.iter().filter(is_field).any(|column| column.name == *name))
        };
        let references = table.references.iter().filter(|reference| are_fields(&reference.columns));
        let keys: Vec<Value> = references
            .map(|reference| {
                json!({
                    "fields": reference.columns,
                    "reference": { "resource": reference.table, "fields": reference.to },
                })
            })
            .collect();
        if !keys.is_empty() {
            schema["foreignKeys"] = keys.into();
        }
        let paths: Vec<String> =
            if is_tidy { self.partition_paths().collect() } else { vec![format!("{}.parquet", table.name)] };
        // Not the `bytes` and `hash` of the standard: those are of a whole resource, and readers of Parquet by this description
        // count no bytes and refuse what they could not count.
        let files = paths.iter().filter_map(|path| {
            let sum = self.measured.get(path)?;
            Some(json!({ "path": path, "bytes": sum.bytes, "hash": format!("sha256:{}", sum.sha256) }))
        });
        let files: Vec<Value> = files.collect();
        json!({
            "name": table.name,
            "type": "table",
            "title": table.title,
            "description": format!("A row is: {}{}", table.row, if is_tidy { OF_PATH } else { "" }),
            "format": "parquet",
            "mediatype": PARQUET,
            "path": if is_tidy { json!(paths) } else { json!(paths.first()) },
            "files": files,
            "schema": schema,
        })
    }
}

fn field(column: &Column, is_required: bool) -> Value {
    let kind = match column.kind {
        ColumnKind::Text => "string",
        other => other.as_str(),
    };
    let mut field = json!({ "name": column.name, "type": kind, "description": column.description });
    if !column.unit.is_empty() {
        field["unit"] = column.unit.clone().into();
    }
    if is_required {
        field["constraints"]["required"] = true.into();
    }
    if !column.values.is_empty() {
        field["constraints"]["enum"] = column.values.clone().into();
    }
    field
}
