//! What can go wrong between a release and its snapshot.

use std::{fmt, io, path::PathBuf};

use iapt_archive::Problem;
use iapt_files::Sha256;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The lock file is not understood.
    #[error("the lock file `{}` is not understood: {why}", path.display())]
    LockFile {
        /// The lock file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another run is fetching into the same folder.
    #[error("another run is fetching into `{}`: {holder}", path.display())]
    Busy {
        /// The folder of snapshots.
        path: PathBuf,
        /// What the other run says of itself.
        holder: String,
    },
    /// The two sides could not agree on a safe connection.
    #[error("`{url}` is not trusted: {why}")]
    NotTrusted {
        /// The address.
        url: String,
        /// What is wrong with the certificate, or why no safe connection could be agreed.
        why: String,
    },
    /// The server asks not to be requested again for longer than a run waits.
    #[error("`{url}` asks not to be requested again for {seconds} seconds")]
    AskedToWait {
        /// The address.
        url: String,
        /// For how long.
        seconds: u64,
    },
    /// The host was not asked, because of how it answered before.
    #[error("{release} was not requested from `{host}`: {why}")]
    HostGivenUp {
        /// The release.
        release: String,
        /// The host, with its port where it is not the usual one.
        host: String,
        /// How it answered.
        why: String,
    },
    /// The time of the run was over before the release could be asked for.
    #[error("{release} was not requested: the {seconds} seconds that fetching may take are over")]
    OutOfTime {
        /// The release.
        release: String,
        /// How long the run may take.
        seconds: u64,
    },
    /// What stands in a folder under the name of a file is none.
    #[error("`{}` of {release} is not a file: it is {what}", path.display())]
    NotAFile {
        /// The release.
        release: String,
        /// The path.
        path: PathBuf,
        /// What it is, with its article.
        what: &'static str,
    },
    /// Connections cannot be made from this machine at all.
    #[error("no connection can be made: {why}")]
    Client {
        /// What is missing.
        why: String,
    },
    /// The release is not kept, and no connection may be made.
    #[error("{release} is not kept here, and no connection is allowed")]
    Offline {
        /// The release.
        release: String,
    },
    /// The source does not hold the release.
    #[error("{release} is not at its source: nothing at `{location}`")]
    NotHeld {
        /// The release.
        release: String,
        /// The address or the path that was looked at.
        location: String,
    },
    /// The address of a release cannot be asked for.
    #[error("the address of {release} cannot be used: `{url}` {why}")]
    Address {
        /// The release.
        release: String,
        /// The address as declared.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A release's own address is on a host that its dataset does not allow.
    #[error("connections to this address are not allowed: `{url}`")]
    ForbiddenAddress {
        /// The address.
        url: String,
    },
    /// The server sends its visitors somewhere that is not allowed.
    #[error("`{from}` redirects to an address that is not allowed: `{to}`")]
    ForbiddenRedirect {
        /// The address asked.
        from: String,
        /// The address that it sends to.
        to: String,
    },
    /// The server sends its visitors on and on.
    #[error("`{url}` redirects more than {limit} times")]
    TooManyRedirects {
        /// The first address.
        url: String,
        /// How many redirects are followed.
        limit: u32,
    },
    /// The server refuses in a way that asking again does not change.
    #[error("`{url}` answers with status {status}")]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// Every attempt failed.
    #[error("`{url}` failed after {attempts} attempts: {why}")]
    GaveUp {
        /// The address.
        url: String,
        /// How many attempts were made.
        attempts: u32,
        /// Why the last one failed.
        why: String,
    },
    /// The attempts together took too long.
    #[error("`{url}` did not arrive within {seconds} seconds")]
    Deadline {
        /// The address.
        url: String,
        /// How long one file may take.
        seconds: u64,
    },
    /// The file is larger than any that is expected.
    #[error("`{from}` is too large: more than {limit} bytes")]
    TooLarge {
        /// The address or the path.
        from: String,
        /// How many bytes are allowed.
        limit: u64,
    },
    /// What arrived is not what it should be.
    #[error("`{from}` {problem}")]
    NotAccepted {
        /// The address or the path.
        from: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Text arrived where an archive is declared.
    #[error("`{from}` is text, not an archive; it begins with `{begins}`")]
    NotAnArchive {
        /// The address or the path.
        from: String,
        /// Its first characters.
        begins: String,
    },
    /// Text arrived that is another file than the one that is declared.
    #[error("`{from}` is not the file that is declared: {why}; it begins with `{begins}`")]
    NotTheFile {
        /// The address or the path.
        from: String,
        /// What is wrong with it.
        why: String,
        /// Its first characters.
        begins: String,
    },
    /// Text arrived without anything that says where it ends.
    #[error("`{from}` may be incomplete: the server did not say how long it is")]
    Unproven {
        /// The address.
        from: String,
    },
    /// Other bytes arrived than those that are pinned.
    #[error("`{from}` has changed: {pinned_by} pins sha256 {pinned}, found {found}")]
    Changed {
        /// The address or the path.
        from: String,
        /// Where the checksum is pinned.
        pinned_by: PinnedBy,
        /// The pinned checksum.
        pinned: Sha256,
        /// The checksum of the bytes that arrived.
        found: Sha256,
    },
    /// The file is kept, but is far smaller or larger than others of its kind, and nobody has acknowledged it.
    #[error(
        "{release} is kept but not used: it has {bytes} bytes, and the median of the {n_neighbours} others like it is {median}"
    )]
    UnusualSize {
        /// The release.
        release: String,
        /// Its checksum.
        sha256: Sha256,
        /// How many bytes it has.
        bytes: u64,
        /// The median of the others.
        median: u64,
        /// How many others there are.
        n_neighbours: usize,
    },
    /// The file is kept, but has far fewer or more rows than its neighbours in time, and nobody has acknowledged it.
    #[error(
        "{release} is kept but not used: it has {rows} rows, and the median of the {n_neighbours} others nearest in time is {median}"
    )]
    UnusualRows {
        /// The release.
        release: String,
        /// Its checksum.
        sha256: Sha256,
        /// How many rows it has.
        rows: u64,
        /// The median of the others.
        median: u64,
        /// How many others there are.
        n_neighbours: usize,
    },
    /// A page of the publisher's is not built as its pages are known to be.
    #[error(
        "`{url}` does not look like a page of the publisher: found no link in the block `{missing}`; the page's title is `{title}`"
    )]
    NoSuchPage {
        /// The address.
        url: String,
        /// The block that was looked for.
        missing: &'static str,
        /// The title of the page.
        title: String,
    },
    /// The bytes on this disk are no longer those that were kept.
    #[error("the kept file `{}` of {release} is damaged: pinned sha256 {pinned}, found {found}", path.display())]
    Damaged {
        /// The release.
        release: String,
        /// The file.
        path: PathBuf,
        /// The pinned checksum.
        pinned: Sha256,
        /// The checksum of the file.
        found: Sha256,
    },
    /// The lock file and releases.toml disagree.
    #[error(
        "{release} is pinned twice, differently: the lock file says sha256 {locked}, releases.toml says {declared}"
    )]
    PinsDiffer {
        /// The release.
        release: String,
        /// The checksum in the lock file.
        locked: Sha256,
        /// The checksum in releases.toml.
        declared: Sha256,
    },
}

/// What pins a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinnedBy {
    /// The lock file: the bytes that were fetched first.
    LockFile,
    /// The declared releases: the bytes that the publication is known to have.
    ReleasesToml,
}

impl fmt::Display for PinnedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LockFile => "the lock file",
            Self::ReleasesToml => "releases.toml",
        })
    }
}

impl Error {
    /// How often the source was asked; at least once, unless it did not come to that.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        let is_unasked = matches!(
            self,
            Self::Io(_)
                | Self::Offline { .. }
                | Self::LockFile { .. }
                | Self::Busy { .. }
                | Self::Client { .. }
                | Self::Address { .. }
                | Self::ForbiddenAddress { .. }
                | Self::Damaged { .. }
                | Self::PinsDiffer { .. }
                | Self::UnusualSize { .. }
                | Self::UnusualRows { .. }
                | Self::HostGivenUp { .. }
                | Self::OutOfTime { .. }
        );
        match self {
            Self::GaveUp { attempts, .. } => *attempts,
            _ => u32::from(!is_unasked),
        }
    }

    /// Whether the source did not answer, so that asking another time may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::GaveUp { .. } | Self::Deadline { .. } | Self::AskedToWait { .. })
    }

    /// What to do, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io(_) => return None,
            // Of an address, there is no file to remove.
            Self::NotAccepted {
                from,
                problem:
                    Problem::Empty
                    | Problem::Truncated { .. }
                    | Problem::Damaged { .. }
                    | Problem::BadChecksum { .. },
            } if from.contains("://") => {
                "try again later: nothing of it is kept; if it stays so, the file is damaged at its source"
            }
            Self::NotAccepted { problem, .. } => return problem.hint(),
            Self::Damaged { .. } => {
                "run `iapt fetch` without --offline: the damaged file is set aside and fetched again"
            }
            Self::UnusualSize { bytes, median, .. } if bytes.saturating_mul(10) < *median => {
                "it is far too small to be what it should be; the next run asks for it again"
            }
            Self::UnusualRows { rows, .. } => {
                return Some(format!(
                    "look at the file: if it is what it should be, write `acknowledged_rows = {rows}` under its [[release]] in releases.toml; until then the next run asks for it again"
                ));
            }
            Self::UnusualSize { bytes, .. } => {
                return Some(format!(
                    "look at the file: if it is what it should be, write `acknowledged_bytes = {bytes}` under its [[release]] in releases.toml"
                ));
            }
            Self::NoSuchPage { .. } => {
                "open it in a browser: the publisher may ask visitors to prove that they are human, or may have rebuilt its pages; new releases can be declared by hand"
            }
            Self::NotTrusted { .. } => {
                "compare the address with the publication page, and look at the clock and the certificates of this machine (ca-certificates), or whether a proxy stands between"
            }
            Self::AskedToWait { .. } => "run again after that time; what is kept is used meanwhile",
            Self::HostGivenUp { .. } | Self::OutOfTime { .. } => {
                "run again later; the releases that arrived are kept (--deadline says how long fetching may take)"
            }
            Self::NotAFile { .. } => "put the file itself there",
            Self::NotTheFile { .. } => {
                "open the address in a browser: the publisher may be refusing robots, or may have mixed up its files; nothing of it is kept. If its columns are new, declare them in columns.csv"
            }
            Self::Unproven { .. } => {
                "try again later; if it stays so, put the file into a folder and fetch from there (--source)"
            }
            Self::LockFile { .. } => {
                "restore the lock file from a copy, or remove it: the next fetch then pins what it finds"
            }
            Self::Busy { .. } => "wait until the other run has ended, or name another folder with --data",
            Self::Client { .. } => {
                "install the system's certificates (the package is often called ca-certificates)"
            }
            Self::Offline { .. } => "run `iapt fetch` once without --offline",
            Self::NotHeld { .. } => {
                "the file may have moved: compare the address in releases.toml with the publication page, or leave the period out"
            }
            Self::Address { .. } => "correct the address in releases.toml",
            Self::ForbiddenAddress { .. } | Self::ForbiddenRedirect { .. } => {
                "if the publisher has moved to this host, add it to `hosts` in dataset.toml"
            }
            Self::Status { .. } | Self::TooManyRedirects { .. } | Self::NotAnArchive { .. } => {
                "open the address in a browser: the publisher may be refusing robots, or may have moved the file"
            }
            Self::GaveUp { .. } | Self::Deadline { .. } => {
                "try again later; the releases that arrived are kept, and nothing of this one is"
            }
            Self::TooLarge { .. } => "look at the file by hand before trusting it",
            Self::Changed { pinned_by: PinnedBy::LockFile, .. } => {
                "the new bytes are kept: `iapt revisions` says what differs and how to declare them as the next edition; if what was pinned was wrong, remove its [[snapshot]] from the lock file and fetch again"
            }
            Self::Changed { pinned_by: PinnedBy::ReleasesToml, .. } => {
                "if the publisher has re-issued the file, add a [[release]] with the next edition and its sha256 to releases.toml"
            }
            Self::PinsDiffer { .. } => {
                "if releases.toml is right, remove the [[snapshot]] from the lock file and fetch again"
            }
        };
        Some(hint.to_owned())
    }
}
