//! Releases: one edition of one period of a dataset, where it is published and in which wrapping.

use std::{collections::BTreeMap, path::Path};

use iapt_files::Sha256;
use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl PackFormat {
    /// The format of a file by the ending of its name, which is also what `releases.toml` calls it; none where such a file cannot be
    /// read.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_lowercase();
        let word: value::StrDeserializer<'_, value::Error> = ending.as_str().into_deserializer();
        Self::deserialize(word).ok()
    }
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

    /// Its entry in `releases.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let sizes = |sizes: &[u64]| match sizes {
            [size] => SizesToml::One(*size),
            sizes => SizesToml::Several(sizes.to_vec()),
        };
        let file = |Member { file, name, header_row, .. }: &Member| {
            let (name, header_row) = (name.clone(), *header_row);
            let written = match header_row {
                1 => FileToml::Name(name),
                _ => FileToml::Placed(PlacedToml { name, header_row }),
            };
            (file.clone(), written)
        };
        let is_windows_1252 = self.members.iter().any(|member| member.is_windows_1252);
        entry(ReleaseToml {
            period: self.period.to_string(),
            edition: self.edition,
            url: self.url.clone(),
            format: self.format,
            publication_page: self.publication_page.clone(),
            sha256: self.sha256,
            acknowledged_bytes: sizes(&self.acknowledged_bytes),
            acknowledged_rows: sizes(&self.acknowledged_rows),
            encoding: is_windows_1252.then_some(Encoding::Windows1252),
            note: self.note.clone(),
            files: self.members.iter().map(file).collect(),
        })
    }
}

/// An entry of `releases.toml` for a file that was listed: blank are the member that is read, and the period where it is not
/// known. `iapt check` stops at the blanks.
#[must_use]
pub fn blank_release(period: Option<Period>, url: &str, format: PackFormat, page: &str) -> String {
    entry(ReleaseToml {
        period: period.map(|period| period.to_string()).unwrap_or_default(),
        edition: 1,
        url: url.to_owned(),
        format,
        publication_page: Some(page.to_owned()),
        sha256: None,
        acknowledged_bytes: SizesToml::default(),
        acknowledged_rows: SizesToml::default(),
        encoding: None,
        note: None,
        files: BTreeMap::from([("file".to_owned(), FileToml::Name(String::new()))]),
    })
}

fn entry(release: ReleaseToml<String>) -> String {
    // Only a number above 2^63 cannot be written, and no size was read that is.
    toml::to_string(&ReleasesToml { release: vec![release] }).unwrap_or_default()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleasesToml<P> {
    #[serde(default = "Vec::new")]
    release: Vec<ReleaseToml<P>>,
}

/// A release as written; the period is a text where it may be blank.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseToml<P> {
    period: P,
    edition: u32,
    url: String,
    format: PackFormat,
    publication_page: Option<String>,
    sha256: Option<Sha256>,
    #[serde(default, skip_serializing_if = "SizesToml::is_none")]
    acknowledged_bytes: SizesToml,
    #[serde(default, skip_serializing_if = "SizesToml::is_none")]
    acknowledged_rows: SizesToml,
    /// The encoding of every member; UTF-8 where it is not said.
    encoding: Option<Encoding>,
    note: Option<String>,
    files: BTreeMap<String, FileToml>,
}

/// One size, or several: a mirror can hold a part of a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum SizesToml {
    One(u64),
    Several(Vec<u64>),
}

impl SizesToml {
    fn is_none(&self) -> bool {
        matches!(self, Self::Several(sizes) if sizes.is_empty())
    }
}

impl Default for SizesToml {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// `main = "main.csv"`, or `table = { name = "Table 1", header_row = 8 }` where the header is not in the first row.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FileToml {
    Name(String),
    Placed(PlacedToml),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacedToml {
    name: String,
    header_row: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Encoding {
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Reads the releases of a dataset, in order of period and edition.
pub(crate) fn read_releases(dataset: &str, path: &Path, problems: &mut Problems) -> Vec<Release> {
    let Some(ReleasesToml { release }) = read_toml::<ReleasesToml<Period>>(path, problems) else {
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

fn meant(dataset: &str, written: ReleaseToml<Period>) -> Release {
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn read(text: &str) -> Vec<Release> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("releases.toml");
        fs_err::write(&path, text).unwrap();
        let mut problems = Problems::default();
        let releases = read_releases("dataset", &path, &mut problems);
        assert!(problems.into_vec().is_empty());
        releases
    }

    /// Every field, and texts that are written otherwise in Rust than in TOML.
    #[test]
    fn what_is_written_of_a_release_is_read_as_the_same() {
        let head = r#"[[release]]
period = "2017-18"
edition = 2
url = "https://files.digital.nhs.uk/a.zip"
format = "zip"
publication_page = "https://digital.nhs.uk/a"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
acknowledged_bytes = 7
acknowledged_rows = [8, 9]
encoding = "windows-1252"
"#;
        let text = r#"
note = "It says \"a\" and \\ in\ntwo lines."

[release.files]
main = "a é\u0001\u007F'\"'.csv"
table = { name = "Table 1", header_row = 8 }
"#;
        let releases = read(&format!("{head}{text}"));
        let written = releases[0].to_toml();
        assert_eq!(read(&written), releases, "{written}");
        expect![[r#"
            note = '''
            It says "a" and \ in
            two lines.'''

            [release.files]
            main = "a é\u0001\u007F'\"'.csv"

            [release.files.table]
            name = "Table 1"
            header_row = 8
        "#]]
        .assert_eq(written.strip_prefix(head).unwrap());
    }

    #[test]
    fn the_format_is_the_ending_of_the_name() {
        for (name, expected) in [
            ("a.zip", Some(PackFormat::Zip)),
            ("a.b.RAR", Some(PackFormat::Rar)),
            ("a.csv", Some(PackFormat::Csv)),
            ("a.xlsx", Some(PackFormat::Xlsx)),
            ("a.xls", None),
            ("zip", None),
        ] {
            assert_eq!(PackFormat::of_name(name), expected, "{name}");
        }
    }
}
