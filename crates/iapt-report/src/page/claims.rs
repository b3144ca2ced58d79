//! The page about published statements: each with the number that the data give, and the verdict.

use iapt_chart::format;
use iapt_model::{ClaimRow, anchor};
use serde::Serialize;
use serde_json::json;

use super::Site;
use crate::{
    Error,
    declared::VerdictSection,
    download,
    engine::Engine,
    escape::clean,
    table::{Cell, Row, Table},
};

/// Where the ledger is, from every page that offers it.
const DOWNLOAD: &str = "tables/claims.csv";

#[derive(Serialize)]
struct ClaimsContext {
    title: String,
    lead: Vec<String>,
    answer: String,
    sections: Vec<SectionContext>,
    download: String,
}

#[derive(Serialize)]
struct SectionContext {
    #[serde(flatten)]
    declared: VerdictSection,
    n_claims: usize,
    /// Statements at length; empty where they are in the table.
    claims: Vec<ClaimContext>,
    table: Option<Table>,
}

#[derive(Serialize)]
struct ClaimContext {
    id: String,
    statement: String,
    who: String,
    source: String,
    /// The source on the web; empty where it is not known.
    address: String,
    said: String,
    period: String,
    stated: String,
    /// Empty where nothing can be computed.
    computed: String,
    verdict: String,
    explanation: String,
    sql: String,
}

#[derive(Serialize)]
struct AnswerWords<'a> {
    n_claims: usize,
    verdicts: Vec<VerdictWords<'a>>,
}

#[derive(Serialize)]
struct VerdictWords<'a> {
    verdict: &'a str,
    n_claims: usize,
}

impl Site<'_> {
    /// Adds the page about published statements.
    pub(crate) fn claims(&self) -> Result<(), Error> {
        let declared = &self.pages.claims;
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.of_every_dataset(self.shared("claims", words, &declared.dataset, &readings)?)?;
        // As declared, which follows the publications.
        let declared_order: Vec<&str> =
            self.input.project.claims.claims.iter().map(|one| one.claim.as_str()).collect();
        let mut rows: Vec<&ClaimRow> = self.input.integrity.claims.iter().collect();
        rows.sort_by_key(|row| {
            declared_order.iter().position(|name| *name == row.claim).unwrap_or(declared_order.len())
        });
        let unknown = rows.iter().find(|row| !declared.verdict.iter().any(|one| one.verdict == row.verdict));
        if let Some(row) = unknown {
            return Err(Error::Verdict { claim: row.claim.clone(), verdict: row.verdict.clone() });
        }
        let download = self.add_file(DOWNLOAD, &download::claims(rows.iter().copied()))?;
        let sections = declared.verdict.iter().map(|verdict| section(self.engine, verdict, &rows));
        let sections = sections.collect::<Result<Vec<_>, _>>()?;
        let verdicts = sections
            .iter()
            .map(|one| VerdictWords { verdict: &one.declared.verdict, n_claims: one.n_claims });
        let answer = AnswerWords { n_claims: rows.len(), verdicts: verdicts.collect() };
        let context = ClaimsContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            answer: self.engine.words("claims-answer", answer)?,
            sections,
            download,
        };
        self.add_page("claims", &shared, context)
    }
}

fn section(engine: &Engine, declared: &VerdictSection, rows: &[&ClaimRow]) -> Result<SectionContext, Error> {
    let claims: Vec<ClaimContext> = rows
        .iter()
        .filter(|row| row.verdict == declared.verdict)
        .map(|row| ClaimContext::new(row, &declared.label))
        .collect();
    let n_claims = claims.len();
    let (claims, table) = match (declared.is_at_length, n_claims) {
        (true, _) | (_, 0) => (claims, None),
        (false, _) => (Vec::new(), Some(table(engine, declared, &claims)?)),
    };
    Ok(SectionContext { declared: declared.clone(), n_claims, claims, table })
}

/// What can be compared has the number beside the stated one, what cannot has the reason.
fn table(engine: &Engine, declared: &VerdictSection, claims: &[ClaimContext]) -> Result<Table, Error> {
    let is_computed = claims.iter().any(|claim| !claim.computed.is_empty());
    let is_explained = claims.iter().any(|claim| !claim.explanation.is_empty());
    let row = |claim: &ClaimContext| {
        let said = [&claim.who, &claim.source, &claim.said];
        let said: Vec<&str> = said.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let mut cells = vec![
            Cell::with_detail(&claim.statement, said.join(", ")),
            Cell::new(&claim.period),
            Cell::new(&claim.stated),
        ];
        if is_computed {
            cells.push(Cell::new(&claim.computed));
        }
        cells.push(Cell::new(&claim.verdict));
        if is_explained {
            cells.push(Cell::new(&claim.explanation));
        }
        Row { id: claim.id.clone(), permalink: "Link to this statement", cells, ..Row::default() }
    };
    let heads = engine.heads(
        "claims",
        json!({ "heading": declared.heading, "is_computed": is_computed, "is_explained": is_explained }),
    )?;
    heads.over(format!("table-{}", declared.id), claims.iter().map(row).collect(), DOWNLOAD)
}

impl ClaimContext {
    fn new(row: &ClaimRow, verdict: &str) -> Self {
        let decimals = stated_decimals(row);
        Self {
            id: anchor(&format!("claim-{}", clean(&row.claim))),
            statement: clean(&row.statement),
            who: clean(&row.who),
            source: clean(&row.source),
            address: address(&row.source).unwrap_or_default(),
            said: clean(&row.said),
            period: clean(&row.reporting_period),
            stated: row
                .stated
                .map_or_else(|| "no number".to_owned(), |stated| with_unit(stated, decimals, &row.unit)),
            computed: row
                .computed
                .map(|value| with_unit(value, computed_decimals(row, decimals), &row.unit))
                .unwrap_or_default(),
            verdict: verdict.to_owned(),
            explanation: clean(&row.explanation),
            sql: clean(&row.sql),
        }
    }
}

/// The decimals that a statement prints: its tolerance is half of the last place.
fn stated_decimals(row: &ClaimRow) -> usize {
    let halves = [0.5, 0.05, 0.005, 0.0005];
    halves.iter().position(|half| (row.tolerance - half).abs() < 1e-9).unwrap_or_else(|| {
        let text = row.stated.map(format::plain).unwrap_or_default();
        text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
    })
}

/// The decimals of the number that a statement is held against: none more of a count, one more of a rate, to show how near it is,
/// and another where that would read as if it rounded to another number than the one stated.
fn computed_decimals(row: &ClaimRow, stated: usize) -> usize {
    let is_rate = row.unit.starts_with("percent") || row.tolerance > 0.0 && row.tolerance < 1.0;
    let decimals = stated + usize::from(is_rate);
    let (Some(stated), Some(computed), true) = (row.stated, row.computed, is_rate) else { return decimals };
    let shown: f64 = format::fixed(computed, decimals).parse().unwrap_or(computed);
    let is_within = (computed - stated).abs() < row.tolerance;
    decimals + usize::from(is_within && (shown - stated).abs() > row.tolerance - 1e-9)
}

fn with_unit(value: f64, decimals: usize, unit: &str) -> String {
    let number = format::with_commas(value, decimals);
    match unit {
        "percent" => format!("{number}%"),
        // Units are plurals: `1 groups` is one of them.
        _ if number == "1" || number == "-1" => format!("{number} {}", clean(unit).trim_end_matches('s')),
        _ => format!("{number} {}", clean(unit)),
    }
}

/// The address that a source ends with, if it ends with one.
fn address(source: &str) -> Option<String> {
    let last = source.rsplit(", ").next()?;
    let (host, path) = last.split_once('/')?;
    let is_plain = |text: &str, also: &[char]| {
        text.chars().all(|letter| letter.is_ascii_alphanumeric() || also.contains(&letter))
    };
    let is_address =
        host.contains('.') && is_plain(host, &['.', '-']) && is_plain(path, &['-', '_', '.', '/']);
    is_address.then(|| format!("https://{last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_they_were_stated() {
        let check = |stated: Option<f64>, tolerance, unit: &str, computed, expected: [&str; 2]| {
            let row = ClaimRow {
                stated,
                tolerance,
                unit: unit.to_owned(),
                computed: Some(computed),
                ..ClaimRow::default()
            };
            let claim = ClaimContext::new(&row, "reproduced");
            assert_eq!([claim.stated.as_str(), claim.computed.as_str()], expected);
        };
        check(Some(50.8), 0.05, "percent", 50.834_84, ["50.8%", "50.83%"]);
        check(Some(67.0), 0.05, "percent", 66.994_9, ["67.0%", "66.99%"]);
        check(Some(71.0), 0.5, "percent", 69.534_6, ["71%", "69.5%"]);
        check(Some(-8744.0), 0.0, "referrals", 54_293.0, ["-8,744 referrals", "54,293 referrals"]);
        check(None, 1.0, "percentage points", -6.6, ["no number", "-6.6 percentage points"]);
        check(Some(47.0), 0.5, "percent", 47.475, ["47%", "47.48%"]);
        check(Some(47.0), 0.5, "percent", 47.6, ["47%", "47.6%"]);
        check(Some(555_000.0), 500.0, "referrals", 554_709.0, ["555,000 referrals", "554,709 referrals"]);
        check(Some(1.0), 0.0, "groups", 7.0, ["1 group", "7 groups"]);
        check(Some(2.0), 0.25, "times", 2.062, ["2 times", "2.1 times"]);
    }

    #[test]
    fn only_a_plain_address_is_a_link() {
        let check = |source, expected: Option<&str>| assert_eq!(address(source).as_deref(), expected);
        check("A post, example.org/a-post", Some("https://example.org/a-post"));
        check("news on 2016-17", None);
        check("digital.nhs.uk", None);
        check("evil, javascript:alert(1)/x.y", None);
        check("evil, example.org/\"><script>", None);
        check("either/or", None);
    }
}
