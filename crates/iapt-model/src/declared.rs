//! Reading of declared files: every problem of a file is collected, each with its line.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    path::{Path, PathBuf},
};

use iapt_files::Sha256;
use serde::de::DeserializeOwned;

/// One thing that is wrong in a declared file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredProblem {
    /// The file.
    pub path: PathBuf,
    /// The line, where one line is to blame.
    pub line: Option<u64>,
    /// What is wrong there.
    pub what: String,
}

impl Display for DeclaredProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.what),
            None => write!(f, "{}: {}", self.path.display(), self.what),
        }
    }
}

/// A declared file that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// The checksum of what was read.
    pub sha256: Sha256,
    /// Whether it says how single releases are read, and nothing else: each partition follows from its own part of it
    /// ([`crate::Project::reading`]), and not from the whole file.
    pub is_of_releases: bool,
}

/// The problems of all declared files, gathered while they are read, and each file that was.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<DeclaredProblem>,
    files: BTreeMap<PathBuf, ReadFile>,
    is_of_releases: bool,
}

impl Problems {
    pub(crate) fn add(&mut self, path: &Path, line: Option<u64>, what: impl Display) {
        self.found.push(DeclaredProblem { path: path.to_owned(), line, what: what.to_string() });
    }

    /// Reads a declared file and notes that it was; no declared file is read in another way. `None` and a problem when
    /// it cannot be read.
    pub(crate) fn read(&mut self, path: &Path) -> Option<Vec<u8>> {
        match fs_err::read(path) {
            Ok(bytes) => {
                let file = ReadFile { sha256: Sha256::of(&bytes), is_of_releases: self.is_of_releases };
                self.files.insert(path.to_owned(), file);
                Some(bytes)
            }
            Err(error) => {
                self.add(path, None, error);
                None
            }
        }
    }

    /// The same, of a file that has to be text.
    pub(crate) fn read_text(&mut self, path: &Path) -> Option<String> {
        let text = String::from_utf8(self.read(path)?);
        text.map_err(|error| self.add(path, None, format!("it is not UTF-8: {error}"))).ok()
    }

    /// Reads files that say how single releases are read, and nothing else.
    pub(crate) fn of_releases<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.is_of_releases = true;
        let found = read(self);
        self.is_of_releases = false;
        found
    }

    /// The files that were read.
    pub(crate) fn take_files(&mut self) -> BTreeMap<PathBuf, ReadFile> {
        std::mem::take(&mut self.files)
    }

    pub(crate) fn into_vec(self) -> Vec<DeclaredProblem> {
        self.found
    }
}

/// A row of a declared table, with the line it stands on.
pub(crate) struct Row<T> {
    pub(crate) line: u64,
    pub(crate) value: T,
}

/// Reads a declared table; rows that do not parse become problems, the rest are returned.
pub(crate) fn read_table<T: DeserializeOwned>(path: &Path, problems: &mut Problems) -> Vec<Row<T>> {
    read_filled(path, &[], problems)
}

/// The same, of a table whose rows `iapt declare` proposes without a meaning: a row that leaves one of the columns in
/// `needed` blank is a problem that says which, and what to write.
pub(crate) fn read_filled<T: DeserializeOwned>(
    path: &Path,
    needed: &[&str],
    problems: &mut Problems,
) -> Vec<Row<T>> {
    let Some(text) = problems.read(path) else { return Vec::new() };
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_slice());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            problems.add(path, Some(1), error);
            return Vec::new();
        }
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let parsed = record.and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            let cells: Vec<(&str, &str)> = header.iter().zip(&record).collect();
            if let Some(what) = blanks(&cells, needed) {
                problems.add(path, Some(line), what);
                return Ok(None);
            }
            record.deserialize(Some(&header)).map(|value| Some(Row { line, value })).inspect_err(|error| {
                // The record is a copy without a position once it is deserialised, so the line is put back.
                problems.add(path, Some(line), unpositioned(error));
            })
        });
        match parsed {
            Ok(row) => rows.extend(row),
            Err(error) => {
                if !matches!(error.kind(), csv::ErrorKind::Deserialize { .. }) {
                    problems.add(path, error.position().map(csv::Position::line), &error);
                }
            }
        }
    }
    rows
}

/// Which of the columns in `needed` a row leaves blank, and the row to write; `cells` are those of the row with their columns.
pub(crate) fn blanks(cells: &[(&str, &str)], needed: &[&str]) -> Option<String> {
    let is_blank = |(column, cell): &(&str, &str)| cell.is_empty() && needed.contains(column);
    let blank: Vec<&str> = cells.iter().copied().filter(is_blank).map(|(column, _)| column).collect();
    if blank.is_empty() {
        return None;
    }
    let written = |cell: &(&str, &str)| if is_blank(cell) { cell.0.to_uppercase() } else { quoted(cell.1) };
    let row: Vec<String> = cells.iter().map(written).collect();
    let are = if blank.len() == 1 { "is" } else { "are" };
    Some(format!("`{}` {are} blank; write: {}", blank.join("`, `"), row.join(",")))
}

fn unpositioned(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        _ => error.to_string(),
    }
}

/// Reads a declared TOML file; `None` and a problem when it does not parse.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path, problems: &mut Problems) -> Option<T> {
    let text = problems.read_text(path)?;
    match toml::from_str(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error.span().map(|span| line_of(&text, span.start));
            problems.add(path, line, error.message());
            None
        }
    }
}

fn line_of(text: &str, offset: usize) -> u64 {
    let before = text.get(..offset).unwrap_or_default();
    u64::try_from(before.matches('\n').count()).unwrap_or(u64::MAX).saturating_add(1)
}

/// A text as one field of a declared table.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
