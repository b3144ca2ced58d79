//! The list of organisations, the page of each one, and what people call them.

use serde::Deserialize;

use super::{Panel, Points};

/// The list of organisations, and what each one's page shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreasPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
    pub(crate) indicators: Vec<String>,
    /// What the list of organisations shows of each.
    pub(crate) list: Vec<String>,
    pub(crate) table: Vec<String>,
    pub(crate) level: Vec<AreasLevel>,
    /// What stands under the score.
    pub(crate) under_score: String,
    /// Printed instead of a target, for a measure without a national one here.
    pub(crate) no_target: String,
    /// The pathway in the newest year of months.
    pub(crate) of_months: Vec<String>,
    /// What became of everyone who was referred, in a sentence at the top.
    pub(crate) became: Vec<Panel>,
    /// What these are of, in the caption of their table.
    pub(crate) of_months_caption: String,
    /// What is shown of the newest single month.
    pub(crate) now: Vec<String>,
    /// What these are, in the caption of their table.
    pub(crate) now_caption: String,
    /// The wait that a month has, and the wait between two sessions that a year has, for the sentence about waits.
    pub(crate) first_wait: String,
    pub(crate) second_wait: String,
    /// Said where a percentage is the publisher's own, which the rounded counts need not give.
    pub(crate) about: String,
    /// The rules of `checks` whose sentence about the newest period stands at the top of the page.
    pub(crate) rules_at_top: Vec<String>,
    pub(crate) facts: FactTerms,
    pub(crate) services: ServicesSection,
    pub(crate) similar: SimilarSection,
    /// What an area without the way from referral to recovery lacks.
    pub(crate) not_held: Points,
    /// The same inside a sentence.
    pub(crate) not_held_in_short: String,
    pub(crate) limits: Points,
}

/// What each fact about a place is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactTerms {
    pub(crate) code: String,
    /// The level.
    pub(crate) kind: String,
    /// The boards that the printed referrals of a service come from.
    pub(crate) works_for: String,
    /// The board of a service that only the directory places.
    pub(crate) office_in: String,
    pub(crate) part_of: String,
    pub(crate) spoken_names: String,
    pub(crate) former_names: String,
    /// The bodies that it came after.
    pub(crate) replaced: String,
    pub(crate) replaced_by: String,
    pub(crate) annual_figures: String,
}

/// What places are called beside their published names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpokenNames {
    pub(crate) place: Vec<SpokenName>,
}

impl SpokenNames {
    /// What people call an organisation beside its published names.
    pub(crate) fn of(&self, level: &str, code: &str) -> impl Iterator<Item = &str> {
        let is_it = move |place: &&SpokenName| place.level == level && place.code == code;
        self.place.iter().filter(is_it).flat_map(|place| &place.names).map(String::as_str)
    }
}

/// One place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpokenName {
    pub(crate) level: String,
    pub(crate) code: String,
    pub(crate) names: Vec<String>,
}

/// The services of an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServicesSection {
    /// The level of services.
    pub(crate) level: String,
    /// How it is known which services work in an area.
    pub(crate) note: String,
    /// What is said where none with figures is known.
    pub(crate) none: String,
    /// Of annual reports.
    pub(crate) indicators: Vec<String>,
    /// Of sums of months.
    pub(crate) of_months: Vec<String>,
    /// Of the newest single month.
    pub(crate) now: Vec<String>,
    /// What the table says of a service whose office is here, and of which nothing else says where it works.
    pub(crate) office: String,
}

/// The areas that are like an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimilarSection {
    /// The levels with enough organisations to look for similar ones in.
    pub(crate) levels: Vec<String>,
    /// The indicator whose denominator is the size.
    pub(crate) size: String,
    /// The indicator that says how unwell people were.
    pub(crate) need: String,
    pub(crate) n: usize,
    /// What they are alike in, for readers.
    pub(crate) note: String,
}

/// A level of organisations with a heading over them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreasLevel {
    pub(crate) level: String,
    pub(crate) heading: String,
}
