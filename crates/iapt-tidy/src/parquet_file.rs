//! Parquet files, written with settings that never vary, so that same rows are same bytes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use bytes::Bytes;
use iapt_files::disk::{self, NewFile};
use parquet::{
    arrow::{
        ArrowSchemaConverter, ArrowWriter, add_encoded_arrow_schema_to_metadata,
        arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves},
    },
    basic::{Compression, ZstdLevel},
    column::writer::ColumnCloseResult,
    errors::{ParquetError, Result as ParquetResult},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
};

use crate::Error;

/// A new file, written row group by row group.
///
/// A column that is the very array of the batch before is encoded and compressed once and copied from then on: in
/// the tidy table that is most of them.
///
/// Every method fails with [`Error::Parquet`], which names the file.
pub struct ParquetFile {
    path: PathBuf,
    schema: SchemaRef,
    writer: SerializedFileWriter<NewFile>,
    factory: ArrowRowGroupWriterFactory,
    copies: Vec<Option<Encoded>>,
    n_row_groups: usize,
}

impl ParquetFile {
    /// Starts a file that says these things of itself, each under `iapt.` and its name. [`Error::Io`] when it cannot be made.
    pub fn start(path: &Path, schema: &SchemaRef, metadata: Vec<(&str, String)>) -> Result<Self, Error> {
        let of_ours = |(key, value): (&str, String)| KeyValue::new(format!("iapt.{key}"), value);
        let metadata = metadata.into_iter().map(of_ours).collect();
        if let Some(folder) = path.parent() {
            disk::create_folder(folder)?;
        }
        let file = NewFile::create(path)?;
        let begin = || {
            let mut properties = properties().set_key_value_metadata(Some(metadata)).build();
            // Every reader finds plain strings, so that a column has one type in every file.
            add_encoded_arrow_schema_to_metadata(&plain(schema), &mut properties);
            let columns = ArrowSchemaConverter::new().convert(schema)?.root_schema_ptr();
            SerializedFileWriter::new(file, columns, Arc::new(properties))
        };
        let writer = begin().map_err(|source| Error::Parquet { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            schema: Arc::clone(schema),
            factory: ArrowRowGroupWriterFactory::new(&writer, Arc::clone(schema)),
            writer,
            copies: schema.fields().iter().map(|_| None).collect(),
            n_row_groups: 0,
        })
    }

    /// Writes a batch as a row group. The batch that comes after it says which columns are worth keeping encoded.
    pub fn write(&mut self, batch: &RecordBatch, next: Option<&RecordBatch>) -> Result<(), Error> {
        let written = self.write_row_group(batch, next);
        written.map_err(|source| Error::Parquet { path: self.path.clone(), source })
    }

    fn write_row_group(&mut self, batch: &RecordBatch, next: Option<&RecordBatch>) -> ParquetResult<()> {
        let column_writers = self.factory.create_column_writers(self.n_row_groups)?;
        self.n_row_groups += 1;
        let mut row_group = self.writer.next_row_group()?;
        let columns =
            self.schema.fields().iter().zip(batch.columns()).zip(&mut self.copies).zip(column_writers);
        for (position, (((field, array), copy), mut column)) in columns.enumerate() {
            let is_again = next.is_some_and(|next| Arc::ptr_eq(next.column(position), array));
            if copy.as_ref().is_none_or(|copy| !Arc::ptr_eq(&copy.array, array)) {
                *copy = if is_again { Some(Encoded::new(field, array)?) } else { None };
            }
            if let Some(copy) = copy {
                copy.append(&mut row_group)?;
            } else {
                for leaf in compute_leaves(field, array)? {
                    column.write(&leaf)?;
                }
                column.close()?.append_to_row_group(&mut row_group)?;
            }
        }
        row_group.close().map(|_| ())
    }

    /// Ends the file, which is on the disk then.
    pub fn close(self) -> Result<(), Error> {
        let file = self.writer.into_inner().map_err(|source| Error::Parquet { path: self.path, source })?;
        file.sync()?;
        Ok(())
    }
}

/// A schema without dictionaries of texts.
pub(crate) fn plain(schema: &Schema) -> SchemaRef {
    let plain = |field: &Arc<Field>| match field.data_type() {
        DataType::Dictionary(_, values) => {
            Arc::new(field.as_ref().clone().with_data_type(values.as_ref().clone()))
        }
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(schema.fields().iter().map(plain).collect::<Vec<_>>()))
}

fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("iapt ", env!("CARGO_PKG_VERSION")).to_owned())
        // A run is one measure, so the statistics of its row group say all that an index of its pages would.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
}

/// One column, encoded and compressed, as the only one of a Parquet file in memory.
struct Encoded {
    array: ArrayRef,
    file: Bytes,
    close: ColumnCloseResult,
}

impl Encoded {
    fn new(field: &Arc<Field>, array: &ArrayRef) -> ParquetResult<Self> {
        let schema = Arc::new(Schema::new(vec![Arc::clone(field)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(array)])?;
        // One row group, however long the column.
        let properties = properties().set_max_row_group_row_count(None).build();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, schema, Some(properties))?;
        writer.write(&batch)?;
        let metadata = writer.close()?;
        let column = metadata.row_groups().first().and_then(|row_group| row_group.columns().first());
        let column = column.ok_or_else(|| ParquetError::General("a column without a chunk".to_owned()))?;
        let close = ColumnCloseResult {
            bytes_written: u64::try_from(column.compressed_size()).unwrap_or_default(),
            rows_written: u64::try_from(array.len()).unwrap_or_default(),
            metadata: column.clone(),
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Self { array: Arc::clone(array), file: Bytes::from(file), close })
    }

    fn append(&self, row_group: &mut SerializedRowGroupWriter<'_, NewFile>) -> ParquetResult<()> {
        row_group.append_column(&self.file, self.close.clone())
    }
}
