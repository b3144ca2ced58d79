//! `iapt check`: the declared files parse, account for every header known, and what was found about the data.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use iapt_catalog::{Engine, Only, Session, Tables};
use iapt_model::{FindingRow, Problem, Project, SEVERITIES};
use iapt_publisher::StandIn;
use iapt_transform::check_sql;

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

/// Lists the findings of the tables that were built last down to a severity, and how many others each rule has.
///
/// They are the publisher's to mend, so they do not fail the command.
pub(crate) async fn findings(tables: &Path, down_to: &str) -> Result<Done> {
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
    let n_listed = SEVERITIES.iter().position(|severity| *severity == down_to).map_or(1, |last| last + 1);
    let mut totals = Vec::new();
    for (rank, severity) in SEVERITIES.iter().enumerate() {
        let own: Vec<&FindingRow> = findings.iter().filter(|finding| finding.severity == *severity).collect();
        let mut by_rule: BTreeMap<[&str; 2], usize> = BTreeMap::new();
        for FindingRow { sentence, rule, rule_says, evidence, .. } in &own {
            if rank < n_listed {
                lines.line(format_args!("{severity}: {sentence} [{rule}: {evidence}]"))?;
            } else {
                *by_rule.entry([rule, rule_says]).or_default() += 1;
            }
        }
        for ([rule, rule_says], count) in by_rule {
            lines.line(format_args!("{} of {rule}, which says: {rule_says}", counted(count, severity)))?;
        }
        if !own.is_empty() {
            totals.push(counted(own.len(), severity));
        }
    }
    let total = if totals.is_empty() { "none".to_owned() } else { totals.join(", ") };
    let next = SEVERITIES.get(n_listed).filter(|_| !findings.is_empty());
    let more = next.map_or_else(String::new, |next| format!(" (list more: --list {next})"));
    lines.line(format_args!("findings about the data: {total}{more}"))?;
    lines.end()?;
    Ok(Done::All)
}

/// `1 error`, `2 notes`.
fn counted(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
