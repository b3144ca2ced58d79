//! The first page: the answer in one sentence, the year in five figures, where everything comes from.

use serde::Serialize;

use super::{Site, bases::Answer, shared::origin};
use crate::{
    Error,
    chart::Chart,
    declared::{Link, Story},
    download,
    escape::clean,
    format::count,
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
        let answer = Answer::of_england(&self.pages.attrition, &readings)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared("index", words, &declared.dataset, &readings)?;
        let stories =
            declared.story.iter().map(|story| self.story(story, &readings)).collect::<Result<_, _>>()?;
        let (bases, bases_table) = self.bases(&self.pages.attrition, &answer, &readings)?;
        let links = declared.link.iter().map(|link| {
            let entry = self.pages.site.page.iter().find(|entry| entry.slug == link.page);
            LinkContext {
                link: link.clone(),
                label: entry.map(|entry| entry.label.clone()).unwrap_or_default(),
                is_site_only: entry.is_some_and(|entry| entry.is_site_only),
            }
        });
        let context = IndexContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            answer: self.engine.words("answer", &answer)?,
            stories,
            bases,
            bases_table,
            links: links.collect(),
            provenance: self.provenance(&declared.dataset),
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

    fn provenance(&mut self, dataset: &str) -> Table {
        let releases = self.releases(dataset);
        let cells = |release: &&iapt_model::ReleaseRow| {
            Row::new(vec![
                Cell::with_detail(clean(&release.reporting_period), clean(&release.source_file)),
                Cell::new(release.edition.to_string()),
                Cell::new(origin(release)),
                Cell::new(release.sha256.chars().take(12).collect::<String>()),
                Cell::new(whole(release.n_rows)),
                Cell::new(whole(release.n_reported)),
                Cell::new(whole(release.n_suppressed)),
                Cell::new(whole(release.n_not_applicable)),
                Cell::new(whole(release.n_no_activity)),
                Cell::new(whole(release.n_missing)),
            ])
        };
        let rows = releases.iter().map(cells).collect();
        let bytes = download::releases(releases.into_iter());
        Table {
            id: "table-releases".to_owned(),
            caption: "The files that these pages were made from, and what their cells hold".to_owned(),
            columns: vec![
                Column::text("Period and file"),
                Column::number("Edition"),
                Column::text("Read from"),
                Column::text("SHA-256 begins"),
                Column::number("Rows"),
                Column::number("Numbers"),
                Column::number("Suppressed"),
                Column::number("Not applicable"),
                Column::number("No activity"),
                Column::number("Empty"),
            ],
            rows,
            download: self.add_file("tables/releases.csv", bytes),
        }
    }
}

/// A whole number with commas.
fn whole(number: u64) -> String {
    u32::try_from(number).map_or_else(|_| number.to_string(), |number| count(f64::from(number)))
}
