//! The dictionary of tables, held against the files.

use std::path::{Path, PathBuf};

use arrow::datatypes::{DataType, SchemaRef};
use iapt_model::{ColumnKind, Project, Table};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use crate::{Error, session};

/// Compares every table below `tables` with the dictionary.
///
/// # Errors
///
/// [`Error::Dictionary`] with every table and column that the dictionary does not have, or has otherwise.
pub fn check(project: &Project, tables: &Path) -> Result<(), Error> {
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
    Ok(())
}

/// Every table of a folder with its columns and its files: the partitions of `tidy`, and one for each Parquet file.
pub(crate) fn files(tables: &Path) -> Result<Vec<(String, SchemaRef, PathBuf)>, Error> {
    let mut found = vec![(iapt_tidy::TIDY.to_owned(), session::tidy_schema(), tables.join(iapt_tidy::TIDY))];
    let mut entries = fs_err::read_dir(tables)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs_err::DirEntry::path);
    for path in entries.iter().map(fs_err::DirEntry::path) {
        let Some(name) = session::table_name(&path) else { continue };
        found.push((name.to_owned(), schema(&path)?, path));
    }
    Ok(found)
}

/// The columns of a Parquet file.
pub fn schema(path: &Path) -> Result<SchemaRef, Error> {
    let file = fs_err::File::open(path)?.into_parts().0;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default());
    let metadata = metadata.map_err(|source| Error::Parquet { path: path.to_owned(), source })?;
    Ok(metadata.schema().clone())
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
        DataType::Float64 => Some(ColumnKind::Number),
        DataType::Boolean => Some(ColumnKind::Boolean),
        DataType::Date32 => Some(ColumnKind::Date),
        number if number.is_integer() => Some(ColumnKind::Integer),
        _ => None,
    }
}
