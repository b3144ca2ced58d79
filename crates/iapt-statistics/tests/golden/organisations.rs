//! `org_recovery_3_years.csv`: every column of every organisation.

use std::collections::BTreeMap;

use iapt_statistics::{
    BetaPrior, Funnel, LimitMethod, Proportion, ProportionBounds, RankInterval, Z_95, Z_998, compare,
    rank_intervals, wilson, wilson_worst_case,
};

use super::{
    ledger::{Ledger, Tolerance},
    shared::{self, Row},
};

/// What the golden files call [`LimitMethod::ALL`], in the same order.
pub(crate) const GOLDEN_METHODS: [&str; 5] = ["normal", "exact", "od_mult", "od_add", "od_arcsine"];

#[test]
fn every_column_of_every_organisation() {
    let table = shared::file("org_recovery_3_years.csv");
    let mut levels = BTreeMap::<_, Vec<Row>>::new();
    for row in shared::rows(&table) {
        levels.entry((row["reporting_period"].clone(), row["org_type"].clone())).or_default().push(row);
    }
    let mut ledger = Ledger::new("organisations");
    for rows in levels.values() {
        let level = Level::of(rows);
        for (row, rank) in rows.iter().zip(&level.ranks) {
            check_intervals(&mut ledger, row);
            level.check_funnel(&mut ledger, row);
            level.check_shrinkage(&mut ledger, row);
            check_rank(&mut ledger, row, rank);
        }
    }
    ledger.close_books(902 * 46);
}

/// What is fitted to the organisations of one chart.
struct Level {
    funnel: Funnel,
    moments: BetaPrior,
    fitted: BetaPrior,
    ranks: Vec<RankInterval>,
}

impl Level {
    fn of(rows: &[Row]) -> Self {
        let organisations = rows.iter().map(shared::proportion).collect::<Vec<Proportion>>();
        Self {
            funnel: Funnel::fit(&organisations).expect("organisations"),
            moments: BetaPrior::by_moments(&organisations).expect("organisations"),
            fitted: BetaPrior::by_maximum_likelihood(&organisations).expect("organisations"),
            ranks: rank_intervals(&organisations),
        }
    }

    fn check_funnel(&self, ledger: &mut Ledger, row: &Row) {
        let own = shared::proportion(row);
        for (method, name) in LimitMethod::ALL.into_iter().zip(GOLDEN_METHODS) {
            let limits = self.funnel.limits(method, own.total());
            let tolerance =
                if method == LimitMethod::Exact { Tolerance::Quantile } else { Tolerance::Closed };
            let found = [limits.inner.low, limits.inner.high, limits.outer.low, limits.outer.high];
            for (end, found) in ["l95", "u95", "l998", "u998"].into_iter().zip(found) {
                check(ledger, row, &format!("{name}_{end}"), found, tolerance);
            }
            let class = self.funnel.classify(method, own);
            ledger.same(&named(row, name), &class.label(), &row[&format!("class_{name}")].as_str());
        }
        check(ledger, row, "z", self.funnel.z_score(own), Tolerance::Closed);
        check(ledger, row, "z_od_add", self.funnel.z_score_additive(own), Tolerance::Closed);
        // The golden comparisons are with the pooled rate of the chart, not with England's.
        let comparison = compare(own, self.funnel.centre());
        ledger.same(&named(row, "fingertips"), &comparison.label(), &row["fingertips"].as_str());
    }

    fn check_shrinkage(&self, ledger: &mut Ledger, row: &Row) {
        let own = shared::proportion(row);
        let moments = self.moments.shrink(own);
        check(ledger, row, "eb_mom", moments.rate, Tolerance::Closed);
        check(ledger, row, "eb_mom_lo", moments.interval.low, Tolerance::Quantile);
        check(ledger, row, "eb_mom_hi", moments.interval.high, Tolerance::Quantile);
        check(ledger, row, "shrink_mom", moments.shrinkage(), Tolerance::Closed);
        check(ledger, row, "eb_mle", self.fitted.shrink(own).rate, Tolerance::FittedMean);
    }
}

fn check_intervals(ledger: &mut Ledger, row: &Row) {
    let own = shared::proportion(row);
    let [events_low, events_high, total_low, total_high] =
        ["x_lo", "x_hi", "n_lo", "n_hi"].map(|column| shared::number(row, column));
    let bounds = ProportionBounds::new(events_low, events_high, total_low, total_high).expect("bounds");
    let (inner, outer) = (wilson(own, Z_95), wilson(own, Z_998));
    let (rates, worst) = (bounds.rate(), wilson_worst_case(bounds, Z_95));
    for (column, found) in [
        ("rate", own.rate()),
        ("wilson95_lo", inner.low),
        ("wilson95_hi", inner.high),
        ("wilson998_lo", outer.low),
        ("wilson998_hi", outer.high),
        ("rate_lo", rates.low),
        ("rate_hi", rates.high),
        ("wilson95_worst_lo", worst.low),
        ("wilson95_worst_hi", worst.high),
    ] {
        check(ledger, row, column, found, Tolerance::Closed);
    }
}

fn check_rank(ledger: &mut Ledger, row: &Row, rank: &RankInterval) {
    for (column, found) in [("rank", rank.rank), ("rank_best95", rank.best), ("rank_worst95", rank.worst)] {
        ledger.same(&named(row, column), &found, &shared::whole(row, column));
    }
    check(ledger, row, "rank_expected", rank.expected, Tolerance::Closed);
}

fn check(ledger: &mut Ledger, row: &Row, column: &str, found: f64, tolerance: Tolerance) {
    ledger.close(&named(row, column), found, shared::number(row, column), tolerance);
}

fn named(row: &Row, column: &str) -> String {
    format!("{} {} {} {column}", row["reporting_period"], row["org_type"], row["org_code"])
}
