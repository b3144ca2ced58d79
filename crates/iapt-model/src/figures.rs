//! The built-in figures of one dataset: the tables `figures*.csv`, their rows merged, each figure with its source.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::{Path, PathBuf},
    sync::Arc,
};

use csv::StringRecord;
use iapt_files::Sha256;
use serde::Deserialize;

use crate::{
    Dataset, DeclaredProblem, Key, Measures, Period, SourceKind, Statistic, WebAddress,
    declared::{Problems, Row, read_table},
};

/// The built-in figures of one dataset.
#[derive(Debug)]
pub struct BuiltInFigures {
    /// What is in each column.
    pub columns: Vec<FigureColumn>,
    /// One row for each published row, in the order in which the files first have them.
    pub rows: Vec<FigureRow>,
    /// The checksums of the files.
    pub sha256: Vec<Sha256>,
}

/// One column of figures.
#[derive(Debug)]
pub struct FigureColumn {
    /// Its header, `<statistic>_<measure>`.
    pub name: String,
    /// The measure.
    pub measure: String,
    /// Its statistic.
    pub statistic: Statistic,
}

/// The figures of one published row, whichever sources they come from.
#[derive(Debug)]
pub struct FigureRow {
    /// The period of the release that prints it.
    pub period: Period,
    /// As published, in the order of [`Key::EVERY`]; empty where the file has no column of the key.
    pub keys: FigureKeys,
    /// The line that first has these keys.
    pub line: u64,
    /// One for each column that the file of the row has; none where the figure is not held.
    pub cells: Vec<Option<BuiltInFigure>>,
}

/// The keys of a row, in the order of [`Key::EVERY`].
pub type FigureKeys = [String; Key::EVERY.len()];

/// One cell as published.
#[derive(Debug)]
pub struct BuiltInFigure {
    /// What is printed: a number or a marker.
    pub text: String,
    /// The line of its file.
    pub line: u64,
    /// Where it was read: a name in `sources.csv`.
    pub source: Arc<str>,
}

/// Where figures were read: a row of `sources.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureSource {
    /// Its name.
    pub source: String,
    /// What it is.
    pub kind: SourceKind,
    /// Who printed the figures, in which file or text, and who carried them from there.
    pub citation: String,
    /// Its address; none where it has none.
    pub url: Option<String>,
    /// Under which licence.
    pub licence: String,
}

impl FigureSource {
    /// Reads `sources.csv`, in its order; none where a dataset has none.
    pub(crate) fn read(path: &Path, problems: &mut Problems) -> Vec<Self> {
        let (mut sources, mut names) = (Vec::new(), BTreeSet::new());
        if !path.exists() {
            return sources;
        }
        for Row { line, value } in read_table::<Self>(path, problems) {
            if let Some(Err(wrong)) = value.url.as_ref().map(|url| url.parse::<WebAddress>()) {
                problems.add(path, Some(line), format!("source `{}`: {wrong}", value.source));
            }
            if !names.insert(value.source.clone()) {
                problems.add(path, Some(line), format!("source `{}` is declared twice", value.source));
            }
            sources.push(value);
        }
        sources
    }
}

/// The problems of one declared file.
pub struct FileProblems<'a> {
    /// The file.
    pub path: &'a Path,
    /// Where they are gathered.
    pub found: &'a mut Vec<DeclaredProblem>,
}

impl FileProblems<'_> {
    /// Adds one, with the line that is to blame, where one is.
    pub fn add(&mut self, line: Option<u64>, what: impl Display) {
        self.found.push(DeclaredProblem { path: self.path.to_owned(), line, what: what.to_string() });
    }
}

impl BuiltInFigures {
    /// Reads the figures of a dataset: `figures.csv`, and every further table whose name begins so, in order of name.
    /// `None` where it has none, or where one cannot be read as a table.
    pub fn read(dataset: &Dataset, measures: &Measures, found: &mut Vec<DeclaredProblem>) -> Option<Self> {
        let paths = tables(&dataset.folder);
        if paths.is_empty() {
            return None;
        }
        let sources = dataset.figure_sources.iter().map(|source| source.source.as_str().into()).collect();
        let mut merging =
            Merging { dataset, columns: Vec::new(), sources, rows: Vec::new(), seen: BTreeMap::new() };
        let mut sha256 = Vec::new();
        for path in &paths {
            let mut problems = FileProblems { path, found };
            let text = fs_err::read(path).map_err(|error| problems.add(None, error)).ok()?;
            let mut reader = csv::Reader::from_reader(text.as_slice());
            let header = reader.headers().map_err(|error| problems.add(Some(1), error)).ok()?;
            let header = read_header(header, measures, &mut merging.columns, &mut problems)?;
            for record in reader.records() {
                match record {
                    Ok(record) => merging.add(&header, &record, &mut problems),
                    Err(error) => problems.add(error.position().map(csv::Position::line), &error),
                }
            }
            sha256.push(Sha256::of(&text));
        }
        let Merging { columns, rows, .. } = merging;
        Some(Self { columns, rows, sha256 })
    }
}

fn tables(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_table = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("figures") && path.extension().is_some_and(|extension| extension == "csv")
    };
    let mut paths: Vec<PathBuf> = entries.filter(is_table).collect();
    paths.sort();
    paths
}

/// What stands in each column of one table of figures.
struct Header {
    /// Places in [`Key::EVERY`], one per key column; the keys follow the period.
    keys: Vec<usize>,
    /// Places among the columns of figures, one per column after the source.
    figures: Vec<usize>,
}

fn read_header(
    header: &StringRecord,
    measures: &Measures,
    columns: &mut Vec<FigureColumn>,
    problems: &mut FileProblems,
) -> Option<Header> {
    let mut names = header.iter();
    let begins_with_period = names.next() == Some("reporting_period");
    let key_names: Vec<&str> = names.by_ref().take_while(|name| *name != "source").collect();
    let every = Key::EVERY.map(Key::as_str);
    let keys: Vec<usize> =
        every.iter().enumerate().filter(|(_, key)| key_names.contains(key)).map(|(place, _)| place).collect();
    let are_in_order = keys.iter().filter_map(|place| every.get(*place)).eq(&key_names);
    if !begins_with_period || keys.is_empty() || !are_in_order {
        let expected = format!("reporting_period,{},source", every.join(","));
        problems.add(
            Some(1),
            format!(
                "the header should begin with {expected}, in this order; keys that no row has are left out"
            ),
        );
        return None;
    }
    let mut figures: Vec<usize> = Vec::new();
    let mut are_all_known = true;
    for name in names {
        let Some(column) = read_column(name, measures) else {
            problems.add(Some(1), format!("column `{name}` is not a <statistic>_<measure> of measures.csv"));
            are_all_known = false;
            continue;
        };
        let place = columns.iter().position(|other| other.name == column.name).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        });
        if figures.contains(&place) {
            problems.add(Some(1), format!("column `{name}` stands twice"));
            are_all_known = false;
        }
        figures.push(place);
    }
    are_all_known.then_some(Header { keys, figures })
}

fn read_column(name: &str, measures: &Measures) -> Option<FigureColumn> {
    let (statistic, measure) = name.split_once('_')?;
    let statistic = Statistic::of_word(statistic)?;
    let measure = measures.get(measure, statistic)?.measure.clone();
    Some(FigureColumn { name: name.to_owned(), measure, statistic })
}

/// Rows while they are read: those of one key become one.
struct Merging<'a> {
    dataset: &'a Dataset,
    columns: Vec<FigureColumn>,
    sources: BTreeSet<Arc<str>>,
    rows: Vec<FigureRow>,
    /// Period and keys -> the row, and the sources that have given to it.
    seen: BTreeMap<(Period, FigureKeys), (usize, BTreeSet<String>)>,
}

impl Merging<'_> {
    fn add(&mut self, header: &Header, record: &StringRecord, problems: &mut FileProblems) {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |index: usize| record.get(index).unwrap_or_default();
        let period = match cell(0).parse::<Period>() {
            Ok(period) => period,
            Err(error) => return problems.add(Some(line), error),
        };
        let mut keys = FigureKeys::default();
        for (index, place) in header.keys.iter().enumerate() {
            if let Some(key) = keys.get_mut(*place) {
                cell(index + 1).clone_into(key);
            }
        }
        let n_before = header.keys.len() + 2;
        let source = cell(n_before - 1);
        let source = self.sources.get(source).cloned().unwrap_or_else(|| {
            problems.add(Some(line), format!("source `{source}` is not in sources.csv"));
            source.into()
        });
        let n_rows = self.rows.len();
        let (index, given_by) =
            self.seen.entry((period, keys.clone())).or_insert_with(|| (n_rows, BTreeSet::new()));
        if !given_by.insert(source.to_string()) {
            problems.add(
                Some(line),
                format!(
                    "{period}, {}: source `{source}` has a row of these keys already",
                    keys.join(" / ").trim_end_matches([' ', '/'])
                ),
            );
        }
        if *index == n_rows {
            self.rows.push(FigureRow { period, keys, line, cells: Vec::new() });
        }
        let Some(row) = self.rows.get_mut(*index) else { return };
        if row.cells.len() < self.columns.len() {
            row.cells.resize_with(self.columns.len(), || None);
        }
        for (figure, place) in record.iter().skip(n_before).zip(&header.figures) {
            let (Some(held), Some(column)) = (row.cells.get_mut(*place), self.columns.get(*place)) else {
                continue;
            };
            if figure.is_empty() {
                continue;
            }
            if self.dataset.markers.read(figure, column.statistic).is_none() {
                let what = format!("`{}`: `{figure}` is neither a number nor a declared marker", column.name);
                problems.add(Some(line), what);
            }
            match held {
                Some(first) => problems.add(
                    Some(line),
                    format!("`{}` is given twice, first in line {}", column.name, first.line),
                ),
                None => {
                    *held =
                        Some(BuiltInFigure { text: figure.to_owned(), line, source: Arc::clone(&source) });
                }
            }
        }
    }
}
