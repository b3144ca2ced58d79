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

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use iapt_catalog::{
    session::{self, Apart},
    sql,
};
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
    part::Part,
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

/// The table that is made of a part and the one before it.
const PERSISTENCE: &str = "persistence";

/// Every table of variation.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    BY_PART.into_iter().chain([PERSISTENCE])
}

/// Writes every table of variation to the folder, of the parts that have years; the indicator table is open in the session.
pub(crate) async fn derive(
    folder: &TableFolder<'_>,
    context: &SessionContext,
    parts: &[Keyed<'_>],
    threads: usize,
) -> Result<(), Error> {
    let project = folder.project;
    // What `indicators` is made a view of, part after part.
    session::view_where(context, "every_indicator", "indicators", "TRUE").await?;
    let mut tables = Tables(BY_PART.map(|table| folder.start(table)).into());
    let mut persistence = Tables(vec![folder.start(PERSISTENCE)]);
    let steps: Vec<Step> =
        parts.iter().map(|part| Step::of(folder, parts, *part, &tables, &persistence)).collect();
    let mut coming = Coming { context, folder, parts, totals: BTreeMap::new(), broken_down: BTreeMap::new() };
    let mut read: BTreeMap<usize, Vec<IndicatorRow>> = BTreeMap::new();
    for (index, ((from, part), step)) in parts.iter().zip(&steps).enumerate() {
        tables.copy(*from)?;
        persistence.copy(step.from_both)?;
        if step.is_done() {
            continue;
        }
        // The rows of the next part are read while this one is worked on.
        let to_do = steps.iter().enumerate().skip(index).filter(|(_, step)| !step.is_done());
        for (index, step) in to_do.take(2) {
            coming.begin(index, step, &read).await?;
        }
        let is_wanted = |one: usize| one == index || step.before.contains(&one);
        read.retain(|one, _| is_wanted(*one));
        for one in step.before.iter().copied().chain([index]) {
            if let Some(rows) = coming.totals.remove(&one) {
                read.insert(one, rows.ended().await?);
            }
        }
        let groups = group::groups(project, read.values().flatten());
        if !step.is_kept {
            persistence.write(PERSISTENCE, &between::persistence(project, &groups, part))?;
        }
        if !step.are_kept {
            let own: Vec<&Group<'_>> = groups.iter().filter(|group| group.is_of(part)).collect();
            write_statistics(project, &own, threads, &mut tables)?;
            let totals = read.get(&index).into_iter().flatten();
            let broken_down = coming.broken_down.remove(&index).unwrap_or_default();
            inequality_tables(project, totals, broken_down, &mut tables).await?;
        }
    }
    tables.close()?;
    persistence.close()
}

/// What there is to do of a part.
struct Step {
    /// What `persistence` is made of: its rows, and those of the periods before.
    from_both: Sha256,
    /// Whether the tables of the part are made already.
    are_kept: bool,
    /// Whether `persistence` is.
    is_kept: bool,
    /// Where the periods before its own are, if it is to be held against them.
    before: Vec<usize>,
}

impl Step {
    fn of(
        folder: &TableFolder<'_>,
        parts: &[Keyed<'_>],
        (from, own): Keyed<'_>,
        tables: &Tables<'_>,
        persistence: &Tables<'_>,
    ) -> Self {
        let before = parts.iter().enumerate().filter(|(_, (_, other))| own.follows(other));
        let (mut before, sums): (Vec<usize>, Vec<Sha256>) =
            before.map(|(index, (from, _))| (index, *from)).unzip();
        let from_both = folder.from([from].iter().chain(&sums));
        let (are_kept, is_kept) = (tables.have(from), persistence.have(from_both));
        if is_kept {
            before.clear();
        }
        Self { from_both, are_kept, is_kept, before }
    }

    fn is_done(&self) -> bool {
        self.are_kept && self.is_kept
    }
}

/// Rows that are being read, by the number of their part.
struct Coming<'a> {
    context: &'a SessionContext,
    folder: &'a TableFolder<'a>,
    parts: &'a [Keyed<'a>],
    /// The totals of organisations.
    totals: BTreeMap<usize, Reading<'a>>,
    /// Groups of people, of one dataset and period after the other.
    broken_down: BTreeMap<usize, Vec<([&'a str; 2], Reading<'a>)>>,
}

impl<'a> Coming<'a> {
    /// Begins to read what the step of a part needs and is not `read` yet.
    async fn begin(
        &mut self,
        index: usize,
        step: &Step,
        read: &BTreeMap<usize, Vec<IndicatorRow>>,
    ) -> Result<(), Error> {
        let project = self.folder.project;
        for one in step.before.iter().copied().chain([index]) {
            if !read.contains_key(&one) && !self.totals.contains_key(&one) {
                self.look_at(one).await?;
                let rows = Reading::begin(self.context, project.query("compared")?, &[]).await?;
                self.totals.insert(one, rows);
            }
        }
        if step.are_kept || self.broken_down.contains_key(&index) {
            return Ok(());
        }
        let part = self.look_at(index).await?;
        let mut of_years = Vec::new();
        for [dataset, period] in part.published_years(self.folder.releases) {
            let values = [("dataset", dataset), ("reporting_period", period)];
            let rows = Reading::begin(self.context, project.query("broken_down")?, &values).await?;
            of_years.push(([dataset, period], rows));
        }
        self.broken_down.insert(index, of_years);
        Ok(())
    }

    /// Makes `indicators` the rows of a part.
    async fn look_at(&self, index: usize) -> Result<&'a Part, Error> {
        let (_, part) = self.parts[index];
        session::view_where(self.context, "indicators", "every_indicator", &part.condition()).await?;
        Ok(part)
    }
}

/// An SQL file that is being run into rows.
struct Reading<'a> {
    file: &'a SqlFile,
    rows: Apart<Result<Vec<IndicatorRow>, iapt_catalog::Error>>,
}

impl<'a> Reading<'a> {
    async fn begin(
        context: &SessionContext,
        file: &'a SqlFile,
        values: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let found =
            sql::read_with(context, &file.text, values).await.map_err(|error| Error::sql(file, error))?;
        let name = file.name.clone();
        let rows = session::begin(async move { Ok(session::from_batches(&name, &found.collect().await?)) });
        Ok(Self { file, rows })
    }

    async fn ended(self) -> Result<Vec<IndicatorRow>, Error> {
        Ok(session::ended(self.rows).await.map_err(|error| Error::sql(self.file, error))??)
    }
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
    totals: impl Iterator<Item = &IndicatorRow>,
    broken_down: Vec<([&str; 2], Reading<'_>)>,
    tables: &mut Tables<'_>,
) -> Result<(), Error> {
    let mut by_year: BTreeMap<[&str; 2], Vec<&IndicatorRow>> = BTreeMap::new();
    for row in totals.filter(|row| !row.is_sum_of_months()) {
        by_year.entry([&row.dataset, &row.reporting_period]).or_default().push(row);
    }
    let mut all = Vec::new();
    for (year, rows) in broken_down {
        let totals = by_year.remove(&year).unwrap_or_default();
        let (groups, of_year) = inequality::tables(project, &totals, &rows.ended().await?);
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
