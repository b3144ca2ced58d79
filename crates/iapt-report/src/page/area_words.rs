//! What the sentences of an organisation's page are made of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Site, targets::MissedTarget};
use crate::{areas::Area, readings::Reading};

/// The opening sentence.
#[derive(Serialize)]
pub(super) struct AnswerWords {
    pub(super) name: String,
    pub(super) period: String,
    pub(super) is_newest: bool,
    pub(super) reading: Reading,
    pub(super) england: Reading,
    /// `49.4 to 53.0`; empty where there is no interval.
    pub(super) interval: String,
    pub(super) stands: &'static str,
    /// The sign of a flagged figure; empty where it is not.
    pub(super) sign: String,
    pub(super) missed: Vec<MissedTarget>,
}

/// Titles, subtitles and descriptions of its charts.
#[derive(Serialize)]
pub(super) struct ChartOfArea {
    name: String,
    code: String,
    label: String,
    label_plural: String,
    period: String,
    /// The least and the most that count in one of the measures; none where none is known.
    fewest_peers: Option<u32>,
    most_peers: Option<u32>,
    /// `clearly higher`, `no clear difference`, `clearly lower`, each with the indicators that stand so.
    standings: Vec<Standing>,
    pub(super) trend: Option<TrendWords>,
    /// The code of the predecessor whose years stand before its own; empty without one.
    pub(super) joined: String,
    /// Whether some years before its own are summed over what lies in it today.
    pub(super) has_sums: bool,
}

#[derive(Serialize)]
struct Standing {
    word: String,
    indicators: Vec<String>,
}

/// The first indicator in the first and the last year that have it.
#[derive(Serialize)]
pub(super) struct TrendWords {
    label: String,
    first: Reading,
    first_england: Reading,
    /// The signs of flagged figures; empty where they are not.
    pub(super) first_sign: String,
    last: Reading,
    last_england: Reading,
    pub(super) last_sign: String,
}

impl ChartOfArea {
    pub(super) fn new(site: &Site, area: &Area) -> Self {
        let org_type = site.input.project.organisations.organisation_type(area.org_type);
        Self {
            name: area.name.clone(),
            code: area.code(),
            label: site.level_label(area),
            label_plural: org_type.map(|one| one.label_plural.clone()).unwrap_or_default(),
            period: String::new(),
            fewest_peers: None,
            most_peers: None,
            standings: Vec::new(),
            trend: None,
            joined: String::new(),
            has_sums: false,
        }
    }

    /// `n_peers` is how many count in each of the measures.
    pub(super) fn with(self, period: &str, n_peers: &[u32], standings: &BTreeMap<&str, Vec<String>>) -> Self {
        let standing = |word: &&str| {
            Some(Standing { word: (*word).to_owned(), indicators: standings.get(word)?.clone() })
        };
        let standings =
            ["clearly higher", "no clear difference", "clearly lower"].iter().filter_map(standing).collect();
        Self {
            period: period.to_owned(),
            fewest_peers: n_peers.iter().min().copied(),
            most_peers: n_peers.iter().max().copied(),
            standings,
            ..self
        }
    }
}

impl TrendWords {
    pub(super) fn new(label: &str, first: &(Reading, Reading), last: &(Reading, Reading)) -> Self {
        Self {
            label: label.to_owned(),
            first: first.0.clone(),
            first_england: first.1.clone(),
            last: last.0.clone(),
            last_england: last.1.clone(),
            first_sign: String::new(),
            last_sign: String::new(),
        }
    }
}
