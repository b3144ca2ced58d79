//! Pages made of declared blocks: each block becomes a heading, sentences, a chart, folded tables and points.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Site,
    attrition::Definition,
    bases::{Answer, SeriesOfYears, of},
    index::StoryContext,
    long_series::BreakContext,
    shared,
};
use crate::{
    Error,
    chart::{Chart, Hundred, HundredPart, Part, Parts, PartsRow, Words},
    declared::{
        self, AverageList, Block, BlockPage, Kind, NamedFigure, PartList, PathwayPage, Point, Standing,
    },
    download, format,
    readings::{Reading, Readings, Subject},
    table::{Cell, Column, Row, Table},
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
    is_answer: bool,
    is_search: bool,
    is_glossary: bool,
    /// Sentences over what is drawn.
    text: Vec<String>,
    chart: Option<Chart>,
    tables: Vec<Folded>,
    /// The file with the numbers; empty where there is none.
    download: String,
    stories: Vec<StoryContext>,
    points: Vec<Point>,
    breaks: Vec<BreakContext>,
    definitions: Vec<Definition>,
    essays: Vec<declared::Source>,
    publishers: Vec<shared::Source>,
}

/// A table that is unfolded by who wants it.
#[derive(Serialize)]
struct Folded {
    summary: String,
    table: Table,
}

/// What the blocks of a page read from.
struct Shelf<'a> {
    page: &'a BlockPage,
    /// Of every dataset that the page names and that has figures.
    readings: BTreeMap<&'a str, Readings<'a>>,
    /// The series that has the whole pathway.
    lead: &'a PathwayPage,
    /// The other one.
    other: &'a PathwayPage,
}

impl<'a> Shelf<'a> {
    fn readings(&self, dataset: &str) -> Option<&Readings<'a>> {
        self.readings.get(dataset)
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
                self.add_pathway_download(page, &readings);
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
    fn block(&mut self, block: &'a Block, shelf: &Shelf<'a>) -> Result<Option<BlockContext>, Error> {
        let Some(figures) = named_figures(&block.figure, shelf)? else { return Ok(None) };
        let text = block.text.iter().map(|text| self.engine.sentence(text, &figures));
        let mut context = BlockContext {
            id: block.id.clone(),
            heading: block.heading.clone(),
            text: text.collect::<Result<_, _>>()?,
            ..BlockContext::default()
        };
        let is_there = self.fill(&mut context, block, &figures, shelf)?;
        Ok(is_there.then_some(context))
    }

    /// Adds what the kind of a block draws; false where there is nothing to draw.
    fn fill(
        &mut self,
        context: &mut BlockContext,
        block: &'a Block,
        figures: &BTreeMap<&str, Reading>,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        match &block.kind {
            Kind::Text(_) => {}
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
                context.show(chart, "The numbers", table);
            }
            Kind::Years(_) => return self.fill_years(context, shelf),
            Kind::Flow(_) => match self.flow(shelf.lead, shelf.of_lead()?)? {
                Some((chart, table)) => context.show(chart, "The numbers", table),
                None => return Ok(false),
            },
            Kind::Groups(declared) => {
                for group in declared::named(&shelf.lead.group, &declared.groups) {
                    if let Some(table) = self.group(shelf.lead, group, shelf.of_lead()?)? {
                        context.fold(&group.heading, table);
                    }
                }
                return Ok(!context.tables.is_empty());
            }
            Kind::Hundred(declared) => return self.fill_hundred(context, declared, figures, shelf),
            Kind::PartsByYear(declared) => return self.fill_parts(context, declared, figures, shelf),
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
                    Some((chart, table)) => context.show(chart, "The numbers", table),
                    None => return Ok(false),
                }
            }
            Kind::Averages(declared) => return self.fill_averages(context, declared, shelf),
            Kind::LongSeries(declared) => match self.long_series(&context.id, &context.heading, declared)? {
                Some(series) => {
                    context.breaks = series.breaks;
                    context.show(series.chart, "The numbers", series.table);
                }
                None => return Ok(false),
            },
            Kind::Standing(declared) => return self.fill_standing(context, declared, shelf),
            Kind::Points(declared) => context.points.clone_from(&declared.points),
            Kind::Glossary(declared) => {
                context.is_glossary = true;
                context.points.clone_from(&declared.points);
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
                let names = shelf.lead.indicators().chain(shelf.page.indicators()).chain(in_groups);
                let names = names.filter(|name| named.insert(name.as_str()));
                let indicators = names.filter_map(|name| self.input.project.indicators.get(name));
                context.definitions = indicators.map(|one| self.definition(one)).collect();
                context.essays.clone_from(&declared.source);
            }
            Kind::Provenance(_) => {
                context.publishers = self.sources(&shelf.page.dataset);
                let table = self.provenance();
                context.fold("Every release, with its checksum", table);
            }
            Kind::ReleaseNotes(_) => {
                let notes = self.release_notes();
                context.points.extend(notes);
                return Ok(!context.points.is_empty());
            }
        }
        Ok(true)
    }

    fn fill_years(&mut self, context: &mut BlockContext, shelf: &Shelf<'a>) -> Result<bool, Error> {
        let answers = shelf.answers()?;
        let mut series = Vec::new();
        for (declared, answer, readings) in &answers {
            let label = if readings.is_of_months() { "years-of-months" } else { "years-of-reports" };
            let label = self.engine.words(label, ())?;
            series.push(SeriesOfYears { declared, answer, readings, label });
        }
        match self.years(&series)? {
            Some((chart, table)) => context.show(chart, "The numbers of every year", table),
            None => return Ok(false),
        }
        Ok(true)
    }

    /// The parts of the newest year, one square for each hundredth.
    fn fill_hundred(
        &mut self,
        context: &mut BlockContext,
        declared: &PartList,
        figures: &BTreeMap<&str, Reading>,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        let readings = shelf.of_lead()?;
        let years = part_years(declared, readings)?;
        let Some((period, parts)) = years.last() else { return Ok(false) };
        let words = PartsWords { period, of: &context.heading, parts };
        let words = Words {
            id: format!("{}-chart", context.id),
            title: self.engine.sentence(&declared.title, figures)?,
            subtitle: self.engine.words("hundred-subtitle", &words)?,
            description: self.engine.words("hundred-description", &words)?,
            source: self.credit(&shelf.lead.dataset, readings)?,
        };
        let drawn = parts.iter().filter_map(|part| {
            Some(HundredPart {
                figure: part.reading.figure.clone(),
                label: part.label.clone(),
                value: part.reading.value?,
                note: format!("{}, {}", part.reading.value_text(), part.reading.numerator_text()),
            })
        });
        let chart = self.draw(words, &Hundred { parts: drawn.collect() })?;
        context.download = shelf.lead.download();
        context.chart = Some(chart);
        Ok(true)
    }

    /// The parts of every year, a bar for each.
    fn fill_parts(
        &mut self,
        context: &mut BlockContext,
        declared: &PartList,
        figures: &BTreeMap<&str, Reading>,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        let readings = shelf.of_lead()?;
        let years = part_years(declared, readings)?;
        let Some((period, newest)) = years.last() else { return Ok(false) };
        let words = PartsWords { period, of: &context.heading, parts: newest };
        let words = Words {
            id: format!("{}-chart", context.id),
            title: self.engine.sentence(&declared.title, figures)?,
            subtitle: self.engine.words("parts-subtitle", &words)?,
            description: self.engine.words("parts-description", &words)?,
            source: self.credit(&shelf.lead.dataset, readings)?,
        };
        let bar = |(period, parts): &(String, Vec<PartWords>)| PartsRow {
            name: period.clone(),
            code: String::new(),
            is_whole: true,
            parts: parts.iter().filter_map(|part| part.drawn(period)).collect(),
        };
        let bars = Parts {
            key: declared.part.iter().map(|part| part.label.clone()).collect(),
            rows: years.iter().rev().map(bar).collect(),
        };
        let names = declared.part.iter().map(|part| part.indicator.as_str());
        let table = england_table(
            (&format!("table-{}", context.id), &context.heading),
            names,
            readings,
            &shelf.lead.download(),
        )?;
        let chart = self.draw(words, &bars)?;
        context.show(chart, "The numbers of every year", table);
        Ok(true)
    }

    fn fill_averages(
        &mut self,
        context: &mut BlockContext,
        declared: &AverageList,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
        let names = declared.indicators.iter().map(String::as_str);
        let file = format!("tables/{}.csv", context.id);
        let table =
            england_table((&format!("table-{}", context.id), &context.heading), names, readings, &file)?;
        if table.rows.is_empty() {
            return Ok(false);
        }
        let names: Vec<&str> = declared.indicators.iter().map(String::as_str).collect();
        self.add_england_download(&file, &names, readings);
        context.fold("The numbers", table);
        Ok(true)
    }

    /// How many organisations of a level meet each target, and every one of them in a table.
    fn fill_standing(
        &mut self,
        context: &mut BlockContext,
        declared: &Standing,
        shelf: &Shelf<'a>,
    ) -> Result<bool, Error> {
        let Some(readings) = shelf.readings(&declared.dataset) else { return Ok(false) };
        let mut columns = vec![Column::text("Area")];
        let mut cells: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
        let mut order: Vec<(f64, &str)> = Vec::new();
        for panel in &declared.panel {
            let Some(target) = panel.target else { continue };
            let has_any = |period: &&String| {
                let rows = readings.group(&panel.indicator, &declared.level, period);
                rows.iter().any(|row| row.value.is_some() && row.org_kind == "place")
            };
            let Some(period) = readings.periods().iter().rev().find(has_any) else { continue };
            let label = readings.indicator(&panel.indicator).map_or("", |one| one.label.as_str());
            columns.push(Column::number(&format!("{label}, {period}")));
            let mut words = StandingWords {
                period: period.clone(),
                label: label.to_owned(),
                target: format::percent(target, 0),
                n: 0,
                n_meeting: 0,
                level: String::new(),
                below: Vec::new(),
            };
            for row in readings.group(&panel.indicator, &declared.level, period) {
                let (Some(value), "place") = (row.value, row.org_kind.as_str()) else { continue };
                let subject = Subject { level: &row.level, org_code: &row.org_code };
                let reading = readings.read(&panel.indicator, subject, period)?;
                let name = self.pages.site.names.display(&row.org_name);
                let written = |number| format::fixed(number, reading.decimals);
                // As both are printed: what reads as the target meets it.
                let is_met = value >= target || written(value) == written(target);
                words.n += 1;
                words.n_meeting += u32::from(is_met);
                let label = self.input.project.organisations.organisation_type(&row.org_type);
                words.level = label.map(|one| one.label_plural.clone()).unwrap_or_default();
                if !is_met {
                    words.below.push(format!("{name} ({})", reading.value_text()));
                }
                let flag = self.findings.flag("", &row.dataset, subject, &row.reporting_period);
                let row_cells = cells.entry(row.org_code.as_str()).or_insert_with(|| {
                    order.push((value, row.org_code.as_str()));
                    let link = self.areas.link("", &row.level, &row.org_code);
                    vec![Cell { link, ..Cell::new(&name) }]
                });
                let detail = if is_met { "meets the target" } else { "below the target" };
                row_cells.push(Cell::value(&reading).and(detail).flagged(flag).at_home());
            }
            context.text.push(self.engine.words("standing", &words)?);
        }
        if order.is_empty() {
            return Ok(false);
        }
        order.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(right.1)));
        let n_columns = columns.len();
        let rows = order.iter().filter_map(|(_, code)| {
            let mut cells = cells.remove(code)?;
            cells.resize(n_columns, Cell::new(""));
            Some(Row { code: (*code).to_owned(), ..Row::new(cells) })
        });
        let file = format!("tables/{}.csv", context.id);
        let table = Table {
            id: format!("table-{}", context.id),
            caption: format!("{}, the lowest first", context.heading),
            columns,
            rows: rows.collect(),
            download: file.clone(),
        };
        let csv = declared.panel.iter().flat_map(|panel| {
            let years = readings.periods().iter();
            years.flat_map(|period| readings.group(&panel.indicator, &declared.level, period).iter().copied())
        });
        let csv = download::indicators(csv);
        self.add_file(&file, csv);
        context.fold("Every area, the lowest first", table);
        Ok(true)
    }

    /// A file with every year of some indicators of England.
    pub(super) fn add_england_download(&mut self, file: &str, names: &[&str], readings: &Readings) {
        let mut rows = Vec::new();
        for period in readings.periods() {
            rows.extend(names.iter().filter_map(|name| readings.row(name, readings.england(), period)));
        }
        self.add_file(file, download::indicators(rows.into_iter()));
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
    fn show(&mut self, chart: Chart, summary: &str, table: Table) {
        self.chart = Some(chart);
        self.fold(summary, table);
    }

    fn fold(&mut self, summary: &str, table: Table) {
        self.download.clone_from(&table.download);
        self.tables.push(Folded { summary: summary.to_owned(), table });
    }
}

#[derive(Serialize)]
struct StandingWords {
    period: String,
    label: String,
    target: String,
    level: String,
    n: u32,
    n_meeting: u32,
    below: Vec<String>,
}

#[derive(Serialize)]
struct PartsWords<'w> {
    period: &'w str,
    of: &'w str,
    parts: &'w [PartWords],
}

#[derive(Serialize)]
struct PartWords {
    label: String,
    reading: Reading,
}

impl PartWords {
    fn drawn(&self, period: &str) -> Option<Part> {
        Some(Part {
            figure: self.reading.figure.clone(),
            value: self.reading.value?,
            text: self.reading.value_text(),
            tooltip: format!(
                "{period}: {} {} ({})",
                self.label,
                self.reading.value_text(),
                of(&self.reading)
            ),
        })
    }
}

/// The years of which every part has a value, in order of time.
fn part_years(declared: &PartList, readings: &Readings) -> Result<Vec<(String, Vec<PartWords>)>, Error> {
    let mut years = Vec::new();
    for period in readings.periods() {
        let parts = declared.part.iter().map(|part| {
            let reading = readings.read(&part.indicator, readings.england(), period)?;
            Ok(PartWords { label: part.label.clone(), reading })
        });
        let parts = parts.collect::<Result<Vec<_>, Error>>()?;
        if parts.iter().all(|part| part.reading.is_known) {
            years.push((period.clone(), parts));
        }
    }
    Ok(years)
}

/// A row for each indicator of which some year has a value, a column for each year that has any.
pub(super) fn england_table<'n>(
    (id, caption): (&str, &str),
    names: impl Iterator<Item = &'n str>,
    readings: &Readings,
    download: &str,
) -> Result<Table, Error> {
    let england = readings.england();
    let mut found: Vec<(&str, Vec<Reading>)> = Vec::new();
    for name in names {
        let years = readings.periods().iter().map(|period| readings.read(name, england, period));
        let years = years.collect::<Result<Vec<_>, _>>()?;
        if years.iter().any(|reading| reading.is_known || reading.numerator.is_some()) {
            found.push((name, years));
        }
    }
    let is_shown = |index: usize| {
        let at = |(_, years): &(&str, Vec<Reading>)| years.get(index).is_some_and(|one| one.is_known);
        found.iter().any(at)
    };
    let shown: Vec<usize> = (0..readings.periods().len()).filter(|index| is_shown(*index)).collect();
    let rows = found.iter().map(|(name, years)| {
        let label = readings.indicator(name).map_or("", |one| one.label.as_str());
        let years = shown.iter().filter_map(|index| years.get(*index));
        let cells = years.map(|reading| {
            // A count is worth showing where its share is not known.
            let detail = reading.numerator.map(format::count).unwrap_or_default();
            Cell::value(reading).and(detail).at_home()
        });
        Row::new([Cell::new(label)].into_iter().chain(cells).collect())
    });
    let rows = rows.collect();
    let heads = shown.iter().filter_map(|index| readings.periods().get(*index));
    let heads = heads.map(|period| Column::number(period));
    Ok(Table {
        id: id.to_owned(),
        caption: format!("{caption}, England"),
        columns: [Column::text("")].into_iter().chain(heads).collect(),
        rows,
        download: download.to_owned(),
    })
}

/// The figures that a block's sentences name; none where one of them has no value in any year.
fn named_figures<'n>(
    declared: &'n [NamedFigure],
    shelf: &Shelf,
) -> Result<Option<BTreeMap<&'n str, Reading>>, Error> {
    let mut figures = BTreeMap::new();
    for figure in declared {
        let Some(readings) = shelf.readings(&figure.dataset) else { return Ok(None) };
        let england = readings.england();
        let has_value = |period: &&String| {
            readings.row(&figure.indicator, england, period).is_some_and(|row| row.value.is_some())
        };
        let mut periods = readings.periods().iter().filter(has_value);
        let period = if figure.is_oldest { periods.next() } else { periods.next_back() };
        let Some(period) = period else { return Ok(None) };
        figures.insert(figure.name.as_str(), readings.read(&figure.indicator, england, period)?);
    }
    Ok(Some(figures))
}
