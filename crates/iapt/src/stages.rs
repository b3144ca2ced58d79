//! The stages of a run, one run at a time for each folder of data, with a summary of what they did.

use std::time::Instant;

use anyhow::Result;
use iapt_model::{Claim, Problem, Project, Snapshot};
use iapt_transform::{Build, Engine, Partition, TABLES_FOLDER, Work};

use crate::{
    args::{Output, Selection},
    failure::{self, Done},
    fetch, freshness,
    log::Log,
    report,
    selection::Selected,
    summary::{Failure, Summary},
};

/// Which stages run.
pub(crate) struct Stages<'a> {
    /// What the command is called.
    pub(crate) name: &'static str,
    pub(crate) is_fetched: bool,
    /// What builds the tables, where they are to be built.
    pub(crate) engine: Option<Engine>,
    /// Where the pages go, where there are to be any.
    pub(crate) output: Option<&'a Output>,
}

impl Stages<'_> {
    /// Runs the stages, and leaves a summary in the folder of the data, however it ends.
    pub(crate) async fn run(&self, project: &Project, typed: &Selection, log: &Log) -> Result<Done> {
        let selected = Selected::new(project, typed)?;
        let _alone =
            Claim::take(&selected.data, &format!("`iapt {}`, {}", self.name, fetch::holder(&selected)))?;
        let mut summary = Summary::new(self.name, selected.now);
        summary.source(&selected.source, selected.as_of.map(|day| day.to_string()));
        let done = self.run_selected(&selected, typed.fail_if_stale, log, &mut summary).await;
        match &done {
            Ok(done) => {
                let outcome = match done {
                    Done::All => "done",
                    Done::Partly => "partly",
                    Done::Stale => "stale",
                };
                summary.end(&selected.data, outcome, done.exit_code(), None)?;
            }
            Err(error) => {
                let why = Failure { message: format!("{error:#}"), hint: failure::hint(error) };
                // The failure itself matters more than that it could not be noted, as on a full disk.
                let _ = summary.end(&selected.data, "failed", failure::exit_code(error), Some(why));
            }
        }
        done
    }

    async fn run_selected(
        &self,
        selected: &Selected<'_>,
        fail_if_stale: Option<u32>,
        log: &Log,
        summary: &mut Summary,
    ) -> Result<Done> {
        selected.remember()?;
        let mut done = Done::All;
        if self.is_fetched {
            let fetched = fetch::fetch(selected, log, summary).await?;
            done = fetched.done;
            if let Some(engine) = &self.engine {
                build(selected, engine, &fetched.snapshots, log, summary).await?;
            }
            if is_stale(selected, &fetched.snapshots, fail_if_stale, log, summary) && done == Done::All {
                done = Done::Stale;
            }
        }
        if let Some(output) = self.output {
            let began = Instant::now();
            let skipped = match report::report(selected, &report::out(selected.project, output), log).await {
                Ok(is_made) => (!is_made).then_some("pages are up to date"),
                // A run of months or of the first years alone is done once the tables are there.
                Err(error) if self.engine.is_some() && is_without_pages(&error) => {
                    log.info("report", &format!("no pages: {error}"));
                    Some("the tables have no release that pages are about")
                }
                Err(error) => return Err(error),
            };
            summary.stage("report", began, skipped);
        }
        Ok(done)
    }
}

/// Whether the tables lack the dataset that pages are about.
fn is_without_pages(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(iapt_report::Error::NothingToReport { .. }))
}

/// Notes how old the newest period of each dataset is, and says which are too old.
fn is_stale(
    selected: &Selected<'_>,
    snapshots: &[Snapshot],
    fail_if_stale: Option<u32>,
    log: &Log,
    summary: &mut Summary,
) -> bool {
    let freshness = freshness::freshness(selected.project, snapshots, selected.now.date());
    let mut is_stale = false;
    for one in fail_if_stale.into_iter().flat_map(|days| freshness::stale(&freshness, days)) {
        is_stale = true;
        log.error(
            "fetch",
            &format!(
                "{} ends with {}: {} was expected by {}, {} days ago",
                one.dataset,
                one.newest_period,
                one.next_period,
                one.expected_by.as_deref().unwrap_or_default(),
                one.overdue_days.unwrap_or_default()
            ),
            Some("look for it on the page of the series and append its [[release]] to releases.toml; if it is not published yet, raise --fail-if-stale"),
        );
    }
    summary.freshness(freshness);
    is_stale
}

/// The build stage: tells what each release holds, and what is not known of it.
async fn build(
    selected: &Selected<'_>,
    engine: &Engine,
    snapshots: &[Snapshot],
    log: &Log,
    summary: &mut Summary,
) -> Result<()> {
    let began = Instant::now();
    let on_tidy = |partitions: &[Partition]| tell_tidy(partitions, log);
    let outcome = iapt_transform::build(&Build { engine, ..selected.build() }, snapshots, on_tidy).await?;
    let is_fresh = outcome.work == Work::Nothing;
    summary.stage("build", began, is_fresh.then_some("tables are up to date"));
    summary.tables(&outcome.manifest.partitions);
    match outcome.work {
        Work::Nothing => log.info("build", "tables are up to date"),
        Work::Built { n_read, n_kept } => {
            let folder = selected.data.join(TABLES_FOLDER);
            log.info(
                "build",
                &format!("releases: {n_read} read, {n_kept} kept; tables in {}", folder.display()),
            );
        }
    }
    warn_unknown(&outcome.unknown, log);
    Ok(())
}

/// What the tidy table holds, release by release, and how many cells in all.
fn tell_tidy(partitions: &[Partition], log: &Log) {
    for Partition { release, .. } in partitions {
        let label = format!("{} {}", release.dataset, release.reporting_period);
        log.info(
            "build",
            &format!(
                "{label}: {} rows x {} measures: {} reported, {} suppressed, {} not applicable, {} without activity, {} missing",
                release.n_rows,
                release.n_measure_columns,
                release.n_reported,
                release.n_suppressed,
                release.n_not_applicable,
                release.n_no_activity,
                release.n_missing
            ),
        );
        if !release.not_absorbed.is_empty() {
            log.info("build", &format!("{label}: not absorbed: {}", release.not_absorbed));
        }
    }
    let n_cells: u64 = partitions.iter().map(|partition| partition.release.n_cells()).sum();
    log.info("build", &format!("tidy table: {n_cells} cells; now what is derived from it"));
}

/// Unknown categories and organisation types are kept as published; each is said once, with the line to write.
fn warn_unknown(unknown: &[Problem], log: &Log) {
    for problem in unknown {
        log.warn("build", &problem.to_string(), Some(&problem.hint()));
    }
}
