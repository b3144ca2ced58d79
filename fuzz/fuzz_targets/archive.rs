//! An archive of any kind: told apart, listed, and each of its members read.
#![no_main]

use iapt_archive::{Limits, members_within, published_name, read_member_within};
use iapt_fuzz::with_file;
use libfuzzer_sys::fuzz_target;

/// Small, so that a bomb is noticed before it goes off.
const LIMITS: Limits = Limits {
    entries: 20,
    bytes_in_all: 1 << 20,
    bytes_each: 1 << 19,
    ratio: 100,
    bytes_without_ratio: 100_000,
    bytes_held: 1 << 19,
};

fuzz_target!(|bytes: &[u8]| with_file(bytes, |path| {
    let _ = published_name(path, "*main*.csv");
    for entry in members_within(path, &LIMITS).unwrap_or_default() {
        if let Ok(read) = read_member_within(path, &entry.name, &LIMITS) {
            assert!(u64::try_from(read.len()).is_ok_and(|n_bytes| n_bytes <= LIMITS.bytes_each));
        }
    }
}));
