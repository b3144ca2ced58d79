//! Tables that look different from what is declared: none may pass, in packs nor in workbooks.

use std::collections::BTreeMap;

use iapt_model::{Project, PublishedFile, Release};
use iapt_publisher::StandIn;
use rust_xlsxwriter::Workbook;

use crate::support::{World, project, release, zip_of};

fn table_release<'a>(project: &'a Project, period: &str) -> &'a Release {
    release(project, period)
}

/// The members of a release as the stand-in publisher prints them: cells by row.
fn members(project: &Project, release: &Release) -> Vec<(String, Vec<Vec<String>>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack");
    fs_err::write(&path, StandIn::load(project).unwrap().pack(release).unwrap()).unwrap();
    let names = iapt_archive::members(&path).unwrap().into_iter().map(|entry| entry.name);
    let is_workbook = iapt_archive::kind(&path).unwrap() == iapt_archive::Kind::Workbook;
    let rows = |name: &str| -> Vec<Vec<String>> {
        if is_workbook {
            let mut rows = Vec::new();
            iapt_archive::for_each_row(&path, name, |number, cells| {
                rows.resize(number.max(rows.len()), Vec::new());
                rows[number - 1] = cells.to_vec();
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
            return rows;
        }
        let bytes = iapt_archive::read_member(&path, name).unwrap();
        let records =
            csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice()).into_records();
        records.map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    names.map(|name| (name.clone(), rows(&name))).collect()
}

fn packed(release: &Release, members: &[(String, Vec<Vec<String>>)]) -> Vec<u8> {
    if release.format == iapt_model::PackFormat::Zip {
        let csv = |rows: &Vec<Vec<String>>| {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in rows {
                writer.write_record(row).unwrap();
            }
            writer.into_inner().unwrap()
        };
        return zip_of(members.iter().map(|(name, rows)| (name.as_str(), csv(rows))));
    }
    let mut workbook = Workbook::new();
    for (name, rows) in members {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).unwrap(),
                    Err(_) => sheet.write_string(row, column, cell).unwrap(),
                };
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// Changes the tables of a release, and checks that the run stops and says so.
fn check(
    period: &str,
    change: impl FnOnce(&mut BTreeMap<String, Vec<Vec<String>>>),
    code: i32,
    told: &[&str],
) {
    let project = project();
    let release = table_release(&project, period);
    let members = members(&project, release);
    let order: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
    let mut changed: BTreeMap<String, Vec<Vec<String>>> = members.into_iter().collect();
    change(&mut changed);
    let mut members = Vec::new();
    for name in order {
        members.extend(changed.remove_entry(&name));
    }
    members.extend(changed);
    let world = World::new();
    world.mirror_file(release, &packed(release, &members));
    let selection = ["--source", "mirror", "--period", period];
    let fetched = world.iapt(&[&["fetch"], selection.as_slice()].concat());
    let ran =
        if fetched.code == 0 { world.iapt(&[&["build"], selection.as_slice()].concat()) } else { fetched };
    assert_eq!(ran.code, code, "{period}: {}", ran.stderr);
    for text in told {
        assert!(ran.stderr.contains(text), "{period}: `{text}` is not told:\n{}", ran.stderr);
    }
}

#[test]
fn tables_as_they_are_declared_pass() {
    for period in ["2012-13", "2013-14", "2014-15", "2015-16", "2016-17"] {
        check(period, |_| {}, 0, &[]);
    }
}

/// Every column of every table of the packs, deleted, renamed, duplicated and joined by a new one.
#[test]
fn no_mutation_of_a_heading_is_resolved() {
    let project = project();
    let dataset = project.dataset("psych_ther_annual_tables").unwrap();
    let mut n_mutations = 0;
    for known in dataset.known_headers.iter().filter(|known| known.file.starts_with("table_")) {
        let published_file = PublishedFile {
            dataset: dataset.name.clone(),
            period: known.period,
            file: known.file.clone(),
            member: known.file.clone(),
        };
        let header = &known.columns;
        assert!(dataset.crosswalk.resolve(&published_file, header).is_ok(), "{published_file}");
        for (index, column) in header.iter().enumerate() {
            let mut deleted = header.clone();
            deleted.remove(index);
            let mut renamed = header.clone();
            renamed[index] = format!("{column}_respelt");
            let mut duplicated = header.clone();
            duplicated.insert(index + 1, column.clone());
            let mut added = header.clone();
            added.insert(index, "Count_NeverSeen".to_owned());
            // The heading of a column that is declared by position is not known, so any will do.
            let is_by_position = column.starts_with('[');
            for mutation in
                [Some(deleted), (!is_by_position).then_some(renamed), Some(duplicated), Some(added)]
            {
                let Some(mutation) = mutation else { continue };
                n_mutations += 1;
                assert!(
                    dataset.crosswalk.resolve(&published_file, &mutation).is_err(),
                    "{published_file}: {mutation:?} passes"
                );
            }
        }
    }
    println!("{n_mutations} mutations, none resolved");
    assert!(n_mutations > 1_000, "{n_mutations}");
}

fn rename(rows: &mut [Vec<String>], from: &str, to: &str) {
    let cell = rows[0].iter_mut().find(|cell| *cell == from).unwrap();
    to.clone_into(cell);
}

#[test]
fn a_heading_that_is_spelt_right_stops_the_run_where_it_was_misspelt() {
    check(
        "2016-17",
        |tables| {
            let table = tables.get_mut("psych-ther-ann-2016-17-table-14.csv").unwrap();
            rename(table, "NoRelibableChange", "NoReliableChange");
            let table = tables.get_mut("psych-ther-ann-2016-17-table-12b.csv").unwrap();
            rename(table, "StartedNoCaseness", "StartedNotCaseness");
        },
        4,
        &[
            "column `NoRelibableChange` has vanished",
            "table_long_term_condition,NoReliableChange,2016-17,,measure,MEASURE,STATISTIC,",
            "column `StartedNoCaseness` has vanished",
            "table_religion,StartedNotCaseness,2016-17,,measure,MEASURE,STATISTIC,",
        ],
    );
}

#[test]
fn columns_that_a_pack_has_besides_stop_it_with_the_line_to_write() {
    check(
        "2015-16",
        |tables| {
            for row in tables.get_mut("table-1a.csv").unwrap() {
                row.push(if row[0] == "IC_CCG" { "ENTERED" } else { "953522" }.to_owned());
            }
        },
        4,
        &["table-1a.csv", "table_referrals,ENTERED,2015-16,,measure,MEASURE,STATISTIC,"],
    );
}

#[test]
fn a_pack_without_a_table_is_not_accepted_and_one_with_another_lists_it() {
    let without = |tables: &mut BTreeMap<String, Vec<Vec<String>>>| {
        tables.remove("table-9b.csv").unwrap();
    };
    check("2015-16", without, 1, &["*table-9b.csv", "table-1a.csv", "[release.files] in releases.toml"]);
    let twice = |tables: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let table = tables["table-9b.csv"].clone();
        tables.insert("old-table-9b.csv".to_owned(), table);
    };
    check("2015-16", twice, 1, &["several members like `*table-9b.csv`", "old-table-9b.csv"]);
    let another = |tables: &mut BTreeMap<String, Vec<Vec<String>>>| {
        tables.insert("table-3a.csv".to_owned(), vec![vec!["x".to_owned()]]);
    };
    check("2015-16", another, 0, &["table-3a.csv"]);
}

#[test]
fn a_sheet_that_is_missing_is_named_and_one_that_is_not_declared_is_listed() {
    let renamed = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let sheet = sheets.remove("Table 9a").unwrap();
        sheets.insert("Table 9".to_owned(), sheet);
    };
    check("2014-15", renamed, 1, &["Table 9a", "Table 9`", "[release.files] in releases.toml"]);
    let in_other_case = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let sheet = sheets.remove("Table 9a").unwrap();
        sheets.insert("TABLE 9A ".to_owned(), sheet);
    };
    check("2014-15", in_other_case, 0, &[]);
    let another = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        sheets.insert("Contents".to_owned(), vec![vec!["Contents".to_owned()]]);
    };
    check("2014-15", another, 0, &["Contents"]);
}

/// A column put in before or taken out at every position of every sheet: the figures shift, and the totals tell.
#[test]
fn a_shifted_sheet_does_not_pass() {
    let mut n_shifts = 0;
    for (period, sheet, last) in [
        ("2012-13", "Table_1a", 5),
        ("2012-13", "Table_5a", 20),
        ("2012-13", "Table_8", 4),
        ("2013-14", "Table 10a", 19),
        ("2013-14", "Table 17", 4),
        ("2014-15", "Table 9a", 15),
        ("2014-15", "Table 10a", 7),
        ("2014-15", "Table 12b", 17),
    ] {
        // From the second on: the first holds the label, without which England is not found.
        for position in [1, last / 2, last - 1] {
            n_shifts += 2;
            check(
                period,
                |sheets| {
                    for row in sheets.get_mut(sheet).unwrap() {
                        row.insert(position.min(row.len()), String::new());
                    }
                },
                4,
                &[sheet],
            );
            check(
                period,
                |sheets| {
                    for row in sheets.get_mut(sheet).unwrap().iter_mut().filter(|row| row.len() > position) {
                        row.remove(position);
                    }
                },
                4,
                &[sheet],
            );
        }
    }
    println!("{n_shifts} shifts, none passed");
}

#[test]
fn what_contradicts_the_layout_of_a_sheet_is_told() {
    let england = |rows: &[Vec<String>]| {
        rows.iter().position(|row| row.first().is_some_and(|cell| cell == "England total")).unwrap()
    };
    let separator = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let rows = sheets.get_mut("Table 10a").unwrap();
        let row = england(rows);
        rows[row][4] = "7".to_owned();
    };
    check(
        "2013-14",
        separator,
        4,
        &[
            "column `[E]`: `7` is in a separator column",
            "sheet_outcomes_2013,[E],2013-14,,measure,MEASURE,STATISTIC,",
        ],
    );
    let label = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let rows = sheets.get_mut("Table 10a").unwrap();
        let row = england(rows);
        rows[row][0] = "All areas".to_owned();
    };
    check(
        "2013-14",
        label,
        4,
        &["under the label `England total`", "[layout.sheet_outcomes_2013.table] england"],
    );
    let beyond = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let rows = sheets.get_mut("Table 10a").unwrap();
        let row = england(rows);
        rows[row].push("7".to_owned());
    };
    check(
        "2013-14",
        beyond,
        4,
        &["column `[T]` (position 20)", "sheet_outcomes_2013,[T],2013-14,,measure,MEASURE,STATISTIC,"],
    );
    let name_for_code = |sheets: &mut BTreeMap<String, Vec<Vec<String>>>| {
        let rows = sheets.get_mut("Table 10a").unwrap();
        let mut row = rows[england(rows)].clone();
        row[0] = "NHS Darlington".to_owned();
        rows.push(row);
    };
    check("2013-14", name_for_code, 4, &["`NHS Darlington` is not the code of an organisation"]);
}

#[test]
fn footnotes_notes_and_organisations_are_read_as_what_they_are() {
    let project = project();
    let release = table_release(&project, "2014-15");
    let mut sheets: BTreeMap<String, Vec<Vec<String>>> = members(&project, release).into_iter().collect();
    let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let outcomes = sheets.get_mut("Table 9a").unwrap();
    let last = outcomes.len() - 1;
    outcomes[last][0] = "England total (1)".to_owned();
    // 265 of 1,405, as printed; the other figures of the row are not known here.
    outcomes.push(cells(&[
        "01D",
        "NHS Heywood, Middleton and Rochdale CCG",
        "*",
        "*",
        "*",
        "*",
        "*",
        "*",
        "*",
        "*",
        "*",
        "265",
        "18.8",
        "*",
        "*",
    ]));
    outcomes.push(cells(&["(1) Data source: a note, and no organisation"]));
    let religion = sheets.get_mut("Table 14b").unwrap();
    let first = religion.iter().position(|row| row.get(3).is_some_and(|cell| cell == "Jain")).unwrap();
    religion[first][3] = "Jain (3)".to_owned();
    let mut row = vec![""; 17];
    (row[1], row[2], row[3]) = ("01D", "NHS Heywood, Middleton and Rochdale CCG", "Jain");
    row[4] = "10";
    row[5..].iter_mut().for_each(|cell| *cell = "*");
    religion.push(cells(&row));
    (row[1], row[2], row[3]) = ("", "", "Sikh");
    religion.push(cells(&row));
    let world = World::new();
    world.mirror_file(release, &packed(release, &sheets.into_iter().collect::<Vec<_>>()));
    let selection = ["--source", "mirror", "--period", "2014-15"];
    world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
    world.iapt(&[&["build"], selection.as_slice()].concat()).expect(0);
    let rows = world.query(
        "SELECT org_type, org_code, variable_a, measure, statistic, value, value_low, value_high FROM tidy
         WHERE org_code = '01D' AND value IS NOT NULL ORDER BY 3, 4, 5",
    );
    assert_eq!(
        rows,
        [
            "CCG,01D,Jain,finished_course_treatment,count,10.0,8.0,12.0",
            "CCG,01D,NULL,recovery,count,265.0,263.0,267.0",
            "CCG,01D,NULL,recovery,percentage,18.8,18.75,18.85",
            "CCG,01D,Sikh,finished_course_treatment,count,10.0,8.0,12.0",
        ]
    );
    let jain = "SELECT count(DISTINCT variable_a) FROM tidy WHERE category = 'Jain' AND org_code = 'All'";
    assert_eq!(world.query(jain), ["1"]);
}
