//! Reads the golden figures and the publisher's counts behind them.

use std::{collections::BTreeMap, io::Read, path::Path};

use flate2::read::GzDecoder;
use iapt_statistics::Proportion;
use serde_json::Value;

/// One row of a table, by column.
pub(crate) type Row = BTreeMap<String, String>;

/// The text of a golden file, uncompressed.
#[expect(
    clippy::disallowed_methods,
    reason = "the message below names the path, and fs-err is not a dependency here"
)]
pub(crate) fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden").join(format!("{name}.gz"));
    let mut text = String::new();
    std::fs::File::open(&path)
        .and_then(|file| GzDecoder::new(file).read_to_string(&mut text))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text
}

/// The rows of a CSV text, in order.
pub(crate) fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// A JSON text.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A number in a column.
pub(crate) fn number(row: &Row, column: &str) -> f64 {
    optional_number(row, column).unwrap_or_else(|| panic!("no number in `{column}` of {row:?}"))
}

/// A number in a column, or nothing when it is blank.
pub(crate) fn optional_number(row: &Row, column: &str) -> Option<f64> {
    row[column].parse().ok()
}

/// A whole number in a column.
pub(crate) fn whole(row: &Row, column: &str) -> usize {
    row[column].parse().unwrap_or_else(|_| panic!("no whole number in `{column}` of {row:?}"))
}

/// The events and total of a row of a golden table.
pub(crate) fn proportion(row: &Row) -> Proportion {
    Proportion::new(number(row, "x"), number(row, "n")).expect("golden rows are proportions")
}

/// All numbers inside a JSON value, by path, as `bb_mom.mu` or `wilson95.0`.
pub(crate) fn leaves(value: &Value) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    collect_leaves("", value, &mut found);
    found
}

fn collect_leaves(path: &str, value: &Value, found: &mut BTreeMap<String, f64>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect_leaves(&below(name), value, found));
        }
        Value::Array(items) => {
            items
                .iter()
                .zip(0..)
                .for_each(|(value, place)| collect_leaves(&below(&format!("{place}")), value, found));
        }
        Value::Number(number) => {
            found.insert(path.to_owned(), number.as_f64().expect("a double"));
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Commissioning hubs: not places, so not in the golden figures.
const HUBS: [&str; 5] = ["13Q", "13R", "14A", "14E", "14R"];

/// Organisations by code, of one period and level, with their recovery; and how many rows were left out, by reason.
#[derive(Debug, Default)]
pub(crate) struct Organisations {
    pub(crate) by_code: BTreeMap<String, Proportion>,
    pub(crate) excluded: BTreeMap<&'static str, usize>,
}

/// Picks recovery out of the publisher's annual totals by the row rule of the golden figures.
///
/// Unknown organisations, hubs and second rows of a code are dropped, as is a row that lacks a count. `denominator` is
/// `official` (finished minus not at caseness) or `caseness` (at caseness).
pub(crate) fn recovery(totals: &[Row], denominator: &str, period: &str, level: &str) -> Organisations {
    let mut found = Organisations::default();
    for reason in ["unknown", "hub", "suppressed", "duplicate", "invalid"] {
        found.excluded.insert(reason, 0);
    }
    let mut wanted = totals
        .iter()
        .filter(|row| row["reporting_period"] == period && row["org_type"] == level)
        .collect::<Vec<_>>();
    wanted.sort_by_key(|row| (&row["org_code"], &row["org_name"]));
    for row in wanted {
        let code = &row["org_code"];
        let total = match denominator {
            "official" => optional_number(row, "finished_course_treatment")
                .zip(optional_number(row, "not_at_caseness"))
                .map(|(finished, not_at_caseness)| finished - not_at_caseness),
            _ => optional_number(row, "at_caseness"),
        };
        let counts = optional_number(row, "recovery").zip(total);
        let reason = if code.contains("UNKNOWN") || row["org_name"].contains("UNKNOWN") {
            "unknown"
        } else if HUBS.contains(&code.as_str()) {
            "hub"
        } else if found.by_code.contains_key(code) {
            "duplicate"
        } else if let Some((events, total)) = counts {
            if let Ok(proportion) = Proportion::new(events, total) {
                found.by_code.insert(code.clone(), proportion);
                continue;
            }
            "invalid"
        } else {
            "suppressed"
        };
        *found.excluded.entry(reason).or_default() += 1;
    }
    found
}
