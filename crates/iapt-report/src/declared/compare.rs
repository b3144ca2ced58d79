//! The pages that compare organisations: their measures, their levels, and the map of tiles.

use serde::{Deserialize, Serialize};

use super::{Point, Points};

/// The pages that compare organisations, one for each measure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComparePage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) lead: Vec<String>,
    pub(crate) measure: Vec<MeasureSection>,
    pub(crate) also: AlsoCompared,
    pub(crate) doubt: Doubt,
    pub(crate) side_by_side: BesidePage,
    pub(crate) archive: BesidePage,
    pub(crate) level: Vec<LevelSection>,
    #[serde(default, rename = "break")]
    pub(crate) breaks: Vec<Break>,
    pub(crate) limits: Points,
}

/// A measure to choose.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasureSection {
    pub(crate) indicator: String,
    /// The name of the measure in the list to choose from.
    pub(crate) short: String,
    /// The heading that it stands under there.
    pub(crate) group: String,
    /// The first that compares organisations gives the figures; `Pages::fit` leaves that one.
    pub(crate) datasets: Vec<String>,
    /// What its figures do not show, before what none of them does.
    pub(crate) limit: Option<Point>,
}

impl MeasureSection {
    /// The dataset of its figures.
    pub(crate) fn dataset(&self) -> &str {
        self.datasets.first().map_or("", String::as_str)
    }
}

/// What the pages that belong to no measure are called among those to choose from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlsoCompared {
    pub(crate) heading: String,
    pub(crate) two_indicators: String,
    pub(crate) side_by_side: String,
    pub(crate) archive: String,
}

/// What is folded under the question how sure the figures are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doubt {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) text: String,
}

/// A page beside those of the measures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BesidePage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) lead: Vec<String>,
}

/// How one level is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LevelSection {
    pub(crate) level: String,
    pub(crate) short: String,
    pub(crate) headline: Headline,
    pub(crate) drawing: Drawing,
    /// Whether the years show every organisation, as they should where there are few.
    pub(crate) is_each_drawn: bool,
    pub(crate) in_markdown: bool,
    /// Charts that only some levels can have.
    #[serde(default)]
    pub(crate) also: Vec<AlsoDrawn>,
}

/// A chart that a level has beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlsoDrawn {
    /// The places that chance leaves open, a row for each organisation.
    Ranks,
    /// The map of tiles.
    Map,
}

/// Where areas stand on a map of tiles.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TileMap {
    pub(crate) tile: Vec<TilePlace>,
}

/// One area's tile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TilePlace {
    pub(crate) code: String,
    pub(crate) short: String,
    pub(crate) row: usize,
    pub(crate) column: usize,
}

/// What a title says of a spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Headline {
    /// The lowest and the highest.
    Range,
    /// The 10th and the 90th percentile.
    Middle,
}

/// How organisations are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Drawing {
    /// One named row each.
    Dots,
    /// Side by side, without names.
    Caterpillar,
}

/// A period from which a level's organisations are others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Break {
    pub(crate) level: String,
    pub(crate) period: String,
    pub(crate) reason: String,
}
