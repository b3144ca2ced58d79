//! How much an archive may ask for, and the meter that counts it while inflating.

use crate::{Problem, kind::archive_kind, markup::Markup};

/// How much an archive may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes of all members together.
    pub bytes_in_all: u64,
    /// Bytes of one member.
    pub bytes_each: u64,
    /// Inflated bytes per packed byte.
    pub ratio: u64,
    /// Bytes that a member may inflate to whatever its ratio: a column of zeros packs well.
    pub bytes_without_ratio: u64,
    /// Bytes of those parts of a workbook together that its reader may keep in memory: not the sheets.
    pub bytes_held: u64,
}

impl Limits {
    /// Far above the packs seen so far, whose largest member has some 13 MB.
    pub const DEFAULT: Self = Self {
        entries: 200,
        bytes_in_all: 1 << 30,
        bytes_each: 1 << 29,
        ratio: 100,
        bytes_without_ratio: 100_000,
        bytes_held: 16 << 20,
    };

    /// The problem of a member of this size, stated or counted.
    pub(crate) fn check_member(&self, name: &str, packed: u64, inflated: u64) -> Result<(), Problem> {
        if inflated > self.bytes_each {
            return Err(Problem::MemberTooLarge { name: name.to_owned(), limit: self.bytes_each });
        }
        if inflated > self.bytes_without_ratio && inflated > packed.saturating_mul(self.ratio) {
            return Err(Problem::Ratio { name: name.to_owned(), limit: self.ratio });
        }
        Ok(())
    }

    /// The problem of members of this size together.
    pub(crate) fn check_all(&self, bytes: u64) -> Result<(), Problem> {
        if bytes > self.bytes_in_all {
            return Err(Problem::TooLarge { limit: self.bytes_in_all });
        }
        Ok(())
    }
}

/// What becomes of the bytes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// They are wanted.
    Kept,
    /// They are only counted and checked.
    Dropped,
    /// They are a part of a workbook: counted and checked, as bytes and as XML.
    Part,
}

/// A member that came out whole.
#[derive(Default)]
pub(crate) struct Inflated {
    /// How many bytes came out.
    pub(crate) n_bytes: u64,
    /// How many lines, the last one also where nothing ends it; counted where the bytes are dropped.
    pub(crate) n_lines: u64,
    /// The bytes, if they were to be kept.
    pub(crate) kept: Vec<u8>,
}

/// Takes the bytes of one member as they come out, and refuses the one that is too many.
///
/// The sizes in the headers are not believed, except for the packed size: that is the space that the member was
/// found to take up in the file.
pub(crate) struct Meter {
    limits: Limits,
    name: String,
    packed: u64,
    fate: Fate,
    head: Vec<u8>,
    /// The last byte that was taken.
    last: u8,
    markup: Markup,
    inflated: Inflated,
}

/// What is prepared for at once, in bytes: a month of the publisher's has 45 million.
const ROOM: u64 = 64 << 20;
/// Enough to recognise any archive.
const HEAD: usize = 512;

impl Meter {
    pub(crate) fn new(limits: &Limits, name: &str, packed: u64, fate: Fate) -> Self {
        Self {
            limits: limits.clone(),
            name: name.to_owned(),
            packed,
            fate,
            head: Vec::new(),
            last: b'\n',
            markup: Markup::default(),
            inflated: Inflated::default(),
        }
    }

    /// Prepares for so many bytes, of which a header says that they will come: room that is not used is not taken up.
    #[must_use]
    pub(crate) fn expecting(mut self, n_bytes: u64) -> Self {
        if self.fate == Fate::Kept && self.limits.check_member(&self.name, self.packed, n_bytes).is_ok() {
            self.inflated.kept.reserve(usize::try_from(n_bytes.min(ROOM)).unwrap_or_default());
        }
        self
    }

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        let n_bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.inflated.n_bytes = self.inflated.n_bytes.saturating_add(n_bytes);
        self.limits.check_member(&self.name, self.packed, self.inflated.n_bytes)?;
        if self.head.len() < HEAD {
            let missing = (HEAD - self.head.len()).min(chunk.len());
            self.head.extend_from_slice(chunk.get(..missing).unwrap_or(chunk));
            if let Some(kind) = archive_kind(&self.head) {
                return Err(Problem::Nested { name: self.name.clone(), kind });
            }
        }
        match self.fate {
            Fate::Kept => self.inflated.kept.extend_from_slice(chunk),
            Fate::Dropped => self.count_lines(chunk),
            Fate::Part => self.markup.take(&self.name, chunk)?,
        }
        Ok(())
    }

    /// A line ends with LF, CR or both.
    fn count_lines(&mut self, chunk: &[u8]) {
        for byte in chunk {
            if *byte == b'\r' || (*byte == b'\n' && self.last != b'\r') {
                self.inflated.n_lines += 1;
            }
            self.last = *byte;
        }
    }

    /// The bytes that came out, once all of them have.
    pub(crate) fn finish(mut self) -> Result<Inflated, Problem> {
        self.markup.finish(&self.name)?;
        if !matches!(self.last, b'\n' | b'\r') {
            self.inflated.n_lines += 1;
        }
        Ok(self.inflated)
    }
}
