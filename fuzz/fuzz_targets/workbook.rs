//! A workbook: its sheets, and every row of each.
#![no_main]

use std::ops::ControlFlow;

use iapt_archive::{Kind, for_each_row, kind, members};
use iapt_fuzz::with_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| with_file(bytes, |path| {
    if !matches!(kind(path), Ok(Kind::Workbook)) {
        return;
    }
    for sheet in members(path).unwrap_or_default() {
        let mut before = 0;
        let _ = for_each_row(path, &sheet.name, |row, cells| {
            assert!(row > before && cells.len() <= 1 << 14);
            before = row;
            ControlFlow::Continue(())
        });
    }
}));
