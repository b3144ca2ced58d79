//! The quarterly files, whose groups add up to the months.

use std::collections::BTreeMap;

use super::{MONTHS, build, figures, fragment, publish, read_fragment, rows_of};
use crate::support::{World, whole};

const QUARTERS: &str = "talking_therapies_quarterly";

/// A quarter as the publisher prints it. The figures come from a file that a data frame had saved again: it prints `nan` for
/// the name of all providers, which is blank again here, and `InvalidCode`, which stays, because nothing says what it was.
fn quarter(period: &str, name: &str) -> String {
    let header = "Quarter,STP,STPName,CCG,CCGName,Provider,ProviderName,GroupType,VariableType,VariableA,VariableB,\
                  ReferralsReceived,FirstTreatment,EndedTreatedOnce,FinishedCourseTreatment,NotCaseness,Recovery,\
                  Improvement,Deterioration,NoReliableChange,ReliableRecovery,ProbDescMeanSession,\
                  FirstTreatment6WeeksFinishedCourse,FirstTreatment18WeeksFinishedCourse,RecoveryRate,ImprovementRate,\
                  ReliableRecoveryRate,FirstTreatment6WeeksFinishedCourseRate,\
                  FirstTreatment18WeeksFinishedCourseRate,CountAppropriatePairedADSM,CountADSMFinishedTreatment,\
                  PercentageAppropriatePairedADSM";
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(header.split(',')).unwrap();
    for row in figures("quarter.csv").iter().filter(|row| row["reporting_period"] == period) {
        let cell = |column: &str| match column {
            "Quarter" => name,
            "STP" => &row["stp"],
            "STPName" => &row["stp_name"],
            "CCG" => &row["ccg"],
            "CCGName" => &row["ccg_name"],
            "Provider" => "All_Provider",
            "GroupType" => "CCG",
            "VariableType" => &row["variable_type"],
            "VariableA" => &row["variable_a"],
            "VariableB" => "NULL",
            "ProviderName" | "ProbDescMeanSession" => "",
            figure => &row[figure],
        };
        csv.write_record(header.split(',').map(cell)).unwrap();
    }
    String::from_utf8(csv.into_inner().unwrap()).unwrap()
}

#[test]
fn a_quarter_is_read_and_stays_out_of_every_sum() {
    let period = "2021-04--2021-06";
    let world = World::with_own_project();
    publish(&world, QUARTERS, period, "quarter", quarter(period, "Quarter 1 2021/22").as_bytes());
    build(&world, &[(QUARTERS, &[period])]);
    let rows = figures("quarter.csv");
    let printed = |column: &str| rows.iter().filter(|row| row[column] != "*").count();
    let found = world.query(
        "SELECT count(*), count(value), min(start_date), max(end_date) FROM tidy WHERE measure = 'referrals_received'",
    );
    assert_eq!(found, [format!("{},{},2021-04-01,2021-06-30", rows.len(), printed("ReferralsReceived"))]);
    let devon = world.query(
        "SELECT category, measure, value FROM tidy
         WHERE org_code = '15N' AND statistic = 'count' AND measure IN ('entered_treatment', 'recovery')
           AND breakdown IN ('total', 'gender') AND value IS NOT NULL ORDER BY 1, 2",
    );
    let of = |category: &str, column: &str| {
        let row = rows.iter().find(|row| row["ccg"] == "15N" && row["variable_a"] == category).unwrap();
        format!("{}.0", row[column])
    };
    let expected = |category: &str, printed: &str| {
        [("entered_treatment", "FirstTreatment"), ("recovery", "Recovery")]
            .map(|(measure, column)| format!("{category},{measure},{}", of(printed, column)))
    };
    assert_eq!(
        devon,
        [expected("All", "Total"), expected("Female", "Female"), expected("Male", "Male")].concat()
    );
    assert_eq!(
        world.query("SELECT count(*) FROM monthly_sums UNION ALL SELECT count(*) FROM indicators"),
        ["0", "0"]
    );
}

#[test]
fn a_quarter_of_another_name_or_with_rows_of_other_types_stops_the_run() {
    let period = "2021-04--2021-06";
    let check = |csv: &str, said: &str| {
        let world = World::with_own_project();
        publish(&world, QUARTERS, period, "quarter", csv.as_bytes());
        let selection = ["--source", "mirror", "--dataset", QUARTERS, "--period", period];
        world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
        world.iapt(&[&["build"], selection.as_slice()].concat()).expect(4).says(said);
    };
    check(&quarter(period, "Quarter 2 2021/22"), "`Quarter 1 2021/22`, the name of 2021-04--2021-06");
    let csv = quarter(period, "Quarter 1 2021/22");
    check(
        &csv.replacen("All_Provider,,CCG,", "All_Provider,,STP,", 1),
        "rows of type `STP` are not declared in the layout of `quarter` (1 rows)",
    );
}

/// Counts of all groups together beside England's three months: the same figures from two files.
#[test]
fn the_groups_of_a_quarter_add_up_to_its_months() {
    let columns = [
        ("ReferralsReceived", "referrals_received"),
        ("FirstTreatment", "entered_treatment"),
        ("EndedTreatedOnce", "ended_after_one_treatment"),
        ("FinishedCourseTreatment", "finished_course_treatment"),
        ("NotCaseness", "not_at_caseness"),
        ("Recovery", "recovery"),
        ("Improvement", "improvement"),
        ("Deterioration", "deterioration"),
        ("NoReliableChange", "no_reliable_change"),
        ("ReliableRecovery", "reliable_recovery"),
        ("FirstTreatment6WeeksFinishedCourse", "first_treatment_within_6_weeks"),
        ("FirstTreatment18WeeksFinishedCourse", "first_treatment_within_18_weeks"),
    ];
    let columns = BTreeMap::from(columns);
    let mut furthest = BTreeMap::new();
    let rows = figures("quarter_sums.csv");
    for row in &rows {
        let (measure, period) = (columns[row["published_column"].as_str()], &row["reporting_period"]);
        let (first, last) = period.split_once("--").unwrap();
        let england = whole().query(&format!(
            "SELECT count(*), SUM(value) FROM tidy WHERE dataset = '{MONTHS}' AND org_type = 'England'
               AND measure = '{measure}' AND statistic = 'count' AND reporting_period BETWEEN '{first}' AND '{last}'"
        ));
        let (n_months, england) = england[0].split_once(',').unwrap();
        assert_eq!(n_months, "3");
        let (sum, england): (f64, f64) = (row["sum"].parse().unwrap(), england.parse().unwrap());
        let percent = 100.0 * (sum - england) / england;
        // A quarter is extracted later than its months, and referrals arrive late.
        let most = if measure == "referrals_received" { 1.5 } else { 0.25 };
        assert!(percent.abs() < most, "{period} {measure}: {sum} of groups, {england} of months");
        let furthest = furthest.entry(measure == "referrals_received").or_insert(0.0);
        *furthest = f64::max(*furthest, percent.abs());
    }
    println!("{} sums of groups beside England's months; percent apart at most: {furthest:?}", rows.len());
    assert_eq!(rows.len(), 36);
}

#[test]
#[ignore = "needs the folder ../shared"]
fn the_real_quarters_are_read_whole() {
    let quarters = [
        ("q4-2020-21", "2021-01--2021-03"),
        ("q1-2021-22", "2021-04--2021-06"),
        ("q3-2021-22", "2021-10--2021-12"),
        ("q4-2021-22", "2022-01--2022-03"),
    ];
    for (name, period) in quarters {
        let csv = fragment(&format!("quarter_{name}.csv"));
        // What the data frame made of it is undone: the name of all providers is blank, and so are the figures that it lost; a
        // whole number has no decimals.
        let csv = csv.replace(",nan,", ",,").replace(".0,", ",").replace(".0\n", "\n");
        let rows = rows_of(csv.as_bytes());
        let (world, counts) = read_fragment(QUARTERS, period, "quarter", &csv);
        let totals = world.query(
            "SELECT org_code, measure, COALESCE(CAST(CAST(value AS BIGINT) AS VARCHAR), value_status) FROM tidy
             WHERE breakdown = 'total' AND measure IN ('recovery', 'reliable_recovery') AND statistic = 'count' ORDER BY 1, 2",
        );
        let status = |cell: &str| match cell {
            "*" => "suppressed".to_owned(),
            "" => "missing".to_owned(),
            number => number.to_owned(),
        };
        let mut printed: Vec<String> = rows
            .iter()
            .filter(|row| row["VariableType"] == "Total")
            .flat_map(|row| {
                [("recovery", "Recovery"), ("reliable_recovery", "ReliableRecovery")]
                    .map(|(measure, column)| format!("{},{measure},{}", row["CCG"], status(&row[column])))
            })
            .collect();
        printed.sort();
        assert_eq!(totals, printed, "{name}");
        println!("{name}: {counts} (rows, reported, suppressed, without activity, missing)");
        let sums = figures("quarter_sums.csv");
        for sum in sums.iter().filter(|sum| sum["reporting_period"] == period) {
            let cells = rows
                .iter()
                .filter(|row| row["VariableType"] == "Total")
                .map(|row| &row[&sum["published_column"]]);
            let total: u64 = cells.filter(|cell| *cell != "*").map(|cell| cell.parse::<u64>().unwrap()).sum();
            assert_eq!(total.to_string(), sum["sum"], "{sum:?}");
        }
    }
}
