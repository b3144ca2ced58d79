//! The ledger of claims: each statement computed again on every build, with a verdict.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use datafusion::{
    error::DataFusionError,
    prelude::{SessionContext, cast, col},
};
use iapt_catalog::{
    session::{self, RULES_MEMORY},
    sql,
};
use iapt_model::{ClaimRow, PublishedClaim};
use serde::Deserialize;

use crate::{Error, findings::hold, table_folder::TableFolder};

/// Writes `claims` to the folder, where every other table already is.
///
/// # Errors
///
/// [`Error::Claim`] names the claim whose query the engine refuses.
pub(crate) async fn derive(folder: &TableFolder<'_>, threads: usize) -> Result<(), Error> {
    let project = folder.project;
    let context = session::open(folder.path, threads, Some(RULES_MEMORY)).await?;
    // Tables too, so that the query of a claim runs wherever the tables are.
    for figures in ["england_counts", "england_rates"] {
        let rows = hold(&context, project.query(figures)?).await?;
        let mut file = folder.start(figures, &rows.schema())?;
        file.write(&rows)?;
        file.close()?;
    }
    let mut sources = figure_sources(&context).await?;
    sources.extend(project.stated.figures.iter().map(|figure| figure.source.clone()));
    let mut rows = Vec::with_capacity(project.claims.claims.len());
    for claim in &project.claims.claims {
        let is_own = claim.own_source.as_ref().is_some_and(|own| own == DECLARED || sources.contains(own));
        rows.push(verdict(claim, compute(&context, claim).await?, is_own));
    }
    folder.write_rows("claims", &rows)
}

/// The table of figures that claims rest on, and the word in the ledger for a claim whose own numbers are in it.
const DECLARED: &str = "declared_figures";

/// The sources that the figures of the tables are from.
async fn figure_sources(context: &SessionContext) -> Result<BTreeSet<String>, Error> {
    #[derive(Deserialize)]
    struct Source {
        figure_source: Option<String>,
    }
    let rows = async {
        context.table(iapt_tidy::TIDY).await?.select_columns(&["figure_source"])?.distinct()?.collect().await
    };
    let batches = rows.await.map_err(|error| iapt_catalog::Error::Query(Box::new(error)))?;
    let sources: Vec<Source> = session::from_batches(iapt_tidy::TIDY, &batches)?;
    Ok(sources.into_iter().filter_map(|row| row.figure_source).collect())
}

#[derive(Deserialize)]
struct Computed {
    computed: Option<f64>,
}

async fn compute(context: &SessionContext, claim: &PublishedClaim) -> Result<Option<f64>, Error> {
    let refused = |error| Error::Claim { claim: claim.claim.clone(), error: Box::new(error) };
    // Two rows are enough to see that there is more than one.
    let computed = cast(col("computed"), DataType::Float64).alias("computed");
    let rows = sql::read(context, &claim.sql).await.map_err(refused)?;
    let rows = rows.select(vec![computed]).and_then(|rows| rows.limit(0, Some(2))).map_err(refused)?;
    let batches = rows.collect().await.map_err(refused)?;
    let rows: Vec<Computed> = session::from_batches(&claim.claim, &batches)?;
    if rows.len() > 1 {
        return Err(refused(DataFusionError::Plan("the query has more rows than one".to_owned())));
    }
    Ok(rows.first().and_then(|row| row.computed))
}

/// Compares a computed number with the stated one.
///
/// Within half the last printed place it is reproduced; within a whole one it rounds differently; otherwise the data
/// say something else. A hair is allowed for sums of binary fractions. What was computed from the claim's own figure, `is_own`,
/// confirms nothing.
fn verdict(claim: &PublishedClaim, computed: Option<f64>, is_own: bool) -> ClaimRow {
    const HAIR: f64 = 1e-9;
    let difference = computed.map(|computed| computed - claim.stated);
    let (verdict, explanation) = match difference.map(f64::abs) {
        None if claim.note.is_empty() => {
            ("not computable", "No table has the figures that it needs.".to_owned())
        }
        None => ("not computable", claim.note.clone()),
        Some(_) if is_own && claim.own_source.as_deref() == Some(DECLARED) => {
            ("same source", "The statement's own numbers are divided.".to_owned())
        }
        Some(_) if is_own => {
            let own =
                "The figure is in no file that was read here: it was taken from the statement's own source.";
            ("same source", own.to_owned())
        }
        Some(difference) if difference <= claim.tolerance + HAIR => ("reproduced", String::new()),
        Some(difference) if difference <= 2.0 * claim.tolerance + HAIR => {
            ("rounds differently", claim.note.clone())
        }
        Some(_) => ("contradicted", claim.note.clone()),
    };
    ClaimRow {
        claim: claim.claim.clone(),
        statement: claim.statement.clone(),
        who: claim.who.clone(),
        source: claim.source.clone(),
        said: claim.said.clone(),
        reporting_period: claim.reporting_period.clone(),
        stated: claim.stated,
        unit: claim.unit.clone(),
        tolerance: claim.tolerance,
        computed,
        difference,
        verdict: verdict.to_owned(),
        explanation,
        sql: claim.sql.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stated: f64, tolerance: f64, computed: Option<f64>, expected: &str) {
        let claim = PublishedClaim {
            claim: "a_claim".to_owned(),
            statement: String::new(),
            who: String::new(),
            source: String::new(),
            said: String::new(),
            reporting_period: String::new(),
            stated,
            unit: String::new(),
            tolerance,
            own_source: None,
            sql: String::new(),
            note: String::new(),
        };
        assert_eq!(verdict(&claim, computed, false).verdict, expected, "{stated} against {computed:?}");
        let own = if computed.is_some() { "same source" } else { expected };
        assert_eq!(verdict(&claim, computed, true).verdict, own);
    }

    #[test]
    fn verdicts_go_by_the_last_printed_place() {
        check(50.8, 0.05, Some(50.835), "reproduced");
        check(50.8, 0.05, Some(50.889), "rounds differently");
        check(50.8, 0.05, Some(50.95), "contradicted");
        check(71.0, 0.5, Some(69.53), "contradicted");
        check(1_376_920.0, 0.0, Some(1_376_920.0), "reproduced");
        check(1_376_920.0, 0.0, Some(1_376_921.0), "contradicted");
        check(29.0, 0.5, None, "not computable");
    }
}
