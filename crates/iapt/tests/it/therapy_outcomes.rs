//! Outcomes by kind of therapy: England's printed figures, and every cell of the packs against an independent reading.

use std::{io::Write, process::Stdio};

use crate::support::{World, shared, tell_compared, whole};

/// England's courses and rate in a year, by the name of the therapy.
fn check(indicator: &str, therapy: &str, denominator: &str, rate: &str) {
    let found = whole().query(&format!(
        "SELECT denominator, round(value, 1), published_percentage FROM indicators
         WHERE dataset = 'therapy_based_outcomes' AND level = 'england' AND reporting_period = '2024-25'
           AND breakdown = 'therapy' AND indicator = '{indicator}' AND category = '{therapy}'"
    ));
    assert_eq!(found, [format!("{denominator},{rate},{rate}")], "{indicator} {therapy}");
}

#[test]
fn england_has_the_printed_outcomes_of_its_therapies() {
    for (therapy, courses, improved) in [
        ("Cognitive behavioural therapy", "233776.0", "60.7"),
        ("Counselling for depression", "77602.0", "59.3"),
    ] {
        check("course_reliable_improvement_rate", therapy, courses, improved);
    }
    for (therapy, counted, recovered) in [
        ("Cognitive behavioural therapy", "213777.0", "45.0"),
        ("Counselling for depression", "68508.0", "47.6"),
        ("Guided self-help (book)", "145800.0", "43.0"),
        ("Interpersonal psychotherapy", "6232.0", "48.7"),
    ] {
        check("course_recovery_rate", therapy, counted, recovered);
    }
    // Means, standard deviations and effect sizes are passed on, by problem too.
    let found = whole().query(
        "SELECT indicator, value FROM indicators WHERE dataset = 'therapy_based_outcomes' AND reporting_period = '2019-20'
           AND breakdown = 'therapy_and_problem' AND category = 'Guided self-help (book): depression'
           AND indicator IN ('mean_phq_start', 'deviation_phq_start', 'effect_phq', 'course_recovery_rate')
         ORDER BY 1",
    );
    let rate = found.iter().find_map(|line| line.strip_prefix("course_recovery_rate,")).unwrap();
    assert!((rate.parse::<f64>().unwrap() - 40.0).abs() < 0.05, "{found:?}");
    assert_eq!(found[1..], ["deviation_phq_start,5.5", "effect_phq,0.9", "mean_phq_start,15.7"]);
}

/// Every printed percentage of England comes out of its counts, with the denominators that the indicators name.
#[test]
fn printed_rates_of_therapies_come_out_of_the_counts() {
    let found = whole().query(
        "SELECT count(*), count(*) FILTER (WHERE abs(value - published_percentage) > 0.0500001) FROM indicators
         WHERE dataset = 'therapy_based_outcomes' AND level = 'england' AND published_percentage IS NOT NULL AND value IS NOT NULL",
    );
    let (n, n_different) = found[0].split_once(',').unwrap();
    assert!(n.parse::<u32>().unwrap() > 3_000 && n_different == "0", "{found:?}");
}

/// Courses of therapy are no referrals: a share of one in the other is refused.
#[test]
fn courses_of_therapy_and_referrals_are_never_divided() {
    for (numerator, denominator) in [
        ("course_recovery", "finished_course_treatment"),
        ("courses_of_therapy", "finished_course_treatment"),
        ("recovery", "courses_of_therapy"),
        ("courses_of_therapy", "courses_of_therapy_of_any_length"),
    ] {
        let world = World::with_own_project();
        let from = "numerator = \"recovery\"\ndenominator = \"ended_referrals\"";
        let to = format!("numerator = \"{numerator}\"\ndenominator = \"{denominator}\"");
        world.edit("indicators.toml", from, &to);
        world.iapt(&["check"]).expect(1).says("a ratio across cohorts");
    }
}

/// Reads the file of a pack without our code and compares it with rows of `source_row,source_column,value,value_status`.
const COMPARE: &str = r#"
import csv, io, sys, zipfile
pack, member = sys.argv[1:3]
archive = zipfile.ZipFile(pack)
name = [name for name in archive.namelist() if name.split("/")[-1] == member][0]
rows = list(csv.reader(io.TextIOWrapper(archive.open(name), encoding="utf-8-sig", newline="")))
places = {column: place for place, column in enumerate(rows[0])}
keys = ["OrganisationType", "OrganisationCode", "OrganisationName", "TherapyType", "Diagnosis"]
seen, wrong = set(), []
for line in csv.reader(sys.stdin):
    row, column, value, status, *ours = line
    printed = rows[int(row) - 1]
    text = printed[places[column]]
    same = status == "suppressed" and value == "" if text == "*" else status == "reported" and float(text) == float(value)
    if not same or ours != [printed[places[key]] for key in keys]:
        wrong.append((line, text))
    seen.add((row, column))
expected = (len(rows) - 1) * (len(rows[0]) - len(keys))
print(len(seen), expected, len(wrong), wrong[:3])
"#;

#[test]
#[ignore = "needs the folder ../shared"]
fn every_cell_of_the_therapy_packs_is_read_the_same_by_someone_else() {
    let shared = shared("data/therapy_outcomes");
    let world = World::with_every_organisation();
    let source = shared.to_str().unwrap();
    world
        .iapt(&["fetch", "--source", source, "--dataset", "therapy_based_outcomes"])
        .expect(0)
        .says("passed over");
    world.iapt(&["build", "--source", source, "--dataset", "therapy_based_outcomes"]).expect(0);
    let project = crate::support::whole_project();
    let dataset = project.dataset("therapy_based_outcomes").unwrap();
    let (mut n_packs, mut n_cells) = (0, 0);
    for release in &dataset.releases {
        let path = shared.join(release.url.splitn(4, '/').last().unwrap());
        if !path.is_file() {
            continue;
        }
        let cells = world.query(&format!(
            "SELECT source_row, source_column, value, value_status, org_type, org_code, org_name, variable_a, variable_b
             FROM tidy WHERE dataset = 'therapy_based_outcomes' AND reporting_period = '{}'",
            release.period
        ));
        let mut python = std::process::Command::new("python3")
            .args(["-c", COMPARE, path.to_str().unwrap(), &release.members[0].name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = python.stdin.take().unwrap();
        stdin.write_all(cells.join("\n").as_bytes()).unwrap();
        drop(stdin);
        let told = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
        let counts: Vec<&str> = told.split(' ').collect();
        assert!(counts[0] == counts[1] && counts[2] == "0", "{}: {told}", release.period);
        n_packs += 1;
        n_cells += counts[0].parse::<usize>().unwrap();
    }
    assert_eq!(n_packs, 4, "packs under {}", shared.display());
    tell_compared(n_cells, "cells of the therapy-based outcomes");
}
