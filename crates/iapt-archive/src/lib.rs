//! One named member out of a zip, a RAR, a workbook or a plain file, told apart by content and never by extension.
//!
//! Files come from elsewhere, so nothing in them is believed: names are checked before anything is read, sizes are
//! counted while inflating, checksums are compared, and every refusal is a [`Problem`] of its own. A file that is no
//! archive is its own only member; the members of a workbook are its sheets. A workbook's parts are held to the limits
//! of a zip, and looked through for what its reader would believe, before the reader sees them.

mod dimension;
mod error;
mod kind;
mod limits;
mod listing;
mod markup;
mod member;
mod naming;
mod rar;
mod workbook;
mod zipped;

use std::path::Path;

pub use error::{Error, Problem};
pub use kind::{Kind, beginning, is_utf_16, kind};
pub use limits::Limits;
pub use naming::{is_named, published_name};
pub use workbook::for_each_row;

use crate::limits::Fate;

/// One file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its published name, with `/` between folders.
    pub name: String,
    /// Its size in bytes as the archive states it; only reading it proves it.
    pub bytes: u64,
}

/// What came out of a member that was inflated and thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// How many bytes.
    pub bytes: u64,
    /// How many lines of text; none of a sheet.
    pub lines: Option<u64>,
}

/// Lists the files of an archive in its own order, folders left out, under [`Limits::DEFAULT`].
///
/// A plain file is listed as its own only member, under its file name; a workbook by its sheets, whose sizes no
/// header states.
///
/// # Errors
///
/// [`Error::Refused`] when the file is no archive, is damaged, or holds anything that [`Limits`] forbids.
pub fn members(path: &Path) -> Result<Vec<Entry>, Error> {
    members_within(path, &Limits::DEFAULT)
}

/// Like [`members`], under other limits.
///
/// # Errors
///
/// The errors of [`members`].
pub fn members_within(path: &Path, limits: &Limits) -> Result<Vec<Entry>, Error> {
    let entries = match kind(path)? {
        Kind::Zip => zipped::list(path, limits)?.into_entries(),
        Kind::Rar => rar::list(path, limits)?.into_entries(),
        Kind::Workbook => workbook::sheets(path, limits)?,
        Kind::Plain => vec![member::plain_entry(path)?],
    };
    Ok(entries)
}

/// Reads one member into memory, its checksum compared, under [`Limits::DEFAULT`].
///
/// A plain file is read whole, whatever name is asked for. A sheet has no bytes of its own: its rows are read by
/// [`for_each_row`].
///
/// # Errors
///
/// The errors of [`members`], and [`Problem::NoMember`] when the archive lacks `name`; it lists what the archive has.
pub fn read_member(path: &Path, name: &str) -> Result<Vec<u8>, Error> {
    read_member_within(path, name, &Limits::DEFAULT)
}

/// Like [`read_member`], under other limits.
///
/// # Errors
///
/// The errors of [`read_member`].
pub fn read_member_within(path: &Path, name: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    Ok(member::inflate(path, name, limits, Fate::Kept)?.kept)
}

/// Inflates one member and throws it away: proof that it can be read, in bounded memory. For a sheet, every part of its
/// workbook is inflated, and the sheet is read.
///
/// # Errors
///
/// The errors of [`read_member`].
pub fn test_member(path: &Path, name: &str) -> Result<Tested, Error> {
    match kind(path)? {
        Kind::Workbook => {
            let bytes = workbook::test(path, name, &Limits::DEFAULT)?;
            Ok(Tested { bytes, lines: None })
        }
        Kind::Zip | Kind::Rar | Kind::Plain => {
            let inflated = member::inflate(path, name, &Limits::DEFAULT, Fate::Dropped)?;
            Ok(Tested { bytes: inflated.n_bytes, lines: Some(inflated.n_lines) })
        }
    }
}
