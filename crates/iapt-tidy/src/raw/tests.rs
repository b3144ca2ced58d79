//! Tests of reading published files.

use expect_test::{Expect, expect};
use iapt_model::Period;

use super::*;

fn member(is_windows_1252: bool) -> Member {
    Member { file: "main".to_owned(), name: "main.csv".to_owned(), header_row: 1, is_windows_1252 }
}

fn published_file() -> PublishedFile {
    PublishedFile {
        dataset: "annual".to_owned(),
        period: "2017-18".parse::<Period>().unwrap(),
        file: "main".to_owned(),
        member: "main.csv".to_owned(),
    }
}

fn check_encoded(bytes: &[u8], is_windows_1252: bool, expected: &Expect) {
    let mut out = String::new();
    let published = Published::Text(bytes.to_vec());
    let member = member(is_windows_1252);
    let rows = RawTable::read(published_file(), &member, &published).unwrap().and_then(|table| {
        out = format!("header {:?}\n", table.header());
        table
            .for_each_row(|row, cells| {
                let cells: Vec<_> = cells.iter().map(String::from_utf8_lossy).collect();
                out += &format!("{row} {cells:?}\n");
            })
            .unwrap()
    });
    match rows {
        Ok(RowCounts { read, blank: 0 }) => out += &format!("{read} rows\n"),
        Ok(RowCounts { read, blank }) => out += &format!("{read} rows, {blank} blank\n"),
        Err(problems) => problems.iter().for_each(|problem| out += &format!("{problem}\n")),
    }
    expected.assert_eq(&out);
    for n_parts in 1..5 {
        in_parts(&published, &member, n_parts);
    }
}

/// The rows and problems of a file that is read in parts, as those of the file that is read in one.
fn in_parts(published: &Published, member: &Member, n_parts: usize) {
    let Ok(mut table) = RawTable::read(published_file(), member, published).unwrap() else { return };
    if let Source::Csv { text, records, .. } = &mut table.source {
        *records = Records::count_with_starts(text.as_bytes(), 1);
    }
    let told = |counts: &Result<RowCounts, Vec<Problem>>| match counts {
        Ok(counts) => format!("{counts:?}"),
        Err(problems) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
    };
    let mut whole = Vec::new();
    let counts = table.for_each_row(|row, cells| whole.push((row, cells.clone()))).unwrap();
    let take = |rows: &mut Vec<_>, row: usize, cells: &csv::ByteRecord| rows.push((row, cells.clone()));
    let InParts { parts, counts: counts_of_parts } = table.in_parts(n_parts, |_| Vec::new(), take).unwrap();
    assert!(parts.len() <= n_parts);
    assert_eq!(parts.concat(), whole, "{n_parts} parts");
    assert_eq!(told(&counts_of_parts), told(&counts), "{n_parts} parts");
}

#[test]
fn a_file_is_cut_where_a_record_begins() {
    let text = "a,b\n1,\"two\nlines\"\n\n3,4\r\n5,6\n7,8";
    let records = Records::count_with_starts(text.as_bytes(), 1);
    let slices = |n_parts: usize| -> Vec<(&str, usize, usize)> {
        let slices = records.slices(text, 1, n_parts);
        slices.into_iter().map(|slice| (slice.text, slice.n_before, slice.n_records)).collect()
    };
    let (first, second) = ("a,b\n1,\"two\nlines\"\n", "\n3,4\r\n5,6\n7,8");
    assert_eq!(slices(1), [(text, 0, 5)]);
    assert_eq!(slices(2), [(first, 0, 2), (second, 2, 3)]);
    assert_eq!(slices(9).iter().map(|slice| slice.0).collect::<String>(), text);
    let of_strays = Records::count_with_starts(b"a\n1 \"x\n2\n3\n", 1);
    assert_eq!(
        of_strays.slices("a\n1 \"x\n2\n3\n", 1, 3).len(),
        1,
        "quotes say nothing of where records begin"
    );
}

fn check(bytes: &[u8], expected: &Expect) {
    check_encoded(bytes, false, expected);
}

#[test]
fn cells_are_as_published() {
    check(
        b"a,b\n 1 ,\"x, \"\"y\"\"\nz\"\n\n*,\n",
        &expect![[r#"
                header ["a", "b"]
                2 [" 1 ", "x, \"y\"\nz"]
                3 ["*", ""]
                2 rows
            "#]],
    );
}

#[test]
fn line_ends_and_a_byte_order_mark_are_tolerated() {
    check(
        b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4",
        &expect![[r#"
                header ["a", "b"]
                2 ["1", "2"]
                3 ["3", "4"]
                2 rows
            "#]],
    );
}

#[test]
fn a_byte_order_mark_within_a_file_is_part_of_a_cell() {
    check(
        b"a,b\n1,2\n\xef\xbb\xbf3,4\n5,6\n",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", "2"]
            3 ["\u{feff}3", "4"]
            4 ["5", "6"]
            3 rows
        "#]],
    );
}

#[test]
fn windows_1252_is_read_only_where_it_is_declared() {
    check(
        b"a,b\nCaf\xe9,2\n",
        &expect![[r"
                annual 2017-18: `main.csv`: byte 7 (line 2) is not UTF-8
            "]],
    );
    check_encoded(
        b"a,b\nCaf\xe9 \x96,2\n",
        true,
        &expect![[r#"
                header ["a", "b"]
                2 ["Café –", "2"]
                1 rows
            "#]],
    );
}

#[test]
fn damage_is_refused() {
    check(
        b"",
        &expect![[r"
                annual 2017-18: `main.csv`: the file is empty
            "]],
    );
    check(
        b"\xef\xbb\xbf\n\n",
        &expect![[r"
                annual 2017-18: `main.csv`: the file is empty
            "]],
    );
    check(
        b"a,b\n",
        &expect![[r#"
                header ["a", "b"]
                annual 2017-18: `main.csv`: there is no row under the header
            "#]],
    );
    check(
        b"a,b\n1,\x002\n",
        &expect![[r"
                annual 2017-18: `main.csv`: byte 6 (line 2) is a NUL
            "]],
    );
    check(
        b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n3,4\nnote\n",
        &expect![[r#"
            header ["a", "b", "c"]
            3 ["1", "2", "3"]
            annual 2017-18: `main.csv`: row 6, column `a`: `note` stands in a row without an organisation or without figures
            annual 2017-18: `main.csv`: row 2 has 2 cells, the header has 3 (and 1 more)
            annual 2017-18: `main.csv`: row 4 has 4 cells, the header has 3
        "#]],
    );
    // A whole file of another kind is a few lines.
    check(
        format!("a,b\n{}", "x\n".repeat(500)).as_bytes(),
        &expect![[r#"
        header ["a", "b"]
        annual 2017-18: `main.csv`: row 2, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 3, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 4, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 5, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 6, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 7, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 8, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 9, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 10, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 11, column `a`: `x` stands in a row without an organisation or without figures
        annual 2017-18: `main.csv`: row 12 has 1 cells, the header has 2 (and 489 more)
    "#]],
    );
}

#[test]
fn a_stray_quote_is_named_by_its_row() {
    check(
        b"a,b\n1,5\" screen\n2,x\n3,a \"b\" c\n",
        &expect![[r#"
                header ["a", "b"]
                2 ["1", "5\" screen"]
                3 ["2", "x"]
                4 ["3", "a \"b\" c"]
                annual 2017-18: `main.csv`: row 2: a quote (`"`) neither opens nor closes a cell (and 1 more)
            "#]],
    );
    check(
        b"a,b\n1,x\n2,\"y\n3,z\n",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", "x"]
            3 ["2", "y\n3,z\n"]
            annual 2017-18: `main.csv`: row 3: a quote (`"`) opens a cell and is never closed
        "#]],
    );
    check(
        b"\"a\",\"b\"\n\"1\",\"the \"big\" one\"\n\"2\",\"x\"\n",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", "the big\" one\""]
            3 ["2", "x"]
            annual 2017-18: `main.csv`: row 2: a quote (`"`) neither opens nor closes a cell
        "#]],
    );
    check(
        b"a,\"b\n1,2\n",
        &expect![[r#"
            annual 2017-18: `main.csv`: row 1: a quote (`"`) opens a cell and is never closed
        "#]],
    );
    check(
        b"a,b\n1, \"x\"\n",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", " \"x\""]
            annual 2017-18: `main.csv`: row 2: a quote (`"`) neither opens nor closes a cell
        "#]],
    );
}

#[test]
fn blank_rows_are_passed_over_and_counted() {
    check(
        b"a,b\n1,2\n,\n\n3,4\n\"\", \n,,,\n \xc2\xa0,\n   \n",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", "2"]
            4 ["3", "4"]
            2 rows, 5 blank
        "#]],
    );
    check(
        b"a,b\n,\n,\n",
        &expect![[r#"
            header ["a", "b"]
            annual 2017-18: `main.csv`: there is no row under the header
        "#]],
    );
}

#[test]
fn every_line_end_is_one() {
    check(
        b"a,b\r1,2\r3,4\r",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", "2"]
            3 ["3", "4"]
            2 rows
        "#]],
    );
    check(
        b"a,b\r\n1,2\r3,4\n5,\"6\r\n7\"\r\r\n8,9",
        &expect![[r#"
            header ["a", "b"]
            2 ["1", "2"]
            3 ["3", "4"]
            4 ["5", "6\r\n7"]
            5 ["8", "9"]
            4 rows
        "#]],
    );
    check(
        b"a,b\r1,2\r\n3,\x004\r",
        &expect![[r#"
            annual 2017-18: `main.csv`: byte 11 (line 3) is a NUL
        "#]],
    );
}

#[test]
fn utf_16_is_named() {
    let of = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    for text in ["\u{feff}a,b\r\n1,2\r\n", "a,b\n1,2\n"] {
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            check(
                &of(text, unit),
                &expect![[r"
                        annual 2017-18: `main.csv`: the file is in UTF-16, not in UTF-8
                    "]],
            );
        }
    }
}

/// What is made of any rows of any texts, written with any line end, reads as it was, and counts twice.
#[test]
fn whatever_is_written_well_is_read_as_it_was() {
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let texts = ["a", "", "12", "a,b", "\"", "x \"y\"", "two\nlines", "cr\rin", " ", "*"];
    let mut n_rows = 0;
    for _ in 0..2_000 {
        let rows: Vec<[&str; 3]> =
            (0..=random(5)).map(|_| [0; 3].map(|_| texts[random(texts.len())])).collect();
        let line_end = ["\n", "\r\n", "\r"][random(3)];
        let is_always_quoted = random(2) == 0;
        let written = |text: &&str| {
            if is_always_quoted || text.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                (*text).to_owned()
            }
        };
        let line = |cells: &[&str; 3]| cells.iter().map(written).collect::<Vec<_>>().join(",") + line_end;
        let csv: String = std::iter::once(&["h", "i", "j"]).chain(&rows).map(line).collect();
        let published = Published::Text(csv.clone().into_bytes());
        let member = member(false);
        let table = RawTable::read(published_file(), &member, &published).unwrap().unwrap();
        let mut read = Vec::new();
        let counts = table.for_each_row(|_, record| {
            read.push(
                record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect::<Vec<_>>(),
            );
        });
        let is_blank = |cells: &&[&str; 3]| cells.iter().all(|cell| cell.trim().is_empty());
        let expected: Vec<&[&str; 3]> = rows.iter().filter(|cells| !is_blank(cells)).collect();
        assert!(read == expected, "{csv:?}");
        match counts.unwrap() {
            Ok(counts) => {
                assert_eq!(counts, RowCounts { read: expected.len(), blank: rows.len() - expected.len() });
            }
            Err(problems) => {
                assert!(expected.is_empty() && problems.len() == 1, "{csv:?} {problems:?}");
            }
        }
        n_rows += rows.len();
    }
    assert!(n_rows > 4_000);
}

/// The first byte of a seed says the encoding and the period.
#[test]
fn the_seeds_of_the_fuzz_target_are_read() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let project = iapt_model::Project::load(&checkout).unwrap();
    let dataset = project.datasets.first().unwrap();
    let mut found = Vec::new();
    for seed in fs_err::read_dir(checkout.join("fuzz/seeds/csv")).unwrap() {
        let path = seed.unwrap().path();
        let seed = fs_err::read(&path).unwrap();
        let (choice, bytes) = seed.split_first().unwrap();
        let release = &dataset.releases[usize::from(choice >> 1)];
        let member = Member { is_windows_1252: choice & 1 == 1, ..release.members[0].clone() };
        let published = Published::Text(bytes.to_vec());
        let table = RawTable::read(release.published_file(&member), &member, &published).unwrap().unwrap();
        let is_mapped = dataset.crosswalk.resolve(&release.published_file(&member), table.header()).is_ok();
        let counts = table.for_each_row(|_, _| {}).unwrap();
        let n_rows = counts.map(|counts| counts.read).map_err(|problems| problems.len());
        found.push(format!("{} {is_mapped} {n_rows:?}", path.file_name().unwrap().display()));
    }
    found.sort();
    let expected = [
        "2017-18 true Ok(1)",
        "2020-21 true Ok(1)",
        "2024-25 true Ok(1)",
        "ragged false Err(1)",
        "windows_1252 false Ok(1)",
    ];
    assert_eq!(found, expected);
}
