//! Mounted volumes, a full one among them, in a namespace of its own.

use std::process::Command;

use crate::support::{World, binary};

/// Runs a script where volumes can be mounted, in the folder of the world; `$IAPT` runs the program.
#[track_caller]
fn with_volumes(world: &World, script: &str) -> String {
    let iapt = format!("'{}' --project '{}'", binary().display(), world.project().display());
    let script = format!("set -eu\niapt() {{ {iapt} \"$@\"; }}\n{script}");
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(world.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "mounts volumes, which not every machine lets its users do; `ci/volumes.sh` runs it"]
fn pages_and_tables_may_be_mounted_volumes() {
    let world = World::with_own_project();
    for period in ["2017-18", "2018-19"] {
        world.run(&["--period", period]).expect(0);
    }
    fs_err::rename(world.path("data"), world.path("expected-data")).unwrap();
    fs_err::rename(world.path("out"), world.path("expected-out")).unwrap();
    // One of them is a file system of its own, the other one a folder of this one that is mounted where it stands.
    let told = with_volumes(
        &world,
        "mkdir -p out/lost+found data/tables
         mount -t tmpfs none out && mkdir out/lost+found
         mount --bind data/tables data/tables
         iapt run --out out --period 2017-18 --quiet
         iapt run --out out --period 2018-19 --quiet
         iapt run --out out --period 2018-19 2>&1
         iapt plan --out out --period 2018-19
         diff -r --exclude .iapt --exclude lost+found out expected-out
         diff -r --exclude .iapt data/tables expected-data/tables
         test ! -e out/.iapt/next; test ! -e data/tables/.iapt/next; test ! -e .out.next; test ! -e data/.tables.next",
    );
    assert!(told.contains("tables are up to date") && told.contains("pages are up to date"), "{told}");
    assert!(!told.contains("make"), "{told}");
}

#[test]
#[ignore = "mounts volumes, which not every machine lets its users do; `ci/volumes.sh` runs it"]
fn a_full_disk_is_a_failure_that_makes_room_for_its_summary() {
    let world = World::with_own_project();
    let told = with_volumes(
        &world,
        "mkdir -p data && mount -t tmpfs -o size=300k none data
         iapt run --out out --period 2017-18 2>&1 && exit 9 || echo \"exit $?\"
         ls -A data; cat data/run_summary.json
         mount -o remount,size=100m data
         iapt run --out out --period 2017-18 --quiet; echo \"exit $?\"; grep outcome data/run_summary.json",
    );
    assert!(
        told.contains("No space left on device") && told.contains("hint: make room on the disk"),
        "{told}"
    );
    let (failed, done) = told.split_once("exit 0\n").unwrap_or((&told, ""));
    assert!(failed.contains("\"outcome\": \"failed\",\n  \"exit_code\": 1"), "{told}");
    assert!(failed.contains("exit 1\n") && !failed.contains("\n.tables.next\n"), "{told}");
    assert!(done.starts_with("  \"outcome\": \"done\""), "{told}");
}

#[test]
#[ignore = "mounts volumes, which not every machine lets its users do; `ci/volumes.sh` runs it"]
fn a_folder_that_can_only_be_read_is_verified() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let told = with_volumes(
        &world,
        "mount --bind data data && mount -o remount,ro,bind data
         iapt verify --quick --out out && echo verified",
    );
    assert!(told.ends_with("verified\n"), "{told}");
}
