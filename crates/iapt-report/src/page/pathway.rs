//! The flow of one cohort: steps and exits found among the rows, whatever the rows lack.

use iapt_chart::{Chart, Flow, FlowExit, FlowStep, Words, format};
use serde::Serialize;

use super::Site;
use crate::{
    Error,
    declared::{Counts, Exit, PathwayPage},
    readings::{Reading, Readings},
    table::{Cell, Row, Table},
};

/// What a step or an exit counts.
#[derive(Clone, Debug)]
struct Found {
    count: f64,
    /// Its share of the first step that is known; none for that step itself.
    share: Option<Reading>,
}

#[derive(Serialize)]
struct FlowWords {
    period: String,
    first: StepWords,
    finished: StepWords,
    last: StepWords,
    steps: Vec<StepWords>,
    exits: Vec<ExitWords>,
}

#[derive(Clone, Default, Serialize)]
struct StepWords {
    name: String,
    label: String,
    count: String,
    share: String,
    is_whole: bool,
    /// What the share is of.
    of: String,
}

#[derive(Serialize)]
struct ExitWords {
    label: String,
    note: String,
}

impl Site<'_> {
    /// The flow of the newest year that has the most steps; none where no year has two.
    pub(super) fn flow(
        &self,
        declared: &PathwayPage,
        readings: &Readings,
    ) -> Result<Option<(Chart, Table)>, Error> {
        let mut best: Option<(usize, String, Vec<Option<Found>>)> = None;
        for period in readings.periods().iter().rev() {
            let steps = steps(declared, readings, period)?;
            let n_known = steps.iter().flatten().count();
            if best.as_ref().is_none_or(|(most, ..)| n_known > *most) {
                best = Some((n_known, period.clone(), steps));
            }
        }
        let (n_known, period, found) = best.unwrap_or_default();
        if n_known < 2 {
            return Ok(None);
        }
        let mut steps = Vec::new();
        let mut rows = Vec::new();
        let mut said = Vec::new();
        let mut exits_said = Vec::new();
        let first = declared.step.iter().zip(&found).find(|(_, found)| found.is_some()).map(|(step, _)| step);
        let is_of_first =
            first.is_some_and(|step| Some(&step.name) == declared.step.first().map(|step| &step.name));
        let mut before: Option<&str> = None;
        for (step, found) in declared.step.iter().zip(&found) {
            // A step that the figures lack has no place among those that they have.
            let Some(found) = found else { continue };
            let words = StepWords {
                name: step.name.clone(),
                label: step.label.clone(),
                count: format::count(found.count),
                share: found.share.as_ref().map(Reading::value_text).unwrap_or_default(),
                is_whole: first.is_some_and(|first| first.name == step.name),
                of: first.map(|first| first.label.clone()).unwrap_or_default(),
            };
            let exit = match before {
                Some(before) => exit(declared, readings, (before, &step.name), &period, is_of_first)?,
                None => None,
            };
            if let Some((label, reading)) = &exit {
                let note = reading.as_ref().map(|reading| (reading.numerator_text(), reading.value_text()));
                let (count, share) = note.clone().unwrap_or_default();
                rows.push(exit_row(label, note));
                exits_said.push(ExitWords { label: label.clone(), note: exit_note(&count, &share) });
            }
            let lines = self.engine.words("flow-step", &words)?;
            rows.push(Row::new(vec![
                Cell::new(&step.label),
                Cell::new(&words.count),
                Cell::new(if words.is_whole { "100%" } else { &words.share }),
            ]));
            steps.push(FlowStep {
                label: step.label.clone(),
                count: found.count,
                lines: lines.split(" / ").map(str::to_owned).collect(),
                exit: exits_said
                    .last()
                    .filter(|_| exit.is_some())
                    .map(|exit| FlowExit { label: exit.label.clone(), note: exit.note.clone() }),
            });
            before = Some(&step.name);
            said.push(words);
        }
        let named = |name: &str| said.iter().find(|step| step.name == name).cloned().unwrap_or_default();
        let words = FlowWords {
            period: period.clone(),
            first: said.first().cloned().unwrap_or_default(),
            finished: named("finished"),
            last: said.last().cloned().unwrap_or_default(),
            steps: said.clone(),
            exits: exits_said,
        };
        let chart_words = Words {
            id: declared.chart("pathway"),
            title: self.engine.words("flow-title", &words)?,
            subtitle: self.engine.words("flow-subtitle", &words)?,
            description: self.engine.words("flow-description", &words)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        let heads = self.engine.heads("pathway", &words)?;
        let table = heads.over("table-pathway", rows, &declared.download())?;
        Ok(Some((self.draw(chart_words, &Flow { steps })?, table)))
    }
}

fn exit_note(count: &str, share: &str) -> String {
    if count.is_empty() { String::new() } else { format!("{count} ({share})") }
}

fn exit_row(label: &str, note: Option<(String, String)>) -> Row {
    let (count, share) = note.unwrap_or_default();
    Row::new(vec![Cell::new(format!("\u{2192} {label}")), Cell::new(count), Cell::new(share)])
}

/// Every step of a year: counted out of all that ended where that is known, else out of the finished courses.
fn steps(declared: &PathwayPage, readings: &Readings, period: &str) -> Result<Vec<Option<Found>>, Error> {
    let mut steps = Vec::new();
    let mut is_of_first = false;
    for (index, step) in declared.step.iter().enumerate() {
        let has_whole = steps.iter().any(Option::is_some);
        let found = if has_whole {
            share(&step.counts, readings, period, is_of_first)?
        } else {
            whole(&step.counts, readings, period)?
        };
        is_of_first |= index == 0 && found.is_some();
        steps.push(found);
    }
    Ok(steps)
}

/// A step that the others are shares of: the denominator of an indicator that has a value.
fn whole(counts: &Counts, readings: &Readings, period: &str) -> Result<Option<Found>, Error> {
    for name in &counts.denominator_of {
        let reading = readings.read(name, readings.england(), period)?;
        if let (true, Some(count)) = (reading.is_known, reading.denominator) {
            return Ok(Some(Found { count, share: None }));
        }
    }
    Ok(None)
}

fn share(
    counts: &Counts,
    readings: &Readings,
    period: &str,
    is_of_first: bool,
) -> Result<Option<Found>, Error> {
    let names = if is_of_first { &counts.of_first } else { &counts.of_finished };
    for name in names {
        let reading = readings.read(name, readings.england(), period)?;
        if let (true, Some(count)) = (reading.is_known, reading.numerator) {
            return Ok(Some(Found { count, share: Some(reading) }));
        }
    }
    Ok(None)
}

/// Those that leave between two steps that have counts: what to call them, and their figure where there is one.
fn exit(
    declared: &PathwayPage,
    readings: &Readings,
    (from, to): (&str, &str),
    period: &str,
    is_of_first: bool,
) -> Result<Option<(String, Option<Reading>)>, Error> {
    let candidates = || declared.exit.iter().filter(|exit| exit.from == from && exit.to == to);
    for Exit { label, of_first, of_finished, .. } in candidates() {
        for name in if is_of_first { of_first } else { of_finished } {
            let reading = readings.read(name, readings.england(), period)?;
            if reading.is_known {
                return Ok(Some((label.clone(), Some(reading))));
            }
        }
    }
    Ok(candidates().next().map(|exit| (exit.label.clone(), None)))
}
