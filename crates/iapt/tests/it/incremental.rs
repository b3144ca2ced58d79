//! A month that is added to tables makes what depends on it and nothing else, and the bytes are those of tables that were made at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::MetadataExt,
    path::PathBuf,
};

use serde_json::Value;

use crate::support::{World, all_files, asked, copy_folder};

/// What is there before: the months of a whole year and of the next one, and a year that was published as such. In each part
/// of a table is one period.
const BEFORE: [&str; 17] = [
    "2023-24", "2024-04", "2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
    "2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07",
];
const ADDED: &str = "2025-08";
/// A figure of 2021-22, and another one in its place.
const CORRECTED: (&str, &str) =
    ("Total,NULL,NULL,annual_main,1295,55,,1315,", "Total,NULL,NULL,annual_main,1300,55,,1315,");

/// A world that has fetched everything and built nothing.
fn fetched() -> World {
    let world = World::new();
    world.iapt(&build(&BEFORE, &[ADDED], "fetch")).expect(0);
    world
}

fn build<'a>(periods: &[&'a str], more: &[&'a str], command: &'a str) -> Vec<&'a str> {
    let mut arguments = vec![command];
    for dataset in ["psych_ther_annual", "talking_therapies_monthly"] {
        arguments.extend(["--dataset", dataset]);
    }
    arguments.extend(periods.iter().chain(more).flat_map(|period| ["--period", *period]));
    if command == "build" {
        arguments.extend(["--cells-at-once", "1"]);
    }
    arguments
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The tables of a world that made them at once.
fn at_once() -> Files {
    let world = fetched();
    world.iapt(&build(&BEFORE, &[ADDED], "build")).expect(0);
    world.files("data/tables")
}

#[track_caller]
fn same(ours: &Files, theirs: &Files, what: &str) {
    let differ: Vec<&PathBuf> =
        theirs.keys().chain(ours.keys()).filter(|path| ours.get(*path) != theirs.get(*path)).collect();
    assert!(differ.is_empty(), "{what}: {differ:?}");
}

/// Which file is behind every path of a folder: one that was kept is the same.
fn inodes(world: &World, folder: &str) -> BTreeMap<String, u64> {
    let folder = world.path(folder);
    let inode =
        |path: PathBuf| (path.display().to_string(), fs_err::metadata(folder.join(&path)).unwrap().ino());
    all_files(&folder).into_keys().map(inode).collect()
}

/// What each part of every derived table was made of.
fn parts(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let manifest = fs_err::read(world.path("data/tables/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let of = |table: &Value| {
        let parts = table["parts"].as_array().unwrap().iter();
        parts.map(|part| part["from"].as_str().unwrap().to_owned()).collect()
    };
    manifest["derived"].as_object().unwrap().iter().map(|(name, table)| (name.clone(), of(table))).collect()
}

#[test]
fn a_month_makes_its_own_partition_and_the_rows_that_depend_on_it() {
    let world = fetched();
    world.iapt(&build(&BEFORE, &[], "build")).expect(0);
    let (files_before, parts_before) = (inodes(&world, "data/tables"), parts(&world));
    world
        .iapt(&build(&BEFORE, &[ADDED], "build"))
        .expect(0)
        .says(&format!("releases: 1 read, {} kept", BEFORE.len()));
    same(&world.files("data/tables"), &at_once(), "a month was added");

    let after = inodes(&world, "data/tables");
    let made = after.iter().filter(|(path, inode)| files_before.get(*path) != Some(*inode));
    let made: Vec<&str> = made.map(|(path, _)| path.as_str()).filter(|path| !path.contains("json")).collect();
    let partition =
        format!("tidy/dataset=talking_therapies_monthly/reporting_period={ADDED}/activity.parquet");
    assert_eq!(
        made,
        [
            "coverage.parquet",
            "findings.parquet",
            "indicators.parquet",
            "monthly_sums.parquet",
            "periods.parquet",
            "published_measures.parquet",
            "releases.parquet",
            "services_of_boards.parquet",
            partition.as_str(),
        ]
    );
    let n_made = |table: &str| parts(&world)[table].difference(&parts_before[table]).count();
    // The month alone: the year that it lies in is not whole.
    let expected =
        [("coverage", 1), ("monthly_sums", 1), ("indicators", 1), ("pathway", 0), ("services_of_boards", 1)];
    for (table, expected) in expected {
        assert_eq!(n_made(table), expected, "{table}");
        assert!(parts(&world)[table].len() > expected, "{table}");
    }
}

/// After a month only pages and files whose contents change are written, and they are those that are made from nothing.
#[test]
fn a_month_changes_the_pages_that_are_about_it() {
    let world = fetched();
    let report = || world.iapt(&["report", "--out", "out"]).expect(0);
    world.iapt(&build(&BEFORE, &[], "build")).expect(0);
    report();
    let (before, inodes_before) = (world.files("out"), inodes(&world, "out"));
    world.iapt(&build(&BEFORE, &[ADDED], "build")).expect(0);
    report();
    let after = world.files("out");
    let inodes_after = inodes(&world, "out");
    let is_kept = |path: &PathBuf| {
        let path = path.display().to_string();
        inodes_after.get(&path) == inodes_before.get(&path)
    };
    let mut written: Vec<&PathBuf> = after.keys().filter(|path| !is_kept(path)).collect();
    let unchanged: Vec<&&PathBuf> =
        written.iter().filter(|path| before.get(**path) == after.get(**path)).collect();
    assert!(unchanged.is_empty(), "written again: {unchanged:?}");
    written.retain(|path| path.starts_with("site/data") && path.extension().is_some_and(|end| end == "csv"));
    let names: Vec<_> = written.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(
        names,
        ["coverage", "findings", "indicators", "monthly_sums", "periods", "published_measures", "releases"]
    );
    let n_kept = after.keys().filter(|path| path.starts_with("site/data/figures") && is_kept(path)).count();
    assert!(n_kept > 100, "{n_kept}");
    fs_err::remove_dir_all(world.path("out")).unwrap();
    report();
    same(&after, &world.files("out"), "pages after a month");
}

/// The month that makes a year whole brings that year into every table of whole years, and leaves the years before as they are.
#[test]
fn the_last_month_of_a_year_makes_that_year() {
    let world = World::new();
    let (year, before) = ("2025-03", &BEFORE[..12]);
    world.iapt(&build(before, &[year], "fetch")).expect(0);
    world.iapt(&build(before, &[], "build")).expect(0);
    let parts_before = parts(&world);
    world.iapt(&build(before, &[year], "build")).expect(0);
    let incremental = world.files("data/tables");
    let made = parts(&world);
    for table in ["variation", "spread", "decomposition", "association", "inequality"] {
        assert_eq!(made[table].difference(&parts_before[table]).count(), 1, "{table}");
        assert_eq!(made[table].len(), 2, "{table}");
    }
    fs_err::remove_dir_all(world.path("data/tables")).unwrap();
    world.iapt(&build(before, &[year], "build")).expect(0);
    same(&incremental, &world.files("data/tables"), "a year became whole");
    // Without that month the tables are different, so that the comparison says something.
    fs_err::remove_dir_all(world.path("data/tables")).unwrap();
    world.iapt(&build(before, &[], "build")).expect(0);
    assert!(world.files("data/tables") != incremental);
}

/// A year is held against the year before it: one that is added makes its own part, and one that is corrected its own and the next.
#[test]
fn a_year_is_held_against_the_one_before() {
    let world = World::with_own_project();
    let of = |command: &'static str, periods: &[&'static str]| -> Vec<&'static str> {
        let periods = periods.iter().flat_map(|period| ["--period", *period]);
        let mut arguments: Vec<&str> =
            [command, "--dataset", "psych_ther_annual"].into_iter().chain(periods).collect();
        if command == "build" {
            arguments.extend(["--cells-at-once", "1"]);
        }
        arguments
    };
    let (two, three) = (&["2021-22", "2022-23"][..], &["2021-22", "2022-23", "2023-24"][..]);
    world.iapt(&of("fetch", three)).expect(0);
    world.iapt(&of("build", two)).expect(0);
    let before = parts(&world);
    world.iapt(&of("build", three)).expect(0);
    let added = parts(&world);
    let n_made = |after: &BTreeMap<String, BTreeSet<String>>, before: &BTreeMap<String, BTreeSet<String>>| {
        ["variation", "persistence"].map(|table| after[table].difference(&before[table]).count())
    };
    assert_eq!(n_made(&added, &before), [1, 1]);
    assert_eq!(
        world.query("SELECT DISTINCT second_period FROM persistence ORDER BY 1"),
        ["2022-23", "2023-24"]
    );
    let incremental = world.files("data/tables");
    let from_nothing = |periods: &[&'static str]| {
        fs_err::remove_dir_all(world.path("data/tables")).unwrap();
        world.iapt(&of("build", periods)).expect(0);
        world.files("data/tables")
    };
    same(&incremental, &from_nothing(three), "a year was added");
    world.edit("psych_ther_annual/figures.csv", CORRECTED.0, CORRECTED.1);
    world.iapt(&of("fetch", three)).expect(0);
    world.iapt(&of("build", three)).expect(0);
    assert_eq!(n_made(&parts(&world), &added), [1, 2]);
    let incremental = world.files("data/tables");
    same(&incremental, &from_nothing(three), "the first year was corrected");
}

/// Where the source of a figure is corrected, its file is printed with the same bytes, and the tables name the other source.
#[test]
fn a_figure_whose_source_is_corrected_is_read_again() {
    let world = World::with_own_project();
    let build = ["build", "--dataset", "psych_ther_annual", "--period", "2017-18", "--period", "2018-19"];
    let fetch = [&["fetch"][..], &build[1..]].concat();
    world.iapt(&fetch).expect(0);
    world.iapt(&build).expect(0);
    let (published, quoted) = (",annual_main,", ",nhs_digital_2018,");
    let check = |edits: &[(&str, &str)], is_quoted: &str| {
        for (from, to) in edits {
            world.edit("psych_ther_annual/figures.csv", from, to);
        }
        world.iapt(&fetch).expect(0);
        world.iapt(&build).expect(0);
        let found = world.query(
            "SELECT count(*) > 0 FROM tidy WHERE org_code = '8J766' AND figure_source = 'nhs_digital_2018'",
        );
        assert_eq!(found, [is_quoted]);
        world.iapt(&build).expect(0).says("tables are up to date");
        let incremental = world.files("data/tables");
        fs_err::remove_dir_all(world.path("data/tables")).unwrap();
        world.iapt(&build).expect(0);
        same(&incremental, &world.files("data/tables"), "a source was corrected");
    };
    // The first figure of the file.
    check(&[(published, quoted)], "true");
    // The same, while a figure of the other year changes its value.
    let of_other_year = ("annual_main,2090,90,,2120,", "annual_main,2095,90,,2120,");
    check(&[(quoted, published), of_other_year], "false");
}

/// Wherever the run that adds a month is killed, the tables are those of before or those of after, and the next run makes
/// those of after.
#[test]
fn a_month_is_added_by_the_run_after_one_that_was_killed() {
    let world = fetched();
    world.iapt(&build(&BEFORE, &[], "build")).expect(0);
    copy_folder(&world.path("data"), &world.path("kept"));
    let (before, after) = (world.files("data/tables"), at_once());
    let add = build(&BEFORE, &[ADDED], "build");
    let said = world.command(&add).env("IAPT_FAULT", "1:tell").output().unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    let n_operations = said.lines().filter(|line| line.starts_with("operation ")).count();
    let n_kills = asked("IAPT_KILLS", 6).min(n_operations);
    for number in 0..n_kills {
        fs_err::remove_dir_all(world.path("data")).unwrap();
        copy_folder(&world.path("kept"), &world.path("data"));
        let at = 1 + number * n_operations / n_kills;
        let killed = world.command(&add).env("IAPT_FAULT", format!("{at}:kill")).output().unwrap();
        assert_eq!(killed.status.code(), None, "operation {at} was not reached");
        let found = world.files("data/tables");
        assert!(found == before || found == after, "killed at {at}: tables are neither old nor new");
        world.iapt(&add).expect(0);
        same(&world.files("data/tables"), &after, &format!("killed at {at}"));
    }
    println!("{n_kills} of {n_operations} operations killed the run");
}
