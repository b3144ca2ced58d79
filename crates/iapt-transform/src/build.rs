//! The build: every stale partition, then every derived table, in a new folder that replaces the old one whole.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use iapt_model::{
    Dataset, Member, Problem, Project, Release, ReleaseRow, Sha256, Snapshot, WholeFolder, disk,
};

use crate::{
    Engine, Error, Manifest, TABLES_FOLDER, declared, dictionary, indicators,
    manifest::{FILE as MANIFEST, Partition},
    metadata,
    parquet_file::ParquetFile,
    raw::Published,
    session,
    table_folder::TableFolder,
    tidy::{self, TidyTable},
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
    /// Whether an unknown category or organisation type stops the run.
    pub is_strict: bool,
    /// Whether the tables are to hold these releases and no others, instead of those beside them that are kept.
    pub is_exact: bool,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the tables are made from now.
    pub manifest: Manifest,
    /// What it took.
    pub work: Work,
    /// Categories and organisation types that are kept as published, without a canonical one.
    pub unknown: Vec<Problem>,
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
        /// Partitions that were fresh.
        n_kept: usize,
    },
}

/// A table that a build would make, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// A release, or the derived tables.
    pub what: String,
    /// Why it is not as it should be.
    pub why: String,
}

/// Brings the tables up to date with the snapshots.
///
/// Partitions of other periods stay as long as they come from the same source. `on_tidy` is told the partitions of the
/// tidy table once they are written, before anything is derived from them.
///
/// # Errors
///
/// [`Error::NotUnderstood`] with every problem of every release; the old tables are then still in place.
pub async fn build(
    build: &Build<'_>,
    snapshots: &[Snapshot],
    on_tidy: impl FnOnce(&[Partition]),
) -> Result<Outcome, Error> {
    let whole = WholeFolder::at(&build.data.join(TABLES_FOLDER))?;
    // A run that was ended after it had put the tables in place leaves those before them here, and nothing to do.
    whole.clear()?;
    let (tables, next) = (whole.path().to_owned(), whole.next().to_owned());
    let old = Manifest::read(&tables)?;
    let wanted: Vec<(&Release, Option<Sha256>)> =
        snapshots.iter().map(|snapshot| (snapshot.release(), Some(snapshot.sha256()))).collect();
    if let Some(manifest) = &old
        && stale(build, &wanted)?.is_empty()
    {
        return Ok(Outcome { manifest: manifest.clone(), work: Work::Nothing, unknown: Vec::new() });
    }
    let kept = keep_fresh(build, old, &wanted, &tables, &next)?;
    let to_read: Vec<&Snapshot> = snapshots
        .iter()
        .filter(|snapshot| !kept.iter().any(|partition| is_of(partition, snapshot.release())))
        .collect();
    let (read, unknown) = read_all(build, &to_read, &next)?;
    let work = Work::Built { n_read: to_read.len(), n_kept: kept.len() };
    let mut partitions = kept;
    partitions.extend(read);
    partitions.sort_by(|left, right| left.path.cmp(&right.path));
    on_tidy(&partitions);
    let releases: Vec<ReleaseRow> = partitions.iter().map(|partition| partition.release.clone()).collect();
    let folder = TableFolder { project: build.project, path: &next, releases: &releases };
    folder.write_rows("releases", &releases)?;
    declared::write(&folder)?;
    indicators::derive(&folder, build).await?;
    dictionary::check(build.project, &next)?;
    metadata::write(build.project, &next, &partitions)?;
    let fingerprint = derived_fingerprint(build, &partitions)?;
    let manifest = Manifest { source: build.source.to_owned(), fingerprint, partitions };
    manifest.write(&next)?;
    whole.replace(Some(MANIFEST))?;
    Ok(Outcome { manifest, work, unknown })
}

/// What a build would do, without doing it. A release without a checksum has not been fetched yet.
///
/// # Errors
///
/// [`Error::Manifest`] when the manifest cannot be read.
pub fn stale(build: &Build<'_>, wanted: &[(&Release, Option<Sha256>)]) -> Result<Vec<Stale>, Error> {
    let Some(manifest) = Manifest::read(&build.data.join(TABLES_FOLDER))? else {
        let never =
            |(release, _): &(&Release, _)| Stale { what: release.label(), why: "never built".to_owned() };
        return Ok(wanted.iter().map(never).chain([derived("never built")]).collect());
    };
    if manifest.source != build.source {
        let why = format!("built from `{}`, now from `{}`", manifest.source, build.source);
        let other = |(release, _): &(&Release, _)| Stale { what: release.label(), why: why.clone() };
        return Ok(wanted.iter().map(other).chain([derived(&why)]).collect());
    }
    let mut stale = Vec::new();
    for (release, sha256) in wanted {
        let why = match (manifest.partition(&release.dataset, &release.period.to_string()), sha256) {
            (None, _) => Some("never built"),
            (Some(_), None) => Some("not fetched yet"),
            (Some(partition), Some(sha256)) => why_stale(build, partition, release, *sha256)?,
        };
        stale.extend(why.map(|why| Stale { what: release.label(), why: why.to_owned() }));
    }
    let is_wanted = |partition: &Partition| wanted.iter().any(|(release, _)| is_of(partition, release));
    if !stale.is_empty() {
        stale.push(derived("their releases are"));
    } else if build.is_exact && !manifest.partitions.iter().all(is_wanted) {
        stale.push(derived("they hold other releases too"));
    } else if derived_fingerprint(build, &manifest.partitions)? != manifest.fingerprint {
        stale.push(derived("a declared file or the program has changed"));
    }
    Ok(stale)
}

fn derived(why: &str) -> Stale {
    Stale { what: "derived tables".to_owned(), why: why.to_owned() }
}

fn why_stale(
    build: &Build<'_>,
    partition: &Partition,
    release: &Release,
    sha256: Sha256,
) -> Result<Option<&'static str>, Error> {
    if partition.release.sha256 != sha256.to_string() {
        return Ok(Some("the file is another one"));
    }
    if partition.release.edition != release.edition {
        return Ok(Some("there is another edition"));
    }
    let is_fresh = partition.fingerprint == partition_fingerprint(build, release, sha256)?;
    Ok((!is_fresh).then_some("a declared file or the program has changed"))
}

fn is_of(partition: &Partition, release: &Release) -> bool {
    partition.release.dataset == release.dataset
        && partition.release.reporting_period == release.period.to_string()
}

/// Links the partitions that stay into the next folder.
fn keep_fresh(
    build: &Build<'_>,
    old: Option<Manifest>,
    wanted: &[(&Release, Option<Sha256>)],
    tables: &Path,
    next: &Path,
) -> Result<Vec<Partition>, Error> {
    let old = old.filter(|manifest| manifest.source == build.source);
    let mut kept = Vec::new();
    for partition in old.map(|manifest| manifest.partitions).unwrap_or_default() {
        let release = wanted.iter().find(|(release, _)| is_of(&partition, release));
        let is_fresh = match release {
            Some((release, Some(sha256))) => why_stale(build, &partition, release, *sha256)?.is_none(),
            Some((_, None)) => false,
            None if build.is_exact => false,
            // Not asked for this time: it stays as it is, unless the program has moved on, when it would no longer
            // be read the same way.
            None => is_still_right(build, &partition)?,
        };
        if is_fresh {
            let target = next.join(&partition.path);
            if let Some(folder) = target.parent() {
                disk::create_folder(folder)?;
            }
            disk::hard_link(&tables.join(&partition.path), &target)?;
            kept.push(partition);
        }
    }
    Ok(kept)
}

fn is_still_right(build: &Build<'_>, partition: &Partition) -> Result<bool, Error> {
    let dataset = build.project.dataset(&partition.release.dataset);
    let release = dataset.and_then(|dataset| {
        dataset
            .releases
            .iter()
            .find(|release| is_of(partition, release) && release.edition == partition.release.edition)
    });
    match (release, partition.release.sha256.parse()) {
        (Some(release), Ok(sha256)) => Ok(why_stale(build, partition, release, sha256)?.is_none()),
        (None, _) | (_, Err(_)) => Ok(false),
    }
}

/// A checksum over all that decides what a partition holds.
fn partition_fingerprint(build: &Build<'_>, release: &Release, sha256: Sha256) -> Result<String, Error> {
    let pipelines = Path::new("pipelines");
    let dataset = pipelines.join(&release.dataset);
    let declared: Vec<PathBuf> = ["measures.csv", "categories.csv", "organisation_types.csv"]
        .map(|file| pipelines.join(file))
        .into_iter()
        .chain(
            ["dataset.toml", "columns.csv", "measure_ids.csv", "expected.csv"].map(|file| dataset.join(file)),
        )
        // A dataset has no measure ids where none of its files is long.
        .filter(|path| build.project.folder.join(path).exists())
        .collect();
    let declared: Vec<&Path> = declared.iter().map(PathBuf::as_path).collect();
    let declared = build.project.fingerprint(&declared)?;
    let text =
        format!("{}\n{sha256}\n{declared}\n{:?}\n{}", build.program, release.members, build.source_label);
    Ok(Sha256::of(text.as_bytes()).to_string())
}

/// A checksum over all that decides what the derived tables hold.
fn derived_fingerprint(build: &Build<'_>, partitions: &[Partition]) -> Result<String, Error> {
    let declared = [
        "cohorts.csv",
        "measures.csv",
        "categories.csv",
        "organisations.csv",
        "organisation_types.csv",
        "tables.csv",
        "table_columns.csv",
        "indicators.toml",
        "indicators",
        "checks",
        "claims.csv",
        "claim_figures.csv",
        "series_breaks.csv",
        "stated_figures.csv",
        "stated_sources.csv",
    ];
    let pipelines = Path::new("pipelines");
    let mut declared: Vec<PathBuf> = declared.iter().map(|file| pipelines.join(file)).collect();
    // What a dataset repeats is in its `dataset.toml`, and the rules of its own stand beside it.
    let datasets = build.project.datasets.iter().map(|dataset| pipelines.join(&dataset.name));
    let its = datasets.flat_map(|folder| [folder.join("dataset.toml"), folder.join("checks")]);
    declared.extend(its.filter(|path| build.project.folder.join(path).exists()));
    let declared = build.project.fingerprint(&declared.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let partitions: Vec<&str> = partitions.iter().map(|partition| partition.fingerprint.as_str()).collect();
    let text = format!("{}\n{declared}\n{}", build.program, partitions.join("\n"));
    Ok(Sha256::of(text.as_bytes()).to_string())
}

/// Reads and writes every release, on as many threads as there are; every problem of all of them at once.
fn read_all(
    build: &Build<'_>,
    snapshots: &[&Snapshot],
    next: &Path,
) -> Result<(Vec<Partition>, Vec<Problem>), Error> {
    let position = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..build.threads.clamp(1, snapshots.len().max(1)) {
            scope.spawn(|| {
                while let Some((position, snapshot)) = {
                    let position = position.fetch_add(1, Ordering::Relaxed);
                    snapshots.get(position).map(|snapshot| (position, snapshot))
                } {
                    let result = read_release(build, snapshot, next);
                    if let Ok(mut results) = results.lock() {
                        results.push((position, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(position, _)| *position);
    let (mut partitions, mut problems, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (_, result) in results {
        match result {
            Ok((partition, found)) => {
                partitions.extend(partition);
                unknown.extend(found);
            }
            Err(Error::NotUnderstood { problems: found }) => problems.extend(found),
            Err(error) => return Err(error),
        }
    }
    if build.is_strict {
        problems.append(&mut unknown);
    }
    if problems.is_empty() { Ok((partitions, unknown)) } else { Err(Error::NotUnderstood { problems }) }
}

/// Reads the members of one release and writes a partition for each.
pub(crate) fn read_release(
    build: &Build<'_>,
    snapshot: &Snapshot,
    next: &Path,
) -> Result<(Vec<Partition>, Vec<Problem>), Error> {
    let release = snapshot.release();
    let archive = |source| Error::Archive { release: release.label(), source };
    let Some(dataset) = build.project.dataset(&release.dataset) else {
        return Err(Error::NoDataset { dataset: release.dataset.clone() });
    };
    let fingerprint = partition_fingerprint(build, release, snapshot.sha256())?;
    let packed: Vec<String> = iapt_archive::members(snapshot.path())
        .map_err(archive)?
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    let kind = iapt_archive::kind(snapshot.path()).map_err(archive)?;
    let is_workbook = kind == iapt_archive::Kind::Workbook;
    let mut members = release.members.clone();
    for member in &mut members {
        member.name = iapt_archive::published_name(snapshot.path(), &member.name).map_err(archive)?;
    }
    let is_read = |name: &&String| {
        // A bare file is its own only member, whatever it is called here.
        kind == iapt_archive::Kind::Plain
            || members.iter().any(|member| is_named(&member.name, name, is_workbook))
    };
    let not_absorbed: Vec<&str> = packed.iter().filter(|name| !is_read(name)).map(String::as_str).collect();
    let (mut partitions, mut unknown, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for member in &members {
        let published = if is_workbook {
            Published::Workbook(snapshot.path().to_owned())
        } else {
            Published::Text(iapt_archive::read_member(snapshot.path(), &member.name).map_err(archive)?)
        };
        let table = match tidy::tidy(build.project, dataset, release, member, &published) {
            Err(Error::NotUnderstood { problems: found }) => {
                problems.extend(found);
                continue;
            }
            other => other?,
        };
        let path = Path::new(session::TIDY)
            .join(format!("dataset={}", release.dataset))
            .join(format!("reporting_period={}", release.period))
            .join(format!("{}.parquet", member.file));
        let metadata = file_metadata(build, dataset, snapshot, member);
        let mut file = ParquetFile::start(&next.join(&path), &tidy::schema(), metadata)?;
        for (index, run) in table.runs.iter().enumerate() {
            file.write(run, table.runs.get(index + 1))?;
        }
        file.close()?;
        let row = release_row(build, snapshot, member, &table, &not_absorbed.join("; "));
        partitions.push(Partition { fingerprint: fingerprint.clone(), path, release: row });
        unknown.extend(table.unknown);
    }
    if problems.is_empty() { Ok((partitions, unknown)) } else { Err(Error::NotUnderstood { problems }) }
}

/// Whether a declared name is that of a member; sheets are found whatever the case of their names.
fn is_named(declared: &str, name: &str, is_workbook: bool) -> bool {
    if is_workbook { declared.trim().to_lowercase() == name.trim().to_lowercase() } else { declared == name }
}

/// Where the rows come from and under which licence, for readers of the file alone.
fn file_metadata(
    build: &Build<'_>,
    dataset: &Dataset,
    snapshot: &Snapshot,
    member: &Member,
) -> Vec<(&'static str, String)> {
    let release = snapshot.release();
    vec![
        ("dataset", release.dataset.clone()),
        ("reporting_period", release.period.to_string()),
        ("edition", release.edition.to_string()),
        ("publisher", dataset.publisher.clone()),
        ("licence", dataset.licence.clone()),
        ("attribution", dataset.attribution.clone()),
        ("url", release.url.clone()),
        ("source", build.source_label.to_owned()),
        ("source_file", member.name.clone()),
        ("source_sha256", snapshot.sha256().to_string()),
    ]
}

fn release_row(
    build: &Build<'_>,
    snapshot: &Snapshot,
    member: &Member,
    table: &TidyTable,
    not_absorbed: &str,
) -> ReleaseRow {
    let release = snapshot.release();
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let counts = &table.counts;
    let [reported, suppressed, not_applicable, no_activity, missing] = counts.by_status.map(number);
    ReleaseRow {
        dataset: release.dataset.clone(),
        reporting_period: release.period.to_string(),
        edition: release.edition,
        source: build.source_label.to_owned(),
        url: release.url.clone(),
        publication_page: release.publication_page.clone(),
        sha256: snapshot.sha256().to_string(),
        bytes: snapshot.bytes(),
        source_file: member.name.clone(),
        n_rows: number(counts.rows),
        n_measure_columns: number(counts.measure_columns),
        n_reported: reported,
        n_suppressed: suppressed,
        n_not_applicable: not_applicable,
        n_no_activity: no_activity,
        n_missing: missing,
        n_rows_without_category: number(counts.rows_without_category),
        n_rows_without_level: number(counts.rows_without_level),
        n_counts_not_rounded: number(counts.counts_not_rounded),
        n_rows_passed_over: number(counts.rows_passed_over),
        not_absorbed: not_absorbed.to_owned(),
    }
}
