//! What can be wrong with a file that should be an archive.

use std::{
    io,
    path::{Path, PathBuf},
};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is not what it should be.
    #[error("`{}` {problem}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What is wrong with a file, as the rest of a sentence that begins with the file's name or address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There are no bytes.
    #[error("is empty")]
    Empty,
    /// A web page, such as a challenge or an error page.
    #[error("is an HTML page, not an archive; it begins with `{begins}`")]
    Html {
        /// Its first characters.
        begins: String,
    },
    /// Text in UTF-16.
    #[error("is text in UTF-16, which is not read: UTF-8 was expected")]
    Utf16,
    /// Neither an archive that can be read nor text.
    #[error("is neither a zip, a RAR nor text; it begins with `{begins}`")]
    UnknownKind {
        /// Its first characters.
        begins: String,
    },
    /// The end of the archive is missing.
    #[error("is cut off: {why}")]
    Truncated {
        /// What was looked for.
        why: String,
    },
    /// The archive contradicts itself.
    #[error("is damaged: {why}")]
    Damaged {
        /// What was found.
        why: String,
    },
    /// The member's bytes are not those that were packed.
    #[error("is damaged: the checksum of its member `{name}` does not match")]
    BadChecksum {
        /// The member.
        name: String,
    },
    /// The archive is of a kind that is not read, such as one volume of several.
    #[error("needs something that is not supported: {what}")]
    Unsupported {
        /// What it needs.
        what: String,
    },
    /// The archive, or one of its members, is encrypted.
    #[error("is encrypted{}", member.as_ref().map(|name| format!(": `{name}`")).unwrap_or_default())]
    Encrypted {
        /// The first encrypted member; none where even the names are encrypted.
        member: Option<String>,
    },
    /// The archive has more entries than are allowed.
    #[error("has too many entries: more than {limit}")]
    TooManyEntries {
        /// How many are allowed.
        limit: usize,
    },
    /// One member is larger than allowed.
    #[error("is too large: member `{name}` has more than {limit} bytes")]
    MemberTooLarge {
        /// The member.
        name: String,
        /// How many bytes are allowed.
        limit: u64,
    },
    /// The members together are larger than allowed.
    #[error("is too large: its members have more than {limit} bytes in all")]
    TooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
    /// A member inflates to more than its packed size can honestly hold.
    #[error("looks like a zip bomb: member `{name}` inflates to more than {limit} times its packed size")]
    Ratio {
        /// The member.
        name: String,
        /// The ratio that is allowed.
        limit: u64,
    },
    /// A member's name could lead out of a folder or mislead a reader.
    #[error("has a member with a forbidden name: `{name}` {why}")]
    ForbiddenName {
        /// The name, with control characters escaped.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two members have one name.
    #[error("has two members of one name{}", name.as_ref().map(|name| format!(": `{name}`")).unwrap_or_default())]
    Duplicate {
        /// The name, where it is known.
        name: Option<String>,
    },
    /// Two members have names that differ in case only.
    #[error("has members whose names differ in case only: `{first}` and `{second}`")]
    CaseClash {
        /// The name of the first.
        first: String,
        /// The name of the second.
        second: String,
    },
    /// A member is a link.
    #[error("has a member that is a link: `{name}`")]
    Link {
        /// The member.
        name: String,
    },
    /// The bytes of two members overlap.
    #[error("has members that overlap: `{first}` and `{second}`")]
    Overlap {
        /// The member that begins first.
        first: String,
        /// The member that begins inside it.
        second: String,
    },
    /// The member asked for is an archive itself.
    #[error("holds an archive where a file was expected: member `{name}` is {kind}")]
    Nested {
        /// The member.
        name: String,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A part of a workbook has a document type.
    #[error("has a document type, which may define endless entities: member `{name}`")]
    DocumentType {
        /// The member.
        name: String,
    },
    /// The parts of a workbook that its reader keeps in memory are larger than allowed.
    #[error("is too large: the texts and styles of the workbook have more than {limit} bytes")]
    HeldTooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
    /// The workbook lacks the sheet asked for.
    #[error("has no sheet `{name}`; it has {}", listed(sheets))]
    NoSheet {
        /// The sheet asked for.
        name: String,
        /// The sheets that it has.
        sheets: Vec<String>,
    },
    /// The archive lacks the member asked for.
    #[error("has no member `{name}`; it has {}", listed(members))]
    NoMember {
        /// The member asked for.
        name: String,
        /// The members that it has.
        members: Vec<String>,
    },
    /// Several members have a name that is known in part, or one file name in several folders.
    #[error("has several members like `{pattern}`: {}", listed(members))]
    SeveralMembers {
        /// The name as declared.
        pattern: String,
        /// The members that have it.
        members: Vec<String>,
    },
}

impl Problem {
    /// The problem, said of a file.
    pub(crate) fn of(self, path: &Path) -> Error {
        Error::Refused { path: path.to_owned(), problem: self }
    }

    /// What to do, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty | Self::Truncated { .. } | Self::Damaged { .. } | Self::BadChecksum { .. } => {
                "remove the file and fetch it again"
            }
            Self::Html { .. } => {
                "open the address in a browser: the file may have moved, or the publisher may ask visitors to prove that they are human; try again later"
            }
            Self::Utf16 => {
                "save a copy of it as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`, in a folder laid out by the publisher's paths, and use that as --source"
            }
            Self::NoSheet { .. } => "name one of these sheets under [release.files] in releases.toml",
            Self::NoMember { .. } | Self::SeveralMembers { .. } => {
                "name one of these members under [release.files] in releases.toml"
            }
            Self::Encrypted { .. }
            | Self::Unsupported { .. }
            | Self::UnknownKind { .. }
            | Self::Nested { .. } => "unpack the file by hand to see what the publisher changed",
            Self::TooManyEntries { .. }
            | Self::MemberTooLarge { .. }
            | Self::TooLarge { .. }
            | Self::HeldTooLarge { .. }
            | Self::DocumentType { .. }
            | Self::Ratio { .. }
            | Self::ForbiddenName { .. }
            | Self::Duplicate { .. }
            | Self::CaseClash { .. }
            | Self::Link { .. }
            | Self::Overlap { .. } => {
                "a genuine pack has nothing of the kind; compare its address with the publication page before you trust it"
            }
        };
        Some(hint.to_owned())
    }
}

impl Error {
    /// What to do, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) => None,
            Self::Refused { problem, .. } => problem.hint(),
        }
    }
}

fn listed(members: &[String]) -> String {
    if members.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = members.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
