//! What the publisher's rounding and suppression leave open: bounds for every cell.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{Cell, Period, Statistic, ValueStatus};

/// The closed interval that a true value lies in, given what was printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The smallest true value that would have been printed so.
    pub low: f64,
    /// The largest true value that would have been printed so.
    pub high: f64,
}

/// A publisher's rule of rounding and suppression, as declared in `dataset.toml`.
///
/// For NHS England's sub-national counts: below 5 suppressed, then rounded to the nearest 5. So `*` is 0 to 4, a
/// printed 5 is 5 to 7 (3 and 4 were suppressed before rounding), and a larger number is two either side.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureRule {
    /// Organisation types printed exactly, such as England.
    exact_org_types: BTreeSet<String>,
    /// Counts below this are suppressed; also the multiple that the others are rounded to.
    count_rounded_to: u32,
    /// Half the last printed place of a rounded percentage, in percentage points.
    percentage_half_width: f64,
    /// Half the last printed place of an exact organisation's percentage, in percentage points.
    exact_percentage_half_width: f64,
    /// Periods in which exact organisations had counts rounded, and to what multiple.
    #[serde(default)]
    exact_count_rounded_to: BTreeMap<Period, u32>,
    /// That multiple in the period that the rule was asked for.
    #[serde(skip)]
    exact_multiple: Option<u32>,
}

impl DisclosureRule {
    /// Whether counts of this published organisation type are printed as they are.
    #[must_use]
    pub fn is_exact(&self, org_type: &str) -> bool {
        self.exact_org_types.contains(org_type)
    }

    /// What counts of this published organisation type are rounded to; none where they are printed as they are.
    #[must_use]
    pub fn counts_rounded_to(&self, org_type: &str) -> Option<u32> {
        (!self.is_exact(org_type)).then_some(self.count_rounded_to)
    }

    /// Half the last printed place of this published organisation type's percentages, in percentage points.
    #[must_use]
    pub fn half_width_of_percentages(&self, org_type: &str) -> f64 {
        if self.is_exact(org_type) { self.exact_percentage_half_width } else { self.percentage_half_width }
    }

    /// The rule as it was in a period.
    #[must_use]
    pub fn in_period(&self, period: Period) -> Self {
        let exact_multiple = self.exact_count_rounded_to.get(&period).copied();
        // Other periods are left out, so that a change to one of them does not make this one stale.
        Self { exact_multiple, exact_count_rounded_to: BTreeMap::new(), ..self.clone() }
    }

    /// The bounds of one cell; `None` where nothing was measured, or where the rule says nothing about the number.
    ///
    /// The rule says nothing about means and their like, sums and extremes, nor about a rounded count that is no multiple of the
    /// declared one: such a count contradicts the rule, so no bounds are claimed for it.
    #[must_use]
    pub fn bounds(&self, cell: Cell, statistic: Statistic, is_exact: bool) -> Option<Bounds> {
        match (statistic, cell) {
            (Statistic::Count, Cell::Reported(count)) if is_exact => Some(self.exact_count(count)),
            (Statistic::Count, Cell::Reported(count)) => rounded_count(count, self.count_rounded_to.into()),
            (Statistic::Count, Cell::Withheld(ValueStatus::Suppressed)) => {
                Some(Bounds { low: 0.0, high: f64::from(self.count_rounded_to) - 1.0 })
            }
            (Statistic::Percentage, Cell::Reported(percentage)) => {
                let half =
                    if is_exact { self.exact_percentage_half_width } else { self.percentage_half_width };
                let [low, high] = [percentage - half, percentage + half].map(without_noise);
                Some(Bounds { low: low.max(0.0), high: high.min(100.0) })
            }
            (_, Cell::Withheld(_))
            | (
                Statistic::Mean
                | Statistic::Median
                | Statistic::Sum
                | Statistic::Min
                | Statistic::Max
                | Statistic::Deviation
                | Statistic::Effect,
                _,
            ) => None,
        }
    }

    /// A count that is a multiple of what its period was rounded to may have been; any other was not.
    fn exact_count(&self, count: f64) -> Bounds {
        let half = match self.exact_multiple.map(f64::from) {
            Some(multiple) if count % multiple == 0.0 => multiple / 2.0,
            Some(_) | None => 0.0,
        };
        Bounds { low: (count - half).max(0.0), high: count + half }
    }
}

/// What a count of people may have been that was withheld below a multiple, and else rounded to it; none where it is no multiple.
pub(crate) fn rounded_count(count: f64, multiple: f64) -> Option<Bounds> {
    let half = ((multiple - 1.0) / 2.0).floor();
    if count < multiple || count % multiple != 0.0 {
        return None;
    }
    Some(Bounds { low: (count - half).max(multiple), high: count + half })
}

/// A number of few decimals without the noise of binary fractions: 65.1 and 0.05 are 65.15, not 65.149 999 999 999 99.
fn without_noise(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: Cell, statistic: Statistic, is_exact: bool, expected: Option<(f64, f64)>) {
        check_in("2017-18", cell, statistic, is_exact, expected);
    }

    fn check_in(
        period: &str,
        cell: Cell,
        statistic: Statistic,
        is_exact: bool,
        expected: Option<(f64, f64)>,
    ) {
        let rule = DisclosureRule {
            exact_org_types: BTreeSet::from(["England".to_owned()]),
            count_rounded_to: 5,
            percentage_half_width: 0.5,
            exact_percentage_half_width: 0.05,
            exact_count_rounded_to: [("2012-13".parse().unwrap(), 10)].into(),
            exact_multiple: None,
        };
        let rule = rule.in_period(period.parse().unwrap());
        let bounds = rule.bounds(cell, statistic, is_exact).map(|bounds| (bounds.low, bounds.high));
        assert_eq!(bounds, expected, "{cell:?} {statistic:?} exact: {is_exact}");
    }

    #[test]
    fn rounded_counts_are_bounded_as_the_publisher_rounds() {
        let star = Cell::Withheld(ValueStatus::Suppressed);
        check(star, Statistic::Count, false, Some((0.0, 4.0)));
        check(Cell::Reported(5.0), Statistic::Count, false, Some((5.0, 7.0)));
        check(Cell::Reported(10.0), Statistic::Count, false, Some((8.0, 12.0)));
        check(Cell::Reported(16_035.0), Statistic::Count, false, Some((16_033.0, 16_037.0)));
    }

    #[test]
    fn a_count_that_contradicts_the_rule_has_no_bounds() {
        check(Cell::Reported(12.0), Statistic::Count, false, None);
        check(Cell::Reported(0.0), Statistic::Count, false, None);
    }

    #[test]
    fn exact_organisations_are_exact() {
        check(Cell::Reported(263_295.0), Statistic::Count, true, Some((263_295.0, 263_295.0)));
        check(Cell::Reported(3.0), Statistic::Count, true, Some((3.0, 3.0)));
    }

    #[test]
    fn exact_counts_are_bounded_in_a_period_that_rounded_them() {
        check_in("2012-13", Cell::Reported(54_430.0), Statistic::Count, true, Some((54_425.0, 54_435.0)));
        check_in("2012-13", Cell::Reported(883_968.0), Statistic::Count, true, Some((883_968.0, 883_968.0)));
        check_in("2013-14", Cell::Reported(54_430.0), Statistic::Count, true, Some((54_430.0, 54_430.0)));
        check_in("2012-13", Cell::Reported(54_430.0), Statistic::Count, false, Some((54_428.0, 54_432.0)));
    }

    #[test]
    fn percentages_are_bounded_by_their_last_place_and_the_rest_by_nothing() {
        check(Cell::Reported(17.0), Statistic::Percentage, false, Some((16.5, 17.5)));
        check(Cell::Reported(100.0), Statistic::Percentage, false, Some((99.5, 100.0)));
        check(Cell::Reported(6.8), Statistic::Mean, false, None);
        for status in [ValueStatus::NotApplicable, ValueStatus::NoActivity, ValueStatus::Missing] {
            check(Cell::Withheld(status), Statistic::Count, false, None);
        }
        check(Cell::Withheld(ValueStatus::Suppressed), Statistic::Percentage, false, None);
    }
}
