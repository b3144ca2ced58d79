//! Indicator tables: the declared SQL over the tidy table, with an interval on every share.

use std::{collections::BTreeSet, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Float64Type, Schema},
    error::ArrowError,
};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::future;
use iapt_catalog::{session, sql};
use iapt_files::Sha256;
use iapt_model::{ENGLAND, Family, PeriodKind, Project, SqlFile, Standing};
use iapt_statistics::{Comparison, Proportion, Z_95, wilson};

use crate::{
    Build, Error,
    by_part::{PARTS_AT_ONCE, write_parts},
    claims, findings,
    held::Held,
    part::{self, Part},
    periods,
    table_folder::TableFolder,
    variation,
};

const PATHWAY: &str = "pathway";
const CURRENT_GEOGRAPHY: &str = "current_geography";

/// The tables that are made while the rules run, so that no rule can read them.
pub(crate) fn made_beside_findings() -> impl Iterator<Item = &'static str> {
    variation::tables().chain([PATHWAY, CURRENT_GEOGRAPHY])
}

/// Writes every derived table to the folder, where the tidy table and the declared tables already are.
///
/// The SQL over the tidy table runs on the engine, part after part; statistics, findings and claims are made of its results,
/// here.
///
/// # Errors
///
/// [`Error::Sql`] names the SQL file that the engine refuses.
pub(crate) async fn derive(folder: &TableFolder<'_>, build: &Build<'_>) -> Result<(), Error> {
    let Build { engine, threads, cells_at_once, .. } = *build;
    let files = Files::of(folder.project)?;
    let repeats = folder
        .project
        .datasets
        .iter()
        .filter(|dataset| dataset.repeats.is_some() || dataset.is_never_met)
        .map(|dataset| dataset.name.as_str());
    let repeats: BTreeSet<&str> = repeats.collect();
    let all = part::by_period(folder.releases, &[], &BTreeSet::new(), cells_at_once);
    let all = keyed(folder, &all)?;
    // Where there are several parts to make, two at once, each on half of the threads: what one thread does alone is not handed from
    // thread to thread.
    let n_to_make = all.iter().filter(|(from, _)| !folder.had("coverage", *from)).count();
    let of_part = if n_to_make > 1 { (threads / PARTS_AT_ONCE).max(1) } else { threads };
    // Sessions before anything is written beside each other: they open every table that they find.
    let context = engine.open(folder.path, of_part, None).await?;
    let beside = engine.open(folder.path, of_part, None).await?;
    // Sums and services are made of few rows of many: of the others no more is read than says that they are not meant.
    engine.expect_few_rows(&beside).await?;
    let not_repeated = part::by_period(folder.releases, &[], &repeats, cells_at_once);
    let services = services(folder, &not_repeated)?;
    let no_years = Part::default();
    let none = (folder.from(["no years"]), &no_years);
    let years = part::by_financial_year(folder.releases, &repeats, cells_at_once);
    let years = keyed(folder, &years)?;
    let plan_coverage = async |part: &Part| files.plan_coverage(&context, part).await.map(one);
    let coverage = write_parts(folder, "coverage", &all, plan_coverage, Ok);
    let plan_sums = async |part: &Part| files.plan_sums(&beside, part).await.map(one);
    let sums = write_parts(folder, "monthly_sums", &years, plan_sums, Ok);
    future::try_join(coverage, sums).await?;
    // Until here few groups were made of many rows.
    engine.expect_many_groups(&context).await?;
    for table in ["coverage", "monthly_sums"] {
        engine.add(&context, folder.path, table).await?;
    }
    let of_services = async {
        let plan_services = async |part: &ServicesPart<'_>| files.plan_services(&beside, part).await.map(one);
        let services: Vec<_> = services.iter().map(|(from, part)| (*from, part)).collect();
        write_parts(folder, "services_of_boards", &services, plan_services, Ok).await
    };
    register(&context, files.whole_years).await?;
    let held = Held::of(&context).await?;
    let sums = held.n_sums();
    let parts = part::by_period(folder.releases, &sums, &repeats, cells_at_once);
    let keyed = with_sums(folder, keyed(folder, &parts)?, &sums, &years);
    let plan_indicators =
        async |part: &Part| files.plan_indicators(&context, folder.project, &held, part, cells_at_once).await;
    let finish = |batch| with_comparison(&batch);
    let of_indicators = write_parts(folder, "indicators", &keyed, plan_indicators, finish);
    future::try_join(of_services, of_indicators).await?;
    engine.add(&context, folder.path, "indicators").await?;
    // The tables below are made of rows of years, and see only the parts that they are keyed by. A year that is not whole yet
    // has no rows, so they are kept while its months come.
    let rows: Vec<(Option<Sha256>, &Part)> =
        folder.rows_of_parts("indicators")?.into_iter().zip(&parts).collect();
    let of_rows = rows.iter().filter_map(|(rows, part)| Some((folder.from([(*rows)?]), *part)));
    let of_years = with_years(of_rows, none);
    let of_tidy = all.iter().map(|(from, part)| (Some(*from), *part)).collect();
    let of_parts = [("indicators", rows), (iapt_tidy::TIDY, of_tidy)];
    let years = Years::of(folder, &of_years)?;
    // Its own session, before anything is written beside it.
    let of_statistics = session::open(folder.path, 1, None).await?;
    let beside = async {
        let statistics = Box::pin(variation::derive(folder, &of_statistics, &of_years, threads));
        // It has no row of a single month.
        let of_pathway = with_years(keyed.iter().copied(), none);
        let plan_pathway = async |part: &Part| files.plan_pathway(&context, &held, part).await.map(one);
        let pathway = write_parts(folder, PATHWAY, &of_pathway, plan_pathway, Ok);
        let condition = Part::together(of_years.iter().map(|(_, part)| *part)).condition();
        let current = [(folder.from(of_years.iter().map(|(from, _)| from)), &condition)];
        let plan_current = async |condition: &String| {
            session::view_where(&context, "indicators", "indicators", condition).await?;
            plan(&context, files.current_geography).await.map(one)
        };
        let finish = |batch| with_intervals(&batch);
        let current = write_parts(folder, CURRENT_GEOGRAPHY, &current, plan_current, finish);
        future::try_join3(Box::pin(pathway), Box::pin(current), statistics).await.map(drop)
    };
    findings::derive(folder, &of_parts, &years, threads, beside).await?;
    claims::derive(folder, &years, build).await?;
    periods::derive(folder).await
}

/// All but the single months of the two large tables.
pub(crate) struct Years {
    /// The periods of `tidy`.
    pub(crate) tidy: Part,
    /// The parts of the indicator table that have years.
    pub(crate) indicators: Part,
    /// What they were made of.
    pub(crate) from: [(&'static str, Sha256); 2],
}

impl Years {
    fn of(folder: &TableFolder<'_>, indicators: &[Keyed<'_>]) -> Result<Self, Error> {
        let tidy = Part::but_months(folder.releases);
        let from_tidy = folder.tidy_sum(&tidy)?;
        let from_indicators = folder.from(indicators.iter().map(|(from, _)| from));
        Ok(Self {
            tidy,
            indicators: Part::together(indicators.iter().map(|(_, part)| *part)),
            from: [(iapt_tidy::TIDY, from_tidy), ("indicators", from_indicators)],
        })
    }
}

/// A part, and a checksum over what its rows are made of.
pub(crate) type Keyed<'a> = (Sha256, &'a Part);

/// The parts that have more than single months, or `none`: tables without rows are tables too.
fn with_years<'a>(parts: impl Iterator<Item = Keyed<'a>>, none: Keyed<'a>) -> Vec<Keyed<'a>> {
    let of_years: Vec<Keyed<'a>> = parts.filter(|(_, part)| part.has_years()).collect();
    if of_years.is_empty() { vec![none] } else { of_years }
}

fn keyed<'a>(folder: &TableFolder<'_>, parts: &'a [Part]) -> Result<Vec<Keyed<'a>>, Error> {
    parts.iter().map(|part| Ok((folder.tidy_sum(part)?, part))).collect()
}

/// Parts that also read sums of months: which they are, and the inputs of the parts in `years` that made them.
fn with_sums<'a>(
    folder: &TableFolder<'_>,
    parts: Vec<Keyed<'a>>,
    sums: &[(String, String, u64)],
    years: &[Keyed<'_>],
) -> Vec<Keyed<'a>> {
    let with = |(from, part): Keyed<'a>| {
        let read = sums.iter().filter(|(dataset, year, _)| part.has(dataset, year));
        let made_of = read.flat_map(|(dataset, year, _)| {
            let of_year = years.iter().filter(move |(_, one)| one.has_of_year(dataset, year));
            of_year.map(move |(from, _)| format!("{dataset} {year} {from}"))
        });
        (folder.from([from.to_string()].into_iter().chain(made_of)), part)
    };
    parts.into_iter().map(with).collect()
}

/// A part, and the periods of which it also reads the stated figures.
struct ServicesPart<'a> {
    part: Option<&'a Part>,
    periods: BTreeSet<String>,
}

/// The parts of the services of boards: the stated figures of periods of which no file was read, then every part that has months or
/// stated figures of its own periods.
fn services<'a>(
    folder: &TableFolder<'_>,
    parts: &'a [Part],
) -> Result<Vec<(Sha256, ServicesPart<'a>)>, Error> {
    let stated = folder.project.stated.figures.iter().map(|figure| figure.reporting_period.to_string());
    let mut others: BTreeSet<String> = stated.collect();
    let mut of_files = Vec::new();
    for part in parts {
        // Those of a period are in one part, whatever datasets have it.
        let periods: BTreeSet<String> = part.periods().filter_map(|period| others.take(period)).collect();
        if part.has_months() || !periods.is_empty() {
            of_files.push((folder.tidy_sum(part)?, ServicesPart { part: Some(part), periods }));
        }
    }
    let from = folder.from(&others);
    let mut parts = vec![(from, ServicesPart { part: None, periods: others })];
    parts.extend(of_files);
    Ok(parts)
}

/// The SQL files of `pipelines/indicators` that make derived tables of the tidy one.
struct Files<'a> {
    coverage: &'a SqlFile,
    sums_of_months: &'a SqlFile,
    published_cells: &'a SqlFile,
    whole_years: &'a SqlFile,
    years: &'a SqlFile,
    wanted: &'a SqlFile,
    families: Vec<&'a SqlFile>,
    indicators: &'a SqlFile,
    pathway: &'a SqlFile,
    current_geography: &'a SqlFile,
    services_of_boards: &'a SqlFile,
    /// The condition that leaves out the single months of pairs of an area and a provider. The SQL puts them into no sum and no
    /// indicator either, but only after it has read them, and they are most of a month.
    but_pairs: String,
}

impl<'a> Files<'a> {
    fn of(project: &'a Project) -> Result<Self, Error> {
        let families = Family::ALL.iter().map(|family| project.query(family.as_str()));
        let pairs = project.organisations.types().filter(|one| one.is_of_pairs()).map(|one| &one.org_type);
        Ok(Self {
            coverage: project.query("coverage")?,
            sums_of_months: project.query("sums_of_months")?,
            published_cells: project.query("published_cells")?,
            whole_years: project.query("whole_years")?,
            years: project.query("years")?,
            wanted: project.query("wanted")?,
            families: families.collect::<Result<_, _>>()?,
            indicators: project.query("indicators")?,
            pathway: project.query("pathway")?,
            current_geography: project.query("current_geography")?,
            services_of_boards: project.query("services_of_boards")?,
            but_pairs: format!("(period_kind <> 'month' OR NOT {})", is_among("org_type", pairs)),
        })
    }

    /// What there is in one part.
    async fn plan_coverage(&self, context: &SessionContext, part: &Part) -> Result<DataFrame, Error> {
        session::tidy_where(context, &part.condition()).await?;
        plan(context, self.coverage).await
    }

    /// The sums of the months of one part.
    async fn plan_sums(&self, context: &SessionContext, part: &Part) -> Result<DataFrame, Error> {
        session::tidy_where(context, &format!("({}) AND {}", part.condition(), self.but_pairs)).await?;
        plan(context, self.sums_of_months).await
    }

    /// The services of boards in the periods of one part.
    async fn plan_services(
        &self,
        context: &SessionContext,
        of: &ServicesPart<'_>,
    ) -> Result<DataFrame, Error> {
        // Only months say which services work for whom.
        let part = of.part.filter(|part| part.has_months());
        session::tidy_where(context, &part.map_or_else(|| "FALSE".to_owned(), Part::condition)).await?;
        let condition = is_among("reporting_period", &of.periods);
        session::view_where(context, "stated", "stated_figures", &condition).await?;
        plan(context, self.services_of_boards).await
    }

    /// The indicators of the periods of one part, where they are many some of them after the others, in the table's order.
    async fn plan_indicators(
        &self,
        context: &SessionContext,
        project: &Project,
        held: &Held,
        part: &Part,
        cells_at_once: u64,
    ) -> Result<Vec<DataFrame>, Error> {
        let mut indicators = held.indicators_of(part, project);
        indicators.sort_by(|one, other| one.name.cmp(&other.name));
        let at_once = indicators.len().div_ceil(part.n_divided(cells_at_once)).max(1);
        let breakdowns = is_among("breakdown", held.breakdowns_of(part));
        session::view_where(context, "broken_down_by", "breakdowns", &breakdowns).await?;
        // Where there are none, a query still says which columns the table has.
        let divided =
            if indicators.is_empty() { vec![&[][..]] } else { indicators.chunks(at_once).collect() };
        let mut queries = Vec::new();
        for asked in divided {
            let measures = asked.iter().flat_map(|indicator| indicator.reads());
            let measures: BTreeSet<&str> = measures.map(|(measure, _)| measure).collect();
            let names = is_among("indicator", asked.iter().map(|indicator| &indicator.name));
            let measures = is_among("measure", measures);
            session::view_where(context, "asked", "indicator_terms", &names).await?;
            self.register_years(context, held, part, &measures).await?;
            for file in [self.wanted].into_iter().chain(self.families.iter().copied()) {
                register(context, file).await?;
            }
            queries.push(plan(context, self.indicators).await?);
        }
        Ok(queries)
    }

    /// The pathway in the periods of one part.
    async fn plan_pathway(
        &self,
        context: &SessionContext,
        held: &Held,
        part: &Part,
    ) -> Result<DataFrame, Error> {
        self.register_years(context, held, part, "TRUE").await?;
        plan(context, self.pathway).await
    }

    /// Makes `years` those of one part, as far as a condition on measures lets them in.
    async fn register_years(
        &self,
        context: &SessionContext,
        held: &Held,
        part: &Part,
        measures: &str,
    ) -> Result<(), Error> {
        // The condition stands where the columns are as in the files, so that no file is opened in vain.
        let condition = format!("({}) AND {measures}", part.condition());
        session::tidy_where(context, &format!("{condition} AND {}", self.but_pairs)).await?;
        register(context, self.published_cells).await?;
        if !held.has_sums(part) {
            // Half of the plan would be about nothing.
            let published = format!("SELECT * FROM {}", self.published_cells.name);
            return Ok(session::view(context, &self.years.name, &published).await?);
        }
        session::view_where(context, "sums", &self.whole_years.name, &condition).await?;
        register(context, self.years).await
    }
}

/// Whether a column has one of these texts, as an SQL condition.
fn is_among<T: AsRef<str>>(column: &str, texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| format!("'{}'", text.as_ref())).collect();
    match texts.as_slice() {
        [] => "FALSE".to_owned(),
        _ => format!("{column} IN ({})", texts.join(", ")),
    }
}

/// A part that one query makes.
fn one(query: DataFrame) -> Vec<DataFrame> {
    vec![query]
}

/// Plans a file.
async fn plan(context: &SessionContext, file: &SqlFile) -> Result<DataFrame, Error> {
    sql::read(context, &file.text).await.map_err(|error| Error::sql(file, error))
}

/// Makes the result of a file a table of the file's name.
async fn register(context: &SessionContext, file: &SqlFile) -> Result<(), Error> {
    let registered = session::view(context, &file.name, &file.text).await;
    registered.map_err(|error| match error {
        iapt_catalog::Error::Query(error) => Error::sql(file, *error),
        other => other.into(),
    })
}

/// Puts the 95% Wilson interval of every share, in percent, in the place of `is_share`.
///
/// The interval is that of the printed value over its denominator; where the denominator is withheld, over the
/// least one that rounding allows, which gives the widest interval.
fn with_intervals(batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let is_share = column(batch, "is_share")?.as_boolean_opt().ok_or_else(|| lacking("is_share"))?;
    let value = numbers(batch, "value")?;
    let [denominator, denominator_low] = [numbers(batch, "denominator")?, numbers(batch, "denominator_low")?];
    let interval = |row: usize| {
        let total = at(denominator, row).or_else(|| at(denominator_low, row))?;
        let events =
            at(value, row).filter(|_| is_share.is_valid(row) && is_share.value(row))? / 100.0 * total;
        let proportion = Proportion::new(events.min(total), total).ok()?;
        let found = wilson(proportion, Z_95);
        Some((100.0 * found.low, 100.0 * found.high))
    };
    let intervals: Vec<Option<(f64, f64)>> = (0..batch.num_rows()).map(interval).collect();
    let low: Float64Array = intervals.iter().map(|found| found.map(|(low, _)| low)).collect();
    let high: Float64Array = intervals.iter().map(|found| found.map(|(_, high)| high)).collect();
    let bounds: [ArrayRef; 2] = [Arc::new(low), Arc::new(high)];
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.name() == "is_share" {
            fields.push(Arc::new(Field::new("interval_low", DataType::Float64, true)));
            fields.push(Arc::new(Field::new("interval_high", DataType::Float64, true)));
            arrays.extend(bounds.clone());
        } else {
            fields.push(Arc::clone(field));
            arrays.push(Arc::clone(array));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(Error::layout)
}

/// Adds the intervals, and how each lies beside England's value.
fn with_comparison(batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let batch = with_intervals(batch)?;
    let [low, high] = [numbers(&batch, "interval_low")?, numbers(&batch, "interval_high")?];
    let england = numbers(&batch, "england")?;
    let [level, standing] = [texts(&batch, "level")?, texts(&batch, "standing")?];
    let kind = texts(&batch, "period_kind")?;
    let comparison = |row: usize| {
        let is_compared = level.value(row) != ENGLAND
            && kind.value(row) != PeriodKind::Month.as_str()
            && (standing.is_null(row) || Standing::of(standing.value(row)).is_organisation());
        let (low, high) = at(low, row).zip(at(high, row)).filter(|_| is_compared)?;
        Some(beside(low, high, at(england, row)?).label())
    };
    let comparisons: StringArray = (0..batch.num_rows()).map(comparison).collect();
    let mut fields = batch.schema().fields().to_vec();
    fields.push(Arc::new(Field::new("comparison", DataType::Utf8, true)));
    let mut arrays = batch.columns().to_vec();
    arrays.push(Arc::new(comparisons));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(Error::layout)
}

fn lacking(name: &str) -> Error {
    Error::layout(ArrowError::SchemaError(format!("the SQL files give no `{name}`")))
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, Error> {
    batch.column_by_name(name).ok_or_else(|| lacking(name))
}

fn numbers<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b Float64Array, Error> {
    column(batch, name)?.as_primitive_opt::<Float64Type>().ok_or_else(|| lacking(name))
}

fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray, Error> {
    column(batch, name)?.as_string_opt::<i32>().ok_or_else(|| lacking(name))
}

fn at(column: &Float64Array, row: usize) -> Option<f64> {
    column.is_valid(row).then(|| column.value(row))
}

/// Where a reference lies beside an interval of the same unit.
fn beside(low: f64, high: f64, reference: f64) -> Comparison {
    if high < reference {
        Comparison::Lower
    } else if low > reference {
        Comparison::Higher
    } else {
        Comparison::Similar
    }
}
