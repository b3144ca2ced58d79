//! The reference tables and table packs of 2012-13 to 2016-17, compared with what others read from them.

use std::collections::BTreeMap;

use crate::support::{World, golden, tell_compared, whole};

/// The rows of a golden table.
fn rows(name: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(golden(name).as_bytes()).into_records().map(Result::unwrap).collect()
}

/// The lines of a query, by all but their last cell.
fn by_key(world: &World, sql: &str) -> BTreeMap<Vec<String>, f64> {
    let text = world.query(sql).join("\n");
    let records = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    let keyed = records.map(|record| {
        let mut cells: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        let value = cells.pop().unwrap();
        (cells, value.parse().unwrap())
    });
    keyed.collect()
}

/// The name that a measure of 2012-13 has here: it counts only referrals received in the year.
fn measure_of(period: &str, variable_type: &str, measure: &str) -> String {
    match (period, measure) {
        // Others read the people by age, gender and ethnic group as referrals.
        ("2012-13" | "2013-14", "referrals_received") if variable_type != "Total" => {
            "people_referred".to_owned()
        }
        ("2012-13", "improvement" | "deterioration") => format!("{measure}_at_caseness_received_in_year"),
        ("2012-13", "finished_course_treatment" | "at_caseness" | "recovery" | "reliable_recovery") => {
            format!("{measure}_received_in_year")
        }
        _ => measure.to_owned(),
    }
}

/// Why a figure that others derived is in no cell of the tables.
fn explained(period: &str, variable_type: &str, measure: &str) -> Option<&'static str> {
    match (period, variable_type, measure) {
        (_, "Gender", _) => Some("a sum over age groups; the cells are not held"),
        ("2012-13" | "2013-14", "Age Group", _) => Some("a sum over both sexes; the cells are not held"),
        ("2012-13", "Total", "no_reliable_change") => Some("a sum of two columns that are not told apart"),
        ("2012-13" | "2013-14", "Total", "not_at_caseness") => Some("finished less at caseness, not printed"),
        _ => None,
    }
}

#[test]
fn england_by_category_is_what_others_read() {
    let expected = rows("annual_england_2012_2016.csv");
    let world = whole();
    let found = by_key(
        world,
        "SELECT reporting_period, variable_type, variable_a, variable_b, measure, statistic, value FROM tidy
         WHERE dataset = 'psych_ther_annual_tables' AND org_code = 'All' AND value IS NOT NULL",
    );
    // Categories are compared in their innermost text, which no two of a table share.
    let innermost = |a: &str, b: &str| {
        let text = [b, a].into_iter().find(|text| !text.is_empty() && *text != "NULL").unwrap_or_default();
        text.rsplit(" - ").next().unwrap_or_default().to_owned()
    };
    let found: BTreeMap<Vec<String>, f64> = found
        .into_iter()
        .map(|(key, value)| {
            let [period, variable_type, a, b, measure, statistic] = key.try_into().unwrap();
            (vec![period, variable_type, innermost(&a, &b), measure, statistic], value)
        })
        .collect();
    let (mut n_equal, mut differing, mut reasons) = (0, Vec::new(), BTreeMap::<&str, usize>::new());
    for row in &expected {
        let [period, variable_type, a, b, measure, statistic, value] =
            [0, 1, 2, 3, 4, 5, 6].map(|cell| &row[cell]);
        let key =
            [period, variable_type, &innermost(a, b), &measure_of(period, variable_type, measure), statistic];
        match (found.get(key.map(str::to_owned).as_slice()), explained(period, variable_type, measure)) {
            (Some(found), None) if (found - value.parse::<f64>().unwrap()).abs() < 1e-9 => n_equal += 1,
            (None, Some(reason)) => *reasons.entry(reason).or_default() += 1,
            (found, _) => differing.push(format!("{key:?}: {found:?} here, {value} there")),
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
    tell_compared(n_equal, "England by category, first years");
    assert_eq!((n_equal, reasons.values().sum::<usize>()), (expected.len() - 29, 29));
    // And nothing is here that is not there.
    assert_eq!(found.len(), n_equal);
}

#[test]
fn the_golden_figures_of_england_are_reproduced() {
    let golden = rows("golden_england.csv");
    let world = whole();
    let cells = by_key(
        world,
        "SELECT reporting_period, measure, statistic, value FROM tidy
         WHERE org_code = 'All' AND breakdown = 'total' AND value IS NOT NULL",
    );
    let rates = by_key(
        world,
        "SELECT reporting_period, indicator, ROUND(value, 1) FROM indicators
         WHERE level = 'england' AND breakdown = 'total' AND value IS NOT NULL",
    );
    let mut not_here = BTreeMap::new();
    let mut n_equal = 0;
    for row in golden.iter().filter(|row| &row[0] < "2017-18") {
        let [period, measure, value] = [0, 1, 2].map(|cell| &row[cell]);
        let value: f64 = value.parse().unwrap();
        let cell = |measure: &str, statistic: &str| {
            let measure = measure_of(period, "Total", measure);
            cells.get([period, &measure, statistic].map(str::to_owned).as_slice()).copied()
        };
        let rate = |indicator: &str| rates.get([period, indicator].map(str::to_owned).as_slice()).copied();
        let found = match measure.strip_suffix("_rate") {
            Some("recovery") if period == "2012-13" => rate("recovery_rate_received_in_year"),
            Some(measure) => cell(measure, "percentage"),
            None => cell(measure, "count"),
        };
        match found {
            Some(found) => {
                assert!((found - value).abs() < 1e-9, "{period} {measure}: {found} here, {value} there");
                n_equal += 1;
            }
            None => *not_here.entry(measure.to_owned()).or_insert(0) += 1,
        }
    }
    println!("{n_equal} equal, not in the tables that are read: {not_here:?}");
    // Figures of the reports' and others' text, of tables that are not known, and the two that were derived.
    let of_text = [
        "ended_declined_or_dropped_out",
        "ended_referrals",
        "entered_treatment",
        "entered_treatment_within_28_days",
        "entered_treatment_within_90_days",
        "finished_course_pct_of_ended",
        "finished_first_treatment_lt_18_weeks_rate",
        "finished_first_treatment_lt_6_weeks_rate",
        "mean_wait_first_treatment_days",
        "no_reliable_change",
        "not_at_caseness",
        "not_entered_still_waiting_at_year_end",
        "people_referred",
        "recovery_denominator",
        "recovery_pct_of_ended",
        "recovery_rate_least_deprived_decile",
        "recovery_rate_most_deprived_decile",
    ];
    assert_eq!(not_here.keys().collect::<Vec<_>>(), of_text.iter().collect::<Vec<_>>());
    assert!(n_equal >= 60, "{n_equal}");
    // Two of the text's are those of the indicators.
    let denominators = by_key(
        world,
        "SELECT reporting_period, denominator FROM indicators WHERE level = 'england' AND breakdown = 'total'
           AND indicator = 'recovery_rate' AND denominator IS NOT NULL",
    );
    assert_eq!(denominators.get(["2014-15".to_owned()].as_slice()), Some(&421_744.0));
    let deciles = by_key(
        world,
        "SELECT category, ROUND(value, 0) FROM indicators WHERE level = 'england' AND breakdown = 'imd_decile'
           AND indicator = 'recovery_rate' AND reporting_period = '2015-16'",
    );
    assert_eq!(deciles.get(["1 (most deprived)".to_owned()].as_slice()), Some(&35.0));
    assert_eq!(deciles.get(["10 (least deprived)".to_owned()].as_slice()), Some(&55.0));
}

#[test]
fn the_recovery_rate_of_thirteen_years_breaks_where_the_definition_does() {
    let world = whole();
    let rates = world.query(
        "SELECT reporting_period, indicator, ROUND(value, 1), value_basis FROM indicators
         WHERE level = 'england' AND breakdown = 'total' AND period_kind = 'year'
           AND indicator IN ('recovery_rate', 'recovery_rate_received_in_year') ORDER BY 1",
    );
    let expected = [
        "2012-13,recovery_rate_received_in_year,42.8,counts",
        "2013-14,recovery_rate,45.0,published_percentage",
        "2014-15,recovery_rate,44.8,counts",
        "2015-16,recovery_rate,46.3,counts",
        "2016-17,recovery_rate,49.3,counts",
        "2017-18,recovery_rate,50.8,counts",
        "2018-19,recovery_rate,52.1,counts",
        "2019-20,recovery_rate,51.1,counts",
        "2020-21,recovery_rate,51.4,counts",
        "2021-22,recovery_rate,50.2,counts",
        "2022-23,recovery_rate,49.9,counts",
        "2023-24,recovery_rate,50.1,counts",
        "2024-25,recovery_rate,50.5,counts",
    ];
    assert_eq!(rates, expected);
    let breaks = world.query(
        "SELECT first_period, comparability, series_before FROM series_breaks
         WHERE series_type = 'indicator' AND series = 'recovery_rate'",
    );
    assert_eq!(breaks, ["2013-14,not_comparable,recovery_rate_received_in_year"]);
    // England's counts of the first year were rounded to 10, those received in it were not.
    let bounds = world.query(
        "SELECT measure, value_low, value_high FROM tidy WHERE reporting_period = '2012-13' AND breakdown = 'total'
           AND measure IN ('referrals_received', 'recovery_received_in_year') ORDER BY 1",
    );
    assert_eq!(bounds, ["recovery_received_in_year,54425.0,54435.0", "referrals_received,883968.0,883968.0"]);
}
