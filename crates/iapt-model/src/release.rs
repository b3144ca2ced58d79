//! Releases: one edition of one period of a dataset, where it is published and in which wrapping.

use std::{collections::BTreeMap, path::Path};

use iapt_files::Sha256;
use serde::Deserialize;

use crate::{
    Period, PublishedFile,
    declared::{Problems, read_toml},
};

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
    /// Numbers of rows that lie outside the band of its dataset and that somebody has looked at.
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
    pub fn published_file(&self, member: &Member) -> PublishedFile {
        PublishedFile {
            dataset: self.dataset.clone(),
            period: self.period,
            file: member.file.clone(),
            member: member.name.clone(),
        }
    }
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

/// Reads the releases of a dataset, in order of period and edition.
pub(crate) fn read_releases(dataset: &str, path: &Path, problems: &mut Problems) -> Vec<Release> {
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
