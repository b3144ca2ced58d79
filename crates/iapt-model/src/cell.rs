//! One published cell: a number, or the reason why there is none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Statistic;

/// Why a published cell has, or has not, a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A number, in the unit of its measure.
    Reported(f64),
    /// No number; never `ValueStatus::Reported`.
    Withheld(ValueStatus),
}

/// The status of a cell, as the tidy table spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueStatus {
    /// The publisher printed a number.
    Reported,
    /// Withheld by the publisher's disclosure rule, printed as `*`.
    Suppressed,
    /// The measure does not apply to the row, printed as `NULL`.
    NotApplicable,
    /// There was no activity, printed as `-`.
    NoActivity,
    /// Nothing was printed.
    Missing,
    /// The edition has no figure of the measure: its column is empty in every row, or the built-in figures lack it.
    NotHeld,
}

impl ValueStatus {
    /// Every status, in the order of the enum.
    pub const ALL: [Self; 6] = [
        Self::Reported,
        Self::Suppressed,
        Self::NotApplicable,
        Self::NoActivity,
        Self::Missing,
        Self::NotHeld,
    ];

    /// The word in the tidy table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Suppressed => "suppressed",
            Self::NotApplicable => "not_applicable",
            Self::NoActivity => "no_activity",
            Self::Missing => "missing",
            Self::NotHeld => "not_held",
        }
    }
}

/// What the publisher prints where it prints no number: text -> status.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, ValueStatus>")]
// A handful, looked up for every cell: of most the length already says that they are not it.
pub struct Markers(Vec<(String, ValueStatus)>);

impl From<BTreeMap<String, ValueStatus>> for Markers {
    fn from(declared: BTreeMap<String, ValueStatus>) -> Self {
        Self(declared.into_iter().collect())
    }
}

impl Markers {
    /// The declared marker texts, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(text, _)| text.as_str())
    }

    /// The declared text of a status, where there is one.
    #[must_use]
    pub fn text_of(&self, status: ValueStatus) -> Option<&str> {
        self.0.iter().find(|(_, other)| *other == status).map(|(text, _)| text.as_str())
    }

    /// Reads one cell; `None` when the text is neither a plain decimal number nor a declared marker.
    ///
    /// Plain means digits with at most one point between them: no thousands separator, no exponent, no space; a
    /// minus only before a mean, median or effect size, of which the publisher has printed some below zero; no point in a
    /// count, which is whole. It prints nothing else, so anything else is not understood.
    #[must_use]
    pub fn read(&self, text: &str, statistic: Statistic) -> Option<Cell> {
        if let Some(number) = plain_number(text, !statistic.is_whole()) {
            return Some(Cell::Reported(number));
        }
        if let Some((_, status)) = self.0.iter().find(|(marker, _)| marker == text) {
            return Some(Cell::Withheld(*status));
        }
        let may_be_negative = matches!(statistic, Statistic::Mean | Statistic::Median | Statistic::Effect);
        let magnitude = text.strip_prefix('-').filter(|_| may_be_negative);
        magnitude.and_then(|text| plain_number(text, true)).map(|number| Cell::Reported(-number))
    }
}

/// What data-frame libraries write where there is nothing.
const GAPS: [&str; 6] = ["nan", "NaN", "NA", "<NA>", "NaT", "None"];

/// Whether a text is what a data-frame library writes and the publisher does not: a gap as `nan`, or a whole number as
/// `35.0`.
#[must_use]
pub fn is_resaved_cell(text: &str) -> bool {
    GAPS.contains(&text) || without_point(text).is_some()
}

/// Whether a key is a gap as a data-frame library writes it; `None` is a religion too.
#[must_use]
pub fn is_resaved_key(text: &str) -> bool {
    text != "None" && GAPS.contains(&text)
}

/// A whole number that was written with a point, as it was before: `35.0`.
#[must_use]
pub fn without_point(text: &str) -> Option<&str> {
    let (whole, decimals) = text.split_once('.')?;
    let is_whole = plain_number(whole, false).is_some()
        && !decimals.is_empty()
        && decimals.bytes().all(|digit| digit == b'0');
    is_whole.then_some(whole)
}

fn plain_number(text: &str, may_have_point: bool) -> Option<f64> {
    let bytes = text.as_bytes();
    // Nearly every cell is a short whole number or a marker, so the common cases leave early.
    if !bytes.first()?.is_ascii_digit() || !bytes.last()?.is_ascii_digit() {
        return None;
    }
    if bytes.len() <= 9 && bytes.iter().all(u8::is_ascii_digit) {
        let number = bytes.iter().fold(0_u32, |sum, byte| sum * 10 + u32::from(byte - b'0'));
        return Some(f64::from(number));
    }
    if !may_have_point && bytes.contains(&b'.') {
        return None;
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = [whole, decimals].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if is_plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markers() -> Markers {
        Markers::from(BTreeMap::from([
            ("*".to_owned(), ValueStatus::Suppressed),
            ("NULL".to_owned(), ValueStatus::NotApplicable),
            ("-".to_owned(), ValueStatus::NoActivity),
            (String::new(), ValueStatus::Missing),
        ]))
    }

    fn check(text: &str, expected: Option<Cell>) {
        check_of(Statistic::Count, text, expected);
    }

    fn check_of(statistic: Statistic, text: &str, expected: Option<Cell>) {
        assert_eq!(markers().read(text, statistic), expected, "{statistic} `{text}`");
    }

    #[test]
    fn only_means_and_medians_fall_below_zero() {
        check_of(Statistic::Mean, "-1.8", Some(Cell::Reported(-1.8)));
        check_of(Statistic::Median, "-3", Some(Cell::Reported(-3.0)));
        check_of(Statistic::Effect, "-0.4", Some(Cell::Reported(-0.4)));
        check_of(Statistic::Mean, "-", Some(Cell::Withheld(ValueStatus::NoActivity)));
        for (statistic, text) in [
            (Statistic::Percentage, "-1.8"),
            (Statistic::Deviation, "-1"),
            (Statistic::Mean, "--1"),
            (Statistic::Mean, "-.5"),
        ] {
            check_of(statistic, text, None);
        }
    }

    #[test]
    fn numbers_are_plain_decimals() {
        check("0", Some(Cell::Reported(0.0)));
        check("1439957", Some(Cell::Reported(1_439_957.0)));
        check_of(Statistic::Percentage, "50.8", Some(Cell::Reported(50.8)));
        check("123456789012", Some(Cell::Reported(123_456_789_012.0)));
        for text in
            ["1,234", "-5", "+5", "1e3", "1.2.3", ".5", "5.", " 5", "5 ", "NaN", "inf", "0x10", "٣", "5%"]
        {
            check(text, None);
        }
    }

    #[test]
    fn what_is_counted_is_whole() {
        for statistic in [Statistic::Count, Statistic::Min, Statistic::Max] {
            check_of(statistic, "35", Some(Cell::Reported(35.0)));
            check_of(statistic, "12345678901", Some(Cell::Reported(12_345_678_901.0)));
            for text in ["12.5", "35.0", "0.0", "1.5", "1234567890.5"] {
                check_of(statistic, text, None);
            }
        }
        for statistic in [Statistic::Mean, Statistic::Median, Statistic::Sum, Statistic::Percentage] {
            check_of(statistic, "12.5", Some(Cell::Reported(12.5)));
            check_of(statistic, "35.0", Some(Cell::Reported(35.0)));
        }
    }

    #[test]
    fn what_a_data_frame_library_writes_is_known() {
        for text in ["nan", "NaN", "NA", "<NA>", "NaT", "None", "35.0", "0.0", "1234567890.00"] {
            assert!(is_resaved_cell(text), "{text}");
            assert_eq!(
                is_resaved_key(text),
                text.parse::<f64>().map_or(text != "None", f64::is_nan),
                "{text}"
            );
        }
        for text in ["", "*", "NULL", "35", "12.5", "35.", ".0", "n/a", "-1.0", "NaNs"] {
            assert!(!is_resaved_cell(text) && !is_resaved_key(text), "{text}");
        }
        assert_eq!(without_point("35.0"), Some("35"));
    }

    #[test]
    fn markers_are_declared_texts_and_nothing_near_them() {
        check("*", Some(Cell::Withheld(ValueStatus::Suppressed)));
        check("NULL", Some(Cell::Withheld(ValueStatus::NotApplicable)));
        check("-", Some(Cell::Withheld(ValueStatus::NoActivity)));
        check("", Some(Cell::Withheld(ValueStatus::Missing)));
        for text in ["**", "null", "N/A", "--", " ", "c"] {
            check(text, None);
        }
    }
}
