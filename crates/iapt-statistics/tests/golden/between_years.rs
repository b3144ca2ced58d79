//! `persistence.csv` and `decile_bands.csv`: how the order and the spread of organisations last.

use std::collections::BTreeMap;

use iapt_statistics::{Persistence, Proportion, Sorted};

use super::{
    ledger::{Ledger, Tolerance},
    shared,
};

#[test]
fn persistence_of_every_pair_of_years() {
    let golden = shared::file("persistence.csv");
    let totals = shared::file("annual_totals_2017_2024.csv");
    let totals = shared::rows(&totals);
    let mut ledger = Ledger::new("persistence");
    for row in shared::rows(&golden) {
        let smallest_total = shared::number(&row, "n_min");
        let period = |period: &str| -> BTreeMap<String, Proportion> {
            let found = shared::recovery(&totals, "official", period, &row["org_type"]).by_code;
            found.into_iter().filter(|(_, own)| own.total() >= smallest_total).collect()
        };
        let found =
            Persistence::between(&period(&row["p1"]), &period(&row["p2"])).expect("matched organisations");
        let named = |column: &str| format!("{} {} {} {column}", row["org_type"], row["p1"], row["n_min"]);
        for (column, found) in [
            ("matched", found.matched),
            ("unmatched_p1", found.unmatched_first),
            ("unmatched_p2", found.unmatched_second),
            ("top_fifth_kept", found.top_fifth_kept),
            ("top_fifth", found.top_fifth),
        ] {
            ledger.same(&named(column), &found, &shared::whole(&row, column));
        }
        for (column, found) in [
            ("spearman", found.spearman),
            ("pearson", found.pearson),
            ("reliability1", found.reliability_first),
            ("reliability2", found.reliability_second),
            ("pearson_disattenuated", found.pearson_disattenuated.expect("reliable")),
        ] {
            ledger.close(&named(column), found, shared::number(&row, column), Tolerance::Closed);
        }
    }
    ledger.close_books(100);
}

#[test]
fn deciles_of_every_level_and_year() {
    let golden = shared::file("decile_bands.csv");
    let table = shared::file("org_recovery_3_years.csv");
    let table = shared::rows(&table);
    let mut ledger = Ledger::new("decile bands");
    for row in shared::rows(&golden) {
        let same = |own: &&shared::Row| {
            own["org_type"] == row["org_type"] && own["reporting_period"] == row["reporting_period"]
        };
        let organisations = table.iter().filter(same).map(shared::proportion).collect::<Vec<_>>();
        let rates = Sorted::rates(&organisations).expect("organisations");
        let named = |column: &str| format!("{} {} {column}", row["org_type"], row["reporting_period"]);
        ledger.same(&named("k"), &organisations.len(), &shared::whole(&row, "k"));
        for percent in [10, 20, 30, 40, 50, 60, 70, 80, 90] {
            let column = format!("p{percent}");
            let found = rates.percentile(f64::from(percent) / 100.0);
            ledger.close(&named(&column), found, shared::number(&row, &column), Tolerance::Closed);
        }
    }
    ledger.close_books(11 * 10);
}
