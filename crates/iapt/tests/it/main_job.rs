//! The main job on the built-in figures, compared with what was published.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::support::{all_files, checkout, golden, tell_compared, whole};

#[test]
fn fetches_builds_and_reports_from_the_embedded_figures() {
    let world = whole();
    for page in ["index", "what-happens", "compare-areas"] {
        let markdown = fs_err::read_to_string(world.path("out").join(page).with_extension("md")).unwrap();
        let html = fs_err::read_to_string(world.path("out/site").join(page).with_extension("html")).unwrap();
        for text in [&markdown, &html] {
            assert!(text.contains("Open Government Licence"), "{page} lacks its licence");
        }
        assert!(
            markdown.contains("built-in copies of NHS England’s figures"),
            "{page} does not say what it is made from"
        );
        // The site says it once, on its first page and on the one about the data.
        assert_eq!(html.contains("<aside class=\"notice\""), page == "index", "{page}");
    }
}

/// `reports/published` holds the pages that this program makes of the built-in figures; of the site only the rest is committed.
#[test]
fn the_committed_pages_are_what_is_made_now() {
    let is_committed = |path: &Path| !path.starts_with("site") && !path.starts_with(".iapt-report");
    let [made, committed] = [whole().path("out"), checkout().join("reports/published")].map(|folder| {
        let mut files = all_files(&folder);
        files.retain(|path, _| is_committed(path));
        files
    });
    let paths: BTreeSet<_> = made.keys().chain(committed.keys()).collect();
    assert!(paths.len() > 10, "{paths:?}");
    let differing: Vec<String> = paths
        .into_iter()
        .filter(|path| made.get(*path) != committed.get(*path))
        .map(|path| path.display().to_string())
        .collect();
    assert!(
        differing.is_empty(),
        "{} files of reports/published are not what is made now: `make report`, look at them and commit them:\n{}",
        differing.len(),
        differing.join("\n")
    );
}

#[test]
fn england_is_what_the_publisher_printed() {
    let world = whole();
    let computed = world.query(
        "SELECT reporting_period, indicator, round(value, 1), published_percentage FROM indicators
         WHERE dataset = 'psych_ther_annual' AND level = 'england' AND breakdown = 'total'
           AND published_percentage IS NOT NULL
         ORDER BY reporting_period, indicator",
    );
    // Five outcomes in each year, each recomputed from counts and compared with the printed rate.
    let n_years = &world.query("SELECT count(*) FROM releases WHERE dataset = 'psych_ther_annual'")[0];
    assert_eq!(computed.len(), 5 * n_years.parse::<usize>().unwrap());
    for row in &computed {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells[2], cells[3], "{row}");
    }
    let recovery: Vec<&str> = computed
        .iter()
        .filter_map(|row| row.split_once(",recovery_rate,"))
        .map(|(_, rest)| rest.split(',').next().unwrap())
        .collect();
    assert!(recovery.starts_with(&["50.8", "52.1", "51.1", "51.4", "50.2", "49.9", "50.1", "50.5"]));
}

#[test]
fn the_pathway_of_the_first_year_is_that_of_the_analysis() {
    let world = whole();
    let shares = world.query(
        "SELECT indicator, round(value) FROM indicators
         WHERE level = 'england' AND breakdown = 'total' AND reporting_period = '2017-18' AND indicator IN
           ('finished_course_share', 'recovery_share', 'at_caseness_of_finished', 'recovery_of_finished')
         ORDER BY indicator",
    );
    // Barry McInnes, Is IAPT too big to fail?: 40% finished, 19% recovered, 93% at caseness, 47% of finishers recovered.
    assert_eq!(
        shares,
        [
            "at_caseness_of_finished,93.0",
            "finished_course_share,40.0",
            "recovery_of_finished,47.0",
            "recovery_share,19.0"
        ]
    );
}

#[test]
fn reproduces_england_by_year() {
    let golden = golden("england_by_year.csv");
    let world = whole();
    let mut computed: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in world.query(
        // The years before, whose tables print some rates and not their counts, are compared in `tables`.
        "SELECT reporting_period, indicator, value / 100 FROM indicators
         WHERE dataset = 'psych_ther_annual' AND level = 'england' AND breakdown = 'total'
         UNION ALL
         SELECT reporting_period, measure, value FROM tidy
         WHERE dataset = 'psych_ther_annual' AND org_type = 'England' AND breakdown = 'total'
           AND statistic = 'count' AND value IS NOT NULL",
    ) {
        let cells: Vec<&str> = row.split(',').collect();
        if let Ok(value) = cells[2].parse() {
            computed.insert((cells[0].to_owned(), cells[1].to_owned()), value);
        }
    }
    let names = [
        ("referrals_received", "referrals_received"),
        ("finished_course_treatment", "finished_course_treatment"),
        ("at_caseness", "at_caseness"),
        ("not_at_caseness", "not_at_caseness"),
        ("improvement", "improvement"),
        ("deterioration", "deterioration"),
        ("no_reliable_change", "no_reliable_change"),
        ("recovery", "recovery"),
        ("reliable_recovery", "reliable_recovery"),
        ("recovery_rate_official", "recovery_rate"),
        ("reliable_improvement_rate", "reliable_improvement_rate"),
        ("reliable_recovery_rate", "reliable_recovery_rate"),
        ("deterioration_rate", "reliable_deterioration_rate"),
        ("caseness_share", "at_caseness_of_finished"),
        ("recovery_over_finished", "recovery_of_finished"),
    ];
    let mut reader = csv::Reader::from_reader(golden.as_bytes());
    let header = reader.headers().unwrap().clone();
    let mut n_compared = 0;
    for record in reader.records() {
        let record = record.unwrap();
        for (golden_name, name) in names {
            let column = header.iter().position(|cell| cell == golden_name).unwrap();
            let expected: f64 = record[column].parse().unwrap();
            let Some(found) = computed.get(&(record[0].to_owned(), name.to_owned())) else { continue };
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs(),
                "{} {name}: {found}, not {expected}",
                &record[0]
            );
            n_compared += 1;
        }
    }
    tell_compared(n_compared, "England by year");
    assert_eq!(n_compared, 8 * names.len());
}

#[test]
fn every_organisation_of_every_year_has_its_recovery_rate_or_the_reason_why_not() {
    let world = whole();
    let totals = world.query(
        "SELECT count(*) FROM tidy WHERE breakdown = 'total' AND measure = 'recovery' AND statistic = 'count'
           AND end_date > start_date + INTERVAL '300 days'",
    );
    let rates = world.query(
        "SELECT count(*) FROM indicators
         WHERE period_kind = 'year' AND breakdown = 'total' AND indicator = 'recovery_rate'",
    );
    assert_eq!(totals, rates);
    let without_reason =
        world.query("SELECT * FROM indicators WHERE (value IS NULL) = (value_status = 'reported')");
    assert_eq!(without_reason, Vec::<String>::new());
    let out_of_bounds = world.query(
        "SELECT reporting_period, org_code, indicator, value, value_low, value_high FROM indicators
         WHERE value < value_low - 1e-9 OR value > value_high + 1e-9 OR interval_low > value OR interval_high < value",
    );
    assert_eq!(out_of_bounds, Vec::<String>::new());
}
