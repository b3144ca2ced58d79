//! The manifest: what a folder of tables was made from and which bytes were made, so that only stale work is done again and
//! nothing is used that is not as it was made.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use iapt_files::{Sha256, address, disk, files_below};
use iapt_model::ReleaseRow;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The folder of the tables, below that of the data.
pub const TABLES_FOLDER: &str = "tables";

/// The file, which is written when all others are.
pub const FILE: &str = "manifest.json";

/// Raised when a field is added or means something else: tables of another format are made again.
const FORMAT: u32 = 3;

/// What a folder of tables was made from, and its files.
///
/// It goes wherever the tables are published, so it names no folder of this machine and no address with what is typed into
/// it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// The checksum of everything below.
    sha256: Option<Sha256>,
    /// Where the snapshots came from, as tables and pages name it.
    pub source: String,
    /// The checksum of the source's whole name; one folder never mixes two sources.
    pub source_sha256: Sha256,
    /// The program that made them: its version and a checksum of its source.
    pub program: String,
    /// Checksum over the declared files that every derived table depends on.
    pub declared: Sha256,
    /// Checksum over everything that the derived tables depend on.
    pub fingerprint: Sha256,
    /// The partitions of the tidy table.
    pub partitions: Vec<Partition>,
    /// What each derived table was made of, by its name.
    pub derived: BTreeMap<String, Derived>,
    /// Every file of the folder but this one, by its path with slashes.
    pub files: BTreeMap<String, FileSum>,
}

/// One partition of the tidy table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Checksum over everything that the partition depends on.
    pub fingerprint: Sha256,
    /// Its file, below the folder of the tables.
    pub path: PathBuf,
    /// The release that it was read from.
    pub release: ReleaseRow,
}

/// What a derived table was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Checksum over what the file says of itself.
    pub says: Sha256,
    /// Its parts, in their order.
    pub parts: Vec<DerivedPart>,
}

/// A part of a derived table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedPart {
    /// Checksum over everything that its rows depend on.
    pub from: Sha256,
    /// How many row groups of the file are its rows. Where all parts are written as one row group (claims, findings), the last
    /// part has it.
    pub n_row_groups: usize,
}

/// The bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSum {
    /// How many there are.
    pub bytes: u64,
    /// Their checksum.
    pub sha256: Sha256,
}

impl FileSum {
    /// Reads the file at a path.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it cannot be read.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let (sha256, bytes) = Sha256::of_reader(fs_err::File::open(path)?)?;
        Ok(Self { bytes, sha256 })
    }
}

/// What is wrong with a file of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its bytes are others.
    Changed,
    /// It is not there.
    Missing,
    /// The manifest does not list it.
    Added,
}

impl Fault {
    /// What is said of the file.
    #[must_use]
    pub fn of(self, path: &str) -> String {
        match self {
            Self::Changed => format!("`{path}` is not as it was made"),
            Self::Missing => format!("`{path}` is missing"),
            Self::Added => format!("`{path}` does not belong to the tables"),
        }
    }
}

/// A folder of tables, held against its manifest.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is nearly always the large one"
)]
pub enum Edition {
    /// There are none yet.
    None,
    /// Nobody can say what they are.
    Unknown {
        /// What is wrong with the manifest.
        why: String,
        /// Dataset and period of every partition, as far as the names of folders tell.
        periods: Vec<(String, String)>,
    },
    /// What the manifest says, and the files that are not as it says.
    Known {
        /// What was made.
        manifest: Manifest,
        /// What differs from it, by path.
        faults: BTreeMap<String, Fault>,
        /// Whether that was told by contents, and not by sizes and times alone.
        is_compared: bool,
    },
}

impl Edition {
    /// Reads the manifest of a folder of tables and compares the files with it: by sizes and times, where those were seen
    /// to be right since the machine was started, else by contents.
    pub fn read(tables: &Path) -> Result<Self, Error> {
        if !tables.is_dir() {
            return Ok(Self::None);
        }
        // What was seen is noted beside the folder itself, wherever a link to it stands.
        let tables = &fs_err::canonicalize(tables)?;
        match Manifest::read(tables) {
            Ok(manifest) => {
                let is_seen = seen(tables)?.is_some_and(|seen| {
                    fs_err::read_to_string(seen_file(tables)).is_ok_and(|noted| noted == seen)
                });
                let faults = if is_seen { BTreeMap::new() } else { faults(&manifest, tables)? };
                Ok(Self::Known { manifest, faults, is_compared: !is_seen })
            }
            Err(why) => Ok(Self::Unknown { why, periods: periods(tables)? }),
        }
    }

    /// Compares every file by its content, whatever sizes and times say, where that was not done yet: before any of them goes into
    /// another edition. None where nothing is other than it was told.
    pub fn compared(&self, tables: &Path) -> Result<Option<Self>, Error> {
        let Self::Known { manifest, faults: told, is_compared: false } = self else { return Ok(None) };
        let faults = faults(manifest, tables)?;
        let is_as_told = faults == *told;
        Ok((!is_as_told).then(|| Self::Known { manifest: manifest.clone(), faults, is_compared: true }))
    }
}

/// Checks that the tables are as they were made. A run may replace them during the check: where the manifest has changed
/// since, the check begins again.
///
/// # Errors
///
/// [`Error::Damaged`] names every file that is not as it was made; [`Error::NoTables`] where there are no tables.
pub fn check_tables(tables: &Path) -> Result<(), Error> {
    let bytes = || fs_err::read(tables.join(FILE)).ok();
    let mut before = bytes();
    loop {
        let seen_before = seen(tables).ok().flatten();
        let found = Edition::read(tables);
        let problems = match &found {
            Ok(Edition::Known { faults, .. }) if faults.is_empty() => {
                // Whoever only reads may not be allowed to write: then the next reader compares contents again.
                if seen_before.is_some() && seen(tables).ok().flatten() == seen_before {
                    let _ = note_seen(&fs_err::canonicalize(tables)?);
                }
                return Ok(());
            }
            Ok(Edition::Known { faults, .. }) => faults.iter().map(|(path, fault)| fault.of(path)).collect(),
            Ok(Edition::Unknown { why, .. }) => vec![why.clone()],
            Ok(Edition::None) | Err(_) => Vec::new(),
        };
        let now = bytes();
        if now == before {
            found?;
            let folder = tables.to_owned();
            return Err(if problems.is_empty() {
                Error::NoTables { folder }
            } else {
                Error::Damaged { folder, problems }
            });
        }
        before = now;
    }
}

/// The checksum of the tables of a folder, as their manifest has it; none where there are none, or nobody can say what
/// they are.
#[must_use]
pub fn tables_sha256(tables: &Path) -> Option<Sha256> {
    Manifest::read(tables).ok().and_then(|manifest| manifest.sha256)
}

/// Notes that the files are as they were made, so that nobody has to read them again to know it.
pub fn note_seen(tables: &Path) -> Result<(), Error> {
    let Some(seen) = seen(tables)? else { return Ok(()) };
    let file = seen_file(tables);
    if fs_err::read_to_string(&file).is_ok_and(|noted| noted == seen) {
        return Ok(());
    }
    Ok(disk::replace_file(&file, seen.as_bytes())?)
}

/// Beside the tables, not among them: the same tables have other times on every machine.
fn seen_file(tables: &Path) -> PathBuf {
    tables.with_file_name(format!(".{TABLES_FOLDER}.seen"))
}

fn seen(tables: &Path) -> Result<Option<String>, Error> {
    Ok(iapt_files::seen(tables)?.map(|seen| seen.to_string()))
}

fn faults(manifest: &Manifest, tables: &Path) -> Result<BTreeMap<String, Fault>, Error> {
    let mut faults = BTreeMap::new();
    for path in files_below(tables)? {
        let path = address(&path);
        if path != FILE && !manifest.files.contains_key(&path) {
            faults.insert(path, Fault::Added);
        }
    }
    for (path, sum) in &manifest.files {
        if let Some(fault) = fault(&tables.join(path), *sum) {
            faults.insert(path.clone(), fault);
        }
    }
    Ok(faults)
}

fn fault(path: &Path, sum: FileSum) -> Option<Fault> {
    let about = match fs_err::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if is_gone(&error) => return Some(Fault::Missing),
        // A file that cannot be read is made again, like one that was changed.
        Err(_) => return Some(Fault::Changed),
    };
    // A link may lead to other bytes the next time.
    if !about.is_file() || about.len() != sum.bytes {
        return Some(Fault::Changed);
    }
    match FileSum::of(path) {
        Ok(found) => (found != sum).then_some(Fault::Changed),
        Err(Error::Io(error)) if is_gone(&error) => Some(Fault::Missing),
        Err(_) => Some(Fault::Changed),
    }
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Dataset and period of every partition that there is a folder of.
fn periods(tables: &Path) -> Result<Vec<(String, String)>, Error> {
    let tidy = tables.join(iapt_tidy::TIDY);
    let mut periods = Vec::new();
    for path in if tidy.is_dir() { files_below(&tidy)? } else { Vec::new() } {
        let mut parts = path.iter().map(|part| part.to_string_lossy());
        let mut value = |name: &str| Some(parts.next()?.strip_prefix(name)?.strip_prefix('=')?.to_owned());
        if let (Some(dataset), Some(period)) = (value("dataset"), value("reporting_period")) {
            periods.push((dataset, period));
        }
    }
    periods.dedup();
    Ok(periods)
}

impl Manifest {
    /// The manifest of tables from a source, named as tables and pages name it and by the checksum of its whole name, made by a
    /// program from declared files.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] when it cannot be written as JSON.
    pub fn new(
        (source, source_sha256): (&str, Sha256),
        (program, declared): (&str, Sha256),
        fingerprint: Sha256,
        partitions: Vec<Partition>,
        derived: BTreeMap<String, Derived>,
        files: BTreeMap<String, FileSum>,
    ) -> Result<Self, Error> {
        let mut manifest = Self {
            format: FORMAT,
            sha256: None,
            source: source.to_owned(),
            source_sha256,
            program: program.to_owned(),
            declared,
            fingerprint,
            partitions,
            derived,
            files,
        };
        manifest.sha256 = Some(Sha256::of(&manifest.text()?));
        Ok(manifest)
    }

    /// Reads the manifest of a folder of tables, or says why it cannot be believed.
    fn read(tables: &Path) -> Result<Self, String> {
        match fs_err::read(tables.join(FILE)) {
            Ok(bytes) => Self::parsed(&bytes).map_err(|why| format!("`{FILE}` cannot be used: {why}")),
            Err(error) if is_gone(&error) => Err(format!("`{FILE}` is missing")),
            Err(error) => Err(format!("`{FILE}` cannot be read: {error}")),
        }
    }

    fn parsed(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Any {
            #[serde(default)]
            format: Option<u32>,
        }
        let any: Any = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match any.format {
            Some(FORMAT) => {}
            Some(format) => return Err(format!("its format is {format}, and this program reads {FORMAT}")),
            None => return Err("it was written by an earlier version of the program".to_owned()),
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let unsigned = Self { sha256: None, ..manifest.clone() };
        let is_as_written = |manifest: &Self, bytes: &[u8]| manifest.text().is_ok_and(|text| text == bytes);
        let sha256 = unsigned.text().ok().map(|text| Sha256::of(&text));
        if manifest.sha256 != sha256 || !is_as_written(&manifest, bytes) {
            return Err("it was changed after it was written".to_owned());
        }
        let of_partitions = manifest.partitions.iter().map(|partition| partition.path.as_path());
        let outside = of_partitions.chain(manifest.files.keys().map(Path::new)).find(|path| !is_inside(path));
        if let Some(path) = outside {
            return Err(format!("it is refused: `{}` leads out of the folder", path.display()));
        }
        let unlisted =
            manifest.partitions.iter().find(|one| !manifest.files.contains_key(&address(&one.path)));
        if let Some(partition) = unlisted {
            return Err(format!("it does not list `{}`", partition.path.display()));
        }
        Ok(manifest)
    }

    fn text(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec_pretty(self)
            .map_err(|source| Error::Manifest { path: PathBuf::from(FILE), source })
    }

    /// Writes it among the tables, as the last of their files.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it cannot be written.
    pub fn write(&self, tables: &Path) -> Result<(), Error> {
        Ok(disk::replace_file(&tables.join(FILE), &self.text()?)?)
    }
}

/// Whether a path stays below the folder that it begins in.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_))) && path.components().next().is_some()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What is read of a manifest that lists one file of this path, changed after it was written.
    fn read(path: &str, change: impl Fn(String) -> String) -> String {
        let sum = FileSum { bytes: 3, sha256: Sha256::of(b"abc") };
        let files = [(path.to_owned(), sum)].into();
        let source = ("mirror", Sha256::of(b"/mirror"));
        let made_by = ("0.1.0", Sha256::of(b"declared"));
        let manifest =
            Manifest::new(source, made_by, Sha256::of(b"all"), Vec::new(), BTreeMap::new(), files).unwrap();
        let text = change(String::from_utf8(manifest.text().unwrap()).unwrap());
        Manifest::parsed(text.as_bytes()).map_or_else(|why| why, |_| "whole".to_owned())
    }

    fn check(change: impl Fn(String) -> String, expected: &Expect) {
        expected.assert_eq(&read("tidy/a.parquet", change));
    }

    #[test]
    fn a_manifest_is_believed_only_as_it_was_written() {
        check(|text| text, &expect!["whole"]);
        check(|_| String::new(), &expect!["EOF while parsing a value at line 1 column 0"]);
        check(|_| "{}".to_owned(), &expect!["it was written by an earlier version of the program"]);
        check(
            |text| text.replace("\"format\": 3", "\"format\": 4"),
            &expect!["its format is 4, and this program reads 3"],
        );
        let not_as_written = expect!["it was changed after it was written"];
        check(|text| text.replace("\"bytes\": 3", "\"bytes\": 4"), &not_as_written);
        check(|text| text.replace("mirror", "nirror"), &not_as_written);
        check(|text| text.replacen("  ", " \t", 1), &not_as_written);
        check(
            |text| text.replacen('{', "{\n  \"new\": 1,", 1),
            &expect![
                "unknown field `new`, expected one of `format`, `sha256`, `source`, `source_sha256`, `program`, `declared`, `fingerprint`, `partitions`, `derived`, `files` at line 2 column 7"
            ],
        );
    }

    #[test]
    fn no_path_of_a_manifest_leads_out_of_the_folder() {
        for path in ["../a", "tidy/../../a", "/etc/hostname", "", "./a"] {
            assert_eq!(read(path, |text| text), format!("it is refused: `{path}` leads out of the folder"));
        }
    }
}
