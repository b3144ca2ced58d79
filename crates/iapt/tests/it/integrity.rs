//! What the integrity engine finds on real figures, and what has been claimed about them.

use std::collections::BTreeSet;

use iapt_model::{Period, Project, Reach};

use crate::support::{World, whole, whole_project};

fn of_reach(project: &Project, reach: Reach) -> Vec<&str> {
    let rules = project.rules.iter().filter(|rule| rule.reach() == reach);
    rules.map(|rule| rule.text.as_str()).collect()
}

#[test]
fn finds_the_known_faults_by_general_rules_and_no_other_error() {
    let world = whole();
    let check = |sql: &str, expected: &[&str]| assert_eq!(world.query(sql), expected, "{sql}");
    // The provider listed twice is the only thing that cannot be right, and the only reason why sums do not close.
    check(
        "SELECT rule, reporting_period, org_type, org_code FROM findings WHERE severity = 'error' ORDER BY rule",
        &["additivity,2023-24,Provider,", "duplicate_code,2023-24,Provider,TAF90"],
    );
    check(
        "SELECT reporting_period, org_type, count(*) FROM additivity
         WHERE NOT is_deduplicated AND (NOT is_within_hard OR abs(z_score) > 4) GROUP BY 1, 2",
        &["2023-24,Provider,9"],
    );
    check(
        "SELECT count(*) FROM additivity WHERE is_deduplicated AND (NOT is_within_hard OR abs(z_score) > 4)",
        &["0"],
    );
    // One area in three guises, and its provider: more finished than received.
    check(
        "SELECT DISTINCT org_code FROM findings WHERE rule = 'more_finished_than_received'
           AND reporting_period = '2021-22' AND org_code IN ('92G', 'QOX', 'RVN') ORDER BY org_code",
        &["92G", "QOX", "RVN"],
    );
    // 300 of 300 recovered.
    check(
        "SELECT org_code, evidence FROM findings
         WHERE rule = 'extreme_rate' AND reporting_period = '2024-25' AND subject = 'recovery_rate' AND evidence LIKE '100%'",
        &[r#"DA1,"100.0%; numerator 300, denominator withheld in part""#],
    );
    check("SELECT count(*) FROM findings WHERE sentence = '' OR rule_says = '' OR n_rows = 0", &["0"]);
}

/// They are run over the periods that are new, so nothing that they find in one may depend on another.
#[test]
fn rules_that_look_at_each_period_by_itself_find_the_same_in_some_as_in_all() {
    let world = whole();
    let project = whole_project();
    let rules: Vec<&str> = of_reach(&project, Reach::Period);
    assert!(rules.len() > 5, "{}", rules.len());
    let found = |condition: &str| -> BTreeSet<String> {
        let seen = ["indicators", "tidy"]
            .map(|table| format!("{table} AS (SELECT * FROM {table} WHERE {condition})"));
        let rules: Vec<String> = rules.iter().map(|rule| format!("SELECT * FROM (\n{rule}\n)")).collect();
        let sql = format!("WITH {} {}", seen.join(", "), rules.join(" UNION ALL "));
        world.query(&sql).into_iter().collect()
    };
    // No two years and no two months that follow each other are in one half.
    let [first, second] = [0, 1].map(|rest| {
        let [year, last] =
            ["1, 4", "6, 2"].map(|part| format!("CAST(substr(reporting_period, {part}) AS INT)"));
        found(&format!("CASE WHEN {last} > 12 THEN {year} ELSE {last} END % 2 = {rest}"))
    });
    let all = found("TRUE");
    assert!(first.is_disjoint(&second), "both halves have seen everything");
    assert!(first.len() > 10 && second.len() > 10, "{} and {}", first.len(), second.len());
    assert_eq!(first.union(&second).cloned().collect::<BTreeSet<_>>(), all);
}

/// They are run over the periods that are new and those beside them, so nothing that they find may depend on one that is further off.
#[test]
fn rules_that_look_at_neighbours_find_the_same_beside_them_as_among_all() {
    let world = whole();
    let project = whole_project();
    let rules = of_reach(&project, Reach::Neighbours);
    assert!(rules.len() > 1, "{}", rules.len());
    for rule in rules {
        let found = |condition: &str, period: &str| {
            world.query(&format!(
                "WITH indicators AS (SELECT * FROM indicators WHERE {condition})
                 SELECT * FROM (\n{rule}\n) WHERE reporting_period {period} ORDER BY sentence"
            ))
        };
        let periods = world.query(&format!("SELECT DISTINCT reporting_period FROM (\n{rule}\n) ORDER BY 1"));
        assert!(periods.len() > 4, "{periods:?}");
        for text in &periods {
            let period: Period = text.parse().unwrap();
            let after = format!(
                "(SELECT min(reporting_period) FROM indicators WHERE period_kind = 'month' AND reporting_period > '{text}')"
            );
            let beside = format!("reporting_period IN ('{}', '{text}', {after})", period.previous());
            let own = format!("= '{text}'");
            assert_eq!(found(&beside, &own), found("TRUE", &own), "{text}");
        }
    }
}

#[test]
fn check_lists_the_findings_once_there_are_tables() {
    let world = World::with_every_organisation();
    let before = world.iapt(&["check"]).expect(0).stdout;
    assert!(before.contains("no tables in data/tables"), "{before}");
    world.iapt(&["fetch", "--period", "2023-24"]).expect(0);
    world.iapt(&["build", "--period", "2023-24"]).expect(0);
    let after = world.iapt(&["check"]).expect(0).stdout;
    assert!(after.contains("error: TAF90 is listed 2 times in 2023-24"), "{after}");
    assert!(
        after.contains(", which says: No more courses of treatment finish") && !after.contains("\nwarning: "),
        "{after}"
    );
    assert!(!after.contains("\nnote: "), "{after}");
    let warnings = world.iapt(&["check", "--list", "warning"]).expect(0).stdout;
    assert!(warnings.contains("\nwarning: ") && !warnings.contains("\nnote: "), "{warnings}");
    assert!(world.iapt(&["check", "--list", "note"]).expect(0).stdout.contains("\nnote: "));
}

#[test]
fn the_ledger_has_a_verdict_on_every_claim_and_contradicts_the_two_faults() {
    let world = whole();
    let check = |sql: &str, expected: &[&str]| assert_eq!(world.query(sql), expected, "{sql}");
    check(
        "SELECT verdict, count(*) FROM claims GROUP BY verdict ORDER BY verdict",
        &[
            "contradicted,14",
            "counts others,4",
            "not computable,77",
            "reproduced,89",
            "rounds differently,4",
            "same source,20",
        ],
    );
    check(
        "SELECT claim, stated, round(computed, 2) FROM claims WHERE verdict = 'contradicted' ORDER BY claim",
        &[
            "fpn_2014_completed,14.0,16.31",
            "guardian_2023_only_white_british,1.0,7.0",
            "guardian_2023_pakistani,35.1,43.45",
            "healthwatch_2018_of_referred,20.0,18.28",
            "healthwatch_2018_recovered,282000.0,263295.0",
            "nuffield_2024_growth_finished,4.5,4.67",
            "nuffield_2024_wavered,,11.02",
            "pharmatimes_2018_rise,32000.0,11857.0",
            "politicshome_2023_finished,688000.0,664087.0",
            "politicshome_2023_share,38.0,36.64",
            "post_entered_of_ended,71.0,69.53",
            "post_exits_close,100.0,98.29",
            "post_fall_on_previous_year,-8744.0,54293.0",
            "psyreflect_2025_gap_unchanged,,-6.53",
        ],
    );
    // An answer whose base biases it stands with both numbers.
    check(
        "SELECT claim FROM claims WHERE claim = 'dhsc_2023_28_days' AND statement LIKE '%47.8%' AND explanation LIKE '%53.1%'
           AND explanation LIKE '%left out%'",
        &["dhsc_2023_28_days"],
    );
    check(
        "SELECT claim FROM claims
         WHERE claim IN ('post_fall_on_previous_year', 'post_entered_of_ended') AND explanation LIKE '%1,376,920%'",
        &["post_fall_on_previous_year", "post_entered_of_ended"],
    );
    check("SELECT claim FROM claims WHERE verdict <> 'reproduced' AND explanation = ''", &[]);
    check("SELECT claim FROM claims WHERE (computed IS NULL) <> (verdict = 'not computable')", &[]);
}

#[test]
fn a_claim_whose_query_is_wrong_stops_the_build_and_is_named() {
    let world = World::with_own_project();
    world.edit("claims.csv", "FROM england_rates", "FROM england_rate");
    world.iapt(&["fetch", "--period", "2017-18"]).expect(0);
    world.iapt(&["build", "--period", "2017-18"]).expect(1).says("claims.csv: `post_");
}

#[test]
fn a_rule_or_a_claim_that_would_write_is_refused() {
    let world = World::with_own_project();
    world.iapt(&["fetch", "--period", "2017-18"]).expect(0);
    let rule = world.declared("checks/zz.sql");
    let owned = world.path("owned.csv");
    let copy = format!("-- A rule that writes.\nCOPY (SELECT 1 AS a) TO '{}'\n", owned.display());
    fs_err::write(&rule, copy).unwrap();
    world.edit("claims.csv", "SELECT", "DELETE");
    let told = world.iapt(&["check"]).expect(1).says("error: 2 problems in the declared SQL:");
    told.says(&format!("{}: `COPY` is not allowed: only queries are", rule.display())).says("claims.csv: `");
    world.edit("claims.csv", "DELETE", "SELECT");
    world.iapt(&["build", "--period", "2017-18"]).expect(1).says("zz.sql: `COPY` is not allowed");
    assert!(!owned.exists());
}

/// Whoever lists findings looks for three kinds.
#[test]
fn a_rule_finds_errors_warnings_or_notes() {
    let world = World::with_own_project();
    let columns = ["level", "org_type", "org_code", "org_name", "subject", "evidence", "sentence"];
    let columns = columns.map(|column| format!("'' AS {column}")).join(", ");
    let rule = format!(
        "-- Nothing is wrong.\nSELECT 'd' AS dataset, '2017-18' AS reporting_period, 'Warning' AS severity, 1 AS n_rows, {columns}\n"
    );
    fs_err::write(world.declared("checks/zz.sql"), rule).unwrap();
    world.iapt(&["fetch", "--period", "2017-18"]).expect(0);
    let built = world.iapt(&["build", "--period", "2017-18"]).expect(1);
    built.says("zz.sql").says("the severity `Warning` is none of error, warning, note");
}

/// What a rule finds carries its name, and is kept and dropped by it.
#[test]
fn two_rules_of_one_name_are_refused() {
    let world = World::with_own_project();
    let rule = world.declared("talking_therapies_key_measures/checks/additivity.sql");
    fs_err::copy(world.declared("checks/additivity.sql"), &rule).unwrap();
    let told = world.iapt(&["check"]).expect(1).says(&format!("{}: ", rule.display()));
    told.says("checks/additivity.sql has the same name");
}
