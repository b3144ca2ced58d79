//! The golden figures, reproduced through the tables: the binary runs on the built-in figures, and its tables are
//! queried and compared at the tolerances of their makers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{golden, tell_compared, whole};

type Row = BTreeMap<String, String>;

fn csv_rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn query(sql: &str) -> Vec<Row> {
    let text = whole().iapt(&["query", sql, "--format", "csv"]).expect(0).stdout;
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// Rows by the values of some columns.
fn by(rows: Vec<Row>, key: &[&str]) -> BTreeMap<Vec<String>, Row> {
    rows.into_iter().map(|row| (key.iter().map(|name| row[*name].clone()).collect(), row)).collect()
}

fn key(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Compares many numbers and tells every difference at once.
#[derive(Default)]
struct Ledger {
    compared: usize,
    faults: Vec<String>,
}

/// Closed forms; half a unit of the twelfth decimal, which is the last one printed, comes on top.
const CLOSED: f64 = 1e-9;
/// Exact binomial limits and quantiles of beta distributions.
const QUANTILE: f64 = 1e-7;
/// What follows from a prior by maximum likelihood: its mean, and its concentration.
const FITTED: f64 = 1e-6;
const CONCENTRATION: f64 = 1e-4;

impl Ledger {
    fn close(&mut self, what: &str, found: Option<f64>, expected: f64, tolerance: f64) {
        self.compared += 1;
        let is_close = found
            .is_some_and(|found| (found - expected).abs() <= tolerance * expected.abs().max(1e-3) + 6e-13);
        if !is_close {
            self.faults.push(format!("{what}: {found:?}, not {expected}"));
        }
    }

    fn same(&mut self, what: &str, found: &str, expected: &str) {
        self.compared += 1;
        if found != expected {
            self.faults.push(format!("{what}: {found}, not {expected}"));
        }
    }

    #[track_caller]
    fn end(self, at_least: usize) {
        tell_compared(self.compared, "tables");
        let shown: Vec<&String> = self.faults.iter().take(20).collect();
        assert!(self.faults.is_empty(), "{} of {} differ: {shown:#?}", self.faults.len(), self.compared);
        assert!(self.compared >= at_least, "only {} figures compared", self.compared);
    }
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row[column].parse().ok()
}

fn fraction(row: &Row, column: &str) -> Option<f64> {
    number(row, column).map(|percent| percent / 100.0)
}

/// What was published by the year; the golden figures know no sums of months.
const DATASET: &str = "dataset = 'psych_ther_annual'";

const PERIODS: &str = "reporting_period IN ('2017-18', '2021-22', '2024-25')";

#[test]
fn every_organisation() {
    let table = golden("org_recovery_3_years.csv");
    let sql = format!(
        "SELECT * FROM variation WHERE {DATASET} AND indicator = 'recovery_rate' AND standing IN ('counted', 'below_floor') AND {PERIODS}"
    );
    let ours = by(query(&sql), &["reporting_period", "org_type", "org_code"]);
    let sql =
        format!("SELECT * FROM funnel_limits WHERE {DATASET} AND indicator = 'recovery_rate' AND {PERIODS}");
    let limits = by(query(&sql), &["reporting_period", "org_type", "org_code", "limits"]);
    let expected = csv_rows(&table);
    assert_eq!(ours.len(), expected.len());
    assert_eq!(limits.len(), 5 * ours.values().filter(|row| !row["z_score"].is_empty()).count());
    let mut ledger = Ledger::default();
    for row in &expected {
        let name = [&row["reporting_period"], &row["org_type"], &row["org_code"]].map(String::as_str);
        let own = &ours[&key(&name)];
        let headline = &own["funnel_class"];
        let mut close = |golden: &str, column: &str, is_percent: bool, tolerance| {
            let found = if is_percent { fraction(own, column) } else { number(own, column) };
            ledger.close(&format!("{name:?} {golden}"), found, row[golden].parse().unwrap(), tolerance);
        };
        for (golden, column) in [
            ("x", "numerator"),
            ("n", "denominator"),
            ("z", "z_score"),
            ("z_od_add", "z_score_additive"),
            ("shrink_mom", "shrinkage_moments"),
            ("rank", "rank"),
            ("rank_best95", "rank_best"),
            ("rank_worst95", "rank_worst"),
            ("rank_expected", "rank_expected"),
        ] {
            close(golden, column, false, CLOSED);
        }
        for (golden, column) in [
            ("rate", "rate"),
            ("rate_lo", "rate_low"),
            ("rate_hi", "rate_high"),
            ("wilson95_lo", "interval_low"),
            ("wilson95_hi", "interval_high"),
            ("wilson998_lo", "interval_998_low"),
            ("wilson998_hi", "interval_998_high"),
            ("wilson95_worst_lo", "worst_case_low"),
            ("wilson95_worst_hi", "worst_case_high"),
            ("eb_mom", "shrunken_moments"),
        ] {
            close(golden, column, true, CLOSED);
        }
        close("eb_mom_lo", "shrunken_moments_low", true, QUANTILE);
        close("eb_mom_hi", "shrunken_moments_high", true, QUANTILE);
        close("eb_mle", "shrunken_likelihood", true, FITTED);
        for (golden, kind, tolerance) in LIMITS {
            let own = &limits[&key(&[name[0], name[1], name[2], kind])];
            for (end, column) in
                [("l95", "low_95"), ("u95", "high_95"), ("l998", "low_998"), ("u998", "high_998")]
            {
                let expected = row[&format!("{golden}_{end}")].parse().unwrap();
                ledger.close(&format!("{name:?} {golden}_{end}"), fraction(own, column), expected, tolerance);
            }
            let expected = &row[&format!("class_{golden}")];
            ledger.same(&format!("{name:?} {golden}"), &own["funnel_class"], expected);
            if kind == "additive" {
                ledger.same(&format!("{name:?} headline"), headline, expected);
            }
        }
        ledger.same(&format!("{name:?} fingertips"), &own["comparison_with_pooled"], &row["fingertips"]);
    }
    ledger.end(902 * 47);
}

const LIMITS: [(&str, &str, f64); 5] = [
    ("normal", "normal", CLOSED),
    ("exact", "exact", QUANTILE),
    ("od_mult", "multiplicative", CLOSED),
    ("od_add", "additive", CLOSED),
    ("od_arcsine", "arcsine", CLOSED),
];

#[test]
fn every_spread() {
    let golden: Value = serde_json::from_str(&golden("statistics_3_years.json")).unwrap();
    let place = ["reporting_period", "org_type", "indicator", "minimum_denominator"];
    let ours = by(query(&format!("SELECT * FROM spread WHERE {DATASET} AND {PERIODS}")), &place);
    let with_limits = [&place[..], &["limits"]].concat();
    let classes =
        by(query(&format!("SELECT * FROM variation_classes WHERE {DATASET} AND {PERIODS}")), &with_limits);
    let mut ledger = Ledger::default();
    for (list, floor) in [("recovery", "0.0"), ("recovery_n100", "100.0")] {
        for (denominator, indicator) in
            [("official", "recovery_rate"), ("caseness", "recovery_of_at_caseness")]
        {
            let Some(periods) = golden[list][denominator].as_object() else { continue };
            for (period, levels) in periods {
                for (org_type, expected) in levels.as_object().unwrap() {
                    let name = [period.as_str(), org_type, indicator, floor];
                    check_spread(&mut ledger, &name, &ours[&key(&name)], expected);
                    for (golden, limits, _) in LIMITS {
                        let row = &classes[&key(&[&name[..], &[limits]].concat())];
                        for (class, count) in expected["classification_counts"][golden].as_object().unwrap() {
                            let what = format!("{name:?} {golden} {class}");
                            ledger.close(
                                &what,
                                number(row, &format!("n_{class}")),
                                count.as_f64().unwrap(),
                                0.0,
                            );
                        }
                    }
                }
            }
        }
    }
    ledger.end(3_000);
}

fn check_spread(ledger: &mut Ledger, name: &[&str], own: &Row, expected: &Value) {
    let mut close = |golden: &str, found: Option<f64>, tolerance| {
        let value = golden.split('.').fold(expected, |value, part| &value[part]);
        if let Some(value) = value.as_f64() {
            ledger.close(&format!("{name:?} {golden}"), found, value, tolerance);
        }
    };
    for (golden, column) in [
        ("k", "n_organisations"),
        ("sum_x", "numerator"),
        ("sum_n", "denominator"),
        ("p90_p10_ratio", "p90_to_p10"),
        ("max_min_ratio", "maximum_to_minimum"),
        ("trim_each_end", "trimmed_each_end"),
        ("max_min_ratio_trim95", "trimmed_maximum_to_minimum"),
        ("chi2_Q", "chi_squared"),
        ("chi2_p", "chi_squared_p"),
        ("I2", "i_squared"),
        ("phi_raw", "phi_raw"),
        ("phi_wins", "phi"),
        ("winsor_z_lo", "winsorised_low"),
        ("winsor_z_hi", "winsorised_high"),
        ("phi_threshold", "phi_threshold"),
        ("phi_arcsine", "phi_arcsine"),
        ("scv_poisson_x100", "scv_poisson"),
        ("scv_binomial_x100", "scv_binomial"),
        ("icc_rho_mom", "intraclass_correlation"),
        ("bb_mom.M", "prior_moments_concentration"),
        ("bb_mle.nll_no_binom_coef", "prior_likelihood_negative_log"),
        ("reliability_mean", "mean_reliability"),
        ("fingertips_counts.lower", "n_lower"),
        ("fingertips_counts.similar", "n_similar"),
        ("fingertips_counts.higher", "n_higher"),
        ("median_rank_interval_width", "median_rank_width"),
        ("excluded.unknown", "n_unknown"),
        ("excluded.hub", "n_hubs"),
        ("excluded.suppressed", "n_suppressed"),
        ("excluded.duplicate", "n_duplicates"),
        ("excluded.invalid", "n_impossible"),
    ] {
        close(golden, number(own, column), CLOSED);
    }
    for (golden, column) in [
        ("p0", "pooled"),
        ("rate_min", "minimum"),
        ("rate_max", "maximum"),
        ("p50", "median"),
        ("mean_unweighted", "mean"),
        ("sd_unweighted", "standard_deviation"),
        ("cv", "coefficient_of_variation"),
        ("sd_weighted", "weighted_standard_deviation"),
        ("cv_weighted", "weighted_coefficient_of_variation"),
        ("iqr", "interquartile_range"),
        ("p90_p10_diff", "p90_minus_p10"),
        ("bb_mom.mu", "prior_moments_mean"),
    ] {
        close(golden, fraction(own, column), CLOSED);
    }
    for percent in ["p05", "p10", "p20", "p25", "p30", "p40", "p60", "p70", "p75", "p80", "p90", "p95"] {
        close(percent, fraction(own, percent), CLOSED);
    }
    close("tau2_raw", fraction(own, "tau_raw").map(|tau| tau * tau), CLOSED);
    close("tau2_wins", fraction(own, "tau").map(|tau| tau * tau), CLOSED);
    close("tau2_arcsine", number(own, "tau_arcsine").map(|tau| tau * tau), CLOSED);
    close("bb_mle.mu", fraction(own, "prior_likelihood_mean"), FITTED);
    close("bb_mle.M", number(own, "prior_likelihood_concentration"), CONCENTRATION);
    // England is beside the headline denominator only.
    if name[2] == "recovery_rate" {
        close("england.rate", fraction(own, "england"), CLOSED);
    }
}

/// How the golden files end the name of a ratio across cohorts: of such a one they have what chance leaves open, and the tables do not.
const ACROSS_COHORTS: &str = "CROSS_COHORT";

fn is_of_chance(golden: &str) -> bool {
    ["wilson95_lo", "wilson95_hi", "sii_se", "sii_lo", "sii_hi", "rii_lo", "rii_hi"].contains(&golden)
}

#[test]
fn inequality_by_deprivation() {
    let (table, json) = (golden("imd_deciles_england.csv"), golden("statistics_3_years.json"));
    let names = BTreeMap::from([
        ("recovery_official", "recovery_rate"),
        ("recovery_caseness", "recovery_of_at_caseness"),
        ("reliable_improvement", "reliable_improvement_rate"),
        ("reliable_recovery", "reliable_recovery_rate"),
        ("deterioration", "reliable_deterioration_rate"),
        ("finished_per_received_CROSS_COHORT", "finished_per_100_received"),
    ]);
    let england = format!("level = 'england' AND breakdown = 'imd_decile' AND {PERIODS}");
    let groups =
        query(&format!("SELECT * FROM inequality_groups WHERE {DATASET} AND is_stated AND {england}"));
    let groups = by(groups, &["reporting_period", "indicator", "category_order"]);
    let mut ledger = Ledger::default();
    for row in csv_rows(&table) {
        let name =
            [row["reporting_period"].as_str(), names[row["measure"].as_str()], &row["imd_decile_standard"]];
        let own = &groups[&key(&name)];
        for (golden, found) in [
            ("x", number(own, "numerator")),
            ("n", number(own, "denominator")),
            ("rate", fraction(own, "rate")),
            ("wilson95_lo", fraction(own, "interval_low")),
            ("wilson95_hi", fraction(own, "interval_high")),
            ("a", fraction(own, "share")),
            ("b_ridit", number(own, "ridit")),
        ] {
            if is_of_chance(golden) && row["measure"].ends_with(ACROSS_COHORTS) {
                assert_eq!(found, None, "{name:?} {golden}");
                continue;
            }
            ledger.close(&format!("{name:?} {golden}"), found, row[golden].parse().unwrap(), CLOSED);
        }
    }
    let rows = query(&format!("SELECT * FROM inequality WHERE {DATASET} AND {england}"));
    let rows = by(rows, &["reporting_period", "indicator"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    for (measure, periods) in json["imd"].as_object().unwrap() {
        for (period, expected) in periods.as_object().unwrap() {
            let own = &rows[&key(&[period, names[measure.as_str()]])];
            for (golden, found) in [
                ("sii", fraction(own, "slope_index")),
                ("sii_se", fraction(own, "slope_standard_error")),
                ("sii_lo", fraction(own, "slope_low")),
                ("sii_hi", fraction(own, "slope_high")),
                ("rii", number(own, "relative_index")),
                ("rii_lo", number(own, "relative_low")),
                ("rii_hi", number(own, "relative_high")),
                ("intercept", fraction(own, "intercept")),
                ("rate_most_deprived", fraction(own, "most_deprived")),
                ("rate_least_deprived", fraction(own, "least_deprived")),
                ("abs_gap_least_minus_most", fraction(own, "gap")),
                ("ratio_least_over_most", number(own, "ratio")),
                ("unknown_decile_share_of_denominator", fraction(own, "not_stated_share")),
                ("linearity_R2_weighted", number(own, "linearity")),
            ] {
                if is_of_chance(golden) && measure.ends_with(ACROSS_COHORTS) {
                    assert_eq!(found, None, "{measure} {period} {golden}");
                    continue;
                }
                ledger.close(
                    &format!("{measure} {period} {golden}"),
                    found,
                    expected[golden].as_f64().unwrap(),
                    CLOSED,
                );
            }
            for (place, found) in [(0, fraction(own, "gap_low")), (1, fraction(own, "gap_high"))] {
                let value = expected["gap_newcombe95"][place].as_f64().unwrap();
                if measure.ends_with(ACROSS_COHORTS) {
                    assert_eq!(found, None, "{measure} {period} gap {place}");
                } else {
                    ledger.close(&format!("{measure} {period} gap {place}"), found, value, CLOSED);
                }
            }
            // Fitted by iteration.
            for (golden, found) in [
                ("sii", fraction(own, "logit_slope_index")),
                ("rii", number(own, "logit_relative_index")),
                ("intercept", fraction(own, "logit_intercept")),
            ] {
                let value = expected["logit"][golden].as_f64().unwrap();
                ledger.close(&format!("{measure} {period} logit {golden}"), found, value, 1e-6);
            }
        }
    }
    // Of three periods across cohorts two bounds of ten groups and seven of a gradient are not there.
    ledger.end(180 * 7 - 3 * 10 * 2 + 18 * 19 - 3 * 7);
}

#[test]
fn bands_places_and_sums() {
    let mut ledger = Ledger::default();
    {
        let table = golden("decile_bands.csv");
        let sql = &format!(
            "SELECT * FROM spread WHERE {DATASET} AND indicator = 'recovery_rate' AND minimum_denominator = 0"
        );
        let ours = by(query(sql), &["org_type", "reporting_period"]);
        for row in csv_rows(&table) {
            let name = [row["org_type"].as_str(), &row["reporting_period"]];
            for column in ["p10", "p20", "p30", "p40", "p50", "p60", "p70", "p80", "p90"] {
                let found = fraction(&ours[&key(&name)], if column == "p50" { "median" } else { column });
                // The golden bands are of rates that were rounded to twelve decimals first.
                ledger.close(&format!("{name:?} {column}"), found, row[column].parse().unwrap(), CLOSED);
            }
        }
    }
    {
        let table = golden("persistence.csv");
        let sql = &format!(
            "SELECT *, CAST(minimum_denominator AS BIGINT) AS n_min FROM persistence WHERE {DATASET} AND indicator = 'recovery_rate'"
        );
        let ours = by(query(sql), &["org_type", "first_period", "second_period", "n_min"]);
        for row in csv_rows(&table) {
            let name = [row["org_type"].as_str(), &row["p1"], &row["p2"], &row["n_min"]];
            for (golden, column) in [
                ("matched", "n_matched"),
                ("unmatched_p1", "n_first_only"),
                ("unmatched_p2", "n_second_only"),
                ("spearman", "spearman"),
                ("pearson", "pearson"),
                ("reliability1", "reliability_first"),
                ("reliability2", "reliability_second"),
                ("pearson_disattenuated", "pearson_disattenuated"),
                ("top_fifth_kept", "n_top_fifth_kept"),
                ("top_fifth", "n_top_fifth"),
            ] {
                let found = number(&ours[&key(&name)], column);
                ledger.close(&format!("{name:?} {golden}"), found, row[golden].parse().unwrap(), CLOSED);
            }
        }
    }
    {
        let table = golden("additivity.csv");
        let ours = query("SELECT * FROM additivity");
        let ours = by(ours, &["reporting_period", "org_type", "is_deduplicated", "measure"]);
        for row in csv_rows(&table) {
            let name =
                [row["reporting_period"].as_str(), &row["org_type"], &row["deduplicated"], &row["measure"]];
            let own = &ours[&key(&name)];
            for (golden, column) in [
                ("rows", "n_rows"),
                ("stars", "n_suppressed"),
                ("sum_published", "sum_published"),
                ("england", "england"),
                ("diff", "difference"),
                ("hard_lo", "hard_low"),
                ("hard_hi", "hard_high"),
                ("sd_rounding", "rounding_deviation"),
                ("z", "z_score"),
            ] {
                ledger.close(
                    &format!("{name:?} {golden}"),
                    number(own, column),
                    row[golden].parse().unwrap(),
                    CLOSED,
                );
            }
            ledger.same(&format!("{name:?}"), &own["is_within_hard"], &row["within_hard"]);
        }
    }
    {
        let golden: Value = serde_json::from_str(&golden("statistics_3_years.json")).unwrap();
        let sql = &format!(
            "SELECT * FROM decomposition WHERE {DATASET} AND indicator = 'recovery_rate' AND reporting_period = '2024-25'"
        );
        let ours = by(query(sql), &["org_type", "grouped_by"]);
        for (part, grouping, org_type, grouped_by) in [
            ("decomposition_icb_2024_25", "by_region", "ICB", "region"),
            ("decomposition_provider_2024_25", "by_region", "Provider", "region"),
            ("decomposition_provider_2024_25", "by_icb", "Provider", "icb"),
        ] {
            for (name, column) in [
                ("groups", "n_groups"),
                ("k", "n_organisations"),
                ("SS_total", "total"),
                ("SS_between", "between"),
                ("SS_within", "within"),
                ("share_between_raw", "share_between_with_chance"),
                ("chance_total", "chance_total"),
                ("chance_between", "chance_between"),
                ("chance_within", "chance_within"),
                ("share_between_chance_removed", "share_between"),
                ("chance_share_of_total", "chance_share"),
            ] {
                let found = number(&ours[&key(&[org_type, grouped_by])], column);
                let expected = golden[part][grouping][name].as_f64().unwrap();
                ledger.close(&format!("{org_type} {grouped_by} {name}"), found, expected, CLOSED);
            }
        }
        ledger.end(99 + 100 + 135 * 10 + 33);
    }
}
