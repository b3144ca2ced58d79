//! Figures walked back to the text of the pack.

use iapt_archive::read_member;
use serde_json::Value;

use crate::support::{World, whole};

/// Walks a figure to its cells, reads each from the pack once more, in another way, and compares.
///
/// `terms` is what the figure should be made of: role, sign and measure, and the printed text.
#[track_caller]
fn check(world: &World, figure: &str, value: f64, terms: &[(&str, f64, &str, &str)]) {
    let text = world.iapt(&["why", figure, "--format", "json"]).expect(0).stdout;
    let why: Value = serde_json::from_str(&text).unwrap();
    let found = why["indicators"][0]["value"].as_f64().unwrap();
    assert!((found - value).abs() < 1e-9, "{figure}: {found}");
    let cells = why["cells"].as_array().unwrap();
    let walked: Vec<(&str, f64, &str, &str)> = cells
        .iter()
        .zip(why["texts"].as_array().unwrap())
        .map(|(cell, text)| {
            let word = |name: &str| cell[name].as_str().unwrap();
            (word("role"), cell["sign"].as_f64().unwrap(), word("measure"), text.as_str().unwrap())
        })
        .collect();
    assert_eq!(walked, terms, "{figure}");
    for (cell, text) in cells.iter().zip(why["texts"].as_array().unwrap()) {
        let release = &why["releases"][0];
        let sha256 = release["sha256"].as_str().unwrap();
        let pack = world.path("data/snapshots/objects").join(sha256);
        assert_eq!(iapt_files::Sha256::of(&fs_err::read(&pack).unwrap()).to_string(), sha256);
        let csv =
            String::from_utf8(read_member(&pack, cell["source_file"].as_str().unwrap()).unwrap()).unwrap();
        // The pack quotes nothing but names with commas, so the line of the row ends with its measures as they are.
        let line =
            csv.lines().nth(usize::try_from(cell["source_row"].as_u64().unwrap()).unwrap() - 1).unwrap();
        assert!(line.contains(cell["org_code"].as_str().unwrap()), "{line}");
        let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let from_end =
            header.iter().rev().position(|name| *name == cell["source_column"].as_str().unwrap()).unwrap();
        assert_eq!(line.rsplit(',').nth(from_end).unwrap(), text.as_str().unwrap());
        assert!(release["url"].as_str().unwrap().starts_with("https://"));
        assert!(release["edition"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn a_figure_of_each_kind_of_page_is_walked_to_the_text_of_the_pack() {
    let world = World::with_every_organisation();
    for period in ["2017-18", "2024-25"] {
        world.iapt(&["fetch", "--period", period]).expect(0);
        world.iapt(&["build", "--period", period]).expect(0);
    }
    // The index and the attrition page: England.
    check(
        &world,
        "recovery_rate.2017-18.england.All",
        100.0 * 263_295.0 / 517_942.0,
        &[
            ("denominator", 1.0, "finished_course_treatment", "554709"),
            ("denominator", -1.0, "not_at_caseness", "36767"),
            ("numerator", 1.0, "recovery", "263295"),
            ("published", 1.0, "recovery", "50.8"),
        ],
    );
    // The regional pages: an area by its counts, given as the whole address of a page.
    check(
        &world,
        "https://example.org/areas/icb/QHM.html#finished_per_100_received.2024-25.icb.QHM",
        value_of(&world, "finished_per_100_received", "icb", "QHM", "2024-25"),
        &[
            ("denominator", 1.0, "referrals_received", &cell(&world, "QHM", "referrals_received")),
            (
                "numerator",
                1.0,
                "finished_course_treatment",
                &cell(&world, "QHM", "finished_course_treatment"),
            ),
        ],
    );
    // The page of a small provider: the published percentage stands in for rounded counts.
    check(
        &world,
        "recovery_rate.2024-25.provider.NO401",
        17.0,
        &[
            ("denominator", 1.0, "finished_course_treatment", "50"),
            ("denominator", -1.0, "not_at_caseness", "15"),
            ("numerator", 1.0, "recovery", "5"),
            ("published", 1.0, "recovery", "17"),
        ],
    );
    // The inequality page: one group, named as a page's address spells it.
    check(
        &world,
        "recovery_rate.2017-18.england.All.imd_decile.1__most_deprived_",
        100.0 * 24_286.0 / 59_187.0,
        &[
            ("denominator", 1.0, "finished_course_treatment", &group(&world, "finished_course_treatment")),
            ("denominator", -1.0, "not_at_caseness", &group(&world, "not_at_caseness")),
            ("numerator", 1.0, "recovery", "24286"),
            ("published", 1.0, "recovery", "41"),
        ],
    );
    let text = world.iapt(&["why", "recovery_rate.2017-18.england.All"]).expect(0).stdout;
    for said in ["printed `263295`", "sha256 ", "edition 1", "column CountRecovery", "https://"] {
        assert!(text.contains(said), "`{said}` is not in:\n{text}");
    }
    for (figure, told) in [
        ("recovery_rate", "INDICATOR.PERIOD.LEVEL.CODE"),
        (
            "recovery_rat.2017-18.england.All",
            "there are no figures of an indicator `recovery_rat`\nhint: `iapt query",
        ),
        (
            "recovery_rate.2016-17.england.All",
            "`recovery_rate` has no figures of the period `2016-17`\nhint: iapt query",
        ),
        ("recovery_rate.17.england.All", "`recovery_rate` has no figures of the period `17`"),
        ("recovery_rate.2017-18.icbs.QHM", "`recovery_rate` has no figures of the level `icbs`"),
        ("recovery_rate.2017-18.icb.QHMX", "`recovery_rate` has no figures of `QHMX` (icb)"),
        ("recovery_rate.2017-18.icb.QHM", "`recovery_rate` has no such figure of `QHM` (icb)"),
        (
            "recovery_rate.2017-18.england.All.gender.x",
            "`recovery_rate` has no such figure of `All` (england)",
        ),
    ] {
        world.iapt(&["why", figure]).expect(2).says(told);
        world.iapt(&["why", figure, "--proof", "-"]).expect(2).says(told);
    }
}

#[test]
fn a_year_that_only_months_have_is_their_sum() {
    let world = whole();
    let told = |figure: &str| world.iapt(&["why", figure]).expect(0).stdout;
    let sum = told("missed_appointments_share.2024-25_months.england.All");
    assert!(
        sum.starts_with("missed_appointments_share of England (All) in 2024-25, the sum of twelve months"),
        "{sum}"
    );
    assert_eq!(told("missed_appointments_share.2024-25.england.All"), sum);
    // Where the annual report has it, it is that.
    assert!(
        told("recovery_rate.2024-25.england.All").starts_with("recovery_rate of England (All) in 2024-25\n")
    );
    assert!(told("recovery_rate.2024-25_months.england.All").contains("the sum of twelve months"));
}

#[test]
fn what_is_not_published_is_not_withheld() {
    let world = whole();
    let check = |figure: &str, numerator: &str, denominator: &str| {
        let text = world.iapt(&["why", figure]).expect(0).stdout;
        let counts = format!("\n  numerator    {numerator}\n  denominator  {denominator}\n");
        assert!(text.contains(&counts) && !text.contains("? and ?"), "{figure}: {text}");
    };
    // The publisher did not print how many were not at caseness.
    check("recovery_rate.2013-14.england.All", "143833", "not published");
    // There is a percentage alone.
    check("reliable_recovery_rate_white.2025-03.england.All", "not published", "not published");
    let figure = "ended_deceased_treated_share.2022-23_months.provider.8EJ83";
    let text = world.iapt(&["why", figure]).expect(0).stdout;
    assert!(text.contains("\n  numerator    withheld\n"), "{text}");
}

fn value_of(world: &World, indicator: &str, level: &str, code: &str, period: &str) -> f64 {
    let sql = format!(
        "SELECT value FROM indicators WHERE indicator = '{indicator}' AND level = '{level}' AND org_code = '{code}'
           AND reporting_period = '{period}' AND breakdown = 'total'"
    );
    world.query(&sql)[0].parse().unwrap()
}

fn cell(world: &World, code: &str, measure: &str) -> String {
    let sql = format!(
        "SELECT CAST(value AS BIGINT) FROM tidy WHERE org_code = '{code}' AND measure = '{measure}'
           AND statistic = 'count' AND breakdown = 'total'"
    );
    world.query(&sql)[0].clone()
}

fn group(world: &World, measure: &str) -> String {
    let sql = format!(
        "SELECT CAST(value AS BIGINT) FROM tidy WHERE org_type = 'England' AND measure = '{measure}'
           AND statistic = 'count' AND category = '1 (most deprived)' AND reporting_period = '2017-18'"
    );
    world.query(&sql)[0].clone()
}
