//! A corpus of hostile names goes through every page, figure, download and index.

use std::path::PathBuf;

use iapt_model::{ClaimRow, FindingRow};
use iapt_report::Integrity;

use crate::made::{DATASET, Made, PERIOD, pages_about};

const NAMES: &[&str] = &[
    "<script>alert('a')</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "</script><script>alert(2)//",
    "]]><!--",
    "[a link](javascript:alert(3))",
    "| broken | table |",
    "# heading\n\n- list",
    "{{ 7 * 7 }} {% raw %}",
    "=HYPERLINK(\"http://evil.invalid\",\"x\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+44 -1",
    "name\u{0}with\u{1b}[31mcontrols",
    "right\u{202e}to left",
    "&lt;b&gt; R&D &amp; more",
    "https://evil.invalid/ www.evil.invalid",
    "`code` *bold* _under_ ~struck~ $x$",
    "é ü 漢字 🙂",
    "a name that is very long indeed, as names of partnerships of boards of trusts of councils of places can be, and longer, until it would run out of any chart",
];

#[test]
fn hostile_names_stay_text_everywhere() {
    let codes: Vec<String> = (0..NAMES.len())
        .map(|index| match index {
            0 => "../../../etc/passwd".to_owned(),
            1 => "<b>\"'&".to_owned(),
            2 => "=1+1".to_owned(),
            _ => format!("H{index:02}"),
        })
        .collect();
    let boards: Vec<Made> = NAMES
        .iter()
        .zip(&codes)
        .zip(0_u32..)
        .map(|((name, code), index)| Made {
            code,
            name,
            value: Some(40.0 + f64::from(index)),
            interval: Some((39.0 + f64::from(index), 41.0 + f64::from(index))),
        })
        .collect();
    let finding = |(name, code): (&&str, &String)| FindingRow {
        rule: (*name).to_owned(),
        rule_says: (*name).to_owned(),
        severity: "error".to_owned(),
        dataset: DATASET.to_owned(),
        reporting_period: PERIOD.to_owned(),
        level: "icb".to_owned(),
        org_type: (*name).to_owned(),
        org_code: code.clone(),
        org_name: (*name).to_owned(),
        subject: (*name).to_owned(),
        evidence: (*name).to_owned(),
        source_rows: (*name).to_owned(),
        sentence: format!("{name} has a rate."),
        ..FindingRow::default()
    };
    let claim = |(name, verdict): (&&str, &&str)| ClaimRow {
        claim: (*name).to_owned(),
        statement: (*name).to_owned(),
        who: (*name).to_owned(),
        source: (*name).to_owned(),
        said: (*name).to_owned(),
        reporting_period: (*name).to_owned(),
        unit: (*name).to_owned(),
        computed: Some(1.0),
        verdict: (*verdict).to_owned(),
        explanation: (*name).to_owned(),
        sql: (*name).to_owned(),
        ..ClaimRow::default()
    };
    let verdicts = ["contradicted", "reproduced", "not computable"];
    let findings: Vec<_> = NAMES.iter().zip(&codes).map(finding).collect();
    let claims: Vec<_> = NAMES.iter().zip(verdicts.iter().cycle()).map(claim).collect();
    let integrity = Integrity { findings: &findings, claims: &claims, ..Integrity::default() };
    let pages = pages_about(Some(50.0), &boards, integrity);
    let mut n_html = 0;
    let is_text = |path: &PathBuf| path.extension().is_none_or(|end| end != "png");
    for (path, bytes) in pages.iter().filter(|(path, _)| is_text(path)) {
        let text =
            String::from_utf8(bytes.clone()).unwrap_or_else(|_| panic!("{} is not text", path.display()));
        let at = path.display();
        assert!(!path.to_string_lossy().contains(".."), "{at} leaves its folder");
        for control in ['\u{0}', '\u{1b}', '\u{202e}'] {
            assert!(
                !text.contains(control) || path.extension().is_some_and(|end| end == "csv"),
                "{at} carries {control:?}"
            );
        }
        match path.extension().and_then(|end| end.to_str()) {
            Some("html" | "svg" | "xml") => {
                n_html += 1;
                for markup in [
                    "<script>alert",
                    "href=\"javascript",
                    "<img",
                    "<svg onload",
                    "<b>\"",
                    "]]>",
                    "onmouseover='alert",
                    "<!--",
                ] {
                    assert!(!text.contains(markup), "{at} carries {markup}");
                }
                let scripts = text.matches("<script").count();
                let expected = match path.to_str() {
                    Some("site/data.html" | "site/compare-areas-side-by-side.html") => 2,
                    Some("site/explore.html") => 3,
                    _ => usize::from(path.extension().is_some_and(|end| end == "html")),
                };
                assert_eq!(scripts, expected, "{at}");
            }
            Some("md") => {
                for markup in ["<script", "<img", "<svg", "[a link](", "\n# heading", "\n- list"] {
                    assert!(!text.contains(markup), "{at} carries {markup}");
                }
            }
            Some("csv") => {
                for line in text.lines() {
                    for field in [",=", ",@", ",\"=", ",\"@", ",+4"] {
                        assert!(!line.contains(field), "{at} has a formula: {line}");
                    }
                    assert!(!line.starts_with(['=', '@', '+']), "{at}: {line}");
                }
            }
            Some("js") => assert!(!text.contains("</script"), "{at} can be ended"),
            Some("json") => drop(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
            _ => {}
        }
    }
    // Each of them has a page, beside the pages that all share.
    assert!(n_html > NAMES.len(), "{n_html}");
    let index = crate::made::text(&pages, "site/areas.html");
    assert!(index.contains("{{ 7 * 7 }} {% raw %}"), "a name was taken for a template");
}
