//! `iapt discover`: what the publisher's pages list and releases.toml does not have, as lines to add to it.
//!
//! What a file holds is not guessed: its member is left blank, and `iapt check` stops at the blank.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    str::FromStr,
};

use anyhow::Result;
use chrono::Month;
use iapt_fetch::{Edition, ListedFile, Series};
use iapt_files::FolderLock;
use iapt_model::{Dataset, PackFormat, Period, blank_release, on_one_line};
use iapt_publisher::Misbehaviour;

use crate::{
    failure::{Done, Usage},
    fetch::{fetcher, holder},
    lines::output,
    log::Log,
    selection::Selected,
};

pub(crate) async fn discover(selected: &Selected<'_>, datasets: &[String], log: &Log) -> Result<Done> {
    let is_chosen = |dataset: &&Dataset| datasets.is_empty() || datasets.contains(&dataset.name);
    let mut pages: BTreeMap<&str, Vec<&Dataset>> = BTreeMap::new();
    for dataset in selected.project.datasets.iter().filter(is_chosen) {
        for page in &dataset.series_pages {
            pages.entry(page).or_default().push(dataset);
        }
    }
    if pages.is_empty() {
        let message = "no page of a series is declared".to_owned();
        let hint = "name them in dataset.toml: series_pages = [\"https://...\"]".to_owned();
        return Err(Usage { message, hint }.into());
    }
    // A run would clear away what is on its way.
    let holder = format!("`iapt discover`, {}", holder(selected.now, &selected.source));
    let _alone = FolderLock::take(&selected.data, &holder)?;
    let server = match selected.stand_in()? {
        Some(stand_in) => Some(stand_in.serve(Misbehaviour::default()).await?),
        None => None,
    };
    let fetcher = fetcher(selected, server.as_ref(), log)?;
    let mut proposals = String::new();
    // What reads other members of a pack does not declare the pack.
    let declaring = selected.project.datasets.iter().filter(|dataset| !dataset.is_never_met);
    let mut known: BTreeSet<&str> =
        declaring.flat_map(|dataset| &dataset.releases).map(|release| release.url.as_str()).collect();
    let mut found = Vec::new();
    for (page, datasets) in pages {
        let hosts = datasets.iter().flat_map(|dataset| dataset.hosts.iter().cloned()).collect();
        let editions = fetcher.discover(&Series { page: page.to_owned(), hosts }).await?;
        log.info("discover", &format!("{page} lists {} editions", editions.len()));
        found.push((datasets, editions));
    }
    // Nothing is printed before every page has been understood.
    for (datasets, editions) in &found {
        for edition in editions {
            proposals += &proposed(datasets, edition, &mut known, log);
        }
    }
    if proposals.is_empty() {
        log.info("discover", "releases.toml has every file that is listed");
    }
    let mut out = output();
    out.write_all(proposals.as_bytes())?;
    out.flush()?;
    Ok(Done::All)
}

/// The entries for those files of an edition that are not known yet.
fn proposed<'a>(
    datasets: &[&Dataset],
    edition: &'a Edition,
    known: &mut BTreeSet<&'a str>,
    log: &Log,
) -> String {
    let Some(files) = &edition.files else {
        log.info("discover", &format!("not yet published: {}", edition.title));
        return String::new();
    };
    let mut text = String::new();
    for file in files {
        let name = file.url.rsplit('/').next().unwrap_or_default();
        let is_passed_over = |dataset: &&Dataset| {
            dataset.passed_over.iter().any(|pattern| iapt_archive::is_named(pattern, name))
        };
        if datasets.iter().any(is_passed_over) || !known.insert(&file.url) {
            continue;
        }
        match PackFormat::of_name(name) {
            Some(format) => text += &entry(datasets, edition, file, format),
            None => log.info("discover", &format!("not read, because of how its name ends: {}", file.url)),
        }
    }
    text
}

fn entry(datasets: &[&Dataset], edition: &Edition, file: &ListedFile, format: PackFormat) -> String {
    let places: Vec<String> =
        datasets.iter().map(|dataset| format!("pipelines/{}/releases.toml", dataset.name)).collect();
    let period = period_in(&edition.title);
    let has_period =
        |dataset: &&Dataset| dataset.releases.iter().any(|release| Some(release.period) == period);
    let is_known = datasets.iter().any(has_period);
    let doubt = if is_known {
        "# The period has a release: this is a new edition only if it replaces that.\n"
    } else {
        ""
    };
    format!(
        "# For {}: {}, {}\n# Under [release.files] stands what is read, and from which member.\n{doubt}\n{}\n",
        places.join(" or "),
        on_one_line(&edition.title),
        on_one_line(&file.title),
        blank_release(period, &file.url, format, &edition.page)
    )
}

/// The only period that a title names, as a year of two numbers or a month in words.
pub(crate) fn period_in(title: &str) -> Option<Period> {
    let plain: String =
        title.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let of_pair = |pair: &[&str]| match *pair {
        [month, year] if month.parse::<u32>().is_err() => {
            let number = Month::from_str(month).ok()?.number_from_month();
            format!("{year}-{number:02}").parse().ok()
        }
        [first, last] => {
            let last = last.get(last.len().checked_sub(2)?..)?;
            format!("{first}-{last}").parse().ok().filter(|period: &Period| period.is_year())
        }
        _ => None,
    };
    let periods: BTreeSet<Period> = words.windows(2).filter_map(of_pair).collect();
    periods.first().copied().filter(|_| periods.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_names_one_period_names_it() {
        for (title, expected) in [
            ("Annual report, 2019-20", "2019-20"),
            ("Annual report - 2017 - 18", "2017-18"),
            ("Annual report 2020/21", "2020-21"),
            ("Annual reports, 2023\u{2013}2024", "2023-24"),
            ("Monthly statistics, performance July 2025", "2025-07"),
            ("Monthly statistics, May 2020 final, including 2019-20", ""),
            ("Annual report, 2019-20 and 2020-21", ""),
            ("Annual report", ""),
            ("Report 1234-99 of 2021", ""),
            ("\u{e9} \u{e9}", ""),
        ] {
            let found = period_in(title).map(|period| period.to_string()).unwrap_or_default();
            assert_eq!(found, expected, "{title}");
        }
    }
}
