//! The first page: the answer in one sentence, the year in five figures, where everything comes from.

use std::collections::BTreeSet;

use iapt_model::ReleaseRow;
use serde::Serialize;

use super::{
    Site,
    bases::Answer,
    shared::{Source, origin, source_of},
};
use crate::{
    Error,
    chart::Chart,
    declared::{Link, Story},
    escape::clean,
    readings::{Reading, Readings},
    table::{Cell, Column, Row, Table},
};

#[derive(Serialize)]
struct IndexContext {
    title: String,
    lead: Vec<String>,
    answer: String,
    stories: Vec<StoryContext>,
    bases: Chart,
    bases_table: Table,
    links: Vec<LinkContext>,
    sources: Vec<Source>,
    provenance: Table,
}

/// One of the five figures.
#[derive(Serialize)]
struct StoryContext {
    /// The number, or that it is not in the figures.
    figure: String,
    /// Which cell of the indicator table it is; empty where it is none.
    cell: String,
    is_known: bool,
    sentence: String,
    /// The counts behind it, and the period where it is not the newest.
    detail: String,
    page: String,
    anchor: String,
}

#[derive(Serialize)]
struct LinkContext {
    #[serde(flatten)]
    link: Link,
    label: String,
    is_site_only: bool,
}

/// What the sentence under a figure is made of.
#[derive(Serialize)]
struct StoryWords<'a> {
    reading: Option<&'a Reading>,
    spread: Option<SpreadWords>,
    newest: &'a str,
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

impl Site<'_> {
    /// Adds the first page.
    pub(crate) fn index(&mut self) -> Result<(), Error> {
        let declared = self.pages.index.clone();
        let readings = self.readings(&declared.dataset)?;
        let answer = Answer::of_england(self.pages.pathway_of(&declared.dataset), &readings)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared("index", words, &declared.dataset, &readings)?;
        // How far organisations differ is a figure of the page that says so.
        let of_levels = self.readings_if_any(&self.pages.variation.dataset)?;
        let stories = declared.story.iter().map(|story| {
            let level = story.level.as_ref().and(of_levels.as_ref());
            self.story(story, level.unwrap_or(&readings))
        });
        let stories = stories.collect::<Result<_, _>>()?;
        let (bases, bases_table) =
            self.bases(self.pages.pathway_of(&declared.dataset), &answer, &readings)?;
        let links = declared.link.iter().filter_map(|link| {
            let entry = self.pages.site.page.iter().find(|entry| entry.slug == link.page)?;
            self.is_made(entry).then(|| LinkContext {
                link: link.clone(),
                label: entry.label.clone(),
                is_site_only: entry.is_site_only,
            })
        });
        let context = IndexContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            answer: self.engine.words("index-answer", &answer)?,
            stories,
            bases,
            bases_table,
            links: links.collect(),
            sources: self.sources(&declared.dataset),
            provenance: self.provenance(),
        };
        self.add_page("index", &shared, context)
    }

    fn story(&self, story: &Story, readings: &Readings) -> Result<StoryContext, Error> {
        let found = match &story.level {
            None => self.indicator_story(story, readings)?,
            Some(level) => self.spread_story(story, level, readings)?,
        };
        let (figure, cell, is_known, detail) = found;
        Ok(StoryContext {
            figure,
            cell,
            is_known,
            sentence: story.sentence.clone(),
            detail,
            page: story.page.clone(),
            anchor: story.anchor.clone(),
        })
    }

    fn indicator_story(
        &self,
        story: &Story,
        readings: &Readings,
    ) -> Result<(String, String, bool, String), Error> {
        let england = readings.england();
        let newest = readings.newest();
        let period = readings.newest_with_value(&story.indicator, england).unwrap_or(newest);
        let reading = readings.read(&story.indicator, england, period)?;
        let words = StoryWords { reading: Some(&reading), spread: None, newest, period };
        let cell = reading.figure.clone();
        Ok((reading.value_text(), cell, reading.is_known, self.engine.words("story-detail", words)?))
    }

    fn spread_story(
        &self,
        story: &Story,
        level: &str,
        readings: &Readings,
    ) -> Result<(String, String, bool, String), Error> {
        let newest = readings.newest();
        let found = self.newest_spread(&story.indicator, level, readings);
        let period = found.as_ref().map_or(newest, |spread| spread.row.reporting_period.as_str());
        let spread = found.as_ref().map(|spread| SpreadWords {
            minimum: spread.text(spread.row.minimum),
            maximum: spread.text(spread.row.maximum),
            median: spread.text(spread.row.median),
            n_organisations: spread.row.n_organisations,
            label_plural: spread.label_plural.clone(),
        });
        let is_known = spread.is_some();
        let words = StoryWords { reading: None, spread, newest, period };
        let figure = self.engine.words("story-figure", &words)?;
        Ok((figure, String::new(), is_known, self.engine.words("story-detail", &words)?))
    }

    /// Every release that the pages rest on, whatever its dataset.
    fn provenance(&mut self) -> Table {
        let releases = self.releases();
        let key = |row: &ReleaseRow| (row.reporting_period.clone(), row.dataset.clone(), row.edition);
        let rows = releases.chunk_by(|left, right| key(left) == key(right)).filter_map(|files| {
            let first = files.first()?;
            let names: Vec<String> = files.iter().map(|file| clean(&file.source_file)).collect();
            Some(Row::new(vec![
                Cell::with_detail(clean(&first.reporting_period), clean(&first.dataset)),
                Cell::new(first.edition.to_string()),
                Cell::new(origin(first)),
                Cell::new(first.sha256.chars().take(12).collect::<String>()),
                Cell::new(names.join("; ")),
            ]))
        });
        Table {
            id: "table-releases".to_owned(),
            caption: "The releases that these pages were made from".to_owned(),
            columns: vec![
                Column::text("Period"),
                Column::number("Edition"),
                Column::prose("Read from"),
                Column::text("SHA-256 begins"),
                Column::prose("Files or tables read"),
            ],
            rows: rows.collect(),
            download: self.releases_download(),
        }
    }

    /// Whose figures they are, dataset by dataset, the page's own first.
    fn sources(&self, first: &str) -> Vec<Source> {
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
