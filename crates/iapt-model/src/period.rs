//! Reporting periods: financial years and months, as the publisher writes them.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// The time that a release reports on. Financial years sort before the months in them.
///
/// Written `2017-18` (April 2017 to March 2018), `2021-01` (January 2021), or `2019-02--2020-02` for a file that holds
/// every month from February 2019 to February 2020.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    // Declared in this order, so that the derived ordering is the order of time.
    start: NaiveDate,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    FinancialYear,
    Month,
    /// So many months, at least two.
    Months(u32),
}

/// What kind of period a figure is of, decided here for what is published; years that are added up from months say so in
/// the SQL that adds them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodKind {
    /// A financial year, published as one.
    Year,
    /// Twelve months of a financial year, added up here.
    SumOfMonths,
    /// A calendar month.
    Month,
    /// A quarter of a calendar year.
    Quarter,
    /// The first months of a financial year.
    ToDate,
    /// Any other months.
    Months,
}

impl PeriodKind {
    /// The word in the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::SumOfMonths => "sum_of_months",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::ToDate => "to_date",
            Self::Months => "months",
        }
    }
}

/// A text that is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither a financial year (`2017-18`) nor a month (`2021-01`)")]
pub struct NotAPeriod {
    text: String,
}

impl Period {
    /// The first day of the period.
    #[must_use]
    pub fn start_date(self) -> NaiveDate {
        self.start
    }

    /// The last day of the period.
    #[must_use]
    pub fn end_date(self) -> NaiveDate {
        // The calendar of chrono ends in the year 262143; a four-digit year is always inside.
        self.start
            .checked_add_months(Months::new(self.n_months()))
            .and_then(|next| next.checked_sub_days(Days::new(1)))
            .unwrap_or(self.start)
    }

    /// Whether it is a financial year, not a month.
    #[must_use]
    pub fn is_year(self) -> bool {
        self.period_kind() == PeriodKind::Year
    }

    /// What kind of period it is, as the column `period_kind` says it.
    #[must_use]
    pub fn period_kind(self) -> PeriodKind {
        let begins_a_quarter = self.start.month0().is_multiple_of(3);
        let begins_a_year = self.start.month() == 4;
        match self.n_months() {
            1 => PeriodKind::Month,
            3 if begins_a_quarter => PeriodKind::Quarter,
            12 if begins_a_year => PeriodKind::Year,
            ..12 if begins_a_year => PeriodKind::ToDate,
            _ => PeriodKind::Months,
        }
    }

    /// The period of the same length that comes after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let start = self.end_date().succ_opt().unwrap_or(self.start);
        Self { start, kind: self.kind }
    }

    /// The period of the same length that comes before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        let months = Months::new(self.n_months());
        let start = self.start.checked_sub_months(months).unwrap_or(self.start);
        Self { start, kind: self.kind }
    }

    /// The financial year that it begins in.
    #[must_use]
    pub fn financial_year(self) -> Self {
        let start = NaiveDate::from_ymd_opt(self.financial_years().0, 4, 1).unwrap_or(self.start);
        Self { start, kind: Kind::FinancialYear }
    }

    /// The years in which the financial years of its first and its last day begin.
    #[must_use]
    pub fn financial_years(self) -> (i32, i32) {
        let of = |day: NaiveDate| if day.month() < 4 { day.year() - 1 } else { day.year() };
        (of(self.start), of(self.end_date()))
    }

    /// How many calendar months it covers.
    #[must_use]
    pub fn n_months(self) -> u32 {
        match self.kind {
            Kind::FinancialYear => 12,
            Kind::Month => 1,
            Kind::Months(n_months) => n_months,
        }
    }

    /// The month that begins on this day, if it lies within the period.
    #[must_use]
    pub fn month_from(self, first_day: NaiveDate) -> Option<Self> {
        let is_inside = first_day.day() == 1 && self.start <= first_day && first_day <= self.end_date();
        is_inside.then_some(Self { start: first_day, kind: Kind::Month })
    }

    /// The month that ends on this day, if it lies within the period.
    #[must_use]
    pub fn month_to(self, last_day: NaiveDate) -> Option<Self> {
        let month = last_day.with_day(1).and_then(|first_day| self.month_from(first_day))?;
        (month.end_date() == last_day).then_some(month)
    }

    /// The span from one month to a later one.
    fn span(first: Self, last: Self) -> Option<Self> {
        let months_of = |date: NaiveDate| date.year() * 12 + date.month0().cast_signed();
        let n_months = u32::try_from(months_of(last.start) - months_of(first.start) + 1).ok()?;
        let are_months = first.kind == Kind::Month && last.kind == Kind::Month;
        (are_months && n_months > 1).then_some(Self { start: first.start, kind: Kind::Months(n_months) })
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let not_a_period = || NotAPeriod { text: text.to_owned() };
        if let Some((first, last)) = text.split_once("--") {
            return Self::span(first.parse()?, last.parse()?).ok_or_else(not_a_period);
        }
        let (first, second) = text.split_once('-').ok_or_else(not_a_period)?;
        if first.len() != 4 || second.len() != 2 {
            return Err(not_a_period());
        }
        let digits = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten()
        };
        let year = digits(first).ok_or_else(not_a_period)?;
        let second = digits(second).ok_or_else(not_a_period)?;
        // `2011-12` could be either; the series starts in 2012-13, where the two can no longer be confused.
        let ambiguous = year < 2012;
        let kind = match second {
            _ if ambiguous => return Err(not_a_period()),
            next if next == (year + 1) % 100 => Kind::FinancialYear,
            1..=12 => Kind::Month,
            _ => return Err(not_a_period()),
        };
        let month = if kind == Kind::FinancialYear { 4 } else { u32::from(second) };
        let start = NaiveDate::from_ymd_opt(i32::from(year), month, 1).ok_or_else(not_a_period)?;
        Ok(Self { start, kind })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::FinancialYear => write!(f, "{}-{}", self.start.format("%Y"), self.end_date().format("%y")),
            Kind::Month => write!(f, "{}", self.start.format("%Y-%m")),
            Kind::Months(_) => {
                write!(f, "{}--{}", self.start.format("%Y-%m"), self.end_date().format("%Y-%m"))
            }
        }
    }
}

impl TryFrom<String> for Period {
    type Error = NotAPeriod;

    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, &str)>) {
        let period = text.parse::<Period>().ok();
        let dates = period.map(|period| (period.start_date().to_string(), period.end_date().to_string()));
        let dates = dates.as_ref().map(|(start, end)| (start.as_str(), end.as_str()));
        assert_eq!(dates, expected, "{text}");
        if let Some(period) = period {
            assert_eq!(period.to_string(), text);
        }
    }

    #[test]
    fn financial_years_and_months_are_told_apart() {
        check("2017-18", Some(("2017-04-01", "2018-03-31")));
        check("2019-20", Some(("2019-04-01", "2020-03-31")));
        check("2021-01", Some(("2021-01-01", "2021-01-31")));
        check("2024-02", Some(("2024-02-01", "2024-02-29")));
        check("2099-00", Some(("2099-04-01", "2100-03-31")));
        check("2019-02--2020-02", Some(("2019-02-01", "2020-02-29")));
    }

    #[test]
    fn every_period_is_of_one_kind() {
        let check = |text: &str, expected: &str| {
            assert_eq!(text.parse::<Period>().unwrap().period_kind().as_str(), expected, "{text}");
        };
        check("2017-18", "year");
        check("2017-04--2018-03", "year");
        check("2021-01", "month");
        check("2020-04--2020-06", "quarter");
        check("2021-01--2021-03", "quarter");
        check("2020-05--2020-07", "months");
        check("2025-04--2025-12", "to_date");
        check("2025-04--2025-05", "to_date");
        check("2019-02--2020-02", "months");
        check("2019-01--2019-12", "months");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2017",
            "2017-19",
            "2017-2018",
            "2011-12",
            "17-18",
            "2017-13",
            "2017/18",
            "２０17-18",
            "+017-18",
            "2020-02--2019-02",
            "2019-02--2019-02",
            "2017-18--2018-19",
            "2019-02--2020-02--2021-02",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn the_periods_beside_have_the_same_length() {
        let previous = |text: &str| text.parse::<Period>().unwrap().previous().to_string();
        assert_eq!(previous("2017-18"), "2016-17");
        assert_eq!(previous("2021-01"), "2020-12");
        let next = |text: &str| text.parse::<Period>().unwrap().next().to_string();
        assert_eq!(next("2017-18"), "2018-19");
        assert_eq!(next("2020-12"), "2021-01");
        assert_eq!(previous("2020-03--2020-04"), "2020-01--2020-02");
    }

    #[test]
    fn every_period_begins_in_a_financial_year() {
        let years = |text: &str| text.parse::<Period>().unwrap().financial_years();
        assert_eq!(years("2019-20"), (2019, 2019));
        assert_eq!(years("2019-02--2020-02"), (2018, 2019));
        let year = |text: &str| text.parse::<Period>().unwrap().financial_year().to_string();
        assert_eq!(year("2017-18"), "2017-18");
        assert_eq!(year("2021-03"), "2020-21");
        assert_eq!(year("2021-04"), "2021-22");
        assert_eq!(year("2020-01--2020-06"), "2019-20");
    }

    #[test]
    fn a_month_lies_within_its_period_or_not_at_all() {
        let span: Period = "2019-02--2020-02".parse().unwrap();
        let month = |year, month, day| {
            span.month_from(NaiveDate::from_ymd_opt(year, month, day)?).map(|p| p.to_string())
        };
        assert_eq!(month(2019, 2, 1).as_deref(), Some("2019-02"));
        assert_eq!(month(2020, 2, 1).as_deref(), Some("2020-02"));
        assert_eq!(month(2020, 3, 1), None);
        assert_eq!(month(2019, 2, 2), None);
        let month = |year, month, day| {
            span.month_to(NaiveDate::from_ymd_opt(year, month, day)?).map(|p| p.to_string())
        };
        assert_eq!(month(2020, 2, 29).as_deref(), Some("2020-02"));
        assert_eq!(month(2020, 2, 28), None);
        assert_eq!(month(2020, 3, 31), None);
    }
}
