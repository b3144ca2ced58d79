//! `iapt check`: the declared files parse, account for every header known, and what was found about the data.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use iapt_catalog::{Engine, Only, Session, Tables, check_sql};
use iapt_model::{FindingRow, Problem, Project};
use iapt_publisher::StandIn;
use iapt_transform::check_rules;

use crate::{failure::Done, lines::Lines};

/// Headers that the crosswalk does not close over.
#[derive(Debug)]
pub(crate) struct Unclosed(Vec<Problem>);

impl std::fmt::Display for Unclosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the crosswalk does not account for the known headers:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}\n    hint: {}", problem.hint()))
    }
}

impl std::error::Error for Unclosed {}

/// Checks what loading does not: headers, SQL, and the figures of the stand-in publisher.
pub(crate) fn check(project: &Project) -> Result<()> {
    let problems: Vec<Problem> =
        project.datasets.iter().flat_map(iapt_model::Dataset::unclosed_headers).collect();
    if !problems.is_empty() {
        return Err(Unclosed(problems).into());
    }
    check_sql(project)?;
    check_rules(project)?;
    StandIn::load(project)?;
    let mut lines = Lines::new();
    for dataset in &project.datasets {
        lines.line(format_args!(
            "{}: {} releases, {} known headers, {} control totals{}",
            dataset.name,
            dataset.releases.len(),
            dataset.known_headers.len(),
            dataset.control_totals.len(),
            if dataset.is_never_met { "; never met in a file" } else { "" }
        ))?;
    }
    lines.line(format_args!(
        "{} measures, {} indicators; {} measures are in no indicator, each with its reason",
        project.measures.iter().count(),
        project.indicators.iter().count(),
        project.unused_measures.len()
    ))?;
    Ok(lines.end()?)
}

/// Lists the findings of the tables that were built last: errors and warnings, notes only when they are asked for.
///
/// They are the publisher's to mend, so they do not fail the command.
pub(crate) async fn findings(tables: &Path, with_notes: bool) -> Result<Done> {
    let mut lines = Lines::new();
    if !tables.join("findings.parquet").is_file() {
        let folder = tables.display();
        lines.line(format_args!(
            "no tables in {folder}: run `iapt run` first to list the findings about the data"
        ))?;
        lines.end()?;
        return Ok(Done::All);
    }
    let session = Session::open(&Engine::Local, &Tables::Folder(tables.to_owned()), 1, None).await?;
    let findings: Vec<FindingRow> = session.table("findings", Only::Every, &[]).await?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &findings {
        *counts.entry(&finding.severity).or_default() += 1;
        if with_notes || finding.severity != "note" {
            let FindingRow { severity, sentence, rule, evidence, .. } = finding;
            lines.line(format_args!("{severity}: {sentence} [{rule}: {evidence}]"))?;
        }
    }
    let counts: Vec<String> = counts.iter().map(|(severity, count)| format!("{count} {severity}s")).collect();
    let total = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    let more = if with_notes { "" } else { " (list the notes: --notes)" };
    lines.line(format_args!("findings about the data: {total}{more}"))?;
    lines.end()?;
    Ok(Done::All)
}
