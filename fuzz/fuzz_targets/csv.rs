//! A CSV file: decoded, its header mapped by the crosswalk of the project, its rows counted twice.
#![no_main]

use std::{path::Path, sync::LazyLock};

use iapt_model::{Member, Place, Project};
use iapt_tidy::{Published, RawTable};
use libfuzzer_sys::fuzz_target;

static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Project::load(&checkout).expect("the declared files are in order")
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let is_windows_1252 = choice & 1 == 1;
    let published = Published::Text(bytes.to_vec());
    for dataset in &PROJECT.datasets {
        let Some(release) = dataset.releases.get(usize::from(choice >> 1) % dataset.releases.len().max(1))
        else {
            continue;
        };
        let Some(declared) = release.members.first() else { continue };
        let member = Member { is_windows_1252, ..declared.clone() };
        let place: Place = release.place(&member);
        let Ok(Ok(table)) = RawTable::read(place.clone(), &member, &published) else { continue };
        let roles = dataset.crosswalk.resolve(&place, table.header());
        assert!(roles.is_ok_and(|roles| roles.len() == table.header().len()) || !table.header().is_empty());
        let mut n_rows = 0;
        let read = table.for_each_row(|_, cells| {
            assert_eq!(cells.len(), table.header().len());
            n_rows += 1;
        });
        if let Ok(Ok(read)) = read {
            assert_eq!(read.read, n_rows);
        }
    }
});
