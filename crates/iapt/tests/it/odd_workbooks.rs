//! Workbooks as other programs save them: dates and percentages as cells of their own, odd ranges, blank rows and notes.

use std::{
    io::{Cursor, Read, Write},
    ops::ControlFlow,
    sync::OnceLock,
};

use expect_test::{Expect, expect};
use iapt_publisher::StandIn;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use crate::support::{World, project, release};

const PERIOD: &str = "2021-01";

/// England's rows of the month, and its header.
fn rows() -> Vec<Vec<String>> {
    let project = project();
    let release = release(&project, PERIOD);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack");
    fs_err::write(&path, StandIn::load(&project).unwrap().pack(release).unwrap()).unwrap();
    let mut rows = Vec::new();
    iapt_archive::for_each_row(&path, &release.members[0].name, |_, cells| {
        if rows.is_empty() || cells[2] == "England" {
            rows.push(cells.to_vec());
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(rows.len() > 100);
    rows
}

/// Which cells are written as something else than numbers and texts.
#[derive(Clone, Copy, Default)]
struct Written {
    /// Dates as cells with this format.
    dates: Option<&'static str>,
    /// Days from 1904 instead of 1900.
    is_1904: bool,
    /// England's percentages as shares, shown with this format.
    percent: Option<&'static str>,
    /// What the sheet says of its range.
    range: Option<&'static str>,
}

fn workbook(rows: &[Vec<String>], written: Written) -> Vec<u8> {
    let project = project();
    let name = release(&project, PERIOD).members[0].name.clone();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(&name).unwrap();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            let is_percentage = column == 9 && cells[8].starts_with("Percentage");
            write(sheet, row, column, cell, is_percentage, written);
        }
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut copy = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        if written.is_1904 {
            text = text.replace("<workbookPr ", r#"<workbookPr date1904="1" "#);
        }
        if let Some(range) = written.range
            && let Some((before, after)) = text.split_once("<dimension ref=\"")
        {
            let (_, after) = after.split_once('"').unwrap();
            text = format!("{before}<dimension ref=\"{range}\"{after}");
        }
        copy.start_file(part.name().unwrap().into_owned(), zip::write::SimpleFileOptions::default()).unwrap();
        copy.write_all(text.as_bytes()).unwrap();
    }
    copy.finish().unwrap().into_inner()
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &str, is_percentage: bool, written: Written) {
    let date = chrono::NaiveDate::parse_from_str(cell, "%d/%m/%Y").ok();
    if let (Some(date), Some(format)) = (date, written.dates) {
        let days = ExcelDateTime::parse_from_str(&date.to_string()).unwrap().to_excel();
        let days = if written.is_1904 { days - 1462.0 } else { days };
        sheet.write_number_with_format(row, column, days, &Format::new().set_num_format(format)).unwrap();
        return;
    }
    match (cell.parse::<f64>(), written.percent) {
        (Ok(number), Some("")) if is_percentage => {
            sheet.write_number(row, column, number / 100.0).unwrap();
        }
        (Ok(number), Some(format)) if is_percentage => {
            let format = Format::new().set_num_format(format);
            sheet.write_number_with_format(row, column, number / 100.0, &format).unwrap();
        }
        (Ok(number), _) => {
            sheet.write_number(row, column, number).unwrap();
        }
        (Err(_), _) => {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
}

/// Fetches and builds the month from a workbook.
fn built(workbook: &[u8]) -> (World, i32, String) {
    let project = project();
    let world = World::new();
    world.mirror_file(release(&project, PERIOD), workbook);
    let selection = ["--source", "mirror", "--period", PERIOD, "--quiet"];
    world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
    let ran = world.iapt(&[&["build"], selection.as_slice()].concat());
    (world, ran.code, ran.stderr)
}

const CELLS: &str =
    "SELECT start_date, end_date, measure, statistic, value, value_status FROM tidy ORDER BY 3, 4";

/// The cells of the month as the publisher wrote it.
fn plain() -> &'static [String] {
    static PLAIN: OnceLock<Vec<String>> = OnceLock::new();
    PLAIN.get_or_init(|| {
        let (world, code, stderr) = built(&workbook(&rows(), Written::default()));
        assert_eq!(code, 0, "{stderr}");
        world.query(CELLS)
    })
}

#[track_caller]
fn check_same(written: Written) {
    let (world, code, stderr) = built(&workbook(&rows(), written));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(plain().len(), rows().len() - 1);
    assert!(world.query(CELLS) == plain());
}

#[track_caller]
fn check(change: impl FnOnce(&mut Vec<Vec<String>>), written: Written, expected: &Expect) {
    let mut rows = rows();
    change(&mut rows);
    let (_, code, stderr) = built(&workbook(&rows, written));
    assert_eq!(code, 4, "{stderr}");
    expected.assert_eq(&stderr);
}

#[test]
fn dates_and_percentages_that_are_cells_are_read() {
    let written = [
        ("dd/mm/yyyy", false, Some("0.0%"), None),
        ("[$-809]dd mmmm yyyy;@", false, None, Some("A0")),
        ("yyyy-mm-dd", true, Some("0%"), Some("A0:J20")),
    ];
    for (dates, is_1904, percent, range) in written {
        check_same(Written { dates: Some(dates), is_1904, percent, range });
    }
}

#[test]
fn a_date_cell_of_another_month_is_not() {
    check(
        |rows| rows[3][1] = "28/02/2021".to_owned(),
        Written { dates: Some("dd/mm/yyyy"), ..Written::default() },
        &expect![[r#"
            error: 1 problem in the published data:
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 4, column `REPORTING_PERIOD_END`: `2021-02-28` is not the last day of 2021-01
                hint: compare the period and the address of the release in pipelines/talking_therapies_monthly/releases.toml; if dates are written in a new way, add it to date_formats in pipelines/talking_therapies_monthly/dataset.toml
            hint: each problem above is followed by the line to write
        "#]],
    );
}

#[test]
fn shares_that_are_not_shown_as_percent_are_not_understood() {
    check(
        |_| {},
        Written { percent: Some(""), ..Written::default() },
        &expect![[r#"
            error: 11 problems in the published data:
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 52, column `MEASURE_VALUE_SUPPRESSED`: `0.929` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 54, column `MEASURE_VALUE_SUPPRESSED`: `0.987` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 98, column `MEASURE_VALUE_SUPPRESSED`: `0.055` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 126, column `MEASURE_VALUE_SUPPRESSED`: `0.059000000000000004` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 129, column `MEASURE_VALUE_SUPPRESSED`: `0.685` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 133, column `MEASURE_VALUE_SUPPRESSED`: `0.518` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 135, column `MEASURE_VALUE_SUPPRESSED`: `0.491` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 145, column `MEASURE_VALUE_SUPPRESSED`: `0.5429999999999999` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 179, column `MEASURE_VALUE_SUPPRESSED`: `0.515` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 183, column `MEASURE_VALUE_SUPPRESSED`: `0.515` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 187, column `MEASURE_VALUE_SUPPRESSED`: `0.518` looks like a fraction of 1, not like a percentage
                hint: the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/talking_therapies_monthly/releases.toml
            hint: each problem above is followed by the line to write
        "#]],
    );
}

#[test]
fn blank_rows_of_a_sheet_are_counted() {
    let mut rows = rows();
    let n_rows = rows.len() - 1;
    rows.insert(5, Vec::new());
    rows.push(vec![" ".to_owned(); 10]);
    let (world, code, stderr) = built(&workbook(&rows, Written::default()));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(world.query("SELECT n_rows, n_rows_passed_over FROM releases"), [format!("{n_rows},2")]);
}

#[test]
fn notes_and_broken_counts_of_a_sheet_are_named_by_row() {
    check(
        |rows| {
            rows[1][9] = "12.5".to_owned();
            rows.push(vec!["Note: figures are provisional".to_owned()]);
            rows.push(vec![String::new(), String::new(), "Source: NHS England".to_owned()]);
        },
        Written::default(),
        &expect![[r#"
            error: 3 problems in the published data:
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 195, column `REPORTING_PERIOD_START`: `Note: figures are provisional` stands in a row without an organisation or without figures
                hint: read what it says of the figures; then save a copy without the row in a folder laid out by the publisher's paths, use that as --source, and say so in pipelines/talking_therapies_monthly/releases.toml: note = "Note: figures are provisional"
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 196, column `GROUP_TYPE`: `Source: NHS England` stands in a row without an organisation or without figures
                hint: read what it says of the figures; then save a copy without the row in a folder laid out by the publisher's paths, use that as --source, and say so in pipelines/talking_therapies_monthly/releases.toml: note = "Source: NHS England"
              talking_therapies_monthly 2021-01: `iapt-month-Jan-21-final-data`: row 2, column `MEASURE_VALUE_SUPPRESSED`: `12.5` is not a whole number, as a count has to be
                hint: if the column is not a count, correct its statistic in pipelines/talking_therapies_monthly/columns.csv (or measure_ids.csv)
            hint: each problem above is followed by the line to write
        "#]],
    );
}
