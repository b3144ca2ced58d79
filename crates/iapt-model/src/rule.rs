//! Rules about the data: SQL files whose rows are what does not hold.

use std::path::{Path, PathBuf};

use crate::{Error, ReleaseRow, project::entries};

/// A rule about the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stem of its file.
    pub name: String,
    /// What should hold, in one sentence: its file's first line, without the comment sign.
    pub says: String,
    /// The dataset that it is about, where it is one dataset's own: without a release of it there is nothing to look at.
    pub dataset: Option<String>,
    /// Its file.
    pub path: PathBuf,
}

impl Rule {
    /// Whether the tables hold anything that it is about.
    #[must_use]
    pub fn applies(&self, releases: &[ReleaseRow]) -> bool {
        let is_there = |dataset: &String| releases.iter().any(|release| release.dataset == *dataset);
        self.dataset.as_ref().is_none_or(is_there)
    }
}

/// The rules of a folder, in order of name; a folder that is not there has none.
pub(crate) fn read(folder: &Path, dataset: Option<&str>) -> Result<Vec<Rule>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = entries(folder)?;
    let rules = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    rules
        .map(|path| {
            let text = fs_err::read_to_string(&path)?;
            let first = text.lines().next().unwrap_or_default();
            let says = first.trim_start_matches("--").trim().to_owned();
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(Rule { name, says, dataset: dataset.map(str::to_owned), path })
        })
        .collect()
}
