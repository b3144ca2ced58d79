//! What is looked at before arrived bytes are accepted.

use std::{io::Read, path::Path};

use iapt_archive::{Kind, beginning, kind, published_name, test_member};
use iapt_files::Sha256;
use iapt_model::{FirstRows, PackFormat, Release, Snapshot};
use url::Url;

use crate::{
    Error, Lock, Moment, Pin, PinnedBy, Request, Source,
    headers::Validators,
    store::{Arriving, Store, verify},
};

/// All the bytes of a release, and where they came from.
pub(crate) struct Arrived {
    pub(crate) part: Arriving,
    pub(crate) release: Release,
    /// The address or the path, for messages.
    pub(crate) from: String,
    pub(crate) source: String,
    pub(crate) licence: Option<String>,
    pub(crate) validators: Validators,
    /// What a bare file must show.
    pub(crate) first_rows: Option<FirstRows>,
    /// Whether the way that they came proves that they are all.
    pub(crate) is_proven: bool,
    /// The checksum that they must have, where it is known beforehand.
    pub(crate) declared: Option<Sha256>,
    pub(crate) now: Moment,
}

impl Arrived {
    /// Looks the bytes over, compares them with their pins, and keeps them.
    ///
    /// Other bytes than those that the lock file pins are kept as a revision, and refused for the release, unless no
    /// build has used those that are pinned.
    pub(crate) fn accept(self, store: &Store) -> Result<Snapshot, Error> {
        let found = self.checked()?;
        if let Some(pinned) = self.declared.filter(|pinned| *pinned != found.sha256) {
            let (from, pinned_by) = (self.from, PinnedBy::ReleasesToml);
            return Err(Error::Changed { from, pinned_by, pinned, found: found.sha256 });
        }
        let locked = self.pinned(store).filter(|(pinned, _)| *pinned != found.sha256);
        if let Some((pinned, true)) = locked {
            return self.replace(store, pinned, found);
        }
        if let Some((pinned, false)) = locked {
            let (sha256, pinned_by) = (found.sha256, PinnedBy::LockFile);
            store.keep(&self.part, sha256, |lock| lock.insert_revision(found))?;
            return Err(Error::Changed { from: self.from, pinned_by, pinned, found: sha256 });
        }
        let sha256 = found.sha256;
        let path = store.keep(&self.part, sha256, |lock| lock.insert(found))?;
        verify(&self.release, &path, sha256)
    }

    /// What is pinned for the release, and whether it is tentative.
    fn pinned(&self, store: &Store) -> Option<(Sha256, bool)> {
        store.lock().pin(&self.source, &self.release).map(|pin| (pin.sha256, pin.is_tentative))
    }

    /// Pins the bytes in place of others that no build has used.
    fn replace(&self, store: &Store, old: Sha256, found: Pin) -> Result<Snapshot, Error> {
        let sha256 = found.sha256;
        let path = store.replace(&self.part, (old, sha256), |lock| lock.insert(found))?;
        verify(&self.release, &path, sha256)
    }

    /// Compares the bytes with the versions of them that are kept: what is new is kept as a revision, after it has
    /// been looked over as if it were to be used.
    ///
    /// Where no build has used what is pinned, other bytes take its place, and are given back, unless releases.toml declares
    /// the checksum of others.
    pub(crate) fn compare(self, store: &Store) -> Result<Option<Snapshot>, Error> {
        let (sha256, _) = Sha256::of_reader(fs_err::File::open(self.part.path())?)?;
        let is_allowed = self.declared.is_none_or(|declared| declared == sha256);
        if let Some((old, true)) = self.pinned(store).filter(|(pinned, _)| *pinned != sha256 && is_allowed) {
            let found = self.checked()?;
            return self.replace(store, old, found).map(Some);
        }
        let is_known = {
            let lock = store.lock();
            lock.versions(&self.source, &self.release.url).iter().any(|pin| pin.sha256 == sha256)
        };
        if is_known {
            let Self { source, release, validators, now, .. } = self;
            store.note(|lock| lock.see(&source, &release.url, sha256, now, &validators))?;
            return Ok(None);
        }
        let found = self.checked()?;
        store.keep(&self.part, sha256, |lock| lock.insert_revision(found))?;
        Ok(None)
    }

    /// Looks the bytes over; what is found is what would be pinned.
    fn checked(&self) -> Result<Pin, Error> {
        let (sha256, bytes) = Sha256::of_reader(fs_err::File::open(self.part.path())?)?;
        // First what they are: of a web page, it says more that it is one than that its checksum is wrong.
        let rows = self.look_over(self.declared == Some(sha256))?;
        let Validators { etag, last_modified } = self.validators.clone();
        Ok(Pin {
            source: self.source.clone(),
            dataset: self.release.dataset.clone(),
            period: self.release.period,
            edition: self.release.edition,
            url: self.release.url.clone(),
            sha256,
            bytes,
            rows,
            first_seen: Some(self.now),
            last_seen: Some(self.now),
            etag,
            last_modified,
            licence: self.licence.clone(),
            is_tentative: self.declared != Some(sha256),
            is_superseded: false,
        })
    }

    /// Refuses what is no pack of this release: a web page, an empty or damaged file, an archive without its members, a
    /// bare file that is another one or that may lack its end. Bytes that have a declared checksum need no more proof.
    ///
    /// Every declared member is inflated once, so that no damage is ever pinned. Gives the number of rows under the
    /// headers of all members, where they are text.
    fn look_over(&self, is_declared: bool) -> Result<Option<u64>, Error> {
        let (path, release, from) = (self.part.path(), &self.release, &self.from);
        let refused = |error| match error {
            iapt_archive::Error::Io(error) => Error::Io(error),
            iapt_archive::Error::Refused { problem, .. } => {
                Error::NotAccepted { from: from.clone(), problem }
            }
            other => Error::Io(std::io::Error::other(other.to_string())),
        };
        if kind(path).map_err(refused)? == Kind::Plain && !is_declared {
            let begins = beginning(path).map_err(refused)?;
            if !is_bare(release) {
                return Err(Error::NotAnArchive { from: from.clone(), begins });
            }
            if let Some(Err(why)) =
                self.first_rows.as_ref().map(|rows| check_first_rows(path, rows)).transpose()?
            {
                return Err(Error::NotTheFile { from: from.clone(), why, begins });
            }
            if !self.is_proven {
                return Err(Error::Unproven { from: from.clone() });
            }
        }
        let mut n_rows = Some(0_u64);
        for member in &release.members {
            let name = published_name(path, &member.name).map_err(refused)?;
            let lines = test_member(path, &name).map_err(refused)?.lines;
            let header = u64::try_from(member.header_row).unwrap_or(u64::MAX);
            n_rows = n_rows.zip(lines).map(|(sum, lines)| sum.saturating_add(lines.saturating_sub(header)));
        }
        Ok(n_rows)
    }
}

/// No header of a file is longer.
const HEAD_BYTES: u64 = 1 << 20;

/// Reads the header of a bare file and the row under it, and says whether they are those of the file that is declared.
fn check_first_rows(path: &Path, expected: &FirstRows) -> Result<Result<(), String>, Error> {
    let mut head = Vec::new();
    fs_err::File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let text = String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head)).into_owned();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    // A parser of text in memory that accepts any number of cells has nothing to fail at.
    let mut rows = reader.records().filter_map(Result::ok);
    let mut row = |skipped| -> Vec<String> {
        rows.nth(skipped).map(|row| row.iter().map(str::to_owned).collect()).unwrap_or_default()
    };
    let header = row(expected.header_row.saturating_sub(1));
    Ok(expected.check(&header, &row(0)))
}

/// How many others have to be there before a size can be called unusual.
const FEWEST_NEIGHBOURS: usize = 3;

/// The middle of numbers in order; none of fewer than can tell what is usual.
fn median(neighbours: &[u64]) -> Option<u64> {
    let middle = neighbours.get(neighbours.len() / 2).copied();
    middle.filter(|_| neighbours.len() >= FEWEST_NEIGHBOURS)
}

/// Refuses a size that is far from the median of the other releases of the same dataset and format, unless it is
/// declared: as acknowledged, or with the checksum of the file.
pub(crate) fn check_size(
    lock: &Lock,
    source: &Source,
    request: &Request,
    snapshot: &Snapshot,
) -> Result<(), Error> {
    let Request { release, size_band: Some(band), .. } = request else { return Ok(()) };
    let bytes = snapshot.bytes();
    if release.acknowledged_bytes.contains(&bytes) || source.declared(release).is_some() {
        return Ok(());
    }
    let neighbours = lock.neighbours(&source.name, release);
    let Some(median) = median(&neighbours) else { return Ok(()) };
    let n_neighbours = neighbours.len();
    let is_usual = bytes <= median.saturating_mul(*band) && median <= bytes.saturating_mul(*band);
    if is_usual {
        return Ok(());
    }
    Err(Error::UnusualSize {
        release: release.label(),
        sha256: snapshot.sha256(),
        bytes,
        median,
        n_neighbours,
    })
}

/// Refuses a number of rows that is far from the median of the releases nearest in time, unless it is declared: as
/// acknowledged, or with the checksum of the file. The stand-in publisher has as many rows as it has figures.
pub(crate) fn check_rows(
    lock: &Lock,
    source: &Source,
    request: &Request,
    snapshot: &Snapshot,
) -> Result<(), Error> {
    let Request { release, rows_band_percent: Some([least, most]), .. } = request else { return Ok(()) };
    let pin = lock.pin(&source.name, release).filter(|pin| pin.sha256 == snapshot.sha256());
    let Some(rows) = pin.and_then(|pin| pin.rows) else { return Ok(()) };
    if source.is_stand_in || release.acknowledged_rows.contains(&rows) || source.declared(release).is_some() {
        return Ok(());
    }
    let neighbours = lock.rows_nearby(&source.name, release);
    let Some(median) = median(&neighbours) else { return Ok(()) };
    let n_neighbours = neighbours.len();
    let percent = rows.saturating_mul(100);
    if median.saturating_mul(*least) <= percent && percent <= median.saturating_mul(*most) {
        return Ok(());
    }
    Err(Error::UnusualRows {
        release: release.label(),
        sha256: snapshot.sha256(),
        rows,
        median,
        n_neighbours,
    })
}

/// Whether a release is declared as one bare file, or its address ends with the name of its only member.
///
/// Otherwise text at its address is an error message that came with the wrong status, not data.
fn is_bare(release: &Release) -> bool {
    if release.format == PackFormat::Csv {
        return true;
    }
    let address = Url::parse(&release.url).ok();
    let file_name = address.as_ref().and_then(|address| address.path_segments()?.next_back());
    matches!(release.members.as_slice(), [member] if file_name == Some(member.name.as_str()))
}
