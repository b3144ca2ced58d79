//! The seeds of the fuzz targets of archives and workbooks, through the same functions.

use std::{ops::ControlFlow, path::Path};

use iapt_archive::{for_each_row, members, published_name, read_member};

#[track_caller]
fn check(target: &str, expected: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut found = Vec::new();
    for seed in fs_err::read_dir(&folder).unwrap() {
        let path = seed.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let _ = published_name(&path, "*main*.csv");
        let read = members(&path).map(|entries| {
            let read = |name: &str| match target {
                "workbook" => for_each_row(&path, name, |_, _| ControlFlow::Continue(())).is_ok(),
                _ => read_member(&path, name).is_ok(),
            };
            entries.iter().filter(|entry| read(&entry.name)).count()
        });
        found.push(
            read.map_or_else(|_| format!("{name}: refused"), |n_read| format!("{name}: {n_read} read")),
        );
    }
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn seeds_of_archives() {
    check(
        "archive",
        &[
            "page: refused",
            "plain: 1 read",
            "rar4: 2 read",
            "rar5: 2 read",
            "zip: 2 read",
            "zip_nested: 0 read",
            "zip_stored: 1 read",
        ],
    );
}

#[test]
fn seeds_of_workbooks() {
    check("workbook", &["cells: 1 read", "entities: refused", "formula: 1 read", "late_row: 0 read"]);
}
