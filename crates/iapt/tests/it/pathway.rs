//! The table `pathway` against the cells and sums that it sets side by side.

use std::fmt::Write;

use crate::support::whole;

const MEASURES: [&str; 12] = [
    "ended_referrals",
    "ended_not_seen",
    "ended_seen_not_treated",
    "ended_before_treatment",
    "ended_after_one_treatment",
    "finished_course_treatment",
    "not_at_caseness",
    "at_caseness",
    "improvement",
    "deterioration",
    "recovery",
    "reliable_recovery",
];

/// For each measure: rows that both have, and how many of them differ in the count or in a bound.
fn compared(source: &str, on: &str) -> Vec<(usize, usize)> {
    let mut sql = String::new();
    for measure in MEASURES {
        let union = if sql.is_empty() { "" } else { " UNION ALL " };
        write!(
            sql,
            "{union}SELECT '{measure}' AS measure, count(*) AS n, count(*) FILTER (WHERE
               (pathway.{measure} IS DISTINCT FROM source.value)
               OR (pathway.{measure}_low IS DISTINCT FROM source.value_low)
               OR (pathway.{measure}_high IS DISTINCT FROM source.value_high)) AS n_different
             FROM pathway JOIN ({source}) AS source
               ON pathway.dataset = source.dataset AND pathway.reporting_period = source.reporting_period
              AND pathway.org_type = source.org_type AND pathway.org_code = source.org_code {on}
             WHERE source.measure = '{measure}'"
        )
        .unwrap();
    }
    let number = |cell: Option<&str>| cell.unwrap().parse().unwrap();
    let pair = |line: &String| {
        let mut cells = line.split(',').skip(1);
        (number(cells.next()), number(cells.next()))
    };
    whole().query(&format!("{sql} ORDER BY 1")).iter().map(pair).collect()
}

fn check(compared: &[(usize, usize)], n_measures: usize, n_rows: usize) {
    assert_eq!(compared.iter().map(|(_, n_different)| n_different).sum::<usize>(), 0, "{compared:?}");
    let there: Vec<usize> = compared.iter().map(|(n, _)| *n).filter(|n| *n > 0).collect();
    assert!(there.len() >= n_measures && there.iter().sum::<usize>() > n_rows, "{compared:?}");
}

#[test]
fn years_are_the_published_cells() {
    let cells =
        "SELECT * FROM tidy WHERE statistic = 'count' AND value_status NOT IN ('not_applicable', 'not_held')";
    let on = "AND pathway.org_name = source.org_name AND pathway.breakdown = source.breakdown
              AND pathway.category = source.category";
    check(&compared(cells, on), 8, 20_000);
}

#[test]
fn months_are_their_sums() {
    let sums = "SELECT * FROM monthly_sums WHERE statistic = 'count' AND n_months = 12 AND value_status <> 'conflicting'";
    check(&compared(sums, ""), 11, 3_000);
}

#[test]
fn every_row_is_one_funnel() {
    // What has a known part is at least as large, for every pair where both are printed.
    let parts = [
        ("ended_not_seen", "ended_referrals"),
        ("ended_before_treatment", "ended_referrals"),
        ("finished_course_treatment", "ended_referrals"),
        ("at_caseness", "finished_course_treatment"),
        ("recovery", "at_caseness"),
        ("reliable_recovery", "recovery"),
    ];
    for (part, whole_of) in parts {
        let sql =
            format!("SELECT count(*) FROM pathway WHERE {part}_low > {whole_of}_high AND level = 'england'");
        assert_eq!(whole().query(&sql), ["0"], "{part} of {whole_of}");
    }
}
