//! The project that a released program carries: `pipelines` and `reports` of the commit that it was built from, so that it
//! runs in a folder with nothing in it.
//!
//! Only released programs carry one: while somebody works on the project, every change of a declared file would compile
//! the program again.

use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use iapt_files::{WholeFolder, disk, files_below};
use include_dir::{Dir, DirEntry, include_dir};

use crate::failure::Usage;

/// How often, and after how long, a run asks again for a folder that another one is writing.
const PATIENCE: u32 = 50;
const A_MOMENT: Duration = Duration::from_millis(200);

/// What the project is made of, by folder; not the pages that are made of it.
static PARTS: [(&str, Dir<'_>); 4] = [
    ("pipelines", include_dir!("$CARGO_MANIFEST_DIR/../../pipelines")),
    ("reports/assets", include_dir!("$CARGO_MANIFEST_DIR/../../reports/assets")),
    ("reports/pages", include_dir!("$CARGO_MANIFEST_DIR/../../reports/pages")),
    ("reports/templates", include_dir!("$CARGO_MANIFEST_DIR/../../reports/templates")),
];

/// Writes the project to a folder that is not there or has nothing in it.
///
/// # Errors
///
/// [`Usage`] where the folder has something in it.
pub(crate) fn init(folder: &Path) -> Result<()> {
    if !WholeFolder::at(folder)?.is_empty()? {
        return Err(Usage {
            message: format!("{} has something in it", folder.display()),
            hint: "name a folder that is empty or not there".to_owned(),
        }
        .into());
    }
    write(folder)
}

/// Where the project is, among what programs keep for the user.
fn place() -> Result<PathBuf> {
    let kept = etcetera::choose_base_strategy().context("there is no home folder")?.cache_dir();
    // Named after what is in it: programs of two versions do not disturb each other.
    Ok(kept.join("iapt").join(concat!("project-", env!("IAPT_PROJECT"))))
}

/// Whether a project is the carried one, whose folder is not the user's.
pub(crate) fn is_it(project: &Path) -> bool {
    place().is_ok_and(|place| place == project)
}

/// The folder of the project, written where it is not there as it should be.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = place()?;
    if !is_whole(&folder) {
        put_in_place(&folder).with_context(|| {
            format!(
                "the files that the program carries cannot be put at {}; XDG_CACHE_HOME names another place",
                folder.display()
            )
        })?;
    }
    Ok(folder)
}

/// Replaces a folder by the project in one step, so that another run finds it whole or not at all.
fn put_in_place(folder: &Path) -> Result<()> {
    let whole = WholeFolder::at(folder)?;
    let mut alone = whole.lock("a run that puts the project in place");
    for _ in 0..PATIENCE {
        if alone.is_ok() {
            break;
        }
        thread::sleep(A_MOMENT);
        alone = whole.lock("a run that puts the project in place");
    }
    let _alone = alone?;
    if is_whole(folder) {
        // Another run was first.
        return Ok(());
    }
    whole.clear()?;
    write(whole.next())?;
    Ok(whole.replace(None)?)
}

fn write(folder: &Path) -> Result<()> {
    for (path, bytes) in files() {
        let path = folder.join(path);
        disk::create_folder(path.parent().unwrap_or(folder))?;
        disk::write_new(&path, bytes)?;
    }
    Ok(())
}

/// Whether a folder holds every file of the project as it is, and no other.
fn is_whole(folder: &Path) -> bool {
    let files = files();
    let is_same =
        |(path, bytes): &(PathBuf, &[u8])| fs_err::read(folder.join(path)).is_ok_and(|found| found == *bytes);
    files_below(folder).is_ok_and(|found| found.len() == files.len()) && files.iter().all(is_same)
}

/// Every file of the project, by its path below the project's folder.
fn files() -> Vec<(PathBuf, &'static [u8])> {
    fn collect(below: &Path, dir: &'static Dir<'_>, files: &mut Vec<(PathBuf, &'static [u8])>) {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(dir) => collect(below, dir, files),
                DirEntry::File(file) => files.push((below.join(file.path()), file.contents())),
            }
        }
    }
    let mut files = Vec::new();
    for (below, dir) in &PARTS {
        collect(Path::new(below), dir, &mut files);
    }
    files.sort();
    files
}
