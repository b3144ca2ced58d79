//! Same snapshots in, same bytes out, whatever the number of threads and wherever it runs.

use std::path::Path;

use crate::support::{World, whole};

/// The SQL over the tidy table runs part by part; here as many parts as there can be, against the one that so few cells are.
#[test]
fn tables_are_the_same_rows_in_any_number_of_parts() {
    let world = World::new();
    world.run(&["--cells-at-once", "1"]).expect(0);
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

#[test]
fn tables_and_pages_are_the_same_bytes_on_any_number_of_threads() {
    let built = ["1", "5"].map(|threads| {
        let world = World::new();
        world.run(&["--threads", threads]).expect(0);
        (world.files("data/tables"), world.files("out"))
    });
    let whole = whole();
    let first = (whole.files("data/tables"), whole.files("out"));
    assert!(first.0.len() > 10 && first.1.len() > 6);
    for other in built {
        for (ours, theirs) in [(&first.0, &other.0), (&first.1, &other.1)] {
            let names: Vec<_> = ours.keys().collect();
            assert_eq!(names, theirs.keys().collect::<Vec<_>>());
            for (path, bytes) in ours {
                assert!(theirs[path] == *bytes, "{} differs", path.display());
            }
        }
    }
}
