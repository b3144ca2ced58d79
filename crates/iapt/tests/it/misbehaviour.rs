//! A publisher that misbehaves: what can be survived is, what cannot is said.

use crate::support::World;

fn check(script: &str, code: i32, told: &[&str]) {
    let world = World::new();
    let mut ran = world.run(&["--period", "2017-18", "--misbehave", script]).expect(code);
    for text in told {
        ran = ran.says(text);
    }
    if code == 0 {
        assert_eq!(world.query("SELECT value FROM indicators WHERE level = 'england' AND breakdown = 'total' AND indicator = 'recovery_rate'").len(), 1);
    } else {
        assert!(!world.path("data/tables").exists(), "{script}: tables were made");
    }
}

#[test]
fn what_passes_is_tried_again() {
    check("503*2", 0, &["try 2", "try 3"]);
    check("429:1", 0, &["429"]);
    check("reset", 0, &["try 2"]);
    check("cut:5000", 0, &["resumed"]);
    check("length:100", 0, &["try 2"]);
    check("slow:1ms", 0, &[]);
}

#[test]
fn what_does_not_pass_is_said() {
    check("404*9", 1, &["2017-18 is not held by its source"]);
    check("html*9", 1, &["HTML"]);
    check("redirect:http://127.0.0.2:9/elsewhere", 1, &["127.0.0.2"]);
}

#[test]
fn changed_bytes_are_refused_once_the_file_is_pinned() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let before = world.files("data/tables");
    fs_err::remove_dir_all(world.path("data/snapshots/objects")).unwrap();
    world.run(&["--period", "2017-18", "--misbehave", "changed*9"]).expect(1).says("pinned").says("hint: ");
    assert!(before == world.files("data/tables"));
    world.run(&["--period", "2017-18"]).expect(0);
}
