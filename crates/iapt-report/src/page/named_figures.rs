//! The figures that declared sentences name.

use std::collections::BTreeMap;

use iapt_model::IndicatorRow;

use super::{Site, blocks::Shelf, shared};
use crate::{
    Error,
    declared::NamedFigure,
    readings::{Reading, Readings},
};

impl Site<'_> {
    /// The figures that a block's sentences name; none where one of them has no value in any period.
    pub(super) fn named_figures<'n>(
        &self,
        declared: &'n [NamedFigure],
        shelf: &Shelf,
    ) -> Result<Option<BTreeMap<&'n str, Reading>>, Error> {
        let mut figures = BTreeMap::new();
        for figure in declared {
            let Some(readings) = shelf.readings(&figure.dataset) else { return Ok(None) };
            let found = match &figure.of {
                None => of_england(figure, readings)?,
                Some(of) => {
                    let rows = self.rows_of(&figure.dataset, &figure.indicator, &of.breakdown);
                    let is_it = |row: &&&IndicatorRow| row.category == of.category && row.value.is_some();
                    let newest = rows.iter().filter(is_it).max_by_key(|row| &row.reporting_period);
                    let read = |row: &&IndicatorRow| {
                        readings.read_row(Some(row), &figure.indicator, &row.level, &row.reporting_period)
                    };
                    newest.map(read).transpose()?
                }
            };
            let Some(found) = found else { return Ok(None) };
            figures.insert(figure.name.as_str(), found);
        }
        Ok(Some(figures))
    }
}

/// The newest value of England, the one a year before it, or the oldest.
fn of_england(figure: &NamedFigure, readings: &Readings) -> Result<Option<Reading>, Error> {
    let england = readings.england();
    let wanted = [Some(&figure.indicator), figure.together_with.as_ref()].into_iter().flatten();
    let has_value = |period: &&String| {
        let is_known =
            |name: &String| readings.row(name, england, period).is_some_and(|row| row.value.is_some());
        wanted.clone().all(is_known)
    };
    let all = if figure.by_month { readings.months() } else { readings.periods() };
    let mut periods = all.iter().filter(has_value);
    let period = if figure.is_oldest { periods.next() } else { periods.next_back() };
    let period = match period {
        Some(newest) if figure.is_year_before && figure.by_month => readings.month_a_year_before(newest),
        Some(newest) if figure.is_year_before => readings.period_before(newest),
        period => period.map(String::as_str),
    };
    let read = |period: &str| -> Result<Reading, Error> {
        let reading = readings.read(&figure.indicator, england, period)?;
        Ok(Reading { period: shared::in_words(period)?, ..reading })
    };
    period.map(read).transpose()
}
