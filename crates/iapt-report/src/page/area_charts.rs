//! The charts of an organisation's page, each with the table of its numbers.

use std::collections::BTreeMap;

use iapt_chart::{Chart, Layout, Strip, Strips, Trend, TrendPoint, Trends, Words, format};
use serde::Serialize;
use serde_json::json;

use super::{
    Site,
    area::{ROOT, Shelf},
    area_tables::Score,
    area_words::{ChartOfArea, TrendWords},
    bases::Answer,
    funnels::places,
    places::{Spread, interval_in_words},
    verdict::{comparison, drawn},
};
use crate::{
    Error,
    areas::Area,
    declared::PathwayPage,
    names::lower_first,
    readings::{Reading, Readings, Subject},
    table::{Cell, Row, Table},
};

/// A chart with the table of its numbers.
#[derive(Serialize)]
pub(super) struct Figure {
    pub(super) chart: Chart,
    pub(super) table: Table,
}

impl<'a> Site<'a> {
    /// Where it stands among the others of its level, in the newest year in which it has figures.
    pub(super) fn place(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        csv: &str,
    ) -> Result<Option<Figure>, Error> {
        let Some(period) = area.periods.last() else { return Ok(None) };
        let subject = Subject { level: area.level, org_code: area.org_code };
        let readings = shelf.readings;
        let mut strips = Vec::new();
        let mut scores = Vec::new();
        let mut standings: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut n_peers = Vec::new();
        let last_year = readings.period_before(period);
        for indicator in &shelf.declared.indicators {
            let Some(row) = readings.row(indicator, subject, period) else { continue };
            if row.value.is_none() {
                continue;
            }
            let reading = readings.read(indicator, subject, period)?;
            let england = readings.read(indicator, readings.england(), period)?;
            let spread = shelf.spreads.get(&(indicator.as_str(), area.level, *period));
            n_peers.extend(spread.map(|spread| spread.row.n_organisations));
            let stands = self.verdict_on(row, &shelf.declared.dataset);
            let is_doubtful = stands == "doubtful";
            let beside = comparison(stands).unwrap_or_default();
            let interval = row.interval_low.zip(row.interval_high);
            let written = interval_in_words(row, reading.decimals).unwrap_or_default();
            // Of what is doubtful there is no shape before the word, so it is not counted.
            if let Some((_, word)) = beside.split_once(' ') {
                standings.entry(word).or_default().push(lower_first(&reading.label));
            }
            let before = last_year.map(|last| {
                let subject = self.subject_in(area, last);
                readings.read(indicator, subject, last).map(|before| (subject, before))
            });
            let before = before.transpose()?;
            let of = reading.denominator.map(|size| format!("of {} [r]", format::count(size)));
            let details = [(!written.is_empty()).then(|| format!("({written})")), of];
            let variation = shelf.variation.get(&[indicator.as_str(), area.level, area.org_code, *period]);
            strips.push(Strip {
                title: reading.label.clone(),
                note: self
                    .engine
                    .words("area-strip", StripWords { reading: &reading, beside, interval: &written })?,
                value: reading.value,
                interval,
                stands: drawn(stands),
                figure: reading.figure.clone(),
                tooltip: format!("{}: {}", area.name, reading.value_text()),
                peers: spread.map(Spread::values).unwrap_or_default(),
                england: england.value.map(|value| (value, format!("England {}", england.value_text()))),
            });
            scores.push(Score {
                subject,
                here: reading,
                detail: details.into_iter().flatten().collect::<Vec<_>>().join(" "),
                before,
                england,
                target: readings.indicator(indicator).and_then(|one| one.target),
                stands,
                rank: variation.filter(|_| !is_doubtful).map(|row| places(row)).unwrap_or_default(),
            });
        }
        if strips.is_empty() {
            return Ok(None);
        }
        let place = ChartOfArea::new(self, area).with(period, &n_peers, &standings);
        let words = self.area_chart_words("place", &place, shelf)?;
        let chart = self.area_chart(area, words, &Strips { code: area.code(), strips })?;
        let caption = format!("{}, {period}, with 95% intervals", area.name);
        let of_dataset = (shelf.declared.dataset.as_str(), readings);
        let table = self.score_table(("table-place", caption), of_dataset, period, scores, csv)?;
        Ok(Some(Figure { chart, table }))
    }

    /// Where the figures of an area stand in a period.
    pub(super) fn subject_in<'s>(&'s self, area: &'s Area<'s>, period: &str) -> Subject<'s> {
        let code = self.areas.code_in(area, period);
        Subject { level: area.level, org_code: code.unwrap_or(area.org_code) }
    }

    /// Every year beside England and the middle of its level; one predecessor's years stand before its own. None where
    /// fewer than two years have a rate.
    pub(super) fn trend(
        &self,
        area: &Area,
        shelf: &Shelf<'_, 'a>,
        csv: &str,
    ) -> Result<Option<Figure>, Error> {
        let readings = shelf.readings;
        let periods = self.periods_of(area, shelf);
        let mut panels = Vec::new();
        let mut rows = Vec::new();
        let mut joint = None;
        let mut lead: Option<TrendWords> = None;
        for indicator in &shelf.declared.indicators {
            let mut points = Vec::new();
            let mut cells = vec![Cell::new(
                readings.indicator(indicator).map(|one| one.label.clone()).unwrap_or_default(),
            )];
            let mut known: Vec<(Reading, Reading)> = Vec::new();
            for (index, period) in periods.iter().enumerate() {
                let subject = self.subject_in(area, period);
                let row = readings.row(indicator, subject, period);
                let sum = self.sum_of(indicator, area, shelf, period);
                if sum.is_some() || subject.org_code != area.org_code && row.is_some() {
                    joint = Some(index + 1);
                }
                let reading = self.read_area(indicator, area, shelf, period)?;
                let own = row.and_then(|row| row.interval_low.zip(row.interval_high));
                let england = readings.read(indicator, readings.england(), period)?;
                let spread = shelf.spreads.get(&(indicator.as_str(), area.level, *period));
                points.push(TrendPoint {
                    value: reading.value,
                    text: if row.is_some() || sum.is_some() { reading.value_text() } else { String::new() },
                    figure: reading.figure.clone(),
                    interval: own.or_else(|| sum.and_then(|sum| sum.interval_low.zip(sum.interval_high))),
                    england: england.value,
                    peers: spread.map(|spread| (spread.row.p10, spread.row.p90)),
                    tooltip: format!(
                        "{}, {period}: {}; England {}",
                        area.name,
                        reading.value_text(),
                        england.value_text()
                    ),
                });
                cells.push(if row.is_some() || sum.is_some() {
                    self.area_value(&reading, subject, &shelf.declared.dataset)
                        .and(format!("England {}", england.value_text()))
                } else {
                    Cell::default()
                });
                if reading.is_known {
                    known.push((reading, england));
                }
            }
            if known.is_empty() {
                continue;
            }
            rows.push(Row::new(cells));
            let title = readings.indicator(indicator).map(|one| one.label.clone()).unwrap_or_default();
            if let (None, Some(first), Some(last)) = (&lead, known.first(), known.last()) {
                let sign = |reading: &Reading| {
                    let subject = self.subject_in(area, &reading.period);
                    let flag = self.flag(ROOT, &shelf.declared.dataset, subject, &reading.period);
                    flag.map(|flag| format!(" {}", flag.sign)).unwrap_or_default()
                };
                let mut words = TrendWords::new(&title, first, last);
                (words.first_sign, words.last_sign) = (sign(&first.0), sign(&last.0));
                lead = Some(words);
            }
            panels.push(Trend { title, points });
        }
        // One year is no course of time: it stands beside England above.
        if rows.is_empty() || periods.len() < 2 {
            return Ok(None);
        }
        let mut place = ChartOfArea::new(self, area);
        place.trend = lead;
        place.has_sums = periods.iter().any(|period| self.areas.code_in(area, period).is_none());
        place.joined = joint.and(area.only_predecessor()).map(crate::escape::clean).unwrap_or_default();
        let words = self.area_chart_words("trend", &place, shelf)?;
        let trends = Trends {
            periods: periods.iter().map(|period| (*period).to_owned()).collect(),
            name: area.name.clone(),
            code: area.code(),
            panels,
            joint,
        };
        let chart = self.area_chart(area, words, &trends)?;
        let heads = self.engine.heads("area-trend", json!({ "name": area.name, "periods": periods }))?;
        let table = heads.over("table-trend", rows, csv)?;
        Ok(Some(Figure { chart, table }))
    }

    /// Recovery over those of the four bases that its figures have; of two series each number once.
    pub(super) fn area_bases(
        &self,
        page: &PathwayPage,
        (readings, others): (&Readings, Option<&Readings>),
        area: &Area,
        csv: &str,
    ) -> Result<Option<Figure>, Error> {
        let subject = Subject { level: area.level, org_code: area.org_code };
        let answer = match others {
            Some(others) => Answer::beside(page, readings, others, subject, &area.name)?,
            None => Answer::new(page, readings, subject, &area.name)?,
        };
        if !answer.is_whole() {
            return Ok(None);
        }
        let (words, bars, table) = self.bases_parts(page, &answer, readings, csv)?;
        let chart = self.area_chart(area, words, &bars)?;
        Ok(Some(Figure { chart, table }))
    }

    fn area_chart_words(&self, id: &str, place: &ChartOfArea, shelf: &Shelf<'_, 'a>) -> Result<Words, Error> {
        Ok(Words {
            id: id.to_owned(),
            title: self.engine.words(&format!("area-{id}-title"), place)?,
            subtitle: self.engine.words(&format!("area-{id}-subtitle"), place)?,
            description: self.engine.words(&format!("area-{id}-description"), place)?,
            source: shelf.credit.clone(),
        })
    }

    /// Draws a chart whose file lies beside the page.
    fn area_chart(&self, area: &Area, words: Words, drawing: &impl Layout) -> Result<Chart, Error> {
        let mut chart = iapt_chart::draw(self.engine.templates(), self.style, words, drawing)?;
        chart.file = format!("{}-{}.svg", area.stem(), chart.words.id);
        self.put_beside(area, &chart.file, chart.standalone.as_bytes())?;
        Ok(chart)
    }
}

#[derive(Serialize)]
struct StripWords<'a> {
    reading: &'a Reading,
    beside: &'a str,
    interval: &'a str,
}
