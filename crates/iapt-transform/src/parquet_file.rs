//! Parquet files, written with settings that never vary, so that same rows are same bytes.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{Field, Schema, SchemaRef},
};
use bytes::Bytes;
use iapt_model::disk::{self, NewFile};
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

/// Writes batches to a new file; every batch becomes a row group of its own.
///
/// A column that is the very array of the batch before is encoded and compressed once and copied from then on: in
/// the tidy table that is most of them.
///
/// # Errors
///
/// [`Error::Io`] and [`Error::Parquet`] name the file.
pub(crate) fn write(
    path: &Path,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    metadata: Vec<KeyValue>,
) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        disk::create_folder(folder)?;
    }
    let file = write_to(NewFile::create(path)?, schema, batches, metadata)
        .map_err(|source| Error::Parquet { path: path.to_owned(), source })?;
    file.sync()?;
    Ok(())
}

fn write_to(
    file: NewFile,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    metadata: Vec<KeyValue>,
) -> ParquetResult<NewFile> {
    let mut properties = properties().set_key_value_metadata(Some(metadata)).build();
    add_encoded_arrow_schema_to_metadata(schema, &mut properties);
    let parquet_schema = ArrowSchemaConverter::new().convert(schema)?;
    let mut writer = SerializedFileWriter::new(file, parquet_schema.root_schema_ptr(), Arc::new(properties))?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(schema));
    let mut copies: Vec<Option<Encoded>> = schema.fields().iter().map(|_| None).collect();
    for (index, batch) in batches.iter().enumerate() {
        let column_writers = factory.create_column_writers(index)?;
        let mut row_group = writer.next_row_group()?;
        let columns = schema.fields().iter().zip(batch.columns()).zip(&mut copies).zip(column_writers);
        for (position, (((field, array), copy), mut column)) in columns.enumerate() {
            let is_again = |other: Option<&RecordBatch>| {
                other.is_some_and(|other| Arc::ptr_eq(other.column(position), array))
            };
            if copy.as_ref().is_none_or(|copy| !Arc::ptr_eq(&copy.array, array)) {
                *copy =
                    if is_again(batches.get(index + 1)) { Some(Encoded::new(field, array)?) } else { None };
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
        row_group.close()?;
    }
    writer.into_inner()
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
