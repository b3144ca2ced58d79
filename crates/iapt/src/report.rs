//! The report stage: tables in, a folder of pages out, replaced whole.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_model::{IndicatorRow, Project, ReleaseRow, Sha256, SpreadRow, disk, replace_folder};
use iapt_transform::{Manifest, TABLES_FOLDER, read_rows};
use serde::{Deserialize, Serialize};

use crate::{args::Output, failure::Hinted, log::Log, selection::Selected};

/// A file that says that the folder is ours to replace.
const MARKER: &str = ".iapt-report";
const MARKER_TEXT: &str =
    "This folder is made by `iapt report` and replaced whole; nothing in it is edited by hand.\n";

/// What a folder of pages was made from, kept beside the data.
#[derive(PartialEq, Serialize, Deserialize)]
struct Made {
    /// The folder.
    out: PathBuf,
    /// Checksum over tables, declared files, templates and program.
    from: String,
    /// Checksum over the pages.
    pages: String,
}

/// The folder of the pages.
pub(crate) fn out(project: &Project, output: &Output) -> PathBuf {
    output.out.clone().unwrap_or_else(|| project.folder.join("reports/published"))
}

/// Makes the pages, if they are not up to date; says whether it did.
pub(crate) async fn report(selected: &Selected<'_>, out: &Path, log: &Log) -> Result<bool> {
    if why_stale(selected, out)?.is_none() {
        log.info("report", &format!("pages are up to date: {}", index(out).display()));
        return Ok(false);
    }
    refuse_foreign(out)?;
    let tables = selected.data.join(TABLES_FOLDER);
    let indicators = "SELECT * FROM indicators WHERE breakdown = 'total' OR level = 'england'
        ORDER BY dataset, reporting_period, level, org_type, org_code, org_name, breakdown, category, indicator";
    let indicators: Vec<IndicatorRow> = read_rows(&tables, indicators).await?;
    let spread = "SELECT * FROM spread ORDER BY dataset, reporting_period, level, org_type, indicator";
    let spread: Vec<SpreadRow> = read_rows(&tables, spread).await?;
    let releases = "SELECT * FROM releases ORDER BY dataset, reporting_period, edition, source_file";
    let releases: Vec<ReleaseRow> = read_rows(&tables, releases).await?;
    let input = iapt_report::Input {
        project: selected.project,
        indicators: &indicators,
        spread: &spread,
        releases: &releases,
    };
    let mut pages = iapt_report::render(&input, &selected.project.folder.join("reports"))?;
    pages.insert(PathBuf::from(MARKER), MARKER_TEXT.as_bytes().to_vec());
    write_whole(&pages, out)?;
    let made = Made { out: fs_err::canonicalize(out)?, from: made_from(selected)?, pages: checksum(&pages) };
    disk::replace_file(&made_file(selected), &serde_json::to_vec_pretty(&made)?)?;
    log.info("report", &format!("{} files; open {}", pages.len(), index(out).display()));
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
    let mut pages = BTreeMap::new();
    read_whole(out, out, &mut pages)?;
    Ok((checksum(&pages) != made.pages).then_some("a page is not as it was made"))
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
fn refuse_foreign(out: &Path) -> Result<()> {
    let is_foreign = out.is_dir() && !out.join(MARKER).is_file() && fs_err::read_dir(out)?.next().is_some();
    if is_foreign {
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

fn write_whole(pages: &BTreeMap<PathBuf, Vec<u8>>, out: &Path) -> Result<()> {
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let next = out.with_file_name(format!(".{name}.next"));
    if next.exists() {
        disk::remove_folder(&next)?;
    }
    for (path, bytes) in pages {
        let path = next.join(path);
        if let Some(folder) = path.parent() {
            disk::create_folder(folder)?;
        }
        disk::write_new(&path, bytes)?;
    }
    replace_folder(&next, out)?;
    Ok(())
}

fn read_whole(root: &Path, folder: &Path, pages: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_whole(root, &path, pages)?;
        } else {
            pages.insert(path.strip_prefix(root)?.to_owned(), fs_err::read(&path)?);
        }
    }
    Ok(())
}

fn checksum(pages: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let lines: Vec<String> =
        pages.iter().map(|(path, bytes)| format!("{} {}", Sha256::of(bytes), path.display())).collect();
    Sha256::of(lines.join("\n").as_bytes()).to_string()
}
