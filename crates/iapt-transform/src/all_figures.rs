//! Every figure of the indicator table with the published cells that it was added up from, a financial year at a time.

use std::{collections::BTreeMap, path::Path};

use chrono::NaiveDate;
use iapt_catalog::{check_tables, query};
use iapt_model::Period;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The cells behind the figures of some periods, as the rows of [`FigureCell`].
const CELLS_OF_FIGURES: &str = include_str!("../sql/cells_of_figures.sql");
/// The figures themselves, as the rows of [`FigureLine`].
const ROWS_OF_FIGURES: &str = include_str!("../sql/rows_of_figures.sql");

/// A figure with everything that it was made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WholeFigure {
    /// Its rows of the indicator table: one, unless two organisations share a code or two datasets have the figure.
    pub rows: Vec<FigureLine>,
    /// The published cells.
    pub cells: Vec<FigureCell>,
}

/// A row of the indicator table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureLine {
    /// The name of the figure, as `iapt why` takes it.
    pub figure: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The dataset.
    pub dataset: String,
    /// The type of the organisation, as published.
    pub org_type: String,
    /// The name of the organisation, as published.
    pub org_name: String,
    /// The figure.
    pub value: Option<f64>,
    /// `reported`, or why there is no value.
    pub value_status: String,
    /// Where the value comes from.
    pub value_basis: Option<String>,
    /// The least value that rounding and suppression allow.
    pub value_low: Option<f64>,
    /// The greatest value that they allow.
    pub value_high: Option<f64>,
    /// The numerator.
    pub numerator: Option<f64>,
    /// The denominator.
    pub denominator: Option<f64>,
    /// Of how many the value is: 100 for a percentage.
    pub per: Option<f64>,
}

/// A published cell of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureCell {
    /// The name of the figure, as `iapt why` takes it.
    pub figure: String,
    /// The dataset.
    pub dataset: String,
    /// The type of the organisation, as published.
    pub org_type: String,
    /// The name of the organisation, as published.
    pub org_name: String,
    /// numerator, denominator or published.
    pub role: String,
    /// 1 where it is added, -1 where it is taken away.
    pub sign: f64,
    /// The measure.
    pub measure: String,
    /// The statistic of the measure.
    pub statistic: String,
    /// The period of the cell, as written.
    pub cell_period: String,
    /// The edition of the release.
    pub edition: u32,
    /// The published file.
    pub source_file: String,
    /// The row, counting the header as row 1.
    pub source_row: u32,
    /// The column, as published.
    pub source_column: String,
    /// The number; none where it is withheld.
    pub value: Option<f64>,
    /// Whether there is a number, or why there is none.
    pub value_status: String,
}

/// Goes through every figure with its name, those of one financial year after those of another.
///
/// # Errors
///
/// [`iapt_catalog::Error::NoTables`] when nothing was built yet, [`iapt_catalog::Error::Damaged`] when the tables are not as
/// they were made.
pub async fn every_figure(tables: &Path, mut take: impl FnMut(String, &WholeFigure)) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Of {
        reporting_period: String,
    }
    check_tables(tables)?;
    let periods: Vec<Of> =
        query::read_rows(tables, "SELECT DISTINCT reporting_period FROM indicators").await?;
    // First and last day of the periods that begin in a financial year.
    let mut years: BTreeMap<Period, (NaiveDate, NaiveDate)> = BTreeMap::new();
    for Of { reporting_period } in &periods {
        let period: Period = reporting_period.parse().map_err(Error::Period)?;
        let (first, last) = (period.start_date(), period.end_date());
        let days = years.entry(period.financial_year()).or_insert((first, last));
        *days = (days.0.min(first), days.1.max(last));
    }
    for (year, (first, last)) in years {
        let (first, last) = (first.to_string(), last.to_string());
        let values = [("first_day", first.as_str()), ("last_day", last.as_str())];
        let rows: Vec<FigureLine> = query::read_rows_with(tables, ROWS_OF_FIGURES, &values).await?;
        let cells: Vec<FigureCell> = query::read_rows_with(tables, CELLS_OF_FIGURES, &values).await?;
        let mut figures: BTreeMap<String, WholeFigure> = BTreeMap::new();
        for row in rows {
            // A period may reach into the next year, whose own figures come with it.
            if row.reporting_period.parse::<Period>().is_ok_and(|period| period.financial_year() == year) {
                figures.entry(row.figure.clone()).or_default().rows.push(row);
            }
        }
        for cell in cells {
            if let Some(figure) = figures.get_mut(&cell.figure) {
                figure.cells.push(cell);
            }
        }
        for (name, figure) in figures {
            take(name, &figure);
        }
    }
    Ok(())
}
