//! The ledger of claims: what has been said about these data, and the query that computes it again.

use std::{collections::BTreeSet, path::Path};

use serde::{Deserialize, Serialize};

use crate::declared::{Problems, read_table};

/// A published statement about these data.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedClaim {
    /// The name of the claim.
    pub claim: String,
    /// What was stated, in words.
    pub statement: String,
    /// Who said it.
    pub who: String,
    /// Where it was said.
    pub source: String,
    /// When; empty where that is not known.
    pub said: String,
    /// The period that it is about.
    pub reporting_period: String,
    /// The number that it states; none where it says in words that nothing changed.
    pub stated: Option<f64>,
    /// The unit of the stated number, or of the change.
    pub unit: String,
    /// Half the last printed place of the stated number, 0 for a count that is printed whole; without a number, the largest change that
    /// the words are taken for.
    pub tolerance: f64,
    /// The source of built-in or stated figures that states the claim itself, or `declared_figures` where the claim's own numbers
    /// are declared there or in the query: while the tables have its figures, a check against them is one of the claim against itself. None where
    /// there is no such source.
    pub own_source: Option<String>,
    /// Whether it counts other referrals than the query can, so that another number does not contradict it; the note says which.
    pub counts_others: bool,
    /// The query that computes the number again, as one row of one column, `computed`.
    pub sql: String,
    /// What the verdict rests on, or why there may be none.
    pub note: String,
}

/// A figure that a claim rests on and that no file among the releases carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimFigure {
    /// Measure and period: `ended_referrals.2017-18`.
    pub figure: String,
    /// The figure.
    pub value: f64,
    /// Where it is printed.
    pub source: String,
}

/// Every claim, and the figures quoted as evidence.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// In declared order.
    pub claims: Vec<PublishedClaim>,
    /// In declared order.
    pub figures: Vec<ClaimFigure>,
}

impl Claims {
    pub(crate) fn read(pipelines: &Path, problems: &mut Problems) -> Self {
        let path = pipelines.join("claims.csv");
        let (mut claims, mut names) = (Vec::new(), BTreeSet::new());
        for row in read_table::<PublishedClaim>(&path, problems) {
            if !names.insert(row.value.claim.clone()) {
                problems.add(&path, Some(row.line), format!("`{}` is declared twice", row.value.claim));
            }
            if row.value.tolerance < 0.0 {
                problems.add(&path, Some(row.line), "the tolerance is below 0");
            }
            claims.push(row.value);
        }
        let path = pipelines.join("claim_figures.csv");
        let (mut figures, mut names) = (Vec::new(), BTreeSet::new());
        for row in read_table::<ClaimFigure>(&path, problems) {
            if !names.insert(row.value.figure.clone()) {
                problems.add(&path, Some(row.line), format!("`{}` is declared twice", row.value.figure));
            }
            figures.push(row.value);
        }
        Self { claims, figures }
    }
}
