//! What a scheduler reads: the summary of a run, and how fresh the data are.

use serde_json::Value;

use crate::support::{World, all_files, project, published_csv, release};

/// The stages of a run, each with its outcome.
fn stages(summary: &Value) -> Vec<String> {
    let stages = summary["stages"].as_array().unwrap().iter();
    stages.map(|stage| format!("{} {}", stage["stage"], stage["outcome"])).collect()
}

#[test]
fn a_run_says_what_it_did() {
    let world = World::new();
    let periods = ["--period", "2017-18", "--period", "2018-19", "--now", "2026-11-24T03:00:00Z"];
    world.run(&[&periods[..], &["--misbehave", "503,404"]].concat()).expect(3);
    let first = world.summary().unwrap();
    assert_eq!(
        (&first["command"], &first["outcome"], &first["exit_code"]),
        (&"run".into(), &"partly".into(), &3.into())
    );
    assert_eq!(first["began"], "2026-11-24T03:00:00Z");
    let releases = first["releases"].as_array().unwrap();
    let had: Vec<&Value> = releases.iter().filter(|release| release["outcome"] == "downloaded").collect();
    let missed: Vec<&Value> = releases.iter().filter(|release| release["outcome"] == "missed").collect();
    assert_eq!((had.len(), missed.len()), (1, 1));
    assert!(missed[0]["error"]["message"].as_str().unwrap().contains("is not at its source"));
    assert!(missed[0]["error"]["hint"].as_str().is_some());
    assert_eq!((&had[0]["edition"], &had[0]["attempts"]), (&1.into(), &2.into()));
    assert_eq!(had[0]["sha256"].as_str().unwrap().len(), 64);
    // The cells by status are those of the tables.
    let period = had[0]["period"].as_str().unwrap();
    let sql = format!(
        "SELECT value_status, count(*) FROM tidy WHERE reporting_period = '{period}' GROUP BY 1 ORDER BY 1"
    );
    for row in world.query(&sql) {
        let (status, count) = row.split_once(',').unwrap();
        assert_eq!(had[0]["files"][0]["cells"][status].to_string(), count, "{status}");
    }

    world.run(&periods).expect(0);
    assert_eq!(
        stages(&world.summary().unwrap()),
        ["\"fetch\" \"done\"", "\"build\" \"done\"", "\"report\" \"done\""]
    );
    world.run(&periods).expect(0);
    let third = world.summary().unwrap();
    assert_eq!(stages(&third), ["\"fetch\" \"done\"", "\"build\" \"skipped\"", "\"report\" \"skipped\""]);
    assert_eq!(third["stages"][1]["why"], "tables are up to date");
    assert!(third["releases"].as_array().unwrap().iter().all(|release| release["outcome"] == "kept"));
}

#[test]
fn a_failure_is_in_the_summary_too() {
    let world = World::new();
    world.run(&["--period", "2017-18", "--misbehave", "404*9"]).expect(1);
    let failed = world.summary().unwrap();
    assert_eq!((&failed["outcome"], &failed["exit_code"]), (&"failed".into(), &1.into()));
    assert!(failed["error"]["message"].as_str().unwrap().contains("no release could be fetched"));
    assert!(failed["error"]["hint"].as_str().is_some());
    assert_eq!(
        (&failed["releases"][0]["outcome"], &failed["releases"][0]["attempts"]),
        (&"missed".into(), &1.into())
    );
    let stage = &failed["stages"][0];
    assert_eq!(
        (&stage["stage"], &stage["outcome"], &stage["why"]),
        (&"fetch".into(), &"failed".into(), &failed["error"]["message"])
    );
    world.run(&["--period", "2017-18", "--misbehave", "503*9"]).expect(1);
    assert_eq!(world.summary().unwrap()["releases"][0]["attempts"], 5);
    world.run(&["--period", "2017-18"]).expect(0);
    assert_eq!(world.summary().unwrap()["outcome"], "done");
}

#[test]
fn a_stage_that_fails_is_in_the_summary_as_failed() {
    let project = project();
    let world = World::new();
    let csv =
        published_csv(&project, "2017-18").replacen("CountReferralsReceived", "CountReferralsRecieved", 1);
    world.mirror(release(&project, "2017-18"), csv.as_bytes());
    world.run(&["--source", "mirror", "--period", "2017-18"]).expect(4);
    let failed = world.summary().unwrap();
    assert_eq!((&failed["outcome"], &failed["exit_code"]), (&"failed".into(), &4.into()));
    assert_eq!(stages(&failed), ["\"fetch\" \"done\"", "\"build\" \"failed\""]);
    assert_eq!(failed["releases"][0]["outcome"], "not_understood");

    // Beside another period, which is built and published: what the stage and the release say is the same.
    world.mirror_packs(&["2018-19"]);
    world.run(&["--source", "mirror", "--period", "2017-18", "--period", "2018-19"]).expect(4);
    let failed = world.summary().unwrap();
    assert_eq!(stages(&failed), ["\"fetch\" \"done\"", "\"build\" \"failed\"", "\"report\" \"done\""]);
    assert_eq!(failed["stages"][1]["why"], "releases that are not understood: 1");
    let [refused, read] = [&failed["releases"][0], &failed["releases"][1]];
    assert_eq!((&refused["period"], &refused["outcome"]), (&"2017-18".into(), &"not_understood".into()));
    assert!(refused["error"]["message"].as_str().unwrap().contains("CountReferralsRecieved"), "{refused}");
    assert_eq!((&refused["files"], &read["outcome"]), (&Value::Array(Vec::new()), &"downloaded".into()));
    assert_eq!(read["files"].as_array().unwrap().len(), 1);
}

#[test]
fn declared_files_that_do_not_parse_are_in_the_summary() {
    let world = World::with_own_project();
    world.run(&["--period", "2017-18"]).expect(0);
    let path = world.declared("measures.csv");
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.clone() + "half a row\n").unwrap();
    world.run(&["--period", "2017-18"]).expect(1).says("measures.csv");
    let failed = world.summary().unwrap();
    assert_eq!((&failed["outcome"], &failed["exit_code"]), (&"failed".into(), &1.into()));
    assert!(failed["error"]["message"].as_str().unwrap().contains("measures.csv"), "{failed}");
    fs_err::write(&path, text).unwrap();
    world.run(&["--period", "2017-18"]).expect(0);
    assert_eq!(world.summary().unwrap()["outcome"], "done");
}

#[test]
fn a_mistake_in_what_is_typed_touches_nothing() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let before = all_files(&world.path(""));
    world.run(&["--period", "1999-00"]).expect(2);
    world.run(&["--period", "2031-32"]).expect(2);
    assert!(before == all_files(&world.path("")));
}

#[test]
fn what_is_overdue_is_said_and_changes_the_exit_code() {
    let world = World::new();
    // 2018-19 ends on 31 March 2019, and is expected 306 days later.
    let run = |day: &str, more: &[&str]| {
        world.run(&[&["--period", "2017-18", "--now", &format!("{day}T12:00:00Z")], more].concat())
    };
    run("2020-01-31", &[]).expect(0);
    let freshness = &world.summary().unwrap()["freshness"][0];
    assert_eq!(freshness["expected_by"], "2020-01-31");
    assert_eq!((&freshness["newest_period"], &freshness["overdue_days"]), (&"2017-18".into(), &0.into()));
    run("2020-02-07", &["--fail-if-stale", "7"]).expect(0);
    let stale = run("2020-02-08", &["--fail-if-stale", "7"]).expect(3);
    stale.says("psych_ther_annual ends with 2017-18: 2018-19 was expected by 2020-01-31, 8 days ago");
    assert_eq!(world.summary().unwrap()["outcome"], "stale");
    assert!(world.path("out/index.md").is_file());
    run("2030-01-01", &[]).expect(0);
}
