//! From a figure back to the cells that it was published in.

use std::path::Path;

use iapt_catalog::{
    check_tables,
    query::{self, Only},
};
use iapt_model::{FigureName, IndicatorRow, Period, PeriodKind, ReleaseRow};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// The rows of the indicator table: one, unless two organisations share a code or two datasets have the figure.
    pub indicators: Vec<IndicatorRow>,
    /// Every published cell that it was computed from.
    pub cells: Vec<SourceCell>,
    /// The files that those stand in.
    pub releases: Vec<ReleaseRow>,
}

/// One published cell, and what it does in the figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceCell {
    /// numerator, denominator, or published: the publisher's own percentage.
    pub role: String,
    /// 1 where it is added, -1 where it is taken away.
    pub sign: f64,
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The type of the organisation, as published.
    pub org_type: String,
    /// The code of the organisation, as published.
    pub org_code: String,
    /// The name of the organisation, as published.
    pub org_name: String,
    /// What the row is broken down by, as published.
    pub variable_type: String,
    /// The category, as published.
    pub variable_a: String,
    /// The category within that category, as published.
    pub variable_b: String,
    /// The measure.
    pub measure: String,
    /// The statistic of the measure.
    pub statistic: String,
    /// The number; none where it is withheld.
    pub value: Option<f64>,
    /// Whether there is a number, or why there is none.
    pub value_status: String,
    /// The least number that rounding and suppression allow.
    pub value_low: Option<f64>,
    /// The greatest number that rounding and suppression allow.
    pub value_high: Option<f64>,
    /// Where the figure is from: `release`, or a source of the built-in figures; none where they lack it.
    pub figure_source: Option<String>,
    /// What kind of source that is.
    pub source_kind: Option<String>,
    /// The source in words.
    pub citation: Option<String>,
    /// The published file.
    pub source_file: String,
    /// The row of the cell, counting the header as row 1.
    pub source_row: u32,
    /// The header of the cell's column, as published.
    pub source_column: String,
    /// The edition of the release.
    pub edition: u32,
}

impl SourceCell {
    /// Whether the figure is a built-in one, which stands in no file that the publisher published as it is here.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.figure_source.as_deref().is_some_and(|source| source != iapt_tidy::RELEASE)
    }

    /// Whether the cell is in the file of this release.
    #[must_use]
    pub fn is_of(&self, release: &ReleaseRow) -> bool {
        self.dataset == release.dataset
            && self.reporting_period == release.reporting_period
            && self.source_file == release.source_file
    }
}

/// The published cells that a figure was added up from, as the rows of [`SourceCell`].
const SOURCE_CELLS: &str = include_str!("../sql/source_cells.sql");

/// Finds the rows, cells and releases behind a figure; none of them where there is no such figure.
///
/// # Errors
///
/// [`iapt_catalog::Error::NoTables`] when nothing was built yet, [`iapt_catalog::Error::Damaged`] when the tables are not as they were made.
pub async fn why(tables: &Path, figure: FigureName<'_>) -> Result<Why, Error> {
    let none = Why { indicators: Vec::new(), cells: Vec::new(), releases: Vec::new() };
    check_tables(tables)?;
    let Ok(dates) = figure.reporting_period.parse::<Period>() else { return Ok(none) };
    // What no annual report has is looked for among the sums of months.
    let kinds: &[PeriodKind] = if !dates.is_year() {
        &[dates.period_kind()]
    } else if figure.is_sum_of_months {
        &[PeriodKind::SumOfMonths]
    } else {
        &[PeriodKind::Year, PeriodKind::SumOfMonths]
    };
    let mut indicators: Vec<IndicatorRow> = Vec::new();
    for kind in kinds {
        let cells_of = [
            ("indicator", figure.indicator),
            ("reporting_period", figure.reporting_period),
            ("period_kind", kind.as_str()),
            ("level", figure.level),
            ("breakdown", figure.breakdown),
        ];
        indicators = query::read_table(tables, "indicators", Only::All(&cells_of)).await?;
        indicators.retain(|row| figure.is_of(&row.org_code) && figure.is_of_category(&row.category));
        if !indicators.is_empty() {
            break;
        }
    }
    let Some(first) = indicators.first() else {
        return Ok(none);
    };
    let [first_day, last_day] = [dates.start_date(), dates.end_date()].map(|day| day.to_string());
    let values = [
        ("indicator", figure.indicator),
        ("first_day", &first_day),
        ("last_day", &last_day),
        ("level", figure.level),
        ("org_code", &first.org_code),
        ("breakdown", figure.breakdown),
        ("category", &first.category),
    ];
    let mut cells: Vec<SourceCell> = query::read_rows_with(tables, SOURCE_CELLS, &values).await?;
    cells.retain(|cell| indicators.iter().any(|row| row.dataset == cell.dataset));
    let releases: Vec<ReleaseRow> = query::read_table(tables, "releases", Only::Every).await?;
    let is_used = |release: &ReleaseRow| cells.iter().any(|cell| cell.is_of(release));
    let releases = releases.into_iter().filter(is_used).collect();
    Ok(Why { indicators, cells, releases })
}
