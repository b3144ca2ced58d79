//! Canonical categories: what a published category is called, whatever its spelling that year.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    Period,
    declared::{Problems, read_filled},
};

/// One canonical category.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Category {
    /// What the rows are broken down by: `imd_decile`.
    pub breakdown: String,
    /// The category, in words for readers.
    pub category: String,
    /// Its place among the categories of the breakdown.
    pub order: u32,
}

/// A published category, the canonical one that it has, and in which periods: a row of `categories.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedCategory {
    /// What the row is broken down by, as published.
    pub variable_type: String,
    /// The category, as published.
    pub variable_a: String,
    /// The category inside the category, as published.
    pub variable_b: String,
    /// What that is broken down by here.
    pub breakdown: String,
    /// The canonical category.
    pub category: String,
    /// Its place among the categories of the breakdown.
    pub category_order: u32,
    /// Whether it says who the people are or what they came with; `Not stated` and the like do not.
    pub is_stated: bool,
    /// The first period that prints it.
    pub first_period: Period,
    /// The last one; none where the newest prints it.
    pub last_period: Option<Period>,
    /// What a reader should know.
    pub note: String,
}

/// What `iapt declare` leaves blank of a category that it does not know.
const NEEDED: [&str; 4] = ["breakdown", "category", "category_order", "is_stated"];

/// Every published category that has a canonical one.
#[derive(Clone, Debug, Default)]
pub struct Categories {
    meanings: BTreeMap<[String; 3], Vec<Meaning>>,
    published: Vec<PublishedCategory>,
    /// Breakdown -> category -> its place.
    places: BTreeMap<String, BTreeMap<String, Ordered>>,
}

/// A canonical category among those of its breakdown.
#[derive(Clone, Copy, Debug)]
struct Ordered {
    order: u32,
    is_stated: bool,
}

/// What a published category meant from one period to another.
#[derive(Clone, Debug)]
struct Meaning {
    first: Period,
    last: Option<Period>,
    category: Category,
}

impl Categories {
    pub(crate) fn read(path: &Path, problems: &mut Problems) -> Self {
        let mut categories = Self::default();
        for row in read_filled::<PublishedCategory>(path, &NEEDED, problems) {
            let PublishedCategory { first_period, last_period, .. } = row.value;
            categories.published.push(row.value.clone());
            let published = [row.value.variable_type, row.value.variable_a, row.value.variable_b];
            let category = Category {
                breakdown: row.value.breakdown,
                category: row.value.category,
                order: row.value.category_order,
            };
            let place = Ordered { order: category.order, is_stated: row.value.is_stated };
            let places = categories.places.entry(category.breakdown.clone()).or_default();
            let known = *places.entry(category.category.clone()).or_insert(place);
            if known.is_stated != place.is_stated {
                let what = format!("`{}` is stated in one row and not in another", category.category);
                problems.add(path, Some(row.line), what);
            }
            let periods = categories.meanings.entry(published.clone()).or_default();
            let overlaps = periods.iter().any(|other: &Meaning| {
                other.last.is_none_or(|last| first_period <= last)
                    && last_period.is_none_or(|last| other.first <= last)
            });
            if overlaps {
                problems.add(
                    path,
                    Some(row.line),
                    format!("`{}` is declared twice for one period", published.join("` / `")),
                );
            }
            periods.push(Meaning { first: first_period, last: last_period, category });
        }
        categories
    }

    /// Every published category, in declared order.
    pub fn published(&self) -> impl Iterator<Item = &PublishedCategory> {
        self.published.iter()
    }

    /// The place of a canonical category among those of its breakdown.
    #[must_use]
    pub fn order(&self, breakdown: &str, category: &str) -> Option<u32> {
        Some(self.places.get(breakdown)?.get(category)?.order)
    }

    /// Whether a canonical category says who the people are or what they came with; one that is not declared does not.
    #[must_use]
    pub fn is_stated(&self, breakdown: &str, category: &str) -> bool {
        let place = self.places.get(breakdown).and_then(|places| places.get(category));
        place.is_some_and(|place| place.is_stated)
    }

    /// Every canonical breakdown, in order of name.
    pub fn breakdowns(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Every published category with the canonical one that it has in a period.
    pub(crate) fn in_period(&self, period: Period) -> BTreeMap<&[String; 3], Option<&Category>> {
        self.meanings.iter().map(|(published, meanings)| (published, meant(meanings, period))).collect()
    }

    /// The canonical category of a published one, in a period.
    ///
    /// A last period does not close a category: the publisher may print an old one again, and its meaning is known.
    /// Only where one spelling meant two things does the period decide.
    #[must_use]
    pub fn get(&self, published: &[&str; 3], period: Period) -> Option<&Category> {
        let published = published.map(str::to_owned);
        meant(self.meanings.get(&published)?, period)
    }
}

fn meant(meanings: &[Meaning], period: Period) -> Option<&Category> {
    let live = meanings
        .iter()
        .find(|meaning| meaning.first <= period && meaning.last.is_none_or(|last| period <= last));
    live.or_else(|| meanings.last()).map(|meaning| &meaning.category)
}
