//! The integrity engine: rules over the tables, each an SQL file that returns the offending rows.

mod offence;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arrow::{array::RecordBatch, compute::concat_batches};
use datafusion::{
    datasource::MemTable,
    error::DataFusionError,
    prelude::{DataFrame, SessionContext, col},
};
use futures::{StreamExt, TryStreamExt, future, stream};
use iapt_catalog::{
    session::{self, RULES_MEMORY, to_batch},
    sql,
};
use iapt_files::Sha256;
use iapt_model::{AdditivityRow, FindingRow, Period, Project, Reach, SEVERITIES, SqlFile};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use self::offence::Offence;
use crate::{
    Error,
    indicators::{self, Years},
    part::Part,
    table_folder::{Known, TableFolder},
};

/// Rules and claims that run side by side: they share their memory.
pub(crate) const AT_ONCE: usize = 4;

/// The tables that have parts by period.
const IN_PARTS: [&str; 2] = ["indicators", iapt_tidy::TIDY];
/// What rules find beside the tables: rows of all published years together.
const HELD: [&str; 4] = ["totals", "listed", "periods", "additivity"];

/// What is wrong with the declared SQL, before there are tables to run it over: what is not one query, every rule whose first
/// line is no sentence, that reads what is made beside the findings, or that looks at a few periods at a time and reads what is not in
/// parts by period.
///
/// # Errors
///
/// [`iapt_catalog::Error::DeclaredSql`] names each.
pub fn check_sql(project: &Project) -> Result<(), Error> {
    let of_rule = |rule: &SqlFile| {
        let is_by_period = rule.reach() != Reach::Everything;
        let by_period = if is_by_period { not_by_period(&rule.text) } else { None };
        let problems = no_sentence(rule.says()).into_iter().chain(made_beside(&rule.text)).chain(by_period);
        problems.map(|problem| format!("{}: {problem}", rule.path.display())).collect::<Vec<_>>()
    };
    let problems: Vec<String> = iapt_catalog::not_queries(project)
        .into_iter()
        .chain(project.rules.iter().flat_map(of_rule))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(iapt_catalog::Error::DeclaredSql { problems }.into()) }
}

/// Why tables and pages cannot say what a rule is about: its first line goes on in the next.
fn no_sentence(says: &str) -> Option<String> {
    (!says.ends_with('.')).then(|| {
        "the first line of a rule is one sentence that ends with a full stop, however long".to_owned()
    })
}

/// Why a query cannot be a rule: it reads a table that is made while rules run.
fn made_beside(sql: &str) -> Option<String> {
    let read = sql::tables(sql).ok()?;
    let table = indicators::made_beside_findings().find(|table| read.contains(*table))?;
    Some(format!("`{table}` is made beside the findings, so no rule reads it"))
}

/// Why a query cannot look at a few periods at a time.
fn not_by_period(sql: &str) -> Option<String> {
    let read = sql::tables(sql).ok()?;
    let is_in_parts = IN_PARTS.iter().filter(|table| read.contains(**table)).count() == 1;
    if is_in_parts && HELD.iter().all(|table| !read.contains(*table)) {
        return None;
    }
    let (parts, held) = (IN_PARTS.join("` or `"), HELD.join("`, `"));
    Some(format!(
        "a rule that looks at each period by itself or beside its neighbours reads `{parts}`, not both, and none of `{held}`"
    ))
}

/// A table, its parts, and of each a checksum over its rows; none where it has none.
pub(crate) type PartsOf<'a> = (&'static str, Vec<(Option<Sha256>, &'a Part)>);

/// A rule over all that there is, or over one part of a table, and a checksum over what its findings are made of.
struct Run<'a> {
    from: Sha256,
    rule: &'a SqlFile,
    part: Option<(&'static str, &'a Part)>,
    /// The parts that it looks at beside its own, in which it finds nothing.
    beside: Vec<&'a Part>,
}

/// Writes `additivity` and `findings` to the folder, where the tidy and indicator tables already are; `parts` are those of both.
/// Once these are open, `beside` is done too, which writes tables that no rule reads.
///
/// A rule that looks at each period by itself is run over the parts that are others than before, one that looks at its neighbours too
/// over those and the parts beside them; every other one over everything, where a table that it reads is another one, or the years
/// of it where it reads no single months.
///
/// # Errors
///
/// [`Error::Sql`] names the rule that the engine refuses.
pub(crate) async fn derive<'a>(
    folder: &TableFolder<'a>,
    parts: &'a [PartsOf<'a>],
    years: &Years,
    threads: usize,
    beside: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let project = folder.project;
    let [(_, totals), _] = years.from;
    let mut runs = Vec::new();
    for rule in project.rules.iter().filter(|rule| rule.applies(folder.releases)) {
        runs.extend(runs_of(folder, rule, parts, years)?);
    }
    let from: Vec<Sha256> = runs.iter().map(|run| run.from).collect();
    let has_additivity = folder.keep("additivity", &[totals])?;
    if has_additivity && folder.keep("findings", &from)? {
        return beside.await;
    }
    let context = session::open(folder.path, threads, Some(RULES_MEMORY)).await?;
    let findings = find(folder, &context, (runs, &from), (has_additivity, years), threads);
    future::try_join(findings, beside).await.map(drop)
}

/// Runs what is not kept.
async fn find(
    folder: &TableFolder<'_>,
    context: &SessionContext,
    (runs, from): (Vec<Run<'_>>, &[Sha256]),
    (has_additivity, years): (bool, &Years),
    threads: usize,
) -> Result<(), Error> {
    let project = folder.project;
    let [(_, totals), _] = years.from;
    let (kept, runs): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| folder.had("findings", run.from));
    // What single months alone have brought is in no totals.
    let is_of_totals = |run: &Run<'_>| run.part.is_none_or(|(_, part)| part.meets(&years.tidy));
    let mut places = Places::default();
    if !has_additivity || runs.iter().any(is_of_totals) {
        // Totals are of years, and see nothing else: few rows of many.
        session::expect_few_rows(context).await?;
        session::tidy_where(context, &years.tidy.condition()).await?;
        for rows in ["totals", "listed"] {
            hold(context, project.query(rows)?).await?;
        }
        session::tidy_where(context, "TRUE").await?;
        register(context, "periods", &periods(context).await?)?;
        let additivity: Vec<AdditivityRow> = rows(context, project.query("additivity")?).await?;
        folder.write_rows("additivity", &[totals], &additivity)?;
        register(context, "additivity", &additivity)?;
        places = source_rows(context).await?;
    }
    let is_kept = |finding: &FindingRow| kept.iter().any(|run| run.has_found(finding));
    let mut findings: Vec<FindingRow> = folder.earlier_rows("findings", from).await?;
    findings.retain(is_kept);
    let found = plan(context, &runs).await?.into_iter().map(|(rule, frame)| found(rule, frame, &places));
    for found in stream::iter(found).buffered(threads.clamp(1, AT_ONCE)).try_collect::<Vec<_>>().await? {
        // What is found beside the parts that a rule is run for is not all that there is of theirs.
        findings.extend(found.into_iter().filter(|finding| runs.iter().any(|run| run.has_found(finding))));
    }
    findings.sort_by(|left, right| order(left).cmp(&order(right)));
    folder.write_rows("findings", from, &findings)
}

/// What of a rule is run by itself.
fn runs_of<'a>(
    folder: &TableFolder<'_>,
    rule: &'a SqlFile,
    parts: &'a [PartsOf<'a>],
    years: &Years,
) -> Result<Vec<Run<'a>>, Error> {
    let [(_, totals), _] = years.from;
    let mut held = HELD.map(|table| (table, totals)).to_vec();
    let tables = sql::tables(&rule.text).map_err(|error| Error::sql(rule, error))?;
    let is_by_part = |(table, _): &&PartsOf<'a>| rule.reach() != Reach::Everything && tables.contains(*table);
    let by_part = parts.iter().find(is_by_part);
    let Some((table, parts)) = by_part else {
        let tables = folder.query_sum(rule, &Known { whole: &held, but_months: &years.from })?;
        let from = folder.from([rule.name.clone(), totals.to_string(), tables.to_string()]);
        return Ok(vec![Run { from, rule, part: None, beside: Vec::new() }]);
    };
    // Every run has its own part of this one.
    held.push((*table, totals));
    let others = folder.query_sum(rule, &Known { whole: &held, but_months: &years.from })?;
    let run = |(rows, part): &(Option<Sha256>, &'a Part)| {
        let rows = (*rows)?;
        let is_beside = |(_, other): &&(Option<Sha256>, &Part)| {
            rule.reach() == Reach::Neighbours && (part.follows(other) || other.follows(part))
        };
        let beside = parts.iter().filter(is_beside);
        let (of_beside, beside): (Vec<_>, Vec<_>) =
            beside.filter_map(|(rows, other)| Some(((*rows)?, *other))).unzip();
        // The rows of the published file are told beside what is found. A period without rows is in no other sum.
        let of_tidy = folder.tidy_sum(part);
        let from = of_tidy.map(|of_tidy| {
            let sums = [others, rows, of_tidy].into_iter().chain(of_beside).map(|sum| sum.to_string());
            folder.from([rule.name.clone(), part.condition()].into_iter().chain(sums))
        });
        Some(from.map(|from| Run { from, rule, part: Some((*table, *part)), beside }))
    };
    parts.iter().filter_map(run).collect()
}

/// Plans the rules of runs, each once.
async fn plan<'a>(
    context: &SessionContext,
    runs: &[Run<'a>],
) -> Result<Vec<(&'a SqlFile, DataFrame)>, Error> {
    // What `indicators` is made a view of, again and again.
    session::view_where(context, "every_indicator", "indicators", "TRUE").await?;
    let mut frames = Vec::new();
    for of_rule in runs.chunk_by(|left, right| left.rule == right.rule) {
        let Some(Run { rule, part, .. }) = of_rule.first() else { continue };
        let own = of_rule.iter().filter_map(|run| run.part).map(|(_, part)| part);
        let condition =
            Part::together(own.chain(of_rule.iter().flat_map(|run| run.beside.iter().copied()))).condition();
        let [mut of_tidy, mut of_indicators] = ["TRUE"; 2];
        match part {
            Some((iapt_tidy::TIDY, _)) => of_tidy = &condition,
            Some(_) => of_indicators = &condition,
            None => {}
        }
        session::tidy_where(context, of_tidy).await?;
        session::view_where(context, "indicators", "every_indicator", of_indicators).await?;
        frames.push((*rule, sql::read(context, &rule.text).await.map_err(|error| Error::sql(rule, error))?));
    }
    Ok(frames)
}

impl Run<'_> {
    fn has_found(&self, finding: &FindingRow) -> bool {
        let is_in = |(_, part): (_, &Part)| part.has(&finding.dataset, &finding.reporting_period);
        finding.rule == self.rule.name && self.part.is_none_or(is_in)
    }
}

fn order(finding: &FindingRow) -> impl Ord + use<'_> {
    let severity = SEVERITIES.iter().position(|severity| *severity == finding.severity);
    let key = [
        &finding.dataset,
        &finding.reporting_period,
        &finding.rule,
        &finding.org_type,
        &finding.org_code,
        &finding.org_name,
        &finding.subject,
        &finding.evidence,
    ];
    (severity, key)
}

async fn found(rule: &SqlFile, frame: DataFrame, places: &Places) -> Result<Vec<FindingRow>, Error> {
    let offences: Vec<Offence> = collect(rule, frame).await?;
    if let Some(other) = offences.iter().find(|offence| !SEVERITIES.contains(&offence.severity.as_str())) {
        let why = format!("the severity `{}` is none of {}", other.severity, SEVERITIES.join(", "));
        return Err(Error::sql(rule, DataFusionError::Plan(why)));
    }
    let finding = |offence: Offence| FindingRow {
        source_rows: places.of(&offence),
        evidence: offence.said(&offence.evidence),
        sentence: offence.said(&offence.sentence),
        rule: rule.name.clone(),
        rule_says: rule.says().to_owned(),
        severity: offence.severity,
        dataset: offence.dataset,
        reporting_period: offence.reporting_period,
        level: offence.level,
        org_type: offence.org_type,
        org_code: offence.org_code,
        org_name: offence.org_name,
        subject: offence.subject,
        n_rows: u32::try_from(offence.n_rows).unwrap_or(u32::MAX),
    };
    Ok(offences.into_iter().map(finding).collect())
}

/// Rows that a rule may return; one that finds more says something else than what should hold.
const ROWS_OF_A_RULE: usize = 1_000_000;

/// Runs an SQL file into rows.
async fn rows<T: DeserializeOwned>(context: &SessionContext, file: &SqlFile) -> Result<Vec<T>, Error> {
    let frame = sql::read(context, &file.text).await.map_err(|error| Error::sql(file, error))?;
    collect(file, frame).await
}

/// The rows of an SQL file that has been planned.
async fn collect<T: DeserializeOwned>(file: &SqlFile, frame: DataFrame) -> Result<Vec<T>, Error> {
    let batches = async move {
        let mut rows = frame.execute_stream().await?;
        let (mut batches, mut n_rows) = (Vec::new(), 0);
        while let Some(batch) = rows.try_next().await? {
            n_rows += batch.num_rows();
            batches.push(batch);
            if n_rows > ROWS_OF_A_RULE {
                return Err(DataFusionError::Plan(format!("it has more than {ROWS_OF_A_RULE} rows")));
            }
        }
        Ok(batches)
    };
    let batches = session::apart(batches).await.map_err(|error| Error::sql(file, error))?;
    Ok(session::from_batches(&file.path.display().to_string(), &batches)?)
}

/// Runs a file once and holds its result in memory as a table of the file's name.
pub(crate) async fn hold(context: &SessionContext, file: &SqlFile) -> Result<RecordBatch, Error> {
    let refused = |error| Error::sql(file, error);
    let frame = sql::read(context, &file.text).await.map_err(refused)?;
    let schema = Arc::clone(frame.schema().inner());
    let batches = session::apart(frame.collect()).await.map_err(refused)?;
    let rows = concat_batches(&schema, &batches).map_err(|error| refused(error.into()))?;
    let table = MemTable::try_new(schema, vec![vec![rows.clone()]]).map_err(refused)?;
    context.register_table(file.name.as_str(), Arc::new(table)).map_err(refused)?;
    Ok(rows)
}

/// The different values of some columns of a table, in their order.
async fn distinct<T: DeserializeOwned>(
    context: &SessionContext,
    table: &str,
    columns: &[&str],
) -> Result<Vec<T>, Error> {
    let rows = async {
        let order = columns.iter().map(|column| col(*column).sort(true, false)).collect();
        context.table(table).await?.select_columns(columns)?.distinct()?.sort(order)?.collect().await
    };
    let batches = rows.await.map_err(Error::query)?;
    Ok(session::from_batches(table, &batches)?)
}

/// Registers rows as a table, in place of one of that name.
pub(crate) fn register<T: Serialize + for<'de> Deserialize<'de>>(
    context: &SessionContext,
    name: &str,
    rows: &[T],
) -> Result<(), Error> {
    let batch = to_batch(name, rows)?;
    context.deregister_table(name).map_err(Error::query)?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(Error::query)?;
    context.register_table(name, Arc::new(table)).map_err(Error::query)?;
    Ok(())
}

/// A period of a dataset and the one before it.
#[derive(Serialize, Deserialize)]
pub(crate) struct PeriodRow {
    dataset: String,
    reporting_period: String,
    previous_period: String,
    /// Whether that one is among the tables.
    previous_is_there: bool,
}

#[derive(Deserialize)]
struct DatasetPeriod {
    dataset: String,
    reporting_period: String,
}

pub(crate) async fn periods(context: &SessionContext) -> Result<Vec<PeriodRow>, Error> {
    let found: Vec<DatasetPeriod> = distinct(context, "totals", &["dataset", "reporting_period"]).await?;
    let all: BTreeSet<(&str, &str)> =
        found.iter().map(|row| (row.dataset.as_str(), row.reporting_period.as_str())).collect();
    let row = |row: &DatasetPeriod| {
        let previous_period = row.reporting_period.parse::<Period>().ok()?.previous().to_string();
        Some(PeriodRow {
            dataset: row.dataset.clone(),
            reporting_period: row.reporting_period.clone(),
            previous_is_there: all.contains(&(row.dataset.as_str(), previous_period.as_str())),
            previous_period,
        })
    };
    Ok(found.iter().filter_map(row).collect())
}

/// The published rows of every organisation's totals.
#[derive(Default)]
struct Places(BTreeMap<[String; 4], String>);

#[derive(Deserialize)]
struct SourceRow {
    dataset: String,
    reporting_period: String,
    org_type: String,
    org_code: String,
    source_file: String,
    source_row: u32,
}

async fn source_rows(context: &SessionContext) -> Result<Places, Error> {
    let columns = ["dataset", "reporting_period", "org_type", "org_code", "source_file", "source_row"];
    let rows: Vec<SourceRow> = distinct(context, "totals", &columns).await?;
    let mut files: BTreeMap<[String; 4], BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for row in rows {
        let key = [row.dataset, row.reporting_period, row.org_type, row.org_code];
        files.entry(key).or_default().entry(row.source_file).or_default().push(row.source_row.to_string());
    }
    let written = |files: BTreeMap<String, Vec<String>>| -> String {
        let file = |(file, rows): (String, Vec<String>)| format!("{file}: {}", rows.join(", "));
        files.into_iter().map(file).collect::<Vec<_>>().join("; ")
    };
    Ok(Places(files.into_iter().map(|(key, files)| (key, written(files))).collect()))
}

impl Places {
    fn of(&self, offence: &Offence) -> String {
        let key = [&offence.dataset, &offence.reporting_period, &offence.org_type, &offence.org_code];
        self.0.get(&key.map(String::clone)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(sql: &str, expected: &Expect) {
        expected.assert_eq(&not_by_period(sql).unwrap_or_default());
    }

    #[test]
    fn a_rule_by_period_reads_one_table_that_is_in_parts() {
        check("SELECT 1 FROM indicators AS a JOIN indicators AS b ON a.n = b.n", &expect![]);
        check("SELECT 1 FROM measures JOIN tidy ON tidy.measure = measures.measure", &expect![]);
        let why = expect![
            "a rule that looks at each period by itself or beside its neighbours reads `indicators` or `tidy`, not both, and none of `totals`, `listed`, `periods`, `additivity`"
        ];
        check("SELECT 1 FROM indicators JOIN tidy ON TRUE", &why);
        check("SELECT 1 FROM spread", &why);
        check("SELECT 1 FROM indicators JOIN periods ON TRUE", &why);
    }

    #[test]
    fn a_rule_begins_with_a_sentence() {
        assert_eq!(no_sentence("A count neither doubles nor halves."), None);
        assert!(no_sentence("A count neither doubles nor").is_some());
        assert!(no_sentence("").is_some());
    }

    #[test]
    fn a_rule_reads_nothing_that_is_made_beside_it() {
        let check = |sql: &str, expected: &Expect| expected.assert_eq(&made_beside(sql).unwrap_or_default());
        check("SELECT 1 FROM indicators JOIN totals ON TRUE", &expect![]);
        check(
            "SELECT 1 FROM indicators JOIN spread ON TRUE",
            &expect!["`spread` is made beside the findings, so no rule reads it"],
        );
        check(
            "SELECT 1 FROM pathway",
            &expect!["`pathway` is made beside the findings, so no rule reads it"],
        );
        check(
            "SELECT 1 FROM tidy WHERE 1 IN (SELECT rank FROM persistence)",
            &expect!["`persistence` is made beside the findings, so no rule reads it"],
        );
    }
}
