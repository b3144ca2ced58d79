//! The report stage: tables in, a folder of pages out, replaced whole.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_model::{
    AdditivityRow, ClaimRow, FindingRow, IndicatorRow, ReleaseRow, Sha256, SpreadRow, WholeFolder, address,
    disk, files_below,
};
use iapt_report::Integrity;
use iapt_transform::{Engine, Manifest, Session, TABLES_FOLDER, Tables};
use serde::{Deserialize, Serialize};

use crate::{
    args::Output, failure::Hinted, log::Log, selection::Selected, statistics::Statistics, table_files,
};

/// A file that says that the folder is ours to replace.
const MARKER: &str = ".iapt-report";
const MARKER_TEXT: &str =
    "This folder is made by `iapt report` and replaced whole; nothing in it is edited by hand.\n";

/// Where the site has the tables.
const DATA: &str = "site/data";

/// What a folder of pages was made from, kept beside the data.
#[derive(PartialEq, Serialize, Deserialize)]
struct Made {
    /// The folder.
    out: PathBuf,
    /// Checksum over tables, declared files, templates and program.
    from: String,
    /// Checksum over the pages.
    pages: String,
    /// Their sizes and when each was last written; none where it is not known that the machine has been up since.
    seen: Option<String>,
}

/// The folder of the pages.
pub(crate) fn out(project: &Path, output: &Output) -> PathBuf {
    output.out.clone().unwrap_or_else(|| project.join("reports/published"))
}

/// Makes the pages, if they are not up to date; says whether it did.
pub(crate) async fn report(selected: &Selected<'_>, whole: &WholeFolder, log: &Log) -> Result<bool> {
    let out = whole.path();
    if why_stale(selected, out)?.is_none() {
        log.info("report", &format!("pages are up to date: {}", index(out).display()));
        return Ok(false);
    }
    refuse_foreign(whole)?;
    let folder = selected.data.join(TABLES_FOLDER);
    let tables = Session::open(&Engine::Local, &Tables::Folder(folder.clone()), selected.threads).await?;
    let indicators = "SELECT * FROM indicators WHERE breakdown = 'total' OR level = 'england'
        ORDER BY dataset, reporting_period, level, org_type, org_code, org_name, breakdown, category, indicator";
    let indicators: Vec<IndicatorRow> = tables.rows(indicators).await?;
    let spread = "SELECT * FROM spread ORDER BY dataset, reporting_period, level, org_type, indicator";
    let spread: Vec<SpreadRow> = tables.rows(spread).await?;
    let releases = "SELECT * FROM releases ORDER BY dataset, reporting_period, edition, source_file";
    let releases: Vec<ReleaseRow> = tables.rows(releases).await?;
    let statistics = Statistics::read(&tables).await?;
    let findings = "SELECT * FROM findings ORDER BY dataset, reporting_period, rule, org_type, org_code, org_name, subject";
    let findings: Vec<FindingRow> = tables.rows(findings).await?;
    let sums =
        "SELECT * FROM additivity ORDER BY dataset, reporting_period, org_type, measure, is_deduplicated";
    let additivity: Vec<AdditivityRow> = tables.rows(sums).await?;
    let claims: Vec<ClaimRow> = tables.rows("SELECT * FROM claims ORDER BY claim").await?;
    let copied = table_files::offered(&folder)?;
    let made = table_files::csv(selected.project, &folder).await?;
    let mut offered: Vec<String> = copied.iter().chain(made.keys()).map(|file| address(file)).collect();
    offered.sort();
    let input = iapt_report::Input {
        project: selected.project,
        indicators: &indicators,
        spread: &spread,
        analysis: statistics.analysis(),
        integrity: Integrity { findings: &findings, additivity: &additivity, claims: &claims },
        releases: &releases,
        table_files: &offered,
    };
    let mut pages = iapt_report::render(&input, &selected.project.folder.join("reports"))?;
    pages.insert(PathBuf::from(MARKER), MARKER_TEXT.as_bytes().to_vec());
    let data = |file: &Path| Path::new(DATA).join(file);
    pages.extend(made.into_iter().map(|(file, bytes)| (data(&file), bytes)));
    let copies: Vec<_> = copied.iter().map(|file| (folder.join(file), data(file))).collect();
    write_whole(&pages, &copies, whole)?;
    let made = Made {
        out: fs_err::canonicalize(out)?,
        from: made_from(selected)?,
        pages: checksum(out)?,
        seen: seen(out)?,
    };
    disk::replace_file(&made_file(selected), &serde_json::to_vec_pretty(&made)?)?;
    log.info("report", &format!("{} files; open {}", pages.len() + copies.len(), index(out).display()));
    Ok(true)
}

/// Why the pages are not what they should be; none when they are.
pub(crate) fn why_stale(selected: &Selected<'_>, out: &Path) -> Result<Option<&'static str>> {
    if !out.join(MARKER).is_file() {
        return Ok(Some("never made"));
    }
    let made = made_file(selected);
    let made: Option<Made> =
        if made.is_file() { serde_json::from_slice(&fs_err::read(made)?).ok() } else { None };
    let Some(made) = made.filter(|made| fs_err::canonicalize(out).is_ok_and(|out| made.out == out)) else {
        return Ok(Some("made elsewhere"));
    };
    if made.from != made_from(selected)? {
        return Ok(Some("tables, templates, declared files or the program have changed"));
    }
    // Two hundred megabytes are not read again to learn that nobody has touched them.
    if made.seen.is_some() && made.seen == seen(out)? {
        return Ok(None);
    }
    Ok((checksum(out)? != made.pages).then_some("a page is not as it was made"))
}

fn index(out: &Path) -> PathBuf {
    out.join("site/index.html")
}

fn made_file(selected: &Selected<'_>) -> PathBuf {
    selected.data.join("report.json")
}

/// A checksum over all that decides what the pages say.
fn made_from(selected: &Selected<'_>) -> Result<String> {
    let tables = Manifest::read(&selected.data.join(TABLES_FOLDER))?.map(|manifest| manifest.fingerprint);
    let declared = ["reports/templates", "reports/assets", "reports/pages", "pipelines"].map(Path::new);
    let declared = selected.project.fingerprint(&declared)?;
    let text = format!("{}\n{tables:?}\n{declared}", crate::PROGRAM);
    Ok(Sha256::of(text.as_bytes()).to_string())
}

/// A folder with files that are not ours is not replaced.
fn refuse_foreign(whole: &WholeFolder) -> Result<()> {
    let out = whole.path();
    if !out.join(MARKER).is_file() && !whole.is_empty()? {
        return Err(Hinted {
            message: format!(
                "{} holds files that no report made, and the folder would be replaced whole",
                out.display()
            ),
            hint: "choose another folder: --out DIR".to_owned(),
        }
        .into());
    }
    Ok(())
}

/// Writes pages and copies of files, each to its path relative to the folder, and puts the folder in place at once.
fn write_whole(
    pages: &BTreeMap<PathBuf, Vec<u8>>,
    copies: &[(PathBuf, PathBuf)],
    whole: &WholeFolder,
) -> Result<()> {
    let next = whole.next();
    let room = |path: &Path| path.parent().map_or(Ok(()), disk::create_folder);
    for (path, bytes) in pages {
        let path = next.join(path);
        room(&path)?;
        disk::write_new(&path, bytes)?;
    }
    for (from, to) in copies {
        let to = next.join(to);
        room(&to)?;
        disk::write_new(&to, &fs_err::read(from)?)?;
    }
    whole.replace(None)?;
    Ok(())
}

/// What says that nobody has written to a file of a folder: sizes and times, since the machine was started.
///
/// Pages are not synced one by one, so after a power cut a file may have its size and its time and not its bytes. None
/// where the system does not say when it was started; then contents are read.
fn seen(folder: &Path) -> Result<Option<String>> {
    let Ok(boot) = fs_err::read_to_string("/proc/sys/kernel/random/boot_id") else { return Ok(None) };
    let mut lines = vec![boot];
    for file in files_below(folder)? {
        let about = fs_err::metadata(folder.join(&file))?;
        lines.push(format!("{} {:?} {}", about.len(), about.modified()?, file.display()));
    }
    Ok(Some(Sha256::of(lines.join("\n").as_bytes()).to_string()))
}

/// A checksum over every file of a folder, one file in memory at a time.
fn checksum(folder: &Path) -> Result<String> {
    let mut lines = Vec::new();
    for file in files_below(folder)? {
        lines.push(format!("{} {}", Sha256::of(&fs_err::read(folder.join(&file))?), file.display()));
    }
    Ok(Sha256::of(lines.join("\n").as_bytes()).to_string())
}
