//! A pack that is re-issued: every edition is kept, what changed is listed cell by cell, and yesterday can be asked for again.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use iapt_model::Release;

use crate::support::{World, project, published_csv, release};

const PERIOD: &str = "2017-18";
const DAYS: [&str; 4] =
    ["2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"];

/// The file of the second edition: one number is another, one is withheld, and the last row is gone.
fn reissued(csv: &str) -> (String, Vec<String>) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (received, finished) = (at("CountReferralsReceived"), at("CountFinishedCourseTreatment"));
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let removed = rows.pop().unwrap();
    let is_number = |row: &&mut Vec<String>| {
        row[0] == "Provider" && row[received].parse::<u32>().is_ok() && row[finished].parse::<u32>().is_ok()
    };
    let [first, second] = rows.iter_mut().filter(is_number).take(2).collect::<Vec<_>>().try_into().unwrap();
    let mut expected = vec![
        format!("count,referrals_received,{},changed,{},99995", first[1], first[received]),
        format!("count,finished_course_treatment,{},changed,{},suppressed", second[1], second[finished]),
    ];
    "99995".clone_into(&mut first[received]);
    "*".clone_into(&mut second[finished]);
    // Every measure of a row that is gone is a cell that is gone.
    let n_measures = header.len() - 6;
    expected.push(format!("{n_measures} removed of {}", removed[1]));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for row in &rows {
        writer.write_record(row).unwrap();
    }
    (String::from_utf8(writer.into_inner().unwrap()).unwrap(), expected)
}

/// What `iapt revisions --format csv` lists, in the form of [`reissued`].
fn listed(csv: &str) -> BTreeSet<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let removed: Vec<&csv::StringRecord> = rows.iter().filter(|row| &row[13] == "removed").collect();
    let code = removed.first().map(|row| row[8].to_owned()).unwrap_or_default();
    assert!(removed.iter().all(|row| row[8] == code && row[15].is_empty()));
    let number = |text: &str| text.strip_suffix(".0").unwrap_or(text).to_owned();
    let others = rows.iter().filter(|row| &row[13] != "removed");
    let others = others
        .map(|row| [&row[6], &row[5], &row[8], &row[13], &number(&row[14]), &number(&row[15])].join(","));
    others.chain([format!("{} removed of {code}", removed.len())]).collect()
}

/// The files that two folders do not have alike.
fn differing(left: &BTreeMap<PathBuf, Vec<u8>>, right: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let paths: BTreeSet<&PathBuf> = left.keys().chain(right.keys()).collect();
    paths
        .into_iter()
        .filter(|path| left.get(*path) != right.get(*path))
        .map(|path| path.display().to_string())
        .collect()
}

fn run(world: &World, day: &str, more: &[&str]) -> crate::support::Ran {
    world.run(&[&["--source", "mirror", "--now", day], more].concat())
}

#[test]
fn a_reissued_pack_is_kept_reported_compared_accepted_and_undone() {
    let project = project();
    let world = World::with_own_project();
    let first: &Release = release(&project, PERIOD);
    let old = published_csv(&project, PERIOD);
    let (new, expected) = reissued(&old);

    world.mirror(first, old.as_bytes());
    run(&world, DAYS[0], &[]).expect(0);
    let yesterday = (world.files("data/tables"), world.files("out"));

    // Re-issued: kept beside the first, said on every run, and not used.
    world.mirror(first, new.as_bytes());
    for _ in 0..2 {
        run(&world, DAYS[1], &[])
            .expect(0)
            .says("has been re-issued at its address")
            .says("edition 1 is used as before");
        assert!(yesterday == (world.files("data/tables"), world.files("out")), "the re-issue was used");
    }
    assert_eq!(world.files("data/snapshots/objects").len(), 2);

    let ran = world.iapt(&["revisions", "--source", "mirror", "--format", "csv"]).expect(0);
    assert_eq!(listed(&ran.stdout), expected.into_iter().collect());
    let ran = world.iapt(&["revisions", "--source", "mirror"]).expect(0);
    assert!(ran.stdout.contains("2 cells changed, 0 added, "), "{}", ran.stdout);
    assert!(!world.path("data/.revisions").exists());

    // Accepted by the lines that are printed; a second period comes at the same time.
    let lines = ran.stdout.split_once("\n[[release]]\n").unwrap().1;
    let path = world.declared("psych_ther_annual/releases.toml");
    let declared = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, format!("{declared}\n[[release]]\n{lines}")).unwrap();
    world.mirror(release(&project, "2018-19"), published_csv(&project, "2018-19").as_bytes());
    let ran = run(&world, DAYS[2], &[]).expect(0);
    assert!(!ran.stderr.contains("re-issued"), "{}", ran.stderr);
    let editions = "SELECT reporting_period, edition, count(*) FILTER (WHERE value = 99995) FROM tidy GROUP BY 1, 2 ORDER BY 1";
    assert_eq!(world.query(editions), ["2017-18,2,1", "2018-19,1,0"]);
    let today = (world.files("data/tables"), world.files("out"));

    // Yesterday's tables and pages, byte for byte, from what was known then.
    run(&world, DAYS[3], &["--as-of", "2026-11-20"]).expect(0);
    let again = world.files("data/tables");
    // The manifest and the data package say what else is declared.
    let differing_tables = differing(&yesterday.0, &again);
    assert!(differing_tables.iter().all(|path| path.contains(".json")), "{differing_tables:?}");
    assert_eq!(differing(&yesterday.1, &world.files("out")), [""; 0]);
    run(&world, DAYS[3], &["--offline"]).expect(0);
    assert!(today.1 == world.files("out"));

    // Re-issued once more: the lines are those of the edition after the one that is declared.
    world.mirror(first, new.replace("99995", "99990").as_bytes());
    run(&world, DAYS[3], &["--refresh"]).expect(0).says("edition 2 is used as before");
    let ran = world.iapt(&["revisions", "--source", "mirror"]).expect(0);
    let lines = ran.stdout.split_once("\n[[release]]\n").unwrap().1;
    assert!(lines.contains("edition = 3\n"), "{lines}");
    let page = format!("publication_page = {:?}\n", first.publication_page.as_deref().unwrap());
    assert!(lines.contains(&page), "{lines}");

    // An edition at another address has its number, and what is said of the release is said of the next edition too.
    let declared = fs_err::read_to_string(&path).unwrap();
    let declared = declared.replace("edition = 2\n", "edition = 2\nencoding = \"windows-1252\"\n");
    let elsewhere = format!(
        "\n[[release]]\nperiod = \"{PERIOD}\"\nedition = 5\nurl = \"{}\"\nformat = \"zip\"\n\n[release.files]\nmain = \"main.csv\"\n",
        first.url.replace(".zip", "-5.zip")
    );
    fs_err::write(&path, declared + &elsewhere).unwrap();
    let ran = world.iapt(&["revisions", "--source", "mirror"]).expect(0);
    let lines = ran.stdout.split_once("\n[[release]]\n").unwrap().1;
    assert!(lines.contains("edition = 6\n"), "{lines}");
    assert!(lines.contains("encoding = \"windows-1252\"\n"), "{lines}");

    world.run(&["--source", "mirror", "--as-of", "2026-11-19"]).expect(1).says("nothing had been fetched");
}

#[test]
fn the_source_is_asked_again_when_it_is_wanted() {
    let world = World::new();
    let run = |more: &[&str]| world.run(&[&["--period", PERIOD], more].concat());
    run(&["--now", DAYS[0]]).expect(0);
    let ran = run(&["--now", DAYS[1], "--refresh"]).expect(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let lock = fs_err::read_to_string(world.path("data/snapshots/lock.toml")).unwrap();
    assert!(lock.contains(&format!("last_seen = \"{}\"", DAYS[1])), "{lock}");
    // Other bytes with the same cells are a re-issue without a difference.
    run(&["--now", DAYS[2], "--refresh", "--misbehave", "changed*9"]).expect(0).says("has been re-issued");
    let ran = world.iapt(&["revisions", "--period", PERIOD]).expect(0);
    assert!(ran.stdout.contains("0 cells changed, 0 added, 0 removed"), "{}", ran.stdout);
    // What cannot be compared is used as it is kept.
    run(&["--refresh", "--misbehave", "404*9"])
        .expect(3)
        .says("is no longer at `")
        .says("may have been withdrawn");
    run(&["--refresh", "--misbehave", "html*9"]).expect(3).says("could not be compared with its source");
}
