//! A world of its own for each test: a data folder, a folder of pages, a mirror.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use flate2::read::GzDecoder;
use iapt_model::{Period, Project, Release};
use iapt_publisher::StandIn;
use serde_json::Value;
use tempfile::TempDir;

/// The checkout that the tests belong to.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The program under test; a long sweep may be given a copy of it that no build replaces meanwhile.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("IAPT_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_iapt").into(), PathBuf::from)
}

/// The text of a golden file.
pub(crate) fn golden(name: &str) -> String {
    let file = fs_err::File::open(checkout().join("golden").join(format!("{name}.gz"))).unwrap();
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// A folder of the publisher's files, rebuilt by others, beside the checkout. For tests that are only run where it is.
pub(crate) fn shared(name: &str) -> PathBuf {
    let path = checkout().join("../shared").join(name);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// A fragment of a real file, as that folder holds it.
pub(crate) fn fragment(name: &str) -> String {
    fs_err::read_to_string(shared("data/real").join(name)).unwrap()
}

/// Says how much was compared with what we did not compute; heard also where the test passes.
pub(crate) fn tell_compared(n: usize, what: &str) {
    let _ = writeln!(std::io::stderr(), "compared: {n} figures ({what})");
}

/// The project with few organisations, which is enough for most tests and takes a third of the time.
pub(crate) fn project() -> Project {
    Project::load(few_organisations()).unwrap()
}

/// The project as it is.
pub(crate) fn whole_project() -> Project {
    Project::load(&checkout()).unwrap()
}

/// Every declared file, with the figures of England, its regions and four organisations of every other type, of six providers
/// that are in every month, and four claims: a run makes every kind of file, and few of each. Made once, and not to be changed.
fn few_organisations() -> &'static Path {
    static FEW: OnceLock<TempDir> = OnceLock::new();
    let few = FEW.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for name in DECLARED {
            copy_folder(&checkout().join(name), &folder.path().join(name));
        }
        let change = |name: &str, few: fn(&str) -> String| {
            let path = folder.path().join("pipelines").join(name);
            let text = fs_err::read_to_string(&path).unwrap();
            fs_err::write(path, few(&text)).unwrap();
        };
        change("psych_ther_annual/figures.csv", few_of_years);
        change("talking_therapies_monthly/figures.csv", few_of_months);
        change("claims.csv", few_claims);
        folder
    });
    few.path()
}

/// The folders of declared files.
const DECLARED: [&str; 4] = ["pipelines", "reports/templates", "reports/assets", "reports/pages"];

fn few_of_years(text: &str) -> String {
    let mut kept: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut lines = text.lines();
    let mut few = format!("{}\n", lines.next().unwrap());
    for line in lines {
        let columns: Vec<&str> = line.splitn(4, ',').collect();
        let (org_type, org_code) = (columns[1], columns[2]);
        let codes = kept.entry(org_type).or_default();
        let is_whole = matches!(org_type, "England" | "Commissioning Region");
        if is_whole || codes.contains(org_code) || codes.len() < 4 {
            codes.insert(org_code);
            few += line;
            few.push('\n');
        }
    }
    few
}

fn few_of_months(text: &str) -> String {
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        rows.entry(line.split(',').nth(4).unwrap()).or_default().push(line);
    }
    let n_months = rows.values().map(Vec::len).max().unwrap();
    let steady = rows.into_values().filter(|lines| lines.len() == n_months).take(6);
    let few: Vec<&str> = text.lines().take(1).chain(steady.flatten()).collect();
    few.join("\n") + "\n"
}

/// Two claims about the counts of England and two about its rates.
fn few_claims(text: &str) -> String {
    let mut claims = csv::Reader::from_reader(text.as_bytes());
    let mut few = csv::Writer::from_writer(Vec::new());
    few.write_record(claims.headers().unwrap()).unwrap();
    let claims: Vec<csv::StringRecord> = claims.records().map(Result::unwrap).collect();
    for figures in ["FROM england_counts ", "FROM england_rates "] {
        for claim in claims.iter().filter(|claim| claim.iter().any(|cell| cell.contains(figures))).take(2) {
            few.write_record(claim).unwrap();
        }
    }
    String::from_utf8(few.into_inner().unwrap()).unwrap()
}

/// A whole run on the built-in figures, made once for all tests that only read it.
pub(crate) fn whole() -> &'static World {
    static WHOLE: OnceLock<World> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let world = World::with_every_organisation();
        let n_held = StandIn::load(&whole_project()).unwrap().releases().count();
        world.run(&["--strict"]).expect(0).says("fetch").says(&format!("{n_held} read")).says("index.html");
        world
    })
}

/// How often a sweep is asked to go through something: `all`, or a number.
pub(crate) fn asked(variable: &str, default: usize) -> usize {
    match std::env::var(variable) {
        Ok(text) if text == "all" => usize::MAX,
        Ok(text) => text.parse().unwrap(),
        Err(_) => default,
    }
}

/// What a run of the binary left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in stderr:\n{}", self.stderr);
        self
    }
}

pub(crate) struct World {
    root: TempDir,
    /// The project.
    project: PathBuf,
}

impl World {
    /// A world with few organisations. Other worlds share its declared files: do not change them.
    pub(crate) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), project: few_organisations().to_owned() }
    }

    /// The same with every organisation.
    pub(crate) fn with_every_organisation() -> Self {
        Self { root: tempfile::tempdir().unwrap(), project: checkout() }
    }

    /// A world with few organisations and declared files of its own, that may be changed.
    pub(crate) fn with_own_project() -> Self {
        let root = tempfile::tempdir().unwrap();
        let project = root.path().join("project");
        copy_folder(few_organisations(), &project);
        Self { root, project }
    }

    /// A world with every organisation and declared files of its own, that may be changed.
    pub(crate) fn with_own_whole_project() -> Self {
        let root = tempfile::tempdir().unwrap();
        let project = root.path().join("project");
        for name in DECLARED {
            copy_folder(&checkout().join(name), &project.join(name));
        }
        Self { root, project }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Changes a text in a declared file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.declared(name);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no `{from}`");
        fs_err::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// What the last run said of itself, where that can be read.
    pub(crate) fn summary(&self) -> Option<Value> {
        serde_json::from_slice(&fs_err::read(self.path("data/run_summary.json")).ok()?).ok()
    }

    /// The folder of the declared files.
    pub(crate) fn project(&self) -> &Path {
        &self.project
    }

    pub(crate) fn declared(&self, name: &str) -> PathBuf {
        self.project.join("pipelines").join(name)
    }

    /// The command that [`Self::iapt`] runs.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.arg("--project").arg(&self.project).args(arguments).current_dir(self.root.path());
        command
    }

    /// Runs `iapt` with the given arguments, and nothing else of this machine.
    pub(crate) fn iapt(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same, with this world's folder of pages.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.iapt(&[&["run", "--out", "out"], arguments].concat())
    }

    /// Rows of a query over this world's tables, as CSV without its header.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        let ran = self.iapt(&["query", sql, "--format", "csv"]).expect(0);
        ran.stdout.lines().skip(1).map(str::to_owned).collect()
    }

    /// Every file below a folder of this world, by path; without what says when a run was, and by whom.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = all_files(&self.path(folder));
        files.retain(|path, _| {
            !["run_summary.json", ".seen", ".claim", ".out.claim"].iter().any(|name| path.ends_with(name))
        });
        files
    }

    /// Puts a pack with one member into the mirror of this world, where the release would stand.
    pub(crate) fn mirror(&self, release: &Release, csv: &[u8]) {
        self.mirror_file(release, &zip(&release.members.first().unwrap().name, csv));
    }

    /// Puts whole packs of the stand-in publisher into the mirror, made from this world's own figures.
    pub(crate) fn mirror_packs(&self, periods: &[&str]) {
        let project = Project::load(&self.project).unwrap();
        let stand_in = StandIn::load(&project).unwrap();
        for period in periods {
            let release = release(&project, period);
            self.mirror_file(release, &stand_in.pack(release).unwrap());
        }
    }

    pub(crate) fn mirror_file(&self, release: &Release, bytes: &[u8]) {
        let path = release.url.split_once("://").unwrap().1.split_once('/').unwrap().1;
        let path = self.path("mirror").join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
}

pub(crate) fn release<'a>(project: &'a Project, period: &str) -> &'a Release {
    let period: Period = period.parse().unwrap();
    project
        .datasets
        .iter()
        .flat_map(|dataset| &dataset.releases)
        .find(|release| release.period == period)
        .unwrap()
}

/// The main CSV of a release, as the stand-in publisher prints it.
pub(crate) fn published_csv(project: &Project, period: &str) -> String {
    let release = release(project, period);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack");
    fs_err::write(&path, StandIn::load(project).unwrap().pack(release).unwrap()).unwrap();
    String::from_utf8(iapt_archive::read_member(&path, &release.members.first().unwrap().name).unwrap())
        .unwrap()
}

pub(crate) fn zip(member: &str, bytes: &[u8]) -> Vec<u8> {
    zip_of([(member, bytes.to_vec())].into_iter())
}

pub(crate) fn zip_of<'a>(members: impl Iterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (member, bytes) in members {
        writer.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for (path, bytes) in all_files(from) {
        let path = to.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
}

/// Every file below a folder, by path.
pub(crate) fn all_files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs_err::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs_err::read(&path).unwrap());
            }
        }
    }
    found
}
