//! Compares many figures and reports all differences at once.

use std::io::Write;

/// Absolute slack for figures printed with 12 decimals.
const PRINTED: f64 = 6e-13;

/// How close a figure must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tolerance {
    /// Closed forms: 1e-9 relative.
    Closed,
    /// Exact binomial limits and beta quantiles: 1e-7.
    Quantile,
    /// Fitted means and rates that rest on them: 1e-6.
    FittedMean,
    /// Fitted concentrations: 1e-4 relative.
    FittedConcentration,
}

impl Tolerance {
    fn allows(self, expected: f64) -> f64 {
        match self {
            Self::Closed => 1e-9 * expected.abs() + PRINTED,
            Self::Quantile => 1e-7,
            Self::FittedMean => 1e-6,
            Self::FittedConcentration => 1e-4 * expected.abs(),
        }
    }
}

/// Differences found so far.
#[derive(Debug)]
pub(crate) struct Ledger {
    subject: &'static str,
    compared: usize,
    faults: Vec<String>,
    /// Per tolerance, the largest difference as a share of what is allowed.
    worst: std::collections::BTreeMap<Tolerance, f64>,
}

impl Ledger {
    pub(crate) fn new(subject: &'static str) -> Self {
        Self { subject, compared: 0, faults: Vec::new(), worst: std::collections::BTreeMap::new() }
    }

    pub(crate) fn close(&mut self, what: &str, found: f64, expected: f64, tolerance: Tolerance) {
        self.compared += 1;
        let used = (found - expected).abs() / tolerance.allows(expected);
        let worst = self.worst.entry(tolerance).or_insert(0.0);
        *worst = worst.max(used);
        // Asked this way round, so that a found value that is not a number is a fault.
        let within = used <= 1.0;
        if !within {
            self.fault(format!("{what}: found {found}, expected {expected}"));
        }
    }

    pub(crate) fn same<Value: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        found: &Value,
        expected: &Value,
    ) {
        self.compared += 1;
        if found != expected {
            self.fault(format!("{what}: found {found:?}, expected {expected:?}"));
        }
    }

    pub(crate) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Prints what was compared and fails when anything differed, or when suspiciously little was compared.
    pub(crate) fn close_books(self, at_least: usize) {
        // Not through `println!`, which only failing tests are heard by.
        let _ = writeln!(std::io::stderr(), "compared: {} figures ({})", self.compared, self.subject);
        for (tolerance, used) in &self.worst {
            println!("  {tolerance:?}: the largest difference is {used:.1e} of what is allowed");
        }
        let shown = self.faults.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(self.faults.is_empty(), "{} of {} differ:\n{shown}", self.faults.len(), self.compared);
        assert!(self.compared >= at_least, "only {} figures compared, expected {at_least}", self.compared);
    }
}
