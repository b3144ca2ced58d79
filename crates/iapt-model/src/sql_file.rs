//! Declared SQL: rules about the data, and the queries of the derived tables.

use std::path::{Path, PathBuf};

use crate::{Error, ReleaseRow, declared::Problems, project::entries};

/// How many periods a rule looks at to find what it finds in one: so far as that is few, it need not be run over all of them again
/// while new ones come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any of them.
    Everything,
    /// That one, as the line `-- Each period by itself.` says.
    Period,
    /// That one with the one before it and the one after it, as the line `-- Each period beside its neighbours.` says.
    Neighbours,
}

/// An SQL file, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlFile {
    /// The stem of its name: of a rule the name of the rule, of a query that of its table.
    pub name: String,
    /// The dataset that it is about, where it is one dataset's own: without a release of it there is nothing to look at.
    pub dataset: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// The SQL text.
    pub text: String,
}

impl SqlFile {
    /// Its first line, without the comment sign: of a rule, in one sentence, what should hold.
    #[must_use]
    pub fn says(&self) -> &str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("--").trim()
    }

    /// How many periods it looks at at once, as its comment says.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let has = |own: &str| self.text.lines().any(|line| line == own);
        if has("-- Each period by itself.") {
            Reach::Period
        } else if has("-- Each period beside its neighbours.") {
            Reach::Neighbours
        } else {
            Reach::Everything
        }
    }

    /// Whether the tables hold anything that it is about.
    #[must_use]
    pub fn applies(&self, releases: &[ReleaseRow]) -> bool {
        let is_there = |dataset: &String| releases.iter().any(|release| release.dataset == *dataset);
        self.dataset.as_ref().is_none_or(is_there)
    }
}

/// The SQL files of a folder, in order of name; a folder that is not there has none.
pub(crate) fn read(
    folder: &Path,
    dataset: Option<&str>,
    problems: &mut Problems,
) -> Result<Vec<SqlFile>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = entries(folder)?;
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    let read = |path: PathBuf| {
        let text = problems.read_text(&path)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Some(SqlFile { name, dataset: dataset.map(str::to_owned), path, text })
    };
    Ok(files.filter_map(read).collect())
}

/// Names every file that has the name of another: what a rule finds carries its name.
pub(crate) fn check_names(rules: &[SqlFile], problems: &mut Problems) {
    for (index, rule) in rules.iter().enumerate() {
        if let Some(other) = rules.iter().take(index).find(|other| other.name == rule.name) {
            problems.add(&rule.path, None, format!("{} has the same name", other.path.display()));
        }
    }
}
