//! The lock file: which bytes every release was found to have, from every source.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use iapt_files::{Sha256, without_secrets};
use iapt_model::{Period, Release};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Moment,
    headers::Validators,
    store::{self, Store},
};

/// What is pinned in a folder of snapshots, as far as the lock file says.
#[derive(Clone, Debug)]
pub struct Lock {
    folder: PathBuf,
    pins: BTreeMap<Key, Pin>,
    /// Other bytes that were found later at the address of a pin, by source, address and checksum.
    revisions: BTreeMap<(String, String, Sha256), Pin>,
}

/// The bytes that a release was found to have, from one source.
///
/// Also the other bytes that its address was found to have later: they are a revision, kept and reported but not
/// used until releases.toml declares them as an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The name of the source.
    pub source: String,
    /// The dataset.
    pub dataset: String,
    /// The period.
    pub period: Period,
    /// The edition; of a revision, the edition that stood at the address before.
    pub edition: u32,
    /// The publisher's address.
    pub url: String,
    /// The checksum.
    pub sha256: Sha256,
    /// How many bytes.
    pub bytes: u64,
    /// How many rows its members have together, where they are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// When these bytes were first found there; missing in lock files of the first version, which did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Moment>,
    /// When they were last found there, by the clock of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Moment>,
    /// The server's own name for this version of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the file was last modified, as the server wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// The licence that it was published under, as an SPDX identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether no build has used these bytes yet: others at the address replace them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_tentative: bool,
    /// Whether the address was found to have another version after this one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_superseded: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Whether the bytes of a release are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding<'a> {
    /// Pinned, and a file of the pinned size is there; its checksum is compared when it is used.
    Kept(&'a Pin),
    /// Pinned, but the file is gone; it has to be fetched again and must have the same bytes.
    Gone(&'a Pin),
    /// Never fetched from this source.
    Unknown,
}

/// Source, dataset, period, edition and address: what a pin holds for.
type Key = (String, String, Period, u32, String);

/// Raised when a field is added, so that an older program refuses the file instead of losing the field.
const VERSION: u32 = 3;

/// The first version that is still read: it lacks only what may be missing.
const OLDEST_VERSION: u32 = 1;

const HEADER: &str = "\
# The bytes that every release was found to have when it was first fetched, from each source ([[snapshot]]), and
# other bytes that were found at its address later ([[revision]]). Written by `iapt fetch`. A revision is used once
# releases.toml declares it as the next edition, with its sha256: `iapt revisions` prints the lines. What is tentative
# has not been used by a build yet: other bytes at its address replace it.
";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockToml {
    version: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    snapshot: Vec<Pin>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revision: Vec<Pin>,
}

impl Lock {
    /// Reads the lock file of a folder of snapshots; empty when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::LockFile`] when it is not understood or is no file, [`Error::Io`] when it cannot be read.
    pub fn read(snapshots: &Path) -> Result<Self, Error> {
        let path = store::lock_path(snapshots);
        let empty = Self { folder: snapshots.to_owned(), pins: BTreeMap::new(), revisions: BTreeMap::new() };
        if !path.try_exists()? {
            return Ok(empty);
        }
        let text = match fs_err::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Err("it is a folder".to_owned()),
            Err(error) => return Err(Error::Io(error)),
        };
        text.and_then(|text| empty.parsed(&text)).map_err(|why| Error::LockFile { path, why })
    }

    /// What is pinned for a release from the source of this name.
    ///
    /// A revision that releases.toml declares as this edition, by its checksum, counts as pinned.
    #[must_use]
    pub fn pin(&self, source: &str, release: &Release) -> Option<&Pin> {
        self.pins
            .get(&key_of(source, release))
            .or_else(|| self.revisions.get(&(source.to_owned(), release.url.clone(), release.sha256?)))
    }

    /// What the address of a release was last found to have, where that is not what is pinned for the release.
    #[must_use]
    pub fn reissue(&self, source: &str, release: &Release) -> Option<&Pin> {
        let pinned = self.pin(source, release)?;
        self.current(source, &release.url).filter(|current| current.sha256 != pinned.sha256)
    }

    /// Every version of the bytes at an address, from the source of this name, in the order of first sight.
    #[must_use]
    pub fn versions(&self, source: &str, url: &str) -> Vec<&Pin> {
        let is_there = |pin: &&Pin| pin.source == source && pin.url == url;
        let mut versions: Vec<&Pin> =
            self.pins.values().chain(self.revisions.values()).filter(is_there).collect();
        versions.sort_by_key(|pin| pin.first_seen);
        versions
    }

    /// The version that an address was last found to have: by the order of what was found, since a clock may have been
    /// wrong. Lock files of before do not tell that order, and go by their times.
    pub(crate) fn current(&self, source: &str, url: &str) -> Option<&Pin> {
        let versions = self.versions(source, url).into_iter();
        versions.filter(|pin| !pin.is_superseded).max_by_key(|pin| (pin.last_seen, pin.first_seen))
    }

    /// Whether the bytes of a release from the source of this name are here, as far as their size tells.
    #[must_use]
    pub fn holding(&self, source: &str, release: &Release) -> Holding<'_> {
        let Some(pin) = self.pin(source, release) else { return Holding::Unknown };
        // Whatever keeps the file from being looked at, it has to be fetched again.
        let bytes = self.object(pin.sha256).metadata().map(|metadata| metadata.len());
        if bytes.is_ok_and(|bytes| bytes == pin.bytes) { Holding::Kept(pin) } else { Holding::Gone(pin) }
    }

    /// Whether any of these releases would have to be fetched from the source of this name.
    pub fn needs_download<'a>(&self, source: &str, releases: impl IntoIterator<Item = &'a Release>) -> bool {
        releases.into_iter().any(|release| !matches!(self.holding(source, release), Holding::Kept(_)))
    }

    /// The sizes of the other releases that are like this one, in order.
    pub(crate) fn neighbours(&self, source: &str, release: &Release) -> Vec<u64> {
        let is_other = |pin: &&Pin| {
            (pin.period, pin.edition, &pin.url) != (release.period, release.edition, &release.url)
        };
        let mut sizes: Vec<u64> = self.like(source, release).filter(is_other).map(|pin| pin.bytes).collect();
        sizes.sort_unstable();
        sizes
    }

    /// The numbers of rows of the releases like this one that are nearest in time, in order.
    pub(crate) fn rows_nearby(&self, source: &str, release: &Release) -> Vec<u64> {
        let distance = |pin: &Pin| (pin.period.start_date() - release.period.start_date()).num_days().abs();
        let others = self.like(source, release).filter(|pin| pin.period != release.period);
        let mut others: Vec<(i64, u64)> = others.filter_map(|pin| Some((distance(pin), pin.rows?))).collect();
        others.sort_unstable();
        let mut rows: Vec<u64> = others.into_iter().take(NEAREST).map(|(_, rows)| rows).collect();
        rows.sort_unstable();
        rows
    }

    /// The pins of the releases of the same dataset and format from the source of this name, the release's own too.
    ///
    /// A pin says no format: two addresses that end alike have the same.
    fn like(&self, source: &str, release: &Release) -> impl Iterator<Item = &Pin> {
        let ending = |url: &str| url.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
        let of_release = ending(&release.url);
        self.pins.values().filter(move |pin| {
            pin.source == source && pin.dataset == release.dataset && ending(&pin.url) == of_release
        })
    }

    /// Every pin, in order of source, dataset, period, edition and address.
    pub fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.pins.values()
    }

    /// Where the bytes of this checksum are kept, if they are.
    #[must_use]
    pub fn object(&self, sha256: Sha256) -> PathBuf {
        store::object_path(&self.folder, sha256)
    }

    /// Adds a pin, or replaces that of the same release and source. Bytes that were a revision so far keep the time
    /// of their first sight.
    pub(crate) fn insert(&mut self, mut pin: Pin) {
        let earlier = self.revisions.remove(&pin.version());
        let before = self.pins.get(&pin.key()).filter(|before| before.sha256 == pin.sha256);
        if let Some(first_seen) = earlier.as_ref().or(before).and_then(|pin| pin.first_seen) {
            pin.first_seen = Some(first_seen.min(pin.last_seen.unwrap_or(first_seen)));
        }
        if let Some(before) = before {
            pin.is_tentative = before.is_tentative;
        }
        self.supersede(&pin);
        self.pins.insert(pin.key(), pin);
    }

    /// Notes that a version is the one that its address has now.
    fn supersede(&mut self, current: &Pin) {
        for pin in self.pins.values_mut().chain(self.revisions.values_mut()) {
            if (&pin.source, &pin.url) == (&current.source, &current.url) {
                pin.is_superseded = pin.sha256 != current.sha256;
            }
        }
    }

    /// Whether any pin or revision is of these bytes.
    pub(crate) fn has(&self, sha256: Sha256) -> bool {
        self.pins.values().chain(self.revisions.values()).any(|pin| pin.sha256 == sha256)
    }

    /// Adds a revision of what is pinned at its address. It is known by its tag or date only once it has come again:
    /// a part of a file comes with those of the whole.
    pub(crate) fn insert_revision(&mut self, mut pin: Pin) {
        pin.is_tentative = false;
        (pin.etag, pin.last_modified) = (None, None);
        self.supersede(&pin);
        self.revisions.insert(pin.version(), pin);
    }

    /// Notes that an address still, or again, has a version that is known.
    pub(crate) fn see(
        &mut self,
        source: &str,
        url: &str,
        sha256: Sha256,
        now: Moment,
        validators: &Validators,
    ) {
        let is_there = |pin: &&mut Pin| pin.source == source && pin.url == url;
        for pin in self.pins.values_mut().chain(self.revisions.values_mut()).filter(is_there) {
            pin.is_superseded = pin.sha256 != sha256;
            if pin.is_superseded {
                continue;
            }
            pin.last_seen = Some(now);
            // A clock that was ahead when they were first found does not hide them from the days before.
            pin.first_seen = pin.first_seen.map(|first| first.min(now));
            let Validators { etag, last_modified } = validators.clone();
            pin.etag = etag.or(pin.etag.take());
            pin.last_modified = last_modified.or(pin.last_modified.take());
        }
    }

    /// The text of the lock file.
    pub(crate) fn to_text(&self) -> Result<String, Error> {
        let file = LockToml {
            version: VERSION,
            snapshot: self.pins.values().cloned().collect(),
            revision: self.revisions.values().cloned().collect(),
        };
        let text = toml::to_string(&file).map_err(|error| Error::LockFile {
            path: store::lock_path(&self.folder),
            why: error.to_string(),
        })?;
        Ok(format!("{HEADER}{text}"))
    }

    fn parsed(mut self, text: &str) -> Result<Self, String> {
        let file: LockToml = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
        if !(OLDEST_VERSION..=VERSION).contains(&file.version) {
            return Err(format!("its version is {}, and this program reads {VERSION}", file.version));
        }
        let mut names = BTreeMap::new();
        for mut pin in file.snapshot {
            // Names of sources had secrets in them once: what two of them pinned is what was seen last.
            let written = std::mem::take(&mut pin.source);
            pin.source = without_secrets(&written);
            if let Some(before) = names.insert(pin.key(), written.clone()) {
                if before == written {
                    let Pin { dataset, period, edition, source, .. } = pin;
                    return Err(format!(
                        "{dataset} {period} edition {edition} from `{source}` is pinned twice"
                    ));
                }
                if self.pins.get(&pin.key()).is_some_and(|kept| kept.last_seen > pin.last_seen) {
                    continue;
                }
            }
            self.pins.insert(pin.key(), pin);
        }
        for mut pin in file.revision {
            pin.source = without_secrets(&pin.source);
            self.revisions.insert(pin.version(), pin);
        }
        Ok(self)
    }
}

/// How many releases around one are looked at to say how many rows are usual.
const NEAREST: usize = 12;

/// What a build did with kept bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The tables are made of them.
    Built,
    /// They turned out to be unusual, and are removed from the tables.
    Refused,
}

/// Notes which bytes a build has used: their pins are tentative no longer. Those of bytes that are refused are tentative again,
/// so that the next run asks for others.
///
/// # Errors
///
/// The errors of [`crate::Fetcher::fetch`] before anything is fetched.
pub fn confirm(
    snapshots: &Path,
    holder: &str,
    source: &str,
    use_of: impl Fn(&Pin) -> Option<Use>,
) -> Result<(), Error> {
    let is_tentative = |pin: &Pin| match use_of(pin) {
        _ if pin.source != source => pin.is_tentative,
        Some(Use::Built) => false,
        Some(Use::Refused) => true,
        None => pin.is_tentative,
    };
    let is_due = |pin: &Pin| pin.is_tentative != is_tentative(pin);
    if !Lock::read(snapshots)?.pins().any(is_due) {
        return Ok(());
    }
    Store::open(snapshots, holder)?.note(|lock| {
        for pin in lock.pins.values_mut() {
            pin.is_tentative = is_tentative(pin);
        }
    })
}

impl Pin {
    fn key(&self) -> Key {
        (self.source.clone(), self.dataset.clone(), self.period, self.edition, self.url.clone())
    }

    fn version(&self) -> (String, String, Sha256) {
        (self.source.clone(), self.url.clone(), self.sha256)
    }
}

fn key_of(source: &str, release: &Release) -> Key {
    (source.to_owned(), release.dataset.clone(), release.period, release.edition, release.url.clone())
}

#[cfg(test)]
mod tests;
