//! How old the newest period of each dataset is, against when the next one is expected.

use chrono::{Days, NaiveDate};
use iapt_model::{Dataset, Period, Project, Snapshot};
use serde::Serialize;

/// How old the newest period of a dataset is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Freshness {
    pub(crate) dataset: String,
    /// The newest period that is here.
    pub(crate) newest_period: String,
    /// The period after it.
    pub(crate) next_period: String,
    /// The day by which that one is expected; none where the dataset declares no expectation.
    pub(crate) expected_by: Option<String>,
    /// Days since then; 0 or less while it is not due.
    pub(crate) overdue_days: Option<i64>,
}

/// The freshness of every dataset of which something is here.
pub(crate) fn freshness(project: &Project, had: &[Snapshot], today: NaiveDate) -> Vec<Freshness> {
    let newest = |dataset: &Dataset| {
        let had = had.iter().map(Snapshot::release).filter(|release| release.dataset == dataset.name);
        had.map(|release| release.period).max()
    };
    let datasets = project.datasets.iter();
    datasets.filter_map(|dataset| Some(freshness_of(dataset, newest(dataset)?, today))).collect()
}

fn freshness_of(dataset: &Dataset, newest: Period, today: NaiveDate) -> Freshness {
    let next = newest.next();
    let expected_by = dataset
        .published_within_days
        .and_then(|days| next.end_date().checked_add_days(Days::new(u64::from(days))));
    Freshness {
        dataset: dataset.name.clone(),
        newest_period: newest.to_string(),
        next_period: next.to_string(),
        expected_by: expected_by.map(|day| day.to_string()),
        overdue_days: expected_by.map(|day| today.signed_duration_since(day).num_days()),
    }
}

/// The datasets whose next period is overdue by more than so many days.
pub(crate) fn stale(freshness: &[Freshness], days: u32) -> impl Iterator<Item = &Freshness> {
    freshness.iter().filter(move |one| one.overdue_days.is_some_and(|overdue| overdue > i64::from(days)))
}
