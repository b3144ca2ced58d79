//! `iapt check`: the declared files parse, and account for every header known.

use anyhow::Result;
use iapt_model::{Problem, Project};
use iapt_publisher::StandIn;

use crate::failure::Done;

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

/// Checks what loading does not: headers, and the figures of the stand-in publisher.
pub(crate) fn check(project: &Project) -> Result<Done> {
    let problems: Vec<Problem> =
        project.datasets.iter().flat_map(iapt_model::Dataset::unclosed_headers).collect();
    if !problems.is_empty() {
        return Err(Unclosed(problems).into());
    }
    StandIn::load(project)?;
    for dataset in &project.datasets {
        println!(
            "{}: {} releases, {} known headers, {} control totals",
            dataset.name,
            dataset.releases.len(),
            dataset.known_headers.len(),
            dataset.control_totals.len()
        );
    }
    println!(
        "{} measures, {} indicators",
        project.measures.iter().count(),
        project.indicators.iter().count()
    );
    Ok(Done::All)
}
