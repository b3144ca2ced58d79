//! Members of a zip.

use std::{
    borrow::Cow,
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
};

use fs_err::File;
use zip::{
    CompressionMethod, ZipArchive, ZipWriter,
    read::{ArchiveOffset, Config, ZipFileEntry},
    result::ZipError,
    write::SimpleFileOptions,
};

use crate::{
    Error, Limits, Problem, dimension,
    limits::{Fate, Inflated, Meter},
    listing::{Collector, Listing, Stated, What},
    member::inflate_reader,
};

/// The files of a zip, each checked, with their places among all entries.
pub(crate) fn list(path: &Path, limits: &Limits) -> Result<Listing<usize>, Error> {
    listing(path, &open(path, limits)?, limits)
}

/// Inflates one member; the zip library compares its CRC at the end.
pub(crate) fn inflate(path: &Path, name: &str, limits: &Limits, fate: Fate) -> Result<Inflated, Error> {
    let mut archive = open(path, limits)?;
    let (_, index) = listing(path, &archive, limits)?.take(name).map_err(|problem| problem.of(path))?;
    inflate_at(path, &mut archive, name, index, limits, fate)
}

/// Inflates every part of a workbook and throws it away; returns the bytes that came out.
///
/// Whatever the directory states, no more comes out of the parts together than is allowed.
pub(crate) fn inflate_parts(path: &Path, limits: &Limits) -> Result<u64, Error> {
    let mut archive = open(path, limits)?;
    let mut n_bytes = 0_u64;
    for (entry, index) in listing(path, &archive, limits)?.into_files() {
        let inflated = inflate_at(path, &mut archive, &entry.name, index, limits, Fate::Part)?;
        n_bytes = n_bytes.saturating_add(inflated.n_bytes);
        limits.check_all(n_bytes).map_err(|problem| problem.of(path))?;
    }
    check_plainness(path)?;
    Ok(n_bytes)
}

/// A copy of a workbook in which every sheet states a plain range of cells; none where all of them do already.
///
/// Some writers state one from row 0, `A0:J20`. Nobody goes by it, but the reader of workbooks stops at it. The copy is
/// held in memory, so it may be no larger than what a workbook may keep there.
pub(crate) fn with_plain_dimensions(path: &Path, limits: &Limits) -> Result<Option<Cursor<Vec<u8>>>, Error> {
    let mut archive = open(path, limits)?;
    let mut odd = Vec::new();
    for (entry, index) in listing(path, &archive, limits)?.into_files() {
        if entry.name.contains("worksheets/") {
            let head = head(&mut archive, index).map_err(|error| unreadable(path, error))?;
            odd.extend(dimension::plain(&head).map(|plain| (index, head.len(), plain)));
        }
    }
    if odd.is_empty() {
        return Ok(None);
    }
    let limit = limits.bytes_held;
    let mut copy = ZipWriter::new(Bounded { bytes: Cursor::new(Vec::new()), limit });
    let copied = (0..archive.len()).try_for_each(|index| -> Result<(), ZipError> {
        let Some((_, n_replaced, plain)) = odd.iter().find(|(odd, ..)| *odd == index) else {
            return copy.raw_copy_file(archive.by_index_raw(index)?);
        };
        let mut sheet = archive.by_index(index)?;
        copy.start_file(sheet.name()?.into_owned(), SimpleFileOptions::default())?;
        copy.write_all(plain)?;
        io::copy(&mut sheet.by_ref().take(u64::try_from(*n_replaced).unwrap_or(u64::MAX)), &mut io::sink())?;
        io::copy(&mut sheet, &mut copy)?;
        Ok(())
    });
    match copied.and_then(|()| copy.finish()) {
        Ok(copy) => Ok(Some(copy.bytes)),
        Err(ZipError::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err(Problem::HeldTooLarge { limit }.of(path))
        }
        Err(error) => Err(unreadable(path, error)),
    }
}

/// The beginning of a part of a workbook: what stands before its cells takes less.
fn head(archive: &mut ZipArchive<File>, index: usize) -> Result<Vec<u8>, ZipError> {
    const HEAD: u64 = 1 << 14;
    let mut head = Vec::new();
    archive.by_index(index)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Bytes in memory, up to a limit.
struct Bounded {
    bytes: Cursor<Vec<u8>>,
    limit: u64,
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let n_bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if self.bytes.position().saturating_add(n_bytes) > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.write(chunk)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

fn inflate_at(
    path: &Path,
    archive: &mut ZipArchive<File>,
    name: &str,
    index: usize,
    limits: &Limits,
    fate: Fate,
) -> Result<Inflated, Error> {
    let method = archive.metadata().entry(index).map(|entry| entry.compression());
    check_method(method.map_err(|error| unreadable(path, error))?).map_err(|problem| problem.of(path))?;
    let reader = archive.by_index(index).map_err(|error| unreadable(path, error))?;
    let meter = Meter::new(limits, name, reader.compressed_size(), fate).expecting(reader.size());
    inflate_reader(path, reader, meter, |error| bad_member(path, name, error))
}

/// Whether the zip holds the part that every workbook has; a zip that cannot be opened is for others to refuse.
pub(crate) fn holds_workbook(path: &Path) -> bool {
    let archive = open(path, &Limits::DEFAULT);
    archive.is_ok_and(|archive| archive.index_for_name("xl/workbook.xml").is_some())
}

fn open(path: &Path, limits: &Limits) -> Result<ZipArchive<File>, Error> {
    check_count(path, limits)?;
    // The file begins with a signature, so nothing was put in front of the archive.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    ZipArchive::with_config(config, File::open(path)?).map_err(|error| unreadable(path, error))
}

fn listing(path: &Path, archive: &ZipArchive<File>, limits: &Limits) -> Result<Listing<usize>, Error> {
    if archive.has_duplicate_names() {
        return Err(Problem::Duplicate { name: None }.of(path));
    }
    let metadata = archive.metadata();
    let entries: Result<Vec<_>, ZipError> = (0..metadata.len()).map(|index| metadata.entry(index)).collect();
    let entries = entries.map_err(|error| unreadable(path, error))?;
    let mut collector = Collector::new(limits);
    for (index, entry) in entries.iter().enumerate() {
        let stated = stated(index, entry).map_err(|error| unreadable(path, error))?;
        collector.add(stated).map_err(|problem| problem.of(path))?;
    }
    check_overlap(path, archive.central_directory_start(), &entries)?;
    Ok(collector.finish())
}

fn stated(index: usize, entry: &ZipFileEntry<'_>) -> Result<Stated<usize>, ZipError> {
    let what = if entry.is_symlink() {
        What::Link
    } else if entry.is_dir() {
        What::Folder
    } else {
        What::File
    };
    Ok(Stated {
        name: entry.name()?.into_owned(),
        packed: entry.compressed_size(),
        bytes: entry.size(),
        what,
        is_encrypted: entry.encrypted(),
        place: index,
    })
}

fn check_method(method: CompressionMethod) -> Result<(), Problem> {
    if [CompressionMethod::Stored, CompressionMethod::Deflated].contains(&method) {
        return Ok(());
    }
    Err(Problem::Unsupported { what: format!("the zip compression method {method:?}") })
}

/// Refuses members that share bytes: with that trick a small file holds a large one many times over.
fn check_overlap(path: &Path, directory: u64, entries: &[ZipFileEntry<'_>]) -> Result<(), Error> {
    let name = |entry: &ZipFileEntry<'_>| entry.name().map(Cow::into_owned).unwrap_or_default();
    let mut file = File::open(path)?;
    let mut spans = Vec::new();
    for entry in entries {
        let span = span(&mut file, entry)?.ok_or_else(|| {
            Problem::Damaged { why: format!("member `{}` is not where the directory says", name(entry)) }
                .of(path)
        })?;
        if span.end > directory {
            let why = format!("member `{}` runs into the directory", name(entry));
            return Err(Problem::Damaged { why }.of(path));
        }
        spans.push((span, entry));
    }
    spans.sort_by_key(|(span, _)| (span.start, span.end));
    for pair in spans.windows(2) {
        if let [(first, first_entry), (second, second_entry)] = pair
            && second.start < first.end
        {
            let problem = Problem::Overlap { first: name(first_entry), second: name(second_entry) };
            return Err(problem.of(path));
        }
    }
    Ok(())
}

/// The bytes that a member takes up, its local header included; none where there is no local header.
fn span(file: &mut File, entry: &ZipFileEntry<'_>) -> io::Result<Option<Range<u64>>> {
    // APPNOTE 4.3.7: signature, 22 bytes of fields, length of the name, length of the extra field, 30 in all.
    let mut header = [0; 30];
    file.seek(SeekFrom::Start(entry.header_start()))?;
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [b'P', b'K', 3, 4, .., n0, n1, x0, x1] = header else { return Ok(None) };
    let lengths = u64::from(u16::from_le_bytes([n0, n1])) + u64::from(u16::from_le_bytes([x0, x1]));
    let end = entry
        .header_start()
        .checked_add(30 + lengths)
        .and_then(|start| start.checked_add(entry.compressed_size()));
    Ok(end.map(|end| entry.header_start()..end))
}

/// What a failure to read the directory means.
fn unreadable(path: &Path, error: ZipError) -> Error {
    let problem = match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Error::Io(error),
        _ if end_records(path).is_ok_and(|records| records.is_empty()) => {
            Problem::Truncated { why: "the directory at its end is missing".to_owned() }
        }
        ZipError::UnsupportedArchive(what) => Problem::Unsupported { what: what.to_owned() },
        other => Problem::Damaged { why: other.to_string() },
    };
    problem.of(path)
}

/// What a failure to inflate a member means.
fn bad_member(path: &Path, name: &str, error: io::Error) -> Error {
    let why = error.to_string();
    match error.kind() {
        // The library has no kind of its own for it.
        io::ErrorKind::InvalidData if why == "Invalid checksum" => {
            Problem::BadChecksum { name: name.to_owned() }.of(path)
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            Problem::Damaged { why: format!("member `{name}` does not inflate: {why}") }.of(path)
        }
        _ => Error::Io(error),
    }
}

/// Refuses a directory that states more entries than allowed, before anything is kept in memory for each.
fn check_count(path: &Path, limits: &Limits) -> Result<(), Error> {
    // The library may take any of several records for the last one, so each of them has to be modest.
    let limit = limits.entries;
    if end_records(path)?.into_iter().any(|n_entries| usize::from(n_entries) > limit) {
        return Err(Problem::TooManyEntries { limit }.of(path));
    }
    Ok(())
}

/// Refuses a file in which two readers may find two directories: the reader of workbooks opens it for itself.
fn check_plainness(path: &Path) -> Result<(), Error> {
    let found = ZipArchive::new(File::open(path)?).map_err(|error| unreadable(path, error))?;
    if found.offset() == 0 && end_records(path)?.len() == 1 {
        return Ok(());
    }
    Err(Problem::Damaged { why: "it has more than one directory".to_owned() }.of(path))
}

/// The number of entries that each end-of-directory record states: APPNOTE 4.3.16, 22 bytes before a comment of at
/// most 64 KiB, the number at byte 10. A zip64 archive states 65,535 here.
fn end_records(path: &Path) -> io::Result<Vec<u16>> {
    const TAIL: u64 = 22 + (1 << 16);
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let n_entries = |record: &[u8]| match record {
        [b'P', b'K', 5, 6, _, _, _, _, _, _, n0, n1] => Some(u16::from_le_bytes([*n0, *n1])),
        _ => None,
    };
    Ok(tail.windows(12).filter_map(n_entries).collect())
}
