//! `imd_deciles_england.csv` and the `imd` part of `statistics_3_years.json`.

use std::collections::BTreeMap;

use iapt_statistics::{Inequality, Proportion, Ridit, Z_95, ridits, wilson};

use super::{
    ledger::{Ledger, Tolerance},
    shared::{self, Row},
};

#[test]
fn inequality_of_every_measure_and_year() {
    let golden = shared::file("statistics_3_years.json");
    let table = shared::file("imd_deciles_england.csv");
    let golden = shared::json(&golden);
    let mut series = BTreeMap::<_, Vec<Row>>::new();
    for row in shared::rows(&table) {
        series.entry((row["measure"].clone(), row["reporting_period"].clone())).or_default().push(row);
    }
    let mut ledger = Ledger::new("deprivation");
    for ((measure, period), mut rows) in series {
        // Most deprived first: 1 of the standard deciles, 10 of the publisher's labels.
        rows.sort_by_key(|row| shared::whole(row, "imd_decile_standard"));
        let deciles = rows.iter().map(shared::proportion).collect::<Vec<_>>();
        for ((row, decile), ridit) in rows.iter().zip(&deciles).zip(ridits(&deciles)) {
            check_decile(&mut ledger, row, *decile, ridit);
        }
        let found = Inequality::across(&deciles).expect("ten deciles");
        check_indices(&mut ledger, &format!("{measure} {period}"), &found, &golden["imd"][&measure][&period]);
    }
    ledger.close_books(180 * 5 + 18 * 18);
}

fn check_decile(ledger: &mut Ledger, row: &Row, decile: Proportion, ridit: Ridit) {
    let interval = wilson(decile, Z_95);
    for (column, found) in [
        ("rate", decile.rate()),
        ("wilson95_lo", interval.low),
        ("wilson95_hi", interval.high),
        ("a", ridit.share),
        ("b_ridit", ridit.midpoint),
    ] {
        let what = format!("{} {} {column}", row["measure"], row["decile_nhs_label"]);
        ledger.close(&what, found, shared::number(row, column), Tolerance::Closed);
    }
}

fn check_indices(ledger: &mut Ledger, series: &str, found: &Inequality, golden: &serde_json::Value) {
    let relative = found.relative_index.expect("rates above zero");
    let logit = found.logit.expect("rates within 0 to 1");
    let figures = [
        ("sii", found.slope_index),
        ("sii_se", found.slope_standard_error),
        ("sii_lo", found.slope_interval.low),
        ("sii_hi", found.slope_interval.high),
        ("rii", relative.value),
        ("rii_lo", relative.interval.low),
        ("rii_hi", relative.interval.high),
        ("intercept", found.intercept),
        ("logit.sii", logit.slope_index),
        ("logit.rii", logit.relative_index),
        ("logit.intercept", logit.intercept),
        ("rate_most_deprived", found.rate_most_deprived),
        ("rate_least_deprived", found.rate_least_deprived),
        ("abs_gap_least_minus_most", found.gap),
        ("ratio_least_over_most", found.ratio.expect("rate above zero")),
        ("gap_newcombe95.0", found.gap_interval.low),
        ("gap_newcombe95.1", found.gap_interval.high),
        ("linearity_R2_weighted", found.linearity.expect("rates differ")),
    ];
    let figures = BTreeMap::from(figures);
    for (name, expected) in shared::leaves(golden) {
        let what = format!("{series} {name}");
        match (figures.get(name.as_str()), name.as_str()) {
            (Some(found), _) => ledger.close(&what, *found, expected, Tolerance::Closed),
            // PHE's simulated interval: the delta method is meant to agree with it to 1e-4 only.
            (None, "sii_phe_sim_approx.0") => {
                ledger.same(&what, &((found.slope_interval.low - expected).abs() < 1e-4), &true);
            }
            (None, "sii_phe_sim_approx.1") => {
                ledger.same(&what, &((found.slope_interval.high - expected).abs() < 1e-4), &true);
            }
            // A share of people whose decile is not stated, who are not in the table.
            (None, "unknown_decile_share_of_denominator") => {}
            (None, _) => ledger.fault(format!("{what}: not computed")),
        }
    }
}
