//! Pages fitted to the figures that are held: a mirror of the months, or of the first years alone, has every page that its
//! data can make, and none that would be empty.

use super::{Pages, PathwayPage};
use crate::Input;

impl Pages {
    /// Takes the figures of pages whose dataset has none from another one, and leaves out what no row is of.
    pub(crate) fn fit(&mut self, input: &Input) {
        for home in [self.index.dataset.clone(), self.attrition.dataset.clone()] {
            if let Some(other) = stand_in_for(input, &home) {
                self.take_from(&home, other);
            }
        }
        self.leave_out(input);
    }

    /// Makes the pages of a dataset without figures those of another one.
    fn take_from(&mut self, without_figures: &str, other: &str) {
        for dataset in [
            &mut self.index.dataset,
            &mut self.variation.dataset,
            &mut self.areas.dataset,
            &mut self.inequality.dataset,
            &mut self.methods.dataset,
            &mut self.claims.dataset,
            &mut self.data_quality.dataset,
            &mut self.data.dataset,
            &mut self.changes.dataset,
        ] {
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
        let Self { index, attrition, months, two_indicators, variation, inequality, site, .. } = self;
        let dataset = &variation.dataset;
        let varies = |indicator: &String| {
            input.spread.iter().any(|row| row.dataset == *dataset && row.indicator == *indicator)
        };
        variation.indicators.retain(varies);
        variation.level.retain(|section| {
            input.spread.iter().any(|row| row.dataset == *dataset && row.level == section.level)
        });
        let dataset = &inequality.dataset;
        let groups = || input.analysis.inequality.iter().filter(|row| row.dataset == *dataset);
        inequality.indicators.retain(|indicator| groups().any(|row| row.indicator == *indicator));
        inequality.breakdown.retain(|section| groups().any(|row| row.breakdown == section.breakdown));
        let has_figures = |dataset: &str| input.indicators.iter().any(|row| row.dataset == dataset);
        let (has_attrition, has_months) = (has_figures(&attrition.dataset), has_figures(&months.dataset));
        let has_pairs = input.analysis.association.iter().any(|row| {
            row.dataset == two_indicators.dataset
                && row.level == two_indicators.level
                && (&row.indicator, &row.other_indicator) == (&two_indicators.x, &two_indicators.y)
        });
        let has_areas = input.indicators.iter().any(|row| row.level != "england");
        site.page.retain(|entry| match entry.slug.as_str() {
            slug if slug == attrition.slug => has_attrition,
            slug if slug == months.slug => has_months,
            "regional-variation" => !variation.indicators.is_empty(),
            "inequality" => !inequality.indicators.is_empty(),
            "areas" => has_areas,
            "two-indicators" => has_pairs,
            _ => true,
        });
        // The first page leads to the page of the pathway that there is.
        for (from, to, is_made) in
            [(&*attrition, &*months, has_attrition), (&*months, &*attrition, has_months)]
        {
            for story in index.story.iter_mut().filter(|story| story.page == from.slug && !is_made) {
                story.page.clone_from(&to.slug);
                let anchor = story.anchor.strip_prefix(&from.prefix).unwrap_or(&story.anchor);
                story.anchor = to.chart(anchor);
            }
        }
        index.story.retain(|story| site.page.iter().any(|entry| story.page.starts_with(&entry.slug)));
    }

    /// The page of the pathway of a dataset.
    pub(crate) fn pathway_of(&self, dataset: &str) -> &PathwayPage {
        if self.months.dataset == dataset { &self.months } else { &self.attrition }
    }
}

/// The dataset whose figures the pages of a dataset without any are made of: the one with the newest.
fn stand_in_for<'a>(input: &Input<'a>, dataset: &str) -> Option<&'a str> {
    if input.indicators.iter().any(|row| row.dataset == dataset) {
        return None;
    }
    let newest = input.indicators.iter().max_by_key(|row| (&row.reporting_period, &row.dataset));
    newest.map(|row| row.dataset.as_str())
}
