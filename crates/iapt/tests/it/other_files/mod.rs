//! The publisher's other files, of which no address is known: each layout is declared, and figures that were really printed
//! in it are read and compared with what the tables have for them. `figures/README.md` says where those are from.

use crate::support::{World, checkout, fragment, project, release, whole_project};
use iapt_model::Release;
use iapt_publisher::StandIn;
use std::collections::BTreeMap;

mod courses;
mod data_quality;
mod key_measures;
mod quarters;

const MONTHS: &str = "talking_therapies_monthly";

type Row = BTreeMap<String, String>;

fn rows_of(text: impl std::io::Read) -> Vec<Row> {
    csv::Reader::from_reader(text).deserialize().collect::<Result<_, _>>().unwrap()
}

/// Figures of the folder beside this one.
fn figures(name: &str) -> Vec<Row> {
    rows_of(fs_err::File::open(checkout().join("crates/iapt/tests/figures").join(name)).unwrap())
}

/// Declares a release of one file in the project of this world and puts the file where it would stand.
fn publish(world: &World, dataset: &str, period: &str, file: &str, bytes: &[u8]) -> Release {
    let path = world.declared(&format!("{dataset}/releases.toml"));
    let url = format!("https://files.digital.nhs.uk/00/000000/{dataset}-{period}.csv");
    let entry = format!(
        "{}\n[[release]]\nperiod = \"{period}\"\nedition = 1\nurl = \"{url}\"\nformat = \"csv\"\n\n[release.files]\n{file} = \"file.csv\"\n",
        fs_err::read_to_string(&path).unwrap()
    );
    fs_err::write(&path, entry).unwrap();
    let release = Release { url, ..release(&project(), "2021-01").clone() };
    world.mirror_file(&release, bytes);
    release
}

/// Puts what the stand-in publisher prints for months into the mirror, changed by `change`.
fn publish_months(world: &World, months: &[&str], change: impl Fn(&str, String) -> String) {
    let project = whole_project();
    let stand_in = StandIn::load(&project).unwrap();
    for month in months {
        let release = release(&project, month);
        let csv = String::from_utf8(stand_in.pack(release).unwrap()).unwrap();
        world.mirror_file(release, change(month, csv).as_bytes());
    }
}

fn build(world: &World, chosen: &[(&str, &[&str])]) {
    for (dataset, periods) in chosen {
        let periods = periods.iter().flat_map(|period| ["--period", period]);
        let selection: Vec<&str> =
            ["--source", "mirror", "--dataset", dataset].into_iter().chain(periods).collect();
        world.iapt(&[&["fetch"], selection.as_slice()].concat()).expect(0);
        world.iapt(&[&["build", "--strict"], selection.as_slice()].concat()).expect(0);
    }
}

/// Months of the time series that the stand-in publisher has too, with every measure of England and counts of providers.
const BOTH: [&str; 4] = ["2025-06", "2025-07", "2025-08", "2025-09"];

/// Reads a whole fragment in the publisher's layout and gives how many cells are printed, by status.
fn read_fragment(dataset: &str, period: &str, file: &str, csv: &str) -> (World, String) {
    let world = World::with_own_project();
    publish(&world, dataset, period, file, csv.as_bytes());
    build(&world, &[(dataset, &[period])]);
    let counts =
        world.query("SELECT n_rows, n_reported, n_suppressed, n_no_activity, n_missing FROM releases");
    (world, counts[0].clone())
}
