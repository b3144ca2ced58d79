//! What was found about what a page shows.

use iapt_model::{ENGLAND, Period};
use serde::Serialize;

use super::{Site, area::Link};
use crate::{Error, declared::PanelList, integrity::Finding};

/// What was found about the organisations of a level in the year that is shown.
#[derive(Serialize)]
pub(super) struct FoundContext {
    heading: String,
    period: String,
    findings: Vec<FindingContext>,
}

#[derive(Serialize)]
struct FindingContext {
    sentence: String,
    anchor: String,
}

/// What was found about England in a month, and of which services.
#[derive(Serialize)]
struct FoundInMonth<'s> {
    sentence: &'s str,
    anchor: &'s str,
    others: Vec<OtherFound<'s>>,
}

#[derive(Serialize)]
struct OtherFound<'s> {
    #[serde(flatten)]
    link: Link,
    evidence: &'s str,
    anchor: &'s str,
}

impl Site<'_> {
    /// What a rule found in the newest period: what it says of England, and a link to each organisation.
    pub(super) fn found_by(&self, rule: &str) -> (Vec<String>, Vec<Link>) {
        let found = || self.findings.all().iter().filter(|finding| finding.row.rule == rule);
        let newest = found().map(|finding| finding.row.reporting_period.as_str()).max();
        let of_newest = found().filter(|finding| Some(finding.row.reporting_period.as_str()) == newest);
        let (england, others): (Vec<_>, Vec<_>) = of_newest.partition(|finding| finding.row.level == ENGLAND);
        let link = |finding: &&Finding| self.area_link("", &finding.row.level, &finding.row.org_code);
        let said = england.iter().map(|finding| finding.sentence.clone()).collect();
        (said, others.iter().map(link).collect())
    }

    /// What makes months of England doubtful that panels show, each with the services of which the same was found.
    pub(super) fn found_in_months(&self, panels: &PanelList) -> Result<Vec<String>, Error> {
        if !panels.by_month {
            return Ok(Vec::new());
        }
        let is_shown = |finding: &&Finding| {
            let row = finding.row;
            finding.is_grave()
                && row.level == ENGLAND
                && row.dataset == panels.dataset
                && panels.panel.iter().any(|panel| panel.indicator == row.subject)
                && row.reporting_period.parse::<Period>().is_ok_and(|period| period.n_months() == 1)
        };
        let found = self.findings.all().iter().filter(is_shown);
        let sentence = |finding: &Finding| {
            let row = finding.row;
            let is_same = |other: &&Finding| {
                let other = other.row;
                other.rule == row.rule
                    && other.dataset == row.dataset
                    && other.reporting_period == row.reporting_period
                    && other.level == self.pages.areas.services.level
            };
            let others = self.findings.all().iter().filter(is_same).map(|other| OtherFound {
                link: self.area_link("", &other.row.level, &other.row.org_code),
                evidence: &other.row.evidence,
                anchor: &other.anchor,
            });
            let words = FoundInMonth {
                sentence: &finding.sentence,
                anchor: &finding.anchor,
                others: others.collect(),
            };
            self.engine.words("found-in-month", words)
        };
        found.map(sentence).collect()
    }
    /// What makes figures of these levels doubtful, each in its period; levels are told by name and heading.
    pub(super) fn found_in_levels<'s>(
        &self,
        dataset: &str,
        levels: impl Iterator<Item = (&'s str, &'s str, &'s str)>,
    ) -> Vec<FoundContext> {
        let found = levels.map(|(level, heading, period)| {
            let findings = self.findings.grave(dataset, level, period).map(|finding| FindingContext {
                sentence: finding.sentence.clone(),
                anchor: finding.anchor.clone(),
            });
            FoundContext {
                heading: heading.to_owned(),
                period: period.to_owned(),
                findings: findings.collect(),
            }
        });
        found.filter(|one| !one.findings.is_empty()).collect()
    }
}
