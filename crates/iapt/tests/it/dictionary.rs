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
            error: the declared files have 7 problems:
              pipelines/table_columns.csv: no table has the column `org_kind`
              pipelines/table_required.csv:19: there is no table `organisation_types`
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
            error: the declared files have 2 problems:
              pipelines/table_columns.csv: no table has the column `n_terms`
              pipelines/table_required.csv:17: `indicator_terms` has no column `n_terms`
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
            error: the declared files have 3 problems:
              pipelines/tables.csv:16: `indicator_definitions`: column `theme` is not in table_columns.csv
              pipelines/table_columns.csv: no table has the column `theme`
              pipelines/table_required.csv:16: `indicator_definitions` has no column `theme`
            hint: correct the lines above and run `iapt check`; pipelines/README.md explains the files
        "#]],
    );
}

#[test]
fn a_row_without_a_value_that_is_declared_stops_the_build() {
    let world = World::with_own_project();
    world.edit("table_required.csv", "indicators,dataset", "indicators,standing dataset");
    let ran = world.run(&["--period", "2017-18", "--quiet"]).expect(1);
    assert!(!world.path("data/tables").exists());
    ran.says("column `standing` of `indicators` has no value in").says(
        "hint: correct what gives it, or take `standing` out of `indicators` in pipelines/table_required.csv",
    );
}

#[test]
fn a_column_is_one_row_of_the_dictionary_and_one_line_of_sql() {
    let world = World::with_own_project();
    let told = "What a hundred less the value is.";
    world.edit(
        "table_columns.csv",
        "\nacross_cohorts,",
        &format!("\nremainder,indicators,number,percent,{told}\nacross_cohorts,"),
    );
    world.edit(
        "indicators/indicators.sql",
        "\n  england\nFROM",
        "\n  england,\n  100 - value AS remainder\nFROM",
    );
    world.run(&["--period", "2017-18", "--quiet"]).expect(0);
    // The table: the last column, as no list of its columns says otherwise.
    let columns = world.query("DESCRIBE indicators");
    assert!(columns.last().unwrap().starts_with("remainder,Float64"), "{columns:?}");
    let counted = world.query(
        "SELECT COUNT(value) > 1000, COUNT(value) = COUNT(remainder), MAX(ABS(100 - value - remainder)) FROM indicators",
    );
    assert_eq!(counted, ["true,true,0.0"]);
    // The download.
    let download = fs_err::read_to_string(world.path("out/site/data/indicators.csv")).unwrap();
    assert!(download.lines().next().unwrap().ends_with(",comparison,remainder"));
    // The metadata, and what people read.
    for file in ["datapackage.json", "croissant.json", "csv-metadata.json"] {
        let text = fs_err::read_to_string(world.path("data/tables").join(file)).unwrap();
        assert!(text.contains("\"remainder\"") && text.contains(told), "{file}");
    }
    let page = fs_err::read_to_string(world.path("out/site/data.html")).unwrap();
    assert!(page.contains("remainder") && page.contains(told));
    let described = world.iapt(&["describe", "indicators"]).expect(0).stdout;
    let last = described.lines().last().unwrap();
    assert!(last.starts_with("remainder ") && last.ends_with(&format!("{told} [percent]")), "{last}");
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

#[test]
fn the_research_object_names_every_file_of_the_tables() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let folder = world.path("out/site/data");
    let text = fs_err::read(folder.join("ro-crate-metadata.json")).unwrap();
    let described: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let graph = described["@graph"].as_array().unwrap();
    let entity = |id: &str| graph.iter().find(|one| one["@id"] == id).unwrap_or_else(|| panic!("no {id}"));
    assert_eq!(entity("ro-crate-metadata.json")["about"]["@id"], "./");
    let root = entity("./");
    for needed in ["name", "description", "datePublished", "license"] {
        assert!(!root[needed].is_null(), "{needed}");
    }
    let parts: Vec<&str> =
        root["hasPart"].as_array().unwrap().iter().map(|part| part["@id"].as_str().unwrap()).collect();
    for part in &parts {
        assert_eq!(entity(part)["@type"], "File");
    }
    let mut there: Vec<String> =
        crate::support::all_files(&folder).keys().map(|path| iapt_files::address(path)).collect();
    there.retain(|path| path != "ro-crate-metadata.json");
    there.sort();
    assert_eq!(parts, there);
}
