//! The pages about the data follow the tables: verdicts, findings, flags; and say so where there is nothing.

use std::{collections::BTreeMap, path::PathBuf};

use iapt_model::{AdditivityRow, ClaimRow, FindingRow};
use iapt_report::Integrity;

use crate::made::{self, DATASET, Made, PERIOD, pages_about};

fn claim(name: &str, verdict: &str) -> ClaimRow {
    ClaimRow {
        claim: name.to_owned(),
        statement: format!("The statement {name}."),
        who: "A Newspaper".to_owned(),
        source: "a page, example.org/a-page".to_owned(),
        reporting_period: PERIOD.to_owned(),
        stated: Some(50.8),
        unit: "percent".to_owned(),
        tolerance: 0.05,
        computed: (verdict != "not computable").then_some(50.834),
        verdict: verdict.to_owned(),
        ..ClaimRow::default()
    }
}

fn finding(rule: &str, severity: &str, code: &str) -> FindingRow {
    FindingRow {
        rule: rule.to_owned(),
        rule_says: "A rate lies where rates lie.".to_owned(),
        severity: severity.to_owned(),
        dataset: DATASET.to_owned(),
        reporting_period: PERIOD.to_owned(),
        level: "icb".to_owned(),
        org_type: "ICB".to_owned(),
        org_code: code.to_owned(),
        org_name: format!("BOARD {code}"),
        subject: "recovery_rate".to_owned(),
        evidence: "91%".to_owned(),
        n_rows: 1,
        sentence: format!("BOARD {code} ({code}) has a rate of 91%."),
        ..FindingRow::default()
    }
}

fn world(integrity: Integrity) -> BTreeMap<PathBuf, Vec<u8>> {
    let board = |code, value| Made { code, name: code, value: Some(value), interval: None };
    pages_about(Some(50.0), &[board("QA1", 45.0), board("QA2", 51.0)], integrity)
}

/// A page, with slashes as they are read.
fn text(pages: &BTreeMap<PathBuf, Vec<u8>>, path: &str) -> String {
    made::text(pages, path)
}

fn answer(html: &str) -> String {
    let (_, rest) = html.split_once("<p class=\"answer\">").unwrap();
    rest.split("</p>").next().unwrap().to_owned()
}

#[test]
fn the_counts_of_verdicts_follow_the_claims() {
    let check = |verdicts: &[&str], expected: &str| {
        let claims: Vec<_> =
            verdicts.iter().zip(["a", "b", "c", "d"]).map(|(verdict, name)| claim(name, verdict)).collect();
        let pages = world(Integrity { claims: &claims, ..Integrity::default() });
        assert_eq!(answer(&text(&pages, "site/claims.html")), expected);
    };
    check(
        &["reproduced", "contradicted", "reproduced", "not computable"],
        "Of 4 published statements the data confirm 2 and contradict 1; none agree to rounding, none rest on the statement’s own figure, and 1 cannot \
         be computed from the figures held here.",
    );
    check(
        &["reproduced", "rounds differently"],
        "Of 2 published statements the data confirm 1 and contradict none; 1 agrees to rounding, none rest on the statement’s own figure, and none \
         cannot be computed from the figures held here.",
    );
    check(&[], "No published statement is in these figures.");
}

#[test]
fn a_claim_has_its_verdict_as_a_word_and_an_address() {
    let claims = [claim("first", "contradicted"), claim("second", "reproduced")];
    let pages = world(Integrity { claims: &claims, ..Integrity::default() });
    let html = text(&pages, "site/claims.html");
    let contradicted = html.find("<li id=\"claim-first\">").unwrap();
    let reproduced = html.find("<tr id=\"claim-second\">").unwrap();
    assert!(reproduced < contradicted);
    assert!(html.contains("<h2 id=\"contradicted-heading\">Contradicted by the data"));
    assert!(html.contains("<td>confirmed</td>"));
    assert!(
        html.contains("<td class=\"number\">50.8%</td>") && html.contains("<td class=\"number\">50.83%</td>")
    );
    assert!(html.contains("href=\"https://example.org/a-page\""));
    assert!(text(&pages, "tables/claims.csv").contains("\nfirst,The statement first.,"));
}

#[test]
fn the_page_about_the_data_follows_the_findings() {
    let none = text(&world(Integrity::default()), "site/data-quality.html");
    assert!(answer(&none).ends_with(" checks found nothing."), "{}", answer(&none));
    assert!(!none.contains("id=\"rule-extreme-rate\""));
    let findings = [finding("extreme_rate", "warning", "QA1"), finding("renamed", "note", "QA2")];
    let some =
        text(&world(Integrity { findings: &findings, ..Integrity::default() }), "site/data-quality.html");
    assert!(
        answer(&some)
            .ends_with("checks found no contradictions, 1 doubtful figure, and 1 change worth knowing."),
        "{}",
        answer(&some)
    );
    assert!(some.contains("<a href=\"#rule-extreme-rate\">"));
    assert!(some.contains("-heading\">Rates far from those of nearly all services</h3>"));
    assert!(some.contains("<tr id=\"extreme_rate.2024-25.icb.QA1.recovery_rate\" data-code=\"QA1\">"));
    assert!(some.contains("<a href=\"areas/icb/QA1.html\">Board QA1</a>"));
    assert!(some.contains("Board QA1 (QA1) has a rate of 91%."));
}

#[test]
fn more_findings_than_are_listed_are_counted() {
    let findings: Vec<_> =
        (0..100).map(|index| finding("extreme_rate", "warning", &format!("Q{index:03}"))).collect();
    let html =
        text(&world(Integrity { findings: &findings, ..Integrity::default() }), "site/data-quality.html");
    assert!(html.contains("100 findings, the newest 60 of them here and all in the download"));
    assert_eq!(html.matches("<tr id=\"extreme_rate.").count(), 60);
}

#[test]
fn only_what_is_grave_flags_a_number() {
    let flag = "class=\"flag\" href=\"data-quality.html#extreme_rate.2024-25.icb.QA1.recovery_rate\" \
                title=\"Board QA1 (QA1) has a rate of 91%.\">[f]</a>";
    let check = |severity: &str, is_flagged: bool| {
        let findings = [finding("extreme_rate", severity, "QA1")];
        let pages = world(Integrity { findings: &findings, ..Integrity::default() });
        let variation = text(&pages, "site/compare-areas.html");
        assert_eq!(variation.matches(flag).count(), usize::from(is_flagged), "{severity}");
        assert_eq!(variation.contains("id=\"findings\""), is_flagged, "{severity}");
        let page = text(&pages, "site/areas/icb/QA1.html");
        assert_eq!(page.contains(&flag.replace("href=\"", "href=\"../../")), is_flagged, "{severity}");
        assert!(page.contains("Board QA1 (QA1) has a rate of 91%."), "{severity}");
        let other = text(&pages, "site/areas/icb/QA2.html");
        assert!(!other.contains("class=\"flag\"") && !other.contains("id=\"findings\""), "{severity}");
    };
    check("error", true);
    check("warning", true);
    check("note", false);
}

#[test]
fn sums_are_said_as_they_are() {
    let sum = |measure: &str, is_deduplicated, is_within_hard| AdditivityRow {
        dataset: DATASET.to_owned(),
        reporting_period: PERIOD.to_owned(),
        level: "icb".to_owned(),
        org_type: "ICB".to_owned(),
        measure: measure.to_owned(),
        is_deduplicated,
        is_within_hard,
        ..AdditivityRow::default()
    };
    let check = |is_within, is_within_deduplicated, expected: &str| {
        let sums = [
            sum("a", false, is_within),
            sum("a", true, is_within_deduplicated),
            sum("b", false, true),
            sum("b", true, true),
        ];
        let pages = world(Integrity { additivity: &sums, ..Integrity::default() });
        assert!(text(&pages, "site/data-quality.html").contains(expected), "{expected}");
    };
    check(true, true, "In all 2 sums England’s count lies within");
    check(
        false,
        true,
        "In 1 of 2 sums England’s count lies within what rounding and suppression leave open; once second entries of a code are left out, in all.",
    );
    check(false, false, "once second entries of a code are left out, in 1.");
}
