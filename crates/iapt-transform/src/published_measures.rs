//! The publisher's names of measures, as the files that were read have them: who has such a file finds its measures here.

use std::collections::BTreeMap;

use iapt_model::{Period, Role};
use serde::{Deserialize, Serialize};

use crate::{Error, table_folder::TableFolder};

/// One name of one measure in one kind of file, and the periods between which it was read under it.
#[derive(Debug, Serialize, Deserialize)]
struct PublishedMeasureRow {
    dataset: String,
    file: String,
    /// The publisher's id; empty where its files have none.
    measure_id: String,
    published_name: String,
    measure: String,
    statistic: String,
    first_period: String,
    last_period: String,
}

/// Writes the table `published_measures`.
///
/// Its rows are of the releases that were read and of no others, so that it changes only with what was read.
///
/// # Errors
///
/// As [`TableFolder::write_rows`].
pub(crate) fn write(folder: &TableFolder<'_>) -> Result<(), Error> {
    let mut names: BTreeMap<[&str; 6], (Period, Period)> = BTreeMap::new();
    for row in folder.releases {
        let Some(dataset) = folder.project.dataset(&row.dataset) else { continue };
        let Some(release) = dataset.release(&row.reporting_period, row.edition) else { continue };
        let period = release.period;
        for member in &release.members {
            let mut note = |id, name, measure, statistic| {
                let key = [dataset.name.as_str(), member.file.as_str(), id, name, measure, statistic];
                let (first, last) = names.entry(key).or_insert((period, period));
                *first = (*first).min(period);
                *last = (*last).max(period);
            };
            for (published, (role, _)) in dataset.crosswalk.live(&member.file, period) {
                if let Role::Measure { measure, statistic } = role {
                    note("", published, measure, statistic.as_str());
                }
            }
            for (id, name, measure, statistic) in dataset.measure_ids.live(&member.file, period).iter() {
                note(id, name, measure, statistic.as_str());
            }
        }
    }
    let rows: Vec<PublishedMeasureRow> =
        names.into_iter().map(|(names, periods)| row(names, periods)).collect();
    let from = folder.from(rows.iter().map(|row| format!("{row:?}")));
    folder.write_rows("published_measures", &[from], &rows)
}

fn row(names: [&str; 6], (first, last): (Period, Period)) -> PublishedMeasureRow {
    let [dataset, file, measure_id, published_name, measure, statistic] = names.map(str::to_owned);
    let [first_period, last_period] = [first, last].map(|period| period.to_string());
    PublishedMeasureRow {
        dataset,
        file,
        measure_id,
        published_name,
        measure,
        statistic,
        first_period,
        last_period,
    }
}
