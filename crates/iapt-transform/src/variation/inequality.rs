//! Inequality: an indicator across the groups of one breakdown, for every organisation that has them.

use std::collections::BTreeMap;

use iapt_model::{GroupComparison, Indicator, IndicatorRow, InequalityGroupRow, InequalityRow, Project};
use iapt_statistics::{Inequality, Interval, Proportion, Ridit, Z_95, compare, newcombe, ridits, wilson};

use super::{group::number, organisations::percent};

/// The groups of one breakdown of one indicator of one organisation.
struct Groups<'a> {
    comparison: GroupComparison,
    /// Nothing of a ratio across cohorts rests on chance.
    is_share: bool,
    /// In their declared order.
    groups: Vec<Member<'a>>,
    /// Everyone, where they have a row.
    whole: Option<&'a IndicatorRow>,
}

struct Member<'a> {
    row: &'a IndicatorRow,
    order: u32,
    is_stated: bool,
    proportion: Option<Proportion>,
}

/// One table of groups and one of breakdowns of one dataset and period, in the order of their keys.
pub(super) fn tables(
    project: &Project,
    totals: &[&IndicatorRow],
    broken_down: &[IndicatorRow],
) -> (Vec<InequalityGroupRow>, Vec<InequalityRow>) {
    let whole: BTreeMap<[&str; 5], &IndicatorRow> = totals.iter().map(|row| (key(row), *row)).collect();
    let mut by_breakdown: BTreeMap<([&str; 5], &str), Vec<Member<'_>>> = BTreeMap::new();
    for row in broken_down {
        let order = project.categories.order(&row.breakdown, &row.category).unwrap_or(u32::MAX);
        let is_stated = project.categories.is_stated(&row.breakdown, &row.category);
        let counts = row.numerator.zip(row.denominator);
        let proportion = counts.and_then(|(events, total)| Proportion::new(events, total).ok());
        by_breakdown.entry((key(row), &row.breakdown)).or_default().push(Member {
            row,
            order,
            is_stated,
            proportion,
        });
    }
    let (mut group_rows, mut rows) = (Vec::new(), Vec::new());
    for ((key, breakdown), mut groups) in by_breakdown {
        let declared = project.breakdowns.iter().find(|declared| declared.breakdown == breakdown);
        let comparison = declared.map_or(GroupComparison::None, |declared| declared.compared_by);
        groups.sort_by_key(|member| (member.order, &member.row.category));
        let is_share = project.indicators.get(key[4]).is_some_and(Indicator::is_share);
        let breakdown = Groups { comparison, is_share, groups, whole: whole.get(&key).copied() };
        group_rows.extend(breakdown.group_rows());
        if matches!(comparison, GroupComparison::Gradient | GroupComparison::Gap) {
            rows.extend(breakdown.row(project.indicators.minimum_denominator));
        }
    }
    (group_rows, rows)
}

fn key(row: &IndicatorRow) -> [&str; 5] {
    [&row.dataset, &row.reporting_period, &row.org_type, &row.org_code, &row.indicator]
}

impl Groups<'_> {
    fn has_gradient(&self) -> bool {
        self.comparison == GroupComparison::Gradient
    }

    fn stated(&self) -> impl Iterator<Item = (&Member<'_>, Proportion)> {
        let stated = self.groups.iter().filter(|member| member.is_stated);
        stated.filter_map(|member| Some((member, member.proportion?)))
    }

    fn group_rows(&self) -> Vec<InequalityGroupRow> {
        let everyone: f64 = self.stated().map(|(_, own)| own.total()).sum();
        let whole = self.whole.and_then(|row| row.value);
        let places: Vec<Proportion> = self.stated().map(|(_, own)| own).collect();
        let mut places = if self.has_gradient() { ridits(&places) } else { Vec::new() }.into_iter();
        let row = |member: &Member<'_>| {
            let counted = member.proportion.filter(|_| member.is_stated);
            let ridit = counted.and_then(|_| places.next());
            let share = counted.map(|own| 100.0 * own.total() / everyone);
            let row = member.group_row(whole, share, ridit);
            if self.is_share {
                row
            } else {
                InequalityGroupRow { interval_low: None, interval_high: None, comparison: None, ..row }
            }
        };
        self.groups.iter().map(row).collect()
    }

    fn row(&self, floor: f64) -> Option<InequalityRow> {
        let first = self.groups.first()?.row;
        let floor = if self.has_gradient() { 0.0 } else { floor };
        let compared: Vec<(&Member<'_>, Proportion)> =
            self.stated().filter(|(_, own)| own.total() >= floor).collect();
        let by_rate = |left: &&(&Member<'_>, Proportion), right: &&(&Member<'_>, Proportion)| {
            left.1.rate().total_cmp(&right.1.rate())
        };
        let (lowest, highest) = (compared.iter().min_by(by_rate)?, compared.iter().max_by(by_rate)?);
        if compared.len() < 2 {
            return None;
        }
        let n_stated = self.groups.iter().filter(|member| member.is_stated).count();
        let mut row = InequalityRow {
            dataset: first.dataset,
            reporting_period: first.reporting_period,
            period_kind: first.period_kind,
            level: first.level,
            org_type: first.org_type,
            org_code: first.org_code,
            org_name: first.org_name,
            indicator: first.indicator,
            breakdown: first.breakdown,
            n_groups: number(compared.len()),
            n_suppressed: number(n_stated - self.stated().count()),
            n_below_floor: number(self.stated().count() - compared.len()),
            minimum_denominator: floor,
            not_stated_share: self.not_stated_share(),
            lowest_category: lowest.0.row.category,
            lowest: Some(percent(lowest.1.rate())),
            highest_category: highest.0.row.category,
            highest: Some(percent(highest.1.rate())),
            ..InequalityRow::default()
        };
        if self.has_gradient() {
            // Deciles stand in an order, so a gap between the ends means nothing unless every one is there.
            if row.n_suppressed > 0 {
                return None;
            }
            let deciles: Vec<Proportion> = compared.into_iter().map(|(_, own)| own).collect();
            fill_deprivation(&mut row, &Inequality::across(&deciles).ok()?);
        } else {
            fill_gap(&mut row, highest.1.rate() - lowest.1.rate(), newcombe(highest.1, lowest.1, Z_95));
            row.ratio = (lowest.1.events() > 0.0).then(|| highest.1.rate() / lowest.1.rate());
        }
        if !self.is_share {
            for value in [
                &mut row.gap_low,
                &mut row.gap_high,
                &mut row.slope_standard_error,
                &mut row.slope_low,
                &mut row.slope_high,
                &mut row.relative_low,
                &mut row.relative_high,
            ] {
                *value = None;
            }
        }
        Some(row)
    }

    /// Some breakdowns print those whose group is not stated, others leave them out: they are who is missing from everyone.
    fn not_stated_share(&self) -> Option<f64> {
        let everyone = self.whole.and_then(|row| row.denominator).filter(|everyone| *everyone > 0.0)?;
        let stated = self.groups.iter().filter(|member| member.is_stated);
        let stated: f64 = stated.map(|member| member.row.denominator).sum::<Option<f64>>()?;
        Some(100.0 * (everyone - stated).max(0.0) / everyone)
    }
}

impl Member<'_> {
    fn group_row(&self, whole: Option<f64>, share: Option<f64>, ridit: Option<Ridit>) -> InequalityGroupRow {
        let row = self.row;
        let interval = self.proportion.map(|own| wilson(own, Z_95));
        let compared = self.proportion.filter(|_| self.is_stated).zip(whole);
        let comparison = compared.map(|(own, whole)| compare(own, whole / 100.0));
        InequalityGroupRow {
            dataset: row.dataset,
            reporting_period: row.reporting_period,
            period_kind: row.period_kind,
            level: row.level,
            org_type: row.org_type,
            org_code: row.org_code,
            org_name: row.org_name,
            indicator: row.indicator,
            breakdown: row.breakdown,
            category: row.category,
            category_order: self.order,
            is_stated: self.is_stated,
            numerator: row.numerator,
            denominator: row.denominator,
            value: row.value,
            value_status: row.value_status,
            rate: self.proportion.map(|own| percent(own.rate())),
            interval_low: interval.map(|interval| percent(interval.low)),
            interval_high: interval.map(|interval| percent(interval.high)),
            whole,
            comparison: comparison.map(|comparison| comparison.label().into()),
            share,
            ridit: ridit.map(|ridit| ridit.midpoint),
        }
    }
}

fn fill_gap(row: &mut InequalityRow, gap: f64, interval: Interval) {
    [row.gap, row.gap_low, row.gap_high] = [gap, interval.low, interval.high].map(percent).map(Some);
}

fn fill_deprivation(row: &mut InequalityRow, found: &Inequality) {
    fill_gap(row, found.gap, found.gap_interval);
    row.ratio = found.ratio;
    [row.most_deprived, row.least_deprived] =
        [found.rate_most_deprived, found.rate_least_deprived].map(percent).map(Some);
    [row.slope_index, row.slope_standard_error, row.intercept] =
        [found.slope_index, found.slope_standard_error, found.intercept].map(percent).map(Some);
    [row.slope_low, row.slope_high] =
        [found.slope_interval.low, found.slope_interval.high].map(percent).map(Some);
    if let Some(relative) = &found.relative_index {
        [row.relative_index, row.relative_low, row.relative_high] =
            [relative.value, relative.interval.low, relative.interval.high].map(Some);
    }
    if let Some(logit) = &found.logit {
        row.logit_slope_index = Some(percent(logit.slope_index));
        row.logit_relative_index = Some(logit.relative_index);
        row.logit_intercept = Some(percent(logit.intercept));
    }
    row.linearity = found.linearity;
}
