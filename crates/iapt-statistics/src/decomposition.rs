//! How much of the variation between organisations lies between groups of them, and how much inside the groups.

use std::collections::BTreeMap;

use crate::{error::Error, heterogeneity::pooled_with_chance, number::count, proportion::Proportion};

/// Variation between organisations, split between and within groups such as regions.
///
/// Sums of squares are in people: `n (p - p0)^2`. Chance is what each sum would be on average if all organisations
/// shared one rate. Shares are fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decomposition {
    /// Number of groups, G.
    pub groups: usize,
    /// Number of organisations, k.
    pub organisations: usize,
    /// `sum n (p - p0)^2` over organisations.
    pub total: f64,
    /// `sum n (p - p0)^2` over groups, each group pooled.
    pub between: f64,
    /// Total minus between.
    pub within: f64,
    /// Chance in the total: `p0 q0 (k - 1)`.
    pub chance_total: f64,
    /// Chance between groups: `p0 q0 (G - 1)`.
    pub chance_between: f64,
    /// Chance within groups: `p0 q0 (k - G)`.
    pub chance_within: f64,
}

impl Decomposition {
    /// Share of the variation that lies between groups, chance included; `None` when nothing varies.
    #[must_use]
    pub fn share_between_with_chance(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.between / self.total)
    }

    /// Share of the variation beyond chance that lies between groups; `None` when there is none beyond chance.
    ///
    /// Not clipped: slightly below 0 or above 1 means that one part varies less than chance would make it.
    #[must_use]
    pub fn share_between(&self) -> Option<f64> {
        let beyond_chance = self.total - self.chance_total;
        (beyond_chance > 0.0).then(|| (self.between - self.chance_between) / beyond_chance)
    }

    /// Share of all variation that chance explains; `None` when nothing varies.
    #[must_use]
    pub fn chance_share(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.chance_total / self.total)
    }
}

/// Splits the variation between organisations by group.
///
/// `SS = sum n (p - p0)^2 = sum over groups n_g (p_g - p0)^2 + within`. Each member is a group (a region's code, say)
/// and one organisation in it.
///
/// # Errors
///
/// [`Error::TooFew`] under two organisations; [`Error::NoChanceVariation`] when the pooled rate is 0 or 1.
pub fn decompose<Group: Ord>(members: &[(Group, Proportion)]) -> Result<Decomposition, Error> {
    let organisations = members.iter().map(|(_, organisation)| *organisation).collect::<Vec<_>>();
    let pooled = pooled_with_chance(&organisations, "decomposition")?;
    // Ordered by group, so that the sum does not depend on hashing.
    let mut by_group = BTreeMap::<&Group, Vec<Proportion>>::new();
    for (group, organisation) in members {
        by_group.entry(group).or_default().push(*organisation);
    }
    let groups = by_group
        .values()
        .map(|organisations| Proportion::pooled(organisations))
        .collect::<Result<Vec<_>, _>>()?;
    let total = sum_of_squares(&organisations, pooled.rate());
    let between = sum_of_squares(&groups, pooled.rate());
    let chance = pooled.rate() * (1.0 - pooled.rate());
    Ok(Decomposition {
        groups: groups.len(),
        organisations: organisations.len(),
        total,
        between,
        // A sum of squares, so the hair below zero of two that are equal is none.
        within: (total - between).max(0.0),
        chance_total: chance * count(organisations.len() - 1),
        chance_between: chance * count(groups.len() - 1),
        chance_within: chance * count(organisations.len() - groups.len()),
    })
}

fn sum_of_squares(proportions: &[Proportion], pooled_rate: f64) -> f64 {
    proportions.iter().map(|proportion| proportion.total() * (proportion.rate() - pooled_rate).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_regions_by_hand() {
        let member = |region, events| (region, Proportion::new(events, 100.0).expect("proper"));
        let members =
            [member("north", 70.0), member("south", 40.0), member("north", 50.0), member("south", 40.0)];
        let found = decompose(&members).expect("four organisations");
        // p0 = 1/2: 100 (.2^2 + 0 + .1^2 + .1^2) = 6; regions .6 and .4 of 200: 200 (.1^2 + .1^2) = 4.
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
        assert!(
            close(found.total, 6.0) && close(found.between, 4.0) && close(found.within, 2.0),
            "{found:?}"
        );
        assert!(close(found.chance_total, 0.75) && close(found.chance_between, 0.25), "{found:?}");
        assert!(close(found.share_between().expect("varies"), 3.75 / 5.25), "{found:?}");
        assert!(close(found.chance_share().expect("varies"), 0.125), "{found:?}");
    }

    #[test]
    fn nothing_varies() {
        let same = Proportion::new(1.0, 2.0).expect("proper");
        let found = decompose(&[(1, same), (2, same)]).expect("two organisations");
        assert_eq!(found.share_between(), None);
        assert_eq!(found.chance_share(), None);
    }
}
