//! What the selection means: which releases, and where they come from.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::available_parallelism,
    time::Duration,
};

use anyhow::Result;
use chrono::NaiveDate;
use iapt_catalog::Engine;
use iapt_fetch::{Check, Lock, Moment, Settings};
use iapt_files::{disk, without_secrets};
use iapt_model::{Period, Project, Release};
use iapt_publisher::{Misbehaviour, StandIn};
use serde::{Deserialize, Serialize};

use crate::{
    args::Selection,
    failure::{Hinted, Usage},
    fetch::some_of,
    folders::SPOOL_FOLDER,
};

/// The folder of the snapshots, below that of the data.
pub(crate) const SNAPSHOTS_FOLDER: &str = "snapshots";

/// Kept files are compared with their source once a day; somewhat less, so that a daily schedule may be early.
const CHECK_AFTER: Duration = Duration::from_hours(20);

/// Where releases come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The stand-in publisher, from the project's own table of figures.
    Embedded,
    /// The publisher.
    Publisher,
    /// A folder laid out by the publisher's paths.
    Folder(PathBuf),
    /// Another host, laid out by the publisher's paths.
    Mirror(String),
}

/// What is known of the stand-in publisher without reading all its figures, kept with the data.
#[derive(PartialEq, Serialize, Deserialize)]
struct Known {
    /// Checksum over the files that it is made from.
    files: String,
    fingerprint: String,
    /// The releases that it holds figures of, as messages name them.
    releases: BTreeSet<String>,
}

impl Known {
    /// What is kept, if the files are still those; else found out, by reading all the figures.
    fn of(project: &Project, data: &Path) -> Result<(Self, Option<StandIn>)> {
        let files = StandIn::files(project)?.to_string();
        let kept = fs_err::read(Self::path(data)).ok();
        let kept: Option<Self> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.files == files) {
            return Ok((kept, None));
        }
        let stand_in = StandIn::load(project)?;
        let releases = stand_in.releases().map(Release::label).collect();
        Ok((Self { files, fingerprint: stand_in.fingerprint().to_string(), releases }, Some(stand_in)))
    }

    fn keep(&self, data: &Path) -> Result<()> {
        let (path, bytes) = (Self::path(data), serde_json::to_vec_pretty(self)?);
        let is_kept = fs_err::read(&path).is_ok_and(|kept| kept == bytes);
        if is_kept { Ok(()) } else { Ok(disk::replace_file(&path, &bytes)?) }
    }

    fn path(data: &Path) -> PathBuf {
        data.join("stand_in.json")
    }
}

/// A checked selection.
#[expect(clippy::struct_excessive_bools, reason = "each says of one thing whether it was asked for")]
pub(crate) struct Selected<'a> {
    pub(crate) project: &'a Project,
    pub(crate) origin: Origin,
    /// What snapshots from here are kept under: two sources never share one.
    pub(crate) source: String,
    /// Whether that is because the folder was last filled from there, and nothing was typed.
    pub(crate) is_source_kept: bool,
    /// The newest edition of every selected period, in order of dataset and period.
    pub(crate) releases: Vec<&'a Release>,
    /// The datasets that were left out because none of their files was ever met: they are read where they are named.
    pub(crate) never_met: Vec<&'a str>,
    /// Whether the periods were named, so that one that is not there is missed.
    pub(crate) is_named: bool,
    pub(crate) data: PathBuf,
    pub(crate) is_offline: bool,
    /// Whether that is what was typed.
    pub(crate) is_typed_offline: bool,
    /// When the source is asked whether it has re-issued what is kept.
    pub(crate) check: Check,
    /// How patiently.
    pub(crate) settings: Settings,
    /// The day whose knowledge is used, where it is not all that is known.
    pub(crate) as_of: Option<NaiveDate>,
    pub(crate) now: Moment,
    pub(crate) is_strict: bool,
    pub(crate) threads: usize,
    /// Cells that are derived from at once.
    pub(crate) cells_at_once: u64,
    known: Option<Known>,
    /// The stand-in publisher, where its figures had to be read to know it, until it is asked for.
    read: Mutex<Option<StandIn>>,
    /// What the stand-in publisher is to do wrong, in a test.
    pub(crate) misbehaviour: Misbehaviour,
}

impl<'a> Selected<'a> {
    pub(crate) fn new(project: &'a Project, typed: &Selection) -> Result<Self> {
        let kept = if typed.source.is_none() { kept_source(&typed.data) } else { None };
        let origin = match (typed.source.as_deref(), &kept) {
            (Some(typed), _) => origin(typed)?,
            // The files that were fetched from a folder are kept even if that folder is gone.
            (None, Some(folder)) if Path::new(folder).is_absolute() => Origin::Folder(folder.into()),
            (None, Some(kept)) => origin(kept)?,
            (None, None) => Origin::Embedded,
        };
        let (known, read) = match origin {
            Origin::Embedded => Known::of(project, &typed.data).map(|(known, read)| (Some(known), read))?,
            _ => (None, None),
        };
        let source = match (&origin, &known) {
            (Origin::Embedded, Some(known)) => format!("embedded:{:.16}", known.fingerprint),
            (Origin::Embedded, None) => "embedded".to_owned(),
            (Origin::Publisher, _) => "nhs".to_owned(),
            (Origin::Folder(folder), _) => folder.display().to_string(),
            (Origin::Mirror(address), _) => without_secrets(address),
        };
        let check = match origin {
            _ if typed.fetching.refresh => Check::Always,
            // The stand-in publisher re-issues nothing: other figures make another source of it.
            Origin::Embedded => Check::Never,
            Origin::Publisher | Origin::Folder(_) | Origin::Mirror(_) => Check::After(CHECK_AFTER),
        };
        let mut releases = releases(project, typed)?;
        if let Some(day) = typed.as_of {
            let lock = Lock::read(&typed.data.join(SNAPSHOTS_FOLDER))?;
            releases = known_on(project, &lock, &source, &releases, day);
            if releases.is_empty() {
                return Err(nothing_known(&source, day, &typed.data).into());
            }
        }
        let is_typed_offline = typed.offline || typed.as_of.is_some();
        Ok(Self {
            project,
            origin,
            source,
            releases,
            never_met: if typed.datasets.is_empty() { never_met(project) } else { Vec::new() },
            is_named: !typed.periods.is_empty(),
            data: typed.data.clone(),
            is_offline: is_typed_offline || typed.asks_nobody,
            is_typed_offline,
            is_source_kept: kept.is_some(),
            check,
            settings: settings(typed),
            as_of: typed.as_of,
            now: typed.now(),
            is_strict: typed.strict,
            cells_at_once: typed.cells_at_once,
            threads: typed.threads.map_or_else(processors, usize::from),
            known,
            read: Mutex::new(read),
            misbehaviour: typed.misbehaviour()?,
        })
    }

    /// Whether the source can hold a release; of a source other than the built-in figures only asking it tells.
    pub(crate) fn can_hold(&self, release: &Release) -> bool {
        self.known.as_ref().is_none_or(|known| known.releases.contains(&release.label()))
    }

    /// Whether a release that the source lacks is passed over: the publisher has every one that is declared, and a
    /// period that was named is missed, unless a release of it is there, of another dataset.
    pub(crate) fn passes_over(&self, is_period_there: bool) -> bool {
        matches!(self.origin, Origin::Embedded | Origin::Folder(_)) && (!self.is_named || is_period_there)
    }

    /// Keeps what the next run would have to find out again.
    pub(crate) fn remember(&self) -> Result<()> {
        self.known.as_ref().map_or(Ok(()), |known| known.keep(&self.data))
    }

    /// Notes that the folder holds what came from here, for runs that are not told a source.
    pub(crate) fn keep_source(&self) -> Result<()> {
        let source = source_name(&self.source);
        if kept_source(&self.data).as_deref() == Some(source) {
            return Ok(());
        }
        Ok(disk::replace_file(&source_file(&self.data), format!("{source}\n").as_bytes())?)
    }

    /// The stand-in publisher, where it is the source.
    pub(crate) fn stand_in(&self) -> Result<Option<Arc<StandIn>>> {
        if self.origin != Origin::Embedded {
            return Ok(None);
        }
        let read = self.read.lock().ok().and_then(|mut read| read.take());
        let stand_in = read.map_or_else(|| StandIn::load(self.project), Ok)?;
        Ok(Some(Arc::new(stand_in.spooling_to(&self.spool()))))
    }

    /// Lets go of the figures of the stand-in publisher, where they were read and then not asked for: they are large.
    pub(crate) fn forget_stand_in(&self) {
        if let Ok(mut read) = self.read.lock() {
            *read = None;
        }
    }

    /// Removes what the stand-in publisher has spooled.
    pub(crate) fn clear_spool(&self) -> Result<()> {
        let spool = self.spool();
        if spool.exists() { Ok(disk::remove_folder(&spool)?) } else { Ok(()) }
    }

    fn spool(&self) -> PathBuf {
        self.data.join(SPOOL_FOLDER)
    }

    /// The source as pages name it: without this machine's folders.
    pub(crate) fn source_label(&self) -> &'static str {
        match self.origin {
            Origin::Embedded => "embedded",
            Origin::Publisher => "nhs",
            Origin::Folder(_) | Origin::Mirror(_) => "mirror",
        }
    }

    pub(crate) fn snapshots(&self) -> PathBuf {
        self.data.join(SNAPSHOTS_FOLDER)
    }

    pub(crate) fn build(&'a self) -> iapt_transform::Build<'a> {
        iapt_transform::Build {
            project: self.project,
            source: &self.source,
            source_label: self.source_label(),
            is_built_in: self.origin == Origin::Embedded,
            program: crate::PROGRAM,
            data: &self.data,
            threads: self.threads,
            cells_at_once: self.cells_at_once,
            engine: &Engine::Local,
            is_strict: self.is_strict,
            is_exact: self.as_of.is_some(),
            unusual: &[],
        }
    }
}

/// How many processors there are.
pub(crate) fn processors() -> usize {
    available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A source as it is typed, of the name that its snapshots are kept under.
pub(crate) fn source_name(source: &str) -> &str {
    if source.starts_with("embedded:") { "embedded" } else { source }
}

/// The source that a folder of data was last filled from.
pub(crate) fn kept_source(data: &Path) -> Option<String> {
    let text = fs_err::read_to_string(source_file(data)).ok()?;
    Some(text.trim().to_owned()).filter(|source| !source.is_empty())
}

fn source_file(data: &Path) -> PathBuf {
    data.join("source")
}

fn settings(typed: &Selection) -> Settings {
    #[cfg_attr(not(debug_assertions), expect(unused_mut, reason = "changed in tests"))]
    let mut patient = Settings::DEFAULT;
    #[cfg(debug_assertions)]
    if typed.hurry {
        let (moment, second) = (Duration::from_millis(1), Duration::from_secs(1));
        patient = Settings {
            max_bytes: 1 << 24,
            connect_timeout: second,
            read_timeout: second,
            deadline: 4 * second,
            backoff: moment,
            backoff_cap: moment,
            ..patient
        };
    }
    Settings {
        run_deadline: typed.fetching.deadline.map_or(patient.run_deadline, |deadline| deadline.0),
        ..patient
    }
}

/// The newest edition of each period that was known at the end of a day; periods of which none was are left out.
fn known_on<'a>(
    project: &'a Project,
    lock: &Lock,
    source: &str,
    wanted: &[&'a Release],
    day: NaiveDate,
) -> Vec<&'a Release> {
    let was_known = |release: &&'a Release| {
        let pin = lock.pin(source, release);
        // A file whose age an older lock file does not state counts as known from the beginning.
        pin.is_some_and(|pin| pin.first_seen.is_none_or(|seen| seen.date() <= day))
    };
    let newest = |wanted: &&'a Release| {
        let dataset = project.dataset(&wanted.dataset)?;
        dataset.releases.iter().filter(|release| release.period == wanted.period).rfind(was_known)
    };
    wanted.iter().filter_map(newest).collect()
}

fn nothing_known(source: &str, day: NaiveDate, data: &Path) -> Hinted {
    let lock = data.join(SNAPSHOTS_FOLDER).join("lock.toml");
    Hinted {
        message: format!("nothing had been fetched from `{source}` by {day}"),
        hint: format!("the lock file says since when each file is known: {}", lock.display()),
    }
}

fn origin(source: &str) -> Result<Origin> {
    match source {
        "embedded" => Ok(Origin::Embedded),
        "nhs" => Ok(Origin::Publisher),
        address if address.starts_with("https://") || address.starts_with("http://") => {
            // The message says what is wrong and leaves the address out: it may hold a password.
            if let Err(error) = iapt_fetch::check_address(address) {
                return Err(Usage {
                    message: format!("the address of --source cannot be used: {error}"),
                    hint: "--source https://host/path".to_owned(),
                }
                .into());
            }
            Ok(Origin::Mirror(address.trim_end_matches('/').to_owned()))
        }
        folder if Path::new(folder).is_dir() => Ok(Origin::Folder(fs_err::canonicalize(folder)?)),
        _ => Err(Usage {
            message: format!("`{}` is not a known source, nor a folder that exists", without_secrets(source)),
            hint: "--source embedded, nhs, a folder or an address".to_owned(),
        }
        .into()),
    }
}

fn never_met(project: &Project) -> Vec<&str> {
    let never_met = project.datasets.iter().filter(|dataset| dataset.is_never_met);
    never_met.map(|dataset| dataset.name.as_str()).collect()
}

fn releases<'a>(project: &'a Project, typed: &Selection) -> Result<Vec<&'a Release>> {
    for name in &typed.datasets {
        if project.dataset(name).is_none() {
            let known: Vec<&str> = project.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
            return Err(Usage {
                message: format!("no dataset is called `{name}`"),
                hint: format!("datasets: {}", known.join(", ")),
            }
            .into());
        }
    }
    let is_named = |name: &String| typed.datasets.contains(name);
    let all: Vec<&Release> = project
        .datasets
        .iter()
        .filter(|dataset| is_named(&dataset.name) || typed.datasets.is_empty() && !dataset.is_never_met)
        .flat_map(iapt_model::Dataset::newest_releases)
        .collect();
    for period in &typed.periods {
        if !all.iter().any(|release| release.period == *period) {
            // Of its own kind, where there are any: who types a year is not helped by months.
            let every: BTreeSet<Period> = all.iter().map(|release| release.period).collect();
            let is_like = |other: &&Period| other.period_kind() == period.period_kind();
            let alike: BTreeSet<Period> = every.iter().filter(is_like).copied().collect();
            let known = if alike.is_empty() { every } else { alike };
            let newest: Vec<String> = known.iter().rev().map(Period::to_string).collect();
            return Err(Usage {
                message: format!("no release is declared for {period}"),
                hint: format!("periods, the newest first: {}", some_of(&newest)),
            }
            .into());
        }
    }
    let is_in = |release: &&Release| typed.periods.is_empty() || typed.periods.contains(&release.period);
    Ok(all.into_iter().filter(is_in).collect())
}
