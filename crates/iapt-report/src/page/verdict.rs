//! One verdict per figure: clearly higher than England, clearly lower, or no clear difference; as the tables have it.

use iapt_model::IndicatorRow;

use super::Site;
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
}

/// How a rate compares with England: `higher`, `lower`, `similar`, or `plain` where the tables do not say.
pub(super) fn stands(row: &IndicatorRow) -> &'static str {
    match row.comparison.as_deref() {
        Some("higher") => "higher",
        Some("lower") => "lower",
        Some("similar") => "similar",
        _ => "plain",
    }
}

/// A verdict in words, with the shape that stands for it in charts.
pub(super) fn comparison(stands: &str) -> Option<&'static str> {
    match stands {
        "higher" => Some("\u{25b2} clearly higher"),
        "lower" => Some("\u{25bc} clearly lower"),
        "similar" => Some("\u{25cf} no clear difference"),
        _ => None,
    }
}
