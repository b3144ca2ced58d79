//! What a rule returns of one row that breaks it.

use serde::Deserialize;

/// One offending row, as a rule returns it.
#[derive(Default, Deserialize)]
pub(super) struct Offence {
    pub(super) dataset: String,
    pub(super) reporting_period: String,
    pub(super) level: String,
    pub(super) org_type: String,
    pub(super) org_code: String,
    pub(super) org_name: String,
    pub(super) subject: String,
    pub(super) severity: String,
    pub(super) evidence: String,
    pub(super) n_rows: i64,
    pub(super) sentence: String,
}

impl Offence {
    /// A text of it in which every value is said: `concat` passes over what is null, as a withheld count is, and leaves a gap.
    pub(super) fn said(&self, text: &str) -> String {
        const GAPS: [[&str; 2]; 7] = [
            ["  ", " (not known) "],
            [" %", " (not known)%"],
            [" ,", " (not known),"],
            [" .", " (not known)."],
            [" )", " (not known))"],
            ["( ", "((not known) "],
            ["()", "((not known))"],
        ];
        // A blank before it, so that a value at the start leaves a gap too.
        let mended = |said: &str| GAPS.iter().fold(said.to_owned(), |said, [gap, of]| said.replace(gap, of));
        let text = format!(" {text}");
        let said = if self.org_name.is_empty() {
            mended(&text)
        } else {
            // Names are as they are published.
            text.split(&self.org_name).map(mended).collect::<Vec<_>>().join(&self.org_name)
        };
        said.trim_start().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_every_value() {
        let check = |text: &str, org_name: &str, expected: &str| {
            let offence = Offence { org_name: org_name.to_owned(), ..Offence::default() };
            assert_eq!(offence.said(text), expected);
        };
        let whole = "For 46% of the referrals of One (A) that ended in 2025-26, nothing.";
        check(whole, "One", whole);
        check(whole, "", whole);
        check("received only  referrals", "", "received only (not known) referrals");
        check("(finished 355, received )", "", "(finished 355, received (not known))");
        check("For % of the referrals", "One", "For (not known)% of the referrals");
        check("% of the referrals", "", "(not known)% of the referrals");
        check("of One (A), , and", "One", "of One (A), (not known), and");
        check("the SOUTH  WEST of England", "SOUTH  WEST", "the SOUTH  WEST of England");
    }
}
