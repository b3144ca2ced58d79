//! Puts pages and tables where readers are: a folder or an object store, whole editions only.
//!
//! ```text
//! manifest.json              which edition is current, and its files with their checksums; written after all of them
//! editions/<edition>/...     the files; an edition never changes, its name is a checksum over all of it
//!   provenance.json          what they were made from, with a checksum of each
//!   provenance.dsse.json     the same, signed, where there is a key
//! catalogue/<table>/...      metadata of Iceberg over the Parquet files of the editions, for readers that know no manifest;
//!                            what says which edition of a table is the latest is written after the manifest
//! ```
//!
//! A reader that begins with the manifest sees one edition whole, whatever happens meanwhile: files of other editions
//! stay, and a run that is killed has changed nothing that the manifest names. The next run puts what is missing.

#![cfg(feature = "stores")]

mod catalogue;
mod error;
mod provenance;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use iapt_files::{
    Sha256,
    edition::{MANIFEST, Manifest, Published},
    without_secrets,
};
use iapt_proof::{ENVELOPE, STATEMENT};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path as ObjectPath};
use url::Url;

pub use error::{Error, ReadersSee};
pub use provenance::Provenance;

/// The partitions of the tidy table, one folder for each release.
const PARTITIONS: &str = "tables/tidy/";

/// What the tables were made from: readers begin with [`MANIFEST`].
const OURS: &str = "tables/manifest.json";

/// How many files publishing put, and how many were there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The edition that is current now.
    pub edition: String,
    /// Files that were put.
    pub n_put: usize,
    /// Files that were there already.
    pub n_kept: usize,
    /// Tables of the catalogue.
    pub n_tables: usize,
}

/// Publishes folders, each under a name, as one edition at `to`: `file:///folder` or `s3://bucket/prefix`, with the statement of
/// what they were made from.
///
/// Keys, region and endpoint of an object store come from `options`, such as `aws_access_key_id`. Every release of the edition
/// before has to be in this one, unless `may_have_fewer`. `address` is where readers reach what is at `to`, for the catalogue; none
/// where it is `to` itself.
///
/// # Errors
///
/// [`Error::Nothing`] when there is no file, [`Error::Provenance`] when the statement is of other files, [`Error::Changed`] when a
/// file becomes another one meanwhile, [`Error::Address`] when `to` is not one that can be written to, [`Error::Fewer`] and
/// [`Error::Manifest`] when releases are missing or may be, [`Error::Parquet`] when a table is not what a catalogue can have: the
/// edition before is current then. [`Error::Store`] when the store refuses, which says which edition is current.
pub async fn publish(
    folders: &[(&str, &Path)],
    provenance: &Provenance,
    to: &str,
    options: impl IntoIterator<Item = (String, String)>,
    may_have_fewer: bool,
    address: Option<&str>,
) -> Result<Outcome, Error> {
    // Messages and the catalogue show the address.
    let to = &*without_secrets(to);
    let files = files(folders)?;
    let manifest = manifest(&files, provenance)?;
    let tables = catalogue::tables(&manifest, &files)?;
    let url = Url::parse(to).map_err(|error| Error::Address { to: to.to_owned(), why: error.to_string() })?;
    let store = |readers_see| move |source| Error::Store { to: to.to_owned(), readers_see, source };
    let (place, root) = object_store::parse_url_opts(&url, options)
        .map_err(|error| Error::Address { to: to.to_owned(), why: error.to_string() })?;
    let before = found(place.as_ref(), &below(&root, MANIFEST)).await.map_err(store(ReadersSee::Previous))?;
    let before: Option<Manifest> = match before.as_deref().map(serde_json::from_slice) {
        Some(Err(source)) if !may_have_fewer => return Err(Error::Manifest { to: to.to_owned(), source }),
        read => read.and_then(Result::ok),
    };
    if let Some(before) = before.as_ref().filter(|_| !may_have_fewer) {
        let now = releases(&manifest);
        let missing: Vec<String> =
            releases(before).difference(&now).map(|release| (*release).to_owned()).collect();
        if !missing.is_empty() {
            return Err(Error::Fewer { to: to.to_owned(), missing });
        }
    }
    let (mut n_put, mut n_kept) = (0, 0);
    for file in &manifest.files {
        let target = below(&root, &format!("{}/{}", manifest.folder, file.path));
        // Its folder is named by the checksum of all that is in it, so what is there whole is right.
        let there = place.head(&target).await;
        if there.is_ok_and(|there| there.size == file.bytes) {
            n_kept += 1;
            continue;
        }
        let payload = PutPayload::from(bytes_of(file, &files, provenance)?);
        place.put(&target, payload).await.map_err(store(ReadersSee::Previous))?;
        n_put += 1;
    }
    let base = address.unwrap_or(to).trim_end_matches('/');
    let edition =
        catalogue::Edition { to, manifest: &manifest, before: before.as_ref(), base, now_ms: now_ms() };
    let mut latest = Vec::new();
    for table in &tables {
        latest.push(put_table(table, &edition, place.as_ref(), &root).await?);
    }
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::Io(error.into()))?;
    // A store that does not answer may have taken it.
    let readers_see = ReadersSee::PreviousOrNew;
    place.put(&below(&root, MANIFEST), PutPayload::from(text)).await.map_err(store(readers_see))?;
    for (table, metadata) in tables.iter().zip(latest) {
        let target = below(&root, &table.path("latest.metadata.json"));
        place.put(&target, PutPayload::from(metadata)).await.map_err(store(ReadersSee::New))?;
    }
    Ok(Outcome { edition: manifest.edition, n_put, n_kept, n_tables: tables.len() })
}

/// The bytes of a file of an edition, which are those that its manifest has the checksum of.
fn bytes_of(
    file: &Published,
    files: &BTreeMap<String, PathBuf>,
    provenance: &Provenance,
) -> Result<Vec<u8>, Error> {
    let path = match file.path.as_str() {
        STATEMENT => return Ok(provenance.statement.clone()),
        ENVELOPE => return Ok(provenance.envelope.clone().unwrap_or_default()),
        path => files.get(path),
    };
    let path = path.ok_or_else(|| std::io::Error::other(format!("`{}` is in no folder", file.path)))?;
    let bytes = fs_err::read(path)?;
    // It was read once before, for the manifest.
    if Sha256::of(&bytes) != file.sha256 {
        return Err(Error::Changed { path: path.clone() });
    }
    Ok(bytes)
}

/// Puts the metadata of a table as of this edition, and returns it.
async fn put_table(
    table: &catalogue::Table,
    edition: &catalogue::Edition<'_>,
    place: &dyn ObjectStore,
    root: &ObjectPath,
) -> Result<Vec<u8>, Error> {
    let readers_see = ReadersSee::Previous;
    let store = |source| Error::Store { to: edition.to.to_owned(), readers_see, source };
    let name_of = |edition: &str| below(root, &table.path(&format!("{edition}.metadata.json")));
    let target = name_of(&edition.manifest.edition);
    let before = match edition.before.filter(|before| before.edition != edition.manifest.edition) {
        Some(before) => found(place, &name_of(&before.edition)).await.map_err(store)?,
        None => None,
    };
    // A history that cannot be read any more is not dropped: somebody has to look.
    let before = before.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    let before = before.map_err(|source| Error::Manifest { to: edition.to.to_owned(), source })?;
    let before = before.filter(|before| table.goes_on_from(before, edition.base));
    // What was published before stays as it was, unless readers reach it elsewhere now, or other editions have come since.
    let is_whole = |bytes: &Vec<u8>| {
        serde_json::from_slice(bytes).is_ok_and(|kept: catalogue::Metadata| {
            kept.location == table.location(edition.base)
                && before.as_ref().is_none_or(|before| kept.knows_editions_of(before))
        })
    };
    if let Some(kept) = found(place, &target).await.map_err(store)?.filter(is_whole) {
        return Ok(kept);
    }
    let made = table.metadata(edition, before)?;
    for (name, bytes) in made.files {
        place.put(&below(root, &table.path(&name)), PutPayload::from(bytes)).await.map_err(store)?;
    }
    place.put(&target, PutPayload::from(made.metadata.clone())).await.map_err(store)?;
    Ok(made.metadata)
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// The bytes of a file at the place; none where there is no such file.
async fn found(place: &dyn ObjectStore, path: &ObjectPath) -> Result<Option<Vec<u8>>, object_store::Error> {
    match place.get(path).await {
        Ok(found) => found.bytes().await.map(|bytes| Some(bytes.to_vec())),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The releases of an edition, as the folders of their partitions.
fn releases(manifest: &Manifest) -> BTreeSet<&str> {
    let partitions = manifest.files.iter().filter_map(|file| file.path.strip_prefix(PARTITIONS));
    partitions.filter_map(|file| file.rsplit_once('/')).map(|(folder, _)| folder).collect()
}

fn below(root: &ObjectPath, path: &str) -> ObjectPath {
    root.parts().chain(ObjectPath::from(path).parts()).collect()
}

fn manifest(files: &BTreeMap<String, PathBuf>, provenance: &Provenance) -> Result<Manifest, Error> {
    let mut published = Vec::new();
    let envelope = provenance.envelope.as_ref().map(|bytes| (ENVELOPE, bytes));
    for (path, bytes) in [(STATEMENT, &provenance.statement)].into_iter().chain(envelope) {
        let sha256 = Sha256::of(bytes);
        let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        published.push(Published { path: path.to_owned(), bytes, sha256 });
    }
    for (path, file) in files {
        let (sha256, bytes) = Sha256::of_reader(fs_err::File::open(file)?)?;
        provenance.check(path, sha256)?;
        published.push(Published { path: path.clone(), bytes, sha256 });
    }
    published.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(Manifest::new(published))
}

/// Every file of the folders, by its path under the folder's name; what begins with a dot is ours and stays here.
fn files(folders: &[(&str, &Path)]) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut found = BTreeMap::new();
    for (name, folder) in folders {
        let mut pending = vec![((*name).to_owned(), folder.to_path_buf())];
        while let Some((name, folder)) = pending.pop() {
            for entry in fs_err::read_dir(&folder)? {
                let path = entry?.path();
                let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let below = format!("{name}/{file_name}");
                if file_name.starts_with('.') || below == OURS {
                    continue;
                }
                if path.is_dir() {
                    pending.push((below, path));
                } else {
                    found.insert(below, path);
                }
            }
        }
    }
    if found.is_empty() {
        let folders = folders.iter().map(|(_, folder)| folder.display().to_string()).collect();
        return Err(Error::Nothing { folders });
    }
    Ok(found)
}
