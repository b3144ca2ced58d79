//! Which measures and breakdowns there are of each period, so that only what can be made is asked for.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::{
    functions_aggregate::expr_fn::count,
    prelude::{DataFrame, SessionContext, col, lit},
};
use iapt_catalog::session;
use iapt_model::{Indicator, Project, Statistic};
use serde::Deserialize;

use crate::{
    Error,
    part::{self, Part},
};

/// The measures of each dataset and period, the published ones and the years of months; and its breakdowns.
pub(crate) struct Held {
    published: Vec<HeldRow>,
    sums: Vec<HeldRow>,
    broken_down: Vec<BreakdownRow>,
}

/// A breakdown that is published in a dataset and period.
#[derive(Deserialize)]
struct BreakdownRow {
    dataset: String,
    reporting_period: String,
    breakdown: Option<String>,
}

#[derive(Deserialize)]
struct HeldRow {
    dataset: String,
    reporting_period: String,
    measure: String,
    statistic: String,
    n_rows: i64,
}

impl Held {
    /// What the tables `coverage` and `whole_years` of a session have.
    pub(crate) async fn of(context: &SessionContext) -> Result<Self, Error> {
        let published = context.table("coverage").await.map_err(Error::query)?;
        let is_there = col("n_cells").gt(col("n_not_applicable") + col("n_not_held"));
        let published = published.filter(is_there).map_err(Error::query)?;
        let broken_down = published
            .clone()
            .select_columns(&["dataset", "reporting_period", "breakdown"])
            .and_then(DataFrame::distinct)
            .map_err(Error::query)?;
        let broken_down = broken_down.collect().await.map_err(Error::query)?;
        let sums = context.table("whole_years").await.map_err(Error::query)?;
        Ok(Self {
            published: by_measure("coverage", published).await?,
            sums: by_measure("whole_years", sums).await?,
            broken_down: session::from_batches("coverage", &broken_down)?,
        })
    }

    /// How many sums of months there are of each dataset and whole year, in order.
    pub(crate) fn n_sums(&self) -> Vec<(String, String, u64)> {
        let mut n_sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for row in &self.sums {
            *n_sums.entry((&row.dataset, &row.reporting_period)).or_default() += row.n_rows.unsigned_abs();
        }
        n_sums.into_iter().map(|((dataset, year), n)| (dataset.to_owned(), year.to_owned(), n)).collect()
    }

    /// Whether any sum of months is in a part.
    pub(crate) fn has_sums(&self, part: &Part) -> bool {
        self.sums.iter().any(|row| part.has(&row.dataset, &row.reporting_period))
    }

    /// The breakdowns that rows of a part can have: of single months, and of their sums, only totals are taken.
    pub(crate) fn breakdowns_of(&self, part: &Part) -> BTreeSet<&str> {
        let of_part = self.broken_down.iter().filter(|row| {
            part.has(&row.dataset, &row.reporting_period) && !part::is_month(&row.reporting_period)
        });
        of_part.filter_map(|row| row.breakdown.as_deref()).chain(["total"]).collect()
    }

    /// The indicators that can have a row in a part: of those for which it has no count, every group would be put together
    /// only to find that one is missing.
    pub(crate) fn indicators_of<'a>(&self, part: &Part, project: &'a Project) -> Vec<&'a Indicator> {
        let rows = self.published.iter().chain(&self.sums);
        let of_part = rows.filter(|row| part.has(&row.dataset, &row.reporting_period));
        let measures: BTreeSet<(&str, &str)> =
            of_part.map(|row| (row.measure.as_str(), row.statistic.as_str())).collect();
        let has = |measure: &str, statistic: Statistic| measures.contains(&(measure, statistic.as_str()));
        project.indicators.iter().filter(|indicator| indicator.can_be_made(has)).collect()
    }
}

/// The rows of a table, counted by dataset, period and measure.
async fn by_measure(table: &str, rows: DataFrame) -> Result<Vec<HeldRow>, Error> {
    let keys = ["dataset", "reporting_period", "measure", "statistic"].map(col).to_vec();
    let counted = rows.aggregate(keys, vec![count(lit(1)).alias("n_rows")]).map_err(Error::query)?;
    Ok(session::from_batches(table, &counted.collect().await.map_err(Error::query)?)?)
}
