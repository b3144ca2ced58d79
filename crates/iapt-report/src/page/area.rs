//! A page for every organisation: its outcomes, its years beside England and its level, its figures as published.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use iapt_model::{IndicatorRow, VariationRow};
use serde::Serialize;

use super::{
    Page, Site,
    area_charts::Figure,
    area_words::{AnswerWords, Place},
    places::{Spread, range, stands},
    shared::Shared,
};
use crate::{
    Error,
    areas::Area,
    declared::{AreasPage, Points},
    download,
    escape::clean,
    readings::{Reading, Readings, Subject},
    table::{Cell, Column, Row, Table},
};

/// The way from an organisation's page to the site's root.
const ROOT: &str = "../../";

#[derive(Serialize)]
struct AreaContext {
    title: String,
    level_label: String,
    code: String,
    facts: Vec<Fact>,
    /// Empty where no year has the first indicator.
    answer: String,
    place: Option<Figure>,
    trend: Figure,
    bases: Option<Figure>,
    months: Option<MonthsContext>,
    table: Table,
    members: Vec<Members>,
    notes: Vec<String>,
    /// What was found about its data, the newest first.
    findings: Vec<FindingContext>,
    limits: Points,
    download: String,
}

/// The pathway by the sums of months.
#[derive(Serialize)]
struct MonthsContext {
    lead: Vec<String>,
    bases: Figure,
    table: Table,
}

/// What was found about its data in one period.
#[derive(Serialize)]
struct FindingContext {
    period: String,
    sentence: String,
    /// Where the page about the data says it.
    anchor: String,
    /// Whether its figures of the period are flagged.
    is_grave: bool,
}

/// One line of what an organisation is.
#[derive(Serialize)]
struct Fact {
    term: &'static str,
    text: String,
    links: Vec<Link>,
}

#[derive(Clone, Serialize)]
pub(super) struct Link {
    pub(super) text: String,
    pub(super) code: String,
    pub(super) href: String,
}

/// Organisations of one level that lie in this one.
#[derive(Serialize)]
struct Members {
    heading: String,
    links: Vec<Link>,
}

/// What every page of an organisation is made from, found once.
pub(super) struct Shelf<'s, 'a> {
    pub(super) declared: &'s AreasPage,
    pub(super) readings: &'s Readings<'a>,
    /// The sums of months, where there are any.
    pub(super) months: Option<Readings<'a>>,
    pub(super) shared: &'s Shared,
    pub(super) credit: String,
    /// By indicator, level and period.
    pub(super) spreads: BTreeMap<(&'s str, &'s str, &'s str), Spread<'a>>,
    /// By indicator, level, code and period.
    pub(super) variation: HashMap<[&'a str; 4], &'a VariationRow>,
    /// By level and code.
    pub(super) rows: BTreeMap<(&'a str, &'a str), Vec<&'a IndicatorRow>>,
}

pub(super) type Files = Vec<(PathBuf, Vec<u8>)>;

impl<'a> Site<'a> {
    /// Adds a page for every organisation, and the list of them.
    pub(crate) fn areas(&mut self) -> Result<(), Error> {
        let declared = self.pages.areas.clone();
        if self.areas.iter().next().is_none() {
            return Ok(());
        }
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared("areas", words, &declared.dataset, &readings)?;
        let mut spreads = BTreeMap::new();
        for indicator in &declared.indicators {
            for level in &declared.level {
                for period in readings.periods() {
                    if let Some(spread) = self.spread(indicator, &level.level, period, &readings) {
                        spreads.insert((indicator.as_str(), level.level.as_str(), period.as_str()), spread);
                    }
                }
            }
        }
        let mut rows: BTreeMap<_, Vec<&IndicatorRow>> = BTreeMap::new();
        let totals = self.input.indicators.iter().filter(|row| row.breakdown == "total");
        for row in totals {
            rows.entry((row.level.as_str(), row.org_code.as_str())).or_default().push(row);
        }
        let is_shown = |row: &&VariationRow| {
            row.dataset == declared.dataset
                && row.standing().is_in_statistics()
                && declared.indicators.contains(&row.indicator)
        };
        let key = |row: &'a VariationRow| {
            [row.indicator.as_str(), row.level.as_str(), row.org_code.as_str(), row.reporting_period.as_str()]
        };
        let variation =
            self.input.analysis.variation.iter().filter(is_shown).map(|row| (key(row), row)).collect();
        let credit = self.credit(&declared.dataset, &readings)?;
        // Where the page is made of the months, they are not shown a second time.
        let months = match &self.pages.months.dataset {
            months if *months == declared.dataset => None,
            months => self.readings_if_any(months)?,
        };
        let shelf = Shelf {
            declared: &declared,
            readings: &readings,
            months,
            shared: &shared,
            credit,
            spreads,
            variation,
            rows,
        };
        let pages = self.area_pages(&shelf)?;
        self.files.extend(pages);
        self.areas_index(&declared, &shared)
    }

    /// Every page, made by as many threads as there are processors; the order of the work does not show.
    fn area_pages(&self, shelf: &Shelf<'_, 'a>) -> Result<Files, Error> {
        let areas: Vec<&Area> = self.areas.iter().collect();
        let n_threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = areas.len().div_ceil(n_threads).max(1);
        std::thread::scope(|scope| {
            let work = |part: &[&Area]| -> Result<Files, Error> {
                let mut files = Files::new();
                for area in part {
                    files.extend(self.area(area, shelf)?);
                }
                Ok(files)
            };
            let threads: Vec<_> = areas.chunks(share).map(|part| scope.spawn(move || work(part))).collect();
            let mut files = Files::new();
            for thread in threads {
                files.extend(thread.join().map_err(|_| Error::Panicked)??);
            }
            Ok(files)
        })
    }

    fn area(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<Files, Error> {
        let mut files = Files::new();
        let csv = format!("{}.csv", area.stem());
        let rows = shelf.rows.get(&(area.level, area.org_code)).map(Vec::as_slice).unwrap_or_default();
        files.push((beside(area, &csv), download::indicators(rows.iter().copied())));
        let place = self.place(area, shelf, &csv, &mut files)?;
        let trend = self.trend(area, shelf, &csv, &mut files)?;
        let bases = self.area_bases(
            self.pages.pathway_of(&shelf.declared.dataset),
            shelf.readings,
            area,
            &csv,
            &mut files,
        )?;
        let months = self.area_months(area, shelf, &csv, &mut files)?;
        let description = self.engine.words("area-description", Place::new(self, area))?;
        let context = AreaContext {
            title: area.name.clone(),
            level_label: self.level_label(area),
            code: area.code(),
            facts: self.facts(area),
            answer: self.area_answer(area, shelf)?,
            place,
            trend,
            bases,
            months,
            table: self.area_years(area, shelf, &csv)?,
            members: self.members(area, shelf),
            notes: notes(area),
            findings: self.area_findings(area, shelf),
            limits: shelf.declared.limits.clone(),
            download: csv,
        };
        let shared = shelf.shared.at(ROOT, &format!("{} ({})", area.name, area.code()), &description);
        let html = self.engine.render("area.html.j2", Page { site: &shared, page: context })?;
        files.push((PathBuf::from("site").join(area.path()), html.into_bytes()));
        Ok(files)
    }

    /// What one organisation of this kind is called.
    pub(super) fn level_label(&self, area: &Area) -> String {
        let declared = self.input.project.organisations.organisation_type(area.org_type);
        declared.map_or_else(|| clean(area.org_type), |one| one.label.clone())
    }

    fn area_link(&self, level: &str, org_code: &str) -> Link {
        let found = self.areas.get(level, org_code);
        let declared = self.input.project.organisations.get(level, org_code);
        let name = found.map(|area| area.name.clone());
        let name = name.or_else(|| declared.map(|one| self.pages.site.names.display(&one.org_name)));
        Link {
            text: name.unwrap_or_else(|| clean(org_code)),
            code: clean(org_code),
            href: self.areas.link(ROOT, level, org_code),
        }
    }

    fn facts(&self, area: &Area) -> Vec<Fact> {
        let fact = |term, text| Fact { term, text, links: Vec::new() };
        let mut facts = vec![fact("Code", area.code()), fact("Kind", self.level_label(area))];
        let parents: Vec<Link> = self.parents(area);
        if !parents.is_empty() {
            facts.push(Fact { term: "Part of", text: String::new(), links: parents });
        }
        if !area.former_names.is_empty() {
            facts.push(fact("Former names", area.former_names.join("; ")));
        }
        if !area.predecessors.is_empty() {
            let links = area.predecessors.iter().map(|code| self.area_link(area.level, code));
            facts.push(Fact { term: "Came from", text: String::new(), links: links.collect() });
        }
        if let Some(successor) = area.declared.and_then(|one| one.successor.as_deref()) {
            let links = vec![self.area_link(area.level, successor)];
            facts.push(Fact { term: "Continued by", text: String::new(), links });
        }
        if let (Some(first), Some(last)) = (area.periods.first(), area.periods.last()) {
            let years = if first == last { (*first).to_owned() } else { format!("{first} to {last}") };
            facts.push(fact("Figures for", years));
        }
        facts
    }

    /// What an organisation lies in, the nearest first.
    fn parents(&self, area: &Area) -> Vec<Link> {
        let mut links = Vec::new();
        let mut code = area.declared.and_then(|one| one.parent.clone());
        // A chain longer than there are levels would be a circle.
        while let Some(parent) = code.take().filter(|_| links.len() < 4) {
            let found = self.input.project.organisations.iter().find(|one| one.org_code == parent);
            let Some(found) = found else { break };
            if found.level != "england" {
                links.push(self.area_link(&found.level, &found.org_code));
            }
            code = found.parent.clone().filter(|next| *next != parent);
        }
        links
    }

    /// The organisations that lie in this one, by level.
    fn members(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Vec<Members> {
        let is_member = |other: &&Area| {
            other.declared.and_then(|one| one.parent.as_deref()) == Some(area.org_code)
                && other.level != area.level
        };
        let mut all = Vec::new();
        for level in &shelf.declared.level {
            let members = self.areas.iter().filter(|other| other.level == level.level).filter(is_member);
            let mut links: Vec<Link> =
                members.map(|member| self.area_link(member.level, member.org_code)).collect();
            links.sort_by(|left, right| (&left.text, &left.code).cmp(&(&right.text, &right.code)));
            if !links.is_empty() {
                all.push(Members { heading: level.heading.clone(), links });
            }
        }
        all
    }

    fn area_findings(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Vec<FindingContext> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let periods = shelf.readings.periods().iter().rev();
        let found = periods.flat_map(|period| self.findings.of(&shelf.declared.dataset, subject, period));
        let found = found.map(|finding| FindingContext {
            period: clean(&finding.row.reporting_period),
            sentence: finding.sentence.clone(),
            anchor: finding.anchor.clone(),
            is_grave: finding.row.severity != "note",
        });
        found.collect()
    }

    /// A number of an organisation, with the sign beside it if something grave was found about the year.
    pub(super) fn area_value(&self, reading: &Reading, subject: Subject, dataset: &str) -> Cell {
        let flag = self.findings.flag(ROOT, dataset, subject, &reading.period);
        Cell::value(reading).flagged(flag.filter(|_| reading.is_known))
    }

    fn area_answer(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<String, Error> {
        let readings = shelf.readings;
        let Some(indicator) = shelf.declared.indicators.first() else { return Ok(String::new()) };
        let subject = Subject { level: area.level, org_code: area.org_code };
        let Some(period) = readings.newest_with_value(indicator, subject) else { return Ok(String::new()) };
        let row = readings.row(indicator, subject, period);
        let england = readings.read(indicator, readings.england(), period)?;
        let reading = readings.read(indicator, subject, period)?;
        let interval = row.and_then(|row| row.interval_low.zip(row.interval_high));
        let words = AnswerWords {
            name: area.name.clone(),
            period: period.to_owned(),
            is_newest: period == readings.newest(),
            newest: readings.newest().to_owned(),
            definition: readings.indicator(indicator).map(|one| one.definition.clone()).unwrap_or_default(),
            interval: interval.map(|ends| range(ends, reading.decimals)).unwrap_or_default(),
            stands: row.map_or("plain", stands),
            reading,
            england,
        };
        self.engine.words("area-answer", words)
    }

    /// The pathway of the sums of months; none where no whole year of it is known.
    fn area_months(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        csv: &str,
        files: &mut Files,
    ) -> Result<Option<MonthsContext>, Error> {
        let Some(readings) = &shelf.months else { return Ok(None) };
        let page = &self.pages.months;
        let Some(bases) = self.area_bases(page, readings, area, csv, files)? else { return Ok(None) };
        let indicators = page.group.iter().flat_map(|group| &group.indicators);
        let periods: Vec<&str> = readings.periods().iter().map(String::as_str).collect();
        let (columns, rows) = self.years_of_area(area, (&page.dataset, readings), &periods, indicators)?;
        let table = Table {
            id: "table-months".to_owned(),
            caption: format!(
                "{}: sums of twelve months, with the referrals counted and out of how many [r]",
                area.name
            ),
            columns,
            rows,
            download: csv.to_owned(),
        };
        Ok(Some(MonthsContext { lead: page.lead.clone(), bases, table }))
    }

    /// Every indicator of every year, the table in which its figures are at home.
    fn area_years(&self, area: &Area, shelf: &Shelf<'_, 'a>, csv: &str) -> Result<Table, Error> {
        let periods: Vec<&str> = area.periods.iter().copied().collect();
        let of = (shelf.declared.dataset.as_str(), shelf.readings);
        let (columns, rows) = self.years_of_area(area, of, &periods, shelf.declared.table.iter())?;
        Ok(Table {
            id: "table-figures".to_owned(),
            caption: format!("{}: rates by year, with counts (rounded to 5) [r]", area.name),
            columns,
            rows,
            download: csv.to_owned(),
        })
    }

    /// A row for each indicator of which some year has a figure, a column for each year.
    fn years_of_area<'i>(
        &self,
        area: &Area,
        (dataset, readings): (&str, &Readings),
        periods: &[&str],
        indicators: impl Iterator<Item = &'i String>,
    ) -> Result<(Vec<Column>, Vec<Row>), Error> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let mut rows = Vec::new();
        for indicator in indicators {
            let years = periods.iter().map(|period| readings.read(indicator, subject, period));
            let years = years.collect::<Result<Vec<_>, _>>()?;
            if !years.iter().any(|reading| !reading.figure.is_empty()) {
                continue;
            }
            let label = readings.indicator(indicator).map_or("", |one| one.label.as_str());
            let cells = years
                .iter()
                .map(|one| self.area_value(one, subject, dataset).and(super::bases::of(one)).at_home());
            rows.push(Row::new([Cell::new(label)].into_iter().chain(cells).collect()));
        }
        let heads = periods.iter().map(|period| Column::number(period));
        Ok(([Column::text("Indicator")].into_iter().chain(heads).collect(), rows))
    }
}

/// A file beside an organisation's page.
pub(super) fn beside(area: &Area, name: &str) -> PathBuf {
    PathBuf::from("site").join(area.path()).with_file_name(name)
}

/// What a reader should know of an organisation.
fn notes(area: &Area) -> Vec<String> {
    area.declared.map(|one| one.note.clone()).filter(|note| !note.is_empty()).into_iter().collect()
}
