//! The indicator table cut for readers who choose on a page: a small Parquet file for each indicator.

use std::collections::BTreeMap;

use arrow::{
    array::{AsArray, RecordBatch},
    compute::{cast, partition},
    datatypes::DataType,
    error::ArrowError,
};
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

impl Session {
    /// The rows of `indicators` in Parquet files by name: `recovery_rate` has an indicator's totals and England's groups of
    /// people, `recovery_rate.month` England's single months; `recovery_rate.gender.icb` and `recovery_rate.month.icb` have
    /// groups and months of one level below England.
    ///
    /// `sql` gives them in order of the name, which is its first column.
    ///
    /// # Errors
    ///
    /// As [`Session::write`].
    pub async fn figures(&self, sql: &str) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let layout = |source: ArrowError| Error::Layout { table: "the figures".to_owned(), source };
        let parquet = |source: ParquetError| Error::Parquet { path: "the figures".into(), source };
        let mut rows = self.run(sql).await?;
        let mut files = BTreeMap::new();
        let mut open: Option<(String, ArrowWriter<Vec<u8>>)> = None;
        while let Some(batch) = rows.next().await? {
            let names = cast(batch.column(0), &DataType::Utf8).map_err(layout)?;
            let others: Vec<usize> = (1..batch.num_columns()).collect();
            let figures = batch.project(&others).map_err(layout)?;
            for range in partition(std::slice::from_ref(&names)).map_err(layout)?.ranges() {
                let name = names.as_string::<i32>().value(range.start);
                if open.as_ref().is_none_or(|(begun, _)| begun != name) {
                    if let Some((done, writer)) = open.take() {
                        files.insert(done, writer.into_inner().map_err(parquet)?);
                    }
                    open = Some((name.to_owned(), writer(&figures).map_err(parquet)?));
                }
                if let Some((_, writer)) = &mut open {
                    writer.write(&figures.slice(range.start, range.len())).map_err(parquet)?;
                }
            }
        }
        if let Some((done, writer)) = open {
            files.insert(done, writer.into_inner().map_err(parquet)?);
        }
        Ok(files)
    }
}

/// Without what the reader of such a file does not use: statistics, and the schema once more in Arrow's own form. Rates hardly
/// repeat, so a dictionary of them is no gain; byte by byte they compress better than as they are.
fn writer(figures: &RecordBatch) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
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
