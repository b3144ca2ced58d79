//! `iapt figures add`: the built-in figures of a release that was fetched.

use std::path::Path;

use anyhow::Result;
use iapt_declare::figures_of;
use iapt_fetch::{Holding, Lock};
use iapt_model::{Period, Project, Snapshot};

use crate::{
    declare::{dataset, write_lines},
    failure::{Done, Hinted, Usage},
    log::Log,
    selection::{SNAPSHOTS_FOLDER, kept_source},
};

/// Adds the figures of a release, from the source that the folder of data was last filled from.
pub(crate) fn add(project: &Project, name: &str, period: Period, data: &Path, log: &Log) -> Result<Done> {
    #[cfg(not(debug_assertions))]
    crate::declare::refuse_carried(project)?;
    let dataset = dataset(project, name)?;
    let Some(release) = dataset.newest_releases().find(|release| release.period == period) else {
        return Err(Usage {
            message: format!("no release of {name} {period} is declared"),
            hint: format!("iapt declare {name} {period}"),
        }
        .into());
    };
    let lock = Lock::read(&data.join(SNAPSHOTS_FOLDER))?;
    let source = kept_source(data).unwrap_or_default();
    let Holding::Kept(pin) = lock.holding(&source, release) else {
        return Err(Hinted {
            message: format!("{} was not fetched from a publisher into {}", release.label(), data.display()),
            hint: format!("fetch it first: iapt fetch --source nhs --dataset {name} --period {period}"),
        }
        .into());
    };
    let snapshot = Snapshot::verify(release.clone(), &lock.object(pin.sha256), pin.sha256)?;
    let figures = figures_of(project, dataset, &snapshot)?;
    write_lines(&figures, project, "figures", log)?;
    for note in &figures.notes {
        log.info("figures", note);
    }
    Ok(Done::All)
}
