//! What can go wrong in standing in for the publisher.

use std::{fmt::Write, io};

use iapt_model::DeclaredProblem;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Figures, their sources, and the layouts that they are to be printed in contradict each other.
    #[error("the published figures have {} problem{}:{}", problems.len(), if problems.len() == 1 { "" } else { "s" }, listed(problems))]
    Figures {
        /// What is wrong, file by file.
        problems: Vec<DeclaredProblem>,
    },
    /// A release of which no figure is held.
    #[error("there are no built-in figures of {release}")]
    NoFigures {
        /// Dataset and period.
        release: String,
    },
    /// A zip that cannot be written.
    #[error("the zip of {release} cannot be written: {source}")]
    Zip {
        /// Dataset and period.
        release: String,
        /// What the writer says.
        source: zip::result::ZipError,
    },
    /// A RAR that cannot be written.
    #[error("the RAR of {release} cannot be written: {source}")]
    Rar {
        /// Dataset and period.
        release: String,
        /// What the writer says.
        source: rars::Error,
    },
    /// A workbook that cannot be written.
    #[error("the workbook of {release} cannot be written: {source}")]
    Workbook {
        /// Dataset and period.
        release: String,
        /// What the writer says.
        source: rust_xlsxwriter::XlsxError,
    },
    /// A script of misbehaviour that cannot be read.
    #[error("`{item}` is not a misbehaviour: {reason}")]
    Script {
        /// The item of the script.
        item: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No port of loopback can be listened on.
    #[error("the stand-in publisher cannot listen on loopback: {source}")]
    Listen {
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Figures { .. } => {
                Some("correct the lines above and run `iapt check`; pipelines/README.md explains the files".to_owned())
            }
            Self::NoFigures { release } => Some(format!(
                "add its rows to figures.csv beside releases.toml, or fetch {release} from the publisher: --source nhs"
            )),
            Self::Zip { .. } | Self::Workbook { .. } => {
                Some("check the member names of the release in releases.toml".to_owned())
            }
            Self::Rar { .. } => Some(
                "check that the folder of the data can be written to and has room, and the member names of the release in releases.toml"
                    .to_owned(),
            ),
            Self::Io(_) => None,
            Self::Script { .. } => Some(
                "write it as [PATH=]FAULT[*TIMES], separated by commas; faults are ok, slow:50ms, cut:BYTES, length:BYTES, 404, 429:SECONDS, 503, html, changed, redirect:URL, reset, half, half_line, chunked, close, json, javascript, text, not_modified, hints, hang, slow_head, long_head, garbage"
                    .to_owned(),
            ),
            Self::Listen { .. } => {
                Some("fetch from a mirror or from the publisher instead: --source PATH or --source nhs".to_owned())
            }
        }
    }
}

fn listed(problems: &[DeclaredProblem]) -> String {
    problems.iter().fold(String::new(), |mut list, problem| {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {problem}");
        list
    })
}
