//! The report stage: tables in, a folder of pages out, replaced whole.

use std::path::{Path, PathBuf};

use anyhow::Result;
use iapt_catalog::{Engine, Manifest, Session, TABLES_FOLDER, Tables, manifest::Edition, tables_sha256};
use iapt_files::{Sha256, WholeFolder, checksums, disk, parallel, seen};
use iapt_model::Project;
use serde::{Deserialize, Serialize};

#[cfg(not(debug_assertions))]
use crate::carried;
use crate::{
    args::Output,
    failure::{Hinted, Usage},
    log::Log,
    next_pages::{Files, NextPages},
    rows::{Rows, Statistics},
    selection::Selected,
    table_files::{self, Script},
};

/// A file that says that the folder is ours to replace.
const MARKER: &str = ".iapt-report";
const MARKER_TEXT: &str =
    "This folder is made by `iapt report` and replaced whole; nothing in it is edited by hand.\n";

/// How the line of `MARKER` begins that names the source of the pages.
const SOURCE: &str = "source: ";

/// What a folder of pages was made from, kept beside the data.
#[derive(PartialEq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// The folder.
    out: PathBuf,
    /// Checksum over tables, declared files, templates and program.
    from: Sha256,
    /// The program that made them.
    pub(crate) program: String,
    /// Checksum over every declared file and everything that they are worded with.
    pub(crate) declared: Sha256,
    /// Where they say that they are served.
    pub(crate) site_address: Option<String>,
    /// The files in it.
    #[serde(flatten)]
    pub(crate) files: Files,
    /// Their sizes and when each was last written; none where it is not known that the machine has been up since.
    seen: Option<Sha256>,
}

/// The folder of the pages.
pub(crate) fn out(project: &Path, output: &Output) -> PathBuf {
    #[cfg(not(debug_assertions))]
    if output.out.is_none() && carried::is_it(project) {
        return PathBuf::from("published");
    }
    output.out.clone().unwrap_or_else(|| project.join("reports/published"))
}

/// The folder where the pages are that were made last from these data, unless another one is named.
pub(crate) fn made_at(data: &Path, project: &Path, output: &Output) -> Result<PathBuf> {
    let made = if output.out.is_none() { Made::read(data)? } else { None };
    let there = made.map(|made| made.out).filter(|out| out.is_dir());
    Ok(there.unwrap_or_else(|| out(project, output)))
}

/// Makes the pages, if they are not up to date; says whether it did.
pub(crate) async fn report(
    selected: &Selected<'_>,
    whole: &WholeFolder,
    site_address: Option<&str>,
    log: &Log,
) -> Result<bool> {
    let out = whole.path();
    if why_stale(selected, out, site_address)?.is_none() {
        log.info("report", &format!("pages are up to date: {}", index(out).display()));
        return Ok(false);
    }
    refuse_foreign(whole)?;
    let folder = selected.data.join(TABLES_FOLDER);
    let tables =
        Session::open(&Engine::Local, &Tables::Folder(folder.clone()), selected.threads, None).await?;
    // One thread, which keeps the order of the rows.
    let in_order = Session::open(&Engine::Local, &Tables::Folder(folder.clone()), 1, None).await?;
    // While rows are read, files are made of others.
    let rows = tokio::spawn(Rows::read(tables.clone(), in_order.clone()));
    let statistics = tokio::spawn(Statistics::read(tables));
    let explore = selected.project.query("explore")?.text.clone();
    let figures = tokio::spawn(async move { in_order.figures(&explore).await });
    let next = NextPages::new(whole, Made::of(&selected.data, out)?.ok())?;
    // What it says was compared with the files when the tables were opened.
    let Edition::Known { manifest: Manifest { files: sums, .. }, .. } = Edition::read(&folder)? else {
        return Err(iapt_catalog::Error::NoTables { folder }.into());
    };
    let mut offered = table_files::copy(&folder, &sums, &next)?;
    offered.extend(table_files::csv(selected.project, (&folder, &sums), selected.threads, &next)?);
    let (figures, scripts) = table_files::figures(figures.await??, &next)?;
    offered.extend(figures);
    offered.sort();
    // While pages are made of rows, scripts are made of figures.
    let threads = selected.threads;
    let scripts = tokio::spawn(async move {
        let texts = parallel::map(&scripts, threads, Script::text);
        (scripts, texts)
    });
    // The figures of an edition are the rows of this table, and anyone can take the checksum of the file on the site.
    let edition = next.sum(&table_files::path("indicators.csv")).map(|sum| sum.to_string());
    let (rows, statistics) = (rows.await??, statistics.await??);
    let input = iapt_report::Input {
        threads: selected.threads,
        project: selected.project,
        indicators: &rows.indicators,
        spread: &statistics.headline_spreads(),
        current: &rows.current,
        services: &rows.services,
        analysis: statistics.analysis(),
        integrity: rows.integrity(),
        releases: &rows.releases,
        edition: &edition.unwrap_or_default(),
        site_address,
        table_files: &offered,
    };
    let reports = selected.project.folder.join("reports");
    iapt_report::render(&input, &reports, &|path, bytes| next.put(path, bytes))?;
    let (scripts, texts) = scripts.await?;
    for (script, text) in scripts.iter().zip(texts) {
        script.put(&text?, &next)?;
    }
    next.put(MARKER, format!("{MARKER_TEXT}{SOURCE}{}\n", selected.source_label()).as_bytes())?;
    let files = next.finish()?;
    let n_files = files.sums.len();
    let made = Made {
        out: fs_err::canonicalize(out)?,
        from: made_from(selected, site_address)?,
        program: crate::PROGRAM.to_owned(),
        declared: declared(selected.project)?,
        site_address: site_address.map(str::to_owned),
        files,
        seen: seen(out)?,
    };
    disk::replace_file(&made_file(&selected.data), &serde_json::to_vec_pretty(&made)?)?;
    log.info("report", &format!("{n_files} files; open {}", index(out).display()));
    Ok(true)
}

/// Why the pages are not what they should be; none when they are.
pub(crate) fn why_stale(
    selected: &Selected<'_>,
    out: &Path,
    site_address: Option<&str>,
) -> Result<Option<&'static str>> {
    match Made::of(&selected.data, out)? {
        Err(why) => Ok(Some(why)),
        Ok(made) if made.from != made_from(selected, site_address)? => {
            Ok(Some("tables, templates, declared files or the program have changed"))
        }
        Ok(made) => made.why_changed(),
    }
}

impl Made {
    /// What the pages were made from, or why nobody knows.
    pub(crate) fn of(data: &Path, out: &Path) -> Result<Result<Self, &'static str>> {
        if !out.join(MARKER).is_file() {
            return Ok(Err("never made"));
        }
        let made =
            Self::read(data)?.filter(|made| fs_err::canonicalize(out).is_ok_and(|out| made.out == out));
        Ok(made.ok_or("made elsewhere"))
    }

    /// What is noted beside the data of the pages that were made last, wherever they are; none where that cannot be read.
    pub(crate) fn read(data: &Path) -> Result<Option<Self>> {
        let made = made_file(data);
        Ok(if made.is_file() { serde_json::from_slice(&fs_err::read(made)?).ok() } else { None })
    }

    /// What is wrong with the pages themselves.
    pub(crate) fn why_changed(&self) -> Result<Option<&'static str>> {
        // Two hundred megabytes are not read again to learn that nobody has touched them.
        if self.seen.is_some() && self.seen == seen(&self.out)? {
            return Ok(None);
        }
        Ok((checksums(&self.out)? != self.files.sums).then_some("a page is not as it was made"))
    }
}

fn index(out: &Path) -> PathBuf {
    out.join("site/index.html")
}

fn made_file(data: &Path) -> PathBuf {
    data.join("report.json")
}

/// A checksum over all that decides what the pages say.
fn made_from(selected: &Selected<'_>, site_address: Option<&str>) -> Result<Sha256> {
    let tables = tables_sha256(&selected.data.join(TABLES_FOLDER));
    let declared = declared(selected.project)?;
    let text = format!("{}\n{tables:?}\n{declared}\n{site_address:?}", crate::PROGRAM);
    Ok(Sha256::of(text.as_bytes()))
}

/// A checksum over every declared file and everything that pages are worded with.
fn declared(project: &Project) -> Result<Sha256> {
    let wording = ["reports/templates", "reports/assets", "reports/pages"].map(Path::new);
    let text = format!("{}\n{}", project.declared(), project.fingerprint(&wording)?);
    Ok(Sha256::of(text.as_bytes()))
}

/// The source of the pages in a folder, where it is another one than that of a run: a trial of a source does not replace
/// what is published from another, unless it is told to.
pub(crate) fn other_source(selected: &Selected<'_>, out: &Path) -> Option<String> {
    // Pages of an earlier program do not say where they are from.
    let marker = fs_err::read_to_string(out.join(MARKER)).ok()?;
    let source = marker.lines().find_map(|line| line.strip_prefix(SOURCE))?;
    (source != selected.source_label()).then(|| source.to_owned())
}

/// Refuses to replace the pages of another source in a folder that nobody named.
pub(crate) fn refuse_other_source(selected: &Selected<'_>, out: &Path) -> Result<(), Usage> {
    let Some(source) = other_source(selected, out) else { return Ok(()) };
    let out = out.display();
    Err(Usage {
        message: format!(
            "the pages in {out} are of the source `{source}`, and would be replaced by pages of `{}`",
            selected.source_label()
        ),
        hint: format!("try it in folders of its own: --data DIR --out DIR; or replace them: --out {out}"),
    })
}

/// A folder with files that are not ours is not replaced.
fn refuse_foreign(whole: &WholeFolder) -> Result<()> {
    let out = whole.path();
    if !out.join(MARKER).is_file() && !whole.is_empty()? {
        return Err(Hinted {
            message: format!(
                "{} holds files that no report made, and a report replaces the whole folder",
                out.display()
            ),
            hint: "choose another folder: --out DIR".to_owned(),
        }
        .into());
    }
    Ok(())
}
