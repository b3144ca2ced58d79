//! A page for every organisation: its outcomes, its years beside England and its level, its figures as published.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use iapt_files::parallel;
use iapt_model::{CurrentRow, IndicatorRow, VariationRow};
use serde::Serialize;
use serde_json::json;

use super::{
    Page, Site,
    area_charts::Figure,
    area_facts::{Ended, Fact, Members, is_told_at_top},
    area_services::{Services, Similar},
    area_tables::MonthsContext,
    area_words::{AnswerWords, ChartOfArea},
    places::{Spread, interval_in_words},
    shared::{DAY, Shared, in_words, last_day, last_month},
};
use crate::{
    Error,
    areas::Area,
    declared::{AreasPage, Panel, Points},
    download,
    escape::clean,
    integrity::Finding,
    readings::{Reading, Readings, Subject},
    table::{Cell, Flag, Table},
};

/// The way from an organisation's page to the site's root.
pub(super) const ROOT: &str = "../../";

#[derive(Serialize)]
struct AreaContext {
    title: String,
    level_label: String,
    code: String,
    facts: Vec<Fact>,
    /// Where it has no figures in the newest year.
    ended: Option<Ended>,
    /// Empty where no year has the first indicator.
    answer: String,
    /// What became of everyone who was referred; empty where the months do not say.
    became: String,
    /// What was found about the figure of the answer.
    flag: Option<Flag>,
    place: Option<Figure>,
    trend: Option<Figure>,
    /// The four bars of the annual reports, where the months do not have them.
    bases: Option<Figure>,
    months: Option<MonthsContext>,
    services: Option<Services>,
    similar: Option<Similar>,
    table: Table,
    members: Vec<Members>,
    /// What stands under the score.
    under_score: String,
    /// What a percentage is whose counts do not give it; empty where there is none.
    about: String,
    /// None where its figures have the way from referral to recovery, and where it has ended.
    not_held: Option<Points>,
    /// The same inside a sentence.
    not_held_in_short: String,
    notes: Vec<String>,
    /// The last day of the figures, for paper.
    last_day: String,
    /// What was found about its data, the newest first.
    findings: Notes,
    limits: Points,
    download: String,
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

/// What was found about an organisation, but for what stands at the top of its page.
#[derive(Serialize)]
struct Notes {
    /// Of the newest year and of months, a few at most; of an organisation that has ended, of any year.
    recent: Vec<FindingContext>,
    others: Vec<FindingContext>,
}

impl FindingContext {
    fn new(finding: &Finding) -> Self {
        let period = &finding.row.reporting_period;
        Self {
            period: in_words(period).unwrap_or_else(|_| clean(period)),
            sentence: finding.sentence.clone(),
            anchor: finding.anchor.clone(),
            is_grave: finding.is_grave(),
        }
    }
}

#[derive(Clone, Serialize)]
pub(super) struct Link {
    pub(super) text: String,
    pub(super) code: String,
    pub(super) href: String,
}

/// What every page of an organisation is made from, found once.
pub(super) struct Shelf<'s, 'a> {
    pub(super) declared: &'s AreasPage,
    pub(super) readings: &'s Readings<'a>,
    /// The sums of months, where there are any.
    pub(super) months: Option<&'s Readings<'a>>,
    pub(super) shared: &'s Shared,
    pub(super) credit: String,
    /// By indicator, level and period.
    pub(super) spreads: BTreeMap<(&'s str, &'s str, &'s str), Spread<'a>>,
    /// By indicator, level, code and period.
    pub(super) variation: HashMap<[&'a str; 4], &'a VariationRow>,
    /// Today's places in the years before them, by indicator, level, code and period.
    pub(super) current: HashMap<[&'a str; 4], &'a CurrentRow>,
    /// By level and code.
    pub(super) rows: BTreeMap<(&'a str, &'a str), Vec<&'a IndicatorRow>>,
}

/// What became of everyone who was referred.
#[derive(Serialize)]
struct Became<'s> {
    period: &'s str,
    shares: Vec<BecameShare<'s>>,
    /// Stands where something was found about the figures.
    sign: String,
}

/// One share of it, here and in England.
#[derive(Serialize)]
struct BecameShare<'s> {
    label: &'s str,
    here: Reading,
    england: Reading,
}

impl<'a> Site<'a> {
    /// Adds a page for every organisation, and the list of them.
    pub(crate) fn areas(&self) -> Result<(), Error> {
        let declared = &self.pages.areas;
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
                && declared.indicators.iter().any(|name| row.indicator == *name)
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
        let of_dataset = self.input.current.iter().filter(|row| row.dataset == declared.dataset);
        let key = |row: &'a CurrentRow| {
            let key = [&row.indicator, &row.level, &row.org_code, &row.reporting_period];
            (key.map(String::as_str), row)
        };
        let current = of_dataset.map(key).collect();
        let shelf = Shelf {
            declared,
            readings: &readings,
            months: months.as_deref(),
            shared: &shared,
            credit,
            spreads,
            variation,
            current,
            rows,
        };
        // On as many threads as were asked for; the order of the work does not show.
        let areas: Vec<&Area> = self.areas.iter().collect();
        let made = parallel::map(&areas, self.input.threads, |area| self.area(area, &shelf));
        made.into_iter().collect::<Result<(), _>>()?;
        self.areas_index(declared, &shared)
    }

    /// The page of an organisation, and the files beside it.
    fn area(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<(), Error> {
        let csv = format!("{}.csv", area.stem());
        let rows = shelf.rows.get(&(area.level, area.org_code)).map(Vec::as_slice).unwrap_or_default();
        let before = area.only_predecessor().and_then(|code| shelf.rows.get(&(area.level, code)));
        let before = before.map(Vec::as_slice).unwrap_or_default();
        self.put_beside(area, &csv, &download::indicators(before.iter().chain(rows).copied()))?;
        let place = self.place(area, shelf, &csv)?;
        let trend = self.trend(area, shelf, &csv)?;
        let months = self.area_months(area, shelf, &csv)?;
        let page = self.pages.pathway_of(&shelf.declared.dataset);
        // Four bars once: two series would print two numbers for one question.
        let bases = if months.as_ref().is_some_and(|months| months.bases.is_some()) {
            None
        } else {
            self.area_bases(page, (shelf.readings, None), area, &csv)?
        };
        let has_pathway = bases.is_some() || months.as_ref().is_some_and(MonthsContext::has_pathway);
        let (answer, flag) = self.area_answer(area, shelf)?;
        let table = self.area_years(area, shelf, &csv)?;
        let has_about = table.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.is_about);
        let ended = self.ended(area);
        let description = self.engine.words("area-description", ChartOfArea::new(self, area))?;
        let context = AreaContext {
            title: match &ended {
                Some(ended) if !ended.last.is_empty() => format!("{}, to {}", area.name, ended.last),
                _ => area.name.clone(),
            },
            level_label: self.level_label(area),
            code: area.code(),
            facts: self.facts(area),
            under_score: shelf.declared.under_score.clone(),
            not_held: (!has_pathway && ended.is_none()).then(|| shelf.declared.not_held.clone()),
            not_held_in_short: shelf.declared.not_held_in_short.clone(),
            ended,
            answer,
            became: self.became(area, shelf)?,
            flag,
            place,
            trend,
            bases,
            months,
            about: if has_about { shelf.declared.about.clone() } else { String::new() },
            table,
            services: self.services(area, shelf)?,
            similar: self.similar(area, shelf)?,
            members: self.members(area, shelf),
            notes: self.notes(area, shelf)?,
            last_day: last_day(area.periods.last().unwrap_or(&shelf.readings.newest()))?
                .format(DAY)
                .to_string(),
            findings: self.area_findings(area, shelf),
            limits: shelf.declared.limits.clone(),
            download: csv,
        };
        let mut shared = shelf.shared.at(ROOT, &format!("{} ({})", area.name, area.code()), &description);
        if context.months.is_some() || context.services.is_some() {
            let months = shelf.months.map(|months| (self.pages.months.dataset.as_str(), months));
            shared = self.with_sources(shared, months)?;
        }
        let with_figure = rows.iter().filter(|row| row.value.is_some());
        let own = last_month(with_figure.map(|row| row.reporting_period.as_str()))?;
        if context.services.is_none() {
            shared = shared.with_figures_to(own);
        } else if own != shared.figures_to() {
            let words = json!({ "own": own, "services": shared.figures_to() });
            shared = shared.with_figures_to(self.engine.words("area-dates", words)?);
        }
        let html = self.engine.render("area.html.j2", Page { site: &shared, page: context })?;
        self.put_page(&area.path(), &html)
    }

    /// Hands over a file that lies beside an organisation's page.
    pub(super) fn put_beside(&self, area: &Area, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.put(&format!("site/{}/{name}", area.folder()), bytes)
    }

    /// What one organisation of this kind is called.
    pub(super) fn level_label(&self, area: &Area) -> String {
        let declared = self.input.project.organisations.organisation_type(area.org_type);
        declared.map_or_else(|| clean(area.org_type), |one| one.label.clone())
    }

    /// A link to the page of an organisation, from a page whose way to the site's root is `root`.
    pub(super) fn area_link(&self, root: &str, level: &str, org_code: &str) -> Link {
        let found = self.areas.get(level, org_code);
        let declared = self.input.project.organisations.get(level, org_code);
        let name = found.map(|area| area.name.clone());
        let name = name.or_else(|| declared.map(|one| self.pages.site.names.display(&one.org_name)));
        Link {
            text: name.unwrap_or_else(|| clean(org_code)),
            code: clean(org_code),
            href: self.areas.link(root, level, org_code),
        }
    }

    /// The months where there are any, and the annual reports: each dataset with its figures.
    pub(super) fn series<'s>(
        &'s self,
        shelf: &Shelf<'s, 'a>,
    ) -> impl Iterator<Item = (&'s str, &'s Readings<'a>)> {
        let of_months = shelf.months.map(|readings| (self.pages.months.dataset.as_str(), readings));
        of_months.into_iter().chain([(shelf.declared.dataset.as_str(), shelf.readings)])
    }

    fn area_findings(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Notes {
        const MOST_RECENT: usize = 3;
        let subject = Subject { level: area.level, org_code: area.org_code };
        let has_ended = area.has_ended(self.newest_of_places());
        let (mut recent, mut others): (Vec<&Finding>, Vec<&Finding>) = (Vec::new(), Vec::new());
        for (dataset, readings) in self.series(shelf) {
            for period in readings.periods() {
                let of_period = self.findings.of(dataset, subject, period);
                let of_period =
                    of_period.filter(|finding| has_ended || !is_told_at_top(shelf, readings, finding));
                let is_recent = has_ended || period == readings.newest();
                if is_recent { &mut recent } else { &mut others }.extend(of_period);
            }
            // Of single months the newest is shown; what each rule found last in the year up to it bears on it too.
            let mut told = BTreeSet::new();
            for period in readings.months().iter().rev().take(12) {
                let of_month = self.findings.of(dataset, subject, period);
                recent.extend(of_month.filter(|finding| told.insert(&finding.row.rule)));
            }
        }
        let newest_first = |found: &mut Vec<&Finding>| {
            found.sort_by(|left, right| right.row.reporting_period.cmp(&left.row.reporting_period));
        };
        newest_first(&mut recent);
        others.extend(recent.split_off(recent.len().min(MOST_RECENT)));
        newest_first(&mut others);
        let contexts = |found: Vec<&Finding>| found.into_iter().map(FindingContext::new).collect();
        Notes { recent: contexts(recent), others: contexts(others) }
    }

    /// A figure of an organisation, with the sign `[f]` if an error or a warning was found about it in that period.
    pub(super) fn area_value(&self, reading: &Reading, subject: Subject, dataset: &str) -> Cell {
        let flag = self.flag(ROOT, dataset, subject, &reading.period);
        Cell::value(reading).flagged(flag.filter(|_| reading.is_known))
    }

    /// The years of an area: those in which it, or the one body that it continues, has figures, and those before in which
    /// what lies in it today is added up.
    pub(super) fn periods_of<'s>(&self, area: &Area, shelf: &'s Shelf<'_, 'a>) -> Vec<&'s str> {
        let has_figures = |period: &&str| {
            let mut indicators = shelf.declared.table.iter();
            self.areas.code_in(area, period).is_some()
                || indicators.any(|indicator| self.sum_of(indicator, area, shelf, period).is_some())
        };
        shelf.readings.periods().iter().map(String::as_str).filter(has_figures).collect()
    }

    /// The sum of what lies in a living area today, in a year in which no body of its area has figures.
    pub(super) fn sum_of(
        &self,
        indicator: &str,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        period: &str,
    ) -> Option<&'a CurrentRow> {
        if self.areas.code_in(area, period).is_some() || area.has_ended(self.newest_of_places()) {
            return None;
        }
        shelf.current.get(&[indicator, area.level, area.org_code, period]).copied()
    }

    /// The figure of an area in a period, under whichever code has it, or summed over what lies in it today.
    pub(super) fn read_area(
        &self,
        indicator: &str,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        period: &str,
    ) -> Result<Reading, Error> {
        match self.sum_of(indicator, area, shelf, period) {
            Some(row) => shelf.readings.read_current(row),
            None => shelf.readings.read(indicator, self.subject_in(area, period), period),
        }
    }

    /// What became of everyone who was referred in the newest year of months, where all of it is printed.
    fn became(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<String, Error> {
        let Some(readings) = shelf.months.filter(|readings| !readings.newest().is_empty()) else {
            return Ok(String::new());
        };
        let (period, subject) = (readings.newest(), Subject { level: area.level, org_code: area.org_code });
        let mut shares = Vec::new();
        for Panel { indicator, label } in &shelf.declared.became {
            let here = readings.read(indicator, subject, period)?;
            if here.value.is_none() || here.denominator.is_none() {
                return Ok(String::new());
            }
            let england = readings.read(indicator, readings.england(), period)?;
            shares.push(BecameShare { label: label.as_deref().unwrap_or_default(), here, england });
        }
        let flag = self.flag(ROOT, &self.pages.months.dataset, subject, period);
        let sign = flag.map(|flag| flag.sign).unwrap_or_default();
        self.engine.words("area-became", Became { period, shares, sign })
    }

    /// The sentence at the top, and what was found about its figure.
    fn area_answer(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<(String, Option<Flag>), Error> {
        let readings = shelf.readings;
        let none = || (String::new(), None);
        let Some(indicator) = shelf.declared.indicators.first() else { return Ok(none()) };
        let subject = Subject { level: area.level, org_code: area.org_code };
        let Some(period) = readings.newest_with_value(indicator, subject) else { return Ok(none()) };
        let row = readings.row(indicator, subject, period);
        let england = readings.read(indicator, readings.england(), period)?;
        let reading = readings.read(indicator, subject, period)?;
        let flag = self.flag(ROOT, &shelf.declared.dataset, subject, period);
        let words = AnswerWords {
            name: area.name.clone(),
            period: period.to_owned(),
            is_newest: period == readings.newest(),
            interval: row.and_then(|row| interval_in_words(row, reading.decimals)).unwrap_or_default(),
            stands: row.map_or("plain", |row| self.verdict_on(row, &shelf.declared.dataset)),
            sign: flag.as_ref().map(|flag| flag.sign.clone()).unwrap_or_default(),
            // A rate that is older than the other figures says nothing of their targets.
            missed: if area.periods.last().is_none_or(|last| *last == period) {
                self.missed_targets(area, shelf, period)?
            } else {
                Vec::new()
            },
            reading,
            england,
        };
        Ok((self.engine.words("area-answer", words)?, flag))
    }
}
