//! Every figure as a leaf of one tree, whose root stands for all of them; and the proof that a figure is one.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
};

use anyhow::Result;
use iapt_catalog::{TABLES_FOLDER, query, query::Only};
use iapt_files::{Sha256, disk};
use iapt_model::ReleaseRow;
use iapt_proof::{CellRead, FigureRow, FileRead, Proof, Tree};
use iapt_transform::{FigureCell, FigureLine, WholeFigure, every_figure};

use crate::{failure::Done, lines::output, log::Log, why};

/// The root over every figure of the tables.
pub(crate) async fn root(tables: &Path) -> Result<Sha256> {
    Ok(leaves(tables, None).await?.0.root())
}

/// Writes the proof of a figure to a file, or to standard output where that is `-`.
pub(crate) async fn prove(data: &Path, typed: &str, file: &Path, log: &Log) -> Result<Done> {
    let tables = data.join(TABLES_FOLDER);
    let name = why::canonical_name(&tables, typed).await?;
    let (tree, found) = leaves(&tables, Some(&name)).await?;
    let proof = found.and_then(|(index, leaf)| Proof::new(leaf, index, &tree));
    let proof = proof.ok_or_else(|| why::no_figure(typed))?.to_text();
    let root = tree.root();
    if file == Path::new("-") {
        let mut out = output();
        out.write_all(proof.as_bytes())?;
        out.flush()?;
    } else {
        disk::replace_file(file, proof.as_bytes())?;
    }
    log.info("why", &format!("{} bytes; check it with: iapt verify --proof FILE --root {root}", proof.len()));
    Ok(Done::All)
}

/// The tree over every figure, in the order of their names, with the place and the text of the one that is wanted.
async fn leaves(tables: &Path, wanted: Option<&str>) -> Result<(Tree, Option<(usize, String)>)> {
    let releases: Vec<ReleaseRow> = query::read_table(tables, "releases", Only::Every).await?;
    let mut hashes: BTreeMap<String, Sha256> = BTreeMap::new();
    let mut found = None;
    every_figure(tables, |name, whole| {
        let leaf = figure(&name, whole, &releases).leaf();
        if wanted == Some(name.as_str()) {
            found = Some(leaf.clone());
        }
        hashes.insert(name, Tree::leaf(leaf.as_bytes()));
    })
    .await?;
    let index = wanted.and_then(|wanted| hashes.keys().position(|name| name == wanted));
    Ok((Tree::of(hashes.into_values().collect()), index.zip(found)))
}

/// A figure as its leaf has it.
fn figure(name: &str, whole: &WholeFigure, releases: &[ReleaseRow]) -> iapt_proof::Figure {
    let file = |cell: &FigureCell| {
        let is_it = |release: &&ReleaseRow| {
            release.dataset == cell.dataset
                && release.reporting_period == cell.cell_period
                && release.source_file == cell.source_file
        };
        FileRead {
            dataset: cell.dataset.clone(),
            reporting_period: cell.cell_period.clone(),
            edition: cell.edition,
            member: cell.source_file.clone(),
            sha256: releases.iter().find(is_it).map(|release| release.sha256.clone()).unwrap_or_default(),
        }
    };
    let files: Vec<FileRead> = whole.cells.iter().map(file).collect::<BTreeSet<_>>().into_iter().collect();
    // An organisation may be renamed within a year: only where two share a code does its name tell them apart.
    let row_of = |cell: &FigureCell| {
        let of_dataset = || whole.rows.iter().enumerate().filter(|(_, row)| row.dataset == cell.dataset);
        let is_it =
            |(_, row): &(usize, &FigureLine)| row.org_type == cell.org_type && row.org_name == cell.org_name;
        of_dataset().find(is_it).or_else(|| of_dataset().next()).map(|(index, _)| index)
    };
    let cell = |cell: &FigureCell| {
        Some(CellRead {
            of: row_of(cell)?,
            role: cell.role.clone(),
            is_taken_away: cell.sign < 0.0,
            measure: cell.measure.clone(),
            statistic: cell.statistic.clone(),
            column: cell.source_column.clone(),
            file: files.binary_search(&file(cell)).ok()?,
            row: cell.source_row,
            value: cell.value,
            status: cell.value_status.clone(),
        })
    };
    let mut cells: Vec<CellRead> = whole.cells.iter().filter_map(cell).collect();
    cells.sort_by(|left, right| place(left).cmp(&place(right)));
    let rows = whole.rows.iter().map(|row| FigureRow {
        dataset: row.dataset.clone(),
        org_type: row.org_type.clone(),
        org_name: row.org_name.clone(),
        value: row.value,
        value_status: row.value_status.clone(),
        value_basis: row.value_basis.clone(),
        value_low: row.value_low,
        value_high: row.value_high,
        numerator: row.numerator,
        denominator: row.denominator,
        per: row.per,
    });
    iapt_proof::Figure { name: name.to_owned(), rows: rows.collect(), cells, files }
}

/// What decides where a cell comes among those of its figure.
fn place(cell: &CellRead) -> (usize, &str, bool, &str, &str, &str, usize, u32) {
    let CellRead { of, role, is_taken_away, measure, statistic, column, file, row, .. } = cell;
    (*of, role, *is_taken_away, measure, statistic, column, *file, *row)
}
