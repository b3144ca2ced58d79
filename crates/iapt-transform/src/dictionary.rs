//! The dictionary of tables, held against the files, and written beside them for machines.

use std::path::{Path, PathBuf};

use arrow::datatypes::{DataType, SchemaRef};
use iapt_model::{Column, ColumnKind, Project, Table};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use serde_json::{Value, json};

use crate::{Error, manifest::Partition, session, tidy};

/// The folder's description in the form of Frictionless Data Package 2.0.
const DATA_PACKAGE: &str = "datapackage.json";

/// Compares every table below `tables` with the dictionary, and describes them in `datapackage.json`.
///
/// # Errors
///
/// [`Error::Dictionary`] with every table and column that the dictionary does not have, or has otherwise.
pub(crate) fn write(project: &Project, tables: &Path, partitions: &[Partition]) -> Result<(), Error> {
    let files = files(tables)?;
    let mut problems = Vec::new();
    for (name, schema, _) in &files {
        if let Some(table) = project.tables.get(name) {
            compare(table, schema, &mut problems);
        } else {
            let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            problems.push(format!(
                "table `{name}` is not declared\n    hint: add to pipelines/tables.csv: {name},TITLE,ROW,KEY,{}",
                columns.join(" ")
            ));
        }
    }
    for table in project.tables.iter().filter(|table| !files.iter().any(|(name, ..)| *name == table.name)) {
        problems.push(format!(
            "table `{}` is declared, but was not made\n    hint: take it out of pipelines/tables.csv",
            table.name
        ));
    }
    if !problems.is_empty() {
        return Err(Error::Dictionary { problems });
    }
    let resources: Vec<Value> = project.tables.iter().map(|table| resource(table, partitions)).collect();
    let path = tables.join(DATA_PACKAGE);
    let package = serde_json::to_vec_pretty(&package(project, partitions, &resources))
        .map_err(|source| Error::Manifest { path: path.clone(), source })?;
    fs_err::write(path, package)?;
    Ok(())
}

/// Every table of a folder with its columns and its files: the partitions of `tidy`, and one for each Parquet file.
fn files(tables: &Path) -> Result<Vec<(String, SchemaRef, PathBuf)>, Error> {
    let mut found = vec![(session::TIDY.to_owned(), session::tidy_schema(), tables.join(session::TIDY))];
    let mut entries = fs_err::read_dir(tables)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs_err::DirEntry::path);
    for path in entries.iter().map(fs_err::DirEntry::path) {
        let Some(name) = session::table_name(&path) else { continue };
        let file = fs_err::File::open(&path)?.into_parts().0;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
            .map_err(|source| Error::Parquet { path: path.clone(), source })?;
        found.push((name.to_owned(), metadata.schema().clone(), path));
    }
    Ok(found)
}

fn compare(table: &Table, schema: &SchemaRef, problems: &mut Vec<String>) {
    let name = &table.name;
    let found: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let declared: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    if found != declared {
        problems.push(format!(
            "table `{name}` has other columns than declared\n    hint: its columns in pipelines/tables.csv should be: {}",
            found.join(" ")
        ));
        return;
    }
    for (column, field) in table.columns.iter().zip(schema.fields()) {
        let found = kind(field.data_type());
        if found != Some(column.kind) {
            problems.push(format!(
                "column `{}` of `{name}` is {}, declared as {}\n    hint: correct pipelines/table_columns.csv: {},{name},{},UNIT,DESCRIPTION",
                column.name,
                field.data_type(),
                column.kind.as_str(),
                column.name,
                found.map_or("KIND", ColumnKind::as_str)
            ));
        }
    }
}

fn kind(data_type: &DataType) -> Option<ColumnKind> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => Some(ColumnKind::Text),
        DataType::Dictionary(_, values) => kind(values),
        DataType::Float64 => Some(ColumnKind::Number),
        DataType::Boolean => Some(ColumnKind::Boolean),
        DataType::Date32 => Some(ColumnKind::Date),
        number if number.is_integer() => Some(ColumnKind::Integer),
        _ => None,
    }
}

fn package(project: &Project, partitions: &[Partition], resources: &[Value]) -> Value {
    let datasets = project.datasets.iter();
    let datasets: Vec<_> =
        datasets.filter(|one| partitions.iter().any(|one_of| one_of.release.dataset == one.name)).collect();
    let licences: Vec<Value> = datasets
        .first()
        .map(|dataset| json!({ "name": dataset.licence, "path": dataset.licence_url, "title": dataset.attribution }))
        .into_iter()
        .collect();
    let contributors =
        datasets.first().map(|dataset| json!({ "title": dataset.publisher, "roles": ["publisher"] }));
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "nhs-talking-therapies",
        "title": "NHS Talking Therapies in England: what happens to the people referred",
        "description": "Every published figure of NHS Talking Therapies (until 2023: IAPT) in one tidy table, and indicators derived from it. Suppressed is not zero: value_status says why a number is missing.",
        "homepage": datasets.first().map(|dataset| dataset.landing_page.clone()),
        "licenses": licences,
        "contributors": contributors.into_iter().collect::<Vec<_>>(),
        "sources": partitions.iter().map(|partition| &partition.release).map(|release| json!({
            "title": format!("{} {}", release.dataset, release.reporting_period),
            "path": release.url,
            "version": release.edition.to_string(),
        })).collect::<Vec<_>>(),
        "resources": resources,
    })
}

fn resource(table: &Table, partitions: &[Partition]) -> Value {
    let mut resource = json!({
        "name": table.name,
        "type": "table",
        "title": table.title,
        "description": format!("A row is: {}", table.row),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    });
    let is_tidy = table.name == session::TIDY;
    // Columns of the path are not in the files, so they are no fields of them.
    let is_field = |column: &&Column| !is_tidy || tidy::schema().field_with_name(&column.name).is_ok();
    let fields: Vec<Value> = table.columns.iter().filter(is_field).map(field).collect();
    let mut schema = json!({ "fields": fields });
    if is_tidy {
        resource["path"] =
            partitions.iter().map(|partition| partition.path.to_string_lossy()).collect::<Vec<_>>().into();
    } else {
        resource["path"] = format!("{}.parquet", table.name).into();
        if !table.key.is_empty() {
            schema["primaryKey"] = table.key.clone().into();
        }
    }
    resource["schema"] = schema;
    resource
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
