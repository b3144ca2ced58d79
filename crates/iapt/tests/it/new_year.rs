//! A year that nobody has seen is added by data files alone, by writing the lines that the program asks for.

use crate::support::{World, project, published_csv, release};

const NEXT: &str = "2025-26";

#[test]
fn a_year_with_a_respelt_a_new_and_a_vanished_column_is_data_only() {
    let world = World::with_own_project();
    let append = |file: &str, lines: &str| {
        let path = world.declared(file);
        let text = fs_err::read_to_string(&path).unwrap();
        fs_err::write(path, format!("{}\n{lines}\n", text.trim_end())).unwrap();
    };
    append(
        "psych_ther_annual/releases.toml",
        "[[release]]\nperiod = \"2025-26\"\nedition = 1\nurl = \"https://files.digital.nhs.uk/00/000000/next-year.zip\"\nformat = \"zip\"\n[release.files]\nmain = \"next-year-main.csv\"",
    );
    let mut next = release(&project(), "2024-25").clone();
    next.url = "https://files.digital.nhs.uk/00/000000/next-year.zip".to_owned();
    next.members[0].name = "next-year-main.csv".to_owned();
    world.mirror(&next, drifted(&published_csv(&project(), "2024-25")).as_bytes());

    let run = ["--source", "mirror", "--period", NEXT];
    let refused = world.run(&run).expect(4);
    let lines: Vec<&str> =
        refused.stderr.lines().filter_map(|line| line.rsplit_once(": main,").map(|(_, line)| line)).collect();
    let closed: Vec<String> =
        lines.iter().filter(|line| line.contains(",2024-25,")).map(|line| format!("main,{line}")).collect();
    assert_eq!(closed.len(), 2, "{}", refused.stderr);
    for line in &closed {
        let column = line.split(',').nth(1).unwrap();
        replace_row(&world, column, line);
    }
    append(
        "psych_ther_annual/columns.csv",
        "main,CountOf_ReferralsReceived,2025-26,,measure,referrals_received,count,\nmain,Count_WaitingList,2025-26,,measure,waiting_list,count,",
    );
    append("measures.csv", "waiting_list,count,referrals,received,Waiting,Referrals waiting.,A fixture.,");
    world.run(&run).expect(1).says("unused_measures.csv").says("here: waiting_list,count,REASON");
    append("unused_measures.csv", "waiting_list,count,A fixture.");
    world.run(&run).expect(0);
    let found = world.query(
        "SELECT measure, source_column, value FROM tidy
         WHERE org_type = 'England' AND breakdown = 'total' AND measure IN ('referrals_received', 'waiting_list')
         ORDER BY measure",
    );
    assert_eq!(
        found,
        ["referrals_received,CountOf_ReferralsReceived,1813432.0", "waiting_list,Count_WaitingList,10.0"]
    );
    world.iapt(&["check"]).expect(0);
}

/// The file of the year before with one column respelt, one gone and a new one at the end.
fn drifted(csv: &str) -> String {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let mut rows: Vec<Vec<String>> =
        rows.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let position = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let (respelt, gone) = (position("Count_ReferralsReceived"), position("Median_ContactDuration"));
    "CountOf_ReferralsReceived".clone_into(&mut rows[0][respelt]);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (index, row) in rows.iter_mut().enumerate() {
        row.remove(gone);
        row.push(if index == 0 { "Count_WaitingList" } else { "10" }.to_owned());
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// Puts a line that the program printed in the place of the row that it closes.
fn replace_row(world: &World, column: &str, row: &str) {
    let path = world.declared("psych_ther_annual/columns.csv");
    let text = fs_err::read_to_string(&path).unwrap();
    let is_it =
        |line: &&str| line.starts_with(&format!("main,{column},")) && line.split(',').nth(3) == Some("");
    assert_eq!(text.lines().filter(is_it).count(), 1, "{column}");
    let rows: Vec<&str> = text.lines().map(|line| if is_it(&line) { row } else { line }).collect();
    fs_err::write(path, rows.join("\n") + "\n").unwrap();
}
