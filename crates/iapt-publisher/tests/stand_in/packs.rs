//! Packs of the fixture: layout, merging, determinism, and what is refused.

use expect_test::{Expect, expect};
use iapt_publisher::Error;

use crate::fixture::{
    EXPECTED_RAR, EXPECTED_ZIP, FIGURES, edited, members, project, release, stand_in, text,
};

/// Where this fails because `rars` writes other bytes than before, `GENERATOR_VERSION` goes up by one.
#[test]
fn a_rar_has_the_bytes_that_go_with_the_version_of_the_generator() {
    let stand_in = stand_in(&[]).unwrap();
    let pack = stand_in.pack(&release(&stand_in, "2018-19")).unwrap();
    expect!["97d4d7a830d52f82eca702addc1e08c6c9b211212a3c0894bfaca3589366d1cf"]
        .assert_eq(&iapt_files::Sha256::of(&pack).to_string());
}

#[test]
fn each_period_is_printed_under_its_own_header() {
    let stand_in = stand_in(&[]).unwrap();
    for (period, member, expected) in
        [("2017-18", "main-2017-18.csv", EXPECTED_ZIP), ("2018-19", "main-2018-19-v2.csv", EXPECTED_RAR)]
    {
        let pack = stand_in.pack(&release(&stand_in, period)).unwrap();
        let expected = vec![(member.to_owned(), expected.as_bytes().to_vec())];
        assert_eq!(members(&pack), expected, "{period}");
    }
}

#[test]
fn a_pack_is_what_its_format_says() {
    let stand_in = stand_in(&[]).unwrap();
    assert!(stand_in.pack(&release(&stand_in, "2017-18")).unwrap().starts_with(b"PK\x03\x04"));
    assert!(stand_in.pack(&release(&stand_in, "2018-19")).unwrap().starts_with(b"Rar!\x1a\x07\x01\x00"));
}

#[test]
fn same_figures_make_same_bytes() {
    let (one, other) = (stand_in(&[]).unwrap(), stand_in(&[]).unwrap());
    for period in ["2017-18", "2018-19"] {
        let pack = one.pack(&release(&one, period)).unwrap();
        assert_eq!(pack, one.pack(&release(&one, period)).unwrap());
        assert_eq!(pack, other.pack(&release(&other, period)).unwrap());
    }
    assert_eq!(one.fingerprint(), other.fingerprint());
}

#[test]
fn the_fingerprint_changes_with_all_that_is_printed() {
    let fingerprint = |name: &str, from: &str, to: &str| {
        stand_in(&[(name, &edited(name, from, to))]).unwrap_or_else(|error| panic!("{error}")).fingerprint()
    };
    let as_declared = stand_in(&[]).unwrap().fingerprint();
    for (name, from, to) in [
        ("annual/figures.csv", "1439957", "1439958"),
        ("annual/releases.toml", "main-2018-19-v2.csv", "main-2018-19-v3.csv"),
        (
            "annual/headers.csv",
            "7,Filler\nmain,2018-19,8,Percentage_Recovery",
            "7,Percentage_Recovery\nmain,2018-19,8,Filler",
        ),
        ("annual/dataset.toml", "\"NULL\" =", "\"NA\" = \"not_applicable\"\n\"NULL\" ="),
    ] {
        assert_ne!(fingerprint(name, from, to), as_declared, "{name}");
    }
    // What is not printed makes no other bytes, so it needs no other name.
    assert_eq!(fingerprint("annual/sources.csv", "Main file", "The main file"), as_declared);
}

#[test]
fn a_period_without_figures_is_not_served() {
    let (_folder, project) = project(&[]);
    let stand_in = stand_in(&[]).unwrap();
    let releases: Vec<String> = stand_in.releases().map(iapt_model::Release::label).collect();
    assert_eq!(releases, ["annual 2017-18", "annual 2018-19"]);
    let without = project.datasets[0].releases.last().unwrap();
    let error = stand_in.pack(without).unwrap_err();
    assert!(matches!(error, Error::NoFigures { .. }));
    assert_eq!(error.to_string(), "there are no built-in figures of annual 2019-20");
    assert!(error.hint().unwrap().contains("figures.csv"));
}

#[test]
fn a_dataset_without_figures_is_passed_over() {
    let (folder, project) = project(&[]);
    fs_err::remove_file(folder.path().join("pipelines/annual/figures.csv")).unwrap();
    let stand_in = iapt_publisher::StandIn::load(&project).unwrap();
    assert_eq!(stand_in.releases().count(), 0);
}

#[test]
fn windows_1252_is_written_where_it_is_declared() {
    let releases = edited(
        "annual/releases.toml",
        "format = \"zip\"\n\n[release.files]\nmain = \"main-2017",
        "format = \"zip\"\nencoding = \"windows-1252\"\n\n[release.files]\nmain = \"main-2017",
    );
    let figures = FIGURES.replace("DARLINGTON\"\", NORTH", "ST HELENS\"\" – £, NORTH");
    let stand_in =
        stand_in(&[("annual/releases.toml", &releases), ("annual/figures.csv", &figures)]).unwrap();
    let pack = stand_in.pack(&release(&stand_in, "2017-18")).unwrap();
    let (_, bytes) = members(&pack).remove(0);
    let place = b"ST HELENS\"\" \x96 \xA3, NORTH";
    assert!(bytes.windows(place.len()).any(|window| window == place));
}

#[test]
fn cells_are_quoted_only_where_they_must_be() {
    let stand_in = stand_in(&[]).unwrap();
    let text = text(&stand_in.pack(&release(&stand_in, "2017-18")).unwrap());
    assert_eq!(text.matches('"').count(), 6);
    assert!(!text.contains('\r'));
}

/// The problems of the fixture with one file edited; paths cut to the name of the file.
fn check(name: &str, from: &str, to: &str, expected: &Expect) {
    let error = stand_in(&[(name, &edited(name, from, to))]).unwrap_err();
    let Error::Figures { problems } = &error else { panic!("{error}") };
    let line = |problem: &iapt_model::DeclaredProblem| {
        let file = problem.path.file_name().unwrap().to_string_lossy();
        let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{file}{line}: {}\n", problem.what)
    };
    expected.assert_eq(&problems.iter().map(line).collect::<Vec<_>>().concat());
    assert!(error.hint().is_some());
}

#[test]
fn a_figure_needs_a_column_in_its_period() {
    check(
        "annual/figures.csv",
        "1439957,,",
        "1439957,7,",
        &expect![[r#"
        figures.csv:2: `count_second_treatment` is `7`, but annual 2017-18 has no column for it
    "#]],
    );
}

#[test]
fn a_period_needs_a_release_and_a_header() {
    check(
        "annual/figures.csv",
        "2018-19,CCG",
        "2020-21,CCG",
        &expect![[r#"
        figures.csv:6: 2020-21: releases.toml has no release of these rows (1)
    "#]],
    );
    check(
        "annual/figures.csv",
        "2018-19,CCG",
        "2019-20,CCG",
        &expect![[r#"
        headers.csv: annual 2019-20: no header of `main` is known
    "#]],
    );
    check(
        "annual/headers.csv",
        "main,2018-19,10,Count_Received\n",
        "",
        &expect![[r#"
        headers.csv: annual 2018-19: `main-2018-19-v2.csv`: column `Count_Received` has vanished: the crosswalk expects it in 2018-19
    "#]],
    );
}

#[test]
fn a_cell_is_given_once_by_a_source_that_is_declared() {
    check(
        "annual/figures.csv",
        "news,,,50.8",
        "news,1439957,,50.8",
        &expect![[r#"
        figures.csv:5: `count_referrals_received` is given twice, first in line 2
    "#]],
    );
    check(
        "annual/figures.csv",
        "news,,,50.8",
        "main,,,50.8",
        &expect![[r#"
        figures.csv:5: 2017-18, England / All / All / Total / NULL / NULL: source `main` has a row of these keys already
    "#]],
    );
    check(
        "annual/figures.csv",
        "news,,,50.8",
        "blog,,,50.8",
        &expect![[r#"
        figures.csv:5: source `blog` is not in sources.csv
    "#]],
    );
}

#[test]
fn a_table_that_cannot_be_read_says_where() {
    check(
        "annual/figures.csv",
        "variable_b,source",
        "source,variable_b",
        &expect![[r#"
        figures.csv:1: column `variable_b` is not a <statistic>_<measure> of measures.csv
    "#]],
    );
    check(
        "annual/figures.csv",
        "count_second_treatment",
        "count_third_treatment",
        &expect![[r#"
        figures.csv:1: column `count_third_treatment` is not a <statistic>_<measure> of measures.csv
    "#]],
    );
    check(
        "annual/figures.csv",
        "count_second_treatment",
        "count_referrals_received",
        &expect![[r#"
        figures.csv:1: column `count_referrals_received` stands twice
    "#]],
    );
    check(
        "annual/figures.csv",
        "news,,,50.8",
        "news,,50.8",
        &expect![[r#"
        figures.csv:5: CSV error: record 4 (line: 5, byte: 342): found record with 10 fields, but the previous record has 11 fields
    "#]],
    );
    check(
        "annual/figures.csv",
        "1439957",
        "1 439 957",
        &expect![[r#"
        figures.csv:2: `count_referrals_received`: `1 439 957` is neither a number nor a declared marker
    "#]],
    );
    check(
        "annual/figures.csv",
        "2018-19,CCG",
        "2018,CCG",
        &expect![[r#"
        figures.csv:6: `2018` is neither a financial year (`2017-18`) nor a month (`2021-01`)
    "#]],
    );
}

#[test]
fn packs_and_texts_that_cannot_be_made_are_refused() {
    check(
        "annual/releases.toml",
        "88/EBA9A6/annual%202018-19.rar",
        "82/2CCBED/annual-2017-18.zip",
        &expect![[r#"
            releases.toml: `/82/2CCBED/annual-2017-18.zip` is the path of both annual 2017-18 and annual 2018-19
        "#]],
    );
    check(
        "annual/dataset.toml",
        "\"NULL\" = \"not_applicable\"",
        "\"NULL\" = \"no_activity\"",
        &expect![[r#"
        dataset.toml: no marker is declared as `not_applicable` or `missing`, to be printed where no figure is held
    "#]],
    );
    let encoding = "format = \"rar\"\nencoding = \"windows-1252\"";
    let releases = edited("annual/releases.toml", "format = \"rar\"", encoding);
    let figures = FIGURES.replace("NHS DARLINGTON", "NHS ŁÓDŹ");
    let error =
        stand_in(&[("annual/releases.toml", &releases), ("annual/figures.csv", &figures)]).unwrap_err();
    assert!(
        error.to_string().ends_with("6: `Ł` is not in Windows-1252, the declared encoding of the release"),
        "{error}"
    );
}

#[test]
fn every_problem_is_told_at_once() {
    let figures = FIGURES.replace("news,,,50.8", "blog,,7,x").replace("2018-19,CCG", "2020-21,CCG");
    let error = stand_in(&[("annual/figures.csv", &figures)]).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the published figures have 4 problems:\n"), "{text}");
}
