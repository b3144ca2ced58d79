//! What is typed, and what comes back: usage, exit codes, formats.

use crate::support::{World, project, published_csv, release};

#[test]
fn mistakes_are_usage_errors_with_a_hint() {
    let world = World::new();
    for (arguments, told) in [
        (&["run", "--period", "1999-00"][..], "neither a financial year"),
        (&["run", "--period", "2031-32"], "periods: 2017-18"),
        (&["run", "--dataset", "nothing"], "datasets: psych_ther_annual"),
        (&["run", "--source", "no-such-folder"], "there is no such folder"),
        (&["walk"], "unrecognized subcommand"),
    ] {
        world.iapt(arguments).expect(2).says(told);
    }
}

#[test]
fn a_folder_of_someone_else_is_not_replaced() {
    let world = World::new();
    fs_err::create_dir(world.path("out")).unwrap();
    fs_err::write(world.path("out/thesis.txt"), "three years of work").unwrap();
    world
        .run(&["--period", "2017-18"])
        .expect(1)
        .says("holds files that no report made")
        .says("hint: choose another folder");
    assert!(world.path("out/thesis.txt").is_file());
}

#[test]
fn a_mirror_without_a_release_is_passed_over_unless_it_was_asked_for() {
    let project = project();
    let world = World::new();
    world.mirror(release(&project, "2022-23"), published_csv(&project, "2022-23").as_bytes());
    world.run(&["--source", "mirror"]).expect(0).says("passed over").says("psych_ther_annual 2017-18");
    assert_eq!(world.query("SELECT reporting_period FROM releases"), ["2022-23"]);
    world
        .run(&["--source", "mirror", "--period", "2022-23", "--period", "2017-18"])
        .expect(3)
        .says("2017-18");
    world.run(&["--source", "mirror", "--period", "2017-18"]).expect(1).says("2017-18");
}

#[test]
fn a_run_without_a_whole_year_ends_with_the_tables() {
    let world = World::new();
    world.run(&["--period", "2021-02"]).expect(0).says("no pages: there is no release of");
    assert!(!world.path("out").exists());
    assert_eq!(world.query("SELECT DISTINCT reporting_period FROM releases"), ["2021-02"]);
    world.iapt(&["report", "--out", "out"]).expect(1).says("hint: fetch and build first");
}

#[test]
fn offline_uses_what_was_fetched_and_nothing_else() {
    let world = World::new();
    world.run(&["--offline", "--period", "2017-18"]).expect(1).says("offline");
    world.iapt(&["fetch", "--period", "2017-18"]).expect(0);
    world.run(&["--offline", "--period", "2017-18"]).expect(0);
}

#[test]
fn plan_touches_nothing_and_says_why() {
    let world = World::new();
    let plan = world.iapt(&["plan", "--out", "out"]).expect(0);
    assert!(plan.stdout.contains("download  psych_ther_annual 2017-18: not fetched yet"), "{}", plan.stdout);
    assert!(
        plan.stdout.contains("build   make      psych_ther_annual 2017-18: never built"),
        "{}",
        plan.stdout
    );
    assert_eq!(fs_err::read_dir(world.path("")).unwrap().count(), 0);
    world.run(&["--period", "2017-18"]).expect(0);
    let plan = world.iapt(&["plan", "--out", "out", "--period", "2017-18"]).expect(0);
    assert!(!plan.stdout.contains("make") && !plan.stdout.contains("download"), "{}", plan.stdout);
}

#[test]
fn check_reads_the_declared_files() {
    let checked = World::new().iapt(&["check"]).expect(0);
    assert!(checked.stdout.contains("8 releases, 8 known headers"), "{}", checked.stdout);
}

#[test]
fn queries_come_in_four_formats_and_errors_say_what_there_is() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let sql = "SELECT org_code, value FROM tidy WHERE measure = 'recovery' AND statistic = 'count' AND org_type = 'England' AND breakdown = 'total'";
    let formats = [
        ("table", "| org_code | value    |"),
        ("csv", "org_code,value\nAll,263295.0\n"),
        ("json", r#"[{"org_code":"All","value":263295.0}]"#),
    ];
    for (format, told) in formats {
        let ran = world.iapt(&["query", sql, "--format", format]).expect(0);
        assert!(ran.stdout.contains(told), "{format}: {}", ran.stdout);
    }
    world.iapt(&["query", "SELECT org_kode FROM tidy"]).expect(1).says("org_code");
    world.iapt(&["query", "SELECT 1", "--data", "elsewhere"]).expect(1).says("hint: build them first");
    let empty = world.iapt(&["query", "SELECT org_code FROM tidy WHERE false", "--format", "csv"]).expect(0);
    assert_eq!(empty.stdout, "org_code\n");
}

#[test]
fn a_parquet_result_is_a_parquet_file() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_iapt"))
        .args(["query", "SELECT org_code FROM releases, organisations LIMIT 3", "--format", "parquet"])
        .current_dir(world.path(""))
        .output()
        .unwrap();
    assert_eq!(
        (&output.stdout[..4], &output.stdout[output.stdout.len() - 4..]),
        (&b"PAR1"[..], &b"PAR1"[..])
    );
}

#[test]
fn the_log_is_json_where_it_is_asked_for_and_silent_where_not() {
    let world = World::new();
    let ran = world.run(&["--period", "2017-18", "--log-format", "json"]).expect(0);
    for line in ran.stderr.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            object["level"] == "info" && object["stage"].is_string() && object["message"].is_string(),
            "{line}"
        );
    }
    let ran = world.run(&["--period", "2017-18", "--quiet"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}
