//! Workbooks are told from zips, their sheets are found and read row by row, and damage is refused.

use std::ops::ControlFlow;

use expect_test::{Expect, expect};
use iapt_archive::{Kind, Limits, for_each_row, kind, members, members_within, test_member};

use crate::raw_zip::honest;

/// A workbook of two sheets; the second is the one given.
fn workbook(sheet: &str) -> Vec<u8> {
    let parts = parts(sheet);
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (*name, part.as_bytes())).collect();
    honest(&parts)
}

/// The parts of a workbook of two sheets; the second is the one given.
pub(crate) fn parts(sheet: &str) -> Vec<(&'static str, String)> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let book = format!(
        r#"<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="Notes" sheetId="1" r:id="rId1"/><sheet name="Table 1 " sheetId="2" r:id="rId2"/></sheets></workbook>"#
    );
    let kinds =
        [("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "worksheets/sheet2.xml")];
    let parts = kinds
        .into_iter()
        .chain([("rId3", "styles", "styles.xml"), ("rId4", "sharedStrings", "sharedStrings.xml")]);
    let relation = |(id, kind, target)| {
        format!(r#"<Relationship Id="{id}" Type="{relations}/{kind}" Target="{target}"/>"#)
    };
    let all: String = parts.map(relation).collect();
    let book_relations = format!(r#"<Relationships xmlns="{package}/relationships">{all}</Relationships>"#);
    let root = format!(
        r#"<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let styles = format!(
        r#"<styleSheet xmlns="{main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="mmm\ yyyy"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>"#
    );
    let strings = format!(
        r#"<sst xmlns="{main}"><si><t>*</t></si><si><r><t xml:space="preserve">rich </t></r><r><t>text</t></r></si></sst>"#
    );
    let empty = format!(r#"<worksheet xmlns="{main}"><sheetData/></worksheet>"#);
    let sheet = format!(r#"<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#);
    let types = format!(r#"<Types xmlns="{package}/content-types"/>"#);
    vec![
        ("[Content_Types].xml", types),
        ("_rels/.rels", root),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", book_relations),
        ("xl/styles.xml", styles),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", empty),
        ("xl/worksheets/sheet2.xml", sheet),
    ]
}

#[track_caller]
fn check(sheet: &str, name: &str, expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    fs_err::write(&path, workbook(sheet)).unwrap();
    assert_eq!(kind(&path).unwrap(), Kind::Workbook);
    let mut out = String::new();
    let read = for_each_row(&path, name, |row, cells| {
        out += &format!("{row} {cells:?}\n");
        ControlFlow::Continue(())
    });
    if let Err(error) = &read {
        out += &error.to_string().replace(&path.display().to_string(), "FILE");
    }
    expected.assert_eq(&out);
    assert_eq!(test_member(&path, name).is_ok(), read.is_ok());
}

#[test]
fn cells_are_as_a_reader_sees_them() {
    check(
        r#"<row r="8"><c r="A8" t="s"><v>0</v></c><c r="B8" t="s"><v>1</v></c><c r="D8" t="inlineStr"><is><t>-</t></is></c><c r="E8"/></row>
           <row r="9"><c r="A9" s="1"><v>43497</v></c><c r="B9"><v>68.400000000000006</v></c><c r="C9"><v>1439957</v></c><c r="D9"><v>1e-7</v></c></row>
           <row r="10"><c r="A10" s="1"/></row>
           <row r="11"><c r="A11" t="str"><f>"a"</f><v>a</v></c><c r="B11" t="b"><v>1</v></c><c r="C11" t="e"><v>#N/A</v></c><c r="D11" s="1"><v>43497.5</v></c></row>"#,
        "TABLE 1",
        &expect![[r##"
            8 ["*", "rich text", "", "-"]
            9 ["2019-02-01", "68.4", "1439957", "0.0000001"]
            10 []
            11 ["a", "TRUE", "#N/A", "2019-02-01 12:00:00"]
        "##]],
    );
}

#[test]
fn percent_is_read_as_it_is_shown() {
    check(
        r#"<row r="1"><c r="A1" s="2"><v>0.51</v></c><c r="B1" s="2"><v>0.50700000000000001</v></c><c r="C1" s="2" t="s"><v>0</v></c><c r="D1"><v>0.51</v></c></row>"#,
        "Table 1",
        &expect![[r#"
            1 ["51", "50.7", "*", "0.51"]
        "#]],
    );
}

/// What a sheet claims of its range of cells changes nothing.
#[test]
fn a_range_of_cells_is_not_believed() {
    let rows = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>"#;
    for range in ["A1:B2", "A0", "A0:J20", "B2:A1", "J20", "", "A99999999999", "XFD1:ZZZZZZZZ1", "1:2"] {
        let mut parts = parts(rows);
        let (_, sheet) = parts.last_mut().unwrap();
        *sheet = sheet.replace("<sheetData>", &format!(r#"<dimension ref="{range}"/><sheetData>"#));
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (*name, part.as_bytes())).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0a1b");
        fs_err::write(&path, honest(&parts)).unwrap();
        let mut out = Vec::new();
        for_each_row(&path, "Table 1", |row, cells| {
            out.push(format!("{row} {cells:?}"));
            ControlFlow::Continue(())
        })
        .unwrap_or_else(|error| panic!("{range}: {error}"));
        assert_eq!(out, [r#"1 ["1"]"#, r#"2 ["rich text"]"#], "{range}");
    }
}

#[test]
fn a_copy_without_the_range_is_held_to_the_limit() {
    let cell = |row: u32| {
        format!(r#"<row r="{row}"><c r="A{row}"><v>{}</v></c></row>"#, row.wrapping_mul(2_654_435_761))
    };
    let mut parts = parts(&(1..20_000).map(cell).collect::<String>());
    let (_, sheet) = parts.last_mut().unwrap();
    *sheet = sheet.replace("<sheetData>", r#"<dimension ref="A0"/><sheetData>"#);
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (*name, part.as_bytes())).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    fs_err::write(&path, honest(&parts)).unwrap();
    let limits = Limits { bytes_held: 50_000, ..Limits::DEFAULT };
    let refused = members_within(&path, &limits).unwrap_err().to_string();
    assert!(
        refused.ends_with("is too large: the texts and styles of the workbook have more than 50000 bytes"),
        "{refused}"
    );
    assert!(members(&path).is_ok());
}

#[test]
fn a_sheet_that_is_not_there_is_named_with_those_that_are() {
    check("", "Table 2", &expect!["`FILE` has no sheet `Table 2`; it has `Notes`, `Table 1 `"]);
}

#[test]
fn damage_is_refused() {
    check(
        r#"<row r="1"><c r="A1"><v>1</v>"#,
        "Table 1",
        &expect!["`FILE` is damaged: Unexpected end of xml, expecting '</c>'"],
    );
    check(
        r#"<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#,
        "Table 1",
        &expect!["`FILE` is damaged: row 1 of sheet `Table 1 ` follows row 2"],
    );
    check(
        r#"<row r="1"><c r="A1" t="s"><v>9</v></c></row>"#,
        "Table 1",
        &expect!["`FILE` is damaged: Cell string index not found in shared strings table"],
    );
    check(
        r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="XFE2"><v>1</v></c></row>"#,
        "Table 1",
        &expect![[r#"
            1 ["1"]
            `FILE` is damaged: row 2 of sheet `Table 1 ` has a cell beyond the last column"#]],
    );
    check(
        r#"<row r="2"><c r="B2"><v>100</v></c><c r="B2"><v>7</v></c></row>"#,
        "Table 1",
        &expect![
            "`FILE` is damaged: row 2 of sheet `Table 1 ` has a cell twice, or its cells are in no order"
        ],
    );
    check(
        r#"<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>"#,
        "Table 1",
        &expect![
            "`FILE` is damaged: row 2 of sheet `Table 1 ` has a cell twice, or its cells are in no order"
        ],
    );
    // Nothing that packs so well that it is refused for that.
    let long: String = (0..800_000).map(|number| number.to_string()).collect();
    check(
        &format!(
            r#"<row r="1"><c r="A1" t="str"><v>{long}</v></c><c r="B1" t="str"><v>{long}</v></c></row>"#
        ),
        "Table 1",
        &expect!["`FILE` is damaged: row 1 of sheet `Table 1 ` has more than 8388608 bytes"],
    );
}

#[test]
fn the_members_of_a_workbook_are_its_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0a1b");
    fs_err::write(&path, workbook("")).unwrap();
    let names: Vec<String> = members(&path).unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["Notes", "Table 1 "]);
}
