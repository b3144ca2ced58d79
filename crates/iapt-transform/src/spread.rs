//! The spread table: how far an indicator differs between the organisations of a level.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{IndicatorRow, SpreadRow};
use iapt_statistics::{Sorted, Spread};

/// The least denominator that counts in a headline spread: below it chance is most of what differs.
const MINIMUM_DENOMINATOR: f64 = 100.0;

/// One spread per dataset, period, type of organisation and indicator, over organisations' totals.
///
/// Hubs and unknown areas are not places, and of two entries of one code the first by name counts; both are
/// counted as left out, as are organisations whose figures are withheld or too small.
pub(crate) fn spreads(totals: &[IndicatorRow]) -> Vec<SpreadRow> {
    let mut england = BTreeMap::new();
    let mut groups: BTreeMap<[&str; 5], Vec<&IndicatorRow>> = BTreeMap::new();
    for row in totals {
        let key = [
            row.dataset.as_str(),
            row.reporting_period.as_str(),
            row.level.as_str(),
            row.org_type.as_str(),
            row.indicator.as_str(),
        ];
        if row.level == "england" {
            england.insert([key[0], key[1], key[4]], row.value);
        } else {
            groups.entry(key).or_default().push(row);
        }
    }
    groups
        .into_iter()
        .filter_map(|(key, mut rows)| {
            let england = england.get(&[key[0], key[1], key[4]]).copied().flatten();
            rows.sort_by(|left, right| {
                (&left.org_code, &left.org_name).cmp(&(&right.org_code, &right.org_name))
            });
            spread(&rows, england)
        })
        .collect()
}

/// The spread of one group, sorted by code and name; none when fewer than two are left in it.
fn spread(rows: &[&IndicatorRow], england: Option<f64>) -> Option<SpreadRow> {
    let first = rows.first()?;
    let mut codes = BTreeSet::new();
    let (mut n_not_places, mut n_suppressed, mut n_below_floor) = (0, 0, 0);
    let mut values = Vec::new();
    for row in rows {
        let is_place = row.org_kind == "place" || row.org_kind == "service";
        // An average has no denominator, so the floor does not apply to it.
        let size = row.denominator.or(row.denominator_low);
        match row.value {
            _ if !is_place || !codes.insert(&row.org_code) => n_not_places += 1,
            None => n_suppressed += 1,
            Some(_) if size.is_some_and(|size| size < MINIMUM_DENOMINATOR) => n_below_floor += 1,
            Some(value) => values.push(value),
        }
    }
    let n_organisations = u32::try_from(values.len()).ok()?;
    // Two organisations are the fewest that can differ.
    let sorted = Sorted::new(values).ok()?;
    let spread = Spread::of(&sorted).ok()?;
    Some(SpreadRow {
        dataset: first.dataset.clone(),
        reporting_period: first.reporting_period.clone(),
        level: first.level.clone(),
        org_type: first.org_type.clone(),
        indicator: first.indicator.clone(),
        n_organisations,
        n_suppressed,
        n_below_floor,
        n_not_places,
        minimum_denominator: MINIMUM_DENOMINATOR,
        england,
        minimum: sorted.minimum(),
        p10: sorted.percentile(0.1),
        p25: sorted.percentile(0.25),
        median: sorted.median(),
        p75: sorted.percentile(0.75),
        p90: sorted.percentile(0.9),
        maximum: sorted.maximum(),
        mean: spread.mean,
        standard_deviation: spread.standard_deviation,
    })
}
