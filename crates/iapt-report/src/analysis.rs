//! Finds the rows of the statistics that a page asks for.

use std::collections::HashMap;

use iapt_model::{
    AssociationRow, DecompositionRow, FunnelLimitsRow, InequalityGroupRow, InequalityRow, PersistenceRow,
    SpreadRow, VariationRow,
};

/// Rows of the tables of statistics; a table that is not there is empty, and so is what would be made of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Analysis<'a> {
    /// One organisation among those of its level.
    pub variation: &'a [VariationRow],
    /// The limits of each: those that say who stands out, and those of chance alone.
    pub limits: &'a [FunnelLimitsRow],
    /// The whole spread table: how far they differ, and how much of it is chance.
    pub spreads: &'a [SpreadRow],
    /// Groups of people.
    pub groups: &'a [InequalityGroupRow],
    /// How unequal an indicator is across them.
    pub inequality: &'a [InequalityRow],
    /// Whether organisations keep their places.
    pub persistence: &'a [PersistenceRow],
    /// What lies between the areas above them.
    pub decomposition: &'a [DecompositionRow],
    /// Whether two indicators go together.
    pub association: &'a [AssociationRow],
}

/// The limits that pages draw, as `funnel_limits` names them.
pub const FUNNEL_LIMITS: [&str; 2] = [FunnelLimitsRow::HEADLINE, FunnelLimitsRow::CHANCE];

/// The limits that a funnel draws, by the code of the organisation.
#[derive(Default)]
pub(crate) struct Limits<'a> {
    /// Chance and the usual differences between organisations: who stands out.
    pub(crate) usual: HashMap<&'a str, &'a FunnelLimitsRow>,
    /// Chance alone.
    pub(crate) chance: HashMap<&'a str, &'a FunnelLimitsRow>,
}

impl<'a> Limits<'a> {
    /// A row with its limits of chance alone and those that say whether it stands out.
    pub(crate) fn beside(
        &self,
        row: &'a VariationRow,
    ) -> (&'a VariationRow, [Option<&'a FunnelLimitsRow>; 2]) {
        let code = row.org_code.as_str();
        (row, [self.chance.get(code).copied(), self.usual.get(code).copied()])
    }
}

/// The organisations of one type in one period, for one indicator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Among<'s> {
    pub(crate) dataset: &'s str,
    pub(crate) indicator: &'s str,
    pub(crate) level: &'s str,
    pub(crate) org_type: &'s str,
    pub(crate) period: &'s str,
}

impl<'s> Among<'s> {
    /// Those that an organisation is among.
    pub(crate) fn of(row: &'s VariationRow) -> Self {
        Self {
            dataset: &row.dataset,
            indicator: &row.indicator,
            level: &row.level,
            org_type: &row.org_type,
            period: &row.reporting_period,
        }
    }
}

impl<'a> Analysis<'a> {
    /// The organisations that are in the statistics, the smallest first.
    pub(crate) fn organisations(&self, among: Among) -> Vec<&'a VariationRow> {
        let is_it = |row: &&VariationRow| {
            row.standing().is_in_statistics()
                && row.indicator == among.indicator
                && row.level == among.level
                && row.org_type == among.org_type
                && row.reporting_period == among.period
                && row.dataset == among.dataset
        };
        let mut rows: Vec<&VariationRow> = self.variation.iter().filter(is_it).collect();
        rows.sort_by(|left, right| {
            let size = |row: &VariationRow| row.denominator.unwrap_or(0.0);
            size(left).total_cmp(&size(right)).then_with(|| left.org_code.cmp(&right.org_code))
        });
        rows
    }

    /// The funnel limits that are drawn of them.
    pub(crate) fn drawn_limits(&self, among: Among) -> Limits<'a> {
        Limits {
            usual: self.limits(among, FunnelLimitsRow::HEADLINE),
            chance: self.limits(among, FunnelLimitsRow::CHANCE),
        }
    }

    /// Their funnel limits under one rule, by code.
    fn limits(&self, among: Among, limits: &str) -> HashMap<&'a str, &'a FunnelLimitsRow> {
        let is_it = |row: &&FunnelLimitsRow| {
            row.limits == limits
                && row.indicator == among.indicator
                && row.level == among.level
                && row.org_type == among.org_type
                && row.reporting_period == among.period
                && row.dataset == among.dataset
        };
        self.limits.iter().filter(is_it).map(|row| (row.org_code.as_str(), row)).collect()
    }

    /// The spread of all these organisations, with no floor.
    pub(crate) fn spread(&self, among: Among) -> Option<&'a SpreadRow> {
        self.spreads.iter().find(|row| {
            !row.is_headline()
                && row.indicator == among.indicator
                && row.level == among.level
                && row.org_type == among.org_type
                && row.reporting_period == among.period
                && row.dataset == among.dataset
        })
    }

    /// Whether they kept their places, pair of periods by pair.
    pub(crate) fn persistence(&self, among: Among) -> Vec<&'a PersistenceRow> {
        let is_it = |row: &&PersistenceRow| {
            row.indicator == among.indicator && row.level == among.level && row.dataset == among.dataset
        };
        let mut rows: Vec<&PersistenceRow> = self.persistence.iter().filter(is_it).collect();
        // Where there are several floors, the greatest is that of the headline.
        let floor = rows.iter().map(|row| row.minimum_denominator).fold(0.0, f64::max);
        rows.retain(|row| row.minimum_denominator >= floor);
        // In order of time: the types of organisation that the table is ordered by followed each other.
        rows.sort_by_key(|row| row.first_period);
        rows
    }

    /// Whether an indicator goes together with another.
    pub(crate) fn association(&self, among: Among, other: &str) -> Option<&'a AssociationRow> {
        self.association.iter().find(|row| {
            row.indicator == among.indicator
                && row.other_indicator == other
                && row.level == among.level
                && row.org_type == among.org_type
                && row.reporting_period == among.period
                && row.dataset == among.dataset
        })
    }

    /// What lies between the areas above them, for each kind of area.
    pub(crate) fn decomposition(&self, among: Among) -> Vec<&'a DecompositionRow> {
        let is_it = |row: &&DecompositionRow| {
            row.indicator == among.indicator
                && row.level == among.level
                && row.org_type == among.org_type
                && row.reporting_period == among.period
                && row.dataset == among.dataset
        };
        self.decomposition.iter().filter(is_it).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_years_stand_in_order_of_time_under_the_headline_floor() {
        let row = |org_type: &str, first: &str, floor: f64| PersistenceRow {
            dataset: "d".into(),
            level: "icb".into(),
            indicator: "i".into(),
            org_type: org_type.into(),
            first_period: first.into(),
            minimum_denominator: floor,
            ..PersistenceRow::default()
        };
        // The table is in order of the type's name, and the type was renamed.
        let rows = [
            row("ICB", "2023-24", 0.0),
            row("ICB", "2023-24", 100.0),
            row("STP", "2017-18", 0.0),
            row("STP", "2017-18", 100.0),
        ];
        let analysis = Analysis { persistence: &rows, ..Analysis::default() };
        let among = Among { dataset: "d", indicator: "i", level: "icb", org_type: "ICB", period: "2024-25" };
        let found = analysis.persistence(among);
        let found: Vec<_> =
            found.iter().map(|row| (row.first_period.as_str(), row.minimum_denominator)).collect();
        assert_eq!(found, [("2017-18", 100.0), ("2023-24", 100.0)]);
    }
}
