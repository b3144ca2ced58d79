//! `iapt revisions`: the editions that are kept of each release, and what changed between them, cell by cell.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_fetch::{Lock, Pin};
use iapt_files::{FolderLock, disk};
use iapt_model::{Release, Snapshot, on_one_line};
use iapt_transform::{CellChange, ChangeKind, changes};
use serde::Serialize;

use crate::{
    args::RevisionFormat,
    failure::{Done, Hinted},
    lines::output,
    selection::Selected,
};

/// Groups of changed cells that the text lists; `--format csv` lists every cell.
const GROUPS_SHOWN: usize = 40;

/// One version of the bytes of a period.
struct Version<'a> {
    /// `edition 1`, or that it is not declared yet.
    name: String,
    is_declared: bool,
    /// What it is read as.
    release: &'a Release,
    pin: Pin,
}

/// A changed cell, with where it stands.
#[derive(Serialize)]
struct Row<'a> {
    dataset: &'a str,
    reporting_period: String,
    from: &'a str,
    to: &'a str,
    #[serde(flatten)]
    cell: &'a CellChange,
}

/// Lists the editions of every selected period that has more than one.
pub(crate) async fn revisions(selected: &Selected<'_>, format: RevisionFormat) -> Result<Done> {
    if !selected.snapshots().is_dir() {
        let message = format!("nothing was fetched into `{}`", selected.data.display());
        return Err(Hinted {
            message,
            hint: "name the folder of the data: --data DIR; or fetch first: iapt fetch".to_owned(),
        }
        .into());
    }
    let lock = Lock::read(&selected.snapshots())?;
    let mut output = output();
    let mut rows = Vec::new();
    let mut n_revised = 0;
    for newest in &selected.releases {
        let versions = versions(selected, &lock, newest);
        if versions.len() < 2 {
            continue;
        }
        n_revised += 1;
        if format == RevisionFormat::Text {
            write!(output, "{}", listed(newest, &versions))?;
        }
        for pair in versions.windows(2) {
            let [old, new] = pair else { continue };
            let cells = differences(selected, &lock, old, new).await?;
            if format == RevisionFormat::Text {
                write!(output, "{}", described(old, new, &cells))?;
            }
            rows.extend(cells.into_iter().map(|cell| (*newest, old.name.clone(), new.name.clone(), cell)));
        }
        if let Some(version) = versions.iter().rfind(|version| !version.is_declared)
            && format == RevisionFormat::Text
        {
            write!(output, "{}", declaration(version, &editions(selected, newest)))?;
        }
    }
    match format {
        RevisionFormat::Text if n_revised == 0 => {
            writeln!(output, "one edition is kept of every release fetched from {}", selected.source)?;
        }
        RevisionFormat::Text => {}
        RevisionFormat::Csv => write_csv(&mut output, &rows)?,
        RevisionFormat::Json => {
            let rows: Vec<Row<'_>> =
                rows.iter().map(|(release, from, to, cell)| row(release, from, to, cell)).collect();
            writeln!(output, "{}", serde_json::to_string_pretty(&rows)?)?;
        }
    }
    output.flush()?;
    Ok(Done::All)
}

/// Every edition that is declared of the period of a release.
fn editions<'a>(selected: &Selected<'a>, of: &Release) -> Vec<&'a Release> {
    let releases = selected.project.dataset(&of.dataset).into_iter().flat_map(|dataset| &dataset.releases);
    releases.filter(|release| release.period == of.period).collect()
}

/// Every version that is kept of a period, in the order of first sight: those declared as editions, and the others
/// that were found at their addresses.
fn versions<'a>(selected: &Selected<'a>, lock: &Lock, newest: &'a Release) -> Vec<Version<'a>> {
    let editions = editions(selected, newest);
    let mut versions: Vec<Version<'a>> = Vec::new();
    for release in &editions {
        if let Some(pin) = lock.pin(&selected.source, release) {
            let name = format!("edition {}", release.edition);
            versions.push(Version { name, is_declared: true, release, pin: pin.clone() });
        }
    }
    // Editions may share an address; what is new there follows the newest of them, and is read as that one is.
    for release in editions.iter().rev() {
        for pin in lock.versions(&selected.source, &release.url) {
            if !versions.iter().any(|version| version.pin.sha256 == pin.sha256) {
                let name = "a re-issue that is not declared".to_owned();
                versions.push(Version { name, is_declared: false, release, pin: pin.clone() });
            }
        }
    }
    versions.sort_by_key(|version| version.pin.first_seen);
    versions
}

async fn differences(
    selected: &Selected<'_>,
    lock: &Lock,
    old: &Version<'_>,
    new: &Version<'_>,
) -> Result<Vec<CellChange>> {
    let snapshot = |version: &Version<'_>| {
        let path = lock.object(version.pin.sha256);
        Snapshot::verify(version.release.clone(), &path, version.pin.sha256)
    };
    let scratch = Scratch::new(&selected.data)?;
    Ok(changes(&selected.build(), &snapshot(old)?, &snapshot(new)?, &scratch.path.join("editions")).await?)
}

/// Where editions are read to, below the folder of the data; locked while it is used, since another run clears away what is
/// not.
struct Scratch {
    path: PathBuf,
    _lock: FolderLock,
}

/// What the names of such folders begin with; the process follows.
const SCRATCH: &str = ".revisions-";

impl Scratch {
    fn new(data: &Path) -> Result<Self> {
        let id = std::process::id();
        let path = data.join(format!("{SCRATCH}{id}"));
        let lock = FolderLock::take(&path, &format!("`iapt revisions`, process {id}"))?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Where it cannot be removed, the next run clears it away.
        let _ = disk::remove_folder(&self.path);
    }
}

/// Removes what was left by one that was ended.
pub(crate) fn clear(data: &Path) -> Result<()> {
    for entry in fs_err::read_dir(data)? {
        let path = entry?.path();
        let is_scratch = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(SCRATCH));
        if is_scratch && FolderLock::take(&path, "clearing").is_ok() {
            disk::remove_folder(&path)?;
        }
    }
    Ok(())
}

fn listed(newest: &Release, versions: &[Version<'_>]) -> String {
    let mut text = format!("{} {}\n", newest.dataset, newest.period);
    for Version { name, pin, .. } in versions {
        let seen =
            |moment: Option<iapt_fetch::Moment>| moment.map_or("unknown".to_owned(), |at| at.to_string());
        text += &format!(
            "  {name}: sha256 {:.12}, {} bytes, seen from {} to {}\n",
            pin.sha256.to_string(),
            pin.bytes,
            seen(pin.first_seen),
            seen(pin.last_seen)
        );
    }
    text
}

/// How many cells differ, and where: by file, measure and organisation.
fn described(old: &Version<'_>, new: &Version<'_>, cells: &[CellChange]) -> String {
    let count = |kind| cells.iter().filter(|cell| cell.change == kind).count();
    let mut text = format!(
        "  from {} to {}: {} cells changed, {} added, {} removed\n",
        old.name,
        new.name,
        count(ChangeKind::Changed),
        count(ChangeKind::Added),
        count(ChangeKind::Removed)
    );
    let mut groups: BTreeMap<_, Vec<&CellChange>> = BTreeMap::new();
    for cell in cells {
        let organisation = (&cell.org_type, &cell.org_code, &cell.org_name);
        groups.entry((&cell.file, &cell.measure, &cell.statistic, organisation)).or_default().push(cell);
    }
    for ((file, measure, statistic, (org_type, org_code, org_name)), cells) in
        groups.iter().take(GROUPS_SHOWN)
    {
        let what = match cells.as_slice() {
            [cell] => format!("{} {}", category(cell), told(cell)),
            cells => format!("{} cells", cells.len()),
        };
        let line = format!("{file}: {statistic} of {measure}: {org_type} {org_code} {org_name}: {what}");
        text += &format!("    {}\n", on_one_line(&line));
    }
    if groups.len() > GROUPS_SHOWN {
        text += &format!("    and {} more; --format csv lists every cell\n", groups.len() - GROUPS_SHOWN);
    }
    text
}

fn category(cell: &CellChange) -> String {
    format!("{} / {} / {}", cell.variable_type, cell.variable_a, cell.variable_b)
}

fn told(cell: &CellChange) -> String {
    match cell.change {
        ChangeKind::Added => format!("added, {}", cell.new),
        ChangeKind::Removed => format!("removed, was {}", cell.old),
        ChangeKind::Changed => format!("was {}, now {}", cell.old, cell.new),
    }
}

/// The lines that make a re-issue the edition that is used: those of the release that is read there, with its own number, checksum
/// and note.
fn declaration(version: &Version<'_>, editions: &[&Release]) -> String {
    let release = version.release;
    let newest = editions.iter().map(|release| release.edition).max();
    let found = version.pin.first_seen.map_or("an unknown day".to_owned(), |at| at.date().to_string());
    let next = Release {
        edition: newest.unwrap_or(release.edition) + 1,
        sha256: Some(version.pin.sha256),
        note: Some(format!("Re-issued at the same address; found on {found}.")),
        ..release.clone()
    };
    format!(
        "  to use it from now on, add to pipelines/{}/releases.toml:\n\n{}\n",
        release.dataset,
        next.to_toml()
    )
}

fn row<'a>(release: &'a Release, from: &'a str, to: &'a str, cell: &'a CellChange) -> Row<'a> {
    Row { dataset: &release.dataset, reporting_period: release.period.to_string(), from, to, cell }
}

/// Every changed cell, as CSV.
fn write_csv(output: impl Write, rows: &[(&Release, String, String, CellChange)]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record([
        "dataset",
        "reporting_period",
        "from",
        "to",
        "file",
        "measure",
        "statistic",
        "org_type",
        "org_code",
        "org_name",
        "variable_type",
        "variable_a",
        "variable_b",
        "change",
        "old",
        "new",
    ])?;
    for (release, from, to, cell) in rows {
        let change = match cell.change {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        };
        writer.write_record([
            &release.dataset,
            release.period.to_string().as_str(),
            from,
            to,
            &cell.file,
            &cell.measure,
            &cell.statistic,
            &cell.org_type,
            &cell.org_code,
            &cell.org_name,
            &cell.variable_type,
            &cell.variable_a,
            &cell.variable_b,
            change,
            &cell.old,
            &cell.new,
        ])?;
    }
    writer.flush()?;
    Ok(())
}
