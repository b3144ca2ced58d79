//! The years before today's boards: sums of the groups that lie in them, compared with sums that another tool made.

use std::collections::BTreeMap;

use crate::support::{golden, tell_compared, whole};

#[test]
fn ten_boards_in_five_years_are_the_sums_of_their_groups() {
    let world = whole();
    let mut found: BTreeMap<(String, String), [String; 6]> = BTreeMap::new();
    for row in world.query(
        "SELECT outcome.reporting_period, outcome.org_code, outcome.n_parts, outcome.denominator,
           recovery.numerator, outcome.numerator, recovery.denominator, reliable.numerator
         FROM current_geography AS outcome
         JOIN current_geography AS recovery ON recovery.org_code = outcome.org_code
           AND recovery.reporting_period = outcome.reporting_period AND recovery.dataset = outcome.dataset
         JOIN current_geography AS reliable ON reliable.org_code = outcome.org_code
           AND reliable.reporting_period = outcome.reporting_period AND reliable.dataset = outcome.dataset
         WHERE outcome.dataset = 'psych_ther_annual' AND outcome.level = 'icb'
           AND outcome.indicator = 'reliable_improvement_rate' AND recovery.indicator = 'recovery_rate'
           AND reliable.indicator = 'reliable_recovery_rate'",
    ) {
        let cells: Vec<String> = row.split(',').map(|cell| cell.trim_end_matches(".0").to_owned()).collect();
        let [period, board, figures @ ..]: [String; 8] = cells.try_into().unwrap_or_else(|_| panic!("{row}"));
        found.insert((period, board), figures);
    }
    let golden = golden("current_geography.csv");
    let mut n_compared = 0;
    for line in golden.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [period, board, n_groups, finished, not_at_caseness, improvement, recovery, reliable] =
            cells.try_into().unwrap_or_else(|_| panic!("{line}"));
        // A count that is withheld of one group is withheld of the board, and what is left when it is taken away.
        let counted = match (finished.parse::<f64>(), not_at_caseness.parse::<f64>()) {
            (Ok(finished), Ok(below)) => (finished - below).to_string(),
            _ => "*".to_owned(),
        };
        let expected = [n_groups, finished, recovery, improvement, &counted, reliable];
        let expected = expected.map(|cell| cell.trim_end_matches('*'));
        let key = (period.to_owned(), board.to_owned());
        assert_eq!(
            found.get(&key).map(|cells| cells.each_ref().map(String::as_str)),
            Some(expected),
            "{line}"
        );
        n_compared += expected.len();
    }
    tell_compared(n_compared, "sums of groups");
    assert_eq!(n_compared, 10 * 5 * 6);
}

#[test]
fn boards_of_the_last_years_of_groups_are_what_the_publisher_printed() {
    // Bassetlaw changed boards in July 2022, so two boards of today are others than they were.
    let differing = whole().query(
        "SELECT DISTINCT sums.org_code FROM current_geography AS sums JOIN indicators AS printed
           ON printed.dataset = sums.dataset AND printed.level = sums.level AND printed.org_code = sums.org_code
          AND printed.reporting_period = sums.reporting_period AND printed.indicator = sums.indicator
         WHERE sums.level = 'icb' AND printed.breakdown = 'total' AND sums.indicator = 'reliable_improvement_rate'
           AND (sums.denominator_low > printed.denominator_high OR sums.denominator_high < printed.denominator_low)
         ORDER BY 1",
    );
    assert_eq!(differing, ["QF7", "QT1"]);
    let boards = whole().query(
        "SELECT reporting_period, count(DISTINCT org_code) FROM current_geography WHERE level = 'icb' GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(boards, ["2017-18,38", "2018-19,38", "2019-20,38", "2020-21,38", "2021-22,38"]);
}

#[test]
fn a_withheld_count_leaves_bounds_and_no_number() {
    let wrong = whole().query(
        "SELECT * FROM current_geography
         WHERE value < value_low - 1e-9 OR value > value_high + 1e-9 OR numerator < numerator_low
            OR numerator > numerator_high OR (numerator IS NULL AND value IS NOT NULL)
            OR (numerator IS NULL AND numerator_low IS NULL)",
    );
    assert_eq!(wrong, Vec::<String>::new());
}
