//! The time series of key measures, which prints the months again, and other prints of the same figures.

use std::collections::BTreeMap;

use super::{BOTH, MONTHS, Row, build, figures, fragment, publish, publish_months, read_fragment, rows_of};
use crate::support::{World, whole};

const KEY_MEASURES: &str = "talking_therapies_key_measures";

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

#[test]
#[ignore = "needs the folder ../shared"]
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

#[test]
#[ignore = "needs the folder ../shared"]
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
