//! A result as a table to look at: the first rows, and how many there are.

use std::io::{self, Write};

use arrow::{
    array::RecordBatch,
    error::ArrowError,
    util::display::{ArrayFormatter, FormatOptions},
};

use iapt_model::printable;

use crate::{Error, query::Rows};

/// Rows that fit a screen.
const SCREEN: usize = 50;
/// Rows that the widths of the columns are taken from; a longer text below them stands out of its column.
const MEASURED: usize = 1000;

/// Writes the first rows of a result, a screen of them where no other number was asked for.
pub(crate) async fn write(
    rows: &mut Rows<'_>,
    limit: Option<usize>,
    mut out: impl Write,
) -> Result<(), Error> {
    let limit = limit.unwrap_or(SCREEN);
    let header: Vec<String> = rows.schema().fields().iter().map(|field| printable(field.name())).collect();
    let mut n_rows = 0;
    let mut lines = Vec::new();
    let mut rest: Option<RecordBatch> = None;
    while lines.len() < limit.min(MEASURED)
        && let Some(batch) = rows.next().await?
    {
        n_rows += batch.num_rows();
        let n_taken = batch.num_rows().min(limit.min(MEASURED) - lines.len());
        lines.extend(cells(&batch.slice(0, n_taken)).map_err(layout)?);
        rest = Some(batch.slice(n_taken, batch.num_rows() - n_taken));
    }
    let mut widths: Vec<usize> = header.iter().map(|name| width(name)).collect();
    for line in &lines {
        for (widest, cell) in widths.iter_mut().zip(line) {
            *widest = (*widest).max(width(cell));
        }
    }
    border(&mut out, &widths)?;
    row(&mut out, &header, &widths)?;
    border(&mut out, &widths)?;
    let mut n_shown = lines.len();
    for line in lines {
        row(&mut out, &line, &widths)?;
    }
    while n_shown < limit {
        let batch = match rest.take() {
            Some(batch) => batch,
            None => match rows.next().await? {
                Some(batch) => {
                    n_rows += batch.num_rows();
                    batch
                }
                None => break,
            },
        };
        let n_taken = batch.num_rows().min(limit - n_shown);
        for line in cells(&batch.slice(0, n_taken)).map_err(layout)? {
            row(&mut out, &line, &widths)?;
        }
        n_shown += n_taken;
    }
    border(&mut out, &widths)?;
    out.flush()?;
    while let Some(batch) = rows.next().await? {
        n_rows += batch.num_rows();
    }
    if n_shown < n_rows {
        writeln!(
            out,
            "{n_shown} of {n_rows} rows; more: --limit {n_rows}; to a file: --format csv, json or parquet"
        )?;
    }
    Ok(())
}

fn layout(source: ArrowError) -> Error {
    Error::Layout { table: "the result".to_owned(), source }
}

/// The text of every cell, row by row; nothing where there is no value.
fn cells(batch: &RecordBatch) -> Result<Vec<Vec<String>>, ArrowError> {
    let options = FormatOptions::default();
    let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let cell =
        |column: &ArrayFormatter<'_>, row| column.value(row).try_to_string().map(|text| printable(&text));
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| cell(column, row)).collect()).collect()
}

/// The characters of the widest column.
const WIDEST: usize = 1000;

/// How wide a column is for a text; a longer one stands out, since no text is padded to more than 65,535.
fn width(text: &str) -> usize {
    text.split('\n').map(|line| line.chars().count()).max().unwrap_or_default().min(WIDEST)
}

fn border(out: &mut impl Write, widths: &[usize]) -> io::Result<()> {
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    writeln!(out, "+{}+", dashes.join("+"))
}

/// One row; a cell of several lines makes it as high as it has lines.
fn row(out: &mut impl Write, cells: &[String], widths: &[usize]) -> io::Result<()> {
    let cells: Vec<Vec<&str>> = cells.iter().map(|cell| cell.split('\n').collect()).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(1);
    for line in 0..height {
        let parts = cells.iter().zip(widths);
        let parts = parts.map(|(cell, &width)| format!(" {:<width$} ", cell.get(line).unwrap_or(&"")));
        writeln!(out, "|{}|", parts.collect::<Vec<_>>().join("|"))?;
    }
    Ok(())
}
