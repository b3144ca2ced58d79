//! Which releases, from where, and how the source is asked.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use chrono::NaiveDate;
use clap::Args;
use iapt_fetch::Moment;
use iapt_model::Period;
use iapt_publisher::Misbehaviour;
use iapt_transform::CELLS_AT_ONCE;

/// Each thread takes memory of its own: a number without bounds takes all there is.
const MOST_THREADS: i64 = 256;

/// Which releases, from where, into which folder.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one thing whether it was asked for")]
pub(crate) struct Selection {
    /// `embedded` (the built-in table of published figures), `nhs` (the publisher), or a folder or address that is
    /// laid out by the publisher's paths [default: the one that the folder of the data was last filled from; of a new
    /// folder, embedded].
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// Only this dataset; can be given more than once.
    #[arg(long = "dataset", value_name = "DATASET")]
    pub(crate) datasets: Vec<String>,
    /// Only this period, such as 2017-18; can be given more than once.
    #[arg(long = "period", value_name = "PERIOD")]
    pub(crate) periods: Vec<Period>,
    /// The folder of the data: snapshots and tables.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Open no connection: use what was fetched before.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Whether the command asks no source, whatever was typed.
    #[arg(skip)]
    pub(crate) asks_nobody: bool,
    /// How the source is asked, where the command asks one.
    #[arg(skip)]
    pub(crate) fetching: Fetching,
    /// Use what was known at the end of this day, such as 2026-11-24, and nothing that came later.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<NaiveDate>,
    /// Stop at categories, organisation types and organisations that are not declared.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Threads for tables and pages [default: one for each processor]. The output does not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    pub(crate) threads: Option<u16>,
    /// Cells that are derived from at once, for tests; the figures do not depend on it.
    #[arg(long, value_name = "N", hide = true, default_value_t = CELLS_AT_ONCE)]
    pub(crate) cells_at_once: u64,
    /// Misbehaviour of the embedded publisher, for tests.
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "SCRIPT", hide = true)]
    pub(crate) misbehave: Option<String>,
    /// Hardly wait for anything, for tests.
    #[cfg(debug_assertions)]
    #[arg(long, hide = true)]
    pub(crate) hurry: bool,
    /// The time, instead of that of the clock, for tests.
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "TIME", hide = true)]
    pub(crate) now: Option<Moment>,
}

/// How a source is asked.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Fetching {
    /// Ask the source now whether it has re-issued what is kept, instead of once a day.
    #[arg(long, conflicts_with_all = ["offline", "as_of"])]
    pub(crate) refresh: bool,
    /// How long fetching may take in all, such as 90s, 45m or 2h; a release that was not requested by then counts as
    /// missed [default: 1h].
    #[arg(long, value_name = "TIME")]
    pub(crate) deadline: Option<Deadline>,
}

/// How old what is there may be.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Freshness {
    /// End with exit code 3 when the next period of a dataset is overdue by more than this many days.
    #[arg(long, value_name = "DAYS")]
    pub(crate) fail_if_stale: Option<u32>,
}

impl Selection {
    /// All releases of some datasets from a source.
    pub(crate) fn of(source: &str, datasets: &[String], data: &Path) -> Self {
        Self {
            source: Some(source.to_owned()),
            datasets: datasets.to_vec(),
            periods: Vec::new(),
            data: data.to_owned(),
            offline: false,
            asks_nobody: false,
            fetching: Fetching::default(),
            as_of: None,
            strict: false,
            threads: None,
            cells_at_once: CELLS_AT_ONCE,
            #[cfg(debug_assertions)]
            misbehave: None,
            #[cfg(debug_assertions)]
            hurry: false,
            #[cfg(debug_assertions)]
            now: None,
        }
    }

    /// The time; a test may say another one than the clock.
    pub(crate) fn now(&self) -> Moment {
        #[cfg(debug_assertions)]
        if let Some(now) = self.now {
            return now;
        }
        Moment::now()
    }

    /// What the stand-in publisher is to do wrong, in a test.
    pub(crate) fn misbehaviour(&self) -> Result<Misbehaviour, iapt_publisher::Error> {
        #[cfg(debug_assertions)]
        if let Some(script) = &self.misbehave {
            return script.parse();
        }
        Ok(Misbehaviour::default())
    }
}

/// How long something may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(pub(crate) Duration);

impl FromStr for Deadline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_at_checked(text.len().saturating_sub(1));
        let seconds = parts.and_then(|(number, unit)| {
            let factor = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => return None,
            };
            number.parse::<u64>().ok()?.checked_mul(factor)
        });
        let refused = || format!("`{text}` is not a length of time: 90s, 45m, 2h");
        seconds.map(Duration::from_secs).map(Self).ok_or_else(refused)
    }
}
