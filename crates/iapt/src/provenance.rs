//! `iapt provenance`: what pages and tables were made from, and a checksum of each file, as a statement beside the data.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use iapt_catalog::{Manifest, TABLES_FOLDER, check_tables, manifest::Edition};
use iapt_files::{FolderLock, disk};
use iapt_proof::{MadeBy, Material, STATEMENT, Statement};

use crate::{
    failure::{Done, Hinted},
    log::Log,
    prove,
    report::Made,
};

/// Writes the statement of the tables and pages, which are as they were made.
pub(crate) async fn provenance(data: &Path, out: &Path, log: &Log) -> Result<Done> {
    let _alone = FolderLock::take(data, &format!("`iapt provenance`, process {}", std::process::id()))?;
    check(data, out)?;
    let statement = statement(data).await?;
    let file = data.join(STATEMENT);
    disk::replace_file(&file, &statement.to_json()?)?;
    let (n_files, n_snapshots) = (statement.files.len(), statement.materials.len());
    let root = statement.figures;
    log.info(
        "provenance",
        &format!(
            "{n_files} files from {n_snapshots} snapshots, root of all figures {root}; in {}",
            file.display()
        ),
    );
    Ok(Done::All)
}

/// Only tables and pages that are as they were made get a statement.
fn check(data: &Path, out: &Path) -> Result<()> {
    check_tables(&data.join(TABLES_FOLDER))?;
    let why = match Made::of(data, out)? {
        Ok(made) => made.why_changed()?,
        Err(why) => Some(why),
    };
    let Some(why) = why else { return Ok(()) };
    Err(Hinted {
        message: format!("no statement is written of the pages in {}: {why}", out.display()),
        hint: "make them again: iapt report, with the same --data and --out".to_owned(),
    }
    .into())
}

/// The statement of what a folder of data says was made; whether it is so is for others to check.
pub(crate) async fn statement(data: &Path) -> Result<Statement> {
    let tables = data.join(TABLES_FOLDER);
    let (Edition::Known { manifest, .. }, Some(made)) = (Edition::read(&tables)?, Made::read(data)?) else {
        return Err(iapt_catalog::Error::NoTables { folder: tables }.into());
    };
    let of_tables = manifest.files.iter().map(|(path, sum)| (format!("{TABLES_FOLDER}/{path}"), sum.sha256));
    // What begins with a dot is ours and is not published.
    let of_pages = made.files.sums.into_iter().filter(|(path, _)| !path.starts_with('.'));
    let of_pages = of_pages.map(|(path, sha256)| {
        let path = if path.starts_with("site/") { path } else { format!("pages/{path}") };
        (path, sha256)
    });
    Ok(Statement {
        files: of_tables.chain(of_pages).collect(),
        materials: materials(&manifest),
        source: manifest.source.clone(),
        site_address: made.site_address,
        tables: MadeBy { program: manifest.program.clone(), declared: manifest.declared },
        pages: MadeBy { program: made.program, declared: made.declared },
        figures: prove::root(&tables).await?,
    })
}

/// The snapshots that tables were made from, in order.
pub(crate) fn materials(manifest: &Manifest) -> Vec<Material> {
    let material = |partition: &iapt_catalog::Partition| {
        let release = &partition.release;
        Some(Material {
            dataset: release.dataset.clone(),
            reporting_period: release.reporting_period.clone(),
            edition: release.edition,
            url: release.url.clone(),
            sha256: release.sha256.parse().ok()?,
        })
    };
    // A pack of several files is one snapshot.
    manifest.partitions.iter().filter_map(material).collect::<BTreeSet<_>>().into_iter().collect()
}
