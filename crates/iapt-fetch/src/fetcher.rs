//! Fetching: what is kept is verified, the rest is had from its source.

use std::{
    collections::BTreeSet,
    io::{self, Read},
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use iapt_model::{Release, Snapshot};
use tokio::task::spawn_blocking;

use crate::{
    Error, Event, Listener, Lock, Place, Source,
    arrival::Arrived,
    client::Clients,
    download::{Download, Got},
    place::Origin,
    store::{Part, Store, verify},
};

/// What requests call themselves, unless told otherwise.
pub const USER_AGENT: &str =
    concat!("iapt/", env!("CARGO_PKG_VERSION"), " (open-data pipeline for NHS Talking Therapies statistics)");

/// Turns releases into snapshots.
pub struct Fetcher {
    config: Config,
}

/// Where to fetch from, where to keep it, and how patiently.
pub struct Config {
    /// Where releases come from.
    pub source: Source,
    /// The folder of snapshots; made where it is missing.
    pub snapshots: PathBuf,
    /// How patiently.
    pub settings: Settings,
    /// What requests call themselves: [`USER_AGENT`].
    pub user_agent: String,
    /// Who is told what happens.
    pub listener: Listener,
}

/// How patiently, and how much at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Attempts at one file.
    pub attempts: u32,
    /// Redirects followed in one attempt.
    pub redirects: u32,
    /// Bytes of one file.
    pub max_bytes: u64,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub read_timeout: Duration,
    /// How long one file may take, with all its attempts and waits.
    pub deadline: Duration,
    /// The wait before the second attempt; it doubles with each one after.
    pub backoff: Duration,
    /// The longest such wait.
    pub backoff_cap: Duration,
    /// The longest wait that a server is granted when it asks for one.
    pub retry_after_cap: Duration,
}

impl Settings {
    /// For the publisher, at three in the morning.
    pub const DEFAULT: Self = Self {
        attempts: 5,
        redirects: 5,
        max_bytes: 1 << 29,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_mins(1),
        deadline: Duration::from_mins(15),
        backoff: Duration::from_millis(500),
        backoff_cap: Duration::from_secs(30),
        retry_after_cap: Duration::from_mins(2),
    };
}

/// One release that is wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// The release.
    pub release: Release,
    /// The hosts that its dataset allows.
    pub hosts: BTreeSet<String>,
    /// The licence of its dataset, for the lock file.
    pub licence: Option<String>,
}

/// What became of a request.
#[derive(Debug)]
pub struct Fetched {
    /// The release.
    pub release: Release,
    /// Its snapshot and how it was had, or why it could not be had.
    pub outcome: Result<(Snapshot, Had), Error>,
}

/// How a snapshot was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Had {
    /// It was here already; nothing was asked for.
    Kept,
    /// It was fetched from its source just now.
    Downloaded {
        /// How many bytes it has.
        bytes: u64,
        /// How many attempts it took.
        attempts: u32,
        /// How many of them went on where another had stopped.
        resumed: u32,
    },
}

type Outcome = Result<(Snapshot, Had), Error>;

impl Fetcher {
    /// A fetcher; nothing is touched before [`Fetcher::fetch`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Has every release, kept or fetched, at most two at a time; the results are in the order of the requests.
    ///
    /// Call it on a Tokio runtime with time and I/O enabled. Dropping the future stops it and leaves nothing
    /// half-done.
    ///
    /// # Errors
    ///
    /// [`Error::LockFile`], [`Error::Busy`] or [`Error::Io`] when nothing could be begun. What went wrong with one
    /// release is in its own outcome: [`Error::NotHeld`] when its source lacks it, [`Error::Offline`] when it is not
    /// kept and nothing may be fetched, [`Error::Changed`] and [`Error::Damaged`] when its bytes are not the pinned
    /// ones.
    pub async fn fetch(&self, requests: &[Request]) -> Result<Vec<Fetched>, Error> {
        let lock = Lock::read(&self.config.snapshots)?;
        let mut outcomes = Vec::new();
        for request in requests {
            outcomes.push(self.kept(&lock, &request.release).await);
        }
        let missing = requests.iter().enumerate().zip(&outcomes).filter(|(_, outcome)| outcome.is_none());
        let missing: Vec<(usize, &Request)> = missing.map(|(request, _)| request).collect();
        for (index, outcome) in self.fetch_missing(&missing).await? {
            if let Some(place) = outcomes.get_mut(index) {
                *place = Some(outcome);
            }
        }
        let fetched = |(request, outcome): (&Request, Option<Outcome>)| {
            Some(Fetched { release: request.release.clone(), outcome: outcome? })
        };
        Ok(requests.iter().zip(outcomes).filter_map(fetched).collect())
    }

    /// The kept snapshot of a release, verified, or what is wrong with it; none where it has to be fetched.
    async fn kept(&self, lock: &Lock, release: &Release) -> Option<Outcome> {
        let source = &self.config.source;
        let pinned = lock.pin(&source.name, release)?.sha256;
        let path = lock.object(pinned);
        // Where it cannot be looked at, reading it says why.
        if !path.try_exists().unwrap_or(true) {
            return None;
        }
        let outcome = match source.declared(release) {
            Some(declared) if declared != pinned => {
                Err(Error::PinsDiffer { release: release.label(), locked: pinned, declared })
            }
            _ => {
                let release = release.clone();
                blocking(move || verify(&release, &path, pinned)).await.map(|snapshot| (snapshot, Had::Kept))
            }
        };
        self.tell_end(release, &outcome);
        Some(outcome)
    }

    /// Fetches what is not kept, at most two files at a time, and says which outcome belongs to which request.
    async fn fetch_missing(&self, missing: &[(usize, &Request)]) -> Result<Vec<(usize, Outcome)>, Error> {
        let offline = |(index, request): &(usize, &Request)| {
            let outcome = Err(Error::Offline { release: request.release.label() });
            self.tell_end(&request.release, &outcome);
            (*index, outcome)
        };
        if missing.is_empty() || self.config.source.place == Place::Nowhere {
            return Ok(missing.iter().map(offline).collect());
        }
        let folder = self.config.snapshots.clone();
        let session = Session {
            store: Arc::new(blocking(move || Store::claim(&folder)).await?),
            clients: Clients::new(&self.config.settings, &self.config.user_agent),
        };
        let next = AtomicUsize::new(0);
        // Two workers are two connections, which is as many as a polite visitor opens to one host.
        let (mut outcomes, more) =
            tokio::join!(self.work(&session, missing, &next), self.work(&session, missing, &next));
        outcomes.extend(more);
        Ok(outcomes)
    }

    async fn work(
        &self,
        session: &Session,
        missing: &[(usize, &Request)],
        next: &AtomicUsize,
    ) -> Vec<(usize, Outcome)> {
        let mut outcomes = Vec::new();
        while let Some((index, request)) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = self.fetch_one(session, request).await;
            self.tell_end(&request.release, &outcome);
            outcomes.push((*index, outcome));
        }
        outcomes
    }

    async fn fetch_one(&self, session: &Session, request: &Request) -> Outcome {
        let Config { source, settings, listener, .. } = &self.config;
        let release = request.release.clone();
        let mut part = session.store.part()?;
        let (from, got) = match source.place.origin(&release)? {
            Origin::File(path) => {
                let (label, limit) = (release.label(), settings.max_bytes);
                let from = path.display().to_string();
                part = blocking(move || copied(&label, &path, part, limit)).await?;
                (from, Got { attempts: 1, ..Got::default() })
            }
            Origin::Address(address) => {
                let from = address.to_string();
                let allowed = source.allowed(&request.hosts);
                let tell = |event| listener(&request.release, event);
                let clients = &session.clients;
                let download =
                    Download { release: &release, address, allowed, settings, clients, tell: &tell };
                (from, download.run(&mut part).await?)
            }
        };
        let had = Had::Downloaded { bytes: part.n_bytes(), attempts: got.attempts, resumed: got.resumed };
        let declared = source.declared(&release);
        let (source, licence, validators) = (source.name.clone(), request.licence.clone(), got.validators);
        let arrived = Arrived { part, release, from, source, licence, validators, declared };
        let store = Arc::clone(&session.store);
        let snapshot = blocking(move || arrived.accept(&store)).await?;
        Ok((snapshot, had))
    }

    fn tell_end(&self, release: &Release, outcome: &Outcome) {
        let event = match outcome {
            Ok((_, had)) => Event::Finished { had: *had },
            Err(error) => Event::Failed { why: error.to_string() },
        };
        (self.config.listener)(release, event);
    }
}

/// What the downloads of one run share.
struct Session {
    store: Arc<Store>,
    clients: Clients,
}

/// Copies the file of a release out of a folder.
fn copied(release: &str, path: &Path, mut part: Part, limit: u64) -> Result<Part, Error> {
    let opened = fs_err::File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::NotHeld { release: release.to_owned(), place: path.display().to_string() }
        }
        _ => Error::Io(error),
    });
    let mut file = opened?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n_read = file.read(&mut buffer)?;
        let chunk = buffer.get(..n_read).unwrap_or_default();
        if chunk.is_empty() {
            return Ok(part);
        }
        part.write(chunk)?;
        if part.n_bytes() > limit {
            return Err(Error::TooLarge { from: path.display().to_string(), limit });
        }
    }
}

/// Runs work that waits for the disk or the processor where it holds up no connection.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(work).await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
