//! Datasets: what the publisher publishes, and how it is printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    Crosswalk, DisclosureRule, FigureSource, FirstRows, Layout, Markers, MeasureIds, Measures, Period,
    PublishedFile, Role, Statistic,
    address::host_of,
    declared::{Problems, read_filled, read_table, read_toml},
    release::{Release, read_releases},
};

/// A series of publications with one layout that drifts.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its name, which is that of its folder: `psych_ther_annual`.
    pub name: String,
    /// Its title for readers.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// Under which licence, as an SPDX identifier.
    pub licence: String,
    /// Where the licence can be read.
    pub licence_url: String,
    /// The sentence that the licence asks for.
    pub attribution: String,
    /// The page of the series.
    pub landing_page: String,
    /// The pages of the series that it is published in, which list the editions.
    pub series_pages: Vec<String>,
    /// Names of files on those pages that are known and not wanted, with `*` for any text.
    pub passed_over: Vec<String>,
    /// Hosts that its files may come from; a redirect anywhere else is refused.
    pub hosts: BTreeSet<String>,
    /// Within how many days of its end a period is expected to be published, where there is such an expectation.
    pub published_within_days: Option<u32>,
    /// How far the size of a file may be from the median of the other releases of its format, as a factor in both
    /// directions, before somebody has to acknowledge it; any size will do where it is not said.
    pub size_band: Option<u64>,
    /// The dataset whose cells it prints again: they are compared with it, and never added up.
    pub repeats: Option<String>,
    /// Whether no file of it was ever seen, so that its declaration rests on what others say: it is read only where it is
    /// named, and its cells are in no sum and no indicator.
    pub is_never_met: bool,
    /// How many rows a file may have, in percent of the median of the releases nearest in time, before somebody has
    /// to acknowledge it: the least and the most.
    pub rows_band_percent: Option<[u64; 2]>,
    /// What is printed where there is no number.
    pub markers: Markers,
    /// How numbers are rounded and withheld.
    pub disclosure: DisclosureRule,
    /// How its files lie, by the name of the declared file; the others are wide.
    pub layouts: BTreeMap<String, Layout>,
    /// The editions of every period, in order of period and edition.
    pub releases: Vec<Release>,
    /// What the columns mean.
    pub crosswalk: Crosswalk,
    /// What the publisher's measure ids mean, in files with a row for each measure.
    pub measure_ids: MeasureIds,
    /// Totals copied from the publication, which the files must show.
    pub control_totals: Vec<ControlTotal>,
    /// Every header seen so far, which the crosswalk must close over.
    pub known_headers: Vec<KnownHeader>,
    /// Where its built-in figures were read; none where it has none.
    pub figure_sources: Vec<FigureSource>,
    /// The folder of its declared files.
    pub folder: PathBuf,
}

/// England's total of one measure, or its figure of one category, copied from the publication.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTotal {
    /// The name of the published file in the crosswalk, such as `main`.
    pub file: String,
    /// The period.
    pub period: Period,
    /// The measure.
    pub measure: String,
    /// Its statistic.
    pub statistic: Statistic,
    /// The category that it is of, in the innermost text of it; none for the total of all.
    #[serde(default)]
    pub category: Option<String>,
    /// The number as printed.
    pub value: f64,
    /// Where it is printed.
    pub source: String,
}

/// A header as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHeader {
    /// The name of the published file in the crosswalk, such as `main`.
    pub file: String,
    /// The period.
    pub period: Period,
    /// Its cells, in order.
    pub columns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatasetToml {
    title: String,
    publisher: String,
    licence: String,
    licence_url: String,
    attribution: String,
    landing_page: String,
    #[serde(default)]
    series_pages: Vec<String>,
    #[serde(default)]
    passed_over: Vec<String>,
    hosts: BTreeSet<String>,
    published_within_days: Option<u32>,
    size_band: Option<u64>,
    repeats: Option<String>,
    #[serde(default)]
    is_never_met: bool,
    rows_band_percent: Option<[u64; 2]>,
    markers: Markers,
    disclosure: DisclosureRule,
    #[serde(default)]
    layout: BTreeMap<String, Layout>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderRow {
    file: String,
    period: Period,
    position: usize,
    column: String,
}

impl Dataset {
    pub(crate) fn read(folder: &Path, measures: &Measures, problems: &mut Problems) -> Option<Self> {
        let name = folder.file_name()?.to_str()?.to_owned();
        let dataset = read_toml::<DatasetToml>(&folder.join("dataset.toml"), problems);
        let layouts = dataset.as_ref().map(|dataset| dataset.layout.clone()).unwrap_or_default();
        let (releases, crosswalk, measure_ids, control_totals, known_headers) =
            problems.of_releases(|problems| {
                (
                    read_releases(&name, &folder.join("releases.toml"), problems),
                    Crosswalk::read(&folder.join("columns.csv"), measures, &layouts, problems),
                    MeasureIds::read(&folder.join("measure_ids.csv"), measures, problems),
                    read_control_totals(&folder.join("expected.csv"), measures, problems),
                    read_headers(&folder.join("headers.csv"), problems),
                )
            });
        let figure_sources = FigureSource::read(&folder.join("sources.csv"), problems);
        let DatasetToml {
            title,
            publisher,
            licence,
            licence_url,
            attribution,
            landing_page,
            series_pages,
            passed_over,
            hosts,
            published_within_days,
            size_band,
            repeats,
            is_never_met,
            rows_band_percent,
            markers,
            disclosure,
            layout: _,
        } = dataset?;
        let dataset = Self {
            name,
            title,
            publisher,
            licence,
            licence_url,
            attribution,
            landing_page,
            series_pages,
            passed_over,
            hosts,
            published_within_days,
            size_band,
            repeats,
            is_never_met,
            rows_band_percent,
            markers,
            disclosure,
            layouts,
            releases,
            crosswalk,
            measure_ids,
            control_totals,
            known_headers,
            figure_sources,
            folder: folder.to_owned(),
        };
        dataset.check_keys(problems);
        dataset.check_addresses(problems);
        Some(dataset)
    }

    /// Every declared address is one of https, and what is fetched is on one of the declared hosts.
    fn check_addresses(&self, problems: &mut Problems) {
        let path = self.folder.join("dataset.toml");
        for host in &self.hosts {
            if host_of(&format!("https://{host}")) != Ok(host) {
                problems.add(&path, None, format!("hosts: `{host}` is not the name of a host"));
            }
        }
        let mut check = |path: &Path, what: &str, address: &str, is_fetched: bool| match host_of(address) {
            Err(_) if address.is_empty() => {
                problems.add(
                    path,
                    None,
                    format!("{what} is blank; write the publisher's address: https://..."),
                );
            }
            Err(why) => problems.add(path, None, format!("{what}: `{address}` {why}")),
            Ok(host) if is_fetched && !self.hosts.contains(host) => {
                problems.add(
                    path,
                    None,
                    format!("{what}: `{host}`, the host of `{address}`, is not in `hosts` of dataset.toml"),
                );
            }
            Ok(_) => {}
        };
        check(&path, "licence_url", &self.licence_url, false);
        check(&path, "landing_page", &self.landing_page, false);
        for page in &self.series_pages {
            check(&path, "series_pages", page, true);
        }
        let path = self.folder.join("releases.toml");
        for release in &self.releases {
            check(&path, &format!("{} url", release.period), &release.url, true);
            if let Some(page) = &release.publication_page {
                check(&path, &format!("{} publication_page", release.period), page, false);
            }
        }
    }

    /// How a declared file lies.
    #[must_use]
    pub fn layout(&self, file: &str) -> Layout {
        self.layouts.get(file).cloned().unwrap_or_default()
    }

    /// What the first rows of a release must show where it arrives as one bare CSV file; none where its columns are not
    /// declared, or it has several members.
    #[must_use]
    pub fn first_rows(&self, release: &Release) -> Option<FirstRows> {
        let [member] = release.members.as_slice() else { return None };
        let live = self.crosswalk.live(&member.file, release.period).into_iter();
        let columns: BTreeMap<String, Role> =
            live.map(|(column, (role, _))| (column.to_owned(), role.clone())).collect();
        (!columns.is_empty()).then(|| FirstRows {
            columns,
            layout: self.layout(&member.file),
            period: release.period,
            header_row: member.header_row,
        })
    }

    /// The newest edition of every period, in order of period.
    pub fn newest_releases(&self) -> impl Iterator<Item = &Release> {
        // Editions of one period stand next to each other, the newest last.
        self.releases.chunk_by(|left, right| left.period == right.period).filter_map(<[Release]>::last)
    }

    /// The release of a period, as written, and an edition.
    #[must_use]
    pub fn release(&self, period: &str, edition: u32) -> Option<&Release> {
        let is_it = |release: &&Release| release.edition == edition && release.period.to_string() == period;
        self.releases.iter().find(is_it)
    }

    /// The problems of every known header against the crosswalk, each with its hint.
    #[must_use]
    pub fn unclosed_headers(&self) -> Vec<crate::Problem> {
        let problems_of = |header: &KnownHeader| {
            let published_file = PublishedFile {
                dataset: self.name.clone(),
                period: header.period,
                file: header.file.clone(),
                member: "headers.csv".to_owned(),
            };
            self.crosswalk.resolve(&published_file, &header.columns).err().unwrap_or_default()
        };
        self.known_headers.iter().flat_map(problems_of).collect()
    }

    fn check_keys(&self, problems: &mut Problems) {
        let path = self.folder.join("columns.csv");
        for release in &self.releases {
            for member in &release.members {
                let layout = self.layout(&member.file);
                for role in self.crosswalk.missing_roles(&member.file, release.period, &layout) {
                    let what = format!("{}: no live column of `{}` is `{role}`", release.period, member.file);
                    problems.add(&path, None, what);
                }
            }
        }
    }
}

fn read_control_totals(path: &Path, measures: &Measures, problems: &mut Problems) -> Vec<ControlTotal> {
    let mut totals = Vec::new();
    for row in read_filled::<ControlTotal>(path, &["value", "source"], problems) {
        let total = row.value;
        if measures.get(&total.measure, total.statistic).is_none() {
            let what = format!("`{}` with `{}` is not in measures.csv", total.measure, total.statistic);
            problems.add(path, Some(row.line), what);
        }
        totals.push(total);
    }
    totals
}

fn read_headers(path: &Path, problems: &mut Problems) -> Vec<KnownHeader> {
    let mut headers: Vec<KnownHeader> = Vec::new();
    for row in read_table::<HeaderRow>(path, problems) {
        let HeaderRow { file, period, position, column } = row.value;
        let is_same = |header: &&mut KnownHeader| header.file == file && header.period == period;
        let header = if let Some(header) = headers.last_mut().filter(is_same) {
            header
        } else {
            headers.push(KnownHeader { file, period, columns: Vec::new() });
            let Some(header) = headers.last_mut() else { continue };
            header
        };
        header.columns.push(column);
        if header.columns.len() != position {
            problems.add(
                path,
                Some(row.line),
                format!("position {position} should be {}", header.columns.len()),
            );
        }
    }
    headers
}
