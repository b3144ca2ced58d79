//! A year that nobody has seen is added by data files alone: the recipe of pipelines/README.md, walked.

use crate::support::{World, all_files, published_csv, release, whole_project, zip};

const NEXT: &str = "2025-26";

/// What a person types: a line at a time, in the place of a blank or at the end of a file.
struct Person<'a> {
    world: &'a World,
    /// Lines that say what something means.
    meanings: usize,
    /// England's totals that were found in print.
    totals: usize,
}

impl Person<'_> {
    fn fills_in(&mut self, file: &str, blank: &str, line: &str) {
        let path = self.world.declared(file);
        let text = fs_err::read_to_string(&path).unwrap();
        assert_eq!(text.lines().filter(|other| *other == blank).count(), 1, "{file} has no line `{blank}`");
        let lines: Vec<&str> = text.lines().map(|other| if other == blank { line } else { other }).collect();
        fs_err::write(path, lines.join("\n") + "\n").unwrap();
        self.meanings += 1;
    }

    fn adds(&mut self, file: &str, line: &str) {
        let path = self.world.declared(file);
        let text = fs_err::read_to_string(&path).unwrap();
        fs_err::write(path, format!("{}\n{line}\n", text.trim_end())).unwrap();
        self.meanings += 1;
    }

    /// Writes where each of the candidates is printed.
    fn finds_totals_in(&mut self, file: &str, source: &str) {
        let path = self.world.declared(file);
        let text = fs_err::read_to_string(&path).unwrap();
        let (mut totals, start) = (0, format!("main,{NEXT},"));
        let found = |line: &str| {
            let is_candidate = line.starts_with(&start) && line.ends_with(',');
            totals += usize::from(is_candidate);
            if is_candidate { format!("{line}{source}\n") } else { format!("{line}\n") }
        };
        let text: String = text.lines().map(found).collect();
        fs_err::write(path, text).unwrap();
        self.totals += totals;
    }
}

#[test]
fn a_year_is_declared_by_meanings_only() {
    let world = World::with_own_whole_project();
    let project = whole_project();
    let file = world.path("next-year.zip");
    let csv = drifted(&published_csv(&project, "2024-25"));
    fs_err::write(&file, zip("next-year-main.csv", csv.as_bytes())).unwrap();
    let before = all_files(world.project());

    // 1. Proposed: printed first, then written.
    let declare = ["declare", "psych_ther_annual", NEXT, "--file", "next-year.zip"];
    let printed = world.iapt(&declare).expect(0);
    assert!(before == all_files(world.project()), "what is only printed was written");
    for line in [
        "+ main = \"next-year-main.csv\"",
        "- main,Median_ContactDuration,2020-21,,measure,contact_duration_minutes,median,",
        "+ main,Median_ContactDuration,2020-21,2024-25,measure,contact_duration_minutes,median,",
        "+ main,CountOf_ReferralsReceived,2025-26,,measure,referrals_received,count,\"Taken for Count_ReferralsReceived, respelt: nearest name, same place, England's total 1813432 beside 1813432 of 2024-25.\"",
        "+ main,Count_WaitingList,2025-26,,measure,,,",
        "+ XYZ1,provider,A NEW SERVICE,service,2025-26,,,,",
        "+ XYZ2,provider,ANOTHER NEW SERVICE,service,2025-26,,,,",
        "+ main,2025-26,50,Count_WaitingList",
        "+ main,2025-26,referrals_received,count,1813432,",
    ] {
        assert!(printed.stdout.lines().any(|other| other == line), "`{line}` is not in\n{}", printed.stdout);
    }
    let files: Vec<&str> =
        printed.stdout.lines().filter_map(|line| line.strip_prefix("# pipelines/")).collect();
    let expected = [
        "organisations.csv",
        "psych_ther_annual/columns.csv",
        "psych_ther_annual/expected.csv",
        "psych_ther_annual/headers.csv",
        "psych_ther_annual/releases.toml",
    ];
    assert_eq!(files, expected);
    let of_organisations =
        printed.stdout.split("# pipelines/").find(|part| part.starts_with("organisations")).unwrap();
    let closed: Vec<&str> = of_organisations.lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(closed.len(), 1, "{closed:?}");
    world.iapt(&[&declare[..], &["--write"]].concat()).expect(0).says("is left blank");

    // 2. What is blank stops, with the line to write.
    let blank = world.iapt(&["check"]).expect(1);
    let blank = blank
        .says("2025-26 url is blank; write the publisher's address: https://...")
        .says("`name`, `statistic` are blank; write: main,Count_WaitingList,2025-26,,measure,NAME,STATISTIC,")
        .says("`source` is blank; write: main,2025-26,referrals_received,count,1813432,SOURCE");
    let url = "https://files.digital.nhs.uk/00/000000/next-year.zip";
    let mut person = Person { world: &world, meanings: 0, totals: 0 };
    person.fills_in("psych_ther_annual/releases.toml", "url = \"\"", &format!("url = \"{url}\""));
    person.fills_in(
        "psych_ther_annual/columns.csv",
        "main,Count_WaitingList,2025-26,,measure,,,",
        "main,Count_WaitingList,2025-26,,measure,waiting_list,count,",
    );
    person
        .adds("measures.csv", "waiting_list,count,referrals,received,Waiting,Referrals waiting.,A fixture.,");
    person.finds_totals_in("psych_ther_annual/expected.csv", "a fixture");
    assert_eq!(blank.stderr.matches("`source` is blank").count(), person.totals);
    world.iapt(&["check"]).expect(1).says("here: waiting_list,count,REASON");
    person.adds("unused_measures.csv", "waiting_list,count,A fixture.");
    world.iapt(&["check"]).expect(0);
    assert_eq!((person.meanings, person.totals), (4, 14));
    // Everything is declared now.
    assert_eq!(world.iapt(&declare).expect(0).says("everything that the file prints is declared").stdout, "");

    // 3. The year is in the tables, strictly.
    let mirrored = world.path("mirror/00/000000/next-year.zip");
    fs_err::create_dir_all(mirrored.parent().unwrap()).unwrap();
    fs_err::rename(&file, mirrored).unwrap();
    world.run(&["--source", "mirror", "--period", NEXT, "--strict"]).expect(0);
    let tables = || {
        world.query(
            "SELECT measure, source_column, value, org_code FROM tidy
             WHERE org_type IN ('England', 'Provider') AND breakdown = 'total' AND statistic = 'count'
               AND org_code IN ('All', 'XYZ1') AND measure IN ('referrals_received', 'waiting_list')
             ORDER BY measure, value",
        )
    };
    let read = tables();
    assert_eq!(
        read,
        [
            "referrals_received,CountOf_ReferralsReceived,1200.0,XYZ1",
            "referrals_received,CountOf_ReferralsReceived,1813432.0,All",
            "waiting_list,Count_WaitingList,10.0,All",
            "waiting_list,Count_WaitingList,10.0,XYZ1",
        ]
    );

    // 4. The built-in figures lack the year, which is passed over; then they have it, and the year reads the same.
    let built_in = ["--source", "embedded", "--dataset", "psych_ther_annual"];
    let stages =
        |stage: &'static str, more: &[&'static str]| world.iapt(&[&[stage], &built_in[..], more].concat());
    stages("fetch", &["--data", "other"]).expect(0).says("passed over: psych_ther_annual 2025-26");
    world.iapt(&["figures", "add", "psych_ther_annual", NEXT]).expect(0).says("figures_main_2025-26.csv");
    world.iapt(&["figures", "add", "psych_ther_annual", NEXT]).expect(1).says("are built in already");
    world.iapt(&["check"]).expect(0);
    stages("fetch", &["--period", NEXT]).expect(0);
    stages("build", &["--period", NEXT, "--strict"]).expect(0);
    assert_eq!(tables(), read);
    let sources = world.query("SELECT DISTINCT figure_source FROM tidy WHERE measure = 'waiting_list'");
    assert_eq!(sources, ["main_2025-26"]);
}

/// The file of the year before with a column respelt, one gone and a new one at the end, two new services and one gone.
fn drifted(csv: &str) -> String {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let mut rows: Vec<Vec<String>> =
        rows.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let position = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let (respelt, gone) = (position("Count_ReferralsReceived"), position("Median_ContactDuration"));
    "CountOf_ReferralsReceived".clone_into(&mut rows[0][respelt]);
    // A service of which only the total is printed: the year's own rows of others stay as they are.
    let services: Vec<Vec<String>> =
        rows.iter().filter(|row| row[0] == "Provider" && row[3] == "Total").cloned().collect();
    let [first, ..] = services.as_slice() else { panic!("the file has no services") };
    let last = services.last().unwrap()[1].clone();
    rows.retain(|row| row[1] != last);
    for (code, name) in [("XYZ1", "A NEW SERVICE"), ("XYZ2", "ANOTHER NEW SERVICE")] {
        let mut row = first.clone();
        code.clone_into(&mut row[1]);
        name.clone_into(&mut row[2]);
        rows.push(row);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (index, row) in rows.iter_mut().enumerate() {
        row.remove(gone);
        row.push(if index == 0 { "Count_WaitingList" } else { "10" }.to_owned());
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// A trial of a source does not replace what is published from another, unless that is asked for.
#[test]
fn pages_of_another_source_are_replaced_only_where_their_folder_is_named() {
    let world = World::with_own_project();
    world.mirror_packs(&["2024-25"]);
    let published = || all_files(&world.project().join("reports/published"));
    world.iapt(&["run", "--period", "2024-25"]).expect(0);
    let before = published();
    let trial = ["run", "--source", "mirror", "--period", "2024-25"];
    let refused = world.iapt(&trial).expect(2);
    let refused = refused.says("are of the source `embedded`, and would be replaced by pages of `mirror`");
    refused.says("hint: try it in folders of its own: --data DIR --out DIR; or replace them: --out ");
    assert!(before == published() && !world.path("data/snapshots").join("mirror").exists());
    let plan = world.iapt(&["plan", "--source", "mirror", "--period", "2024-25"]).expect(0);
    assert!(plan.stdout.contains("report  stop "), "{}", plan.stdout);
    world.iapt(&[&trial[..], &["--data", "trial", "--out", "trial/pages"]].concat()).expect(0);
    assert!(before == published());
    // Those of the same source are replaced as before, and a folder that is named is.
    world.iapt(&["run", "--period", "2024-25"]).expect(0);
    let out = world.project().join("reports/published").display().to_string();
    world.iapt(&[&trial[..], &["--data", "trial", "--out", &out]].concat()).expect(0);
    assert!(before != published());
}

/// An organisation that is not declared is kept and told; a strict run stops at it, with the row to write.
#[test]
fn organisations_that_are_not_declared_are_named() {
    let world = World::with_own_whole_project();
    let csv = published_csv(&whole_project(), "2024-25");
    let total = csv.lines().find(|line| line.starts_with("Provider,") && line.contains(",Total,")).unwrap();
    let name = total.split(',').nth(2).unwrap();
    let code = total.split(',').nth(1).unwrap();
    let new = |new| total.replacen(&format!(",{code},{name},"), &format!(",{new},A NEW SERVICE,"), 1);
    let csv = format!("{csv}{}\n{}\n", new("XYZ1"), new("XYZ2"));
    world.mirror(release(&whole_project(), "2024-25"), csv.as_bytes());
    let stage = |stage: &'static str, more: &[&'static str]| {
        world.iapt(&[&[stage, "--source", "mirror", "--period", "2024-25"], more].concat())
    };
    stage("fetch", &[]).expect(0);
    let row = "XYZ1,provider,A NEW SERVICE,KIND,2024-25,,,,";
    stage("build", &["--strict"])
        .expect(4)
        .says("Provider `XYZ1` (`A NEW SERVICE`) is not in organisations.csv (1 rows)")
        .says("Provider `XYZ2` (`A NEW SERVICE`) is not in organisations.csv (1 rows)")
        .says(&format!("hint: add to pipelines/organisations.csv: {row}"));
    stage("build", &[]).expect(0).says("warning: not in organisations.csv: Provider XYZ1, Provider XYZ2");
    // The row as it is printed lacks its kind.
    let path = world.declared("organisations.csv");
    let text = fs_err::read_to_string(&path).unwrap();
    let row = row.replace("KIND", "");
    fs_err::write(&path, format!("{}\n{row}\n", text.trim_end())).unwrap();
    world
        .iapt(&["check"])
        .expect(1)
        .says("`kind` is blank; write: XYZ1,provider,A NEW SERVICE,KIND,2024-25,,,,");
    let rows = row.replace(",,2024", ",service,2024");
    fs_err::write(&path, format!("{}\n{rows}\n{}\n", text.trim_end(), rows.replace("XYZ1", "XYZ2"))).unwrap();
    stage("build", &["--strict"]).expect(0);
}
