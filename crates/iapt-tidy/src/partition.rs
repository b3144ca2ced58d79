//! The partitions of a release: what is read of each of its members, as a Parquet file, and the row that says so.

use std::path::{Path, PathBuf};

use iapt_model::{BuiltInFigures, Dataset, Member, Problem, Project, Release, ReleaseRow, Snapshot};

use crate::{
    Error,
    parquet_file::ParquetFile,
    raw::Published,
    tidy::{self, ReleaseFile, TidyTable},
};

/// The folder of the tidy table, below that of the tables.
pub const TIDY: &str = "tidy";

/// Where snapshots come from, and what is declared of them.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Everything that is declared.
    pub project: &'a Project,
    /// The source as tables and pages name it: without this machine's folders.
    pub label: &'a str,
    /// The built-in figures that the release was printed from; none where it is as its publisher published it.
    pub figures: Option<&'a BuiltInFigures>,
    /// Threads to read one file on; what is read does not depend on them.
    pub threads: usize,
}

impl<'a> Source<'a> {
    /// What is declared of the dataset of a release.
    ///
    /// # Errors
    ///
    /// [`Error::NoDataset`] when nothing is.
    pub fn dataset(&self, release: &Release) -> Result<&'a Dataset, Error> {
        let dataset = self.project.dataset(&release.dataset);
        dataset.ok_or_else(|| Error::NoDataset { dataset: release.dataset.clone() })
    }
}

/// A partition that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its file, below the folder of the tables.
    pub path: PathBuf,
    /// What was read of the release.
    pub release: ReleaseRow,
}

/// The folder of the partitions of a release, below that of the tables.
#[must_use]
pub fn folder_of(release: &Release) -> PathBuf {
    Path::new(TIDY)
        .join(format!("dataset={}", release.dataset))
        .join(format!("reporting_period={}", release.period))
}

/// Reads the members of one release and writes a partition for each below `folder`: the partitions, and the categories,
/// organisation types and organisations that are not declared.
///
/// # Errors
///
/// [`Error::NotUnderstood`] with every problem of every member, [`Error::Archive`] when the pack cannot be opened,
/// [`Error::Io`] and [`Error::Parquet`] when a partition cannot be written.
pub fn read_release(
    source: &Source<'_>,
    snapshot: &Snapshot,
    folder: &Path,
) -> Result<(Vec<Written>, Vec<Problem>), Error> {
    let Source { project, figures, threads, .. } = *source;
    let release = snapshot.release();
    let archive = |source| Error::Archive { release: release.label(), source };
    let dataset = source.dataset(release)?;
    let pack = snapshot.path()?;
    let packed: Vec<String> =
        iapt_archive::members(pack).map_err(archive)?.into_iter().map(|entry| entry.name).collect();
    let kind = iapt_archive::kind(pack).map_err(archive)?;
    let is_workbook = kind == iapt_archive::Kind::Workbook;
    let mut members = release.members.clone();
    for member in &mut members {
        member.name = iapt_archive::published_name(pack, &member.name).map_err(archive)?;
    }
    let is_read = |name: &&String| {
        // A bare file is its own only member, whatever it is called here.
        kind == iapt_archive::Kind::Plain
            || members.iter().any(|member| is_named(&member.name, name, is_workbook))
            || project
                .members_beside(release)
                .any(|member| iapt_archive::is_named(&member.name, file_name(name)))
    };
    let not_absorbed: Vec<&str> = packed.iter().filter(|name| !is_read(name)).map(String::as_str).collect();
    let (mut partitions, mut unknown, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for member in &members {
        let published = if is_workbook {
            Published::Workbook(pack.to_owned())
        } else {
            Published::Text(iapt_archive::read_member(pack, &member.name).map_err(archive)?)
        };
        let file = ReleaseFile { project, dataset, release, member, figures, threads };
        let table = match tidy::tidy(&file, &published) {
            Err(Error::NotUnderstood { problems: found }) => {
                problems.extend(found);
                continue;
            }
            other => other?,
        };
        let path = folder_of(release).join(format!("{}.parquet", member.file));
        let metadata = file_metadata(source, dataset, snapshot, member);
        let mut file = ParquetFile::start(&folder.join(&path), &tidy::schema(), metadata)?;
        for (index, run) in table.runs.iter().enumerate() {
            file.write(run, table.runs.get(index + 1))?;
        }
        file.close()?;
        let row = release_row(source, snapshot, member, &table, &not_absorbed.join("; "));
        partitions.push(Written { path, release: row });
        unknown.extend(table.unknown);
    }
    if problems.is_empty() { Ok((partitions, unknown)) } else { Err(Error::NotUnderstood { problems }) }
}

/// The name of a member without the folder that it stands in.
fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether a declared name is that of a member; sheets are found whatever the case of their names.
fn is_named(declared: &str, name: &str, is_workbook: bool) -> bool {
    if is_workbook { declared.trim().to_lowercase() == name.trim().to_lowercase() } else { declared == name }
}

/// Where the rows come from and under which licence, for readers of the file alone.
fn file_metadata(
    source: &Source<'_>,
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
        ("source", source.label.to_owned()),
        ("source_file", member.name.clone()),
        ("source_sha256", snapshot.sha256().to_string()),
    ]
}

fn release_row(
    source: &Source<'_>,
    snapshot: &Snapshot,
    member: &Member,
    table: &TidyTable,
    not_absorbed: &str,
) -> ReleaseRow {
    let release = snapshot.release();
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let counts = &table.counts;
    let [reported, suppressed, not_applicable, no_activity, missing, not_held] = counts.by_status.map(number);
    ReleaseRow {
        dataset: release.dataset.clone(),
        reporting_period: release.period.to_string(),
        period_kind: release.period.period_kind().as_str().to_owned(),
        edition: release.edition,
        source: source.label.to_owned(),
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
        n_not_held: not_held,
        n_rows_without_category: number(counts.rows_without_category),
        n_rows_without_level: number(counts.rows_without_level),
        n_counts_not_rounded: number(counts.counts_not_rounded),
        n_rows_passed_over: number(counts.rows_passed_over),
        not_absorbed: not_absorbed.to_owned(),
    }
}
