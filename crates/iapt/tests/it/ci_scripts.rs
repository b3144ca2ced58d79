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
        let project = world.project().to_str().unwrap();
        let folders =
            ["--project", project, "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
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
    // Longer than a pull request may be.
    for number in 0..2_000 {
        fs_err::write(tables.join(format!("a_table_with_a_long_name_{number}.csv")), "period,value\n")
            .unwrap();
    }
    let long = script("data_change.sh", &variables, &[]);
    assert!(long.status.success());
    assert_eq!((said(&long).len(), said(&long).starts_with("The published figures")), (60_001, true));
}

#[test]
fn a_filter_that_no_test_fits_is_a_failure() {
    for (told, is_success) in [
        ("test result: ok. 0 passed; 0 failed", false),
        ("test result: ok. 0 passed\ntest result: ok. 12 passed", true),
    ] {
        assert_eq!(script("some_tests.sh", &[], &["echo", told]).status.success(), is_success, "{told}");
    }
    assert!(
        !script("some_tests.sh", &[], &["sh", "-c", "echo test result: ok. 1 passed; exit 1"])
            .status
            .success()
    );
}

/// A program of this name, in a folder of its own, that says how it was called.
fn stand_in(folder: &Path, name: &str, body: &str) -> String {
    let program = folder.join(name);
    fs_err::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
    program.display().to_string()
}

#[test]
fn a_check_that_has_nothing_to_look_at_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let tools = folder.path().join("target/tools/bin");
    fs_err::create_dir_all(&tools).unwrap();
    for tool in ["cargo-deny", "cargo-machete"] {
        stand_in(&tools, tool, "true");
    }
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let target = folder.path().join("target").display().to_string();
    let variables = [("PATH", path.as_str()), ("CARGO_TARGET_DIR", &target)];
    for (check, asked) in [("features.sh", "cargo"), ("versions.sh", "git"), ("supply_chain.sh", "git")] {
        for body in ["exit 1", "exit 0"] {
            stand_in(folder.path(), asked, body);
            let looked = script(check, &variables, &[]);
            assert!(!looked.status.success(), "{check}, where {asked} says nothing and ends with {body}");
        }
        fs_err::remove_file(folder.path().join(asked)).unwrap();
    }
}

#[test]
fn the_heart_beats_by_enabling_the_schedule_again() {
    let folder = tempfile::tempdir().unwrap();
    stand_in(folder.path(), "gh", "echo \"gh $*\"");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let beat = script("heartbeat.sh", &[("PATH", &path), ("REPOSITORY", "a/b")], &[]);
    assert!(beat.status.success());
    for workflow in ["scheduled.yml", "weekly.yml"] {
        let call = format!("gh api --silent --method PUT repos/a/b/actions/workflows/{workflow}/enable\n");
        assert!(said(&beat).contains(&call), "{}", said(&beat));
    }
}

#[test]
fn one_change_is_one_branch_and_one_pull_request() {
    let folder = tempfile::tempdir().unwrap();
    let (work, origin, change) =
        (folder.path().join("work"), folder.path().join("origin"), folder.path().join("change"));
    for path in [&work, &origin, &change] {
        fs_err::create_dir_all(path).unwrap();
    }
    git(&origin, &["init", "--quiet", "--bare"]);
    repository(&work);
    let base = git(&work, &["rev-parse", "--abbrev-ref", "HEAD"]).trim().to_owned();
    let first = git(&work, &["rev-parse", "HEAD"]);
    // The branch `pulls` is the head of the pull request, where there is one; none is opened while `down` is there.
    let gh = format!(
        "cd {}
         [ \"$2\" = list ] && {{ git rev-parse --quiet --verify pulls; exit 0; }}
         [ \"$2\" = create ] && [ -e down ] && exit 1
         [ \"$1\" = pr ] && git branch --force pulls data; echo \"gh $1 $2\"",
        origin.display()
    );
    stand_in(folder.path(), "gh", &gh);
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let run = |value: &str| {
        // As a runner: a fresh checkout of what is committed.
        git(&work, &["switch", "--quiet", &base]);
        git(&work, &["reset", "--quiet", "--hard", first.trim()]);
        fs_err::write(
            work.join("reports/published/tables/a.csv"),
            format!("period,value\n2017-18,{value}\n2018-19,52.1\n"),
        )
        .unwrap();
        let body = script("data_change.sh", &[("CHECKOUT", work.to_str().unwrap())], &[]);
        fs_err::write(change.join("body.md"), &body.stdout).unwrap();
        fs_err::write(change.join("change.patch"), git(&work, &["diff", "--binary"])).unwrap();
        git(&work, &["reset", "--quiet", "--hard"]);
        let variables = [
            ("CHECKOUT", work.to_str().unwrap()),
            ("REMOTE", origin.to_str().unwrap()),
            ("REPOSITORY", "a/b"),
            ("PATH", &path),
        ];
        let ran = script("review.sh", &variables, &[change.to_str().unwrap()]);
        assert_eq!(git(&origin, &["rev-list", "--count", "data"]).trim(), "2");
        let branches = git(&origin, &["branch", "--format=%(refname:short)"]);
        assert_eq!(branches, if ran.status.success() { "data\npulls\n" } else { "data\n" });
        said(&ran)
    };
    let there = "review: data has this change already\n";
    // What could not be opened is tried again.
    fs_err::write(origin.join("down"), "").unwrap();
    assert_eq!(run("50.9"), "");
    fs_err::remove_file(origin.join("down")).unwrap();
    assert_eq!(run("50.9"), format!("{there}gh pr create\ngh workflow run\n"));
    assert_eq!(run("50.9"), there);
    assert_eq!(run("51.0"), "gh pr edit\ngh workflow run\n");
    assert_eq!(run("51.0"), there);
}

#[test]
fn what_was_built_is_published_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let program = stand_in(folder.path(), "iapt publish", "echo \"$@\"");
    let variables = [("IAPT_PUBLISH", program.as_str())];
    let ran = script("publish_to.sh", &variables, &["s3://bucket/prefix", "--data", "elsewhere"]);
    assert_eq!(said(&ran), "--to s3://bucket/prefix --data elsewhere\n");
    assert!(!script("publish_to.sh", &variables, &[]).status.success());
}

#[test]
fn the_workflows_are_installed_and_name_scripts_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("CHECKOUT", folder.path().to_str().unwrap())];
    assert!(script("install_workflows.sh", &variables, &[]).status.success());
    for (workflow, at_least) in [("scheduled", 8), ("weekly", 4), ("change", 1)] {
        let installed = folder.path().join(".github/workflows").join(workflow).with_extension("yml");
        let text = fs_err::read_to_string(installed).unwrap();
        let scripts = text.split_whitespace().filter(|word| word.starts_with("ci/") && word.contains(".sh"));
        let scripts: Vec<&str> = scripts.map(|word| word.trim_end_matches([';', '.'])).collect();
        assert!(scripts.len() >= at_least, "{workflow}: {scripts:?}");
        for name in scripts {
            assert!(checkout().join(name).is_file(), "{name}");
        }
    }
}
