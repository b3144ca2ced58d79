//! Pages fitted to the figures that are held: a mirror of the months, or of the first years alone, has every page that its
//! data can make, and none that would be empty.

use iapt_model::ENGLAND;

use super::{BlockPage, Pages, PathwayPage};
use crate::Input;

impl Pages {
    /// Takes the figures of pages whose dataset has none from another one, and leaves out what no row is of.
    pub(crate) fn fit(&mut self, input: &Input) {
        let is_made = |page: &BlockPage| !page.needs_its_dataset || has_years(input, &page.dataset);
        for page in self.blocks.extract_if(.., |page| !is_made(page)) {
            let entries = self.site.page.iter_mut().filter(|entry| entry.slug == page.slug);
            entries.for_each(|entry| entry.is_left_out = true);
        }
        for home in [self.months.dataset.clone(), self.attrition.dataset.clone()] {
            if let Some(other) = stand_in_for(input, &home) {
                self.take_from(&home, other);
            }
        }
        self.has_months = has_years(input, &self.months.dataset);
        self.leave_out(input);
    }

    /// Makes the pages of a dataset without figures those of another one.
    fn take_from(&mut self, without_figures: &str, other: &str) {
        for dataset in self.blocks.iter_mut().map(|page| &mut page.dataset).chain([
            &mut self.areas.dataset,
            &mut self.inequality.dataset,
            &mut self.claims.dataset,
            &mut self.data_quality.dataset,
            &mut self.data.dataset,
            &mut self.changes.dataset,
        ]) {
            if dataset == without_figures {
                other.clone_into(dataset);
            }
        }
        // The months have a page of this kind of their own.
        if self.attrition.dataset == without_figures && self.months.dataset != other {
            other.clone_into(&mut self.attrition.dataset);
        }
    }

    fn leave_out(&mut self, input: &Input) {
        let Self { compare, inequality, site, .. } = self;
        for measure in &mut compare.measure {
            let indicator = &measure.indicator;
            let varies = |dataset: &String| {
                input.spread.iter().any(|row| row.dataset == *dataset && row.indicator == *indicator)
            };
            measure.datasets =
                measure.datasets.iter().find(|dataset| varies(dataset)).cloned().into_iter().collect();
        }
        compare.measure.retain(|measure| !measure.datasets.is_empty());
        let dataset = &inequality.dataset;
        let groups = || input.analysis.inequality.iter().filter(|row| row.dataset == *dataset);
        inequality.indicators.retain(|indicator| groups().any(|row| row.indicator == *indicator));
        inequality.breakdown.retain(|section| groups().any(|row| row.breakdown == section.breakdown));
        let has_areas = input.indicators.iter().any(|row| row.level != ENGLAND);
        for entry in &mut site.page {
            entry.is_left_out = match entry.slug.as_str() {
                "compare-areas" => compare.measure.is_empty(),
                "inequality" => inequality.indicators.is_empty(),
                "areas" => !has_areas,
                _ => entry.is_left_out,
            };
        }
    }

    /// The series that has the whole pathway: the months where there are any.
    pub(crate) fn lead(&self) -> &PathwayPage {
        if self.has_months { &self.months } else { &self.attrition }
    }

    /// The other one.
    pub(crate) fn other(&self) -> &PathwayPage {
        if self.has_months { &self.attrition } else { &self.months }
    }

    /// The page of the pathway of a dataset.
    pub(crate) fn pathway_of(&self, dataset: &str) -> &PathwayPage {
        if self.months.dataset == dataset { &self.months } else { &self.attrition }
    }
}

/// The dataset whose figures the pages of a dataset without any are made of: the one with the newest.
fn stand_in_for<'a>(input: &Input<'a>, dataset: &str) -> Option<&'a str> {
    if has_years(input, dataset) {
        return None;
    }
    let of_years = input.indicators.iter().filter(|row| !row.is_month());
    let newest = of_years.max_by_key(|row| (&row.reporting_period, &row.dataset));
    newest.map(|row| row.dataset.as_str())
}

/// Whether a dataset has figures of a whole year; months alone make no page.
fn has_years(input: &Input, dataset: &str) -> bool {
    input.indicators.iter().any(|row| row.dataset == dataset && !row.is_month())
}
