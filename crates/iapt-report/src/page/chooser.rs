//! What there is to choose from on every page that compares organisations.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Site, slug};
use crate::{
    Error,
    declared::{ComparePage, MeasureSection},
};

/// The page of the first measure, and what the names of the others begin with.
pub(super) const PAGE: &str = "compare-areas";

/// The page that sets two indicators beside each other.
pub(super) const TWO_INDICATORS: &str = "compare-areas-two-indicators";

/// Measures to choose from under one heading.
#[derive(Clone, Serialize)]
pub(super) struct Group {
    heading: String,
    links: Vec<Choice>,
}

#[derive(Clone, Serialize)]
struct Choice {
    page: String,
    label: String,
    is_here: bool,
}

/// What these pages show, and of each measure the levels that have ended.
pub(super) struct Compared<'a> {
    pub(super) declared: &'a ComparePage,
    ended: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl Compared<'_> {
    /// Whether a level has no figures of a measure in the newest year in which any level has.
    pub(super) fn has_ended(&self, measure: &MeasureSection, level: &str) -> bool {
        self.ended.get(measure.indicator.as_str()).is_some_and(|levels| levels.contains(level))
    }

    pub(super) fn has_archive(&self) -> bool {
        self.ended.values().any(|levels| !levels.is_empty())
    }
}

impl<'a> Site<'a> {
    /// What there is to compare.
    pub(super) fn compared(&self) -> Result<Compared<'a>, Error> {
        let declared = &self.pages.compare;
        let mut ended = BTreeMap::new();
        for measure in &declared.measure {
            ended.insert(measure.indicator.as_str(), self.ended_levels(declared, measure)?);
        }
        Ok(Compared { declared, ended })
    }

    /// The levels that have no figures in the newest year in which any level of the measure has.
    fn ended_levels(
        &self,
        declared: &'a ComparePage,
        measure: &MeasureSection,
    ) -> Result<BTreeSet<&'a str>, Error> {
        let readings = self.readings(measure.dataset())?;
        let place = |period: &str| readings.periods().iter().position(|one| one == period);
        let newest: Vec<(&str, Option<usize>)> = declared
            .level
            .iter()
            .filter_map(|section| {
                let spread = self.newest_spread(&measure.indicator, &section.level, &readings)?;
                Some((section.level.as_str(), place(&spread.row.reporting_period)))
            })
            .collect();
        let last = newest.iter().map(|(_, period)| *period).max().flatten();
        let ended = newest.iter().filter(|(_, period)| *period < last);
        Ok(ended.map(|(level, _)| *level).collect())
    }

    /// What there is to choose from on every one of these pages.
    pub(super) fn chooser(&self, compared: &Compared, here: &str) -> Vec<Group> {
        let declared = compared.declared;
        let choice =
            |page: String, label: &str| Choice { is_here: page == here, page, label: label.to_owned() };
        let mut groups: Vec<Group> = Vec::new();
        for measure in &declared.measure {
            let one = choice(page_of(declared, &measure.indicator), &measure.short);
            match groups.iter_mut().find(|group| group.heading == measure.group) {
                Some(group) => group.links.push(one),
                None => groups.push(Group { heading: measure.group.clone(), links: vec![one] }),
            }
        }
        let mut links = vec![choice(format!("{PAGE}-side-by-side"), &declared.also.side_by_side)];
        if self.has_two_indicators() {
            links.push(choice(TWO_INDICATORS.to_owned(), &declared.also.two_indicators));
        }
        if compared.has_archive() {
            links.push(choice(format!("{PAGE}-archive"), &declared.also.archive));
        }
        groups.push(Group { heading: declared.also.heading.clone(), links });
        groups
    }
}

/// The page of an indicator; the first one's is the main page.
pub(super) fn page_of(declared: &ComparePage, indicator: &str) -> String {
    if declared.measure.first().is_some_and(|first| first.indicator == indicator) {
        PAGE.to_owned()
    } else {
        format!("{PAGE}-{}", slug(indicator))
    }
}
