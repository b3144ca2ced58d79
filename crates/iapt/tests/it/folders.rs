//! Folders as they come: links, files in their place, folders inside each other, names of every kind.

use std::process::Command;

use iapt_files::FolderLock;

use crate::support::{World, all_files, binary};

const PERIOD: [&str; 2] = ["--period", "2017-18"];

#[test]
fn links_are_followed_and_stay() {
    let world = World::with_own_project();
    world.run(&PERIOD).expect(0);
    let expected = (world.files("data/tables"), world.files("out"));
    let linked = World::with_own_project();
    for (link, target) in [("out", "www"), ("data/tables", "disk/tables")] {
        fs_err::create_dir_all(linked.path(target)).unwrap();
        fs_err::create_dir_all(linked.path(link).parent().unwrap()).unwrap();
        fs_err::os::unix::fs::symlink(linked.path(target), linked.path(link)).unwrap();
    }
    for _ in 0..2 {
        linked.run(&PERIOD).expect(0);
        assert!((linked.files("disk/tables"), linked.files("www")) == expected);
        for link in ["out", "data/tables"] {
            assert!(linked.path(link).is_symlink(), "{link}");
        }
    }
    linked.run(&PERIOD).expect(0).says("tables are up to date").says("pages are up to date");
    let plan = linked.iapt(&[&["plan", "--out", "out"][..], &PERIOD].concat()).expect(0);
    assert!(!plan.stdout.contains("make"), "{}", plan.stdout);
}

#[test]
fn what_would_be_destroyed_is_refused_before_anything_is_touched() {
    let world = World::with_own_project();
    world.iapt(&[&["run", "--data", "srv/data", "--out", "srv/www"][..], &PERIOD].concat()).expect(0);
    fs_err::write(world.path("file"), "mine").unwrap();
    fs_err::create_dir(world.path("srv/mirror")).unwrap();
    let before = all_files(&world.path(""));
    for (arguments, told) in [
        (&["--data", "srv/data", "--out", "srv"][..], "which overlaps the folder of the data"),
        (&["--data", "srv/www/data", "--out", "srv/www"], "which overlaps the folder of the data"),
        (&["--data", "srv/data", "--out", "srv/data"], "which overlaps the folder of the data"),
        (&["--data", "srv/data", "--out", "srv/data/tables"], "which overlaps the tables"),
        (&["--data", "srv/data", "--out", "srv/data/tables/pages"], "which overlaps the tables"),
        (&["--data", "srv/data", "--out", "srv/data/snapshots"], "which overlaps the snapshots"),
        (
            &["--data", "srv/data", "--out", "srv/mirror", "--source", "srv/mirror"],
            "which overlaps the source",
        ),
        (&["--data", "srv/data", "--out", "."], "which overlaps"),
        (&["--data", "srv/data", "--out", "file"], "`file` is a file, not a folder"),
        (&["--data", "file", "--out", "srv/www"], "`file` is a file, not a folder"),
        (&["--data", "line\nbreak", "--out", "srv/www"], r"the path `line\nbreak` has a line break"),
    ] {
        world.iapt(&[&["run"][..], &PERIOD, arguments].concat()).expect(2).says(told).says("hint: ");
        assert!(before == all_files(&world.path("")), "{arguments:?} touched something");
    }
    fs_err::os::unix::fs::symlink("missing", world.path("nowhere")).unwrap();
    let told = "`nowhere` is a link that leads nowhere, not a folder";
    world.iapt(&["run", "--data", "srv/data", "--out", "nowhere"]).expect(2).says(told);
    // Pages may be in the folder of the data, beside what is there.
    world.iapt(&[&["run", "--data", "srv/data", "--out", "srv/data/www"][..], &PERIOD].concat()).expect(0);
    world.iapt(&[&["run", "--data", "srv/data", "--out", "srv/www"][..], &PERIOD].concat()).expect(0);
}

#[test]
fn folders_may_have_any_name_that_is_one_line() {
    let world = World::with_own_project();
    for name in [
        "all*",
        "any?",
        "one[of]these",
        "100%",
        "a%20b",
        "50 % \u{e9} \u{6570}",
        "#top",
        "'quoted' \"twice\"",
    ] {
        let (data, out) = (format!("{name}/data"), format!("{name}/out"));
        // Pages go the same way whatever the name is, and take longer than all else.
        let commands: &[&[&str]] =
            if name == "all*" { &[&["run", "--out", &out]] } else { &[&["fetch"], &["build"]] };
        for command in commands {
            world.iapt(&[command, &["--data", &data][..], &PERIOD].concat()).expect(0);
        }
        let sql = "SELECT count(*) AS n FROM tidy JOIN releases USING (reporting_period)";
        let ran = world.iapt(&["query", sql, "--data", &data, "--format", "csv"]).expect(0);
        assert!(ran.stdout.lines().nth(1).is_some_and(|n| n != "0"), "{name}: {}", ran.stdout);
        world.iapt(&["why", "recovery_rate.2017-18.england.All", "--data", &data]).expect(0);
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_said_with_what_to_do() {
    for (path, told) in
        [("data/run_summary.json", "run_summary.json"), ("data/.claim", ".claim"), ("out", "")]
    {
        let world = World::with_own_project();
        let inside = world.path(path).join("inside");
        if told.is_empty() {
            // What is unfinished is ours to remove, whatever it is.
            for left in ["data/.tables.next", ".out.next"] {
                fs_err::create_dir_all(world.path(left).parent().unwrap()).unwrap();
                fs_err::write(world.path(left), "a file").unwrap();
            }
            world.run(&PERIOD).expect(0);
            continue;
        }
        fs_err::create_dir_all(&inside).unwrap();
        world
            .run(&PERIOD)
            .expect(1)
            .says(told)
            .says("hint: a folder stands where the file belongs: remove it");
        assert!(!world.path("data/tables").exists(), "{path}");
        fs_err::remove_dir_all(world.path(path)).unwrap();
        world.run(&PERIOD).expect(0);
    }
}

#[test]
fn a_working_folder_is_not_needed() {
    let world = World::with_own_project();
    let script = format!(
        "mkdir gone; cd gone; rmdir ../gone; exec '{}' --project '{}' run --data '{}' --out '{}' --period 2018-19",
        binary().display(),
        world.project().display(),
        world.path("data").display(),
        world.path("out").display()
    );
    let output = Command::new("sh").args(["-c", &script]).current_dir(world.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!world.path("data/.spool").exists());
}

#[test]
fn what_others_are_at_work_on_is_left_alone() {
    let world = World::with_own_project();
    let [left, used] = ["data/.revisions-1", "data/.revisions-2"].map(|folder| world.path(folder));
    fs_err::create_dir_all(left.join("editions/old")).unwrap();
    let _editions = FolderLock::take(&used, "`iapt revisions`").unwrap();
    world.iapt(&[&["fetch"][..], &PERIOD].concat()).expect(0);
    assert_eq!((left.exists(), used.exists()), (false, true));
    let _run = FolderLock::take(&world.path("data"), "`iapt run`").unwrap();
    for command in ["fetch", "discover"] {
        let ran = world.iapt(&[command, "--source", "embedded"]).expect(1);
        ran.says("error: another run is working in `data`: `iapt run`").says("hint: wait until it has ended");
    }
}
