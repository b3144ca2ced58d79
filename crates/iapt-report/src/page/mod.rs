//! Pages: one context per page, two templates.

mod api;
mod area;
mod area_charts;
mod area_facts;
mod area_services;
mod area_tables;
mod area_words;
mod areas_index;
mod attrition;
mod bases;
mod blocks;
mod changes;
mod chooser;
mod claims;
mod compare;
mod data;
mod data_quality;
mod explore;
mod feeds;
mod found;
mod funnels;
mod homes;
mod index;
mod inequality;
mod long_series;
mod named_figures;
mod over_time;
mod parts;
mod pathway;
mod places;
mod practices;
mod research_object;
mod shared;
mod shares;
mod side_by_side;
mod stated;
mod targets;
mod two_indicators;
mod verdict;
mod years_table;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use iapt_chart::{Chart, Layout, Words};
use iapt_model::Dataset;
use serde::Serialize;

use self::{homes::Homes, shared::Shared};
use crate::{
    Error, Input, Put, areas::Areas, declared::Pages, engine::Engine, integrity::Findings, readings::Readings,
};

/// The pages, each handed over as soon as it is made.
pub(crate) struct Site<'a> {
    input: &'a Input<'a>,
    pages: &'a Pages,
    engine: &'a Engine,
    /// The text of chart.css.
    style: &'a str,
    /// Every organisation that has a page.
    areas: Areas<'a>,
    /// What was found about the data.
    findings: Findings<'a>,
    /// The figures of each dataset that was asked for: gathering them takes longer than most pages.
    gathered: Mutex<BTreeMap<String, Arc<Readings<'a>>>>,
    /// Takes the files.
    put: Put<'a>,
    made: Mutex<Made>,
    /// Whether what is being made belongs to the site and not to the Markdown report.
    is_site_only: bool,
}

/// What is remembered of the files that were handed over.
#[derive(Default)]
struct Made {
    /// The paths of all.
    paths: BTreeSet<String>,
    homes: Homes,
}

/// What templates write where the address of the page itself stands: it is known where the page is put.
const OWN_ADDRESS: &str = "@own-address@";

#[derive(Serialize)]
struct MovedContext<'a> {
    title: &'a str,
    address: &'a str,
    to: String,
}

/// A page with what every page shares.
#[derive(Serialize)]
struct Page<'a, T> {
    site: &'a Shared,
    page: T,
}

impl<'a> Site<'a> {
    pub(crate) fn new(
        input: &'a Input<'a>,
        pages: &'a Pages,
        engine: &'a Engine,
        style: &'a str,
        put: Put<'a>,
    ) -> Self {
        let areas = Areas::new(input, &pages.site.names);
        let sign = pages.site.mark.iter().find(|mark| mark.status == "flagged");
        let findings = Findings::new(
            input.integrity.findings,
            &pages.site.names,
            pages.data_quality.most_listed,
            sign.map_or("", |mark| mark.sign.as_str()),
        );
        let (gathered, made) = (Mutex::default(), Mutex::default());
        Self { input, pages, engine, style, areas, findings, gathered, put, made, is_site_only: false }
    }

    /// Hands over a file, from whichever thread made it.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        (self.put)(path, bytes)?;
        self.made().paths.insert(path.to_owned());
        Ok(())
    }

    /// Hands over a page of the site, which knows its own address; `page` is its path from the root of the site.
    fn put_page(&self, page: &str, html: &str) -> Result<(), Error> {
        let own = format!("{}{page}", self.input.site_address.unwrap_or_default());
        let homes = Homes::of(page, html, self.input.project);
        self.put(&format!("site/{page}"), html.replace(OWN_ADDRESS, &own).as_bytes())?;
        self.made().homes.add(homes);
        Ok(())
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a page at every address that a page had before, which leads to where its content went.
    pub(crate) fn moved(&self) -> Result<(), Error> {
        for moved in &self.pages.site.moved {
            let is_made = |slug: &str| self.made().paths.contains(&format!("site/{slug}.html"));
            if is_made(&moved.from) || !is_made(&moved.to) {
                continue;
            }
            let context = MovedContext {
                title: &self.pages.site.title,
                address: self.input.site_address.unwrap_or_default(),
                to: format!("{}.html", moved.to),
            };
            let html = self.engine.render("moved.html.j2", context)?;
            self.put_page(&format!("{}.html", moved.from), &html)?;
        }
        Ok(())
    }

    fn readings(&self, dataset: &str) -> Result<Arc<Readings<'a>>, Error> {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(readings) = gathered.get(dataset) {
            return Ok(Arc::clone(readings));
        }
        let readings = Arc::new(Readings::new(self.input, dataset, &self.pages.site.mark)?);
        gathered.insert(dataset.to_owned(), Arc::clone(&readings));
        Ok(readings)
    }

    /// The same; none where the dataset has no year to show.
    fn readings_if_any(&self, dataset: &str) -> Result<Option<Arc<Readings<'a>>>, Error> {
        match self.readings(dataset) {
            Ok(readings) => Ok(Some(readings)),
            Err(Error::NothingToReport { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The dataset of this name; page files are checked, so it is there.
    fn dataset(&self, name: &str) -> Option<&'a Dataset> {
        self.input.project.dataset(name)
    }

    /// Writes a page in both dresses.
    fn add_page(&self, slug: &str, shared: &Shared, page: impl Serialize) -> Result<(), Error> {
        self.add_page_as(slug, slug, shared, page)
    }

    /// Writes a page with the templates of another name.
    fn add_page_as(
        &self,
        template: &str,
        slug: &str,
        shared: &Shared,
        page: impl Serialize,
    ) -> Result<(), Error> {
        let context = Page { site: shared, page };
        let html = self.engine.render(&format!("{template}.html.j2"), &context)?;
        self.put_page(&format!("{slug}.html"), &html)?;
        if !self.is_site_only {
            let markdown = self.engine.markdown(&format!("{template}.md.j2"), &context)?;
            self.put(&format!("{slug}.md"), markdown.as_bytes())?;
        }
        Ok(())
    }

    /// Draws a chart and keeps its file for both dresses.
    fn draw(&self, words: Words, drawing: &impl Layout) -> Result<Chart, Error> {
        let chart = iapt_chart::draw(self.engine.templates(), self.style, words, drawing)?;
        self.add_file(&chart.file, chart.standalone.as_bytes())?;
        Ok(chart)
    }

    /// Keeps a figure or a download for the dresses that the page has; gives back its path relative to the page.
    fn add_file(&self, path: &str, bytes: &[u8]) -> Result<String, Error> {
        if !self.is_site_only {
            self.put(path, bytes)?;
        }
        self.put(&format!("site/{path}"), bytes)?;
        Ok(path.to_owned())
    }
}

/// A name of the tables as part of an address: `recovery_rate` is `recovery-rate`.
fn slug(name: &str) -> String {
    name.replace('_', "-")
}
