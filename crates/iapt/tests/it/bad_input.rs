//! Damaged and unexpected files: each a clear error, with everything published before still in place.

use std::sync::OnceLock;

use expect_test::{Expect, expect};

use crate::support::{World, copy_folder, project, published_csv, release, zip, zip_of};

const PERIOD: &str = "2017-18";

/// A world in which a good year is published.
fn good() -> &'static World {
    static GOOD: OnceLock<World> = OnceLock::new();
    GOOD.get_or_init(|| {
        let world = World::new();
        world.mirror_packs(&[PERIOD]);
        world.run(&["--source", "mirror", "--period", PERIOD, "--quiet"]).expect(0);
        world
    })
}

/// Offers the bad file from another mirror where a good year is published.
fn check(bytes: &[u8], code: i32, expected: &Expect) {
    let world = World::new();
    for folder in ["data", "out"] {
        copy_folder(&good().path(folder), &world.path(folder));
    }
    let before = (world.files("data/tables"), world.files("out"));
    // Another mirror, since what came from the first is pinned and kept.
    world.mirror_file(release(&project(), PERIOD), bytes);
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
        hint: each problem above is followed by the line to write
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
            hint: the file is damaged or cut; run again: a file that no build has used is asked for again; if it stays so, add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        hint: each problem above is followed by the line to write
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
              psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: byte 7517 (line 26) is not UTF-8
                hint: if the file is in another encoding, declare it for this release in pipelines/psych_ther_annual/releases.toml: encoding = "windows-1252"
            hint: each problem above is followed by the line to write
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
              psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: byte 7518 (line 26) is a NUL
                hint: the file is damaged at source; add the next edition to pipelines/psych_ther_annual/releases.toml once the publisher has corrected it
            hint: each problem above is followed by the line to write
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
            hint: the file is damaged or cut; run again: a file that no build has used is asked for again; if it stays so, add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        hint: each problem above is followed by the line to write
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
              psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: there is no row under the header
                hint: the file is damaged or cut; run again: a file that no build has used is asked for again; if it stays so, add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
            hint: each problem above is followed by the line to write
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
        hint: each problem above is followed by the line to write
    "#]],
    );
}

#[test]
fn a_row_that_is_cut_off_with_the_file() {
    check_csv(
        |csv| csv.as_bytes()[..csv.rfind(",NULL").unwrap()].to_vec(),
        4,
        &expect![[r#"
            error: 1 problem in the published data:
              psych_ther_annual 2017-18: `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: row 162 has 45 cells, the header has 46
                hint: the file is damaged or cut; run again: a file that no build has used is asked for again; if it stays so, add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
            hint: each problem above is followed by the line to write
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
            hint: open the address in a browser: the file may have moved, or the publisher may ask visitors to prove that they are human; try again later
            error: no release could be fetched: psych_ther_annual 2017-18
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
            error: no release could be fetched: psych_ther_annual 2017-18
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
            error: no release could be fetched: psych_ther_annual 2017-18
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
            error: no release could be fetched: psych_ther_annual 2017-18
            hint: iapt plan says what was looked for
        "#]],
    );
}

/// Fetches and builds one file, without pages.
#[track_caller]
fn built(bytes: &[u8], code: i32) -> (World, String) {
    built_in(World::new(), bytes, code)
}

#[track_caller]
fn built_in(world: World, bytes: &[u8], code: i32) -> (World, String) {
    let project = project();
    world.mirror_file(release(&project, PERIOD), bytes);
    let selection = ["--source", "mirror", "--period", PERIOD, "--quiet"];
    world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
    let ran = world.iapt(&[&["build"], selection.as_slice()].concat()).expect(code);
    (world, ran.stderr)
}

fn packed(csv: &[u8]) -> Vec<u8> {
    zip(&release(&project(), PERIOD).members[0].name, csv)
}

/// Changes the main CSV so that it is read all the same, with so many rows passed over.
#[track_caller]
fn check_read(change: impl Fn(String) -> String, n_passed_over: usize) {
    let csv = published_csv(&project(), PERIOD);
    let n_rows = csv.lines().count() - 1;
    let (world, _) = built(&packed(change(csv).as_bytes()), 0);
    assert_eq!(
        world.query("SELECT n_rows, n_rows_passed_over FROM releases"),
        [format!("{n_rows},{n_passed_over}")]
    );
}

/// Changes the main CSV so that it is not understood; the messages without what all of them have.
#[track_caller]
fn check_told(change: impl Fn(String) -> Vec<u8>, expected: &Expect) {
    let (_, stderr) = built(&packed(&change(published_csv(&project(), PERIOD))), 4);
    let name = release(&project(), PERIOD).members[0].name.clone();
    let told = stderr.replace(&format!("psych_ther_annual 2017-18: `{name}`: "), "");
    expected.assert_eq(&told.replace("hint: each problem above is followed by the line to write\n", ""));
}

#[test]
fn blank_rows_and_every_line_end_are_read() {
    let blank = ",".repeat(45);
    check_read(|csv| format!("{csv}{blank}\n{blank}\n,,\n").replace('\n', "\r"), 3);
    let mixed = |csv: String| csv.replacen('\n', "\r\n", 100).replacen("\r\n", "\r", 10);
    check_read(|csv| mixed(csv.replacen('\n', &format!("\n{blank}\n"), 2)), 2);
}

#[test]
fn notes_under_the_rows() {
    let (blank, most) = (",".repeat(45), ",".repeat(43));
    check_told(
        |csv| {
            format!("{csv}{blank}\nNote: provisional{blank}\n,,Source: NHS England{most}\nNote: short\n")
                .into_bytes()
        },
        &expect![[r#"
            error: 3 problems in the published data:
              row 164, column `OrgType`: `Note: provisional` stands in a row without an organisation or without figures
                hint: read what it says of the figures; then save a copy without the row in a folder laid out by the publisher's paths, use that as --source, and say so in pipelines/psych_ther_annual/releases.toml: note = "Note: provisional"
              row 165, column `OrgName`: `Source: NHS England` stands in a row without an organisation or without figures
                hint: read what it says of the figures; then save a copy without the row in a folder laid out by the publisher's paths, use that as --source, and say so in pipelines/psych_ther_annual/releases.toml: note = "Source: NHS England"
              row 166, column `OrgType`: `Note: short` stands in a row without an organisation or without figures
                hint: read what it says of the figures; then save a copy without the row in a folder laid out by the publisher's paths, use that as --source, and say so in pipelines/psych_ther_annual/releases.toml: note = "Note: short"
        "#]],
    );
}

#[test]
fn a_count_that_is_not_whole() {
    check_told(
        |csv| csv.replacen(",263295,", ",12.5,", 1).into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 38, column `CountRecovery`: `12.5` is not a whole number, as a count has to be
                hint: if the column is not a count, correct its statistic in pipelines/psych_ther_annual/columns.csv (or measure_ids.csv)
        "#]],
    );
}

#[test]
fn a_stray_quote() {
    check_told(
        |csv| csv.replacen(",NHS ", ",NHS \"", 1).into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 26: a quote (`"`) neither opens nor closes a cell
                hint: the file is damaged at source; add the next edition to pipelines/psych_ther_annual/releases.toml once the publisher has corrected it
        "#]],
    );
    check_told(
        |csv| csv.replacen(",NHS ", ",\"NHS ", 1).into_bytes(),
        &expect![[r#"
            error: 2 problems in the published data:
              row 26: a quote (`"`) neither opens nor closes a cell
                hint: the file is damaged at source; add the next edition to pipelines/psych_ther_annual/releases.toml once the publisher has corrected it
              row 26 has 47 cells, the header has 46
                hint: the file is damaged or cut; run again: a file that no build has used is asked for again; if it stays so, add the next edition: [[release]] period = "2017-18", edition = N in pipelines/psych_ther_annual/releases.toml
        "#]],
    );
}

#[test]
fn utf_16() {
    check_told(
        |csv| csv.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        &expect![[r#"
        error: 1 problem in the published data:
          the file is in UTF-16, not in UTF-8
            hint: save a copy of the file as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`, in a folder laid out by the publisher's paths, and use that as --source
    "#]],
    );
    check_told(
        |csv| format!("\u{feff}{csv}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
        &expect![[r#"
            error: 1 problem in the published data:
              the file is in UTF-16, not in UTF-8
                hint: save a copy of the file as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`, in a folder laid out by the publisher's paths, and use that as --source
        "#]],
    );
}

/// As data-frame libraries do it: gaps as `nan` or blank, counts with a point, the numbers of rows as a column.
#[test]
fn a_file_that_was_saved_again() {
    check_told(
        |csv| csv.replace("NULL", "nan").into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 2, column `VariableA`: `nan` is written by data-frame libraries and not by the publisher: the file seems to have been saved again (and 5195 more)
                hint: take the publisher's own file; if there is no other, say so in pipelines/psych_ther_annual/dataset.toml: [layout.main] is_resaved = true
        "#]],
    );
    check_told(
        |csv| csv.replace("NULL", "").into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 2, column `VariableA`: `` is written by data-frame libraries and not by the publisher: the file seems to have been saved again (and 95 more)
                hint: take the publisher's own file; if there is no other, say so in pipelines/psych_ther_annual/dataset.toml: [layout.main] is_resaved = true
        "#]],
    );
    check_told(
        |csv| csv.replacen(",263295,", ",263295.0,", 1).into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 38, column `CountRecovery`: `263295.0` is written by data-frame libraries and not by the publisher: the file seems to have been saved again
                hint: take the publisher's own file; if there is no other, say so in pipelines/psych_ther_annual/dataset.toml: [layout.main] is_resaved = true
        "#]],
    );
    let numbered = |csv: &str, first: &str| {
        let numbers = std::iter::once(first.to_owned()).chain((0..).map(|number: usize| number.to_string()));
        csv.lines().zip(numbers).map(|(line, number)| format!("{number},{line}\n")).collect::<String>()
    };
    check_told(
        |csv| numbered(&csv, "").into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 1, column `[A]`: `` is written by data-frame libraries and not by the publisher: the file seems to have been saved again
                hint: take the publisher's own file; if there is no other, say so in pipelines/psych_ther_annual/dataset.toml: [layout.main] is_resaved = true
        "#]],
    );
    check_told(
        |csv| numbered(&csv, "Unnamed: 0").into_bytes(),
        &expect![[r#"
            error: 1 problem in the published data:
              row 1, column `[A]`: `Unnamed: 0` is written by data-frame libraries and not by the publisher: the file seems to have been saved again
                hint: take the publisher's own file; if there is no other, say so in pipelines/psych_ther_annual/dataset.toml: [layout.main] is_resaved = true
        "#]],
    );
}

#[test]
fn a_file_that_was_saved_again_is_read_where_that_is_declared() {
    let world = World::with_own_project();
    let path = world.declared("psych_ther_annual/dataset.toml");
    let declared = fs_err::read_to_string(&path).unwrap() + "\n[layout.main]\nis_resaved = true\n";
    fs_err::write(path, declared).unwrap();
    let csv = published_csv(&project(), PERIOD).replacen(",263295,", ",263295.0,", 1);
    let (world, _) = built_in(world, &packed(csv.as_bytes()), 0);
    assert_eq!(world.query("SELECT count(*) FROM tidy WHERE measure = 'recovery' AND value = 263295"), ["1"]);
}

#[test]
fn a_share_of_one_is_no_percentage() {
    let share = |column: usize, line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let ("England", Ok(percentage)) = (cells[0].as_str(), cells[column].parse::<f64>()) {
            cells[column] = format!("{:.3}", percentage / 100.0);
        }
        cells.join(",") + "\n"
    };
    check_told(
        |csv| {
            let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
            let column = header.iter().position(|name| *name == "PercentageRecovery").unwrap();
            csv.lines().map(|line| share(column, line)).collect::<String>().into_bytes()
        },
        &expect![[r#"
            error: 1 problem in the published data:
              row 38, column `PercentageRecovery`: `0.508` looks like a fraction of 1, not like a percentage (and 72 more)
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/psych_ther_annual/releases.toml
        "#]],
    );
}

#[test]
fn a_member_in_a_folder() {
    let csv = published_csv(&project(), PERIOD).into_bytes();
    let name = release(&project(), PERIOD).members[0].name.clone();
    let (first, second) = (format!("csvs/{name}"), format!("old/{name}"));
    let other = ("csvs/other.csv", b"a,b\n".to_vec());
    let (world, _) = built(&zip_of([(first.as_str(), csv.clone()), other].into_iter()), 0);
    assert_eq!(
        world.query("SELECT source_file, not_absorbed FROM releases"),
        [format!("{first},csvs/other.csv")]
    );
    check(
        &zip_of([(first.as_str(), csv.clone()), (second.as_str(), csv)].into_iter()),
        1,
        &expect![[r#"
        error: `WORLD/bad/82/2CCBED/psych-ther-ann-2017-18-csvs.zip` has several members like `psych-ther-ann-rep-csv-2017-18-main-csv.csv`: `csvs/psych-ther-ann-rep-csv-2017-18-main-csv.csv`, `old/psych-ther-ann-rep-csv-2017-18-main-csv.csv`
        hint: name one of these members under [release.files] in releases.toml
        error: no release could be fetched: psych_ther_annual 2017-18
        hint: iapt plan says what was looked for
    "#]],
    );
}
