//! What the user typed.

mod selection;

use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use clap_complete::Shell;
use iapt_catalog::{Engine, QUERY_MEMORY};
use iapt_files::{Sha256, disk};
use iapt_model::{Period, SEVERITIES};

pub(crate) use self::selection::{Fetching, Freshness, Selection};
use crate::failure::Usage;

/// What happens to the people referred to NHS Talking Therapies in England: fetch the published figures, normalise
/// them into one tidy table, and report attrition and regional variation.
///
/// Exit codes: 0 done, 1 failed, 2 usage, 3 done but some releases are missing or
/// are overdue (--fail-if-stale), 4 data not understood, 5 not verified; 129, 130, 131 and 143 interrupted (SIGHUP, SIGINT,
/// SIGQUIT, SIGTERM).
#[derive(Debug, Parser)]
#[command(name = "iapt", version, max_term_width = 110)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The project: the folder with `pipelines` and `reports` [default: the nearest one upwards from here, or
    /// else the one that a released program carries].
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// Print errors only.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// How progress is reported, on standard error.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch, build and report: whatever is not up to date.
    Run {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        fetching: Fetching,
        #[command(flatten)]
        freshness: Freshness,
        #[command(flatten)]
        runs_on: EngineArguments,
        #[command(flatten)]
        pages: Pages,
    },
    /// Download the releases, check that they are what they should be, and keep them.
    Fetch {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        fetching: Fetching,
        #[command(flatten)]
        freshness: Freshness,
    },
    /// Make the tables from the releases that were fetched.
    Build {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        freshness: Freshness,
        #[command(flatten)]
        runs_on: EngineArguments,
    },
    /// Make the pages from the tables.
    Report {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        pages: Pages,
    },
    /// Show what would run, and why; change nothing.
    Plan {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        pages: Pages,
    },
    /// Check the declared files against each other and against every known header; list the findings about the data.
    Check {
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// List every finding that is at least as grave as this; the others are counted by rule.
        #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = PossibleValuesParser::new(SEVERITIES))]
        list: String,
    },
    /// Show what a figure is made of, down to the text of the published cells.
    Why {
        /// The figure, such as recovery_rate.2024-25.icb.QHM, or the address of a page that ends in `#` and a figure.
        figure: String,
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// How the answer is written, on standard output.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: WhyFormat,
        /// Write the proof of the figure instead, to this file; `-` is standard output. `iapt verify --proof` checks it.
        #[arg(long, value_name = "FILE", conflicts_with = "format")]
        proof: Option<PathBuf>,
    },
    /// Check that tables and pages follow from the snapshots, byte for byte, and name what differs; or check a published edition,
    /// or the proof of a figure. Opens no connection; exit code 5 when something differs.
    Verify {
        /// The folder of the data: snapshots and tables.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// The source of the tables [default: the one that the folder of the data was last filled from].
        #[arg(long, value_name = "SOURCE")]
        source: Option<String>,
        #[command(flatten)]
        output: Output,
        /// A folder that `iapt publish` put editions in, to be checked instead of the tables and pages here; made again from
        /// the snapshots below --data.
        #[arg(long, value_name = "DIR")]
        published: Option<PathBuf>,
        /// Compare checksums only, and make nothing again.
        #[arg(long)]
        quick: bool,
        /// The public key (PEM) that the published edition has to be signed with.
        #[arg(long, value_name = "FILE", requires = "published")]
        key: Option<PathBuf>,
        /// The proof of a figure, to be checked against a root instead.
        #[arg(long, value_name = "FILE", requires = "root", conflicts_with_all = ["published", "quick"])]
        proof: Option<PathBuf>,
        /// The root of all figures of an edition, as its provenance statement and `iapt verify --published` have it.
        #[arg(long, value_name = "HASH", requires = "proof")]
        root: Option<Sha256>,
    },
    /// Write down what tables and pages were made from, with a checksum of each file, to provenance.json beside the data.
    Provenance {
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Show what a row of each table is, or what each column of one table holds.
    Describe {
        /// The name of the table; without one, all tables are listed.
        table: Option<String>,
    },
    /// Write out the project that the program carries, for whoever wants to change it.
    #[cfg(not(debug_assertions))]
    Init {
        /// The folder, which is empty or not there.
        folder: PathBuf,
    },
    /// Write the pages of the manual, and what each shell needs to complete the command.
    #[command(hide = true)]
    Manual {
        /// The folder to write to.
        folder: PathBuf,
    },
    /// List the editions that are kept of each release, and what changed between them, cell by cell.
    Revisions {
        #[command(flatten)]
        selection: Selection,
        /// How the changes are written, on standard output.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: RevisionFormat,
    },
    /// List the editions and files on the publisher's pages that releases.toml does not have, as lines to add to it.
    Discover {
        /// `nhs` (the publisher), `embedded`, or an address that is laid out by the publisher's paths.
        #[arg(long, value_name = "SOURCE", default_value = "nhs")]
        source: String,
        /// Only this dataset; can be given more than once.
        #[arg(long = "dataset", value_name = "DATASET")]
        datasets: Vec<String>,
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
    },
    /// Propose what has to be declared of a new file, as lines for the files in `pipelines`. Meanings are left blank.
    Declare {
        /// The dataset, such as `psych_ther_annual`.
        dataset: String,
        /// The period that the file is of: a year or a month.
        period: Period,
        /// The file, as it was downloaded.
        #[arg(long, value_name = "FILE", conflicts_with = "source")]
        file: Option<PathBuf>,
        /// Where it is fetched from: `nhs` (the publisher, whose pages say where it is), or what `iapt run` takes.
        #[arg(long, value_name = "SOURCE", default_value = "nhs")]
        source: String,
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// Write the lines into the files instead of printing them.
        #[arg(long)]
        write: bool,
    },
    /// Change the built-in figures.
    Figures {
        #[command(subcommand)]
        command: FiguresCommand,
    },
    /// Publish pages and tables, as one whole edition, to a folder or an object store.
    Publish {
        /// `file:///folder` or `s3://bucket/prefix`; keys, region and endpoint come from the environment (`AWS_...`).
        #[arg(long, value_name = "ADDRESS")]
        to: String,
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// Publish even if releases of the previous edition are missing.
        #[arg(long)]
        fewer: bool,
        /// Where readers reach what is put there, such as `https://example.org/data`; the catalogue of the tables needs it.
        #[arg(long, value_name = "URL")]
        address: Option<String>,
        /// Sign the provenance statement with this private key (Ed25519, PEM) [default: the key in `IAPT_SIGNING_KEY`, if any].
        #[arg(long, value_name = "FILE")]
        sign_key: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Query the tables by name: `tidy`, `indicators`, `spread`, `releases`, `measures`, `organisations` and more.
    Query {
        /// The query; `SHOW TABLES` and `DESCRIBE tidy` say what there is.
        sql: String,
        /// The folder of the data, or the address that `iapt publish` put it at: `s3://BUCKET/PREFIX` (keys, region
        /// and endpoint come from the environment: `AWS_...`) or `https://HOST/PATH`.
        #[arg(long, value_name = "PLACE", default_value = "data")]
        data: String,
        /// A file of your own to join to the tables, under a name: Parquet if its name ends in `.parquet`, otherwise CSV
        /// with a header.
        #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
        with: Vec<(String, PathBuf)>,
        /// How the result is written, on standard output.
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: QueryFormat,
        /// Write at most this many rows [default: all of them; as a table, those that fit a screen].
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Memory for sorts and groups of the query, in MiB; what does not fit goes to the disk (TMPDIR).
        #[arg(long, value_name = "MIB", default_value_t = QUERY_MEMORY >> 20)]
        memory: usize,
        #[command(flatten)]
        runs_on: EngineArguments,
    },
}

/// What to do with the built-in figures.
#[derive(Debug, Subcommand)]
pub(crate) enum FiguresCommand {
    /// Add those of a release that was fetched: a table of its own, and where it was read.
    Add {
        /// The dataset, such as `psych_ther_annual`.
        dataset: String,
        /// The period of the release.
        period: Period,
        /// The folder of the data.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
    },
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("write a name, `=` and a file: population=population.csv".to_owned()),
    }
}

/// Whether an option, `--` included, is one that help does not name.
pub(crate) fn is_hidden(option: &str) -> bool {
    let command = Arguments::command();
    let mut arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
    arguments.any(|argument| argument.is_hide_set() && argument.get_long() == option.strip_prefix("--"))
}

/// Writes the pages of the manual, and what each shell needs to complete the command.
pub(crate) fn write_manual(folder: &Path) -> io::Result<()> {
    disk::create_folder(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut Arguments::command(), "iapt", folder)?;
    }
    Ok(())
}

/// What was typed, with a space before SQL that begins with a comment: it is no option.
pub(crate) fn typed() -> impl Iterator<Item = OsString> {
    env::args_os().map(|word| match word.to_str() {
        Some(text) if is_comment(text) => format!(" {text}").into(),
        _ => word,
    })
}

/// `-- a comment`, or `--a comment` and a line of SQL below it; `--name=value` is an option, whatever the value.
fn is_comment(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("--") else { return false };
    let is_option = rest.split(char::is_whitespace).next().is_some_and(|word| word.contains('='));
    rest.starts_with(char::is_whitespace) || (rest.contains('\n') && !is_option)
}

/// Whether what was typed asks for JSON, whatever else is wrong with it.
pub(crate) fn is_json_asked_for(typed: impl Iterator<Item = OsString>) -> bool {
    let typed: Vec<OsString> = typed.collect();
    let is_in_one = typed.iter().any(|word| word == "--log-format=json");
    is_in_one
        || typed
            .windows(2)
            .any(|pair| matches!(pair, [option, format] if option == "--log-format" && format == "json"))
}

/// Where the SQL runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct EngineArguments {
    /// `local`, or `ballista://HOST:PORT`, the scheduler of a cluster whose executors see the folder of the data under
    /// the path that it has here. The tables do not depend on it.
    #[arg(long, value_name = "ENGINE", default_value = "local")]
    engine: String,
    /// Where to put the tables for executors that do not see that folder: `s3://bucket/prefix`. Keys, region and
    /// endpoint come from the environment (`AWS_...`), here and for the executors.
    #[arg(long, value_name = "ADDRESS")]
    store: Option<String>,
}

impl EngineArguments {
    /// The engine that was named.
    pub(crate) fn engine(&self) -> Result<Engine, Usage> {
        Engine::new(&self.engine, self.store.as_deref())
            .map_err(|error| Usage { message: error.to_string(), hint: error.hint().unwrap_or_default() })
    }
}

/// Where the pages go.
#[derive(Clone, Debug, Args)]
pub(crate) struct Output {
    /// The folder of the pages, which `run` and `report` replace whole [default: reports/published in the project, or
    /// published where the program's own project is used; of pages that are there, where they were made].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Where the pages go, and where readers will find them.
#[derive(Clone, Debug, Args)]
pub(crate) struct Pages {
    #[command(flatten)]
    pub(crate) output: Output,
    /// Where the site will be served (`https://host/folder/`): for canonical addresses, the sitemap and the feeds.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) site_address: Option<SiteAddress>,
}

impl Pages {
    pub(crate) fn address(&self) -> Option<&str> {
        self.site_address.as_ref().map(|address| address.0.as_str())
    }
}

/// An address of the web that paths can be put behind: with a slash at its end, and nothing that is markup.
#[derive(Clone, Debug)]
pub(crate) struct SiteAddress(String);

impl FromStr for SiteAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_safe = |character: char| character.is_ascii_alphanumeric() || "-._~/:".contains(character);
        match host {
            Some(host)
                if host.starts_with(|first: char| first.is_ascii_alphanumeric())
                    && host.chars().all(is_safe) =>
            {
                Ok(Self(format!("{}/", text.trim_end_matches('/'))))
            }
            _ => Err("an address begins with https:// and has neither user nor query: https://host/folder/"
                .to_owned()),
        }
    }
}

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Bars on a terminal, lines elsewhere.
    Text,
    /// One JSON object on each line.
    Json,
}

/// How changes between editions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RevisionFormat {
    /// How many cells changed in which file, measure and organisation.
    Text,
    /// One row for each cell.
    Csv,
    /// One array of cells.
    Json,
}

/// How the origin of a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhyFormat {
    /// Lines to read.
    Text,
    /// One object.
    Json,
}

/// How a query's result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    /// A table to look at.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One array of objects.
    Json,
    /// A Parquet file.
    Parquet,
}

impl From<QueryFormat> for iapt_catalog::Format {
    fn from(format: QueryFormat) -> Self {
        match format {
            QueryFormat::Table => Self::Table,
            QueryFormat::Csv => Self::Csv,
            QueryFormat::Json => Self::Json,
            QueryFormat::Parquet => Self::Parquet,
        }
    }
}
