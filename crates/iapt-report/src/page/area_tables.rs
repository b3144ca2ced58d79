//! The tables of an organisation's page over the years: the score of one year, and the numbers of every year.

use iapt_chart::format;
use iapt_model::IndicatorRow;
use serde::Serialize;
use serde_json::json;

use super::{
    Site,
    area::{ROOT, Shelf},
    area_charts::Figure,
    bases::of,
    shared::in_words,
    verdict::comparison,
    years_table::years_table,
};
use crate::{
    Error,
    areas::Area,
    readings::{Reading, Readings, Subject},
    table::{Cell, Row, Table},
};

/// The pathway by the sums of months.
#[derive(Serialize)]
pub(super) struct MonthsContext {
    lead: Vec<String>,
    /// The newest year beside England.
    score: Option<Table>,
    /// The newest single month beside the same month a year before and England.
    now: Option<Table>,
    /// How long people wait here, in a sentence; empty where it is not known.
    now_answer: String,
    /// Which month is the newest with figures, where that is not the newest of all; empty where it is.
    no_now: String,
    /// None where a base is not known in any year.
    pub(super) bases: Option<Figure>,
    table: Table,
}

impl MonthsContext {
    /// Whether it has any of the way from referral to recovery, and not waits alone.
    pub(super) fn has_pathway(&self) -> bool {
        self.bases.is_some() || self.score.is_some()
    }
}

/// What is known of a percentage that is withheld, rounded outwards.
#[derive(Serialize)]
struct Within {
    /// None where it may be nothing.
    low: Option<String>,
    high: String,
}

impl Within {
    /// Wider bounds than these say nothing.
    const WIDEST: f64 = 5.0;

    /// The bounds of a withheld percentage: they are sums of what the publisher's rounding and suppression leave of each count.
    fn of(row: &IndicatorRow, unit: &str) -> Option<Self> {
        let is_withheld = row.value.is_none() && row.value_status == "suppressed" && unit == "percent";
        let (low, high) = row.value_low.zip(row.value_high).filter(|_| is_withheld)?;
        let (low, high) = ((10.0 * low).floor() / 10.0, (10.0 * high).ceil() / 10.0);
        let text = |value| format::percent(value, 1);
        (high - low <= Self::WIDEST)
            .then(|| Self { low: (low > 0.0).then(|| text(low)), high: text(high.min(100.0)) })
    }
}

/// The sentence about the newest month with figures of a place.
#[derive(Serialize)]
struct NoNowWords {
    /// `March 2026`.
    newest: String,
    /// The newest here.
    last: String,
}

/// The sentence about waits.
#[derive(Serialize)]
struct NowWords {
    /// `March 2026`.
    month: String,
    first: Option<NowReading>,
    second: Option<NowReading>,
}

/// A figure beside England's, with the sign of what was found about it.
#[derive(Serialize)]
struct NowReading {
    here: Reading,
    england: Reading,
    sign: String,
}

/// What a score says of one measure.
pub(super) struct Score<'s> {
    /// Whose figure it is.
    pub(super) subject: Subject<'s>,
    pub(super) here: Reading,
    /// What stands under its value.
    pub(super) detail: String,
    /// The year before, and whose figure that is.
    pub(super) before: Option<(Subject<'s>, Reading)>,
    pub(super) england: Reading,
    /// In percent.
    pub(super) target: Option<f64>,
    pub(super) stands: &'static str,
    /// Empty where it is not known.
    pub(super) rank: String,
}

/// Whether a column of these is shown: what is not known in it has its sign, unless nothing is.
fn any_is_known<'r>(readings: impl IntoIterator<Item = &'r Reading>) -> bool {
    readings.into_iter().any(|reading| reading.is_known)
}

impl<'a> Site<'a> {
    /// The score of a year of a dataset; a column that no measure has anything in is left out.
    pub(super) fn score_table(
        &self,
        (id, caption): (&str, String),
        (dataset, readings): (&str, &Readings),
        period: &str,
        scores: Vec<Score>,
        csv: &str,
    ) -> Result<Table, Error> {
        let has_targets = scores.iter().any(|score| score.target.is_some());
        let has_before = any_is_known(scores.iter().filter_map(|score| Some(&score.before.as_ref()?.1)));
        let target = |target: Option<f64>| match target {
            Some(target) => format::percent(target, 0),
            None if has_targets => self.pages.areas.no_target.clone(),
            None => String::new(),
        };
        let row = |score: Score| {
            Row::new(vec![
                Cell::new(&score.here.label),
                self.area_value(&score.here, score.subject, dataset).and(score.detail),
                score
                    .before
                    .filter(|_| has_before)
                    .map(|(subject, before)| self.area_value(&before, subject, dataset))
                    .unwrap_or_default(),
                Cell::value(&score.england),
                Cell::new(target(score.target)),
                Cell::new(comparison(score.stands).unwrap_or_default()),
                Cell::new(score.rank),
            ])
        };
        let before = readings.period_before(period).unwrap_or_default();
        let heads =
            self.engine.heads("score", json!({ "caption": caption, "period": period, "before": before }))?;
        let mut table = heads.over(id, scores.into_iter().map(row).collect(), csv)?;
        table.without_empty_columns();
        Ok(table)
    }

    /// The pathway of the sums of months; none where the months have nothing of it.
    pub(super) fn area_months(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        csv: &str,
    ) -> Result<Option<MonthsContext>, Error> {
        let Some(readings) = shelf.months else { return Ok(None) };
        let page = &self.pages.months;
        let series = (readings, Some(shelf.readings));
        let bases = self.area_bases(page, series, area, csv)?;
        let indicators = page.group.iter().flat_map(|group| &group.indicators);
        let subject = Subject { level: area.level, org_code: area.org_code };
        // What the annual reports say of it is printed once, from them.
        let is_annual = |name: &&String| shelf.readings.newest_with_value(name, subject).is_some();
        let indicators = indicators.filter(|name| !is_annual(name)).map(String::as_str);
        let periods: Vec<&str> = readings.periods().iter().map(String::as_str).collect();
        let (periods, rows) = years_table(
            indicators,
            &periods,
            |indicator, period| readings.read(indicator, subject, period),
            |reading| reading.is_known,
            |reading| self.year_cell(reading, area, &page.dataset),
        )?;
        let heads = self.engine.heads("area-months", json!({ "name": area.name, "periods": periods }))?;
        let table = heads.over("table-months", rows, csv)?;
        let score = self.months_score(area, shelf, readings, csv)?;
        let now = self.newest_month(area, shelf, readings, csv)?;
        if bases.is_none() && score.is_none() && now.is_none() {
            return Ok(None);
        }
        let now_answer = self.now_answer(area, shelf, readings)?;
        let no_now = if now.is_none() { self.no_now(area, shelf, readings)? } else { String::new() };
        Ok(Some(MonthsContext { lead: page.lead.clone(), score, now, now_answer, no_now, bases, table }))
    }

    /// Which month is the newest with figures of a place that has none in the newest month; empty where there is none.
    fn no_now(&self, area: &Area, shelf: &Shelf<'_, 'a>, readings: &Readings<'a>) -> Result<String, Error> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let names = shelf.declared.now.iter();
        let last = names.filter_map(|name| readings.newest_month_with_value(name, subject)).max();
        let Some((newest, last)) = readings.months().last().zip(last) else { return Ok(String::new()) };
        self.engine.words("area-no-now", NoNowWords { newest: in_words(newest)?, last: in_words(last)? })
    }

    /// The pathway in the newest year of months that has any of it, beside the year before and England.
    fn months_score(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        readings: &Readings<'a>,
        csv: &str,
    ) -> Result<Option<Table>, Error> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let names = &shelf.declared.of_months;
        let Some(period) = names.iter().filter_map(|name| readings.newest_with_value(name, subject)).max()
        else {
            return Ok(None);
        };
        let last_year = readings.period_before(period);
        let mut scores = Vec::new();
        for name in names {
            // What is withheld has its sign.
            let Some(row) = readings.row(name, subject, period) else { continue };
            let here = readings.read(name, subject, period)?;
            let before = last_year.map(|last| readings.read(name, subject, last)).transpose()?;
            let within = Within::of(row, &here.unit);
            let within = within.map(|within| self.engine.words("withheld-within", within)).transpose()?;
            scores.push(Score {
                subject,
                detail: within.unwrap_or_else(|| of(&here)),
                here,
                before: before.map(|before| (subject, before)),
                england: readings.read(name, readings.england(), period)?,
                target: None,
                stands: self.verdict_on(row, &self.pages.months.dataset),
                rank: String::new(),
            });
        }
        let caption = format!("{}, {period}, {}", area.name, shelf.declared.of_months_caption);
        let of_dataset = (self.pages.months.dataset.as_str(), readings);
        self.score_table(("table-months-score", caption), of_dataset, period, scores, csv).map(Some)
    }

    /// Every indicator of every year, the table in which its figures are at home.
    pub(super) fn area_years(&self, area: &Area, shelf: &Shelf<'_, 'a>, csv: &str) -> Result<Table, Error> {
        let (periods, rows) = years_table(
            shelf.declared.table.iter().map(String::as_str),
            &self.periods_of(area, shelf),
            |indicator, period| self.read_area(indicator, area, shelf, period),
            |reading| reading.is_known,
            |reading| self.year_cell(reading, area, &shelf.declared.dataset),
        )?;
        let heads = self.engine.heads("area-years", json!({ "name": area.name, "periods": periods }))?;
        heads.over("table-figures", rows, csv)
    }

    /// How long people wait here: the first figure of the newest month that no count is under, and the newest year of the
    /// wait between two sessions.
    fn now_answer(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        readings: &Readings<'a>,
    ) -> Result<String, Error> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let Some(month) = readings.months().last() else { return Ok(String::new()) };
        let read = |name: &str, period: &str| -> Result<Option<NowReading>, Error> {
            let here = readings.read(name, subject, period)?;
            let england = readings.read(name, readings.england(), period)?;
            let flag = self.flag(ROOT, &self.pages.months.dataset, subject, period);
            let sign = flag.map(|flag| flag.sign).unwrap_or_default();
            Ok(here.is_known.then_some(NowReading { here, england, sign }))
        };
        let second = readings.newest_with_value(&shelf.declared.second_wait, subject);
        let words = NowWords {
            month: in_words(month)?,
            first: read(&shelf.declared.first_wait, month)?,
            second: second.map(|period| read(&shelf.declared.second_wait, period)).transpose()?.flatten(),
        };
        self.engine.words("area-now", words)
    }

    /// What the newest single month says that no year can: who is waiting at its end. None where that month has nothing.
    fn newest_month(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        readings: &Readings<'a>,
        csv: &str,
    ) -> Result<Option<Table>, Error> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let dataset = &self.pages.months.dataset;
        let Some(month) = readings.months().last() else { return Ok(None) };
        let before = readings.month_a_year_before(month);
        let mut read = Vec::new();
        for name in &shelf.declared.now {
            if readings.row(name, subject, month).is_none() {
                continue;
            }
            let here = readings.read(name, subject, month)?;
            let before = before.map(|before| readings.read(name, subject, before)).transpose()?;
            read.push((here, before, readings.read(name, readings.england(), month)?));
        }
        if read.is_empty() {
            return Ok(None);
        }
        let has_before = any_is_known(read.iter().filter_map(|(_, before, _)| before.as_ref()));
        let cell = |reading: &Reading| self.area_value(reading, subject, dataset).and(of(reading)).at_home();
        let row = |(here, before, england): &(Reading, Option<Reading>, Reading)| {
            let before = before.as_ref().filter(|_| has_before).map(cell).unwrap_or_default();
            Row::new(vec![Cell::new(&here.label), cell(here), before, Cell::value(england)])
        };
        let rows = read.iter().map(row).collect();
        let (month, caption) = (in_words(month)?, &shelf.declared.now_caption);
        let before = before.map(in_words).transpose()?.unwrap_or_default();
        let heads = self.engine.heads(
            "area-now",
            json!({ "name": area.name, "month": month, "before": before, "caption": caption }),
        )?;
        let mut table = heads.over("table-now", rows, csv)?;
        table.without_empty_columns();
        Ok(Some(table))
    }

    /// A figure of a year of an area, with its counts.
    fn year_cell(&self, reading: &Reading, area: &Area, dataset: &str) -> Cell {
        self.area_value(reading, self.subject_in(area, &reading.period), dataset).and(of(reading)).at_home()
    }
}
