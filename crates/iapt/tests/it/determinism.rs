//! Same snapshots in, same bytes out, whatever the number of threads and wherever it runs.

use std::path::Path;

use crate::support::{World, copy_folder, whole};

/// A world with what [`whole`] fetched.
fn fetched() -> World {
    let world = World::with_every_organisation();
    copy_folder(&whole().path("data/snapshots"), &world.path("data/snapshots"));
    world
}

/// The SQL over the tidy table runs part by part; here as many parts as there can be, against the one that so few cells are.
#[test]
fn tables_are_the_same_rows_in_any_number_of_parts() {
    let world = fetched();
    world.iapt(&["build", "--strict", "--cells-at-once", "1"]).expect(0);
    let in_parts = ["coverage", "services_of_boards", "monthly_sums", "indicators", "pathway"];
    for table in in_parts.into_iter().chain(["spread", "persistence", "findings"]) {
        let all = format!("SELECT * FROM {table}");
        let [ours, theirs] = [&world, whole()].map(|world| {
            // The engine may read the row groups of a file in any order.
            let mut rows = world.query(&all);
            rows.sort();
            rows
        });
        assert!(ours.len() > 100, "{table}: {}", ours.len());
        assert!(ours == theirs, "{table} differs");
    }
    // The files are cut into other row groups, or this would compare one thing with itself.
    let bytes = |world: &World| world.files("data/tables").remove(Path::new("indicators.parquet"));
    assert!(bytes(&world).is_some() && bytes(&world) != bytes(whole()));
}

/// The indicators of a year that is divided follow each other in the table's order, so nobody sees that it was.
#[test]
fn a_divided_year_is_the_same_bytes() {
    let world = World::with_every_organisation();
    world.iapt(&["fetch", "--period", "2017-18"]).expect(0);
    let indicators = |arguments: &[&str]| {
        world.iapt(&[&["build", "--period", "2017-18"], arguments].concat()).expect(0);
        let tables = world.files("data/tables");
        fs_err::remove_dir_all(world.path("data/tables")).unwrap();
        tables[Path::new("indicators.parquet")].clone()
    };
    let whole = indicators(&[]);
    assert!(whole.len() > 10_000 && whole == indicators(&["--cells-at-once", "1"]));
}

/// Compares tables and pages, byte for byte.
fn same_bytes(ours: &World, theirs: &World) {
    for folder in ["data/tables", "out"] {
        let [ours, theirs] = [ours, theirs].map(|world| world.files(folder));
        assert!(ours.len() > 10);
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (path, bytes) in ours {
            assert!(theirs[&path] == bytes, "{} differs", path.display());
        }
    }
}

/// All of it on one thread, beside as many as there are processors.
#[test]
fn tables_and_pages_are_the_same_bytes_on_one_thread() {
    let world = fetched();
    world.run(&["--strict", "--threads", "1"]).expect(0);
    same_bytes(whole(), &world);
}

/// Few organisations on more threads than there are processors, beside one.
#[test]
fn tables_and_pages_are_the_same_bytes_on_any_number_of_threads() {
    let [one, many] = ["1", "5"].map(|threads| {
        let world = World::new();
        world.run(&["--threads", threads]).expect(0);
        world
    });
    same_bytes(&one, &many);
}
