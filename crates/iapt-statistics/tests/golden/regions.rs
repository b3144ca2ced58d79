//! The decompositions by region, and the figures about single providers, of `statistics_3_years.json`.

use std::collections::BTreeMap;

use iapt_statistics::{Decomposition, Proportion, ProportionBounds, Sorted, decompose, pearson, spearman};
use serde_json::Value;

use super::{
    ledger::{Ledger, Tolerance},
    shared::{self, Row},
};

#[test]
fn variation_between_and_within_regions() {
    let golden = shared::file("statistics_3_years.json");
    let table = shared::file("org_recovery_3_years.csv");
    let tiles = shared::file("icb_tiles.csv");
    let geography = shared::file("providers_current_geography.csv");
    let (golden, table) = (shared::json(&golden), shared::rows(&table));
    let (tiles, geography) = (shared::rows(&tiles), shared::rows(&geography));
    let mut ledger = Ledger::new("decompositions");
    for (part, grouping, level, parents) in [
        ("decomposition_icb_2024_25", "by_region", "ICB", parents(&tiles, "icb_code", "region_code")),
        (
            "decomposition_provider_2024_25",
            "by_region",
            "Provider",
            parents(&geography, "org_code", "region_code"),
        ),
        ("decomposition_provider_2024_25", "by_icb", "Provider", parents(&geography, "org_code", "icb_code")),
    ] {
        let rows =
            table.iter().filter(|row| row["reporting_period"] == "2024-25" && row["org_type"] == level);
        let member = |row: &Row| (parents[&row["org_code"]].clone(), shared::proportion(row));
        let found = decompose(&rows.map(member).collect::<Vec<_>>()).expect("organisations");
        check(&mut ledger, &format!("{part} {grouping}"), &found, &golden[part][grouping]);
    }
    ledger.close_books(3 * 11);
}

fn parents(rows: &[Row], child: &str, parent: &str) -> BTreeMap<String, String> {
    rows.iter().map(|row| (row[child].clone(), row[parent].clone())).collect()
}

fn check(ledger: &mut Ledger, part: &str, found: &Decomposition, golden: &Value) {
    let count = |things: usize| f64::from(u32::try_from(things).expect("a small number"));
    let figures = BTreeMap::from([
        ("groups", count(found.groups)),
        ("k", count(found.organisations)),
        ("SS_total", found.total),
        ("SS_between", found.between),
        ("SS_within", found.within),
        ("share_between_raw", found.share_between_with_chance().expect("varies")),
        ("chance_total", found.chance_total),
        ("chance_between", found.chance_between),
        ("chance_within", found.chance_within),
        ("share_between_chance_removed", found.share_between().expect("varies")),
        ("chance_share_of_total", found.chance_share().expect("varies")),
    ]);
    for (name, expected) in shared::leaves(golden) {
        match figures.get(name.as_str()) {
            Some(found) => ledger.close(&format!("{part} {name}"), *found, expected, Tolerance::Closed),
            None => ledger.fault(format!("{part} {name}: not computed")),
        }
    }
}

#[test]
fn measured_ending_and_improvement_of_providers() {
    let golden = shared::file("statistics_3_years.json");
    let table = shared::file("provider_scatter_2024_25_monthly.csv");
    let (golden, table) = (shared::json(&golden), shared::rows(&table));
    let column = |name: &str| table.iter().map(|row| shared::number(row, name)).collect::<Vec<_>>();
    let (ending, improvement) = (column("measured_ending"), column("reliable_improvement"));
    let pairs = ending.iter().copied().zip(improvement.iter().copied()).collect::<Vec<_>>();
    let mut figures = BTreeMap::from([
        ("spearman".to_owned(), spearman(&pairs).expect("providers")),
        ("pearson".to_owned(), pearson(&pairs).expect("providers")),
    ]);
    for (name, values) in [("measured_ending", ending), ("reliable_improvement", improvement)] {
        let sorted = Sorted::new(values).expect("providers");
        for (place, fraction) in [0.1, 0.5, 0.9].into_iter().enumerate() {
            figures.insert(format!("{name}_p10_p50_p90.{place}"), sorted.percentile(fraction));
        }
    }
    let mut ledger = Ledger::new("scatter of providers");
    ledger.same(
        "k",
        &Some(table.len()),
        &golden["scatter_2024_25"]["k"].as_u64().and_then(|k| k.try_into().ok()),
    );
    for (name, found) in figures {
        let expected = shared::leaves(&golden["scatter_2024_25"])[&name];
        ledger.close(&name, found, expected, Tolerance::Closed);
    }
    ledger.close_books(9);
}

#[test]
fn rates_that_rounding_allows() {
    let golden = shared::file("statistics_3_years.json");
    let golden = shared::json(&golden);
    let mut ledger = Ledger::new("disclosure examples");
    for example in golden["disclosure_examples"].as_array().expect("a list") {
        let figures = shared::leaves(example);
        let [events_low, events_high, total_low, total_high] =
            ["x.0", "x.1", "n.0", "n.1"].map(|name| figures[name]);
        let bounds = ProportionBounds::new(events_low, events_high, total_low, total_high).expect("bounds");
        ledger.close("rate_lo", bounds.rate().low, figures["rate_lo"], Tolerance::Closed);
        ledger.close("rate_hi", bounds.rate().high, figures["rate_hi"], Tolerance::Closed);
    }
    ledger.close_books(10);
}

#[test]
fn rates_of_england_in_every_year() {
    let table = shared::file("england_by_year.csv");
    let mut ledger = Ledger::new("England by year");
    for row in shared::rows(&table) {
        let number = |column: &str| shared::number(&row, column);
        let official = number("finished_course_treatment") - number("not_at_caseness");
        // In the earliest years the published denominator is at_caseness itself.
        let denominators = [official, number("at_caseness")];
        for (column, total) in
            ["recovery_rate_official", "recovery_rate_caseness"].into_iter().zip(denominators)
        {
            let found = Proportion::new(number("recovery"), total).expect("a proportion").rate();
            ledger.close(
                &format!("{} {column}", row["reporting_period"]),
                found,
                number(column),
                Tolerance::Closed,
            );
        }
    }
    ledger.close_books(26);
}
