//! What can be wrong with a statement, a signature or a proof.

/// An error of this crate. None of them says anything of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A statement is not what this program writes.
    #[error("the provenance statement cannot be used: {0}")]
    Statement(String),
    /// An envelope is not what this program writes, or of another statement.
    #[error("the signature cannot be used: {0}")]
    Envelope(String),
    /// The signature is not of this statement by this key.
    #[error("the signature was not made with this key, or the statement was changed after it was signed")]
    NotSigned,
    /// A text is not a key.
    #[error("{what} is not an Ed25519 key in PEM")]
    Key {
        /// Where the text is from.
        what: String,
    },
    /// A text is not a proof.
    #[error("line {line} of the proof is not understood: {why}")]
    Proof {
        /// The line, the first being 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A proof leads to another root.
    #[error(
        "the proof does not lead to this root: a character of it was changed, or it is of another edition"
    )]
    OtherRoot,
    /// The cells of a proof do not give its figure.
    #[error("the cells of the proof do not give its figure: {0}")]
    OtherFigure(String),
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Statement(_) => "make it again: iapt provenance",
            Self::Envelope(_) | Self::NotSigned => {
                "take the edition and the public key from whoever publishes them: iapt verify --published DIR --key FILE"
            }
            Self::Key { .. } => {
                "openssl genpkey -algorithm ed25519 -out private.pem; openssl pkey -in private.pem -pubout -out public.pem"
            }
            Self::Proof { .. } | Self::OtherRoot | Self::OtherFigure(_) => {
                "ask for the proof and the root again: iapt why FIGURE --proof FILE"
            }
        };
        Some(hint.to_owned())
    }
}
