//! One member, whatever the file is.

use std::{
    io::{self, Read},
    path::Path,
};

use crate::{
    Entry, Error, Kind, Limits, kind,
    limits::{Fate, Inflated, Meter},
    rar, zipped,
};

/// Inflates one member, its checksum compared at the end.
pub(crate) fn inflate(path: &Path, name: &str, limits: &Limits, fate: Fate) -> Result<Inflated, Error> {
    match kind(path)? {
        // A part of a workbook is a member of its zip like any other.
        Kind::Zip | Kind::Workbook => zipped::inflate(path, name, limits, fate),
        Kind::Rar => rar::inflate(path, name, limits, fate),
        Kind::Plain => {
            // Nothing is packed, so no ratio can be exceeded.
            let file = fs_err::File::open(path)?;
            let meter = Meter::new(limits, name, u64::MAX, fate).expecting(file.metadata()?.len());
            inflate_reader(path, file, meter, Error::Io)
        }
    }
}

/// A plain file as its own only member.
pub(crate) fn plain_entry(path: &Path) -> Result<Entry, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Entry { name, bytes: fs_err::metadata(path)?.len() })
}

/// Reads a reader through a meter; `refused` says what a failed read means.
pub(crate) fn inflate_reader(
    path: &Path,
    mut reader: impl Read,
    mut meter: Meter,
    refused: impl Fn(io::Error) -> Error,
) -> Result<Inflated, Error> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n_read = reader.read(&mut buffer).map_err(&refused)?;
        let chunk = buffer.get(..n_read).unwrap_or_default();
        if chunk.is_empty() {
            return meter.finish().map_err(|problem| problem.of(path));
        }
        meter.take(chunk).map_err(|problem| problem.of(path))?;
    }
}
