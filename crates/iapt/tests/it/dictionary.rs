//! Every table and column is described, and a table that is not as described stops the build.

use expect_test::{Expect, expect};

use crate::support::{World, project};

/// Replaces a text in one declared file and runs a build.
fn check(file: &str, from: &str, to: &str, expected: &Expect) {
    let world = World::with_own_project();
    world.edit(file, from, to);
    let ran = world.run(&["--period", "2017-18", "--quiet"]).expect(1);
    assert!(!world.path("data/tables").exists());
    let folder = world.declared("").display().to_string();
    expected.assert_eq(&without_lines(&ran.stderr.replace(&folder, "pipelines/")));
}

/// The text without the lines of the dictionary of columns, which move with every column that is added to it.
fn without_lines(text: &str) -> String {
    let mut parts = text.split("table_columns.csv:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A hint names the file without a line.
        out += if part.starts_with(|character: char| character.is_ascii_digit()) {
            "table_columns.csv"
        } else {
            "table_columns.csv:"
        };
        out += part.trim_start_matches(|character: char| character.is_ascii_digit());
    }
    out
}

#[test]
fn a_table_or_column_that_is_not_described_stops_the_build() {
    check(
        "tables.csv",
        "\norganisation_types,",
        "\norganisation_kinds,",
        &expect![[r#"
            error: the declared files have 5 problems:
              pipelines/table_references.csv:2: `organisation_types` has no column `org_type`
              pipelines/table_references.csv:5: `organisation_types` has no column `org_type`
              pipelines/table_references.csv:8: `organisation_types` has no column `org_type`
              pipelines/table_references.csv:10: `organisation_types` has no column `org_type`
              pipelines/table_references.csv:17: `organisation_types` has no column `org_type`
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "tables.csv",
        " per n_terms",
        " per",
        &expect![[r#"
            error: the declared files have 1 problem:
              pipelines/table_columns.csv: no table has the column `n_terms`
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
    check(
        "table_columns.csv",
        "n_reported,,integer,",
        "n_reported,,number,",
        &expect![[r#"
        error: the tables are not as the dictionary declares them:
          column `n_reported` of `releases` is UInt64, declared as number
            hint: correct pipelines/table_columns.csv: n_reported,releases,integer,UNIT,DESCRIPTION
        hint: pipelines/README.md explains tables.csv and table_columns.csv
    "#]],
    );
    check(
        "table_columns.csv",
        "theme,,text,",
        "theme,nothing,text,",
        &expect![[r#"
            error: the declared files have 2 problems:
              pipelines/tables.csv:14: `indicator_definitions`: column `theme` is not in table_columns.csv
              pipelines/table_columns.csv: no table has the column `theme`
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}

#[test]
fn describe_says_what_tables_and_columns_are() {
    let world = World::new();
    let all = world.iapt(&["describe"]).expect(0).stdout;
    for table in project().tables.iter() {
        assert!(all.contains(&table.name), "{} is not listed", table.name);
        let one = world.iapt(&["describe", &table.name]).expect(0).stdout;
        for column in &table.columns {
            assert!(one.contains(&column.description), "{}: {} is not described", table.name, column.name);
        }
    }
    world.iapt(&["describe", "tidi"]).expect(2).says("hint: tables: tidy, indicators");
}

#[test]
fn the_data_package_names_files_and_columns_that_are_there() {
    let world = World::new();
    world.run(&["--period", "2017-18", "--period", "2018-19"]).expect(0);
    let tables = world.path("data/tables");
    let text = fs_err::read(tables.join("datapackage.json")).unwrap();
    let package: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), project().tables.iter().count());
    for resource in resources {
        let paths = resource["path"].as_array().cloned().unwrap_or_else(|| vec![resource["path"].clone()]);
        for path in paths {
            assert!(tables.join(path.as_str().unwrap()).is_file(), "{path}");
        }
        let name = resource["name"].as_str().unwrap();
        let columns = world.query(&format!("DESCRIBE {name}"));
        let fields: Vec<&str> = resource["schema"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        // The two columns of the path are not in the files of the tidy table.
        let n_of_path = if name == "tidy" { 2 } else { 0 };
        let columns: Vec<&str> =
            columns.iter().skip(n_of_path).map(|row| row.split(',').next().unwrap()).collect();
        assert_eq!(columns, fields, "{name}");
    }
}
