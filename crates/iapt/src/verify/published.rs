//! A published edition: its manifest, its statement and its signature.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_catalog::{TABLES_FOLDER, manifest::FILE as MANIFEST_OF_TABLES};
use iapt_files::{checksums, disk, edition};
use iapt_proof::{ENVELOPE, Envelope, PublicKey, STATEMENT, Statement};

use super::{
    again::Scratch,
    differences::{Found, compare, compare_sums, difference},
};
use crate::{failure::Hinted, lines::Lines, provenance::statement};

/// Checks the checksums, the statement and the signature of the edition that is current in a folder; says where it is.
pub(super) fn published_edition(
    published: &Path,
    key: Option<&Path>,
    found: &mut Found,
    lines: &mut Lines,
) -> Result<Option<(PathBuf, Statement)>> {
    let bytes = fs_err::read(published.join(edition::MANIFEST)).map_err(|error| Hinted {
        message: format!("there is no published edition in {}: {error}", published.display()),
        hint: "name the folder that `iapt publish --to file:///FOLDER` put it in".to_owned(),
    })?;
    let manifest = serde_json::from_slice::<edition::Manifest>(&bytes).ok().filter(|manifest| {
        let is_written = serde_json::to_vec_pretty(manifest).is_ok_and(|text| text == bytes);
        is_written && edition::Manifest::new(manifest.files.clone()) == *manifest
    });
    let Some(manifest) = manifest else {
        found.add(edition::MANIFEST, "it was changed after it was written");
        return Ok(None);
    };
    let folder = published.join(&manifest.folder);
    let known = manifest.files.iter().map(|file| (file.path.clone(), file.sha256)).collect();
    let there = if folder.is_dir() { checksums(&folder)? } else { BTreeMap::new() };
    let below = format!("{}/", manifest.folder);
    compare_sums(&known, &there, &below, found);
    for file in &manifest.files {
        let is_size = fs_err::metadata(folder.join(&file.path)).is_ok_and(|about| about.len() == file.bytes);
        if !is_size && there.contains_key(&file.path) {
            found.add(&format!("{below}{}", file.path), "it has another size than the manifest says");
        }
    }
    lines.line(format_args!(
        "edition    {}: {} files, compared with the manifest",
        manifest.edition,
        known.len()
    ))?;
    let (stated, signed) = (format!("{below}{STATEMENT}"), format!("{below}{ENVELOPE}"));
    let Ok(text) = fs_err::read(folder.join(STATEMENT)) else {
        found.add(&stated, "it is missing");
        return Ok(None);
    };
    let statement = match Statement::parse(&text) {
        Ok(statement) => statement,
        Err(error) => {
            found.add(&stated, error.to_string());
            return Ok(None);
        }
    };
    for (path, sha256) in known.iter().filter(|(path, _)| ![STATEMENT, ENVELOPE].contains(&path.as_str())) {
        if statement.files.get(path) != Some(sha256) {
            found.add(&format!("{below}{path}"), "the provenance statement does not have it so");
        }
    }
    for path in statement.files.keys().filter(|path| is_published(path) && !known.contains_key(*path)) {
        found.add(&format!("{below}{path}"), "the provenance statement has it, and the edition does not");
    }
    let key = key.map(read_key).transpose()?;
    match (fs_err::read(folder.join(ENVELOPE)), key) {
        (Err(_), None) => lines.line("signature  none")?,
        (Err(_), Some(_)) => found.add(&signed, "the edition is not signed"),
        (Ok(envelope), key) => match Envelope::parse(&envelope, &text) {
            Err(error) => found.add(&signed, error.to_string()),
            Ok(envelope) => match key.map(|key| envelope.check(key)) {
                None => lines.line(format_args!(
                    "signature  of the key {}, not checked: --key FILE",
                    envelope.key_id()
                ))?,
                Some(Ok(())) => {
                    lines.line(format_args!("signature  of the key {}, right", envelope.key_id()))?;
                }
                Some(Err(error)) => found.add(&signed, error.to_string()),
            },
        },
    }
    lines.line(format_args!("root       {} (of all figures)", statement.figures))?;
    Ok(Some((folder, statement)))
}

/// Whether a file of a statement is one of those that are published: the Markdown pages stay where they were made.
fn is_published(path: &str) -> bool {
    path.starts_with("site/") || path.starts_with(&format!("{TABLES_FOLDER}/"))
}

fn read_key(file: &Path) -> Result<PublicKey> {
    let text = fs_err::read_to_string(file)?;
    Ok(PublicKey::from_pem(&text, &format!("`{}`", file.display()))?)
}

/// Compares an edition with what was made again, the statement last.
pub(super) async fn compare_edition(
    folder: &Path,
    statement_there: &Statement,
    scratch: &Scratch,
    found: &mut Found,
) -> Result<()> {
    let again = statement(scratch.data()).await?;
    // Readers of an edition begin with its own manifest.
    disk::remove_file(&scratch.tables().join(MANIFEST_OF_TABLES))?;
    compare(&folder.join("site"), &scratch.pages().join("site"), "site", found)?;
    compare(&folder.join(TABLES_FOLDER), &scratch.tables(), TABLES_FOLDER, found)?;
    if let Some(what) = difference(&statement_there.to_json()?, &again.to_json()?) {
        found.add(STATEMENT, what);
    }
    Ok(())
}
