//! A page as a list of blocks: one file of `reports/pages/blocks` declares it, and no Rust is written for it.

use serde::Deserialize;

use super::{Group, LongSeries, Panel, Point, Source, Story, WayPart};

/// A page made of blocks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of the page, as its file does")]
pub(crate) struct BlockPage {
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// Whether it is a list of links to its headings that the page begins with.
    #[serde(default)]
    pub(crate) has_contents: bool,
    /// The dataset whose dates and source the page gives, and that is asked first.
    pub(crate) dataset: String,
    /// Whether the page is about all datasets, so that it gives the newest date of any.
    #[serde(default)]
    pub(crate) is_of_every_dataset: bool,
    /// Whether the page is part of the site and not of the Markdown report.
    #[serde(default)]
    pub(crate) is_site_only: bool,
    /// Whether it is not made where the dataset has no figures.
    #[serde(default)]
    pub(crate) needs_its_dataset: bool,
    pub(crate) block: Vec<Block>,
}

impl BlockPage {
    /// Every indicator that the page names.
    pub(crate) fn indicators(&self) -> impl Iterator<Item = &String> {
        self.block.iter().flat_map(Block::indicators)
    }

    /// Every dataset that the page names.
    pub(crate) fn datasets(&self) -> impl Iterator<Item = &String> {
        let figures = self.block.iter().flat_map(|block| &block.figure).map(|figure| &figure.dataset);
        let of_kind = self.block.iter().flat_map(|block| match &block.kind {
            Kind::Panels(one) => vec![&one.dataset],
            Kind::Table(one) => vec![&one.dataset],
            Kind::Shares(one) => vec![&one.dataset],
            Kind::ByCategory(one) => vec![&one.dataset],
            Kind::Hundred(one) | Kind::PartsByYear(one) => one.own.iter().map(|own| &own.dataset).collect(),
            Kind::Targets(one) => vec![&one.dataset],
            Kind::Stories(one) => one.story.iter().map(|story| &story.dataset).collect(),
            Kind::LongSeries(one) => one.datasets.iter().collect(),
            _ => Vec::new(),
        });
        [&self.dataset].into_iter().chain(figures).chain(of_kind)
    }

    /// Every level that the page names.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &String> {
        self.block.iter().flat_map(|block| match &block.kind {
            Kind::Targets(one) => vec![&one.level],
            Kind::Stories(one) => one.story.iter().filter_map(|story| story.level.as_ref()).collect(),
            _ => Vec::new(),
        })
    }

    /// Every measure of which the page shows what is stated.
    pub(crate) fn stated(&self) -> impl Iterator<Item = &String> {
        self.block.iter().flat_map(|block| {
            let of_kind = match &block.kind {
                Kind::Stated(one) => one.measures.iter(),
                _ => [].iter(),
            };
            block.stated.iter().map(|one| &one.measure).chain(of_kind)
        })
    }

    /// Every rule that the page names.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &String> {
        self.block.iter().flat_map(|block| {
            let of_kind = match &block.kind {
                Kind::Found(one) => Some(&one.rule),
                _ => None,
            };
            block.where_found.iter().map(|one| &one.rule).chain(of_kind)
        })
    }
}

/// One block: a heading, sentences, and what its kind draws. The text of a point is a template too.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Block {
    /// Its anchor; empty where nothing links to it.
    #[serde(default)]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) heading: String,
    /// Templates over the figures of the block; a block of which a figure has no value is left out.
    #[serde(default)]
    pub(crate) text: Vec<String>,
    #[serde(default)]
    pub(crate) figure: Vec<NamedFigure>,
    /// The line that unfolds what it shows; empty where it is seen at once.
    #[serde(default)]
    pub(crate) folded: String,
    /// The line that unfolds its table; empty where that is the numbers of its chart.
    #[serde(default)]
    pub(crate) folded_table: String,
    /// Stated figures that the sentences name too.
    #[serde(default)]
    pub(crate) stated: Vec<NamedStated>,
    /// Sentences after them that are true only where a rule found something.
    #[serde(default)]
    pub(crate) where_found: Vec<WhereFound>,
    #[serde(flatten)]
    pub(crate) kind: Kind,
}

/// A sentence about what a rule finds, which may link to its findings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhereFound {
    pub(crate) rule: String,
    pub(crate) text: String,
}

/// A figure of England that a sentence names: its newest value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedFigure {
    pub(crate) name: String,
    pub(crate) dataset: String,
    pub(crate) indicator: String,
    /// The oldest value and not the newest.
    #[serde(default)]
    pub(crate) is_oldest: bool,
    /// Of a single month and not of a year.
    #[serde(default)]
    pub(crate) by_month: bool,
    /// The value a year before the newest, and not the newest.
    #[serde(default)]
    pub(crate) is_year_before: bool,
    /// Another indicator of England that has to have a value in the same period.
    pub(crate) together_with: Option<String>,
    /// The group that it is of, where it is not of everyone: the newest year of it.
    pub(crate) of: Option<CategoryName>,
}

/// A figure of England that is stated elsewhere than in a file, and that a sentence names: its newest value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedStated {
    pub(crate) name: String,
    pub(crate) measure: String,
    /// The group that it is of; none where it is of all.
    pub(crate) category: Option<String>,
}

/// A group of a breakdown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryName {
    pub(crate) breakdown: String,
    pub(crate) category: String,
}

/// What a block draws under its sentences. `Lead` kinds follow the series that has the whole pathway.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The answer in a few sentences, by a wording file.
    Answer(Answered),
    /// Sentences and nothing else.
    Text(Nothing),
    /// Recovery over each of the four bases.
    Bases(Nothing),
    /// Recovery over each of the four bases, every year of both series.
    Years(Nothing),
    /// From referral to recovery, with every way out.
    Flow(Nothing),
    /// The groups of the pathway's own file, as folded tables.
    Groups(GroupNames),
    /// Of a hundred referrals.
    Hundred(PartList),
    /// All that ended in its parts, a bar for each year.
    PartsByYear(PartList),
    /// Short lines, each a figure with a link.
    Stories(StoryList),
    /// Small charts over the years.
    Panels(PanelList),
    /// Some indicators of England in every year, as a folded table.
    Table(IndicatorList),
    /// A bar for each of some indicators of England, the largest first.
    Shares(ShareList),
    /// A bar for each group of a breakdown of England, and other indicators of it in a table.
    ByCategory(CategoryList),
    /// England since the series began.
    LongSeries(LongSeries),
    /// How many organisations of a level meet a target, and which do not.
    Targets(TargetList),
    /// Short points.
    Points(PointList),
    /// What a rule found in the newest period, England first.
    Found(FoundList),
    /// Figures that are stated elsewhere than in a file, as a table, and who states them.
    Stated(StatedList),
    /// What the figures of the page lack, year by year, after the declared points.
    NotHeld(PointList),
    /// What each indicator of the page says.
    Definitions(SourceList),
    /// Words and what they mean.
    Glossary(PointList),
    /// What is done about a practice, each with what shows it.
    Practices(PracticeList),
    /// Where a search starts.
    Search(Nothing),
    /// Whose publications the figures are from.
    Publishers(Nothing),
    /// The same, and every release with its checksum.
    Provenance(Nothing),
    /// What is odd about single releases.
    ReleaseNotes(Nothing),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    pub(crate) wording: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupNames {
    /// Groups of the pathway's file, by id.
    pub(crate) groups: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartList {
    /// The finding, a template over the figures of the block.
    pub(crate) title: String,
    /// In the order in which they are drawn; they add up to the whole.
    pub(crate) part: Vec<WayPart>,
    /// What the whole is, where it is not all referrals that ended.
    pub(crate) own: Option<OwnWhole>,
}

/// A whole of a dataset.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnWhole {
    pub(crate) dataset: String,
    /// One sentence: what is divided, and by what.
    pub(crate) subtitle: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoryList {
    pub(crate) story: Vec<Story>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PanelList {
    pub(crate) dataset: String,
    pub(crate) subtitle: String,
    /// The indicator that the title speaks of.
    pub(crate) lead: String,
    pub(crate) panel: Vec<Panel>,
    /// Single months and not years.
    #[serde(default)]
    pub(crate) by_month: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndicatorList {
    pub(crate) dataset: String,
    pub(crate) indicators: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareList {
    pub(crate) dataset: String,
    /// The finding, a template over the figures of the block.
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) panel: Vec<Panel>,
    /// Of the newest single month and not of the newest year.
    #[serde(default)]
    pub(crate) by_month: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryList {
    pub(crate) dataset: String,
    pub(crate) breakdown: String,
    /// The finding, a template over the figures of the block.
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// What a group is called over the table: `Therapy`.
    pub(crate) head: String,
    /// What is drawn.
    pub(crate) indicator: String,
    /// The count that its denominator is, over the table.
    pub(crate) counted: String,
    /// What stands beside it in the table.
    #[serde(default)]
    pub(crate) table: Vec<String>,
    /// Groups with a smaller denominator are in the table and not drawn.
    #[serde(default)]
    pub(crate) floor: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetList {
    pub(crate) dataset: String,
    pub(crate) level: String,
    pub(crate) panel: Vec<Panel>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PointList {
    #[serde(default)]
    pub(crate) points: Vec<Point>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatedList {
    pub(crate) measures: Vec<String>,
    /// The only breakdown that is shown; every one where none is said.
    pub(crate) breakdown: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PracticeList {
    pub(crate) practice: Vec<Practice>,
}

/// A practice, and how it is met.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Practice {
    pub(crate) practice: String,
    pub(crate) text: String,
    /// Files of the source, with `::` and a test where one shows it; without any, it is not met.
    #[serde(default)]
    pub(crate) shown_by: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FoundList {
    pub(crate) rule: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceList {
    pub(crate) source: Vec<Source>,
}

impl Block {
    /// Whether it shows the series that has the whole pathway.
    pub(crate) fn is_of_lead(&self) -> bool {
        match &self.kind {
            Kind::Answer(_) | Kind::Bases(_) | Kind::Years(_) | Kind::Flow(_) | Kind::Groups(_) => true,
            Kind::Hundred(one) | Kind::PartsByYear(one) => one.own.is_none(),
            _ => false,
        }
    }

    fn indicators(&self) -> impl Iterator<Item = &String> {
        let of_kind: Vec<&String> = match &self.kind {
            Kind::Hundred(one) | Kind::PartsByYear(one) => {
                one.part.iter().map(|part| &part.indicator).collect()
            }
            Kind::Stories(one) => one.story.iter().map(|story| &story.indicator).collect(),
            Kind::Panels(one) => one.panel.iter().map(|panel| &panel.indicator).chain([&one.lead]).collect(),
            Kind::Table(one) => one.indicators.iter().collect(),
            Kind::Shares(one) => one.panel.iter().map(|panel| &panel.indicator).collect(),
            Kind::ByCategory(one) => [&one.indicator].into_iter().chain(&one.table).collect(),
            Kind::LongSeries(one) => one.panel.iter().map(|panel| &panel.indicator).collect(),
            Kind::Targets(one) => one.panel.iter().map(|panel| &panel.indicator).collect(),
            _ => Vec::new(),
        };
        let of_figures =
            self.figure.iter().flat_map(|one| [&one.indicator].into_iter().chain(&one.together_with));
        of_figures.chain(of_kind)
    }
}

/// The groups of a pathway's file that a block names, in the order in which it names them.
pub(crate) fn named<'g>(groups: &'g [Group], names: &'g [String]) -> impl Iterator<Item = &'g Group> {
    names.iter().filter_map(|name| groups.iter().find(|group| group.id == *name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_and_test_that_shows_a_practice_is_there() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = fs_err::read_to_string(checkout.join("reports/pages/blocks/trust.toml")).unwrap();
        let page: BlockPage = toml::from_str(&text).unwrap();
        let lists = page.block.iter().filter_map(|block| match &block.kind {
            Kind::Practices(list) => Some(&list.practice),
            _ => None,
        });
        let practices: Vec<&Practice> = lists.flatten().collect();
        let mut n_shown = 0;
        for named in practices.iter().flat_map(|practice| &practice.shown_by) {
            let (file, test) =
                named.split_once("::").map_or((named.as_str(), None), |(file, test)| (file, Some(test)));
            let text = fs_err::read_to_string(checkout.join(file))
                .unwrap_or_else(|error| panic!("{named}: {error}"));
            if let Some(test) = test {
                let is_test =
                    |lines: &[&str]| lines[0].contains("test]") && lines[1].contains(&format!("fn {test}("));
                let lines: Vec<&str> = text.lines().collect();
                assert!(lines.windows(2).any(is_test), "{named} is not a test");
            }
            n_shown += 1;
        }
        // Fourteen principles, five practices of the baseline, eight of silver and four of gold.
        assert_eq!(practices.len(), 14 + 5 + 8 + 4);
        assert!(n_shown > 30, "{n_shown}");
    }
}
