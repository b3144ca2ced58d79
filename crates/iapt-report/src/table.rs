//! Tables as pages show them: one model for HTML and Markdown.

use serde::Serialize;

/// A table with its anchor and its download.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Table {
    /// Its permanent anchor.
    pub(crate) id: String,
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// The download with the same numbers and more, relative to the page.
    pub(crate) download: String,
}

/// A column's head.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) head: String,
    /// Whether it holds numbers, which stand on the right.
    pub(crate) is_number: bool,
}

/// One row; the first cell says what it is about.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
}

/// One cell, written out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// A second, smaller line; empty where there is none.
    pub(crate) detail: String,
}

impl Column {
    pub(crate) fn text(head: &str) -> Self {
        Self { head: head.to_owned(), is_number: false }
    }

    pub(crate) fn number(head: &str) -> Self {
        Self { head: head.to_owned(), is_number: true }
    }
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), detail: String::new() }
    }

    pub(crate) fn with_detail(text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { text: text.into(), detail: detail.into() }
    }
}
