//! Checksums: which bytes a file holds.

use std::{
    fmt,
    io::{self, Read},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256 as Hasher};

/// A SHA-256 checksum, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

/// The checksum of bytes that come one piece after the other.
#[derive(Clone, Debug, Default)]
pub struct Checksum(Hasher);

impl Checksum {
    /// Takes the next piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all pieces.
    #[must_use]
    pub fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

/// A text that is no SHA-256 checksum.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a SHA-256 checksum: 64 hexadecimal digits in lower case")]
pub struct NotASha256(String);

impl Sha256 {
    /// The checksum of bytes in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Hasher::digest(bytes).into())
    }

    /// The checksum of several pieces of bytes, read one after the other.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut checksum = Checksum::default();
        for part in parts {
            checksum.add(part);
        }
        checksum.finish()
    }

    /// The 32 bytes of the checksum itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The checksum and the length in bytes of all that a reader yields.
    pub fn of_reader(mut reader: impl Read) -> io::Result<(Self, u64)> {
        let mut checksum = Checksum::default();
        let mut buffer = vec![0; 1 << 16];
        let mut length = 0;
        loop {
            let n_read = reader.read(&mut buffer)?;
            if n_read == 0 {
                return Ok((checksum.finish(), length));
            }
            checksum.add(buffer.get(..n_read).unwrap_or_default());
            length += u64::try_from(n_read).unwrap_or(0);
        }
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Sha256 {
    type Err = NotASha256;

    fn from_str(text: &str) -> Result<Self, NotASha256> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let pairs = text.as_bytes().chunks_exact(2);
        let bytes: Option<Vec<u8>> = if text.len() == 64 {
            pairs.map(|pair| Some(digit(*pair.first()?)? * 16 + digit(*pair.last()?)?)).collect()
        } else {
            None
        };
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or_else(|| NotASha256(text.to_owned()))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotASha256;

    fn try_from(text: String) -> Result<Self, NotASha256> {
        text.parse()
    }
}

impl From<[u8; 32]> for Sha256 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Sha256> for String {
    fn from(checksum: Sha256) -> Self {
        checksum.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Sha256::of(b"abc").to_string(), abc);
        assert_eq!(abc.parse::<Sha256>().unwrap(), Sha256::of(b"abc"));
        assert_eq!(Sha256::of_reader(b"abc".as_slice()).unwrap(), (Sha256::of(b"abc"), 3));
        assert_eq!(Sha256::of_parts(&[b"a", b"", b"bc"]), Sha256::of(b"abc"));
        assert_eq!(Sha256::from(*Sha256::of(b"abc").as_bytes()), Sha256::of(b"abc"));
        for text in ["", "ba78", &abc.to_uppercase(), &format!("{abc}0")] {
            assert!(text.parse::<Sha256>().is_err(), "{text}");
        }
    }
}
