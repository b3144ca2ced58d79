//! Every organisation that has a page: where the page is, what the organisation was called and what came before it.

use std::collections::{BTreeMap, BTreeSet};

use iapt_files::Sha256;
use iapt_model::{ENGLAND, Organisation};

use crate::{Input, escape::clean, names::NameRules};

/// One organisation on one level.
#[derive(Clone, Debug)]
pub(crate) struct Area<'a> {
    pub(crate) level: &'a str,
    pub(crate) org_code: &'a str,
    /// Its latest name, as readers see it.
    pub(crate) name: String,
    /// Earlier names, in order of time, as readers see them.
    pub(crate) former_names: Vec<String>,
    /// Periods in which it has figures.
    pub(crate) periods: BTreeSet<&'a str>,
    /// Its latest type, as published.
    pub(crate) org_type: &'a str,
    /// What is declared of it.
    pub(crate) declared: Option<&'a Organisation>,
    /// Organisations that it took the place of, by code.
    pub(crate) predecessors: Vec<&'a str>,
}

/// Every place and service of the tables, by level and code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Areas<'a>(BTreeMap<(&'a str, &'a str), Area<'a>>);

impl<'a> Areas<'a> {
    pub(crate) fn new(input: &'a Input<'a>, names: &NameRules) -> Self {
        let project = input.project;
        let mut areas: BTreeMap<(&str, &str), Area> = BTreeMap::new();
        let mut spelled: BTreeMap<(&str, &str), BTreeSet<(&str, &str)>> = BTreeMap::new();
        let rows = input.indicators.iter().filter(|row| {
            row.breakdown == "total"
                && !row.is_month()
                && row.level != ENGLAND
                && (row.org_kind == "place" || row.org_kind == "service")
        });
        for row in rows {
            let key = (row.level.as_str(), row.org_code.as_str());
            spelled.entry(key).or_default().insert((&row.reporting_period, &row.org_name));
            let area = areas.entry(key).or_insert_with(|| Area {
                level: &row.level,
                org_code: &row.org_code,
                name: String::new(),
                former_names: Vec::new(),
                periods: BTreeSet::new(),
                org_type: &row.org_type,
                declared: project.organisations.get(&row.level, &row.org_code),
                predecessors: Vec::new(),
            });
            if area.periods.last().is_none_or(|last| *last <= row.reporting_period.as_str()) {
                area.org_type = &row.org_type;
            }
            // Whether it has figures in a year is said of what is published by the year.
            if !row.is_sum_of_months() {
                area.periods.insert(&row.reporting_period);
            }
        }
        for (key, spellings) in spelled {
            let Some(area) = areas.get_mut(&key) else { continue };
            // Of two names in one period the first counts, as everywhere.
            let mut by_period = BTreeMap::new();
            for (period, name) in spellings {
                by_period.entry(period).or_insert_with(|| names.display(name));
            }
            area.name = by_period.values().next_back().cloned().unwrap_or_default();
            for name in by_period.into_values() {
                if name.to_lowercase() != area.name.to_lowercase() && !area.former_names.contains(&name) {
                    area.former_names.push(name);
                }
            }
        }
        for organisation in project.organisations.iter() {
            let Some(successor) = organisation.successor.as_deref() else { continue };
            if let Some(area) = areas.get_mut(&(organisation.level.as_str(), successor)) {
                area.predecessors.push(&organisation.org_code);
            }
        }
        Self(areas)
    }

    /// Every one, in order of level and code.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Area<'a>> {
        self.0.values()
    }

    pub(crate) fn get<'s>(&'s self, level: &'s str, org_code: &'s str) -> Option<&'s Area<'s>> {
        self.0.get(&(level, org_code))
    }

    /// The code under which an organisation has figures in a period: its own, or that of the one body that it continues.
    pub(crate) fn code_in<'s>(&'s self, area: &'s Area<'s>, period: &str) -> Option<&'s str> {
        let mut at = area;
        // A chain longer than there are organisations would be a circle.
        for _ in 0..self.0.len() {
            if at.periods.contains(period) {
                return Some(at.org_code);
            }
            at = self.get(at.level, at.only_predecessor()?)?;
        }
        None
    }

    /// The codes of the bodies that an organisation continues as they were, the latest first.
    pub(crate) fn earlier_codes(&self, area: &Area<'a>) -> Vec<&'a str> {
        let mut codes = Vec::new();
        let mut at = area.only_predecessor();
        while let Some(before) = at.and_then(|code| self.0.get(&(area.level, code))) {
            // A circle of predecessors would have no end.
            if codes.contains(&before.org_code) {
                break;
            }
            codes.push(before.org_code);
            at = before.only_predecessor();
        }
        codes
    }

    /// Where the declared successors of an organisation lead; none where it has none with a page.
    pub(crate) fn successor<'s>(&'s self, area: &'s Area<'s>) -> Option<&'s Area<'s>> {
        let mut last = None;
        let mut at = area;
        for _ in 0..self.0.len() {
            let Some(next) = at.declared.and_then(|one| one.successor.as_deref()) else { break };
            let Some(next) = self.get(at.level, next) else { break };
            last = Some(next);
            at = next;
        }
        last
    }

    /// The link to an organisation's page. `root` is the relative path from the page with the link to the site's root. Empty
    /// where the organisation has no page.
    pub(crate) fn link(&self, root: &str, level: &str, org_code: &str) -> String {
        self.get(level, org_code).map(|area| format!("{root}{}", area.path())).unwrap_or_default()
    }
}

impl<'a> Area<'a> {
    /// The code of what it lies in, or of where the directory places it.
    pub(crate) fn parent(&self) -> Option<&'a str> {
        self.declared.and_then(|one| one.parent.as_deref())
    }

    /// The address of its page, relative to the root of the site.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}.html", self.folder(), self.stem())
    }

    /// The folder of its page, from the root of the site.
    pub(crate) fn folder(&self) -> String {
        format!("areas/{}", segment(self.level))
    }

    /// The name of its files beside the page.
    pub(crate) fn stem(&self) -> String {
        segment(self.org_code)
    }

    /// Earlier codes that are the same area under another code: one predecessor and no other.
    pub(crate) fn only_predecessor(&self) -> Option<&'a str> {
        match self.predecessors.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether it has no figures in the newest year in which any organisation has, if there is one.
    pub(crate) fn has_ended(&self, newest: &str) -> bool {
        !newest.is_empty() && self.periods.last().is_none_or(|last| *last < newest)
    }

    /// Whether there is such a body today, by what is declared: where its figures end before the newest year, newer ones are not held.
    pub(crate) fn is_there_today(&self) -> bool {
        self.declared.is_some_and(|one| one.valid_to.is_none())
    }

    /// What the publisher calls its code, harmless on a page.
    pub(crate) fn code(&self) -> String {
        clean(self.org_code)
    }
}

/// File systems take names of 255 bytes, and files beside a page have longer ones than the page.
const LONGEST_SEGMENT: usize = 100;

/// A text from outside as one part of a path: letters, digits, `-` and `_` stay, everything else is spelt out, and what
/// is too long for a file name ends with a checksum.
pub(crate) fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '-' | '_') {
            segment.push(character);
        } else {
            segment.push_str(&format!("={:x}=", u32::from(character)));
        }
    }
    if segment.len() > LONGEST_SEGMENT {
        // Two codes that begin alike differ in their checksums; nothing else is spelt with `~`.
        segment.truncate(LONGEST_SEGMENT);
        segment.push_str(&format!("~{:.16}", Sha256::of(text.as_bytes()).to_string()));
    }
    if segment.is_empty() { "=".to_owned() } else { segment }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_inside_their_folder() {
        let check = |code, expected| assert_eq!(segment(code), expected);
        check("QHM", "QHM");
        check("sub_icb", "sub_icb");
        check("../../etc", "=2e==2e==2f==2e==2e==2f=etc");
        check("A/B", "A=2f=B");
        check("", "=");
        check("<b>", "=3c=b=3e=");
    }

    #[test]
    fn codes_of_any_length_have_a_file_name_of_their_own() {
        let exactly = "A".repeat(LONGEST_SEGMENT);
        assert_eq!(segment(&exactly), exactly);
        let names: BTreeSet<String> =
            ["A", "B", "\u{e9}"].iter().map(|end| segment(&format!("{}{end}", "/".repeat(400)))).collect();
        assert_eq!(names.len(), 3);
        assert!(names.iter().all(|name| name.len() == LONGEST_SEGMENT + 17), "{names:?}");
    }
}
