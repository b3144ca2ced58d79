//! Layouts: how the cells of a published file lie, as declared in `dataset.toml`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{Key, Period, TableLayout};

/// How the cells of a file lie. A file that `dataset.toml` does not mention is wide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Where its measures are.
    #[serde(default)]
    pub shape: Shape,
    /// Keys that the file has no column for; they are empty texts in the tidy table.
    #[serde(default)]
    pub absent_keys: BTreeSet<Key>,
    /// Keys that the file has no column for because they are the same in every row, and what they are.
    #[serde(default)]
    pub constant_keys: BTreeMap<Key, String>,
    /// The types of organisation whose rows the layout is right for; every type where none is said.
    #[serde(default)]
    pub org_types: BTreeSet<String>,
    /// Whether its rows are broken down by something other than groups of people, which no canonical category is
    /// looked up for.
    #[serde(default)]
    pub is_uncategorised: bool,
    /// Texts by which a column of organisations says that it does not narrow the row: `all`, `all Providers`.
    #[serde(default)]
    pub whole: BTreeSet<String>,
    /// How it lies where it is a table made for readers.
    pub table: Option<TableLayout>,
    /// Whether somebody read it with a data-frame library and saved it again, and there is no other: then a whole number
    /// may read `35.0`, and a key `nan`.
    #[serde(default)]
    pub is_resaved: bool,
    /// How its dates are written.
    #[serde(default)]
    pub date_formats: Vec<DateFormat>,
    /// What a column that names the period prints in each period: `Quarter 1 2021/22`.
    #[serde(default)]
    pub period_names: BTreeMap<Period, String>,
}

/// A way to write dates, and when the publisher used it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateFormat {
    /// In the notation of strftime.
    pub format: String,
    /// The first period of it, where it has not been used from the beginning.
    pub first_period: Option<Period>,
    /// The last period of it, where it is no longer used.
    pub last_period: Option<Period>,
}

/// Where the measures of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A column for each measure.
    #[default]
    Wide,
    /// A row for each measure: one column says which it is, another holds the value.
    Long,
}

impl Layout {
    /// The text of a row that two columns of organisations describe: the one that narrows it, or both with `/`
    /// between, as the publisher writes `CCG/Provider`.
    #[must_use]
    pub fn joined<'a>(&self, first: &'a str, second: &'a str) -> std::borrow::Cow<'a, str> {
        match (self.whole.contains(first), self.whole.contains(second)) {
            (_, true) => first.into(),
            (true, false) => second.into(),
            (false, false) => format!("{first}/{second}").into(),
        }
    }

    /// Reads a date in any notation that was in use in the period.
    #[must_use]
    pub fn date(&self, period: Period, text: &str) -> Option<NaiveDate> {
        self.date_formats_in(period).find_map(|format| NaiveDate::parse_from_str(text, format).ok())
    }

    /// The layout without what is said of other periods, so that what is declared of one makes no other stale.
    pub(crate) fn in_period(&self, period: Period) -> Self {
        let mut layout = self.clone();
        layout.period_names.retain(|named, _| *named == period);
        let formats = self.date_formats_in(period).map(|format| DateFormat {
            format: format.to_owned(),
            first_period: None,
            last_period: None,
        });
        layout.date_formats = formats.collect();
        layout
    }

    /// What a text means in each notation that was ever in use.
    pub(crate) fn dates(&self, text: &str) -> impl Iterator<Item = NaiveDate> {
        self.date_formats
            .iter()
            .filter_map(move |format| NaiveDate::parse_from_str(text, &format.format).ok())
    }

    /// The notations of dates that were in use in a period.
    pub fn date_formats_in(&self, period: Period) -> impl Iterator<Item = &str> {
        let is_live = move |format: &&DateFormat| {
            format.first_period.is_none_or(|first| first <= period)
                && format.last_period.is_none_or(|last| period <= last)
        };
        self.date_formats.iter().filter(is_live).map(|format| format.format.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let period = |text: &str| Some(text.parse().unwrap());
        let format = |format: &str, first_period, last_period| DateFormat {
            format: format.to_owned(),
            first_period,
            last_period,
        };
        Layout {
            whole: ["all", "all Providers"].map(str::to_owned).into(),
            date_formats: vec![
                format("%d/%m/%Y", None, period("2025-05")),
                format("%Y-%m-%d", period("2025-06"), None),
            ],
            ..Layout::default()
        }
    }

    #[test]
    fn a_row_is_named_by_what_narrows_it() {
        for (first, second, expected) in [
            ("all", "all", "all"),
            ("all", "RX4", "RX4"),
            ("00C", "all", "00C"),
            ("00C", "RX4", "00C/RX4"),
            ("", "RX4", "/RX4"),
        ] {
            assert_eq!(layout().joined(first, second), expected, "{first} {second}");
        }
    }

    #[test]
    fn dates_are_read_in_the_notation_of_their_time_only() {
        let check = |period: &str, text: &str, expected: Option<&str>| {
            let date = layout().date(period.parse().unwrap(), text).map(|date| date.to_string());
            assert_eq!(date.as_deref(), expected, "{period} {text}");
        };
        check("2023-05", "01/05/2023", Some("2023-05-01"));
        check("2025-06", "2025-06-01", Some("2025-06-01"));
        check("2025-06", "01/06/2025", None);
        for text in ["", "31/02/2023", "May 2023", "2023-05-01", "45000"] {
            check("2023-05", text, None);
        }
    }
}
