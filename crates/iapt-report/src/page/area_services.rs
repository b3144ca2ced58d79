//! The services of an area with their figures, and the areas that are most like it.

use std::collections::BTreeSet;

use iapt_chart::format;
use iapt_model::{Organisation, ServiceOfBoardRow, Standing};
use serde::Serialize;
use serde_json::json;

use super::{
    Site,
    area::{Link, ROOT, Shelf},
    shared::{in_words, month_in_words},
    verdict::short_comparison,
};
use crate::{
    Error,
    areas::Area,
    readings::{Readings, Subject},
    table::{Cell, Row, Table},
};

/// The level of the boards of `services_of_boards`.
pub(super) const BOARD: &str = "icb";

/// The services of an area.
#[derive(Serialize)]
pub(super) struct Services {
    note: String,
    /// What the services whose people are mostly from here say of what the area's own figures do not have; empty where none has any.
    in_short: String,
    table: Option<Table>,
    /// What stands before the services whose office is in the new board of most that work here; empty where there are none.
    about_offices: String,
    offices: Vec<Link>,
}

/// From the least to the most that a service here has.
#[derive(Serialize)]
struct RangeOfServices {
    label: String,
    low: String,
    high: String,
    england: String,
    /// How many of the services have it.
    n: usize,
}

/// What the services of an area say.
#[derive(Serialize)]
struct ServicesWords<'s> {
    period: &'s str,
    n_services: usize,
    /// How many services the table lists.
    n_listed: usize,
    /// The month from which all of them are known to work here.
    month: Option<String>,
    ranges: Vec<RangeOfServices>,
}

/// The areas that are most like an area.
#[derive(Serialize)]
pub(super) struct Similar {
    note: String,
    table: Table,
}

/// The printed referrals of a service from an area.
#[derive(Serialize)]
struct Known {
    /// `February 2020`; none where it stands over the column.
    month: Option<String>,
    referrals: String,
    of_all: String,
    /// The last month with figures of a service that has none in the newest.
    stopped: Option<String>,
}

/// The new board that most services of an area have their office in.
#[derive(Serialize)]
struct OfficesWords {
    board: String,
}

/// A column of figures: what stands over it, the indicator, the figures and the period.
struct Figures<'s, 'a> {
    head: String,
    indicator: &'s str,
    dataset: &'s str,
    readings: &'s Readings<'a>,
    period: &'s str,
}

impl<'s, 'a> Figures<'s, 'a> {
    /// Those of the newest period, which stands over them.
    fn newest(indicator: &'s str, dataset: &'s str, readings: &'s Readings<'a>) -> Self {
        let (period, declared) = (readings.newest(), readings.indicator(indicator));
        let label = declared.map_or("", |one| one.label.as_str());
        Self { head: format!("{label}, {period}"), indicator, dataset, readings, period }
    }

    /// Those of the newest single month; none where there are no months.
    fn of_month(
        indicator: &'s str,
        dataset: &'s str,
        readings: &'s Readings<'a>,
    ) -> Result<Option<Self>, Error> {
        let Some(period) = readings.months().last() else { return Ok(None) };
        let label = readings.indicator(indicator).map_or("", |one| one.label.as_str());
        let head = format!("{label}, {}", in_words(period)?);
        Ok(Some(Self { head, indicator, dataset, readings, period }))
    }
}

impl<'a> Site<'a> {
    /// The services that work in an area, by their printed referrals.
    pub(super) fn services(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<Option<Services>, Error> {
        let section = &shelf.declared.services;
        let readings = shelf.readings;
        let is_board = area.level == BOARD && area.periods.contains(readings.newest());
        if !is_board {
            return Ok(None);
        }
        let annual =
            section.indicators.iter().map(|name| Figures::newest(name, &shelf.declared.dataset, readings));
        let months = shelf.months.into_iter().flat_map(|readings| {
            let of_months = section.of_months.iter();
            of_months.map(move |name| Figures::newest(name, &self.pages.months.dataset, readings))
        });
        let mut figures: Vec<Figures> = annual.chain(months).collect();
        for (readings, name) in
            shelf.months.into_iter().flat_map(|one| section.now.iter().map(move |name| (one, name)))
        {
            figures.extend(Figures::of_month(name, &self.pages.months.dataset, readings)?);
        }
        let is_living =
            |other: &&Area| other.level == section.level && other.periods.contains(readings.newest());
        let mut others: Vec<&Area> = self.areas.iter().filter(is_living).collect();
        others.sort_by_key(|other| (other.name.to_lowercase(), other.org_code));
        let working: Vec<(&Area, &ServiceOfBoardRow)> = others
            .iter()
            .filter_map(|other| {
                let row = self.boards_of(other).into_iter().find(|row| row.board_code == area.org_code);
                row.map(|row| (*other, row))
            })
            .collect();
        let (about_offices, offices) = self.offices_beyond(&others, &working, area)?;
        let month = common_month(&working)?;
        let (mut members, mut known, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for (other, row) in working {
            members.push(other);
            known.push(self.known_from(row, self.stopped(other, shelf)?, month.is_none())?);
            own.extend(row.is_mostly_of_board().then_some((other, row)));
        }
        // After those of which the files say where their people live.
        for other in others {
            if other.parent() == Some(area.org_code) && self.boards_of(other).is_empty() {
                members.push(other);
                known.push(Cell::new(&section.office));
            }
        }
        let (shown, mut rows) = self.figure_rows(&members, figures)?;
        if rows.is_empty() {
            let (note, in_short) = (section.none.clone(), String::new());
            return Ok(Some(Services { note, in_short, table: None, about_offices, offices }));
        }
        let mut england = vec![Cell::new("England")];
        for one in &shown {
            england.push(Cell::value(&one.readings.read(
                one.indicator,
                one.readings.england(),
                one.period,
            )?));
        }
        let n_listed = rows.len();
        rows.push(Row::new(england));
        for (row, known) in rows.iter_mut().zip(known.into_iter().chain([Cell::default()])) {
            row.cells.push(known);
        }
        let figures: Vec<&String> = shown.iter().map(|one| &one.head).collect();
        let heads = self
            .engine
            .heads("services", json!({ "name": area.name, "figures": figures, "month": month }))?;
        let table = heads.over("table-services", rows, "")?;
        let of_months = shown.iter().filter(|one| section.of_months.iter().any(|name| name == one.indicator));
        let in_short = self.services_in_short(&own, n_listed, of_months)?;
        let note = section.note.clone();
        Ok(Some(Services { note, in_short, table: Some(table), about_offices, offices }))
    }

    /// The least and the most that the services whose people are mostly from an area have of each figure of a year.
    fn services_in_short<'s>(
        &self,
        services: &[(&Area, &ServiceOfBoardRow)],
        n_listed: usize,
        figures: impl Iterator<Item = &'s Figures<'s, 'a>>,
    ) -> Result<String, Error>
    where
        'a: 's,
    {
        let mut named = BTreeSet::new();
        let (mut ranges, mut period) = (Vec::new(), "");
        for one in figures {
            let mut known = Vec::new();
            for (service, _) in services {
                let subject = Subject { level: service.level, org_code: service.org_code };
                let reading = one.readings.read(one.indicator, subject, one.period)?;
                let row = one.readings.row(one.indicator, subject, one.period);
                // As everywhere, those that are too small, or of which something grave was found, are at neither end.
                let is_counted = row.is_some_and(|row| {
                    row.standing() == Standing::Counted
                        && self.flag(ROOT, one.dataset, subject, one.period).is_none()
                });
                if let Some(value) = reading.value.filter(|_| is_counted) {
                    // Few referrals lie far out by chance, so how few is said.
                    let few = reading.denominator.filter(|size| *size < format::ONE_DECIMAL_FROM);
                    let of = few.map(|size| format!(" of {}", format::count(size))).unwrap_or_default();
                    known.push((value, format!("{}{of}", reading.value_text())));
                    named.insert(service.org_code);
                }
            }
            known.sort_by(|left, right| left.0.total_cmp(&right.0));
            let (Some((_, low)), Some((_, high))) = (known.first(), known.last()) else { continue };
            let england = one.readings.read(one.indicator, one.readings.england(), one.period)?;
            period = one.period;
            ranges.push(RangeOfServices {
                label: england.label.clone(),
                low: low.clone(),
                high: high.clone(),
                england: england.value_text(),
                n: known.len(),
            });
        }
        if ranges.is_empty() {
            return Ok(String::new());
        }
        let n_services = named.len();
        let of_named = services.iter().filter(|(service, _)| named.contains(service.org_code));
        let month = common_month(&of_named.copied().collect::<Vec<_>>())?;
        self.engine.words("area-services", ServicesWords { period, n_services, n_listed, month, ranges })
    }

    /// The boards that a service works for, the one with the most of its referrals first; none where no file of the publisher
    /// says so.
    pub(super) fn boards_of(&self, area: &Area) -> Vec<&'a ServiceOfBoardRow> {
        let level = self.pages.areas.services.level.as_str();
        let is_its = |row: &&ServiceOfBoardRow| area.level == level && row.org_code == area.org_code;
        let mut boards: Vec<_> = self.input.services.iter().filter(is_its).collect();
        boards.sort_by(|left, right| right.referrals.total_cmp(&left.referrals));
        boards
    }

    /// The bodies of a region that are so new that they have no figures.
    pub(super) fn new_boards_of(&self, region: &str) -> impl Iterator<Item = &'a Organisation> {
        self.input.project.organisations.iter().filter(move |one| {
            one.level == BOARD
                && one.parent.as_deref() == Some(region)
                && self.areas.get(BOARD, &one.org_code).is_none()
        })
    }

    /// The services of which no file says where they work and whose office is in a new board: in that of more than half of the
    /// referrals at the services that are known to be `working` in an area. And what to say of them.
    fn offices_beyond(
        &self,
        services: &[&Area],
        working: &[(&Area, &ServiceOfBoardRow)],
        area: &Area,
    ) -> Result<(String, Vec<Link>), Error> {
        let referrals = |is_counted: &dyn Fn(&Area) -> bool| -> f64 {
            working.iter().filter(|(service, _)| is_counted(service)).map(|(_, row)| row.referrals).sum()
        };
        let has_most = |board: &&Organisation| {
            2.0 * referrals(&|service| service.parent() == Some(&board.org_code)) > referrals(&|_| true)
        };
        let mut boards = area.parent().into_iter().flat_map(|region| self.new_boards_of(region));
        let Some(board) = boards.find(has_most) else { return Ok(Default::default()) };
        let beyond = services.iter().filter(|service| {
            service.parent() == Some(&board.org_code) && self.boards_of(service).is_empty()
        });
        let offices: Vec<Link> =
            beyond.map(|service| self.area_link(ROOT, service.level, service.org_code)).collect();
        let board = self.area_link(ROOT, BOARD, &board.org_code).text;
        Ok((self.engine.words("area-offices", OfficesWords { board })?, offices))
    }

    /// The last month with any row of a service that has none in the newest.
    fn stopped(&self, service: &Area, shelf: &Shelf<'_, 'a>) -> Result<Option<String>, Error> {
        let Some(readings) = shelf.months else { return Ok(None) };
        let subject = Subject { level: service.level, org_code: service.org_code };
        let names = &self.pages.areas.services.now;
        let has_row = |month: &&String| names.iter().any(|name| readings.row(name, subject, month).is_some());
        let last = readings.months().iter().rev().find(has_row);
        last.filter(|last| readings.months().last() != Some(last)).map(|last| in_words(last)).transpose()
    }

    /// How it is known that a service works in an area: by its printed referrals.
    fn known_from(
        &self,
        row: &ServiceOfBoardRow,
        stopped: Option<String>,
        has_month: bool,
    ) -> Result<Cell, Error> {
        let words = Known {
            month: has_month.then(|| month_in_words(&row.reporting_period)).transpose()?,
            referrals: format::count(row.referrals),
            of_all: format::count(row.referrals_of_all),
            stopped,
        };
        Ok(Cell::new(self.engine.words("service-known", words)?))
    }

    /// The organisations of a level next to one in two orders together: by size, and by how unwell people were.
    pub(super) fn similar(&self, area: &Area, shelf: &Shelf<'_, 'a>) -> Result<Option<Similar>, Error> {
        let section = &shelf.declared.similar;
        let readings = shelf.readings;
        let period = readings.newest();
        if !section.levels.iter().any(|level| level == area.level) || !area.periods.contains(period) {
            return Ok(None);
        }
        let has_outcome = |code: &str| {
            let row = |lead| readings.row(lead, Subject { level: area.level, org_code: code }, period);
            shelf
                .declared
                .indicators
                .first()
                .and_then(|lead| row(lead))
                .is_some_and(|row| row.value.is_some())
        };
        if !has_outcome(area.org_code) {
            return Ok(None);
        }
        let order = |value: &dyn Fn(Subject) -> Option<f64>| -> Vec<&str> {
            let mut values: Vec<(f64, &str)> = self
                .areas
                .iter()
                .filter(|one| one.level == area.level)
                .filter_map(|one| {
                    Some((value(Subject { level: one.level, org_code: one.org_code })?, one.org_code))
                })
                .collect();
            values.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(right.1)));
            values.into_iter().map(|(_, code)| code).collect()
        };
        let by_size = order(&|subject| readings.row(&section.size, subject, period)?.denominator);
        let by_need = order(&|subject| readings.row(&section.need, subject, period)?.value);
        let place = |order: &[&str], code: &str| order.iter().position(|one| *one == code);
        let (Some(size), Some(need)) = (place(&by_size, area.org_code), place(&by_need, area.org_code))
        else {
            return Ok(None);
        };
        let mut others: Vec<(usize, &str)> = by_size
            .iter()
            .enumerate()
            .filter(|(_, code)| **code != area.org_code)
            .filter(|(_, code)| has_outcome(code))
            .filter_map(|(at, code)| Some((at.abs_diff(size) + place(&by_need, code)?.abs_diff(need), *code)))
            .collect();
        others.sort_unstable();
        let found: Vec<&Area> = [area.org_code]
            .into_iter()
            .chain(others.iter().take(section.n).map(|(_, code)| *code))
            .filter_map(|code| self.areas.get(area.level, code))
            .collect();
        let figures = shelf.declared.indicators.iter().take(3).map(|indicator| Figures {
            head: readings.indicator(indicator).map(|one| one.label.clone()).unwrap_or_default(),
            indicator,
            dataset: &shelf.declared.dataset,
            readings,
            period,
        });
        let figures: Vec<Figures> = figures.collect();
        let (shown, rows) = self.figure_rows(&found, figures)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let figures: Vec<&String> = shown.iter().map(|one| &one.head).collect();
        let heads = json!({ "name": area.name, "n": section.n, "period": period, "figures": figures });
        let table = self.engine.heads("similar", heads)?.over("table-similar", rows, "")?;
        Ok(Some(Similar { note: section.note.clone(), table }))
    }

    /// A row for each organisation, with a cell for each of those figures that some of them has something of; no rows
    /// where none has any.
    fn figure_rows<'s>(
        &self,
        areas: &[&Area],
        figures: Vec<Figures<'s, 'a>>,
    ) -> Result<(Vec<Figures<'s, 'a>>, Vec<Row>), Error> {
        let mut shown = Vec::new();
        for one in figures {
            let mut has_any = false;
            for area in areas {
                let subject = Subject { level: area.level, org_code: area.org_code };
                has_any |= !one.readings.read(one.indicator, subject, one.period)?.figure.is_empty();
            }
            if has_any {
                shown.push(one);
            }
        }
        if shown.is_empty() {
            return Ok((shown, Vec::new()));
        }
        let mut rows = Vec::new();
        for area in areas {
            let subject = Subject { level: area.level, org_code: area.org_code };
            let link = self.area_link(ROOT, area.level, area.org_code);
            let mut cells = vec![Cell { link: link.href, ..Cell::with_detail(link.text, link.code) }];
            for one in &shown {
                let reading = one.readings.read(one.indicator, subject, one.period)?;
                let row = one.readings.row(one.indicator, subject, one.period);
                let verdict = row.map(|row| self.verdict_on(row, one.dataset));
                let verdict = verdict.and_then(short_comparison).unwrap_or_default();
                cells.push(match reading.figure.as_str() {
                    "" => Cell::default(),
                    _ => self.area_value(&reading, subject, one.dataset).and(verdict),
                });
            }
            let mut row = Row::new(cells);
            row.code = area.code();
            rows.push(row);
        }
        Ok((shown, rows))
    }
}

/// The month from which all of some services are known to work somewhere; none where they are known from several.
fn common_month(services: &[(&Area, &ServiceOfBoardRow)]) -> Result<Option<String>, Error> {
    let months: BTreeSet<&str> = services.iter().map(|(_, row)| row.reporting_period.as_str()).collect();
    months.first().filter(|_| months.len() == 1).map(|month| month_in_words(month)).transpose()
}
