//! Queries over the tables, by name, in the format that the reader wants.

use std::{io::Write, path::Path};

use arrow::{array::RecordBatch, util::pretty::pretty_format_batches};
use parquet::arrow::ArrowWriter;

use crate::{Engine, Error};

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table to look at.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON array of objects.
    Json,
    /// A Parquet file.
    Parquet,
}

/// Runs one query over the tables of a folder and writes its result.
///
/// # Errors
///
/// [`Error::Query`] names the tables or columns that there are when one is misspelt.
pub async fn query(
    engine: &Engine,
    tables: &Path,
    sql: &str,
    format: Format,
    threads: usize,
    out: impl Write + Send,
) -> Result<(), Error> {
    let context = engine.open(tables, threads).await?;
    let query = |error| Error::Query(Box::new(error));
    let frame = context.sql(sql).await.map_err(query)?;
    let schema = std::sync::Arc::clone(frame.schema().inner());
    let mut batches = frame.collect().await.map_err(query)?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    write(&batches, format, out)
}

fn write(batches: &[RecordBatch], format: Format, mut out: impl Write + Send) -> Result<(), Error> {
    let layout = |source| Error::Layout { table: "the result".to_owned(), source };
    match format {
        Format::Table => writeln!(out, "{}", pretty_format_batches(batches).map_err(layout)?)?,
        Format::Csv => {
            let mut writer = arrow::csv::Writer::new(out);
            batches.iter().try_for_each(|batch| writer.write(batch)).map_err(layout)?;
        }
        Format::Json => {
            let mut writer = arrow::json::WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, arrow::json::writer::JsonArray>(&mut out);
            batches.iter().try_for_each(|batch| writer.write(batch)).map_err(layout)?;
            writer.finish().map_err(layout)?;
            drop(writer);
            writeln!(out)?;
        }
        Format::Parquet => {
            let parquet = |source| Error::Parquet { path: "the result".into(), source };
            let Some(first) = batches.first() else { return Ok(()) };
            let mut writer = ArrowWriter::try_new(out, first.schema(), None).map_err(parquet)?;
            batches.iter().try_for_each(|batch| writer.write(batch)).map_err(parquet)?;
            writer.close().map_err(parquet)?;
        }
    }
    Ok(())
}
