//! The tidy table: one row per published cell.
//!
//! A published file is wide, a row per organisation and category, a column per measure, or long, a row for each
//! measure too. Either way a measure becomes a run of the table, and the keys of rows are read once, as dictionaries.
//! In a wide file every run has the same rows, so every run points at the same arrays.

mod categorised;
mod columns;
mod dates;
mod interner;
mod keys;
mod measures;
mod organisations;
mod origin;
mod texts;
mod values;

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use iapt_model::{
    BuiltInFigures, Cell, ControlTotal, Dataset, Member, Problem, Project, PublishedFile, Release, Shape,
    TableLayout, ValueStatus, column_by_position,
};

pub use self::origin::RELEASE;
use self::{columns::Columns, keys::SharedKeys, measures::MeasureColumn};
use crate::{
    Error, parquet_file,
    raw::{InParts, Published, RawTable, RowCounts},
    table::{self, OfCategory, TableRows},
};

/// Names and types of the columns of a partition; `dataset` and `reporting_period` are in its path.
#[must_use]
pub fn schema() -> SchemaRef {
    let listed = |values| DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
    let text = || listed(DataType::Utf8);
    let number = || listed(DataType::Float64);
    Arc::new(Schema::new(vec![
        Field::new("start_date", DataType::Date32, false),
        Field::new("end_date", DataType::Date32, false),
        Field::new("period_kind", text(), false),
        Field::new("org_type", text(), false),
        Field::new("org_code", text(), false),
        Field::new("org_name", text(), false),
        Field::new("variable_type", text(), false),
        Field::new("variable_a", text(), false),
        Field::new("variable_b", text(), false),
        Field::new("breakdown", text(), true),
        Field::new("category", text(), true),
        Field::new("measure", text(), false),
        Field::new("statistic", text(), false),
        Field::new("value", number(), true),
        Field::new("value_status", text(), false),
        Field::new("value_low", number(), true),
        Field::new("value_high", number(), true),
        Field::new("figure_source", text(), true),
        Field::new("edition", DataType::UInt32, false),
        Field::new("source_file", text(), false),
        Field::new("source_row", DataType::UInt32, false),
        Field::new("source_column", text(), false),
    ]))
}

/// The same as readers find them in the file of a partition: that a column is codes into a list is how it is stored, not what
/// it is.
#[must_use]
pub fn file_schema() -> SchemaRef {
    parquet_file::plain(&schema())
}

/// The cells of one file of one release, and what was counted on the way.
#[derive(Default)]
pub(crate) struct TidyTable {
    /// Every measure's cells together, in order of measure and statistic; a batch for each measure of a wide file. In a long
    /// file pairs of an area and a provider come after everything else.
    pub(crate) runs: Vec<RecordBatch>,
    /// What was counted.
    pub(crate) counts: Counts,
    /// Categories, organisation types and organisations that are not declared; they stop only a strict run.
    pub(crate) unknown: Vec<Problem>,
}

impl TidyTable {
    /// Adds the cells of another part of the category: of the same rows, so these are counted once.
    fn append(&mut self, other: Self) {
        self.runs.extend(other.runs);
        self.counts.measure_columns += other.counts.measure_columns;
        self.counts.add_cells(&other.counts);
        self.unknown.extend(other.unknown);
    }
}

/// Counts over the cells of one file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) rows: usize,
    pub(crate) measure_columns: usize,
    /// Cells by status, in the order of [`ValueStatus::ALL`].
    pub(crate) by_status: [usize; ValueStatus::ALL.len()],
    pub(crate) rows_without_category: usize,
    pub(crate) rows_without_level: usize,
    pub(crate) counts_not_rounded: usize,
    /// Rows that are blank or, in a table made for readers, without figures, and rows of organisations that are not read.
    pub(crate) rows_passed_over: usize,
}

impl Counts {
    /// Adds what was counted of cells, and not of rows.
    fn add_cells(&mut self, other: &Self) {
        self.counts_not_rounded += other.counts_not_rounded;
        for (sum, count) in self.by_status.iter_mut().zip(other.by_status) {
            *sum += count;
        }
    }
}

/// A file of a release, and what is declared of it.
#[derive(Clone, Copy)]
pub(crate) struct ReleaseFile<'a> {
    pub(crate) project: &'a Project,
    pub(crate) dataset: &'a Dataset,
    pub(crate) release: &'a Release,
    pub(crate) member: &'a Member,
    /// The built-in figures that it was printed from; none where it is as its publisher published it.
    pub(crate) figures: Option<&'a BuiltInFigures>,
    /// Threads to read it on; what is read does not depend on them.
    pub(crate) threads: usize,
}

/// Reads one file of a release into its tidy rows.
///
/// # Errors
///
/// [`Error::NotUnderstood`] with every problem of the file: first those of its header, then those of its cells.
/// [`Error::Archive`] when the sheet of a workbook cannot be read.
pub(crate) fn tidy(file: &ReleaseFile<'_>, published: &Published) -> Result<TidyTable, Error> {
    let ReleaseFile { dataset, release, member, .. } = *file;
    let not_understood = |problems| Error::NotUnderstood { problems };
    let archive = |source| Error::Archive { release: release.label(), source };
    let published_file = release.published_file(member);
    let layout = dataset.layout(&member.file);
    if let Some(table) = &layout.table {
        return tidy_table(file, published, table);
    }
    let raw = RawTable::read(published_file.clone(), member, published)
        .map_err(archive)?
        .map_err(not_understood)?;
    let roles = dataset.crosswalk.resolve(&published_file, raw.header());
    let roles = roles.map_err(|problems| not_understood(resaved_header(&raw, problems)))?;
    let begin = |n_rows| {
        let columns = Columns::new(dataset, &published_file, (raw.header(), &roles), n_rows);
        if raw.has_date_cells() { columns.with_date_cells() } else { columns }
    };
    let read = raw.in_parts(file.threads, begin, Columns::take_unless_note).map_err(archive)?;
    let InParts { parts, counts } = read;
    let columns = parts.into_iter().reduce(Columns::followed_by).unwrap_or_else(|| begin(0));
    let mut problems = columns.problems();
    let counts = counts.unwrap_or_else(|found| {
        problems.extend(found);
        RowCounts::default()
    });
    if !problems.is_empty() {
        return Err(not_understood(problems));
    }
    let mut table = finished(file, columns, counts.read, true)?;
    table.counts.rows_passed_over = counts.blank;
    Ok(table)
}

/// The problems of a header, of which a column of row numbers says that the file was saved again by a data-frame library.
fn resaved_header(raw: &RawTable<'_>, problems: Vec<Problem>) -> Vec<Problem> {
    let resaved = |problem| match problem {
        Problem::UnmappedColumn { published_file, column, position } if is_row_numbers(&column, position) => {
            let text = if column == column_by_position(position - 1) { String::new() } else { column };
            let column = column_by_position(position - 1);
            Problem::Resaved { published_file, row: raw.header_row(), column, text, others: 0 }
        }
        other => other,
    };
    problems.into_iter().map(resaved).collect()
}

/// Whether a column is headed as data-frame libraries head the numbers of rows: with nothing at all, where it is the
/// first, or by where it stands.
fn is_row_numbers(column: &str, position: usize) -> bool {
    let is_first = position == 1 && (column.trim().is_empty() || column == column_by_position(0));
    is_first || ["Unnamed: ", "..."].iter().any(|start| column.starts_with(start))
}

/// Reads a table made for readers: England's block and the organisations under it, once for each part of the category
/// that its columns hold.
fn tidy_table(
    file: &ReleaseFile<'_>,
    published: &Published,
    table: &TableLayout,
) -> Result<TidyTable, Error> {
    let ReleaseFile { dataset, release, member, .. } = *file;
    let not_understood = |problems| Error::NotUnderstood { problems };
    let archive = |source| Error::Archive { release: release.label(), source };
    let published_file = release.published_file(member);
    let raw = if table.by_position {
        let n_columns = dataset.crosswalk.n_columns_by_position(&published_file);
        RawTable::read_by_position(published_file.clone(), member, published, n_columns)
    } else {
        RawTable::read(published_file.clone(), member, published)
    };
    let raw = raw.map_err(archive)?.map_err(not_understood)?;
    let roles = dataset.crosswalk.resolve(&published_file, raw.header());
    let roles = roles.map_err(|problems| not_understood(resaved_header(&raw, problems)))?;
    let mut rows = TableRows::new(table, &published_file, raw.header(), &roles);
    let mut parts: Vec<(OfCategory<'_>, Columns<'_>)> = Vec::new();
    for part in table::parts(table, raw.header(), &roles) {
        let columns = Columns::new(dataset, &published_file, (&part.header, &part.roles), 0);
        parts.push((part, columns));
    }
    let mut n_rows = 0;
    let read = raw.for_each_row(|row, record| {
        if let Some(record) = rows.take(row, record) {
            n_rows += 1;
            for (part, columns) in &mut parts {
                match part.part {
                    Some(name) => columns.take(row, &table::with_part(record, name)),
                    None => columns.take(row, record),
                }
            }
        }
    });
    let read = read.map_err(archive)?;
    // Blank rows of a sheet are how it is laid out.
    let n_blank = read.as_ref().map_or(0, |counts| counts.blank);
    let n_passed_over = rows.n_passed_over + if table.by_position { 0 } else { n_blank };
    let mut problems = read.err().unwrap_or_default();
    problems.extend(rows.problems());
    problems.extend(parts.iter().flat_map(|(_, columns)| columns.problems()));
    if !problems.is_empty() {
        return Err(not_understood(problems));
    }
    let mut whole: Option<TidyTable> = None;
    for (part, columns) in parts {
        let is_whole = part.part.is_none();
        let read = finished(file, columns, n_rows, is_whole)?;
        match &mut whole {
            None => whole = Some(read),
            Some(whole) => whole.append(read),
        }
    }
    let mut whole = whole.unwrap_or_default();
    whole.counts.rows_passed_over = n_passed_over;
    Ok(whole)
}

/// The runs of columns whose rows have all been taken, compared with the control totals where they are of the whole
/// category.
fn finished(
    file: &ReleaseFile<'_>,
    columns: Columns<'_>,
    n_rows: usize,
    is_whole: bool,
) -> Result<TidyTable, Error> {
    let ReleaseFile { dataset, release, member, .. } = *file;
    let not_understood = |problems| Error::NotUnderstood { problems };
    let published_file = release.published_file(member);
    let (keys, measures) = columns.finish();
    let layout = |source| Error::Layout { table: release.label(), source };
    let shared = SharedKeys::new(file, keys).map_err(layout)?;
    let totals = control_totals(dataset, &published_file, &measures, &shared.england);
    if is_whole && !totals.is_empty() {
        return Err(not_understood(totals));
    }
    let mut counts = Counts {
        rows: n_rows,
        measure_columns: measures.len(),
        rows_without_category: shared.rows_without_category,
        rows_without_level: shared.rows_without_level,
        ..Counts::default()
    };
    let runs = match dataset.layout(&member.file).shape {
        Shape::Wide => shared.wide_runs(dataset, &schema(), measures, &mut counts),
        Shape::Long => shared.long_runs(dataset, &schema(), &measures, file.threads, &mut counts),
    };
    Ok(TidyTable { runs: runs.map_err(layout)?, counts, unknown: shared.unknown })
}

/// The control totals of the publication that the file does not show.
fn control_totals(
    dataset: &Dataset,
    published_file: &PublishedFile,
    measures: &[MeasureColumn],
    england: &BTreeMap<usize, String>,
) -> Vec<Problem> {
    let found = |total: &ControlTotal| -> Vec<Cell> {
        let same =
            |column: &&MeasureColumn| column.measure == total.measure && column.statistic == total.statistic;
        let category = total.category.as_deref().unwrap_or_default();
        let cells = measures.iter().find(same).map(MeasureColumn::with_rows);
        let is_its = |row: usize| england.get(&row).is_some_and(|own| own == category);
        cells.into_iter().flatten().filter(|(row, _)| is_its(*row)).map(|(_, cell)| cell).collect()
    };
    let expected = dataset.control_totals.iter();
    let expected =
        expected.filter(|total| total.file == published_file.file && total.period == published_file.period);
    expected
        .filter_map(|total| {
            let cells = found(total);
            let differs = cells != [Cell::Reported(total.value)];
            differs.then(|| Problem::ControlTotal {
                published_file: published_file.clone(),
                measure: total.measure.clone(),
                statistic: total.statistic.to_string(),
                category: total.category.clone(),
                found: printed(&cells),
                expected: total.value,
                source_of_total: total.source.clone(),
            })
        })
        .collect()
}

fn printed(cells: &[Cell]) -> String {
    let texts: Vec<String> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Reported(number) => number.to_string(),
            Cell::Withheld(status) => status.as_str().to_owned(),
        })
        .collect();
    if texts.is_empty() { "not there".to_owned() } else { texts.join(" and ") }
}
