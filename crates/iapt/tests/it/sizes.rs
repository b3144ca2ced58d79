//! A file of an unusual size is kept and not used, until the line that the message gives is written.

use iapt_publisher::StandIn;

use crate::support::{World, project, release, whole_project};

#[test]
fn an_unusual_size_is_said_on_every_run_until_it_is_acknowledged() {
    let project = project();
    let world = World::with_own_project();
    for (period, n_rows) in [("2017-18", 1000_u32), ("2019-20", 1100), ("2020-21", 1200), ("2021-22", 20_000)]
    {
        let release = release(&project, period);
        let rows: String =
            (0..n_rows).map(|row| row.wrapping_mul(2_654_435_761).to_string() + "\n").collect();
        world.mirror(release, rows.as_bytes());
    }
    let fetch = || world.iapt(&["fetch", "--source", "mirror"]);
    for _ in 0..2 {
        fetch()
            .expect(3)
            .says("psych_ther_annual 2021-22 is kept but not used: it has")
            .says("3 here, 1 missed");
    }
    // Its rows are as many as its bytes let expect, and are said next.
    for line_begins in ["acknowledged_bytes = ", "acknowledged_rows = 19999"] {
        let ran = fetch().expect(3);
        let line = ran.stderr.split('`').find(|text| text.starts_with(line_begins)).unwrap();
        let path = world.declared("psych_ther_annual/releases.toml");
        let declared = fs_err::read_to_string(&path).unwrap();
        let odd = format!("url = {:?}\n", release(&project, "2021-22").url);
        fs_err::write(&path, declared.replace(&odd, &format!("{odd}{line}\n"))).unwrap();
    }
    fetch().expect(0).says("4 here, 0 missed");
}

#[test]
fn a_file_that_turns_out_to_be_half_goes_from_the_tables_and_is_asked_for_again() {
    let project = whole_project();
    let stand_in = StandIn::load(&project).unwrap();
    let world = World::new();
    // Every measure is there, of every second provider: what a file of long rows looks like that lost half of them.
    let is_second =
        |line: &str| line.split(',').nth(5).unwrap().bytes().fold(0, |sum, byte| sum ^ byte) % 2 == 0;
    let put = |period: &str, whole: bool| {
        let text = String::from_utf8(stand_in.pack(release(&project, period)).unwrap()).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let is_kept = |line: &&str| whole || line.contains(",England,") || is_second(line);
        let kept = rows.lines().filter(is_kept).fold(format!("{header}\n"), |kept, line| kept + line + "\n");
        world.mirror_file(release(&project, period), kept.as_bytes());
    };
    let run = || world.run(&["--source", "mirror", "--refresh"]);
    let months = || world.query("SELECT DISTINCT reporting_period FROM tidy ORDER BY 1");
    // Alone, nothing tells that it is half.
    put("2025-09", false);
    run().expect(0);
    assert_eq!(months(), ["2025-09"]);
    let others = ["2025-04", "2025-05", "2025-06", "2025-07", "2025-08"];
    for period in others {
        put(period, true);
    }
    let said = "talking_therapies_monthly 2025-09 is removed from the tables: its file is unusual";
    run().expect(3).says("2025-09 is kept but not used").says(said);
    assert_eq!(months(), others);
    put("2025-09", true);
    run().expect(0);
    assert_eq!(months().len(), others.len() + 1);
}
