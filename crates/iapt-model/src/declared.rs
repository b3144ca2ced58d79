//! Reading of declared files: every problem of a file is collected, each with its line.

use std::{
    fmt::{self, Display},
    path::{Path, PathBuf},
};

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

/// The problems of all declared files, gathered while they are read.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<DeclaredProblem>);

impl Problems {
    pub(crate) fn add(&mut self, path: &Path, line: Option<u64>, what: impl Display) {
        self.0.push(DeclaredProblem { path: path.to_owned(), line, what: what.to_string() });
    }

    pub(crate) fn into_vec(self) -> Vec<DeclaredProblem> {
        self.0
    }
}

/// A row of a declared table, with the line it stands on.
pub(crate) struct Row<T> {
    pub(crate) line: u64,
    pub(crate) value: T,
}

/// Reads a declared table; rows that do not parse become problems, the rest are returned.
pub(crate) fn read_table<T: DeserializeOwned>(path: &Path, problems: &mut Problems) -> Vec<Row<T>> {
    let text = match fs_err::read(path) {
        Ok(text) => text,
        Err(error) => {
            problems.add(path, None, error);
            return Vec::new();
        }
    };
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
            record.deserialize(Some(&header)).map(|value| Row { line, value }).inspect_err(|error| {
                // The record is a copy without a position once it is deserialised, so the line is put back.
                problems.add(path, Some(line), unpositioned(error));
            })
        });
        match parsed {
            Ok(row) => rows.push(row),
            Err(error) => {
                if !matches!(error.kind(), csv::ErrorKind::Deserialize { .. }) {
                    problems.add(path, error.position().map(csv::Position::line), &error);
                }
            }
        }
    }
    rows
}

fn unpositioned(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        _ => error.to_string(),
    }
}

/// Reads a declared TOML file; `None` and a problem when it does not parse.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path, problems: &mut Problems) -> Option<T> {
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.add(path, None, error);
            return None;
        }
    };
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
