//! Rows found by what a page asks for, with the reason where there is none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use iapt_chart::format;
use iapt_model::{CurrentRow, ENGLAND, FigureName, Indicator, IndicatorRow, Period, Project, SpreadRow};
use serde::Serialize;

use crate::{Error, Input, declared::Mark};

/// One figure of a page: a cell of the indicator table, or the reason why there is none.
///
/// Templates print its numbers through the filters `value`, `numerator` and `denominator`, which know the reason.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reading {
    /// Which cell of the indicator table it is: a [`FigureName`].
    pub(crate) figure: String,
    pub(crate) indicator: String,
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) period: String,
    /// Whether there is a value.
    pub(crate) is_known: bool,
    pub(crate) value: Option<f64>,
    pub(crate) numerator: Option<f64>,
    pub(crate) denominator: Option<f64>,
    pub(crate) decimals: usize,
    /// Whether the value is the percentage as printed, which its rounded counts need not give.
    pub(crate) is_printed: bool,
    /// The sign that is printed in place of a missing number.
    pub(crate) sign: String,
}

impl Reading {
    /// Whether it is a percentage as printed whose rounded counts are known, so that only what it is of is shown.
    pub(crate) fn is_about(&self) -> bool {
        self.is_printed && self.numerator.is_some() && self.denominator.is_some()
    }

    /// The value with its unit, or the sign.
    pub(crate) fn value_text(&self) -> String {
        let text = |value| format::in_unit(value, &self.unit, self.decimals);
        self.value.map_or_else(|| self.sign.clone(), text)
    }

    /// The numerator, or the sign.
    pub(crate) fn numerator_text(&self) -> String {
        self.numerator.map_or_else(|| self.sign.clone(), format::count)
    }

    /// The denominator, or the sign.
    pub(crate) fn denominator_text(&self) -> String {
        self.denominator.map_or_else(|| self.sign.clone(), format::count)
    }
}

/// An organisation, or England.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Subject<'a> {
    pub(crate) level: &'a str,
    pub(crate) org_code: &'a str,
}

/// The rows of one dataset's totals, by what pages ask for.
pub(crate) struct Readings<'a> {
    project: &'a Project,
    marks: &'a [Mark],
    england: Subject<'a>,
    is_of_months: bool,
    /// Every year that the dataset has figures of, in order of time.
    periods: Vec<String>,
    /// Every single month that some indicator is computed for, in order of time.
    months: Vec<String>,
    /// Periods whose bytes are the project's own table of published figures.
    embedded: BTreeSet<&'a str>,
    /// The first row by name, where a code stands twice.
    rows: HashMap<(&'a str, Subject<'a>, &'a str), &'a IndicatorRow>,
    /// Every row of an indicator, level and period, in order of code and name.
    groups: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a IndicatorRow>>,
    spread: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a SpreadRow>>,
}

impl<'a> Readings<'a> {
    pub(crate) fn new(input: &'a Input<'a>, dataset: &str, marks: &'a [Mark]) -> Result<Self, Error> {
        let mut periods = BTreeMap::new();
        let mut embedded = BTreeSet::new();
        let parse = |text: &str| -> Result<Period, Error> {
            text.parse().map_err(|_| Error::Period { period: text.to_owned() })
        };
        let mut has_embedded_months = false;
        for release in input.releases.iter().filter(|release| release.dataset == dataset) {
            let text = release.reporting_period.as_str();
            if !release.is_year() {
                has_embedded_months |= is_embedded(&release.source);
                continue;
            }
            periods.insert(parse(text)?, text.to_owned());
            if is_embedded(&release.source) {
                embedded.insert(text);
            }
        }
        let mut groups: BTreeMap<_, Vec<&IndicatorRow>> = BTreeMap::new();
        let totals = input.indicators.iter().filter(|row| row.dataset == dataset && row.breakdown == "total");
        let mut england = None;
        let mut is_of_months = false;
        let mut months = BTreeMap::new();
        for row in totals {
            if row.is_month() && row.level == ENGLAND {
                months.insert(parse(&row.reporting_period)?, row.reporting_period.to_string());
            }
            // Months have no release of their year: the years are those that they add up to.
            if row.is_sum_of_months() && !periods.values().any(|text| *text == row.reporting_period) {
                is_of_months = true;
                periods.insert(parse(&row.reporting_period)?, row.reporting_period.to_string());
                if has_embedded_months {
                    embedded.insert(&row.reporting_period);
                }
            }
            if row.level == ENGLAND {
                england.get_or_insert(row.org_code.as_str());
            }
            groups
                .entry((row.indicator.as_str(), row.level.as_str(), row.reporting_period.as_str()))
                .or_default()
                .push(row);
        }
        if periods.is_empty() {
            return Err(Error::NothingToReport { dataset: dataset.to_owned() });
        }
        let mut rows = HashMap::new();
        for ((indicator, level, period), group) in &mut groups {
            group.sort_by(|left, right| {
                (&left.org_type, &left.org_code, &left.org_name).cmp(&(
                    &right.org_type,
                    &right.org_code,
                    &right.org_name,
                ))
            });
            for row in group {
                let subject = Subject { level, org_code: &row.org_code };
                rows.entry((*indicator, subject, *period)).or_insert(*row);
            }
        }
        let mut spread: BTreeMap<_, Vec<&SpreadRow>> = BTreeMap::new();
        for row in input.spread.iter().filter(|row| row.dataset == dataset) {
            spread
                .entry((row.indicator.as_str(), row.level.as_str(), row.reporting_period.as_str()))
                .or_default()
                .push(row);
        }
        for group in spread.values_mut() {
            group.sort_by_key(|row| row.org_type);
        }
        let periods = periods.into_values().collect();
        let months = months.into_values().collect();
        let england = Subject { level: ENGLAND, org_code: england.unwrap_or_default() };
        Ok(Self {
            project: input.project,
            marks,
            england,
            is_of_months,
            periods,
            months,
            embedded,
            rows,
            groups,
            spread,
        })
    }

    /// England, the subject that all others are compared with.
    pub(crate) fn england(&self) -> Subject<'a> {
        self.england
    }

    /// Whether its years are added up from months.
    pub(crate) fn is_of_months(&self) -> bool {
        self.is_of_months
    }

    /// Every period, in order of time.
    pub(crate) fn periods(&self) -> &[String] {
        &self.periods
    }

    /// Whether any figure is of everyone, and not of a group of a breakdown.
    pub(crate) fn has_totals(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Every single month, in order of time.
    pub(crate) fn months(&self) -> &[String] {
        &self.months
    }

    /// The newest period.
    pub(crate) fn newest(&self) -> &str {
        self.periods.last().map_or("", String::as_str)
    }

    /// The period before one, where there is one.
    pub(crate) fn period_before(&self, period: &str) -> Option<&str> {
        let at = self.periods.iter().position(|one| one == period)?;
        self.periods.get(at.checked_sub(1)?).map(String::as_str)
    }

    /// The same month of the year before a month, where there is one.
    pub(crate) fn month_a_year_before(&self, month: &str) -> Option<&str> {
        let month: Period = month.parse().ok()?;
        let before = (0..12).fold(month, |at, _| at.previous()).to_string();
        self.months.iter().find(|one| **one == before).map(String::as_str)
    }

    /// Periods made from the project's own table of published figures, in order of time.
    pub(crate) fn embedded(&self) -> Vec<&str> {
        self.periods.iter().map(String::as_str).filter(|period| self.embedded.contains(period)).collect()
    }

    /// The declared indicator; pages are checked, so it is there.
    pub(crate) fn indicator(&self, name: &str) -> Option<&'a Indicator> {
        self.project.indicators.get(name)
    }

    /// The row of a subject.
    pub(crate) fn row(&self, indicator: &str, subject: Subject, period: &str) -> Option<&'a IndicatorRow> {
        // The key borrows for as long as the rows do, so the parts are looked up by what they say.
        self.rows.get(&(indicator, subject, period)).copied()
    }

    /// The figure of a subject.
    pub(crate) fn read(&self, indicator: &str, subject: Subject, period: &str) -> Result<Reading, Error> {
        self.read_row(self.row(indicator, subject, period), indicator, subject.level, period)
    }

    /// The figure of a row, which may be of a category.
    pub(crate) fn read_row(
        &self,
        row: Option<&IndicatorRow>,
        indicator: &str,
        level: &str,
        period: &str,
    ) -> Result<Reading, Error> {
        let declared = self.indicator(indicator);
        let is_england = level == ENGLAND;
        Ok(Reading {
            figure: row.map(|row| FigureName::from(row).to_string()).unwrap_or_default(),
            indicator: indicator.to_owned(),
            label: declared.map(|one| one.label.clone()).unwrap_or_default(),
            unit: declared.map(|one| one.unit.clone()).unwrap_or_default(),
            period: period.to_owned(),
            is_known: row.is_some_and(|row| row.value.is_some()),
            value: row.and_then(|row| row.value),
            numerator: row.and_then(|row| row.numerator),
            denominator: row.and_then(|row| row.denominator),
            decimals: row.map_or(0, |row| decimals(row, is_england)),
            is_printed: row
                .is_some_and(|row| row.value_basis.as_deref() == Some("published_percentage") && !is_england),
            sign: self.sign(row, indicator, period)?,
        })
    }

    /// The figure of a place of today in a year before it; a cell of another table than the others, so it has no name.
    pub(crate) fn read_current(&self, row: &CurrentRow) -> Result<Reading, Error> {
        let declared = self.indicator(&row.indicator);
        Ok(Reading {
            figure: String::new(),
            indicator: row.indicator.clone(),
            label: declared.map(|one| one.label.clone()).unwrap_or_default(),
            unit: declared.map(|one| one.unit.clone()).unwrap_or_default(),
            period: row.reporting_period.clone(),
            is_known: row.value.is_some(),
            value: row.value,
            numerator: row.numerator,
            denominator: row.denominator,
            decimals: format::percent_decimals(row.denominator.or(row.denominator_low)),
            is_printed: false,
            sign: self.sign_of_status("suppressed", &row.indicator, &row.reporting_period)?,
        })
    }

    /// The sign in place of a number that is not there.
    pub(crate) fn sign(
        &self,
        row: Option<&IndicatorRow>,
        indicator: &str,
        period: &str,
    ) -> Result<String, Error> {
        let status = match row.map(|row| row.value_status.as_str()) {
            // The value is there and one of its counts is not: withheld, if bounds are known for it.
            Some("reported") if row.is_some_and(|row| row.denominator_low.is_some()) => "suppressed",
            None | Some("reported") => "not_in_figures",
            Some(status) => status,
        };
        self.sign_of_status(status, indicator, period)
    }

    /// The sign in place of a number with this status.
    pub(crate) fn sign_of_status(
        &self,
        status: &str,
        indicator: &str,
        period: &str,
    ) -> Result<String, Error> {
        // The project's own table prints the marker for `does not apply` wherever it lacks a figure.
        let is_lacking = status == "not_applicable" && self.embedded.contains(period);
        self.sign_of(if is_lacking { "not_in_figures" } else { status })
            .ok_or_else(|| Error::Status { indicator: indicator.to_owned(), status: status.to_owned() })
    }

    fn sign_of(&self, status: &str) -> Option<String> {
        self.marks.iter().find(|mark| mark.status == status).map(|mark| mark.sign.clone())
    }

    /// Every row of a level, in order of code and name.
    pub(crate) fn group<'s>(
        &'s self,
        indicator: &'s str,
        level: &'s str,
        period: &'s str,
    ) -> &'s [&'a IndicatorRow] {
        self.groups.get(&(indicator, level, period)).map_or(&[], Vec::as_slice)
    }

    /// The spread of a level; one row for each type of organisation on it.
    pub(crate) fn spread<'s>(
        &'s self,
        indicator: &'s str,
        level: &'s str,
        period: &'s str,
    ) -> &'s [&'a SpreadRow] {
        self.spread.get(&(indicator, level, period)).map_or(&[], Vec::as_slice)
    }

    /// The newest period in which an indicator has a value for a subject.
    pub(crate) fn newest_with_value(&self, indicator: &str, subject: Subject) -> Option<&str> {
        self.newest_of(&self.periods, indicator, subject)
    }

    /// The newest single month in which an indicator has a value for a subject.
    pub(crate) fn newest_month_with_value(&self, indicator: &str, subject: Subject) -> Option<&str> {
        self.newest_of(&self.months, indicator, subject)
    }

    fn newest_of<'s>(&self, periods: &'s [String], indicator: &str, subject: Subject) -> Option<&'s str> {
        let has_value =
            |period: &&String| self.row(indicator, subject, period).is_some_and(|row| row.value.is_some());
        periods.iter().rev().find(has_value).map(String::as_str)
    }
}

/// Decimals of a row's value; England's counts are exact, the others' are worth what their size allows.
pub(crate) fn decimals(row: &IndicatorRow, is_england: bool) -> usize {
    let is_rounded = row.value_basis.as_deref() == Some("published_percentage") && !is_england;
    if is_rounded {
        0
    } else {
        format::percent_decimals(row.denominator.or(row.denominator_low).or(row.numerator))
    }
}

/// Whether a release is the project's own table of published figures and not the publisher's file.
pub(crate) fn is_embedded(source: &str) -> bool {
    source.starts_with("embedded")
}
