//! The scripts that scheduled jobs are made of, each run as a job runs it.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::support::{World, binary, checkout};

/// Runs a script of ci/ with these variables and arguments.
fn script(name: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let script = checkout().join("ci").join(name);
    let output = Command::new(script).envs(variables.iter().copied()).args(arguments).output().unwrap();
    println!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A repository with one commit of one published table.
fn repository(folder: &Path) {
    let table = folder.join("reports/published/tables/a.csv");
    fs_err::create_dir_all(table.parent().unwrap()).unwrap();
    fs_err::write(table, "period,value\n2017-18,50.8\n2018-19,52.1\n").unwrap();
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "--message", "first"]);
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    let output = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_scheduled_run_ends_as_iapt_ends() {
    let world = World::new();
    let (program, data, out) = (binary(), world.path("data"), world.path("out"));
    let run = |days: &str, now: &str| {
        let variables =
            [("IAPT", program.to_str().unwrap()), ("IAPT_SOURCE", "embedded"), ("IAPT_STALE", days)];
        let folders = ["--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
        script("monthly.sh", &variables, &[&folders[..], &["--period", "2017-18", "--now", now]].concat())
    };
    assert_eq!(run("30", "2020-02-01T03:00:00Z").status.code(), Some(0));
    assert!(out.join("index.md").is_file());
    let stale = run("30", "2021-02-01T03:00:00Z");
    assert_eq!(stale.status.code(), Some(3));
    let last = String::from_utf8(stale.stderr).unwrap();
    assert!(last.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{last}");
    assert!(last.contains("was expected by"), "{last}");
}

#[test]
fn changed_figures_are_listed_and_unchanged_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let variables = [("CHECKOUT", folder.path().to_str().unwrap())];
    let same = script("data_change.sh", &variables, &[]);
    assert!(same.status.success());
    assert_eq!(said(&same), "");
    let tables = folder.path().join("reports/published/tables");
    fs_err::write(tables.join("a.csv"), "period,value\n2017-18,50.9\n2018-19,52.1\n").unwrap();
    fs_err::write(tables.join("b.csv"), "period,value\n").unwrap();
    let changed = script("data_change.sh", &variables, &[]);
    assert!(changed.status.success());
    let text = said(&changed);
    for line in ["| tables/a.csv | 1 | 1 |", "| tables/b.csv | 1 | 0 |", "-2017-18,50.8", "+2017-18,50.9"] {
        assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
    }
}

#[test]
fn the_heart_beats_before_a_schedule_stops() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let committed: i64 = git(folder.path(), &["log", "-1", "--format=%ct"]).trim().parse().unwrap();
    let beat = |days: i64| {
        let now = (committed + days * 86_400).to_string();
        let who = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"];
        let mut variables = vec![("CHECKOUT", folder.path().to_str().unwrap()), ("NOW", now.as_str())];
        variables.extend(who.map(|name| (name, "test")));
        let output = script("heartbeat.sh", &variables, &[]);
        assert!(output.status.success());
        git(folder.path(), &["rev-list", "--count", "HEAD"]).trim().to_owned()
    };
    assert_eq!(beat(45), "1");
    assert_eq!(beat(46), "2");
}

#[test]
fn what_was_built_is_published_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // In the place of the program, one that says how it was called.
    let program = folder.path().join("iapt");
    fs_err::write(&program, "#!/bin/sh\necho \"$@\"\n").unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
    let variables = [("IAPT", program.to_str().unwrap())];
    let ran = script("publish_to.sh", &variables, &["s3://bucket/prefix", "--data", "elsewhere"]);
    assert_eq!(said(&ran), "publish --to s3://bucket/prefix --data elsewhere\n");
    assert!(!script("publish_to.sh", &variables, &[]).status.success());
}

#[test]
fn the_workflows_are_installed_and_name_scripts_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("CHECKOUT", folder.path().to_str().unwrap())];
    assert!(script("install_workflows.sh", &variables, &[]).status.success());
    let installed = folder.path().join(".github/workflows/scheduled.yml");
    let text = fs_err::read_to_string(installed).unwrap();
    let scripts = text.split_whitespace().filter(|word| word.starts_with("ci/") && word.contains(".sh"));
    let scripts: Vec<&str> = scripts.map(|word| word.trim_end_matches([';', '.'])).collect();
    assert!(scripts.len() > 3, "{scripts:?}");
    for name in scripts {
        assert!(checkout().join(name).is_file(), "{name}");
    }
}
