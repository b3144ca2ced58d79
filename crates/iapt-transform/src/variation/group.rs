//! The row rule: which organisations of a level are in its statistics, and why the others are not.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{Family, Indicator, IndicatorRow, Project};
use iapt_statistics::Proportion;

/// The least denominator of the headline: below it chance is most of what differs.
pub(super) const HEADLINE_FLOOR: f64 = 100.0;

/// The floors that every spread is given for: every organisation, and the headline.
pub(super) const FLOORS: [f64; 2] = [0.0, HEADLINE_FLOOR];

/// One indicator of the organisations of one type in one period.
pub(super) struct Group<'a> {
    /// The indicator.
    pub(super) indicator: &'a Indicator,
    /// England's own row.
    pub(super) england: Option<&'a IndicatorRow>,
    /// Every organisation, in order of code and name.
    pub(super) entries: Vec<Entry<'a>>,
}

/// One row of a group: in the statistics, or left out.
pub(super) struct Entry<'a> {
    pub(super) row: &'a IndicatorRow,
    pub(super) outcome: Result<Counted, LeftOut>,
}

/// What an organisation brings into the statistics.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// Percent, or the unit of an average.
    pub(super) rate: f64,
    /// Its counts; none for averages and for ratios across cohorts, of which chance says nothing.
    pub(super) proportion: Option<Proportion>,
    /// What the floor is held against.
    denominator: Option<f64>,
}

impl Counted {
    /// Whether the floor lets it in; it does not apply to averages.
    pub(super) fn reaches(self, floor: f64) -> bool {
        self.denominator.is_none_or(|denominator| denominator >= floor)
    }
}

/// Why an organisation is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// The publisher did not know the organisation.
    Unknown,
    /// A commissioning hub.
    Hub,
    /// Not the first row of its code.
    Duplicate,
    /// A count that is needed is withheld.
    Suppressed,
    /// More events than people, or no people.
    Impossible,
    /// No value for the reason in its status.
    WithoutValue,
}

impl LeftOut {
    /// The word in the table.
    pub(super) fn word(self, row: &IndicatorRow) -> String {
        match self {
            Self::Unknown => "unknown".to_owned(),
            Self::Hub => "hub".to_owned(),
            Self::Duplicate => "duplicate".to_owned(),
            Self::Suppressed => "suppressed".to_owned(),
            Self::Impossible => "impossible".to_owned(),
            Self::WithoutValue => row.value_status.clone(),
        }
    }
}

/// Groups the totals of organisations, in order of their keys.
///
/// England itself is no member of a group but beside each one.
pub(super) fn groups<'a>(project: &'a Project, totals: &'a [IndicatorRow]) -> Vec<Group<'a>> {
    let mut england = BTreeMap::new();
    let mut by_key: BTreeMap<[&str; 5], Vec<&IndicatorRow>> = BTreeMap::new();
    for row in totals {
        let [dataset, period, indicator] = [&row.dataset, &row.reporting_period, &row.indicator];
        if row.level == "england" {
            england.insert([dataset, period, indicator], row);
        } else {
            by_key.entry([dataset, period, &row.level, &row.org_type, indicator]).or_default().push(row);
        }
    }
    let group = |(_, mut rows): (_, Vec<&'a IndicatorRow>)| {
        rows.sort_by(|left, right| (&left.org_code, &left.org_name).cmp(&(&right.org_code, &right.org_name)));
        let first = rows.first()?;
        let indicator = project.indicators.get(&first.indicator)?;
        let england = england.get(&[&first.dataset, &first.reporting_period, &first.indicator]).copied();
        let mut codes = BTreeSet::new();
        let mut entry = |row: &'a IndicatorRow| {
            let is_first = is_somewhere(row).is_none() && codes.insert(&row.org_code);
            Entry { row, outcome: outcome(indicator, row, is_first) }
        };
        Some(Group { indicator, england, entries: rows.into_iter().map(&mut entry).collect() })
    };
    by_key.into_iter().filter_map(group).collect()
}

/// Why a row is no organisation, if it is none.
fn is_somewhere(row: &IndicatorRow) -> Option<LeftOut> {
    match row.org_kind.as_str() {
        "unknown" => Some(LeftOut::Unknown),
        "hub" => Some(LeftOut::Hub),
        _ => None,
    }
}

fn outcome(indicator: &Indicator, row: &IndicatorRow, is_first: bool) -> Result<Counted, LeftOut> {
    if let Some(reason) = is_somewhere(row) {
        return Err(reason);
    }
    if !is_first {
        return Err(LeftOut::Duplicate);
    }
    match (indicator.family, row.numerator, row.denominator) {
        (Family::Average, _, _) => {
            let rate = row.value.ok_or(LeftOut::WithoutValue)?;
            Ok(Counted { rate, proportion: None, denominator: None })
        }
        (Family::Ratio, Some(numerator), Some(denominator)) => {
            if row.value_status == "conflicting" {
                return Err(LeftOut::WithoutValue);
            }
            let is_share = indicator.across_cohorts.is_none();
            let proportion = Proportion::new(numerator, denominator).ok().filter(|_| is_share);
            if denominator <= 0.0 || (is_share && proportion.is_none()) {
                return Err(LeftOut::Impossible);
            }
            let rate = 100.0 * numerator / denominator;
            Ok(Counted { rate, proportion, denominator: Some(denominator) })
        }
        (Family::Ratio, _, _) => Err(why_without_counts(row)),
    }
}

/// A published percentage may stand in for withheld counts on a page, but nothing can be computed from it.
fn why_without_counts(row: &IndicatorRow) -> LeftOut {
    match row.value_status.as_str() {
        "suppressed" | "reported" => LeftOut::Suppressed,
        _ => LeftOut::WithoutValue,
    }
}

impl<'a> Group<'a> {
    /// The organisations in the statistics, in order of code.
    pub(super) fn counted(&self, floor: f64) -> Vec<(&'a IndicatorRow, Counted)> {
        let entries = self.entries.iter().filter_map(|entry| Some((entry.row, entry.outcome.as_ref().ok()?)));
        entries.map(|(row, counted)| (row, *counted)).filter(|(_, counted)| counted.reaches(floor)).collect()
    }

    /// Their counts.
    pub(super) fn proportions(&self, floor: f64) -> Vec<Proportion> {
        self.counted(floor).into_iter().filter_map(|(_, counted)| counted.proportion).collect()
    }

    /// How many are left out for a reason.
    pub(super) fn n_left_out(&self, reason: LeftOut) -> u32 {
        let is_left = |entry: &&Entry<'_>| entry.outcome.as_ref().err() == Some(&reason);
        number(self.entries.iter().filter(is_left).count())
    }
}

/// A count as the tables hold it.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
