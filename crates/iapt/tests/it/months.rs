//! The months: every cell counted the same by someone else, and a next month added by one entry.

use std::{collections::BTreeMap, path::Path, process::Command};

use iapt_model::{Period, Release};
use iapt_publisher::StandIn;
use parquet::file::{
    metadata::RowGroupMetaData,
    reader::{FileReader, SerializedFileReader},
};

use crate::support::{
    World, checkout, copy_folder, golden, project, release, shared, tell_compared, whole, whole_project,
};

const DATASET: &str = "talking_therapies_monthly";

/// Counts the rows of a month's file by what is printed as their value, and adds up every value in hundredths times the
/// number of its row, with nothing but Python's own library.
const COUNT: &str = r#"
import csv, io, re, sys, zipfile
from xml.etree import ElementTree

def sheet(pack, name, texts):
    for row in ElementTree.parse(pack.open(name)).iterfind('.//{*}row'):
        cells = {}
        for cell in row.iterfind('{*}c'):
            value = cell.find('{*}v')
            text = ''.join(part.text or '' for part in cell.iterfind('.//{*}t')) if value is None else value.text
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
            strings = ElementTree.parse(pack.open('xl/sharedStrings.xml')).iterfind('.//{*}si')
            texts = [''.join(part.text or '' for part in one.iterfind('.//{*}t')) for one in strings]
        for name in names:
            if re.match(r'xl/worksheets/sheet\d+\.xml', name): yield sheet(pack, name, texts)

n = stars = checksum = 0
for table in tables(sys.argv[1]):
    table = iter(table)
    header = next(table, [])
    at = [i for i, name in enumerate(header) if name.startswith('MEASURE_VALUE')]
    if not at: continue
    for number, row in enumerate(table, 2):
        n += 1
        if row[at[0]] == '*': stars += 1
        else: checksum += round(float(row[at[0]]) * 100) * number
print(n, n - stars, stars, checksum, sep=',')
"#;

/// The sum over every value that a month's file prints, in hundredths, times the number of its row.
const CHECKSUM: &str = "SUM(CAST(round(value * 100) AS BIGINT) * CAST(source_row AS BIGINT))";

/// What both counts say of one month.
fn counted(path: &Path) -> String {
    let output = Command::new("python3").args(["-c", COUNT]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[ignore = "needs the folder ../shared"]
fn every_value_of_the_shared_months_is_counted_the_same_by_someone_else() {
    let shared = shared("data");
    let world = World::with_every_organisation();
    let mirror = world.path("mirror");
    copy_folder(&shared.join("monthly"), &mirror);
    // The real rows of one provider stand in for a month of which nothing else is held.
    let project = project();
    let months = project.dataset(DATASET).unwrap();
    let path_of =
        |release: &Release| mirror.join(release.url.splitn(4, '/').last().unwrap().replace("%20", " "));
    let real = release(&project, "2026-04");
    fs_err::create_dir_all(path_of(real).parent().unwrap()).unwrap();
    fs_err::copy(shared.join("real/month_2026-04_provider_RDY.csv"), path_of(real)).unwrap();
    let held: Vec<&Release> = months.newest_releases().filter(|one| path_of(one).is_file()).collect();
    let source = mirror.to_str().unwrap();
    world.run(&["--source", source]).expect(0).says(&format!("{} read", held.len())).says("passed over: ");
    let ours = world.query(
        "SELECT reporting_period, n_rows, n_reported, n_suppressed FROM releases ORDER BY reporting_period",
    );
    let stored = world.query(&format!(
        "SELECT reporting_period, count(*), count(*) FILTER (WHERE value_status = 'reported'),
           count(*) FILTER (WHERE value_status = 'suppressed'), {CHECKSUM}
         FROM tidy GROUP BY reporting_period ORDER BY reporting_period",
    ));
    let counted: Vec<String> =
        held.iter().map(|release| format!("{},{}", release.period, counted(&path_of(release)))).collect();
    assert_eq!(stored, counted);
    let counts: Vec<&str> = counted.iter().map(|line| line.rsplit_once(',').unwrap().0).collect();
    assert_eq!(ours, counts);
    let n_values = &world.query("SELECT count(value) FROM tidy")[0];
    println!("{} months", held.len());
    tell_compared(n_values.parse().unwrap(), "values of the months by status");
    england_is_the_golden_sum(&world);
    providers_are_the_golden_sums(&world);
    the_two_indicators_go_together_as_golden(&world);
}

/// A measure whose printed name changes is one measure: the file of each month has the name of its time, and the series of
/// England has every month of each name, the month before and the month after, each with the figure that was published.
#[test]
fn a_measure_with_a_new_name_goes_on_unbroken() {
    let checkout = checkout();
    let folder = checkout.join("pipelines").join(DATASET);
    let mut reader = csv::Reader::from_path(folder.join("measure_ids.csv")).unwrap();
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    let mut figures = csv::Reader::from_path(folder.join("figures_england.csv")).unwrap();
    let figures: BTreeMap<String, BTreeMap<String, String>> = figures
        .deserialize::<BTreeMap<String, String>>()
        .map(|row| row.map(|row| (row["reporting_period"].clone(), row)).unwrap())
        .collect();
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in whole().query(&format!(
        "SELECT concat(statistic, '_', measure, ' ', reporting_period), value FROM tidy
         WHERE dataset = '{DATASET}' AND org_type = 'England' AND value IS NOT NULL"
    )) {
        let (key, value) = row.split_once(',').unwrap();
        found.entry(key.to_owned()).or_default().push(number(value));
    }
    let project = project();
    let stand_in = StandIn::load(&project).unwrap();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let (mut n_runs, mut n_values) = (0, 0);
    for row in rows.iter().filter(|row| row["file"] == "activity") {
        let newest = rows.iter().rfind(|other| other["measure_id"] == row["measure_id"]).unwrap();
        if newest["measure_name"] == row["measure_name"] {
            continue;
        }
        n_runs += 1;
        let column = format!("{}_{}", row["statistic"], row["measure"]);
        let first: Period = row["first_period"].parse().unwrap();
        let last: Period = row["last_period"].parse().unwrap();
        // From the month before the name to the month after it, where the measure was published then.
        let mut month = first.previous();
        while month <= last.next() {
            let row = figures.get(&month.to_string());
            match row.map(|row| row[&column].as_str()).filter(|text| !text.is_empty()) {
                Some(text) => {
                    assert_eq!(found[&format!("{column} {month}")], [number(text)], "{column} in {month}");
                    n_values += 1;
                }
                None => assert!(month < first || month > last, "{column} has no figure in {month}"),
            }
            month = month.next();
        }
        let text = texts.entry(last.to_string()).or_insert_with(|| {
            let pack = stand_in.pack(release(&project, &last.to_string())).unwrap();
            String::from_utf8_lossy(&pack).into_owned()
        });
        let printed = format!(",{},{},", row["measure_id"], row["measure_name"]);
        assert!(text.contains(&printed), "{printed} is not printed in {last}");
    }
    println!("{n_values} values of England over {n_runs} names that have been replaced");
    assert_eq!(n_runs, 42, "one of the 43 is a misprint of the publisher's description, which no file has");
}

/// Rows of a golden file under their header.
fn golden_rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = golden(name);
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// Every count and share of England's pathway, in each whole year.
fn england_is_the_golden_sum(world: &World) {
    let mut found = BTreeMap::new();
    for row in world.query(
        "SELECT reporting_period, measure, value FROM monthly_sums WHERE level = 'england' AND value IS NOT NULL
         UNION ALL
         SELECT reporting_period, indicator, value / 100 FROM indicators WHERE level = 'england' AND value IS NOT NULL
         UNION ALL
         SELECT reporting_period, concat(indicator, '.numerator'), numerator FROM indicators WHERE level = 'england'
         UNION ALL
         SELECT reporting_period, concat(indicator, '.denominator'), denominator FROM indicators WHERE level = 'england'",
    ) {
        let cells: Vec<&str> = row.split(',').collect();
        if !cells[2].is_empty() {
            found.insert((cells[0].to_owned(), cells[1].to_owned()), number(cells[2]));
        }
    }
    let names = [
        ("received", "referrals_received"),
        ("accessed_in_year", "entered_treatment"),
        ("ended", "ended_referrals"),
        ("ended_not_seen", "ended_not_seen"),
        ("ended_seen_not_treated", "ended_seen_not_treated"),
        ("ended_after_one", "ended_after_one_treatment"),
        ("finished", "finished_course_treatment"),
        ("entered_ended_cohort", "treated_share.numerator"),
        ("residual", "ended_residual_share.numerator"),
        ("caseness_denominator", "recovery_rate.denominator"),
        ("recovery", "recovery"),
        ("b1_entered_of_ended", "treated_share"),
        ("b1_once_of_ended", "ended_after_one_treatment_share"),
        ("b1_finished_of_ended", "finished_course_share"),
        ("b1_recovery_of_ended", "recovery_share"),
        ("b2_finished_of_entered", "finished_of_entered"),
        ("b2_recovery_of_entered", "recovery_of_entered"),
        ("b3_caseness_of_finished", "recovery_denominator_of_finished"),
        ("b3_recovery_of_finished", "recovery_of_finished"),
        ("b4_recovery_of_caseness", "recovery_rate"),
        ("CROSS_entered_of_received", "entered_per_100_received"),
    ];
    let mut n_compared = 0;
    for row in golden_rows("england_funnel_monthly_sum.csv") {
        for (golden_name, name) in names {
            let expected = number(&row[golden_name]);
            let Some(value) = found.get(&(row["reporting_period"].clone(), name.to_owned())) else {
                continue;
            };
            assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{row:?} {name}: {value}");
            n_compared += 1;
        }
    }
    assert_eq!(n_compared, 5 * names.len());
    tell_compared(n_compared, "sums of months of England");
}

/// Every sum of every provider: its printed months added up, how many there are, and how many are withheld.
fn providers_are_the_golden_sums(world: &World) {
    let rows = world.query(
        "SELECT monthly_sums.reporting_period, monthly_sums.org_code, monthly_sums.measure, n_months, n_months_suppressed,
           monthly_sums.value, months.printed
         FROM monthly_sums
         JOIN (
           SELECT date_part('year', start_date - INTERVAL '3 months') AS first_year, org_code, measure,
             COALESCE(SUM(value), 0) AS printed
           FROM tidy WHERE org_type = 'Provider' AND statistic = 'count' GROUP BY 1, 2, 3
         ) AS months
           ON months.org_code = monthly_sums.org_code AND months.measure = monthly_sums.measure
          AND CAST(left(monthly_sums.reporting_period, 4) AS INT) = first_year
         WHERE level = 'provider'",
    );
    let mut found = BTreeMap::new();
    for row in &rows {
        let cells: Vec<&str> = row.split(',').collect();
        found.insert((cells[0], cells[1], cells[2]), cells[3..].to_vec());
    }
    // The reference has a row for each name; a sum goes by the code, whatever the provider is called.
    let mut reference: BTreeMap<(String, String, String), (u32, u32, f64)> = BTreeMap::new();
    let mut n_rows = 0;
    for row in golden_rows("monthly_sums_provider_by_fy.csv") {
        let measure = match row["n"].as_str() {
            "ended_treated_once" => "ended_after_one_treatment",
            "finished_lt6wk" => "first_treatment_within_6_weeks",
            "finished_lt18wk" => "first_treatment_within_18_weeks",
            name => name,
        };
        let key = (row["fy"].clone(), row["org_code2"].clone(), measure.to_owned());
        let sum = reference.entry(key).or_default();
        sum.0 += row["m"].parse::<u32>().unwrap();
        sum.1 += row["suppressed_months"].parse::<u32>().unwrap();
        sum.2 += number(&row["value"]);
        n_rows += 1;
    }
    assert_eq!(n_rows, 11_101);
    let mut n_whole = 0;
    for ((year, code, measure), (n_months, n_suppressed, sum)) in &reference {
        let key = (year.as_str(), code.as_str(), measure.as_str());
        let Some([found_months, found_suppressed, value, printed]) = found.get(&key).map(Vec::as_slice)
        else {
            panic!("no sum for {key:?}");
        };
        assert_eq!(
            (number(found_months), number(found_suppressed)),
            (f64::from(*n_months), f64::from(*n_suppressed)),
            "{key:?}"
        );
        assert_eq!(printed, &format!("{sum:?}"), "{key:?}");
        // A sum is printed exactly where all twelve months are.
        let is_whole = *n_months == 12 && *n_suppressed == 0;
        assert_eq!(is_whole, !value.is_empty(), "{key:?}");
        if is_whole {
            assert_eq!(value, &format!("{sum:?}"), "{key:?}");
            n_whole += 1;
        }
    }
    println!(
        "{n_rows} rows of the reference are {} sums of providers, {n_whole} of them whole years",
        reference.len()
    );
}

/// Measured ending beside reliable improvement, over the providers with twelve printed months.
fn the_two_indicators_go_together_as_golden(world: &World) {
    let rates = world.query(
        "SELECT ending.org_code, ending.value / 100, improvement.value / 100
         FROM indicators AS ending JOIN indicators AS improvement
           ON improvement.org_code = ending.org_code AND improvement.reporting_period = ending.reporting_period
         WHERE ending.level = 'provider' AND improvement.level = 'provider' AND ending.reporting_period = '2024-25'
           AND ending.indicator = 'finished_of_entered' AND improvement.indicator = 'reliable_improvement_rate'
           AND ending.value IS NOT NULL AND improvement.value IS NOT NULL",
    );
    let golden = golden_rows("provider_scatter_2024_25_monthly.csv");
    for row in &golden {
        let expected = format!("{},", row["org_code2"]);
        let found = rates.iter().find(|rate| rate.starts_with(&expected)).unwrap();
        let cells: Vec<&str> = found.split(',').collect();
        assert!((number(cells[1]) - number(&row["measured_ending"])).abs() < 1e-9, "{found}");
        assert!((number(cells[2]) - number(&row["reliable_improvement"])).abs() < 1e-9, "{found}");
    }
    let association = world.query(
        "SELECT n_organisations, round(spearman, 9), round(pearson, 9) FROM association
         WHERE reporting_period = '2024-25' AND level = 'provider' AND indicator = 'finished_of_entered'
           AND other_indicator = 'reliable_improvement_rate'",
    );
    assert_eq!(association, [format!("{},0.009612545,0.040549053", golden.len())]);
}

/// Counts the cells of the time series below its header by what is printed in them.
const COUNT_TIME_SERIES: &str = r#"
import re, sys, zipfile
from collections import Counter
from xml.etree import ElementTree

with zipfile.ZipFile(sys.argv[1]) as pack:
    text = lambda element: ''.join(part.text or '' for part in element.iterfind('.//{*}t'))
    texts = [text(one) for one in ElementTree.parse(pack.open('xl/sharedStrings.xml')).iterfind('.//{*}si')]
    sheets = [one.get('name') for one in ElementTree.parse(pack.open('xl/workbook.xml')).iterfind('.//{*}sheet')]
    name = 'xl/worksheets/sheet%d.xml' % (sheets.index('Table 1') + 1)
    counts, columns = Counter(), None
    for row in ElementTree.parse(pack.open(name)).iterfind('.//{*}row'):
        cells = {}
        for cell in row.iterfind('{*}c'):
            value = cell.find('{*}v')
            if value is None: continue
            printed = texts[int(value.text)] if cell.get('t') == 's' else value.text
            cells[re.match('[A-Z]+', cell.get('r')).group()] = printed.strip()
        if columns is None:
            if 'Referrals Received' in cells.values():
                at = list(cells.values()).index('Referrals Received')
                columns = list(cells)[at:]
        elif cells:
            for column in columns:
                printed = cells.get(column, '')
                counts['suppressed' if printed == '*' else 'no_activity' if printed == '-' else
                       'missing' if printed == '' else 'reported'] += 1
print(','.join(str(counts[status]) for status in ['reported', 'suppressed', 'no_activity', 'missing']))
"#;

#[test]
#[ignore = "needs the folder ../shared"]
fn the_publishers_own_workbook_tells_withheld_from_no_activity() {
    let workbook = shared("data/workbook/feb2019_feb2020.xlsx");
    let world = World::with_own_project();
    let path = world.declared("talking_therapies_monthly/releases.toml");
    let url = "https://files.digital.nhs.uk/00/000000/feb2019_feb2020.xlsx";
    let entry = format!(
        "[[release]]\nperiod = \"2019-02--2020-02\"\nedition = 1\nurl = \"{url}\"\nformat = \"xlsx\"\n\n\
         [release.files]\ntime_series = {{ name = \"Table 1\", header_row = 8 }}\n\n{}",
        fs_err::read_to_string(&path).unwrap()
    );
    fs_err::write(&path, entry).unwrap();
    let mut release = release(&project(), "2021-01").clone();
    release.url = url.to_owned();
    world.mirror_file(&release, &fs_err::read(&workbook).unwrap());
    for stage in ["fetch", "build"] {
        world
            .iapt(&[stage, "--source", "mirror", "--dataset", DATASET, "--period", "2019-02--2020-02"])
            .expect(0);
    }
    let ours = world.query("SELECT n_reported, n_suppressed, n_no_activity, n_missing FROM releases");
    let output = Command::new("python3").args(["-c", COUNT_TIME_SERIES]).arg(&workbook).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(ours, [String::from_utf8(output.stdout).unwrap().trim()]);
    println!("the workbook: {} reported, suppressed, without activity, missing", ours[0]);
    // What is stated of services by area is what the workbook prints of its last month.
    let printed = world.query(
        "SELECT org_code, value FROM tidy WHERE org_type = 'CCG/Provider' AND measure = 'referrals_received'
           AND statistic = 'count' AND start_date = '2020-02-01' AND value > 0 ORDER BY 1",
    );
    let stated = world.query(
        "SELECT org_name, value FROM stated_figures WHERE source = 'time_series_2019_2020' ORDER BY 1",
    );
    assert_eq!(printed, stated);
    println!("{} services by area are stated as printed", stated.len());
}

#[test]
fn a_next_month_is_one_entry() {
    let world = World::with_own_project();
    let path = world.declared("talking_therapies_monthly/releases.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    let project = project();
    let months = project.dataset(DATASET).unwrap();
    let stand_in = StandIn::load(&project).unwrap();
    let held = stand_in.releases().filter(|release| release.dataset == DATASET).last().unwrap();
    let next = months.newest_releases().last().unwrap().period.next();
    let url = "https://files.digital.nhs.uk/00/000000/next-month.csv";
    let entry = format!(
        "{}\n\n[[release]]\nperiod = \"{next}\"\nedition = 1\nurl = \"{url}\"\nformat = \"csv\"\n\n[release.files]\nactivity = \"next-month.csv\"\n",
        text.trim_end()
    );
    fs_err::write(&path, entry).unwrap();
    let mut csv = String::from_utf8(stand_in.pack(held).unwrap())
        .unwrap()
        .replace(&held.period.start_date().to_string(), &next.start_date().to_string())
        .replace(&held.period.end_date().to_string(), &next.end_date().to_string());
    // Ids that came after the newest month that is held: made up, so that the file has every id of its time.
    let dates = format!("{},{}", next.start_date(), next.end_date());
    for (id, name, ..) in months.measure_ids.live("activity", next).iter() {
        if !csv.contains(&format!(",{id},")) {
            csv += &format!("{dates},England,all,all SubICBs,all,all Providers,{id},{name},0\n");
        }
    }
    // A provider in an area, before everything else of two measures.
    let (header, rows) = csv.split_once('\n').unwrap();
    let ids = months.measure_ids.live("activity", next);
    let pairs = ids.iter().take(2).map(|(id, name, ..)| {
        format!("{dates},SubICB/Provider,00L,NHS MADE UP - 00L,RX4,MADE UP PROVIDER,{id},{name},*\n")
    });
    let csv = format!("{header}\n{}{rows}", pairs.collect::<String>());
    let mut release = held.clone();
    release.url = url.to_owned();
    world.mirror_file(&release, csv.as_bytes());
    let name = next.to_string();
    for stage in ["fetch", "build"] {
        world.iapt(&[stage, "--source", "mirror", "--dataset", DATASET, "--period", &name]).expect(0);
    }
    let found = world.query(
        "SELECT DISTINCT reporting_period, start_date, end_date FROM tidy WHERE measure = 'referrals_received'",
    );
    assert_eq!(found, [format!("{next},{dates}")]);
    let partition =
        world.path(&format!("data/tables/tidy/dataset={DATASET}/reporting_period={next}/activity.parquet"));
    let file = SerializedFileReader::new(fs_err::File::open(partition).unwrap().into_file()).unwrap();
    let org_types = |group: &RowGroupMetaData| {
        let column =
            group.columns().iter().find(|column| column.column_path().string() == "org_type").unwrap();
        let statistics = column.statistics().unwrap();
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        let of = [text(statistics.min_bytes_opt()), text(statistics.max_bytes_opt())];
        (of.join(" to "), group.num_rows())
    };
    let mut groups: Vec<(String, i64)> = file.metadata().row_groups().iter().map(org_types).collect();
    assert_eq!(groups.pop().unwrap(), ("SubICB/Provider to SubICB/Provider".to_owned(), 2));
    assert!(
        !groups.is_empty() && groups.iter().all(|(types, _)| types == "England to Provider"),
        "{groups:?}"
    );
}

/// What is built in is enough for the pathway of England and of every provider, month for month.
#[test]
fn the_built_in_months_add_up() {
    let world = whole();
    // England 2021-22 by the four ways out; the publisher's monthly figures, added up by hand.
    let england = world.query(
        "SELECT measure, value, n_months FROM monthly_sums
         WHERE level = 'england' AND reporting_period = '2021-22'
           AND measure IN ('ended_referrals', 'ended_not_seen', 'ended_seen_not_treated', 'ended_after_one_treatment',
             'finished_course_treatment')
         ORDER BY measure",
    );
    assert_eq!(
        england,
        [
            "ended_after_one_treatment,488443.0,12",
            "ended_not_seen,530314.0,12",
            "ended_referrals,1705173.0,12",
            "ended_seen_not_treated,21173.0,12",
            "finished_course_treatment,665229.0,12",
        ]
    );
    // A year that is not over has no sum, and a withheld month leaves bounds only.
    let states = world.query(
        "SELECT DISTINCT value_status, value IS NOT NULL, value_low IS NOT NULL, value_high IS NOT NULL,
           n_months = 12, n_months_suppressed > 0
         FROM monthly_sums WHERE level = 'provider' AND value_status <> 'incomplete' ORDER BY 1",
    );
    assert_eq!(states, ["reported,true,true,true,true,false", "suppressed,false,true,true,true,true"]);
    assert_eq!(world.query("SELECT count(value) FROM monthly_sums WHERE n_months < 12"), ["0"]);
    // Sums of months and single months say which they are.
    let bases = world.query(&format!(
        "SELECT DISTINCT period_kind FROM indicators WHERE dataset = '{DATASET}' ORDER BY 1"
    ));
    assert_eq!(bases, ["month", "sum_of_months"]);
    let periods = world.query(&format!(
        "SELECT DISTINCT reporting_period FROM indicators
         WHERE dataset = '{DATASET}' AND period_kind = 'sum_of_months' ORDER BY 1"
    ));
    let stand_in = StandIn::load(&whole_project()).unwrap();
    let mut n_months: BTreeMap<Period, usize> = BTreeMap::new();
    for release in stand_in.releases().filter(|release| release.dataset == DATASET) {
        *n_months.entry(release.period.financial_year()).or_default() += 1;
    }
    let whole_years: Vec<String> =
        n_months.into_iter().filter(|(_, n)| *n == 12).map(|(year, _)| year.to_string()).collect();
    assert_eq!(periods, whole_years);
    assert!(whole_years.len() >= 5, "{whole_years:?}");
    let why = world
        .iapt(&["why", "finished_course_share.2021-22_months.england.All", "--format", "json"])
        .expect(0);
    let why: serde_json::Value = serde_json::from_str(&why.stdout).unwrap();
    let cells = why["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 24, "twelve months of two counts");
    // The first two months are workbooks, the others text.
    for (cell, text) in cells.iter().zip(why["texts"].as_array().unwrap()) {
        let printed: f64 = text.as_str().unwrap().parse().unwrap();
        assert_eq!(cell["value"].as_f64(), Some(printed), "{cell}");
    }
    for role in ["numerator", "denominator"] {
        let of_role = cells.iter().filter(|cell| cell["role"] == role);
        let sum: f64 = of_role.map(|cell| cell["value"].as_f64().unwrap()).sum();
        assert_eq!(why["indicators"][0][role].as_f64(), Some(sum), "{role}");
    }
}
