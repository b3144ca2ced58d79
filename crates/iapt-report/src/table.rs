//! Tables as pages show them: one model for HTML and Markdown.

use iapt_model::anchor;
use serde::Serialize;

use crate::{Error, readings::Reading};

/// A table with its anchor and its download.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Table {
    /// The anchor of the table, which stays the same.
    pub(crate) id: String,
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// The download with the same numbers and more, relative to the page.
    pub(crate) download: String,
}

/// What stands over a table, as a template of `tables` words it.
pub(crate) struct Heads {
    /// The template.
    pub(crate) template: String,
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
}

impl Heads {
    /// The table of these rows.
    ///
    /// # Errors
    ///
    /// [`Error::OtherCells`] where a row has more or fewer cells than there are heads.
    pub(crate) fn over(self, id: impl Into<String>, rows: Vec<Row>, download: &str) -> Result<Table, Error> {
        if let Some(row) = rows.iter().find(|row| row.cells.len() != self.columns.len()) {
            let (n_heads, n_cells) = (self.columns.len(), row.cells.len());
            return Err(Error::OtherCells { template: self.template, n_heads, n_cells });
        }
        let (caption, columns) = (self.caption, self.columns);
        Ok(Table { id: id.into(), caption, columns, rows, download: download.to_owned() })
    }
}

/// A column's head.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) head: String,
    /// Whether it holds numbers, which stand on the right.
    pub(crate) is_number: bool,
    /// Whether it holds sentences, which are broken into lines.
    pub(crate) is_prose: bool,
}

/// Marks a number whose organisation has a doubtful finding.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flag {
    pub(crate) sign: String,
    /// The way to the root of the site.
    pub(crate) root: &'static str,
    /// Where the page about the data says it.
    pub(crate) anchor: String,
    /// What it says.
    pub(crate) reason: String,
}

/// One row; the first cell says what it is about.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Row {
    /// The anchor of the row; empty where it has none.
    pub(crate) id: String,
    /// What a link to it is called; empty where there is none to copy.
    pub(crate) permalink: &'static str,
    /// The code of the organisation that it is about; empty where it is about none.
    pub(crate) code: String,
    pub(crate) cells: Vec<Cell>,
}

/// One cell, written out.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// A second, smaller line; empty where there is none.
    pub(crate) detail: String,
    /// Which cell of the indicator table the number is: `indicator.period.level.org_code`; empty where it is none.
    pub(crate) figure: String,
    /// The figure as an address on the page; empty where the cell has none.
    pub(crate) anchor: String,
    /// The page about what the cell names; empty where there is none.
    pub(crate) link: String,
    /// Whether its number is [of about](Reading::is_about) what stands under it.
    #[serde(skip)]
    pub(crate) is_about: bool,
    pub(crate) flag: Option<Flag>,
}

impl Column {
    pub(crate) fn text(head: &str) -> Self {
        Self { head: head.to_owned(), is_number: false, is_prose: false }
    }

    pub(crate) fn number(head: &str) -> Self {
        Self { head: head.to_owned(), is_number: true, is_prose: false }
    }

    pub(crate) fn prose(head: &str) -> Self {
        Self { head: head.to_owned(), is_number: false, is_prose: true }
    }
}

impl Table {
    /// Leaves out every column but the first that no row has anything in.
    pub(crate) fn without_empty_columns(&mut self) {
        for index in (1..self.columns.len()).rev() {
            let is_empty = |row: &Row| row.cells.get(index).is_none_or(|cell| cell.text.is_empty());
            if self.rows.iter().all(is_empty) {
                self.columns.remove(index);
                for row in &mut self.rows {
                    if index < row.cells.len() {
                        row.cells.remove(index);
                    }
                }
            }
        }
    }
}

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(crate) fn with_detail(text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { text: text.into(), detail: detail.into(), ..Self::default() }
    }

    /// A reading's value.
    pub(crate) fn value(reading: &Reading) -> Self {
        let (text, figure) = (reading.value_text(), reading.figure.clone());
        Self { text, figure, is_about: reading.is_about(), ..Self::default() }
    }

    /// This cell with a second line under its text.
    pub(crate) fn and(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same with the sign that something was found, if something was.
    pub(crate) fn flagged(self, flag: Option<Flag>) -> Self {
        Self { flag, ..self }
    }

    /// The same with the figure as its address: for the one table of a page in which the figure is at home.
    pub(crate) fn at_home(self) -> Self {
        Self { anchor: anchor(&self.figure), ..self }
    }
}
