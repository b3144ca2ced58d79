//! The name of a figure, by which pages, `iapt why` and proofs call it.

use std::fmt;

use crate::{IndicatorRow, InequalityGroupRow, Period, PeriodKind, VariationRow, on_one_line};

/// What stands behind the period of a sum of months.
const MONTHS: &str = "_months";
/// The breakdown and the category of everyone, which no name has.
const EVERYONE: (&str, &str) = ("total", "All");

/// The name of a figure: an indicator of one organisation in one period, of everyone or of one group of people.
///
/// Written `indicator.period.level.org_code`, with `.breakdown.category` behind it for a group of people, and with `_months` behind
/// the period where the figure is of a sum of months and not of the annual report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureName<'a> {
    /// The indicator's name.
    pub indicator: &'a str,
    /// The period, as written.
    pub reporting_period: &'a str,
    /// Whether the period is twelve months that were added up.
    pub is_sum_of_months: bool,
    /// The level.
    pub level: &'a str,
    /// The organisation's code.
    pub org_code: &'a str,
    /// What it is broken down by; `total` where it is not.
    pub breakdown: &'a str,
    /// The category; `All` where it is not broken down.
    pub category: &'a str,
}

impl<'a> FigureName<'a> {
    /// Reads a name, or an address on a page that spells one; none where parts are missing. That there is such a figure is not said.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, '.');
        let (indicator, period, level, org_code) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (breakdown, category) = match parts.next() {
            Some(breakdown) => (breakdown, parts.next()?),
            None => EVERYONE,
        };
        let months = period.strip_suffix(MONTHS);
        Some(Self {
            indicator,
            reporting_period: months.unwrap_or(period),
            is_sum_of_months: months.is_some(),
            level,
            org_code,
            breakdown,
            category,
        })
    }

    /// What kind of period it is of; none where that is no period.
    #[must_use]
    pub fn period_kind(&self) -> Option<PeriodKind> {
        let period: Period = self.reporting_period.parse().ok()?;
        Some(if self.is_sum_of_months { PeriodKind::SumOfMonths } else { period.period_kind() })
    }

    /// Whether it is of the organisation with this code; an address on a page may spell that.
    #[must_use]
    pub fn is_of(&self, org_code: &str) -> bool {
        is_spelled(self.org_code, org_code)
    }

    /// Whether it is of this category; an address on a page may spell that.
    #[must_use]
    pub fn is_of_category(&self, category: &str) -> bool {
        is_spelled(self.category, category)
    }
}

impl<'a> From<&'a InequalityGroupRow> for FigureName<'a> {
    fn from(row: &'a InequalityGroupRow) -> Self {
        Self {
            indicator: &row.indicator,
            reporting_period: &row.reporting_period,
            is_sum_of_months: row.period_kind == PeriodKind::SumOfMonths.as_str(),
            level: &row.level,
            org_code: &row.org_code,
            breakdown: &row.breakdown,
            category: &row.category,
        }
    }
}

impl<'a> From<&'a IndicatorRow> for FigureName<'a> {
    fn from(row: &'a IndicatorRow) -> Self {
        Self {
            indicator: &row.indicator,
            reporting_period: &row.reporting_period,
            is_sum_of_months: row.is_sum_of_months(),
            level: &row.level,
            org_code: &row.org_code,
            breakdown: &row.breakdown,
            category: &row.category,
        }
    }
}

/// The figure that a row of the variation table repeats.
impl<'a> From<&'a VariationRow> for FigureName<'a> {
    fn from(row: &'a VariationRow) -> Self {
        let (breakdown, category) = EVERYONE;
        Self {
            indicator: &row.indicator,
            reporting_period: &row.reporting_period,
            is_sum_of_months: row.period_kind == PeriodKind::SumOfMonths.as_str(),
            level: &row.level,
            org_code: &row.org_code,
            breakdown,
            category,
        }
    }
}

/// On one line, whatever was published.
impl fmt::Display for FigureName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { indicator, reporting_period, is_sum_of_months, level, org_code, breakdown, category } =
            self;
        let months = if *is_sum_of_months { MONTHS } else { "" };
        write!(f, "{indicator}.{reporting_period}{months}.{level}.{}", on_one_line(org_code))?;
        if *breakdown == EVERYONE.0 { Ok(()) } else { write!(f, ".{breakdown}.{}", on_one_line(category)) }
    }
}

/// A text as an address on a page, which holds no white space and nothing that is markup.
#[must_use]
pub fn anchor(text: &str) -> String {
    let safe = |character: char| {
        let is_safe = character.is_alphanumeric() || matches!(character, '.' | '_' | '-');
        if is_safe { character } else { '_' }
    };
    text.chars().map(safe).collect()
}

/// Whether a part of a name is this text, as a name or as an address on a page spells it.
fn is_spelled(part: &str, text: &str) -> bool {
    part == on_one_line(text) || part == anchor(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(period_kind: &str, breakdown: &str, category: &str) -> IndicatorRow {
        IndicatorRow {
            indicator: "recovery_rate".into(),
            reporting_period: "2024-25".into(),
            period_kind: period_kind.into(),
            level: "icb".into(),
            org_code: "QHM".into(),
            breakdown: breakdown.into(),
            category: category.into(),
            ..IndicatorRow::default()
        }
    }

    #[test]
    fn a_figure_has_one_name() {
        let check = |row: &IndicatorRow, expected: &str| {
            let name = FigureName::from(row);
            assert_eq!(name.to_string(), expected);
            assert_eq!(FigureName::read(expected), Some(name));
            let spelled = anchor(expected);
            let read = FigureName::read(&spelled).unwrap();
            assert!(read.is_of(&row.org_code) && read.is_of_category(&row.category), "{read:?}");
            assert_eq!(read.period_kind().unwrap().as_str(), row.period_kind);
        };
        check(&row("year", "total", "All"), "recovery_rate.2024-25.icb.QHM");
        check(&row("sum_of_months", "total", "All"), "recovery_rate.2024-25_months.icb.QHM");
        check(
            &row("year", "imd_decile", "1 (most deprived)"),
            "recovery_rate.2024-25.icb.QHM.imd_decile.1 (most deprived)",
        );
        check(&row("year", "age_group", "approx. 18"), "recovery_rate.2024-25.icb.QHM.age_group.approx. 18");
        let month = IndicatorRow { reporting_period: "2024-05".into(), ..row("month", "total", "All") };
        check(&month, "recovery_rate.2024-05.icb.QHM");
    }

    #[test]
    fn a_row_of_variation_has_the_name_of_the_figure_that_it_repeats() {
        for kind in ["year", "sum_of_months"] {
            let figure = row(kind, "total", "All");
            let repeated = VariationRow {
                reporting_period: figure.reporting_period,
                period_kind: figure.period_kind,
                level: figure.level,
                org_code: figure.org_code,
                indicator: figure.indicator,
                ..VariationRow::default()
            };
            assert_eq!(FigureName::from(&repeated), FigureName::from(&figure));
        }
    }

    #[test]
    fn what_was_published_breaks_no_line() {
        let row = IndicatorRow { org_code: "A\n\u{202e}1".into(), ..row("year", "total", "All") };
        let name = FigureName::from(&row).to_string();
        assert_eq!(name, "recovery_rate.2024-25.icb.A \u{fffd}1");
        for spelled in [name.clone(), anchor(&name)] {
            assert!(FigureName::read(&spelled).unwrap().is_of(&row.org_code), "{spelled}");
        }
    }

    #[test]
    fn a_name_has_every_part_and_a_period() {
        for text in ["", "recovery_rate", "recovery_rate.2024-25.icb", "recovery_rate.2024-25.icb.QHM.gender"]
        {
            assert_eq!(FigureName::read(text), None, "{text}");
        }
        assert_eq!(FigureName::read("recovery_rate.17.icb.QHM").unwrap().period_kind(), None);
    }

    #[test]
    fn only_what_an_address_cannot_hold_is_spelled_in_another_way() {
        let name = FigureName::read("r.2024-25.icb.Q.age_group.<18").unwrap();
        let is_of = |category| name.is_of_category(category);
        assert_eq!([is_of("<18"), is_of(">18"), is_of("18")], [true, false, false]);
    }
}
