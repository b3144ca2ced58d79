//! The tables of a folder, by name, in one query session.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, FieldRef, Schema, SchemaRef},
};
use datafusion::{
    common::runtime::SpawnedTask,
    dataframe::DataFrame,
    datasource::{
        file_format::parquet::ParquetFormat,
        listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl},
    },
    error::DataFusionError,
    execution::{memory_pool::FairSpillPool, runtime_env::RuntimeEnvBuilder},
    prelude::{ParquetReadOptions, SessionConfig, SessionContext},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_arrow::schema::{SchemaLike, TracingOptions};
use url::Url;

use crate::{Error, functions, sql};

/// The files of `tidy` as one table, from which `tidy` is made; readers are not offered it.
pub(crate) const PARTITIONS: &str = "tidy_partitions";
/// What the rules and the claims may hold at once, in bytes: far more than any of them needs.
pub const RULES_MEMORY: usize = 1 << 30;
/// What the queries of one session may have on the disk at once, in bytes.
const SPILLED: u64 = 8 << 30;

/// Opens every table below `tables`: `tidy`, and one for each Parquet file by its name.
///
/// # Errors
///
/// [`Error::NoTables`] when there are none, [`Error::Query`] when one cannot be read.
pub async fn open(tables: &Path, threads: usize, memory: Option<usize>) -> Result<SessionContext, Error> {
    let names = table_names(tables)?;
    let context = context(threads, memory)?;
    register_tidy(&context, &location(&tables.join(iapt_tidy::TIDY))?).await?;
    for table in names {
        register(&context, &table, &location(&table_file(tables, &table))?).await?;
    }
    Ok(context)
}

/// The tables of a folder that are one file, in order.
pub(crate) fn table_names(tables: &Path) -> Result<Vec<String>, Error> {
    if !tables.join(iapt_tidy::TIDY).is_dir() {
        return Err(Error::NoTables { folder: tables.to_owned() });
    }
    let mut entries = fs_err::read_dir(tables)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs_err::DirEntry::path);
    Ok(entries.iter().filter_map(|entry| table_name(&entry.path()).map(str::to_owned)).collect())
}

/// The file of a table.
pub(crate) fn table_file(tables: &Path, table: &str) -> PathBuf {
    tables.join(format!("{table}.parquet"))
}

/// A path as an address: the engine reads `*`, `?` and `[` of a bare path as a pattern.
///
/// # Errors
///
/// [`Error::Io`] when there is no current folder for a relative path.
pub fn location(path: &Path) -> Result<String, Error> {
    let address = Url::from_file_path(std::path::absolute(path)?);
    let address = address
        .map_err(|()| io::Error::other(format!("`{}` cannot be written as an address", path.display())))?;
    Ok(address.into())
}

/// Opens the file at an address as a table.
pub async fn register(context: &SessionContext, table: &str, location: &str) -> Result<(), Error> {
    let opened = context.register_parquet(table, location, ParquetReadOptions::default()).await;
    opened.map_err(|error| Error::Query(Box::new(error)))
}

/// The table that a file of the folder is, by its name; none where it is no table.
pub(crate) fn table_name(path: &Path) -> Option<&str> {
    let is_parquet = path.extension().is_some_and(|extension| extension == "parquet");
    path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_parquet)
}

/// Names and types of the columns of `tidy` as it is queried: the two of the path in front.
pub fn tidy_schema() -> SchemaRef {
    let of_path =
        ["dataset", "reporting_period"].map(|name| Arc::new(Field::new(name, DataType::Utf8, false)));
    let columns = iapt_tidy::file_schema().fields().iter().map(Arc::clone).collect::<Vec<_>>();
    Arc::new(Schema::new(of_path.into_iter().chain(columns).collect::<Vec<_>>()))
}

/// A query session without tables, whose queries may hold `memory` bytes at once, where that is given, and
/// `SPILLED` on the disk.
pub fn context(threads: usize, memory: Option<usize>) -> Result<SessionContext, Error> {
    let mut runtime = RuntimeEnvBuilder::new().with_max_temp_directory_size(SPILLED);
    if let Some(bytes) = memory {
        runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
    }
    let runtime = runtime.build_arc().map_err(|error| Error::Query(Box::new(error)))?;
    let context = SessionContext::new_with_config_rt(config(threads), runtime);
    context.register_udf(functions::with_commas());
    context.register_udf(functions::figure_name());
    Ok(context)
}

/// How every session reads and plans.
pub(crate) fn config(partitions: usize) -> SessionConfig {
    // Plain strings on the way out, so that every reader of a result finds the types that the files have.
    SessionConfig::new()
        .with_target_partitions(partitions)
        .with_information_schema(true)
        .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
        // Every rule once: the tables are the same bytes as after three rounds, and a small build would spend 8% more of the
        // processors on the other rounds.
        .set_usize("datafusion.optimizer.max_passes", 1)
        // Joins as they are written, the side to hold in memory on the left: after its conditions `tidy` is guessed to be
        // the smaller side, and a hash table of millions of rows under a handful of keys takes minutes.
        .set_bool("datafusion.optimizer.join_reordering", false)
}

/// Registers the partitions below the address of a folder as `tidy`. Its columns `dataset` and `reporting_period` come from the
/// paths.
pub(crate) async fn register_tidy(context: &SessionContext, location: &str) -> Result<(), Error> {
    let query = |error| Error::Query(Box::new(error));
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
        .with_file_extension(".parquet")
        .with_table_partition_cols(vec![
            ("dataset".to_owned(), DataType::Utf8),
            ("reporting_period".to_owned(), DataType::Utf8),
        ]);
    let location = ListingTableUrl::parse(format!("{location}/")).map_err(query)?;
    // The schema is ours, so no file is opened only to learn it.
    let config =
        ListingTableConfig::new(location).with_listing_options(options).with_schema(iapt_tidy::file_schema());
    let table = ListingTable::try_new(config).map_err(query)?;
    context.register_table(PARTITIONS, Arc::new(table)).map_err(query)?;
    tidy_where(context, "TRUE").await
}

/// Prepares a session for queries that want few of the rows that they look at.
pub async fn expect_few_rows(context: &SessionContext) -> Result<(), Error> {
    let set = "SET datafusion.execution.parquet.pushdown_filters = true";
    context.sql(set).await.map(drop).map_err(|error| Error::Query(Box::new(error)))
}

/// Makes `tidy` the rows of all partitions under a condition.
pub async fn tidy_where(context: &SessionContext, condition: &str) -> Result<(), Error> {
    let schema = tidy_schema();
    let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let rows = rows_where(context, PARTITIONS, condition).await;
    let rows = rows.and_then(|rows| rows.select_columns(&columns));
    replace(context, iapt_tidy::TIDY, rows.map_err(|error| Error::Query(Box::new(error)))?)
}

/// The rows of a table under a condition.
async fn rows_where(
    context: &SessionContext,
    table: &str,
    condition: &str,
) -> Result<DataFrame, DataFusionError> {
    let rows = context.table(table).await?;
    let condition = rows.parse_sql_expr(condition)?;
    rows.filter(condition)
}

/// Makes the rows of a table under a condition a table of another name.
pub async fn view_where(
    context: &SessionContext,
    name: &str,
    table: &str,
    condition: &str,
) -> Result<(), Error> {
    let rows = rows_where(context, table, condition).await;
    replace(context, name, rows.map_err(|error| Error::Query(Box::new(error)))?)
}

/// Makes a query a table, in place of one of that name; what was planned with that one keeps it.
pub async fn view(context: &SessionContext, name: &str, sql: &str) -> Result<(), Error> {
    let rows = sql::read(context, sql).await.map_err(|error| Error::Query(Box::new(error)))?;
    replace(context, name, rows)
}

fn replace(context: &SessionContext, name: &str, rows: DataFrame) -> Result<(), Error> {
    let query = |error| Error::Query(Box::new(error));
    context.deregister_table(name).map_err(query)?;
    context.register_table(name, rows.into_view()).map_err(query)?;
    Ok(())
}

/// Some work of a query, in a task of its own.
pub type Apart<T> = SpawnedTask<Result<T, DataFusionError>>;

/// Begins some work of a query in a task of its own, so that another thread may have it.
pub fn begin<T: Send + 'static>(
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Apart<T> {
    SpawnedTask::spawn(work)
}

/// What becomes of work that was begun.
pub async fn ended<T: Send + 'static>(work: Apart<T>) -> Result<T, DataFusionError> {
    let done = work.join_unwind().await;
    done.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
}

/// Does some work of a query in a task of its own.
pub async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, DataFusionError> {
    ended(begin(work)).await
}

/// Rows of batches as values.
pub fn from_batches<T: DeserializeOwned>(table: &str, batches: &[RecordBatch]) -> Result<Vec<T>, Error> {
    // Rows are large, and would be moved each time that there is no room.
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let read: Result<Vec<T>, _> = serde_arrow::from_record_batch(batch);
        rows.extend(
            read.map_err(|source| Error::Rows { table: table.to_owned(), source: Box::new(source) })?,
        );
    }
    Ok(rows)
}

/// The fields of a type of row.
pub(crate) fn fields_of<T: for<'de> Deserialize<'de>>(table: &str) -> Result<Vec<FieldRef>, Error> {
    let options = TracingOptions::default().strings_as_large_utf8(false);
    Vec::<FieldRef>::from_type::<T>(options)
        .map_err(|source| Error::Rows { table: table.to_owned(), source: Box::new(source) })
}

/// Rows as one batch.
pub fn to_batch<T: Serialize + for<'de> Deserialize<'de>>(
    table: &str,
    rows: &[T],
) -> Result<RecordBatch, Error> {
    let wrap = |source| Error::Rows { table: table.to_owned(), source: Box::new(source) };
    serde_arrow::to_record_batch(&fields_of::<T>(table)?, &rows).map_err(wrap)
}
