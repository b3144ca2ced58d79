//! Where the figures of the pages have an address: the page `explore` leads there.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{FigureName, Project};
use serde::Serialize;

/// Pages on which figures have an address, each by indicator, kind of period, level and breakdown; of several the first by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Homes {
    /// The page.
    pages: BTreeMap<String, String>,
    /// A page that shows the figure, where it has an address on none.
    shown: BTreeMap<String, String>,
    /// Figures that the page of their own place has.
    places: BTreeSet<String>,
}

impl Homes {
    /// Those of one page, whose path is from the root of the site: the ids that are the name of a figure, and what is shown elsewhere.
    pub(super) fn of(page: &str, html: &str, project: &Project) -> Self {
        let addressed = figures_in(html, " id=\"", project);
        if page.starts_with("areas/") {
            return Self { places: addressed.collect(), ..Self::default() };
        }
        let at_page = |figure| (figure, page.to_owned());
        Self {
            pages: addressed.map(at_page).collect(),
            shown: figures_in(html, "data-figure=\"", project).map(at_page).collect(),
            places: BTreeSet::new(),
        }
    }

    /// Adds those of another page.
    pub(super) fn add(&mut self, other: Self) {
        self.places.extend(other.places);
        for (all, more) in [(&mut self.pages, other.pages), (&mut self.shown, other.shown)] {
            for (figure, page) in more {
                let first = all.entry(figure).or_insert_with(|| page.clone());
                if page < *first {
                    *first = page;
                }
            }
        }
    }

    /// Those of all pages so far.
    pub(super) fn complete(&self) -> Self {
        let mut complete = self.clone();
        complete.shown.retain(|figure, _| !complete.pages.contains_key(figure));
        complete
    }
}

/// The figures that an attribute names in a page, each as indicator, kind of period, level and breakdown.
fn figures_in<'a>(
    page: &'a str,
    attribute: &'a str,
    project: &'a Project,
) -> impl Iterator<Item = String> + 'a {
    let values = page
        .match_indices(attribute)
        .filter_map(|(at, found)| page.get(at + found.len()..)?.split('"').next());
    values.filter_map(|figure| {
        let name = FigureName::read(figure)?;
        let FigureName { indicator, level, breakdown, .. } = name;
        project.indicators.get(indicator)?;
        Some(format!("{indicator}.{}.{level}.{breakdown}", name.period_kind()?.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_by_name_is_the_home_in_whatever_order_they_come() {
        let page = |name: &str, addressed: &[&str], shown: &[&str]| {
            let at =
                |figures: &[&str]| figures.iter().map(|one| (one.to_string(), name.to_owned())).collect();
            Homes { pages: at(addressed), shown: at(shown), places: BTreeSet::new() }
        };
        let pages =
            || [page("waits", &["a"], &["b"]), page("index", &["a"], &["b", "c"]), page("data", &["c"], &[])];
        let together = |pages: Vec<Homes>| {
            let mut all = Homes::default();
            for one in pages {
                all.add(one);
            }
            all.complete()
        };
        let all = together(pages().into());
        assert_eq!(all, together(pages().into_iter().rev().collect()));
        let at = |figure: &str, page: &str| BTreeMap::from([(figure.to_owned(), page.to_owned())]);
        assert_eq!(all.pages, [at("a", "index"), at("c", "data")].into_iter().flatten().collect());
        assert_eq!(all.shown, at("b", "index"));
    }
}
