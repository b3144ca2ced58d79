//! Which files differ from what they should be, and where.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_files::{Sha256, address, files_below};

use crate::{
    failure::{Done, NotVerified},
    lines::Lines,
};

/// How much of two lines that differ is shown.
const SHOWN: usize = 60;

/// The files that are not what they should be, in the order in which they were looked at.
#[derive(Default)]
pub(super) struct Found(Vec<(String, String)>);

impl Found {
    /// Notes what is wrong with a file. A later note replaces an earlier one, since it says where the difference is.
    pub(super) fn add(&mut self, file: &str, what: impl Into<String>) {
        match self.0.iter_mut().find(|(known, _)| known == file) {
            Some((_, known)) => *known = what.into(),
            None => self.0.push((file.to_owned(), what.into())),
        }
    }

    /// How many files there are so far.
    pub(super) fn n_files(&self) -> usize {
        self.0.len()
    }

    /// Prints every file, and fails with the first one.
    pub(super) fn end(self, mut lines: Lines) -> Result<Done> {
        for (file, what) in &self.0 {
            lines.line(format_args!("differs    {file}: {what}"))?;
        }
        lines.end()?;
        match self.0.into_iter().next() {
            None => Ok(Done::All),
            Some((file, what)) => Err(NotVerified { what: format!("`{file}`: {what}") }.into()),
        }
    }
}

/// Names every file whose checksum is not the one that is known, is missing, or is not known.
pub(super) fn compare_sums(
    known: &BTreeMap<String, Sha256>,
    there: &BTreeMap<String, Sha256>,
    below: &str,
    found: &mut Found,
) {
    for (path, sum) in known {
        match there.get(path) {
            Some(there) if there == sum => {}
            Some(_) => found.add(&format!("{below}{path}"), "it is not as it was made"),
            None => found.add(&format!("{below}{path}"), "it is missing"),
        }
    }
    for path in there.keys().filter(|path| !known.contains_key(*path)) {
        found.add(&format!("{below}{path}"), "it was not made with the others");
    }
}

/// Compares every file of a folder with that of the folder that was made again, byte for byte.
pub(super) fn compare(there: &Path, again: &Path, below: &str, found: &mut Found) -> Result<()> {
    let files = |folder: &Path| -> Result<BTreeSet<PathBuf>> {
        Ok(if folder.is_dir() { files_below(folder)?.into_iter().collect() } else { BTreeSet::new() })
    };
    let (files_there, files_again) = (files(there)?, files(again)?);
    for file in files_there.union(&files_again) {
        let name = format!("{below}/{}", address(file));
        if !files_again.contains(file) {
            found.add(&name, "the snapshots give no such file");
        } else if !files_there.contains(file) {
            found.add(&name, "it is missing");
        } else if let Some(what) =
            difference(&fs_err::read(there.join(file))?, &fs_err::read(again.join(file))?)
        {
            found.add(&name, what);
        }
    }
    Ok(())
}

/// The first place in which two files differ: the line of a text, else the byte.
pub(super) fn difference(there: &[u8], again: &[u8]) -> Option<String> {
    let at = there.iter().zip(again).position(|(there, again)| there != again);
    let at = at.or_else(|| (there.len() != again.len()).then(|| there.len().min(again.len())))?;
    if let (Ok(there), Ok(again)) = (str::from_utf8(there), str::from_utf8(again)) {
        let line = there.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        return Some(format!("line {line} is {}, and made again {}", shown(there, at), shown(again, at)));
    }
    let byte =
        |bytes: &[u8]| bytes.get(at).map_or_else(|| "the end".to_owned(), |byte| format!("{byte:#04x}"));
    Some(format!("byte {at} is {}, and made again {}", byte(there), byte(again)))
}

/// The line that a byte of a text stands in, from a little before it.
fn shown(text: &str, at: usize) -> String {
    let mut from = text.get(..at).map_or(at, |before| before.rfind('\n').map_or(0, |newline| newline + 1));
    from = from.max(at.saturating_sub(SHOWN / 2));
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let line: String =
        text.get(from..).unwrap_or_default().chars().take_while(|one| *one != '\n').take(SHOWN).collect();
    format!("`{line}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(there: &str, again: &str, expected: &str) {
        assert_eq!(difference(there.as_bytes(), again.as_bytes()).unwrap_or_default(), expected);
    }

    #[test]
    fn the_first_difference_is_a_line_or_a_byte() {
        check("same", "same", "");
        check("a\nb\nc", "a\nB\nc", "line 2 is `b`, and made again `B`");
        check("a\nb", "a\n", "line 2 is `b`, and made again ``");
        check("é1", "é2", "line 1 is `é1`, and made again `é2`");
        let long = "x".repeat(100);
        let shown = "x".repeat(30);
        check(
            &format!("{long}1"),
            &format!("{long}2"),
            &format!("line 1 is `{shown}1`, and made again `{shown}2`"),
        );
        let bytes = difference(&[0xff, 1], &[0xff]);
        assert_eq!(bytes.unwrap_or_default(), "byte 1 is 0x01, and made again the end");
    }
}
