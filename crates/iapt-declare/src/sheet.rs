//! A declared table as it is written, so that single lines of it can be changed and all others stay as they are.

use std::path::{Path, PathBuf};

use csv::StringRecord;
use iapt_model::Period;

use crate::{Edit, Error, FileChange};

/// A declared table while it is changed.
pub(crate) struct Sheet {
    /// Its path below the project.
    path: PathBuf,
    head: String,
    header: StringRecord,
    rows: Vec<Row>,
}

/// A row of a declared table.
#[derive(Clone)]
pub(crate) struct Row {
    /// Its line as it was read; none of a new one.
    old: Option<String>,
    cells: Vec<String>,
    is_changed: bool,
}

impl Sheet {
    pub(crate) fn read(project: &Path, path: &Path) -> Result<Self, Error> {
        let text = fs_err::read_to_string(project.join(path))?;
        let refused = |source| Error::Sheet { path: path.to_owned(), source };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(refused)?.clone();
        let mut records: Vec<StringRecord> = Vec::new();
        for record in reader.into_records() {
            records.push(record.map_err(refused)?);
        }
        let start = |record: &StringRecord| {
            let byte = record.position().map(csv::Position::byte);
            byte.and_then(|byte| usize::try_from(byte).ok()).unwrap_or(text.len())
        };
        let starts: Vec<usize> = records.iter().map(start).chain([text.len()]).collect();
        let ends = starts.iter().skip(1);
        let lines = starts.iter().zip(ends).map(|(start, end)| {
            let line = text.get(*start..*end).unwrap_or_default();
            line.trim_end_matches(['\n', '\r']).to_owned()
        });
        let rows = records.iter().zip(lines).map(|(record, old)| Row {
            old: Some(old),
            cells: record.iter().map(str::to_owned).collect(),
            is_changed: false,
        });
        let head = text.get(..starts.first().copied().unwrap_or_default()).unwrap_or_default();
        Ok(Self { path: path.to_owned(), head: head.trim_end().to_owned(), header, rows: rows.collect() })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The cell of a row; blank where there is no such column.
    pub(crate) fn get<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        self.column(column).and_then(|column| row.cells.get(column)).map_or("", String::as_str)
    }

    /// Whether the cells of a row are these.
    pub(crate) fn has(&self, row: &Row, cells: &[(&str, &str)]) -> bool {
        cells.iter().all(|(column, cell)| self.get(row, column) == *cell)
    }

    /// Every row.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.iter()
    }

    /// Whether a row says that it holds in a period.
    pub(crate) fn is_live(&self, row: &Row, period: Period) -> bool {
        let at = |column: &str| self.get(row, column).parse::<Period>().ok();
        at("first_period").is_some_and(|first| first <= period)
            && at("last_period").is_none_or(|last| period <= last)
    }

    /// Whether a row says that it held before a period only.
    pub(crate) fn is_closed_before(&self, row: &Row, period: Period) -> bool {
        self.get(row, "last_period").parse::<Period>().is_ok_and(|last| last < period)
    }

    /// Changes one cell of the first row that is wanted; says whether there is one.
    pub(crate) fn set(&mut self, is_wanted: impl Fn(&Self, &Row) -> bool, column: &str, cell: &str) -> bool {
        let column = self.column(column);
        let Some(at) = self.rows.iter().position(|row| is_wanted(self, row)) else { return false };
        let Some(row) = self.rows.get_mut(at) else { return false };
        match column.and_then(|column| row.cells.get_mut(column)) {
            Some(old) => {
                cell.clone_into(old);
                row.is_changed = true;
                true
            }
            None => false,
        }
    }

    /// Ends the row of these cells that holds in a period with the period before; says whether it could: a row that begins with
    /// the period has no last period before it.
    pub(crate) fn end_before(&mut self, period: Period, cells: &[(&str, &str)]) -> bool {
        let first = period.to_string();
        let is_its = |sheet: &Self, row: &Row| sheet.has(row, cells) && sheet.is_live(row, period);
        if self.rows().any(|row| is_its(self, row) && self.has(row, &[("first_period", &first)])) {
            return false;
        }
        self.set(is_its, "last_period", &period.previous().to_string());
        true
    }

    /// Adds a row behind the last one that is wanted, or at the end; what is not named is blank.
    pub(crate) fn add(&mut self, is_before: impl Fn(&Self, &Row) -> bool, cells: &[(&str, &str)]) {
        let cell = |column: &str| {
            let found = cells.iter().find(|(name, _)| *name == column);
            found.map_or_else(String::new, |(_, cell)| (*cell).to_owned())
        };
        let row = Row { old: None, cells: self.header.iter().map(cell).collect(), is_changed: false };
        let at = self.rows.iter().rposition(|row| is_before(self, row)).map_or(self.rows.len(), |at| at + 1);
        self.rows.insert(at, row);
    }

    /// What has changed; none where nothing has.
    pub(crate) fn change(&self) -> Option<FileChange> {
        let mut text = format!("{}\n", self.head);
        let mut edits = Vec::new();
        for row in &self.rows {
            let line = match &row.old {
                Some(old) if !row.is_changed => old.clone(),
                old => {
                    let new = written(&row.cells);
                    edits.push(Edit { old: old.clone(), new: new.clone() });
                    new
                }
            };
            text += &line;
            text.push('\n');
        }
        (!edits.is_empty()).then(|| FileChange { path: self.path.clone(), edits, text })
    }
}

/// The cells as a line.
pub(crate) fn written(cells: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(cells);
    let line = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("table.csv"), text).unwrap();
        Sheet::read(folder.path(), Path::new("table.csv")).unwrap()
    }

    const TEXT: &str = "file,name,note\na,one,\"two\nlines, and a \"\"quote\"\"\"\na,two,\nb,one,\n";

    #[test]
    fn a_table_that_is_not_changed_stays() {
        assert_eq!(sheet(TEXT).change(), None);
        assert_eq!(sheet("file,name\n").change(), None);
    }

    #[test]
    fn only_the_lines_that_are_changed_or_new_are_told() {
        let mut table = sheet(TEXT);
        assert!(table.set(|table, row| table.has(row, &[("file", "a"), ("name", "two")]), "note", "x, y"));
        assert!(!table.set(|table, row| table.has(row, &[("file", "c")]), "note", "x"));
        table.add(|table, row| table.has(row, &[("file", "a")]), &[("name", "three"), ("file", "a")]);
        table.add(|table, row| table.has(row, &[("file", "c")]), &[("file", "c")]);
        let change = table.change().unwrap();
        let told: Vec<(Option<&str>, &str)> =
            change.edits.iter().map(|edit| (edit.old.as_deref(), edit.new.as_str())).collect();
        assert_eq!(told, [(Some("a,two,"), "a,two,\"x, y\""), (None, "a,three,"), (None, "c,,")]);
        let text = TEXT.replace("a,two,\n", "a,two,\"x, y\"\na,three,\n") + "c,,\n";
        assert_eq!(change.text, text);
    }

    #[test]
    fn a_table_with_a_header_only_takes_rows() {
        let mut table = sheet("file,name");
        table.add(|_, _| false, &[("file", "a")]);
        assert_eq!(table.change().unwrap().text, "file,name\na,\n");
    }
}
