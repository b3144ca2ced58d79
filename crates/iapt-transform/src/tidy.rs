//! The tidy table: one row per published cell.
//!
//! A published file is wide, a row per organisation and category, a column per measure. Here a column of the file
//! becomes a run of the table: the keys of its rows are the same for every run, so they are read once, as
//! dictionaries, and every run points at the same arrays.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{
        ArrayRef, Date32Array, DictionaryArray, Float64Builder, Int32Array, PrimitiveArray, RecordBatch,
        StringArray, UInt32Array,
    },
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef},
};
use iapt_model::{
    Category, Cell, Dataset, Key, Member, Place, Problem, Project, Release, Role, Statistic, ValueStatus,
};

use crate::{Error, raw::RawTable};

/// Names and types of the columns of a partition; `dataset` and `reporting_period` are in its path.
pub(crate) fn schema() -> SchemaRef {
    let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Arc::new(Schema::new(vec![
        Field::new("start_date", DataType::Date32, false),
        Field::new("end_date", DataType::Date32, false),
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
        Field::new("value", DataType::Float64, true),
        Field::new("value_status", text(), false),
        Field::new("value_low", DataType::Float64, true),
        Field::new("value_high", DataType::Float64, true),
        Field::new("edition", DataType::UInt32, false),
        Field::new("source_file", text(), false),
        Field::new("source_row", DataType::UInt32, false),
        Field::new("source_column", text(), false),
    ]))
}

/// The cells of one file of one release, and what was counted on the way.
pub(crate) struct TidyTable {
    /// One batch per published measure column, in order of measure and statistic.
    pub(crate) runs: Vec<RecordBatch>,
    /// What was counted.
    pub(crate) counts: Counts,
    /// Categories and organisation types that are not declared; they stop only a strict run.
    pub(crate) unknown: Vec<Problem>,
}

/// Counts over the cells of one file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) rows: usize,
    pub(crate) measure_columns: usize,
    /// Cells by status, in the order of [`ValueStatus::ALL`].
    pub(crate) by_status: [usize; 5],
    pub(crate) rows_without_category: usize,
    pub(crate) rows_without_level: usize,
    pub(crate) counts_not_rounded: usize,
}

/// Reads one member of a release into its tidy rows.
///
/// # Errors
///
/// [`Error::NotUnderstood`] with every problem of the file: first those of its header, then those of its cells.
pub(crate) fn tidy(
    project: &Project,
    dataset: &Dataset,
    release: &Release,
    member: &Member,
    bytes: &[u8],
) -> Result<TidyTable, Error> {
    let not_understood = |problems| Error::NotUnderstood { problems };
    let raw = RawTable::read(release.place(member), member, bytes).map_err(not_understood)?;
    let roles = dataset.crosswalk.resolve(raw.place(), raw.header()).map_err(not_understood)?;
    let mut columns = Columns::new(dataset, raw.header(), roles);
    let n_rows = raw.for_each_row(|row, record| columns.take(row, record));
    let mut problems = columns.unknown_markers(raw.place());
    let n_rows = n_rows.unwrap_or_else(|found| {
        problems.extend(found);
        0
    });
    if !problems.is_empty() {
        return Err(not_understood(problems));
    }
    let table = columns.finish(project, dataset, release, member, n_rows)?;
    let totals = control_totals(dataset, raw.place(), &table.1);
    if totals.is_empty() { Ok(table.0) } else { Err(not_understood(totals)) }
}

/// The columns of a file while its rows are read.
struct Columns<'a> {
    dataset: &'a Dataset,
    sinks: Vec<Sink>,
    rows: Vec<u32>,
}

enum Sink {
    Key(Key, Interner),
    Measure(Box<MeasureColumn>),
    Ignored,
}

struct MeasureColumn {
    published: String,
    measure: String,
    statistic: Statistic,
    cells: Vec<Cell>,
    unknown: Vec<UnknownText>,
}

/// A text that is neither number nor marker, where it first stands, and how often again.
struct UnknownText {
    text: String,
    row: usize,
    others: usize,
}

impl<'a> Columns<'a> {
    fn new(dataset: &'a Dataset, header: &[String], roles: Vec<Role>) -> Self {
        let sinks = header.iter().zip(roles).map(|(published, role)| match role {
            Role::Key(key) => Sink::Key(key, Interner::default()),
            Role::Measure { measure, statistic } => Sink::Measure(Box::new(MeasureColumn {
                published: published.clone(),
                measure,
                statistic,
                cells: Vec::new(),
                unknown: Vec::new(),
            })),
            Role::Ignored => Sink::Ignored,
        });
        Self { dataset, sinks: sinks.collect(), rows: Vec::new() }
    }

    fn take(&mut self, row: usize, record: &csv::ByteRecord) {
        self.rows.push(u32::try_from(row).unwrap_or(u32::MAX));
        for (sink, cell) in self.sinks.iter_mut().zip(record) {
            // The whole file was decoded before, so every cell of it is text.
            let cell = std::str::from_utf8(cell).unwrap_or_default();
            match sink {
                Sink::Key(_, interner) => interner.push(cell),
                Sink::Measure(column) => column.push(self.dataset.markers.read(cell), cell, row),
                Sink::Ignored => {}
            }
        }
    }

    fn unknown_markers(&self, place: &Place) -> Vec<Problem> {
        let mut problems = Vec::new();
        for sink in &self.sinks {
            if let Sink::Measure(column) = sink {
                problems.extend(column.unknown.iter().map(|unknown| Problem::UnknownMarker {
                    place: place.clone(),
                    row: unknown.row,
                    column: column.published.clone(),
                    text: unknown.text.clone(),
                    others: unknown.others,
                }));
            }
        }
        problems
    }

    fn finish(
        self,
        project: &Project,
        dataset: &Dataset,
        release: &Release,
        member: &Member,
        n_rows: usize,
    ) -> Result<(TidyTable, Totals), Error> {
        let layout = |source| Error::Layout { table: release.label(), source };
        let mut keys: HashMap<Key, Interner> = HashMap::new();
        let mut measures = Vec::new();
        for sink in self.sinks {
            match sink {
                Sink::Key(key, interner) => {
                    keys.insert(key, interner);
                }
                Sink::Measure(column) => measures.push(column),
                Sink::Ignored => {}
            }
        }
        measures
            .sort_by(|left, right| (&left.measure, left.statistic).cmp(&(&right.measure, right.statistic)));
        let shared = SharedKeys::new(project, release, member, &keys, self.rows).map_err(layout)?;
        let mut counts = Counts {
            rows: n_rows,
            measure_columns: measures.len(),
            rows_without_category: shared.rows_without_category,
            rows_without_level: shared.rows_without_level,
            ..Counts::default()
        };
        let mut totals = Totals::default();
        let is_exact = shared.is_exact(dataset);
        let schema = schema();
        let mut runs = Vec::with_capacity(measures.len());
        for column in measures {
            totals.add(&column, &shared.england_total_rows);
            let values = Values::new(dataset, &column, &is_exact, &mut counts);
            runs.push(shared.run(&schema, &column, values).map_err(layout)?);
        }
        Ok((TidyTable { runs, counts, unknown: shared.unknown }, totals))
    }
}

impl MeasureColumn {
    fn push(&mut self, cell: Option<Cell>, text: &str, row: usize) {
        // A cell that is not understood stops the run, so what stands in for it is never seen.
        self.cells.push(cell.unwrap_or(Cell::Withheld(ValueStatus::Missing)));
        if cell.is_none() {
            match self.unknown.iter_mut().find(|unknown| unknown.text == text) {
                Some(unknown) => unknown.others += 1,
                None => self.unknown.push(UnknownText { text: text.to_owned(), row, others: 0 }),
            }
        }
    }
}

/// Distinct texts of a key column, in order of first appearance, and which one each row has.
#[derive(Default)]
struct Interner {
    texts: Vec<String>,
    index: HashMap<String, i32>,
    keys: Vec<i32>,
}

impl Interner {
    fn push(&mut self, text: &str) {
        // Rows of one organisation or category stand together, so the last text is the likeliest.
        let last = self.keys.last().copied();
        if let Some(last) = last
            && self.text(last) == text
        {
            self.keys.push(last);
            return;
        }
        let key = if let Some(key) = self.index.get(text) {
            *key
        } else {
            let key = i32::try_from(self.texts.len()).unwrap_or(i32::MAX);
            self.texts.push(text.to_owned());
            self.index.insert(text.to_owned(), key);
            key
        };
        self.keys.push(key);
    }

    fn text(&self, key: i32) -> &str {
        usize::try_from(key).ok().and_then(|key| self.texts.get(key)).map_or("", String::as_str)
    }

    fn array(&self) -> Result<ArrayRef, arrow::error::ArrowError> {
        let texts = StringArray::from_iter_values(&self.texts);
        dictionary(Int32Array::from(self.keys.clone()), texts)
    }
}

fn dictionary(
    keys: PrimitiveArray<Int32Type>,
    texts: StringArray,
) -> Result<ArrayRef, arrow::error::ArrowError> {
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(texts))?))
}

/// What every run of a file has in common.
struct SharedKeys {
    /// The columns up to `category`.
    before: Vec<ArrayRef>,
    edition: ArrayRef,
    source_file: ArrayRef,
    source_row: ArrayRef,
    /// A column of zeros: the keys of every column that holds one text.
    zeros: Int32Array,
    org_types: Vec<String>,
    org_type_keys: Vec<i32>,
    england_total_rows: Vec<usize>,
    rows_without_category: usize,
    rows_without_level: usize,
    unknown: Vec<Problem>,
}

impl SharedKeys {
    fn new(
        project: &Project,
        release: &Release,
        member: &Member,
        keys: &HashMap<Key, Interner>,
        rows: Vec<u32>,
    ) -> Result<Self, arrow::error::ArrowError> {
        let n_rows = rows.len();
        let empty = Interner::default();
        // The declared files were checked to map every key, and the header to hold every mapped column.
        let column = |key: Key| keys.get(&key).unwrap_or(&empty);
        let place = release.place(member);
        let categories = Categorised::new(
            project,
            &place,
            [Key::VariableType, Key::VariableA, Key::VariableB].map(column),
        );
        let org_types = column(Key::OrgType);
        let mut unknown = categories.unknown;
        let mut rows_without_level = 0;
        for (key, org_type) in (0..).zip(&org_types.texts) {
            if project.organisations.organisation_type(org_type).is_none() {
                let n_rows = org_types.keys.iter().filter(|other| **other == key).count();
                rows_without_level += n_rows;
                unknown.push(Problem::UnknownOrganisationType {
                    place: place.clone(),
                    org_type: org_type.clone(),
                    n_rows,
                });
            }
        }
        let is_england = |org_type: i32| {
            let level = project.organisations.organisation_type(org_types.text(org_type));
            level.is_some_and(|org_type| org_type.level == "england")
        };
        let england_total_rows = (0..n_rows)
            .filter(|row| categories.is_total.get(*row).copied().unwrap_or(false))
            .filter(|row| org_types.keys.get(*row).is_some_and(|org_type| is_england(*org_type)))
            .collect();
        let day = |date: chrono::NaiveDate| -> ArrayRef {
            let epoch = chrono::NaiveDate::default();
            let days = i32::try_from((date - epoch).num_days()).unwrap_or(i32::MAX);
            Arc::new(Date32Array::from_value(days, n_rows))
        };
        let zeros = Int32Array::from_value(0, n_rows);
        let mut before = vec![day(release.period.start_date()), day(release.period.end_date())];
        for key in Key::ALL {
            before.push(column(key).array()?);
        }
        before.extend([categories.breakdown, categories.category]);
        Ok(Self {
            before,
            edition: Arc::new(UInt32Array::from_value(release.edition, n_rows)),
            source_file: constant(&zeros, &member.name)?,
            source_row: Arc::new(UInt32Array::from(rows)),
            zeros,
            org_types: org_types.texts.clone(),
            org_type_keys: org_types.keys.clone(),
            england_total_rows,
            rows_without_category: categories.n_rows_without,
            rows_without_level,
            unknown,
        })
    }

    /// Whether each row belongs to an organisation that is printed exactly.
    fn is_exact(&self, dataset: &Dataset) -> Vec<bool> {
        let is_exact: Vec<bool> =
            self.org_types.iter().map(|org_type| dataset.disclosure.is_exact(org_type)).collect();
        let of_key = |key: &i32| {
            usize::try_from(*key).ok().and_then(|key| is_exact.get(key)).copied().unwrap_or(false)
        };
        self.org_type_keys.iter().map(of_key).collect()
    }

    fn run(
        &self,
        schema: &SchemaRef,
        column: &MeasureColumn,
        values: Values,
    ) -> Result<RecordBatch, arrow::error::ArrowError> {
        let mut arrays = self.before.clone();
        arrays.extend([
            constant(&self.zeros, &column.measure)?,
            constant(&self.zeros, column.statistic.as_str())?,
            values.value,
            values.status,
            values.low,
            values.high,
            Arc::clone(&self.edition),
            Arc::clone(&self.source_file),
            Arc::clone(&self.source_row),
            constant(&self.zeros, &column.published)?,
        ]);
        RecordBatch::try_new(Arc::clone(schema), arrays)
    }
}

fn constant(zeros: &Int32Array, text: &str) -> Result<ArrayRef, arrow::error::ArrowError> {
    dictionary(zeros.clone(), StringArray::from(vec![text]))
}

/// The canonical categories of the rows.
struct Categorised {
    breakdown: ArrayRef,
    category: ArrayRef,
    is_total: Vec<bool>,
    n_rows_without: usize,
    unknown: Vec<Problem>,
}

impl Categorised {
    fn new(project: &Project, place: &Place, published: [&Interner; 3]) -> Self {
        let [variable_type, variable_a, variable_b] = published;
        let triples = variable_type.keys.iter().zip(&variable_a.keys).zip(&variable_b.keys);
        // Each distinct triple is looked up once; there are a few hundred among tens of thousands of rows.
        let mut index: HashMap<(i32, i32, i32), usize> = HashMap::new();
        let mut distinct: Vec<([&str; 3], Option<&Category>, usize)> = Vec::new();
        let mut of_row = Vec::with_capacity(variable_type.keys.len());
        for ((first, second), third) in triples {
            let position = *index.entry((*first, *second, *third)).or_insert_with(|| {
                let texts = [variable_type.text(*first), variable_a.text(*second), variable_b.text(*third)];
                distinct.push((texts, project.categories.get(&texts, place.period), 0));
                distinct.len() - 1
            });
            if let Some((_, _, n_rows)) = distinct.get_mut(position) {
                *n_rows += 1;
            }
            of_row.push(position);
        }
        let category_of = |position: &usize| distinct.get(*position).and_then(|(_, category, _)| *category);
        let unknown = distinct.iter().filter(|(_, category, _)| category.is_none());
        let unknown = unknown.map(|(texts, _, n_rows)| {
            let [variable_type, variable_a, variable_b] = texts.map(str::to_owned);
            Problem::UnknownCategory {
                place: place.clone(),
                variable_type,
                variable_a,
                variable_b,
                n_rows: *n_rows,
            }
        });
        let breakdowns =
            of_row.iter().map(|position| category_of(position).map(|found| found.breakdown.as_str()));
        let categories =
            of_row.iter().map(|position| category_of(position).map(|found| found.category.as_str()));
        Self {
            breakdown: Arc::new(breakdowns.collect::<DictionaryArray<Int32Type>>()),
            category: Arc::new(categories.collect::<DictionaryArray<Int32Type>>()),
            is_total: of_row
                .iter()
                .map(|row| category_of(row).is_some_and(|found| found.breakdown == "total"))
                .collect(),
            n_rows_without: of_row.iter().filter(|row| category_of(row).is_none()).count(),
            unknown: unknown.collect(),
        }
    }
}

/// The cells of one column as arrays.
struct Values {
    value: ArrayRef,
    status: ArrayRef,
    low: ArrayRef,
    high: ArrayRef,
}

impl Values {
    fn new(dataset: &Dataset, column: &MeasureColumn, is_exact: &[bool], counts: &mut Counts) -> Self {
        let n_rows = column.cells.len();
        let mut value = Float64Builder::with_capacity(n_rows);
        let mut low = Float64Builder::with_capacity(n_rows);
        let mut high = Float64Builder::with_capacity(n_rows);
        let mut status = Vec::with_capacity(n_rows);
        for (cell, is_exact) in column.cells.iter().zip(is_exact) {
            let (number, cell_status) = match cell {
                Cell::Reported(number) => (Some(*number), ValueStatus::Reported),
                Cell::Withheld(status) => (None, *status),
            };
            let bounds = dataset.disclosure.bounds(*cell, column.statistic, *is_exact);
            if number.is_some() && bounds.is_none() && column.statistic == Statistic::Count {
                counts.counts_not_rounded += 1;
            }
            value.append_option(number);
            low.append_option(bounds.map(|bounds| bounds.low));
            high.append_option(bounds.map(|bounds| bounds.high));
            let position =
                ValueStatus::ALL.iter().position(|other| *other == cell_status).unwrap_or_default();
            if let Some(count) = counts.by_status.get_mut(position) {
                *count += 1;
            }
            status.push(i32::try_from(position).unwrap_or_default());
        }
        let texts = Arc::new(StringArray::from_iter_values(ValueStatus::ALL.map(ValueStatus::as_str)));
        // The keys are positions in the list that the texts are made from.
        let status = DictionaryArray::new(Int32Array::from(status), texts);
        Self {
            value: Arc::new(value.finish()),
            status: Arc::new(status),
            low: Arc::new(low.finish()),
            high: Arc::new(high.finish()),
        }
    }
}

/// England's totals as the file has them.
#[derive(Default)]
struct Totals(Vec<(String, Statistic, Vec<Cell>)>);

impl Totals {
    fn add(&mut self, column: &MeasureColumn, england_total_rows: &[usize]) {
        let cells = england_total_rows.iter().filter_map(|row| column.cells.get(*row).copied()).collect();
        self.0.push((column.measure.clone(), column.statistic, cells));
    }
}

/// The control totals of the publication that the file does not show.
fn control_totals(dataset: &Dataset, place: &Place, totals: &Totals) -> Vec<Problem> {
    let expected = dataset.control_totals.iter();
    let expected = expected.filter(|total| total.file == place.file && total.period == place.period);
    let differs = |total: &&iapt_model::ControlTotal| {
        let same = |(measure, statistic, _): &&(String, Statistic, Vec<Cell>)| {
            *measure == total.measure && *statistic == total.statistic
        };
        let cells = totals.0.iter().find(same).map(|(_, _, cells)| cells.as_slice()).unwrap_or_default();
        (cells != [Cell::Reported(total.value)]).then(|| printed(cells))
    };
    expected
        .filter_map(|total| {
            let found = differs(&total)?;
            Some(Problem::ControlTotal {
                place: place.clone(),
                measure: total.measure.clone(),
                statistic: total.statistic.to_string(),
                found,
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
