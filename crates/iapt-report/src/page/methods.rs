//! The page that says how: prose from its page file, and the dataset's own rules.

use serde::Serialize;

use super::Site;
use crate::{Error, declared::Section, format};

#[derive(Serialize)]
struct MethodsContext {
    title: String,
    sections: Vec<Section>,
    /// The least denominator that counts in a spread; empty where there is no spread.
    floor: String,
    notes: Vec<Note>,
}

/// What is odd about a release.
#[derive(Serialize)]
struct Note {
    period: String,
    text: String,
}

impl Site<'_> {
    /// Adds the methods page.
    pub(crate) fn methods(&mut self) -> Result<(), Error> {
        let declared = self.pages.methods.clone();
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared("methods", words, &declared.dataset, &readings)?;
        let newest = self.input.spread.iter().rfind(|row| row.dataset == declared.dataset);
        let releases =
            self.dataset(&declared.dataset).map(|dataset| dataset.releases.as_slice()).unwrap_or_default();
        // Of the edition that the pages are made from: another one may have been known earlier, or come later.
        let is_used = |release: &&iapt_model::Release| {
            let period = release.period.to_string();
            self.input.releases.iter().any(|row| {
                (row.dataset.as_str(), row.reporting_period.as_str(), row.edition)
                    == (release.dataset.as_str(), period.as_str(), release.edition)
            })
        };
        let notes = releases.iter().filter(is_used);
        let note = |release: &iapt_model::Release| {
            Some(Note { period: release.period.to_string(), text: release.note.clone()? })
        };
        let context = MethodsContext {
            title: declared.title.clone(),
            sections: declared.section.clone(),
            floor: newest.map(|row| format::count(row.minimum_denominator)).unwrap_or_default(),
            notes: notes.filter_map(note).collect(),
        };
        self.add_page("methods", &shared, context)
    }
}
