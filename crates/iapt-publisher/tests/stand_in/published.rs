//! The project's own table of published figures, and packs rebuilt from the same publications by someone else.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use iapt_model::{Key, Project, Role};
use iapt_publisher::StandIn;

use crate::fixture::{checkout, members};

/// A table: header, and rows by their cells.
type Table = (Vec<String>, Vec<Vec<String>>);

fn table(bytes: &[u8]) -> Table {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    (header, reader.records().map(|record| cells(record.unwrap())).collect())
}

fn declared() -> Project {
    Project::load(checkout()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn englands_totals_are_those_of_the_table() {
    let project = declared();
    let stand_in = StandIn::load(&project).unwrap_or_else(|error| panic!("{error}"));
    let dataset = project.dataset("psych_ther_annual").unwrap();
    let tables = ["figures.csv", "figures_entered_by_problem.csv"]
        .map(|file| table(&fs_err::read(dataset.folder.join(file)).unwrap()));
    let releases: Vec<_> = stand_in.releases().filter(|release| release.dataset == dataset.name).collect();
    assert_eq!(releases.len(), dataset.releases.len(), "every release is served");
    for release in releases {
        // England's figures, whichever row gives them, straight from the file: `<statistic>_<measure>` -> text.
        let period = release.period.to_string();
        let is_total = |row: &&Vec<String>| row[0] == period && row[1] == "England" && row[4] == "Total";
        let held: BTreeMap<&str, &str> = tables
            .iter()
            .flat_map(|(header, rows)| rows.iter().filter(is_total).map(move |row| (header, row)))
            .flat_map(|(header, row)| header.iter().zip(row).skip(8).filter(|(_, cell)| !cell.is_empty()))
            .map(|(column, cell)| (column.as_str(), cell.as_str()))
            .collect();
        let members = members(&stand_in.pack(release).unwrap());
        assert_eq!(members.len(), release.members.len());
        for (member, (name, bytes)) in release.members.iter().zip(&members) {
            assert_eq!(*name, member.name);
            let (published, printed) = table(bytes);
            let known = dataset.known_headers.iter().find(|known| known.period == release.period).unwrap();
            assert_eq!(published, known.columns);
            let roles = dataset.crosswalk.resolve(&release.published_file(member), &published).unwrap();
            let of = |key| roles.iter().position(|role| *role == Role::Key(key)).unwrap();
            let (org_type, variable_type) = (of(Key::OrgType), of(Key::VariableType));
            let is_total = |row: &&Vec<String>| row[org_type] == "England" && row[variable_type] == "Total";
            let totals: Vec<_> = printed.iter().filter(is_total).collect();
            assert_eq!(totals.len(), 1, "{period}: England has one Total row");
            let mut n_held = 0;
            for (role, cell) in roles.iter().zip(totals[0]) {
                let Role::Measure { measure, statistic } = role else { continue };
                let expected = held.get(format!("{statistic}_{measure}").as_str());
                n_held += usize::from(expected.is_some());
                assert_eq!(cell, expected.unwrap_or(&"NULL"), "{period}: {role}");
            }
            assert_eq!(n_held, held.len(), "{period}: every figure is printed");
            println!("{period}: {} rows, England's Total has {n_held} figures", printed.len());
        }
    }
}

#[test]
fn packs_are_the_same_however_often_they_are_made() {
    let project = declared();
    let (one, other) = (StandIn::load(&project).unwrap(), StandIn::load(&project).unwrap());
    assert_eq!(one.fingerprint(), other.fingerprint());
    for release in one.releases() {
        let pack = one.pack(release).unwrap();
        assert!(pack == other.pack(release).unwrap(), "{}", release.label());
        println!("{}: {} bytes", release.label(), pack.len());
    }
}

#[test]
#[ignore = "needs the folder ../shared"]
fn packs_agree_with_those_rebuilt_by_others() {
    let project = declared();
    let folder = checkout().join("../shared/data/annual");
    assert!(folder.is_dir(), "{} is not there", folder.display());
    let stand_in = StandIn::load(&project).unwrap();
    let mut n_compared = 0;
    let dataset = project.dataset("psych_ther_annual").unwrap();
    // Keys of England that the table gives from elsewhere than the main file: the rebuilt packs lack them.
    let mut from_elsewhere = BTreeSet::new();
    for file in ["figures.csv", "figures_entered_by_problem.csv"] {
        let (header, figures) = table(&fs_err::read(dataset.folder.join(file)).unwrap());
        for row in figures.iter().filter(|row| row[7] != "annual_main") {
            let given = header.iter().zip(row).skip(8).filter(|(_, cell)| !cell.is_empty());
            from_elsewhere.extend(given.map(|(column, _)| (row[..7].to_vec(), column.clone())));
        }
    }
    for release in stand_in.releases().filter(|release| release.dataset == dataset.name) {
        let path = release.url.splitn(4, '/').nth(3).unwrap();
        let Ok(theirs) = fs_err::read(folder.join(path)) else {
            println!("{}: not among the rebuilt packs", release.label());
            continue;
        };
        let period = release.period.to_string();
        let ours = members(&stand_in.pack(release).unwrap());
        let theirs = members(&theirs);
        assert_eq!(ours[0].0, theirs[0].0, "{period}: name of the member");
        let (header, ours) = table(&ours[0].1);
        let (their_header, theirs) = table(&theirs[0].1);
        assert_eq!(header, their_header, "{period}");
        let roles = dataset.crosswalk.resolve(&release.published_file(&release.members[0]), &header).unwrap();
        let theirs: BTreeMap<&[String], &[String]> = theirs.iter().map(|row| row.split_at(6)).collect();
        let (mut n_equal, mut n_elsewhere) = (0, 0);
        for row in &ours {
            let (keys, cells) = row.split_at(6);
            let their_cells =
                theirs.get(keys).unwrap_or_else(|| panic!("{period}: {keys:?} is not in theirs"));
            for ((role, cell), their_cell) in roles[6..].iter().zip(cells).zip(*their_cells) {
                let Role::Measure { measure, statistic } = role else { continue };
                if cell == "NULL" {
                    continue;
                }
                if cell == their_cell {
                    n_equal += 1;
                    continue;
                }
                let key = [vec![period.clone()], keys.to_vec()].concat();
                let is_elsewhere = from_elsewhere.contains(&(key, format!("{statistic}_{measure}")));
                assert!(
                    is_elsewhere && their_cell == "NULL",
                    "{period}: {keys:?} {role}: {cell} is {their_cell}"
                );
                n_elsewhere += 1;
            }
        }
        println!("{period}: {} rows, {n_equal} cells equal, {n_elsewhere} held from elsewhere", ours.len());
        n_compared += n_equal;
    }
    assert!(n_compared > 0, "nothing was compared");
    // Not through `println!`, which only failing tests are heard by.
    let _ = writeln!(std::io::stderr(), "compared: {n_compared} figures (packs rebuilt by others)");
}
