//! What is typed, and what comes back: usage, exit codes, formats.

use std::process::Command;

use expect_test::expect;

use crate::support::{World, binary, project, published_csv, release};

#[test]
fn mistakes_are_usage_errors_with_a_hint() {
    let world = World::new();
    for (arguments, told) in [
        (&["run", "--period", "1999-00"][..], "neither a financial year"),
        (&["run", "--period", "2031-32"], "periods, the newest first: 2024-25, 2023-24"),
        (&["run", "--dataset", "nothing"], "datasets: psych_ther_annual"),
        (&["run", "--source", "no-such-folder"], "nor a folder that exists"),
        (&["run", "--threads", "257"], "257 is not in 1..=256"),
        (&["run", "--deadline", "5"], "`5` is not a length of time: 90s, 45m, 2h"),
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
    for dataset in project().datasets {
        let (n_releases, n_headers) = (dataset.releases.len(), dataset.known_headers.len());
        let line = format!("{}: {n_releases} releases, {n_headers} known headers", dataset.name);
        assert!(checked.stdout.contains(&line), "{line}\n{}", checked.stdout);
    }
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
    world
        .iapt(&["query", "SELECT * FROM indicator"])
        .expect(1)
        .says("error: there is no table `indicator`\nhint: did you mean `indicators`? Tables: additivity, ");
    let tables = world.iapt(&["query", "SELECT * FROM zzz"]).expect(1);
    tables.says("error: there is no table `zzz`\nhint: Tables: additivity, ").says(", tidy, variation, ");
    world.iapt(&["query", "SELECT 1; SELECT 2"]).expect(1).says("there are 2 statements: run one at a time");
    let wrong = world.iapt(&["query", "SELEC 1"]).expect(1).says("found: SELEC");
    assert!(!wrong.stderr.contains("ParserError"), "{}", wrong.stderr);
    world.iapt(&["query", "SELECT 1", "--data", "elsewhere"]).expect(1).says("hint: build them first");
    // A file of the reader's own, whatever it is called.
    for name in ["population.csv", "population [1].txt"] {
        let file = world.path(name);
        fs_err::write(&file, "gss_code,people\nE92000001,57\nAll,57\n").unwrap();
        let with = format!("population={}", file.display());
        let sql = "SELECT people FROM population JOIN tidy ON tidy.org_code = population.gss_code LIMIT 1";
        let ran = world.iapt(&["query", sql, "--with", &with, "--format", "csv"]).expect(0);
        assert_eq!(ran.stdout, "people\n57\n", "{name}");
        let taken = with.replace("population=", "tidy=");
        world
            .iapt(&["query", "SELECT 1", "--with", &taken])
            .expect(1)
            .says("there is a table `tidy` already");
    }
    world.iapt(&["query", "SELECT 1", "--with", "people=no-such.csv"]).expect(1).says("no-such.csv");
    world.iapt(&["query", "SELECT 1", "--with", "people.csv"]).expect(2).says("population=population.csv");
    world
        .iapt(&[
            "query",
            "SELECT a.value FROM indicators a JOIN indicators b ON a.org_code = b.org_code ORDER BY org_code",
        ])
        .expect(1)
        .says("hint: two of the tables have that column: write whose it is");
    let empty = world.iapt(&["query", "SELECT org_code FROM tidy WHERE false", "--format", "csv"]).expect(0);
    assert_eq!(empty.stdout, "org_code\n");
}

#[test]
fn a_query_may_begin_with_a_comment() {
    let world = World::new();
    world.run(&["--period", "2012-13"]).expect(0);
    for sql in
        ["-- one\nSELECT 1 AS a", "--one\nSELECT 1 AS a", "--a = b\nSELECT 1 AS a", "/* one */ SELECT 1 AS a"]
    {
        let told = "a\n1\n";
        assert_eq!(world.iapt(&["query", sql, "--format", "csv", "--limit", "1"]).expect(0).stdout, told);
        assert_eq!(world.iapt(&["query", "--limit=1", "--format", "csv", sql]).expect(0).stdout, told);
        assert_eq!(world.iapt(&["query", "--format", "csv", "--", sql]).expect(0).stdout, told);
    }
    world.iapt(&["query", "-- SELECT 1"]).expect(1).says("error: there is no statement to run");
    for arguments in [
        &["--fromat", "csv", "SELECT 1"][..],
        &["SELECT 1", "--fromat", "csv"],
        &["SELECT 1", "--fromat=csv"],
    ] {
        world.iapt(&[&["query"], arguments].concat()).expect(2).says("a similar argument exists: '--format'");
    }
    world.iapt(&["query", "--fromat csv", "SELECT 1"]).expect(2).says("unexpected argument '--fromat csv'");
}

#[test]
fn a_result_is_as_long_as_was_asked_for_and_a_table_as_long_as_a_screen() {
    let world = World::with_every_organisation();
    world.run(&["--period", "2017-18"]).expect(0);
    let n_rows: usize = world.query("SELECT count(*) FROM indicators")[0].parse().unwrap();
    let check = |arguments: &[&str], n_lines: usize, last: &str| {
        let ran = world.iapt(&[&["query", "SELECT * FROM indicators"], arguments].concat()).expect(0);
        assert_eq!(ran.stdout.lines().count(), n_lines, "{arguments:?}");
        let end = ran.stdout.lines().last().unwrap();
        assert!(end.contains(last), "{arguments:?}: {end}");
    };
    let of =
        |shown: usize| format!("{shown} of {n_rows} rows; more: --limit {n_rows}; to a file: --format csv");
    // A text that no column is as wide as.
    let long = world.iapt(&["query", "SELECT repeat('x', 70000) AS x, 1 AS y"]).expect(0).stdout;
    assert!(long.lines().any(|line| line.len() > 70_000 && line.ends_with("| 1 |")));
    check(&[], 50 + 5, &of(50));
    check(&["--limit", "7"], 7 + 5, &of(7));
    // Past the rows that the widths are taken from.
    check(&["--limit", "2000"], 2000 + 5, &of(2000));
    check(&["--limit", "0"], 5, &of(0));
    check(&["--limit", &(n_rows + 1).to_string()], n_rows + 4, "+--");
    check(&["--format", "csv"], n_rows + 1, ",");
    check(&["--format", "csv", "--limit", "7"], 7 + 1, ",");
    check(&["--format", "json", "--limit", "7"], 1, "}]");
}

#[test]
fn a_table_shows_what_a_terminal_would_obey() {
    let world = World::new();
    world.run(&["--period", "2012-13"]).expect(0);
    let sql = "SELECT concat('a', chr(27), '[2J', chr(10), 'b') AS x, NULL AS y";
    let shown = world.iapt(&["query", sql]).expect(0).stdout;
    expect![[r#"
        +-------+---+
        | x     | y |
        +-------+---+
        | a�[2J |   |
        | b     |   |
        +-------+---+
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_does_not_fit_into_memory_goes_to_the_disk_or_is_refused() {
    let world = World::new();
    world.run(&["--period", "2012-13"]).expect(0);
    let sql =
        "SELECT value, repeat('x', 100) AS text FROM generate_series(1, 400000) ORDER BY value % 1000, value";
    let sorted =
        |memory: &str| world.iapt(&["query", sql, "--format", "csv", "--memory", memory]).expect(0).stdout;
    assert!(sorted("32") == sorted("1024"), "the order is another one");
    world
        .iapt(&["query", sql, "--memory", "1"])
        .expect(1)
        .says("error: the query needs more memory or disk than it may use: ")
        .says("hint: ask for fewer columns or rows, or allow more: --memory MIB");
}

#[test]
fn queries_only_read() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let before = world.files("");
    for (sql, verb) in [
        ("INSERT INTO tidy_partitions SELECT * FROM tidy_partitions LIMIT 1", "INSERT"),
        ("COPY (SELECT 1 AS a) TO 'data/tables/measures.parquet'", "COPY"),
        ("COPY (SELECT 1 AS a) TO 'data/snapshots/lock.toml' STORED AS CSV", "COPY"),
        ("COPY measures TO 'out.csv'", "COPY"),
        ("EXPLAIN ANALYZE COPY measures TO 'out.csv'", "COPY"),
        ("DROP TABLE measures", "DROP"),
        ("CREATE TABLE a AS SELECT 1", "CREATE"),
        ("INSERT INTO indicators VALUES (1)", "INSERT"),
        ("DELETE FROM nothing", "DELETE"),
        ("SET datafusion.execution.batch_size = 1", "SET"),
    ] {
        world
            .iapt(&["query", sql])
            .expect(1)
            .says(&format!("error: `{verb}` is not allowed: only queries are"));
    }
    assert!(world.files("") == before, "something was written");
}

#[test]
fn a_folder_knows_where_it_was_filled_from() {
    let project = project();
    let world = World::new();
    world.mirror(release(&project, "2022-23"), published_csv(&project, "2022-23").as_bytes());
    let source = world.path("mirror").canonicalize().unwrap().display().to_string();
    let embedded = world.iapt(&["build"]).expect(1);
    assert_eq!(embedded.stderr.lines().count(), 2, "{}", embedded.stderr);
    embedded
        .says("nothing is in data yet that was fetched from `embedded`")
        .says("iapt fetch --source embedded");
    world.iapt(&["fetch", "--source", "mirror"]).expect(0);
    let told = world.iapt(&["build", "--source", "embedded"]).expect(1);
    assert_eq!(told.stderr.lines().count(), 2, "{}", told.stderr);
    told.says(&format!("or use what was fetched from elsewhere: --source {source}"));
    // What was fetched is here, though its source is not.
    fs_err::rename(world.path("mirror"), world.path("unplugged")).unwrap();
    world.iapt(&["build"]).expect(0).says(&format!("source: {source}, as before"));
    world.iapt(&["fetch", "--offline"]).expect(0);
    let absent = world.iapt(&["fetch"]).expect(1);
    absent.says(&format!("error: the source `{source}` does not exist")).says("--offline");
    world.iapt(&["report", "--out", "out"]).expect(0);
    let of_annual = ["--period", "2022-23", "--dataset", "psych_ther_annual"];
    let plan = [&["plan", "--out", "out", "--offline"], of_annual.as_slice()].concat();
    let plan = world.iapt(&plan).expect(0).stdout;
    assert!(plan.starts_with(&format!("source {source}\n")) && !plan.contains("make"), "{plan}");
    // Another one where another one is named, and from then on.
    world.run(&["--source", "embedded", "--period", "2017-18"]).expect(0);
    assert!(world.iapt(&["plan"]).expect(0).stdout.starts_with("source embedded:"));
    // What is missing is said once.
    let ran = world.iapt(&["build"]).expect(3);
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
    ran.says("error: not fetched yet from `embedded`: ").says(" more\nhint: iapt fetch --source embedded");
    world.iapt(&["build", "--offline"]).expect(3).says("error: offline, and not kept here from `embedded`: ");
}

#[test]
fn what_was_kept_and_is_gone_is_missed_offline() {
    let project = project();
    let world = World::new();
    for period in ["2021-22", "2022-23"] {
        world.mirror(release(&project, period), published_csv(&project, period).as_bytes());
    }
    world.run(&["--source", "mirror"]).expect(0);
    world.run(&["--source", "mirror", "--offline"]).expect(0);
    let objects = world.path("data/snapshots/objects");
    fs_err::remove_file(fs_err::read_dir(objects).unwrap().next().unwrap().unwrap().path()).unwrap();
    world.run(&["--source", "mirror", "--offline"]).expect(3).says("offline, and not kept here from `");
}

#[test]
fn what_only_reads_tables_needs_no_project() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let outside = |arguments: &[&str]| {
        let output = Command::new(binary()).args(arguments).current_dir(world.path("")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    };
    outside(&["why", "recovery_rate.2017-18.england.All"]);
    let sql = "SELECT org_code FROM releases, organisations LIMIT 3";
    let output = outside(&["query", sql, "--format", "parquet"]);
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
