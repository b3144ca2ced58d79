//! A file of an unusual size is kept and not used, until the line that the message gives is written.

use crate::support::{World, project, release};

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
