//! The command `iapt`: reads arguments, calls the stages, prints errors with hints.

mod args;
mod check;
mod describe;
mod discover;
mod failure;
mod fetch;
mod freshness;
mod log;
mod plan;
mod publish;
mod report;
mod revisions;
mod selection;
mod stages;
mod statistics;
mod summary;
mod table_files;
mod why;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser;
use iapt_model::Project;
use iapt_transform::{Session, TABLES_FOLDER, Tables};

use crate::{
    args::{Arguments, Command, Selection},
    failure::{Done, Usage},
    log::Log,
    selection::Selected,
    stages::Stages,
};

/// Large arrays come and go on several threads: what the allocator of the system keeps of them is twice what is used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
            failure::exit_code(&error).into()
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments, log: &Log) -> Result<Done> {
    if let Command::Query { sql, data, format, place } = &arguments.command {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut out = io::BufWriter::new(io::stdout());
        let tables = Session::open(&place.engine()?, &Tables::of(data), threads).await?;
        tables.write(sql, (*format).into(), &mut out).await?;
        out.flush()?;
        return Ok(Done::All);
    }
    let project = Project::load(&project_folder(arguments.project)?)?;
    match &arguments.command {
        Command::Run { selection, place, output } => {
            let engine = Some(place.engine()?);
            let stages = Stages { name: "run", is_fetched: true, engine, output: Some(output) };
            stages.run(&project, selection, log).await
        }
        Command::Fetch { selection } => {
            let stages = Stages { name: "fetch", is_fetched: true, engine: None, output: None };
            stages.run(&project, selection, log).await
        }
        Command::Build { selection, place } => {
            // Building alone asks no source.
            let selection = Selection { offline: true, ..selection.clone() };
            let engine = Some(place.engine()?);
            let stages = Stages { name: "build", is_fetched: true, engine, output: None };
            stages.run(&project, &selection, log).await
        }
        Command::Report { selection, output } => {
            let stages = Stages { name: "report", is_fetched: false, engine: None, output: Some(output) };
            stages.run(&project, selection, log).await
        }
        Command::Plan { selection, output } => {
            let selected = Selected::new(&project, selection)?;
            plan::plan(&selected, &report::out(&project, output))
        }
        Command::Revisions { selection, format } => {
            revisions::revisions(&Selected::new(&project, selection)?, *format).await
        }
        Command::Discover { source, datasets, data } => {
            let selection = Selection::of(source, datasets, data);
            discover::discover(&Selected::new(&project, &selection)?, datasets, log).await
        }
        Command::Publish { to, data, output } => publish::publish(to, data, &report::out(&project, output)),
        Command::Check { data, notes } => {
            check::check(&project)?;
            check::findings(&data.join(TABLES_FOLDER), *notes).await
        }
        Command::Describe { table } => describe::describe(&project, table.as_deref()),
        Command::Why { figure, data, format } => why::why(data, figure, *format).await,
        Command::Query { .. } => Ok(Done::All),
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
