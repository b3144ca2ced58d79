//! Rows of the derived tables, as reports read them and queries see them.
//!
//! The texts of the long tables ([`Ustr`]) are held once each for as long as the program runs: millions of cells have a few
//! thousand different ones.

use serde::{Deserialize, Serialize};
use ustr::Ustr;

use crate::PeriodKind;

/// One indicator of one organisation, category and period.
///
/// Numbers are null where the publisher withheld what they are made of; `value_status` says why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IndicatorRow {
    /// The dataset.
    pub dataset: Ustr,
    /// The period, as written.
    pub reporting_period: Ustr,
    /// `year`: published by the year; `sum_of_months`: added up from twelve months, and no part of a series with the
    /// years; `month`: a single month, compared with nothing.
    pub period_kind: Ustr,
    /// england, region, icb, `sub_icb`, provider.
    pub level: Ustr,
    /// The type of the organisation, as published.
    pub org_type: Ustr,
    /// The code of the organisation, as published; `All` is England.
    pub org_code: Ustr,
    /// The name of the organisation, as published.
    pub org_name: Ustr,
    /// place, service, hub, unknown.
    pub org_kind: Ustr,
    /// What it is broken down by; `total` where it is not.
    pub breakdown: Ustr,
    /// The category; `All` where it is not broken down.
    pub category: Ustr,
    /// The indicator's name.
    pub indicator: Ustr,
    /// What is counted, added up from printed counts; null where one of them is withheld or not published.
    pub numerator: Option<f64>,
    /// The least numerator that rounding and suppression of its counts allow.
    pub numerator_low: Option<f64>,
    /// The greatest numerator that rounding and suppression of its counts allow.
    pub numerator_high: Option<f64>,
    /// What the numerator is divided by, added up from printed counts; null where one of them is withheld or
    /// not published.
    pub denominator: Option<f64>,
    /// The least denominator that rounding and suppression of its counts allow.
    pub denominator_low: Option<f64>,
    /// The greatest denominator that rounding and suppression of its counts allow.
    pub denominator_high: Option<f64>,
    /// The indicator, in its unit: the figure to print.
    pub value: Option<f64>,
    /// `reported`, or why there is no value.
    pub value_status: Ustr,
    /// Where the value comes from: `counts`, `published_percentage`, `published_average`, or `bounds` (printed
    /// counts, each rounded, contradict each other, and this is the nearest that rounding allows).
    pub value_basis: Option<Ustr>,
    /// The least value that rounding and suppression allow: of the counts, or of the printed percentage where
    /// that is the value.
    pub value_low: Option<f64>,
    /// The greatest value that rounding and suppression allow: of the counts, or of the printed percentage
    /// where that is the value.
    pub value_high: Option<f64>,
    /// Lower end of the 95% Wilson score interval of `value` over `denominator`. Where the value is the printed
    /// percentage the interval is of that; where the denominator is withheld it is over the least one that is
    /// allowed, which gives the widest interval.
    pub interval_low: Option<f64>,
    /// Upper end of the 95% Wilson score interval of `value` over `denominator`. Where the value is the printed
    /// percentage the interval is of that; where the denominator is withheld it is over the least one that is
    /// allowed, which gives the widest interval.
    pub interval_high: Option<f64>,
    /// The publisher's own rounded percentage of the same quantity.
    pub published_percentage: Option<f64>,
    /// Whether the organisation counts among those of its level, or why not: a word of [`Standing`]. None for England and
    /// for rows of a category.
    pub standing: Option<Ustr>,
    /// England's value of the same category.
    pub england: Option<f64>,
    /// `lower`, `similar` or `higher` than that: whether the 95% interval lies clear of it. None for England, for what is
    /// no organisation of its own, and where there is no interval.
    pub comparison: Option<Ustr>,
}

impl IndicatorRow {
    /// Whether its year is added up from months.
    #[must_use]
    pub fn is_sum_of_months(&self) -> bool {
        self.period_kind == PeriodKind::SumOfMonths.as_str()
    }

    /// Whether it is of a single month.
    #[must_use]
    pub fn is_month(&self) -> bool {
        self.period_kind == PeriodKind::Month.as_str()
    }

    /// Whether the organisation counts, and why not.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::of(self.standing.as_deref().unwrap_or_default())
    }
}

/// Whether an organisation counts among those of its level: what the column `standing` says, which `indicators.sql`
/// decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in every statistic.
    Counted,
    /// It is only in the statistics that let everyone in: its denominator is below the floor.
    BelowFloor,
    /// A count that is needed is withheld.
    Suppressed,
    /// More events than people, or no people.
    Impossible,
    /// A row of an unknown organisation.
    Unknown,
    /// A commissioning hub.
    Hub,
    /// Not the first row of its code.
    Duplicate,
    /// There is no value, for the reason in its status.
    WithoutValue,
}

impl Standing {
    /// The standing of a word in the column; any other word is the status of a missing value.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "counted" => Self::Counted,
            "below_floor" => Self::BelowFloor,
            "suppressed" => Self::Suppressed,
            "impossible" => Self::Impossible,
            "unknown" => Self::Unknown,
            "hub" => Self::Hub,
            "duplicate" => Self::Duplicate,
            _ => Self::WithoutValue,
        }
    }

    /// Whether it is an organisation of its own: no unknown area, no hub and no second entry of a code.
    #[must_use]
    pub fn is_organisation(self) -> bool {
        !matches!(self, Self::Unknown | Self::Hub | Self::Duplicate)
    }

    /// Whether it is in the statistics that let everyone in.
    #[must_use]
    pub fn is_in_statistics(self) -> bool {
        matches!(self, Self::Counted | Self::BelowFloor)
    }
}

/// One file of a release that the tables were built from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReleaseRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// What kind of period that is: `year`, `month`, `quarter`, `to_date` (the first months of a financial year) or
    /// `months` (any others).
    pub period_kind: String,
    /// The edition.
    pub edition: u32,
    /// Where the file came from: `nhs` (the publisher), `embedded` (the built-in table of published figures,
    /// laid out again by the stand-in publisher), or `mirror` (a folder or address laid out by the publisher's
    /// paths).
    pub source: String,
    /// The publisher's address of the file.
    pub url: String,
    /// The page that it was published on.
    pub publication_page: Option<String>,
    /// Checksum of the file.
    pub sha256: String,
    /// Size of the pack or file that was read; that of the stand-in's file where `source` is `embedded`.
    pub bytes: u64,
    /// The member read.
    pub source_file: String,
    /// Rows under its header.
    pub n_rows: u64,
    /// Columns that are measures.
    pub n_measure_columns: u64,
    /// Cells with a number.
    pub n_reported: u64,
    /// Cells withheld.
    pub n_suppressed: u64,
    /// Cells to which the measure does not apply.
    pub n_not_applicable: u64,
    /// Cells without activity.
    pub n_no_activity: u64,
    /// Cells left blank.
    pub n_missing: u64,
    /// Cells of which this edition has no figure.
    pub n_not_held: u64,
    /// Rows whose category has no canonical one.
    pub n_rows_without_category: u64,
    /// Rows whose organisation type has no level.
    pub n_rows_without_level: u64,
    /// Rounded counts that contradict the declared rounding.
    pub n_counts_not_rounded: u64,
    /// Rows that are blank or, in a table made for readers, without figures, and rows of organisations that are not read.
    #[serde(default)]
    pub n_rows_passed_over: u64,
    /// Members of the pack that no dataset declares, separated by `; `.
    pub not_absorbed: String,
}

impl ReleaseRow {
    /// Whether it is of a financial year, published as one.
    #[must_use]
    pub fn is_year(&self) -> bool {
        self.period_kind == PeriodKind::Year.as_str()
    }

    /// Cells in which the publisher printed a number, or why there is none, and the measure applies.
    #[must_use]
    pub fn n_applicable(&self) -> u64 {
        self.n_reported + self.n_suppressed + self.n_no_activity + self.n_missing
    }

    /// Every cell of the measures.
    #[must_use]
    pub fn n_cells(&self) -> u64 {
        self.n_applicable() + self.n_not_applicable + self.n_not_held
    }
}
