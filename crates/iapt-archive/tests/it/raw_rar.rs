//! RAR archives by the library's writer, and a patcher for what it will not write.

use rars::{ArchiveVersion, Builder, crc32::crc32};

/// A RAR of these files, compressed.
pub(crate) fn rar_of(version: ArchiveVersion, files: &[(&str, &[u8])]) -> Vec<u8> {
    build(Builder::new(version).compression_level(Some(3)), files)
}

/// A RAR of these files, by a builder.
pub(crate) fn build(builder: Builder, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = builder.allow_duplicate_names(true);
    for (name, data) in files {
        builder.add_bytes(name.as_bytes().to_vec(), data.to_vec(), None, None).unwrap();
    }
    builder.to_bytes().unwrap()
}

/// RAR 5 technical note: an archive encryption header (type 4) encrypts all headers behind it.
pub(crate) fn encrypted_rar5() -> Vec<u8> {
    let mut block = vec![21, 4, 0, 0, 0, 15];
    block.extend([7; 16]);
    let mut archive = b"Rar!\x1a\x07\x01\x00".to_vec();
    archive.extend(crc32(&block).to_le_bytes());
    archive.extend(block);
    archive.extend([0; 64]);
    archive
}

/// Where the header that contains `needle` begins, what its checksum covers, and where it ends.
struct Header {
    checksum: std::ops::Range<usize>,
    covered: std::ops::Range<usize>,
}

/// Lets `change` edit the first header of a version 5 archive that contains `needle`, and mends its checksum.
pub(crate) fn patch_rar5(archive: &mut [u8], needle: &[u8], change: impl FnOnce(&mut [u8], usize)) {
    let at = archive.windows(needle.len()).position(|window| window == needle).unwrap();
    let mut start = 8;
    loop {
        let (size, size_bytes) = vint(&archive[start + 4..]);
        let body = start + 4 + size_bytes;
        if (start..body + size).contains(&at) {
            change(archive, at);
            let header = Header { checksum: start..start + 4, covered: start + 4..body + size };
            let sum = crc32(&archive[header.covered]);
            archive[header.checksum].copy_from_slice(&sum.to_le_bytes());
            return;
        }
        let (_, type_bytes) = vint(&archive[body..]);
        let (flags, flags_bytes) = vint(&archive[body + type_bytes..]);
        let mut field = body + type_bytes + flags_bytes;
        if flags & 1 != 0 {
            field += vint(&archive[field..]).1;
        }
        let data = if flags & 2 != 0 { vint(&archive[field..]).0 } else { 0 };
        start = body + size + data;
    }
}

/// Lets `change` edit the file header of a version 4 archive that contains `needle`, and mends its checksum.
pub(crate) fn patch_rar4(archive: &mut [u8], needle: &[u8], change: impl FnOnce(&mut [u8])) {
    let name = archive.windows(needle.len()).position(|window| window == needle).unwrap();
    // The fields before the name take 32 bytes.
    let start = name - 32;
    let size = usize::from(u16::from_le_bytes([archive[start + 5], archive[start + 6]]));
    change(&mut archive[start..start + size]);
    let sum = crc32(&archive[start + 2..start + size]).to_le_bytes();
    archive[start..start + 2].copy_from_slice(&sum[..2]);
}

/// A number of variable length, and how many bytes it takes.
fn vint(bytes: &[u8]) -> (usize, usize) {
    let n_bytes = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    let number = bytes[..n_bytes].iter().rev().fold(0, |sum, byte| (sum << 7) | usize::from(byte & 0x7f));
    (number, n_bytes)
}
