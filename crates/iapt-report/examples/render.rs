//! Renders the pages from rows in a JSON file: `cargo run -p iapt-report --example render -- PROJECT ROWS.json OUT`.

use std::{env, error::Error, path::Path};

use iapt_model::{
    AdditivityRow, ClaimRow, DecompositionRow, FindingRow, IndicatorRow, InequalityGroupRow, InequalityRow,
    PersistenceRow, Project, ReleaseRow, SpreadRow, VariationRow, VariationSpreadRow,
};
use iapt_report::{Analysis, Input, Integrity, render};
use serde::Deserialize;

#[derive(Deserialize)]
struct Rows {
    indicators: Vec<IndicatorRow>,
    spread: Vec<SpreadRow>,
    releases: Vec<ReleaseRow>,
    #[serde(default)]
    variation: Vec<VariationRow>,
    #[serde(default)]
    variation_spread: Vec<VariationSpreadRow>,
    #[serde(default)]
    inequality_groups: Vec<InequalityGroupRow>,
    #[serde(default)]
    inequality: Vec<InequalityRow>,
    #[serde(default)]
    persistence: Vec<PersistenceRow>,
    #[serde(default)]
    decomposition: Vec<DecompositionRow>,
    #[serde(default)]
    findings: Vec<FindingRow>,
    #[serde(default)]
    additivity: Vec<AdditivityRow>,
    #[serde(default)]
    claims: Vec<ClaimRow>,
}

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(project), Some(rows), Some(out)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: render PROJECT ROWS.json OUT".into());
    };
    let project = Project::load(Path::new(&project))?;
    let rows: Rows = serde_json::from_slice(&fs_err::read(rows)?)?;
    let input = Input {
        project: &project,
        indicators: &rows.indicators,
        spread: &rows.spread,
        analysis: Analysis {
            variation: &rows.variation,
            spreads: &rows.variation_spread,
            groups: &rows.inequality_groups,
            inequality: &rows.inequality,
            persistence: &rows.persistence,
            decomposition: &rows.decomposition,
        },
        integrity: Integrity { findings: &rows.findings, additivity: &rows.additivity, claims: &rows.claims },
        releases: &rows.releases,
        table_files: &[],
    };
    for (path, bytes) in render(&input, &project.folder.join("reports"))? {
        let path = Path::new(&out).join(path);
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        fs_err::write(path, bytes)?;
    }
    Ok(())
}
