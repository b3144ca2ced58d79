//! The built-in figures of a release: what its file prints, as a table of figures.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use iapt_model::{
    BuiltInFigures, Cell, CellRole, Dataset, FigureKeys, Key, Member, Period, Project, Role, Shape, Snapshot,
    Statistic, ValueStatus,
};

use crate::{
    Edit, Error, FileChange, NewFile, Proposal,
    release::{as_published, published},
    sheet::{Sheet, written},
    survey::Looked,
};

/// The rows of one file: what is printed under each key, by measure.
#[derive(Default)]
struct Rows {
    /// The keys of the rows in their order, as published.
    keys: Vec<FigureKeys>,
    index: BTreeMap<FigureKeys, usize>,
    /// Measure -> row -> text.
    figures: BTreeMap<(String, Statistic), BTreeMap<usize, String>>,
    /// Rows of types that are not wanted.
    n_left_out: usize,
    /// Rows of a wide file that have the keys of an earlier row: there is no place for their figures.
    n_twice: usize,
}

impl Rows {
    fn row(&mut self, keys: FigureKeys) -> usize {
        *self.index.entry(keys.clone()).or_insert_with(|| {
            self.keys.push(keys);
            self.keys.len() - 1
        })
    }
}

/// The figures of a release as a table beside those that are built in, and the row of `sources.csv` that says where they were
/// read.
///
/// Rows are of the levels that the built-in figures of the dataset have; what the file prints no figure of at all is
/// not held.
///
/// # Errors
///
/// [`Error::NotServed`] and [`Error::Held`]; [`Error::Tidy`] when the file is damaged or not understood.
pub fn figures_of(project: &Project, dataset: &Dataset, snapshot: &Snapshot) -> Result<Proposal, Error> {
    let release = snapshot.release();
    // What is wrong with the figures `iapt check` says.
    let held = BuiltInFigures::read(dataset, &project.measures, &mut Vec::new());
    let Some(held) = held.filter(|held| !held.rows.is_empty()) else {
        return Err(Error::NotServed { dataset: dataset.name.clone() });
    };
    if held.rows.iter().any(|row| row.period == release.period) {
        return Err(Error::Held { release: release.label() });
    }
    let level_of =
        |org_type: &str| project.organisations.organisation_type(org_type).map(|found| found.level.as_str());
    let levels: BTreeSet<&str> =
        held.rows.iter().filter_map(|row| level_of(row.keys.first().map_or("", String::as_str))).collect();
    let path = snapshot.path().map_err(|error| Error::Tidy(error.into()))?;
    let new =
        NewFile { project, dataset, period: release.period, path, name: "", url: &release.url, page: None };
    let folder = Path::new("pipelines").join(&dataset.name);
    let mut sources = Sheet::read(&project.folder, &folder.join("sources.csv"))?;
    let mut files = Vec::new();
    let mut notes = Vec::new();
    for member in as_published(&new, &release.members)? {
        let rows =
            read(&new, &member, |org_type| level_of(org_type).is_some_and(|level| levels.contains(level)))?;
        let source = format!("{}_{}", member.file, release.period);
        let path = folder.join(format!("figures_{source}.csv"));
        let lines = lines(&rows, release.period, &source);
        notes.push(format!(
            "rows of {}: {}; left out, because no figures of their level are built in: {}",
            member.name,
            rows.keys.len(),
            rows.n_left_out
        ));
        if rows.n_twice > 0 {
            notes.push(format!("rows left out, because an earlier row has the same keys: {}", rows.n_twice));
        }
        let text = lines.join("\n") + "\n";
        let edits = lines.into_iter().map(|new| Edit { old: None, new }).collect();
        files.push(FileChange { path, edits, text });
        let citation = format!(
            "{}, {}, {}, {}, SHA-256 {}",
            dataset.publisher,
            dataset.title,
            release.period,
            member.name,
            snapshot.sha256()
        );
        let cells = [
            ("source", source.as_str()),
            ("kind", "published_file"),
            ("citation", &citation),
            ("url", &release.url),
            ("licence", &dataset.licence),
        ];
        sources.add(|_, _| false, &cells);
    }
    files.extend(sources.change());
    Ok(Proposal { files, notes, blanks: Vec::new() })
}

/// Reads the rows of the types that are wanted.
fn read(new: &NewFile<'_>, member: &Member, is_wanted: impl Fn(&str) -> bool) -> Result<Rows, Error> {
    let (project, dataset) = (new.project, new.dataset);
    let layout = dataset.layout(&member.file);
    if layout.table.is_some() {
        return Err(Error::MadeForReaders { dataset: dataset.name.clone(), file: member.file.clone() });
    }
    let published = published(new, member)?;
    let looked = Looked {
        project,
        dataset,
        published_file: new.published_file(member),
        member,
        published: &published,
    };
    let raw = looked.raw()?;
    let roles = looked.understood(Ok(dataset.crosswalk.resolve(&looked.published_file, raw.header())))?;
    let at = |wanted: &Role| roles.iter().position(|role| role == wanted);
    let keys = Key::EVERY.map(|key| at(&Role::Key(key)));
    let [id, value] = [CellRole::MeasureId, CellRole::Value].map(|role| at(&Role::Cell(role)));
    let ids: BTreeMap<&str, (String, Statistic)> = dataset
        .measure_ids
        .live(&member.file, new.period)
        .iter()
        .map(|(id, _, measure, statistic)| (id, (measure.to_owned(), statistic)))
        .collect();
    let mut rows = Rows::default();
    let read = raw.for_each_row(|_, record| {
        let cell = |position: Option<usize>| {
            let bytes = position.and_then(|position| record.get(position)).unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let keys = keys.map(cell);
        if !keys.first().is_some_and(|org_type| is_wanted(org_type)) {
            rows.n_left_out += 1;
            return;
        }
        let n_rows = rows.keys.len();
        let row = rows.row(keys);
        if layout.shape == Shape::Long {
            if let Some(measure) = ids.get(cell(id).as_str()) {
                rows.figures.entry(measure.clone()).or_default().insert(row, cell(value));
            }
            return;
        }
        if row < n_rows {
            rows.n_twice += 1;
            return;
        }
        for (position, role) in roles.iter().enumerate() {
            if let Role::Measure { measure, statistic } = role {
                let figures = rows.figures.entry((measure.clone(), *statistic)).or_default();
                figures.insert(row, cell(Some(position)));
            }
        }
    });
    looked.understood(read)?;
    // A column without a figure in any row is not held.
    let is_not_held = |text: &String| {
        let cell = dataset.markers.read(text, Statistic::Mean);
        text.is_empty()
            || matches!(cell, Some(Cell::Withheld(ValueStatus::NotApplicable | ValueStatus::Missing)))
    };
    rows.figures.retain(|_, figures| !figures.values().all(is_not_held));
    Ok(rows)
}

/// The table: a header, and a line for each row.
fn lines(rows: &Rows, period: Period, source: &str) -> Vec<String> {
    let is_used = |position: &usize| {
        rows.keys.iter().any(|keys| keys.get(*position).is_some_and(|key| !key.is_empty()))
    };
    let used: Vec<usize> = (0..Key::EVERY.len()).filter(is_used).collect();
    let key_names =
        used.iter().filter_map(|position| Key::EVERY.get(*position)).map(|key| key.as_str().to_owned());
    let measures = rows.figures.keys().map(|(measure, statistic)| format!("{statistic}_{measure}"));
    let header = ["reporting_period".to_owned()]
        .into_iter()
        .chain(key_names)
        .chain(["source".to_owned()])
        .chain(measures);
    let mut lines = vec![written(&header.collect::<Vec<_>>())];
    for (row, keys) in rows.keys.iter().enumerate() {
        let keys = used.iter().filter_map(|position| keys.get(*position).cloned());
        let figures = rows.figures.values().map(|figures| figures.get(&row).cloned().unwrap_or_default());
        let cells = [period.to_string()].into_iter().chain(keys).chain([source.to_owned()]).chain(figures);
        lines.push(written(&cells.collect::<Vec<_>>()));
    }
    lines
}
