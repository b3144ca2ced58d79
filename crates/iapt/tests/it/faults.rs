//! Disks that are full or read-only, runs that are killed: outputs are all old or all new, and the next run finishes.
//!
//! `IAPT_FAULTS` says how many operations the sweep fails (`all`: every one of a run), `IAPT_KILLS` how often a run is
//! killed; `ci/faults.sh` asks for all of them and 300.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, available_parallelism, sleep},
    time::{Duration, Instant},
};

use crate::support::{World, asked, binary, copy_folder};

type Files = BTreeMap<PathBuf, Vec<u8>>;

const OLD: [&str; 2] = ["--period", "2017-18"];
pub(crate) const NEW: [&str; 2] = ["--period", "2018-19"];

/// A world with one period built, and what becomes of it when another is added undisturbed.
pub(crate) struct Scene {
    pub(crate) world: World,
    undisturbed: &'static Undisturbed,
}

/// What every scene begins with and ends with, made once.
struct Undisturbed {
    old: [Files; 2],
    new: [Files; 2],
    /// How long the second run took.
    took: Duration,
}

impl Undisturbed {
    fn get() -> &'static Self {
        static UNDISTURBED: OnceLock<Undisturbed> = OnceLock::new();
        UNDISTURBED.get_or_init(|| {
            let world = World::new();
            world.run(&OLD).expect(0);
            let old = ["data/tables", "out"].map(|folder| world.files(folder));
            let began = Instant::now();
            world.run(&NEW).expect(0);
            let took = began.elapsed();
            let new = ["data/tables", "out"].map(|folder| world.files(folder));
            assert!(old[0] != new[0] && old[1] != new[1]);
            Self { old, new, took }
        })
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let undisturbed = Undisturbed::get();
        let world = World::new();
        // Where it is, since what was made elsewhere is made again.
        world.run(&OLD).expect(0);
        for folder in ["data", "out"] {
            copy_folder(&world.path(folder), &world.path("kept").join(folder));
        }
        Self { world, undisturbed }
    }

    /// Puts the first period back, and nothing else.
    pub(crate) fn reset(&self) {
        for folder in ["data", "out"] {
            fs_err::remove_dir_all(self.world.path(folder)).unwrap();
            copy_folder(&self.world.path("kept").join(folder), &self.world.path(folder));
        }
    }

    /// Whether tables and pages are those of an undisturbed run.
    fn is_new(&self) -> bool {
        ["data/tables", "out"]
            .iter()
            .zip(&self.undisturbed.new)
            .all(|(folder, new)| self.world.files(folder) == *new)
    }

    /// Tables are those of before or those of after, whole, and so are the pages; a run after that makes all new.
    pub(crate) fn check(&self, what: &str) {
        for ((folder, old), new) in
            ["data/tables", "out"].iter().zip(&self.undisturbed.old).zip(&self.undisturbed.new)
        {
            let found = self.world.files(folder);
            assert!(found == *old || found == *new, "{what}: {folder} is neither old nor new");
        }
        self.world.run(&NEW).expect(0);
        assert!(self.is_new(), "{what}: the run after it is not what an undisturbed one makes");
        let left: Vec<String> =
            self.world.files("data").into_keys().map(|path| path.display().to_string()).collect();
        assert!(
            !left.iter().any(|path| path.contains(".next") || path.contains(".part-")),
            "{what}: {left:?}"
        );
        assert!(!self.world.path(".out.next").exists(), "{what}: pages that nobody reads are left");
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.arg("--project").arg(self.world.project()).args(["run", "--out", "out"]).args(NEW);
        command.current_dir(self.world.path("")).stdout(Stdio::null());
        command
    }

    /// Runs with a fault; says how it ended, or none when the run had fewer operations.
    fn run_with(&self, fault: &str) -> Option<(Option<i32>, String)> {
        let output = self.command().env("IAPT_FAULT", fault).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let is_hit = output.status.code().is_none()
            || said.contains("made to fail")
            || output.status.code() == Some(1);
        is_hit.then(|| (output.status.code(), said))
    }
}

/// How many operations an undisturbed run has.
fn n_operations(scene: &Scene) -> usize {
    scene.reset();
    let output = scene.command().env("IAPT_FAULT", "1:tell").stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(scene.is_new(), "{said}");
    said.lines().filter(|line| line.starts_with("operation ")).count()
}

/// More than this many runs are shared by all processors.
const MANY: usize = 100;

/// Does something for every number below `n`, in a scene of its own for each thread.
fn in_scenes<T: Send>(n: usize, apply: impl Fn(&Scene, usize) -> T + Sync) -> Vec<T> {
    let n_threads = if n > MANY { available_parallelism().map_or(1, usize::from) } else { 1 };
    let next = AtomicUsize::new(0);
    let work = || {
        let (scene, mut done) = (Scene::new(), Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= n {
                return done;
            }
            if number > 0 && number.is_multiple_of(MANY) {
                println!("{number} of {n}");
            }
            done.push(apply(&scene, number));
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn every_operation_may_fail() {
    let n_operations = n_operations(&Scene::new());
    assert!(n_operations > 100, "{n_operations}");
    let n_wanted = asked("IAPT_FAULTS", 12).min(n_operations);
    let ended = in_scenes(n_wanted, |scene, number| {
        let at = 1 + number * n_operations / n_wanted;
        let trouble = ["full", "readonly", "kill"][number % 3];
        let what = format!("{at}:{trouble}");
        scene.reset();
        let ended = if let Some((code, said)) = scene.run_with(&what) {
            if trouble != "kill" && code != Some(0) {
                // Which file it was, so that somebody can mend it.
                assert!(said.contains("error: ") && said.contains('`'), "{what}: {said}");
            }
            trouble
        } else {
            // A file that only should have been tidied away: the run is whole without it.
            assert!(trouble != "kill", "{what} hit nothing");
            assert!(scene.is_new(), "{what}: the run says that all is well, and its outputs are not new");
            "tolerated"
        };
        scene.check(&what);
        ended
    });
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for ended in ended {
        *counts.entry(ended).or_default() += 1;
    }
    println!("{n_wanted} of {n_operations} operations failed in turn: {counts:?}");
}

#[test]
fn a_run_may_be_killed_at_any_moment() {
    let n_kills = asked("IAPT_KILLS", 8);
    // The moments are spread over somewhat more than a run takes, in an order that looks random.
    let were_over = in_scenes(n_kills, |scene, number| {
        let fraction = (f64::from(u32::try_from(number).unwrap()) * 0.618_033_988_749_894_9).fract();
        scene.reset();
        let mut child: Child = scene.command().stderr(Stdio::null()).spawn().unwrap();
        sleep(scene.undisturbed.took.mul_f64(1.1 * fraction));
        let is_over = child.try_wait().unwrap().is_some();
        // `kill -9`: nothing in the program can notice.
        child.kill().unwrap();
        child.wait().unwrap();
        scene.check(&format!("kill {number}"));
        is_over
    });
    let n_ended = were_over.iter().filter(|is_over| **is_over).count();
    let n_killed = n_kills - n_ended;
    println!("{n_killed} runs killed, {n_ended} had ended before");
    assert!(n_killed > n_ended);
}

#[test]
fn a_run_with_nothing_to_do_clears_away_what_an_ended_one_has_left() {
    let world = World::with_own_project();
    world.run(&OLD).expect(0);
    for left in ["data/.tables.next/tidy", ".out.next/site"] {
        fs_err::create_dir_all(world.path(left)).unwrap();
        fs_err::write(world.path(left).join("half"), "written").unwrap();
    }
    world.run(&OLD).expect(0);
    for left in ["data/.tables.next", ".out.next"] {
        assert!(!world.path(left).exists(), "{left}");
    }
}

#[test]
fn a_second_run_is_told_who_was_first() {
    let world = World::new();
    world.run(&OLD).expect(0);
    let slow = ["run", "--out", "out", "--period", "2018-19", "--misbehave", "slow:200ms"];
    let mut first = Command::new(binary())
        .arg("--project")
        .arg(world.project())
        .args(slow)
        .current_dir(world.path(""))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = |path: &Path| path.join("data/snapshots/objects/.part-0").exists();
    for _ in 0..500 {
        if part(&world.path("")) {
            break;
        }
        sleep(Duration::from_millis(10));
    }
    let before = world.files("out");
    let summary = || fs_err::read(world.path("data/run_summary.json")).unwrap();
    let told = summary();
    world
        .run(&OLD)
        .expect(1)
        .says("another run is working in `data`: `iapt run`, process ")
        .says(&first.id().to_string())
        .says("hint: wait until it has ended, or name another folder: --data DIR, --out DIR");
    assert!(told == summary(), "the second run has overwritten what the first one says of itself");
    // Another folder of data, and the same pages.
    world
        .run(&["--data", "other", "--period", "2017-18"])
        .expect(1)
        .says("/out`: `iapt run`, process ")
        .says(&first.id().to_string());
    assert!(!world.path("other/tables").exists());
    // What only reads is not in the way.
    world.iapt(&["plan", "--out", "out"]).expect(0);
    assert!(before == world.files("out"));
    first.kill().unwrap();
    first.wait().unwrap();
    world.run(&OLD).expect(0);
}

#[test]
fn a_folder_that_may_not_be_written_is_said() {
    let world = World::new();
    // Root may write anywhere, so a file stands where the folder should be.
    fs_err::write(world.path("data"), "").unwrap();
    world.run(&OLD).expect(2).says("`data` is a file, not a folder").says("hint: remove it");
}
