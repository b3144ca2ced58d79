//! Parquet files, written with settings that never vary, so that same rows are same bytes.

use std::{
    fs::File,
    io::Read,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use bytes::Bytes;
use iapt_files::{
    Sha256,
    disk::{self, NewFile},
};
use parquet::{
    arrow::{
        ArrowSchemaConverter, ArrowWriter, add_encoded_arrow_schema_to_metadata,
        arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves},
    },
    basic::{Compression, Encoding, ZstdLevel},
    column::writer::ColumnCloseResult,
    errors::{ParquetError, Result as ParquetResult},
    file::{
        metadata::{
            ColumnChunkMetaData, KeyValue, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
            RowGroupMetaData,
        },
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
        reader::ChunkReader,
        statistics::Statistics,
        writer::SerializedFileWriter,
    },
};

use crate::{
    Error,
    codes::{Chunk, CodeEncoder},
};

/// A new file, written row group by row group.
///
/// A column that is the very array of the batch before is encoded and compressed once and copied from then on: in
/// the tidy table that is most of them. The others of the tidy table are codes into lists of values (`codes`).
///
/// Every method fails with [`Error::Parquet`], which names the file.
pub struct ParquetFile {
    path: PathBuf,
    schema: SchemaRef,
    writer: SerializedFileWriter<NewFile>,
    factory: ArrowRowGroupWriterFactory,
    codes: CodeEncoder,
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
            Ok((SerializedFileWriter::new(file, columns, Arc::new(properties))?, CodeEncoder::new()?))
        };
        let (writer, codes) = begin().map_err(|source| Error::Parquet { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            schema: Arc::clone(schema),
            factory: ArrowRowGroupWriterFactory::new(&writer, Arc::clone(schema)),
            writer,
            codes,
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
        let columns = self.writer.schema_descr().columns().to_vec();
        let mut writers = Vec::new();
        let mut row_group = self.writer.next_row_group()?;
        let fields = self.schema.fields().iter().zip(batch.columns()).zip(&mut self.copies).zip(&columns);
        for (position, (((field, array), copy), column)) in fields.enumerate() {
            let is_again = next.is_some_and(|next| Arc::ptr_eq(next.column(position), array));
            if copy.as_ref().is_none_or(|copy| !Arc::ptr_eq(&copy.array, array)) {
                *copy = None;
                let mut chunk = self.codes.encode(column, array)?;
                if chunk.is_none() && is_again {
                    chunk = Some(encoded(field, array)?);
                }
                *copy = chunk.map(|chunk| Encoded { array: Arc::clone(array), chunk });
            }
            if let Some(Encoded { chunk, .. }) = copy {
                row_group.append_column(&chunk.bytes, chunk.close.clone())?;
                continue;
            }
            if writers.is_empty() {
                let made = self.factory.create_column_writers(self.n_row_groups)?;
                writers = made.into_iter().map(Some).collect();
            }
            if let Some(mut writer) = writers.get_mut(position).and_then(Option::take) {
                for leaf in compute_leaves(field, array)? {
                    writer.write(&leaf)?;
                }
                writer.close()?.append_to_row_group(&mut row_group)?;
            }
        }
        self.n_row_groups += 1;
        row_group.close().map(|_| ())
    }

    /// Copies a row group of a file with the same columns: the bytes are those that its rows would be written as.
    pub fn copy(&mut self, from: &FinishedFile, row_group: usize) -> Result<(), Error> {
        let copied = self.copy_row_group(from, row_group);
        copied.map_err(|source| Error::Parquet { path: self.path.clone(), source })
    }

    fn copy_row_group(&mut self, from: &FinishedFile, row_group: usize) -> ParquetResult<()> {
        let lacking = || ParquetError::General(format!("there is no row group {row_group} to copy"));
        let columns = from.metadata.row_groups().get(row_group).ok_or_else(lacking)?.columns();
        self.n_row_groups += 1;
        let mut row_group = self.writer.next_row_group()?;
        for column in columns {
            row_group.append_column(&from.file, as_closed(&as_written(column)?))?;
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

/// A file that was written before, whose row groups can be copied.
pub struct FinishedFile {
    path: PathBuf,
    file: File,
    metadata: ParquetMetaData,
}

impl FinishedFile {
    /// Opens the file at a path. [`Error::Io`] when it is not there, [`Error::Parquet`] when it is not a Parquet file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = fs_err::File::open(path)?.into_parts().0;
        // All that a footer says of a column is copied with it.
        let options = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let metadata =
            ParquetMetaDataReader::new().with_metadata_options(Some(options)).parse_and_finish(&file);
        let metadata = metadata.map_err(|source| Error::Parquet { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file, metadata })
    }

    /// How many row groups it has.
    #[must_use]
    pub fn n_row_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// A checksum over the bytes of row groups that follow each other; between them the file has nothing else.
    /// [`Error::Parquet`] when they cannot be read.
    pub fn checksum(&self, row_groups: Range<usize>) -> Result<Sha256, Error> {
        let columns = self.metadata.row_groups().get(row_groups).unwrap_or_default();
        let ranges = columns.iter().flat_map(RowGroupMetaData::columns).map(ColumnChunkMetaData::byte_range);
        let (start, length) =
            ranges.fold((u64::MAX, 0), |(start, length), (from, own)| (start.min(from), length + own));
        let read = self.file.get_read(if length == 0 { 0 } else { start });
        let read = read.map_err(|source| Error::Parquet { path: self.path.clone(), source })?;
        Ok(Sha256::of_reader(read.take(length))?.0)
    }
}

/// What a footer says of a column, as it was before it was written: a reader forgets that the least and the greatest number stand
/// there twice, once for older readers.
fn as_written(column: &ColumnChunkMetaData) -> ParquetResult<ColumnChunkMetaData> {
    let is_signed = column.column_descr().sort_order().is_signed();
    let statistics = match column.statistics().filter(|_| is_signed) {
        Some(Statistics::Int32(of)) => of.clone().with_backwards_compatible_min_max(true).into(),
        Some(Statistics::Int64(of)) => of.clone().with_backwards_compatible_min_max(true).into(),
        Some(Statistics::Float(of)) => of.clone().with_backwards_compatible_min_max(true).into(),
        Some(Statistics::Double(of)) => of.clone().with_backwards_compatible_min_max(true).into(),
        _ => return Ok(column.clone()),
    };
    column.clone().into_builder().set_statistics(statistics).build()
}

/// A column of another file as one that was just written.
fn as_closed(column: &ColumnChunkMetaData) -> ColumnCloseResult {
    ColumnCloseResult {
        bytes_written: u64::try_from(column.compressed_size()).unwrap_or_default(),
        rows_written: u64::try_from(column.num_values()).unwrap_or_default(),
        metadata: column.clone(),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
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
        // Rows of a file follow each other: a list of all their numbers would be most of a partition.
        .set_column_dictionary_enabled(ROW.into(), false)
        .set_column_encoding(ROW.into(), Encoding::DELTA_BINARY_PACKED)
}

/// The column that says in which row of its file a cell stands.
const ROW: &str = "source_row";

/// A column and what it was encoded as.
struct Encoded {
    array: ArrayRef,
    chunk: Chunk,
}

/// Encodes a column as the only one of a Parquet file in memory.
fn encoded(field: &Arc<Field>, array: &ArrayRef) -> ParquetResult<Chunk> {
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
    let close = as_closed(column);
    Ok(Chunk { bytes: Bytes::from(file), close })
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, UInt32Array};

    use super::*;

    /// Rows of every type that tables have, with and without nulls; the text goes beyond what a footer holds of it.
    fn batch(first: u32) -> RecordBatch {
        let numbers = || (0..2_000_u32).map(|number| (number % 7 > 0).then_some(number + first));
        let longer = |number: u32| format!("{} {number}", "text ".repeat(40));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("text", Arc::new(numbers().map(|one| one.map(longer)).collect::<StringArray>())),
            ("alike", Arc::new(numbers().map(|_| Some("alike")).collect::<StringArray>())),
            ("whole", Arc::new(numbers().map(|one| one.map(i64::from)).collect::<Int64Array>())),
            ("count", Arc::new(numbers().collect::<UInt32Array>())),
            ("number", Arc::new(numbers().map(|one| one.map(f64::from)).collect::<Float64Array>())),
            ("nothing", Arc::new(numbers().map(|_| None).collect::<Float64Array>())),
            ("is_so", Arc::new(numbers().map(|one| one.map(|one| one > 9)).collect::<BooleanArray>())),
            ("day", Arc::new(numbers().map(|one| one.map(|_| 19_000)).collect::<Date32Array>())),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
            .unwrap()
    }

    #[test]
    fn a_copied_row_group_has_the_bytes_of_one_that_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let start = |name: &str| ParquetFile::start(&path(name), &batch(0).schema(), Vec::new()).unwrap();
        let mut before = start("before");
        for first in [5, 900] {
            before.write(&batch(first), None).unwrap();
        }
        before.close().unwrap();
        let before = FinishedFile::open(&path("before")).unwrap();
        let (mut written, mut copied) = (start("written"), start("copied"));
        for file in [&mut written, &mut copied] {
            file.write(&batch(1), None).unwrap();
        }
        for (row_group, first) in [(1, 900), (0, 5)] {
            written.write(&batch(first), None).unwrap();
            copied.copy(&before, row_group).unwrap();
        }
        assert!(copied.copy(&before, 2).unwrap_err().to_string().contains("no row group 2"));
        written.close().unwrap();
        copied.close().unwrap();
        assert!(fs_err::read(path("written")).unwrap() == fs_err::read(path("copied")).unwrap());
    }
}
