//! The entries of an archive, checked one by one as they are read from its headers.

use std::collections::BTreeMap;

use crate::{Entry, Limits, Problem, kind::printable};

/// The files of an archive whose names and stated sizes have been checked.
pub(crate) struct Listing<Place> {
    files: Vec<(Entry, Place)>,
}

impl<Place> Listing<Place> {
    /// The entries, in the archive's order.
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.files.into_iter().map(|(entry, _)| entry).collect()
    }

    /// The files and their places, in the archive's order.
    pub(crate) fn into_files(self) -> Vec<(Entry, Place)> {
        self.files
    }

    /// The member of this name, and its place.
    pub(crate) fn take(mut self, name: &str) -> Result<(Entry, Place), Problem> {
        match self.files.iter().position(|(entry, _)| entry.name == name) {
            Some(index) => Ok(self.files.swap_remove(index)),
            None => Err(Problem::NoMember {
                name: name.to_owned(),
                members: self.files.into_iter().map(|(entry, _)| entry.name).collect(),
            }),
        }
    }
}

/// One entry as the headers of an archive state it.
pub(crate) struct Stated<Place> {
    pub(crate) name: String,
    pub(crate) packed: u64,
    pub(crate) bytes: u64,
    pub(crate) what: What,
    pub(crate) is_encrypted: bool,
    pub(crate) place: Place,
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    File,
    Folder,
    Link,
}

/// Collects entries and refuses the first that is not allowed.
pub(crate) struct Collector<'a, Place> {
    limits: &'a Limits,
    files: Vec<(Entry, Place)>,
    /// Names in lower case -> names as stated, folders included.
    names: BTreeMap<String, String>,
    bytes: u64,
}

impl<'a, Place> Collector<'a, Place> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, files: Vec::new(), names: BTreeMap::new(), bytes: 0 }
    }

    pub(crate) fn add(&mut self, entry: Stated<Place>) -> Result<(), Problem> {
        let Stated { name, packed, bytes, what, is_encrypted, place } = entry;
        if self.names.len() == self.limits.entries {
            return Err(Problem::TooManyEntries { limit: self.limits.entries });
        }
        check_name(&name)?;
        // Archives made on Windows separate folders its way.
        let name = name.replace('\\', "/");
        self.check_unique(&name)?;
        if is_encrypted {
            return Err(Problem::Encrypted { member: Some(name) });
        }
        match what {
            What::Link => return Err(Problem::Link { name }),
            What::Folder => {}
            What::File => {
                self.limits.check_member(&name, packed, bytes)?;
                self.bytes = self.bytes.saturating_add(bytes);
                self.limits.check_all(self.bytes)?;
                self.files.push((Entry { name, bytes }, place));
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Listing<Place> {
        Listing { files: self.files }
    }

    fn check_unique(&mut self, name: &str) -> Result<(), Problem> {
        // A folder may be stated as `a/` beside `a/b`; as `a` beside `a/` it is the same name twice.
        let name = name.trim_end_matches('/');
        match self.names.insert(name.to_lowercase(), name.to_owned()) {
            None => Ok(()),
            Some(first) if first == name => Err(Problem::Duplicate { name: Some(first) }),
            Some(first) => Err(Problem::CaseClash { first, second: name.to_owned() }),
        }
    }
}

/// Refuses names that lead out of a folder on any system, or that cannot be shown as they are.
fn check_name(name: &str) -> Result<(), Problem> {
    let mut parts = name.split(['/', '\\']);
    let has_drive =
        name.chars().nth(1) == Some(':') && name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let why = if name.is_empty() {
        "is empty"
    } else if name.contains('\0') {
        "contains a NUL"
    } else if name.chars().any(char::is_control) {
        "contains a control character"
    } else if name.starts_with(['/', '\\']) {
        "is an absolute path"
    } else if has_drive {
        "begins with a drive letter"
    } else if parts.any(|part| part == "..") {
        "contains `..`"
    } else {
        return Ok(());
    };
    Err(Problem::ForbiddenName { name: name.chars().map(printable).collect(), why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        let found = check_name(name).err().map(|problem| problem.to_string());
        let expected = expected.map(|rest| format!("has a member with a forbidden name: {rest}"));
        assert_eq!(found, expected, "{name:?}");
    }

    #[test]
    fn names_that_lead_elsewhere_are_forbidden() {
        check("psych-main.csv", None);
        check("folder/psych main (v2).csv", None);
        check("a..b/c...csv", None);
        check("", Some("`` is empty"));
        check("a\0.csv", Some("`a\\u{0}.csv` contains a NUL"));
        check("a\n.csv", Some("`a\\n.csv` contains a control character"));
        check("/etc/passwd", Some("`/etc/passwd` is an absolute path"));
        check("\\\\host\\share", Some("`\\\\host\\share` is an absolute path"));
        check("C:main.csv", Some("`C:main.csv` begins with a drive letter"));
        check("../main.csv", Some("`../main.csv` contains `..`"));
        check("a\\..\\main.csv", Some("`a\\..\\main.csv` contains `..`"));
    }
}
