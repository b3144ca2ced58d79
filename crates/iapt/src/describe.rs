//! `iapt describe`: what the tables and their columns are.

use std::io::Write;

use anyhow::Result;
use iapt_model::{Project, Table};

use crate::{
    failure::{Done, Usage},
    lines::output,
};

pub(crate) fn describe(project: &Project, name: Option<&str>) -> Result<Done> {
    let mut output = output();
    let Some(name) = name else {
        for table in project.tables.iter() {
            writeln!(output, "{:<24}{}", table.name, table.row)?;
        }
        output.flush()?;
        return Ok(Done::All);
    };
    let table = project.tables.get(name).ok_or_else(|| unknown(project, name))?;
    writeln!(output, "{}: {}. A row is: {}", table.name, table.title, table.row)?;
    if !table.key.is_empty() {
        writeln!(output, "unique key: {}", table.key.join(", "))?;
    }
    writeln!(output)?;
    let width = table.columns.iter().map(|column| column.name.len()).max().unwrap_or_default() + 1;
    for column in &table.columns {
        let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
        writeln!(output, "{:<width$}{:<9}{}{unit}", column.name, column.kind.as_str(), column.description)?;
    }
    output.flush()?;
    Ok(Done::All)
}

fn unknown(project: &Project, name: &str) -> Usage {
    let names: Vec<&str> = project.tables.iter().map(|table: &Table| table.name.as_str()).collect();
    Usage { message: format!("no table is called `{name}`"), hint: format!("tables: {}", names.join(", ")) }
}
