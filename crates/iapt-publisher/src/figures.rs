//! The table of published figures of one dataset: `figures.csv`, its rows merged, its sources checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::Path,
};

use csv::StringRecord;
use iapt_model::{Dataset, DeclaredProblem, Key, Measures, Period, Sha256, Statistic};
use serde::{
    Deserialize,
    de::value::{Error as WordError, StrDeserializer},
};

/// Columns that stand before the figures: the period, the keys, and the source.
const N_KEY_COLUMNS: usize = Key::ALL.len() + 2;

/// The published figures of one dataset.
#[derive(Debug)]
pub(crate) struct Figures {
    /// What is in each column.
    pub(crate) columns: Vec<FigureColumn>,
    /// One row per published row, in the order in which the file first has them.
    pub(crate) rows: Vec<FigureRow>,
    /// The checksum of the file.
    pub(crate) sha256: Sha256,
}

/// One column of figures.
#[derive(Debug)]
pub(crate) struct FigureColumn {
    /// Its header, `<statistic>_<measure>`.
    pub(crate) name: String,
    pub(crate) measure: String,
    pub(crate) statistic: Statistic,
}

/// The figures of one published row, whichever sources they come from.
#[derive(Debug)]
pub(crate) struct FigureRow {
    pub(crate) period: Period,
    /// As published, in the order of [`Key::ALL`].
    pub(crate) keys: [String; Key::ALL.len()],
    /// The line that first has these keys.
    pub(crate) line: u64,
    /// One per column; none where the figure is not held.
    pub(crate) cells: Vec<Option<Figure>>,
}

/// One cell as published.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) text: String,
    pub(crate) line: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    source: String,
    #[serde(rename = "citation")]
    _citation: String,
    #[serde(rename = "url")]
    _url: String,
    #[serde(rename = "licence")]
    _licence: String,
}

/// The problems of one declared file.
pub(crate) struct Problems<'a> {
    pub(crate) path: &'a Path,
    pub(crate) found: &'a mut Vec<DeclaredProblem>,
}

impl Problems<'_> {
    pub(crate) fn add(&mut self, line: Option<u64>, what: impl Display) {
        self.found.push(DeclaredProblem { path: self.path.to_owned(), line, what: what.to_string() });
    }
}

impl Figures {
    /// Reads the figures of a dataset; `None` where it has none, or where the file cannot be read as a table.
    pub(crate) fn read(
        dataset: &Dataset,
        measures: &Measures,
        found: &mut Vec<DeclaredProblem>,
    ) -> Option<Self> {
        let path = dataset.folder.join("figures.csv");
        if !path.exists() {
            return None;
        }
        let sources = read_sources(&dataset.folder.join("sources.csv"), found);
        let mut problems = Problems { path: &path, found };
        let text = fs_err::read(&path).map_err(|error| problems.add(None, error)).ok()?;
        let mut reader = csv::Reader::from_reader(text.as_slice());
        let header = reader.headers().map_err(|error| problems.add(Some(1), error)).ok()?;
        let columns = read_columns(header, measures, &mut problems)?;
        let mut merging =
            Merging { dataset, columns: &columns, sources, rows: Vec::new(), seen: BTreeMap::new() };
        for record in reader.records() {
            match record {
                Ok(record) => merging.add(&record, &mut problems),
                Err(error) => problems.add(error.position().map(csv::Position::line), &error),
            }
        }
        let rows = merging.rows;
        Some(Self { columns, rows, sha256: Sha256::of(&text) })
    }
}

fn read_sources(path: &Path, found: &mut Vec<DeclaredProblem>) -> BTreeSet<String> {
    let mut problems = Problems { path, found };
    let mut sources = BTreeSet::new();
    let Ok(text) = fs_err::read(path).map_err(|error| problems.add(None, error)) else { return sources };
    for row in csv::Reader::from_reader(text.as_slice()).deserialize::<SourceRow>() {
        match row {
            Ok(SourceRow { source, .. }) => {
                if let Some(twice) = sources.replace(source) {
                    problems.add(None, format!("source `{twice}` is declared twice"));
                }
            }
            Err(error) => problems.add(error.position().map(csv::Position::line), &error),
        }
    }
    sources
}

fn read_columns(
    header: &StringRecord,
    measures: &Measures,
    problems: &mut Problems,
) -> Option<Vec<FigureColumn>> {
    let keys: Vec<&str> =
        ["reporting_period"].into_iter().chain(Key::ALL.map(Key::as_str)).chain(["source"]).collect();
    let names: Vec<&str> = header.iter().collect();
    let Some(names) = names.strip_prefix(keys.as_slice()) else {
        problems.add(Some(1), format!("the header should begin with {}", keys.join(",")));
        return None;
    };
    let mut columns: Vec<FigureColumn> = Vec::with_capacity(names.len());
    let mut are_all_known = true;
    for name in names {
        match read_column(name, measures) {
            Some(column) if columns.iter().any(|other| other.name == column.name) => {
                problems.add(Some(1), format!("column `{name}` stands twice"));
                are_all_known = false;
            }
            Some(column) => columns.push(column),
            None => {
                problems.add(Some(1), format!("column `{name}` is no <statistic>_<measure> of measures.csv"));
                are_all_known = false;
            }
        }
    }
    are_all_known.then_some(columns)
}

fn read_column(name: &str, measures: &Measures) -> Option<FigureColumn> {
    let (statistic, measure) = name.split_once('_')?;
    let statistic = Statistic::deserialize(StrDeserializer::<WordError>::new(statistic)).ok()?;
    let measure = measures.get(measure, statistic)?.measure.clone();
    Some(FigureColumn { name: name.to_owned(), measure, statistic })
}

/// Rows while they are read: those of one key become one.
struct Merging<'a> {
    dataset: &'a Dataset,
    columns: &'a [FigureColumn],
    sources: BTreeSet<String>,
    rows: Vec<FigureRow>,
    /// Period and keys -> the row, and the sources that have given to it.
    seen: BTreeMap<(Period, [String; Key::ALL.len()]), (usize, BTreeSet<String>)>,
}

impl Merging<'_> {
    fn add(&mut self, record: &StringRecord, problems: &mut Problems) {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |index: usize| record.get(index).unwrap_or_default();
        let period = match cell(0).parse::<Period>() {
            Ok(period) => period,
            Err(error) => return problems.add(Some(line), error),
        };
        let keys: [String; Key::ALL.len()] = std::array::from_fn(|index| cell(index + 1).to_owned());
        let source = cell(N_KEY_COLUMNS - 1);
        if !self.sources.contains(source) {
            problems.add(Some(line), format!("source `{source}` is not in sources.csv"));
        }
        let n_rows = self.rows.len();
        let (index, given_by) =
            self.seen.entry((period, keys.clone())).or_insert_with(|| (n_rows, BTreeSet::new()));
        if !given_by.insert(source.to_owned()) {
            problems.add(
                Some(line),
                format!("{period}, {}: source `{source}` has a row of these keys already", keys.join(" / ")),
            );
        }
        if *index == n_rows {
            let cells = self.columns.iter().map(|_| None).collect();
            self.rows.push(FigureRow { period, keys, line, cells });
        }
        let Some(row) = self.rows.get_mut(*index) else { return };
        let figures = record.iter().skip(N_KEY_COLUMNS);
        for ((figure, held), column) in figures.zip(&mut row.cells).zip(self.columns) {
            if figure.is_empty() {
                continue;
            }
            if self.dataset.markers.read(figure).is_none() {
                let what = format!("`{}`: `{figure}` is neither a number nor a declared marker", column.name);
                problems.add(Some(line), what);
            }
            match held {
                Some(first) => problems.add(
                    Some(line),
                    format!("`{}` is given twice, first in line {}", column.name, first.line),
                ),
                None => *held = Some(Figure { text: figure.to_owned(), line }),
            }
        }
    }
}
