//! How a run ends: the exit code, the message and the hint.

use std::{io, process::ExitCode};

use iapt_files::FolderInUse;

/// How a run that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Everything.
    All,
    /// Some releases are missing.
    Partly,
    /// Everything that there is, but the next period is overdue.
    Stale,
}

impl Done {
    /// The documented exit code.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::All => 0,
            Self::Partly | Self::Stale => 3,
        }
    }
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        done.exit_code().into()
    }
}

/// A mistake in what was typed.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Usage {}

/// A failure with a hint that says what to type.
#[derive(Debug)]
pub(crate) struct Hinted {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl std::fmt::Display for Hinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Hinted {}

/// A file, a signature or a figure that is not what it should be.
#[derive(Debug)]
pub(crate) struct NotVerified {
    /// Which one, and what is wrong with it.
    pub(crate) what: String,
}

impl std::fmt::Display for NotVerified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not verified: {}", self.what)
    }
}

impl std::error::Error for NotVerified {}

/// A failure of another program, which has said what went wrong.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code of that program.
    pub(crate) exit_code: u8,
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}", self.exit_code)
    }
}

impl std::error::Error for Said {}

/// The documented exit code of a failure.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    if let Some(said) = error.downcast_ref::<Said>() {
        return said.exit_code;
    }
    if error.downcast_ref::<Usage>().is_some() {
        return 2;
    }
    if error.downcast_ref::<NotVerified>().is_some() {
        return 5;
    }
    let is_about_data = error.downcast_ref::<iapt_tidy::Error>().is_some_and(iapt_tidy::Error::is_about_data)
        || error.downcast_ref::<iapt_declare::Error>().is_some_and(iapt_declare::Error::is_about_data)
        || error.downcast_ref::<iapt_transform::Error>().is_some_and(iapt_transform::Error::is_about_data);
    let is_unclosed = error.downcast_ref::<crate::check::Unclosed>().is_some();
    if is_about_data || is_unclosed { 4 } else { 1 }
}

/// What went wrong, with the causes that it does not say itself.
pub(crate) fn message(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |message, cause| {
        let cause = cause.to_string();
        if message.contains(&cause) { message } else { format!("{message}: {cause}") }
    })
}

/// What to type, where the failure knows.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(usage) = error.downcast_ref::<Usage>() {
        return Some(usage.hint.clone());
    }
    if let Some(hinted) = error.downcast_ref::<Hinted>() {
        return Some(hinted.hint.clone());
    }
    if error.is::<NotVerified>() {
        return Some(
            "`iapt run` makes tables and pages again and fetches a damaged snapshot again; take an edition or a proof again from whoever publishes it"
                .to_owned(),
        );
    }
    if let Some(FolderInUse::Busy { .. }) = error.downcast_ref() {
        return Some("wait until it has ended, or name another folder: --data DIR, --out DIR".to_owned());
    }
    let of_system = || refusal(error).and_then(|error| of_system(error.kind())).map(str::to_owned);
    None.or_else(|| error.downcast_ref::<iapt_files::Error>().and_then(iapt_files::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_model::Error>().and_then(iapt_model::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_fetch::Error>().and_then(iapt_fetch::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_tidy::Error>().and_then(iapt_tidy::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_declare::Error>().and_then(iapt_declare::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_catalog::Error>().and_then(iapt_catalog::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_transform::Error>().and_then(iapt_transform::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_report::Error>().and_then(iapt_report::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_proof::Error>().and_then(iapt_proof::Error::hint))
        .or_else(|| error.downcast_ref::<iapt_publisher::Error>().and_then(iapt_publisher::Error::hint))
        .or_else(of_system)
}

/// What the file system said, where it is what went wrong.
fn refusal(error: &anyhow::Error) -> Option<&io::Error> {
    if let Some(FolderInUse::Io(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(iapt_files::Error::Io(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(iapt_model::Error::Io(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(iapt_fetch::Error::Io(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(iapt_tidy::Error::Io(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(iapt_declare::Error::Io(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(iapt_catalog::Error::Io(error) | iapt_catalog::Error::Files(iapt_files::Error::Io(error))) =
        error.downcast_ref()
    {
        return Some(error);
    }
    if let Some(
        iapt_transform::Error::Io(error)
        | iapt_transform::Error::Tidy(iapt_tidy::Error::Io(error))
        | iapt_transform::Error::Catalog(
            iapt_catalog::Error::Io(error) | iapt_catalog::Error::Files(iapt_files::Error::Io(error)),
        )
        | iapt_transform::Error::Files(iapt_files::Error::Io(error))
        | iapt_transform::Error::Model(iapt_model::Error::Io(error)),
    ) = error.downcast_ref()
    {
        return Some(error);
    }
    // The writer of Parquet wraps it in an error of its own.
    error.chain().find_map(|cause| cause.downcast_ref())
}

/// What to do when the file system refuses.
fn of_system(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind::{
        FileTooLarge, IsADirectory, NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
        StorageFull,
    };
    Some(match kind {
        StorageFull | QuotaExceeded => {
            "make room on the disk and run it again, or name folders elsewhere: --data DIR, --out DIR"
        }
        FileTooLarge => "raise the limit on the size of files (`ulimit -f`) and run it again",
        PermissionDenied | ReadOnlyFilesystem => {
            "run it as the user who owns the folder, or name one that can be written to: --data DIR, --out DIR"
        }
        IsADirectory => {
            "a folder stands where the file belongs: remove it, or name another folder with --data"
        }
        NotADirectory => {
            "a file stands where the folder belongs: remove it, or name another folder with --data"
        }
        _ => return None,
    })
}
