//! What an organisation is: where it lies, what it was before, whether it has ended, and what a reader should know of it.

use iapt_model::{ENGLAND, GroupBoard, GroupPart};
use serde::Serialize;

use super::{
    Site,
    area::{Link, ROOT, Shelf},
    area_services::BOARD,
};
use crate::{
    Error,
    areas::Area,
    declared::AreasLevel,
    escape::clean,
    integrity::Finding,
    readings::{Readings, Subject},
};

/// A body without figures in the newest year.
#[derive(Serialize)]
pub(super) struct Ended {
    /// The last period that it has figures of; empty without any.
    pub(super) last: String,
    /// The living body that its declared successors lead to.
    successor: Option<Link>,
    /// Whether that one has ended too.
    has_successor_ended: bool,
    /// Whether it is there today, and only its newer figures are not.
    is_there_today: bool,
    note: String,
}

/// One line of what an organisation is.
#[derive(Serialize)]
pub(super) struct Fact {
    term: String,
    text: String,
    links: Vec<Link>,
}

/// Organisations of one level that lie in this one.
#[derive(Serialize)]
pub(super) struct Members {
    heading: String,
    links: Vec<Link>,
}

/// From when an area has figures.
#[derive(Serialize)]
struct Begins<'a> {
    first: &'a str,
    /// The first and the last year that is summed over what lies in it today; none where no year is.
    summed: Option<(&'a str, &'a str)>,
}

/// What is declared of an organisation, but for where its parent is from, which the page says elsewhere.
fn declared_note(area: &Area) -> String {
    let note = area.declared.map(|one| one.note.as_str()).unwrap_or_default();
    let sentences = note.split_inclusive(". ").filter(|sentence| !sentence.starts_with("Parent: "));
    clean(sentences.collect::<String>().trim())
}

/// Whether a finding about a place that has not ended stands at the top of its page, of the figures of which it is.
pub(super) fn is_told_at_top(shelf: &Shelf, readings: &Readings, finding: &Finding) -> bool {
    finding.row.reporting_period == readings.newest()
        && shelf.declared.rules_at_top.contains(&finding.row.rule)
}

impl<'a> Site<'a> {
    pub(super) fn facts(&self, area: &Area) -> Vec<Fact> {
        let fact = |term: &str, text| Fact { term: term.to_owned(), text, links: Vec::new() };
        let terms = &self.pages.areas.facts;
        let is_service = area.level == self.pages.areas.services.level;
        let mut facts = vec![fact(&terms.code, area.code()), fact(&terms.kind, self.level_label(area))];
        let boards = self.boards_of(area);
        let (term, parents) = if !boards.is_empty() {
            (
                &terms.works_for,
                boards.iter().map(|row| self.area_link(ROOT, BOARD, &row.board_code)).collect(),
            )
        } else if is_service {
            (&terms.office_in, self.parents(area))
        } else {
            (&terms.part_of, self.parents(area))
        };
        if !parents.is_empty() {
            facts.push(Fact { term: term.clone(), text: String::new(), links: parents });
        }
        let spoken: Vec<&str> = self.pages.spoken.of(area.level, area.org_code).collect();
        // Those of a board are the towns in it.
        if is_service && !spoken.is_empty() {
            facts.push(fact(&terms.spoken_names, spoken.join("; ")));
        }
        if !area.former_names.is_empty() {
            facts.push(fact(&terms.former_names, area.former_names.join("; ")));
        }
        if !area.predecessors.is_empty() {
            let links = area.predecessors.iter().map(|code| self.area_link(ROOT, area.level, code));
            facts.push(Fact { term: terms.replaced.clone(), text: String::new(), links: links.collect() });
        }
        if let Some(successor) = area.declared.and_then(|one| one.successor.as_deref()) {
            let links = vec![self.area_link(ROOT, area.level, successor)];
            facts.push(Fact { term: terms.replaced_by.clone(), text: String::new(), links });
        }
        if let (Some(first), Some(last)) = (area.periods.first(), area.periods.last()) {
            let years = if first == last { (*first).to_owned() } else { format!("{first} to {last}") };
            let before = area.only_predecessor().and_then(|code| self.areas.get(area.level, code));
            let before = before.and_then(|one| Some((one.code(), one.periods.first()?, one.periods.last()?)));
            facts.push(fact(
                &terms.annual_figures,
                match before {
                    Some((code, first, last)) => {
                        format!("{first} to {last} as {code}, {years} as {}", area.code())
                    }
                    None => years,
                },
            ));
        }
        facts
    }

    /// The code of what an organisation lies in: of a group that nothing more is declared of, the board that has most of it.
    pub(super) fn parent_of<'s>(&'s self, area: &Area<'s>) -> Option<&'s str> {
        let is_board_of = |one: &&GroupBoard| {
            area.level == "sub_icb" && one.group_code == area.org_code && one.part != GroupPart::Rest
        };
        area.parent().or_else(|| {
            let board = self.input.project.organisations.group_boards().find(is_board_of);
            board.map(|one| one.board_code.as_str())
        })
    }

    /// What an organisation lies in, the nearest first.
    fn parents(&self, area: &Area) -> Vec<Link> {
        let mut links = Vec::new();
        let mut code = self.parent_of(area).map(str::to_owned);
        // A chain longer than there are levels would be a circle.
        while let Some(parent) = code.take().filter(|_| links.len() < 4) {
            let found = self.input.project.organisations.iter().find(|one| one.org_code == parent);
            let Some(found) = found else { break };
            if found.level != ENGLAND {
                links.push(self.area_link(ROOT, &found.level, &found.org_code));
            }
            code = found.parent.clone().filter(|next| *next != parent);
        }
        links
    }

    /// The organisations that lie in this one, by level.
    pub(super) fn members(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Vec<Members> {
        let is_member =
            |other: &&Area| self.parent_of(other) == Some(area.org_code) && other.level != area.level;
        let mut all = Vec::new();
        // The services of a board have a table of their own.
        let is_shown =
            |level: &&AreasLevel| area.level != BOARD || level.level != shelf.declared.services.level;
        for level in shelf.declared.level.iter().filter(is_shown) {
            let members = self.areas.iter().filter(|other| other.level == level.level).filter(is_member);
            let mut links: Vec<Link> =
                members.map(|member| self.area_link(ROOT, member.level, member.org_code)).collect();
            links.sort_by(|left, right| (&left.text, &left.code).cmp(&(&right.text, &right.code)));
            if !links.is_empty() {
                all.push(Members { heading: level.heading.clone(), links });
            }
        }
        all
    }

    pub(super) fn ended(&self, area: &Area) -> Option<Ended> {
        let newest = self.newest_of_places();
        if !area.has_ended(newest) {
            return None;
        }
        let successor = self.areas.successor(area);
        Some(Ended {
            last: area.periods.last().map(|period| (*period).to_owned()).unwrap_or_default(),
            successor: successor.map(|one| self.area_link(ROOT, one.level, one.org_code)),
            has_successor_ended: successor.is_some_and(|one| one.has_ended(newest)),
            is_there_today: area.is_there_today(),
            note: declared_note(area),
        })
    }

    /// The newest year in which any organisation has figures.
    pub(super) fn newest_of_places(&self) -> &str {
        self.areas.iter().filter_map(|area| area.periods.last().copied()).max().unwrap_or_default()
    }

    /// What was found about the newest year of an organisation that its numbers cannot be read without.
    fn found_at_top(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Vec<String> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let found = self.series(shelf).flat_map(|(dataset, readings)| {
            let found = self.findings.of(dataset, subject, readings.newest());
            found.filter(|finding| is_told_at_top(shelf, readings, finding))
        });
        found.map(|finding| finding.sentence.clone()).collect()
    }

    /// What a reader should know of an organisation.
    pub(super) fn notes(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<Vec<String>, Error> {
        let mut notes = Vec::new();
        if !area.has_ended(self.newest_of_places()) {
            notes.extend(Some(declared_note(area)).filter(|note| !note.is_empty()));
            let periods = self.periods_of(area, shelf);
            let first = periods.first().copied().unwrap_or_default();
            let is_whole = shelf.readings.periods().first().is_some_and(|oldest| oldest == first);
            let summed: Vec<&str> =
                periods.iter().copied().filter(|period| self.areas.code_in(area, period).is_none()).collect();
            let summed = summed.first().zip(summed.last()).map(|(first, last)| (*first, *last));
            if area.level != "provider" && !periods.is_empty() && (summed.is_some() || !is_whole) {
                notes.push(self.engine.words("area-begins", Begins { first, summed })?);
            }
            notes.extend(self.found_at_top(area, shelf));
        }
        Ok(notes)
    }
}
