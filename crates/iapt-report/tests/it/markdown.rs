//! The Markdown report: tables with as many cells in every row, figures and downloads that are there.

use std::path::Path;

use iapt_model::{ClaimRow, FindingRow};
use iapt_report::Integrity;

use crate::made::{DATASET, Made, PERIOD, pages_about};

#[test]
fn tables_are_even_and_links_lead_somewhere() {
    let board = |code, value| Made { code, name: "A | B", value, interval: None };
    let finding = FindingRow {
        rule: "extreme_rate".to_owned(),
        severity: "warning".to_owned(),
        dataset: DATASET.to_owned(),
        reporting_period: PERIOD.to_owned(),
        level: "icb".to_owned(),
        org_code: "QA1".to_owned(),
        org_name: "A | B".to_owned(),
        sentence: "A | B has a rate.".to_owned(),
        ..FindingRow::default()
    };
    let claim = ClaimRow {
        claim: "a_claim".to_owned(),
        statement: "A | B.".to_owned(),
        unit: "percent".to_owned(),
        verdict: "reproduced".to_owned(),
        ..ClaimRow::default()
    };
    let integrity = Integrity { findings: &[finding], claims: &[claim], ..Integrity::default() };
    let boards = [board("QA1", Some(45.0)), board("QA2", Some(51.0)), board("QA3", None)];
    let pages = pages_about(Some(50.0), &boards, integrity);
    assert!(
        crate::made::text(&pages, "compare-areas.md")
            .contains("](data-quality.md#extreme_rate.2024-25.icb.QA1)")
    );
    let mut n_tables = 0;
    let mut n_links = 0;
    for (path, bytes) in pages.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "md")) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let at = path.display();
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut width = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                width = None;
                continue;
            }
            n_tables += usize::from(width.is_none());
            let expected = *width.get_or_insert(cells(line));
            assert_eq!(cells(line), expected, "{at}: {line}");
        }
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.as_path() } else { Path::new(file) };
            let found = pages.get(file).unwrap_or_else(|| panic!("{at}: {target} is not there"));
            n_links += 1;
            if !anchor.is_empty() {
                let found = String::from_utf8_lossy(found);
                assert!(found.contains(&format!("id=\"{anchor}\"")), "{at}: {target} has no such anchor");
            }
        }
        assert!(!text.contains("| None") && !text.contains("undefined"), "{at} prints a null");
    }
    assert!(n_tables > 5 && n_links > 20, "{n_tables} tables, {n_links} links");
}
