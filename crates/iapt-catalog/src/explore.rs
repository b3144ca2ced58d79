//! The indicator table cut for readers who choose on a page: a small Parquet file for each indicator.

use std::sync::Arc;

use arrow::{
    array::{AsArray, RecordBatch},
    compute::{cast, concat_batches, partition},
    datatypes::{DataType, Schema},
    error::ArrowError,
};
use iapt_files::Sha256;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties},
    schema::types::ColumnPath,
};

use crate::{Error, query::Session};

/// How hard zstd tries: the files are written once and fetched often.
const LEVEL: i32 = 19;

/// The rows of one file.
pub struct Figures {
    /// What the file is called: `recovery_rate`, `recovery_rate.gender.icb`.
    pub name: String,
    rows: RecordBatch,
}

impl Figures {
    /// The file.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] when the rows cannot be written.
    pub fn parquet(&self) -> Result<Vec<u8>, Error> {
        self.written(Compression::ZSTD(ZstdLevel::try_new(LEVEL).map_err(failed)?))
    }

    /// A checksum over the rows, which takes a fraction of the time of making the file.
    ///
    /// # Errors
    ///
    /// As [`Self::parquet`].
    pub fn checksum(&self) -> Result<Sha256, Error> {
        self.written(Compression::UNCOMPRESSED).map(|bytes| Sha256::of(&bytes))
    }

    fn written(&self, compression: Compression) -> Result<Vec<u8>, Error> {
        let mut writer = writer(&self.rows, compression).map_err(failed)?;
        writer.write(&self.rows).map_err(failed)?;
        writer.into_inner().map_err(failed)
    }
}

fn failed(source: ParquetError) -> Error {
    Error::Parquet { path: "the figures".into(), source }
}

impl Session {
    /// The rows of `indicators` by the file that has them: `recovery_rate` has an indicator's totals and England's groups of
    /// people, `recovery_rate.month` England's single months; `recovery_rate.gender.icb` and `recovery_rate.month.icb` have
    /// groups and months of one level below England.
    ///
    /// `sql` gives them in order of the name, which is its first column.
    ///
    /// # Errors
    ///
    /// As [`Session::write`].
    pub async fn figures(&self, sql: &str) -> Result<Vec<Figures>, Error> {
        let layout = |source: ArrowError| Error::Layout { table: "the figures".to_owned(), source };
        let mut rows = self.run(sql).await?;
        let mut files: Vec<(String, Vec<RecordBatch>)> = Vec::new();
        while let Some(batch) = rows.next().await? {
            let names = cast(batch.column(0), &DataType::Utf8).map_err(layout)?;
            let others: Vec<usize> = (1..batch.num_columns()).collect();
            let figures = batch.project(&others).map_err(layout)?;
            for range in partition(std::slice::from_ref(&names)).map_err(layout)?.ranges() {
                let name = names.as_string::<i32>().value(range.start);
                let own = figures.slice(range.start, range.len());
                match files.last_mut() {
                    Some((begun, batches)) if begun == name => batches.push(own),
                    _ => files.push((name.to_owned(), vec![own])),
                }
            }
        }
        let together = |(name, batches): (String, Vec<RecordBatch>)| {
            let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
            Ok(Figures { name, rows: concat_batches(&schema, &batches)? })
        };
        files.into_iter().map(together).collect::<Result<_, _>>().map_err(layout)
    }
}

/// Without what the reader of such a file does not use: statistics, and the schema once more in Arrow's own form. Rates hardly
/// repeat, so a dictionary of them is no gain; byte by byte they compress better than as they are.
fn writer(figures: &RecordBatch, compression: Compression) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_statistics_enabled(EnabledStatistics::None);
    let schema = figures.schema();
    for field in schema.fields().iter().filter(|field| *field.data_type() == DataType::Float64) {
        let path = ColumnPath::from(field.name().as_str());
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT);
    }
    let options =
        ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), schema, options)
}
