//! Fetching: what is kept is verified, the rest is fetched from its source.

use std::{
    collections::BTreeSet,
    io::{self, Read},
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use iapt_files::{Sha256, stamp, without_secrets};
use iapt_model::{FirstRows, Release, Snapshot};
use tokio::task::spawn_blocking;

use crate::{
    Check, Error, Event, Listener, Location, Lock, Moment, Pin, Settings, Source,
    arrival::{Arrived, check_rows, check_size},
    client::Clients,
    download::{Download, Got},
    headers::Validators,
    location::Origin,
    patience::Patience,
    seen::Seen,
    store::{Arriving, Store, seen_path, verify},
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
    /// The time, for the lock file.
    pub now: Moment,
    /// Whether kept releases are compared with their source.
    pub check: Check,
    /// Who this is, for another run that finds the folder locked.
    pub holder: String,
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
    /// The band that its dataset declares for the sizes of its files.
    pub size_band: Option<u64>,
    /// The band that its dataset declares for the rows of its files: least and most, in percent.
    pub rows_band_percent: Option<[u64; 2]>,
    /// What its first rows must show where it arrives as a bare file.
    pub first_rows: Option<FirstRows>,
}

/// What became of a request.
#[derive(Debug)]
pub struct Fetched {
    /// The release.
    pub release: Release,
    /// Its snapshot and how it came, or why it is missing.
    pub outcome: Result<(Snapshot, Had), Error>,
    /// The bytes that its address has now, where they are not the pinned ones: kept and verified, but not used.
    pub reissue: Option<Pin>,
    /// Whether it is kept and its source was to be asked for what it has now.
    pub is_asked: bool,
    /// Why it could not be compared with its source, where that was tried.
    pub unchecked: Option<Error>,
    /// How long it took to have it from its source.
    pub took: Duration,
}

/// How a snapshot came.
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

/// Whether a kept release could be compared with its source; none where that was not tried.
type Checked = Option<Result<(), Error>>;

/// What is to be done about one request, at its source.
enum Errand<'a> {
    /// The release is not here.
    Fetch(&'a Request),
    /// The file that is here no longer has this checksum.
    Restore(&'a Request, Sha256),
    /// The release is here, and its source may have other bytes by now.
    Check(&'a Request),
}

/// How an errand ended.
enum Done {
    Fetched(Outcome, Duration),
    /// Other bytes may have taken the place of those that no build has used.
    Checked(Result<Option<(Snapshot, Had)>, Error>),
}

impl Fetcher {
    /// A fetcher; nothing is touched before [`Fetcher::fetch`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Gives every release as a snapshot, kept or fetched, at most two at a time; the results are in the order of the requests.
    ///
    /// Call it on a Tokio runtime with time and I/O enabled. Dropping the future stops it and leaves nothing
    /// half-done.
    ///
    /// # Errors
    ///
    /// [`Error::LockFile`], [`Error::Busy`] or [`Error::Io`] when nothing could be begun. What went wrong with one
    /// release is in its own outcome: [`Error::NotHeld`] when its source lacks it, [`Error::Offline`] when it is not
    /// kept and nothing may be fetched, [`Error::UnusualSize`] and [`Error::UnusualRows`] when it is kept and has to be
    /// acknowledged, [`Error::Changed`] when its bytes are not the pinned ones, [`Error::Damaged`] when those that are
    /// kept are not and nothing may be fetched.
    pub async fn fetch(&self, requests: &[Request]) -> Result<Vec<Fetched>, Error> {
        let lock = Lock::read(&self.config.snapshots)?;
        let mut seen = Seen::read(seen_path(&self.config.snapshots));
        let mut outcomes = Vec::new();
        let mut errands = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            let outcome = self.kept(&lock, &mut seen, &request.release).await;
            match &outcome {
                None => errands.push((index, Errand::Fetch(request))),
                Some(Err(Error::Damaged { pinned, .. }))
                    if self.config.source.location != Location::Nowhere =>
                {
                    errands.push((index, Errand::Restore(request, *pinned)));
                }
                Some(Ok(_)) if self.is_due(&lock, &request.release) => {
                    errands.push((index, Errand::Check(request)));
                }
                Some(_) => {}
            }
            outcomes.push((outcome, None, Duration::ZERO));
        }
        seen.keep()?;
        for (index, done) in self.run(&errands).await? {
            match (outcomes.get_mut(index), done) {
                (Some((outcome, _, took)), Done::Fetched(fetched, time)) => {
                    (*outcome, *took) = (Some(fetched), time);
                }
                (Some((outcome, checked, _)), Done::Checked(found)) => {
                    let replaced = found.map(|replaced| {
                        if let Some(replaced) = replaced {
                            *outcome = Some(Ok(replaced));
                        }
                    });
                    *checked = Some(replaced);
                }
                (None, _) => {}
            }
        }
        let lock = Lock::read(&self.config.snapshots)?;
        let source = &self.config.source;
        let fetched = |(request, (outcome, checked, took)): (&Request, (_, Checked, Duration))| {
            let release = request.release.clone();
            let reissue = lock.reissue(&source.name, &release).cloned();
            let outcome: Option<Outcome> = outcome;
            // Judged when all have come, so that their order makes no difference, and on every run.
            let outcome = outcome?.and_then(|(snapshot, had)| {
                check_size(&lock, source, request, &snapshot)?;
                check_rows(&lock, source, request, &snapshot)?;
                Ok((snapshot, had))
            });
            let is_asked = checked.is_some();
            let unchecked = checked.and_then(Result::err);
            Some(Fetched { release, outcome, reissue, is_asked, unchecked, took })
        };
        Ok(requests.iter().zip(outcomes).filter_map(fetched).collect())
    }

    /// Whether it is time to compare a kept release with its source.
    fn is_due(&self, lock: &Lock, release: &Release) -> bool {
        let Config { source, check, now, .. } = &self.config;
        let is_tentative = lock.pin(&source.name, release).is_some_and(|pin| pin.is_tentative);
        match (check, lock.current(&source.name, &release.url)) {
            _ if source.location == Location::Nowhere => false,
            (Check::Never, _) | (_, None) => false,
            (Check::Always, _) => true,
            (Check::After(pause), Some(newest)) => {
                let pause = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
                // A time in the future was noted while the clock was wrong.
                let is_old =
                    newest.last_seen.is_none_or(|seen| seen > *now || now.seconds_since(seen) >= pause);
                is_tentative || is_old || self.looks_changed(release, newest)
            }
        }
    }

    /// Whether a file in a folder has another size than it had, or was written since.
    fn looks_changed(&self, release: &Release, newest: &Pin) -> bool {
        let Ok(Origin::File(path)) = self.config.source.location.origin(&release.label(), &release.url)
        else {
            return false;
        };
        let Ok(metadata) = fs_err::metadata(path) else { return false };
        let written = metadata.modified().map(Moment::from).ok();
        metadata.len() != newest.bytes || written > newest.last_seen
    }

    /// The kept snapshot of a release, or what is wrong with it; none where it has to be fetched. Its file is read and compared
    /// with the pin unless it was before and nobody has written to it since; where the source is to be asked, always.
    async fn kept(&self, lock: &Lock, seen: &mut Seen, release: &Release) -> Option<Outcome> {
        let source = &self.config.source;
        let pin = lock.pin(&source.name, release)?;
        let pinned = pin.sha256;
        if pin.is_tentative && source.declared(release).is_some_and(|declared| declared != pinned) {
            return None;
        }
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
                let stamp = stamp(&path, self.config.now.unix_seconds()).ok().flatten();
                let is_seen = stamp.is_some_and(|stamp| seen.has(pinned, stamp));
                let release = release.clone();
                let snapshot = if is_seen && self.config.check != Check::Always {
                    Ok(Snapshot::seen(release, &path, pinned, pin.bytes))
                } else {
                    let compared = blocking(move || verify(&release, &path, pinned)).await;
                    if let (Ok(_), Some(stamp)) = (&compared, stamp) {
                        seen.add(pinned, stamp);
                    }
                    compared
                };
                snapshot.map(|snapshot| (snapshot, Had::Kept))
            }
        };
        self.tell_end(release, &outcome);
        Some(outcome)
    }

    /// Does the errands, at most two at a time, and says which outcome belongs to which request.
    async fn run(&self, errands: &[(usize, Errand<'_>)]) -> Result<Vec<(usize, Done)>, Error> {
        let offline = |(index, errand): &(usize, Errand<'_>)| match errand {
            Errand::Fetch(request) | Errand::Restore(request, _) => {
                let outcome = Err(Error::Offline { release: request.release.label() });
                self.tell_end(&request.release, &outcome);
                (*index, Done::Fetched(outcome, Duration::ZERO))
            }
            Errand::Check(_) => (*index, Done::Checked(Ok(None))),
        };
        if errands.is_empty() || self.config.source.location == Location::Nowhere {
            return Ok(errands.iter().map(offline).collect());
        }
        let session = self.session().await?;
        let next = AtomicUsize::new(0);
        // Two workers are two connections, which is as many as a polite visitor opens to one host.
        let (mut done, more) =
            tokio::join!(self.work(&session, errands, &next), self.work(&session, errands, &next));
        done.extend(more);
        Ok(done)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.config.settings
    }

    /// Locks the folder of snapshots for this run.
    pub(crate) async fn session(&self) -> Result<Session, Error> {
        let (folder, holder) = (self.config.snapshots.clone(), self.config.holder.clone());
        let store = Arc::new(blocking(move || Store::open(&folder, &holder)).await?);
        let Config { settings, user_agent, .. } = &self.config;
        let patience = Patience::new(settings.run_deadline);
        Ok(Session { store, clients: Clients::new(settings, user_agent), patience })
    }

    async fn work(
        &self,
        session: &Session,
        errands: &[(usize, Errand<'_>)],
        next: &AtomicUsize,
    ) -> Vec<(usize, Done)> {
        let mut done = Vec::new();
        while let Some((index, errand)) = errands.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((
                *index,
                match errand {
                    Errand::Fetch(request) => self.timed(request, self.fetch_one(session, request)).await,
                    Errand::Restore(request, sha256) => {
                        self.timed(request, self.restore_one(session, request, *sha256)).await
                    }
                    Errand::Check(request) => Done::Checked(self.check_one(session, request).await),
                },
            ));
        }
        done
    }

    /// Waits for an outcome, and says it.
    async fn timed(&self, request: &Request, fetching: impl Future<Output = Outcome>) -> Done {
        let began = Instant::now();
        let outcome = fetching.await;
        self.tell_end(&request.release, &outcome);
        Done::Fetched(outcome, began.elapsed())
    }

    /// Moves the damaged file out of the way, and has it anew.
    async fn restore_one(&self, session: &Session, request: &Request, sha256: Sha256) -> Outcome {
        let store = Arc::clone(&session.store);
        if let Some(path) = blocking(move || store.set_aside(sha256)).await? {
            (self.config.listener)(&request.release, Event::SetAside { path });
        }
        self.fetch_one(session, request).await
    }

    async fn fetch_one(&self, session: &Session, request: &Request) -> Outcome {
        let (arrived, got) = self.arrived(session, request, &[]).await?;
        let bytes = arrived.part.n_bytes();
        let had = Had::Downloaded { bytes, attempts: got.attempts, resumed: got.resumed };
        let store = Arc::clone(&session.store);
        let snapshot = blocking(move || arrived.accept(&store)).await?;
        Ok((snapshot, had))
    }

    /// Asks for the file unless it is a version that is kept; the content decides.
    async fn check_one(
        &self,
        session: &Session,
        request: &Request,
    ) -> Result<Option<(Snapshot, Had)>, Error> {
        let (source, url) = (&self.config.source.name, &request.release.url);
        let versions: Vec<Pin> = {
            let lock = session.store.lock();
            match lock.pin(source, &request.release) {
                // Its bytes have proven nothing yet, whatever tag they came with: they have to be sent again.
                Some(pin) if pin.is_tentative => Vec::new(),
                _ => {
                    let is_told_apart = |pin: &&Pin| pin.etag.is_some() || pin.last_modified.is_some();
                    lock.versions(source, url).into_iter().filter(is_told_apart).cloned().collect()
                }
            }
        };
        let known: Vec<Validators> = versions.iter().map(Validators::of_pin).collect();
        let (arrived, got) = self.arrived(session, request, &known).await?;
        let store = Arc::clone(&session.store);
        if !got.is_unchanged {
            let bytes = arrived.part.n_bytes();
            let had = Had::Downloaded { bytes, attempts: got.attempts, resumed: got.resumed };
            let replaced = blocking(move || arrived.compare(&store)).await?;
            return Ok(replaced.map(|snapshot| (snapshot, had)));
        }
        // The server names the version that it has; one that does not can only mean what was asked for.
        let is_named = |pin: &&Pin| got.validators.etag.is_some() && pin.etag == got.validators.etag;
        let Some(seen) = versions.iter().find(is_named).or(versions.last()) else { return Ok(None) };
        let (source, url, sha256, now) = (source.clone(), url.clone(), seen.sha256, self.config.now);
        blocking(move || store.note(|lock| lock.see(&source, &url, sha256, now, &Validators::default())))
            .await?;
        Ok(None)
    }

    /// All the bytes of a release from its source, unless the source has a version that is known.
    async fn arrived(
        &self,
        session: &Session,
        request: &Request,
        known: &[Validators],
    ) -> Result<(Arrived, Got), Error> {
        let Config { source, settings, listener, now, .. } = &self.config;
        let release = request.release.clone();
        let tell = |event| listener(&request.release, event);
        let (part, from, got) = self
            .brought(
                session,
                &release.label(),
                &release.url,
                &request.hosts,
                Terms { settings, known, tell: &tell },
            )
            .await?;
        let (declared, now) = (source.declared(&release), *now);
        let (source, licence, validators) =
            (source.name.clone(), request.licence.clone(), got.validators.clone());
        let (first_rows, is_proven) = (request.first_rows.clone(), got.is_proven);
        let arrived = Arrived {
            part,
            release,
            from,
            source,
            licence,
            validators,
            first_rows,
            is_proven,
            declared,
            now,
        };
        Ok((arrived, got))
    }

    /// All the bytes that the source has for an address of the publisher's, and where they came from.
    pub(crate) async fn brought(
        &self,
        session: &Session,
        label: &str,
        url: &str,
        hosts: &BTreeSet<String>,
        terms: Terms<'_>,
    ) -> Result<(Arriving, String, Got), Error> {
        let Terms { settings, known, tell } = terms;
        let source = &self.config.source;
        session.patience.time_left(label)?;
        let mut part = session.store.part()?;
        match source.location.origin(label, url)? {
            Origin::File(path) => {
                let (label, limit) = (label.to_owned(), settings.max_bytes);
                let from = path.display().to_string();
                let part = blocking(move || copied(&label, &path, part, limit)).await?;
                Ok((part, from, Got { attempts: 1, is_proven: true, ..Got::default() }))
            }
            Origin::Address(address) => {
                let from = without_secrets(address.as_str());
                let allowed = source.allowed(hosts);
                let Session { clients, patience, .. } = session;
                let download = Download { label, address, allowed, settings, clients, patience, known, tell };
                let got = download.run(&mut part).await?;
                Ok((part, from, got))
            }
        }
    }

    fn tell_end(&self, release: &Release, outcome: &Outcome) {
        let event = match outcome {
            Ok((_, had)) => Event::Finished { had: *had },
            Err(error) => Event::Failed { why: error.to_string() },
        };
        (self.config.listener)(release, event);
    }
}

/// How something is brought.
pub(crate) struct Terms<'a> {
    pub(crate) settings: &'a Settings,
    /// The versions of it that are kept.
    pub(crate) known: &'a [Validators],
    /// Who is told what happens.
    pub(crate) tell: &'a (dyn Fn(Event) + Send + Sync),
}

/// What the downloads of one run share.
pub(crate) struct Session {
    pub(crate) store: Arc<Store>,
    clients: Clients,
    patience: Patience,
}

/// Copies the file of a release out of a folder.
fn copied(release: &str, path: &Path, mut part: Arriving, limit: u64) -> Result<Arriving, Error> {
    let metadata = fs_err::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::NotHeld { release: release.to_owned(), location: path.display().to_string() }
        }
        _ => Error::Io(error),
    })?;
    // A pipe would be waited for.
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
        return Err(Error::NotAFile { release: release.to_owned(), path: path.to_owned(), what });
    }
    let mut file = fs_err::File::open(path)?;
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
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(work).await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
