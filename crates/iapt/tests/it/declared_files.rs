//! Declared files that contradict themselves are refused when they are read, all problems at once.

use expect_test::{Expect, expect};

use crate::support::World;

/// Replaces a text in one declared file and runs `iapt check`.
fn check(file: &str, from: &str, to: &str, expected: &Expect) {
    let world = World::with_own_project();
    world.edit(file, from, to);
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
        &expect![[r#"
            exit 1
            error: the declared files have 1 problem:
              pipelines/indicators.toml: indicator `recovery_share`: a ratio across cohorts: `recovery` counts the cohort `finished_at_caseness`, which is not within `received`; if it is meant, say why: across_cohorts = "..."
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "indicators.toml",
        "numerator = \"recovery\"\ndenominator = \"ended_referrals\"",
        "numerator = \"ended_referrals\"\ndenominator = \"recovery\"",
        &expect![[r#"
            exit 1
            error: the declared files have 1 problem:
              pipelines/indicators.toml: indicator `recovery_share`: a ratio across cohorts: `ended_referrals` counts the cohort `ended`, which is not within `finished_at_caseness`; if it is meant, say why: across_cohorts = "..."
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}

#[test]
fn people_and_referrals_are_never_divided() {
    for (numerator, denominator) in [
        ("recovery", "people_referred"),
        ("people_referred", "referrals_received"),
        ("people_referred", "ended_referrals"),
    ] {
        let world = World::with_own_project();
        let from = "numerator = \"recovery\"\ndenominator = \"ended_referrals\"";
        let to = format!("numerator = \"{numerator}\"\ndenominator = \"{denominator}\"");
        world.edit("indicators.toml", from, &to);
        world.iapt(&["check"]).expect(1).says("a ratio across cohorts").says("`people_received`");
    }
}

#[test]
fn an_unknown_measure_is_refused() {
    check(
        "indicators.toml",
        "numerator = \"recovery\"",
        "numerator = \"recoverie\"",
        &expect![[r#"
        exit 1
        error: the declared files have 1 problem:
          pipelines/indicators.toml: indicator `recovery_share`: `recoverie` with `count` is not in measures.csv
        hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
    "#]],
    );
    check(
        "psych_ther_annual/columns.csv",
        ",measure,recovery,count,",
        ",measure,recoverie,count,",
        &expect![[r#"
            exit 1
            error: the declared files have 1 problem:
              pipelines/psych_ther_annual/columns.csv:61: `CountRecovery`: `recoverie` with `count` is not in measures.csv
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}

#[test]
fn an_unknown_field_or_period_is_refused() {
    check(
        "psych_ther_annual/dataset.toml",
        "[markers]",
        "colour = \"blue\"\n[markers]",
        &expect![[r#"
            exit 1
            error: the declared files have 1 problem:
              pipelines/psych_ther_annual/dataset.toml:24: unknown field `colour`, expected one of `title`, `publisher`, `licence`, `licence_url`, `attribution`, `landing_page`, `series_pages`, `passed_over`, `hosts`, `published_within_days`, `size_band`, `repeats`, `is_never_met`, `rows_band_percent`, `markers`, `disclosure`, `layout`
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "psych_ther_annual/releases.toml",
        "period = \"2017-18\"",
        "period = \"2017-19\"",
        &expect![[r#"
        exit 1
        error: the declared files have 1 problem:
          pipelines/psych_ther_annual/releases.toml:2: `2017-19` is neither a financial year (`2017-18`) nor a month (`2021-01`)
        hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
    "#]],
    );
}

#[test]
fn a_column_with_two_meanings_is_refused() {
    check(
        "psych_ther_annual/columns.csv",
        "main,CountRecovery,2017-18,",
        "main,CountRecovery,2018-19,2018-19,measure,at_caseness,count,\nmain,CountRecovery,2017-18,",
        &expect![[r#"
            exit 1
            error: the declared files have 2 problems:
              pipelines/psych_ther_annual/columns.csv:61: `CountRecovery` overlaps the row of `CountAtCaseness`: in one period it can have one meaning only
              pipelines/psych_ther_annual/columns.csv:62: `CountRecovery` overlaps the row of `CountRecovery`: in one period it can have one meaning only
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}

#[test]
fn a_known_header_that_is_not_accounted_for_is_data_not_understood() {
    check(
        "psych_ther_annual/headers.csv",
        "CountRecovery",
        "CountRecoveries",
        &expect![[r#"
            exit 4
            error: the crosswalk does not account for the known headers:
              psych_ther_annual 2017-18: `headers.csv`: column `CountRecoveries` (position 26) is not in the crosswalk
                hint: add to pipelines/psych_ther_annual/columns.csv, with its measure and statistic (or role `ignore` and a note): main,CountRecoveries,2017-18,,measure,MEASURE,STATISTIC,
              psych_ther_annual 2017-18: `headers.csv`: column `CountRecovery` has vanished: the crosswalk expects it in 2017-18
                hint: if it was never there, take its row out of pipelines/psych_ther_annual/columns.csv: main,CountRecovery,2017-18,...
        "#]],
    );
}

#[test]
fn a_misspelt_sql_file_is_named() {
    let world = World::with_own_project();
    world.edit("indicators/ratio.sql", "cells.org_code", "cells.org_kode");
    world.run(&["--period", "2017-18"]).expect(1).says("ratio.sql").says("org_kode");
}

#[test]
fn an_address_elsewhere_is_refused() {
    check(
        "talking_therapies_monthly/releases.toml",
        "url = \"https://files.digital.nhs.uk/",
        "publication_page = \"javascript:alert(1)\"\nurl = \"https://files.example.org/",
        &expect![[r#"
            exit 1
            error: the declared files have 2 problems:
              pipelines/talking_therapies_monthly/releases.toml: 2021-01 url: `files.example.org`, the host of `https://files.example.org/A7/3EA648/iapt-month-Jan-2021-final-data.xlsx`, is not in `hosts` of dataset.toml
              pipelines/talking_therapies_monthly/releases.toml: 2021-01 publication_page: `javascript:alert(1)` is not an https address
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "psych_ther_annual/sources.csv",
        "https://github.com/",
        "javascript:alert(1)//",
        &expect![[r#"
            exit 1
            error: the declared files have 1 problem:
              pipelines/psych_ther_annual/sources.csv:2: source `annual_main`: `javascript:alert(1)//bennettoxford/nhstt` is not an https address
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "stated_sources.csv",
        "http://content.digital.nhs.uk/article/3857",
        "http://user:secret@content.digital.nhs.uk/article/3857",
        &expect![[r#"
            exit 1
            error: the declared files have 5 problems:
              pipelines/stated_sources.csv:6: `http://user:secret@content.digital.nhs.uk/article/3857/Access-to-psychological-therapies-first-annual-report-published` names a user
              pipelines/stated_figures.csv:8: `hscic_2014_first_report` is not in stated_sources.csv
              pipelines/stated_figures.csv:9: `hscic_2014_first_report` is not in stated_sources.csv
              pipelines/stated_figures.csv:10: `hscic_2014_first_report` is not in stated_sources.csv
              pipelines/stated_figures.csv:11: `hscic_2014_first_report` is not in stated_sources.csv
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}

#[test]
fn a_measure_that_no_indicator_reads_has_its_reason() {
    let row = "accessing_services_18_weeks,count";
    check(
        "measures.csv",
        row,
        &format!("callbacks,count,referrals,accessing,Callbacks,Callbacks.,A fixture.,\n{row}"),
        &expect![[r#"
            exit 1
            error: the declared files have 1 problem:
              pipelines/unused_measures.csv: `callbacks` with `count` is neither used by an indicator of indicators.toml nor listed; write an indicator, or here: callbacks,count,REASON
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "unused_measures.csv",
        "people_referred,count,\"People",
        "recovery,count,\"People",
        &expect![[r#"
            exit 1
            error: the declared files have 2 problems:
              pipelines/unused_measures.csv:121: `recovery` with `count` is used by the indicator `recovery_share`: take this line out
              pipelines/unused_measures.csv: `people_referred` with `count` is neither used by an indicator of indicators.toml nor listed; write an indicator, or here: people_referred,count,REASON
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "unused_measures.csv",
        "people_referred,count,\"People",
        "people_refered,count,\"People",
        &expect![[r#"
            exit 1
            error: the declared files have 2 problems:
              pipelines/unused_measures.csv:121: `people_refered` with `count` is not in measures.csv
              pipelines/unused_measures.csv: `people_referred` with `count` is neither used by an indicator of indicators.toml nor listed; write an indicator, or here: people_referred,count,REASON
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}
