//! Members of a RAR, version 1.5 to 7.

use std::{
    cell::RefCell,
    cmp::Ordering,
    io::{self, Write},
    path::Path,
    rc::Rc,
};

use fs_err::File;
use rars::{
    Archive, ArchiveMember, ArchiveMemberDetail, ArchiveMemberHash, ArchiveReadOptions, ArchiveReader,
    AttrSource, ErrorKind, ExtractionDecision,
};

use crate::{
    Error, Limits, Problem,
    limits::{Fate, Inflated, Meter},
    listing::{Collector, Listing, Stated, What},
};

/// The largest dictionary that is granted, in bytes: what archivers use unless told otherwise. Whatever is refused is
/// refused within 64 MiB of memory.
const DICTIONARY: u64 = 32 << 20;

/// Members above this size are decoded as a stream, so that their size costs no memory; below it, in one piece, which
/// copes with filters that the stream cannot hold.
const BUFFERED: u64 = 16 << 20;

/// The largest working memory of the decoder, in bytes.
const WORKSPACE: u64 = 56 << 20;

/// Where a member stands: its place among all entries, and the packed bytes that it is made of.
pub(crate) struct Entry {
    index: usize,
    packed: u64,
}

/// The files of a RAR, each checked.
pub(crate) fn list(path: &Path, limits: &Limits) -> Result<Listing<Entry>, Error> {
    let archive = open(path, limits)?;
    listing(&archive, limits).map_err(|problem| problem.of(path))
}

/// Decodes one member; the RAR library compares its checksum at the end.
pub(crate) fn inflate(path: &Path, name: &str, limits: &Limits, fate: Fate) -> Result<Inflated, Error> {
    let archive = open(path, limits)?;
    let listing = listing(&archive, limits).map_err(|problem| problem.of(path))?;
    let (_, place) = listing.take(name).map_err(|problem| problem.of(path))?;
    let metered = Metered::new(Meter::new(limits, name, place.packed, fate));
    let options = ArchiveReadOptions::new()
        .with_max_member_output_bytes(limits.bytes_each)
        .with_max_total_output_bytes(limits.bytes_in_all)
        .with_max_reader_workspace_bytes(WORKSPACE)
        .with_rar50_dictionary_size_limit(DICTIONARY)
        .with_rar50_buffered_decode_limit(BUFFERED);
    let is_solid = archive.is_solid();
    let mut index = 0;
    let outcome = archive.extract_with_control(options, |_| {
        let decision = match index.cmp(&place.index) {
            Ordering::Equal => ExtractionDecision::Extract(Box::new(metered.clone())),
            Ordering::Greater => ExtractionDecision::Stop,
            // In a solid archive a member can be decoded only after those before it.
            Ordering::Less if is_solid => ExtractionDecision::Extract(Box::new(io::sink())),
            Ordering::Less => ExtractionDecision::Skip,
        };
        index += 1;
        Ok(decision)
    });
    let state = metered.state.take();
    match (state.problem, outcome) {
        (Some(problem), _) => Err(problem.of(path)),
        (None, Err(error)) => Err(refused(path, Some(name), &error)),
        (None, Ok(_)) => {
            let inflated = state.meter.map(Meter::finish).transpose().map_err(|problem| problem.of(path))?;
            Ok(inflated.unwrap_or_default())
        }
    }
}

fn open(path: &Path, limits: &Limits) -> Result<Archive, Error> {
    // Every file may bring service records, such as its streams, beside its own header.
    let headers = u64::try_from(4 * limits.entries + 16).unwrap_or(u64::MAX);
    let options = ArchiveReadOptions::new().with_max_header_count(headers).with_max_header_bytes(4 << 20);
    let file = File::open(path)?;
    let archive =
        ArchiveReader::read_reader_with_options(file, options).map_err(|error| match error.root_cause() {
            rars::Error::HeaderCountLimitExceeded { .. } => {
                Problem::TooManyEntries { limit: limits.entries }.of(path)
            }
            _ => refused(path, None, &error),
        })?;
    // Version 5 always writes a last record; without it, members may have been cut off behind the last one read.
    let is_whole = archive
        .as_rar50()
        .is_none_or(|archive| archive.blocks.iter().any(|block| matches!(block, rars::rar50::Block::End(_))));
    if is_whole {
        Ok(archive)
    } else {
        Err(Problem::Truncated { why: "the record at its end is missing".to_owned() }.of(path))
    }
}

fn listing(archive: &Archive, limits: &Limits) -> Result<Listing<Entry>, Problem> {
    let is_solid = archive.is_solid();
    let mut packed_before = 0_u64;
    let mut collector = Collector::new(limits);
    for (index, member) in archive.members().enumerate() {
        let mut stated = stated(index, &member)?;
        if is_solid {
            // A solid member is packed together with those before it, so their packed sizes count as its own.
            packed_before = packed_before.saturating_add(stated.packed);
            stated.packed = packed_before;
            stated.place.packed = packed_before;
        }
        collector.add(stated)?;
    }
    Ok(collector.finish())
}

fn stated(index: usize, member: &ArchiveMember) -> Result<Stated<Entry>, Problem> {
    let meta = &member.meta;
    let name = member.decoded_name(None).map_err(|error| Problem::Damaged { why: error.to_string() })?;
    let name = String::from_utf8_lossy(&name).into_owned();
    if meta.is_split_before || meta.is_split_after {
        return Err(Problem::Unsupported { what: format!("member `{name}` goes on in another volume") });
    }
    let what = if meta.is_redirection || is_unix_link(member) {
        What::Link
    } else if meta.is_directory {
        What::Folder
    } else {
        What::File
    };
    if what == What::File && !has_checksum(member) {
        return Err(Problem::Unsupported { what: format!("member `{name}` has no checksum") });
    }
    Ok(Stated {
        name,
        packed: meta.packed_size,
        bytes: meta.unpacked_size,
        what,
        is_encrypted: meta.is_encrypted,
        place: Entry { index, packed: meta.packed_size },
    })
}

/// Before version 5 a link was a file with the type of a link in its mode.
fn is_unix_link(member: &ArchiveMember) -> bool {
    const TYPE: u64 = 0o170_000;
    const LINK: u64 = 0o120_000;
    member.meta.attr_source() == AttrSource::Unix && member.meta.file_attr & TYPE == LINK
}

/// Version 5 may leave checksums out; the library then has nothing to compare.
fn has_checksum(member: &ArchiveMember) -> bool {
    match &member.detail {
        ArchiveMemberDetail::Rar50Plus { crc32, hash, .. } => {
            crc32.is_some() || matches!(hash, Some(ArchiveMemberHash::Blake2sp(_)))
        }
        _ => true,
    }
}

/// What a failure of the library means.
fn refused(path: &Path, name: Option<&str>, error: &rars::Error) -> Error {
    let root = error.root_cause();
    let problem = match (root.kind(), root) {
        (ErrorKind::Io, rars::Error::Io(cause)) if cause.kind != io::ErrorKind::UnexpectedEof => {
            return Error::Io(io::Error::new(cause.kind, cause.message.clone()));
        }
        (ErrorKind::Io, _) | (_, rars::Error::TooShort) => Problem::Truncated { why: root.to_string() },
        (ErrorKind::PasswordRequired | ErrorKind::BadPassword, _)
        | (
            _,
            rars::Error::FeatureDisabled { feature: "encryption" }
            | rars::Error::UnsupportedEncryption { .. },
        ) => Problem::Encrypted { member: name.map(str::to_owned) },
        (ErrorKind::ChecksumMismatch, _) => match name {
            Some(name) => Problem::BadChecksum { name: name.to_owned() },
            None => Problem::Damaged { why: "the checksum of a header does not match".to_owned() },
        },
        (ErrorKind::UnsupportedFormat | ErrorKind::UnsupportedFeature | ErrorKind::ResourceLimit, _) => {
            Problem::Unsupported { what: root.to_string() }
        }
        _ => Problem::Damaged { why: root.to_string() },
    };
    problem.of(path)
}

/// A meter that the library can own while this module still sees it.
#[derive(Clone)]
struct Metered {
    state: Rc<RefCell<State>>,
}

#[derive(Default)]
struct State {
    meter: Option<Meter>,
    problem: Option<Problem>,
}

impl Metered {
    fn new(meter: Meter) -> Self {
        Self { state: Rc::new(RefCell::new(State { meter: Some(meter), problem: None })) }
    }
}

impl Write for Metered {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let state = &mut *self.state.borrow_mut();
        let Some(Err(problem)) = state.meter.as_mut().map(|meter| meter.take(chunk)) else {
            return Ok(chunk.len());
        };
        let stopped = io::Error::other(problem.to_string());
        state.problem = Some(problem);
        Err(stopped)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
