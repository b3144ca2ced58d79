//! The command `iapt`: reads arguments, calls the stages, prints errors with hints.

mod args;
mod check;
mod describe;
mod failure;
mod fetch;
mod log;
mod plan;
mod report;
mod selection;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser;
use iapt_model::{Problem, Project};
use iapt_transform::{TABLES_FOLDER, Work};

use crate::{
    args::{Arguments, Command},
    failure::{Done, Usage},
    log::Log,
    selection::Selected,
};

/// The program that makes the tables and pages: its version and a checksum of its source.
pub(crate) const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("IAPT_SOURCE"));

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let log = Log::new(arguments.quiet, arguments.log_format);
    match run(arguments, &log) {
        Ok(done) => done.into(),
        Err(error) => {
            // A reader that has seen enough, such as `head`, is no failure.
            let is_closed_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
            if error.chain().any(|cause| cause.downcast_ref().is_some_and(is_closed_pipe)) {
                return ExitCode::SUCCESS;
            }
            log.error("iapt", &format!("{error:#}"), failure::hint(&error).as_deref());
            failure::exit_code(&error)
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments, log: &Log) -> Result<Done> {
    if let Command::Query { sql, data, format } = &arguments.command {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut out = io::BufWriter::new(io::stdout());
        iapt_transform::query(&data.join(TABLES_FOLDER), sql, (*format).into(), threads, &mut out).await?;
        out.flush()?;
        return Ok(Done::All);
    }
    let project = Project::load(&project_folder(arguments.project)?)?;
    match &arguments.command {
        Command::Run { selection, output } => {
            let selected = Selected::new(&project, selection)?;
            let done = fetch_and_build(&selected, log).await?;
            report::report(&selected, &report::out(&project, output), log).await?;
            Ok(done)
        }
        Command::Fetch { selection } => {
            let selected = Selected::new(&project, selection)?;
            Ok(fetch::fetch(&selected, log).await?.done)
        }
        Command::Build { selection } => {
            let mut selected = Selected::new(&project, selection)?;
            // Building alone opens no connection.
            selected.is_offline = true;
            fetch_and_build(&selected, log).await
        }
        Command::Report { selection, output } => {
            let selected = Selected::new(&project, selection)?;
            report::report(&selected, &report::out(&project, output), log).await?;
            Ok(Done::All)
        }
        Command::Plan { selection, output } => {
            let selected = Selected::new(&project, selection)?;
            plan::plan(&selected, &report::out(&project, output))
        }
        Command::Check => check::check(&project),
        Command::Describe { table } => describe::describe(&project, table.as_deref()),
        Command::Query { .. } => Ok(Done::All),
    }
}

async fn fetch_and_build(selected: &Selected<'_>, log: &Log) -> Result<Done> {
    let fetched = fetch::fetch(selected, log).await?;
    let outcome = iapt_transform::build(&selected.build(), &fetched.snapshots).await?;
    match outcome.work {
        Work::Nothing => log.info("build", "tables are up to date"),
        Work::Built { n_read, n_kept } => {
            for partition in &outcome.manifest.partitions {
                let release = &partition.release;
                log.info(
                    "build",
                    &format!(
                        "{} {}: {} rows x {} measures: {} reported, {} suppressed, {} not applicable, {} without activity, {} missing",
                        release.dataset,
                        release.reporting_period,
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
                    log.info(
                        "build",
                        &format!(
                            "{} {}: not absorbed: {}",
                            release.dataset, release.reporting_period, release.not_absorbed
                        ),
                    );
                }
            }
            let folder = selected.data.join(TABLES_FOLDER);
            log.info(
                "build",
                &format!("releases: {n_read} read, {n_kept} kept; tables in {}", folder.display()),
            );
        }
    }
    warn_unknown(&outcome.unknown, log);
    Ok(fetched.done)
}

/// Unknown categories and organisation types are kept as published; each is said once, with the line to write.
fn warn_unknown(unknown: &[Problem], log: &Log) {
    for problem in unknown {
        log.warn("build", &problem.to_string(), Some(&problem.hint()));
    }
}

/// The folder that was named, or the nearest one upwards that holds the declared files.
fn project_folder(named: Option<PathBuf>) -> Result<PathBuf> {
    let is_project = |folder: &Path| folder.join("pipelines/measures.csv").is_file();
    let start = match named {
        Some(folder) if is_project(&folder) => return Ok(folder),
        Some(folder) => {
            return Err(Usage {
                message: format!("{} is no project: it has no pipelines/measures.csv", folder.display()),
                hint: "--project DIR, the folder with `pipelines` and `reports`".to_owned(),
            }
            .into());
        }
        None => std::env::current_dir()?,
    };
    start.ancestors().find(|folder| is_project(folder)).map(Path::to_owned).ok_or_else(|| {
        Usage {
            message: format!("there is no project in {} or above it", start.display()),
            hint: "run it in a checkout, or name one: --project DIR".to_owned(),
        }
        .into()
    })
}
