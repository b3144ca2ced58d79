//! What reaches a terminal: names without controls, errors in the form that was asked for, and no word to a reader who
//! has left.

use std::{
    collections::BTreeMap,
    process::{Command, Output, Stdio},
};

use crate::support::{World, project, published_csv, release, whole_project};

const PERIOD: &str = "2017-18";

#[test]
fn published_names_reach_no_terminal_raw() {
    let project = whole_project();
    let world = World::with_every_organisation();
    let csv = published_csv(&project, PERIOD);
    let line = csv.lines().find(|line| line.starts_with("Provider,")).unwrap();
    let mut cells = line.splitn(4, ',');
    let (org_type, org_code, _, rest) =
        (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
    let odd = format!("{org_type},{org_code},\"ODD \u{1b}[31m\u{202e}\nerror: forged\",{rest}");
    world.mirror(release(&project, PERIOD), csv.replace(line, &odd).as_bytes());
    world.run(&["--source", "mirror", "--period", PERIOD]).expect(0);
    let figure = format!("ended_treatment_rate.{PERIOD}.provider.{org_code}");
    let indicator = world.query(&format!(
        "SELECT indicator FROM indicators WHERE org_code = '{org_code}' AND breakdown = 'total' ORDER BY 1 LIMIT 1"
    ));
    let figure = figure.replace("ended_treatment_rate", &indicator[0]);
    let sql = format!("SELECT DISTINCT org_name FROM tidy WHERE org_code = '{org_code}'");
    for arguments in [&["query", &sql][..], &["check", "--list", "note"], &["why", &figure]] {
        let ran = world.iapt(arguments).expect(0);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{arguments:?}: {}", ran.stdout);
        assert!(!ran.stdout.lines().any(|line| line.starts_with("error")), "{arguments:?}: {}", ran.stdout);
    }
    // A program gets the name as it was published.
    assert!(world.iapt(&["query", &sql, "--format", "csv"]).stdout.contains('\u{1b}'));
}

/// What a spreadsheet would take for a formula has an apostrophe before it where a table is CSV, and nowhere else.
#[test]
fn published_names_are_no_formulas_where_a_table_is_csv() {
    let project = project();
    let world = World::new();
    let mut csv = published_csv(&project, PERIOD);
    let providers: BTreeMap<String, String> = csv
        .lines()
        .filter(|line| line.starts_with("Provider,") && !line.contains('"'))
        .map(|line| {
            let cells: Vec<&str> = line.splitn(4, ',').collect();
            (cells[1].to_owned(), cells[2].to_owned())
        })
        .collect();
    let names = ["=1+1", "+1", "@SUM(A1)", "-1"];
    let mut codes = Vec::new();
    for ((code, published), name) in providers.into_iter().zip(names) {
        csv = csv.replace(&format!("Provider,{code},{published},"), &format!("Provider,{code},{name},"));
        codes.push(code);
    }
    world.mirror(release(&project, PERIOD), csv.as_bytes());
    world.run(&["--source", "mirror", "--period", PERIOD]).expect(0);
    let table = fs_err::read_to_string(world.path("out/site/data/indicators.csv")).unwrap();
    for (code, name) in codes.iter().zip(names) {
        assert!(table.contains(&format!("{code},'{name},")), "{name}");
        assert!(!table.contains(&format!("{code},{name},")), "{name}");
        let sql = format!("SELECT DISTINCT org_name FROM indicators WHERE org_code = '{code}'");
        assert_eq!(world.query(&sql), [name]);
    }
    assert_eq!(codes.len(), names.len());
}

#[test]
fn names_in_errors_are_one_line() {
    let project = project();
    let world = World::new();
    let csv = published_csv(&project, PERIOD).replacen(
        "CountReferralsReceived",
        "\"Count\u{1b}[2J\nerror: forged\"",
        1,
    );
    world.mirror(release(&project, PERIOD), csv.as_bytes());
    let ran = world.run(&["--source", "mirror", "--period", PERIOD]).expect(4);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("error")).count(), 1, "{}", ran.stderr);
}

#[test]
fn a_code_of_any_length_has_a_page() {
    let project = project();
    let world = World::new();
    let csv = published_csv(&project, PERIOD);
    let line = csv.lines().find(|line| line.starts_with("Provider,")).unwrap();
    let org_code = line.split(',').nth(1).unwrap();
    let long = "A".repeat(400);
    let csv = csv.replace(&format!("Provider,{org_code},"), &format!("Provider,{long},"));
    world.mirror(release(&project, PERIOD), csv.as_bytes());
    world.run(&["--source", "mirror", "--period", PERIOD]).expect(0);
    let pages = world.files("out/site/areas/provider").into_keys();
    let of_it: Vec<_> = pages.filter(|path| path.to_str().unwrap().starts_with("AAAA")).collect();
    assert!(!of_it.is_empty() && of_it.iter().all(|path| path.to_str().unwrap().len() < 200), "{of_it:?}");
}

#[test]
fn errors_of_the_command_line_are_json_where_json_was_asked_for() {
    let world = World::new();
    for arguments in [
        &["run", "--nwo", "2026-01-01", "--log-format", "json"][..],
        &["--log-format=json", "walk"],
        &["--log-format", "json", "run", "--period", "1999-00"],
        &["run", "--log-format", "json", "--period", "2031-32"],
        &["run", "--log-format", "json", "--out"],
        &["query", "--log-format", "json"],
    ] {
        let ran = world.iapt(arguments).expect(2);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{arguments:?}: {}", ran.stderr);
        let told: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(told["level"], "error", "{arguments:?}");
        assert!(told["message"].is_string() && told["hint"].is_string(), "{arguments:?}: {told}");
        assert!(!ran.stderr.contains("--now"), "{arguments:?}: {}", ran.stderr);
    }
    for (typed, hidden) in
        [("--nwo", "--now"), ("--misbehav", "--misbehave"), ("--cells-at-onc", "--cells-at-once")]
    {
        let ran = world.iapt(&["run", typed, "1"]).expect(2).says("unexpected argument");
        assert!(!ran.stderr.contains(&format!("'{hidden}'")), "{}", ran.stderr);
    }
    world.iapt(&["run", "--ofline"]).expect(2).says("'--offline'");
    let help = world.iapt(&["--log-format", "json", "help"]).expect(0);
    assert!(help.stdout.contains("Usage:"), "{}", help.stdout);
}

/// How a command ends whose standard output nobody reads.
fn unread(command: &mut Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.wait_with_output().unwrap()
}

#[test]
fn the_exit_code_is_the_same_where_the_reader_has_left() {
    let world = World::with_own_project();
    world.run(&["--period", PERIOD, "--period", "2018-19"]).expect(0);
    world.edit("psych_ther_annual/dataset.toml", "attribution = \"", "attribution = \"New: ");
    let sql = format!("SELECT sha256 FROM releases WHERE reporting_period = '{PERIOD}'");
    let sha256 = world.query(&sql);
    fs_err::remove_file(world.path("data/snapshots/objects").join(&sha256[0])).unwrap();
    for (arguments, code, told) in [
        (&["plan", "--out", "out", "--period", "2018-19"][..], 3, ""),
        (&["verify", "--out", "out", "--quick"], 5, "not verified: "),
    ] {
        world.iapt(arguments).expect(code);
        let output = unread(&mut world.command(arguments));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), stderr.contains(told)),
            (Some(code), true),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn a_reader_who_has_left_is_not_told() {
    let world = World::new();
    world.run(&["--period", PERIOD]).expect(0);
    let figure = format!("recovery_rate.{PERIOD}.england.All");
    let sql = "SELECT * FROM tidy ORDER BY 1, 2, 3, 4, 5, 6 LIMIT 20000";
    // More than the query may hold: the rest is on the disk while the reader leaves.
    let sort =
        "SELECT value, repeat('x', 100) AS text FROM generate_series(1, 400000) ORDER BY value % 1000, value";
    let spilled = world.path("spilled");
    fs_err::create_dir(&spilled).unwrap();
    for arguments in [
        &["check", "--list", "note"][..],
        &["why", &figure],
        &["why", &figure, "--format", "json"],
        &["plan", "--out", "out"],
        &["describe"],
        &["describe", "tidy"],
        &["revisions"],
        &["query", sql],
        &["query", sql, "--format", "csv"],
        &["query", sql, "--format", "json"],
        &["query", sql, "--format", "parquet"],
        &["query", sort, "--format", "csv", "--memory", "32"],
        &["help"],
    ] {
        let output = unread(world.command(arguments).env("TMPDIR", &spilled));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(fs_err::read_dir(&spilled).unwrap().count(), 0, "{arguments:?} leaves files behind");
    }
}
