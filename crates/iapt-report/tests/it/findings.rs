//! A title says what the rows say: present, reversed or absent.

use iapt_model::IndicatorRow;
use iapt_report::{Analysis, Integrity};

use crate::made::{Made, pages, pages_beside, row, text};

fn board(code: &'static str, value: f64, interval: Option<(f64, f64)>) -> Made<'static> {
    Made { code, name: code, value: Some(value), interval }
}

/// The finding of a chart of a page.
fn finding(html: &str, chart: &str) -> String {
    let (_, rest) = html.split_once(&format!("<figure id=\"{chart}\">")).unwrap();
    let (_, rest) = rest.split_once("<p class=\"finding\">").unwrap();
    rest.split(" <a").next().unwrap().to_owned()
}

fn place(value: f64, interval: Option<(f64, f64)>) -> String {
    let pages = pages(Some(50.0), &[board("QA1", value, interval), board("QA2", 51.0, Some((49.0, 53.0)))]);
    finding(&text(&pages, "site/areas/icb/QA1.html"), "place")
}

#[test]
fn beside_england_follows_the_interval() {
    let check = |value, interval, expected: &str| assert_eq!(place(value, interval), expected);
    check(55.0, Some((53.0, 57.0)), "QA1 in 2024-25, beside England: higher in recovery rate");
    check(45.0, Some((43.0, 47.0)), "QA1 in 2024-25, beside England: lower in recovery rate");
    check(50.5, Some((48.0, 53.0)), "QA1 in 2024-25, beside England: similar in recovery rate");
    // Higher as printed, and still not said to be: England lies inside the interval.
    check(54.0, Some((49.9, 58.0)), "QA1 in 2024-25, beside England: similar in recovery rate");
    check(54.0, None, "QA1 in 2024-25: no interval to compare with England");
}

#[test]
fn the_opening_sentence_follows_the_interval() {
    let opening = |value, interval| {
        let pages = pages(Some(50.0), &[board("QA1", value, Some(interval)), board("QA2", 51.0, None)]);
        let html = text(&pages, "site/areas/icb/QA1.html");
        let (_, rest) = html.split_once("<p class=\"answer\">").unwrap();
        rest.split("</p>").next().unwrap().to_owned()
    };
    assert!(opening(55.0, (53.0, 57.0)).contains("That is clearly higher than England"));
    assert!(opening(45.0, (43.0, 47.0)).contains("That is clearly lower than England"));
    assert!(opening(50.5, (48.0, 53.0)).contains("That is not clearly different from England"));
}

/// The attrition page with regions whose finished courses end in these parts: below caseness, not recovered, recovered.
fn with_regions(regions: &[(&'static str, [Option<f64>; 3])]) -> String {
    const PARTS: [&str; 3] =
        ["not_at_caseness_of_finished", "at_caseness_not_recovered_of_finished", "recovery_of_finished"];
    let of_region = |(name, values): &(&'static str, [Option<f64>; 3])| {
        let rows = PARTS.iter().zip(values).map(|(indicator, value)| IndicatorRow {
            indicator: (*indicator).to_owned(),
            ..row(
                "region",
                "Commissioning Region",
                "place",
                &Made { code: name, name, value: *value, interval: None },
            )
        });
        rows.collect::<Vec<_>>()
    };
    let rows: Vec<IndicatorRow> = regions.iter().flat_map(of_region).collect();
    let pages = pages_beside(
        Some(50.0),
        &[board("QA1", 51.0, None)],
        Integrity::default(),
        &rows,
        Analysis::default(),
    );
    text(&pages, "site/attrition.html")
}

#[test]
fn the_parts_of_regions_follow_the_rows() {
    let known = |recovered: f64| [Some(10.0), Some(90.0 - recovered), Some(recovered)];
    let check = |regions: &[(&'static str, [Option<f64>; 3])], expected: &str| {
        assert_eq!(finding(&with_regions(regions), "parts-by-region"), expected);
    };
    let all = "Of referrals that finished a course in 2024-25, recovered";
    check(
        &[("North", known(40.0)), ("South", known(45.0))],
        &format!("{all}: lowest 40.0%, North; highest 45.0%, South"),
    );
    check(
        &[("North", known(45.0)), ("South", known(40.0))],
        &format!("{all}: lowest 40.0%, South; highest 45.0%, North"),
    );
    check(
        &[("North", known(45.0)), ("South", known(45.0))],
        "Where referrals that finished a course ended up in 2024-25, by region",
    );
    // A region of which a part is withheld is neither drawn nor named.
    let withheld = [("North", known(45.0)), ("South", known(41.0)), ("West", [None, Some(60.0), Some(30.0)])];
    check(&withheld, &format!("{all}: lowest 41.0%, South; highest 45.0%, North"));
    assert!(with_regions(&withheld).contains("In the table only: 1 of which a part is withheld"));
    // One region is nothing to compare.
    let one = with_regions(&[("North", known(45.0))]);
    assert!(!one.contains("<figure id=\"parts-by-region\">"));
    assert!(one.contains("Not in these figures for any year."));
}

#[test]
fn what_is_not_there_is_said() {
    let boards = [board("QA1", 45.0, Some((43.0, 47.0))), board("QA2", 51.0, Some((49.0, 53.0)))];
    let without = pages(None, &boards);
    let attrition = text(&without, "site/attrition.html");
    assert_eq!(finding(&attrition, "four-bases"), "Recovery is not in these figures");
    assert_eq!(finding(&attrition, "pathway"), "The pathway is not in these figures");
    let variation = text(&without, "site/regional-variation.html");
    assert_eq!(
        finding(&variation, "recovery-rate-icb-latest"),
        "Recovery rate in 2024-25: from 45.0% to 51.0% across 2 integrated care boards"
    );
    let with = text(&pages(Some(50.0), &boards), "site/regional-variation.html");
    assert!(finding(&with, "recovery-rate-icb-latest").ends_with("(England 50.0%)"));
}

#[test]
fn no_title_speaks_of_a_trend() {
    let pages =
        pages(Some(50.0), &[board("QA1", 45.0, Some((43.0, 47.0))), board("QA2", 51.0, Some((49.0, 53.0)))]);
    for (path, bytes) in pages.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "html")) {
        let html = String::from_utf8(bytes.clone()).unwrap();
        for part in html.split("<p class=\"finding\">").skip(1) {
            let title = part.split('<').next().unwrap().to_lowercase();
            for word in [
                "rise",
                "rose",
                "fell",
                "fall",
                "improving",
                "worsen",
                "trend",
                "increase",
                "decrease",
                "decline",
                "because",
                "due to",
            ] {
                let is_there = title.split(|letter: char| !letter.is_alphabetic()).any(|one| one == word);
                assert!(!is_there, "{}: {title}", path.display());
            }
        }
    }
}
