//! Damaged and unexpected files: each a clear error, with everything published before still in place.

use expect_test::{Expect, expect};

use crate::support::{World, project, published_csv, release, zip};

const PERIOD: &str = "2017-18";

/// Publishes a good year, then offers the bad file from another mirror.
fn check(bytes: &[u8], code: i32, expected: &Expect) {
    let project = project();
    let release = release(&project, PERIOD);
    let world = World::new();
    let good = published_csv(&project, PERIOD);
    world.mirror(release, good.as_bytes());
    world.run(&["--source", "mirror", "--period", PERIOD, "--quiet"]).expect(0);
    let before = (world.files("data/tables"), world.files("out"));
    // Another mirror, since what came from the first is pinned and kept.
    fs_err::rename(world.path("mirror"), world.path("good")).unwrap();
    world.mirror_file(release, bytes);
    fs_err::rename(world.path("mirror"), world.path("bad")).unwrap();
    let ran = world.run(&["--source", "bad", "--period", PERIOD, "--quiet"]).expect(code);
    expected.assert_eq(&ran.stderr.replace(world.path("").to_str().unwrap(), "WORLD/"));
    if code != 0 {
        assert!(before == (world.files("data/tables"), world.files("out")), "something was replaced");
    }
}

fn check_csv(change: impl Fn(String) -> Vec<u8>, code: i32, expected: &Expect) {
    let project = project();
    let csv = change(published_csv(&project, PERIOD));
    check(&zip(&release(&project, PERIOD).members[0].name, &csv), code, expected);
}

#[test]
fn an_unknown_marker() {
    check_csv(
        |csv| csv.replacen(",NULL\n", ",n/a\n", 2).into_bytes(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: row 2, column `MeanTreatmentAppointmentsReliableRecovery`: `n/a` is neither a number nor a declared marker (and 1 more)
            hint: if it is a marker, declare it in pipelines/psych_ther_annual/dataset.toml under [markers]: "n/a" = "suppressed" (or not_applicable, no_activity, missing)
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn a_ragged_row() {
    check_csv(
        |csv| csv.replacen(",NULL\n", "\n", 1).into_bytes(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: row 2 has 45 cells, the header has 46
            hint: the file is damaged or cut; fetch it again after removing its pin, or add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn a_byte_order_mark_is_tolerated() {
    check_csv(|csv| [b"\xef\xbb\xbf", csv.as_bytes()].concat(), 0, &expect![[""]]);
}

#[test]
fn another_encoding() {
    check_csv(
        |csv| {
            let at = csv.find("NHS").unwrap();
            [&csv.as_bytes()[..at], b"\x96", &csv.as_bytes()[at..]].concat()
        },
        4,
        &expect![[r#"
            error: 1 problem in the published data:
              psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: byte 61511 (line 230) is not UTF-8
                hint: if the file is in another encoding, declare it for this release in pipelines/psych_ther_annual/releases.toml: encoding = "windows-1252"
            hint: each line above is followed by the line to write; what was published before is still in place
        "#]],
    );
}

#[test]
fn an_embedded_nul() {
    check_csv(
        |csv| csv.replacen("NHS", "N\0S", 1).into_bytes(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: byte 61512 (line 230) is a NUL
            hint: the file is damaged at source; add the next edition to pipelines/psych_ther_annual/releases.toml once the publisher has mended it
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn an_empty_member() {
    check_csv(
        |_| Vec::new(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: the file is empty
            hint: the file is damaged or cut; fetch it again after removing its pin, or add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn a_header_only() {
    check_csv(
        |csv| csv.lines().next().unwrap().as_bytes().to_vec(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: there is a header and not one row under it
            hint: the file is damaged or cut; fetch it again after removing its pin, or add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn a_total_that_was_not_printed() {
    check_csv(
        |csv| csv.replace(",263295,", ",263296,").into_bytes(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: England's count of recovery is 263296, but annual_main prints 263295
            hint: if the publisher has revised it, correct the total in pipelines/psych_ther_annual/expected.csv: main,2017-18,recovery,count,VALUE,SOURCE
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn a_row_that_is_cut_off_with_the_file() {
    check_csv(
        |csv| csv.as_bytes()[..csv.len() / 2].to_vec(),
        4,
        &expect![[r#"
        error: 1 problem in the published data:
          psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: row 688 has 16 cells, the header has 46
            hint: the file is damaged or cut; fetch it again after removing its pin, or add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        hint: each line above is followed by the line to write; what was published before is still in place
    "#]],
    );
}

#[test]
fn html_instead_of_an_archive() {
    check(
        b"<!DOCTYPE html><html><body>Checking your browser</body></html>",
        1,
        &expect![[r#"
            error: `WORLD/bad/82/2CCBED/psych-ther-ann-2017-18-csvs.zip` is an HTML page, not an archive; it begins with `<!DOCTYPE html><html><body>Checking your browser</body></htm`
            hint: open the address in a browser: the file may have moved, or the publisher may be asking for a human; try again later
            error: no release could be had: psych_ther_annual 2017-18
            hint: iapt plan says what was looked for
        "#]],
    );
}

#[test]
fn an_empty_file() {
    check(
        b"",
        1,
        &expect![[r#"
            error: `WORLD/bad/82/2CCBED/psych-ther-ann-2017-18-csvs.zip` is empty
            hint: remove the file and fetch it again
            error: no release could be had: psych_ther_annual 2017-18
            hint: iapt plan says what was looked for
        "#]],
    );
}

#[test]
fn an_archive_without_the_member() {
    check(
        &zip("read-me.txt", b"nothing here"),
        1,
        &expect![[r#"
            error: `WORLD/bad/82/2CCBED/psych-ther-ann-2017-18-csvs.zip` has no member `psych-ther-ann-rep-csv-2017-18-main-csv.csv`; it has `read-me.txt`
            hint: name one of these members under [release.files] in releases.toml
            error: no release could be had: psych_ther_annual 2017-18
            hint: iapt plan says what was looked for
        "#]],
    );
}

#[test]
fn a_truncated_archive() {
    let project = project();
    let whole = zip(&release(&project, PERIOD).members[0].name, published_csv(&project, PERIOD).as_bytes());
    check(
        &whole[..whole.len() / 2],
        1,
        &expect![[r#"
            error: `WORLD/bad/82/2CCBED/psych-ther-ann-2017-18-csvs.zip` is cut off: the directory at its end is missing
            hint: remove the file and fetch it again
            error: no release could be had: psych_ther_annual 2017-18
            hint: iapt plan says what was looked for
        "#]],
    );
}
