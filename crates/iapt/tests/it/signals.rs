//! Runs that are told to end: one line, the exit code of the signal, a summary that says so, and nothing left unfinished.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    faults::{NEW, Scene},
    support::{World, all_files},
};

/// How long a run may take to come so far on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(10);

/// Waits until the run has said that it is under way.
fn wait_until_it_runs(child: &mut Child, world: &World) {
    let id = u64::from(child.id());
    let began = Instant::now();
    while world.summary().is_none_or(|summary| summary["process"] != id) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended without saying that it was under way");
        assert!(began.elapsed() < PATIENCE, "the run does not say that it is under way");
        sleep(Duration::from_millis(2));
    }
}

fn send(signal: &str, child: &Child) {
    // Until it has been waited for, there is a process of this number.
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

/// The same command with no signal ignored: a script in the background and `nohup` hand on that some are.
fn hearing(of: &Command) -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,QUIT,TERM").arg(of.get_program()).args(of.get_args());
    command.current_dir(of.get_current_dir().unwrap());
    command
}

/// What is unfinished below a folder or beside it.
fn unfinished(world: &World) -> Vec<PathBuf> {
    let is_unfinished = |path: &PathBuf| {
        let path = path.display().to_string();
        [".next", ".part-", ".spool"].iter().any(|part| path.contains(part))
    };
    all_files(&world.path(""))
        .into_keys()
        .filter(|path| !path.starts_with("kept"))
        .filter(is_unfinished)
        .collect()
}

#[test]
fn a_run_that_is_told_to_end_says_so_and_clears_away_what_it_began() {
    let scene = Scene::new();
    let (mut n_interrupted, mut n_ended) = (0, 0);
    // Each moment is known by what is there by then.
    let moments = [
        "data/.tables.next",
        "data/run_summary.json",
        "data/.tables.next/indicators.parquet",
        ".out.next",
        ".out.next/site/areas",
    ];
    for (signal, exit_code, n_moments) in
        [("TERM", 143, 5), ("INT", 130, 5), ("HUP", 129, 1), ("QUIT", 131, 1)]
    {
        for moment in &moments[..n_moments] {
            let what = format!("SIG{signal} when {moment} is there");
            scene.reset();
            let mut child =
                hearing(&scene.command()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            wait_until_it_runs(&mut child, &scene.world);
            while !scene.world.path(moment).exists() && child.try_wait().unwrap().is_none() {
                sleep(Duration::from_millis(1));
            }
            send(signal, &child);
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            let told = scene.world.summary().unwrap();
            if output.status.code() == Some(0) {
                assert_eq!(told["outcome"], "done", "{what}");
                n_ended += 1;
            } else {
                assert_eq!(output.status.code(), Some(exit_code), "{what}: {said}");
                assert_eq!(
                    (&told["outcome"], &told["exit_code"]),
                    (&"interrupted".into(), &exit_code.into())
                );
                let errors: Vec<&str> = said.lines().filter(|line| line.contains("interrupted")).collect();
                let line = format!(
                    "error: interrupted by SIG{signal}: tables and pages are whole, the next run goes on"
                );
                assert_eq!(
                    (errors, said.lines().last()),
                    (vec![line.as_str()], Some(line.as_str())),
                    "{what}"
                );
                assert!(!said.contains("hint:"), "{what}: {said}");
                assert_eq!(unfinished(&scene.world), Vec::<PathBuf>::new(), "{what}");
                n_interrupted += 1;
            }
            scene.check(&what);
        }
    }
    println!("{n_interrupted} runs interrupted, {n_ended} had ended before");
    assert!(n_interrupted > n_ended);
}

#[test]
fn a_download_that_is_told_to_end_leaves_no_part_of_a_file() {
    let world = World::new();
    let mut child = world
        .command(&["fetch", "--period", "2018-19", "--misbehave", "slow:200ms"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = world.path("data/snapshots/objects/.part-0");
    let began = Instant::now();
    while !part.exists() {
        assert!(began.elapsed() < PATIENCE, "nothing is on its way");
        sleep(Duration::from_millis(5));
    }
    send("TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(unfinished(&world), Vec::<PathBuf>::new());
    let told = world.summary().unwrap();
    assert_eq!(
        (&told["stages"][0]["stage"], &told["stages"][0]["outcome"]),
        (&"fetch".into(), &"interrupted".into())
    );
    world.iapt(&["fetch", "--period", "2018-19"]).expect(0);
}

#[test]
fn a_run_that_is_killed_has_said_that_it_was_under_way() {
    let scene = Scene::new();
    scene.reset();
    let mut child = scene.command().stderr(Stdio::null()).spawn().unwrap();
    wait_until_it_runs(&mut child, &scene.world);
    send("KILL", &child);
    assert_eq!(child.wait().unwrap().code(), None);
    let told = scene.world.summary().unwrap();
    assert_eq!(
        (&told["outcome"], &told["exit_code"], &told["schema"]),
        (&"running".into(), &Value::Null, &1.into())
    );
    scene.check("KILL");
}

/// As `nohup` starts it.
#[test]
fn a_signal_that_is_to_be_ignored_is_ignored() {
    let scene = Scene::new();
    scene.reset();
    let mut child = in_shell(&scene, "trap '' HUP").spawn().unwrap();
    wait_until_it_runs(&mut child, &scene.world);
    send("HUP", &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(scene.world.summary().unwrap()["outcome"], "done");
}

/// The command of the scene, after another one of the shell.
fn in_shell(scene: &Scene, first: &str) -> Command {
    let program = scene.command();
    let words: Vec<String> = [program.get_program()]
        .into_iter()
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{first}; exec {}", words.join(" "))]).current_dir(scene.world.path(""));
    command
}

#[test]
fn a_file_that_may_not_grow_is_a_failure_like_any_other() {
    let scene = Scene::new();
    scene.reset();
    // In blocks of 512 or of 1024 bytes, as the shell has it.
    let output = in_shell(&scene, "ulimit -f 150").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("File too large") && said.contains("hint: raise the limit"), "{said}");
    let told = scene.world.summary().unwrap();
    assert_eq!((&told["outcome"], &told["exit_code"]), (&"failed".into(), &1.into()));
    assert_eq!(unfinished(&scene.world), Vec::<PathBuf>::new());
    scene.check("ulimit -f");
    scene.world.run(&NEW).expect(0);
}
