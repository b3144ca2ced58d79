//! The tables of variation: what the indicators of many organisations say together.
//!
//! Of the indicator table the parts that have changed are read, one after the other, and those of the periods before them, which they are
//! held against. Every group of a part is worked on by itself, on as many threads as there are; the order of rows does not depend on
//! how many that is.

mod analysis;
mod between;
mod group;
mod inequality;
mod organisations;
mod spread;

use std::collections::{BTreeMap, btree_map::Entry};

use datafusion::prelude::SessionContext;
use iapt_catalog::{session, sql};
use iapt_files::{Sha256, parallel};
use iapt_model::{
    DecompositionRow, FunnelClassRow, FunnelLimitsRow, IndicatorRow, InequalityGroupRow, Project, SpreadRow,
    SqlFile, VariationRow,
};
use serde::{Deserialize, Serialize};

use self::{
    analysis::Analysis,
    group::{Floor, Group},
};
use crate::{
    Error,
    indicators::Keyed,
    table_folder::{TableFile, TableFolder},
};

/// The tables of variation that are made of one part each.
const BY_PART: [&str; 8] = [
    "variation",
    "funnel_limits",
    "spread",
    "variation_classes",
    "decomposition",
    "association",
    "inequality_groups",
    "inequality",
];

/// Writes every table of variation to the folder, where the indicator table already is, of the parts that have years.
pub(crate) async fn derive(
    folder: &TableFolder<'_>,
    parts: &[Keyed<'_>],
    threads: usize,
) -> Result<(), Error> {
    let project = folder.project;
    let context = session::open(folder.path, 1, None).await?;
    // What `indicators` is made a view of, part after part.
    session::view_where(&context, "every_indicator", "indicators", "TRUE").await?;
    let mut tables = Tables(BY_PART.map(|table| folder.start(table)).into());
    let mut persistence = Tables(vec![folder.start("persistence")]);
    let mut read: BTreeMap<usize, Vec<IndicatorRow>> = BTreeMap::new();
    for (index, (from, part)) in parts.iter().enumerate() {
        // Where the periods before those of the part are.
        let before = parts.iter().enumerate().filter(|(_, (_, other))| part.follows(other));
        let before: BTreeMap<usize, Sha256> = before.map(|(index, (from, _))| (index, *from)).collect();
        let from_both = folder.from([from].into_iter().chain(before.values()));
        let (are_kept, is_kept) = (tables.copy(*from)?, persistence.copy(from_both)?);
        if are_kept && is_kept {
            continue;
        }
        let is_wanted = |one: usize| one == index || (!is_kept && before.contains_key(&one));
        read.retain(|one, _| is_wanted(*one));
        for (one, (_, part)) in parts.iter().enumerate().filter(|(one, _)| is_wanted(*one)) {
            if let Entry::Vacant(room) = read.entry(one) {
                session::view_where(&context, "indicators", "every_indicator", &part.condition()).await?;
                room.insert(rows(&context, project.query("compared")?, &[]).await?);
            }
        }
        let groups = group::groups(project, read.values().flatten());
        if !is_kept {
            persistence.write("persistence", &between::persistence(project, &groups, part))?;
        }
        if !are_kept {
            let own: Vec<&Group<'_>> = groups.iter().filter(|group| group.is_of(part)).collect();
            write_statistics(project, &own, threads, &mut tables)?;
            session::view_where(&context, "indicators", "every_indicator", &part.condition()).await?;
            let totals = read.get(&index).into_iter().flatten();
            inequality_tables(project, &context, totals, &mut tables).await?;
        }
    }
    tables.close()?;
    persistence.close()
}

/// Writes what is found about the groups of a part, one by one and beside each other.
fn write_statistics(
    project: &Project,
    groups: &[&Group<'_>],
    threads: usize,
    tables: &mut Tables<'_>,
) -> Result<(), Error> {
    let mut found = Found::default();
    // A table without rows has its columns.
    tables.write::<VariationRow>("variation", &[])?;
    tables.write::<FunnelLimitsRow>("funnel_limits", &[])?;
    let mut rest = groups;
    while !rest.is_empty() {
        let (some, others) = rest.split_at(n_together(rest));
        rest = others;
        for one in parallel::map(some, threads, |group| Found::of(project, group)) {
            found.extend(one);
        }
        tables.write("variation", &std::mem::take(&mut found.organisations))?;
        tables.write("funnel_limits", &std::mem::take(&mut found.limits))?;
    }
    tables.write("spread", &found.spreads)?;
    tables.write("variation_classes", &found.classes)?;
    tables.write("decomposition", &found.decompositions)?;
    tables.write("association", &between::associations(project, groups))
}

/// Runs an SQL file into rows.
async fn rows(
    context: &SessionContext,
    file: &SqlFile,
    values: &[(&str, &str)],
) -> Result<Vec<IndicatorRow>, Error> {
    let refused = |error| Error::Sql { path: file.path.clone(), error: Box::new(error) };
    let found = sql::read_with(context, &file.text, values).await.map_err(refused)?;
    let batches = found.collect().await.map_err(refused)?;
    Ok(session::from_batches(&file.name, &batches)?)
}

/// Tables that have the same parts.
struct Tables<'a>(Vec<TableFile<'a>>);

impl Tables<'_> {
    /// Whether a part of each was made of these inputs before.
    fn have(&self, from: Sha256) -> bool {
        self.0.iter().all(|table| table.has(from))
    }

    /// Copies the part of each that was made of these inputs, or begins it; says whether it copied them.
    fn copy(&mut self, from: Sha256) -> Result<bool, Error> {
        let are_there = self.have(from);
        for table in &mut self.0 {
            if are_there { table.copy(from)? } else { table.begin(from) }
        }
        Ok(are_there)
    }

    fn write<T: Serialize + for<'de> Deserialize<'de>>(
        &mut self,
        table: &str,
        rows: &[T],
    ) -> Result<(), Error> {
        let batch = session::to_batch(table, rows)?;
        self.0.iter_mut().filter(|one| one.is(table)).try_for_each(|one| one.write(&batch))
    }

    fn close(self) -> Result<(), Error> {
        self.0.into_iter().try_for_each(TableFile::close)
    }
}

/// Writes the tables of inequality of a part, a row group for each dataset and year: all groups of people of all years are too many to
/// be held at once.
async fn inequality_tables(
    project: &Project,
    context: &SessionContext,
    totals: impl Iterator<Item = &IndicatorRow>,
    tables: &mut Tables<'_>,
) -> Result<(), Error> {
    let file = project.query("broken_down")?;
    let mut by_year: BTreeMap<[&str; 2], Vec<&IndicatorRow>> = BTreeMap::new();
    for row in totals.filter(|row| !row.is_sum_of_months()) {
        by_year.entry([&row.dataset, &row.reporting_period]).or_default().push(row);
    }
    let mut all = Vec::new();
    for ([dataset, period], totals) in by_year {
        let values = [("dataset", dataset), ("reporting_period", period)];
        let (groups, of_year) = inequality::tables(project, &totals, &rows(context, file, &values).await?);
        tables.write("inequality_groups", &groups)?;
        all.extend(of_year);
    }
    tables.write::<InequalityGroupRow>("inequality_groups", &[])?;
    tables.write("inequality", &all)
}

/// How many of the groups make a row group of `variation`: its rows are wide, and are not all held at once.
fn n_together(groups: &[&Group<'_>]) -> usize {
    const ROWS: usize = 8_192;
    let mut n_rows = 0;
    let is_full = |group: &&Group<'_>| {
        n_rows += group.entries.len();
        n_rows >= ROWS
    };
    groups.iter().position(is_full).map_or(groups.len(), |last| last + 1)
}

/// What is found about one group, or about all of them.
#[derive(Default)]
struct Found {
    organisations: Vec<VariationRow>,
    limits: Vec<FunnelLimitsRow>,
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
            limits: organisations::limits(group, &all),
            spreads: by_floor.into_iter().filter_map(spread).collect(),
            classes: by_floor.into_iter().flat_map(classes).collect(),
            decompositions: between::decompositions(project, group),
        }
    }

    fn extend(&mut self, other: Self) {
        self.organisations.extend(other.organisations);
        self.limits.extend(other.limits);
        self.spreads.extend(other.spreads);
        self.classes.extend(other.classes);
        self.decompositions.extend(other.decompositions);
    }
}
