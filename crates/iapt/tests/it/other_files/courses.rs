//! Courses by medication and appointments by therapy, of files whose figures are held beside the tests.

use std::collections::BTreeMap;

use super::{Row, figures, fragment, rows_of};
use crate::support::{project, whole};

/// Every year's courses by medication at the start are its finished courses, and so are those by medication at the end.
#[test]
fn courses_by_medication_add_up_to_the_finished_ones() {
    let finished = whole().query(
        "SELECT reporting_period, CAST(value AS BIGINT) FROM tidy
         WHERE dataset = 'psych_ther_annual' AND org_type = 'England' AND breakdown = 'total' AND statistic = 'count'
           AND measure = 'finished_course_treatment' ORDER BY 1",
    );
    let sums = |of: &str| {
        whole().query(&format!(
            "SELECT reporting_period, CAST(SUM(value) AS BIGINT) FROM stated_figures
             WHERE source = 'annual_medication' AND {of} GROUP BY 1 ORDER BY 1"
        ))
    };
    let starts = sums("measure = 'finished_course_treatment' AND breakdown = 'medication_at_start'");
    let ends = sums("measure LIKE 'medication_%' AND breakdown = 'total'");
    let both = sums("measure LIKE 'medication_%' AND breakdown = 'medication_at_start'");
    assert!(starts.len() >= 8, "{starts:?}");
    // A year may be declared before its courses by medication are held.
    assert_eq!(starts.iter().filter(|start| finished.contains(start)).count(), starts.len(), "{starts:?}");
    assert_eq!((&ends, &both), (&starts, &starts));
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
    let sorted = |values: &mut dyn Iterator<Item = u64>| {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        values
    };
    let period = |row: &Row| {
        let (start, end) = (row["start_date"].get(..4).unwrap(), row["end_date"].get(2..4).unwrap());
        format!("{start}-{end}")
    };
    let printed = rows_of(fragment("england_medication_2017_2024.csv").as_bytes());
    let of_year = |year: &str| -> Vec<u64> {
        let of = printed.iter().filter(|row| period(row) == year);
        sorted(&mut of.map(|row| value(row).to_bits()))
    };
    let project = project();
    let dataset = project.dataset("psych_ther_annual_members").unwrap();
    for release in &dataset.releases {
        let is_of = |period| period == release.period;
        let stated = project.stated.figures.iter().filter(|figure| figure.source == "annual_medication");
        let stated =
            stated.filter(|figure| is_of(figure.reporting_period)).map(|figure| figure.value.to_bits());
        // The total of all is among the control totals alone: the main file has it.
        let total = dataset.control_totals.iter().filter(|total| is_of(total.period));
        let total = total.filter(|total| total.measure == "finished_course_treatment");
        let held = sorted(&mut stated.chain(total.map(|total| total.value.to_bits())));
        assert_eq!(held, of_year(&release.period.to_string()), "{}", release.period);
        assert_eq!(held.len(), 25);
    }
    let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in rows_of(fragment("england_therapy_positions_2022_2024.csv").as_bytes()) {
        *sums.entry((period(&row), row["variable_a"].clone())).or_default() += value(&row);
    }
    for row in figures("therapy_appointments.csv") {
        let key = (row["reporting_period"].clone(), row["therapy_type"].clone());
        assert!((sums[&key] - row["sum"].parse::<f64>().unwrap()).abs() < 1e-9, "{row:?}: {}", sums[&key]);
    }
}
