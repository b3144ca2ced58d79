//! What is fitted to the organisations of a group that reach a floor, once for every table that needs it.

use iapt_model::FunnelLimitsRow;
use iapt_statistics::{
    BetaPrior, Funnel, FunnelLimits, LimitMethod, Position, Proportion, RankInterval, rank_intervals,
};

/// The fits over a set of organisations; none where there are too few, or nothing but chance to fit.
pub(super) struct Analysis {
    /// The counts, in order of code.
    pub(super) proportions: Vec<Proportion>,
    pub(super) funnel: Option<Funnel>,
    /// Limits of each organisation, in the order of [`LimitMethod::ALL`]; empty without a funnel.
    pub(super) limits: Vec<[FunnelLimits; 5]>,
    pub(super) moments: Option<BetaPrior>,
    pub(super) likelihood: Option<BetaPrior>,
    pub(super) ranks: Vec<RankInterval>,
}

impl Analysis {
    pub(super) fn of(proportions: Vec<Proportion>) -> Self {
        let funnel = Funnel::fit(&proportions).ok();
        let limits = |funnel: &Funnel| {
            let of = |own: &Proportion| LimitMethod::ALL.map(|method| funnel.limits(method, own.total()));
            proportions.iter().map(of).collect()
        };
        Self {
            limits: funnel.as_ref().map(limits).unwrap_or_default(),
            moments: BetaPrior::by_moments(&proportions).ok(),
            likelihood: BetaPrior::by_maximum_likelihood(&proportions).ok(),
            ranks: rank_intervals(&proportions),
            funnel,
            proportions,
        }
    }

    /// The limits that say whether an organisation stands out.
    pub(super) fn headline_limits(&self, position: usize) -> Option<&FunnelLimits> {
        let is_headline = |method: LimitMethod| method.label() == FunnelLimitsRow::HEADLINE;
        let method = LimitMethod::ALL.into_iter().position(is_headline)?;
        self.limits.get(position)?.get(method)
    }

    /// How many organisations are in each class under one kind of limit, in the order of [`Position::ALL`].
    pub(super) fn n_in_classes(&self, method: usize) -> [usize; 5] {
        let positions: Vec<Position> = self
            .proportions
            .iter()
            .zip(&self.limits)
            .filter_map(|(own, limits)| Some(limits.get(method)?.position(own.rate())))
            .collect();
        Position::ALL.map(|wanted| positions.iter().filter(|position| **position == wanted).count())
    }
}
