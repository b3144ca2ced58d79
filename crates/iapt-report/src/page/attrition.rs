//! The pages that follow one cohort: four denominators, every year; from annual figures, and from sums of months.

use std::collections::BTreeSet;

use iapt_model::Indicator;
use serde::Serialize;

use super::{
    Site,
    bases::{Answer, MissingWords, of},
    long_series::LongSeriesContext,
    parts::PartsContext,
    shared::ranges,
};
use crate::{
    Error,
    chart::{Chart, Panel, Panels, Point, Words},
    declared::{Group, PathwayPage, Points, Series, Source},
    download, format,
    readings::{Reading, Readings},
    table::{Cell, Column, Row, Table},
};

#[derive(Serialize)]
struct AttritionContext {
    title: String,
    answer: String,
    lead: Vec<String>,
    bases: Chart,
    bases_table: Table,
    years: Chart,
    years_table: Table,
    flow: Chart,
    flow_table: Table,
    groups: Vec<GroupContext>,
    /// By level and by group of people.
    parts: Option<PartsContext>,
    series: Vec<SeriesContext>,
    long_series: Option<LongSeriesContext>,
    averages: Option<GroupContext>,
    limits: Points,
    claims: Option<Points>,
    definitions_id: String,
    definitions_heading: String,
    definitions: Vec<Definition>,
    sources: Vec<Source>,
    download: String,
}

#[derive(Serialize)]
struct GroupContext {
    id: String,
    heading: String,
    table: Table,
    /// What stands in place of the table when no year has any of it; empty where there is a table.
    missing: String,
}

#[derive(Serialize)]
struct SeriesContext {
    id: String,
    heading: String,
    chart: Chart,
    table: Table,
}

/// What an indicator says and of whom.
#[derive(Serialize)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) definition: String,
    pub(super) numerator: String,
    /// Empty in an average.
    pub(super) denominator: String,
    pub(super) source: String,
}

#[derive(Serialize)]
struct GroupWords<'a> {
    heading: &'a str,
    has_denominator: bool,
}

#[derive(Serialize)]
struct SeriesWords<'a> {
    period: &'a str,
    periods: String,
    panels: Vec<PanelWords>,
}

#[derive(Serialize)]
struct PanelWords {
    label: String,
    newest: Reading,
    oldest: Reading,
    target: String,
    /// `above`, `at` or `below` the target, as both are written; empty without a target or a value.
    standing: &'static str,
    is_lead: bool,
}

impl<'a> Site<'a> {
    /// Adds the attrition page, where its dataset has figures.
    pub(crate) fn attrition(&mut self) -> Result<(), Error> {
        match self.readings_if_any(&self.pages.attrition.dataset)? {
            Some(readings) => self.pathway(&self.pages.attrition, &readings),
            None => Ok(()),
        }
    }

    /// Adds the page of the sums of months, where there are any.
    pub(crate) fn months(&mut self) -> Result<(), Error> {
        match self.readings_if_any(&self.pages.months.dataset)? {
            Some(readings) => self.pathway(&self.pages.months, &readings),
            None => Ok(()),
        }
    }

    fn pathway(&mut self, declared: &PathwayPage, readings: &Readings<'a>) -> Result<(), Error> {
        let answer = Answer::of_england(declared, readings)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared(&declared.slug, words, &declared.dataset, readings)?;
        self.add_pathway_download(declared, readings);
        let (bases, bases_table) = self.bases(declared, &answer, readings)?;
        let (years, years_table) = self.years(declared, &answer, readings)?;
        let (flow, flow_table) = self.flow(declared, readings)?;
        let group = |group| self.group(declared, group, readings);
        let groups = declared.group.iter().map(group).collect::<Result<_, _>>()?;
        let averages = declared.averages.as_ref().map(|averages| Group {
            id: averages.id.clone(),
            heading: averages.heading.clone(),
            denominator: String::new(),
            indicators: averages.indicators.clone(),
        });
        let averages = averages.as_ref().map(group).transpose()?;
        let parts = match &declared.parts {
            Some(parts) => Some(self.parts(declared, parts, readings)?),
            None => None,
        };
        let mut series = Vec::new();
        for one in &declared.series {
            series.push(self.series(declared, one, readings)?);
        }
        let long_series = match &declared.long_series {
            Some(long_series) => self.long_series(long_series)?,
            None => None,
        };
        let mut named = BTreeSet::new();
        let definitions = declared.indicators().filter(|name| named.insert(name.as_str()));
        let definitions =
            definitions.filter_map(|name| readings.indicator(name)).map(|one| self.definition(one));
        let context = AttritionContext {
            title: declared.title.clone(),
            answer: self.engine.words("answer", &answer)?,
            lead: declared.lead.clone(),
            bases,
            bases_table,
            years,
            years_table,
            flow,
            flow_table,
            groups,
            parts,
            series,
            long_series,
            averages,
            limits: declared.limits.clone(),
            claims: declared.claims.clone(),
            definitions_id: declared.definitions.id.clone(),
            definitions_heading: declared.definitions.heading.clone(),
            definitions: definitions.collect(),
            sources: declared.source.clone(),
            download: declared.download(),
        };
        self.add_page_as("attrition", &declared.slug, &shared, context)
    }

    fn add_pathway_download(&mut self, declared: &PathwayPage, readings: &Readings) {
        let names: BTreeSet<&str> = declared.indicators().map(String::as_str).collect();
        let england = readings.england();
        let rows = readings
            .periods()
            .iter()
            .flat_map(|period| names.iter().filter_map(|name| readings.row(name, england, period)));
        self.add_file(&declared.download(), download::indicators(rows));
    }

    /// One row per indicator, one column per year.
    fn group(
        &self,
        declared: &PathwayPage,
        group: &Group,
        readings: &Readings,
    ) -> Result<GroupContext, Error> {
        let england = readings.england();
        let mut rows = Vec::new();
        if !group.denominator.is_empty() {
            rows.push(denominator_row(group, readings)?);
        }
        let mut is_known = false;
        let mut labels = Vec::new();
        for name in &group.indicators {
            let years = readings.periods().iter().map(|period| readings.read(name, england, period));
            let years = years.collect::<Result<Vec<_>, _>>()?;
            is_known |= years.iter().any(|reading| reading.is_known);
            let label = readings.indicator(name).map_or("", |indicator| indicator.label.as_str());
            labels.push(label);
            let cells = years.iter().map(|reading| {
                // A count is worth showing where its share is not known.
                let detail = reading.numerator.map(format::count).unwrap_or_default();
                Cell::value(reading).and(detail).at_home()
            });
            rows.push(Row::new([Cell::new(label)].into_iter().chain(cells).collect()));
        }
        let missing = if is_known {
            String::new()
        } else {
            self.engine.words("group-missing", MissingWords { sign: String::new(), labels })?
        };
        let heads = readings.periods().iter().map(|period| Column::number(period));
        let table = Table {
            id: format!("table-{}", group.id),
            caption: self.engine.words(
                "group-caption",
                GroupWords { heading: &group.heading, has_denominator: !group.denominator.is_empty() },
            )?,
            columns: [Column::text("")].into_iter().chain(heads).collect(),
            rows,
            download: declared.download(),
        };
        Ok(GroupContext { id: group.id.clone(), heading: group.heading.clone(), table, missing })
    }

    fn series(
        &mut self,
        page: &PathwayPage,
        series: &Series,
        readings: &Readings,
    ) -> Result<SeriesContext, Error> {
        let england = readings.england();
        let newest = readings.newest();
        let oldest = readings.periods().first().map_or("", String::as_str);
        let mut panels = Vec::new();
        let mut said = Vec::new();
        let mut rows = Vec::new();
        for declared in &series.panel {
            let years =
                readings.periods().iter().map(|period| readings.read(&declared.indicator, england, period));
            let years = years.collect::<Result<Vec<_>, _>>()?;
            let label =
                readings.indicator(&declared.indicator).map(|one| one.label.clone()).unwrap_or_default();
            let newest = readings.read(&declared.indicator, england, newest)?;
            let target = declared.target.map(|target| format::percent(target, 0)).unwrap_or_default();
            let standing = declared.target.zip(newest.value).map_or("", |(target, value)| {
                let written = |number| format::fixed(number, newest.decimals);
                match value.total_cmp(&target) {
                    _ if written(value) == written(target) => "at",
                    std::cmp::Ordering::Less => "below",
                    _ => "above",
                }
            });
            let words = PanelWords {
                label: label.clone(),
                newest,
                oldest: readings.read(&declared.indicator, england, oldest)?,
                target: target.clone(),
                standing,
                is_lead: declared.indicator == series.lead,
            };
            let written = self.engine.words("panel-target", &words)?;
            said.push(words);
            panels.push(Panel {
                title: label.clone(),
                points: years.iter().map(|one| Point { value: one.value, text: one.value_text() }).collect(),
                target: declared.target.map(|target| (target, written)),
                breaks: Vec::new(),
            });
            let cells = years.iter().map(|reading| Cell::value(reading).and(of(reading)).at_home());
            let label = if target.is_empty() {
                Cell::new(label)
            } else {
                Cell::with_detail(label, format!("target {target}"))
            };
            rows.push(Row::new([label].into_iter().chain(cells).collect()));
        }
        let context = SeriesWords {
            period: newest,
            periods: ranges(readings, &readings.periods().iter().map(String::as_str).collect()),
            panels: said,
        };
        let words = Words {
            id: page.chart(&series.id),
            title: self.engine.words("series-title", &context)?,
            subtitle: format!("{} England, {}.", series.subtitle, context.periods),
            description: self.engine.words("series-description", &context)?,
            source: self.credit(&page.dataset, readings)?,
        };
        let heads = readings.periods().iter().map(|period| Column::number(period));
        let table = Table {
            id: format!("table-{}", series.id),
            caption: format!("{}, England", series.heading),
            columns: [Column::text("")].into_iter().chain(heads).collect(),
            rows,
            download: page.download(),
        };
        let chart = self.draw(words, &Panels { periods: readings.periods().to_vec(), panels })?;
        Ok(SeriesContext { id: series.id.clone(), heading: series.heading.clone(), chart, table })
    }

    /// What an indicator says, its counts in the words of the dictionary.
    pub(super) fn definition(&self, indicator: &Indicator) -> Definition {
        let spelled = |terms: &[iapt_model::Term]| {
            let mut text = String::new();
            for term in terms {
                let label = self
                    .input
                    .project
                    .measures
                    .get(&term.measure, term.statistic)
                    .map_or("", |one| &one.label);
                let sign = if term.is_subtracted { " less " } else { " plus " };
                let sign = if text.is_empty() { "" } else { sign };
                let at = term.at.as_ref().filter(|(breakdown, _)| breakdown != "total");
                let at = at.map(|(_, category)| format!(" ({category})")).unwrap_or_default();
                text = format!("{text}{sign}{label}{at}");
            }
            text
        };
        Definition {
            name: indicator.name.clone(),
            label: indicator.label.clone(),
            definition: indicator.definition.clone(),
            numerator: spelled(&indicator.numerator),
            denominator: spelled(&indicator.denominator),
            source: indicator.source.clone(),
        }
    }
}

/// The denominator that the indicators of a group share, from whichever has it.
fn denominator_row(group: &Group, readings: &Readings) -> Result<Row, Error> {
    let mut cells = vec![Cell::new(&group.denominator)];
    for period in readings.periods() {
        let mut rows =
            group.indicators.iter().filter_map(|name| readings.row(name, readings.england(), period));
        let known = rows.find_map(|row| row.denominator);
        cells.push(Cell::new(
            known.map_or_else(|| readings.sign(None, "", period), |count| Ok(format::count(count)))?,
        ));
    }
    Ok(Row::new(cells))
}
