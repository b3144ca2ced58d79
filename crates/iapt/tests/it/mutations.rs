//! Every column of every known header, deleted, renamed, duplicated and joined by a new one: none may pass.

use iapt_model::{Dataset, KnownHeader, PackFormat, PublishedFile, Release};

use crate::support::{World, project, release};

struct Mutation<'a> {
    known: &'a KnownHeader,
    header: Vec<String>,
    /// What the message must hold besides the member's name.
    told: Vec<String>,
}

fn mutations(known: &KnownHeader) -> Vec<Mutation<'_>> {
    let mut mutations = Vec::new();
    let (period, file, header) = (known.period, &known.file, &known.columns);
    let mut add = |header: Vec<String>, told: Vec<String>| mutations.push(Mutation { known, header, told });
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
    mutations
}

/// What is said of a mutation where a header is resolved: nothing where it passes.
fn said(dataset: &Dataset, release: &Release, mutation: &Mutation) -> String {
    let KnownHeader { period, file, .. } = mutation.known;
    let published_file = PublishedFile {
        dataset: dataset.name.clone(),
        period: *period,
        file: file.clone(),
        member: release.members[0].name.clone(),
    };
    let problems = dataset.crosswalk.resolve(&published_file, &mutation.header).err().unwrap_or_default();
    problems.iter().map(|problem| format!("{problem}\n  hint: {}\n", problem.hint())).collect()
}

/// A run over a file with the header of a mutation ends with exit code 4 and says the same.
fn check_run(release: &Release, mutation: &Mutation, said: &str) {
    let world = World::new();
    let row = vec!["1"; mutation.header.len()].join(",");
    let csv = format!("{}\n{row}\n", mutation.header.join(","));
    if release.format == PackFormat::Csv {
        world.mirror_file(release, csv.as_bytes());
    } else {
        world.mirror(release, csv.as_bytes());
    }
    let period = mutation.known.period.to_string();
    let ran =
        world.run(&["--source", "mirror", "--dataset", &release.dataset, "--period", &period]).expect(4);
    for line in said.lines() {
        assert!(ran.stderr.contains(line.trim()), "{period}: `{line}` is not told:\n{}", ran.stderr);
    }
}

/// Resolves every mutation of some headers of one dataset, and runs one of each kind of each header, of another column in
/// each.
#[track_caller]
fn check_all(dataset: &str, is_wanted: impl Fn(&KnownHeader) -> bool) {
    let project = project();
    let dataset = project.dataset(dataset).unwrap();
    let (mut n_mutations, mut n_runs) = (0, 0);
    for (at, known) in dataset.known_headers.iter().filter(|header| is_wanted(header)).enumerate() {
        let release = release(&project, &known.period.to_string());
        let mutations = mutations(known);
        assert_eq!(mutations.len(), 4 * known.columns.len());
        for (index, mutation) in mutations.iter().enumerate() {
            let said = said(dataset, release, mutation);
            let is_told = |text: &&String| !said.contains(text.as_str());
            let missing: Vec<&String> =
                mutation.told.iter().chain([&release.members[0].name]).filter(is_told).collect();
            assert!(missing.is_empty(), "{}: not told: {missing:?}\n{said}", known.period);
            let (column, kind) = (index / 4, index % 4);
            if column == (at * 7 + kind * 11) % known.columns.len() {
                check_run(release, mutation, &said);
                n_runs += 1;
            }
        }
        n_mutations += mutations.len();
    }
    assert!(n_mutations > 0);
    println!("{n_mutations} mutations of {}, none passed; {n_runs} of them as a run", dataset.name);
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
