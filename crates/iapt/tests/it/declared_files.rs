//! Declared files that contradict themselves are refused when they are read, all problems at once.

use expect_test::{Expect, expect};

use crate::support::World;

/// Replaces a text in one declared file and runs `iapt check`.
fn check(file: &str, from: &str, to: &str, expected: &Expect) {
    let world = World::with_own_project();
    let path = world.declared(file);
    let text = fs_err::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    fs_err::write(&path, text.replacen(from, to, 1)).unwrap();
    let ran = world.iapt(&["check"]);
    assert_ne!(ran.code, 0, "{file}: `{from}` -> `{to}` passed");
    let project = world.declared("").display().to_string();
    expected.assert_eq(&format!("exit {}\n{}", ran.code, ran.stderr.replace(&project, "pipelines/")));
}

#[test]
fn a_ratio_across_cohorts_is_refused() {
    check(
        "indicators.toml",
        "numerator = \"recovery\"\ndenominator = \"ended_referrals\"",
        "numerator = \"recovery\"\ndenominator = \"referrals_received\"",
        &expect![[""]],
    );
    check(
        "indicators.toml",
        "numerator = \"recovery\"\ndenominator = \"ended_referrals\"",
        "numerator = \"ended_referrals\"\ndenominator = \"recovery\"",
        &expect![[""]],
    );
}

#[test]
fn an_unknown_measure_is_refused() {
    check("indicators.toml", "numerator = \"recovery\"", "numerator = \"recoverie\"", &expect![[""]]);
    check(
        "psych_ther_annual/columns.csv",
        ",measure,recovery,count,",
        ",measure,recoverie,count,",
        &expect![[""]],
    );
}

#[test]
fn an_unknown_field_or_period_is_refused() {
    check("psych_ther_annual/dataset.toml", "[markers]", "colour = \"blue\"\n[markers]", &expect![[""]]);
    check("psych_ther_annual/releases.toml", "period = \"2017-18\"", "period = \"2017-19\"", &expect![[""]]);
}

#[test]
fn a_column_with_two_meanings_is_refused() {
    check(
        "psych_ther_annual/columns.csv",
        "main,CountRecovery,2017-18,",
        "main,CountRecovery,2018-19,2018-19,measure,at_caseness,count,\nmain,CountRecovery,2017-18,",
        &expect![[""]],
    );
}

#[test]
fn a_known_header_that_is_not_accounted_for_is_data_not_understood() {
    check("psych_ther_annual/headers.csv", "CountRecovery", "CountRecoveries", &expect![[""]]);
}

#[test]
fn a_misspelt_sql_file_is_named() {
    let world = World::with_own_project();
    let path = world.declared("indicators/ratio.sql");
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replacen("tidy.org_code", "tidy.org_kode", 1)).unwrap();
    world.run(&["--period", "2017-18"]).expect(1).says("ratio.sql").says("org_kode");
}
