//! A table's file as CSV, a row group at a time: what a spreadsheet would take for a formula has an apostrophe before it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, StringArray},
    csv::WriterBuilder,
    error::ArrowError,
};
use iapt_files::Sha256;
use iapt_model::is_formula;
use iapt_tidy::FinishedFile;
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    errors::ParquetError,
};

use crate::Error;

/// The rows of a table's file, in their order.
pub struct TableCsv {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    finished: FinishedFile,
}

impl TableCsv {
    /// Opens the file of a table.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it is not there, [`Error::Parquet`] when it is not a Parquet file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = fs_err::File::open(path)?.into_parts().0;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default());
        let metadata = metadata.map_err(|source| Error::Parquet { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), metadata, finished: FinishedFile::open(path)? })
    }

    /// The names of the columns, as the first line.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] names the file.
    pub fn header(&self) -> Result<Vec<u8>, Error> {
        let mut text = Vec::new();
        let none = RecordBatch::new_empty(Arc::clone(self.metadata.schema()));
        let written = WriterBuilder::new().build(&mut text).write(&none);
        written.map_err(|source| self.layout(source))?;
        Ok(text)
    }

    /// A checksum over all that the lines of each row group are made of: its rows, and names and types of the columns.
    ///
    /// # Errors
    ///
    /// [`Error::Tidy`] when the file cannot be read.
    pub fn checksums(&self) -> Result<Vec<Sha256>, Error> {
        let columns = format!("{:?}", self.metadata.schema().fields());
        let checksum = |row_group| {
            let rows = self.finished.checksum(row_group..row_group + 1)?;
            Ok(Sha256::of_parts(&[rows.as_bytes(), columns.as_bytes()]))
        };
        (0..self.finished.n_row_groups()).map(checksum).collect()
    }

    /// The lines of a row group.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] and [`Error::Parquet`] when it cannot be read, [`Error::Layout`] when a column cannot be text.
    pub fn lines(&self, row_group: usize) -> Result<Vec<u8>, Error> {
        let parquet = |source: ParquetError| Error::Parquet { path: self.path.clone(), source };
        // Two handles of one file share the place where it is read.
        let file = fs_err::File::open(&self.path)?.into_parts().0;
        let rows = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let rows = rows.with_row_groups(vec![row_group]).build().map_err(parquet)?;
        let mut text = Vec::new();
        let mut writer = WriterBuilder::new().with_header(false).build(&mut text);
        for batch in rows {
            let guarded = batch.and_then(|batch| guarded(&batch));
            guarded.and_then(|batch| writer.write(&batch)).map_err(|source| self.layout(source))?;
        }
        drop(writer);
        Ok(text)
    }

    fn layout(&self, source: ArrowError) -> Error {
        Error::Layout { table: self.path.display().to_string(), source }
    }
}

/// The same rows with an apostrophe before every formula.
fn guarded(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let guarded = |column: &ArrayRef| -> ArrayRef {
        match column.as_string_opt::<i32>() {
            Some(texts) if texts.iter().flatten().any(is_formula) => {
                let text = |text: &str| if is_formula(text) { format!("'{text}") } else { text.to_owned() };
                Arc::new(texts.iter().map(|value| value.map(text)).collect::<StringArray>())
            }
            _ => Arc::clone(column),
        }
    };
    RecordBatch::try_new(batch.schema(), batch.columns().iter().map(guarded).collect())
}

#[cfg(test)]
mod tests {
    use arrow::array::Float64Array;
    use iapt_tidy::ParquetFile;

    use super::*;

    #[test]
    fn lines_are_those_of_the_row_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        let batch = |names: &[Option<&str>], values: &[Option<f64>]| {
            let names: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
            let values: ArrayRef = Arc::new(Float64Array::from(values.to_vec()));
            RecordBatch::try_from_iter([("org_name", names), ("value", values)]).unwrap()
        };
        let first = batch(&[Some("=1+1"), None, Some("a \"b\", c")], &[Some(0.1), Some(-1.0), None]);
        let second = batch(&[Some("-"), Some("d")], &[Some(1e9), Some(2.0)]);
        let mut file = ParquetFile::start(&path, &first.schema(), Vec::new()).unwrap();
        for rows in [&first, &second] {
            file.write(rows, None).unwrap();
        }
        file.close().unwrap();
        let csv = TableCsv::open(&path).unwrap();
        let text = |bytes: Result<Vec<u8>, Error>| String::from_utf8(bytes.unwrap()).unwrap();
        assert_eq!(text(csv.header()), "org_name,value\n");
        assert_eq!(text(csv.lines(0)), "'=1+1,0.1\n,-1.0\n\"a \"\"b\"\", c\",\n");
        assert_eq!(text(csv.lines(1)), "'-,1000000000.0\nd,2.0\n");
        let sums = csv.checksums().unwrap();
        assert!(sums.len() == 2 && sums.first() != sums.last());
    }
}
