//! What was found about the organisations of a level, for a page that shows them.

use serde::Serialize;

use super::Site;

/// What was found about the organisations of a level in the year that is shown.
#[derive(Serialize)]
pub(super) struct FoundContext {
    heading: String,
    period: String,
    findings: Vec<FindingContext>,
}

#[derive(Serialize)]
struct FindingContext {
    sentence: String,
    anchor: String,
}

impl Site<'_> {
    /// What makes figures of these levels doubtful, each in its period; levels are told by name and heading.
    pub(super) fn found_in_levels<'s>(
        &self,
        dataset: &str,
        levels: impl Iterator<Item = (&'s str, &'s str, &'s str)>,
    ) -> Vec<FoundContext> {
        let found = levels.map(|(level, heading, period)| {
            let findings = self.findings.grave(dataset, level, period).map(|finding| FindingContext {
                sentence: finding.sentence.clone(),
                anchor: finding.anchor.clone(),
            });
            FoundContext {
                heading: heading.to_owned(),
                period: period.to_owned(),
                findings: findings.collect(),
            }
        });
        found.filter(|one| !one.findings.is_empty()).collect()
    }
}
