//! `run_summary.json`: what a run did, for whoever schedules it.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use anyhow::Result;
use iapt_catalog::Partition;
use iapt_fetch::{Fetched, Had, Moment, Pin};
use iapt_files::disk;
use iapt_model::ReleaseRow;
use serde::Serialize;

use crate::freshness::Freshness;

/// The file, below the folder of the data; replaced by every run when it begins and when it ends, however it ends.
const FILE: &str = "run_summary.json";

/// Goes up by one whenever a field changes its meaning or goes away.
const SCHEMA: u32 = 1;

/// What a run did, up to now.
pub(crate) struct Summary {
    path: PathBuf,
    clock: Instant,
    told: Mutex<Told>,
}

/// What the file says.
#[derive(Serialize)]
struct Told {
    schema: u32,
    command: &'static str,
    program: &'static str,
    source: String,
    as_of: Option<String>,
    began: Moment,
    process: u32,
    seconds: f64,
    /// `running`, `done`, `partly`, `stale`, `failed` or `interrupted`.
    outcome: &'static str,
    /// None while it runs.
    exit_code: Option<u8>,
    error: Option<Failure>,
    /// Releases that could not be fetched and are not kept.
    n_missed: usize,
    /// Kept releases that could not be compared with their source, though that was tried.
    n_unchecked: usize,
    /// Releases whose address has other bytes by now than those that are used.
    n_reissued: usize,
    /// Kept releases that are no longer at their address.
    n_withdrawn: usize,
    stages: Vec<Stage>,
    releases: Vec<Release>,
    freshness: Vec<Freshness>,
}

/// Why a run, a stage or a release failed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

#[derive(Serialize)]
struct Stage {
    stage: &'static str,
    /// `done`, `skipped`, or how the run ended in it: `failed`, `interrupted`.
    outcome: &'static str,
    why: Option<String>,
    seconds: f64,
}

#[derive(Serialize)]
struct Release {
    /// What messages call it.
    #[serde(skip)]
    label: String,
    dataset: String,
    period: String,
    edition: u32,
    url: String,
    /// `kept`, `downloaded`, `missed` or `passed_over`; `not_understood`, where it is here and could not be read.
    outcome: &'static str,
    error: Option<Failure>,
    sha256: Option<String>,
    bytes: Option<u64>,
    attempts: u32,
    resumed: u32,
    seconds: f64,
    /// Other bytes that the address has by now; they are kept, and not used before they are declared.
    reissued: Option<Reissue>,
    /// Why it could not be compared with its source.
    unchecked: Option<Failure>,
    /// What its files hold, where the tables are made of these bytes of it.
    files: Vec<File>,
}

#[derive(Serialize)]
struct Reissue {
    sha256: String,
    bytes: u64,
    first_seen: Option<Moment>,
}

#[derive(Serialize)]
struct File {
    name: String,
    rows: u64,
    cells: Cells,
}

/// Cells by status.
#[derive(Serialize)]
struct Cells {
    reported: u64,
    suppressed: u64,
    not_applicable: u64,
    no_activity: u64,
    missing: u64,
    not_held: u64,
}

impl Summary {
    /// Begins a summary, and says in the folder of the data that the run is under way.
    pub(crate) fn begin(
        data: &Path,
        command: &'static str,
        began: Moment,
        source: &str,
        as_of: Option<String>,
    ) -> Result<Self> {
        let told = Told {
            schema: SCHEMA,
            command,
            program: crate::PROGRAM,
            source: source.to_owned(),
            as_of,
            began,
            process: std::process::id(),
            seconds: 0.0,
            outcome: RUNNING,
            exit_code: None,
            error: None,
            n_missed: 0,
            n_unchecked: 0,
            n_reissued: 0,
            n_withdrawn: 0,
            stages: Vec::new(),
            releases: Vec::new(),
            freshness: Vec::new(),
        };
        let summary = Self { path: data.join(FILE), clock: Instant::now(), told: Mutex::new(told) };
        summary.write()?;
        Ok(summary)
    }

    /// Notes that a stage begins.
    pub(crate) fn stage(&self, stage: &'static str) {
        let seconds = self.clock.elapsed().as_secs_f64();
        self.told().stages.push(Stage { stage, outcome: RUNNING, why: None, seconds });
    }

    /// Notes that the stage has done its work; `skipped` says why there was nothing to do.
    pub(crate) fn stage_done(&self, skipped: Option<&str>) {
        self.end_stage(if skipped.is_some() { "skipped" } else { "done" }, skipped);
    }

    /// Notes that the stage did not do all of its work, and that the run goes on.
    pub(crate) fn stage_failed(&self, why: &str) {
        self.end_stage("failed", Some(why));
    }

    fn end_stage(&self, outcome: &'static str, why: Option<&str>) {
        let now = self.clock.elapsed().as_secs_f64();
        if let Some(stage) = self.told().stages.last_mut().filter(|stage| stage.outcome == RUNNING) {
            // Until now, when it began.
            stage.seconds = now - stage.seconds;
            (stage.outcome, stage.why) = (outcome, why.map(str::to_owned));
        }
    }

    /// Notes what became of a release that was wanted.
    pub(crate) fn release(&self, fetched: &Fetched, is_passed_over: bool) {
        let Fetched { release, outcome, reissue, unchecked, took, is_asked: _ } = fetched;
        let (name, attempts, resumed) = match outcome {
            Ok((_, Had::Kept)) => ("kept", 0, 0),
            Ok((_, Had::Downloaded { attempts, resumed, .. })) => ("downloaded", *attempts, *resumed),
            Err(_) if is_passed_over => ("passed_over", 0, 0),
            Err(error) => ("missed", error.attempts(), 0),
        };
        let mut told = self.told();
        told.n_missed += usize::from(name == "missed");
        told.n_unchecked += usize::from(unchecked.is_some());
        told.n_reissued += usize::from(reissue.is_some());
        told.n_withdrawn += usize::from(matches!(unchecked, Some(iapt_fetch::Error::NotHeld { .. })));
        let snapshot = outcome.as_ref().ok().map(|(snapshot, _)| snapshot);
        told.releases.push(Release {
            label: release.label(),
            dataset: release.dataset.clone(),
            period: release.period.to_string(),
            edition: release.edition,
            url: release.url.clone(),
            outcome: name,
            error: outcome.as_ref().err().map(failure),
            sha256: snapshot.map(|snapshot| snapshot.sha256().to_string()),
            bytes: snapshot.map(iapt_model::Snapshot::bytes),
            attempts,
            resumed,
            seconds: took.as_secs_f64(),
            reissued: reissue.as_ref().map(reissued),
            unchecked: unchecked.as_ref().map(failure),
            files: Vec::new(),
        });
    }

    /// Notes that a release could not be read.
    pub(crate) fn not_understood(&self, label: &str, error: &iapt_tidy::Error) {
        for release in self.told().releases.iter_mut().filter(|release| release.label == label) {
            release.outcome = "not_understood";
            release.error = Some(Failure { message: error.to_string(), hint: error.hint() });
        }
    }

    /// Notes what the tables hold of the releases.
    pub(crate) fn tables(&self, partitions: &[Partition]) {
        for release in &mut self.told().releases {
            let is_of = |partition: &&Partition| {
                let row = &partition.release;
                row.dataset == release.dataset
                    && row.reporting_period == release.period
                    && row.edition == release.edition
                    && Some(&row.sha256) == release.sha256.as_ref()
            };
            let partitions = partitions.iter().filter(is_of);
            release.files = partitions.map(|partition| file(&partition.release)).collect();
        }
    }

    pub(crate) fn freshness(&self, freshness: Vec<Freshness>) {
        self.told().freshness = freshness;
    }

    /// Notes how the run ended, and replaces the file.
    ///
    /// Where it cannot be replaced it is removed: no summary is better than one that says what is no longer true.
    pub(crate) fn end(&self, outcome: &'static str, exit_code: u8, error: Option<Failure>) -> Result<()> {
        self.end_stage(outcome, error.as_ref().map(|error| error.message.as_str()));
        {
            let mut told = self.told();
            told.seconds = self.clock.elapsed().as_secs_f64();
            (told.outcome, told.exit_code, told.error) = (outcome, Some(exit_code), error);
        }
        self.write()
    }

    fn write(&self) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(&*self.told())?;
        text.push(b'\n');
        if let Err(error) = disk::replace_file(&self.path, &text) {
            // On a full disk a file can still be removed; where it cannot, the error says why.
            let _ = disk::remove_file(&self.path);
            return Err(error.into());
        }
        Ok(())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // A panic while it was held leaves at worst one note missing.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The outcome of a run, or of a stage, before it has one.
const RUNNING: &str = "running";

fn failure(error: &iapt_fetch::Error) -> Failure {
    Failure { message: error.to_string(), hint: error.hint() }
}

fn reissued(pin: &Pin) -> Reissue {
    Reissue { sha256: pin.sha256.to_string(), bytes: pin.bytes, first_seen: pin.first_seen }
}

fn file(row: &ReleaseRow) -> File {
    File {
        name: row.source_file.clone(),
        rows: row.n_rows,
        cells: Cells {
            reported: row.n_reported,
            suppressed: row.n_suppressed,
            not_applicable: row.n_not_applicable,
            no_activity: row.n_no_activity,
            missing: row.n_missing,
            not_held: row.n_not_held,
        },
    }
}
