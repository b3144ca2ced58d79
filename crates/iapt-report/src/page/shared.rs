//! What every page carries: navigation, where the figures come from, the signs in place of numbers.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use iapt_chart::format::count;
use iapt_model::{Dataset, Measure, Period, ReleaseRow, Term};
use serde::Serialize;

use super::Site;
use crate::{
    Error,
    declared::{Mark, NavigationEntry},
    download,
    escape::clean,
    readings::{Readings, is_embedded},
};

/// The part of a page's context that is the same on every page.
#[derive(Clone, Serialize)]
pub(crate) struct Shared {
    /// The way to the root of the site.
    root: String,
    title: String,
    subject: String,
    /// The pages of the line at the top.
    navigation: Vec<Entry>,
    /// The pages that only the footer leads to.
    footer: Vec<Entry>,
    /// Where the site is served, with a slash at its end; empty where that is not known.
    address: String,
    /// The month to which the page's figures reach: `March 2026`.
    figures_to: String,
    /// The day on which texts and declared releases were last changed: `26 November 2026`.
    updated: String,
    /// Who made the pages.
    maker: String,
    /// Where readers may write; empty where that is not declared.
    contact: String,
    slug: String,
    page_title: String,
    description: String,
    /// One line about the project's own table of published figures; empty where the publisher's files were read.
    notice: String,
    /// What that table lacks; empty where it lacks nothing.
    lacks: String,
    marks: Vec<Mark>,
    source: Source,
    /// Whose figures the page has beside those.
    also: Vec<Source>,
}

#[derive(Clone, Serialize)]
struct Entry {
    slug: String,
    label: String,
    is_current: bool,
    is_site_only: bool,
}

/// Whose figures they are.
#[derive(Clone, Serialize)]
pub(super) struct Source {
    pub(super) dataset: String,
    pub(super) title: String,
    pub(super) publisher: String,
    pub(super) attribution: String,
    pub(super) licence: String,
    pub(super) licence_url: String,
    pub(super) landing_page: String,
    /// `2017-18 to 2024-25`.
    pub(super) periods: String,
}

/// A measure that the project's own table lacks.
#[derive(Serialize)]
struct Lack {
    label: String,
    periods: String,
}

#[derive(Serialize)]
struct Notice {
    periods: String,
    is_every_period: bool,
    lacks: Vec<Lack>,
}

impl Shared {
    /// The month to which the page's figures reach.
    pub(super) fn figures_to(&self) -> &str {
        &self.figures_to
    }

    /// The same for a page whose figures reach to another month.
    pub(super) fn with_figures_to(self, figures_to: String) -> Self {
        Self { figures_to, ..self }
    }

    /// The same for another page that is found under the same entry of the navigation.
    pub(super) fn at(&self, root: &'static str, title: &str, description: &str) -> Self {
        Self {
            root: root.to_owned(),
            page_title: title.to_owned(),
            description: description.to_owned(),
            ..self.clone()
        }
    }
}

impl<'a> Site<'a> {
    /// The shared part of one page.
    pub(super) fn shared(
        &self,
        slug: &str,
        (title, description): (&str, &str),
        dataset: &str,
        readings: &Readings,
    ) -> Result<Shared, Error> {
        let site = &self.pages.site;
        let entries = |is_in_footer: bool| {
            let pages =
                site.page.iter().filter(|page| page.is_in_footer == is_in_footer && !page.is_left_out);
            let entry = |page: &NavigationEntry| Entry {
                slug: page.slug.clone(),
                label: page.label.clone(),
                is_current: page.slug == slug,
                is_site_only: page.is_site_only,
            };
            pages.map(entry).collect()
        };
        let address = self.input.site_address.unwrap_or_default().to_owned();
        let source = self.dataset(dataset).map(|dataset| source(dataset, readings));
        let (notice, lacks) = self.notice(dataset, readings)?;
        let updated = site.updated.parse::<NaiveDate>();
        let updated = updated.map_or_else(|_| site.updated.clone(), |day| day.format(DAY).to_string());
        Ok(Shared {
            // The page for what is not there is shown at whatever address was asked for.
            root: if slug == NOT_FOUND { address.clone() } else { String::new() },
            title: site.title.clone(),
            subject: site.subject.clone(),
            navigation: entries(false),
            footer: entries(true),
            address,
            figures_to: self.figures_to(&[dataset])?,
            updated,
            maker: site.maker.clone(),
            contact: site.contact.clone().unwrap_or_default(),
            slug: slug.to_owned(),
            page_title: title.to_owned(),
            description: description.to_owned(),
            notice,
            lacks,
            marks: site.mark.clone(),
            source: source.ok_or_else(|| Error::NothingToReport { dataset: dataset.to_owned() })?,
            also: Vec::new(),
        })
    }

    /// The same for a page that has figures of other datasets too.
    pub(super) fn with_sources<'r>(
        &self,
        shared: Shared,
        others: impl IntoIterator<Item = (&'r str, &'r Readings<'a>)>,
    ) -> Result<Shared, Error>
    where
        'a: 'r,
    {
        let mut datasets = vec![shared.source.dataset.as_str()];
        let mut also = Vec::new();
        for (name, readings) in others {
            datasets.push(name);
            also.extend(self.dataset(name).map(|dataset| source(dataset, readings)));
        }
        Ok(Shared { figures_to: self.figures_to(&datasets)?, also, ..shared })
    }

    /// The same for a page that is about all datasets, and not about the one whose table of figures it names.
    pub(super) fn of_every_dataset(&self, shared: Shared) -> Result<Shared, Error> {
        let datasets: Vec<&str> = self.input.releases.iter().map(|row| row.dataset.as_str()).collect();
        Ok(Shared { figures_to: self.figures_to(&datasets)?, ..shared })
    }

    /// The last month that the releases of some datasets cover.
    fn figures_to(&self, datasets: &[&str]) -> Result<String, Error> {
        let releases = self.input.releases.iter().filter(|row| datasets.contains(&row.dataset.as_str()));
        last_month(releases.map(|row| row.reporting_period.as_str()))
    }

    /// The sentence under a chart: who published its figures.
    pub(super) fn credit(&self, dataset: &str, readings: &Readings) -> Result<String, Error> {
        let source = self.dataset(dataset).map(|dataset| source(dataset, readings));
        self.engine.words("credit", Credit { source, is_embedded: !readings.embedded().is_empty() })
    }

    /// What is said of the project's own table of published figures, and of what it lacks.
    fn notice(&self, dataset: &str, readings: &Readings) -> Result<(String, String), Error> {
        let embedded = readings.embedded();
        if embedded.is_empty() {
            return Ok((String::new(), String::new()));
        }
        let notice = Notice {
            periods: ranges(readings, &embedded.iter().copied().collect()),
            is_every_period: embedded.len() == readings.periods().len(),
            lacks: self.lacks(dataset, readings, &embedded),
        };
        Ok((self.engine.words("embedded", &notice)?, self.engine.words("embedded-lacks", &notice)?))
    }

    /// The measures of indicators that England lacks in periods of the project's own table.
    fn lacks(&self, dataset: &str, readings: &Readings, embedded: &[&str]) -> Vec<Lack> {
        let project = self.input.project;
        let mut lacks = Vec::new();
        if !readings.has_totals() {
            return lacks;
        }
        let published = |measure: &&Measure| {
            self.dataset(dataset).is_some_and(|one| one.crosswalk.has(&measure.measure, measure.statistic))
        };
        for measure in project.measures.iter().filter(published) {
            let is_it = |term: &Term| term.measure == measure.measure && term.statistic == measure.statistic;
            let users = project.indicators.iter().filter_map(|indicator| {
                let in_numerator = indicator.numerator.iter().any(is_it);
                let in_denominator = indicator.denominator.iter().any(is_it);
                (in_numerator || in_denominator).then_some((indicator, in_numerator, in_denominator))
            });
            let users: Vec<_> = users.collect();
            if users.is_empty() {
                continue;
            }
            let is_lacking = |period: &&&str| {
                !users.iter().any(|(indicator, in_numerator, in_denominator)| {
                    let row = readings.row(&indicator.name, readings.england(), period);
                    row.is_some_and(|row| {
                        *in_numerator
                            && (row.numerator.is_some()
                                || indicator.denominator.is_empty() && row.value.is_some())
                            || *in_denominator && row.denominator.is_some()
                    })
                })
            };
            let periods: BTreeSet<&str> = embedded.iter().filter(is_lacking).copied().collect();
            if !periods.is_empty() {
                lacks.push(Lack { label: measure.label.clone(), periods: ranges(readings, &periods) });
            }
        }
        lacks
    }

    /// Every file of every release, in order of period, dataset and edition.
    pub(super) fn releases(&self) -> Vec<&'a ReleaseRow> {
        let mut releases: Vec<_> = self.input.releases.iter().collect();
        releases.sort_by_key(|row| (&row.reporting_period, &row.dataset, row.edition, &row.source_file));
        releases
    }

    /// All that is known of them, as a download.
    pub(super) fn releases_download(&self) -> Result<String, Error> {
        self.add_file("tables/releases.csv", &download::releases(self.releases().into_iter()))
    }
}

#[derive(Serialize)]
struct Credit {
    source: Option<Source>,
    is_embedded: bool,
}

fn source(dataset: &Dataset, readings: &Readings) -> Source {
    source_of(dataset, ranges(readings, &readings.periods().iter().map(String::as_str).collect()))
}

/// Whose figures they are, of the periods as written.
pub(super) fn source_of(dataset: &Dataset, periods: String) -> Source {
    Source {
        dataset: dataset.name.clone(),
        title: dataset.title.clone(),
        publisher: dataset.publisher.clone(),
        attribution: dataset.attribution.clone(),
        licence: dataset.licence.clone(),
        licence_url: dataset.licence_url.clone(),
        landing_page: dataset.landing_page.clone(),
        periods,
    }
}

/// Periods in words: `2017-18, 2019-20 to 2024-25`.
pub(super) fn ranges(readings: &Readings, periods: &BTreeSet<&str>) -> String {
    runs(readings.periods(), periods)
}

/// Some of all periods in words, neighbours joined.
pub(super) fn runs(all: &[String], periods: &BTreeSet<&str>) -> String {
    let runs =
        all.chunk_by(|left, right| periods.contains(left.as_str()) == periods.contains(right.as_str()));
    let words =
        runs.filter(|run| run.first().is_some_and(|first| periods.contains(first.as_str()))).map(|run| {
            match run {
                [one] => one.clone(),
                [first, .., last] => format!("{first} to {last}"),
                [] => String::new(),
            }
        });
    words.collect::<Vec<_>>().join(", ")
}

/// The page that is shown where there is none.
const NOT_FOUND: &str = "404";

/// How a day is written: `31 March 2026`.
pub(super) const DAY: &str = "%-d %B %Y";

/// How a month is written: `March 2026`.
const MONTH: &str = "%B %Y";

/// A period, from the text of a table.
fn parsed(period: &str) -> Result<Period, Error> {
    period.parse().map_err(|_| Error::Period { period: period.to_owned() })
}

/// The last day of a period.
pub(super) fn last_day(period: &str) -> Result<NaiveDate, Error> {
    Ok(parsed(period)?.end_date())
}

/// The month of the end of a period: `March 2026`.
pub(super) fn month_in_words(period: &str) -> Result<String, Error> {
    Ok(last_day(period)?.format(MONTH).to_string())
}

/// The month in which the last of some periods ends.
pub(super) fn last_month<'p>(periods: impl Iterator<Item = &'p str>) -> Result<String, Error> {
    let ends = periods.map(last_day).collect::<Result<Vec<_>, _>>()?;
    Ok(ends.iter().max().map(|day| day.format(MONTH).to_string()).unwrap_or_default())
}

/// A period as sentences write it: `2026-03` as `March 2026`, a year as it is.
pub(super) fn in_words(period: &str) -> Result<String, Error> {
    if parsed(period)?.n_months() == 1 { month_in_words(period) } else { Ok(period.to_owned()) }
}

/// A whole number with commas.
pub(super) fn whole(number: u64) -> String {
    u32::try_from(number).map_or_else(|_| number.to_string(), |number| count(f64::from(number)))
}

/// Where a release's bytes came from, in words.
pub(super) fn origin(release: &ReleaseRow) -> String {
    if is_embedded(&release.source) { "built-in table".to_owned() } else { clean(&release.source) }
}
