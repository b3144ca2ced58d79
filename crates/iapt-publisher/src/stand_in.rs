//! The stand-in publisher's stock: which releases it has, under which paths, and their bytes.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use iapt_files::Sha256;
use iapt_model::{BuiltInFigures, DeclaredProblem, FileProblems, Member, PackFormat, Project, Release};
use percent_encoding::percent_decode_str;
use tokio::sync::OnceCell;

use crate::{
    Error,
    archive::{Packed, wrap},
    layout::Stock,
    pages::pages,
};

/// Goes up by one whenever the same figures and headers come to make other bytes, as by another version of `rars`.
const GENERATOR_VERSION: u32 = 1;

/// The archive comment that tells a changed pack from the one as published.
const CHANGED: &str = "This pack has been changed.";

/// Packs of every release of which figures are held, made when they are first asked for.
#[derive(Debug)]
pub struct StandIn {
    stocks: Vec<Stock>,
    /// Path of the publisher's address -> what stands there.
    shelf: BTreeMap<String, Shelved>,
    /// Path -> the page that stands there.
    pages: BTreeMap<String, String>,
    fingerprint: Sha256,
    spool: PathBuf,
}

/// What stands at one path.
#[derive(Debug)]
pub(crate) struct Shelved {
    pub(crate) release: Release,
    as_published: OnceCell<Arc<Pack>>,
    changed: OnceCell<Arc<Pack>>,
}

/// The bytes of a pack, ready to be served.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) bytes: Arc<[u8]>,
    /// A strong entity tag: the checksum.
    pub(crate) etag: String,
}

impl StandIn {
    /// Reads `figures.csv` and `sources.csv` of every dataset that has the former.
    ///
    /// # Errors
    ///
    /// [`Error::Figures`] with every problem of all of them: a row whose period has no release or no known header, a
    /// figure that its period's header has no column for, a cell given twice, an unknown source, a text that is
    /// neither a number nor a declared marker.
    pub fn load(project: &Project) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut stocks = Vec::new();
        for dataset in &project.datasets {
            if let Some(figures) = BuiltInFigures::read(dataset, &project.measures, &mut problems) {
                stocks.extend(Stock::new(dataset, figures, &mut problems));
            }
        }
        let shelf = shelved(&stocks, &mut problems);
        if !problems.is_empty() {
            return Err(Error::Figures { problems });
        }
        let fingerprint = fingerprint(&stocks)?;
        Ok(Self { stocks, shelf, pages: pages(project), fingerprint, spool: env::temp_dir() })
    }

    /// Lets packs that are not made in memory grow in this folder, which is made where it is missing, instead of the
    /// system's own for such files.
    #[must_use]
    pub fn spooling_to(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.spool);
        self
    }

    /// A checksum over every file that the stand-in is made from, and this generator: while it stays, so does
    /// [`StandIn::fingerprint`], which takes reading all the figures to know.
    ///
    /// # Errors
    ///
    /// [`iapt_model::Error::Io`] when a file cannot be read.
    pub fn files(project: &Project) -> Result<Sha256, iapt_model::Error> {
        let pipelines = Path::new("pipelines");
        let datasets = project.datasets.iter().map(|dataset| pipelines.join(&dataset.name));
        let files: Vec<_> = [pipelines.join("measures.csv")].into_iter().chain(datasets).collect();
        let files = project.fingerprint(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        Ok(Sha256::of(format!("{GENERATOR_VERSION}\n{files}").as_bytes()))
    }

    /// A checksum over all that decides the bytes of the packs: figures, headers, crosswalk, member names, and this
    /// generator with its archive writers. It names the embedded source in the lock file.
    #[must_use]
    pub fn fingerprint(&self) -> Sha256 {
        self.fingerprint
    }

    /// Every release that is served, in order of dataset, period and edition.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.stocks.iter().flat_map(Stock::releases)
    }

    /// The bytes of one release: same figures, same bytes.
    ///
    /// Every member is printed under the header that it had in the period, one line per published row, figures as
    /// published, and the dataset's marker for "not applicable" where a figure is not held. Where a pack has several
    /// members, each of them has every row.
    ///
    /// # Errors
    ///
    /// [`Error::NoFigures`] when no figure of the release is held; [`Error::Io`] when there is no folder to make it in.
    pub fn pack(&self, release: &Release) -> Result<Vec<u8>, Error> {
        self.packed(release, None)
    }

    pub(crate) fn shelved(&self, path: &str) -> Option<&Shelved> {
        self.shelf.get(path)
    }

    pub(crate) fn page(&self, path: &str) -> Option<&str> {
        self.pages.get(path).map(String::as_str)
    }

    fn packed(&self, release: &Release, comment: Option<&str>) -> Result<Vec<u8>, Error> {
        let id = |release: &Release| (release.dataset.clone(), release.period, release.edition);
        let held = self.stocks.iter().find_map(|stock| {
            stock.releases().find(|held| id(held) == id(release)).map(|held| (stock, held))
        });
        let (stock, release) = held.ok_or_else(|| Error::NoFigures { release: release.label() })?;
        let mut members = Vec::new();
        for member in &release.members {
            let bytes = stock.member_text(release, member).map_err(|problems| Error::Figures { problems })?;
            // A name that is known in part is printed as that part.
            let name = member.name.replace('*', "");
            members.push(Packed { name, header_row: member.header_row, bytes });
        }
        wrap(release.format, &release.label(), members, comment, &self.spool)
    }
}

impl Shelved {
    /// The pack, as published or changed, made when it is first asked for.
    pub(crate) async fn pack(&self, stand_in: &StandIn, is_changed: bool) -> Result<Arc<Pack>, Error> {
        let (cell, comment) =
            if is_changed { (&self.changed, Some(CHANGED)) } else { (&self.as_published, None) };
        let made = cell.get_or_try_init(async || {
            // Some tens of milliseconds, once: not worth a thread of its own.
            let bytes = stand_in.packed(&self.release, comment)?;
            let etag = format!("\"{}\"", Sha256::of(&bytes));
            Ok(Arc::new(Pack { bytes: bytes.into(), etag }))
        });
        made.await.cloned()
    }
}

/// The path of an address, percent-decoded.
pub(crate) fn path_of(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("/"),
        None => address,
    };
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// Releases by path. Where a file was re-issued in place the newest edition stands, as it does at the publisher's.
fn shelved(stocks: &[Stock], found: &mut Vec<DeclaredProblem>) -> BTreeMap<String, Shelved> {
    let mut shelf: BTreeMap<String, Shelved> = BTreeMap::new();
    for stock in stocks {
        for release in stock.releases() {
            let place = path_of(&release.url);
            let shelved =
                Shelved { release: release.clone(), as_published: OnceCell::new(), changed: OnceCell::new() };
            let Some(before) = shelf.insert(place.clone(), shelved).map(|before| before.release) else {
                continue;
            };
            if (&before.dataset, before.period) != (&release.dataset, release.period) {
                let path = stock.dataset.folder.join("releases.toml");
                FileProblems { path: &path, found }.add(
                    None,
                    format!("`{place}` is the path of both {} and {}", before.label(), release.label()),
                );
            }
        }
    }
    shelf
}

fn fingerprint(stocks: &[Stock]) -> Result<Sha256, Error> {
    let mut parts = vec![GENERATOR_VERSION.to_string()];
    for stock in stocks {
        let Stock { dataset, figures, not_held } = stock;
        parts.extend([dataset.name.clone(), not_held.clone()]);
        parts.extend(figures.sha256.iter().map(Sha256::to_string));
        for release in stock.releases() {
            parts.push(release.label());
            let mut members = Vec::new();
            for member in &release.members {
                let Member { file, name, header_row, is_windows_1252 } = member;
                let odd = [header_row.to_string(), is_windows_1252.to_string()];
                parts.extend([file.clone(), name.clone()].into_iter().chain(odd));
                parts.push(format!("{:?}", dataset.layout(file)));
                let live = dataset.measure_ids.live(file, release.period);
                let id = |(id, name, measure, statistic)| format!("{id} {name} = {statistic} of {measure}");
                parts.extend(live.iter().map(id));
                if let Some((header, roles)) = stock.roles(release, member, &mut Vec::new()) {
                    let columns = header.columns.iter().zip(roles);
                    parts.extend(columns.map(|(column, role)| format!("{column} = {role}")));
                    let bytes = header.columns.join("\n").into_bytes();
                    members.push(Packed { name: name.replace('*', ""), header_row: 1, bytes });
                }
            }
            parts.push(match release.format {
                PackFormat::Zip => "zip".to_owned(),
                PackFormat::Rar => "rar".to_owned(),
                PackFormat::Csv => "csv".to_owned(),
                PackFormat::Xlsx => "xlsx".to_owned(),
            });
            // A pack of headers stands for the writers: another version of one of them shows here. That of RARs needs a
            // folder to write to, so a test holds its bytes to the version of the generator instead.
            if release.format != PackFormat::Rar {
                let pack = wrap(release.format, &release.label(), members, None, Path::new(""))?;
                parts.push(Sha256::of(&pack).to_string());
            }
        }
    }
    // No part can hold a NUL and be told from two parts.
    Ok(Sha256::of(parts.join("\0").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_what_follows_the_host() {
        for (address, expected) in [
            ("https://files.example.org/1A/F2ABB3/pack.zip", "/1A/F2ABB3/pack.zip"),
            ("https://files.example.org/3B/pack%20v2.csv?download=1#top", "/3B/pack v2.csv"),
            ("/3B/pack%20v2.csv", "/3B/pack v2.csv"),
            ("http://127.0.0.1:8000", "/"),
            ("/pack.zip?from=https://example.org/other.zip", "/pack.zip"),
            ("/100%", "/100%"),
            ("/a%zzb%+4c%4", "/a%zzb%+4c%4"),
            ("/caf%C3%A9", "/café"),
        ] {
            assert_eq!(path_of(address), expected, "{address}");
        }
    }
}
