//! A zip writer that believes everything it is told, for archives that no honest writer makes.

use std::io::Write;

use zip::{ZipWriter, write::SimpleFileOptions};

/// One entry, as its headers will state it.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) name: Vec<u8>,
    pub(crate) packed: Vec<u8>,
    pub(crate) bytes: u32,
    pub(crate) crc: u32,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) mode: u32,
    /// The place of its local header, if the directory is to lie about it.
    pub(crate) offset: Option<u32>,
}

impl Raw {
    /// A stored file.
    pub(crate) fn stored(name: &str, data: &[u8]) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            packed: data.to_vec(),
            bytes: u32::try_from(data.len()).unwrap(),
            crc: rars::crc32::crc32(data),
            method: 0,
            flags: 0,
            mode: 0o100_644,
            offset: None,
        }
    }

    /// A deflated file.
    pub(crate) fn deflated(name: &str, data: &[u8]) -> Self {
        // An honest writer deflates; its local header is 30 bytes and the name.
        let zip = honest(&[(name, data)]);
        let packed_bytes = u32::from_le_bytes(zip[18..22].try_into().unwrap());
        let start = 30 + name.len();
        let packed = zip[start..start + usize::try_from(packed_bytes).unwrap()].to_vec();
        Self { packed, method: 8, ..Self::stored(name, data) }
    }
}

/// A zip of these entries.
pub(crate) fn zip_of(entries: &[Raw]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = u32::try_from(file.len()).unwrap();
        file.write_all(b"PK\x03\x04\x14\x00").unwrap();
        file.write_all(&common(entry)).unwrap();
        file.write_all(&entry.name).unwrap();
        file.write_all(&entry.packed).unwrap();
        directory.write_all(b"PK\x01\x02\x14\x03\x14\x00").unwrap();
        directory.write_all(&common(entry)).unwrap();
        // Comment, disk and internal attributes: none.
        directory.write_all(&[0; 6]).unwrap();
        directory.write_all(&(entry.mode << 16).to_le_bytes()).unwrap();
        directory.write_all(&entry.offset.unwrap_or(offset).to_le_bytes()).unwrap();
        directory.write_all(&entry.name).unwrap();
    }
    let n_entries = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(file.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap().to_le_bytes();
    file.extend(directory);
    file.write_all(b"PK\x05\x06\0\0\0\0").unwrap();
    for field in [&n_entries[..], &n_entries, &length, &start, &[0, 0]] {
        file.write_all(field).unwrap();
    }
    file
}

/// The fields that both headers share, from the flags to the lengths.
fn common(entry: &Raw) -> Vec<u8> {
    let packed_bytes = u32::try_from(entry.packed.len()).unwrap();
    let mut fields = Vec::new();
    fields.extend(entry.flags.to_le_bytes());
    fields.extend(entry.method.to_le_bytes());
    // 1 January 1980, midnight.
    fields.extend([0, 0, 0x21, 0]);
    fields.extend(entry.crc.to_le_bytes());
    fields.extend(packed_bytes.to_le_bytes());
    fields.extend(entry.bytes.to_le_bytes());
    fields.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
    fields.extend([0, 0]);
    fields
}

/// A zip by the library's own writer.
pub(crate) fn honest(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, data) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
