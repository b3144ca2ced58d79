//! The wrapping of a pack: members into a zip, a RAR, a workbook or nothing, bytes that depend on the members alone.

use std::{
    io::{Cursor, Write},
    path::Path,
};

use iapt_files::disk;
use iapt_model::PackFormat;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use zip::{CompressionMethod, DateTime, System, ZipWriter, result::ZipResult, write::SimpleFileOptions};

use crate::Error;

/// 1 January 1980, the first moment that a zip can state, in seconds since 1970. No clock is read.
const TIMESTAMP: u32 = 315_532_800;

/// Files are readable by all and writable by their owner.
const PERMISSIONS: u32 = 0o644;

/// Compressed, as the publisher's is; the writer's better levels take seconds where this takes milliseconds.
const RAR_LEVEL: u8 = 1;

/// One file to be packed, or one sheet.
pub(crate) struct Packed {
    pub(crate) name: String,
    /// The row of a sheet that its header stands in, from 1; in a file it is the first.
    pub(crate) header_row: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Packs members in a format; a comment changes the bytes and nothing else. The label names the pack in errors, and the
/// spool is a folder for what is not made in memory.
pub(crate) fn wrap(
    format: PackFormat,
    label: &str,
    members: Vec<Packed>,
    comment: Option<&str>,
    spool: &Path,
) -> Result<Vec<u8>, Error> {
    let release = || label.to_owned();
    match format {
        PackFormat::Zip => zip(&members, comment).map_err(|source| Error::Zip { release: release(), source }),
        PackFormat::Rar => {
            // Its writer has no other place for what it has compressed than files.
            disk::create_folder(spool)?;
            rar(members, comment, spool).map_err(|source| Error::Rar { release: release(), source })
        }
        PackFormat::Csv => Ok(bare(members, comment)),
        PackFormat::Xlsx => {
            workbook(&members, comment).map_err(|source| Error::Workbook { release: release(), source })
        }
    }
}

/// The only member, as it is. A file without a place for a comment ends with a blank line instead.
fn bare(members: Vec<Packed>, comment: Option<&str>) -> Vec<u8> {
    let mut bytes: Vec<u8> = members.into_iter().flat_map(|member| member.bytes).collect();
    bytes.extend(comment.map(|_| b'\n'));
    bytes
}

/// A sheet for each member: numbers as numbers, the rest as text.
fn workbook(members: &[Packed], comment: Option<&str>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(1980, 1, 1)?;
    workbook.set_properties(
        &DocProperties::new().set_creation_datetime(&created).set_comment(comment.unwrap_or("")),
    );
    for Packed { name, header_row, bytes } in members {
        let sheet = workbook.add_worksheet().set_name(name)?;
        let records =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes.as_slice());
        let first_row = u32::try_from(header_row.saturating_sub(1)).unwrap_or_default();
        // The text was written by this crate a moment ago, so it is read without an error.
        for (row, record) in (first_row..).zip(records.into_records().map_while(Result::ok)) {
            for (column, cell) in (0..).zip(&record) {
                match plain_number(cell) {
                    Some(number) => sheet.write_number(row, column, number)?,
                    None => sheet.write_string(row, column, cell)?,
                };
            }
        }
    }
    workbook.save_to_buffer()
}

/// A number that a reader prints as it stands; a code such as `007` or `8E2` is none.
fn plain_number(cell: &str) -> Option<f64> {
    let number = cell.parse::<f64>().ok()?;
    (number.to_string() == cell).then_some(number)
}

fn zip(members: &[Packed], comment: Option<&str>) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(PERMISSIONS);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for Packed { name, bytes, .. } in members {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    if let Some(comment) = comment {
        writer.set_comment(comment)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn rar(members: Vec<Packed>, comment: Option<&str>, spool: &Path) -> rars::Result<Vec<u8>> {
    let comment = comment.map(|comment| comment.as_bytes().to_vec());
    let mut builder =
        rars::Builder::new(rars::ArchiveVersion::Rar50).compression_level(Some(RAR_LEVEL)).comment(comment);
    for Packed { name, bytes, .. } in members {
        builder.add_bytes(name.into_bytes(), bytes, Some(TIMESTAMP), Some(PERMISSIONS))?;
    }
    builder.to_bytes_with_resources(&rars::WriterResources::default().with_temp_dir(spool), None)
}
