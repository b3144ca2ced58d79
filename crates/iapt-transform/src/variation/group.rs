//! The organisations of a level together, as their column `standing` places them.

use std::collections::BTreeMap;

use iapt_model::{ENGLAND, Family, Indicator, IndicatorRow, Project, Standing};
use iapt_statistics::Proportion;

use crate::part::Part;

/// One indicator of the organisations of one type in one period.
pub(super) struct Group<'a> {
    /// The indicator.
    pub(super) indicator: &'a Indicator,
    /// England's own row.
    pub(super) england: Option<&'a IndicatorRow>,
    /// Every organisation, in order of code and name.
    pub(super) entries: Vec<Entry<'a>>,
}

/// One row of a group.
pub(super) struct Entry<'a> {
    pub(super) row: &'a IndicatorRow,
    pub(super) standing: Standing,
    /// What it brings into the statistics; none where it is left out.
    pub(super) counted: Option<Counted>,
}

/// What an organisation brings into the statistics.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// Percent, or the unit of an average.
    pub(super) rate: f64,
    /// Its counts; none for averages and for ratios across cohorts, of which chance says nothing.
    pub(super) proportion: Option<Proportion>,
}

/// Which of the organisations that have counts are let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Floor {
    /// Every one.
    Nothing,
    /// Those that reach the floor of the headline.
    Headline,
}

impl Floor {
    /// Both, the lower first.
    pub(super) const ALL: [Self; 2] = [Self::Nothing, Self::Headline];

    /// The least denominator.
    pub(super) fn minimum_denominator(self, project: &Project) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Headline => project.indicators.minimum_denominator,
        }
    }

    fn lets_in(self, standing: Standing) -> bool {
        match self {
            Self::Nothing => standing.is_in_statistics(),
            Self::Headline => standing == Standing::Counted,
        }
    }
}

/// Groups the totals of organisations, in order of their keys.
///
/// England itself is no member of a group but beside each one.
pub(super) fn groups<'a>(
    project: &'a Project,
    totals: impl Iterator<Item = &'a IndicatorRow>,
) -> Vec<Group<'a>> {
    let mut england = BTreeMap::new();
    let mut by_key: BTreeMap<[&str; 5], Vec<&IndicatorRow>> = BTreeMap::new();
    for row in totals {
        let [dataset, period, indicator] = [&row.dataset, &row.reporting_period, &row.indicator];
        if row.level == ENGLAND {
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
        let entry = |row: &'a IndicatorRow| {
            let standing = row.standing();
            let counted = Some(row).filter(|_| standing.is_in_statistics());
            Entry { row, standing, counted: counted.and_then(|row| counts(indicator, row)) }
        };
        Some(Group { indicator, england, entries: rows.into_iter().map(entry).collect() })
    };
    by_key.into_iter().filter_map(group).collect()
}

fn counts(indicator: &Indicator, row: &IndicatorRow) -> Option<Counted> {
    match indicator.family {
        Family::Average => Some(Counted { rate: row.value?, proportion: None }),
        Family::Ratio => {
            let (numerator, denominator) = row.numerator.zip(row.denominator)?;
            let proportion = Proportion::new(numerator, denominator).ok().filter(|_| indicator.is_share());
            Some(Counted { rate: indicator.per() * numerator / denominator, proportion })
        }
    }
}

impl<'a> Group<'a> {
    /// Whether it is of a period of the part.
    pub(super) fn is_of(&self, part: &Part) -> bool {
        self.entries.first().is_some_and(|entry| part.has(&entry.row.dataset, &entry.row.reporting_period))
    }

    /// The organisations in the statistics, in order of code.
    pub(super) fn counted(&self, floor: Floor) -> Vec<(&'a IndicatorRow, Counted)> {
        let entries = self.entries.iter().filter(|entry| floor.lets_in(entry.standing));
        entries.filter_map(|entry| Some((entry.row, entry.counted?))).collect()
    }

    /// The counts of the organisations in the statistics.
    pub(super) fn proportions(&self, floor: Floor) -> Vec<Proportion> {
        self.counted(floor).into_iter().filter_map(|(_, counted)| counted.proportion).collect()
    }

    /// How many organisations have this standing.
    pub(super) fn n_standing(&self, standing: Standing) -> u32 {
        number(self.entries.iter().filter(|entry| entry.standing == standing).count())
    }
}

/// A count as the tables hold it.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
