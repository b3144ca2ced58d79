//! The page of a place: a body that ended leads to the living one, a printed percentage stands beside no counts that cannot
//! give it, and a flagged figure carries its sign to the answer, the titles and the region above.

use iapt_model::{CurrentRow, FindingRow, IndicatorRow};
use iapt_report::{Analysis, Integrity};

use crate::made::{DATASET, INDICATOR, Made, PERIOD, pages_beside, pages_since, row, text};

const BOARD: &str = "QUY";
const BEFORE: &str = "E54000039";

fn made(code: &'static str, value: f64) -> Made<'static> {
    Made { code, name: "BRISTOL", value: Some(value), interval: None }
}

#[test]
fn a_body_that_ended_is_marked_and_leads_to_the_living_one() {
    let before = IndicatorRow {
        reporting_period: "2019-20".into(),
        ..row("icb", "STP", "place", &made(BEFORE, 41.0))
    };
    let boards = [made(BOARD, 52.0), made("QA2", 51.0)];
    let pages = pages_beside(Some(50.0), &boards, Integrity::default(), &[before], Analysis::default());
    let ended = text(&pages, &format!("site/areas/icb/{BEFORE}.html"));
    assert!(ended.contains("<h1>Bristol, to 2019-20</h1>"), "the heading says that it ended");
    assert!(ended.contains("No figures after 2019-20."));
    assert!(ended.contains("href=\"../../areas/icb/QUY.html\">Bristol</a>"));
    let living = text(&pages, &format!("site/areas/icb/{BOARD}.html"));
    assert!(living.contains("<h1>Bristol</h1>") && !living.contains("class=\"ended\""));
    assert!(living.contains("2019-20 as E54000039, 2024-25 as QUY"));
}

#[test]
fn counts_that_cannot_give_a_printed_percentage_are_left_out() {
    let printed = IndicatorRow {
        numerator: Some(25.0),
        denominator: Some(25.0),
        value: Some(85.0),
        value_basis: Some("published_percentage".into()),
        ..row(
            "provider",
            "Provider",
            "service",
            &Made { code: "RA1", name: "One", value: Some(85.0), interval: None },
        )
    };
    let boards = [made(BOARD, 52.0), made("QA2", 51.0)];
    let pages = pages_beside(Some(50.0), &boards, Integrity::default(), &[printed], Analysis::default());
    let page = text(&pages, "site/areas/provider/RA1.html");
    assert!(!page.contains("25 of 25"), "85% is not 25 of 25");
    assert!(page.contains("was 85% (of about 25 referrals [r])") && page.contains("of about 25</small>"));
}

/// The board's rate of 2019-20: a sum of the three bodies before it.
fn sum_of_2019_20() -> CurrentRow {
    CurrentRow {
        dataset: DATASET.to_owned(),
        reporting_period: "2019-20".to_owned(),
        level: "icb".to_owned(),
        org_code: BOARD.to_owned(),
        indicator: INDICATOR.to_owned(),
        n_parts: 3,
        numerator: Some(450.0),
        denominator: Some(1000.0),
        value: Some(45.0),
        ..CurrentRow::default()
    }
}

#[test]
fn a_flag_goes_with_its_figure() {
    let finding = FindingRow {
        rule: "extreme_rate".to_owned(),
        severity: "warning".to_owned(),
        dataset: DATASET.to_owned(),
        reporting_period: PERIOD.to_owned(),
        level: "icb".to_owned(),
        org_code: BOARD.to_owned(),
        sentence: "It has a rate of 16%.".to_owned(),
        ..FindingRow::default()
    };
    let region = row("region", "Commissioning Region", "place", &Made { code: "Y58", ..made("Y58", 43.0) });
    let boards = [made(BOARD, 16.0), made("QA2", 51.0)];
    let integrity = Integrity { findings: &[finding], ..Integrity::default() };
    let pages =
        pages_since(Some(50.0), &boards, integrity, &[region], Analysis::default(), &[sum_of_2019_20()]);
    let board = text(&pages, "site/areas/icb/QUY.html");
    assert!(board.contains("was 16.0% [f]") && board.contains("flagged as doubtful"));
    assert!(board.contains("Recovery rate of Bristol: 16.0% [f] in 2024-25"), "the title of the trend");
    // A region carries what is doubtful in a board of it; a board beside it does not.
    assert!(text(&pages, "site/areas/region/Y58.html").contains("was 43.0% [f]"));
    assert!(!text(&pages, "site/areas/icb/QA2.html").contains("class=\"flag\""));
    let compared = text(&pages, "site/compare-areas.html");
    assert!(compared.contains("ranged from 16.0% [f] (Bristol) to 51.0% (Bristol)"), "the answer");
}

#[test]
fn years_before_a_place_are_sums_and_say_so() {
    let boards = [made(BOARD, 52.0), made("QA2", 51.0)];
    let none = Integrity::default();
    let pages = pages_since(Some(50.0), &boards, none, &[], Analysis::default(), &[sum_of_2019_20()]);
    let summed = text(&pages, "site/areas/icb/QUY.html");
    assert!(summed.contains("of 2019-20 are sums of the clinical commissioning groups"), "the note");
    assert!(summed.contains("45.0% <small>450 of 1,000</small>"), "the table of years");
    assert!(summed.contains("in 2019-20, 45.0%"), "the title of the trend");
    assert!(text(&pages, "site/areas/icb/QA2.html").contains("Its figures begin in 2024-25"));
}
