//! Figures that are stated elsewhere than in a file among the releases: a table of them, and who states each.

use std::collections::{BTreeMap, BTreeSet};

use iapt_chart::format;
use iapt_model::{ENGLAND, Measure, Period, StatedFigure};
use serde::Serialize;
use serde_json::json;

use super::{Site, shared};
use crate::{
    Error,
    declared::{NamedStated, StatedList},
    readings::Reading,
    table::{Cell, Row, Table},
};

/// Who states figures of a table, and what has to be known about them.
#[derive(Serialize)]
pub(super) struct StatedBy {
    citation: String,
    url: String,
    /// Empty where there is nothing to know.
    note: String,
}

/// What is stated, of which group, and the figure of each period.
type StatedRow = (String, String, BTreeMap<Period, String>);

const TOTAL: &str = "total";

impl<'a> Site<'a> {
    /// England's stated figures of some measures: a row for each measure and group, a column for each period, and who states
    /// them; none where nothing is stated.
    pub(super) fn stated(
        &self,
        (id, caption): (&str, &str),
        declared: &StatedList,
    ) -> Result<Option<(Table, Vec<StatedBy>)>, Error> {
        let mut rows: Vec<StatedRow> = Vec::new();
        let mut shown: Vec<&StatedFigure> = Vec::new();
        for measure in &declared.measures {
            let is_shown = |figure: &&StatedFigure| {
                declared.breakdown.as_ref().is_none_or(|breakdown| figure.breakdown == *breakdown)
            };
            let mut figures: Vec<&StatedFigure> = self.stated_of(measure).filter(is_shown).collect();
            figures.sort_by_key(|figure| (figure.breakdown != TOTAL, self.order_of(figure)));
            for figure in figures {
                let group = if figure.breakdown == TOTAL { "" } else { figure.category.as_str() };
                // One measure needs no name in every row.
                let (what, detail) = match (declared.measures.len(), group) {
                    (1, group) if !group.is_empty() => (group, ""),
                    _ => (self.label_of(figure), group),
                };
                let at = rows.iter().position(|(text, of, _)| text == what && of == detail);
                let at = at.unwrap_or_else(|| {
                    rows.push((what.to_owned(), detail.to_owned(), BTreeMap::new()));
                    rows.len() - 1
                });
                if let Some((.., cells)) = rows.get_mut(at) {
                    // Two sources may state the same of a period.
                    let text = self.written(figure);
                    let cell = cells.entry(figure.reporting_period);
                    cell.and_modify(|known| *known = format!("{known}; {text}")).or_insert(text);
                }
                shown.push(figure);
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let periods: BTreeSet<Period> = shown.iter().map(|figure| figure.reporting_period).collect();
        // A column for each period is worth its width where some row has several.
        let (heads, rows) = if periods.len() > 1 && rows.iter().all(|(.., cells)| cells.len() == 1) {
            (self.engine.heads("stated", json!({ "caption": caption }))?, one_each(&rows)?)
        } else {
            let written = periods.iter().map(|period| words_of(*period)).collect::<Result<Vec<_>, _>>()?;
            let heads = json!({ "caption": caption, "periods": written });
            (self.engine.heads("stated-by-period", heads)?, by_period(&rows, &periods))
        };
        let table = heads.over(format!("table-{id}"), rows, "")?;
        Ok(Some((table, self.stated_by(&shown))))
    }

    /// The newest stated figure of a name that a sentence uses; none where there is none.
    pub(super) fn named_stated(&self, named: &NamedStated) -> Result<Option<Reading>, Error> {
        let is_it = |figure: &&StatedFigure| match &named.category {
            Some(category) => figure.category == *category,
            None => figure.breakdown == TOTAL,
        };
        let newest =
            self.stated_of(&named.measure).filter(is_it).max_by_key(|figure| figure.reporting_period);
        let read = |figure: &StatedFigure| -> Result<Reading, Error> {
            Ok(Reading {
                figure: String::new(),
                indicator: figure.measure.clone(),
                label: self.label_of(figure).to_owned(),
                unit: self.measure_of(figure).map(|measure| measure.unit.clone()).unwrap_or_default(),
                period: words_of(figure.reporting_period)?,
                is_known: true,
                value: Some(figure.value),
                numerator: Some(figure.value),
                denominator: None,
                decimals: decimals_of(figure.value),
                is_printed: true,
                sign: String::new(),
            })
        };
        newest.map(read).transpose()
    }

    fn stated_of<'m>(&self, measure: &'m str) -> impl Iterator<Item = &'a StatedFigure> + use<'a, 'm> {
        let figures = self.input.project.stated.figures.iter();
        figures.filter(move |figure| figure.measure == measure && figure.level == ENGLAND)
    }

    /// The sources of figures, in the order in which they are shown, each with what has to be known.
    fn stated_by(&self, figures: &[&StatedFigure]) -> Vec<StatedBy> {
        let mut sources: Vec<(&str, BTreeSet<&str>)> = Vec::new();
        for figure in figures {
            let at = sources.iter().position(|(source, _)| *source == figure.source);
            let at = at.unwrap_or_else(|| {
                sources.push((&figure.source, BTreeSet::new()));
                sources.len() - 1
            });
            if let Some((_, notes)) = sources.get_mut(at).filter(|_| !figure.note.is_empty()) {
                notes.insert(&figure.note);
            }
        }
        let by = |(source, notes): (&str, BTreeSet<&str>)| {
            let figure = figures.iter().find(|figure| figure.source == source)?;
            let source = self.input.project.stated.source(figure)?;
            let note = notes.into_iter().collect::<Vec<_>>().join(" ");
            Some(StatedBy { citation: source.citation.clone(), url: source.url.to_string(), note })
        };
        sources.into_iter().filter_map(by).collect()
    }

    fn order_of(&self, figure: &StatedFigure) -> Option<u32> {
        self.input.project.categories.order(&figure.breakdown, &figure.category)
    }

    fn measure_of(&self, figure: &StatedFigure) -> Option<&'a Measure> {
        self.input.project.measures.get(&figure.measure, figure.statistic)
    }

    fn label_of(&self, figure: &StatedFigure) -> &'a str {
        self.measure_of(figure).map_or("", |measure| measure.label.as_str())
    }

    fn written(&self, figure: &StatedFigure) -> String {
        let number = format::with_commas(figure.value, decimals_of(figure.value));
        let is_percent = self.measure_of(figure).is_some_and(|measure| measure.unit == "percent");
        if is_percent { format!("{number}%") } else { number }
    }
}

/// A row for each figure, with its period.
fn one_each(stated: &[StatedRow]) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for (what, detail, cells) in stated {
        for (period, figure) in cells {
            let first = Cell::with_detail(what, detail);
            rows.push(Row::new(vec![first, Cell::new(figure), Cell::new(words_of(*period)?)]));
        }
    }
    Ok(rows)
}

/// A row for each measure and group, with a column for each period.
fn by_period(stated: &[StatedRow], periods: &BTreeSet<Period>) -> Vec<Row> {
    let row = |(what, detail, cells): &StatedRow| {
        let cell = |period| Cell::new(cells.get(period).map_or("", String::as_str));
        let first = Cell::with_detail(what, detail);
        Row::new([first].into_iter().chain(periods.iter().map(cell)).collect())
    };
    stated.iter().map(row).collect()
}

/// As many decimals as the figure was stated with.
fn decimals_of(value: f64) -> usize {
    format::plain(value).split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// `2014-15`, `April 2014`, `2016` for the months of a calendar year, `June 2017 to May 2018`.
fn words_of(period: Period) -> Result<String, Error> {
    let (first, last) = (period.start_date(), period.end_date());
    if period.is_year() || period.n_months() == 1 {
        return shared::in_words(&period.to_string());
    }
    if period.n_months() == 12 && first.format("%m").to_string() == "01" {
        return Ok(first.format("%Y").to_string());
    }
    let months = [first, last].map(|day| shared::in_words(&day.format("%Y-%m").to_string()));
    let [first, last] = months;
    Ok(format!("{} to {}", first?, last?))
}
