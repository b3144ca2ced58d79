//! All that ended in its parts: a hundred squares for the newest year, a bar for every year.

use std::collections::BTreeMap;

use iapt_chart::{Chart, Hundred, HundredPart, Part, Parts, PartsRow, Words};
use serde::Serialize;

use super::{Site, bases::of, years_table::england_table};
use crate::{
    Error,
    declared::PartList,
    readings::{Reading, Readings},
    table::Table,
};

/// What a block of parts is about.
pub(super) struct PartsOf<'b, 'a> {
    /// The anchor of the block, and what stands over it.
    pub(super) id: &'b str,
    pub(super) heading: &'b str,
    pub(super) declared: &'b PartList,
    /// What the title is a template over.
    pub(super) figures: &'b BTreeMap<&'b str, Reading>,
    /// The dataset of the whole, and the file with its numbers.
    pub(super) dataset: &'b str,
    pub(super) download: String,
    pub(super) readings: &'b Readings<'a>,
}

#[derive(Serialize)]
struct PartsWords<'w> {
    period: &'w str,
    of: &'w str,
    /// What is divided; empty where it is all that ended.
    whole: &'w str,
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

impl PartsOf<'_, '_> {
    /// The years of which every part has a value, in order of time.
    fn years(&self) -> Result<Vec<(String, Vec<PartWords>)>, Error> {
        let readings = self.readings;
        let mut years = Vec::new();
        for period in readings.periods() {
            let parts = self.declared.part.iter().map(|part| {
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
}

impl Site<'_> {
    /// The parts of the newest year, one square for each hundredth; none where no year has every part.
    pub(super) fn hundred(&self, block: &PartsOf) -> Result<Option<Chart>, Error> {
        let years = block.years()?;
        let Some(newest) = years.last() else { return Ok(None) };
        let words = self.part_words("hundred", block, newest)?;
        let drawn = newest.1.iter().filter_map(|part| {
            Some(HundredPart {
                figure: part.reading.figure.clone(),
                label: part.label.clone(),
                value: part.reading.value?,
                note: format!("{}, {}", part.reading.value_text(), part.reading.numerator_text()),
            })
        });
        Ok(Some(self.draw(words, &Hundred { parts: drawn.collect() })?))
    }

    /// The parts of every year, a bar for each; none where no year has every part.
    pub(super) fn parts_by_year(&self, block: &PartsOf) -> Result<Option<(Chart, Table)>, Error> {
        let years = block.years()?;
        let Some(newest) = years.last() else { return Ok(None) };
        let words = self.part_words("parts", block, newest)?;
        let bar = |(period, parts): &(String, Vec<PartWords>)| PartsRow {
            name: period.clone(),
            code: String::new(),
            is_whole: true,
            parts: parts.iter().filter_map(|part| part.drawn(period)).collect(),
        };
        let parts = &block.declared.part;
        let bars = Parts {
            key: parts.iter().map(|part| part.label.clone()).collect(),
            rows: years.iter().rev().map(bar).collect(),
        };
        let table = england_table(
            self.engine,
            (&format!("table-{}", block.id), block.heading),
            parts.iter().map(|part| part.indicator.as_str()),
            block.readings,
            &block.download,
        )?;
        Ok(Some((self.draw(words, &bars)?, table)))
    }

    /// What stands over a chart of parts; `kind` says which wording files.
    fn part_words(
        &self,
        kind: &str,
        block: &PartsOf,
        (period, parts): &(String, Vec<PartWords>),
    ) -> Result<Words, Error> {
        let whole = block.declared.own.as_ref().map_or("", |own| own.subtitle.as_str());
        let words = PartsWords { period, of: block.heading, whole, parts };
        Ok(Words {
            id: format!("{}-chart", block.id),
            title: self.engine.sentence(&block.declared.title, block.figures)?,
            subtitle: self.engine.words(&format!("{kind}-subtitle"), &words)?,
            description: self.engine.words(&format!("{kind}-description"), &words)?,
            source: self.credit(block.dataset, block.readings)?,
        })
    }
}
