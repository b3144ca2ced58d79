//! The tables as files for readers: Parquet as built, and CSV made from it.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use iapt_catalog::{DESCRIPTIONS, Figures, Format, Session, manifest::FileSum};
use iapt_files::{Sha256, parallel};
use iapt_model::{Column, ColumnKind, Project, Table};

use crate::next_pages::NextPages;

/// Where the site has the tables.
const DATA: &str = "site/data";

/// Where a file of the tables stands among the pages.
pub(crate) fn path(file: &str) -> String {
    format!("{DATA}/{file}")
}

/// Where the scripts with figures are, beside the tables.
const FIGURES: &str = "figures";

/// The bytes of every file of the tables, as the manifest has them.
type Sums = BTreeMap<String, FileSum>;

/// Puts the files of the tables that readers are offered as they are, Parquet and descriptions; gives their paths below `DATA`.
pub(crate) fn copy(tables: &Path, sums: &Sums, next: &mut NextPages<'_>) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for (file, sum) in sums {
        let is_table = Path::new(file).extension().is_some_and(|extension| extension == "parquet");
        if is_table || DESCRIPTIONS.contains(&file.as_str()) {
            next.copy(&path(file), &tables.join(file), sum.sha256)?;
            files.push(file.clone());
        }
    }
    Ok(files)
}

/// Puts the tables that are one file each as CSV, where they are not kept; gives their paths below `DATA`.
pub(crate) async fn csv(
    project: &Project,
    sums: &Sums,
    session: &Session,
    next: &mut NextPages<'_>,
) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for table in project.tables.iter() {
        let Some(sum) = sums.get(&format!("{}.parquet", table.name)) else { continue };
        let sql = guarded(table);
        let file = format!("{}.csv", table.name);
        let there = path(&file);
        let from = made_of(&[&sql, &sum.sha256.to_string()]);
        if !next.keep(&there, from)? {
            let mut bytes = Vec::new();
            session.write(&sql, Format::Csv, None, &mut bytes).await?;
            next.put_made(&there, from, &bytes)?;
        }
        files.push(file);
    }
    Ok(files)
}

/// Puts the figures that the page `explore` reads, where they are not kept: each a Parquet file inside a script, since a page that
/// was opened from a folder may load scripts and nothing else. Gives their paths below `DATA`.
pub(crate) async fn figures(
    project: &Project,
    session: &Session,
    threads: usize,
    next: &mut NextPages<'_>,
) -> Result<Vec<String>> {
    let (mut files, mut to_make) = (Vec::new(), Vec::new());
    for figures in session.figures(&project.query("explore")?.text).await? {
        let file = format!("{FIGURES}/{}.js", figures.name);
        let from = made_of(&[&figures.name, &figures.checksum()?.to_string()]);
        if !next.keep(&path(&file), from)? {
            to_make.push((file.clone(), from, figures));
        }
        files.push(file);
    }
    let script = |(_, _, figures): &(String, Sha256, Figures)| -> Result<String> {
        let (name, text) = (&figures.name, BASE64_STANDARD.encode(figures.parquet()?));
        Ok(format!("(window.iaptFigures ??= {{}})[\"{name}\"] = \"{text}\";\n"))
    };
    let scripts = parallel::map(&to_make, threads, script);
    for ((file, from, _), script) in to_make.iter().zip(scripts) {
        next.put_made(&path(file), *from, script?.as_bytes())?;
    }
    Ok(files)
}

/// A checksum over inputs, and this program.
fn made_of(inputs: &[&str]) -> Sha256 {
    Sha256::of(format!("{}\n{}", crate::PROGRAM, inputs.join("\n")).as_bytes())
}

/// Every row of a table, its text harmless to spreadsheets: what they would take for a formula has an apostrophe before it.
fn guarded(table: &Table) -> String {
    let column = |Column { name, kind, .. }: &Column| match kind {
        ColumnKind::Text => format!(
            "CASE WHEN left(CAST({name} AS VARCHAR), 1) IN ('=', '+', '@', '-', chr(9), chr(13)) \
             THEN concat('''', {name}) ELSE {name} END AS {name}"
        ),
        _ => name.clone(),
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    let order =
        if table.key.is_empty() { String::new() } else { format!(" ORDER BY {}", table.key.join(", ")) };
    format!("SELECT {} FROM {}{order}", columns.join(", "), table.name)
}
