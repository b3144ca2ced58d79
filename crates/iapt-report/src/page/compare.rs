//! The pages that compare organisations: one for each measure, and one of the levels that ended.

use std::collections::BTreeSet;

use iapt_chart::{Caterpillar, Chart, Dots, Words, format};
use iapt_model::IndicatorRow;
use serde::Serialize;

use super::{
    Site,
    attrition::Definition,
    chooser::{Compared, Group, PAGE, page_of},
    found::FoundContext,
    funnels::{Block, Steadiness, among},
    over_time::{breaks, over_time_table},
    places::Spread,
    shared::ranges,
    slug,
    verdict::beside_target,
};
use crate::{
    Error,
    declared::{AlsoDrawn, ComparePage, Doubt, Drawing, Headline, LevelSection, MeasureSection, Points},
    download,
    readings::{Readings, Subject, decimals as decimals_of},
    table::Table,
};

#[derive(Serialize)]
struct CompareContext {
    title: String,
    id: String,
    answer: String,
    lead: Vec<String>,
    chooser: Vec<Group>,
    definition: Definition,
    levels: Vec<LevelContext>,
    doubt: Doubt,
    /// Whether anything stands under that question.
    has_doubt: bool,
    spread_download: String,
    limits: Points,
    found: Vec<FoundContext>,
}

#[derive(Serialize)]
struct ArchiveContext {
    title: String,
    lead: Vec<String>,
    chooser: Vec<Group>,
    levels: Vec<ArchiveLevel>,
}

/// A level that ended, with each measure.
#[derive(Serialize)]
struct ArchiveLevel {
    id: String,
    heading: String,
    measures: Vec<LevelContext>,
}

#[derive(Serialize)]
struct LevelContext {
    id: String,
    heading: String,
    period: String,
    /// The map of the areas, where there is one.
    map: Option<Block>,
    latest: Chart,
    latest_table: Table,
    in_markdown: bool,
    over_time: Option<Chart>,
    over_time_table: Table,
    /// How much of it is chance.
    chance: Vec<Block>,
    steadiness: Option<Steadiness>,
}

/// What titles and descriptions of a level are made of.
#[derive(Serialize)]
pub(super) struct LevelWords {
    pub(super) label: String,
    headline: Headline,
    drawing: Drawing,
    has_map: bool,
    pub(super) is_each_drawn: bool,
    breaks: Vec<BreakWords>,
    periods: String,
    missing_periods: String,
    pub(super) newest: SpreadWords,
    oldest: SpreadWords,
    pub(super) floor: String,
    /// Whether its years are added up from months.
    is_of_months: bool,
}

/// One year's spread in words.
#[derive(Serialize)]
pub(super) struct SpreadWords {
    period: String,
    label_plural: String,
    n_organisations: u32,
    n_suppressed: u32,
    n_below_floor: u32,
    n_not_places: u32,
    england: String,
    has_england: bool,
    /// The lowest and the highest, with the sign of a flagged figure.
    minimum: String,
    maximum: String,
    /// Whose they are.
    lowest_name: String,
    highest_name: String,
    p10: String,
    median: String,
    p90: String,
    /// The national standard; empty where there is none.
    target: String,
    n_reached: usize,
    /// How many are clearly higher and lower than England, and how many are compared.
    n_higher: usize,
    n_lower: usize,
    n_compared: usize,
    /// Those that stand out from the usual spread, by name; none where that is not known.
    standing_out: Option<Vec<String>>,
    /// How many would lie outside limits of 95%, one in twenty, if none were unusual.
    n_expected_out: usize,
}

/// Where the organisations of a level become others.
#[derive(Serialize)]
struct BreakWords {
    period: String,
    reason: String,
}

impl<'a> Site<'a> {
    /// Adds the pages that compare organisations.
    pub(crate) fn compare(&mut self) -> Result<(), Error> {
        let compared = self.compared()?;
        for (index, measure) in compared.declared.measure.iter().enumerate() {
            // The first measure's page is the main one; the others are part of the site alone.
            self.is_site_only = index > 0;
            self.measure(&compared, measure)?;
        }
        self.is_site_only = true;
        if compared.has_archive() {
            self.archive(&compared)?;
        }
        if !compared.declared.measure.is_empty() {
            self.side_by_side(&compared)?;
        }
        self.is_site_only = false;
        self.two_indicators(&compared)
    }

    fn measure(&self, compared: &Compared<'a>, measure: &MeasureSection) -> Result<(), Error> {
        let declared = compared.declared;
        let readings = self.readings(measure.dataset())?;
        let name = measure.indicator.as_str();
        let Some(indicator) = readings.indicator(name) else { return Ok(()) };
        let mut levels = Vec::new();
        let mut answer = String::new();
        for section in declared.level.iter().filter(|section| !compared.has_ended(measure, &section.level)) {
            // How sure the figures are is shown of the first level alone: each has hundreds of marks.
            let is_first = levels.is_empty();
            let found = self.level(declared, measure, section, is_first, &readings)?;
            let Some((level, words)) = found else { continue };
            if is_first {
                answer = self.engine.words("compare-answer", &words)?;
            }
            levels.push((section, level));
        }
        let rows = readings.periods().iter().flat_map(|period| {
            let level_rows = |section: &LevelSection| readings.spread(name, &section.level, period).to_vec();
            declared.level.iter().flat_map(level_rows).collect::<Vec<_>>()
        });
        let bytes = download::spread(rows);
        let spread_download = self.add_file(&format!("tables/{}-spread.csv", slug(name)), &bytes)?;
        let shown = levels
            .iter()
            .map(|(section, level)| (section.level.as_str(), section.short.as_str(), level.period.as_str()));
        let found = self.found_in_levels(measure.dataset(), shown);
        let page = page_of(declared, name);
        let title = format!("{}: {}", declared.title, crate::names::lower_first(&indicator.label));
        let levels: Vec<LevelContext> = levels.into_iter().map(|(_, level)| level).collect();
        let mut limits = declared.limits.clone();
        limits.points.splice(0..0, measure.limit.clone());
        let context = CompareContext {
            title: title.clone(),
            id: slug(name),
            answer,
            lead: declared.lead.clone(),
            chooser: self.chooser(compared, &page),
            definition: self.definition(indicator),
            has_doubt: levels.iter().any(|level| !level.chance.is_empty() || level.steadiness.is_some()),
            levels,
            doubt: declared.doubt.clone(),
            spread_download,
            limits,
            found,
        };
        let words = (title.as_str(), declared.description.as_str());
        let shared = self.shared(PAGE, words, measure.dataset(), &readings)?;
        self.add_page_as(PAGE, &page, &shared, context)
    }

    /// The levels that ended, each with the years of every measure.
    fn archive(&self, compared: &Compared<'a>) -> Result<(), Error> {
        let declared = compared.declared;
        let mut levels: Vec<ArchiveLevel> = Vec::new();
        let mut of = None;
        for measure in &declared.measure {
            let readings = self.readings(measure.dataset())?;
            for section in declared.level.iter().filter(|section| compared.has_ended(measure, &section.level))
            {
                let found = self.level(declared, measure, section, false, &readings)?;
                let Some((level, words)) = found else { continue };
                of.get_or_insert_with(|| measure.dataset().to_owned());
                let id = slug(&section.level);
                match levels.iter_mut().find(|one| one.id == id) {
                    Some(found) => found.measures.push(level),
                    None => levels.push(ArchiveLevel {
                        heading: format!("{}, to {}", words.newest.label_plural, words.newest.period),
                        id,
                        measures: vec![level],
                    }),
                }
            }
        }
        let Some(dataset) = of else { return Ok(()) };
        let readings = self.readings(&dataset)?;
        let page = format!("{PAGE}-archive");
        let beside = &declared.archive;
        let shared = self.shared(PAGE, (&beside.title, &beside.description), &dataset, &readings)?;
        let context = ArchiveContext {
            title: beside.title.clone(),
            lead: beside.lead.clone(),
            chooser: self.chooser(compared, &page),
            levels,
        };
        self.add_page(&page, &shared, context)
    }

    fn level(
        &self,
        declared: &ComparePage,
        measure: &MeasureSection,
        section: &LevelSection,
        has_doubt: bool,
        readings: &Readings<'a>,
    ) -> Result<Option<(LevelContext, LevelWords)>, Error> {
        let indicator = measure.indicator.as_str();
        let id = format!("{}-{}", slug(indicator), slug(&section.level));
        let (periods, spreads): (Vec<String>, Vec<Spread>) = readings
            .periods()
            .iter()
            .filter_map(|period| {
                Some((period.clone(), self.spread(indicator, &section.level, period, readings)?))
            })
            .unzip();
        let (Some(oldest), Some(newest)) = (spreads.first(), spreads.last()) else { return Ok(None) };
        let breaks = breaks(&declared.breaks, &section.level, &spreads, &periods);
        let break_words = breaks.iter().filter_map(|(index, reason)| {
            Some(BreakWords { period: periods.get(*index)?.clone(), reason: reason.clone() })
        });
        let known: BTreeSet<&str> = periods.iter().map(String::as_str).collect();
        let missing = readings.periods().iter().map(String::as_str);
        let map =
            if section.also.contains(&AlsoDrawn::Map) { self.map(&id, newest, readings)? } else { None };
        let words = LevelWords {
            label: readings.indicator(indicator).map(|one| one.label.clone()).unwrap_or_default(),
            headline: section.headline,
            drawing: section.drawing,
            has_map: map.is_some(),
            is_each_drawn: section.is_each_drawn,
            breaks: break_words.collect(),
            missing_periods: ranges(readings, &missing.filter(|period| !known.contains(period)).collect()),
            periods: ranges(readings, &known),
            newest: self.spread_words(newest, readings)?,
            oldest: self.spread_words(oldest, readings)?,
            floor: format::count(newest.row.minimum_denominator),
            is_of_months: readings.is_of_months(),
        };
        let rows =
            readings.periods().iter().flat_map(|period| readings.group(indicator, &section.level, period));
        let bytes = download::indicators(rows.copied());
        let path = self.add_file(&format!("tables/{id}.csv"), &bytes)?;
        let level = LevelContext {
            heading: newest.label_plural.clone(),
            period: words.newest.period.clone(),
            map,
            latest: self.latest(&id, section, newest, &words, readings)?,
            latest_table: self.places_table(newest, readings, &path)?,
            in_markdown: section.in_markdown,
            // Of few organisations the table says as much.
            over_time: if section.is_each_drawn {
                None
            } else {
                Some(self.over_time(&id, &periods, breaks, &spreads, &words, readings)?)
            },
            over_time_table: over_time_table(self.engine, &id, indicator, &words, &spreads)?,
            chance: if has_doubt { self.chance(&id, section, newest, readings)? } else { Vec::new() },
            // Shares between areas are of the areas of today, so only areas are asked about.
            steadiness: if section.also.is_empty() { None } else { self.steadiness(&id, newest, &path)? },
            id,
        };
        Ok(Some((level, words)))
    }

    fn spread_words(&self, spread: &Spread, readings: &Readings<'a>) -> Result<SpreadWords, Error> {
        let row = spread.row;
        let decimals = readings.read(&row.indicator, readings.england(), &row.reporting_period)?.decimals;
        let by_value = |left: &&&IndicatorRow, right: &&&IndicatorRow| {
            left.value.unwrap_or_default().total_cmp(&right.value.unwrap_or_default())
        };
        let lowest = spread.counted.iter().min_by(by_value);
        let highest = spread.counted.iter().max_by(by_value);
        let name = |row: Option<&&IndicatorRow>| {
            row.map(|row| self.pages.site.names.display(&row.org_name)).unwrap_or_default()
        };
        let flagged = |row: Option<&&IndicatorRow>, value: f64| {
            let flag = row.and_then(|row| {
                let subject = Subject { level: &row.level, org_code: &row.org_code };
                self.flag("", &row.dataset, subject, &row.reporting_period)
            });
            flag.map_or_else(|| spread.text(value), |flag| format!("{} {}", spread.text(value), flag.sign))
        };
        let verdicts: Vec<&str> =
            spread.counted.iter().map(|row| self.verdict_on(row, &row.dataset)).collect();
        let stand = |which: &str| verdicts.iter().filter(|verdict| **verdict == which).count();
        let (n_higher, n_lower) = (stand("higher"), stand("lower"));
        let organisations = self.input.analysis.organisations(among(spread));
        let classes = organisations.iter().filter_map(|row| Some((*row, row.funnel_class.as_deref()?)));
        let (usual, standing_out): (Vec<_>, Vec<_>) = classes.partition(|(_, class)| *class == "in");
        let n_classes = usual.len() + standing_out.len();
        let mut standing_out: Vec<String> =
            standing_out.iter().map(|(row, _)| self.pages.site.names.display(&row.org_name)).collect();
        standing_out.sort();
        let target = readings.indicator(&row.indicator).and_then(|one| one.target);
        let is_reached = |row: &&&IndicatorRow| {
            target
                .zip(row.value)
                .is_some_and(|(target, value)| beside_target(value, target, decimals_of(row, false)).is_ge())
        };
        let n_reached = spread.counted.iter().filter(is_reached).count();
        Ok(SpreadWords {
            period: row.reporting_period.to_string(),
            label_plural: spread.label_plural.clone(),
            n_organisations: row.n_organisations,
            n_suppressed: row.n_suppressed,
            n_below_floor: row.n_below_floor,
            n_not_places: row.n_not_places,
            england: row.england.map(|value| format::percent(value, decimals)).unwrap_or_default(),
            has_england: row.england.is_some(),
            minimum: flagged(lowest, row.minimum),
            maximum: flagged(highest, row.maximum),
            lowest_name: name(lowest),
            highest_name: name(highest),
            p10: spread.text(row.p10),
            median: spread.text(row.median),
            p90: spread.text(row.p90),
            target: target.map(|target| format::percent(target, 0)).unwrap_or_default(),
            n_reached,
            n_higher,
            n_lower,
            n_compared: n_higher + n_lower + stand("similar"),
            standing_out: (n_classes > 0).then_some(standing_out),
            n_expected_out: (n_classes + 10) / 20,
        })
    }

    /// Every organisation that counts, in the newest year.
    fn latest(
        &self,
        id: &str,
        section: &LevelSection,
        spread: &Spread,
        words: &LevelWords,
        readings: &Readings,
    ) -> Result<Chart, Error> {
        let mut dots = self.dots(spread, readings)?;
        let england = spread.row.england.map(|value| (value, format!("England {}", words.newest.england)));
        let target = readings.indicator(&spread.row.indicator).and_then(|one| one.target);
        let target = target.map(|target| (target, format!("target {}", words.newest.target)));
        let chart_words = Words {
            id: format!("{id}-latest"),
            title: self.engine.words("latest-title", words)?,
            subtitle: self.engine.words("latest-subtitle", words)?,
            description: self.engine.words("latest-description", words)?,
            source: self.credit(&spread.row.dataset, readings)?,
        };
        match section.drawing {
            Drawing::Dots => {
                dots.reverse();
                self.draw(chart_words, &Dots { dots, england, target })
            }
            Drawing::Caterpillar => {
                let ends = ("lowest".to_owned(), "highest".to_owned());
                self.draw(chart_words, &Caterpillar { dots, england, target, ends })
            }
        }
    }
}
