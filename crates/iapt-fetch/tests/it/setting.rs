//! What every test needs: a folder, packs, releases, a fetcher in a hurry, and what it told.

use std::{
    collections::BTreeSet,
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use iapt_fetch::{
    Check, Config, Error, Event, Fetched, Fetcher, Had, Location, Lock, Request, Settings, Source, USER_AGENT,
};
use iapt_files::Sha256;
use iapt_model::{FirstRows, Key, Member, PackFormat, Release, Role, Snapshot};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// Patient enough for a busy machine, and no more.
pub(crate) const SETTINGS: Settings = Settings {
    attempts: 5,
    redirects: 5,
    max_bytes: 1_000_000,
    connect_timeout: Duration::from_secs(2),
    read_timeout: Duration::from_secs(5),
    deadline: Duration::from_mins(1),
    run_deadline: Duration::from_mins(5),
    backoff: Duration::from_millis(2),
    backoff_cap: Duration::from_millis(10),
    retry_after_cap: Duration::from_millis(40),
};

/// A folder of snapshots and a fetcher's configuration.
pub(crate) struct Setting {
    pub(crate) folder: TempDir,
    pub(crate) location: Location,
    pub(crate) is_stand_in: bool,
    pub(crate) settings: Settings,
    pub(crate) check: Check,
    /// What the clock says.
    pub(crate) now: &'static str,
    pub(crate) told: Arc<Mutex<Vec<String>>>,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            location: Location::Publisher,
            is_stand_in: false,
            settings: SETTINGS,
            check: Check::Never,
            now: "2026-11-23T03:00:00Z",
            told: Arc::default(),
        }
    }

    pub(crate) fn snapshots(&self) -> PathBuf {
        self.folder.path().join("snapshots")
    }

    pub(crate) fn fetcher(&self) -> Fetcher {
        let told = Arc::clone(&self.told);
        Fetcher::new(Config {
            source: Source {
                name: "test".to_owned(),
                is_stand_in: self.is_stand_in,
                location: self.location.clone(),
            },
            snapshots: self.snapshots(),
            settings: self.settings.clone(),
            user_agent: USER_AGENT.to_owned(),
            now: self.now.parse().unwrap(),
            check: self.check,
            holder: "a test".to_owned(),
            listener: Arc::new(move |release, event| {
                // Progress comes in pieces of any size.
                if !matches!(event, Event::Progress { .. }) {
                    told.lock().unwrap().push(format!("{}: {}", release.period, said(&event)));
                }
            }),
        })
    }

    /// Fetches releases; every one gets an answer.
    pub(crate) async fn fetch(&self, releases: &[Release]) -> Vec<Fetched> {
        let requests: Vec<Request> = releases.iter().map(request).collect();
        self.fetcher().fetch(&requests).await.unwrap()
    }

    /// Fetches one release.
    pub(crate) async fn fetch_one(&self, release: &Release) -> Result<(Snapshot, Had), Error> {
        let mut fetched = self.fetch(std::slice::from_ref(release)).await;
        assert_eq!(fetched.len(), 1);
        fetched.remove(0).outcome
    }

    /// Says that a build has used everything that is pinned.
    pub(crate) fn confirm(&self) {
        iapt_fetch::confirm(&self.snapshots(), "a test", "test", |_| Some(iapt_fetch::Use::Built)).unwrap();
    }

    /// What the listener was told since the last look.
    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    pub(crate) fn lock(&self) -> Lock {
        Lock::read(&self.snapshots()).unwrap()
    }

    /// The names of all files that are kept or on their way.
    pub(crate) fn objects(&self) -> Vec<String> {
        let Ok(entries) = fs_err::read_dir(self.snapshots().join("objects")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// An event in one line, without times.
fn said(event: &Event) -> String {
    match event {
        Event::Started { total } => format!("started, {total:?}"),
        Event::Progress { bytes } => format!("progress {bytes}"),
        Event::Retry { attempt, why, .. } => format!("attempt {attempt} failed: {why}"),
        Event::Resumed { at } => format!("resumed at {at}"),
        Event::SetAside { .. } => "set aside".to_owned(),
        Event::Finished { had } => format!("finished {had:?}"),
        Event::Failed { why } => format!("failed: {why}"),
    }
}

/// What a `main.csv` with two columns must show.
pub(crate) fn first_rows() -> FirstRows {
    let columns = [("OrgType", Role::Key(Key::OrgType)), ("Recovery", Role::Ignored)];
    FirstRows::new(columns.map(|(name, role)| (name.to_owned(), role)).into(), "2017-18".parse().unwrap())
}

pub(crate) fn request(release: &Release) -> Request {
    Request {
        release: release.clone(),
        hosts: BTreeSet::from(["127.0.0.1".to_owned()]),
        licence: Some("OGL-UK-3.0".to_owned()),
        size_band: Some(4),
        rows_band_percent: None,
        first_rows: None,
    }
}

/// The release of a year, with `main.csv` in a zip.
pub(crate) fn release(year: u32, url: String) -> Release {
    Release {
        dataset: "psych".to_owned(),
        period: format!("{year}-{}", year % 100 + 1).parse().unwrap(),
        edition: 1,
        url,
        format: PackFormat::Zip,
        publication_page: None,
        acknowledged_bytes: Vec::new(),
        acknowledged_rows: Vec::new(),
        sha256: None,
        members: vec![Member {
            file: "main".to_owned(),
            name: "main.csv".to_owned(),
            header_row: 1,
            is_windows_1252: false,
        }],
        note: None,
    }
}

/// A pack whose `main.csv` has this many rows; it does not compress, so that its size can be counted on.
pub(crate) fn pack(n_rows: u32) -> Vec<u8> {
    let row = |number: u32| format!("{:010}\n", number.wrapping_mul(2_654_435_761));
    let rows = (0..n_rows).map(row).collect::<String>();
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("main.csv", options).unwrap();
    writer.write_all(rows.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// The only names that may be in the folder of objects.
pub(crate) fn names(packs: &[&[u8]]) -> Vec<String> {
    let mut names: Vec<String> = packs.iter().map(|pack| Sha256::of(pack).to_string()).collect();
    names.sort();
    names
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}
