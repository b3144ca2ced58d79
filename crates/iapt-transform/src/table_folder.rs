//! The folder that derived tables are written to, each with what a reader of its file alone should know.
//!
//! A table is a function of named inputs, whole or part by part. What the tables before these have of the same inputs is kept: a
//! whole file as a link, a part as the bytes of its row groups, which are those that its rows would be written as.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::Path,
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::error::DataFusionError;
use iapt_catalog::{
    Manifest, Partition, dictionary,
    manifest::{Derived, DerivedPart, Fault, FileSum},
    session::{self, to_batch},
    sql,
};
use iapt_files::{Sha256, address, disk, files_below};
use iapt_model::{Project, ReleaseRow, SqlFile};
use iapt_tidy::{FinishedFile, ParquetFile};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Error, no_months::reads_no_months, part::Part};

/// Where derived tables go, and what they are made from.
pub(crate) struct TableFolder<'a> {
    /// Everything that is declared.
    pub(crate) project: &'a Project,
    /// The folder.
    pub(crate) path: &'a Path,
    /// Every file that was read.
    pub(crate) releases: &'a [ReleaseRow],
    /// The partitions of the tidy table, in the folder already.
    partitions: &'a [Partition],
    /// A checksum over the program and what is declared, which every derived table depends on.
    declared: Sha256,
    earlier: Option<Earlier<'a>>,
    made: RefCell<Made>,
}

/// The tables before these, whose contents have been compared.
#[derive(Clone, Copy)]
pub(crate) struct Earlier<'a> {
    pub(crate) path: &'a Path,
    pub(crate) manifest: &'a Manifest,
    pub(crate) faults: &'a BTreeMap<String, Fault>,
}

/// What tables of a query were made of, where that is known without their files.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    pub(crate) whole: &'a [(&'a str, Sha256)],
    /// All of a table but its single months, for a query that reads none of these.
    pub(crate) but_months: &'a [(&'a str, Sha256)],
}

/// What is in the folder.
#[derive(Default)]
pub(crate) struct Made {
    /// What each derived table was made of.
    pub(crate) derived: BTreeMap<String, Derived>,
    /// The files whose bytes are known.
    pub(crate) files: BTreeMap<String, FileSum>,
    /// How many derived tables were kept whole.
    pub(crate) n_tables_kept: usize,
    /// How many parts of the others were made, and not copied.
    pub(crate) n_parts_made: usize,
}

impl<'a> TableFolder<'a> {
    /// The folder at a path, where the partitions are already.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] when a partition cannot be read.
    pub(crate) fn new(
        (project, declared): (&'a Project, Sha256),
        path: &'a Path,
        (partitions, releases): (&'a [Partition], &'a [ReleaseRow]),
        earlier: Option<Earlier<'a>>,
    ) -> Result<Self, Error> {
        let folder =
            Self { project, path, releases, partitions, declared, earlier, made: RefCell::default() };
        for Partition { path, fingerprint, .. } in partitions {
            let file = address(path);
            // A partition with the fingerprint of the one before it is that one, linked.
            let is_it = |before: &&Partition| before.path == *path && before.fingerprint == *fingerprint;
            let before = earlier.filter(|earlier| earlier.manifest.partitions.iter().any(|one| is_it(&one)));
            let known = before.and_then(|earlier| earlier.sum(&file));
            let sum = known.map_or_else(|| FileSum::of(&folder.path.join(path)), Ok)?;
            folder.made.borrow_mut().files.insert(file, sum);
        }
        Ok(folder)
    }

    /// What is in the folder, every file measured.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] when a file cannot be read.
    pub(crate) fn finish(self) -> Result<Made, Error> {
        for path in files_below(self.path)? {
            self.sum(&address(&path))?;
        }
        Ok(self.made.into_inner())
    }

    /// The bytes of a file of the folder, measured once.
    fn sum(&self, file: &str) -> Result<FileSum, Error> {
        if let Some(known) = self.made.borrow().files.get(file) {
            return Ok(*known);
        }
        let sum = FileSum::of(&self.path.join(file))?;
        self.made.borrow_mut().files.insert(file.to_owned(), sum);
        Ok(sum)
    }

    /// A checksum over inputs, and the declared files, which are one of every table.
    pub(crate) fn from(&self, inputs: impl IntoIterator<Item = impl Display>) -> Sha256 {
        let lines = inputs.into_iter().map(|input| format!("\n{input}"));
        Sha256::of(format!("{}{}", self.declared, lines.collect::<String>()).as_bytes())
    }

    /// A checksum over the partitions of the tidy table that are of a part.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] when one cannot be read.
    pub(crate) fn tidy_sum(&self, part: &Part) -> Result<Sha256, Error> {
        let is_of = |partition: &&Partition| {
            part.has(&partition.release.dataset, &partition.release.reporting_period)
        };
        let line = |partition: &Partition| {
            let file = address(&partition.path);
            Ok(format!("{} {file}", self.sum(&file)?.sha256))
        };
        let lines = self.partitions.iter().filter(is_of).map(line).collect::<Result<Vec<_>, Error>>()?;
        Ok(self.from(lines))
    }

    /// A checksum over the tables that an SQL file reads, as [`Self::tables_sum`] takes it. The text itself is a declared file, so
    /// every checksum has it.
    ///
    /// # Errors
    ///
    /// [`Error::Sql`] when it is not SQL; [`Error::Catalog`] when a table cannot be read.
    pub(crate) fn query_sum(&self, query: &SqlFile, known: &Known<'_>) -> Result<Sha256, Error> {
        self.tables_sum(&query.text, known, |error| Error::sql(query, error))
    }

    /// A checksum over the tables that a query reads.
    ///
    /// # Errors
    ///
    /// What `refused` makes of a text that is not SQL; [`Error::Catalog`] when a table cannot be read.
    pub(crate) fn tables_sum(
        &self,
        sql: &str,
        known: &Known<'_>,
        refused: impl Fn(DataFusionError) -> Error,
    ) -> Result<Sha256, Error> {
        let of = |sums: &[(&str, Sha256)], table: &str| {
            sums.iter().find(|(name, _)| *name == table).map(|(_, sum)| *sum)
        };
        let mut inputs = Vec::new();
        for table in sql::tables(sql).map_err(&refused)? {
            let file = file_of(&table);
            let of_years = match of(known.but_months, &table) {
                Some(sum) if reads_no_months(sql, &table).map_err(&refused)? => Some(sum),
                _ => None,
            };
            let sum = if let Some(sum) = of(known.whole, &table).or(of_years) {
                sum
            } else if self.path.join(&file).is_file() {
                self.sum(&file)?.sha256
            } else {
                // `tidy`, or a name that is not known here: neither can hold more than all that was read.
                self.tidy_sum(&Part::of(self.releases.iter()))?
            };
            inputs.push(format!("{sum} {table}"));
        }
        Ok(self.from(inputs))
    }

    /// A checksum over the rows of each part of a table that has been made; none of a part without rows.
    ///
    /// # Errors
    ///
    /// [`Error::Tidy`] when the file cannot be read.
    pub(crate) fn rows_of_parts(&self, table: &str) -> Result<Vec<Option<Sha256>>, Error> {
        let file = FinishedFile::open(&self.path.join(file_of(table)))?;
        let made = self.made.borrow();
        let mut first = 0;
        let rows = |part: &DerivedPart| {
            let row_groups = first..first + part.n_row_groups;
            first = row_groups.end;
            if row_groups.is_empty() { Ok(None) } else { Ok(Some(file.checksum(row_groups)?)) }
        };
        made.derived.get(table).into_iter().flat_map(|derived| &derived.parts).map(rows).collect()
    }

    /// What the table before this one was made of, where it is as it was made.
    fn earlier(&self, table: &str) -> Option<(Earlier<'a>, &'a Derived)> {
        let earlier = self.earlier?;
        earlier.sum(&file_of(table))?;
        Some((earlier, earlier.manifest.derived.get(table)?))
    }

    /// The rows of the table before this one; none where it is not as it was made, or nothing in it is made of any of these inputs:
    /// another program's table may have other columns.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] when it cannot be read.
    pub(crate) async fn earlier_rows<T: DeserializeOwned>(
        &self,
        table: &str,
        from: &[Sha256],
    ) -> Result<Vec<T>, Error> {
        let had = self.earlier(table).filter(|_| from.iter().any(|from| self.had(table, *from)));
        let Some((earlier, _)) = had else { return Ok(Vec::new()) };
        let context = session::context(1, None)?;
        session::register(&context, table, &session::location(&earlier.path.join(file_of(table)))?).await?;
        let rows = context.table(table).await.map_err(Error::query)?.collect().await.map_err(Error::query)?;
        Ok(session::from_batches(table, &rows)?)
    }

    /// Whether the table before this one was made of these inputs, among others.
    pub(crate) fn had(&self, table: &str, from: Sha256) -> bool {
        let before = self.earlier(table);
        before.is_some_and(|(_, before)| before.parts.iter().any(|part| part.from == from))
    }

    /// Keeps the table before this one where it was made of the same parts; says whether it did, now or earlier.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it cannot be linked.
    pub(crate) fn keep(&self, table: &str, from: &[Sha256]) -> Result<bool, Error> {
        let Some((earlier, derived)) = self.earlier(table) else { return Ok(false) };
        if self.made.borrow().derived.contains_key(table) {
            return Ok(true);
        }
        let is_same =
            derived.says == self.says(table) && derived.parts.iter().map(|part| &part.from).eq(from);
        if is_same {
            let file = file_of(table);
            disk::hard_link(&earlier.path.join(&file), &self.path.join(&file))?;
            let mut made = self.made.borrow_mut();
            made.derived.insert(table.to_owned(), derived.clone());
            made.files.extend(earlier.sum(&file).map(|sum| (file, sum)));
            made.n_tables_kept += 1;
        }
        Ok(is_same)
    }

    /// Writes rows as a table that was made of several inputs, or keeps what was made of the same.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] when they are not rows of a table, [`Error::Tidy`] when they cannot be written.
    pub(crate) fn write_rows<T: Serialize + for<'de> Deserialize<'de>>(
        &self,
        table: &str,
        from: &[Sha256],
        rows: &[T],
    ) -> Result<(), Error> {
        if self.keep(table, from)? {
            return Ok(());
        }
        let mut file = self.start(table);
        for one in from {
            file.begin(*one);
        }
        file.write(&to_batch(table, rows)?)?;
        file.close()
    }

    /// Starts a table.
    pub(crate) fn start(&self, table: &str) -> TableFile<'_> {
        TableFile {
            folder: self,
            table: table.to_owned(),
            parts: Vec::new(),
            to_copy: Vec::new(),
            empty: None,
            file: None,
            finished: None,
        }
    }

    /// A checksum over what the file of a table says of itself.
    fn says(&self, table: &str) -> Sha256 {
        Sha256::of(format!("{:?}", self.metadata(table)).as_bytes())
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

impl Earlier<'_> {
    /// The bytes of a file, where it is as it was made.
    fn sum(&self, file: &str) -> Option<FileSum> {
        self.manifest.files.get(file).filter(|_| !self.faults.contains_key(file)).copied()
    }
}

fn file_of(table: &str) -> String {
    format!("{table}.parquet")
}

/// The file of a table, which is being written part by part.
pub(crate) struct TableFile<'a> {
    folder: &'a TableFolder<'a>,
    table: String,
    parts: Vec<DerivedPart>,
    /// Row groups of the file before this one that come next.
    to_copy: Vec<usize>,
    /// The columns of a part without rows.
    empty: Option<SchemaRef>,
    /// None before the columns are known. The schema is none where other columns were made than are declared, which stops the
    /// build at its end.
    file: Option<(Option<SchemaRef>, ParquetFile)>,
    finished: Option<FinishedFile>,
}

impl TableFile<'_> {
    /// Whether it is the file of a table.
    pub(crate) fn is(&self, table: &str) -> bool {
        self.table == table
    }

    /// Whether the table before this one has a part that was made of these inputs.
    pub(crate) fn has(&self, from: Sha256) -> bool {
        self.folder.had(&self.table, from)
    }

    /// Copies the part that was made of these inputs, which [`Self::has`] has seen.
    ///
    /// # Errors
    ///
    /// [`Error::Tidy`] names the file.
    pub(crate) fn copy(&mut self, from: Sha256) -> Result<(), Error> {
        let before = self.folder.earlier(&self.table);
        let mut first = 0;
        for part in before.iter().flat_map(|(_, before)| &before.parts) {
            if part.from == from {
                self.to_copy.extend(first..first + part.n_row_groups);
                self.parts.push(part.clone());
                break;
            }
            first += part.n_row_groups;
        }
        if self.file.is_some() { self.copy_row_groups() } else { Ok(()) }
    }

    /// Begins a part that is made of these inputs.
    pub(crate) fn begin(&mut self, from: Sha256) {
        self.folder.made.borrow_mut().n_parts_made += usize::from(!self.has(from));
        self.parts.push(DerivedPart { from, n_row_groups: 0 });
    }

    /// Adds rows to the part, as a row group.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] names the columns without a value that are declared to have one; [`Error::Tidy`] names the file.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if batch.num_rows() == 0 {
            self.empty = Some(batch.schema());
            return Ok(());
        }
        self.start(&batch.schema())?;
        let Some((declared, file)) = &mut self.file else { return Ok(()) };
        match declared {
            Some(schema) => file.write(&dictionary::fit(&self.table, schema, batch)?, None)?,
            None => file.write(batch, None)?,
        }
        if let Some(part) = self.parts.last_mut() {
            part.n_row_groups += 1;
        }
        Ok(())
    }

    /// Ends the table.
    ///
    /// # Errors
    ///
    /// As [`Self::write`].
    pub(crate) fn close(mut self) -> Result<(), Error> {
        let Self { folder, table, parts, .. } = &self;
        if self.file.is_none() && self.empty.is_none() {
            let from: Vec<Sha256> = parts.iter().map(|part| part.from).collect();
            if folder.keep(table, &from)? {
                return Ok(());
            }
        }
        // A table without rows still has its columns.
        let schema = match (&self.empty, folder.earlier(table)) {
            (Some(schema), _) => Some(schema.clone()),
            (None, Some((earlier, _))) => Some(dictionary::schema(&earlier.path.join(file_of(table)))?),
            (None, None) => None,
        };
        if let Some(schema) = schema {
            self.start(&schema)?;
        }
        if let Some((_, file)) = self.file {
            file.close()?;
        }
        let derived = Derived { says: self.folder.says(&self.table), parts: self.parts };
        self.folder.made.borrow_mut().derived.insert(self.table, derived);
        Ok(())
    }

    /// Starts the file, where it is not started yet. Its columns are those that the dictionary declares; `made` are those of its
    /// rows.
    fn start(&mut self, made: &SchemaRef) -> Result<(), Error> {
        if self.file.is_none() {
            let TableFolder { project, path, .. } = self.folder;
            let declared = project.tables.get(&self.table);
            let declared = declared.and_then(|declared| dictionary::declared_schema(declared, made));
            let schema = declared.as_ref().unwrap_or(made);
            let path = path.join(file_of(&self.table));
            let file = ParquetFile::start(&path, schema, self.folder.metadata(&self.table))?;
            self.file = Some((declared, file));
            self.copy_row_groups()?;
        }
        Ok(())
    }

    fn copy_row_groups(&mut self) -> Result<(), Error> {
        let (Some((_, file)), Some((earlier, _))) = (&mut self.file, self.folder.earlier(&self.table)) else {
            return Ok(());
        };
        for row_group in self.to_copy.drain(..) {
            let finished = match &self.finished {
                Some(finished) => finished,
                None => self.finished.insert(FinishedFile::open(&earlier.path.join(file_of(&self.table)))?),
            };
            file.copy(finished, row_group)?;
        }
        Ok(())
    }
}
