//! Datasets and releases: what the publisher publishes, where, and in which dress.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    Crosswalk, DisclosureRule, FirstRows, Layout, Markers, MeasureIds, Measures, Period, Place, Role,
    Sha256, Statistic,
    declared::{Problems, read_table, read_toml},
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
    /// The folder of its declared files.
    pub folder: PathBuf,
}

/// One edition of one period of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The dataset.
    pub dataset: String,
    /// The period that it reports on.
    pub period: Period,
    /// 1 for the first edition of the period.
    pub edition: u32,
    /// The publisher's address of the file.
    pub url: String,
    /// What the file is. Readers go by its content; the stand-in publisher, which makes it, goes by this, and so does
    /// fetching, which takes text for an error message where an archive was declared.
    pub format: PackFormat,
    /// The page that it was published on, where one is known.
    pub publication_page: Option<String>,
    /// The checksum that the publication must have, where it is known beforehand.
    pub sha256: Option<Sha256>,
    /// Sizes of the file that lie outside the band of its dataset and that somebody has looked at.
    pub acknowledged_bytes: Vec<u64>,
    /// The same of its number of rows.
    pub acknowledged_rows: Vec<u64>,
    /// The members of the pack that are read.
    pub members: Vec<Member>,
    /// What is odd about the release.
    pub note: Option<String>,
}

/// The wrapping of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackFormat {
    /// A zip of CSV files.
    Zip,
    /// A RAR of CSV files.
    Rar,
    /// One CSV file, as it is.
    Csv,
    /// One workbook, as it is; its members are its sheets.
    Xlsx,
}

/// One table inside a pack: a file of an archive, a bare file, or a sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What the crosswalk calls it: `main`.
    pub file: String,
    /// Its published name; of a sheet, the name of the sheet, whatever its case.
    pub name: String,
    /// The row that its header stands in, from 1, as a spreadsheet counts.
    pub header_row: usize,
    /// Whether its text is Windows-1252 instead of UTF-8.
    pub is_windows_1252: bool,
}

impl Release {
    /// Dataset and period, as messages name a release.
    #[must_use]
    pub fn label(&self) -> String {
        if self.edition == 1 {
            format!("{} {}", self.dataset, self.period)
        } else {
            format!("{} {} (edition {})", self.dataset, self.period, self.edition)
        }
    }

    /// Where a member of this release stands, for messages.
    #[must_use]
    pub fn place(&self, member: &Member) -> Place {
        Place {
            dataset: self.dataset.clone(),
            period: self.period,
            file: member.file.clone(),
            member: member.name.clone(),
        }
    }
}

/// England's total of one measure, or its figure of one category, copied from the publication.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTotal {
    /// The declared file.
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
    /// The declared file.
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
    rows_band_percent: Option<[u64; 2]>,
    markers: Markers,
    disclosure: DisclosureRule,
    #[serde(default)]
    layout: BTreeMap<String, Layout>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleasesToml {
    #[serde(default)]
    release: Vec<ReleaseToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseToml {
    period: Period,
    edition: u32,
    url: String,
    format: PackFormat,
    publication_page: Option<String>,
    sha256: Option<Sha256>,
    #[serde(default)]
    acknowledged_bytes: SizesToml,
    #[serde(default)]
    acknowledged_rows: SizesToml,
    /// The encoding of every member; UTF-8 where it is not said.
    encoding: Option<Encoding>,
    note: Option<String>,
    files: BTreeMap<String, FileToml>,
}

/// One size, or several: a mirror can hold a part of a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum SizesToml {
    One(u64),
    Several(Vec<u64>),
}

impl Default for SizesToml {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// `main = "main.csv"`, or `table = { name = "Table 1", header_row = 8 }` where the header is not in the first row.
#[derive(Deserialize)]
#[serde(untagged)]
enum FileToml {
    Name(String),
    Placed(PlacedToml),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacedToml {
    name: String,
    header_row: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum Encoding {
    #[serde(rename = "windows-1252")]
    Windows1252,
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
        let releases = read_releases(&name, &folder.join("releases.toml"), problems);
        let layouts = dataset.as_ref().map(|dataset| dataset.layout.clone()).unwrap_or_default();
        let crosswalk = Crosswalk::read(&folder.join("columns.csv"), measures, &layouts, problems);
        let measure_ids = MeasureIds::read(&folder.join("measure_ids.csv"), measures, problems);
        let control_totals = read_control_totals(&folder.join("expected.csv"), measures, problems);
        let known_headers = read_headers(&folder.join("headers.csv"), problems);
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
            rows_band_percent,
            markers,
            disclosure,
            layouts,
            releases,
            crosswalk,
            measure_ids,
            control_totals,
            known_headers,
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

    /// The problems of every known header against the crosswalk, each with its hint.
    #[must_use]
    pub fn unclosed_headers(&self) -> Vec<crate::Problem> {
        let problems_of = |header: &KnownHeader| {
            let place = Place {
                dataset: self.name.clone(),
                period: header.period,
                file: header.file.clone(),
                member: "headers.csv".to_owned(),
            };
            self.crosswalk.resolve(&place, &header.columns).err().unwrap_or_default()
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

fn read_releases(dataset: &str, path: &Path, problems: &mut Problems) -> Vec<Release> {
    let Some(ReleasesToml { release }) = read_toml::<ReleasesToml>(path, problems) else {
        return Vec::new();
    };
    let mut releases: Vec<Release> = release.into_iter().map(|release| meant(dataset, release)).collect();
    releases.sort_by_key(|release| (release.period, release.edition));
    for pair in releases.windows(2) {
        if let [left, right] = pair
            && (left.period, left.edition) == (right.period, right.edition)
        {
            problems.add(path, None, format!("{} edition {} is declared twice", left.period, left.edition));
        }
    }
    for release in &releases {
        if release.members.is_empty() {
            problems.add(
                path,
                None,
                format!("{} names no file to read under [release.files]", release.period),
            );
        }
        for member in release.members.iter().filter(|member| member.name.is_empty()) {
            let what = format!("{}: `{}` names no member of the file", release.period, member.file);
            problems.add(path, None, what);
        }
    }
    releases
}

/// The host of an address that may be visited or printed as a link: https, without a user, at the usual port.
fn host_of(address: &str) -> Result<&str, &'static str> {
    let Some(rest) = address.strip_prefix("https://") else { return Err("is not an https address") };
    if address.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err("has a blank or a control character in it");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err("names a user");
    }
    if host.contains(':') {
        return Err("names a port");
    }
    if host.is_empty() { Err("has no host") } else { Ok(host) }
}

fn meant(dataset: &str, written: ReleaseToml) -> Release {
    let ReleaseToml {
        period,
        edition,
        url,
        format,
        publication_page,
        sha256,
        acknowledged_bytes,
        acknowledged_rows,
        encoding,
        note,
        files,
    } = written;
    let sizes = |written| match written {
        SizesToml::One(size) => vec![size],
        SizesToml::Several(sizes) => sizes,
    };
    let (acknowledged_bytes, acknowledged_rows) = (sizes(acknowledged_bytes), sizes(acknowledged_rows));
    let is_windows_1252 = encoding == Some(Encoding::Windows1252);
    let member = |(file, written)| {
        let (name, header_row) = match written {
            FileToml::Name(name) => (name, 1),
            FileToml::Placed(PlacedToml { name, header_row }) => (name, header_row),
        };
        Member { file, name, header_row, is_windows_1252 }
    };
    let members = files.into_iter().map(member).collect();
    Release {
        dataset: dataset.to_owned(),
        period,
        edition,
        url,
        format,
        publication_page,
        sha256,
        acknowledged_bytes,
        acknowledged_rows,
        members,
        note,
    }
}

fn read_control_totals(path: &Path, measures: &Measures, problems: &mut Problems) -> Vec<ControlTotal> {
    let mut totals = Vec::new();
    for row in read_table::<ControlTotal>(path, problems) {
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

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn an_address_is_one_of_https_on_a_host() {
        for (address, expected) in [
            ("https://files.example.org/a.zip", Ok("files.example.org")),
            ("https://files.example.org?a", Ok("files.example.org")),
            ("http://files.example.org/a.zip", Err("is not an https address")),
            ("javascript:alert(1)", Err("is not an https address")),
            ("https:///a.zip", Err("has no host")),
            ("https://user@files.example.org/a.zip", Err("names a user")),
            ("https://files.example.org:8443/a.zip", Err("names a port")),
            ("https://files.example.org/a b", Err("has a blank or a control character in it")),
        ] {
            assert_eq!(host_of(address), expected, "{address}");
        }
    }
}
