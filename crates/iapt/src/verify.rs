//! `iapt verify`: whether tables and pages are what the snapshots give, whether an edition was published so, and whether a
//! figure is in one. Opens no connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use anyhow::Result;
use iapt_catalog::{
    Manifest, Partition, TABLES_FOLDER, manifest::Edition, manifest::FILE as MANIFEST_OF_TABLES,
};
use iapt_fetch::Lock;
use iapt_files::{Claim, Sha256, WholeFolder, address, checksums, disk, edition, files_below};
use iapt_model::{Project, Snapshot};
use iapt_proof::{ENVELOPE, Envelope, Material, Proof, PublicKey, STATEMENT, Statement};
use iapt_transform::{Build, Listener, Refused, Stale};

use crate::{
    args::{LogFormat, Selection},
    failure::{Done, Hinted, NotVerified, Usage},
    lines::Lines,
    log::Log,
    provenance::{materials, statement},
    report::{self, Made},
    selection::{SNAPSHOTS_FOLDER, Selected},
    stages::is_without_pages,
};

/// Where tables and pages are made again, below the folder of the data.
pub(crate) const SCRATCH: &str = ".verify";

/// What the files of the folder of pages are named with.
const PAGES: &str = "pages";

/// How much of two lines that differ is shown.
const SHOWN: usize = 60;

/// What is to be verified.
pub(crate) struct Asked<'a> {
    /// The folder of the data.
    pub(crate) data: &'a Path,
    /// The source that was typed.
    pub(crate) source: Option<&'a str>,
    /// The folder of a published edition, instead of the tables and pages beside the data.
    pub(crate) published: Option<&'a Path>,
    /// Checksums only.
    pub(crate) is_quick: bool,
    /// The file of the key that the edition has to be signed with.
    pub(crate) key: Option<&'a Path>,
}

/// The files that are not what they should be, in the order in which they were looked at.
#[derive(Default)]
struct Found(Vec<(String, String)>);

impl Found {
    /// Says what is wrong with a file; what is said later is nearer.
    fn add(&mut self, file: &str, what: impl Into<String>) {
        match self.0.iter_mut().find(|(known, _)| known == file) {
            Some((_, known)) => *known = what.into(),
            None => self.0.push((file.to_owned(), what.into())),
        }
    }

    /// Prints every file, and fails with the first one.
    fn end(self, mut lines: Lines) -> Result<Done> {
        for (file, what) in &self.0 {
            lines.line(format_args!("differs    {file}: {what}"))?;
        }
        lines.end()?;
        match self.0.into_iter().next() {
            None => Ok(Done::All),
            Some((file, what)) => {
                Err(NotVerified { message: format!("not verified: `{file}`: {what}") }.into())
            }
        }
    }
}

/// Verifies a folder of data with its pages, or a published edition.
pub(crate) async fn verify(
    project: impl FnOnce() -> Result<Project>,
    out: impl FnOnce() -> Result<PathBuf>,
    asked: &Asked<'_>,
) -> Result<Done> {
    let mut lines = Lines::new();
    let mut found = Found::default();
    if let Some(published) = asked.published {
        let edition = published_edition(published, asked.key, &mut found, &mut lines)?;
        if let (false, Some((folder, statement))) = (asked.is_quick, edition) {
            let _alone = claim(asked.data)?;
            if snapshots(asked.data, &mut found, &mut lines)? {
                let of =
                    Of { materials: &statement.materials, source: &statement.source, source_sha256: None };
                let pages = Some(Pages { site_address: statement.site_address.as_deref() });
                let scratch = Scratch::new(asked.data)?;
                if again(&project()?, asked, &of, pages, &scratch, &mut found).await? {
                    compare_edition(&folder, &statement, &scratch, &mut found).await?;
                    tell_rebuilt(&mut lines, &statement.materials)?;
                }
            }
        }
        return found.end(lines);
    }
    let _alone = claim(asked.data)?;
    let is_whole = snapshots(asked.data, &mut found, &mut lines)?;
    let tables = asked.data.join(TABLES_FOLDER);
    let mut read = Edition::read(&tables)?;
    read.compare_contents(&tables)?;
    let manifest = match &read {
        Edition::None => return Err(iapt_catalog::Error::NoTables { folder: tables }.into()),
        Edition::Unknown { why, .. } => {
            found.add(&format!("{TABLES_FOLDER}/{MANIFEST_OF_TABLES}"), why);
            None
        }
        Edition::Known { manifest, faults } => {
            for (path, fault) in faults {
                found.add(&format!("{TABLES_FOLDER}/{path}"), fault.of(path));
            }
            lines.line(format_args!(
                "tables     {} files, compared with their manifest",
                manifest.files.len()
            ))?;
            Some(manifest)
        }
    };
    let out = out()?;
    let made = pages(asked.data, &out, &mut found, &mut lines)?;
    if let (false, true, Some(manifest)) = (asked.is_quick, is_whole, manifest) {
        let materials = materials(manifest);
        let of = Of {
            materials: &materials,
            source: &manifest.source,
            source_sha256: Some(manifest.source_sha256),
        };
        let pages = made.as_ref().map(|made| Pages { site_address: made.site_address.as_deref() });
        let scratch = Scratch::new(asked.data)?;
        if again(&project()?, asked, &of, pages, &scratch, &mut found).await? {
            compare(&tables, &scratch.tables(), TABLES_FOLDER, &mut found)?;
            if made.is_some() {
                compare(&out, &scratch.pages(), PAGES, &mut found)?;
            }
            tell_programs(manifest, made.as_ref(), &mut lines)?;
            tell_rebuilt(&mut lines, &materials)?;
        }
    }
    found.end(lines)
}

fn claim(data: &Path) -> Result<Claim> {
    Ok(Claim::take(data, &format!("`iapt verify`, process {}", std::process::id()))?)
}

fn tell_rebuilt(lines: &mut Lines, materials: &[Material]) -> io::Result<()> {
    lines.line(format_args!(
        "made again from {} snapshots by {}, and compared byte for byte",
        materials.len(),
        crate::PROGRAM
    ))
}

/// Another program may make other bytes.
fn tell_programs(manifest: &Manifest, made: Option<&Made>, lines: &mut Lines) -> io::Result<()> {
    let programs: BTreeSet<&str> =
        [manifest.program.as_str()].into_iter().chain(made.map(|made| made.program.as_str())).collect();
    for program in programs.into_iter().filter(|program| *program != crate::PROGRAM) {
        lines.line(format_args!("made by    {program}, which may make other bytes than this program"))?;
    }
    Ok(())
}

/// Every snapshot is named by its checksum. Says whether all are right.
fn snapshots(data: &Path, found: &mut Found, lines: &mut Lines) -> Result<bool> {
    let folder = data.join(SNAPSHOTS_FOLDER).join("objects");
    let n_before = found.0.len();
    let sums = if folder.is_dir() { checksums(&folder)? } else { BTreeMap::new() };
    for (name, sum) in &sums {
        // What is being downloaded begins with a dot.
        if !name.starts_with('.') && *name != sum.to_string() {
            found.add(
                &format!("{SNAPSHOTS_FOLDER}/objects/{name}"),
                "its bytes have another checksum than its name says",
            );
        }
    }
    lines.line(format_args!("snapshots  {} files, compared with their names", sums.len()))?;
    Ok(found.0.len() == n_before)
}

/// Compares the pages with what was noted when they were made; none where there are no pages.
fn pages(data: &Path, out: &Path, found: &mut Found, lines: &mut Lines) -> Result<Option<Made>> {
    let Some(made) = Made::read(data)? else {
        lines.line(format_args!("pages      none were made from these tables"))?;
        return Ok(None);
    };
    let there = if out.is_dir() { checksums(out)? } else { BTreeMap::new() };
    compare_sums(&made.files, &there, &format!("{PAGES}/"), found);
    lines.line(format_args!("pages      {} files, compared with what was made", made.files.len()))?;
    Ok(Some(made))
}

/// Names every file whose checksum is not the one that is known, is missing, or is not known.
fn compare_sums(
    known: &BTreeMap<String, Sha256>,
    there: &BTreeMap<String, Sha256>,
    below: &str,
    found: &mut Found,
) {
    for (path, sum) in known {
        match there.get(path) {
            Some(there) if there == sum => {}
            Some(_) => found.add(&format!("{below}{path}"), "it is not as it was made"),
            None => found.add(&format!("{below}{path}"), "it is missing"),
        }
    }
    for path in there.keys().filter(|path| !known.contains_key(*path)) {
        found.add(&format!("{below}{path}"), "it was not made with the others");
    }
}

/// What is made again.
struct Of<'a> {
    materials: &'a [Material],
    source: &'a str,
    /// The checksum of the whole name of the source, where it is known.
    source_sha256: Option<Sha256>,
}

/// How pages are made again.
struct Pages<'a> {
    /// Where they say that they are served.
    site_address: Option<&'a str>,
}

/// A folder to make tables and pages in.
struct Scratch(PathBuf);

impl Scratch {
    fn new(data: &Path) -> Result<Self> {
        clear(data)?;
        let folder = data.join(SCRATCH);
        disk::create_folder(&folder)?;
        Ok(Self(folder))
    }

    fn tables(&self) -> PathBuf {
        self.0.join(TABLES_FOLDER)
    }

    fn pages(&self) -> PathBuf {
        self.0.join(PAGES)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = disk::remove_folder(&self.0);
    }
}

/// Removes what was made again and not removed.
pub(crate) fn clear(data: &Path) -> Result<()> {
    let folder = data.join(SCRATCH);
    if folder.exists() { Ok(disk::remove_folder(&folder)?) } else { Ok(()) }
}

/// Makes tables again, and pages where there were any; says whether it could.
async fn again(
    project: &Project,
    asked: &Asked<'_>,
    of: &Of<'_>,
    pages: Option<Pages<'_>>,
    scratch: &Scratch,
    found: &mut Found,
) -> Result<bool> {
    let typed = Selection {
        source: asked.source.map(str::to_owned),
        offline: true,
        ..Selection::of("", &[], asked.data)
    };
    let mut selected = Selected::new(project, &typed)?;
    let is_other = of.source_sha256.is_some_and(|sha256| sha256 != Sha256::of(selected.source.as_bytes()));
    if is_other || of.source != selected.source_label() {
        return Err(Usage {
            message: format!("the tables were made from another source (`{}`) than `{}`", of.source, selected.source),
            hint: "name it: --source SOURCE; where it is `embedded`, use the project whose figures they are: --project DIR".to_owned(),
        }
        .into());
    }
    let lock = Lock::read(&selected.snapshots())?;
    let mut kept = Vec::new();
    for material in of.materials {
        let Material { dataset, reporting_period, edition, sha256, .. } = material;
        let declared = project.dataset(dataset).into_iter().flat_map(|dataset| &dataset.releases);
        let is_it = |release: &&iapt_model::Release| {
            release.period.to_string() == *reporting_period && release.edition == *edition
        };
        let what = format!("{SNAPSHOTS_FOLDER}/objects/{sha256}");
        match declared.into_iter().find(is_it) {
            None => {
                found.add(&what, format!("{dataset} {reporting_period}, edition {edition}, is not declared"));
            }
            Some(release) => match Snapshot::verify(release.clone(), &lock.object(*sha256), *sha256) {
                Ok(snapshot) => kept.push(snapshot),
                Err(_) => found.add(&what, format!("the snapshot of {} is not here", release.label())),
            },
        }
    }
    if kept.len() < of.materials.len() {
        return Ok(false);
    }
    selected.data.clone_from(&scratch.0);
    let build = Build { is_exact: true, ..selected.build() };
    let built = iapt_transform::build(&build, &kept, |_| None, &Silent).await?;
    for Refused { release, error, .. } in &built.refused {
        found.add(release, format!("it is not understood: {error}"));
    }
    if let Some(Pages { site_address }) = pages {
        let silent = Log::new(true, LogFormat::Text);
        let whole = WholeFolder::at(&scratch.pages())?;
        match report::report(&selected, &whole, site_address, &silent).await {
            Err(error) if is_without_pages(&error) => {}
            made => {
                made?;
            }
        }
    }
    Ok(true)
}

/// Nobody is told what is made again.
struct Silent;

impl Listener for Silent {
    fn stale(&self, _: &[Stale]) {}
    fn tidy(&self, _: &[Partition]) {}
    fn refused(&self, _: &[Refused]) {}
}

/// Compares every file of a folder with that of the folder that was made again, byte for byte.
fn compare(there: &Path, again: &Path, below: &str, found: &mut Found) -> Result<()> {
    let files = |folder: &Path| -> Result<BTreeSet<PathBuf>> {
        Ok(if folder.is_dir() { files_below(folder)?.into_iter().collect() } else { BTreeSet::new() })
    };
    let (files_there, files_again) = (files(there)?, files(again)?);
    for file in files_there.union(&files_again) {
        let name = format!("{below}/{}", address(file));
        if !files_again.contains(file) {
            found.add(&name, "the snapshots give no such file");
        } else if !files_there.contains(file) {
            found.add(&name, "it is missing");
        } else if let Some(what) =
            difference(&fs_err::read(there.join(file))?, &fs_err::read(again.join(file))?)
        {
            found.add(&name, what);
        }
    }
    Ok(())
}

/// The first place in which two files differ: the line of a text, else the byte.
fn difference(there: &[u8], again: &[u8]) -> Option<String> {
    let at = there.iter().zip(again).position(|(there, again)| there != again);
    let at = at.or_else(|| (there.len() != again.len()).then(|| there.len().min(again.len())))?;
    if let (Ok(there), Ok(again)) = (str::from_utf8(there), str::from_utf8(again)) {
        let line = there.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        return Some(format!("line {line} is {}, and made again {}", shown(there, at), shown(again, at)));
    }
    let byte =
        |bytes: &[u8]| bytes.get(at).map_or_else(|| "the end".to_owned(), |byte| format!("{byte:#04x}"));
    Some(format!("byte {at} is {}, and made again {}", byte(there), byte(again)))
}

/// The line that a byte of a text stands in, from a little before it.
fn shown(text: &str, at: usize) -> String {
    let mut from = text.get(..at).map_or(at, |before| before.rfind('\n').map_or(0, |newline| newline + 1));
    from = from.max(at.saturating_sub(SHOWN / 2));
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let line: String =
        text.get(from..).unwrap_or_default().chars().take_while(|one| *one != '\n').take(SHOWN).collect();
    format!("`{line}`")
}

/// Checks the checksums, the statement and the signature of the edition that is current in a folder; says where it is.
fn published_edition(
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
async fn compare_edition(
    folder: &Path,
    statement_there: &Statement,
    scratch: &Scratch,
    found: &mut Found,
) -> Result<()> {
    let again = statement(&scratch.0).await?;
    // Readers of an edition begin with its own manifest.
    disk::remove_file(&scratch.tables().join(MANIFEST_OF_TABLES))?;
    compare(&folder.join("site"), &scratch.pages().join("site"), "site", found)?;
    compare(&folder.join(TABLES_FOLDER), &scratch.tables(), TABLES_FOLDER, found)?;
    if let Some(what) = difference(&statement_there.to_json()?, &again.to_json()?) {
        found.add(STATEMENT, what);
    }
    Ok(())
}

/// Checks the proof of a figure against a root, and prints what it proves.
pub(crate) fn verify_proof(file: &Path, root: Sha256) -> Result<Done> {
    let text = fs_err::read(file)?;
    let refused = |error: &iapt_proof::Error| NotVerified { message: format!("not verified: {error}") };
    let text = String::from_utf8(text)
        .map_err(|_| NotVerified { message: "not verified: the proof is no UTF-8 text".to_owned() })?;
    let proven = Proof::parse(&text).and_then(|proof| proof.check(root)).map_err(|error| refused(&error))?;
    let mut lines = Lines::new();
    for line in proven.leaf.lines().chain(proven.computed.iter().map(String::as_str)) {
        lines.line(line.replace('\t', "  "))?;
    }
    lines.line(format_args!("it is in the edition whose root is {root}"))?;
    lines.end()?;
    Ok(Done::All)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(there: &str, again: &str, expected: &str) {
        assert_eq!(difference(there.as_bytes(), again.as_bytes()).unwrap_or_default(), expected);
    }

    #[test]
    fn the_first_difference_is_a_line_or_a_byte() {
        check("same", "same", "");
        check("a\nb\nc", "a\nB\nc", "line 2 is `b`, and made again `B`");
        check("a\nb", "a\n", "line 2 is `b`, and made again ``");
        check("é1", "é2", "line 1 is `é1`, and made again `é2`");
        let long = "x".repeat(100);
        let shown = "x".repeat(30);
        check(
            &format!("{long}1"),
            &format!("{long}2"),
            &format!("line 1 is `{shown}1`, and made again `{shown}2`"),
        );
        let bytes = difference(&[0xff, 1], &[0xff]);
        assert_eq!(bytes.unwrap_or_default(), "byte 1 is 0x01, and made again the end");
    }
}
