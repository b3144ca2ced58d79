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

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use iapt_model::{
    DecompositionRow, FunnelClassRow, IndicatorRow, Period, Project, VariationRow, VariationSpreadRow,
};

use self::{
    analysis::Analysis,
    group::{Group, HEADLINE_FLOOR},
};
use crate::{Error, indicators::write_rows, query};

/// Writes every table of variation below `tables`, where the indicator table already is.
pub(crate) async fn derive(
    project: &Project,
    tables: &Path,
    totals: &[IndicatorRow],
    threads: usize,
) -> Result<(), Error> {
    let totals: Vec<IndicatorRow> = totals.iter().filter(|row| is_of_a_year(row)).cloned().collect();
    let groups = group::groups(project, &totals);
    let mut found = Found::default();
    for one in map(&groups, threads, |group| Found::of(project, group)) {
        found.extend(one);
    }
    write_rows(tables, "variation", &found.organisations)?;
    write_rows(tables, "variation_spread", &found.spreads)?;
    write_rows(tables, "variation_classes", &found.classes)?;
    write_rows(tables, "decomposition", &found.decompositions)?;
    write_rows(tables, "persistence", &between::persistence(&groups))?;
    write_rows(tables, "association", &between::associations(&groups))?;
    let broken_down: Vec<IndicatorRow> = query::read_rows(tables, &broken_down()).await?;
    let broken_down: Vec<IndicatorRow> = broken_down.into_iter().filter(is_of_a_year).collect();
    let (group_rows, rows) = inequality::tables(&project.categories, &totals, &broken_down);
    write_rows(tables, "inequality_groups", &group_rows)?;
    write_rows(tables, "inequality", &rows)
}

/// Months are too small to compare organisations by, and their sums are tables of their own.
fn is_of_a_year(row: &IndicatorRow) -> bool {
    row.reporting_period.parse::<Period>().is_ok_and(Period::is_year)
}

/// Every breakdown of England and of regions; of areas below them deprivation alone, where the groups are large enough
/// to survive rounding.
fn broken_down() -> String {
    let quoted: Vec<String> = inequality::BREAKDOWNS.map(|breakdown| format!("'{breakdown}'")).into();
    format!(
        "SELECT * FROM indicators
         WHERE breakdown IN ({}) AND denominator_high IS NOT NULL
           AND (level IN ('england', 'region') OR breakdown = 'imd_decile')",
        quoted.join(", ")
    )
}

/// What is found about one group, or about all of them.
#[derive(Default)]
struct Found {
    organisations: Vec<VariationRow>,
    spreads: Vec<VariationSpreadRow>,
    classes: Vec<FunnelClassRow>,
    decompositions: Vec<DecompositionRow>,
}

impl Found {
    fn of(project: &Project, group: &Group<'_>) -> Self {
        let all = Analysis::of(group.proportions(0.0));
        let large = group.proportions(HEADLINE_FLOOR);
        // Most areas are large, so the two sets are mostly one.
        let only_large = (large.len() < all.proportions.len()).then(|| Analysis::of(large));
        let headline = only_large.as_ref().unwrap_or(&all);
        let by_floor = [(0.0, &all), (HEADLINE_FLOOR, headline)];
        let spread = |(floor, analysis)| spread::row(group, floor, analysis);
        let classes = |(floor, analysis)| spread::classes(group, floor, analysis);
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

/// Applies a function to every item on several threads; results are in the order of the items.
fn map<T: Sync, R: Send>(items: &[T], threads: usize, apply: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let position = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some((position, item)) = {
                    let position = position.fetch_add(1, Ordering::Relaxed);
                    items.get(position).map(|item| (position, item))
                } {
                    let result = apply(item);
                    if let Ok(mut results) = results.lock() {
                        results.push((position, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}
