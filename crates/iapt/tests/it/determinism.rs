//! Same snapshots in, same bytes out, whatever the number of threads and wherever it runs.

use crate::support::{World, whole};

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
