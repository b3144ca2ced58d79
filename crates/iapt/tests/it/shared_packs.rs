//! The packs that are rebuilt from every published cell, where they are at hand.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::support::{World, shared, tell_compared, whole_project};

/// Counts the cells of a CSV's measure columns by what is printed in them: a count that shares no code with ours.
const COUNT: &str = r"
import csv, io, sys
rows = csv.reader(io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline=''))
header = next(rows)
measures = [i for i, name in enumerate(header) if name.startswith(('Count', 'Percentage', 'Mean', 'Median', 'Sum'))]
rows = list(rows)
stars = nulls = reported = not_held = 0
for i in measures:
    texts = [row[i] for row in rows]
    if all(text == 'NULL' for text in texts):
        not_held += len(texts)
        continue
    stars += texts.count('*')
    nulls += texts.count('NULL')
    reported += sum(text not in ('*', 'NULL') for text in texts)
print(len(rows), len(measures), reported, stars, nulls, not_held, sep=',')
";

#[test]
#[ignore = "needs the folder ../shared"]
fn every_cell_of_the_shared_packs_is_counted_the_same_by_someone_else() {
    let shared = shared("data/annual");
    let world = World::with_every_organisation();
    let source = shared.to_str().unwrap();
    world.iapt(&["fetch", "--source", source]).expect(0).says("passed over");
    world.iapt(&["build", "--source", source]).expect(0);
    let ours = world.query(
        "SELECT reporting_period, n_rows, n_measure_columns, n_reported, n_suppressed, n_not_applicable, n_not_held
         FROM releases ORDER BY reporting_period",
    );
    let stored = world.query(
        "SELECT reporting_period, count(*), count(*) FILTER (WHERE value_status = 'reported'),
           count(*) FILTER (WHERE value_status = 'suppressed'), count(*) FILTER (WHERE value_status = 'not_applicable'),
           count(*) FILTER (WHERE value_status = 'not_held')
         FROM tidy GROUP BY reporting_period ORDER BY reporting_period",
    );
    let project = whole_project();
    let (mut n_packs, mut n_cells) = (0, 0);
    for release in &project.datasets[0].releases {
        let path = shared.join(release.url.splitn(4, '/').last().unwrap());
        if !path.is_file() {
            continue;
        }
        let csv = iapt_archive::read_member(&path, &release.members[0].name).unwrap();
        let mut python = Command::new("python3")
            .args(["-c", COUNT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        python.stdin.take().unwrap().write_all(&csv).unwrap();
        let counted = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
        let counted = format!("{},{}", release.period, counted.trim());
        assert_eq!(ours[n_packs], counted);
        let numbers: Vec<u64> = counted.split(',').skip(1).map(|number| number.parse().unwrap()).collect();
        let [rows, columns, reported, stars, nulls, not_held] = numbers[..] else { panic!("{counted}") };
        assert_eq!(
            stored[n_packs],
            format!("{},{},{reported},{stars},{nulls},{not_held}", release.period, rows * columns)
        );
        n_packs += 1;
        n_cells += rows * columns;
    }
    tell_compared(n_cells.try_into().unwrap(), "cells of the annual packs by status");
    assert_eq!(n_packs, ours.len());
}
