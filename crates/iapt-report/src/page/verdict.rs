//! One verdict per figure: clearly higher than England, clearly lower, or no clear difference; as the tables have it.

use std::cmp::Ordering;

use iapt_chart::format;
use iapt_model::IndicatorRow;

use super::{Site, area::ROOT};
use crate::{readings::Subject, table::Flag};

impl Site<'_> {
    /// What stands beside the numbers of an organisation: that something grave was found about it in the period, or about a
    /// part of it, which its own figures carry.
    pub(super) fn flag(
        &self,
        root: &'static str,
        dataset: &str,
        subject: Subject,
        period: &str,
    ) -> Option<Flag> {
        let own = self.findings.flag(root, dataset, subject, period);
        own.or_else(|| {
            let parts = self.input.project.organisations.iter().filter(|one| {
                subject.level == "region"
                    && one.level == "icb"
                    && one.parent.as_deref() == Some(subject.org_code)
            });
            let mut flags = parts.filter_map(|part| {
                let part = Subject { level: &part.level, org_code: &part.org_code };
                self.findings.flag(root, dataset, part, period)
            });
            flags.next()
        })
    }

    /// How the figure of an organisation compares with England, as pages about it say: `doubtful` where it is flagged, so that
    /// no verdict is given on it.
    pub(super) fn verdict_on(&self, row: &IndicatorRow, dataset: &str) -> &'static str {
        let subject = Subject { level: &row.level, org_code: &row.org_code };
        match stands(row) {
            "plain" => "plain",
            stands => self.flag(ROOT, dataset, subject, &row.reporting_period).map_or(stands, |_| "doubtful"),
        }
    }
}

/// How a rate compares with England: `higher`, `lower`, `similar`, or `plain` where the tables do not say.
fn stands(row: &IndicatorRow) -> &'static str {
    as_drawn(row.comparison.as_deref())
}

/// The word by which charts know a comparison.
pub(super) fn as_drawn(comparison: Option<&str>) -> &'static str {
    match comparison {
        Some("higher") => "higher",
        Some("lower") => "lower",
        Some("similar") => "similar",
        _ => "plain",
    }
}

/// How a verdict is drawn: what is doubtful has no shape of its own.
pub(super) fn drawn(stands: &'static str) -> &'static str {
    if stands == "doubtful" { "plain" } else { stands }
}

/// How a value lies beside a target, as both are printed: what reads as the target meets it.
pub(super) fn beside_target(value: f64, target: f64, decimals: usize) -> Ordering {
    let written = |number| format::fixed(number, decimals);
    if written(value) == written(target) { Ordering::Equal } else { value.total_cmp(&target) }
}

/// A verdict in words, with the shape that stands for it in charts.
pub(super) fn comparison(stands: &str) -> Option<&'static str> {
    match stands {
        "higher" => Some("\u{25b2} clearly higher"),
        "lower" => Some("\u{25bc} clearly lower"),
        "similar" => Some("\u{25cf} no clear difference"),
        "doubtful" => Some("doubtful"),
        _ => None,
    }
}

/// The same where there is room for one word, and a caption says it in full.
pub(super) fn short_comparison(stands: &str) -> Option<&'static str> {
    match stands {
        "higher" => Some("\u{25b2} higher"),
        "lower" => Some("\u{25bc} lower"),
        "similar" => Some("\u{25cf} unclear"),
        other => comparison(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_as_the_target_meets_it() {
        let check =
            |value, decimals, expected| assert_eq!(beside_target(value, 50.0, decimals), expected, "{value}");
        check(49.94, 1, Ordering::Less);
        check(49.98, 1, Ordering::Equal);
        check(49.98, 2, Ordering::Less);
        check(50.04, 1, Ordering::Equal);
        check(50.06, 1, Ordering::Greater);
    }
}
