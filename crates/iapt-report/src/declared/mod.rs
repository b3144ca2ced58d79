//! The page files: what each page shows. Read here, and checked against the project before anything is drawn.

mod attrition;
mod blocks;
mod held;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use iapt_model::{Dataset, Project, WebAddress};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub(crate) use self::{
    attrition::{Counts, Exit, Group, LongSeries, Panel, PathwayPage, WayPart},
    blocks::{AverageList, Block, BlockPage, Kind, NamedFigure, PanelList, PartList, Standing, named},
};
use crate::{Error, names::NameRules};

/// What every page shares.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SitePage {
    pub(crate) title: String,
    pub(crate) subject: String,
    /// The day on which the pages' texts and the declared releases were last changed.
    pub(crate) updated: String,
    pub(crate) page: Vec<NavigationEntry>,
    /// Addresses that pages had before.
    #[serde(default)]
    pub(crate) moved: Vec<Moved>,
    pub(crate) mark: Vec<Mark>,
    pub(crate) names: NameRules,
}

/// One entry of the navigation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NavigationEntry {
    pub(crate) slug: String,
    pub(crate) label: String,
    /// The dataset without which the page is not made.
    pub(crate) dataset: Option<String>,
    /// Whether the page is only part of the site and not of the Markdown report.
    #[serde(default)]
    pub(crate) is_site_only: bool,
    /// Whether its link stands in the footer and not in the line at the top.
    #[serde(default)]
    pub(crate) is_in_footer: bool,
}

/// An address that a page had before, and where what stood there is now.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moved {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What stands where there is no number.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    /// The status of a row, or `not_in_figures` where there is no row.
    pub(crate) status: String,
    pub(crate) sign: String,
    pub(crate) meaning: String,
}

/// One of the year's figures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    pub(crate) dataset: String,
    pub(crate) indicator: String,
    /// With a level, the figure is the spread between its organisations.
    pub(crate) level: Option<String>,
    pub(crate) sentence: String,
    pub(crate) page: String,
    pub(crate) anchor: String,
}

/// A section of short points.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Points {
    pub(crate) id: String,
    pub(crate) heading: String,
    #[serde(default)]
    pub(crate) lead: String,
    pub(crate) points: Vec<Point>,
}

/// One point.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Point {
    pub(crate) term: String,
    pub(crate) text: String,
}

/// A publication that a page rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) url: WebAddress,
}

/// The page that sets two indicators beside each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TwoIndicatorsPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) level: String,
    /// The indicator across.
    pub(crate) x: String,
    /// The indicator upwards.
    pub(crate) y: String,
    /// The heading over the benchmarks.
    pub(crate) benchmarks: String,
    pub(crate) lead: Vec<String>,
    pub(crate) benchmark: Vec<Benchmark>,
    pub(crate) limits: Points,
}

/// A published figure that services are seen beside, in percent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Benchmark {
    pub(crate) label: String,
    /// The name on the chart.
    pub(crate) short: String,
    /// None where it is not known; then it has no place on the chart.
    pub(crate) x: Option<f64>,
    pub(crate) y: f64,
    pub(crate) note: String,
}

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
    /// Its name among those to choose from.
    pub(crate) short: String,
    /// The heading that it stands under there.
    pub(crate) group: String,
    /// The first that compares organisations gives the figures; [`Pages::fit`] leaves that one.
    pub(crate) datasets: Vec<String>,
    /// The national standard, in percent.
    pub(crate) target: Option<f64>,
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

/// The page about groups of people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InequalityPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) indicators: Vec<String>,
    pub(crate) lead: Vec<String>,
    pub(crate) breakdown: Vec<BreakdownSection>,
    /// Breakdowns that are held and whose gaps are not computed.
    #[serde(default)]
    pub(crate) held: Vec<HeldSection>,
    pub(crate) limits: Points,
}

/// A breakdown of which the groups are shown and no gap.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldSection {
    pub(crate) breakdown: String,
    pub(crate) heading: String,
    /// Categories that are no group of people.
    pub(crate) not_stated: Vec<String>,
    /// The least number of referrals with which a group is drawn.
    pub(crate) floor: f64,
}

/// How one breakdown is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BreakdownSection {
    pub(crate) breakdown: String,
    pub(crate) heading: String,
    pub(crate) kind: BreakdownKind,
}

/// How groups stand in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BreakdownKind {
    /// Along a scale, with the line fitted through them.
    Gradient,
    /// A row each, in the order of categories.csv.
    InOrder,
    /// A row each, the highest first.
    ByValue,
}

/// A page that is a title, a few sentences and what the tables give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlainPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
}

/// The page about published statements.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimsPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
    /// In the order of the page.
    pub(crate) verdict: Vec<VerdictSection>,
}

/// The statements with one verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerdictSection {
    /// As in the table.
    pub(crate) verdict: String,
    pub(crate) id: String,
    /// For readers, inside a sentence.
    pub(crate) label: String,
    pub(crate) heading: String,
    pub(crate) text: String,
    /// Whether each has a block of its own, with its reason at length, and not a row of a table.
    pub(crate) is_at_length: bool,
}

/// The page about the data themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataQualityPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
    /// What a rule finds, by rule; where nothing is declared, its own sentence says what should hold.
    #[serde(default)]
    pub(crate) found: BTreeMap<String, String>,
    /// How many findings of a rule are listed; the others are in the download.
    pub(crate) most_listed: usize,
    /// What is said of a rule that found nothing.
    pub(crate) holds: String,
    /// In the order of the page.
    pub(crate) severity: Vec<SeveritySection>,
    pub(crate) sums: Section,
    pub(crate) cells: Section,
    pub(crate) breaks: Section,
    pub(crate) not_absorbed: Section,
}

/// The findings of one severity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeveritySection {
    /// As in the table.
    pub(crate) severity: String,
    pub(crate) label: String,
    pub(crate) heading: String,
    pub(crate) text: String,
    /// Whether the Markdown page lists them too.
    pub(crate) in_markdown: bool,
}

/// A section of prose.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) paragraphs: Vec<String>,
}

/// The list of organisations, and what each one's page shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreasPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
    pub(crate) indicators: Vec<String>,
    /// The national standards among them, in percent.
    #[serde(default)]
    pub(crate) target: Vec<Target>,
    pub(crate) table: Vec<String>,
    pub(crate) level: Vec<AreasLevel>,
    pub(crate) services: ServicesSection,
    pub(crate) similar: SimilarSection,
    pub(crate) limits: Points,
}

/// What places are called beside their published names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpokenNames {
    pub(crate) place: Vec<SpokenName>,
}

/// One place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpokenName {
    pub(crate) level: String,
    pub(crate) code: String,
    pub(crate) names: Vec<String>,
}

/// A national standard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) indicator: String,
    pub(crate) percent: f64,
}

/// The services of an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServicesSection {
    /// The level of services.
    pub(crate) level: String,
    /// Where the files do not say which services worked in an area, whose list it is.
    pub(crate) note: String,
    /// What is said where that list has none with figures.
    pub(crate) none: String,
    /// Of annual reports.
    pub(crate) indicators: Vec<String>,
    /// Of sums of months.
    pub(crate) of_months: Vec<String>,
}

/// The areas that are like an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimilarSection {
    /// The levels that have enough organisations.
    pub(crate) levels: Vec<String>,
    /// The indicator whose denominator is the size.
    pub(crate) size: String,
    /// The indicator that says how unwell people were.
    pub(crate) need: String,
    pub(crate) n: usize,
    /// What they are alike in, for readers.
    pub(crate) note: String,
}

/// A level of organisations with a heading over them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreasLevel {
    pub(crate) level: String,
    pub(crate) heading: String,
}

/// Every page file, read and checked.
pub(crate) struct Pages {
    pub(crate) site: SitePage,
    /// Pages made of blocks, the first page among them.
    pub(crate) blocks: Vec<BlockPage>,
    pub(crate) attrition: PathwayPage,
    pub(crate) months: PathwayPage,
    /// Whether the months have figures; [`Pages::fit`] says.
    has_months: bool,
    pub(crate) two_indicators: TwoIndicatorsPage,
    pub(crate) compare: ComparePage,
    pub(crate) areas: AreasPage,
    pub(crate) claims: ClaimsPage,
    pub(crate) data_quality: DataQualityPage,
    pub(crate) data: PlainPage,
    pub(crate) changes: PlainPage,
    pub(crate) tiles: TileMap,
    /// For the search.
    pub(crate) spoken: SpokenNames,
    pub(crate) inequality: InequalityPage,
}

impl Pages {
    /// Reads the files of `folder`, which is `reports/pages`.
    pub(crate) fn read(folder: &Path, project: &Project) -> Result<Self, Error> {
        let read = Reader { folder, project };
        let (_, site) = read.page("site.toml")?;
        let blocks = read.block_pages()?;
        let pathway = |name| -> Result<PathwayPage, Error> {
            let (path, page): (_, PathwayPage) = read.page(name)?;
            read.dataset(&path, &page.dataset)?;
            read.indicators(&path, page.indicators())?;
            Ok(page)
        };
        let (attrition, months) = (pathway("attrition.toml")?, pathway("months.toml")?);
        let (path, two_indicators): (_, TwoIndicatorsPage) =
            read.page("compare-areas-two-indicators.toml")?;
        read.dataset(&path, &two_indicators.dataset)?;
        read.indicators(&path, [&two_indicators.x, &two_indicators.y])?;
        read.levels(&path, [&two_indicators.level])?;
        let (path, compare): (_, ComparePage) = read.page("compare-areas.toml")?;
        for measure in &compare.measure {
            for dataset in &measure.datasets {
                read.dataset(&path, dataset)?;
            }
        }
        read.indicators(&path, compare.measure.iter().map(|measure| &measure.indicator))?;
        read.levels(&path, compare.level.iter().map(|section| &section.level))?;
        read.levels(&path, compare.breaks.iter().map(|one| &one.level))?;
        let (path, areas): (_, AreasPage) = read.page("areas.toml")?;
        read.dataset(&path, &areas.dataset)?;
        read.indicators(&path, areas.indicators.iter().chain(&areas.table))?;
        read.indicators(&path, areas.target.iter().map(|target| &target.indicator))?;
        read.indicators(&path, areas.services.indicators.iter().chain(&areas.services.of_months))?;
        read.indicators(&path, [&areas.similar.size, &areas.similar.need])?;
        read.levels(&path, areas.similar.levels.iter().chain([&areas.services.level]))?;
        read.levels(&path, areas.level.iter().map(|section| &section.level))?;
        let (path, inequality): (_, InequalityPage) = read.page("inequality.toml")?;
        read.dataset(&path, &inequality.dataset)?;
        read.indicators(&path, &inequality.indicators)?;
        let (_, tiles) = read.page("tiles.toml")?;
        let (path, spoken): (_, SpokenNames) = read.page("spoken-names.toml")?;
        read.levels(&path, spoken.place.iter().map(|place| &place.level))?;
        let (path, claims): (_, ClaimsPage) = read.page("claims.toml")?;
        read.dataset(&path, &claims.dataset)?;
        let (path, data_quality): (_, DataQualityPage) = read.page("data-quality.toml")?;
        read.dataset(&path, &data_quality.dataset)?;
        let (path, data): (_, PlainPage) = read.page("data.toml")?;
        read.dataset(&path, &data.dataset)?;
        let (path, changes): (_, PlainPage) = read.page("changes.toml")?;
        read.dataset(&path, &changes.dataset)?;
        Ok(Self {
            site,
            blocks,
            attrition,
            months,
            has_months: false,
            two_indicators,
            compare,
            areas,
            claims,
            data_quality,
            data,
            changes,
            tiles,
            spoken,
            inequality,
        })
    }
}

impl Pages {
    /// The words of the glossary, by anchor, with what they mean.
    pub(crate) fn terms(&self) -> BTreeMap<String, String> {
        let blocks = self.blocks.iter().flat_map(|page| &page.block);
        let points = blocks.filter_map(|block| match &block.kind {
            Kind::Glossary(one) => Some(&one.points),
            _ => None,
        });
        points.flatten().map(|point| (anchor_of(&point.term), point.text.clone())).collect()
    }
}

/// A word of the glossary as an anchor: `Clinical cut-off` is `clinical-cut-off`.
pub(crate) fn anchor_of(term: &str) -> String {
    let letters = term.to_lowercase();
    let words = letters.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

struct Reader<'a> {
    folder: &'a Path,
    project: &'a Project,
}

impl Reader<'_> {
    fn page<T: DeserializeOwned>(&self, file: &str) -> Result<(PathBuf, T), Error> {
        let path = self.folder.join(file);
        let text = fs_err::read_to_string(&path)?;
        match toml::from_str(&text) {
            Ok(page) => Ok((path, page)),
            Err(source) => Err(Error::Page { path, source: Box::new(source) }),
        }
    }

    /// Every page of `blocks`, in order of file name.
    fn block_pages(&self) -> Result<Vec<BlockPage>, Error> {
        let folder = self.folder.join("blocks");
        let mut names = Vec::new();
        for entry in fs_err::read_dir(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|end| end == "toml") {
                names.push(name);
            }
        }
        names.sort();
        let mut pages = Vec::new();
        for name in names {
            let (path, page): (_, BlockPage) = self.page(&format!("blocks/{name}"))?;
            for dataset in page.datasets() {
                self.dataset(&path, dataset)?;
            }
            self.indicators(&path, page.indicators())?;
            self.levels(&path, page.levels())?;
            pages.push(page);
        }
        Ok(pages)
    }

    fn dataset(&self, path: &Path, dataset: &str) -> Result<&Dataset, Error> {
        let unknown = || Error::UnknownDataset { path: path.to_owned(), dataset: dataset.to_owned() };
        self.project.dataset(dataset).ok_or_else(unknown)
    }

    fn indicators<'n>(&self, path: &Path, names: impl IntoIterator<Item = &'n String>) -> Result<(), Error> {
        let unknown = names.into_iter().find(|name| self.project.indicators.get(name).is_none());
        unknown.map_or(Ok(()), |indicator| {
            Err(Error::UnknownIndicator { path: path.to_owned(), indicator: indicator.clone() })
        })
    }

    fn levels<'n>(&self, path: &Path, names: impl IntoIterator<Item = &'n String>) -> Result<(), Error> {
        let is_known = |name: &String| self.project.organisations.types().any(|one| &one.level == name);
        let unknown = names.into_iter().find(|name| !is_known(name));
        unknown
            .map_or(Ok(()), |level| Err(Error::UnknownLevel { path: path.to_owned(), level: level.clone() }))
    }
}
