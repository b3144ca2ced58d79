//! Same snapshots in, same bytes out, whatever the number of threads and wherever it runs.

use std::path::Path;

use crate::support::{World, copy_folder, whole};

/// Compares the files of a folder of two worlds, byte for byte.
fn same_bytes(folder: &str, ours: &World, theirs: &World, is_compared: fn(&Path) -> bool) {
    let [ours, theirs] = [ours, theirs].map(|world| {
        let mut files = world.files(folder);
        files.retain(|path, _| is_compared(path));
        files
    });
    assert!(ours.len() > 10);
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (path, bytes) in ours {
        assert!(theirs[&path] == bytes, "{} differs", path.display());
    }
}

/// All of it on one thread, and the SQL over the tidy table in as many parts as there can be, beside as many threads as there are
/// processors and the one part that so few cells are.
#[test]
fn rows_and_pages_are_the_same_on_one_thread_and_in_any_number_of_parts() {
    let world = World::with_every_organisation();
    copy_folder(&whole().path("data/snapshots"), &world.path("data/snapshots"));
    world.iapt(&["build", "--strict", "--threads", "1", "--cells-at-once", "1"]).expect(0);
    world.iapt(&["report", "--threads", "1", "--out", "out"]).expect(0);
    // The copies of the tables are cut like them, and their descriptions say how many bytes they have.
    same_bytes("out", &world, whole(), |path| {
        !path.starts_with("site/data") || path.extension().is_some_and(|kind| kind == "csv")
    });
    for table in ["monthly_sums", "indicators", "spread", "findings"] {
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

/// Few organisations on more threads than there are processors, beside one.
#[test]
fn tables_and_pages_are_the_same_bytes_on_any_number_of_threads() {
    let [one, many] = ["1", "5"].map(|threads| {
        let world = World::new();
        world.run(&["--threads", threads]).expect(0);
        world
    });
    same_bytes("data/tables", &one, &many, |_| true);
    same_bytes("out", &one, &many, |_| true);
}
