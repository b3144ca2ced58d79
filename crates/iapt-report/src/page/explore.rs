//! The page on which readers choose what to see: what there is to choose from, for its script.

use std::collections::{BTreeMap, BTreeSet};

use iapt_chart::format::ONE_DECIMAL_FROM;
use iapt_model::{Indicator, IndicatorRow, SeriesType};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Page, Site,
    homes::Homes,
    shared::{Shared, last_day},
};
use crate::{
    Error,
    declared::{ExploreWords, Mark},
    escape::{clean, script_json},
    readings::Subject,
};

#[derive(Serialize)]
struct ExploreContext<'a> {
    title: &'a str,
    lead: &'a [String],
    without_scripts: &'a str,
    indicator: &'a str,
}

/// What the script begins with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    edition: String,
    figures_to: &'a str,
    /// Where the site will be served; empty where that is not known.
    address: &'a str,
    first: &'a str,
    /// The denominator from which a percentage has a decimal.
    one_decimal_from: f64,
    words: &'a ExploreWords,
    marks: &'a [Mark],
    indicators: Vec<Value>,
    /// The categories of a breakdown, in order.
    categories: BTreeMap<&'a str, Vec<String>>,
    /// Codes under which a place has earlier figures, by level and code.
    earlier: BTreeMap<String, Vec<&'a str>>,
    /// What was found about an organisation, by dataset, period, level and code: where a page says it, and what it says.
    flags: BTreeMap<String, [String; 2]>,
    /// The files of figures, without ending: `recovery_rate`, `recovery_rate.month.provider`.
    files: Vec<&'a str>,
    homes: &'a Homes,
}

/// How many characters of a checksum name an edition.
const EDITION_LENGTH: usize = 12;

impl<'a> Site<'a> {
    /// What the edition is called in addresses: the month that its figures reach, and the beginning of their checksum.
    pub(super) fn edition(&self) -> Result<String, Error> {
        let days = self.input.releases.iter().map(|release| last_day(&release.reporting_period));
        let days = days.collect::<Result<Vec<_>, _>>()?;
        let month = days.iter().max().map(|day| day.format("%Y-%m").to_string()).unwrap_or_default();
        let checksum: String = self.input.edition.chars().take(EDITION_LENGTH).collect();
        Ok(format!("{month}.{checksum}"))
    }

    /// Adds the page and the list that its script begins with.
    pub(crate) fn explore(&self) -> Result<(), Error> {
        let declared = &self.pages.explore;
        let shared = self.shared_of(&declared.datasets, &declared.title, &declared.description)?;
        let project = self.input.project;
        let mut categories: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in self.input.indicators.iter().filter(|row| row.breakdown != "total") {
            categories.entry(&row.breakdown).or_default().insert(&row.category);
        }
        let in_order = |(breakdown, names): (&'a str, BTreeSet<&'a str>)| {
            let mut names: Vec<&str> = names.into_iter().collect();
            names.sort_by_key(|name| project.categories.order(breakdown, name).unwrap_or(u32::MAX));
            (breakdown, names.into_iter().map(clean).collect())
        };
        let earlier = self.areas.iter().filter_map(|area| {
            let codes = self.areas.earlier_codes(area);
            (!codes.is_empty()).then(|| (format!("{}.{}", area.level, area.org_code), codes))
        });
        let has_figures: BTreeSet<&str> =
            self.input.indicators.iter().map(|row| row.indicator.as_str()).collect();
        let indicators = project.indicators.iter().filter(|one| has_figures.contains(one.name.as_str()));
        let files = self
            .input
            .table_files
            .iter()
            .filter_map(|file| file.strip_prefix("figures/")?.strip_suffix(".js"));
        let homes = self.made().homes.complete();
        let index = Index {
            edition: self.edition()?,
            figures_to: shared.figures_to(),
            address: self.input.site_address.unwrap_or_default(),
            first: &declared.indicator,
            one_decimal_from: ONE_DECIMAL_FROM,
            words: &declared.words,
            marks: &self.pages.site.mark,
            indicators: indicators.map(|one| self.described_indicator(one)).collect(),
            categories: categories.into_iter().map(in_order).collect(),
            earlier: earlier.collect(),
            flags: self.flags(),
            files: files.collect(),
            homes: &homes,
        };
        let script = format!("window.iaptExplore = {};\n", script_json(&index)?);
        self.put("site/assets/explore-index.js", script.as_bytes())?;
        let context = ExploreContext {
            title: &declared.title,
            lead: &declared.lead,
            without_scripts: &declared.without_scripts,
            indicator: &declared.indicator,
        };
        let html = self.engine.render("explore.html.j2", Page { site: &shared, page: context })?;
        self.put_page("explore.html", &html)
    }

    /// What the page shares with all others, of the datasets that have figures.
    fn shared_of(&self, datasets: &'a [String], title: &str, description: &str) -> Result<Shared, Error> {
        let mut readings = Vec::new();
        for name in datasets {
            readings.extend(self.readings_if_any(name)?.map(|readings| (name.as_str(), readings)));
        }
        let missing = || Error::NothingToReport { dataset: datasets.join(", ") };
        let ((dataset, first), others) = readings.split_first().ok_or_else(missing)?;
        let shared = self.shared("explore", (title, description), dataset, first)?;
        self.with_sources(shared, others.iter().map(|(name, readings)| (*name, &**readings)))
    }

    /// An indicator as the script knows it.
    pub(super) fn described_indicator(&self, one: &Indicator) -> Value {
        let definition = self.definition(one);
        let breaks = self.input.project.series_breaks.iter().filter(|found| match found.series_type {
            SeriesType::All => true,
            SeriesType::Indicator => found.series.as_ref() == Some(&one.name),
            SeriesType::Measure => one.reads().any(|(measure, _)| found.series.as_deref() == Some(measure)),
        });
        let breaks = breaks.map(|found| {
            json!({
                "first_period": found.first_period.to_string(),
                "comparability": found.comparability.as_str(),
                "note": found.note,
            })
        });
        json!({
            "indicator": one.name,
            "theme": one.theme,
            "label": one.label,
            "unit": one.unit,
            "definition": one.definition,
            "numerator": definition.numerator,
            "denominator": definition.denominator,
            "source": one.source,
            "across_cohorts": one.across_cohorts,
            "target": one.target,
            "series_breaks": breaks.collect::<Vec<_>>(),
        })
    }

    /// What stands beside the numbers of organisations, as on every page.
    fn flags(&self) -> BTreeMap<String, [String; 2]> {
        let subject = |row: &'a IndicatorRow| {
            (row.dataset.as_str(), row.reporting_period.as_str(), row.level.as_str(), row.org_code.as_str())
        };
        let subjects: BTreeSet<_> = self.input.indicators.iter().map(subject).collect();
        let flags = subjects.into_iter().filter_map(|(dataset, period, level, org_code)| {
            let flag = self.flag("", dataset, Subject { level, org_code }, period)?;
            Some((format!("{dataset}.{period}.{level}.{org_code}"), [flag.anchor, flag.reason]))
        });
        flags.collect()
    }
}
