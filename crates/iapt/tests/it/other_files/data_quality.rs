//! The data-quality file: who submitted what.

use super::{BOTH, MONTHS, build, figures, fragment, publish, publish_months, read_fragment, rows_of};
use crate::support::World;

const DATA_QUALITY: &str = "talking_therapies_data_quality";

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
    assert_eq!(holes(None), of_its_month("note,the data-quality file does not say"));
    assert_eq!(holes(Some("0")), of_its_month("note,no submission"));
    assert_eq!(holes(Some("1")), of_its_month("warning,\"submitted, and no figures\""));
}

#[test]
#[ignore = "needs the folder ../shared"]
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
