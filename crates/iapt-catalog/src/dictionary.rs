//! The dictionary of tables, held against the files.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{Array, RecordBatch},
    datatypes::{DataType, Field, FieldRef, Schema, SchemaRef},
};
use iapt_model::{Column, ColumnKind, Project, Table};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use serde::de::DeserializeOwned;

use crate::{Error, session};

/// Compares every table below `tables` with the dictionary.
///
/// # Errors
///
/// [`Error::Dictionary`] with every table and column that the dictionary does not have, or has otherwise.
pub fn check(project: &Project, tables: &Path) -> Result<(), Error> {
    let found = found(tables)?;
    let mut problems = Vec::new();
    for (name, schema) in &found {
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
    for table in project.tables.iter().filter(|table| !found.iter().any(|(name, _)| *name == table.name)) {
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

/// The columns that a table is to have: names, order and what is never null as the dictionary declares them, and the type that
/// each was made in. None where other columns or other kinds were made; [`check`] tells them all, once every table is written.
#[must_use]
pub fn declared_schema(table: &Table, made: &Schema) -> Option<SchemaRef> {
    let field = |column: &Column| -> Option<Field> {
        let field = made.field_with_name(&column.name).ok()?;
        let is_declared = kind(field.data_type()) == Some(column.kind);
        is_declared.then(|| field.clone().with_nullable(!column.is_required))
    };
    let fields: Vec<Field> = table.columns.iter().map(field).collect::<Option<_>>()?;
    (fields.len() == made.fields().len())
        .then(|| Arc::new(Schema::new_with_metadata(fields, made.metadata().clone())))
}

/// Rows of a table as its schema has them, which [`declared_schema`] made.
///
/// # Errors
///
/// [`Error::Dictionary`] names every column without a value in some rows that is declared to have one in all.
pub fn fit(table: &str, schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let layout = |source| Error::Layout { table: table.to_owned(), source };
    let mut problems = Vec::new();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let position = batch.schema().index_of(field.name()).map_err(layout)?;
        let column = batch.column(position);
        if !field.is_nullable() && column.null_count() > 0 {
            problems.push(format!(
                "column `{name}` of `{table}` has no value in {n_rows} row{s}, and is declared to have one in each\n    hint: correct what gives it, or take `{name}` out of `{table}` in pipelines/table_required.csv",
                name = field.name(),
                n_rows = column.null_count(),
                s = if column.null_count() == 1 { "" } else { "s" },
            ));
        }
        columns.push(Arc::clone(column));
    }
    if problems.is_empty() {
        RecordBatch::try_new(Arc::clone(schema), columns).map_err(layout)
    } else {
        Err(Error::Dictionary { problems })
    }
}

/// Compares the fields of a type of row with the columns of the table that it is read from.
///
/// # Errors
///
/// [`Error::Columns`] names every field that is no column, is of another kind, or would have a value where the column has none.
pub(crate) fn check_row<T: DeserializeOwned>(table: &str, schema: &Schema) -> Result<(), Error> {
    let fields = session::fields_of::<T>(table)?;
    let problem = |field: &FieldRef| {
        let name = field.name();
        let Ok(column) = schema.field_with_name(name) else { return Some(format!("there is no `{name}`")) };
        if kind(column.data_type()) != kind(field.data_type()) {
            return Some(format!("`{name}` is {}, and is read as {}", column.data_type(), field.data_type()));
        }
        let is_lost = column.is_nullable() && !field.is_nullable();
        is_lost.then(|| format!("`{name}` may be null, and is read as if it had a value in every row"))
    };
    let problems: Vec<String> = fields.iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Columns { table: table.to_owned(), problems }) }
}

/// Every table of a folder with its columns: `tidy`, and one for each Parquet file.
fn found(tables: &Path) -> Result<Vec<(String, SchemaRef)>, Error> {
    let mut found = vec![(iapt_tidy::TIDY.to_owned(), session::tidy_schema())];
    let mut entries = fs_err::read_dir(tables)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs_err::DirEntry::path);
    for path in entries.iter().map(fs_err::DirEntry::path) {
        let Some(name) = session::table_name(&path) else { continue };
        found.push((name.to_owned(), schema(&path)?));
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
        if field.is_nullable() == column.is_required {
            let what = if column.is_required {
                "may be null, declared as required"
            } else {
                "is never null, not declared as required"
            };
            problems.push(format!(
                "column `{}` of `{name}` {what}\n    hint: correct the row of `{name}` in pipelines/table_required.csv",
                column.name,
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

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Float64Array, StringArray};
    use expect_test::{Expect, expect};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "its fields are compared, not read")]
    struct Read {
        name: String,
        value: Option<f64>,
    }

    fn field(name: &str, data_type: DataType, is_nullable: bool) -> Field {
        Field::new(name, data_type, is_nullable)
    }

    #[test]
    fn a_row_is_read_from_columns_that_it_fits() {
        let check = |fields: Vec<Field>, expected: &Expect| {
            let read = check_row::<Read>("table", &Schema::new(fields));
            expected.assert_eq(&read.map_or_else(|error| error.to_string(), |()| "fits".to_owned()));
        };
        let name = || field("name", DataType::Utf8, false);
        check(vec![field("value", DataType::Float64, true), name()], &expect!["fits"]);
        check(vec![name(), field("value", DataType::Float64, false)], &expect!["fits"]);
        check(
            vec![field("name", DataType::Utf8, true), field("value", DataType::Utf8, true)],
            &expect![
                "the table `table` cannot be read: `name` may be null, and is read as if it had a value in every row, `value` is Utf8, and is read as Float64"
            ],
        );
        check(vec![name()], &expect!["the table `table` cannot be read: there is no `value`"]);
    }

    fn table(columns: [(&str, ColumnKind, bool); 2]) -> Table {
        let column = |(name, kind, is_required): (&str, ColumnKind, bool)| Column {
            name: name.to_owned(),
            kind,
            unit: String::new(),
            description: String::new(),
            values: Vec::new(),
            is_required,
        };
        Table {
            name: "table".to_owned(),
            title: String::new(),
            row: String::new(),
            key: Vec::new(),
            columns: columns.map(column).to_vec(),
            references: Vec::new(),
        }
    }

    #[test]
    fn rows_are_written_as_the_dictionary_declares_their_columns() {
        let columns: [(&str, ArrayRef); 2] = [
            ("value", Arc::new(Float64Array::from(vec![Some(1.0), None]))),
            ("name", Arc::new(StringArray::from(vec!["a", "b"]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let check = |columns: [(&str, ColumnKind, bool); 2], expected: &Expect| {
            let told = match declared_schema(&table(columns), &batch.schema()) {
                None => "other columns".to_owned(),
                Some(schema) => match fit("table", &schema, &batch) {
                    Err(error) => error.to_string(),
                    Ok(fitted) => {
                        let told = |field: &FieldRef| format!("{} {}", field.name(), field.is_nullable());
                        fitted.schema().fields().iter().map(told).collect::<Vec<_>>().join(", ")
                    }
                },
            };
            expected.assert_eq(&told);
        };
        let (name, value) = (("name", ColumnKind::Text, true), ("value", ColumnKind::Number, false));
        check([name, value], &expect!["name false, value true"]);
        check([value, name], &expect!["value true, name false"]);
        check(
            [name, ("value", ColumnKind::Number, true)],
            &expect![[r#"
            the tables are not as the dictionary declares them:
              column `value` of `table` has no value in 1 row, and is declared to have one in each
                hint: correct what gives it, or take `value` out of `table` in pipelines/table_required.csv"#]],
        );
        check([name, ("value", ColumnKind::Integer, false)], &expect!["other columns"]);
        check([name, ("rate", ColumnKind::Number, false)], &expect!["other columns"]);
    }
}
