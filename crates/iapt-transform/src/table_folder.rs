//! The folder that derived tables are written to, each with what a reader of its file alone should know.

use std::{collections::BTreeSet, marker::PhantomData, path::Path};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use iapt_catalog::{dictionary, session::to_batch};
use iapt_model::{Project, ReleaseRow};
use iapt_tidy::ParquetFile;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Where derived tables go, and what they are made from.
pub(crate) struct TableFolder<'a> {
    /// Everything that is declared.
    pub(crate) project: &'a Project,
    /// The folder.
    pub(crate) path: &'a Path,
    /// Every file that was read.
    pub(crate) releases: &'a [ReleaseRow],
}

impl TableFolder<'_> {
    /// Writes rows as a table of one file.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] when they are no rows of a table, [`Error::Tidy`] when they cannot be written.
    pub(crate) fn write_rows<T: Serialize + for<'de> Deserialize<'de>>(
        &self,
        table: &str,
        rows: &[T],
    ) -> Result<(), Error> {
        let mut file = self.start_rows(table)?;
        file.write(rows)?;
        file.close()
    }

    /// Starts a table of rows that are not all there yet.
    ///
    /// # Errors
    ///
    /// As [`Self::write_rows`].
    pub(crate) fn start_rows<T: Serialize + for<'de> Deserialize<'de>>(
        &self,
        table: &str,
    ) -> Result<Rows<T>, Error> {
        let schema = to_batch::<T>(table, &[])?.schema();
        Ok(Rows { file: self.start(table, &schema)?, of: PhantomData })
    }

    /// Starts the file of a table, whose columns are those that the dictionary declares; `made` are those of its rows.
    ///
    /// # Errors
    ///
    /// [`Error::Tidy`] names the file.
    pub(crate) fn start(&self, table: &str, made: &SchemaRef) -> Result<TableFile, Error> {
        let path = self.path.join(format!("{table}.parquet"));
        let declared = self.project.tables.get(table);
        let declared = declared.and_then(|declared| dictionary::declared_schema(declared, made));
        let file = ParquetFile::start(&path, declared.as_ref().unwrap_or(made), self.metadata(table))?;
        Ok(TableFile { table: table.to_owned(), declared, file })
    }

    /// What the table is, from what, and under which licence.
    fn metadata(&self, table: &str) -> Vec<(&'static str, String)> {
        let are_read = self
            .project
            .datasets
            .iter()
            .filter(|dataset| self.releases.iter().any(|release| release.dataset == dataset.name));
        let (mut names, mut licences, mut attributions) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for dataset in are_read {
            names.push(dataset.name.as_str());
            licences.insert(dataset.licence.as_str());
            attributions.insert(dataset.attribution.as_str());
        }
        let sources: BTreeSet<&str> = self.releases.iter().map(|release| release.source.as_str()).collect();
        let joined = |texts: BTreeSet<&str>| texts.into_iter().collect::<Vec<_>>().join("; ");
        let mut metadata = vec![("table", table.to_owned())];
        // A table that is not declared stops the build after this (`dictionary`), with the line to write.
        if let Some(declared) = self.project.tables.get(table) {
            metadata.push(("title", declared.title.clone()));
            metadata.push(("row", declared.row.clone()));
            metadata.push(("key", declared.key.join(" ")));
        }
        metadata.extend([
            ("datasets", names.join("; ")),
            ("licence", joined(licences)),
            ("attribution", joined(attributions)),
            ("source", joined(sources)),
        ]);
        metadata
    }
}

/// The file of a table, which is being written.
pub(crate) struct TableFile {
    table: String,
    /// None where other columns were made than are declared, which stops the build at its end.
    declared: Option<SchemaRef>,
    file: ParquetFile,
}

impl TableFile {
    /// Adds rows, as a row group.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] names the columns without a value that are declared to have one; [`Error::Tidy`] names the file.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match &self.declared {
            Some(schema) => self.file.write(&dictionary::fit(&self.table, schema, batch)?, None)?,
            None => self.file.write(batch, None)?,
        }
        Ok(())
    }

    /// Ends the table.
    pub(crate) fn close(self) -> Result<(), Error> {
        Ok(self.file.close()?)
    }
}

/// A table that rows are added to.
pub(crate) struct Rows<T> {
    file: TableFile,
    of: PhantomData<fn(T)>,
}

impl<T: Serialize + for<'de> Deserialize<'de>> Rows<T> {
    /// Adds rows, as a row group.
    pub(crate) fn write(&mut self, rows: &[T]) -> Result<(), Error> {
        self.file.write(&to_batch(&self.file.table, rows)?)
    }

    /// Ends the table.
    pub(crate) fn close(self) -> Result<(), Error> {
        self.file.close()
    }
}
