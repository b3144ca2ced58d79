//! Discovery: what the publisher's own pages list, edition by edition.
//!
//! A page that is not built as the publisher's pages are known to be is an error, never an empty list: a robot that is
//! shown a challenge must not report that nothing is new.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::{
    Error, Fetcher, Settings,
    fetcher::{Session, Terms, blocking},
    html::{Link, Page},
};

/// The lists of editions on the page of a series: the latest, those before, or all in one.
const EDITIONS: &str = "ps.series.publications-list";

/// The list of those that are announced; their pages are not visited.
const ANNOUNCED: &str = "ps.series.publications-list.upcoming";

/// The files of an edition.
const FILES: &str = "ps.publication.resources-attachment";

/// The further pages of an edition.
const CHAPTERS: &str = "ps.publication.pages";

/// What stands on the page of an edition that is not published yet, and the block that it stands in.
const UPCOMING: &str = "(Upcoming, not yet published)";
const UPCOMING_BLOCK: &str = "ps.publication.upcoming-disclaimer";

/// Far above any page seen so far.
const PAGE_BYTES: u64 = 8 << 20;

/// The page of a series of publications.
#[derive(Clone, Debug)]
pub struct Series {
    /// The publisher's address of the page.
    pub page: String,
    /// The hosts that its editions and files may be on.
    pub hosts: BTreeSet<String>,
}

/// One edition as the publisher lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The address of its page at the publisher.
    pub page: String,
    /// What the page of the series calls it.
    pub title: String,
    /// Its files, in the order of their links; none where it is announced and not published.
    pub files: Option<Vec<ListedFile>>,
}

/// A file of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// The publisher's address of the file.
    pub url: String,
    /// The text of the link to it.
    pub title: String,
}

impl Fetcher {
    /// Reads the page of a series and those of its editions, one after the other.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPage`] when a page is not built as the publisher's are known to be, such as one that asks for a
    /// human; [`Error::ForbiddenAddress`] when an edition or one of its files is on another host than those
    /// allowed, or has another scheme than its page; and those of a
    /// download.
    pub async fn discover(&self, series: &Series) -> Result<Vec<Edition>, Error> {
        let session = self.session().await?;
        let visit = Visit { fetcher: self, session: &session, series };
        let address = Url::parse(&series.page).map_err(|error| Error::Address {
            release: "the series".to_owned(),
            url: series.page.clone(),
            why: error.to_string(),
        })?;
        let page = visit.page(&address).await?;
        let links: Vec<&Link> = page.links.iter().filter(|link| link.is_in(EDITIONS)).collect();
        if links.is_empty() {
            return Err(strange(&address, EDITIONS, &page));
        }
        let mut editions = Vec::new();
        let mut seen = BTreeSet::new();
        for link in links {
            let edition = visit.allowed(&address, &link.href)?;
            if !seen.insert(edition.clone()) {
                continue;
            }
            let files = if link.is_in(ANNOUNCED) { None } else { visit.files(&edition).await? };
            editions.push(Edition { page: edition.to_string(), title: link.text.clone(), files });
        }
        Ok(editions)
    }
}

/// One reading of a series.
struct Visit<'a> {
    fetcher: &'a Fetcher,
    session: &'a Session,
    series: &'a Series,
}

impl Visit<'_> {
    /// The files of an edition, of its own page and its further ones; none where it is not published yet.
    async fn files(&self, edition: &Url) -> Result<Option<Vec<ListedFile>>, Error> {
        let page = self.page(edition).await?;
        if page.blocks.contains(UPCOMING_BLOCK) || page.text.contains(UPCOMING) {
            return Ok(None);
        }
        let chapters: Vec<&Link> = page.links.iter().filter(|link| link.is_in(CHAPTERS)).collect();
        let mut files = BTreeMap::new();
        self.add_files(edition, &page, &mut files)?;
        if files.is_empty() && chapters.is_empty() {
            return Err(strange(edition, FILES, &page));
        }
        let mut seen = BTreeSet::from([edition.clone()]);
        for link in chapters {
            let chapter = self.allowed(edition, &link.href)?;
            if seen.insert(chapter.clone()) {
                let page = self.page(&chapter).await?;
                self.add_files(&chapter, &page, &mut files)?;
            }
        }
        let mut files: Vec<(usize, ListedFile)> = files.into_values().collect();
        files.sort_by_key(|(position, _)| *position);
        Ok(Some(files.into_iter().map(|(_, file)| file).collect()))
    }

    /// Adds what a page links to as a file of the edition, or on a host that is for files.
    ///
    /// Links to anywhere are on every page; but a file of the edition that may not be fetched is not left out of the list.
    fn add_files(
        &self,
        at: &Url,
        page: &Page,
        files: &mut BTreeMap<String, (usize, ListedFile)>,
    ) -> Result<(), Error> {
        for link in &page.links {
            let url = match self.allowed(at, &link.href) {
                Ok(url) => url,
                Err(forbidden) if link.is_in(FILES) => return Err(forbidden),
                Err(_) => continue,
            };
            if link.is_in(FILES) || url.host_str() != at.host_str() {
                let file = ListedFile { url: url.to_string(), title: link.text.clone() };
                let position = files.len();
                files.entry(file.url.clone()).or_insert((position, file));
            }
        }
        Ok(())
    }

    /// The address that a link on a page leads to, if it may be visited.
    fn allowed(&self, at: &Url, href: &str) -> Result<Url, Error> {
        let forbidden = || Error::ForbiddenAddress { url: href.to_owned() };
        let mut url = at.join(href).map_err(|_| forbidden())?;
        url.set_fragment(None);
        let is_allowed = url.host_str().is_some_and(|host| self.series.hosts.contains(host));
        if is_allowed && url.scheme() == at.scheme() { Ok(url) } else { Err(forbidden()) }
    }

    async fn page(&self, address: &Url) -> Result<Page, Error> {
        let label = format!("the page `{address}`");
        let settings = Settings { max_bytes: PAGE_BYTES, ..self.fetcher.settings().clone() };
        let terms = Terms { settings: &settings, known: &[], tell: &|_| {} };
        let (part, ..) =
            self.fetcher.brought(self.session, &label, address.as_str(), &self.series.hosts, terms).await?;
        let html = blocking(move || fs_err::read(part.path())).await?;
        Ok(Page::read(&String::from_utf8_lossy(&html)))
    }
}

fn strange(address: &Url, missing: &'static str, page: &Page) -> Error {
    Error::NoSuchPage { url: address.to_string(), missing, title: page.title.clone() }
}
