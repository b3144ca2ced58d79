//! The tables as files for readers: Parquet as built, and CSV made from it.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use iapt_catalog::{DESCRIPTIONS, Figures, TableCsv, manifest::FileSum};
use iapt_files::Sha256;
use iapt_model::Project;

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
pub(crate) fn copy(tables: &Path, sums: &Sums, next: &NextPages<'_>) -> Result<Vec<String>> {
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

/// Puts the tables that are one file each as CSV, their rows in the order of the file, where they are not kept; gives their paths
/// below `DATA`.
pub(crate) fn csv(
    project: &Project,
    (tables, sums): (&Path, &Sums),
    threads: usize,
    next: &NextPages<'_>,
) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for table in project.tables.iter() {
        let parquet = format!("{}.parquet", table.name);
        let Some(sum) = sums.get(&parquet) else { continue };
        let file = format!("{}.csv", table.name);
        let from = made_of(&[&sum.sha256.to_string()]);
        if !next.keep(&path(&file), from)? {
            let csv = TableCsv::open(&tables.join(parquet))?;
            let header = csv.header()?;
            let lines = csv.checksums()?.into_iter().map(|sum| made_of(&[&sum.to_string()]));
            let pieces: Vec<Sha256> = [Sha256::of(&header)].into_iter().chain(lines).collect();
            next.put_pieces(&path(&file), from, &pieces, threads, |piece| match piece.checked_sub(1) {
                Some(row_group) => Ok(csv.lines(row_group)?),
                None => Ok(header.clone()),
            })?;
        }
        files.push(file);
    }
    Ok(files)
}

/// A file of figures that is to be made.
pub(crate) struct Script {
    /// Its path below `DATA`.
    file: String,
    /// A checksum over what it is made of.
    from: Sha256,
    figures: Figures,
}

/// Keeps the figures that the page `explore` reads: each a Parquet file inside a script, since a page that was opened from a folder
/// may load scripts and nothing else. Gives the paths of all below `DATA`, and those that are to be made.
pub(crate) fn figures(all: Vec<Figures>, next: &NextPages<'_>) -> Result<(Vec<String>, Vec<Script>)> {
    let (mut files, mut to_make) = (Vec::new(), Vec::new());
    for figures in all {
        let file = format!("{FIGURES}/{}.js", figures.name);
        let from = made_of(&[&figures.name, &figures.checksum()?.to_string()]);
        files.push(file.clone());
        if !next.keep(&path(&file), from)? {
            to_make.push(Script { file, from, figures });
        }
    }
    Ok((files, to_make))
}

impl Script {
    /// Its text.
    pub(crate) fn text(&self) -> Result<String> {
        let (name, text) = (&self.figures.name, BASE64_STANDARD.encode(self.figures.parquet()?));
        Ok(format!("(window.iaptFigures ??= {{}})[\"{name}\"] = \"{text}\";\n"))
    }

    /// Puts its text where the page looks for it.
    pub(crate) fn put(&self, text: &str, next: &NextPages<'_>) -> Result<()> {
        next.put_made(&path(&self.file), self.from, text.as_bytes())
    }
}

/// A checksum over inputs, and this program.
fn made_of(inputs: &[&str]) -> Sha256 {
    Sha256::of(format!("{}\n{}", crate::PROGRAM, inputs.join("\n")).as_bytes())
}
