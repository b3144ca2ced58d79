//! The stages of a run, one run at a time for each folder of data, with a summary of what they did.

use std::{cell::Cell, collections::BTreeSet, path::Path, sync::Arc};

use anyhow::Result;
use iapt_catalog::{Engine, Partition, TABLES_FOLDER};
use iapt_fetch::{Holding, Lock};
use iapt_files::WholeFolder;
use iapt_model::{Problem, Project, Release, Snapshot};
use iapt_transform::{Action, Build, Listener, Refused, Stale, Work};

use crate::{
    args::{Output, Pages, Selection},
    failure::{self, Done, Usage},
    fetch::{self, some_of},
    folders::Folders,
    freshness,
    log::Log,
    report,
    selection::Selected,
    signals::{self, Ending},
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
    pub(crate) pages: Option<&'a Pages>,
    /// By how many days a period may be overdue, where the command ends with an error beyond it.
    pub(crate) fail_if_stale: Option<u32>,
}

impl Stages<'_> {
    /// Runs the stages of a project, and leaves a summary in the folder of the data, however it ends.
    ///
    /// A mistake in what was typed touches nothing, and neither does a run that finds another one at work.
    pub(crate) async fn run(&self, project: &Path, typed: &Selection, log: &Log) -> Result<Done> {
        let out = self.pages.map(|pages| report::out(project, &pages.output));
        let folders = Folders::new(project, typed, out.as_deref())?;
        let loaded;
        let selected = match Project::load(project) {
            Ok(project) => {
                loaded = project;
                Selected::new(&loaded, typed)
            }
            Err(error) => Err(error.into()),
        };
        let selected = match selected {
            Err(error) if error.is::<Usage>() => return Err(error),
            selected => selected,
        };
        if let (Ok(selected), Some(Pages { output: Output { out: None }, .. }), Some(out)) =
            (&selected, self.pages, &out)
        {
            report::refuse_other_source(selected, out)?;
        }
        let now = typed.now();
        let source = selected.as_ref().map_or("", |selected| &selected.source);
        let _alone = folders.lock(&format!("`iapt {}`, {}", self.name, fetch::holder(now, source)))?;
        let as_of = typed.as_of.map(|day| day.to_string());
        let caught = signals::catch()?;
        let summary = Arc::new(Summary::begin(&folders.data, self.name, now, source, as_of)?);
        let ending = Ending::default();
        caught.listen(ending.clone(), interrupted(&folders, &summary, log))?;
        let done = self.work(selected, &folders, log, &summary).await;
        if !ending.begin() {
            // A signal came first, and its thread ends the program.
            std::future::pending::<()>().await;
        }
        match &done {
            Ok(done) => {
                let outcome = match done {
                    Done::All => "done",
                    Done::Partly => "partly",
                    Done::Stale => "stale",
                };
                summary.end(outcome, done.exit_code(), None)?;
            }
            Err(error) => {
                // The failure itself matters more than that it could not be tidied away or noted.
                let _ = folders.clear();
                let why = Failure { message: failure::message(error), hint: failure::hint(error) };
                let _ = summary.end("failed", failure::exit_code(error), Some(why));
            }
        }
        done
    }

    async fn work(
        &self,
        selected: Result<Selected<'_>>,
        folders: &Folders,
        log: &Log,
        summary: &Summary,
    ) -> Result<Done> {
        folders.clear()?;
        let selected = &selected?;
        selected.remember()?;
        let mut done = Done::All;
        let mut not_understood = None;
        if self.is_fetched {
            summary.stage("fetch");
            let fetched = fetch::fetch(selected, log, summary).await?;
            summary.stage_done(None);
            done = fetched.done;
            if let Some(engine) = &self.engine {
                let built = build(selected, engine, &fetched, log, summary).await?;
                if built.is_lost {
                    done = Done::Partly;
                }
                not_understood = Refused::together(built.refused);
            }
            if is_stale(selected, &fetched.snapshots, self.fail_if_stale, log, summary) && done == Done::All {
                done = Done::Stale;
            }
        }
        if let Some(out) = &folders.out {
            let reported = self.report(selected, out, log, summary).await;
            if let (Err(_), Some(error)) = (&reported, &not_understood) {
                log.error("build", &error.to_string(), error.hint().as_deref());
            }
            reported?;
        }
        // Last, so that what is understood is published, and what is not is what the run ends with.
        not_understood.map_or(Ok(done), |error| Err(error.into()))
    }

    /// The report stage.
    async fn report(
        &self,
        selected: &Selected<'_>,
        out: &WholeFolder,
        log: &Log,
        summary: &Summary,
    ) -> Result<()> {
        summary.stage("report");
        let skipped = match report::report(selected, out, self.pages.and_then(Pages::address), log).await {
            Ok(is_made) => (!is_made).then_some("pages are up to date"),
            // A run of months or of the first years alone is done once the tables are there.
            Err(error) if self.engine.is_some() && is_without_pages(&error) => {
                log.info("report", &format!("no pages: {error}"));
                Some("the tables have no release that pages are about")
            }
            Err(error) => return Err(error),
        };
        summary.stage_done(skipped);
        Ok(())
    }
}

/// What a run does when it is told to end.
fn interrupted(
    folders: &Folders,
    summary: &Arc<Summary>,
    log: &Log,
) -> impl FnOnce(&'static str, u8) + Send + 'static {
    let (folders, summary, log) = (folders.clone(), Arc::clone(summary), log.clone());
    move |signal, exit_code| {
        // There is nobody left to tell what could not be tidied away; the next run does it.
        let _ = folders.clear();
        let message = format!("interrupted by {signal}: tables and pages are whole, the next run goes on");
        let _ = summary.end("interrupted", exit_code, Some(Failure { message: message.clone(), hint: None }));
        log.last_error("iapt", &message);
    }
}

/// Whether the tables lack the dataset that pages are about.
pub(crate) fn is_without_pages(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(iapt_report::Error::NothingToReport { .. }))
}

/// Notes how old the newest period of each dataset is, and says which are too old.
fn is_stale(
    selected: &Selected<'_>,
    snapshots: &[Snapshot],
    fail_if_stale: Option<u32>,
    log: &Log,
    summary: &Summary,
) -> bool {
    let freshness = freshness::freshness(selected.project, snapshots, selected.now.date());
    let mut is_stale = false;
    for one in fail_if_stale.into_iter().flat_map(|days| freshness::stale(&freshness, days)) {
        is_stale = true;
        let releases =
            selected.project.dataset(&one.dataset).map_or([].as_slice(), |dataset| &dataset.releases);
        let is_declared = releases.iter().any(|release| release.period.to_string() == one.next_period);
        let hint = if is_declared {
            "it is declared, and this source does not have it: fill the source, or name another (--source nhs)"
        } else {
            "look for it on the page of the series and append its [[release]] to releases.toml; if it is not published yet, raise --fail-if-stale"
        };
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
            Some(hint),
        );
    }
    summary.freshness(freshness);
    is_stale
}

/// How the build stage ended.
struct Built {
    refused: Vec<Refused>,
    /// Whether something went from the tables because it could not be made again.
    is_lost: bool,
}

/// The build stage: tells what each release holds, and what is not known of it.
async fn build(
    selected: &Selected<'_>,
    engine: &Engine,
    fetched: &fetch::Snapshots,
    log: &Log,
    summary: &Summary,
) -> Result<Built> {
    summary.stage("build");
    let lock = Lock::read(&selected.snapshots())?;
    // A release that was asked for and is not among the snapshots is not used, though its bytes may be here.
    let was_asked_for = |release: &Release| selected.releases.contains(&release);
    let kept = |release: &Release| match lock.holding(&selected.source, release) {
        _ if was_asked_for(release) => None,
        Holding::Kept(pin) => Snapshot::verify(release.clone(), &lock.object(pin.sha256), pin.sha256).ok(),
        Holding::Gone(_) | Holding::Unknown => None,
    };
    let telling = Telling { wanted: &selected.releases, is_lost: Cell::new(false), log, summary };
    selected.forget_stand_in();
    let build = Build { engine, unusual: &fetched.unusual, ..selected.build() };
    let outcome = iapt_transform::build(&build, &fetched.snapshots, kept, &telling).await?;
    if outcome.refused.is_empty() {
        summary.stage_done((outcome.work == Work::Nothing).then_some("tables are up to date"));
    } else {
        summary.stage_failed(&format!("releases that are not understood: {}", outcome.refused.len()));
    }
    summary.tables(&outcome.manifest.partitions);
    fetch::confirm(selected, &fetched.unusual, &outcome.manifest.partitions)?;
    match outcome.work {
        Work::Nothing => log.info("build", "tables are up to date"),
        Work::Built { n_read, n_kept, n_tables_kept, n_parts_made } => {
            let folder = selected.data.join(TABLES_FOLDER);
            log.info(
                "build",
                &format!(
                    "releases: {n_read} read, {n_kept} kept; derived tables: {n_tables_kept} kept, {n_parts_made} parts of the others made; tables in {}",
                    folder.display()
                ),
            );
        }
    }
    warn_unknown(&outcome.unknown, log);
    Ok(Built { refused: outcome.refused, is_lost: telling.is_lost.get() })
}

/// Tells what a build does.
struct Telling<'a> {
    wanted: &'a [&'a Release],
    is_lost: Cell<bool>,
    log: &'a Log,
    summary: &'a Summary,
}

impl Listener for Telling<'_> {
    fn stale(&self, stale: &[Stale]) {
        for Stale { what, why, action } in stale {
            let is_wanted = || self.wanted.iter().any(|release| release.label() == *what);
            match action {
                Action::Mend => self.log.warn("build", &format!("{what}: {why}; made again"), None),
                Action::Lose => {
                    self.is_lost.set(true);
                    let message = format!("{what} is removed from the tables: {why}");
                    self.log.error("build", &message, Some("fetch it again: `iapt run --period P`"));
                }
                Action::Drop => self.log.info("build", &format!("{what} is removed from the tables: {why}")),
                Action::Make if is_wanted() || what == "derived tables" => {}
                Action::Make => {
                    self.log.info("build", &format!("{what} was not asked for and is read again: {why}"));
                }
            }
        }
    }

    fn tidy(&self, partitions: &[Partition]) {
        tell_tidy(partitions, self.log);
    }

    fn refused(&self, refused: &[Refused]) {
        for Refused { release, is_kept, error } in refused {
            let instead =
                if *is_kept { "the tables keep what was read of it before" } else { "the tables lack it" };
            self.log.warn("build", &format!("{release} is not understood: {instead}"), None);
            self.summary.not_understood(release, error);
        }
        for Refused { error, .. } in Refused::apart(refused) {
            self.log.error("build", &error.to_string(), error.hint().as_deref());
        }
    }
}

/// What the tidy table holds, release by release, and how many cells in all.
fn tell_tidy(partitions: &[Partition], log: &Log) {
    for Partition { release, .. } in partitions {
        let label = format!("{} {}", release.dataset, release.reporting_period);
        log.info(
            "build",
            &format!(
                "{label}: {} rows x {} measures: {} reported, {} suppressed, {} not applicable, {} without activity, {} missing, {} not held",
                release.n_rows,
                release.n_measure_columns,
                release.n_reported,
                release.n_suppressed,
                release.n_not_applicable,
                release.n_no_activity,
                release.n_missing,
                release.n_not_held
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
/// Organisations can be many, in every month again: they are said together.
fn warn_unknown(unknown: &[Problem], log: &Log) {
    let mut organisations: BTreeSet<String> = BTreeSet::new();
    for problem in unknown {
        match problem {
            Problem::UnknownOrganisation { org_type, org_code, .. } => {
                organisations.insert(format!("{org_type} {org_code}"));
            }
            _ => log.warn("build", &problem.to_string(), Some(&problem.hint())),
        }
    }
    if !organisations.is_empty() {
        let named = some_of(&organisations.into_iter().collect::<Vec<_>>());
        let hint = "`iapt declare` proposes their rows; --strict stops at them";
        log.warn("build", &format!("not in organisations.csv: {named}"), Some(hint));
    }
}
