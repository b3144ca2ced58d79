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
    fs_err::rename(world.path("mirror"), world.path("good")).unwrap();
    world.mirror_file(release, bytes);
    let ran = world.run(&["--source", "mirror", "--period", PERIOD, "--quiet"]).expect(code);
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
    check_csv(|csv| csv.replacen(",NULL\n", ",n/a\n", 2).into_bytes(), 4, &expect![[""]]);
}

#[test]
fn a_ragged_row() {
    check_csv(|csv| csv.replacen(",NULL\n", "\n", 1).into_bytes(), 4, &expect![[""]]);
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
        &expect![[""]],
    );
}

#[test]
fn an_embedded_nul() {
    check_csv(|csv| csv.replacen("NHS", "N\0S", 1).into_bytes(), 4, &expect![[""]]);
}

#[test]
fn an_empty_member() {
    check_csv(|_| Vec::new(), 4, &expect![[""]]);
}

#[test]
fn a_header_only() {
    check_csv(|csv| csv.lines().next().unwrap().as_bytes().to_vec(), 4, &expect![[""]]);
}

#[test]
fn a_total_that_was_not_printed() {
    check_csv(|csv| csv.replace(",263295,", ",263296,").into_bytes(), 4, &expect![[""]]);
}

#[test]
fn a_row_that_is_cut_off_with_the_file() {
    check_csv(|csv| csv.as_bytes()[..csv.len() / 2].to_vec(), 4, &expect![[""]]);
}

#[test]
fn html_instead_of_an_archive() {
    check(b"<!DOCTYPE html><html><body>Checking your browser</body></html>", 1, &expect![[""]]);
}

#[test]
fn an_empty_file() {
    check(b"", 1, &expect![[""]]);
}

#[test]
fn an_archive_without_the_member() {
    check(&zip("read-me.txt", b"nothing here"), 1, &expect![[""]]);
}

#[test]
fn a_truncated_archive() {
    let project = project();
    let whole = zip(&release(&project, PERIOD).members[0].name, published_csv(&project, PERIOD).as_bytes());
    check(&whole[..whole.len() / 2], 1, &expect![[""]]);
}
