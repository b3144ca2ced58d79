//! The command `iapt`: reads arguments, calls the stages, prints errors with hints.

mod args;
#[cfg(not(debug_assertions))]
mod carried;
mod check;
mod declare;
mod describe;
mod discover;
mod failure;
mod fetch;
mod figures;
mod folders;
mod freshness;
mod lines;
mod log;
mod next_pages;
mod plan;
mod prove;
mod provenance;
mod publish;
mod report;
mod revisions;
mod rows;
mod selection;
mod signals;
mod stages;
mod summary;
mod table_files;
mod verify;
mod why;

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};
use iapt_catalog::{Session, TABLES_FOLDER, Tables};
use iapt_model::Project;

use crate::{
    args::{Arguments, Command, FiguresCommand, Freshness, LogFormat, Selection},
    failure::{Done, Said, Usage},
    log::Log,
    selection::{Selected, processors},
    stages::Stages,
};

/// Large arrays come and go on several threads: what the allocator of the system keeps of them is twice what is used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The program that makes the tables and pages: its version and a checksum of its source.
pub(crate) const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("IAPT_SOURCE"));

/// Leaves memory in small pages: of large ones a machine clears two megabytes where a few kilobytes are used, which takes a tenth more
/// memory and, where the machine is virtual, longer than it spares.
#[cfg(target_os = "linux")]
fn use_small_pages() {
    // Kernels that have no large pages refuse it.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    use_small_pages();
    let arguments = match Arguments::try_parse_from(args::typed()) {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(error),
    };
    let log = Log::new(arguments.quiet, arguments.log_format);
    match run(&arguments, &log) {
        Ok(done) => done.into(),
        Err(_) if lines::has_reader_left() => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<Said>() {
                log.error("iapt", &failure::message(&error), failure::hint(&error).as_deref());
            }
            failure::exit_code(&error).into()
        }
    }
}

/// Says what is wrong with what was typed, or prints the help or the version that was asked for.
fn not_understood(mut error: clap::Error) -> ExitCode {
    // A tip may name an option that help does not.
    let is_hidden = |value: &ContextValue| match value {
        ContextValue::String(name) => args::is_hidden(name),
        ContextValue::Strings(names) => names.iter().any(|name| args::is_hidden(name)),
        _ => false,
    };
    if error.get(ContextKind::SuggestedArg).is_some_and(is_hidden) {
        error.remove(ContextKind::SuggestedArg);
    }
    if !(error.use_stderr() && args::is_json_asked_for(env::args_os())) {
        // Where it cannot be printed there is nobody to tell.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let told = error.render().to_string();
    let told = told.strip_prefix("error: ").unwrap_or(&told);
    let (message, hint) = told.split_once("\n\n").unwrap_or((told, "iapt help"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Log::new(false, LogFormat::Json).error("iapt", &words(message), Some(&words(hint)));
    ExitCode::from(2)
}

#[tokio::main]
async fn run(arguments: &Arguments, log: &Log) -> Result<Done> {
    // What only reads tables needs no project.
    let folder = || project_folder(arguments.project.clone());
    let project = || -> Result<Project> { Ok(Project::load(&folder()?)?) };
    match &arguments.command {
        Command::Query { sql, data, with, format, limit, memory, runs_on } => {
            let mut out = lines::output();
            let memory = memory.saturating_mul(1 << 20);
            let tables =
                Session::open(&runs_on.engine()?, &Tables::of(data), processors(), Some(memory)).await?;
            for (name, file) in with {
                tables.add(name, file).await?;
            }
            tables.write(sql, (*format).into(), *limit, &mut out).await?;
            out.flush()?;
            Ok(Done::All)
        }
        Command::Why { figure, data, proof: Some(file), .. } => prove::prove(data, figure, file, log).await,
        Command::Why { figure, data, format, proof: None } => why::why(data, figure, *format).await,
        Command::Verify { proof: Some(file), root: Some(root), .. } => verify::verify_proof(file, *root),
        Command::Verify { data, source, output, published, quick, key, .. } => {
            let asked = verify::Asked {
                data,
                source: source.as_deref(),
                published: published.as_deref(),
                is_quick: *quick,
                key: key.as_deref(),
            };
            verify::verify(project, || report::made_at(data, &folder()?, output), &asked).await
        }
        Command::Provenance { data, output } => {
            provenance::provenance(data, &report::made_at(data, &folder()?, output)?, log).await
        }
        Command::Run { selection, fetching, freshness: Freshness { fail_if_stale }, runs_on, pages } => {
            let selection = Selection { fetching: *fetching, ..selection.clone() };
            let (engine, pages, fail_if_stale) = (Some(runs_on.engine()?), Some(pages), *fail_if_stale);
            let stages = Stages { name: "run", is_fetched: true, engine, pages, fail_if_stale };
            stages.run(&folder()?, &selection, log).await
        }
        Command::Fetch { selection, fetching, freshness: Freshness { fail_if_stale } } => {
            let selection = Selection { fetching: *fetching, ..selection.clone() };
            let fail_if_stale = *fail_if_stale;
            let stages = Stages { name: "fetch", is_fetched: true, engine: None, pages: None, fail_if_stale };
            stages.run(&folder()?, &selection, log).await
        }
        Command::Build { selection, freshness: Freshness { fail_if_stale }, runs_on } => {
            let selection = Selection { asks_nobody: true, ..selection.clone() };
            let (engine, fail_if_stale) = (Some(runs_on.engine()?), *fail_if_stale);
            let stages = Stages { name: "build", is_fetched: true, engine, pages: None, fail_if_stale };
            stages.run(&folder()?, &selection, log).await
        }
        Command::Report { selection, pages } => {
            let (pages, fail_if_stale) = (Some(pages), None);
            let stages = Stages { name: "report", is_fetched: false, engine: None, pages, fail_if_stale };
            stages.run(&folder()?, selection, log).await
        }
        Command::Plan { selection, pages } => {
            let project = project()?;
            let selected = Selected::new(&project, selection)?;
            let (out, is_out_named) = (report::out(&folder()?, &pages.output), pages.output.out.is_some());
            plan::plan(&selected, &out, is_out_named, pages.address())
        }
        Command::Revisions { selection, format } => {
            let project = project()?;
            revisions::revisions(&Selected::new(&project, selection)?, *format).await
        }
        Command::Discover { source, datasets, data } => {
            let project = project()?;
            let selection = Selection::of(source, datasets, data);
            discover::discover(&Selected::new(&project, &selection)?, datasets, log).await
        }
        Command::Declare { dataset, period, file, source, data, write } => {
            let (file, is_written, period) = (file.as_deref(), *write, *period);
            let wanted = declare::Wanted { dataset, period, file, source, data, is_written };
            declare::declare(&project()?, &wanted, log).await
        }
        Command::Figures { command: FiguresCommand::Add { dataset, period, data } } => {
            figures::add(&project()?, dataset, *period, data, log)
        }
        Command::Publish { to, data, fewer, address, sign_key, output } => {
            let out = report::made_at(data, &folder()?, output)?;
            let (fewer, address, sign_key) = (*fewer, address.as_deref(), sign_key.as_deref());
            let wanted = publish::Wanted { to, data, out: &out, fewer, address, sign_key };
            publish::publish(&wanted, log).await
        }
        Command::Check { data, list } => {
            check::check(&project()?)?;
            check::findings(&data.join(TABLES_FOLDER), list).await
        }
        Command::Describe { table } => describe::describe(&project()?, table.as_deref()),
        Command::Manual { folder } => {
            args::write_manual(folder)?;
            Ok(Done::All)
        }
        #[cfg(not(debug_assertions))]
        Command::Init { folder } => {
            carried::init(folder)?;
            log.info("init", &format!("the project is in {}; use it with --project", folder.display()));
            Ok(Done::All)
        }
    }
}

/// The folder that was named, or the nearest one upwards that holds the declared files, or that of the project that a
/// released program carries.
fn project_folder(named: Option<PathBuf>) -> Result<PathBuf> {
    let is_project = |folder: &Path| folder.join("pipelines/measures.csv").is_file();
    let start = match named {
        Some(folder) if is_project(&folder) => return Ok(folder),
        Some(folder) => {
            return Err(Usage {
                message: format!(
                    "{} is not a project folder: it has no pipelines/measures.csv",
                    folder.display()
                ),
                hint: "--project DIR, the folder with `pipelines` and `reports`".to_owned(),
            }
            .into());
        }
        None => env::current_dir()?,
    };
    let above = start.ancestors().find(|folder| is_project(folder));
    #[cfg(not(debug_assertions))]
    return above.map_or_else(carried::folder, |folder| Ok(folder.to_owned()));
    #[cfg(debug_assertions)]
    above.map(Path::to_owned).ok_or_else(|| {
        Usage {
            message: format!("there is no project in {} or above it", start.display()),
            hint: "run it in a checkout, or name one: --project DIR".to_owned(),
        }
        .into()
    })
}
