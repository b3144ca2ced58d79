//! A year of the scheduled job, run by run: what it publishes is right, and where it is not sure it publishes nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use iapt_model::Project;
use iapt_publisher::{Fault, Misbehaviour, Server, StandIn};
use tokio::runtime::Runtime;

use crate::support::{World, binary, checkout, release};

type Files = BTreeMap<PathBuf, Vec<u8>>;

const MONTHS: &str = "talking_therapies_monthly/releases.toml";
const MEASURE_IDS: &str = "talking_therapies_monthly/measure_ids.csv";

/// The first month that is declared.
const FIRST: &str = "2023-04";

/// More often than a run asks.
const ALWAYS: usize = 99;

/// The scheduled job: its folders, the publisher that it asks, and what readers have been given.
struct Job {
    world: World,
    server: Server,
    /// What the publisher does from now on, by path.
    faults: Vec<(String, Fault)>,
    /// Every edition that was published: tables and pages.
    editions: Vec<Files>,
    n_runs: usize,
}

impl Job {
    fn new(runtime: &Runtime, stand_in: &Arc<StandIn>) -> Self {
        let server = runtime.block_on(Arc::clone(stand_in).serve(Misbehaviour::default())).unwrap();
        Self { world: World::with_own_project(), server, faults: Vec::new(), editions: Vec::new(), n_runs: 0 }
    }

    /// Declares the months of two years and more, up to this one, and what else was accepted; with how many those are.
    fn declare(&self, months: &str, last: &str, accepted: &str) -> u64 {
        let (head, blocks) = months.split_once("\n[[release]]\n").unwrap();
        let is_in = |block: &&str| {
            let period = block.split('"').nth(1).unwrap();
            (FIRST..=last).contains(&period)
        };
        let declared: Vec<&str> = blocks.split("\n[[release]]\n").filter(is_in).collect();
        let text = format!("{head}\n[[release]]\n{}{accepted}", declared.join("\n[[release]]\n"));
        fs_err::write(self.world.declared(MONTHS), text).unwrap();
        u64::try_from(declared.len()).unwrap()
    }

    /// One run of `ci/monthly.sh`, with its exit code and the counts of its summary: missed, unchecked, re-issued, withdrawn.
    /// What it made is published as the workflow does it: with exit code 0, and not otherwise.
    #[track_caller]
    fn run(&mut self, day: &str, environment: &[(&str, &str)], expected: (i32, [u64; 4])) -> String {
        let mut script = Misbehaviour::default();
        for (path, fault) in &self.faults {
            for _ in 0..ALWAYS {
                script = script.then_at(path, fault.clone());
            }
        }
        self.server.misbehave(script);
        let output = Command::new(checkout().join("ci/monthly.sh"))
            .envs([("IAPT", binary().as_os_str()), ("IAPT_SOURCE", self.server.address().as_ref())])
            .envs(environment.iter().copied())
            .args(["--dataset", "psych_ther_annual", "--dataset", "talking_therapies_monthly"])
            .args(["--hurry", "--now", &format!("{day}T03:17:00Z"), "--project"])
            .arg(self.world.project())
            .arg("--data")
            .arg(self.world.path("data"))
            .arg("--out")
            .arg(self.world.path("out"))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code().unwrap();
        let summary = self.world.summary().unwrap();
        let counts = ["n_missed", "n_unchecked", "n_reissued", "n_withdrawn"]
            .map(|count| summary[count].as_u64().unwrap_or(u64::MAX));
        assert_eq!((code, counts), expected, "{day}: {said}");
        assert_eq!(summary["exit_code"], code, "{day}: the summary is of another run");
        self.n_runs += 1;
        let made = self.made();
        if code == 0 && self.editions.last() != Some(&made) {
            self.editions.push(made);
        }
        println!("{day}: exit {code}, {counts:?}, edition {}", self.editions.len());
        said
    }

    /// The tables and pages that there are now; without the manifest, which names the address of this one publisher.
    fn made(&self) -> Files {
        let of = |folder: &str, name: &'static str| {
            self.world
                .files(folder)
                .into_iter()
                .map(move |(path, bytes)| (PathBuf::from(name).join(path), bytes))
        };
        let mut made: Files = of("data/tables", "tables").chain(of("out", "pages")).collect();
        made.remove(Path::new("tables/manifest.json"));
        made
    }
}

#[test]
#[ignore = "24 runs take a minute or two; `ci/shared.sh` runs it"]
fn nothing_wrong_is_published_in_a_year_of_runs() {
    let runtime = Runtime::new().unwrap();
    let whole = World::with_own_project();
    let project = Project::load(whole.project()).unwrap();
    let stand_in = Arc::new(StandIn::load(&project).unwrap());
    let path = |period: &str| format!("/{}", release(&project, period).url.splitn(4, '/').nth(3).unwrap());
    let [months, ids] =
        [MONTHS, MEASURE_IDS].map(|name| fs_err::read_to_string(whole.declared(name)).unwrap());
    let years = project.datasets.iter().find(|dataset| dataset.name == "psych_ther_annual").unwrap();
    let n_years = u64::try_from(years.releases.len()).unwrap();
    let mut job = Job::new(&runtime, &stand_in);

    // All is well: the month that came out is declared, and published in the same run. A run that finds nothing new
    // makes no edition.
    job.declare(&months, "2024-08", "");
    job.run("2024-11-15", &[], (0, [0; 4]));
    job.run("2024-11-18", &[], (0, [0; 4]));
    assert_eq!(job.editions.len(), 1);
    job.declare(&months, "2024-09", "");
    job.run("2024-12-13", &[], (0, [0; 4]));
    assert_eq!(job.editions.len(), 2);

    // A month is re-issued: said, kept beside the first edition, and not used until somebody has looked at it.
    job.faults = vec![(path("2024-05"), Fault::ChangedBytes)];
    job.declare(&months, "2024-10", "");
    let said = job.run("2025-01-17", &[], (0, [0, 0, 1, 0]));
    assert!(said.contains("talking_therapies_monthly 2024-05 has been re-issued at its address"), "{said}");
    let ran = job.world.iapt(&["revisions", "--source", job.server.address()]).expect(0);
    let accepted = format!("\n[[release]]\n{}", ran.stdout.split_once("\n[[release]]\n").unwrap().1);
    job.declare(&months, "2024-11", &accepted);
    job.run("2025-02-14", &[], (0, [0; 4]));
    assert_eq!(job.editions.len(), 4);

    // A file is withdrawn while another one comes out: the kept copy stays in use, and nothing is published until a person
    // has looked. On the next run the file is at its address again.
    let always = job.faults.clone();
    job.faults.push((path("2024-02"), Fault::Status(404)));
    let n_kept = job.declare(&months, "2024-12", &accepted) + n_years;
    let said = job.run("2025-03-14", &[], (3, [0, 1, 0, 1]));
    assert!(said.contains("talking_therapies_monthly 2024-02"), "{said}");
    assert_eq!(job.editions.len(), 4);
    job.faults.clone_from(&always);
    job.run("2025-03-17", &[], (0, [0; 4]));
    assert_eq!(job.editions.len(), 5);

    // Robots are sent away for a week: two runs that could compare nothing, and change nothing.
    for (day, fault) in [("2025-03-21", Fault::Status(403)), ("2025-03-24", Fault::HtmlInstead)] {
        job.faults = vec![(String::new(), fault)];
        job.run(day, &[], (3, [0, n_kept, 0, 0]));
    }
    job.faults.clone_from(&always);
    job.run("2025-03-28", &[], (0, [0; 4]));
    assert_eq!(job.editions.len(), 5);

    // The next month has a measure that is not declared: it is named, everything else is as it was, and nothing is
    // published until the line is written.
    let undeclared = ids.lines().find(|line| line.starts_with("activity,M001,")).unwrap();
    fs_err::write(
        job.world.declared(MEASURE_IDS),
        ids.replace(undeclared, &undeclared.replace(",2021-01,,", ",2021-01,2024-12,")),
    )
    .unwrap();
    job.declare(&months, "2025-01", &accepted);
    let said = job.run("2025-04-11", &[], (4, [0; 4]));
    assert!(said.contains("2025-01") && said.contains("M001"), "{said}");
    fs_err::write(job.world.declared(MEASURE_IDS), &ids).unwrap();
    job.run("2025-04-14", &[], (0, [0; 4]));
    assert_eq!(job.editions.len(), 6);

    // The disk is full while the tables are made, and while the pages are: the run fails, and the next one has room.
    job.declare(&months, "2025-02", &accepted);
    for operation in ["300:full", "900:full"] {
        let said = job.run("2025-05-16", &[("IAPT_FAULT", operation)], (1, [0; 4]));
        assert!(said.contains("no storage space"), "{said}");
    }
    job.run("2025-05-19", &[], (0, [0; 4]));
    for (day, month) in [
        ("2025-06-13", "2025-03"),
        ("2025-07-11", "2025-04"),
        ("2025-08-15", "2025-05"),
        ("2025-09-12", "2025-06"),
        ("2025-10-17", "2025-07"),
    ] {
        job.declare(&months, month, &accepted);
        job.run(day, &[], (0, [0; 4]));
    }
    assert_eq!(job.editions.len(), 12);

    // Nothing comes out any more: what is overdue is said.
    let said = job.run("2026-01-16", &[], (3, [0; 4]));
    assert!(said.contains("talking_therapies_monthly ends with 2025-07"), "{said}");

    // What readers were given is, edition by edition, what a machine that never met any of it makes of the good files.
    let [before, after] = [("", Vec::new()), (accepted.as_str(), always)].map(|(accepted, faults)| {
        let mut fresh = Job::new(&runtime, &stand_in);
        fresh.faults = faults;
        fresh.declare(&months, "2025-07", accepted);
        fresh.run("2025-10-17", &[], (0, [0; 4]));
        fresh.editions.pop().unwrap()
    });
    let mut n_partitions = 0;
    for (at, edition) in job.editions.iter().enumerate() {
        let good = if at < 3 { &before } else { &after };
        for (path, bytes) in edition.iter().filter(|(path, _)| path.starts_with("tables/tidy")) {
            assert!(
                good.get(path) == Some(bytes),
                "edition {}: {} is not as it should be",
                at + 1,
                path.display()
            );
            n_partitions += 1;
        }
    }
    let last = job.editions.last().unwrap();
    let differing: Vec<&PathBuf> =
        after.keys().chain(last.keys()).filter(|path| after.get(*path) != last.get(*path)).collect();
    assert!(differing.is_empty(), "{differing:?}");
    println!(
        "{} runs, {} editions, {n_partitions} partitions and the {} files of the last edition as from nothing",
        job.n_runs,
        job.editions.len(),
        last.len()
    );
}
