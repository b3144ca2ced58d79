//! Only stale work is done again.

use std::collections::BTreeMap;

use iapt_model::Project;

use crate::support::{World, all_files};

#[test]
fn a_second_run_does_nothing() {
    let world = World::new();
    let periods = ["--period", "2012-13", "--period", "2017-18", "--period", "2021-01"];
    world.run(&periods).expect(0).says("3 read, 0 kept");
    let before = (world.files("data"), world.files("out"));
    world.run(&periods).expect(0).says("tables are up to date").says("pages are up to date");
    assert!(before == (world.files("data"), world.files("out")));
}

#[test]
fn a_period_more_is_one_release_read() {
    let world = World::new();
    world.run(&["--period", "2017-18", "--period", "2018-19"]).expect(0).says("2 read, 0 kept");
    world.run(&["--period", "2019-20", "--dataset", "psych_ther_annual"]).expect(0).says("1 read, 2 kept");
    let periods = world.query("SELECT DISTINCT reporting_period FROM tidy ORDER BY 1");
    assert_eq!(periods, ["2017-18", "2018-19", "2019-20"]);
}

/// A world with two years from a mirror, whose bytes do not depend on what is declared.
fn of_two_years() -> World {
    let world = World::with_own_project();
    world.mirror_packs(&["2017-18", "2018-19"]);
    world.run(&FROM_MIRROR).expect(0).says("2 read, 0 kept");
    world
}

const FROM_MIRROR: [&str; 6] = ["--source", "mirror", "--period", "2017-18", "--period", "2018-19"];

/// What of the tables and pages would be made again, in one line.
fn stale(world: &World) -> String {
    stale_of(world, &FROM_MIRROR)
}

fn stale_of(world: &World, selection: &[&str]) -> String {
    let plan = world.iapt(&[&["plan", "--out", "out"], selection].concat()).expect(0).stdout;
    let made = plan.lines().filter_map(|line| line.split_once("make      "));
    let what = |(stage, what): (&str, &str)| match (stage.trim(), what) {
        ("report", _) => "pages".to_owned(),
        (_, what) if what.starts_with("derived") => "derived".to_owned(),
        (_, what) => what.split([' ', ':']).nth(1).unwrap().to_owned(),
    };
    made.map(what).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_declared_file_makes_stale_what_was_made_with_it() {
    let world = of_two_years();
    // What the project says of itself: which files it has read, and which of them say how single releases are read.
    let declared = Project::load(world.project()).unwrap().files;
    // Each file is changed without changing what it means: what follows from whole files is made again, and of a release only
    // what its own rows say counts.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, bytes) in all_files(world.project()) {
        let comment = match path.extension().unwrap().to_str().unwrap() {
            "sql" => "-- a comment\n",
            "toml" => "# a comment\n",
            _ => "\n",
        };
        let expected = match declared.get(&path) {
            Some(file) if file.is_of_releases => "pages",
            Some(_) => "derived, pages",
            None if path.starts_with("reports") => "pages",
            None => "",
        };
        let file = world.project().join(&path);
        fs_err::write(&file, [bytes.as_slice(), comment.as_bytes()].concat()).unwrap();
        assert_eq!(stale(&world), expected, "{}", path.display());
        fs_err::write(&file, bytes).unwrap();
        *counts.entry(expected).or_default() += 1;
    }
    assert_eq!(stale(&world), "");
    assert!(counts.len() == 3 && counts.values().all(|n_files| *n_files > 20), "{counts:?}");
}

/// What makes nothing stale is read by nobody: without those files the same is made.
#[test]
fn a_file_that_makes_nothing_stale_is_not_opened() {
    let world = of_two_years();
    let before = (world.files("data/tables"), world.files("out"));
    let declared = Project::load(world.project()).unwrap().files;
    for path in all_files(world.project()).keys() {
        if !declared.contains_key(path) && !path.starts_with("reports") {
            fs_err::remove_file(world.project().join(path)).unwrap();
        }
    }
    assert_eq!(stale(&world), "");
    for folder in ["data/tables", "out"] {
        fs_err::remove_dir_all(world.path(folder)).unwrap();
    }
    world.run(&FROM_MIRROR).expect(0).says("2 read, 0 kept");
    assert!(before == (world.files("data/tables"), world.files("out")));
}

#[test]
fn what_a_declared_file_says_makes_stale_what_is_read_through_it() {
    let world = of_two_years();
    let check = |file: &str, from: &str, to: &str, expected: &str| {
        let before = fs_err::read(world.declared(file)).unwrap();
        world.edit(file, from, to);
        assert_eq!(stale(&world), expected, "{file}: `{from}` -> `{to}`");
        fs_err::write(world.declared(file), before).unwrap();
    };
    let both = "2017-18, 2018-19, derived, pages";
    let first = "2017-18, derived, pages";
    check("psych_ther_annual/dataset.toml", "attribution = \"", "attribution = \"New: ", both);
    check("psych_ther_annual/dataset.toml", "\"-\" = \"no_activity\"", "\"-\" = \"missing\"", both);
    check("psych_ther_annual/dataset.toml", "title = \"", "title = \"New: ", "derived, pages");
    check(
        "psych_ther_annual/columns.csv",
        "CountRecovery,2017-18,2019-20,",
        "CountRecovery,2017-18,2018-19,",
        "pages",
    );
    check(
        "psych_ther_annual/columns.csv",
        "CountRecovery,2017-18,2019-20,",
        "CountRecovery,2018-19,2019-20,",
        first,
    );
    check(
        "psych_ther_annual/expected.csv",
        "main,2017-18,at_caseness,count,5",
        "main,2017-18,at_caseness,count,6",
        first,
    );
    check("psych_ther_annual/releases.toml", "statistical/psych", "statistical/Psych", first);
    check("psych_ther_annual/releases.toml", "three dashes", "3 dashes", "pages");
    check("categories.csv", "age_group,Under 16,", "age_group,Below 16,", both);
    check(
        "organisation_types.csv",
        "England,england,,All,place,true,England",
        "England,england,,All,place,true,All of England",
        "derived, pages",
    );
    check("measures.csv", "Access attrition, percentage", "Access attrition, percent", "derived, pages");
}

#[test]
fn the_address_of_a_file_is_in_the_tables_even_where_its_bytes_are_the_same() {
    let world = of_two_years();
    world.edit(
        "psych_ther_annual/releases.toml",
        "https://files.digital.nhs.uk/82",
        "https://digital.nhs.uk/82",
    );
    world.run(&FROM_MIRROR).expect(0).says("1 read, 1 kept");
    let urls = world.query("SELECT url FROM releases ORDER BY reporting_period");
    assert!(urls[0].starts_with("https://digital.nhs.uk/82/"), "{urls:?}");
}

#[test]
fn a_rule_of_one_dataset_is_run_as_soon_as_it_is_there() {
    let world = of_two_years();
    let rule = world.declared("psych_ther_annual/checks/always.sql");
    fs_err::create_dir_all(rule.parent().unwrap()).unwrap();
    let sql = "-- Nothing is ever wrong.
SELECT dataset, reporting_period, 'england' AS level, 'England' AS org_type, 'All' AS org_code, 'All' AS org_name,
  'all' AS subject, 'note' AS severity, 'none' AS evidence, 1 AS n_rows, 'A sentence.' AS sentence FROM periods";
    fs_err::write(&rule, sql).unwrap();
    assert_eq!(stale(&world), "derived, pages");
    world.run(&FROM_MIRROR).expect(0).says("0 read, 2 kept");
    assert_eq!(world.query("SELECT count(*) FROM findings WHERE rule = 'always'"), ["2"]);
    fs_err::remove_file(&rule).unwrap();
    world.run(&FROM_MIRROR).expect(0).says("0 read, 2 kept");
    assert_eq!(world.query("SELECT count(*) FROM findings WHERE rule = 'always'"), ["0"]);
}

const PERIODS: &str = "SELECT DISTINCT reporting_period FROM tidy ORDER BY 1";

#[test]
fn a_period_that_is_not_asked_for_is_read_again_or_its_end_is_said() {
    let world = of_two_years();
    let one = ["--source", "mirror", "--period", "2018-19"];
    world.edit("psych_ther_annual/dataset.toml", "attribution = \"", "attribution = \"New: ");
    let why = "psych_ther_annual 2017-18 was not asked for and is read again: a declared file";
    world.run(&one).expect(0).says(why).says("2 read, 0 kept");
    assert_eq!(world.query(PERIODS), ["2017-18", "2018-19"]);

    world.edit("psych_ther_annual/dataset.toml", "attribution = \"New: ", "attribution = \"Newer: ");
    let sha256 = world.query("SELECT sha256 FROM releases WHERE reporting_period = '2017-18'");
    fs_err::remove_file(world.path("data/snapshots/objects").join(&sha256[0])).unwrap();
    let plan = world.iapt(&[&["plan", "--out", "out"], one.as_slice()].concat()).expect(3).stdout;
    let gone = "psych_ther_annual 2017-18: a declared file or the program has changed, and the file that it was read from is not here";
    assert!(plan.contains(&format!("build   drop      {gone}")), "{plan}");
    world.run(&one).expect(3).says("psych_ther_annual 2017-18 is removed from the tables: a declared file");
    assert_eq!(world.query(PERIODS), ["2018-19"]);
}

#[test]
fn a_release_that_is_no_longer_declared_goes() {
    let world = of_two_years();
    let path = world.declared("psych_ther_annual/releases.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    let second = text.match_indices("[[release]]").nth(1).unwrap().0;
    fs_err::write(&path, &text[second..]).unwrap();
    let other = ["--source", "mirror", "--period", "2018-19"];
    let plan = world.iapt(&[&["plan", "--out", "out"], other.as_slice()].concat()).expect(0).stdout;
    assert!(
        plan.contains("build   drop      psych_ther_annual 2017-18: it is not declared any more"),
        "{plan}"
    );
    world.run(&other).expect(0).says("0 read, 1 kept");
    assert_eq!(world.query(PERIODS), ["2018-19"]);
    assert_eq!(stale_of(&world, &other), "");
}

#[test]
fn another_source_never_mixes_with_the_first() {
    let project = crate::support::project();
    let world = World::new();
    world.run(&["--period", "2017-18", "--period", "2018-19"]).expect(0);
    let csv = crate::support::published_csv(&project, "2019-20");
    world.mirror(crate::support::release(&project, "2019-20"), csv.as_bytes());
    world.run(&["--source", "mirror"]).expect(0);
    assert_eq!(world.query("SELECT DISTINCT reporting_period FROM tidy"), ["2019-20"]);
}

#[test]
fn a_page_that_was_edited_is_made_again() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let page = world.path("out/index.md");
    let text = fs_err::read(&page).unwrap();
    fs_err::write(&page, "edited").unwrap();
    world.run(&["--period", "2017-18"]).expect(0).says("files; open");
    assert!(fs_err::read(&page).unwrap() == text);
}
