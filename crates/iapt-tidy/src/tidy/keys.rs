//! What the runs of a file have in common: the keys of its rows.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Date32Array, Int32Array, RecordBatch, UInt32Array},
    compute::take,
    datatypes::SchemaRef,
    error::ArrowError,
};
use iapt_files::parallel;
use iapt_model::{
    Dataset, DisclosureRule, ENGLAND, Key, OrganisationType, Period, PeriodKind, Problem, TableLayout,
};

use super::{
    Counts, ReleaseFile,
    categorised::Categorised,
    columns::ReadKeys,
    interner::{Interner, constant},
    measures::MeasureColumn,
    organisations,
    origin::{self, Origin, RELEASE},
    values::Values,
};

/// The keys of every row of a file, as arrays.
pub(super) struct SharedKeys<'a> {
    /// The columns up to `category`.
    before: Vec<ArrayRef>,
    source_row: ArrayRef,
    origin: Origin<'a>,
    period: Period,
    edition: u32,
    source_file: String,
    org_types: Vec<String>,
    org_type_keys: Vec<i32>,
    /// Of every type of organisation whether they are pairs of an area and a provider.
    are_pairs: Vec<bool>,
    /// Of every row of England the category, in its innermost text; an empty one is its total.
    pub(super) england: BTreeMap<usize, String>,
    pub(super) rows_without_category: usize,
    pub(super) rows_without_level: usize,
    pub(super) unknown: Vec<Problem>,
}

impl<'a> SharedKeys<'a> {
    pub(super) fn new(file: &ReleaseFile<'a>, read: ReadKeys) -> Result<Self, ArrowError> {
        let ReleaseFile { project, dataset, release, member, figures, .. } = *file;
        let n_rows = read.rows.len();
        let published_file = release.published_file(member);
        let layout = dataset.layout(&published_file.file);
        let origin = Origin::new(figures, &layout, release.period, &read);
        let ReadKeys { mut keys, months, rows } = read;
        // The declared files were checked to map every key, and the header to hold every mapped column.
        let empty = Interner::default();
        let column = |key: Key| keys.get(&key).unwrap_or(&empty);
        let categories = Categorised::new(
            project,
            &published_file,
            [Key::VariableType, Key::VariableA, Key::VariableB].map(column),
            layout.is_uncategorised,
        );
        let org_types = column(Key::OrgType);
        let declared = |org_type: &String| project.organisations.organisation_type(org_type);
        let declared: Vec<Option<&OrganisationType>> = org_types.texts.iter().map(declared).collect();
        let mut unknown = categories.unknown;
        let mut rows_without_level = 0;
        for ((org_type, (_, n_rows)), declared) in
            org_types.texts.iter().zip(org_types.occurrences()).zip(&declared)
        {
            if declared.is_none() {
                rows_without_level += n_rows;
                unknown.push(Problem::UnknownOrganisationType {
                    published_file: published_file.clone(),
                    org_type: org_type.clone(),
                    n_rows,
                });
            }
        }
        let of_type = |holds: &dyn Fn(&OrganisationType) -> bool| -> Vec<bool> {
            declared.iter().map(|one| one.is_some_and(holds)).collect()
        };
        let are_pairs = of_type(&OrganisationType::is_of_pairs);
        let are_england = of_type(&|org_type| org_type.level == ENGLAND);
        let innermost = |row: usize| {
            let text = |key: Key| column(key).keys.get(row).map_or("", |text| column(key).text(*text));
            let is_said = |text: &&str| !text.is_empty() && *text != TableLayout::NOT_SAID;
            let found = [Key::VariableB, Key::VariableA].map(text).into_iter().find(is_said);
            found.unwrap_or_default().to_owned()
        };
        let is_england = |key: &i32| {
            usize::try_from(*key).ok().and_then(|key| are_england.get(key)).copied() == Some(true)
        };
        let rows_of_types = org_types.keys.iter().zip(&categories.is_total).enumerate();
        let england = rows_of_types.filter(|(_, (org_type, _))| is_england(org_type));
        let england =
            england.map(|(row, (_, is_total))| (row, if *is_total { String::new() } else { innermost(row) }));
        let england = england.collect();
        let org_codes = codes(&declared, org_types, column(Key::OrgCode));
        unknown.extend(organisations::unknown(
            project,
            &published_file,
            org_types,
            &org_codes,
            column(Key::OrgName),
        ));
        let (org_types, org_type_keys) = (org_types.texts.clone(), org_types.keys.clone());
        let mut before = periods(release.period, months.as_deref(), n_rows)?;
        keys.insert(Key::OrgCode, org_codes);
        for key in Key::ALL {
            before.push(keys.remove(&key).unwrap_or_default().into_array()?);
        }
        before.extend([categories.breakdown, categories.category]);
        Ok(Self {
            before,
            source_row: Arc::new(UInt32Array::from(rows)),
            origin,
            period: release.period,
            edition: release.edition,
            source_file: member.name.clone(),
            org_types,
            org_type_keys,
            are_pairs,
            england,
            rows_without_category: categories.n_rows_without,
            rows_without_level,
            unknown,
        })
    }

    /// A batch for each measure, where every row has a cell of every measure: their keys are the same arrays.
    pub(super) fn wide_runs(
        &self,
        dataset: &Dataset,
        schema: &SchemaRef,
        measures: Vec<MeasureColumn>,
        counts: &mut Counts,
    ) -> Result<Vec<RecordBatch>, ArrowError> {
        let is_exact = self.is_exact(dataset);
        let disclosure = dataset.disclosure.in_period(self.period);
        let n_rows = is_exact.len();
        let zeros = Int32Array::from_value(0, n_rows);
        let edition: ArrayRef = Arc::new(UInt32Array::from_value(self.edition, n_rows));
        let source_file = constant(&zeros, &self.source_file)?;
        let release = constant(&zeros, RELEASE)?;
        let run = |mut column: MeasureColumn| {
            let mut sources = Interner::default();
            let figure_source = self.origin.mark(&mut column, &mut sources);
            let mut values = Values::default();
            values.push(&disclosure, &column, &is_exact, counts);
            let mut arrays = self.before.clone();
            arrays.extend([constant(&zeros, &column.measure)?, constant(&zeros, column.statistic.as_str())?]);
            arrays.extend(values.finish());
            arrays.push(match figure_source {
                Some(found) => origin::array(found, &sources)?,
                None => Arc::clone(&release),
            });
            arrays.extend([Arc::clone(&edition), Arc::clone(&source_file), Arc::clone(&self.source_row)]);
            arrays.push(constant(&zeros, &column.published)?);
            RecordBatch::try_new(Arc::clone(schema), arrays)
        };
        measures.into_iter().map(run).collect()
    }

    /// The runs of measures that have rows of their own, several in a batch: one measure alone is too few rows for a
    /// row group. Pairs of an area and a provider, which are most of the rows and asked for by few, have batches of their own
    /// behind the others, so that who asks for organisations does not read them.
    pub(super) fn long_runs(
        &self,
        dataset: &Dataset,
        schema: &SchemaRef,
        measures: &[MeasureColumn],
        threads: usize,
        counts: &mut Counts,
    ) -> Result<Vec<RecordBatch>, ArrowError> {
        const ROWS_OF_A_BATCH: usize = 1 << 16;
        let is_exact = self.is_exact(dataset);
        let disclosure = dataset.disclosure.in_period(self.period);
        let is_pair = self.by_org_type(&self.are_pairs);
        let divided = parallel::map(measures, threads, |column| column.divided(&is_pair));
        let (organisations, pairs): (Vec<_>, Vec<_>) = divided.into_iter().unzip();
        let mut batches: Vec<Vec<MeasureColumn>> = Vec::new();
        for measures in [organisations, pairs] {
            let (mut batch, mut n_rows) = (Vec::new(), 0);
            for column in measures.into_iter().filter(|column| !column.codes.is_empty()) {
                n_rows += column.codes.len();
                batch.push(column);
                if n_rows >= ROWS_OF_A_BATCH {
                    batches.push(std::mem::take(&mut batch));
                    n_rows = 0;
                }
            }
            if !batch.is_empty() {
                batches.push(batch);
            }
        }
        let made = parallel::map(&batches, threads, |columns| {
            let (mut together, mut counts) = (Together::default(), Counts::default());
            for column in columns {
                together.add(&disclosure, &self.origin, column.clone(), &is_exact, &mut counts);
            }
            Ok((self.batch(schema, together)?, counts))
        });
        let add = |made: Result<(RecordBatch, Counts), ArrowError>| {
            let (batch, of_batch) = made?;
            counts.add_cells(&of_batch);
            Ok(batch)
        };
        made.into_iter().map(add).collect()
    }

    fn batch(&self, schema: &SchemaRef, together: Together) -> Result<RecordBatch, ArrowError> {
        let Together { rows, values, measure, statistic, published, figure_source, sources } = together;
        let rows = UInt32Array::from(rows);
        let n_rows = rows.len();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for array in &self.before {
            arrays.push(take(array, &rows, None)?);
        }
        arrays.extend([measure.into_array()?, statistic.into_array()?]);
        arrays.extend(values.finish());
        arrays.push(origin::array(figure_source, &sources)?);
        arrays.extend([
            Arc::new(UInt32Array::from_value(self.edition, n_rows)),
            constant(&Int32Array::from_value(0, n_rows), &self.source_file)?,
            take(&self.source_row, &rows, None)?,
            published.into_array()?,
        ]);
        RecordBatch::try_new(Arc::clone(schema), arrays)
    }

    /// Whether each row belongs to an organisation that is printed exactly.
    fn is_exact(&self, dataset: &Dataset) -> Vec<bool> {
        let is_exact: Vec<bool> =
            self.org_types.iter().map(|org_type| dataset.disclosure.is_exact(org_type)).collect();
        self.by_org_type(&is_exact)
    }

    /// Of each row what holds of the type of its organisation.
    fn by_org_type(&self, holds: &[bool]) -> Vec<bool> {
        let of_key =
            |key: &i32| usize::try_from(*key).ok().and_then(|key| holds.get(key)).copied().unwrap_or(false);
        self.org_type_keys.iter().map(of_key).collect()
    }
}

/// The codes of organisations, with the one code of a type that is of a single organisation. `declared` are the types, in order.
fn codes(declared: &[Option<&OrganisationType>], org_types: &Interner, published: &Interner) -> Interner {
    let only = |org_type: &i32| {
        let declared = usize::try_from(*org_type).ok().and_then(|key| declared.get(key).copied().flatten());
        declared.and_then(|declared| declared.sole_org_code.as_deref())
    };
    let mut codes = Interner::with_room(org_types.keys.len());
    let mut last = None;
    for organisation in org_types.keys.iter().zip(&published.keys) {
        // Most rows of one organisation follow each other.
        if last == Some(organisation) {
            codes.repeat();
        } else {
            let (org_type, code) = organisation;
            codes.push(only(org_type).unwrap_or_else(|| published.text(*code)));
            last = Some(organisation);
        }
    }
    codes
}

/// Runs of several measures, one after the other.
#[derive(Default)]
struct Together {
    rows: Vec<u32>,
    values: Values,
    measure: Interner,
    statistic: Interner,
    published: Interner,
    figure_source: Vec<Option<i32>>,
    sources: Interner,
}

impl Together {
    fn add(
        &mut self,
        disclosure: &DisclosureRule,
        origin: &Origin<'_>,
        mut column: MeasureColumn,
        is_exact: &[bool],
        counts: &mut Counts,
    ) {
        if let Some(found) = origin.mark(&mut column, &mut self.sources) {
            self.figure_source.extend(found);
        } else {
            let release = Some(self.sources.key(RELEASE));
            self.figure_source.resize(self.rows.len() + column.codes.len(), release);
        }
        self.values.push(disclosure, &column, is_exact, counts);
        self.measure.push_times(&column.measure, column.codes.len());
        self.statistic.push_times(column.statistic.as_str(), column.codes.len());
        self.published.push_times(&column.published, column.codes.len());
        self.rows.extend(column.take_rows());
    }
}

/// The columns `start_date`, `end_date` and `period_kind`.
fn periods(release: Period, months: Option<&[Period]>, n_rows: usize) -> Result<Vec<ArrayRef>, ArrowError> {
    let days = |date: chrono::NaiveDate| {
        let epoch = chrono::NaiveDate::default();
        i32::try_from((date - epoch).num_days()).unwrap_or(i32::MAX)
    };
    let array = |day: fn(Period) -> chrono::NaiveDate| -> ArrayRef {
        match months {
            Some(months) => {
                Arc::new(Date32Array::from_iter_values(months.iter().map(|month| days(day(*month)))))
            }
            None => Arc::new(Date32Array::from_value(days(day(release)), n_rows)),
        }
    };
    // A row of a month that its file says is that month, whatever the file holds.
    let kind = months.map_or_else(|| release.period_kind(), |_| PeriodKind::Month);
    let zeros = Int32Array::from_value(0, n_rows);
    Ok(vec![array(Period::start_date), array(Period::end_date), constant(&zeros, kind.as_str())?])
}
