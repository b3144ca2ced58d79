//! The wrapping of a pack: members into a zip or a RAR whose bytes depend on the members alone.

use std::io::{Cursor, Write};

use iapt_model::PackFormat;
use zip::{CompressionMethod, DateTime, System, ZipWriter, result::ZipResult, write::SimpleFileOptions};

use crate::Error;

/// 1 January 1980, the first moment that a zip can state, in seconds since 1970. No clock is read.
const TIMESTAMP: u32 = 315_532_800;

/// Files are readable by all and writable by their owner.
const PERMISSIONS: u32 = 0o644;

/// Compressed, as the publisher's is; the writer's better levels take seconds where this takes milliseconds.
const RAR_LEVEL: u8 = 1;

/// One file to be packed.
pub(crate) struct Packed {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Packs members in a format; a comment changes the bytes and nothing else. The label names the pack in errors.
pub(crate) fn wrap(
    format: PackFormat,
    label: &str,
    members: Vec<Packed>,
    comment: Option<&str>,
) -> Result<Vec<u8>, Error> {
    let release = || label.to_owned();
    match format {
        PackFormat::Zip => zip(&members, comment).map_err(|source| Error::Zip { release: release(), source }),
        PackFormat::Rar => rar(members, comment).map_err(|source| Error::Rar { release: release(), source }),
    }
}

fn zip(members: &[Packed], comment: Option<&str>) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(PERMISSIONS);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for Packed { name, bytes } in members {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    if let Some(comment) = comment {
        writer.set_comment(comment)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn rar(members: Vec<Packed>, comment: Option<&str>) -> rars::Result<Vec<u8>> {
    let comment = comment.map(|comment| comment.as_bytes().to_vec());
    let mut builder =
        rars::Builder::new(rars::ArchiveVersion::Rar50).compression_level(Some(RAR_LEVEL)).comment(comment);
    for Packed { name, bytes } in members {
        builder.add_bytes(name.into_bytes(), bytes, Some(TIMESTAMP), Some(PERMISSIONS))?;
    }
    builder.to_bytes()
}
