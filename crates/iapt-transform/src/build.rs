//! The build: every stale partition, then every derived table, in a new folder that replaces the old one whole.

use std::{cell::RefCell, collections::BTreeMap, path::Path};

use iapt_catalog::{
    Engine, Manifest, TABLES_FOLDER, dictionary,
    manifest::{Edition, FILE as MANIFEST, FileSum, Partition, note_seen},
    metadata,
};
use iapt_files::{Sha256, WholeFolder, disk, parallel};
use iapt_model::{BuiltInFigures, Dataset, Problem, Project, Release, ReleaseRow, Snapshot};
use iapt_tidy::Written;

use crate::{
    Error, Stale, declared, indicators,
    plan::{self, Plan, Step},
    published_measures,
    table_folder::{Earlier, Made, TableFolder},
};

/// What a build works on.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Everything that is declared.
    pub project: &'a Project,
    /// Where the snapshots came from; tables never mix two sources.
    pub source: &'a str,
    /// The same, as tables and pages name it: without this machine's folders.
    pub source_label: &'a str,
    /// Whether the snapshots are printed from the built-in figures, each of which then says where it is from.
    pub is_built_in: bool,
    /// Version of the program; another program makes every table stale.
    pub program: &'a str,
    /// The folder of the data.
    pub data: &'a Path,
    /// Threads to use; the tables do not depend on it.
    pub threads: usize,
    /// Cells that are derived from at once, unless one period has more; rows and their order do not depend on it, but how
    /// they are cut into row groups does. [`CELLS_AT_ONCE`](crate::CELLS_AT_ONCE) is the usual number.
    pub cells_at_once: u64,
    /// What runs the SQL; the tables do not depend on it.
    pub engine: &'a Engine,
    /// Whether an unknown category, organisation type or organisation stops the run.
    pub is_strict: bool,
    /// Whether the tables are to hold these releases and no others, instead of those beside them that are kept.
    pub is_exact: bool,
    /// Bytes that turned out to be no such file as the others: what was read of them goes from the tables.
    pub unusual: &'a [Sha256],
}

/// What was done.
#[derive(Debug)]
pub struct Outcome {
    /// What the tables are made from now.
    pub manifest: Manifest,
    /// What it took.
    pub work: Work,
    /// Categories and organisation types that are kept as published, without a canonical one.
    pub unknown: Vec<Problem>,
    /// Releases that were not understood: the tables have what was read of them before, or nothing.
    pub refused: Vec<Refused>,
}

/// A release that was not understood.
#[derive(Debug)]
pub struct Refused {
    /// Dataset and period.
    pub release: String,
    /// Whether the tables keep what was read of the period before.
    pub is_kept: bool,
    /// What is not understood.
    pub error: iapt_tidy::Error,
}

impl Refused {
    /// One error for all of them but those of [`Refused::apart`]; none where there are none.
    #[must_use]
    pub fn together(refused: Vec<Self>) -> Option<iapt_tidy::Error> {
        let (mut problems, mut other) = (Vec::new(), None);
        for one in refused {
            match one.error {
                iapt_tidy::Error::NotUnderstood { problems: found } => problems.extend(found),
                error => other = other.or(Some(error)),
            }
        }
        if problems.is_empty() { other } else { Some(iapt_tidy::Error::NotUnderstood { problems }) }
    }

    /// Refused releases that the error of all of them does not name: packs that cannot be opened, but for the first of
    /// them where nothing else was refused.
    pub fn apart(refused: &[Self]) -> impl Iterator<Item = &Self> {
        let is_apart = |one: &&Self| !matches!(one.error, iapt_tidy::Error::NotUnderstood { .. });
        let is_first_said = refused.iter().all(|one| is_apart(&one));
        refused.iter().filter(is_apart).skip(usize::from(is_first_said))
    }
}

/// What it took to bring the tables up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing was stale.
    Nothing,
    /// Partitions were read and the derived tables made again.
    Built {
        /// Releases that were read.
        n_read: usize,
        /// Releases that were kept as they were.
        n_kept: usize,
        /// Derived tables that were kept as they were.
        n_tables_kept: usize,
        /// Parts of the other derived tables that were made, and not copied.
        n_parts_made: usize,
    },
}

/// What a build tells while it is at work.
pub trait Listener {
    /// What will be made, mended or dropped, before anything is.
    fn stale(&self, stale: &[Stale]);
    /// The partitions of the tidy table once they are written, before anything is derived from them.
    fn tidy(&self, partitions: &[Partition]);
    /// The releases that are not understood, also where they are all there is.
    fn refused(&self, refused: &[Refused]);
}

/// Brings the tables up to date with the snapshots.
///
/// Partitions of other periods stay as long as they come from the same source; where they are out of date they are read again
/// from what `kept` has of them, and go where it has nothing. A release that is not understood keeps the partitions that it
/// had, and takes nothing else with it.
///
/// # Errors
///
/// [`iapt_tidy::Error::NotUnderstood`] with every problem of every release where none is understood; the old tables are then still in
/// place.
pub async fn build(
    build: &Build<'_>,
    snapshots: &[Snapshot],
    kept: impl Fn(&Release) -> Option<Snapshot>,
    listener: &impl Listener,
) -> Result<Outcome, Error> {
    let whole = WholeFolder::at(&build.data.join(TABLES_FOLDER))?;
    // A run that was ended after it had put the tables in place leaves those before them here, and nothing to do.
    whole.clear()?;
    let (tables, next) = (whole.path().to_owned(), whole.next().to_owned());
    let edition = Edition::read(&tables)?;
    let others = Others { kept, found: RefCell::default() };
    let sha256_of_other = |release: &Release| others.get(release).map(|snapshot| snapshot.sha256());
    let wanted: Vec<(&Release, Option<Sha256>)> =
        snapshots.iter().map(|snapshot| (snapshot.release(), Some(snapshot.sha256()))).collect();
    let plan = Plan::new(build, &edition, &wanted, &sha256_of_other);
    if let Edition::Known { manifest, .. } = &edition
        && plan.stale().is_empty()
    {
        note_seen(&tables)?;
        return Ok(Outcome::unchanged(manifest, Vec::new()));
    }
    let compared = edition.compared(&tables)?;
    let (edition, plan) = match &compared {
        Some(other) => (other, Plan::new(build, other, &wanted, &sha256_of_other)),
        None => (&edition, plan),
    };
    listener.stale(&plan.stale());
    let snapshot_of = |release: &Release| {
        let of_wanted = snapshots.iter().find(|snapshot| snapshot.release() == release);
        of_wanted.cloned().or_else(|| others.get(release))
    };
    let Tidy { partitions, unknown, refused, n_read, n_kept } =
        partitions(build, &plan, snapshot_of, &tables, &next)?;
    listener.refused(&refused);
    if partitions.is_empty() {
        return Err(Refused::together(refused)
            .map_or_else(|| iapt_catalog::Error::NoTables { folder: tables }.into(), Error::from));
    }
    let fingerprint = plan::fingerprint_of_derived(build, &partitions);
    // A release that is still not understood is no reason to make the derived tables again.
    if let Edition::Known { manifest, faults, .. } = edition
        && faults.is_empty()
        && (fingerprint, &partitions) == (manifest.fingerprint, &manifest.partitions)
    {
        disk::remove_folder(&next)?;
        note_seen(&tables)?;
        return Ok(Outcome::unchanged(manifest, refused));
    }
    listener.tidy(&partitions);
    let releases: Vec<ReleaseRow> = partitions.iter().map(|partition| partition.release.clone()).collect();
    let declared = (build.project, plan::fingerprint_of_declared(build));
    let earlier = match edition {
        Edition::Known { manifest, faults, .. } => Some(Earlier { path: &tables, manifest, faults }),
        Edition::None | Edition::Unknown { .. } => None,
    };
    let folder = TableFolder::new(declared, &next, (&partitions, &releases), earlier)?;
    folder.write_rows("releases", &[fingerprint], &releases)?;
    declared::write(&folder)?;
    published_measures::write(&folder)?;
    // It holds the plans of every table, and whoever waits for it would have them on the stack.
    Box::pin(indicators::derive(&folder, build)).await?;
    dictionary::check(build.project, &next)?;
    let Made { derived, mut files, n_tables_kept, n_parts_made } = folder.finish()?;
    metadata::write(build.project, &next, &partitions, &files)?;
    for file in metadata::DESCRIPTIONS {
        files.insert(file.to_owned(), FileSum::of(&next.join(file))?);
    }
    let source = (build.source_label, plan::source_sha256(build));
    let made_by = (build.program, build.project.derived_from());
    let manifest = Manifest::new(source, made_by, fingerprint, partitions, derived, files)?;
    manifest.write(&next)?;
    whole.replace(Some(MANIFEST))?;
    note_seen(&tables)?;
    let work = Work::Built { n_read, n_kept, n_tables_kept, n_parts_made };
    Ok(Outcome { manifest, work, unknown, refused })
}

impl Outcome {
    fn unchanged(manifest: &Manifest, refused: Vec<Refused>) -> Self {
        Self { manifest: manifest.clone(), work: Work::Nothing, unknown: Vec::new(), refused }
    }
}

/// Snapshots of releases that were not asked for; each is looked for once, since its checksum is compared then.
struct Others<F> {
    kept: F,
    found: RefCell<BTreeMap<String, Option<Snapshot>>>,
}

impl<F: Fn(&Release) -> Option<Snapshot>> Others<F> {
    fn get(&self, release: &Release) -> Option<Snapshot> {
        let mut found = self.found.borrow_mut();
        found.entry(release.label()).or_insert_with(|| (self.kept)(release)).clone()
    }
}

/// The partitions of the next tables.
struct Tidy {
    partitions: Vec<Partition>,
    unknown: Vec<Problem>,
    refused: Vec<Refused>,
    n_read: usize,
    n_kept: usize,
}

/// Puts every partition into the next folder: those that stay as links, the others read from their snapshots.
fn partitions(
    build: &Build<'_>,
    plan: &Plan<'_>,
    snapshot_of: impl Fn(&Release) -> Option<Snapshot>,
    tables: &Path,
    next: &Path,
) -> Result<Tidy, Error> {
    let (mut partitions, mut unknown, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let (mut n_read, mut n_kept) = (0, 0);
    let mut to_read = Vec::new();
    for step in &plan.steps {
        match step {
            Step::Keep { partitions: kept } => {
                partitions.extend(link(kept, tables, next)?);
                n_kept += 1;
            }
            Step::Read { release, last_good, .. } => {
                to_read.extend(snapshot_of(release).map(|snapshot| (snapshot, last_good)));
            }
            Step::Go { .. } => {}
        }
    }
    let snapshots: Vec<&Snapshot> = to_read.iter().map(|(snapshot, _)| snapshot).collect();
    let figures = built_in_figures(build, &snapshots)?;
    // Where there are threads for it, several read one file.
    let of_one = (build.threads / snapshots.len().max(1)).max(1);
    let results = parallel::map(&snapshots, build.threads, |snapshot| {
        read_release(build, snapshot, &source(build, snapshot, &figures, of_one), next)
    });
    for (result, (snapshot, last_good)) in results.into_iter().zip(&to_read) {
        let release = snapshot.release();
        let error = match result {
            Ok((_, found)) if build.is_strict && !found.is_empty() => {
                iapt_tidy::Error::NotUnderstood { problems: found }
            }
            Ok((read, found)) => {
                partitions.extend(read);
                unknown.extend(found);
                n_read += 1;
                continue;
            }
            Err(error) if error.is_about_data() => error,
            Err(error) => return Err(error.into()),
        };
        let half_read = next.join(iapt_tidy::folder_of(release));
        if half_read.exists() {
            disk::remove_folder(&half_read)?;
        }
        let is_kept = are_of_this_program(last_good, tables);
        if is_kept {
            partitions.extend(link(last_good, tables, next)?);
            n_kept += 1;
        }
        refused.push(Refused { release: release.label(), is_kept, error });
    }
    partitions.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(Tidy { partitions, unknown, refused, n_read, n_kept })
}

/// Whether there are partitions, with the columns that partitions have now.
fn are_of_this_program(partitions: &[&Partition], tables: &Path) -> bool {
    let has_columns = |partition: &&Partition| {
        dictionary::schema(&tables.join(&partition.path))
            .is_ok_and(|schema| schema.fields() == iapt_tidy::file_schema().fields())
    };
    !partitions.is_empty() && partitions.iter().all(has_columns)
}

/// Links partitions into the next folder.
fn link(partitions: &[&Partition], tables: &Path, next: &Path) -> Result<Vec<Partition>, Error> {
    for partition in partitions {
        let target = next.join(&partition.path);
        if let Some(folder) = target.parent() {
            disk::create_folder(folder)?;
        }
        disk::hard_link(&tables.join(&partition.path), &target)?;
    }
    Ok(partitions.iter().copied().cloned().collect())
}

/// The built-in figures of datasets, by name.
pub(crate) type Figures<'a> = BTreeMap<&'a str, BuiltInFigures>;

/// The figures that these snapshots were printed from, where they are the built-in ones.
pub(crate) fn built_in_figures<'a>(build: &Build<'a>, snapshots: &[&Snapshot]) -> Result<Figures<'a>, Error> {
    let mut problems = Vec::new();
    let is_read =
        |dataset: &&Dataset| snapshots.iter().any(|snapshot| snapshot.release().dataset == dataset.name);
    let datasets = build.project.datasets.iter().filter(|_| build.is_built_in).filter(is_read);
    let read = |dataset: &'a Dataset| {
        let figures = BuiltInFigures::read(dataset, &build.project.measures, &mut problems)?;
        Some((dataset.name.as_str(), figures))
    };
    let figures = datasets.filter_map(read).collect();
    if problems.is_empty() { Ok(figures) } else { Err(iapt_model::Error::Declared { problems }.into()) }
}

/// Where a snapshot comes from, to be read on so many threads.
pub(crate) fn source<'a>(
    build: &Build<'a>,
    snapshot: &Snapshot,
    figures: &'a Figures<'_>,
    threads: usize,
) -> iapt_tidy::Source<'a> {
    let figures = figures.get(snapshot.release().dataset.as_str());
    iapt_tidy::Source { project: build.project, label: build.source_label, figures, threads }
}

/// Reads one release: its partitions, and what of it is not known.
fn read_release(
    build: &Build<'_>,
    snapshot: &Snapshot,
    source: &iapt_tidy::Source<'_>,
    next: &Path,
) -> Result<(Vec<Partition>, Vec<Problem>), iapt_tidy::Error> {
    let dataset = source.dataset(snapshot.release())?;
    let fingerprint = plan::fingerprint(build, dataset, snapshot.release(), snapshot.sha256());
    let (written, unknown) = iapt_tidy::read_release(source, snapshot, next)?;
    let partition = |Written { path, release }| Partition { fingerprint, path, release };
    Ok((written.into_iter().map(partition).collect(), unknown))
}
