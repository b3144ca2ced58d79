//! The page about groups of people in England: a chart for each breakdown, its groups in a table, every year's gap.

use iapt_chart::{Chart, Dot, Dots, Gradient, GradientGroup, Words, format};
use iapt_model::{FigureName, InequalityGroupRow, InequalityRow};
use serde::Serialize;
use serde_json::json;

use super::{
    Site, slug,
    verdict::{as_drawn, comparison},
};
use crate::{
    Error,
    declared::{BreakdownKind, BreakdownSection, HeldSection, InequalityPage, Points},
    download,
    engine::Engine,
    escape::clean,
    readings::Readings,
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct InequalityContext {
    title: String,
    lead: Vec<String>,
    indicators: Vec<IndicatorContext>,
    limits: Points,
}

#[derive(Serialize)]
struct IndicatorContext {
    id: String,
    label: String,
    definition: String,
    breakdowns: Vec<BreakdownContext>,
}

#[derive(Serialize)]
struct BreakdownContext {
    id: String,
    heading: String,
    /// None where no year has the groups.
    shown: Option<Shown>,
}

#[derive(Serialize)]
struct Shown {
    chart: Chart,
    groups: Table,
    /// None where the gaps of the years were not computed.
    years: Option<Table>,
}

#[derive(Serialize)]
struct BreakdownWords {
    label: String,
    heading: String,
    period: String,
    kind: BreakdownKind,
    n_groups: u32,
    n_below_floor: u32,
    floor: String,
    not_stated: String,
    lowest: String,
    lowest_category: String,
    highest: String,
    highest_category: String,
    most_deprived: String,
    least_deprived: String,
    /// `14.0 points (13.6 to 14.4)`; empty where there is no slope.
    slope: String,
    gap: String,
    england: String,
}

impl<'a> Site<'a> {
    /// Adds the page about groups of people.
    pub(crate) fn inequality(&self) -> Result<(), Error> {
        let declared = &self.pages.inequality;
        if declared.indicators.is_empty() {
            return Ok(());
        }
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared("inequality", words, &declared.dataset, &readings)?;
        let mut indicators = Vec::new();
        for name in &declared.indicators {
            let Some(indicator) = readings.indicator(name) else { continue };
            let mut breakdowns = Vec::new();
            for section in &declared.breakdown {
                breakdowns.push(self.breakdown(declared, name, section, &readings)?);
            }
            for section in &declared.held {
                breakdowns.push(self.held_breakdown(declared, name, section, &readings)?);
            }
            indicators.push(IndicatorContext {
                id: slug(name),
                label: indicator.label.clone(),
                definition: indicator.definition.clone(),
                breakdowns,
            });
        }
        let context = InequalityContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            indicators,
            limits: declared.limits.clone(),
        };
        self.add_page("inequality", &shared, context)
    }

    fn breakdown(
        &self,
        declared: &InequalityPage,
        indicator: &str,
        section: &BreakdownSection,
        readings: &Readings<'a>,
    ) -> Result<BreakdownContext, Error> {
        let id = format!("{}-{}", slug(indicator), slug(&section.breakdown));
        let england = readings.england();
        let is_it = |row: &&InequalityRow| {
            row.dataset == declared.dataset
                && row.level == england.level
                && row.indicator == indicator
                && row.breakdown == section.breakdown
        };
        let mut years: Vec<&InequalityRow> = self.input.analysis.inequality.iter().filter(is_it).collect();
        years.sort_by_key(|row| row.reporting_period);
        let heading = section.heading.clone();
        let Some(newest) = years.last() else { return Ok(BreakdownContext { id, heading, shown: None }) };
        let is_member = |row: &&InequalityGroupRow| {
            row.dataset == declared.dataset
                && row.level == england.level
                && row.indicator == indicator
                && row.breakdown == section.breakdown
        };
        let all: Vec<&InequalityGroupRow> = self.input.analysis.groups.iter().filter(is_member).collect();
        let mut groups: Vec<&InequalityGroupRow> =
            all.iter().filter(|row| row.reporting_period == newest.reporting_period).copied().collect();
        groups.sort_by(|left, right| {
            (left.category_order, &left.category).cmp(&(right.category_order, &right.category))
        });
        let csv =
            self.add_file(&format!("tables/inequality-{id}.csv"), &download::groups(all.into_iter()))?;
        let words = breakdown_words(indicator, section, newest, readings)?;
        let chart_words = Words {
            id: format!("{id}-groups"),
            title: self.engine.words("inequality-title", &words)?,
            subtitle: self.engine.words("inequality-subtitle", &words)?,
            description: self.engine.words("inequality-description", &words)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        let whole = groups
            .iter()
            .find_map(|row| row.whole)
            .map(|value| (value, format!("England {}", words.england)));
        let chart = match section.kind {
            BreakdownKind::Gradient => self.draw(chart_words, &gradient(&groups, newest, whole))?,
            kind => {
                // As in the comparison, groups with few people are left out; they stay in the table.
                let is_compared = |row: &&InequalityGroupRow| {
                    row.denominator.is_some_and(|size| size >= newest.minimum_denominator)
                };
                let compared: Vec<_> = groups.iter().copied().filter(is_compared).collect();
                self.draw(chart_words, &dots(&compared, kind, whole))?
            }
        };
        let shown = Shown {
            chart,
            groups: groups_table(self.engine, &id, &words, &groups, &csv)?,
            years: Some(years_table(self.engine, &id, section, &years, &csv)?),
        };
        Ok(BreakdownContext { id, heading, shown: Some(shown) })
    }
}

impl<'a> Site<'a> {
    /// A breakdown that is held and whose gaps are not computed: its groups in the newest year, each beside England.
    fn held_breakdown(
        &self,
        declared: &InequalityPage,
        indicator: &str,
        section: &HeldSection,
        readings: &Readings<'a>,
    ) -> Result<BreakdownContext, Error> {
        let id = format!("{}-{}", slug(indicator), slug(&section.breakdown));
        let heading = section.heading.clone();
        let is_it = |row: &&InequalityGroupRow| {
            row.dataset == declared.dataset
                && row.level == readings.england().level
                && row.indicator == indicator
                && row.breakdown == section.breakdown
        };
        let all: Vec<&InequalityGroupRow> = self.input.analysis.groups.iter().filter(is_it).collect();
        let newest =
            all.iter().filter(|row| row.value.is_some()).map(|row| row.reporting_period.as_str()).max();
        let Some(period) = newest else { return Ok(BreakdownContext { id, heading, shown: None }) };
        let whole = readings.read(indicator, readings.england(), period)?;
        let is_shown = |row: &&InequalityGroupRow| row.reporting_period == period && row.value.is_some();
        let mut groups: Vec<&InequalityGroupRow> = all.iter().copied().filter(is_shown).collect();
        groups.sort_by(|left, right| {
            (!left.is_stated, &left.category).cmp(&(!right.is_stated, &right.category))
        });
        let floor = section.floor;
        let is_compared =
            |row: &&InequalityGroupRow| row.is_stated && row.denominator.is_some_and(|size| size >= floor);
        let compared: Vec<&InequalityGroupRow> = groups.iter().copied().filter(is_compared).collect();
        let by_value = |left: &&&InequalityGroupRow, right: &&&InequalityGroupRow| {
            left.value.unwrap_or_default().total_cmp(&right.value.unwrap_or_default())
        };
        let (Some(lowest), Some(highest)) =
            (compared.iter().min_by(by_value), compared.iter().max_by(by_value))
        else {
            return Ok(BreakdownContext { id, heading, shown: None });
        };
        let n = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let n_stated = groups.iter().filter(|row| row.is_stated).count();
        let words = BreakdownWords {
            label: whole.label.clone(),
            heading: heading.clone(),
            period: period.to_owned(),
            kind: BreakdownKind::ByValue,
            n_groups: n(compared.len()),
            n_below_floor: n(n_stated - compared.len()),
            floor: format::count(floor),
            not_stated: String::new(),
            lowest: value_text(lowest),
            lowest_category: clean(&lowest.category),
            highest: value_text(highest),
            highest_category: clean(&highest.category),
            most_deprived: String::new(),
            least_deprived: String::new(),
            slope: String::new(),
            gap: String::new(),
            england: whole.value_text(),
        };
        let chart_words = Words {
            id: format!("{id}-groups"),
            title: self.engine.words("inequality-title", &words)?,
            subtitle: self.engine.words("inequality-subtitle", &words)?,
            description: self.engine.words("inequality-description", &words)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        let england = whole.value.map(|value| (value, format!("England {}", words.england)));
        let csv =
            self.add_file(&format!("tables/inequality-{id}.csv"), &download::groups(all.into_iter()))?;
        let chart = self.draw(chart_words, &dots(&compared, BreakdownKind::ByValue, england))?;
        let groups = groups_table(self.engine, &id, &words, &groups, &csv)?;
        Ok(BreakdownContext { id, heading, shown: Some(Shown { chart, groups, years: None }) })
    }
}

fn breakdown_words(
    indicator: &str,
    section: &BreakdownSection,
    row: &InequalityRow,
    readings: &Readings,
) -> Result<BreakdownWords, Error> {
    let percent = |value: Option<f64>| value.map(|value| format::percent(value, 1)).unwrap_or_default();
    let reading = readings.read(indicator, readings.england(), &row.reporting_period)?;
    Ok(BreakdownWords {
        label: reading.label.clone(),
        heading: section.heading.clone(),
        period: row.reporting_period.to_string(),
        kind: section.kind,
        n_groups: row.n_groups,
        n_below_floor: row.n_below_floor,
        floor: format::count(row.minimum_denominator),
        not_stated: percent(row.not_stated_share.filter(|share| *share > 0.0)),
        lowest: percent(row.lowest),
        lowest_category: clean(&row.lowest_category),
        highest: percent(row.highest),
        highest_category: clean(&row.highest_category),
        most_deprived: percent(row.most_deprived),
        least_deprived: percent(row.least_deprived),
        slope: points(row.slope_index, row.slope_low, row.slope_high),
        gap: points(row.gap, row.gap_low, row.gap_high),
        england: reading.value_text(),
    })
}

/// `14.0 points (13.6 to 14.4)`; empty where there is no value.
fn points(value: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    let Some(value) = value else { return String::new() };
    let between = low
        .zip(high)
        .map(|(low, high)| format!(" ({} to {})", format::fixed(low, 1), format::fixed(high, 1)));
    format!("{} points{}", format::fixed(value, 1), between.unwrap_or_default())
}

fn value_text(row: &InequalityGroupRow) -> String {
    let decimals = format::percent_decimals(row.denominator);
    row.value.map(|value| format::percent(value, decimals)).unwrap_or_default()
}

fn interval_text(row: &InequalityGroupRow) -> String {
    let decimals = format::percent_decimals(row.denominator);
    let written =
        |(low, high)| format!("{} to {}", format::fixed(low, decimals), format::fixed(high, decimals));
    row.interval_low.zip(row.interval_high).map(written).unwrap_or_default()
}

fn gradient(groups: &[&InequalityGroupRow], row: &InequalityRow, whole: Option<(f64, String)>) -> Gradient {
    let group = |one: &&InequalityGroupRow| {
        Some(GradientGroup {
            figure: FigureName::from(*one).to_string(),
            place: one.ridit?,
            value: one.value?,
            text: value_text(one),
            interval: one.interval_low.zip(one.interval_high),
            tooltip: format!(
                "{}: {}, interval {}",
                clean(&one.category),
                value_text(one),
                interval_text(one)
            ),
        })
    };
    Gradient {
        groups: groups.iter().filter_map(group).collect(),
        // The line's other end is where its slope takes it; a place in the drawing, not a figure.
        line: row.intercept.zip(row.slope_index).map(|(from, slope)| (from, from + slope)),
        whole,
        ends: ("most deprived".to_owned(), "least deprived".to_owned()),
    }
}

fn dots(groups: &[&InequalityGroupRow], kind: BreakdownKind, england: Option<(f64, String)>) -> Dots {
    let dot = |row: &&InequalityGroupRow| {
        let name = clean(&row.category);
        Some(Dot {
            code: String::new(),
            figure: FigureName::from(*row).to_string(),
            value: row.value?,
            text: value_text(row),
            interval: row.interval_low.zip(row.interval_high),
            stands: as_drawn(row.comparison.as_deref()),
            is_flagged: false,
            tooltip: format!("{name}: {}, interval {}", value_text(row), interval_text(row)),
            name,
        })
    };
    let mut dots: Vec<Dot> = groups.iter().filter(|row| row.is_stated).filter_map(dot).collect();
    if kind == BreakdownKind::ByValue {
        dots.sort_by(|left, right| {
            right.value.total_cmp(&left.value).then_with(|| left.name.cmp(&right.name))
        });
    }
    Dots { dots, england, target: None }
}

fn groups_table(
    engine: &Engine,
    id: &str,
    words: &BreakdownWords,
    groups: &[&InequalityGroupRow],
    csv: &str,
) -> Result<Table, Error> {
    let row = |row: &&InequalityGroupRow| {
        let value =
            Cell { text: value_text(row), figure: FigureName::from(*row).to_string(), ..Cell::default() };
        let comparison = row.comparison.as_deref().and_then(comparison).unwrap_or_default();
        let left_out = if row.is_stated { "" } else { "not compared" };
        Row::new(vec![
            Cell::with_detail(clean(&row.category), left_out),
            value.at_home(),
            Cell::new(interval_text(row)),
            Cell::new(comparison),
            Cell::new(row.numerator.map(format::count).unwrap_or_default()),
            Cell::new(row.denominator.map(format::count).unwrap_or_default()),
        ])
    };
    engine.heads("groups", words)?.over(format!("table-{id}"), groups.iter().map(row).collect(), csv)
}

fn years_table(
    engine: &Engine,
    id: &str,
    section: &BreakdownSection,
    years: &[&InequalityRow],
    csv: &str,
) -> Result<Table, Error> {
    let percent = |value: Option<f64>| value.map(|value| format::percent(value, 1)).unwrap_or_default();
    let fixed = |value: Option<f64>| value.map(|value| format::fixed(value, 2)).unwrap_or_default();
    let is_gradient = section.kind == BreakdownKind::Gradient;
    let row = |row: &&InequalityRow| {
        let mut cells = vec![Cell::new(row.reporting_period)];
        if is_gradient {
            cells.push(Cell::new(percent(row.most_deprived)));
            cells.push(Cell::new(percent(row.least_deprived)));
            cells.push(Cell::new(points(row.gap, row.gap_low, row.gap_high)));
            cells.push(Cell::new(points(row.slope_index, row.slope_low, row.slope_high)));
            cells.push(Cell::new(fixed(row.relative_index)));
            cells.push(Cell::new(fixed(row.linearity)));
        } else {
            cells.push(Cell::with_detail(percent(row.lowest), clean(&row.lowest_category)));
            cells.push(Cell::with_detail(percent(row.highest), clean(&row.highest_category)));
            cells.push(Cell::new(points(row.gap, row.gap_low, row.gap_high)));
            cells.push(Cell::new(fixed(row.ratio)));
            cells.push(Cell::new(row.n_groups.to_string()));
        }
        cells.push(Cell::new(percent(row.not_stated_share)));
        Row::new(cells)
    };
    let heads =
        engine.heads("groups-by-year", json!({ "heading": section.heading, "is_gradient": is_gradient }))?;
    heads.over(format!("table-{id}-by-year"), years.iter().map(row).collect(), csv)
}
