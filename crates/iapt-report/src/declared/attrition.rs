//! What the published series tell of the way from referral to recovery, and how their years are drawn.

use serde::Deserialize;

/// What one published series tells of the way from referral to recovery.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathwayPage {
    pub(crate) slug: String,
    /// What the names of its charts begin with, where another series has charts of the same names on one page.
    #[serde(default)]
    pub(crate) prefix: String,
    pub(crate) dataset: String,
    /// What is said of the series on the page of an organisation.
    #[serde(default)]
    pub(crate) lead: Vec<String>,
    pub(crate) basis: Vec<Basis>,
    pub(crate) step: Vec<Step>,
    pub(crate) exit: Vec<Exit>,
    pub(crate) group: Vec<Group>,
}

impl PathwayPage {
    /// The download with all its numbers.
    pub(crate) fn download(&self) -> String {
        format!("tables/{}.csv", self.slug)
    }

    /// The name of one of its charts.
    pub(crate) fn chart(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The indicators of the way from referral to recovery, in the order of the file.
    pub(crate) fn way(&self) -> impl Iterator<Item = &String> {
        let bases = self.basis.iter().flat_map(|basis| &basis.indicators);
        let steps = self.step.iter().flat_map(|step| {
            step.counts.denominator_of.iter().chain(&step.counts.of_first).chain(&step.counts.of_finished)
        });
        let exits = self.exit.iter().flat_map(|exit| exit.of_first.iter().chain(&exit.of_finished));
        bases.chain(steps).chain(exits)
    }

    /// Every indicator that it names, in the order of the file.
    pub(crate) fn indicators(&self) -> impl Iterator<Item = &String> {
        self.way().chain(self.group.iter().flat_map(|group| &group.indicators))
    }
}

/// One denominator of recovery.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Basis {
    pub(crate) label: String,
    pub(crate) short: String,
    /// The first that has a value counts.
    pub(crate) indicators: Vec<String>,
}

/// One step of the pathway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) label: String,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

/// Those that leave between two steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exit {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) of_first: Vec<String>,
    #[serde(default)]
    pub(crate) of_finished: Vec<String>,
}

/// Where a step finds its count and its share.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Counts {
    /// Indicators whose denominator is the count.
    #[serde(default)]
    pub(crate) denominator_of: Vec<String>,
    /// Indicators whose numerator is the count, out of the first step.
    #[serde(default)]
    pub(crate) of_first: Vec<String>,
    /// Indicators whose numerator is the count, out of the finished courses, for years without the first step.
    #[serde(default)]
    pub(crate) of_finished: Vec<String>,
}

/// Indicators with one denominator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) denominator: String,
    pub(crate) indicators: Vec<String>,
}

/// One part of a whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WayPart {
    pub(crate) label: String,
    pub(crate) indicator: String,
}

/// One small chart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panel {
    pub(crate) indicator: String,
    /// What stands over it or is said of it, where the indicator's own label is too long.
    pub(crate) label: Option<String>,
}

/// A series over several datasets, with the breaks between them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LongSeries {
    pub(crate) subtitle: String,
    /// What is written under a figure from before a break.
    pub(crate) before: String,
    /// The datasets, in order of time.
    pub(crate) datasets: Vec<String>,
    pub(crate) panel: Vec<Panel>,
}
