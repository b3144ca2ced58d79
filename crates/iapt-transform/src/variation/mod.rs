//! The tables of variation: what the indicators of many organisations say together.
//!
//! The indicator table is read once, grouped once, and every group is worked on by itself, on as many threads as there
//! are; the order of rows does not depend on how many that is.

mod analysis;
mod between;
mod group;
mod inequality;
mod organisations;
mod spread;

use std::collections::BTreeMap;

use iapt_catalog::{session, sql};
use iapt_model::{
    DecompositionRow, FunnelClassRow, IndicatorRow, InequalityGroupRow, Project, SpreadRow, VariationRow,
};

use self::{
    analysis::Analysis,
    group::{Floor, Group},
};
use crate::{Error, parallel, table_folder::TableFolder};

/// Writes every table of variation to the folder, where the indicator table already is.
pub(crate) async fn derive(
    folder: &TableFolder<'_>,
    totals: Vec<IndicatorRow>,
    threads: usize,
) -> Result<(), Error> {
    let project = folder.project;
    let groups = group::groups(project, &totals);
    let mut found = Found::default();
    let mut organisations = folder.start_rows::<VariationRow>("variation")?;
    let mut rest = groups.as_slice();
    while !rest.is_empty() {
        let (some, others) = rest.split_at(n_together(rest));
        rest = others;
        for one in parallel::map(some, threads, |group| Found::of(project, group)) {
            found.extend(one);
        }
        organisations.write(&std::mem::take(&mut found.organisations))?;
    }
    organisations.close()?;
    folder.write_rows("spread", &found.spreads)?;
    folder.write_rows("variation_classes", &found.classes)?;
    folder.write_rows("decomposition", &found.decompositions)?;
    folder.write_rows("persistence", &between::persistence(project, &groups))?;
    folder.write_rows("association", &between::associations(project, &groups))?;
    inequality_tables(folder, &totals).await
}

/// Writes the tables of inequality, a row group for each dataset and year: all groups of people of all years are too many to
/// be held at once.
async fn inequality_tables(folder: &TableFolder<'_>, totals: &[IndicatorRow]) -> Result<(), Error> {
    let project = folder.project;
    let file = project.query("broken_down")?;
    // Before one of the tables is half written.
    let context = session::open(folder.path, 1, None).await?;
    let refused = |error| Error::Sql { path: file.path.clone(), error: Box::new(error) };
    let mut by_year: BTreeMap<[&str; 2], Vec<&IndicatorRow>> = BTreeMap::new();
    for row in totals.iter().filter(|row| !row.is_sum_of_months()) {
        by_year.entry([&row.dataset, &row.reporting_period]).or_default().push(row);
    }
    let mut groups = folder.start_rows::<InequalityGroupRow>("inequality_groups")?;
    let mut rows = Vec::new();
    for ([dataset, period], totals) in by_year {
        let values = [("dataset", dataset), ("reporting_period", period)];
        let found = sql::read_with(&context, &file.text, &values).await.map_err(refused)?;
        let batches = found.collect().await.map_err(refused)?;
        let broken_down: Vec<IndicatorRow> = session::from_batches("broken_down", &batches)?;
        if broken_down.is_empty() {
            continue;
        }
        let (group_rows, of_year) = inequality::tables(project, &totals, &broken_down);
        groups.write(&group_rows)?;
        rows.extend(of_year);
    }
    groups.close()?;
    folder.write_rows("inequality", &rows)
}

/// How many of the groups make a row group of `variation`: its rows are wide, and are not all held at once.
fn n_together(groups: &[Group<'_>]) -> usize {
    const ROWS: usize = 8_192;
    let mut n_rows = 0;
    let is_full = |group: &Group<'_>| {
        n_rows += group.entries.len();
        n_rows >= ROWS
    };
    groups.iter().position(is_full).map_or(groups.len(), |last| last + 1)
}

/// What is found about one group, or about all of them.
#[derive(Default)]
struct Found {
    organisations: Vec<VariationRow>,
    spreads: Vec<SpreadRow>,
    classes: Vec<FunnelClassRow>,
    decompositions: Vec<DecompositionRow>,
}

impl Found {
    fn of(project: &Project, group: &Group<'_>) -> Self {
        let all = Analysis::of(group.proportions(Floor::Nothing));
        let large = group.proportions(Floor::Headline);
        // Most areas are large, so the two sets are mostly one.
        let only_large = (large.len() < all.proportions.len()).then(|| Analysis::of(large));
        let headline = only_large.as_ref().unwrap_or(&all);
        let by_floor = [(Floor::Nothing, &all), (Floor::Headline, headline)];
        let spread = |(floor, analysis)| spread::row(project, group, floor, analysis);
        let classes = |(floor, analysis): (Floor, _)| {
            spread::classes(group, floor.minimum_denominator(project), analysis)
        };
        Self {
            organisations: organisations::rows(group, &all, headline),
            spreads: by_floor.into_iter().filter_map(spread).collect(),
            classes: by_floor.into_iter().flat_map(classes).collect(),
            decompositions: between::decompositions(project, group),
        }
    }

    fn extend(&mut self, other: Self) {
        self.organisations.extend(other.organisations);
        self.spreads.extend(other.spreads);
        self.classes.extend(other.classes);
        self.decompositions.extend(other.decompositions);
    }
}
