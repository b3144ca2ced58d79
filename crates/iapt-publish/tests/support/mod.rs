//! What the tests of publishing share.

use std::path::Path;

use iapt_files::{Sha256, checksums};
use iapt_proof::{MadeBy, STATEMENT, Statement};

/// Writes the statement of what is in a folder, as `iapt provenance` does.
pub(crate) fn state(folder: &Path) {
    let files = checksums(folder).unwrap();
    let by = MadeBy { program: "0.1.0".to_owned(), declared: Sha256::of(b"declared") };
    let statement = Statement {
        files: files.into_iter().filter(|(path, _)| path != STATEMENT).collect(),
        materials: Vec::new(),
        source: "embedded".to_owned(),
        site_address: None,
        tables: by.clone(),
        pages: by,
        figures: Sha256::of(b"figures"),
    };
    fs_err::write(folder.join(STATEMENT), statement.to_json().unwrap()).unwrap();
}
