//! What is done about the practices of a code, each with the files and tests that show it.

use serde::Serialize;

use super::Site;
use crate::declared::Practice;

/// A practice, and what shows that it is met.
#[derive(Serialize)]
pub(super) struct PracticeContext {
    practice: String,
    text: String,
    shown_by: Vec<Shown>,
}

/// A file or test of the source.
#[derive(Serialize)]
struct Shown {
    name: String,
    /// Where it can be read; empty where the address of the source is not declared.
    href: String,
}

impl Site<'_> {
    /// A practice, with an address for each file that shows it.
    pub(super) fn practice(&self, practice: &Practice) -> PracticeContext {
        let source = self.pages.site.source_address.as_ref();
        let shown = |named: &String| {
            let file = named.split_once("::").map_or(named.as_str(), |(file, _)| file);
            let href = source.map(|source| format!("{}{file}", source.as_str())).unwrap_or_default();
            Shown { name: named.clone(), href }
        };
        PracticeContext {
            practice: practice.practice.clone(),
            text: practice.text.clone(),
            shown_by: practice.shown_by.iter().map(shown).collect(),
        }
    }
}
