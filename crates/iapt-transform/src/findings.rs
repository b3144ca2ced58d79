//! The integrity engine: rules over the tables, each an SQL file that returns the offending rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arrow::{array::RecordBatch, compute::concat_batches};
use datafusion::{
    datasource::MemTable,
    error::DataFusionError,
    prelude::{SessionContext, col},
};
use futures::TryStreamExt;
use iapt_catalog::{
    session::{self, RULES_MEMORY, to_batch},
    sql,
};
use iapt_files::Sha256;
use iapt_model::{AdditivityRow, FindingRow, Period, SqlFile};
use serde::{Deserialize, Serialize};

use crate::{Error, part::Part, table_folder::TableFolder};

/// Writes `additivity` and `findings` to the folder, where the tidy and indicator tables already are. A rule is run again where a
/// table that it reads is another one.
///
/// # Errors
///
/// [`Error::Sql`] names the rule that the engine refuses.
pub(crate) async fn derive<'a>(folder: &TableFolder<'a>, threads: usize) -> Result<(), Error> {
    let project = folder.project;
    let years = Part::but_months(folder.releases);
    let totals = folder.tidy_sum(&years)?;
    let held = ["totals", "listed", "periods", "additivity"].map(|table| (table, totals));
    let rules = project.rules.iter().filter(|rule| rule.applies(folder.releases));
    let keyed = |rule: &'a SqlFile| -> Result<_, Error> {
        let inputs = [rule.name.clone(), totals.to_string(), folder.query_sum(rule, &held)?.to_string()];
        Ok((folder.from(inputs), rule))
    };
    let rules = rules.map(keyed).collect::<Result<Vec<_>, Error>>()?;
    let from: Vec<Sha256> = rules.iter().map(|(from, _)| *from).collect();
    if folder.keep("additivity", &[totals])? && folder.keep("findings", &from)? {
        return Ok(());
    }
    let context = session::open(folder.path, threads, Some(RULES_MEMORY)).await?;
    // Totals are of years, and see nothing else.
    session::tidy_where(&context, &years.condition()).await?;
    for rows in ["totals", "listed"] {
        hold(&context, project.query(rows)?).await?;
    }
    session::tidy_where(&context, "TRUE").await?;
    let periods = periods(&context).await?;
    register(&context, "periods", &periods)?;
    let additivity: Vec<AdditivityRow> = run(&context, project.query("additivity")?).await?;
    folder.write_rows("additivity", &[totals], &additivity)?;
    register(&context, "additivity", &additivity)?;
    let places = source_rows(&context).await?;
    let earlier: Vec<FindingRow> = folder.earlier_rows("findings").await?;
    let mut findings = Vec::new();
    for (from, rule) in rules {
        if folder.had("findings", from) {
            findings.extend(earlier.iter().filter(|finding| finding.rule == rule.name).cloned());
        } else {
            findings.extend(found(&context, rule, &places).await?);
        }
    }
    findings.sort_by(|left, right| order(left).cmp(&order(right)));
    folder.write_rows("findings", &from, &findings)
}

fn order(finding: &FindingRow) -> impl Ord + use<'_> {
    let severity = ["error", "warning", "note"].iter().position(|severity| *severity == finding.severity);
    let key = [
        &finding.dataset,
        &finding.reporting_period,
        &finding.rule,
        &finding.org_type,
        &finding.org_code,
        &finding.org_name,
        &finding.subject,
    ];
    (severity, key)
}

/// One offending row, as a rule returns it.
#[derive(Deserialize)]
struct Offence {
    dataset: String,
    reporting_period: String,
    level: String,
    org_type: String,
    org_code: String,
    org_name: String,
    subject: String,
    severity: String,
    evidence: String,
    n_rows: i64,
    sentence: String,
}

async fn found(context: &SessionContext, rule: &SqlFile, places: &Places) -> Result<Vec<FindingRow>, Error> {
    let offences: Vec<Offence> = run(context, rule).await?;
    let finding = |offence: Offence| FindingRow {
        source_rows: places.of(&offence),
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
        evidence: offence.evidence,
        n_rows: u32::try_from(offence.n_rows).unwrap_or(u32::MAX),
        sentence: offence.sentence,
    };
    Ok(offences.into_iter().map(finding).collect())
}

/// Rows that a rule may return; one that finds more says something else than what should hold.
const ROWS_OF_A_RULE: usize = 1_000_000;

/// Runs an SQL file into rows.
async fn run<T: serde::de::DeserializeOwned>(
    context: &SessionContext,
    file: &SqlFile,
) -> Result<Vec<T>, Error> {
    let path = &file.path;
    let refused = |error| Error::Sql { path: path.clone(), error: Box::new(error) };
    let mut rows =
        sql::read(context, &file.text).await.map_err(refused)?.execute_stream().await.map_err(refused)?;
    let mut values = Vec::new();
    while let Some(batch) = rows.try_next().await.map_err(refused)? {
        values.extend(session::from_batches(&path.display().to_string(), &[batch])?);
        if values.len() > ROWS_OF_A_RULE {
            return Err(refused(DataFusionError::Plan(format!("it has more than {ROWS_OF_A_RULE} rows"))));
        }
    }
    Ok(values)
}

/// Runs a file once and holds its result in memory as a table of the file's name.
pub(crate) async fn hold(context: &SessionContext, file: &SqlFile) -> Result<RecordBatch, Error> {
    let refused = |error| Error::Sql { path: file.path.clone(), error: Box::new(error) };
    let frame = sql::read(context, &file.text).await.map_err(refused)?;
    let schema = Arc::clone(frame.schema().inner());
    let batches = frame.collect().await.map_err(refused)?;
    let rows = concat_batches(&schema, &batches).map_err(|error| refused(error.into()))?;
    let table = MemTable::try_new(schema, vec![vec![rows.clone()]]).map_err(refused)?;
    context.register_table(file.name.as_str(), Arc::new(table)).map_err(refused)?;
    Ok(rows)
}

/// The different values of some columns of a table, in their order.
async fn distinct<T: serde::de::DeserializeOwned>(
    context: &SessionContext,
    table: &str,
    columns: &[&str],
) -> Result<Vec<T>, Error> {
    let rows = async {
        let order = columns.iter().map(|column| col(*column).sort(true, false)).collect();
        context.table(table).await?.select_columns(columns)?.distinct()?.sort(order)?.collect().await
    };
    let batches = rows.await.map_err(|error| iapt_catalog::Error::Query(Box::new(error)))?;
    Ok(session::from_batches(table, &batches)?)
}

/// Registers rows as a table, in place of one of that name.
pub(crate) fn register<T: Serialize + for<'de> Deserialize<'de>>(
    context: &SessionContext,
    name: &str,
    rows: &[T],
) -> Result<(), Error> {
    let query = |error| iapt_catalog::Error::Query(Box::new(error));
    let batch = to_batch(name, rows)?;
    context.deregister_table(name).map_err(query)?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(query)?;
    context.register_table(name, Arc::new(table)).map_err(query)?;
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
