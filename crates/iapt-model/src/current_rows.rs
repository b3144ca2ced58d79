//! Rows of the years before today's places, and of which services work for which board, as reports read them.

use serde::{Deserialize, Serialize};

/// An indicator of a place of today in a year of the clinical commissioning groups: sums of the groups that lie in it.
///
/// Counts are sums of printed ones; where one is withheld there are bounds and no number. Rates are in percent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurrentRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// `current`: places of today.
    pub geography: String,
    /// The level.
    pub level: String,
    /// The code of today.
    pub org_code: String,
    /// The name of today.
    pub org_name: String,
    /// The indicator's name.
    pub indicator: String,
    /// How many groups were added up.
    pub n_parts: u32,
    /// The codes of the groups that were added up, in order.
    pub parts: String,
    /// What is counted, summed over the groups; none where a count of one is withheld.
    pub numerator: Option<f64>,
    /// The least numerator that rounding and suppression allow.
    pub numerator_low: Option<f64>,
    /// The greatest numerator that rounding and suppression allow.
    pub numerator_high: Option<f64>,
    /// What the numerator is divided by, summed over the groups; none where a count of one is withheld.
    pub denominator: Option<f64>,
    /// The least denominator that rounding and suppression allow.
    pub denominator_low: Option<f64>,
    /// The greatest denominator that rounding and suppression allow.
    pub denominator_high: Option<f64>,
    /// 100 times numerator over denominator.
    pub value: Option<f64>,
    /// The least value that rounding and suppression allow.
    pub value_low: Option<f64>,
    /// The greatest value that rounding and suppression allow.
    pub value_high: Option<f64>,
    /// Lower end of the 95% Wilson score interval of a share.
    pub interval_low: Option<f64>,
    /// Upper end of the 95% Wilson score interval of a share.
    pub interval_high: Option<f64>,
}

/// A board that a service worked for in a month, by the referrals that the publisher prints of the service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceOfBoardRow {
    /// The code of the service.
    pub org_code: String,
    /// The code of the board.
    pub board_code: String,
    /// The month in which they were printed.
    pub reporting_period: String,
    /// Referrals that the service received from the board's area in the month, as printed.
    pub referrals: f64,
    /// All that are printed of the service by area in the month.
    pub referrals_of_all: f64,
}

impl ServiceOfBoardRow {
    /// Of rows that are sorted by service those of the newest month of each: where it works now.
    #[must_use]
    pub fn newest(rows: &[Self]) -> Vec<Self> {
        let of_service = |rows: &[Self]| {
            let newest = rows.iter().map(|row| row.reporting_period.clone()).max();
            rows.iter().filter(|row| Some(&row.reporting_period) == newest.as_ref()).cloned().collect()
        };
        rows.chunk_by(|one, next| one.org_code == next.org_code)
            .flat_map::<Vec<Self>, _>(of_service)
            .collect()
    }

    /// Whether at least half of them came from the board's area, so that what is known of the service says something of the area.
    #[must_use]
    pub fn is_mostly_of_board(&self) -> bool {
        2.0 * self.referrals >= self.referrals_of_all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_works_where_its_newest_month_says() {
        let row = |org_code: &str, board_code: &str, reporting_period: &str| ServiceOfBoardRow {
            org_code: org_code.to_owned(),
            board_code: board_code.to_owned(),
            reporting_period: reporting_period.to_owned(),
            ..ServiceOfBoardRow::default()
        };
        let rows = [
            row("S1", "QA", "2020-02"),
            row("S1", "QB", "2025-02"),
            row("S1", "QC", "2025-01"),
            row("S1", "QC", "2025-02"),
            row("S2", "QA", "2020-02"),
        ];
        let newest = ServiceOfBoardRow::newest(&rows);
        let boards: Vec<&str> = newest.iter().map(|row| row.board_code.as_str()).collect();
        assert_eq!(boards, ["QB", "QC", "QA"]);
    }
}
