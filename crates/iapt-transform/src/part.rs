//! The parts that the SQL over the tidy table is run in, so that memory does not grow with the years.
//!
//! Every derived row is of one dataset and one period, and none looks at another period. So the same SQL runs over a few
//! periods at a time, in the order that the table has, and what is held is the largest part, not all of them. Of the indicators of a
//! period that is large alone it runs over some at a time.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{Period, PeriodKind, ReleaseRow};

/// Cells that are derived from at once, unless one period alone has more: some hundred MiB of groups.
pub const CELLS_AT_ONCE: u64 = 400_000;

/// Each division of a part is planned by itself, which takes a twentieth of a second.
const MOST_DIVIDED: usize = 4;

/// Some periods of some datasets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    periods: Vec<(String, String)>,
    /// Whether there is no other part.
    is_all: bool,
    /// Cells of its periods that are more than a month: those of a month are of no groups of people.
    n_cells_of_years: u64,
}

impl Part {
    /// Everything of these releases.
    pub(crate) fn of<'a>(releases: impl Iterator<Item = &'a ReleaseRow>) -> Self {
        let period = |release: &ReleaseRow| (release.dataset.clone(), release.reporting_period.clone());
        Self { periods: releases.map(period).collect(), ..Self::default() }
    }

    /// Everything but single months.
    pub(crate) fn but_months(releases: &[ReleaseRow]) -> Self {
        Self::of(releases.iter().filter(|release| !is_month(&release.reporting_period)))
    }

    /// All parts as one.
    pub(crate) fn together<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.periods.extend(part.periods.iter().cloned());
            all.is_all |= part.is_all;
            all.n_cells_of_years += part.n_cells_of_years;
        }
        all
    }

    /// Into how many the indicators of the part are divided, so that twice so many cells are worked on at once: each has so many
    /// groups of people in each indicator that those of a larger year would take a gibibyte together.
    pub(crate) fn n_divided(&self, at_once: u64) -> usize {
        let n = self.n_cells_of_years.div_ceil(at_once.saturating_mul(2).max(1));
        usize::try_from(n).unwrap_or(MOST_DIVIDED).clamp(1, MOST_DIVIDED)
    }

    /// Whether a period of a dataset is in it.
    pub(crate) fn has(&self, dataset: &str, period: &str) -> bool {
        self.periods.iter().any(|(one, own)| one == dataset && own == period)
    }

    /// Its periods, one for each dataset that has it.
    pub(crate) fn periods(&self) -> impl Iterator<Item = &str> {
        self.periods.iter().map(|(_, period)| period.as_str())
    }

    /// Whether a period of a dataset is in both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.periods.iter().any(|(dataset, period)| other.has(dataset, period))
    }

    /// Whether a period in it comes next to one of the same dataset in the other.
    pub(crate) fn follows(&self, other: &Self) -> bool {
        let before = |period: &str| period.parse::<Period>().map(|period| period.previous().to_string());
        self.periods.iter().any(|(dataset, period)| before(period).is_ok_and(|one| other.has(dataset, &one)))
    }

    /// Whether something of a dataset in it lies in a year.
    pub(crate) fn has_of_year(&self, dataset: &str, year: &str) -> bool {
        let Ok(year) = year.parse::<Period>() else { return false };
        let lies_in =
            |period: Period| period.start_date() <= year.end_date() && period.end_date() >= year.start_date();
        let of_dataset = self.periods.iter().filter(|(one, _)| one == dataset);
        of_dataset.filter_map(|(_, period)| period.parse().ok()).any(lies_in)
    }

    /// Whether anything in it is about more than a single month.
    pub(crate) fn has_years(&self) -> bool {
        self.periods.iter().any(|(_, period)| !is_month(period))
    }

    /// Whether there is a single month in it.
    pub(crate) fn has_months(&self) -> bool {
        self.periods.iter().any(|(_, period)| is_month(period))
    }

    /// Dataset and period of what is published in it about more than a single month.
    pub(crate) fn published_years(&self, releases: &[ReleaseRow]) -> impl Iterator<Item = [&str; 2]> {
        let published = move |dataset: &str, period: &str| {
            releases.iter().any(|release| release.dataset == dataset && release.reporting_period == period)
        };
        let years = self.periods.iter().filter(|(_, period)| !is_month(period));
        years
            .map(|(dataset, period)| [dataset.as_str(), period])
            .filter(move |[dataset, period]| published(dataset, period))
    }

    /// The part as an SQL condition on `dataset` and `reporting_period`.
    pub(crate) fn condition(&self) -> String {
        if self.is_all {
            return "TRUE".to_owned();
        }
        if self.periods.is_empty() {
            return "FALSE".to_owned();
        }
        let mut by_dataset: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (dataset, period) in &self.periods {
            by_dataset.entry(dataset).or_default().push(format!("'{period}'"));
        }
        let of = |(dataset, periods): (&str, Vec<String>)| {
            format!("(dataset = '{dataset}' AND reporting_period IN ({}))", periods.join(", "))
        };
        let conditions: Vec<String> = by_dataset.into_iter().map(of).collect();
        conditions.join(" OR ")
    }
}

/// Whether a period is a single month: organisations are not compared by one, and statistics do not use it.
pub(crate) fn is_month(period: &str) -> bool {
    period.parse::<Period>().is_ok_and(|period| period.period_kind() == PeriodKind::Month)
}

/// What has to be in one part, and how many cells that is.
#[derive(Default)]
struct Unit {
    part: Part,
    n_cells: u64,
}

impl Unit {
    fn add(&mut self, other: Self) {
        self.part.periods.extend(other.part.periods);
        self.part.n_cells_of_years += other.part.n_cells_of_years;
        self.n_cells += other.n_cells;
    }
}

/// Parts of what is published by the year or the month and of the sums of months, which `sums` has counted by dataset and year.
/// The datasets in `repeats` print again what others print and are in none.
pub(crate) fn by_period(
    releases: &[ReleaseRow],
    sums: &[(String, String, u64)],
    repeats: &BTreeSet<&str>,
    at_once: u64,
) -> Vec<Part> {
    let mut units: BTreeMap<(&str, &str), Unit> = BTreeMap::new();
    let is_repeat = |release: &&ReleaseRow| repeats.contains(release.dataset.as_str());
    for release in releases.iter().filter(|release| !is_repeat(release)) {
        units.entry((&release.dataset, &release.reporting_period)).or_default().n_cells +=
            release.n_applicable();
    }
    for (dataset, period, n_sums) in sums {
        units.entry((dataset, period)).or_default().n_cells += n_sums;
    }
    let unit = |((dataset, period), mut unit): ((&str, &str), Unit)| {
        unit.part.periods.push((dataset.to_owned(), period.to_owned()));
        unit.part.n_cells_of_years = if is_month(period) { 0 } else { unit.n_cells };
        unit
    };
    without(releases, repeats, together(units.into_iter().map(unit), at_once))
}

/// Parts of which each has every month of the financial years that it has any of. The datasets in `repeats` print again what
/// others print and are in none, so that nothing is added up twice.
pub(crate) fn by_financial_year(
    releases: &[ReleaseRow],
    repeats: &BTreeSet<&str>,
    at_once: u64,
) -> Vec<Part> {
    // Sorted by date within each dataset.
    let mut spans: BTreeMap<(&str, i32, i32, &str), u64> = BTreeMap::new();
    let is_repeat = |release: &&ReleaseRow| repeats.contains(release.dataset.as_str());
    for release in releases.iter().filter(|release| !is_repeat(release)) {
        let Ok(period) = release.reporting_period.parse::<Period>() else { continue };
        let (first, last) = period.financial_years();
        *spans.entry((&release.dataset, first, last, &release.reporting_period)).or_default() +=
            release.n_applicable();
    }
    let mut units: Vec<(&str, i32, Unit)> = Vec::new();
    for ((dataset, first, last, period), n_cells) in spans {
        let periods = vec![(dataset.to_owned(), period.to_owned())];
        let own = Unit { part: Part { periods, ..Part::default() }, n_cells };
        match units.last_mut() {
            Some((other, end, unit)) if *other == dataset && first <= *end => {
                *end = last.max(*end);
                unit.add(own);
            }
            _ => units.push((dataset, last, own)),
        }
    }
    without(releases, repeats, together(units.into_iter().map(|(_, _, unit)| unit), at_once))
}

/// The only part is not all that there is where datasets are left out.
fn without(releases: &[ReleaseRow], repeats: &BTreeSet<&str>, mut parts: Vec<Part>) -> Vec<Part> {
    if releases.iter().any(|release| repeats.contains(release.dataset.as_str())) {
        for part in &mut parts {
            part.is_all = false;
        }
    }
    parts
}

/// Units in their order, as many in a part as are small enough together; one part where there are none.
fn together(units: impl Iterator<Item = Unit>, at_once: u64) -> Vec<Part> {
    let mut parts = vec![Unit::default()];
    for unit in units {
        match parts.last_mut() {
            Some(last) if last.n_cells == 0 || last.n_cells + unit.n_cells <= at_once => last.add(unit),
            _ => parts.push(unit),
        }
    }
    let is_all = parts.len() == 1;
    parts.into_iter().map(|unit| Part { is_all, ..unit.part }).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn releases(texts: &[(&str, &str, u64)]) -> Vec<ReleaseRow> {
        let release = |(dataset, period, n_cells): &(&str, &str, u64)| ReleaseRow {
            dataset: (*dataset).to_owned(),
            reporting_period: (*period).to_owned(),
            period_kind: period.parse::<Period>().unwrap().period_kind().as_str().to_owned(),
            n_reported: *n_cells,
            ..ReleaseRow::default()
        };
        texts.iter().map(release).collect()
    }

    fn written(parts: &[Part]) -> String {
        parts.iter().map(|part| part.condition() + "\n").collect()
    }

    fn check_years(texts: &[(&str, &str, u64)], sums: &[(&str, &str, u64)], expected: &Expect) {
        let sums: Vec<_> =
            sums.iter().map(|(dataset, year, n)| ((*dataset).to_owned(), (*year).to_owned(), *n)).collect();
        let repeats = ["again"].into();
        expected.assert_eq(&written(&by_period(&releases(texts), &sums, &repeats, CELLS_AT_ONCE)));
    }

    /// The dataset `again` repeats others.
    fn check_months(texts: &[(&str, &str, u64)], expected: &Expect) {
        let repeats = ["again"].into();
        expected.assert_eq(&written(&by_financial_year(&releases(texts), &repeats, CELLS_AT_ONCE)));
    }

    #[test]
    fn what_repeats_another_dataset_is_in_no_part() {
        check_months(
            &[("again", "2021-04--2022-04", 10), ("m", "2021-04", 10)],
            &expect![[r"
                (dataset = 'm' AND reporting_period IN ('2021-04'))
            "]],
        );
        check_months(
            &[("again", "2021-04--2022-04", 10)],
            &expect![[r"
                FALSE
            "]],
        );
    }

    #[test]
    fn small_periods_are_one_part() {
        check_years(
            &[("b", "2018-19", 10), ("a", "2017-18", 10), ("b", "2017-18", 10), ("m", "2021-04", 99)],
            &[("m", "2021-22", 5)],
            &expect![[r"
                TRUE
            "]],
        );
        check_years(
            &[],
            &[],
            &expect![[r"
                TRUE
            "]],
        );
    }

    #[test]
    fn a_part_follows_one_with_the_period_before() {
        let part = |dataset: &str, period: &str| Part::of(releases(&[(dataset, period, 1)]).iter());
        let check = |of: (&str, &str), other: (&str, &str), expected: bool| {
            assert_eq!(part(of.0, of.1).follows(&part(other.0, other.1)), expected, "{of:?} {other:?}");
        };
        check(("a", "2018-19"), ("a", "2017-18"), true);
        check(("a", "2018-19"), ("b", "2017-18"), false);
        check(("a", "2018-19"), ("a", "2018-19"), false);
        check(("a", "2018-19"), ("a", "2016-17"), false);
        check(("a", "2017-18"), ("a", "2018-19"), false);
    }

    #[test]
    fn a_period_that_is_large_is_a_part() {
        check_years(
            &[
                ("a", "2018-19", 300_000),
                ("b", "2017-18", 10),
                ("a", "2017-18", 900_000),
                ("m", "2021-04", 900_000),
            ],
            &[("m", "2021-22", 100_001)],
            &expect![[r"
                (dataset = 'a' AND reporting_period IN ('2017-18'))
                (dataset = 'a' AND reporting_period IN ('2018-19')) OR (dataset = 'b' AND reporting_period IN ('2017-18'))
                (dataset = 'm' AND reporting_period IN ('2021-04'))
                (dataset = 'm' AND reporting_period IN ('2021-22'))
            "]],
        );
    }

    #[test]
    fn the_months_of_a_financial_year_stay_together() {
        check_months(
            &[("m", "2022-03", 300_000), ("m", "2021-04", 300_000), ("m", "2022-04", 300_000)],
            &expect![[r"
                (dataset = 'm' AND reporting_period IN ('2021-04', '2022-03'))
                (dataset = 'm' AND reporting_period IN ('2022-04'))
            "]],
        );
        // A file of several months can hold those of two years, which are then one.
        check_months(
            &[
                ("m", "2019-02--2020-02", 300_000),
                ("m", "2018-05", 300_000),
                ("m", "2020-03", 1),
                ("n", "2018-05", 300_000),
            ],
            &expect![[r"
                (dataset = 'm' AND reporting_period IN ('2018-05', '2019-02--2020-02', '2020-03'))
                (dataset = 'n' AND reporting_period IN ('2018-05'))
            "]],
        );
    }
}
