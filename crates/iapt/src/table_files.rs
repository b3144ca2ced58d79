//! The tables as files for readers: Parquet as built, and CSV made from it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use iapt_catalog::{DESCRIPTIONS, Format, Session};
use iapt_files::files_below;
use iapt_model::{Column, ColumnKind, Project, Table};

/// Where the scripts with figures are, beside the tables.
const FIGURES: &str = "figures";

/// The tables that are one file each as CSV, by file name.
pub(crate) async fn csv(
    project: &Project,
    tables: &Path,
    session: &Session,
) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for table in project.tables.iter() {
        if !tables.join(format!("{}.parquet", table.name)).is_file() {
            continue;
        }
        let mut bytes = Vec::new();
        session.write(&guarded(table), Format::Csv, None, &mut bytes).await?;
        files.insert(PathBuf::from(format!("{}.csv", table.name)), bytes);
    }
    Ok(files)
}

/// The figures that the page `explore` reads, by file name: each a Parquet file inside a script, since a page that was opened
/// from a folder may load scripts and nothing else.
pub(crate) async fn figures(project: &Project, session: &Session) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let files = session.figures(&project.query("explore")?.text).await?.into_iter().map(|(name, parquet)| {
        let text = BASE64_STANDARD.encode(parquet);
        let script = format!("(window.iaptFigures ??= {{}})[\"{name}\"] = \"{text}\";\n");
        (Path::new(FIGURES).join(format!("{name}.js")), script.into_bytes())
    });
    Ok(files.collect())
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

/// The files of the tables that readers are offered as they are, relative to the folder, in order.
pub(crate) fn offered(tables: &Path) -> Result<Vec<PathBuf>> {
    let is_offered = |file: &PathBuf| {
        let is_description =
            file.file_name().is_some_and(|name| DESCRIPTIONS.iter().any(|description| name == *description));
        is_description || file.extension().is_some_and(|extension| extension == "parquet")
    };
    Ok(files_below(tables)?.into_iter().filter(is_offered).collect())
}
