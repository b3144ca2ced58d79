//! Queries over the tables, by name, in the format that the reader wants.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef, error::ArrowError};
use datafusion::{
    execution::SendableRecordBatchStream,
    prelude::{CsvReadOptions, Expr, SessionContext, col, lit},
};
use futures::TryStreamExt;
use iapt_files::without_secrets;
use parquet::{arrow::ArrowWriter, errors::ParquetError, file::properties::WriterProperties};
use serde::de::DeserializeOwned;

use crate::{Engine, Error, TABLES_FOLDER, check_tables, dictionary, screen, session, sql};

/// What a query may hold at once, in bytes, where nothing else is asked for; sorts and groups beyond it go to the disk.
pub const QUERY_MEMORY: usize = 256 << 20;

/// Rows that a Parquet writer holds before it writes them.
const ROWS_AT_ONCE: usize = 1 << 17;

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
async fn published(address: &str, threads: usize, memory: Option<usize>) -> Result<SessionContext, Error> {
    crate::remote::open(address, threads, memory).await
}

#[cfg(not(feature = "remote"))]
#[expect(clippy::unused_async, reason = "it is with the feature")]
async fn published(address: &str, _: usize, _: Option<usize>) -> Result<SessionContext, Error> {
    Err(Error::WithoutAddresses { address: address.to_owned() })
}

/// The tables of one place, open.
#[derive(Clone)]
pub struct Session(SessionContext);

impl Session {
    /// Opens the tables. Rows come in the order of the files only with one thread. A query may hold `memory` bytes at once,
    /// where that is given; a cluster has limits of its own.
    ///
    /// # Errors
    ///
    /// [`Error::NoTables`]; [`Error::Damaged`] when they are not as they were made, and [`Error::Query`] when one cannot be read; [`Error::Store`] when an address does not give
    /// them, [`Error::WithoutAddresses`] when this program was built without the feature `remote`.
    pub async fn open(
        engine: &Engine,
        tables: &Tables,
        threads: usize,
        memory: Option<usize>,
    ) -> Result<Self, Error> {
        match tables {
            Tables::Folder(folder) => {
                check_tables(folder)?;
                engine.open(folder, threads, memory).await.map(Self)
            }
            // Messages show the address, those of the store and of the engine too. A store is never sent its user: keys come
            // from the environment.
            Tables::Published(address) => {
                published(&without_secrets(address), threads, memory).await.map(Self)
            }
        }
    }

    /// Adds a file of the reader's own as a table, to be joined to the others: Parquet if its name ends in `.parquet`, otherwise
    /// CSV with a header, whose types are taken from all of its rows.
    ///
    /// # Errors
    ///
    /// [`Error::TableTaken`] when there is a table of that name, [`Error::Io`] when there is no such file, [`Error::Query`] when
    /// it cannot be read.
    pub async fn add(&self, table: &str, file: &Path) -> Result<(), Error> {
        let query = |error| Error::Query(Box::new(error));
        if self.0.table_exist(table).map_err(query)? {
            return Err(Error::TableTaken { table: table.to_owned() });
        }
        fs_err::metadata(file)?;
        let address = session::location(file)?;
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
            return session::register(&self.0, table, &address).await;
        }
        let extension =
            file.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
        let options = CsvReadOptions::new().schema_infer_max_records(usize::MAX).file_extension(&extension);
        self.0.register_csv(table, address, options).await.map_err(query)
    }

    /// Runs one query and writes its result as it comes: no more than `limit` rows of it, where that is given. A table to look
    /// at has a screen of them otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::NoTable`] and [`Error::Query`] name the tables or columns that there are when one is misspelt;
    /// [`Error::TooLarge`] when it needs more memory or disk than it may have; [`Error::Io`] when `out` takes no more.
    pub async fn write(
        &self,
        sql: &str,
        format: Format,
        limit: Option<usize>,
        out: impl Write + Send,
    ) -> Result<(), Error> {
        let mut rows = self.run(sql).await?;
        let mut out = Out { out, failed: None };
        let written = write(&mut rows, format, limit, &mut out).await;
        // The writers of the formats wrap the error in one of their own, which does not say what happened.
        out.failed.map_or(written, |error| Err(error.into()))
    }

    /// Runs one query and reads its rows into values.
    ///
    /// # Errors
    ///
    /// As [`Self::write`]; [`Error::Rows`] when the columns are not those of `T`.
    pub async fn rows<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, Error> {
        let mut rows = self.run(sql).await?;
        let mut values = Vec::new();
        while let Some(batch) = rows.next().await? {
            values.extend(session::from_batches::<T>(sql, &[batch])?);
        }
        Ok(values)
    }

    /// Reads the rows of a table that are wanted into values, in the order of some of its columns.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`]; [`Error::Columns`] when the table has other columns than `T` has fields.
    pub async fn table<T: DeserializeOwned>(
        &self,
        table: &str,
        only: Only<'_>,
        order: &[&str],
    ) -> Result<Vec<T>, Error> {
        let refused = |error| sql::refused(&self.0, error);
        let equal = |(column, text): &(&str, &str)| col(*column).eq(lit(*text));
        let wanted = match only {
            Only::Every => None,
            Only::Any(cells) => cells.iter().map(equal).reduce(Expr::or),
            Only::All(cells) => cells.iter().map(equal).reduce(Expr::and),
        };
        let mut rows = self.0.table(table).await.map_err(refused)?;
        dictionary::check_row::<T>(table, rows.schema().as_arrow())?;
        if let Some(wanted) = wanted {
            rows = rows.filter(wanted).map_err(refused)?;
        }
        if !order.is_empty() {
            let order = order.iter().map(|column| col(*column).sort(true, false));
            rows = rows.sort(order.collect()).map_err(refused)?;
        }
        let batches = rows.collect().await.map_err(refused)?;
        session::from_batches(table, &batches)
    }

    pub(crate) async fn run(&self, sql: &str) -> Result<Rows<'_>, Error> {
        let refused = |error| sql::refused(&self.0, error);
        let frame = sql::read(&self.0, sql).await.map_err(refused)?;
        let stream = frame.execute_stream().await.map_err(refused)?;
        Ok(Rows { context: &self.0, stream, left: usize::MAX })
    }
}

/// The rows of a result, as they come.
pub(crate) struct Rows<'a> {
    context: &'a SessionContext,
    stream: SendableRecordBatchStream,
    /// How many more are wanted.
    left: usize,
}

impl Rows<'_> {
    pub(crate) fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }

    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let batch = self.stream.try_next().await.map_err(|error| sql::refused(self.context, error))?;
        let batch = batch.map(|batch| batch.slice(0, batch.num_rows().min(self.left)));
        self.left -= batch.as_ref().map_or(0, RecordBatch::num_rows);
        Ok(batch)
    }
}

/// Where a result goes, and why it goes no further.
struct Out<W> {
    out: W,
    failed: Option<io::Error>,
}

impl<W: Write> Out<W> {
    fn told<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|error| {
            let kind = error.kind();
            self.failed.get_or_insert(error);
            kind.into()
        })
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.out.write(bytes);
        self.told(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.out.flush();
        self.told(done)
    }
}

/// Which rows of a table are wanted, by the texts of their columns.
#[derive(Clone, Copy, Debug)]
pub enum Only<'a> {
    /// All of them.
    Every,
    /// Those in which any of these columns has this text.
    Any(&'a [(&'a str, &'a str)]),
    /// Those in which each of these columns has this text.
    All(&'a [(&'a str, &'a str)]),
}

/// Reads the rows of a table that are wanted into values, in the order of its file.
pub async fn read_table<T: DeserializeOwned>(
    tables: &Path,
    table: &str,
    only: Only<'_>,
) -> Result<Vec<T>, Error> {
    Session(session::open(tables, 1, None).await?).table(table, only, &[]).await
}

/// Runs a query over the tables of a folder and reads its rows into values, in the order of the files.
pub async fn read_rows<T: DeserializeOwned>(tables: &Path, sql: &str) -> Result<Vec<T>, Error> {
    read_rows_with(tables, sql, &[]).await
}

/// The same, with values for the `$name`s of the query.
pub async fn read_rows_with<T: DeserializeOwned>(
    tables: &Path,
    sql: &str,
    values: &[(&str, &str)],
) -> Result<Vec<T>, Error> {
    let context = session::open(tables, 1, None).await?;
    let refused = |error| sql::refused(&context, error);
    let rows = sql::read_with(&context, sql, values).await.map_err(refused)?;
    session::from_batches(sql, &rows.collect().await.map_err(refused)?)
}

/// Writes rows to a file of a format, a batch at a time. Every file begins with a batch of no rows, so that it has its
/// columns where there are no others.
async fn write(
    rows: &mut Rows<'_>,
    format: Format,
    limit: Option<usize>,
    mut out: impl Write + Send,
) -> Result<(), Error> {
    if format != Format::Table {
        rows.left = limit.unwrap_or(usize::MAX);
    }
    let layout = |source: ArrowError| Error::Layout { table: "the result".to_owned(), source };
    let schema = rows.schema();
    let mut next = Some(RecordBatch::new_empty(schema.clone()));
    match format {
        Format::Table => return screen::write(rows, limit, out).await,
        Format::Csv => {
            let mut writer = arrow::csv::Writer::new(out);
            while let Some(batch) = next {
                writer.write(&batch).map_err(layout)?;
                next = rows.next().await?;
            }
        }
        Format::Json => {
            let mut writer = arrow::json::WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, arrow::json::writer::JsonArray>(&mut out);
            while let Some(batch) = next {
                writer.write(&batch).map_err(layout)?;
                next = rows.next().await?;
            }
            writer.finish().map_err(layout)?;
            drop(writer);
            writeln!(out)?;
        }
        Format::Parquet => {
            let parquet = |source: ParquetError| Error::Parquet { path: "the result".into(), source };
            let properties =
                WriterProperties::builder().set_max_row_group_row_count(Some(ROWS_AT_ONCE)).build();
            let mut writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(parquet)?;
            while let Some(batch) = next {
                writer.write(&batch).map_err(parquet)?;
                next = rows.next().await?;
            }
            writer.close().map_err(parquet)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn secrets_of_an_address_are_in_no_message() {
        // Of no store: refused in a program with the feature `remote` too, and nothing is asked of a server.
        for address in ["ftp://user:secret@example.org/x?token=secret", "ftp://secret@example.org/x#secret"] {
            let opened = Session::open(&Engine::Local, &Tables::of(address), 1, None).await;
            let error = opened.err().unwrap();
            let said = format!("{error} {error:?}");
            assert!(said.contains("ftp://example.org/x") && !said.contains("secret"), "{said}");
        }
    }
}
