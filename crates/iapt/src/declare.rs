//! `iapt declare`: what has to be declared of a new file, as lines for the declared files.

use std::path::{Path, PathBuf};

use anyhow::Result;
use iapt_declare::{NewFile, Proposal, likeness};
use iapt_fetch::{Request, Series};
use iapt_files::FolderLock;
use iapt_model::{Dataset, PackFormat, Period, Project, Release, Snapshot};
use iapt_publisher::Misbehaviour;

#[cfg(not(debug_assertions))]
use crate::carried;
use crate::{
    args::Selection,
    discover::period_in,
    failure::{Done, Hinted, Usage},
    fetch::{fetcher, holder, request},
    lines::Lines,
    log::Log,
    selection::{Origin, Selected},
};

/// What is to be declared.
pub(crate) struct Wanted<'a> {
    pub(crate) dataset: &'a str,
    pub(crate) period: Period,
    /// The file, where it was downloaded by hand.
    pub(crate) file: Option<&'a Path>,
    pub(crate) source: &'a str,
    pub(crate) data: &'a Path,
    /// Whether the lines go into the files.
    pub(crate) is_written: bool,
}

/// A file of the period, and what is known of where it was published.
struct Found {
    path: PathBuf,
    name: String,
    url: String,
    page: Option<String>,
}

pub(crate) async fn declare(project: &Project, wanted: &Wanted<'_>, log: &Log) -> Result<Done> {
    #[cfg(not(debug_assertions))]
    if wanted.is_written {
        refuse_carried(project)?;
    }
    let dataset = dataset(project, wanted.dataset)?;
    let declared = dataset.newest_releases().find(|release| release.period == wanted.period);
    let found = match wanted.file {
        Some(file) => by_hand(file, declared)?,
        None => fetched(project, wanted, declared, log).await?,
    };
    let new = NewFile {
        project,
        dataset,
        period: wanted.period,
        path: &found.path,
        name: &found.name,
        url: &found.url,
        page: found.page.as_deref(),
    };
    let proposal = new.proposal()?;
    for note in proposal.notes.iter().chain(&proposal.blanks) {
        log.info("declare", note);
    }
    if proposal.files.is_empty() {
        log.info("declare", "everything that the file prints is declared");
    } else if wanted.is_written {
        write_lines(&proposal, project, "declare", log)?;
    } else {
        print(&proposal)?;
    }
    if !proposal.blanks.is_empty() {
        log.info("declare", "`iapt check` stops at each blank and says what to write");
    }
    Ok(Done::All)
}

/// Refuses to change the project that the program carries: the next run would put it back.
#[cfg(not(debug_assertions))]
pub(crate) fn refuse_carried(project: &Project) -> Result<(), Usage> {
    if !carried::is_it(&project.folder) {
        return Ok(());
    }
    Err(Usage {
        message: "the program's own project cannot be changed".to_owned(),
        hint: "write it out and use that: iapt init DIR, --project DIR".to_owned(),
    })
}

/// The dataset of this name.
pub(crate) fn dataset<'a>(project: &'a Project, name: &str) -> Result<&'a Dataset, Usage> {
    project.dataset(name).ok_or_else(|| {
        let known: Vec<&str> = project.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
        Usage {
            message: format!("no dataset is called `{name}`"),
            hint: format!("datasets: {}", known.join(", ")),
        }
    })
}

/// Writes the proposed lines into the declared files, and says how many each file got.
pub(crate) fn write_lines(proposal: &Proposal, project: &Project, stage: &str, log: &Log) -> Result<()> {
    proposal.write(&project.folder)?;
    for change in &proposal.files {
        log.info(stage, &format!("{}: lines written: {}", change.path.display(), change.edits.len()));
    }
    Ok(())
}

/// The proposed lines, file by file: `+` before one to add, `-` before the one that it takes the place of.
fn print(proposal: &Proposal) -> Result<()> {
    let mut lines = Lines::new();
    for change in &proposal.files {
        lines.line(format!("# {}", change.path.display()))?;
        for edit in &change.edits {
            if let Some(old) = &edit.old {
                lines.line(format!("- {old}"))?;
            }
            for line in edit.new.lines() {
                lines.line(format!("+ {line}"))?;
            }
        }
    }
    Ok(lines.end()?)
}

/// A file that somebody has downloaded.
fn by_hand(file: &Path, declared: Option<&Release>) -> Result<Found> {
    if !file.is_file() {
        return Err(Usage {
            message: format!("`{}` is not a file", file.display()),
            hint: "--file FILE, as it was downloaded".to_owned(),
        }
        .into());
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let url = declared.map(|release| release.url.clone()).unwrap_or_default();
    Ok(Found { path: file.to_owned(), name, url, page: None })
}

/// The file from a source: of the release that is declared, or else the one that the publisher's pages list for the period.
async fn fetched(
    project: &Project,
    wanted: &Wanted<'_>,
    declared: Option<&Release>,
    log: &Log,
) -> Result<Found> {
    let selection = Selection::of(wanted.source, &[wanted.dataset.to_owned()], wanted.data);
    let selected = Selected::new(project, &selection)?;
    let holder = format!("`iapt declare`, {}", holder(selected.now, &selected.source));
    let _alone = FolderLock::take(&selected.data, &holder)?;
    let server = match selected.stand_in()? {
        Some(stand_in) => Some(stand_in.serve(Misbehaviour::default()).await?),
        None => None,
    };
    let fetcher = fetcher(&selected, server.as_ref(), log)?;
    let release = match declared {
        Some(release) => release.clone(),
        None if matches!(selected.origin, Origin::Folder(_)) => return Err(undeclared(wanted).into()),
        None => {
            let dataset = dataset(project, wanted.dataset)?;
            let mut editions = Vec::new();
            for page in &dataset.series_pages {
                let series = Series { page: page.clone(), hosts: dataset.hosts.clone() };
                editions.extend(fetcher.discover(&series).await?);
            }
            listed(wanted, dataset, &editions, log)?
        }
    };
    // What is usual for the dataset, and what its first rows show, is asked of what is declared.
    let request = Request {
        size_band: None,
        rows_band_percent: None,
        first_rows: None,
        ..request(&selected, &release)
    };
    let mut snapshot: Option<Snapshot> = None;
    for one in fetcher.fetch(&[request]).await? {
        snapshot = Some(one.outcome?.0);
    }
    drop(server);
    selected.clear_spool()?;
    let path = snapshot.ok_or_else(|| undeclared(wanted))?.path()?.to_owned();
    let Release { url, publication_page: page, .. } = release;
    let name = name_of(&url).to_owned();
    Ok(Found { path, name, url, page })
}

/// The name of the file at an address.
fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn undeclared(wanted: &Wanted<'_>) -> Hinted {
    Hinted {
        message: format!(
            "no release of {} {} is declared, and a folder has no pages that list one",
            wanted.dataset, wanted.period
        ),
        hint: "name the file: --file FILE, or a source with pages: --source nhs".to_owned(),
    }
}

/// The file that the pages list for the period; of several the one whose name is nearest to that of the release before.
fn listed(
    wanted: &Wanted<'_>,
    dataset: &Dataset,
    editions: &[iapt_fetch::Edition],
    log: &Log,
) -> Result<Release> {
    let last = dataset.newest_releases().last().map(|release| name_of(&release.url)).unwrap_or_default();
    let mut found: Vec<(f64, PackFormat, &str, &str)> = Vec::new();
    for edition in editions.iter().filter(|edition| period_in(&edition.title) == Some(wanted.period)) {
        for file in edition.files.iter().flatten() {
            let name = name_of(&file.url);
            let is_passed_over =
                dataset.passed_over.iter().any(|pattern| iapt_archive::is_named(pattern, name));
            if let Some(format) = PackFormat::of_name(name).filter(|_| !is_passed_over) {
                found.push((likeness(name, last), format, &file.url, &edition.page));
            }
        }
    }
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    let Some((_, format, url, page)) = found.first() else {
        return Err(Hinted {
            message: format!(
                "the pages of {} list no file of {} that can be read",
                wanted.dataset, wanted.period
            ),
            hint: "download it and name it: --file FILE".to_owned(),
        }
        .into());
    };
    for (.., other, _) in found.iter().skip(1) {
        log.info("declare", &format!("listed too, and not taken, because of its name: {other}"));
    }
    Ok(Release {
        dataset: dataset.name.clone(),
        period: wanted.period,
        edition: 1,
        url: (*url).to_owned(),
        format: *format,
        publication_page: Some((*page).to_owned()),
        sha256: None,
        acknowledged_bytes: Vec::new(),
        acknowledged_rows: Vec::new(),
        members: Vec::new(),
        note: None,
    })
}
