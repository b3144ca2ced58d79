//! What is known of the data themselves: findings, sums against England, and what has been said about the data.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use iapt_model::{AdditivityRow, ClaimRow, FindingRow, Project, ReleaseRow, SEVERITIES, anchor};

use crate::{escape::clean, names::NameRules, readings::Subject, table::Flag};

/// Rows of the tables about the data; a table that is not there is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Integrity<'a> {
    /// What the rules found.
    pub findings: &'a [FindingRow],
    /// Sums of organisations beside England.
    pub additivity: &'a [AdditivityRow],
    /// Published statements, computed again.
    pub claims: &'a [ClaimRow],
}

/// The severity of what is only good to know: it flags no number.
const NOTE: &str = "note";

/// One finding, and where the page about the data has it.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) row: &'a FindingRow,
    /// Its anchor, or that of its rule where the page does not list it.
    pub(crate) anchor: String,
    pub(crate) is_listed: bool,
    /// The sentence, with the organisation's name as readers see it.
    pub(crate) sentence: String,
}

impl Finding<'_> {
    /// Whether it flags a number.
    pub(crate) fn is_grave(&self) -> bool {
        self.row.severity != NOTE
    }
}

/// A rule with what it found.
#[derive(Debug)]
pub(crate) struct Found<'s, 'a> {
    pub(crate) rule: String,
    pub(crate) anchor: String,
    pub(crate) says: String,
    /// The severity of its gravest finding; empty where it found nothing.
    pub(crate) severity: &'a str,
    /// The newest first.
    pub(crate) findings: Vec<&'s Finding<'a>>,
}

/// Every finding: the gravest first, then the newest.
#[derive(Debug, Default)]
pub(crate) struct Findings<'a> {
    all: Vec<Finding<'a>>,
    /// By dataset, level, code and period.
    by_organisation: HashMap<[&'a str; 4], Vec<usize>>,
    sign: String,
}

impl<'a> Findings<'a> {
    /// `most` is how many of each rule are listed, `sign` what stands beside a flagged number.
    pub(crate) fn new(rows: &'a [FindingRow], names: &NameRules, most: usize, sign: &str) -> Self {
        let mut rows: Vec<&FindingRow> = rows.iter().collect();
        rows.sort_by_key(|row| {
            let severity = SEVERITIES.iter().position(|severity| *severity == row.severity);
            let organisation = (&row.level, &row.org_type, &row.org_code, &row.org_name);
            (severity, Reverse(&row.reporting_period), &row.rule, organisation, &row.subject)
        });
        let mut n_listed: BTreeMap<&str, usize> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        let mut findings = Self { sign: sign.to_owned(), ..Self::default() };
        for row in rows {
            let listed = n_listed.entry(&row.rule).or_default();
            *listed += 1;
            let is_listed = *listed <= most;
            let mut anchor = if is_listed { finding_anchor(row) } else { rule_anchor(&row.rule) };
            while is_listed && !taken.insert(anchor.clone()) {
                anchor.push('_');
            }
            let key = [&row.dataset, &row.level, &row.org_code, &row.reporting_period].map(String::as_str);
            findings.by_organisation.entry(key).or_default().push(findings.all.len());
            findings.all.push(Finding { row, anchor, is_listed, sentence: sentence(row, names) });
        }
        findings
    }

    pub(crate) fn all(&self) -> &[Finding<'a>] {
        &self.all
    }

    /// Whether a rule found something.
    pub(crate) fn has_any(&self, rule: &str) -> bool {
        self.all.iter().any(|finding| finding.row.rule == rule)
    }

    /// How many are of a severity.
    pub(crate) fn count(&self, severity: &str) -> usize {
        self.all.iter().filter(|finding| finding.row.severity == severity).count()
    }

    /// Every rule of the project that applies to the releases and every one of the table, the gravest first, those that found nothing last.
    pub(crate) fn by_rule<'s>(&'s self, project: &Project, releases: &[ReleaseRow]) -> Vec<Found<'s, 'a>> {
        let mut rules: BTreeMap<&str, Found> = BTreeMap::new();
        let rule = |name: &str, says: &str| Found {
            rule: name.to_owned(),
            anchor: rule_anchor(name),
            says: clean(says).trim_end_matches('.').to_owned(),
            severity: "",
            findings: Vec::new(),
        };
        for one in project.rules.iter().filter(|rule| rule.applies(releases)) {
            rules.insert(&one.name, rule(&one.name, one.says()));
        }
        for finding in &self.all {
            let row = finding.row;
            let found = rules.entry(&row.rule).or_insert_with(|| rule(&row.rule, &row.rule_says));
            if found.findings.is_empty() {
                found.severity = &row.severity;
            }
            found.findings.push(finding);
        }
        let mut rules: Vec<_> = rules.into_values().collect();
        rules.sort_by_key(|found| {
            SEVERITIES.iter().position(|severity| *severity == found.severity).unwrap_or(SEVERITIES.len())
        });
        rules
    }

    /// What was found about an organisation in one period.
    pub(crate) fn of<'s>(
        &'s self,
        dataset: &'s str,
        subject: Subject<'s>,
        period: &'s str,
    ) -> impl Iterator<Item = &'s Finding<'a>> {
        let found = self.by_organisation.get(&[dataset, subject.level, subject.org_code, period]);
        found.into_iter().flatten().filter_map(|index| self.all.get(*index))
    }

    /// What stands beside the numbers of an organisation that something grave was found about in the period.
    pub(crate) fn flag(
        &self,
        root: &'static str,
        dataset: &str,
        subject: Subject,
        period: &str,
    ) -> Option<Flag> {
        self.flag_where(root, dataset, subject, period, |_| true)
    }

    /// The same where only some findings bear on the numbers.
    pub(crate) fn flag_where(
        &self,
        root: &'static str,
        dataset: &str,
        subject: Subject,
        period: &str,
        bears: impl Fn(&FindingRow) -> bool,
    ) -> Option<Flag> {
        let found = self.of(dataset, subject, period);
        let found: Vec<_> = found.filter(|finding| finding.is_grave() && bears(finding.row)).collect();
        let anchor = found.first()?.anchor.clone();
        let sentences: Vec<_> = found.iter().map(|finding| finding.sentence.as_str()).collect();
        Some(Flag { sign: self.sign.clone(), root, anchor, reason: sentences.join(" ") })
    }

    /// What is grave about the organisations of a level in a period.
    pub(crate) fn grave<'s>(
        &'s self,
        dataset: &'s str,
        level: &'s str,
        period: &'s str,
    ) -> impl Iterator<Item = &'s Finding<'a>> {
        self.all.iter().filter(move |finding| {
            let row = finding.row;
            finding.is_grave()
                && row.dataset == dataset
                && row.level == level
                && row.reporting_period == period
        })
    }
}

fn rule_anchor(rule: &str) -> String {
    anchor(&format!("rule-{}", rule.replace('_', "-")))
}

fn finding_anchor(row: &FindingRow) -> String {
    let FindingRow { rule, reporting_period, level, org_code, subject, .. } = row;
    let parts = [rule, reporting_period, level, org_code, subject].map(String::as_str);
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    anchor(&clean(&parts.join(".")))
}

/// Rules write names as published; readers see them as elsewhere.
fn sentence(row: &FindingRow, names: &NameRules) -> String {
    if row.org_name.is_empty() {
        return clean(&row.sentence);
    }
    clean(&row.sentence.replace(&row.org_name, &names.display(&row.org_name)))
}
