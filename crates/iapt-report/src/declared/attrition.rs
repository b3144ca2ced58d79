//! What the page that follows one cohort shows.

use serde::Deserialize;

use super::{Heading, Points, Source};

/// The page that follows one cohort.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathwayPage {
    pub(crate) slug: String,
    /// What the names of its charts begin with, where another page has charts of the same names.
    #[serde(default)]
    pub(crate) prefix: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) basis: Vec<Basis>,
    pub(crate) step: Vec<Step>,
    pub(crate) exit: Vec<Exit>,
    pub(crate) group: Vec<Group>,
    pub(crate) parts: Option<PartsPage>,
    /// What is said before the first chart, under the answer.
    #[serde(default)]
    pub(crate) lead: Vec<String>,
    pub(crate) series: Vec<Series>,
    pub(crate) averages: Option<Averages>,
    pub(crate) long_series: Option<LongSeries>,
    pub(crate) limits: Points,
    pub(crate) claims: Option<Points>,
    pub(crate) definitions: Heading,
    pub(crate) source: Vec<Source>,
}

impl PathwayPage {
    /// The download with all numbers of the page.
    pub(crate) fn download(&self) -> String {
        format!("tables/{}.csv", self.slug)
    }

    /// The download with the numbers of one of its sections.
    pub(crate) fn table(&self, section: &str) -> String {
        format!("tables/{}-{section}.csv", self.slug)
    }

    /// The name of one of its charts.
    pub(crate) fn chart(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Every level that the page names.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().flat_map(|parts| parts.spans.levels.iter().chain([&parts.areas.level]))
    }

    /// Every indicator that the page names, in the order of the file.
    pub(crate) fn indicators(&self) -> impl Iterator<Item = &String> {
        let bases = self.basis.iter().flat_map(|basis| &basis.indicators);
        let steps = self.step.iter().flat_map(|step| {
            step.counts.denominator_of.iter().chain(&step.counts.of_first).chain(&step.counts.of_finished)
        });
        let exits = self.exit.iter().flat_map(|exit| exit.of_first.iter().chain(&exit.of_finished));
        let groups = self.group.iter().flat_map(|group| &group.indicators);
        let series = self
            .series
            .iter()
            .flat_map(|series| series.panel.iter().map(|panel| &panel.indicator).chain([&series.lead]));
        let parts = self.parts.iter().flat_map(|parts| &parts.way).flat_map(|way| &way.part);
        let long = self.long_series.iter().flat_map(|long| &long.panel).map(|panel| &panel.indicator);
        bases
            .chain(steps)
            .chain(exits)
            .chain(groups)
            .chain(parts.map(|part| &part.indicator))
            .chain(series)
            .chain(self.averages.iter().flat_map(|averages| &averages.indicators))
            .chain(long)
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

/// Where referrals end, for areas and for groups of people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartsPage {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) lead: Vec<String>,
    /// What stands where no year has a section.
    pub(crate) missing: String,
    /// In the order in which they are tried.
    pub(crate) way: Vec<Way>,
    pub(crate) areas: AreasSection,
    pub(crate) spans: SpansSection,
    pub(crate) groups: Vec<GroupsSection>,
}

impl PartsPage {
    /// Every way with every period, in the order in which they are tried: a way that is known at all goes before a
    /// newer period of the next.
    pub(crate) fn tries<'p>(&'p self, periods: &'p [String]) -> impl Iterator<Item = (&'p Way, &'p str)> {
        self.way.iter().flat_map(|way| periods.iter().rev().map(move |period| (way, period.as_str())))
    }
}

/// A whole and its parts, from the first to leave to those that stay to the end; the parts add up to the whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Way {
    /// The whole, in the plural.
    pub(crate) of: String,
    pub(crate) part: Vec<WayPart>,
}

impl Way {
    /// Whether an indicator is one of its parts.
    pub(crate) fn has(&self, indicator: &str) -> bool {
        self.part.iter().any(|part| part.indicator == indicator)
    }

    /// What the part that stays to the end is called.
    pub(crate) fn last_label(&self) -> &str {
        self.part.last().map_or("", |part| &part.label)
    }
}

/// One part.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WayPart {
    pub(crate) label: String,
    pub(crate) indicator: String,
}

/// A bar for each area of a level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreasSection {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) level: String,
}

/// How far the organisations of several levels lie apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpansSection {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) levels: Vec<String>,
}

/// A bar for each group of people of a breakdown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupsSection {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) breakdown: String,
}

/// A row of small charts over the years.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) subtitle: String,
    /// The indicator that the title speaks of.
    pub(crate) lead: String,
    pub(crate) panel: Vec<Panel>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panel {
    pub(crate) indicator: String,
    /// The national target, in the unit of the indicator.
    pub(crate) target: Option<f64>,
}

/// A series over several datasets, with the breaks between them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LongSeries {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) subtitle: String,
    /// What is written under a figure from before a break.
    pub(crate) before: String,
    /// The datasets, in order of time.
    pub(crate) datasets: Vec<String>,
    pub(crate) panel: Vec<Panel>,
}

/// A table of published averages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Averages {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) indicators: Vec<String>,
}
