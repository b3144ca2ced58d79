//! The fetch stage: every selected release as a snapshot, or the reason why not.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use iapt_catalog::Partition;
use iapt_fetch::{
    Check, Config, Error, Event, Fetched, Fetcher, Had, Listener, Location, Lock, Moment, Pin, Request,
    Source, USER_AGENT, Use,
};
use iapt_files::Sha256;
use iapt_model::{Period, Release, Snapshot};
use iapt_publisher::Server;
use indicatif::ProgressBar;

use crate::{
    failure::{Done, Hinted},
    log::Log,
    selection::{Origin, Selected, source_name},
    summary::Summary,
};

/// The snapshots of the wanted releases.
pub(crate) struct Snapshots {
    pub(crate) snapshots: Vec<Snapshot>,
    /// Bytes that are kept and not to be used.
    pub(crate) unusual: Vec<Sha256>,
    pub(crate) done: Done,
}

pub(crate) async fn fetch(selected: &Selected<'_>, log: &Log, summary: &Summary) -> Result<Snapshots> {
    if selected.is_source_kept {
        let source = source_name(&selected.source);
        log.info("fetch", &format!("source: {source}, as before"));
    }
    if let Origin::Folder(folder) = &selected.origin
        && !selected.is_offline
        && is_absent(folder)
    {
        return Err(Hinted {
            message: format!("the source `{}` does not exist or is empty", selected.source),
            hint: "mount it, or use what was fetched before: --offline".to_owned(),
        }
        .into());
    }
    // Kept until everything has come: dropping it stops the stand-in publisher.
    let mut server = stand_in_server(selected, false).await?;
    let (held, not_held) =
        selected.releases.iter().partition::<Vec<&Release>, _>(|one| selected.can_hold(one));
    let requests: Vec<Request> = held.iter().map(|release| request(selected, release)).collect();
    let mut fetched = fetcher(selected, server.as_ref(), log)?.fetch(&requests).await?;
    // Whether a kept file is damaged its size does not tell.
    if server.is_none() && fetched.iter().any(|one| matches!(one.outcome, Err(Error::Damaged { .. }))) {
        server = stand_in_server(selected, true).await?;
        fetched = fetcher(selected, server.as_ref(), log)?.fetch(&requests).await?;
    }
    drop(server);
    selected.clear_spool()?;
    fetched.extend(not_held.into_iter().map(not_built_in));
    let lock = Lock::read(&selected.snapshots())?;
    tell(selected, sort(selected, &lock, fetched, log, summary), log)
}

/// Whether a folder of files is not there, as where it has not been mounted; what is missing has not been withdrawn then.
fn is_absent(folder: &Path) -> bool {
    fs_err::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

/// A release that nobody need ask the stand-in publisher for.
fn not_built_in(release: &Release) -> Fetched {
    let error = Error::NotHeld { release: release.label(), location: "the built-in figures".to_owned() };
    Fetched {
        release: release.clone(),
        outcome: Err(error),
        reissue: None,
        unchecked: None,
        took: Duration::ZERO,
        is_asked: false,
    }
}

/// A fetcher from the selected source.
pub(crate) fn fetcher(selected: &Selected<'_>, server: Option<&Server>, log: &Log) -> Result<Fetcher> {
    Ok(Fetcher::new(Config {
        source: source(selected, server)?,
        snapshots: selected.snapshots(),
        settings: selected.settings.clone(),
        user_agent: USER_AGENT.to_owned(),
        listener: listener(log.clone()),
        now: selected.now,
        check: selected.check,
        holder: holder(selected.now, &selected.source),
    }))
}

/// Who is at work, for another run that comes to the same folder.
pub(crate) fn holder(now: Moment, source: &str) -> String {
    format!("process {} since {now}, fetching from {source}", std::process::id())
}

/// Notes which of the kept bytes the tables were made of: other bytes at their addresses are a re-issue from now on.
pub(crate) fn confirm(selected: &Selected<'_>, unusual: &[Sha256], partitions: &[Partition]) -> Result<()> {
    let use_of = |pin: &Pin| {
        let is_built = partitions.iter().map(|partition| &partition.release).any(|row| {
            (&row.dataset, row.edition) == (&pin.dataset, pin.edition)
                && row.reporting_period == pin.period.to_string()
                && row.sha256 == pin.sha256.to_string()
        });
        let is_refused = unusual.contains(&pin.sha256);
        if is_refused { Some(Use::Refused) } else { is_built.then_some(Use::Built) }
    };
    let holder = holder(selected.now, &selected.source);
    Ok(iapt_fetch::confirm(&selected.snapshots(), &holder, &selected.source, use_of)?)
}

/// Starts the stand-in publisher, when something has to be fetched from it: as far as sizes tell, or because something is
/// damaged.
async fn stand_in_server(selected: &Selected<'_>, is_damaged: bool) -> Result<Option<Server>> {
    let lock = Lock::read(&selected.snapshots())?;
    let held = selected.releases.iter().copied().filter(|release| selected.can_hold(release));
    let is_needed = is_damaged || lock.needs_download(&selected.source, held);
    if selected.is_offline || !(is_needed || selected.check == Check::Always) {
        return Ok(None);
    }
    let Some(stand_in) = selected.stand_in()? else { return Ok(None) };
    Ok(Some(stand_in.serve(selected.misbehaviour.clone()).await?))
}

fn source(selected: &Selected<'_>, server: Option<&Server>) -> Result<Source> {
    let location = match (&selected.origin, server) {
        _ if selected.is_offline => Location::Nowhere,
        (Origin::Embedded, Some(server)) => Location::Mirror(server.address().parse()?),
        (Origin::Embedded, None) => Location::Nowhere,
        (Origin::Publisher, _) => Location::Publisher,
        (Origin::Folder(folder), _) => Location::Folder(folder.clone()),
        (Origin::Mirror(address), _) => {
            Location::Mirror(address.parse().with_context(|| format!("`{address}` is not a valid address"))?)
        }
    };
    Ok(Source { name: selected.source.clone(), is_stand_in: selected.origin == Origin::Embedded, location })
}

pub(crate) fn request(selected: &Selected<'_>, release: &Release) -> Request {
    let dataset = selected.project.dataset(&release.dataset);
    Request {
        release: release.clone(),
        hosts: dataset.map(|dataset| dataset.hosts.clone()).unwrap_or_default(),
        licence: dataset.map(|dataset| dataset.licence.clone()),
        size_band: dataset.and_then(|dataset| dataset.size_band),
        rows_band_percent: dataset.and_then(|dataset| dataset.rows_band_percent),
        first_rows: dataset.and_then(|dataset| dataset.first_rows(release)),
    }
}

/// What became of the releases.
#[derive(Default)]
struct Sorted {
    snapshots: Vec<Snapshot>,
    passed_over: Vec<String>,
    missed: Vec<String>,
    /// Missed because nobody was to be asked.
    not_kept: Vec<String>,
    /// Missed or not compared, by why they were not even asked for.
    not_asked: BTreeMap<String, Vec<String>>,
    /// Bytes that are kept and not to be used.
    unusual: Vec<Sha256>,
    asked: Asked,
}

/// Tells what came and what did not; a release that a folder or the built-in figures lack is passed over unless it was
/// asked for.
fn sort(selected: &Selected<'_>, lock: &Lock, fetched: Vec<Fetched>, log: &Log, summary: &Summary) -> Sorted {
    let mut sorted = Sorted::default();
    let came = fetched.iter().filter(|one| one.outcome.is_ok()).map(|one| one.release.period);
    let came: BTreeSet<Period> = came.collect();
    for one in fetched {
        // Offline nobody can say whether a folder holds it, so what was not asked for is not missed, unless it was here before.
        let was_kept = || lock.pin(&selected.source, &one.release).is_some();
        let is_lacking = match &one.outcome {
            Err(Error::NotHeld { .. }) => true,
            Err(Error::Offline { .. }) => selected.origin != Origin::Embedded && !was_kept(),
            _ => false,
        };
        let is_passed_over = is_lacking && selected.passes_over(came.contains(&one.release.period));
        summary.release(&one, is_passed_over);
        sorted.asked.count(&one);
        if let Some(why) = one.unchecked.as_ref().or(one.outcome.as_ref().err()).and_then(why_not_asked) {
            sorted.not_asked.entry(why).or_default().push(one.release.label());
        }
        warn(&one, selected.as_of.is_some(), log);
        let Fetched { release, outcome, .. } = one;
        match outcome {
            Ok((snapshot, had)) => {
                if let Had::Downloaded { bytes, attempts, resumed } = had {
                    log.info("fetch", &downloaded(&release, bytes, attempts, resumed));
                }
                sorted.snapshots.push(snapshot);
            }
            Err(_) if is_passed_over => sorted.passed_over.push(release.label()),
            Err(Error::Offline { .. }) => {
                sorted.not_kept.push(release.label());
                sorted.missed.push(release.label());
            }
            Err(error) => {
                if let Error::UnusualSize { sha256, .. } | Error::UnusualRows { sha256, .. } = error {
                    sorted.unusual.push(sha256);
                }
                if why_not_asked(&error).is_none() {
                    log.error("fetch", &error.to_string(), error.hint().as_deref());
                }
                sorted.missed.push(release.label());
            }
        }
    }
    sorted
}

/// Tells of many releases at once, and says whether there is something to work with.
fn tell(selected: &Selected<'_>, sorted: Sorted, log: &Log) -> Result<Snapshots> {
    let Sorted { snapshots, passed_over, missed, not_kept, not_asked, unusual, asked } = sorted;
    for (why, releases) in not_asked {
        let hint = "run again later; what is kept is used meanwhile";
        log.error("fetch", &format!("{why}; not requested: {}", some_of(&releases)), Some(hint));
    }
    if !passed_over.is_empty() && !snapshots.is_empty() {
        let why = if selected.is_offline { "not fetched from this source" } else { "not at this source" };
        log.info("fetch", &format!("{why}, passed over: {}", some_of(&passed_over)));
    }
    if snapshots.is_empty() {
        return Err(nothing(selected, &missed, &passed_over)?.into());
    }
    if !selected.never_met.is_empty() && !selected.is_offline {
        log.info(
            "fetch",
            &format!("never met, so read only where --dataset names it: {}", selected.never_met.join(", ")),
        );
    }
    selected.keep_source()?;
    if !not_kept.is_empty() {
        let source = source_name(&selected.source);
        let what = if selected.is_typed_offline {
            format!("offline, and not kept here from `{source}`")
        } else {
            format!("not fetched yet from `{source}`")
        };
        let message = format!("{what}: {}", some_of(&not_kept));
        log.error("fetch", &message, Some(&format!("iapt fetch --source {source}")));
    }
    log.info("fetch", &format!("releases: {} here, {} missed", snapshots.len(), missed.len()));
    let is_unchecked = asked.is_too_few(selected.check == Check::Always);
    if is_unchecked {
        log.error(
            "fetch",
            &asked.said(),
            Some("what is kept was used; run again with --refresh when the source answers"),
        );
    }
    let is_all = missed.is_empty() && !is_unchecked;
    Ok(Snapshots { snapshots, unusual, done: if is_all { Done::All } else { Done::Partly } })
}

/// How many kept releases were to be compared with their source, and how many could not be.
#[derive(Default)]
struct Asked {
    n_asked: usize,
    n_unchecked: usize,
}

impl Asked {
    fn count(&mut self, fetched: &Fetched) {
        self.n_asked += usize::from(fetched.is_asked);
        self.n_unchecked += usize::from(fetched.unchecked.is_some());
    }

    /// Whether too few could be compared for the run to be done: all have to be when that was asked for, else more
    /// than half.
    fn is_too_few(&self, is_refresh: bool) -> bool {
        self.n_unchecked > 0 && (is_refresh || self.n_unchecked * 2 >= self.n_asked)
    }

    fn said(&self) -> String {
        let Self { n_asked, n_unchecked } = self;
        format!("{n_unchecked} of {n_asked} kept releases could not be compared with their source")
    }
}

/// Why a release was not even asked for, where that is the same for many.
fn why_not_asked(error: &Error) -> Option<String> {
    match error {
        Error::HostGivenUp { host, why, .. } => Some(format!("`{host}` is given up for this run: {why}")),
        Error::OutOfTime { seconds, .. } => {
            Some(format!("the {seconds} seconds that fetching may take are over (--deadline)"))
        }
        _ => None,
    }
}

/// Warns of a release that is used as it was first had although its address has, or may have, something else by now.
fn warn(fetched: &Fetched, is_as_of: bool, log: &Log) {
    let label = fetched.release.label();
    if let Some(reissue) = fetched.reissue.as_ref().filter(|_| !is_as_of) {
        let since = reissue.first_seen.map_or("an unknown day".to_owned(), |seen| seen.date().to_string());
        log.warn(
            "fetch",
            &format!(
                "{label} has been re-issued at its address: sha256 {:.12} since {since}; edition {} is used as before",
                reissue.sha256.to_string(),
                fetched.release.edition
            ),
            Some("`iapt revisions` says what differs, and prints the lines that make it the next edition"),
        );
    }
    match &fetched.unchecked {
        Some(Error::NotHeld { location, .. }) => log.warn(
            "fetch",
            &format!("{label} is no longer at `{location}`; it may have been withdrawn, and the kept file is used"),
            Some("look at its publication page: if it has moved, correct the address in releases.toml; if it was withdrawn, take its [[release]] out of releases.toml"),
        ),
        Some(error) if why_not_asked(error).is_none() => {
            let message =
                format!("{label} could not be compared with its source, and is used as kept: {error}");
            log.warn("fetch", &message, error.hint().as_deref());
        }
        Some(_) | None => {}
    }
}

/// Why there is nothing to work with.
fn nothing(selected: &Selected<'_>, missed: &[String], passed_over: &[String]) -> Result<Hinted> {
    let source = source_name(&selected.source);
    let data = selected.data.display();
    if !selected.is_offline {
        let hint = "iapt plan says what was looked for".to_owned();
        let message = if missed.is_empty() {
            format!("`{source}` holds none of the releases")
        } else {
            format!("no release could be fetched: {}", some_of(missed))
        };
        return Ok(Hinted { message, hint });
    }
    let lock = Lock::read(&selected.snapshots())?;
    let others: BTreeSet<&str> = lock.pins().map(|pin| source_name(&pin.source)).collect();
    let others: Vec<String> = others
        .into_iter()
        .filter(|other| *other != source)
        .map(|other| format!("--source {other}"))
        .collect();
    let fetch = format!("fetch them first: iapt fetch --source {source}");
    let what = if selected.is_typed_offline {
        format!("offline, and nothing that `{source}` has is kept in {data}")
    } else {
        format!("nothing is in {data} yet that was fetched from `{source}`")
    };
    Ok(Hinted {
        message: format!("{what}: {}", some_of(if missed.is_empty() { passed_over } else { missed })),
        hint: if others.is_empty() {
            fetch
        } else {
            format!("{fetch}; or use what was fetched from elsewhere: {}", others.join(", "))
        },
    })
}

/// The first of many labels, and how many more there are.
pub(crate) fn some_of(labels: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = labels.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match labels.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

fn downloaded(release: &Release, bytes: u64, attempts: u32, resumed: u32) -> String {
    let mut text = format!("{}: {bytes} bytes", release.label());
    if attempts > 1 {
        text += &format!(", after {attempts} tries");
    }
    if resumed > 0 {
        text += &format!(", resumed {resumed} times");
    }
    text
}

/// Draws a bar for each download, and says a line for each failed try.
fn listener(log: Log) -> Listener {
    let bars: Mutex<BTreeMap<String, ProgressBar>> = Mutex::new(BTreeMap::new());
    Arc::new(move |release, event| {
        let Ok(mut bars) = bars.lock() else { return };
        let label = release.label();
        match event {
            Event::Started { total } => {
                let bar = bars.entry(label.clone()).or_insert_with(|| log.bar(&label));
                if let Some(total) = total {
                    bar.set_length(total);
                }
            }
            Event::Progress { bytes } => {
                if let Some(bar) = bars.get(&label) {
                    bar.set_position(bytes);
                }
            }
            Event::Retry { attempt, why, wait } => {
                let next = attempt + 1;
                log.info("fetch", &format!("{label}: {why}; try {next} in {:.1} s", wait.as_secs_f64()));
            }
            Event::SetAside { path } => log.warn(
                "fetch",
                &format!(
                    "{label}: the kept file is damaged; it is now `{}`, and is fetched again",
                    path.display()
                ),
                None,
            ),
            Event::Resumed { at } => log.info("fetch", &format!("{label}: resumed at byte {at}")),
            Event::Finished { .. } | Event::Failed { .. } => {
                if let Some(bar) = bars.remove(&label) {
                    bar.finish_and_clear();
                }
            }
        }
    })
}
