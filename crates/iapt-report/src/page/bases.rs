//! Recovery over each of the four bases: the answer, the bars of one year, the dots of every year.

use std::collections::BTreeSet;

use iapt_chart::{Bar, Bars, BasisDot, BasisYear, Chart, Words, Years, YearsGroup, format};
use serde::Serialize;
use serde_json::json;

use super::{Site, shared::ranges};
use crate::{
    Error,
    declared::PathwayPage,
    download,
    readings::{Reading, Readings, Subject},
    table::{Cell, Row, Table},
};

/// Recovery over each of the bases, every year.
#[derive(Serialize)]
pub(super) struct Answer {
    /// Whose referrals they are.
    place: String,
    newest: String,
    /// The newest of the periods that have the most bases.
    period: String,
    /// Whether the years are added up from months.
    is_sum_of_months: bool,
    bases: Vec<BasisAnswer>,
    #[serde(skip)]
    years: Vec<Vec<Reading>>,
}

#[derive(Serialize)]
struct BasisAnswer {
    number: usize,
    /// Whether it is what the publisher's own rate is out of: the last that is declared.
    is_official: bool,
    label: String,
    short: String,
    /// In the newest period.
    newest: Reading,
    /// In the newest period that has the most bases.
    lead: Reading,
    /// In the newest period that has it, where one has.
    known: Option<Reading>,
}

impl Answer {
    pub(super) fn new(
        declared: &PathwayPage,
        readings: &Readings,
        subject: Subject,
        place: &str,
    ) -> Result<Self, Error> {
        let years = years_of(declared, readings, subject)?;
        let most = years.iter().map(|year| n_known(year)).max().unwrap_or(0);
        Ok(Self::led_by(declared, readings, place, years, most))
    }

    /// The newest year that has so many bases leads.
    fn led_by(
        declared: &PathwayPage,
        readings: &Readings,
        place: &str,
        years: Vec<Vec<Reading>>,
        least: usize,
    ) -> Self {
        let lead = years.iter().rposition(|year| n_known(year) >= least).unwrap_or(0);
        let mut bases = Vec::new();
        for (index, basis) in declared.basis.iter().enumerate() {
            let at = |year: &Vec<Reading>| year.get(index).cloned();
            let (Some(newest), Some(in_lead)) = (years.last().and_then(at), years.get(lead).and_then(at))
            else {
                continue;
            };
            let known = years.iter().rev().filter_map(at).find(|reading| reading.is_known);
            bases.push(BasisAnswer {
                number: index + 1,
                is_official: index + 1 == declared.basis.len(),
                label: basis.label.clone(),
                short: basis.short.clone(),
                newest,
                lead: in_lead,
                known,
            });
        }
        let period = readings.periods().get(lead).cloned().unwrap_or_default();
        Self {
            place: place.to_owned(),
            newest: readings.newest().to_owned(),
            period,
            is_sum_of_months: readings.is_of_months(),
            bases,
            years,
        }
    }

    /// Led by the newest year that has all but one basis, without the bases of which another series prints another number
    /// for that year.
    ///
    /// All but one, because one of the bases is that of the recovery rate, which the other series prints too: where the
    /// months of a year do not give it, the other three are still worth more than four of an older year.
    pub(super) fn beside(
        declared: &PathwayPage,
        readings: &Readings,
        others: &Readings,
        subject: Subject,
        place: &str,
    ) -> Result<Self, Error> {
        let least = declared.basis.len().saturating_sub(1).max(1);
        let years = years_of(declared, readings, subject)?;
        let mut answer = Self::led_by(declared, readings, place, years, least).of_known();
        let mut bases = Vec::new();
        for basis in answer.bases.drain(..) {
            let Some(shown) = declared.basis.get(basis.number.saturating_sub(1)) else { continue };
            let other = first_known(others, &shown.indicators, subject, &answer.period)?;
            if !other.is_known || other.value_text() == basis.lead.value_text() {
                bases.push(basis);
            }
        }
        Ok(Self { bases, ..answer })
    }

    /// England's.
    pub(super) fn of_england(declared: &PathwayPage, readings: &Readings) -> Result<Self, Error> {
        Self::new(declared, readings, readings.england(), "England")
    }

    /// Only the bases that the lead year has.
    pub(super) fn of_known(self) -> Self {
        Self { bases: self.bases.into_iter().filter(|basis| basis.lead.is_known).collect(), ..self }
    }

    /// Whether a basis, counted from 0, has a value in the period at a place.
    pub(super) fn has(&self, basis: usize, period: usize) -> bool {
        self.years.get(period).and_then(|year| year.get(basis)).is_some_and(|one| one.is_known)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }

    /// Whether the lead year has every basis.
    pub(super) fn is_whole(&self) -> bool {
        !self.bases.is_empty() && self.bases.iter().all(|basis| basis.lead.is_known)
    }
}

/// The bases of every year.
fn years_of(
    declared: &PathwayPage,
    readings: &Readings,
    subject: Subject,
) -> Result<Vec<Vec<Reading>>, Error> {
    let year = |period: &String| {
        let bases = declared.basis.iter();
        bases.map(|basis| first_known(readings, &basis.indicators, subject, period)).collect()
    };
    readings.periods().iter().map(year).collect()
}

fn n_known(year: &[Reading]) -> usize {
    year.iter().filter(|reading| reading.is_known).count()
}

/// The first of some indicators that has a value, or the first of them without.
fn first_known(
    readings: &Readings,
    indicators: &[String],
    subject: Subject,
    period: &str,
) -> Result<Reading, Error> {
    let mut first = None;
    for indicator in indicators {
        let reading = readings.read(indicator, subject, period)?;
        if reading.is_known {
            return Ok(reading);
        }
        first.get_or_insert(reading);
    }
    first.ok_or_else(|| Error::NothingToReport { dataset: "an empty list of indicators".to_owned() })
}

/// One published series of years.
pub(super) struct SeriesOfYears<'s, 'a> {
    pub(super) declared: &'s PathwayPage,
    pub(super) answer: &'s Answer,
    pub(super) readings: &'s Readings<'a>,
    /// What the series is, where it stands beside another.
    pub(super) label: String,
}

#[derive(Serialize)]
struct YearsWords {
    ranges: Vec<RangeWords>,
    /// What the series are, where there are several.
    series: Vec<String>,
}

/// Lowest and highest of one basis over the years that have it.
#[derive(Serialize)]
struct RangeWords {
    label: String,
    minimum: String,
    maximum: String,
    periods: String,
}

impl Site<'_> {
    /// The same recoveries over each basis, in the newest year that has the most bases.
    pub(super) fn bases(
        &self,
        declared: &PathwayPage,
        answer: &Answer,
        readings: &Readings,
    ) -> Result<(Chart, Table), Error> {
        let (words, bars, table) = self.bases_parts(declared, answer, readings, &declared.download())?;
        Ok((self.draw(words, &bars)?, table))
    }

    /// Words, geometry and table of the bases.
    pub(super) fn bases_parts(
        &self,
        declared: &PathwayPage,
        answer: &Answer,
        readings: &Readings,
        download: &str,
    ) -> Result<(Words, Bars, Table), Error> {
        let bars = answer.bases.iter().map(|basis| {
            let reading = &basis.lead;
            Ok(Bar {
                label: format!("{}. Of {}", basis.number, basis.label),
                counts: reading.numerator.zip(reading.denominator).filter(|_| reading.is_known),
                share: reading.value_text(),
                note: self.engine.words("bases-note", basis)?,
            })
        });
        let bars = Bars {
            bars: bars.collect::<Result<_, Error>>()?,
            same: self.engine.words("bases-same", answer)?,
        };
        let words = Words {
            id: declared.chart("four-bases"),
            title: self.engine.words("bases-title", answer)?,
            subtitle: self.engine.words("bases-subtitle", answer)?,
            description: self.engine.words("bases-description", answer)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        let rows = answer.bases.iter().map(|basis| {
            Row::new(vec![
                Cell::new(format!("{}. Of {}", basis.number, basis.label)),
                Cell::new(basis.lead.numerator_text()),
                Cell::new(basis.lead.denominator_text()),
                Cell::value(&basis.lead),
            ])
        });
        let heads = self.engine.heads("bases", json!({ "place": answer.place, "period": answer.period }))?;
        let table =
            heads.over(format!("table-{}", declared.chart("four-bases")), rows.collect(), download)?;
        Ok((words, bars, table))
    }

    /// The four shares of every year: of the first series all years, of the others those before it whose pathway is
    /// whole. None where no year has any.
    pub(super) fn years(&self, series: &[SeriesOfYears]) -> Result<Option<(Chart, Table)>, Error> {
        let Some(first) = series.first() else { return Ok(None) };
        let (declared, answer) = (first.declared, first.answer);
        let (mut groups, mut table_rows, mut maximum) = (Vec::new(), Vec::new(), 10.0_f64);
        let mut shown_rows = Vec::new();
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        for (index, one) in series.iter().enumerate() {
            let mut rows = Vec::new();
            for (period, year) in one.readings.periods().iter().zip(&one.answer.years).rev() {
                let is_whole = year.first().is_some_and(|reading| reading.is_known);
                let is_any = year.iter().any(|reading| reading.is_known);
                if !is_any || index > 0 && (!is_whole || shown.contains(period.as_str())) {
                    continue;
                }
                shown.insert(period);
                let row =
                    |reading: &Reading| one.readings.row(&reading.indicator, one.readings.england(), period);
                shown_rows.extend(year.iter().filter_map(row));
                let dot = |(basis, reading): (usize, &Reading)| {
                    Some(BasisDot {
                        basis,
                        value: reading.value?,
                        text: reading.value_text().trim_end_matches('%').to_owned(),
                        tooltip: format!("{period}: {} {}", reading.label, reading.value_text()),
                    })
                };
                let dots: Vec<BasisDot> = year.iter().enumerate().filter_map(dot).collect();
                maximum = dots.iter().map(|dot| dot.value).fold(maximum, f64::max);
                rows.push(BasisYear { period: period.clone(), dots });
                let cells = year.iter().map(|reading| Cell::value(reading).and(of(reading)));
                let label = Cell::with_detail(period, if index > 0 { &one.label } else { "" });
                table_rows.push(Row::new([label].into_iter().chain(cells).collect()));
            }
            if !rows.is_empty() {
                groups.push(YearsGroup { label: one.label.clone(), rows });
            }
        }
        if groups.is_empty() {
            return Ok(None);
        }
        let maximum = (maximum / 10.0).ceil() * 10.0;
        let names = declared.basis.iter().map(|basis| basis.short.clone()).collect();
        let labels = groups.iter().map(|group| group.label.clone()).collect();
        let chart = Years { names, groups, maximum };
        let context = YearsWords { ranges: year_ranges(answer, first.readings), series: labels };
        let words = Words {
            id: declared.chart("four-bases-by-year"),
            title: self.engine.words("years-title", &context)?,
            subtitle: self.engine.words("years-subtitle", &context)?,
            description: self.engine.words("years-description", &context)?,
            source: self.credit(&declared.dataset, first.readings)?,
        };
        let bases: Vec<&String> = declared.basis.iter().map(|basis| &basis.label).collect();
        let heads = self.engine.heads("bases-by-year", json!({ "bases": bases }))?;
        let id = declared.chart("four-bases-by-year");
        // Of every series that is shown, and not of the first alone.
        let csv =
            self.add_file(&format!("tables/{id}.csv"), &download::indicators(shown_rows.into_iter()))?;
        let table = heads.over(format!("table-{id}"), table_rows, &csv)?;
        Ok(Some((self.draw(words, &chart)?, table)))
    }
}

fn year_ranges(answer: &Answer, readings: &Readings) -> Vec<RangeWords> {
    let range = |(index, basis): (usize, &BasisAnswer)| {
        let known: Vec<&Reading> =
            answer.years.iter().filter_map(|year| year.get(index)).filter(|one| one.is_known).collect();
        let by_value = |left: &&&Reading, right: &&&Reading| {
            left.value.unwrap_or_default().total_cmp(&right.value.unwrap_or_default())
        };
        Some(RangeWords {
            label: basis.label.clone(),
            minimum: known.iter().min_by(by_value)?.value_text(),
            maximum: known.iter().max_by(by_value)?.value_text(),
            periods: ranges(readings, &known.iter().map(|reading| reading.period.as_str()).collect()),
        })
    };
    answer.bases.iter().enumerate().filter_map(range).collect()
}

/// `263,295 of 1,376,920`, as far as it is known; empty where there is no value. Beside a printed percentage only the
/// number that it is of, because rounded counts need not give the percentage.
pub(super) fn of(reading: &Reading) -> String {
    match (reading.numerator, reading.denominator) {
        (Some(_), Some(denominator)) if reading.is_about() => {
            format!("of about {}", format::count(denominator))
        }
        // Each is rounded for itself, so a part can come out above the whole; it is left out then.
        (Some(numerator), Some(denominator)) if reading.unit != "percent" || numerator <= denominator => {
            // Only a percentage is a part of something; other numbers are so many per denominator.
            let word = if reading.unit == "percent" { "of" } else { "for" };
            format!("{} {word} {}", format::count(numerator), format::count(denominator))
        }
        _ => String::new(),
    }
}
