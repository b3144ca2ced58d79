//! What is looked at before arrived bytes are accepted.

use std::path::Path;

use iapt_archive::{Kind, beginning, kind, published_name, test_member};
use iapt_model::{PackFormat, Release, Sha256, Snapshot};
use url::Url;

use crate::{
    Error, Lock, Moment, Pin, PinnedBy, Request, Source,
    headers::Validators,
    store::{Part, Store, verify},
};

/// All the bytes of a release, and where they came from.
pub(crate) struct Arrived {
    pub(crate) part: Part,
    pub(crate) release: Release,
    /// The address or the path, for messages.
    pub(crate) from: String,
    pub(crate) source: String,
    pub(crate) licence: Option<String>,
    pub(crate) validators: Validators,
    /// The checksum that they must have, where it is known beforehand.
    pub(crate) declared: Option<Sha256>,
    pub(crate) now: Moment,
}

impl Arrived {
    /// Looks the bytes over, compares them with their pins, and keeps them.
    ///
    /// Other bytes than those that the lock file pins are kept as a revision, and refused for the release.
    pub(crate) fn accept(self, store: &Store) -> Result<Snapshot, Error> {
        let found = self.checked()?;
        if let Some(pinned) = self.declared.filter(|pinned| *pinned != found.sha256) {
            let (from, pinned_by) = (self.from, PinnedBy::ReleasesToml);
            return Err(Error::Changed { from, pinned_by, pinned, found: found.sha256 });
        }
        let locked = store.lock().pin(&self.source, &self.release).map(|pin| pin.sha256);
        if let Some(pinned) = locked.filter(|pinned| *pinned != found.sha256) {
            let (sha256, pinned_by) = (found.sha256, PinnedBy::LockFile);
            store.keep(&self.part, sha256, |lock| lock.insert_revision(found))?;
            return Err(Error::Changed { from: self.from, pinned_by, pinned, found: sha256 });
        }
        let sha256 = found.sha256;
        let path = store.keep(&self.part, sha256, |lock| lock.insert(found))?;
        verify(&self.release, &path, sha256)
    }

    /// Compares the bytes with the versions of them that are kept: what is new is kept as a revision, after it has
    /// been looked over as if it were to be used.
    pub(crate) fn compare(self, store: &Store) -> Result<(), Error> {
        let (sha256, _) = Sha256::of_reader(fs_err::File::open(self.part.path())?)?;
        let is_known = {
            let lock = store.lock();
            lock.versions(&self.source, &self.release.url).iter().any(|pin| pin.sha256 == sha256)
        };
        if is_known {
            let Self { source, release, validators, now, .. } = self;
            return store.note(|lock| lock.see(&source, &release.url, sha256, now, &validators));
        }
        let found = self.checked()?;
        store.keep(&self.part, sha256, |lock| lock.insert_revision(found))?;
        Ok(())
    }

    /// Looks the bytes over; what is found is what would be pinned.
    fn checked(&self) -> Result<Pin, Error> {
        // First what they are: of a web page, it says more that it is one than that its checksum is wrong.
        check(self.part.path(), &self.release, &self.from)?;
        let (sha256, bytes) = Sha256::of_reader(fs_err::File::open(self.part.path())?)?;
        let Validators { etag, last_modified } = self.validators.clone();
        Ok(Pin {
            source: self.source.clone(),
            dataset: self.release.dataset.clone(),
            period: self.release.period,
            edition: self.release.edition,
            url: self.release.url.clone(),
            sha256,
            bytes,
            first_seen: Some(self.now),
            last_seen: Some(self.now),
            etag,
            last_modified,
            licence: self.licence.clone(),
        })
    }
}

/// Refuses what is no pack of this release: a web page, an empty or damaged file, an archive without its members.
///
/// Every declared member is inflated once, so that no damage is ever pinned.
fn check(path: &Path, release: &Release, from: &str) -> Result<(), Error> {
    let refused = |error| match error {
        iapt_archive::Error::Io(error) => Error::Io(error),
        iapt_archive::Error::Refused { problem, .. } => Error::NotAccepted { from: from.to_owned(), problem },
        other => Error::Io(std::io::Error::other(other.to_string())),
    };
    if kind(path).map_err(refused)? == Kind::Plain && !is_bare(release) {
        let begins = beginning(path).map_err(refused)?;
        return Err(Error::NotAnArchive { from: from.to_owned(), begins });
    }
    for member in &release.members {
        let name = published_name(path, &member.name).map_err(refused)?;
        test_member(path, &name).map_err(refused)?;
    }
    Ok(())
}

/// How many others have to be there before a size can be called unusual.
const FEWEST_NEIGHBOURS: usize = 3;

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
    let n_neighbours = neighbours.len();
    let Some(&median) = neighbours.get(n_neighbours / 2).filter(|_| n_neighbours >= FEWEST_NEIGHBOURS) else {
        return Ok(());
    };
    let is_usual = bytes <= median.saturating_mul(*band) && median <= bytes.saturating_mul(*band);
    if is_usual {
        return Ok(());
    }
    Err(Error::UnusualSize { release: release.label(), bytes, median, n_neighbours })
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
