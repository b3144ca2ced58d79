//! Queries over the tables, by name, in the format that the reader wants.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{array::RecordBatch, datatypes::SchemaRef, util::pretty::pretty_format_batches};
use datafusion::prelude::SessionContext;
use iapt_model::printable;
use parquet::arrow::ArrowWriter;
use serde::de::DeserializeOwned;

use crate::{Engine, Error, TABLES_FOLDER, check_tables, session};

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

/// Where tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tables {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// At an address that `iapt publish` put them at.
    Published(String),
}

impl Tables {
    /// The tables of a folder of data, or of an address.
    #[must_use]
    pub fn of(data: &str) -> Self {
        if data.contains("://") {
            Self::Published(data.to_owned())
        } else {
            Self::Folder(Path::new(data).join(TABLES_FOLDER))
        }
    }
}

#[cfg(feature = "remote")]
async fn published(address: &str, threads: usize) -> Result<SessionContext, Error> {
    crate::remote::open(address, threads).await
}

#[cfg(not(feature = "remote"))]
#[expect(clippy::unused_async, reason = "it is with the feature")]
async fn published(address: &str, _: usize) -> Result<SessionContext, Error> {
    Err(Error::WithoutAddresses { address: address.to_owned() })
}

/// The tables of one place, open.
pub struct Session(SessionContext);

impl Session {
    /// Opens the tables. Rows come in the order of the files only with one thread.
    ///
    /// # Errors
    ///
    /// [`Error::NoTables`]; [`Error::Damaged`] when they are not as they were made, and [`Error::Query`] when one cannot be read; [`Error::Store`] when an address does not give
    /// them, [`Error::WithoutAddresses`] when this program was built without the feature `remote`.
    pub async fn open(engine: &Engine, tables: &Tables, threads: usize) -> Result<Self, Error> {
        match tables {
            Tables::Folder(folder) => {
                check_tables(folder)?;
                engine.open(folder, threads).await.map(Self)
            }
            Tables::Published(address) => published(address, threads).await.map(Self),
        }
    }

    /// Runs one query and writes its result.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] names the tables or columns that there are when one is misspelt.
    pub async fn write(&self, sql: &str, format: Format, out: impl Write + Send) -> Result<(), Error> {
        let (schema, mut batches) = self.collect(sql).await?;
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        write(&batches, format, out)
    }

    /// Runs one query and reads its rows into values.
    ///
    /// # Errors
    ///
    /// [`Error::Query`]; [`Error::Rows`] when the columns are not those of `T`.
    pub async fn rows<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, Error> {
        let (_, batches) = self.collect(sql).await?;
        session::from_batches(sql, &batches)
    }

    async fn collect(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let query = |error| Error::Query(Box::new(error));
        let frame = self.0.sql(sql).await.map_err(query)?;
        let schema = Arc::clone(frame.schema().inner());
        Ok((schema, frame.collect().await.map_err(query)?))
    }
}

/// Runs a query over the tables of a folder and reads its rows into values, in the order of the files.
pub(crate) async fn read_rows<T: DeserializeOwned>(tables: &Path, sql: &str) -> Result<Vec<T>, Error> {
    Session(session::open(tables, 1).await?).rows(sql).await
}

fn write(batches: &[RecordBatch], format: Format, mut out: impl Write + Send) -> Result<(), Error> {
    let layout = |source| Error::Layout { table: "the result".to_owned(), source };
    match format {
        Format::Table => {
            // The other formats are for programs; this one is for a terminal, whatever published names are in it.
            let table = pretty_format_batches(batches).map_err(layout)?.to_string();
            writeln!(out, "{}", printable(&table))?;
        }
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
