//! A statement with its signature: a DSSE envelope, signed with Ed25519.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use iapt_files::Sha256;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::Error;

const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// What precedes the 32 bytes of a public key in the DER of RFC 8410.
const PUBLIC_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A signed statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    /// A list, as DSSE has it, of the one signature that this program makes.
    signatures: [Signature; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: String,
    sig: String,
}

/// The key that statements are signed with. It is never printed.
pub struct SigningKey(Ed25519KeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

/// The key that signatures are checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl SigningKey {
    /// Reads a private key as `openssl genpkey -algorithm ed25519` writes it; `what` says where the text is from.
    ///
    /// # Errors
    ///
    /// [`Error::Key`], which says nothing of the text.
    pub fn from_pem(text: &str, what: &str) -> Result<Self, Error> {
        let no_key = || Error::Key { what: what.to_owned() };
        let der = der(text, "PRIVATE KEY").ok_or_else(no_key)?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map(Self).map_err(|_| no_key())
    }

    /// The key that its signatures are checked with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().unwrap_or_default())
    }
}

impl PublicKey {
    /// Reads a public key as `openssl pkey -pubout` writes it; `what` says where the text is from.
    ///
    /// # Errors
    ///
    /// [`Error::Key`].
    pub fn from_pem(text: &str, what: &str) -> Result<Self, Error> {
        let der = der(text, "PUBLIC KEY");
        let bytes = der.as_deref().and_then(|der| der.strip_prefix(&PUBLIC_PREFIX)?.try_into().ok());
        bytes.map(Self).ok_or_else(|| Error::Key { what: what.to_owned() })
    }

    /// The name of the key: the checksum of its DER, as `openssl pkey -pubin -outform DER | sha256sum` prints it.
    #[must_use]
    pub fn id(&self) -> Sha256 {
        Sha256::of_parts(&[&PUBLIC_PREFIX, &self.0])
    }
}

/// The bytes between the first and the last line of a PEM file.
fn der(text: &str, label: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix(&format!("-----BEGIN {label}-----"))?;
    let body = body.strip_suffix(&format!("-----END {label}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(body).ok()
}

impl Envelope {
    /// Signs a statement; the same key gives the same bytes for it every time.
    #[must_use]
    pub fn sign(statement: &[u8], key: &SigningKey) -> Self {
        let signed = key.0.sign(&what_is_signed(statement));
        let signature =
            Signature { keyid: key.public().id().to_string(), sig: BASE64_STANDARD.encode(signed.as_ref()) };
        Self {
            payload: BASE64_STANDARD.encode(statement),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: [signature],
        }
    }

    /// The envelope as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Envelope`] when it cannot be written.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec_pretty(self).map_err(|error| Error::Envelope(error.to_string()))
    }

    /// Reads an envelope that [`Self::to_json`] wrote around this statement.
    ///
    /// # Errors
    ///
    /// [`Error::Envelope`] says what is wrong with it.
    pub fn parse(bytes: &[u8], statement: &[u8]) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Envelope(why.to_owned());
        let envelope: Self =
            serde_json::from_slice(bytes).map_err(|error| Error::Envelope(error.to_string()))?;
        if envelope.payload_type != PAYLOAD_TYPE || envelope.to_json()? != bytes {
            return Err(wrong("it was changed after it was written"));
        }
        if BASE64_STANDARD.decode(&envelope.payload).ok().as_deref() != Some(statement) {
            return Err(wrong("it is of another statement"));
        }
        Ok(envelope)
    }

    /// The name of the key that it says it was signed with.
    #[must_use]
    pub fn key_id(&self) -> &str {
        let [signature] = &self.signatures;
        &signature.keyid
    }

    /// Checks the signature.
    ///
    /// # Errors
    ///
    /// [`Error::NotSigned`] when it is not one of this key.
    pub fn check(&self, key: PublicKey) -> Result<(), Error> {
        let payload = BASE64_STANDARD.decode(&self.payload).map_err(|_| Error::NotSigned)?;
        let [signature] = &self.signatures;
        let signature = BASE64_STANDARD.decode(&signature.sig).map_err(|_| Error::NotSigned)?;
        if self.key_id() != key.id().to_string() {
            return Err(Error::NotSigned);
        }
        let public = UnparsedPublicKey::new(&ED25519, key.0);
        public.verify(&what_is_signed(&payload), &signature).map_err(|_| Error::NotSigned)
    }
}

/// The encoding that DSSE signs.
fn what_is_signed(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::tests::statement;

    /// The key of the first test of RFC 8032, which everybody knows.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----";
    /// What openssl says of the public key.
    const KEY_ID: &str = "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9";
    /// What openssl signs `DSSEv1 28 application/vnd.in-toto+json 11 hello world` with.
    const SIGNED_BY_OPENSSL: &str =
        "4203l/ZThBlTiadsB6s3Iud5MGtGitTQgxji9O/4TcStQtc94u68vzw6OngSbaVq5RDm5gVrufUNpneSHomcBg==";

    #[test]
    fn signatures_are_those_of_openssl() {
        let key = SigningKey::from_pem(PRIVATE, "key").unwrap();
        assert_eq!(PublicKey::from_pem(PUBLIC, "key").unwrap(), key.public());
        assert_eq!(key.public().id().to_string(), KEY_ID);
        let envelope = Envelope::sign(b"hello world", &key);
        assert_eq!(envelope.signatures[0].sig, SIGNED_BY_OPENSSL);
        envelope.check(key.public()).unwrap();
    }

    #[test]
    fn no_byte_of_a_signed_statement_changes_unseen() {
        let key = SigningKey::from_pem(PRIVATE, "key").unwrap();
        let statement = statement("nhs").to_json().unwrap();
        let envelope = Envelope::sign(&statement, &key).to_json().unwrap();
        let is_right = |envelope: &[u8], statement: &[u8]| {
            Envelope::parse(envelope, statement).is_ok_and(|envelope| envelope.check(key.public()).is_ok())
        };
        assert!(is_right(&envelope, &statement));
        for at in 0..envelope.len() {
            let mut other = envelope.clone();
            other[at] ^= 1;
            assert!(!is_right(&other, &statement), "byte {at} of the envelope");
        }
        for at in 0..statement.len() {
            let mut other = statement.clone();
            other[at] ^= 1;
            assert!(!is_right(&envelope, &other), "byte {at} of the statement");
        }
        assert!(Envelope::parse(&envelope, &statement).unwrap().check(PublicKey([7; 32])).is_err());
    }

    #[test]
    fn what_is_not_a_key_is_refused_and_not_repeated() {
        for text in ["", "secret", PUBLIC, &PRIVATE.replace("MC4", "MC5"), &PRIVATE.replace("PRIVATE", "RSA")]
        {
            let error = SigningKey::from_pem(text, "`key.pem`").unwrap_err();
            assert_eq!(error.to_string(), "`key.pem` is not an Ed25519 key in PEM");
        }
        assert!(PublicKey::from_pem(PRIVATE, "key").is_err());
        let key = SigningKey::from_pem(PRIVATE, "key").unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey({KEY_ID})"));
    }
}
