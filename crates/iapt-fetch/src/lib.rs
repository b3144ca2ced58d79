//! Turns a release into a snapshot: download, verify, keep.
//!
//! Snapshots are kept by content, in `objects/<sha256>`, and a lock file pins the checksum of every release from each
//! source when it is first fetched. A release that is kept and verified needs no network; one that is not is downloaded,
//! looked over ([`Error::NotAccepted`]), compared with its pin, and only then given its name. Nothing half-done is
//! ever visible under a final name. This is the only crate that opens a socket outward.
//!
//! What the publisher lists on its pages is read by [`Fetcher::discover`].
//!
//! From time to time ([`Check`]) the source is asked whether a kept release still has the bytes that it had. Other
//! bytes at the same address are a revision: looked over, kept beside those before, reported ([`Fetched::reissue`]),
//! and not used until releases.toml declares them as an edition. Nor is a file used whose size or number of rows is far
//! from that of others like it, until releases.toml acknowledges it ([`Error::UnusualSize`], [`Error::UnusualRows`]).
//!
//! A pin is tentative until a build has used its bytes ([`confirm`]): until then its address is asked on every run, and
//! other bytes replace it.

mod arrival;
mod client;
mod discovery;
mod download;
mod error;
mod event;
mod fetcher;
mod headers;
mod html;
mod location;
mod lock;
mod moment;
mod patience;
mod pause;
mod seen;
mod settings;
mod store;

pub use discovery::{Edition, ListedFile, Series};
pub use error::{Error, PinnedBy};
pub use event::{Event, Listener, silent};
pub use fetcher::{Config, Fetched, Fetcher, Had, Request, USER_AGENT};
pub use location::{Location, Source, check_address};
pub use lock::{Holding, Lock, Pin, Use, confirm};
pub use moment::{Moment, NotAMoment};
pub use settings::{Check, Settings};
pub use store::clear_unfinished;
