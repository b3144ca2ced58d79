//! Tables and pages made again from the snapshots, in a folder that is removed afterwards.

use std::path::{Path, PathBuf};

use anyhow::Result;
use iapt_catalog::{Partition, TABLES_FOLDER};
use iapt_fetch::Lock;
use iapt_files::{Sha256, WholeFolder, disk};
use iapt_model::{Project, Snapshot};
use iapt_proof::Material;
use iapt_transform::{Build, Listener, Refused, Stale};

use super::{Asked, PAGES, differences::Found};
use crate::{
    args::{LogFormat, Selection},
    failure::Usage,
    log::Log,
    report,
    selection::{SNAPSHOTS_FOLDER, Selected},
    stages::is_without_pages,
};

/// Where tables and pages are made again, below the folder of the data.
const SCRATCH: &str = ".verify";

/// What tables were made from.
pub(super) struct MadeFrom<'a> {
    pub(super) materials: &'a [Material],
    pub(super) source: &'a str,
    /// The checksum of the whole name of the source, where it is known.
    pub(super) source_sha256: Option<Sha256>,
}

/// How pages are made again.
pub(super) struct Pages<'a> {
    /// Where they say that they are served.
    pub(super) site_address: Option<&'a str>,
}

/// A folder to make tables and pages in.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(data: &Path) -> Result<Self> {
        clear(data)?;
        let folder = data.join(SCRATCH);
        disk::create_folder(&folder)?;
        Ok(Self(folder))
    }

    /// The folder itself, which is laid out like a folder of data.
    pub(super) fn data(&self) -> &Path {
        &self.0
    }

    pub(super) fn tables(&self) -> PathBuf {
        self.0.join(TABLES_FOLDER)
    }

    pub(super) fn pages(&self) -> PathBuf {
        self.0.join(PAGES)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = disk::remove_folder(&self.0);
    }
}

/// Removes what was made again and not removed.
pub(crate) fn clear(data: &Path) -> Result<()> {
    let folder = data.join(SCRATCH);
    if folder.exists() { Ok(disk::remove_folder(&folder)?) } else { Ok(()) }
}

/// Makes tables again, and pages where there were any; says whether it could.
pub(super) async fn make_again(
    project: &Project,
    asked: &Asked<'_>,
    from: &MadeFrom<'_>,
    pages: Option<Pages<'_>>,
    scratch: &Scratch,
    found: &mut Found,
) -> Result<bool> {
    let typed = Selection {
        source: asked.source.map(str::to_owned),
        offline: true,
        ..Selection::of("", &[], asked.data)
    };
    let mut selected = Selected::new(project, &typed)?;
    let is_other = from.source_sha256.is_some_and(|sha256| sha256 != Sha256::of(selected.source.as_bytes()));
    if is_other || from.source != selected.source_label() {
        return Err(Usage {
            message: format!("the tables were made from another source (`{}`) than `{}`", from.source, selected.source),
            hint: "name it: --source SOURCE; where it is `embedded`, use the project whose figures they are: --project DIR".to_owned(),
        }
        .into());
    }
    let lock = Lock::read(&selected.snapshots())?;
    let mut kept = Vec::new();
    for material in from.materials {
        let Material { dataset, reporting_period, edition, sha256, .. } = material;
        let declared =
            project.dataset(dataset).and_then(|dataset| dataset.release(reporting_period, *edition));
        let what = format!("{SNAPSHOTS_FOLDER}/objects/{sha256}");
        match declared {
            None => {
                found.add(&what, format!("{dataset} {reporting_period}, edition {edition}, is not declared"));
            }
            Some(release) => match Snapshot::verify(release.clone(), &lock.object(*sha256), *sha256) {
                Ok(snapshot) => kept.push(snapshot),
                Err(_) => found.add(&what, format!("the snapshot of {} is not here", release.label())),
            },
        }
    }
    if kept.len() < from.materials.len() {
        return Ok(false);
    }
    selected.data.clone_from(&scratch.0);
    selected.forget_stand_in();
    let build = Build { is_exact: true, ..selected.build() };
    let built = iapt_transform::build(&build, &kept, |_| None, &Silent).await?;
    for Refused { release, error, .. } in &built.refused {
        found.add(release, format!("it is not understood: {error}"));
    }
    if let Some(Pages { site_address }) = pages {
        let silent = Log::new(true, LogFormat::Text);
        let whole = WholeFolder::at(&scratch.pages())?;
        match report::report(&selected, &whole, site_address, &silent).await {
            Err(error) if is_without_pages(&error) => {}
            made => {
                made?;
            }
        }
    }
    Ok(true)
}

/// Nobody is told what is made again.
struct Silent;

impl Listener for Silent {
    fn stale(&self, _: &[Stale]) {}
    fn tidy(&self, _: &[Partition]) {}
    fn refused(&self, _: &[Refused]) {}
}
