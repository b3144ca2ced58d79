//! The organisations of a level: which count, how far they lie apart, how each stands to England.

use std::cmp::Ordering;

use iapt_chart::{Dot, format};
use iapt_model::{FigureName, IndicatorRow, SpreadRow, Standing, VariationRow};
use serde_json::json;

use super::{
    Site,
    verdict::{comparison, drawn},
};
use crate::{
    Error,
    escape::clean,
    readings::{Readings, Subject, decimals},
    table::{Cell, Flag, Row, Table},
};

/// The spread of a level with the rows that it counts.
pub(super) struct Spread<'a> {
    pub(super) row: &'a SpreadRow,
    /// The organisations that count, in order of code and name.
    pub(super) counted: Vec<&'a IndicatorRow>,
    /// One of the level, in words.
    pub(super) label: String,
    pub(super) label_plural: String,
    unit: String,
    decimals: usize,
}

impl Spread<'_> {
    /// A value of the spread, with the decimals that its smallest organisation deserves.
    pub(super) fn text(&self, value: f64) -> String {
        format::in_unit(value, &self.unit, self.decimals)
    }

    /// A value of one organisation, with the decimals that its size deserves.
    pub(super) fn written(&self, value: f64, row: &VariationRow) -> String {
        let is_rounded = row.value_basis.as_deref() == Some("published_percentage");
        let decimals = if is_rounded { 0 } else { format::percent_decimals(row.denominator) };
        format::in_unit(value, &self.unit, decimals)
    }

    /// The value of every organisation that counts, lowest first.
    pub(super) fn values(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.counted.iter().filter_map(|row| row.value).collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

impl<'a> Site<'a> {
    /// The spread of the newest period that has one.
    pub(super) fn newest_spread(
        &self,
        indicator: &str,
        level: &str,
        readings: &Readings<'a>,
    ) -> Option<Spread<'a>> {
        readings.periods().iter().rev().find_map(|period| self.spread(indicator, level, period, readings))
    }

    /// The spread of one period; where two types of organisation stand on the level, that of the more numerous.
    pub(super) fn spread(
        &self,
        indicator: &str,
        level: &str,
        period: &str,
        readings: &Readings<'a>,
    ) -> Option<Spread<'a>> {
        let row = readings.spread(indicator, level, period).iter().max_by_key(|row| row.n_organisations)?;
        let rows = of_type(readings.group(indicator, level, period), &row.org_type);
        let counted: Vec<_> = rows.into_iter().filter(|row| row.standing() == Standing::Counted).collect();
        let org_type = self.input.project.organisations.organisation_type(&row.org_type);
        Some(Spread {
            row,
            decimals: counted.iter().map(|row| decimals(row, false)).min().unwrap_or(0),
            counted,
            label: org_type.map_or(row.org_type.as_str(), |one| &one.label).to_owned(),
            label_plural: org_type.map_or(row.org_type.as_str(), |one| &one.label_plural).to_owned(),
            unit: readings.indicator(indicator).map(|one| one.unit.clone()).unwrap_or_default(),
        })
    }

    /// What was found about the organisation of a row.
    pub(super) fn flag_of(&self, row: &VariationRow) -> Option<Flag> {
        let subject = Subject { level: &row.level, org_code: &row.org_code };
        self.flag("", &row.dataset, subject, &row.reporting_period)
    }

    /// A mark per organisation that counts, lowest first.
    pub(super) fn dots(&self, spread: &Spread, readings: &Readings) -> Result<Vec<Dot>, Error> {
        let counted = usize::try_from(spread.row.n_organisations).unwrap_or(usize::MAX);
        if spread.counted.len() != counted {
            return Err(Error::Miscounted {
                indicator: spread.row.indicator.to_string(),
                period: spread.row.reporting_period.to_string(),
                level: spread.row.level.to_string(),
                drawn: spread.counted.len(),
                counted,
            });
        }
        let mut dots = Vec::new();
        for row in &spread.counted {
            let Some(value) = row.value else { continue };
            let subject = Subject { level: &row.level, org_code: &row.org_code };
            let reading = readings.read(&row.indicator, subject, &row.reporting_period)?;
            let name = self.pages.site.names.display(&row.org_name);
            let written = interval_in_words(row, reading.decimals).map(|ends| format!(", interval {ends}"));
            let stands = self.verdict_on(row, &row.dataset);
            let comparison = comparison(stands).map(|words| format!(", {words}")).unwrap_or_default();
            let flag = self.flag("", &row.dataset, subject, &row.reporting_period);
            let is_flagged = flag.is_some();
            let (sign, reason) = flag
                .map(|flag| (format!(" {}", flag.sign), format!(". {} {}", flag.sign, flag.reason)))
                .unwrap_or_default();
            dots.push(Dot {
                code: clean(&row.org_code),
                figure: reading.figure.clone(),
                tooltip: format!(
                    "{name}: {}{}{comparison}{reason}",
                    reading.value_text(),
                    written.unwrap_or_default()
                ),
                name,
                value,
                text: format!("{}{sign}", reading.value_text()),
                interval: row.interval_low.zip(row.interval_high),
                stands: drawn(stands),
                is_flagged,
            });
        }
        dots.sort_by(|left, right| {
            left.value.total_cmp(&right.value).then_with(|| left.code.cmp(&right.code))
        });
        Ok(dots)
    }

    /// Every organisation of the level in a table, those that do not count among them, in order of name.
    pub(super) fn places_table(
        &self,
        spread: &Spread,
        readings: &Readings,
        download: &str,
    ) -> Result<Table, Error> {
        let SpreadRow { indicator, level, reporting_period, .. } = spread.row;
        let group = of_type(readings.group(indicator, level, reporting_period), &spread.row.org_type);
        let mut rows = Vec::new();
        for row in group {
            let name = self.pages.site.names.display(&row.org_name);
            let subject = Subject { level: &row.level, org_code: &row.org_code };
            let flag = self.flag("", &row.dataset, subject, &row.reporting_period);
            let flag = flag.filter(|_| row.value.is_some());
            let cells = self.place_cells(row, spread, readings, &name, flag)?;
            rows.push((
                !row.standing().is_organisation(),
                name,
                row.org_code,
                Row { code: clean(&row.org_code), cells, ..Row::default() },
            ));
        }
        rows.sort_by(|left, right| (left.0, &left.1, &left.2).cmp(&(right.0, &right.1, &right.2)));
        let label = readings.indicator(indicator).map(|one| one.label.clone()).unwrap_or_default();
        let level_label = &spread.label;
        let heads = self.engine.heads(
            "places",
            json!({ "label": label, "level_label": level_label, "reporting_period": reporting_period }),
        )?;
        let id = format!("table-{}-{}", super::slug(indicator), super::slug(level));
        heads.over(id, rows.into_iter().map(|(.., row)| row).collect(), download)
    }

    fn place_cells(
        &self,
        row: &IndicatorRow,
        spread: &Spread,
        readings: &Readings,
        name: &str,
        flag: Option<Flag>,
    ) -> Result<Vec<Cell>, Error> {
        let standing = row.standing();
        let sign = readings.sign(Some(row), &row.indicator, &row.reporting_period)?;
        let decimals = decimals(row, false);
        let interval = interval_in_words(row, format::percent_decimals(row.denominator));
        let value =
            row.value.map_or_else(|| sign.clone(), |value| format::in_unit(value, &spread.unit, decimals));
        let comparison =
            comparison(self.verdict_on(row, &row.dataset)).filter(|_| standing.is_organisation());
        // Of two entries of one code the first is at home in the table.
        let figure =
            if standing.is_organisation() { FigureName::from(row).to_string() } else { String::new() };
        let home = Cell { text: value, figure, ..Cell::default() };
        let link = self.areas.link("", &row.level, &row.org_code);
        let mut detail = clean(&row.org_code);
        let left_out = left_out(standing, spread.row.minimum_denominator);
        if !left_out.is_empty() {
            detail = format!("{detail}: {left_out}");
        }
        Ok(vec![
            Cell { link, ..Cell::with_detail(name, detail) },
            home.flagged(flag).at_home(),
            Cell::new(interval.unwrap_or_else(|| row.value.map_or_else(|| sign.clone(), |_| String::new()))),
            Cell::new(comparison.unwrap_or_default()),
            Cell::new(row.denominator.map_or(sign, format::count)),
        ])
    }
}

fn of_type<'a>(rows: &[&'a IndicatorRow], org_type: &str) -> Vec<&'a IndicatorRow> {
    rows.iter().filter(|row| row.org_type == org_type).copied().collect()
}

/// Why an organisation is in the table and not in the chart.
fn left_out(standing: Standing, floor: f64) -> String {
    let why = match standing {
        Standing::Counted => return String::new(),
        Standing::BelowFloor => format!("fewer than {}", format::count(floor)),
        Standing::Suppressed => "a count is withheld".to_owned(),
        Standing::Impossible => "more of them than there are".to_owned(),
        Standing::WithoutValue => "no value".to_owned(),
        Standing::Unknown | Standing::Hub | Standing::Duplicate => {
            "not a place, or a second entry".to_owned()
        }
    };
    format!("{why}; not in the chart")
}

/// The interval of a row: `49.4 to 53.0`. Where rounding would move an end across England's printed value, there are more decimals.
pub(super) fn interval_in_words(row: &IndicatorRow, decimals: usize) -> Option<String> {
    const ENGLAND: usize = 1;
    const MOST_MORE: usize = 2;
    let ends = [row.interval_low?, row.interval_high?];
    let to = |decimals: usize| ends.map(|end| format::fixed(end, decimals));
    let number = |text: &String| text.parse::<f64>().ok();
    let reference = row.england.and_then(|england| number(&format::fixed(england, ENGLAND)));
    let agrees = |written: &[String; 2]| {
        let (Some(reference), Some(england)) = (reference, row.england) else { return true };
        ends.iter().zip(written).all(|(end, written)| {
            let printed = number(written).map(|written| written.total_cmp(&reference));
            printed == Some(Ordering::Equal) || printed == Some(end.total_cmp(&england))
        })
    };
    let written = (decimals..=decimals + MOST_MORE).map(to).find(agrees).unwrap_or_else(|| to(decimals));
    Some(written.join(" to "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_interval_stands_where_the_interval_does() {
        let check = |ends: (f64, f64), england: f64, decimals: usize, expected: &str| {
            let row = IndicatorRow {
                interval_low: Some(ends.0),
                interval_high: Some(ends.1),
                england: Some(england),
                ..IndicatorRow::default()
            };
            assert_eq!(interval_in_words(&row, decimals).as_deref(), Some(expected));
        };
        check((43.8, 52.3), 60.0, 0, "44 to 52");
        check((43.8, 52.3), 52.1, 0, "43.8 to 52.3");
        check((5.83, 17.2), 5.8, 0, "6 to 17");
        check((5.74, 17.2), 5.8, 0, "5.7 to 17.2");
        check((49.36, 53.04), 53.02, 1, "49.4 to 53.0");
        check((49.36, 53.04), 52.98, 1, "49.4 to 53.0");
    }
}
