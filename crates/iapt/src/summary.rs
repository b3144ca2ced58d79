//! `run_summary.json`: what a run did, for whoever schedules it.

use std::{path::Path, time::Instant};

use anyhow::Result;
use iapt_fetch::{Fetched, Had, Moment, Pin};
use iapt_model::{ReleaseRow, disk};
use iapt_transform::Partition;
use serde::Serialize;

use crate::freshness::Freshness;

/// The file, below the folder of the data; replaced by every run, also by one that fails.
const FILE: &str = "run_summary.json";

/// What a run did.
#[derive(Serialize)]
pub(crate) struct Summary {
    command: &'static str,
    program: &'static str,
    source: String,
    as_of: Option<String>,
    began: Moment,
    seconds: f64,
    /// `done`, `partly`, `stale` or `failed`.
    outcome: &'static str,
    exit_code: u8,
    error: Option<Failure>,
    stages: Vec<Stage>,
    releases: Vec<Release>,
    freshness: Vec<Freshness>,
    #[serde(skip)]
    clock: Instant,
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
    /// `done`, `skipped` or `failed`.
    outcome: &'static str,
    why: Option<String>,
    seconds: f64,
}

#[derive(Serialize)]
struct Release {
    dataset: String,
    period: String,
    edition: u32,
    url: String,
    /// `kept`, `downloaded`, `missed` or `passed_over`.
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
    /// What its files hold, once the tables are built.
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
}

impl Summary {
    pub(crate) fn new(command: &'static str, began: Moment) -> Self {
        Self {
            command,
            program: crate::PROGRAM,
            source: String::new(),
            as_of: None,
            began,
            seconds: 0.0,
            outcome: "failed",
            exit_code: 1,
            error: None,
            stages: Vec::new(),
            releases: Vec::new(),
            freshness: Vec::new(),
            clock: Instant::now(),
        }
    }

    /// Says where the releases come from.
    pub(crate) fn source(&mut self, source: &str, as_of: Option<String>) {
        source.clone_into(&mut self.source);
        self.as_of = as_of;
    }

    /// Notes how a stage that began then went; `skipped` says why there was nothing to do.
    pub(crate) fn stage(&mut self, stage: &'static str, began: Instant, skipped: Option<&str>) {
        let outcome = if skipped.is_some() { "skipped" } else { "done" };
        let seconds = began.elapsed().as_secs_f64();
        self.stages.push(Stage { stage, outcome, why: skipped.map(str::to_owned), seconds });
    }

    /// Notes what became of a release that was wanted.
    pub(crate) fn release(&mut self, fetched: &Fetched, is_passed_over: bool) {
        let Fetched { release, outcome, reissue, unchecked, took } = fetched;
        let (name, attempts, resumed) = match outcome {
            Ok((_, Had::Kept)) => ("kept", 0, 0),
            Ok((_, Had::Downloaded { attempts, resumed, .. })) => ("downloaded", *attempts, *resumed),
            Err(_) if is_passed_over => ("passed_over", 0, 0),
            Err(_) => ("missed", 0, 0),
        };
        let snapshot = outcome.as_ref().ok().map(|(snapshot, _)| snapshot);
        self.releases.push(Release {
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

    /// Notes what the tables hold of the releases.
    pub(crate) fn tables(&mut self, partitions: &[Partition]) {
        for release in &mut self.releases {
            let is_of = |partition: &&Partition| {
                let row = &partition.release;
                row.dataset == release.dataset && row.reporting_period == release.period
            };
            let partitions = partitions.iter().filter(is_of);
            release.files = partitions.map(|partition| file(&partition.release)).collect();
        }
    }

    pub(crate) fn freshness(&mut self, freshness: Vec<Freshness>) {
        self.freshness = freshness;
    }

    /// Notes how the run ended, and writes the file below `data`.
    pub(crate) fn end(
        mut self,
        data: &Path,
        outcome: &'static str,
        exit_code: u8,
        error: Option<Failure>,
    ) -> Result<()> {
        self.seconds = self.clock.elapsed().as_secs_f64();
        (self.outcome, self.exit_code, self.error) = (outcome, exit_code, error);
        let mut text = serde_json::to_vec_pretty(&self)?;
        text.push(b'\n');
        disk::create_folder(data)?;
        disk::replace_file(&data.join(FILE), &text)?;
        Ok(())
    }
}

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
        },
    }
}
