//! Pages made of declared blocks: each block becomes a heading, sentences, a chart, folded tables and points.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use iapt_chart::Chart;
use serde::Serialize;

use super::{
    Site,
    area::Link,
    attrition::Definition,
    bases::{Answer, SeriesOfYears},
    index::StoryContext,
    long_series::BreakContext,
    parts::PartsOf,
    practices::PracticeContext,
    shared,
    shares::Drawn,
    stated::StatedBy,
    years_table::england_table,
};
use crate::{
    Error,
    declared::{self, Block, BlockPage, IndicatorList, Kind, PartList, PathwayPage, Point},
    readings::{Reading, Readings},
    table::Table,
};

#[derive(Serialize)]
struct PageContext {
    title: String,
    has_contents: bool,
    blocks: Vec<BlockContext>,
}

/// A block as templates see it; what its kind does not have is empty.
#[derive(Default, Serialize)]
struct BlockContext {
    id: String,
    heading: String,
    /// The line that unfolds the rest; empty where it is seen at once.
    folded: String,
    is_answer: bool,
    is_search: bool,
    is_glossary: bool,
    /// Sentences over what is drawn.
    text: Vec<String>,
    chart: Option<Chart>,
    #[serde(skip)]
    folded_table: String,
    tables: Vec<Folded>,
    /// A table that is seen at once.
    open: Option<Table>,
    /// Who states its figures.
    stated_by: Vec<StatedBy>,
    /// The file with the numbers; empty where there is none.
    download: String,
    stories: Vec<StoryContext>,
    points: Vec<Point>,
    practices: Vec<PracticeContext>,
    links: Vec<Link>,
    breaks: Vec<BreakContext>,
    definitions: Vec<Definition>,
    essays: Vec<declared::Source>,
    publishers: Vec<shared::Source>,
}

/// A table that is unfolded by who wants it.
#[derive(Serialize)]
struct Folded {
    /// What unfolds it; empty where it is the numbers of the chart.
    line: String,
    table: Table,
}

/// What the blocks of a page read from.
pub(super) struct Shelf<'a> {
    page: &'a BlockPage,
    /// Of every dataset that the page names and that has figures.
    readings: BTreeMap<&'a str, Arc<Readings<'a>>>,
    /// The series that has the whole pathway.
    lead: &'a PathwayPage,
    /// The other one.
    other: &'a PathwayPage,
}

impl<'a> Shelf<'a> {
    pub(super) fn readings(&self, dataset: &str) -> Option<&Readings<'a>> {
        self.readings.get(dataset).map(|readings| &**readings)
    }

    /// Of the series that has the whole pathway.
    fn of_lead(&self) -> Result<&Readings<'a>, Error> {
        let missing = || Error::NothingToReport { dataset: self.lead.dataset.clone() };
        self.readings(&self.lead.dataset).ok_or_else(missing)
    }

    /// Both series with their answers, the one with the whole pathway first.
    fn answers(&self) -> Result<Vec<(&'a PathwayPage, Answer, &Readings<'a>)>, Error> {
        let mut answers = Vec::new();
        for page in [self.lead, self.other] {
            let is_same = answers.iter().any(|(one, ..): &(&PathwayPage, _, _)| one.dataset == page.dataset);
            if let Some(readings) = self.readings(&page.dataset).filter(|_| !is_same) {
                answers.push((page, Answer::of_england(page, readings)?, readings));
            }
        }
        Ok(answers)
    }
}

impl<'a> Site<'a> {
    /// Adds every page that is made of blocks.
    pub(crate) fn block_pages(&mut self) -> Result<(), Error> {
        let pages = self.pages;
        for page in &pages.blocks {
            self.block_page(page)?;
        }
        for page in [pages.lead(), pages.other()] {
            if let Some(readings) = self.readings_if_any(&page.dataset)? {
                self.add_pathway_download(page, &readings)?;
            }
        }
        Ok(())
    }

    fn block_page(&mut self, page: &'a BlockPage) -> Result<(), Error> {
        let (lead, other) = (self.pages.lead(), self.pages.other());
        let names: BTreeSet<&str> =
            page.datasets().chain([&lead.dataset, &other.dataset]).map(String::as_str).collect();
        let mut readings = BTreeMap::new();
        for name in names {
            if let Some(found) = self.readings_if_any(name)? {
                readings.insert(name, found);
            }
        }
        let shelf = Shelf { page, readings, lead, other };
        let missing = || Error::NothingToReport { dataset: page.dataset.clone() };
        let own = shelf.readings(&page.dataset).ok_or_else(missing)?;
        let words = (page.title.as_str(), page.description.as_str());
        let shared = self.shared(&page.slug, words, &page.dataset, own)?;
        let mut told = BTreeSet::from([page.dataset.as_str()]);
        let others = page.datasets().map(String::as_str).filter(|name| told.insert(name));
        let others = others.filter_map(|name| Some((name, shelf.readings(name)?)));
        let shared = self.with_sources(shared, others)?;
        let shared = if page.is_of_every_dataset { self.of_every_dataset(shared)? } else { shared };
        self.is_site_only = page.is_site_only;
        let mut blocks = Vec::new();
        for block in &page.block {
            blocks.extend(self.block(block, &shelf)?);
        }
        let context = PageContext { title: page.title.clone(), has_contents: page.has_contents, blocks };
        self.add_page_as("blocks", &page.slug, &shared, context)?;
        self.is_site_only = false;
        Ok(())
    }

    /// What a block shows; none where the figures have nothing for it.
    fn block(&self, block: &'a Block, shelf: &Shelf<'a>) -> Result<Option<BlockContext>, Error> {
        let Some(mut figures) = self.named_figures(&block.figure, shelf)? else { return Ok(None) };
        for named in &block.stated {
            let Some(found) = self.named_stated(named)? else { return Ok(None) };
            figures.insert(named.name.as_str(), found);
        }
        let where_found = block.where_found.iter().filter(|one| self.findings.has_any(&one.rule));
        let text = block.text.iter().chain(where_found.map(|one| &one.text));
        let text = text.map(|text| self.engine.sentence(text, &figures));
        let mut context = BlockContext {
            id: block.id.clone(),
            heading: block.heading.clone(),
            folded: block.folded.clone(),
            folded_table: block.folded_table.clone(),
            text: text.collect::<Result<_, _>>()?,
            ..BlockContext::default()
        };
        let is_there = self.fill(&mut context, block, &figures, shelf)?;
        Ok(is_there.then_some(context))
    }

    /// Adds what the kind of a block draws; false where there is nothing to draw.
    fn fill(
        &self,
        context: &mut BlockContext,
        block: &'a Block,
        figures: &BTreeMap<&str, Reading>,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        match &block.kind {
            Kind::Text(_) => context.is_answer = context.heading.is_empty(),
            Kind::Practices(list) => {
                context.practices = list.practice.iter().map(|one| self.practice(one)).collect();
            }
            Kind::Search(_) => {
                context.is_search = true;
                return Ok(self.areas.iter().next().is_some());
            }
            Kind::Answer(declared) => {
                let answer = Answer::of_england(shelf.lead, shelf.of_lead()?)?;
                context.is_answer = true;
                context.text.insert(0, self.engine.words(&declared.wording, &answer)?);
            }
            Kind::Bases(_) => {
                let readings = shelf.of_lead()?;
                let answer = Answer::of_england(shelf.lead, readings)?.of_known();
                if answer.is_empty() {
                    return Ok(false);
                }
                let (chart, table) = self.bases(shelf.lead, &answer, readings)?;
                context.show(chart, table);
            }
            Kind::Years(_) => return self.fill_years(context, shelf),
            Kind::Flow(_) => match self.flow(shelf.lead, shelf.of_lead()?)? {
                Some((chart, table)) => context.show(chart, table),
                None => return Ok(false),
            },
            Kind::Groups(declared) => {
                for group in declared::named(&shelf.lead.group, &declared.groups) {
                    if let Some(table) = self.group(shelf.lead, group, shelf.of_lead()?)? {
                        context.fold_as(group.heading.clone(), table);
                    }
                }
                return Ok(!context.tables.is_empty());
            }
            Kind::Hundred(declared) => {
                let Some(of) = parts_of(context, declared, figures, shelf)? else { return Ok(false) };
                match self.hundred(&of)? {
                    Some(chart) => {
                        let download = of.download.clone();
                        context.chart = Some(chart);
                        context.download = download;
                    }
                    None => return Ok(false),
                }
            }
            Kind::PartsByYear(declared) => {
                let Some(of) = parts_of(context, declared, figures, shelf)? else { return Ok(false) };
                let Some((chart, table)) = self.parts_by_year(&of)? else { return Ok(false) };
                if declared.own.is_some() {
                    let names: Vec<&str> = declared.part.iter().map(|part| part.indicator.as_str()).collect();
                    self.add_england_download(&table.download, &names, of.readings)?;
                }
                context.show(chart, table);
            }
            Kind::Stories(declared) => {
                for story in &declared.story {
                    let Some(readings) = shelf.readings(&story.dataset) else { continue };
                    context.stories.extend(self.story(story, readings)?);
                }
                return Ok(!context.stories.is_empty());
            }
            Kind::Panels(declared) => {
                let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
                match self.panels(&context.id, &context.heading, declared, readings)? {
                    Some((chart, table)) => context.show(chart, table),
                    None => return Ok(false),
                }
                context.text.extend(self.found_in_months(declared)?);
            }
            Kind::Table(declared) => return self.fill_table(context, declared, shelf),
            Kind::Shares(declared) => {
                let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
                let of = Drawn { id: &block.id, heading: &block.heading, figures, readings };
                match self.shares(&of, declared)? {
                    Some((chart, table)) => context.show(chart, table),
                    None => return Ok(false),
                }
            }
            Kind::ByCategory(declared) => {
                let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
                let of = Drawn { id: &block.id, heading: &block.heading, figures, readings };
                match self.by_category(&of, declared)? {
                    Some((chart, table)) => context.show(chart, table),
                    None => return Ok(false),
                }
            }
            Kind::LongSeries(declared) => match self.long_series(&context.id, &context.heading, declared)? {
                Some(series) => {
                    context.breaks = series.breaks;
                    context.show(series.chart, series.table);
                }
                None => return Ok(false),
            },
            Kind::Targets(declared) => {
                let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
                let Some((said, table)) =
                    self.beside_targets(&context.id, &context.heading, declared, readings)?
                else {
                    return Ok(false);
                };
                context.text.extend(said);
                context.fold(table);
            }
            Kind::Points(declared) => {
                let point = |point: &Point| -> Result<Point, Error> {
                    Ok(Point { text: self.engine.sentence(&point.text, figures)?, ..point.clone() })
                };
                context.points = declared.points.iter().map(point).collect::<Result<_, _>>()?;
            }
            Kind::Glossary(declared) => {
                context.is_glossary = true;
                context.points.clone_from(&declared.points);
            }
            Kind::Found(declared) => {
                let (mut said, links) = self.found_by(&declared.rule);
                said.append(&mut context.text);
                context.text = said;
                context.links = links;
                return Ok(!context.links.is_empty());
            }
            Kind::NotHeld(declared) => {
                context.points.clone_from(&declared.points);
                context.points.extend(self.not_held(shelf)?);
                return Ok(!context.points.is_empty());
            }
            Kind::Definitions(declared) => {
                let groups = shelf.page.block.iter().filter_map(|one| match &one.kind {
                    Kind::Groups(one) => Some(declared::named(&shelf.lead.group, &one.groups)),
                    _ => None,
                });
                let in_groups = groups.flatten().flat_map(|group| &group.indicators);
                let mut named = BTreeSet::new();
                let is_of_lead = shelf.page.block.iter().any(Block::is_of_lead);
                let of_lead = shelf.lead.way().filter(|_| is_of_lead);
                let names = of_lead.chain(shelf.page.indicators()).chain(in_groups);
                let names = names.filter(|name| named.insert(name.as_str()));
                let indicators = names.filter_map(|name| self.input.project.indicators.get(name));
                context.definitions = indicators.map(|one| self.definition(one)).collect();
                context.essays.clone_from(&declared.source);
            }
            Kind::Stated(declared) => {
                let Some((table, by)) = self.stated((&block.id, &block.heading), declared)? else {
                    return Ok(false);
                };
                (context.open, context.stated_by) = (Some(table), by);
            }
            Kind::Publishers(_) => context.publishers = self.sources(&shelf.page.dataset),
            Kind::Provenance(_) => {
                context.publishers = self.sources(&shelf.page.dataset);
                let table = self.provenance()?;
                context.fold(table);
            }
            Kind::ReleaseNotes(_) => {
                let notes = self.release_notes();
                context.points.extend(notes);
                return Ok(!context.points.is_empty());
            }
        }
        Ok(true)
    }

    fn fill_years(&self, context: &mut BlockContext, shelf: &Shelf<'a>) -> Result<bool, Error> {
        let answers = shelf.answers()?;
        let mut series = Vec::new();
        for (declared, answer, readings) in &answers {
            let label = if readings.is_of_months() { "years-of-months" } else { "years-of-reports" };
            let label = self.engine.words(label, ())?;
            series.push(SeriesOfYears { declared, answer, readings, label });
        }
        match self.years(&series)? {
            Some((chart, table)) => context.show(chart, table),
            None => return Ok(false),
        }
        Ok(true)
    }

    fn fill_table(
        &self,
        context: &mut BlockContext,
        declared: &IndicatorList,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
        let names = declared.indicators.iter().map(String::as_str);
        let file = format!("tables/{}.csv", context.id);
        let table = england_table(
            self.engine,
            (&format!("table-{}", context.id), &context.heading),
            names,
            readings,
            &file,
        )?;
        if table.rows.is_empty() {
            return Ok(false);
        }
        let names: Vec<&str> = declared.indicators.iter().map(String::as_str).collect();
        self.add_england_download(&file, &names, readings)?;
        context.fold(table);
        Ok(true)
    }

    /// For each basis, the years in which no series has it.
    fn not_held(&self, shelf: &Shelf<'a>) -> Result<Vec<Point>, Error> {
        let answers = shelf.answers()?;
        let periods: BTreeSet<&str> =
            answers.iter().flat_map(|(.., readings)| readings.periods()).map(String::as_str).collect();
        let periods: Vec<String> = periods.into_iter().map(str::to_owned).collect();
        let mut points = Vec::new();
        for (index, basis) in shelf.lead.basis.iter().enumerate() {
            let is_held = |period: &str| {
                answers.iter().any(|(_, answer, readings)| {
                    let at = readings.periods().iter().position(|one| one == period);
                    at.is_some_and(|at| answer.has(index, at))
                })
            };
            let missing: BTreeSet<&str> =
                periods.iter().map(String::as_str).filter(|period| !is_held(period)).collect();
            if !missing.is_empty() {
                points.push(Point {
                    term: self.engine.words("not-held", BTreeMap::from([("label", &basis.label)]))?,
                    text: format!("{}.", shared::runs(&periods, &missing)),
                });
            }
        }
        Ok(points)
    }

    /// What is odd about the releases that the pages were made from.
    fn release_notes(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for dataset in &self.input.project.datasets {
            for release in &dataset.releases {
                let period = release.period.to_string();
                // Of the edition that is used: another one may have been known earlier, or come later.
                let is_used = self.input.releases.iter().any(|row| {
                    (row.dataset.as_str(), row.reporting_period.as_str(), row.edition)
                        == (release.dataset.as_str(), period.as_str(), release.edition)
                });
                if let Some(text) = release.note.clone().filter(|_| is_used) {
                    points.push(Point { term: format!("{period}."), text });
                }
            }
        }
        points
    }
}

impl BlockContext {
    fn show(&mut self, chart: Chart, table: Table) {
        self.chart = Some(chart);
        self.fold(table);
    }

    fn fold(&mut self, table: Table) {
        self.fold_as(self.folded_table.clone(), table);
    }

    fn fold_as(&mut self, line: String, table: Table) {
        self.download.clone_from(&table.download);
        self.tables.push(Folded { line, table });
    }
}

/// What a block of parts divides; none where there are no figures of its dataset.
fn parts_of<'b, 'a>(
    context: &'b BlockContext,
    declared: &'b PartList,
    figures: &'b BTreeMap<&'b str, Reading>,
    shelf: &'b Shelf<'a>,
) -> Result<Option<PartsOf<'b, 'a>>, Error> {
    let (id, heading) = (context.id.as_str(), context.heading.as_str());
    let Some(own) = &declared.own else {
        let (dataset, download) = (shelf.lead.dataset.as_str(), shelf.lead.download());
        let readings = shelf.of_lead()?;
        return Ok(Some(PartsOf { id, heading, declared, figures, dataset, download, readings }));
    };
    let of = shelf.readings(&own.dataset).map(|readings| {
        let download = format!("tables/{id}.csv");
        PartsOf { id, heading, declared, figures, dataset: &own.dataset, download, readings }
    });
    Ok(of)
}
