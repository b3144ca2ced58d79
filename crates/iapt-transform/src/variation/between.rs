//! What lies between: periods (persistence), areas (decomposition), and two indicators (association).

use std::collections::BTreeMap;

use iapt_model::{AssociationRow, DecompositionRow, Indicator, Period, PersistenceRow, Project, Ustr};
use iapt_statistics::{
    Decomposition, Persistence, Proportion, Z_95, decompose, pearson, spearman, spearman_interval,
};

use super::group::{Floor, Group, number};
use crate::part::Part;

/// Every group of a part with the same one of the period before, at each floor.
///
/// Organisations are matched by code: a new code is a new organisation here, so a re-drawing of areas shows as
/// organisations in one period only. A type of organisation that was renamed goes on under its next name.
pub(super) fn persistence(project: &Project, groups: &[Group<'_>], part: &Part) -> Vec<PersistenceRow> {
    // In the order of parts, so that rows do not depend on how these are cut.
    let mut by_key: BTreeMap<[Ustr; 4], BTreeMap<&str, &Group<'_>>> = BTreeMap::new();
    for group in groups {
        let Some(row) = group.entries.first().map(|entry| entry.row) else { continue };
        let key = [row.dataset, row.reporting_period, row.level, row.indicator];
        by_key.entry(key).or_default().insert(&row.org_type, group);
    }
    let mut rows = Vec::new();
    for ([dataset, period, level, indicator], second_types) in
        by_key.iter().filter(|([dataset, period, ..], _)| part.has(dataset, period))
    {
        let Ok(period) = period.parse::<Period>() else { continue };
        let before = period.previous().to_string().into();
        let Some(first_types) = by_key.get(&[*dataset, before, *level, *indicator]) else { continue };
        for (org_type, first) in first_types {
            if let Some(second) = goes_on_as(org_type, first_types, second_types) {
                let row = |floor: &Floor| persistence_row(project, first, second, *floor);
                rows.extend(Floor::ALL.iter().filter_map(row));
            }
        }
    }
    rows
}

/// The group that a type of organisation is in the next period: that of its name, else the only one of a new name, where it
/// is the only one that ends.
fn goes_on_as<T: Copy>(
    org_type: &str,
    first_types: &BTreeMap<&str, T>,
    second_types: &BTreeMap<&str, T>,
) -> Option<T> {
    if let Some(second) = second_types.get(org_type) {
        return Some(*second);
    }
    let mut ending = first_types.keys().filter(|one| !second_types.contains_key(*one));
    let mut new = second_types.iter().filter(|(one, _)| !first_types.contains_key(*one));
    match (ending.next(), ending.next(), new.next(), new.next()) {
        (Some(_), None, Some((_, second)), None) => Some(*second),
        _ => None,
    }
}

fn persistence_row(
    project: &Project,
    first: &Group<'_>,
    second: &Group<'_>,
    floor: Floor,
) -> Option<PersistenceRow> {
    let rates = |group: &Group<'_>| -> BTreeMap<&str, Proportion> {
        let counted = group.counted(floor).into_iter();
        counted.filter_map(|(row, counted)| Some((row.org_code.as_str(), counted.proportion?))).collect()
    };
    let (in_first, in_second) = (rates(first), rates(second));
    let matched = in_first.keys().filter(|code| in_second.contains_key(*code)).count();
    let (row, next) = (first.entries.first()?.row, second.entries.first()?.row);
    if in_first.is_empty() || in_second.is_empty() {
        return None;
    }
    let found = Persistence::between(&in_first, &in_second).ok();
    Some(PersistenceRow {
        dataset: row.dataset,
        org_type: row.org_type,
        level: row.level,
        indicator: row.indicator,
        first_period: row.reporting_period,
        second_period: next.reporting_period,
        period_kind: next.period_kind,
        minimum_denominator: floor.minimum_denominator(project),
        n_matched: number(matched),
        n_first_only: number(in_first.len() - matched),
        n_second_only: number(in_second.len() - matched),
        spearman: found.map(|found| found.spearman),
        pearson: found.map(|found| found.pearson),
        reliability_first: found.map(|found| found.reliability_first),
        reliability_second: found.map(|found| found.reliability_second),
        pearson_disattenuated: found.and_then(|found| found.pearson_disattenuated),
        n_top_fifth: found.map(|found| number(found.top_fifth)),
        n_top_fifth_kept: found.map(|found| number(found.top_fifth_kept)),
    })
}

/// One row for every level of areas that lies above the organisations of the group.
pub(super) fn decompositions(project: &Project, group: &Group<'_>) -> Vec<DecompositionRow> {
    let Some(entry) = group.entries.first() else { return Vec::new() };
    let levels = project.organisations.levels_above(&entry.row.level);
    levels.filter_map(|grouped_by| decomposition(project, group, grouped_by)).collect()
}

fn decomposition(project: &Project, group: &Group<'_>, grouped_by: &str) -> Option<DecompositionRow> {
    let row = group.entries.first()?.row;
    let counted = group.counted(Floor::Nothing);
    let members: Vec<(String, Proportion)> = counted
        .iter()
        .filter_map(|(row, counted)| {
            let area = project.organisations.area_above(&row.level, &row.org_code, grouped_by)?;
            Some((area.to_owned(), counted.proportion?))
        })
        .collect();
    // Where each lies alone in its area, nothing tells the two apart.
    let is_divided = |found: &Decomposition| 1 < found.groups && found.groups < found.organisations;
    let found = decompose(&members).ok().filter(is_divided)?;
    Some(DecompositionRow {
        dataset: row.dataset,
        reporting_period: row.reporting_period,
        period_kind: row.period_kind,
        level: row.level,
        org_type: row.org_type,
        indicator: row.indicator,
        grouped_by: grouped_by.into(),
        n_groups: number(found.groups),
        n_organisations: number(found.organisations),
        n_ungrouped: number(counted.len() - members.len()),
        total: found.total,
        between: found.between,
        within: found.within,
        chance_total: found.chance_total,
        chance_between: found.chance_between,
        chance_within: found.chance_within,
        share_between_with_chance: found.share_between_with_chance(),
        share_between: found.share_between(),
        chance_share: found.chance_share(),
    })
}

/// Every outcome against every indicator of the themes that outcomes are held against, in one level and period.
pub(super) fn associations(project: &Project, groups: &[&Group<'_>]) -> Vec<AssociationRow> {
    let mut by_level: BTreeMap<[Ustr; 4], Vec<&Group<'_>>> = BTreeMap::new();
    for group in groups {
        let Some(row) = group.entries.first().map(|entry| entry.row) else { continue };
        let key = [row.dataset, row.reporting_period, row.level, row.org_type];
        by_level.entry(key).or_default().push(group);
    }
    let mut rows = Vec::new();
    for groups in by_level.values() {
        let of = |themes: &[String]| -> Vec<(&Group<'_>, BTreeMap<&str, f64>)> {
            let wanted = groups.iter().filter(|group| themes.contains(&group.indicator.theme));
            wanted.map(|group| (*group, rates(group))).collect()
        };
        let outcomes = of(std::slice::from_ref(&project.indicators.outcome_theme));
        for (predictor, rates) in of(&project.indicators.predictor_themes) {
            rows.extend(outcomes.iter().filter_map(|(outcome, other_rates)| {
                association(project, (predictor, &rates), (outcome, other_rates))
            }));
        }
    }
    rows
}

/// Whether a count is in the numerators of both indicators.
fn shares_numerator(one: &Indicator, other: &Indicator) -> bool {
    one.numerator.iter().any(|term| other.numerator.iter().any(|counted| counted.measure == term.measure))
}

fn rates<'a>(group: &Group<'a>) -> BTreeMap<&'a str, f64> {
    let counted = group.counted(Floor::Headline).into_iter();
    counted.map(|(row, counted)| (row.org_code.as_str(), counted.rate)).collect()
}

/// A group with the rates of its organisations, by code.
type Rates<'g, 'a> = (&'g Group<'a>, &'g BTreeMap<&'g str, f64>);

fn association(
    project: &Project,
    (group, rates): Rates<'_, '_>,
    (other, other_rates): Rates<'_, '_>,
) -> Option<AssociationRow> {
    let row = group.entries.first()?.row;
    let pairs: Vec<(f64, f64)> =
        rates.iter().filter_map(|(code, rate)| Some((*rate, *other_rates.get(code)?))).collect();
    // Three points are the fewest that can fail to lie on a line.
    if pairs.len() < 3 {
        return None;
    }
    let spearman = spearman(&pairs).ok()?;
    let interval = spearman_interval(spearman, pairs.len(), Z_95).ok();
    Some(AssociationRow {
        dataset: row.dataset,
        reporting_period: row.reporting_period,
        period_kind: row.period_kind,
        level: row.level,
        org_type: row.org_type,
        indicator: group.indicator.name.as_str().into(),
        other_indicator: other.indicator.name.as_str().into(),
        shares_numerator: shares_numerator(group.indicator, other.indicator),
        minimum_denominator: project.indicators.minimum_denominator,
        n_organisations: number(pairs.len()),
        n_with_one_only: number(rates.len() + other_rates.len() - 2 * pairs.len()),
        spearman,
        spearman_low: interval.map(|interval| interval.low),
        spearman_high: interval.map(|interval| interval.high),
        pearson: pearson(&pairs).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_goes_on_under_its_name_or_as_the_only_new_one() {
        let types = |names: &[&'static str]| -> BTreeMap<&'static str, &'static str> {
            names.iter().map(|name| (*name, *name)).collect()
        };
        let check = |first: &[&'static str], second: &[&'static str], expected: &[Option<&str>]| {
            let (first, second) = (types(first), types(second));
            let found: Vec<_> = first.keys().map(|name| goes_on_as(name, &first, &second)).collect();
            assert_eq!(found, expected, "{first:?} {second:?}");
        };
        check(&["STP"], &["STP"], &[Some("STP")]);
        check(&["STP"], &["ICB"], &[Some("ICB")]);
        // Two types on one level, each by itself.
        check(&["CCG", "SubICB"], &["CCG", "SubICB"], &[Some("CCG"), Some("SubICB")]);
        check(&["CCG", "SubICB"], &["CCG", "Place"], &[Some("CCG"), Some("Place")]);
        check(&["CCG"], &["CCG", "SubICB"], &[Some("CCG")]);
        // Nothing says which of two new types a type became.
        check(&["CCG"], &["Place", "SubICB"], &[None]);
        check(&["CCG", "SubICB"], &["Place"], &[None, None]);
    }
}
