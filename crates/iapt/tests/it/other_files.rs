//! The publisher's other files, of which no address is known: each layout is declared, and figures that were really printed
//! in it are read and compared with what the tables have for them. `figures/README.md` says where those are from.

use std::collections::BTreeMap;

use iapt_model::Release;
use iapt_publisher::StandIn;

use crate::support::{World, checkout, project, release, whole};

const MONTHS: &str = "talking_therapies_monthly";
const KEY_MEASURES: &str = "talking_therapies_key_measures";
const DATA_QUALITY: &str = "talking_therapies_data_quality";
const QUARTERS: &str = "talking_therapies_quarterly";

/// The measures of the time series of key measures: id, printed name, measure and statistic here.
const IDS: [(&str, &str, &str, &str); 11] = [
    ("M001", "Count_ReferralsReceived", "referrals_received", "count"),
    ("M031", "Count_AccessingServices", "entered_treatment", "count"),
    (
        "M053",
        "Percentage_AccessingServices6WeeksFinishedCourseTreatment",
        "first_treatment_within_6_weeks",
        "percentage",
    ),
    (
        "M055",
        "Percentage_AccessingServices18WeeksFinishedCourseTreatment",
        "first_treatment_within_18_weeks",
        "percentage",
    ),
    ("M056", "Count_EndedReferrals", "ended_referrals", "count"),
    ("M076", "Count_FinishedCourseTreatment", "finished_course_treatment", "count"),
    ("M1010", "Percentage_ReliableDeterioration", "deterioration", "percentage"),
    ("M186", "Percentage_ReliableImprovement", "improvement", "percentage"),
    ("M189", "Count_ReliableDeterioration", "deterioration", "count"),
    ("M192", "Percentage_Recovery", "recovery", "percentage"),
    ("M195", "Percentage_ReliableRecovery", "reliable_recovery", "percentage"),
];

type Row = BTreeMap<String, String>;

fn rows_of(text: impl std::io::Read) -> Vec<Row> {
    csv::Reader::from_reader(text).deserialize().collect::<Result<_, _>>().unwrap()
}

/// Figures of the folder beside this one.
fn figures(name: &str) -> Vec<Row> {
    rows_of(fs_err::File::open(checkout().join("crates/iapt/tests/figures").join(name)).unwrap())
}

/// A fragment of a real file, as the shared folder holds it.
fn fragment(name: &str) -> String {
    fs_err::read_to_string(checkout().join("../shared/data/real").join(name)).unwrap()
}

/// Declares a release of one file in the project of this world and puts the file where it would stand.
fn publish(world: &World, dataset: &str, period: &str, file: &str, bytes: &[u8]) -> Release {
    let path = world.declared(&format!("{dataset}/releases.toml"));
    let url = format!("https://files.digital.nhs.uk/00/000000/{dataset}-{period}.csv");
    let entry = format!(
        "{}\n[[release]]\nperiod = \"{period}\"\nedition = 1\nurl = \"{url}\"\nformat = \"csv\"\n\n[release.files]\n{file} = \"file.csv\"\n",
        fs_err::read_to_string(&path).unwrap()
    );
    fs_err::write(&path, entry).unwrap();
    let release = Release { url, ..release(&project(), "2021-01").clone() };
    world.mirror_file(&release, bytes);
    release
}

/// Puts what the stand-in publisher prints for months into the mirror, changed by `change`.
fn publish_months(world: &World, months: &[&str], change: impl Fn(&str, String) -> String) {
    let project = project();
    let stand_in = StandIn::load(&project).unwrap();
    for month in months {
        let release = release(&project, month);
        let csv = String::from_utf8(stand_in.pack(release).unwrap()).unwrap();
        world.mirror_file(release, change(month, csv).as_bytes());
    }
}

fn build(world: &World, chosen: &[(&str, &[&str])]) {
    for (dataset, periods) in chosen {
        let periods = periods.iter().flat_map(|period| ["--period", period]);
        let selection: Vec<&str> =
            ["--source", "mirror", "--dataset", dataset].into_iter().chain(periods).collect();
        world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
        world.iapt(&[&["build", "--strict"], selection.as_slice()].concat()).expect(0);
    }
}

/// The time series as the publisher prints it, from the figures held of it.
fn key_measures() -> String {
    let mut csv =
        "\"REPORTING_PERIOD_START\",\"REPORTING_PERIOD_END\",\"GROUP_TYPE\",\"ORG_CODE1\",\"ORG_NAME1\",\
                   \"ORG_CODE2\",\"ORG_NAME2\",\"MEASURE_ID\",\"MEASURE_NAME\",\"MEASURE_VALUE\"\n"
            .to_owned();
    for row in figures("key_measures.csv").iter().filter(|row| row["file"] == "key_measures") {
        let month: iapt_model::Period = row["reporting_period"].parse().unwrap();
        for (id, name, ..) in IDS {
            let cells = [
                month.start_date().to_string(),
                month.end_date().to_string(),
                row["org_type"].clone(),
                row["sub_icb"].clone(),
                "a name".to_owned(),
                row["provider"].clone(),
                "DORSET HEALTHCARE UNIVERSITY NHS FOUNDATION TRUST".to_owned(),
                id.to_owned(),
                name.to_owned(),
                row[id].clone(),
            ];
            csv += &format!("\"{}\"\n", cells.join("\",\""));
        }
    }
    csv
}

const SPAN: &str = "2025-04--2026-04";

/// Months of the time series that the stand-in publisher has too, with every measure of England and counts of providers.
const BOTH: [&str; 4] = ["2025-06", "2025-07", "2025-08", "2025-09"];

#[test]
fn the_time_series_is_compared_with_the_months_and_never_added_up() {
    let world = World::with_own_project();
    publish(&world, KEY_MEASURES, SPAN, "key_measures", key_measures().as_bytes());
    publish_months(&world, &BOTH, |_, csv| csv);
    build(&world, &[(MONTHS, &BOTH), (KEY_MEASURES, &[SPAN])]);
    // What is printed is read: 39 rows of eleven measures.
    let found = world.query(&format!(
        "SELECT count(*), count(value), min(start_date), max(end_date) FROM tidy WHERE dataset = '{KEY_MEASURES}'"
    ));
    let printed: Vec<Row> =
        figures("key_measures.csv").into_iter().filter(|row| row["file"] == "key_measures").collect();
    let n_printed =
        printed.iter().map(|row| IDS.iter().filter(|(id, ..)| row[*id] != "*").count()).sum::<usize>();
    assert_eq!(found, [format!("{},{n_printed},2025-04-01,2026-04-30", 11 * printed.len())]);
    // Its months are those of the activity files.
    let both = world.query(&format!(
        "SELECT count(*), count(*) FILTER (WHERE again.value = first.value) FROM tidy AS again
         JOIN tidy AS first ON again.org_type = first.org_type AND again.org_code = first.org_code
           AND again.measure = first.measure AND again.statistic = first.statistic AND again.start_date = first.start_date
         WHERE again.dataset = '{KEY_MEASURES}' AND first.dataset = '{MONTHS}'"
    ));
    println!("cells of both, and equal ones: {both:?}");
    let (n_both, n_equal) = both[0].split_once(',').unwrap();
    assert_eq!(n_both, n_equal);
    // Four months of at least four counts.
    assert!(n_both.parse::<usize>().unwrap() >= 16, "{both:?}");
    assert_eq!(world.query("SELECT * FROM findings WHERE rule = 'key_measures'"), [""; 0]);
    // And they are in no sum.
    let sums = world.query(
        "SELECT DISTINCT dataset, n_months FROM monthly_sums
         WHERE org_code = 'RDY' AND measure = 'referrals_received'",
    );
    assert_eq!(sums, [format!("{MONTHS},{}", BOTH.len())]);
    let datasets = "SELECT dataset FROM monthly_sums UNION SELECT dataset FROM indicators UNION SELECT dataset FROM pathway";
    assert_eq!(world.query(datasets), [MONTHS]);
}

#[test]
fn a_cell_that_the_time_series_prints_otherwise_is_a_finding() {
    let world = World::with_own_project();
    publish(&world, KEY_MEASURES, SPAN, "key_measures", key_measures().as_bytes());
    let row = |csv: &str| {
        let is_its = |line: &&str| line.contains(",RDY,") && line.contains("Count_ReferralsReceived,");
        csv.lines().find(is_its).unwrap().to_owned()
    };
    publish_months(&world, &BOTH, |month, csv| {
        let own = row(&csv);
        let cells: Vec<&str> = own.rsplitn(2, ',').collect();
        let other = format!("{},{}", cells[1], if month == "2025-08" { "7775" } else { cells[0] });
        csv.replace(&own, &other)
    });
    build(&world, &[(MONTHS, &BOTH), (KEY_MEASURES, &[SPAN])]);
    let found = world.query(
        "SELECT dataset, reporting_period, org_code, evidence, n_rows FROM findings WHERE rule = 'key_measures'",
    );
    let printed = figures("key_measures.csv");
    let printed = printed.iter().find(|row| {
        row["file"] == "key_measures" && row["reporting_period"] == "2025-08" && row["sub_icb"] == "all"
    });
    let printed = &printed.unwrap()["M001"];
    assert_eq!(
        found,
        [format!(
            "{KEY_MEASURES},2025-08,RDY,\"referrals_received (count): {printed}.0 in the time series, 7775.0 in the activity file\",1"
        )]
    );
}

/// The last month of the time series against the activity file of that month, row by row.
#[test]
fn the_time_series_ends_with_the_activity_file_of_its_last_month() {
    let rows = figures("key_measures.csv");
    let of = |file: &str| -> Vec<&Row> {
        rows.iter().filter(|row| row["file"] == file && row["reporting_period"] == "2026-04").collect()
    };
    let mut n_equal = 0;
    for (again, first) in of("key_measures").into_iter().zip(of("activity")) {
        assert_eq!((&again["sub_icb"], &again["org_type"]), (&first["sub_icb"], &first["org_type"]));
        for (id, ..) in IDS {
            assert_eq!(again[id], first[id], "{id} {again:?}");
            n_equal += 1;
        }
    }
    assert_eq!(n_equal, 33);
}

#[test]
fn a_row_whose_month_does_not_end_when_it_says_stops_the_run() {
    let world = World::with_own_project();
    let csv = key_measures().replace("\"2025-06-01\",\"2025-06-30\"", "\"2025-06-01\",\"2025-07-31\"");
    publish(&world, KEY_MEASURES, SPAN, "key_measures", csv.as_bytes());
    let selection = ["--source", "mirror", "--dataset", KEY_MEASURES, "--period", SPAN];
    world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
    world
        .iapt(&[&["build"], selection.as_slice()].concat())
        .expect(4)
        .says("`REPORTING_PERIOD_END`")
        .says("`2025-07-31`")
        .says("the last day of the row's month, in 2025-04--2026-04");
}

/// The data-quality file of a month as the publisher prints it, of provider RDY where it is asked for.
fn data_quality(month: &str, submitted: Option<&str>) -> String {
    let period: iapt_model::Period = month.parse().unwrap();
    let mut csv = "\"ReportingPeriodStartDate\",\"ReportingPeriodEndDate\",\"Org_Code\",\"DataTable\",\"UID\",\"DataItem\",\
                   \"Valid_suppressed\",\"Default_suppressed\",\"Invalid_suppressed\",\"Missing_suppressed\",\
                   \"Denominator_suppressed\"\n"
        .to_owned();
    let columns = ["data_table", "uid", "data_item", "valid", "default", "invalid", "missing", "records"];
    for (code, submitted) in [("RX4", Some("1")), ("RDY", submitted)] {
        for row in figures("data_quality.csv") {
            let mut cells = columns.map(|column| row[column].clone());
            if cells[2] == "Organisation Submission" {
                submitted.unwrap_or_default().clone_into(&mut cells[3]);
            }
            if submitted.is_some() {
                let dates = [period.start_date().to_string(), period.end_date().to_string()];
                csv += &format!("\"{}\",\"{code}\",\"{}\"\n", dates.join("\",\""), cells.join("\",\""));
            }
        }
    }
    csv
}

#[test]
fn the_data_quality_file_is_a_table() {
    let world = World::with_own_project();
    publish(&world, DATA_QUALITY, "2026-04", "data_quality", data_quality("2026-04", Some("1")).as_bytes());
    build(&world, &[(DATA_QUALITY, &["2026-04"])]);
    let found = world.query(
        "SELECT variable_b, measure, value, value_status, breakdown FROM tidy
         WHERE org_type = 'Provider' AND org_code = 'RDY' AND variable_a IN ('I001040', 'All') ORDER BY 1, 2",
    );
    assert_eq!(
        found,
        [
            "NHS NUMBER,records,10980.0,reported,",
            "NHS NUMBER,records_default,,suppressed,",
            "NHS NUMBER,records_invalid,,suppressed,",
            "NHS NUMBER,records_missing,,suppressed,",
            "NHS NUMBER,records_valid,10975.0,reported,",
            "Organisation Submission,records,1.0,reported,",
            "Organisation Submission,records_default,0.0,reported,",
            "Organisation Submission,records_invalid,0.0,reported,",
            "Organisation Submission,records_missing,0.0,reported,",
            "Organisation Submission,records_valid,1.0,reported,",
        ]
    );
    // Records are no referrals: they are in no sum and no indicator.
    assert_eq!(
        world.query("SELECT count(*) FROM monthly_sums UNION ALL SELECT count(*) FROM indicators"),
        ["0", "0"]
    );
}

#[test]
fn a_month_that_was_not_submitted_explains_a_hole() {
    let holes = |submitted: Option<&str>| {
        let world = World::with_own_project();
        // The header was seen of one month; that of this one is taken to be the same.
        let columns = world.declared(&format!("{DATA_QUALITY}/columns.csv"));
        let text = fs_err::read_to_string(&columns).unwrap();
        fs_err::write(&columns, text.replace("2026-04", "2025-08")).unwrap();
        publish(
            &world,
            DATA_QUALITY,
            "2025-08",
            "data_quality",
            data_quality("2025-08", submitted).as_bytes(),
        );
        publish_months(&world, &BOTH, |month, csv| {
            let is_kept = |line: &&str| month != "2025-08" || !line.contains(",RDY,");
            csv.lines().filter(is_kept).map(|line| format!("{line}\n")).collect()
        });
        build(&world, &[(MONTHS, &BOTH), (DATA_QUALITY, &["2025-08"])]);
        world.query(
            "SELECT dataset, reporting_period, org_code, severity, evidence FROM findings
             WHERE rule = 'submissions' AND org_code = 'RDY'",
        )
    };
    let of_its_month = |said: &str| [format!("{MONTHS},2025-08,RDY,{said}")];
    assert_eq!(holes(None), of_its_month("note,not in the data-quality file"));
    assert_eq!(holes(Some("0")), of_its_month("note,no submission"));
    assert_eq!(holes(Some("1")), of_its_month("warning,\"submitted, and no figures\""));
}

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
        "rows of `STP` are not what the layout of `quarter` was declared for (1 rows)",
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
fn every_month_of_a_trust_is_what_the_tables_have() {
    let mut held = BTreeMap::new();
    for line in whole().query(&format!(
        "SELECT reporting_period, org_code, measure, statistic, COALESCE(CAST(value AS VARCHAR), value_status) FROM tidy
         WHERE dataset = '{MONTHS}' AND org_type = 'Provider' AND reporting_period BETWEEN '2022-05' AND '2023-05'"
    )) {
        let (key, value) = line.rsplit_once(',').unwrap();
        held.insert(key.to_owned(), value.to_owned());
    }
    let (mut n_equal, mut n_withheld, mut n_not_held) = (0, 0, 0);
    for row in figures("trusts_2022_23.csv") {
        for (id, _, measure, statistic) in IDS {
            let key = format!("{},{},{measure},{statistic}", row["reporting_period"], row["org_code"]);
            match (held.get(&key).map(String::as_str), row[id].as_str()) {
                (None, _) => n_not_held += 1,
                (Some("suppressed"), "*") => n_withheld += 1,
                (Some(value), printed) => {
                    assert_eq!(value.parse::<f64>().ok(), printed.parse::<f64>().ok(), "{key}");
                    n_equal += 1;
                }
            }
        }
    }
    println!(
        "{n_equal} equal, {n_withheld} withheld in both, {n_not_held} of measures that are not built in"
    );
    // The built-in months have five counts of every provider, and more of some.
    assert!(n_equal > 2_000, "{n_equal}");
}

/// The codes of the locations are those of the ONS, and nothing here maps them: their sums are compared.
#[test]
fn the_sub_icb_locations_add_up_to_england_but_for_people_of_none() {
    let ids: BTreeMap<&str, &str> =
        IDS.into_iter().filter(|id| id.3 == "count").map(|id| (id.0, id.2)).collect();
    let mut most: f64 = 0.0;
    let rows = figures("sub_icb_sums_2022_23.csv");
    for row in &rows {
        assert_eq!(row["n_locations"], "106");
        let (month, measure) = (&row["reporting_period"], ids[row["measure_id"].as_str()]);
        let england = whole().query(&format!(
            "SELECT value FROM tidy WHERE dataset = '{MONTHS}' AND org_type = 'England' AND measure = '{measure}'
               AND statistic = 'count' AND reporting_period = '{month}'"
        ));
        let england: f64 = england[0].parse().unwrap();
        let (sum, n_withheld): (f64, f64) = (row["sum"].parse().unwrap(), row["n_withheld"].parse().unwrap());
        // Every printed count is rounded to 5, every withheld one is 0 to 4.
        let (low, high) =
            (sum - 2.0 * (106.0 - n_withheld), sum + 2.0 * (106.0 - n_withheld) + 4.0 * n_withheld);
        assert!(low <= england, "{month} {measure}: at least {low} of locations, {england} in all");
        most = most.max(100.0 * (england - high) / england);
    }
    println!("{} sums of locations; at most {most:.2}% of England is surely of none", rows.len());
    assert!(most < 0.5, "{most}");
    assert_eq!(rows.len(), 55);
}

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
    assert_eq!(totals, finished);
    assert_eq!(totals.len(), 8);
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

/// Reads a whole fragment in the publisher's layout and gives how many cells are printed, by status.
fn read_fragment(dataset: &str, period: &str, file: &str, csv: &str) -> (World, String) {
    let world = World::with_own_project();
    publish(&world, dataset, period, file, csv.as_bytes());
    build(&world, &[(dataset, &[period])]);
    let counts =
        world.query("SELECT n_rows, n_reported, n_suppressed, n_no_activity, n_missing FROM releases");
    (world, counts[0].clone())
}

#[test]
#[ignore = "reads the fragments of real files in ../shared"]
fn the_real_time_series_is_read_whole() {
    let csv = fragment("time_series_2025-04_to_2026-04_provider_RDY.csv");
    let rows = rows_of(csv.as_bytes());
    let withheld = rows.iter().filter(|row| row["MEASURE_VALUE"] == "*").count();
    let (world, counts) = read_fragment(KEY_MEASURES, SPAN, "key_measures", &csv);
    assert_eq!(counts, format!("{},{},{withheld},0,0", rows.len(), rows.len() - withheld));
    // Laid out again from the figures held here, it is the same.
    let cells = "SELECT start_date, org_type, org_code, measure, statistic, value, value_status FROM tidy ORDER BY 1, 2, 3, 4, 5";
    let (again, _) = read_fragment(KEY_MEASURES, SPAN, "key_measures", &key_measures());
    assert_eq!(world.query(cells), again.query(cells));
    println!("the time series: {} cells, {withheld} withheld", rows.len());
}

#[test]
#[ignore = "reads the fragments of real files in ../shared"]
fn the_real_data_quality_file_is_read_whole() {
    let csv = fragment("data_quality_2026-04_RDY.csv");
    let rows = rows_of(csv.as_bytes());
    let cells = rows.iter().flat_map(|row| row.iter().filter(|(name, _)| name.ends_with("_suppressed")));
    let (n_withheld, n_cells) =
        cells.fold((0, 0), |(withheld, n), (_, cell)| (withheld + usize::from(cell == "*"), n + 1));
    let (world, counts) = read_fragment(DATA_QUALITY, "2026-04", "data_quality", &csv);
    assert_eq!(counts, format!("{},{},{n_withheld},0,0", rows.len(), n_cells - n_withheld));
    for row in figures("data_quality.csv") {
        let (uid, item) = (&row["uid"], &row["data_item"]);
        let found = world.query(&format!(
            "SELECT COALESCE(CAST(CAST(value AS BIGINT) AS VARCHAR), '*') FROM tidy WHERE variable_type = '{}' AND variable_a = '{uid}'
               AND variable_b = '{item}' ORDER BY measure",
            row["data_table"]
        ));
        let printed = ["records", "default", "invalid", "missing", "valid"].map(|column| row[column].clone());
        assert_eq!(found, printed, "{row:?}");
    }
}

#[test]
#[ignore = "reads the fragments of real files in ../shared"]
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

#[test]
#[ignore = "reads the fragments of real files in ../shared"]
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

#[test]
#[ignore = "reads the fragments of real files in ../shared"]
fn the_figures_of_trusts_and_locations_are_those_of_the_fragments() {
    let id = |name: &str| {
        // The names of their time.
        let name = name
            .replace("_Deterioration", "_ReliableDeterioration")
            .replace("_Improvement", "_ReliableImprovement");
        IDS.iter().find(|id| id.1 == name).unwrap().0
    };
    let month = |text: &str| {
        chrono::NaiveDate::parse_from_str(&format!("1 {text}"), "%d %B %Y")
            .unwrap()
            .format("%Y-%m")
            .to_string()
    };
    let printed: BTreeMap<(String, String, &str), String> =
        rows_of(fragment("trust_months_2022-23.csv").as_bytes())
            .into_iter()
            .map(|row| {
                let value = if row["value"] == "NA" { "*".to_owned() } else { row["value"].clone() };
                ((month(&row["date"]), row["nhs_trust22_code"].clone(), id(&row["name"])), value)
            })
            .collect();
    let held: BTreeMap<(String, String, &str), String> = figures("trusts_2022_23.csv")
        .into_iter()
        .flat_map(|row| {
            IDS.map(|(id, ..)| {
                ((row["reporting_period"].clone(), row["org_code"].clone(), id), row[id].clone())
            })
        })
        .collect();
    assert_eq!(printed, held);
    let mut sums: BTreeMap<(String, &str), [u64; 3]> = BTreeMap::new();
    for row in rows_of(fragment("sub_icb_months_2022-23.csv").as_bytes()) {
        if row["name"].starts_with("Count_") {
            let [n, withheld, sum] = sums.entry((month(&row["date"]), id(&row["name"]))).or_default();
            *n += 1;
            *withheld += u64::from(row["value"] == "NA");
            *sum += row["value"].parse::<u64>().unwrap_or_default();
        }
    }
    let held = figures("sub_icb_sums_2022_23.csv");
    assert_eq!(sums.len(), held.len());
    for row in held {
        let id = IDS.iter().find(|id| id.0 == row["measure_id"]).unwrap().0;
        let expected = ["n_locations", "n_withheld", "sum"].map(|column| row[column].parse::<u64>().unwrap());
        assert_eq!(sums[&(row["reporting_period"].clone(), id)], expected, "{row:?}");
    }
}
