//! Rows of the tables about the data themselves: findings, sums against England, and claims.

use serde::{Deserialize, Serialize};

/// What [`FindingRow::severity`] may be, the gravest first.
pub const SEVERITIES: [&str; 3] = ["error", "warning", "note"];

/// Something about the published data that a reader should know before using them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingRow {
    /// The rule that found it: the stem of its file in `pipelines/checks`.
    pub rule: String,
    /// What should hold, in one sentence.
    pub rule_says: String,
    /// `error` (the figures cannot all be right), `warning` (hardly plausible), `note` (good to know).
    pub severity: String,
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// As published; empty where the finding is about a whole level.
    pub org_code: String,
    /// As published; empty where the finding is about a whole level.
    pub org_name: String,
    /// The measure or indicator that it is about; empty where it is about the organisation.
    pub subject: String,
    /// The figures that show it.
    pub evidence: String,
    /// Published rows that it is about.
    pub n_rows: u32,
    /// The published file and the rows in it, counting the header as row 1.
    pub source_rows: String,
    /// The finding, in one sentence for readers.
    pub sentence: String,
}

/// The sum of the organisations of one type beside England, for one count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdditivityRow {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The level.
    pub level: String,
    /// The type of organisation, as published.
    pub org_type: String,
    /// The measure.
    pub measure: String,
    /// Whether second entries of one code were left out.
    pub is_deduplicated: bool,
    /// Rows that were added up: organisations of the type, unknown ones and hubs among them, and second entries
    /// of a code where `is_deduplicated` is false.
    pub n_rows: u32,
    /// Rows whose count is withheld; they add nothing to `sum_published`.
    pub n_suppressed: u32,
    /// Sum of the printed counts.
    pub sum_published: f64,
    /// England's count, which is exact.
    pub england: f64,
    /// Sum less England.
    pub difference: f64,
    /// The least sum that rounding and suppression allow.
    pub hard_low: f64,
    /// The greatest sum of the organisations that rounding and suppression allow.
    pub hard_high: f64,
    /// Whether England lies between them.
    pub is_within_hard: bool,
    /// Standard deviation of `difference` that the rounding of the printed counts alone would make.
    pub rounding_deviation: f64,
    /// The difference, with 2 for each withheld count, in standard deviations of the rounding of all rows; none where every count is
    /// printed exactly.
    pub z_score: Option<f64>,
}

/// A published statement about these data, computed again from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// The name of the claim.
    pub claim: String,
    /// The statement.
    pub statement: String,
    /// Who said it.
    pub who: String,
    /// Where the statement was made: title and address, or publication.
    pub source: String,
    /// When it was said; empty where that is not known.
    pub said: String,
    /// The period that it is about.
    pub reporting_period: String,
    /// The number that it states; none where it says in words that nothing changed.
    pub stated: Option<f64>,
    /// The unit of the stated number, or of the change: `percent`, `referrals`, `days` and so on.
    pub unit: String,
    /// How far off still counts as rounding; without a stated number, the largest change that the words are taken for.
    pub tolerance: f64,
    /// The number from the data.
    pub computed: Option<f64>,
    /// Computed less stated; none without both.
    pub difference: Option<f64>,
    /// `reproduced`, `rounds differently`, `counts others`, `contradicted`, `same source`, `not computable`.
    pub verdict: String,
    /// What the verdict rests on, or why there is none.
    pub explanation: String,
    /// The query that computes it.
    pub sql: String,
}
