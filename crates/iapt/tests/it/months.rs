//! The months: every cell counted the same by someone else, and a next month added by one entry.

use std::process::Command;

use iapt_publisher::StandIn;

use crate::support::{World, checkout, project, release};

const DATASET: &str = "talking_therapies_monthly";

/// Counts the rows of a month's file by what is printed as their value, with nothing but Python's own library.
const COUNT: &str = r#"
import csv, io, re, sys, zipfile
from xml.etree import ElementTree

def sheet(pack, name, texts):
    for row in ElementTree.parse(pack.open(name)).iter('{*}row'):
        cells = {}
        for cell in row.iter('{*}c'):
            value = cell.find('{*}v')
            text = ''.join(part.text or '' for part in cell.iter('{*}t')) if value is None else value.text
            if cell.get('t') == 's': text = texts[int(text)]
            column = 0
            for letter in re.match('[A-Z]+', cell.get('r')).group(): column = column * 26 + ord(letter) - 64
            cells[column - 1] = text or ''
        yield [cells.get(i, '') for i in range(max(cells, default=-1) + 1)]

def tables(path):
    if not zipfile.is_zipfile(path):
        yield csv.reader(open(path, encoding='utf-8-sig', newline=''))
        return
    with zipfile.ZipFile(path) as pack:
        names = pack.namelist()
        if '[Content_Types].xml' not in names:
            for name in names: yield csv.reader(io.TextIOWrapper(pack.open(name), encoding='utf-8-sig', newline=''))
            return
        texts = []
        if 'xl/sharedStrings.xml' in names:
            strings = ElementTree.parse(pack.open('xl/sharedStrings.xml')).iter('{*}si')
            texts = [''.join(part.text or '' for part in one.iter('{*}t')) for one in strings]
        for name in names:
            if re.match(r'xl/worksheets/sheet\d+\.xml', name): yield sheet(pack, name, texts)

n = stars = 0
for table in tables(sys.argv[1]):
    table = iter(table)
    header = next(table, [])
    at = [i for i, name in enumerate(header) if name.startswith('MEASURE_VALUE')]
    if not at: continue
    for row in table:
        n += 1
        stars += row[at[0]] == '*'
print(n, n - stars, stars, sep=',')
"#;

#[test]
fn every_row_of_the_shared_months_is_counted_the_same_by_someone_else() {
    let shared = checkout().join("../shared/data/monthly");
    if !shared.is_dir() {
        println!("not compared: {} is not there", shared.display());
        return;
    }
    let world = World::new();
    let source = shared.to_str().unwrap();
    world.iapt(&["fetch", "--quiet", "--dataset", DATASET, "--source", source]).expect(0);
    world.iapt(&["build", "--quiet", "--dataset", DATASET, "--source", source]).expect(0);
    let ours = world
        .query("SELECT reporting_period, n_rows, n_reported, n_suppressed FROM releases ORDER BY reporting_period");
    let stored = world.query(
        "SELECT reporting_period, count(*), count(*) FILTER (WHERE value_status = 'reported'),
           count(*) FILTER (WHERE value_status = 'suppressed')
         FROM tidy GROUP BY reporting_period ORDER BY reporting_period",
    );
    let counted: Vec<String> = project()
        .dataset(DATASET)
        .unwrap()
        .newest_releases()
        .map(|release| {
            let path = release.url.splitn(4, '/').last().unwrap().replace("%20", " ");
            let output = Command::new("python3").args(["-c", COUNT]).arg(shared.join(path)).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            format!("{},{}", release.period, String::from_utf8(output.stdout).unwrap().trim())
        })
        .collect();
    assert_eq!(counted.len(), 57);
    assert_eq!(ours, counted);
    assert_eq!(stored, counted);
}

#[test]
fn a_next_month_is_one_entry() {
    let world = World::with_own_project();
    let path = world.declared("talking_therapies_monthly/releases.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    let url = "https://files.digital.nhs.uk/00/000000/next-month.csv";
    let entry = format!(
        "{}\n\n[[release]]\nperiod = \"2025-10\"\nedition = 1\nurl = \"{url}\"\nformat = \"csv\"\n\n[release.files]\nactivity = \"next-month.csv\"\n",
        text.trim_end()
    );
    fs_err::write(&path, entry).unwrap();
    let project = project();
    let newest = release(&project, "2025-09");
    let csv = StandIn::load(&project).unwrap().pack(newest).unwrap();
    let csv = String::from_utf8(csv).unwrap().replace("2025-09-01", "2025-10-01").replace("2025-09-30", "2025-10-31");
    let mut next = newest.clone();
    next.url = url.to_owned();
    world.mirror_file(&next, csv.as_bytes());
    world.run(&["--source", "mirror", "--dataset", DATASET, "--period", "2025-10"]).expect(0);
    let found = world.query(
        "SELECT DISTINCT reporting_period, start_date, end_date FROM tidy WHERE measure = 'referrals_received'",
    );
    assert_eq!(found, ["2025-10,2025-10-01,2025-10-31"]);
}
