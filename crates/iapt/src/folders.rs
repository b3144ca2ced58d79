//! The folders of a run: looked at before anything in them is touched, locked, and cleared of what was not finished.

use std::path::{Path, PathBuf};

use anyhow::Result;
use iapt_catalog::TABLES_FOLDER;
use iapt_files::{FolderLock, WholeFolder, disk};

use crate::{
    args::Selection,
    failure::Usage,
    revisions,
    selection::{SNAPSHOTS_FOLDER, kept_source},
    verify,
};

/// Where the stand-in publisher writes while it makes a pack, below the folder of the data.
pub(crate) const SPOOL_FOLDER: &str = ".spool";

/// The folders that a run writes to.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    pub(crate) data: PathBuf,
    tables: WholeFolder,
    /// Where the pages go, where there are to be any.
    pub(crate) out: Option<WholeFolder>,
}

impl Folders {
    /// Looks at the folders, and refuses those that a run would destroy or could not use.
    pub(crate) fn new(project: &Path, typed: &Selection, out: Option<&Path>) -> Result<Self> {
        let data = &typed.data;
        for path in [Some(data.as_path()), out].into_iter().flatten() {
            refuse_unwritable(path)?;
        }
        // The data may be in a folder that is a link.
        WholeFolder::at(data).map_err(unusable)?;
        let tables = WholeFolder::at(&data.join(TABLES_FOLDER)).map_err(unusable)?;
        let out = out.map(WholeFolder::at).transpose().map_err(unusable)?;
        if let Some(out) = &out {
            refuse_overlap(project, typed, tables.path(), out.path())?;
        }
        Ok(Self { data: data.clone(), tables, out })
    }

    /// Claims them all for a run, which says who it is to those that come while it works.
    pub(crate) fn lock(&self, holder: &str) -> Result<Vec<FolderLock>> {
        let mut locks = vec![FolderLock::take(&self.data, holder)?];
        if let Some(out) = &self.out {
            locks.push(out.lock(holder)?);
        }
        Ok(locks)
    }

    /// Removes what an ended run has left unfinished, which takes room and helps nobody.
    pub(crate) fn clear(&self) -> Result<()> {
        let spool = self.data.join(SPOOL_FOLDER);
        if spool.exists() {
            disk::remove_folder(&spool)?;
        }
        revisions::clear(&self.data)?;
        verify::clear(&self.data)?;
        iapt_fetch::clear_unfinished(&self.data.join(SNAPSHOTS_FOLDER))?;
        self.tables.clear()?;
        if let Some(out) = &self.out {
            out.clear()?;
        }
        Ok(())
    }
}

/// What is wrong with a folder that was named is a mistake in what was typed, unless the system says so.
fn unusable(error: iapt_files::Error) -> anyhow::Error {
    match &error {
        iapt_files::Error::NoFolder { .. } => {
            Usage { message: error.to_string(), hint: error.hint().unwrap_or_default() }.into()
        }
        _ => error.into(),
    }
}

/// Tables are opened by the address of their files, which has no place for everything that a path may have.
fn refuse_unwritable(path: &Path) -> Result<(), Usage> {
    if path.to_str().is_some_and(|path| !path.contains(char::is_control)) {
        return Ok(());
    }
    let path = path.display().to_string();
    Err(Usage {
        message: format!(
            "the path `{}` has a line break, another control character, or bytes that are not UTF-8",
            path.escape_debug()
        ),
        hint: "name a folder without them: --data DIR, --out DIR".to_owned(),
    })
}

/// The folder of the pages is replaced whole, so nothing else may be in it, and it may not be in what others replace.
fn refuse_overlap(project: &Path, typed: &Selection, tables: &Path, out: &Path) -> Result<()> {
    let out = resolved(out)?;
    let snapshots = resolved(&typed.data.join(SNAPSHOTS_FOLDER))?;
    let tables = resolved(tables)?;
    let mut kept = vec![
        ("the folder of the data", resolved(&typed.data)?),
        ("the tables", tables.clone()),
        ("the snapshots", snapshots.clone()),
        ("the project", resolved(project)?),
    ];
    let source = typed.source.clone().or_else(|| kept_source(&typed.data));
    if let Some(source) = source.as_deref().map(Path::new).filter(|source| source.is_dir()) {
        kept.push(("the source", resolved(source)?));
    }
    let in_out = kept.iter().find(|(_, path)| path.starts_with(&out));
    let around_out =
        || kept.iter().find(|(_, path)| [&tables, &snapshots].contains(&path) && out.starts_with(path));
    let Some((what, path)) = in_out.or_else(around_out) else { return Ok(()) };
    Err(Usage {
        message: format!(
            "the pages cannot go to `{}`, which overlaps {what}: `{}`",
            out.display(),
            path.display()
        ),
        hint: "the folder of the pages is replaced whole: name one that holds nothing else, --out DIR"
            .to_owned(),
    }
    .into())
}

/// The absolute path, with the links of what there is followed.
fn resolved(path: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(path)?;
    for ancestor in path.ancestors() {
        if let Ok(there) = fs_err::canonicalize(ancestor) {
            let rest = path.strip_prefix(ancestor)?;
            // Joined with nothing, a path would end with a slash.
            return Ok(if rest.as_os_str().is_empty() { there } else { there.join(rest) });
        }
    }
    Ok(path)
}
