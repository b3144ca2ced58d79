//! `iapt verify`: whether tables and pages are what the snapshots give, whether an edition was published so, and whether a
//! figure is in one. Opens no connection.

mod again;
mod differences;
mod published;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_catalog::{Manifest, TABLES_FOLDER, manifest::Edition, manifest::FILE as MANIFEST_OF_TABLES};
use iapt_files::{FolderInUse, FolderLock, Sha256, checksums};
use iapt_model::Project;
use iapt_proof::{Material, Proof};

use self::{
    again::{MadeFrom, Pages, Scratch, make_again},
    differences::{Found, compare, compare_sums},
    published::{compare_edition, published_edition},
};
use crate::{
    failure::{Done, NotVerified},
    lines::Lines,
    provenance::materials,
    report::Made,
    selection::SNAPSHOTS_FOLDER,
};

pub(crate) use self::again::clear;

/// What the names of pages begin with.
const PAGES: &str = "pages";

/// What is to be verified.
pub(crate) struct Asked<'a> {
    /// The folder of the data.
    pub(crate) data: &'a Path,
    /// The source that was typed.
    pub(crate) source: Option<&'a str>,
    /// The folder of a published edition, instead of the tables and pages beside the data.
    pub(crate) published: Option<&'a Path>,
    /// Checksums only.
    pub(crate) is_quick: bool,
    /// The file of the key that the edition has to be signed with.
    pub(crate) key: Option<&'a Path>,
}

/// Verifies a folder of data with its pages, or a published edition.
pub(crate) async fn verify(
    project: impl FnOnce() -> Result<Project>,
    out: impl FnOnce() -> Result<PathBuf>,
    asked: &Asked<'_>,
) -> Result<Done> {
    let mut lines = Lines::new();
    let mut found = Found::default();
    if let Some(published) = asked.published {
        let edition = published_edition(published, asked.key, &mut found, &mut lines)?;
        if let (false, Some((folder, statement))) = (asked.is_quick, edition) {
            let _alone = lock(asked.data)?;
            if snapshots(asked.data, &mut found, &mut lines)? {
                let from = MadeFrom {
                    materials: &statement.materials,
                    source: &statement.source,
                    source_sha256: None,
                };
                let pages = Some(Pages { site_address: statement.site_address.as_deref() });
                let scratch = Scratch::new(asked.data)?;
                if make_again(&project()?, asked, &from, pages, &scratch, &mut found).await? {
                    compare_edition(&folder, &statement, &scratch, &mut found).await?;
                    tell_rebuilt(&mut lines, &statement.materials)?;
                }
            }
        }
        return found.end(lines);
    }
    let _alone = lock(asked.data)?;
    let is_whole = snapshots(asked.data, &mut found, &mut lines)?;
    let tables = asked.data.join(TABLES_FOLDER);
    let read = Edition::read(&tables)?;
    let read = read.compared(&tables)?.unwrap_or(read);
    let manifest = match &read {
        Edition::None => return Err(iapt_catalog::Error::NoTables { folder: tables }.into()),
        Edition::Unknown { why, .. } => {
            found.add(&format!("{TABLES_FOLDER}/{MANIFEST_OF_TABLES}"), why);
            None
        }
        Edition::Known { manifest, faults, .. } => {
            for (path, fault) in faults {
                found.add(&format!("{TABLES_FOLDER}/{path}"), fault.of(path));
            }
            lines.line(format_args!(
                "tables     {} files, compared with their manifest",
                manifest.files.len()
            ))?;
            if asked.is_quick {
                snapshots_of(manifest, asked.data, &mut found);
            }
            Some(manifest)
        }
    };
    let out = out()?;
    let made = pages(asked.data, &out, &mut found, &mut lines)?;
    if let (false, true, Some(manifest)) = (asked.is_quick, is_whole, manifest) {
        let materials = materials(manifest);
        let from = MadeFrom {
            materials: &materials,
            source: &manifest.source,
            source_sha256: Some(manifest.source_sha256),
        };
        let pages = made.as_ref().map(|made| Pages { site_address: made.site_address.as_deref() });
        let scratch = Scratch::new(asked.data)?;
        if make_again(&project()?, asked, &from, pages, &scratch, &mut found).await? {
            compare(&tables, &scratch.tables(), TABLES_FOLDER, &mut found)?;
            if made.is_some() {
                compare(&out, &scratch.pages(), PAGES, &mut found)?;
            }
            tell_programs(manifest, made.as_ref(), &mut lines)?;
            tell_rebuilt(&mut lines, &materials)?;
        }
    }
    found.end(lines)
}

/// Keeps other runs out of the folder; none where this program may not write there, as in a copy that is kept to be read.
fn lock(data: &Path) -> Result<Option<FolderLock>> {
    match FolderLock::take(data, &format!("`iapt verify`, process {}", std::process::id())) {
        Ok(lock) => Ok(Some(lock)),
        Err(FolderInUse::Io(error))
            if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn tell_rebuilt(lines: &mut Lines, materials: &[Material]) -> io::Result<()> {
    lines.line(format_args!(
        "made again from {} snapshots by {}, and compared byte for byte",
        materials.len(),
        crate::PROGRAM
    ))
}

/// Another program may make other bytes.
fn tell_programs(manifest: &Manifest, made: Option<&Made>, lines: &mut Lines) -> io::Result<()> {
    let programs: BTreeSet<&str> =
        [manifest.program.as_str()].into_iter().chain(made.map(|made| made.program.as_str())).collect();
    for program in programs.into_iter().filter(|program| *program != crate::PROGRAM) {
        lines.line(format_args!("made by    {program}, which may make other bytes than this program"))?;
    }
    Ok(())
}

/// Every snapshot is named by its checksum. Says whether all are right.
fn snapshots(data: &Path, found: &mut Found, lines: &mut Lines) -> Result<bool> {
    let folder = data.join(SNAPSHOTS_FOLDER).join("objects");
    let n_before = found.n_files();
    let sums = if folder.is_dir() { checksums(&folder)? } else { BTreeMap::new() };
    for (name, sum) in &sums {
        // What is being downloaded begins with a dot.
        if !name.starts_with('.') && *name != sum.to_string() {
            found.add(
                &format!("{SNAPSHOTS_FOLDER}/objects/{name}"),
                "its bytes have another checksum than its name says",
            );
        }
    }
    lines.line(format_args!("snapshots  {} files, compared with their names", sums.len()))?;
    Ok(found.n_files() == n_before)
}

/// Finds the snapshots that tables were read from and that are gone.
fn snapshots_of(manifest: &Manifest, data: &Path, found: &mut Found) {
    for Material { dataset, reporting_period, sha256, .. } in materials(manifest) {
        let name = format!("{SNAPSHOTS_FOLDER}/objects/{sha256}");
        if !data.join(&name).is_file() {
            found.add(&name, format!("the snapshot of {dataset} {reporting_period} is not here"));
        }
    }
}

/// Compares the pages with what was noted when they were made; none where there are no pages.
fn pages(data: &Path, out: &Path, found: &mut Found, lines: &mut Lines) -> Result<Option<Made>> {
    let Some(made) = Made::read(data)? else {
        lines.line(format_args!("pages      none were made from these tables"))?;
        return Ok(None);
    };
    let there = if out.is_dir() { checksums(out)? } else { BTreeMap::new() };
    compare_sums(&made.files.sums, &there, &format!("{PAGES}/"), found);
    lines.line(format_args!("pages      {} files, compared with what was made", made.files.sums.len()))?;
    Ok(Some(made))
}

/// Checks the proof of a figure against a root, and prints what it proves.
pub(crate) fn verify_proof(file: &Path, root: Sha256) -> Result<Done> {
    let text = fs_err::read(file)?;
    let text = String::from_utf8(text)
        .map_err(|_| NotVerified { what: "the proof is not UTF-8 text".to_owned() })?;
    let proven = Proof::parse(&text)
        .and_then(|proof| proof.check(root))
        .map_err(|error| NotVerified { what: error.to_string() })?;
    let mut lines = Lines::new();
    for line in proven.leaf.lines().chain(proven.computed.iter().map(String::as_str)) {
        lines.line(line.replace('\t', "  "))?;
    }
    lines.line(format_args!("it is in the edition whose root is {root}"))?;
    lines.end()?;
    Ok(Done::All)
}
