//! Only stale work is done again.

use crate::support::World;

#[test]
fn a_second_run_does_nothing() {
    let world = World::new();
    let periods = ["--period", "2012-13", "--period", "2017-18", "--period", "2021-01"];
    world.run(&periods).expect(0).says("3 read, 0 kept");
    let before = (world.files("data"), world.files("out"));
    world.run(&periods).expect(0).says("tables are up to date").says("pages are up to date");
    assert!(before == (world.files("data"), world.files("out")));
}

#[test]
fn a_period_more_is_one_release_read() {
    let world = World::new();
    world.run(&["--period", "2017-18", "--period", "2018-19"]).expect(0).says("2 read, 0 kept");
    world.run(&["--period", "2019-20"]).expect(0).says("1 read, 2 kept");
    let periods = world.query("SELECT DISTINCT reporting_period FROM tidy ORDER BY 1");
    assert_eq!(periods, ["2017-18", "2018-19", "2019-20"]);
}

#[test]
fn a_declared_file_makes_stale_what_was_made_with_it() {
    let world = World::with_own_project();
    let run = ["--period", "2017-18"];
    world.run(&run).expect(0);
    let touch = |file: &str, from: &str, to: &str| {
        let path = world.declared(file);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs_err::write(path, text.replacen(from, to, 1)).unwrap();
    };
    touch("indicators.toml", "label = \"Recovery rate\"", "label = \"Rate of recovery\"");
    world.run(&run).expect(0).says("0 read, 1 kept");
    touch("categories.csv", "Age bands changed", "The age bands changed");
    world.run(&run).expect(0).says("1 read, 0 kept");
}

#[test]
fn another_source_never_mixes_with_the_first() {
    let project = crate::support::project();
    let world = World::new();
    world.run(&["--period", "2017-18", "--period", "2018-19"]).expect(0);
    let csv = crate::support::published_csv(&project, "2019-20");
    world.mirror(crate::support::release(&project, "2019-20"), csv.as_bytes());
    world.run(&["--source", "mirror"]).expect(0);
    assert_eq!(world.query("SELECT DISTINCT reporting_period FROM tidy"), ["2019-20"]);
}

#[test]
fn a_page_that_was_edited_is_made_again() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let page = world.path("out/index.md");
    let text = fs_err::read(&page).unwrap();
    fs_err::write(&page, "edited").unwrap();
    world.run(&["--period", "2017-18"]).expect(0).says("files; open");
    assert!(fs_err::read(&page).unwrap() == text);
}
