//! The page about differences between organisations: a level at a time, every year, and every organisation of the newest.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Site,
    attrition::Definition,
    found::FoundContext,
    funnels::{Block, Steadiness},
    over_time::{breaks, over_time_table},
    places::Spread,
    shared::ranges,
    slug,
};
use crate::{
    Error,
    chart::{Caterpillar, Chart, Dots, Words},
    declared::{Drawing, Headline, LevelSection, Points, VariationPage},
    download, format,
    readings::Readings,
    table::Table,
};

#[derive(Serialize)]
struct VariationContext {
    title: String,
    lead: Vec<String>,
    summary: Vec<Summary>,
    /// The one that the page is about.
    indicators: Vec<IndicatorContext>,
    limits: Points,
    found: Vec<FoundContext>,
}

/// One card of the page's summary.
#[derive(Serialize)]
struct Summary {
    /// The page that says more; not in the Markdown report where `is_here` is false.
    page: String,
    is_here: bool,
    anchor: String,
    figure: String,
    sentence: String,
    detail: String,
}

#[derive(Serialize)]
struct IndicatorContext {
    id: String,
    definition: Definition,
    levels: Vec<LevelContext>,
    spread_download: String,
}

#[derive(Serialize)]
struct LevelContext {
    id: String,
    short: String,
    heading: String,
    /// What stands in place of the charts when no year has the level; empty where there are charts.
    missing: String,
    shown: Option<Shown>,
}

#[derive(Serialize)]
struct Shown {
    period: String,
    is_newest: bool,
    newest: String,
    latest: Chart,
    latest_table: Table,
    in_markdown: bool,
    over_time: Chart,
    over_time_table: Table,
    /// How much of it is chance.
    chance: Vec<Block>,
    steadiness: Option<Steadiness>,
}

/// What titles and descriptions of a level are made of.
#[derive(Serialize)]
pub(super) struct LevelWords {
    pub(super) label: String,
    definition: String,
    short: String,
    headline: Headline,
    drawing: Drawing,
    pub(super) is_each_drawn: bool,
    breaks: Vec<BreakWords>,
    periods: String,
    missing_periods: String,
    newest: SpreadWords,
    oldest: SpreadWords,
    pub(super) floor: String,
}

/// One year's spread in words.
#[derive(Serialize)]
struct SpreadWords {
    period: String,
    label_plural: String,
    n_organisations: u32,
    n_suppressed: u32,
    n_below_floor: u32,
    n_not_places: u32,
    england: String,
    has_england: bool,
    minimum: String,
    p10: String,
    p25: String,
    median: String,
    p75: String,
    p90: String,
    maximum: String,
}

impl SpreadWords {
    fn new(spread: &Spread, england_decimals: usize) -> Self {
        let row = spread.row;
        Self {
            period: row.reporting_period.clone(),
            label_plural: spread.label_plural.clone(),
            n_organisations: row.n_organisations,
            n_suppressed: row.n_suppressed,
            n_below_floor: row.n_below_floor,
            n_not_places: row.n_not_places,
            england: row.england.map(|value| format::percent(value, england_decimals)).unwrap_or_default(),
            has_england: row.england.is_some(),
            minimum: spread.text(row.minimum),
            p10: spread.text(row.p10),
            p25: spread.text(row.p25),
            median: spread.text(row.median),
            p75: spread.text(row.p75),
            p90: spread.text(row.p90),
            maximum: spread.text(row.maximum),
        }
    }
}

#[derive(Serialize)]
struct SummaryWords<'a> {
    label: &'a str,
    spread: SpreadWords,
}

/// Where the organisations of a level become others.
#[derive(Serialize)]
struct BreakWords {
    period: String,
    reason: String,
}

#[derive(Serialize)]
struct MissingLevel<'a> {
    label: &'a str,
    short: &'a str,
}

impl<'a> Site<'a> {
    /// Adds the page about differences between organisations.
    pub(crate) fn variation(&mut self) -> Result<(), Error> {
        let declared = self.pages.variation.clone();
        if declared.indicators.is_empty() {
            return Ok(());
        }
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared("regional-variation", words, &declared.dataset, &readings)?;
        for (index, name) in declared.indicators.iter().enumerate() {
            let Some(indicator) = readings.indicator(name) else { continue };
            // The first indicator's page is the main one; the others are part of the site alone.
            self.is_site_only = index > 0;
            let mut levels = Vec::new();
            for section in &declared.level {
                levels.push(self.level(&declared, name, section, &readings)?);
            }
            let rows = readings.periods().iter().flat_map(|period| {
                let level_rows =
                    |section: &LevelSection| readings.spread(name, &section.level, period).to_vec();
                declared.level.iter().flat_map(level_rows).collect::<Vec<_>>()
            });
            let bytes = download::spread(rows);
            let shown = declared.level.iter().zip(&levels).filter_map(|(section, level)| {
                Some((section.level.as_str(), section.short.as_str(), level.shown.as_ref()?.period.as_str()))
            });
            let found = self.found_in_levels(&declared.dataset, shown);
            let context = IndicatorContext {
                id: slug(name),
                definition: self.definition(indicator),
                levels,
                spread_download: self.add_file(&format!("tables/{}-spread.csv", slug(name)), bytes),
            };
            let title = format!("{}: {}", declared.title, crate::names::lower_first(&indicator.label));
            let context = VariationContext {
                title: title.clone(),
                lead: declared.lead.clone(),
                summary: self.summaries(&declared, name, &readings)?,
                indicators: vec![context],
                limits: declared.limits.clone(),
                found,
            };
            let shared = shared.at("", &title, &declared.description);
            self.add_page_as("regional-variation", &page_of(&declared, name), &shared, context)?;
        }
        self.is_site_only = false;
        Ok(())
    }

    /// A card for each indicator.
    fn summaries(
        &self,
        declared: &VariationPage,
        shown: &str,
        readings: &Readings<'a>,
    ) -> Result<Vec<Summary>, Error> {
        let mut cards = Vec::new();
        for name in &declared.indicators {
            let anchor = format!("{}-{}", slug(name), slug(&declared.summary_level));
            let card = self.summary(&anchor, name, &declared.summary_level, readings)?;
            let page = page_of(declared, name);
            cards.extend(card.map(|card| Summary { page, is_here: name == shown, ..card }));
        }
        Ok(cards)
    }

    fn summary(
        &self,
        anchor: &str,
        indicator: &str,
        level: &str,
        readings: &Readings<'a>,
    ) -> Result<Option<Summary>, Error> {
        let Some(spread) = self.newest_spread(indicator, level, readings) else { return Ok(None) };
        let period = &spread.row.reporting_period;
        let decimals = readings.read(indicator, readings.england(), period)?.decimals;
        let words = SummaryWords {
            label: readings.indicator(indicator).map_or("", |one| one.label.as_str()),
            spread: SpreadWords::new(&spread, decimals),
        };
        Ok(Some(Summary {
            page: String::new(),
            is_here: false,
            anchor: anchor.to_owned(),
            figure: self.engine.words("summary-figure", &words)?,
            sentence: self.engine.words("summary-sentence", &words)?,
            detail: self.engine.words("summary-detail", &words)?,
        }))
    }

    fn level(
        &mut self,
        declared: &VariationPage,
        indicator: &str,
        section: &LevelSection,
        readings: &Readings<'a>,
    ) -> Result<LevelContext, Error> {
        let id = format!("{}-{}", slug(indicator), slug(&section.level));
        let label = readings.indicator(indicator).map_or("", |one| one.label.as_str());
        let spreads: Vec<Option<Spread>> = readings
            .periods()
            .iter()
            .map(|period| self.spread(indicator, &section.level, period, readings))
            .collect();
        let known: Vec<&Spread> = spreads.iter().flatten().collect();
        let (Some(oldest), Some(newest)) = (known.first(), known.last()) else {
            let missing =
                self.engine.words("level-missing", MissingLevel { label, short: &section.short })?;
            let heading = section.short.clone();
            return Ok(LevelContext { id, short: section.short.clone(), heading, missing, shown: None });
        };
        let england_decimals = |spread: &Spread| {
            let period = &spread.row.reporting_period;
            readings.read(indicator, readings.england(), period).map(|reading| reading.decimals)
        };
        let periods: BTreeSet<&str> =
            known.iter().map(|spread| spread.row.reporting_period.as_str()).collect();
        let missing = readings.periods().iter().map(String::as_str);
        let breaks = breaks(&declared.breaks, &section.level, &spreads, readings.periods());
        let break_words = breaks.iter().filter_map(|(index, reason)| {
            Some(BreakWords { period: readings.periods().get(*index)?.clone(), reason: reason.clone() })
        });
        let words = LevelWords {
            label: label.to_owned(),
            definition: readings.indicator(indicator).map(|one| one.definition.clone()).unwrap_or_default(),
            short: section.short.clone(),
            headline: section.headline,
            drawing: section.drawing,
            is_each_drawn: section.is_each_drawn,
            breaks: break_words.collect(),
            missing_periods: ranges(readings, &missing.filter(|period| !periods.contains(period)).collect()),
            periods: ranges(readings, &periods),
            newest: SpreadWords::new(newest, england_decimals(newest)?),
            oldest: SpreadWords::new(oldest, england_decimals(oldest)?),
            floor: format::count(newest.row.minimum_denominator),
        };
        let rows =
            readings.periods().iter().flat_map(|period| readings.group(indicator, &section.level, period));
        let bytes = download::indicators(rows.copied());
        let path = self.add_file(&format!("tables/{id}.csv"), bytes);
        let latest = self.latest(&id, section, newest, &words, readings)?;
        let latest_table = self.places_table(newest, readings, &path)?;
        let over_time = self.over_time(&id, breaks, &spreads, &words, readings)?;
        let over_time_table = over_time_table(&id, indicator, &words, &known);
        let shown = Shown {
            period: words.newest.period.clone(),
            is_newest: words.newest.period == readings.newest(),
            newest: readings.newest().to_owned(),
            latest,
            latest_table,
            in_markdown: section.in_markdown,
            over_time,
            over_time_table,
            chance: self.chance(&id, section, newest, readings)?,
            steadiness: self.steadiness(&id, newest, &path)?,
        };
        let heading = section.short.clone();
        Ok(LevelContext {
            id,
            short: section.short.clone(),
            heading,
            missing: String::new(),
            shown: Some(shown),
        })
    }

    /// Every organisation that counts, in the newest year.
    fn latest(
        &mut self,
        id: &str,
        section: &LevelSection,
        spread: &Spread,
        words: &LevelWords,
        readings: &Readings,
    ) -> Result<Chart, Error> {
        let mut dots = self.dots(spread, readings)?;
        let england = spread.row.england.map(|value| (value, format!("England {}", words.newest.england)));
        let chart_words = Words {
            id: format!("{id}-latest"),
            title: self.engine.words("latest-title", words)?,
            subtitle: self.engine.words("latest-subtitle", words)?,
            description: self.engine.words("latest-description", words)?,
            source: self.credit(&self.pages.variation.dataset, readings)?,
        };
        match section.drawing {
            Drawing::Dots => {
                dots.reverse();
                self.draw(chart_words, &Dots { dots, england })
            }
            Drawing::Caterpillar => {
                let ends = ("lowest".to_owned(), "highest".to_owned());
                self.draw(chart_words, &Caterpillar { dots, england, ends })
            }
        }
    }
}

/// The page of an indicator; the first one's is the main page.
fn page_of(declared: &VariationPage, indicator: &str) -> String {
    if declared.indicators.first().is_some_and(|first| first == indicator) {
        "regional-variation".to_owned()
    } else {
        format!("regional-variation-{}", slug(indicator))
    }
}
