//! Figures with a link, and where everything comes from: what the first page and the page of methods show.

use std::collections::BTreeSet;

use iapt_model::ReleaseRow;
use serde::Serialize;

use super::{
    Site,
    shared::{Source, origin, source_of},
};
use crate::{
    Error,
    declared::Story,
    escape::clean,
    readings::{Reading, Readings},
    table::{Cell, Row, Table},
};

/// A figure, the name of its cell (empty where it is none), and what it is made of.
type Told = (String, String, String);

/// One figure that leads to the page about it.
#[derive(Serialize)]
pub(super) struct StoryContext {
    figure: String,
    /// Which cell of the indicator table it is; empty where it is none.
    cell: String,
    sentence: String,
    /// The counts behind it, and the period.
    detail: String,
    page: String,
    anchor: String,
}

/// What the line under a figure is made of.
#[derive(Serialize)]
struct StoryWords<'a> {
    reading: Option<&'a Reading>,
    spread: Option<SpreadWords>,
    period: &'a str,
}

#[derive(Serialize)]
struct SpreadWords {
    minimum: String,
    maximum: String,
    n_organisations: u32,
    label_plural: String,
    median: String,
}

impl<'a> Site<'a> {
    /// One figure with its link; none where no year has it, or the page that it leads to is not made.
    pub(super) fn story(
        &self,
        story: &Story,
        readings: &Readings<'a>,
    ) -> Result<Option<StoryContext>, Error> {
        if !self.pages.site.is_made(&story.page) {
            return Ok(None);
        }
        let found = match &story.level {
            None => self.indicator_story(story, readings)?,
            Some(level) => self.spread_story(story, level, readings)?,
        };
        let context = |(figure, cell, detail)| StoryContext {
            figure,
            cell,
            sentence: story.sentence.clone(),
            detail,
            page: story.page.clone(),
            anchor: story.anchor.clone(),
        };
        Ok(found.map(context))
    }

    fn indicator_story(&self, story: &Story, readings: &Readings) -> Result<Option<Told>, Error> {
        let england = readings.england();
        let Some(period) = readings.newest_with_value(&story.indicator, england) else { return Ok(None) };
        let reading = readings.read(&story.indicator, england, period)?;
        let words = StoryWords { reading: Some(&reading), spread: None, period };
        let detail = self.engine.words("story-detail", words)?;
        Ok(Some((reading.value_text(), reading.figure.clone(), detail)))
    }

    fn spread_story(
        &self,
        story: &Story,
        level: &str,
        readings: &Readings<'a>,
    ) -> Result<Option<Told>, Error> {
        let Some(spread) = self.newest_spread(&story.indicator, level, readings) else { return Ok(None) };
        let said = SpreadWords {
            minimum: spread.text(spread.row.minimum),
            maximum: spread.text(spread.row.maximum),
            median: spread.text(spread.row.median),
            n_organisations: spread.row.n_organisations,
            label_plural: spread.label_plural.clone(),
        };
        let words = StoryWords { reading: None, spread: Some(said), period: &spread.row.reporting_period };
        let figure = self.engine.words("story-figure", &words)?;
        Ok(Some((figure, String::new(), self.engine.words("story-detail", &words)?)))
    }

    /// Every release that the pages rest on, whatever its dataset.
    pub(super) fn provenance(&self) -> Result<Table, Error> {
        let releases = self.releases();
        let key = |row: &ReleaseRow| (row.reporting_period.clone(), row.dataset.clone(), row.edition);
        let rows = releases.chunk_by(|left, right| key(left) == key(right)).filter_map(|files| {
            let first = files.first()?;
            let names: Vec<String> = files.iter().map(|file| clean(&file.source_file)).collect();
            // Where the publisher has the release.
            let link = clean(first.publication_page.as_deref().unwrap_or_default());
            let period = Cell::with_detail(clean(&first.reporting_period), clean(&first.dataset));
            Some(Row::new(vec![
                Cell { link, ..period },
                Cell::new(first.edition.to_string()),
                Cell::new(origin(first)),
                Cell::new(first.sha256.chars().take(12).collect::<String>()),
                Cell::new(names.join("; ")),
            ]))
        });
        let rows = rows.collect();
        self.engine.heads("releases", ())?.over("table-releases", rows, &self.releases_download()?)
    }

    /// Whose figures they are, dataset by dataset, the page's own first.
    pub(super) fn sources(&self, first: &str) -> Vec<Source> {
        let names: BTreeSet<&str> = self.input.releases.iter().map(|row| row.dataset.as_str()).collect();
        let others = names.into_iter().filter(|name| *name != first);
        let source = |name: &str| {
            let releases = self.input.releases.iter().filter(|row| row.dataset == name);
            let periods: BTreeSet<&str> = releases.map(|row| row.reporting_period.as_str()).collect();
            let written = match (periods.first()?, periods.last()?) {
                (first, last) if first == last => (*first).to_owned(),
                (first, last) => format!("{first} to {last}"),
            };
            Some(source_of(self.dataset(name)?, written))
        };
        [first].into_iter().chain(others).filter_map(source).collect()
    }
}
