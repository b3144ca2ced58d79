//! What a build has to do: which partitions stay, which are read, which go, and why.

use iapt_catalog::{
    TABLES_FOLDER,
    manifest::{Edition, Partition},
};
use iapt_files::Sha256;
use iapt_model::{Dataset, Release};

use crate::{Build, Error};

/// Files that are named where many are not as they were made.
const FAULTS_SAID: usize = 3;

/// Something that a build would not leave as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// A release, or the derived tables.
    pub what: String,
    /// Why it is not as it should be.
    pub why: String,
    /// What becomes of it.
    pub action: Action,
}

/// What becomes of something that is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made, or made again.
    Make,
    /// It is not as it was made, and is made again.
    Mend,
    /// It goes, as it should.
    Drop,
    /// It goes, because it would have to be made again and what it was made from is not here.
    Lose,
}

/// What becomes of one release in the tables.
pub(crate) enum Step<'a> {
    Keep {
        partitions: Vec<&'a Partition>,
    },
    Read {
        release: &'a Release,
        stale: Stale,
        /// What there is of it, whole, should it not be understood now.
        last_good: Vec<&'a Partition>,
    },
    Go {
        stale: Stale,
    },
}

/// What becomes of every release that is wanted, and of every other one in the tables.
pub(crate) struct Plan<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) derived: Option<Stale>,
}

impl<'a> Plan<'a> {
    /// `wanted` have the checksum of their snapshot, or none where they were not fetched yet. `kept` has that of another
    /// release whose snapshot is still here: it is read again where it is out of date.
    pub(crate) fn new(
        build: &Build<'a>,
        edition: &'a Edition,
        wanted: &[(&'a Release, Option<Sha256>)],
        kept: &dyn Fn(&Release) -> Option<Sha256>,
    ) -> Self {
        let mut steps: Vec<Step> =
            wanted.iter().map(|(release, sha256)| step(build, edition, release, *sha256)).collect();
        for (dataset, period) in all_periods(edition) {
            let is_it =
                |release: &Release| release.dataset == dataset && release.period.to_string() == period;
            if !wanted.iter().any(|(release, _)| is_it(release)) {
                steps.push(step_of_other(build, edition, (dataset, period), kept));
            }
        }
        let derived = why_derived(build, edition, &steps);
        Self { steps, derived }
    }

    /// All that is stale, the derived tables last.
    pub(crate) fn stale(&self) -> Vec<Stale> {
        let of_step = |step: &Step| match step {
            Step::Keep { .. } => None,
            Step::Read { stale, .. } | Step::Go { stale } => Some(stale.clone()),
        };
        self.steps.iter().filter_map(of_step).chain(self.derived.clone()).collect()
    }
}

fn step<'a>(
    build: &Build<'_>,
    edition: &'a Edition,
    release: &'a Release,
    sha256: Option<Sha256>,
) -> Step<'a> {
    let partitions = partitions_of(build, edition, &release.dataset, &release.period.to_string());
    let is_whole = !partitions.is_empty() && fault(edition, &partitions).is_none();
    match why_stale(build, edition, &partitions, release, sha256) {
        None => Step::Keep { partitions },
        Some((why, action)) => {
            let stale = Stale { what: release.label(), why, action };
            Step::Read { release, stale, last_good: if is_whole { partitions } else { Vec::new() } }
        }
    }
}

/// What becomes of a release that is in the tables and was not asked for: it stays as it is, unless it would no longer be read
/// the same way, when it is read again.
fn step_of_other<'a>(
    build: &Build<'a>,
    edition: &'a Edition,
    (dataset, period): (&str, &str),
    kept: &dyn Fn(&Release) -> Option<Sha256>,
) -> Step<'a> {
    let what = format!("{dataset} {period}");
    let go = |what: String, why: String, action| Step::Go { stale: Stale { what, why, action } };
    if build.is_exact {
        return go(what, "it was not known on that day".to_owned(), Action::Drop);
    }
    if let Some(source) = other_source(build, edition) {
        return go(what, source, Action::Drop);
    }
    let partitions = partitions_of(build, edition, dataset, period);
    let sha256 = partitions.first().and_then(|partition| partition.release.sha256.parse().ok());
    if sha256.is_some_and(|sha256: Sha256| build.unusual.contains(&sha256)) {
        return go(what, "its file is unusual, and nobody has acknowledged it".to_owned(), Action::Drop);
    }
    let releases = build.project.dataset(dataset).map_or([].as_slice(), |dataset| &dataset.releases);
    let of_period = || releases.iter().filter(|release| release.period.to_string() == period);
    let is_read = |release: &&Release| {
        partitions.first().is_some_and(|partition| partition.release.edition == release.edition)
    };
    let Some(release) = of_period().find(is_read).or_else(|| of_period().next_back()) else {
        return go(what, "it is not declared any more".to_owned(), Action::Drop);
    };
    let step = step(build, edition, release, sha256);
    match step {
        Step::Read { stale, .. } if kept(release).is_none() => go(
            stale.what,
            format!("{}, and the file that it was read from is not here", stale.why),
            Action::Lose,
        ),
        other => other,
    }
}

/// Why the derived tables are stale.
fn why_derived(build: &Build<'_>, edition: &Edition, steps: &[Step<'_>]) -> Option<Stale> {
    let derived =
        |why: &str, action| Some(Stale { what: "derived tables".to_owned(), why: why.to_owned(), action });
    let manifest = match edition {
        Edition::None => return derived("never built", Action::Make),
        Edition::Unknown { why, .. } => return derived(why, Action::Mend),
        Edition::Known { faults, .. } if !faults.is_empty() => {
            let mut said: Vec<String> =
                faults.iter().take(FAULTS_SAID).map(|(path, fault)| fault.of(path)).collect();
            if faults.len() > FAULTS_SAID {
                said.push(format!("and {} more", faults.len() - FAULTS_SAID));
            }
            return derived(&said.join(", "), Action::Mend);
        }
        Edition::Known { manifest, .. } => manifest,
    };
    if let Some(source) = other_source(build, edition) {
        derived(&source, Action::Make)
    } else if steps.iter().any(|step| !matches!(step, Step::Keep { .. })) {
        derived("a release is stale", Action::Make)
    } else if fingerprint_of_derived(build, &manifest.partitions) != manifest.fingerprint {
        derived("a declared file or the program has changed", Action::Make)
    } else {
        None
    }
}

fn why_stale(
    build: &Build<'_>,
    edition: &Edition,
    partitions: &[&Partition],
    release: &Release,
    sha256: Option<Sha256>,
) -> Option<(String, Action)> {
    let made = |why: &str| Some((why.to_owned(), Action::Make));
    if let Some(source) = other_source(build, edition) {
        return made(&source);
    }
    if let Edition::Unknown { why, .. } = edition {
        return Some((why.clone(), Action::Mend));
    }
    let Some(first) = partitions.first() else { return made("never built") };
    if let Some(fault) = fault(edition, partitions) {
        return Some((fault, Action::Mend));
    }
    let Some(sha256) = sha256 else { return made("not fetched yet") };
    if first.release.sha256 != sha256.to_string() {
        return made("the file has changed");
    }
    if first.release.edition != release.edition {
        return made("another edition is declared");
    }
    let dataset = build.project.dataset(&release.dataset)?;
    let fingerprint = fingerprint(build, dataset, release, sha256);
    let is_fresh = partitions.len() == release.members.len()
        && partitions.iter().all(|partition| partition.fingerprint == fingerprint);
    if is_fresh { None } else { made("a declared file or the program has changed") }
}

/// Where the tables come from, if not from the source that is built from now.
fn other_source(build: &Build<'_>, edition: &Edition) -> Option<String> {
    let Edition::Known { manifest, .. } = edition else { return None };
    let is_other = manifest.source_sha256 != source_sha256(build);
    is_other
        .then(|| format!("built from another source (`{}`), now from `{}`", manifest.source, build.source))
}

/// The name of a source can be a folder of this machine, so that it is known by its checksum alone.
pub(crate) fn source_sha256(build: &Build<'_>) -> Sha256 {
    Sha256::of(build.source.as_bytes())
}

/// The first thing that is wrong with the files of partitions.
fn fault(edition: &Edition, partitions: &[&Partition]) -> Option<String> {
    let Edition::Known { faults, .. } = edition else { return None };
    partitions.iter().find_map(|partition| {
        let path = iapt_files::address(&partition.path);
        faults.get(&path).map(|fault| fault.of(&path))
    })
}

/// The partitions of a release, where the tables come from the source that is built from now.
fn partitions_of<'a>(
    build: &Build<'_>,
    edition: &'a Edition,
    dataset: &str,
    period: &str,
) -> Vec<&'a Partition> {
    let Edition::Known { manifest, .. } = edition else { return Vec::new() };
    let is_of = |partition: &&Partition| {
        partition.release.dataset == dataset && partition.release.reporting_period == period
    };
    let is_here = other_source(build, edition).is_none();
    manifest.partitions.iter().filter(|_| is_here).filter(is_of).collect()
}

/// Dataset and period of everything in the tables.
fn all_periods(edition: &Edition) -> Vec<(&str, &str)> {
    let mut periods: Vec<(&str, &str)> = match edition {
        Edition::None => Vec::new(),
        Edition::Unknown { periods, .. } => {
            periods.iter().map(|(dataset, period)| (dataset.as_str(), period.as_str())).collect()
        }
        Edition::Known { manifest, .. } => {
            let releases = manifest.partitions.iter().map(|partition| &partition.release);
            releases.map(|row| (row.dataset.as_str(), row.reporting_period.as_str())).collect()
        }
    };
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// A checksum over all that decides what the partitions of a release hold. The source is in it by its whole name: the stand-in's
/// changes with its figures, whose own sources the tidy table has and the published file does not print.
pub(crate) fn fingerprint(build: &Build<'_>, dataset: &Dataset, release: &Release, sha256: Sha256) -> Sha256 {
    let declared = build.project.reading(dataset, release);
    let source = source_sha256(build);
    let text = format!("{}\n{source}\n{}\n{sha256}\n{declared}", build.program, build.source_label);
    Sha256::of(text.as_bytes())
}

/// A checksum over what every derived table depends on: the program and the declared files.
pub(crate) fn fingerprint_of_declared(build: &Build<'_>) -> Sha256 {
    Sha256::of(format!("{}\n{}", build.program, build.project.derived_from()).as_bytes())
}

/// A checksum over all that decides what the derived tables hold.
pub(crate) fn fingerprint_of_derived(build: &Build<'_>, partitions: &[Partition]) -> Sha256 {
    let partitions: Vec<String> =
        partitions.iter().map(|one| format!("{} {}", one.fingerprint, one.path.display())).collect();
    Sha256::of(format!("{}\n{}", fingerprint_of_declared(build), partitions.join("\n")).as_bytes())
}

/// What a build would do, without doing it. A wanted release without a checksum has not been fetched yet; `kept` has the
/// checksum of the snapshot of another one, where it is here.
///
/// # Errors
///
/// [`Error::Io`] when the tables cannot be looked at.
pub fn stale(
    build: &Build<'_>,
    wanted: &[(&Release, Option<Sha256>)],
    kept: &dyn Fn(&Release) -> Option<Sha256>,
) -> Result<Vec<Stale>, Error> {
    let edition = Edition::read(&build.data.join(TABLES_FOLDER))?;
    Ok(Plan::new(build, &edition, wanted, kept).stale())
}
