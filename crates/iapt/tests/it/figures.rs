//! Every number on a page that names a cell of the indicator table is that cell, as a query over the Parquet gives it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    site::pages,
    support::{project, whole},
};

/// Each figure that an element of a page names, with the number where the element is a cell of a table.
fn named(html: &str) -> Vec<(String, Option<String>)> {
    let mut parts = html.split(" data-figure=\"");
    let mut before = parts.next().unwrap_or_default();
    let mut found = Vec::new();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap();
        let number = before.ends_with("<td class=\"number\"").then(|| {
            let (_, rest) = rest.split_once('>').unwrap();
            unescape(rest.split('<').next().unwrap().trim())
        });
        found.push((unescape(name), number));
        before = part;
    }
    found
}

fn unescape(text: &str) -> String {
    let plain = text.replace("&#x27;", "'").replace("&quot;", "\"");
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Whether a number is what is printed, with the decimals that are printed.
fn is_printed_as(value: f64, text: &str) -> bool {
    if let Some(bound) = text.strip_prefix("under ").and_then(|bound| bound.strip_suffix('%')) {
        return value > 0.0 && bound.parse::<f64>().is_ok_and(|bound| value < bound / 2.0 + 1e-9);
    }
    if let Some(bound) = text.strip_prefix("over ").and_then(|bound| bound.strip_suffix('%')) {
        return value < 100.0
            && bound.parse::<f64>().is_ok_and(|bound| value > f64::midpoint(100.0, bound) - 1e-9);
    }
    let digits =
        text.trim_end_matches('%').trim_end_matches(" days").trim_end_matches(" day").replace(',', "");
    let Ok(number) = digits.parse::<f64>() else { return false };
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half = 0.5 / 10_f64.powi(i32::try_from(decimals).unwrap());
    (number - value).abs() <= half + 1e-9
}

#[test]
fn numbers_on_pages_are_cells_of_the_indicator_table() {
    let world = whole();
    let sql = "SELECT figure_name(indicator, reporting_period, period_kind, level, org_code, breakdown, category) AS figure, value
               FROM indicators ORDER BY figure, org_name";
    let ran = world.iapt(&["query", sql, "--format", "json"]).expect(0);
    let mut cells: BTreeMap<String, Option<f64>> = BTreeMap::new();
    for row in serde_json::from_str::<Vec<Value>>(&ran.stdout).unwrap() {
        // Of two entries of one code the first counts.
        cells.entry(row["figure"].as_str().unwrap().to_owned()).or_insert(row["value"].as_f64());
    }
    let pages = pages(world);
    let (mut n_numbers, mut n_marks) = (0, 0);
    let mut wrong = Vec::new();
    for (page, html) in &pages {
        for (figure, text) in named(html) {
            let Some(cell) = cells.get(&figure) else {
                wrong.push(format!("{page}: {figure} is no figure"));
                continue;
            };
            let Some(text) = text else {
                n_marks += 1;
                continue;
            };
            let is_right = match cell {
                Some(value) => is_printed_as(*value, &text),
                None => text.starts_with('[') && text.ends_with(']'),
            };
            n_numbers += 1;
            if !is_right {
                wrong.push(format!("{page}: {figure} is printed as {text}, the cell is {cell:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_numbers > 30_000 && n_marks > 30_000, "only {n_numbers} numbers and {n_marks} marks of charts");
    println!(
        "{n_numbers} numbers on {} pages are the cells that they name, and {n_marks} marks name one",
        pages.len()
    );
}

#[test]
fn no_download_has_two_rows_of_one_key() {
    let world = whole();
    let project = project();
    let key = &project.tables.iter().find(|table| table.name == "indicators").unwrap().key;
    let mut n_files = 0;
    for (path, bytes) in world.files("out/site/tables") {
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let header = reader.headers().unwrap().clone();
        let at = |name: &String| header.iter().position(|column| column == name);
        let Some(key) = key.iter().map(at).collect::<Option<Vec<usize>>>() else { continue };
        n_files += 1;
        let mut seen = BTreeSet::new();
        for row in reader.records().map(Result::unwrap) {
            let of_row: Vec<String> = key.iter().map(|column| row[*column].to_owned()).collect();
            assert!(seen.insert(of_row.clone()), "{}: {of_row:?} twice", path.display());
        }
    }
    assert!(n_files > 20, "only {n_files} downloads of indicators");
}

#[test]
fn a_number_that_differs_is_noticed() {
    for (value, text, expected) in [
        (50.835, "50.8%", true),
        (50.835, "50.9%", false),
        (50.835, "51%", true),
        (49.4, "50%", false),
        (1_376_920.0, "1,376,920", true),
        (0.04, "under 0.1%", true),
        (0.06, "under 0.1%", false),
        (0.0, "under 0.1%", false),
        (22.0, "22 days", true),
        (0.0, "[c]", false),
    ] {
        assert_eq!(is_printed_as(value, text), expected, "{value} as {text}");
    }
}
