//! Courses by medication and appointments by therapy, of files whose figures are held beside the tests.

use std::collections::BTreeMap;

use super::{Row, figures, fragment, rows_of};
use crate::support::whole;

/// Every year's courses by medication are its finished courses.
#[test]
fn courses_by_medication_add_up_to_the_finished_ones() {
    let finished = whole().query(
        "SELECT reporting_period, CAST(value AS BIGINT) FROM tidy
         WHERE dataset = 'psych_ther_annual' AND org_type = 'England' AND breakdown = 'total' AND statistic = 'count'
           AND measure = 'finished_course_treatment' ORDER BY 1",
    );
    let (mut totals, mut sums) = (Vec::new(), BTreeMap::<String, u64>::new());
    for row in figures("medication.csv") {
        let (period, finished) = (row["reporting_period"].clone(), row["finished"].parse::<u64>().unwrap());
        match row["status_at_start"].as_str() {
            "Total" => totals.push(format!("{period},{finished}")),
            _ => *sums.entry(period).or_default() += finished,
        }
    }
    // A year may be declared before its courses by medication are held.
    let is_finished = |total: &&String| finished.contains(total);
    assert_eq!(totals.iter().filter(is_finished).count(), totals.len(), "{totals:?} {finished:?}");
    assert!(totals.len() >= 8, "{totals:?}");
    let sums: Vec<String> = sums.into_iter().map(|(period, sum)| format!("{period},{sum}")).collect();
    assert_eq!(sums, totals);
}

/// Appointments of the courses finished in a year are most of those held in it, and not more than about all.
#[test]
fn appointments_by_therapy_are_near_those_of_the_months() {
    let rows = figures("therapy_appointments.csv");
    for row in &rows {
        let held = whole().query(&format!(
            "SELECT value FROM monthly_sums WHERE level = 'england' AND measure = '{}' AND reporting_period = '{}'",
            row["measure"], row["reporting_period"]
        ));
        let (sum, held): (f64, f64) = (row["sum"].parse().unwrap(), held[0].parse().unwrap());
        println!(
            "{} {}: {sum} of finished courses, {held} in all",
            row["reporting_period"], row["therapy_type"]
        );
        assert!(sum < held && sum > 0.8 * held, "{row:?} {held}");
    }
    assert_eq!(rows.len(), 15);
}

#[test]
#[ignore = "needs the folder ../shared"]
fn figures_by_medication_and_therapy_are_those_of_the_fragments() {
    let value = |row: &Row| row["value"].parse::<f64>().unwrap();
    let period = |row: &Row| {
        let (start, end) = (row["start_date"].get(..4).unwrap(), row["end_date"].get(2..4).unwrap());
        format!("{start}-{end}")
    };
    let printed = rows_of(fragment("england_medication_2017_2024.csv").as_bytes());
    let printed = printed.iter().filter(|row| row["measure"] == "status_end_total").map(value);
    let held: Vec<f64> =
        figures("medication.csv").iter().map(|row| row["finished"].parse().unwrap()).collect();
    assert_eq!(printed.collect::<Vec<_>>(), held);
    let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in rows_of(fragment("england_therapy_positions_2022_2024.csv").as_bytes()) {
        *sums.entry((period(&row), row["variable_a"].clone())).or_default() += value(&row);
    }
    for row in figures("therapy_appointments.csv") {
        let key = (row["reporting_period"].clone(), row["therapy_type"].clone());
        assert!((sums[&key] - row["sum"].parse::<f64>().unwrap()).abs() < 1e-9, "{row:?}: {}", sums[&key]);
    }
}
