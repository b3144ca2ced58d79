//! Indicator tables become pages.
//!
//! Rows and page files go in; each file is handed to the caller as soon as it is made, who writes it. Every number on a page is a
//! cell of an input row: this crate chooses, formats and places numbers, and computes none. What the rows lack is said
//! where it would stand.
//!
//! - [`render`] makes the Markdown report (`index.md`, ..., `figures/`, `tables/`) and the site (`site/`).
//! - `declared` reads `reports/pages/*.toml`: which page shows which indicators.
//! - `readings` finds rows; `page` puts them into one context per page, which feeds the HTML and the Markdown template.
//! - `iapt-chart` computes the geometry of charts; `reports/templates/charts` draws it.

mod analysis;
mod areas;
mod declared;
mod download;
mod engine;
mod error;
mod escape;
mod integrity;
mod names;
mod page;
mod readings;
mod table;

use std::{io, path::Path};

use iapt_model::{CurrentRow, IndicatorRow, Project, ReleaseRow, ServiceOfBoardRow, SpreadRow};

pub use self::{
    analysis::{Analysis, FUNNEL_LIMITS},
    error::Error,
    integrity::Integrity,
};
use self::{declared::Pages, engine::Engine, page::Site};

/// All that pages are made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What is declared.
    pub project: &'a Project,
    /// The indicator table.
    pub indicators: &'a [IndicatorRow],
    /// The spread table, as far as it is of the organisations that reach the floor.
    pub spread: &'a [SpreadRow],
    /// Today's places in the years before them.
    pub current: &'a [CurrentRow],
    /// Which services work for which board, where the publisher's files say so, in the newest month of each.
    pub services: &'a [ServiceOfBoardRow],
    /// What the statistics say of them.
    pub analysis: Analysis<'a>,
    /// What is known of the data themselves.
    pub integrity: Integrity<'a>,
    /// The releases that both were built from.
    pub releases: &'a [ReleaseRow],
    /// Which edition of the figures this is: a checksum over them.
    pub edition: &'a str,
    /// Where the site will be served, with a slash at its end; none where that is not known.
    pub site_address: Option<&'a str>,
    /// On how many threads the pages of organisations are made.
    pub threads: usize,
    /// Files of the tables that the caller puts under `site/data`, relative to it.
    pub table_files: &'a [String],
}

/// Takes a file: its path relative to the output folder, with slashes, and its bytes.
///
/// It is called from several threads, in no order, and more than once for a file that several pages offer, then with the same bytes.
pub type Put<'a> = &'a (dyn Fn(&str, &[u8]) -> io::Result<()> + Sync);

/// Makes every page, figure and download, and hands each over as soon as it is made; `reports_folder` holds `pages`,
/// `templates` and `assets`.
///
/// The Markdown report lies at the root, the site below `site`. The same input gives the same files. After an error some have been
/// handed over that are of no use.
///
/// # Errors
///
/// [`Error::Page`], [`Error::UnknownIndicator`] and their like when a page file is at fault, [`Error::Template`] when a
/// template asks for what is not there or would print a null, [`Error::Miscounted`] when the indicator and the spread
/// table are not of one run, [`Error::Io`] when one is not taken.
pub fn render(input: &Input, reports_folder: &Path, put: Put<'_>) -> Result<(), Error> {
    let mut pages = Pages::read(&reports_folder.join("pages"), input.project)?;
    pages.fit(input);
    let engine = Engine::read(&reports_folder.join("templates"), &pages)?;
    let asset = |name: &str| fs_err::read_to_string(reports_folder.join("assets").join(name));
    let (chart_style, page_style) = (asset("chart.css")?, asset("style.css")?);
    let mut site = Site::new(input, &pages, &engine, &chart_style, put);
    site.block_pages()?;
    site.compare()?;
    site.inequality()?;
    site.areas()?;
    site.claims()?;
    site.data_quality()?;
    site.changes()?;
    site.data()?;
    site.research_object()?;
    site.explore()?;
    site.api()?;
    site.moved()?;
    site.feeds()?;
    site.put("site/assets/card.png", &fs_err::read(reports_folder.join("assets/card.png"))?)?;
    for script in ["script.js", "compare.js", "explore.js"] {
        site.put(&format!("site/assets/{script}"), asset(script)?.as_bytes())?;
    }
    site.put("site/assets/style.css", format!("{chart_style}\n{page_style}").as_bytes())
}
