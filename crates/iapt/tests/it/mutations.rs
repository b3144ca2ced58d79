//! Every column of every known header, deleted, renamed, duplicated and joined by a new one: none may pass.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use iapt_model::{KnownHeader, PackFormat, Release};

use crate::support::{World, project, release};

struct Mutation {
    period: String,
    header: Vec<String>,
    /// What the message must hold besides the member's name.
    told: Vec<String>,
}

fn mutations<'a>(headers: impl Iterator<Item = &'a KnownHeader>) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for known in headers {
        let period = known.period.to_string();
        let (file, header) = (&known.file, &known.columns);
        let mut add = |header: Vec<String>, told: Vec<String>| {
            mutations.push(Mutation { period: period.clone(), header, told });
        };
        for (index, column) in header.iter().enumerate() {
            let closed = format!("{file},{column},");
            let mut deleted = header.clone();
            deleted.remove(index);
            add(deleted, vec![format!("column `{column}` has vanished"), closed.clone()]);
            let respelt = format!("{column}_respelt");
            let mut renamed = header.clone();
            renamed[index].clone_from(&respelt);
            add(
                renamed,
                vec![
                    format!("column `{column}` has vanished"),
                    closed,
                    format!("column `{respelt}` (position {})", index + 1),
                    format!("{file},{respelt},{period},,measure,"),
                ],
            );
            let mut duplicated = header.clone();
            duplicated.insert(index + 1, column.clone());
            add(
                duplicated,
                vec![format!("column `{column}` stands at positions {} and {}", index + 1, index + 2)],
            );
            let mut added = header.clone();
            added.insert(index, "Count_NeverSeen".to_owned());
            add(
                added,
                vec![
                    format!("column `Count_NeverSeen` (position {})", index + 1),
                    format!("{file},Count_NeverSeen,{period},,measure,"),
                ],
            );
        }
    }
    mutations
}

fn check(release: &Release, mutation: &Mutation) -> Result<(), String> {
    let world = World::new();
    let row = vec!["1"; mutation.header.len()].join(",");
    let csv = format!("{}\n{row}\n", mutation.header.join(","));
    if release.format == PackFormat::Csv {
        world.mirror_file(release, csv.as_bytes());
    } else {
        world.mirror(release, csv.as_bytes());
    }
    let dataset = release.dataset.as_str();
    let ran = world.run(&["--source", "mirror", "--dataset", dataset, "--period", &mutation.period]);
    let member = &release.members[0].name;
    let is_told = |text: &String| ran.stderr.contains(text.as_str());
    let missing: Vec<&String> = mutation.told.iter().chain([member]).filter(|text| !is_told(text)).collect();
    if ran.code == 4 && missing.is_empty() && ran.stderr.contains("hint: ") {
        Ok(())
    } else {
        Err(format!("{}: exit {}, not told: {missing:?}\n{}", mutation.period, ran.code, ran.stderr))
    }
}

/// Runs every mutation of some headers of one dataset, on two threads.
#[track_caller]
fn check_all(dataset: &str, is_wanted: impl Fn(&KnownHeader) -> bool) {
    let project = project();
    let headers = &project.dataset(dataset).unwrap().known_headers;
    let mutations = mutations(headers.iter().filter(|header| is_wanted(header)));
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(mutation) = mutations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(release(&project, &mutation.period), mutation) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {} passed or were not told:\n{}",
        failures.len(),
        mutations.len(),
        failures[0]
    );
    let n_columns: usize =
        headers.iter().filter(|header| is_wanted(header)).map(|header| header.columns.len()).sum();
    assert!(n_columns > 0);
    assert_eq!(mutations.len(), 4 * n_columns);
    println!("{} mutations of {dataset}, none passed", mutations.len());
}

#[test]
fn no_mutation_of_a_header_passes() {
    check_all("psych_ther_annual", |_| true);
}

/// The months have one header as a bare file, the same in a zip; that of the workbooks is the same text.
#[test]
fn no_mutation_of_a_month_passes() {
    check_all("talking_therapies_monthly", |header| {
        ["2021-07", "2023-01"].contains(&header.period.to_string().as_str())
    });
}
