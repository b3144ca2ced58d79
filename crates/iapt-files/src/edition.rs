//! The manifest of a published edition: what readers begin with, and `iapt publish` writes last.

use serde::{Deserialize, Serialize};

use crate::Sha256;

/// The file that names the current edition.
pub const MANIFEST: &str = "manifest.json";

/// The manifest that readers begin with; they pass over what a later writer adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The name of the edition: a checksum over its files.
    pub edition: String,
    /// The folder of the edition, beside the manifest.
    pub folder: String,
    /// The files of the edition, in order of their paths.
    pub files: Vec<Published>,
}

impl Manifest {
    /// The manifest of an edition of these files, which are in order of their paths.
    #[must_use]
    pub fn new(files: Vec<Published>) -> Self {
        let lines: Vec<String> = files.iter().map(|file| format!("{} {}", file.sha256, file.path)).collect();
        let edition = format!("{:.16}", Sha256::of(lines.join("\n").as_bytes()).to_string());
        Self { folder: format!("editions/{edition}"), edition, files }
    }
}

/// One file of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The path below the folder of the edition.
    pub path: String,
    /// The size of the file.
    pub bytes: u64,
    /// The checksum of the file.
    pub sha256: Sha256,
}
