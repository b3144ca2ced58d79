//! For machines: every address of the site, and the releases as feeds.

use iapt_model::{Period, ReleaseRow, anchor};
use serde::Serialize;
use serde_json::json;

use super::Site;
use crate::{Error, escape::clean};

#[derive(Serialize)]
struct Feed {
    title: String,
    address: String,
    licence: String,
    updated: String,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Sitemap {
    addresses: Vec<String>,
}

/// One file of a release.
#[derive(Serialize)]
pub(super) struct Entry {
    /// Stays the same for the same bytes, and differs for a revision.
    pub(super) id: String,
    pub(super) title: String,
    dataset: String,
    /// Of which series, without the names that it had before.
    series: String,
    pub(super) summary: String,
    /// The last day that the figures cover: when the publisher put them out is not in the files.
    pub(super) day: String,
    pub(super) period: String,
    pub(super) edition: u32,
    pub(super) note: String,
    pub(super) source_page: String,
}

impl Site<'_> {
    /// Every release, the newest first.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for release in self.input.releases {
            entries.push(self.entry(release)?);
        }
        entries.sort_by(|left, right| {
            (&right.day, right.edition, &left.id).cmp(&(&left.day, left.edition, &right.id))
        });
        Ok(entries)
    }

    fn entry(&self, row: &ReleaseRow) -> Result<Entry, Error> {
        let text = &row.reporting_period;
        let period: Period = text.parse().map_err(|_| Error::Period { period: text.clone() })?;
        let dataset = self.dataset(&row.dataset);
        let declared = dataset.and_then(|one| {
            one.releases.iter().find(|one| one.period == period && one.edition == row.edition)
        });
        Ok(Entry {
            id: format!("urn:sha256:{}:{}", row.sha256, anchor(&row.source_file)),
            title: format!(
                "{}: {}, edition {}",
                dataset.map_or("", |one| &one.title),
                clean(text),
                row.edition
            ),
            dataset: clean(&row.dataset),
            series: dataset.map_or("", |one| one.title.split(" (").next().unwrap_or_default()).to_owned(),
            summary: self.engine.words("release-summary", row)?,
            day: period.end_date().to_string(),
            period: clean(text),
            edition: row.edition,
            note: declared.and_then(|one| one.note.clone()).unwrap_or_default(),
            source_page: clean(row.publication_page.as_deref().unwrap_or_default()),
        })
    }

    /// Adds the sitemap and both feeds.
    pub(crate) fn feeds(&self) -> Result<(), Error> {
        let address = self.input.site_address.unwrap_or_default().to_owned();
        let is_moved = |page: &str| self.pages.site.moved.iter().any(|moved| page == moved.from);
        let pages = |path: &String| {
            let page = path.strip_prefix("site/")?.strip_suffix(".html")?;
            (!is_moved(page) && page != "404").then(|| format!("{address}{page}.html"))
        };
        let addresses = self.made().paths.iter().filter_map(pages).collect();
        let sitemap = self.engine.render("sitemap.xml.j2", Sitemap { addresses })?;
        let entries = self.entries()?;
        let licence = self.dataset(&self.pages.lead().dataset).map(|one| one.attribution.clone());
        let feed = Feed {
            title: format!("{} {}: releases and revisions", self.pages.site.title, self.pages.site.subject),
            updated: entries.first().map(|entry| entry.day.clone()).unwrap_or_default(),
            address: address.clone(),
            licence: licence.unwrap_or_default(),
            entries,
        };
        let item = |entry: &Entry| {
            let mut item = json!({
                "id": entry.id,
                "title": entry.title,
                "content_text": entry.summary,
                "date_published": format!("{}T00:00:00Z", entry.day),
            });
            if !address.is_empty() {
                item["url"] = json!(format!("{address}changes.html"));
            }
            item
        };
        let mut written = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "description": "Entries are dated by the last day that their figures cover.",
            "items": feed.entries.iter().map(item).collect::<Vec<_>>(),
        });
        if !address.is_empty() {
            written["home_page_url"] = json!(address);
            written["feed_url"] = json!(format!("{address}feed.json"));
        }
        let atom = self.engine.render("feed.xml.j2", &feed)?;
        // A sitemap has whole addresses or is none; a feed may be without.
        if !address.is_empty() {
            self.put("site/sitemap.xml", sitemap.as_bytes())?;
        }
        self.put("site/feed.xml", atom.as_bytes())?;
        self.put("site/feed.json", format!("{}\n", serde_json::to_string_pretty(&written)?).as_bytes())?;
        Ok(())
    }
}
