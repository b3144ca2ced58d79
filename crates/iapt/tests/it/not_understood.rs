//! A release that is not understood takes nothing else with it, and keeps what was read of it before.

use crate::support::{World, project, published_csv, release};

const PERIODS: &str = "SELECT DISTINCT reporting_period FROM tidy ORDER BY 1";

#[test]
fn in_a_first_run_it_is_simply_not_there() {
    let world = World::with_own_project();
    world.mirror_packs(&["2017-18", "2018-19"]);
    let csv = published_csv(&project(), "2018-19").replacen(",NULL\n", ",n/a\n", 2);
    world.mirror(release(&project(), "2018-19"), csv.as_bytes());
    let run = ["--source", "mirror"];
    let said = "error: 1 problem in the published data:\n  psych_ther_annual 2018-19: ";
    world
        .run(&run)
        .expect(4)
        .says("psych_ther_annual 2018-19 is not understood: the tables lack it")
        .says("1 read, 0 kept")
        .says(said)
        .says("`n/a` is neither a number nor a declared marker");
    assert_eq!(world.query(PERIODS), ["2017-18"]);
    let built = (world.files("data/tables"), world.files("out"));
    assert!(built.1.contains_key(std::path::Path::new("index.md")));
    // It is not understood again, and nothing is made anew for it.
    world.run(&run).expect(4).says(said).says("tables are up to date").says("pages are up to date");
    assert!(built == (world.files("data/tables"), world.files("out")));
    world.edit("psych_ther_annual/dataset.toml", "[markers]", "[markers]\n\"n/a\" = \"suppressed\"");
    world.run(&run).expect(0).says("2 read, 0 kept");
    assert_eq!(world.query(PERIODS), ["2017-18", "2018-19"]);
}

#[test]
fn what_was_read_before_stays() {
    let world = World::with_own_project();
    world.mirror_packs(&["2017-18", "2018-19"]);
    let run = ["--source", "mirror", "--period", "2017-18", "--period", "2018-19"];
    world.run(&run).expect(0);
    let before = (world.files("data/tables"), world.files("out"));
    world.edit(
        "psych_ther_annual/columns.csv",
        "main,CountRecovery,2017-18,2019-20,",
        "main,CountRecovery,2017-18,2017-18,",
    );
    let plan = world.iapt(&[&["plan", "--out", "out"], run.as_slice()].concat()).expect(0).stdout;
    assert!(plan.contains("make      psych_ther_annual 2018-19: a declared file"), "{plan}");
    assert!(!plan.contains("make      psych_ther_annual 2017-18"), "{plan}");
    world
        .run(&run)
        .expect(4)
        .says("psych_ther_annual 2018-19 is not understood: the tables keep what was read of it before")
        .says("column `CountRecovery` (position");
    assert!(before == (world.files("data/tables"), world.files("out")));
    // Damaged tables are made again without it: what it had before can no longer be believed.
    let path = "data/tables/tidy/dataset=psych_ther_annual/reporting_period=2018-19/main.parquet";
    fs_err::write(world.path(path), "").unwrap();
    world.run(&run).expect(4).says("the tables lack it").says("0 read, 1 kept");
    assert_eq!(world.query(PERIODS), ["2017-18"]);
}

#[test]
fn packs_that_cannot_be_opened_are_named_beside_what_is_not_understood() {
    let world = World::with_own_project();
    world.mirror_packs(&["2017-18"]);
    let csv = published_csv(&project(), "2018-19").replacen(",NULL\n", ",n/a\n", 1);
    world.mirror(release(&project(), "2018-19"), csv.as_bytes());
    let run = ["--source", "mirror"];
    world.iapt(&[&["fetch"][..], &run].concat()).expect(0);
    world.edit("psych_ther_annual/releases.toml", "psych-ther-ann-rep-csv-2017-18-main-csv.csv", "main.csv");
    let said = ["has no member `main.csv`", "hint: name one of these", "`n/a` is neither"];
    let check = |more: &str, code: i32| {
        let ran = world.run(&run).expect(code).says(more);
        for told in said {
            assert_eq!(ran.stderr.matches(told).count(), 1, "{told}: {}", ran.stderr);
        }
    };
    check("psych_ther_annual 2017-18 is not understood: the tables lack it", 4);
    // Also where there is something to build, and where the pages cannot go where they should.
    world.mirror_packs(&["2019-20"]);
    fs_err::create_dir(world.path("out")).unwrap();
    fs_err::write(world.path("out/thesis.txt"), "three years of work").unwrap();
    check("holds files that no report made", 1);
    assert_eq!(world.query(PERIODS), ["2019-20"]);
}
