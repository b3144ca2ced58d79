//! The ledger of claims: each statement computed again on every build, with a verdict.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use datafusion::{
    error::DataFusionError,
    prelude::{SessionContext, cast, col, lit},
};
use futures::{StreamExt, TryStreamExt, stream};
use iapt_catalog::{
    session::{self, RULES_MEMORY},
    sql,
};
use iapt_files::Sha256;
use iapt_model::{ClaimRow, PublishedClaim};
use serde::Deserialize;

use crate::{
    Build, Error,
    findings::{AT_ONCE, hold},
    indicators::Years,
    table_folder::{Known, TableFolder},
};

/// Writes `claims` to the folder, where every other table already is. A claim is computed again where a table that it reads is another
/// one, or the years of it where it reads no single months.
///
/// # Errors
///
/// [`Error::Claim`] names the claim whose query the engine refuses.
pub(crate) async fn derive(folder: &TableFolder<'_>, years: &Years, build: &Build<'_>) -> Result<(), Error> {
    let project = folder.project;
    england(folder, years, build.threads).await?;
    let open = || session::open(folder.path, build.threads, Some(RULES_MEMORY));
    let claims = &project.claims.claims;
    let own = claims.iter().filter_map(|claim| claim.own_source.as_deref()).collect();
    let mut sources = BTreeSet::new();
    // What a publisher published is from nowhere else.
    if build.is_built_in {
        sources = figure_sources(&open().await?, own).await?;
    }
    sources.extend(project.stated.figures.iter().map(|figure| figure.source.clone()));
    let is_own = |claim: &PublishedClaim| {
        claim.own_source.as_ref().is_some_and(|own| own == DECLARED || sources.contains(own))
    };
    let keyed = |claim: &PublishedClaim| -> Result<_, Error> {
        let known = Known { but_months: &years.from, ..Known::default() };
        let inputs = folder.tables_sum(&claim.sql, &known, |error| refused(claim, error))?;
        Ok(folder.from([claim.claim.clone(), is_own(claim).to_string(), inputs.to_string()]))
    };
    let from = claims.iter().map(keyed).collect::<Result<Vec<_>, Error>>()?;
    if folder.keep("claims", &from)? {
        return Ok(());
    }
    let context = open().await?;
    let earlier: Vec<ClaimRow> = folder.earlier_rows("claims", &from).await?;
    let row = async |(from, claim): (&Sha256, &PublishedClaim)| {
        let before = earlier.iter().find(|row| row.claim == claim.claim && folder.had("claims", *from));
        let computed = match before {
            Some(row) => row.computed,
            None => compute(&context, claim).await?,
        };
        Ok::<_, Error>(verdict(claim, computed, is_own(claim)))
    };
    let rows = stream::iter(from.iter().zip(claims)).map(row).buffered(build.threads.clamp(1, AT_ONCE));
    folder.write_rows("claims", &from, &rows.try_collect::<Vec<_>>().await?)
}

/// Writes England's figures of years, which most claims are about. They are tables too, so that the query of a claim runs
/// wherever the tables are.
async fn england(folder: &TableFolder<'_>, years: &Years, threads: usize) -> Result<(), Error> {
    let mut stale = Vec::new();
    for figures in ["england_counts", "england_rates"] {
        let query = folder.project.query(figures)?;
        let from = folder.query_sum(query, &Known { whole: &years.from, ..Known::default() })?;
        if !folder.keep(figures, &[from])? {
            stale.push((figures, query, from));
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    let context = session::open(folder.path, threads, Some(RULES_MEMORY)).await?;
    session::expect_few_rows(&context).await?;
    session::tidy_where(&context, &years.tidy.condition()).await?;
    session::view_where(&context, "indicators", "indicators", &years.indicators.condition()).await?;
    for (figures, query, from) in stale {
        let rows = hold(&context, query).await?;
        let mut file = folder.start(figures);
        file.begin(from);
        file.write(&rows)?;
        file.close()?;
    }
    Ok(())
}

fn refused(claim: &PublishedClaim, error: DataFusionError) -> Error {
    Error::Claim { claim: claim.claim.clone(), error: Box::new(error) }
}

/// The table of figures that claims rest on, and the word in the ledger for a claim whose own numbers are in it.
const DECLARED: &str = "declared_figures";

/// Which of these sources figures of the tables are from.
async fn figure_sources(context: &SessionContext, of: BTreeSet<&str>) -> Result<BTreeSet<String>, Error> {
    #[derive(Deserialize)]
    struct Source {
        figure_source: String,
    }
    let rows = async {
        let is_one = col("figure_source").in_list(of.into_iter().map(lit).collect(), false);
        let tidy = context.table(iapt_tidy::TIDY).await?.filter(is_one)?;
        tidy.select_columns(&["figure_source"])?.distinct()?.collect().await
    };
    let batches = rows.await.map_err(Error::query)?;
    let sources: Vec<Source> = session::from_batches(iapt_tidy::TIDY, &batches)?;
    Ok(sources.into_iter().map(|row| row.figure_source).collect())
}

#[derive(Deserialize)]
struct Computed {
    computed: Option<f64>,
}

async fn compute(context: &SessionContext, claim: &PublishedClaim) -> Result<Option<f64>, Error> {
    let refused = |error| refused(claim, error);
    // Two rows are enough to see that there is more than one.
    let computed = cast(col("computed"), DataType::Float64).alias("computed");
    let rows = sql::read(context, &claim.sql).await.map_err(refused)?;
    let rows = rows.select(vec![computed]).and_then(|rows| rows.limit(0, Some(2))).map_err(refused)?;
    let batches = session::apart(rows.collect()).await.map_err(refused)?;
    let rows: Vec<Computed> = session::from_batches(&claim.claim, &batches)?;
    if rows.len() > 1 {
        return Err(refused(DataFusionError::Plan("the query has more rows than one".to_owned())));
    }
    Ok(rows.first().and_then(|row| row.computed))
}

/// Compares a computed number with the stated one, or with no change where the statement has no number.
///
/// Within half the last printed place it is reproduced; within a whole one it rounds differently, and so does what was
/// taken for exact and ends in zeros, within half of the place that they may be rounded to; otherwise the data
/// say something else, which contradicts it unless it is known to count others. A hair is allowed for sums of binary
/// fractions. What was computed from the claim's own figure, `is_own`, confirms nothing.
fn verdict(claim: &PublishedClaim, computed: Option<f64>, is_own: bool) -> ClaimRow {
    const HAIR: f64 = 1e-9;
    let apart = computed.map(|computed| (computed - claim.stated.unwrap_or_default()).abs());
    let (verdict, explanation) = match apart {
        None if claim.note.is_empty() => {
            ("not computable", "No table has the figures that it needs.".to_owned())
        }
        None => ("not computable", claim.note.clone()),
        Some(_) if is_own && claim.own_source.as_deref() == Some(DECLARED) => {
            ("same source", "A number of the statement's own is in the division.".to_owned())
        }
        Some(_) if is_own => {
            let own = "It rests on a figure that is in no file that was read here, taken from the statement's own source.";
            ("same source", own.to_owned())
        }
        Some(apart) if apart <= claim.tolerance + HAIR => ("reproduced", String::new()),
        Some(apart) if apart <= rounded_within(claim) + HAIR => ("rounds differently", claim.note.clone()),
        Some(_) if claim.counts_others => ("counts others", claim.note.clone()),
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
        difference: computed.zip(claim.stated).map(|(computed, stated)| computed - stated),
        verdict: verdict.to_owned(),
        explanation,
        sql: claim.sql.clone(),
    }
}

/// How far off a number may be that was rounded another way: a whole last place, or half of the last place that is not a zero, of a
/// whole number above nine that was taken for exact: 5 for 86,850. Words are not rounded.
fn rounded_within(claim: &PublishedClaim) -> f64 {
    let Some(stated) = claim.stated else { return 0.0 };
    let mut place = 1.0;
    if claim.tolerance > 0.0 || stated == 0.0 || stated.fract() != 0.0 {
        return 2.0 * claim.tolerance;
    }
    while stated % (place * 10.0) == 0.0 {
        place *= 10.0;
    }
    if place > 1.0 { place / 2.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stated: impl Into<Option<f64>>, tolerance: f64, computed: Option<f64>, expected: &str) {
        let stated = stated.into();
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
            counts_others: false,
            sql: String::new(),
            note: String::new(),
        };
        assert_eq!(verdict(&claim, computed, false).verdict, expected, "{stated:?} against {computed:?}");
        let own = if computed.is_some() { "same source" } else { expected };
        assert_eq!(verdict(&claim, computed, true).verdict, own);
        let of_others = PublishedClaim { counts_others: true, ..claim };
        let instead = if expected == "contradicted" { "counts others" } else { expected };
        assert_eq!(verdict(&of_others, computed, false).verdict, instead);
    }

    #[test]
    fn verdicts_go_by_the_last_printed_place() {
        check(50.8, 0.05, Some(50.835), "reproduced");
        check(50.8, 0.05, Some(50.889), "rounds differently");
        check(50.8, 0.05, Some(50.95), "contradicted");
        check(71.0, 0.5, Some(69.53), "contradicted");
        check(1_376_920.0, 0.0, Some(1_376_920.0), "reproduced");
        check(1_376_920.0, 0.0, Some(1_376_921.0), "rounds differently");
        check(1_376_920.0, 0.0, Some(1_376_926.0), "contradicted");
        check(86_850.0, 0.0, Some(86_849.4), "rounds differently");
        check(284_832.0, 0.0, Some(284_833.0), "contradicted");
        check(-8744.0, 0.0, Some(-8744.4), "contradicted");
        check(0.0, 0.0, Some(0.1), "contradicted");
        check(29.0, 0.5, None, "not computable");
        check(None, 2.0, Some(-1.9), "reproduced");
        check(None, 2.0, Some(2.1), "contradicted");
    }
}
