//! CSV on the Web, for the tables where they are published as CSV.

use iapt_model::{Column, ColumnKind, Table};
use serde_json::{Value, json};

use super::Described;

impl Described<'_> {
    /// Every table that is one file, under the name that it has as CSV.
    pub(super) fn csvw(&self) -> Value {
        json!({
            "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }],
            "dc:title": self.title(),
            "dc:license": self.datasets().next().map(|dataset| json!({ "@id": dataset.licence_url })),
            "tables": self.derived().map(table).collect::<Vec<_>>(),
        })
    }
}

fn table(table: &Table) -> Value {
    let column = |column: &Column| {
        let kind = match column.kind {
            ColumnKind::Text => "string",
            other => other.as_str(),
        };
        json!({
            "name": column.name,
            "titles": column.name,
            "datatype": kind,
            "dc:description": column.description,
            "null": "",
        })
    };
    json!({
        "url": format!("{}.csv", table.name),
        "dc:title": table.title,
        "dc:description": format!("A row is: {}", table.row),
        "tableSchema": { "columns": table.columns.iter().map(column).collect::<Vec<_>>() },
    })
}
