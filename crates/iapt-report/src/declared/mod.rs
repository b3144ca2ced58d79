//! The page files: what each page shows. Read here, and checked against the project before anything is drawn.

mod areas;
mod attrition;
mod blocks;
mod changes;
mod compare;
mod explore;
mod held;
mod inequality;
mod reader;

use std::{collections::BTreeMap, path::Path};

use iapt_model::{Project, WebAddress};
use serde::{Deserialize, Serialize};

use self::reader::Reader;
pub(crate) use self::{
    areas::{AreasLevel, AreasPage, SpokenNames},
    attrition::{Counts, Exit, Group, LongSeries, Panel, PathwayPage, WayPart},
    blocks::{
        Block, BlockPage, CategoryList, IndicatorList, Kind, NamedFigure, NamedStated, PanelList, PartList,
        Practice, ShareList, StatedList, TargetList, named,
    },
    changes::{ChangesPage, YearOnYear},
    compare::{
        AlsoDrawn, Break, ComparePage, Doubt, Drawing, Headline, LevelSection, MeasureSection, TileMap,
    },
    explore::{ExplorePage, ExploreWords},
    inequality::{BreakdownKind, BreakdownSection, HeldSection, InequalityPage},
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
    /// Who made the pages.
    pub(crate) maker: String,
    /// Where readers may write; none where nobody is declared.
    pub(crate) contact: Option<String>,
    /// Where the source of the program can be read, with a slash at its end; none where nobody has declared it.
    pub(crate) source_address: Option<WebAddress>,
    pub(crate) page: Vec<NavigationEntry>,
    /// Addresses that pages had before.
    #[serde(default)]
    pub(crate) moved: Vec<Moved>,
    pub(crate) mark: Vec<Mark>,
    pub(crate) names: NameRules,
}

impl SitePage {
    /// The entry of the navigation under which a page is found, by its address without ending: the longest slug that the
    /// address is or begins with.
    fn entry_of(&self, address: &str) -> Option<&NavigationEntry> {
        let is_its = |entry: &&NavigationEntry| {
            let rest = address.strip_prefix(entry.slug.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.page.iter().filter(is_its).max_by_key(|entry| entry.slug.len())
    }

    /// The sign of a status; empty where none is declared.
    pub(crate) fn sign(&self, status: &str) -> &str {
        self.mark.iter().find(|mark| mark.status == status).map_or("", |mark| mark.sign.as_str())
    }

    /// Whether a page that sentences lead to is made.
    pub(crate) fn is_made(&self, address: &str) -> bool {
        self.entry_of(address).is_none_or(|entry| !entry.is_left_out)
    }
}

/// One entry of the navigation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NavigationEntry {
    pub(crate) slug: String,
    pub(crate) label: String,
    /// Whether the page is only part of the site and not of the Markdown report.
    #[serde(default)]
    pub(crate) is_site_only: bool,
    /// Whether the footer links to it, instead of the line at the top.
    #[serde(default)]
    pub(crate) is_in_footer: bool,
    /// Whether these figures have nothing for the page, which is not made then; [`Pages::fit`] says.
    #[serde(skip)]
    pub(crate) is_left_out: bool,
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

/// The page about the tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataPage {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) dataset: String,
    pub(crate) lead: Vec<String>,
    /// Over the datasets whose files were never met.
    pub(crate) never_met: Section,
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
    /// The heading over what a rule finds, by rule; where none is declared, the rule's own sentence.
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
    pub(crate) data: DataPage,
    pub(crate) changes: ChangesPage,
    pub(crate) explore: ExplorePage,
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
        read.indicators(
            &path,
            areas
                .indicators
                .iter()
                .chain(&areas.list)
                .chain(&areas.table)
                .chain(&areas.of_months)
                .chain(areas.became.iter().map(|one| &one.indicator))
                .chain(&areas.now),
        )?;
        let of_services = areas.services.indicators.iter().chain(&areas.services.of_months);
        read.indicators(&path, of_services.chain(&areas.services.now))?;
        read.indicators(&path, [&areas.similar.size, &areas.similar.need])?;
        read.levels(&path, areas.similar.levels.iter().chain([&areas.services.level]))?;
        read.levels(&path, areas.level.iter().map(|section| &section.level))?;
        read.rules(&path, &areas.rules_at_top)?;
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
        read.rules(&path, data_quality.found.keys())?;
        let (path, data): (_, DataPage) = read.page("data.toml")?;
        read.dataset(&path, &data.dataset)?;
        let (path, changes): (_, ChangesPage) = read.page("changes.toml")?;
        read.dataset(&path, &changes.dataset)?;
        for compared in &changes.year_on_year {
            read.dataset(&path, &compared.dataset)?;
            read.indicators(&path, &compared.indicators)?;
        }
        let (path, explore): (_, ExplorePage) = read.page("explore.toml")?;
        for dataset in &explore.datasets {
            read.dataset(&path, dataset)?;
        }
        read.indicators(&path, [&explore.indicator])?;
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
            explore,
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

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// A copy of `folder` and of the folders in it.
    fn copy(folder: &Path, to: &Path) {
        fs_err::create_dir_all(to).unwrap();
        for entry in fs_err::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs_err::copy(&path, target).unwrap();
            }
        }
    }

    #[test]
    fn what_a_page_names_is_declared() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = Project::load(&root).unwrap();
        let check = |file: &str, from: &str, to: &str, expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            copy(&root.join("reports/pages"), folder.path());
            let path = folder.path().join(file);
            let text = fs_err::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{file}: {from}");
            fs_err::write(&path, text.replacen(from, to, 1)).unwrap();
            let refused = Pages::read(folder.path(), &project).err().map(|error| error.to_string());
            assert_eq!(refused.unwrap(), format!("{}: {expected}", path.display()));
        };
        check(
            "areas.toml",
            "\"ended_after_one_treatment_share\"",
            "\"ended_after_two\"",
            "`ended_after_two` is not in indicators.toml",
        );
        check(
            "data-quality.toml",
            "rate_jump =",
            "rate_jumps =",
            "`rate_jumps` is not a rule of pipelines/checks or of a dataset",
        );
        check(
            "blocks/what-happens.toml",
            "rule = \"no_reason_recorded\"",
            "rule = \"no_reason\"",
            "`no_reason` is not a rule of pipelines/checks or of a dataset",
        );
        check(
            "blocks/what-happens.toml",
            "rule = \"from_elsewhere\"",
            "rule = \"elsewhere\"",
            "`elsewhere` is not a rule of pipelines/checks or of a dataset",
        );
        check(
            "blocks/outcomes-by-therapy.toml",
            "indicator = \"course_recovery_rate\", of =",
            "indicator = \"course_recovery_rate\", is_oldest = true, of =",
            "the figure `cbt` of a group can be of its newest year only",
        );
    }

    #[test]
    fn a_page_is_found_under_the_longest_entry() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = Project::load(&root).unwrap();
        let site = Pages::read(&root.join("reports/pages"), &project).unwrap().site;
        let check = |address: &str, expected: Option<&str>| {
            assert_eq!(site.entry_of(address).map(|entry| entry.slug.as_str()), expected, "{address}");
        };
        check("data", Some("data"));
        check("data-quality", Some("data-quality"));
        check("compare-areas-recovery-rate", Some("compare-areas"));
        check("compare", None);
    }
}
