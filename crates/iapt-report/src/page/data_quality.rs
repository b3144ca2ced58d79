//! The page about the data themselves: what the rules found, sums, cells by status, breaks, what is not read.

use iapt_chart::format;
use iapt_model::{AdditivityRow, Comparability, ReleaseRow, SeriesBreak, SeriesType};
use serde::Serialize;
use serde_json::json;

use super::{Site, shared::whole};
use crate::{
    Error,
    declared::{DataQualityPage, Section, SeveritySection},
    download,
    engine::Engine,
    escape::clean,
    integrity::{Finding, Found},
    table::{Cell, Row, Table},
};

const FINDINGS: &str = "tables/findings.csv";
const SUMS: &str = "tables/additivity.csv";

#[derive(Serialize)]
struct QualityContext {
    title: String,
    lead: Vec<String>,
    answer: String,
    rules: Table,
    severities: Vec<SeverityContext>,
    sums: TableSection,
    cells: TableSection,
    breaks: TableSection,
    not_absorbed: TableSection,
}

/// The rules whose gravest finding is of one severity.
#[derive(Serialize)]
struct SeverityContext {
    #[serde(flatten)]
    declared: SeveritySection,
    rules: Vec<RuleContext>,
}

#[derive(Serialize)]
struct RuleContext {
    id: String,
    heading: String,
    /// How many there are and how many are listed.
    count: String,
    table: Table,
    /// Whether the table is long enough to be folded.
    is_folded: bool,
    /// Whether some findings are in the download only.
    is_cut: bool,
}

/// A section with what is to be said first, and a table where there is one.
#[derive(Serialize)]
struct TableSection {
    #[serde(flatten)]
    declared: Section,
    sentence: String,
    table: Option<Table>,
}

#[derive(Serialize)]
struct AnswerWords {
    n_rules: usize,
    n_findings: usize,
    n_errors: usize,
    n_warnings: usize,
    n_notes: usize,
}

#[derive(Serialize)]
struct RuleWords {
    n_findings: usize,
    n_listed: usize,
}

#[derive(Serialize)]
struct SumsWords {
    n_sums: usize,
    n_within: usize,
    n_within_deduplicated: usize,
}

#[derive(Serialize)]
struct CountWords {
    n_rows: usize,
}

impl Site<'_> {
    /// Adds the page about the data themselves.
    pub(crate) fn data_quality(&self) -> Result<(), Error> {
        let declared = &self.pages.data_quality;
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared =
            self.of_every_dataset(self.shared("data-quality", words, &declared.dataset, &readings)?)?;
        let findings = download::findings(self.input.integrity.findings.iter());
        self.add_file(FINDINGS, &findings)?;
        let rules = self.findings.by_rule(self.input.project, self.input.releases);
        let answer = AnswerWords {
            n_rules: rules.len(),
            n_findings: self.findings.all().len(),
            n_errors: self.findings.count("error"),
            n_warnings: self.findings.count("warning"),
            n_notes: self.findings.count("note"),
        };
        let mut severities = Vec::new();
        for severity in &declared.severity {
            let found = rules.iter().filter(|found| found.severity == severity.severity);
            let rules = found.map(|found| self.rule(found)).collect::<Result<Vec<_>, _>>()?;
            severities.push(SeverityContext { declared: severity.clone(), rules });
        }
        let context = QualityContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            answer: self.engine.words("quality-answer", answer)?,
            rules: rules_table(self.engine, &rules, declared)?,
            severities,
            sums: self.sums(&declared.sums)?,
            cells: self.cells(&declared.cells)?,
            breaks: self.breaks_section(&declared.breaks)?,
            not_absorbed: self.not_absorbed(&declared.not_absorbed)?,
        };
        self.add_page("data-quality", &shared, context)
    }

    fn rule(&self, found: &Found) -> Result<RuleContext, Error> {
        let listed: Vec<&Finding> =
            found.findings.iter().filter(|finding| finding.is_listed).copied().collect();
        let words = RuleWords { n_findings: found.findings.len(), n_listed: listed.len() };
        let heading = self.pages.data_quality.found.get(&found.rule).unwrap_or(&found.says);
        let rows = listed.into_iter().map(|finding| self.finding_row(finding)).collect();
        let heads = self.engine.heads("findings", json!({ "heading": heading }))?;
        let table = heads.over(format!("table-{}", found.anchor), rows, FINDINGS)?;
        Ok(RuleContext {
            is_folded: table.rows.len() > 5,
            is_cut: table.rows.len() < found.findings.len(),
            id: found.anchor.clone(),
            heading: heading.clone(),
            count: self.engine.words("quality-rule", words)?,
            table,
        })
    }

    fn finding_row(&self, finding: &Finding) -> Row {
        let row = finding.row;
        let name = if row.org_code.is_empty() {
            Cell::new(self.type_label(&row.org_type))
        } else {
            let link = self.areas.link("", &row.level, &row.org_code);
            Cell {
                link,
                ..Cell::with_detail(self.pages.site.names.display(&row.org_name), clean(&row.org_code))
            }
        };
        Row {
            id: finding.anchor.clone(),
            code: clean(&row.org_code),
            cells: vec![
                name,
                Cell::new(clean(&row.reporting_period)),
                Cell::new(&finding.sentence),
                Cell::new(clean(&row.evidence)),
            ],
            ..Row::default()
        }
    }

    /// Organisations of a type, in words.
    pub(super) fn type_label(&self, org_type: &str) -> String {
        let declared = self.input.project.organisations.organisation_type(org_type);
        declared.map_or_else(|| clean(org_type), |one| one.label_plural.clone())
    }

    /// Sums beside England: a row for the measures of one type of organisation in one period.
    fn sums(&self, declared: &Section) -> Result<TableSection, Error> {
        let all = self.input.integrity.additivity;
        let bytes = download::additivity(all.iter());
        let download = self.add_file(SUMS, &bytes)?;
        let (deduplicated, published): (Vec<_>, Vec<_>) = all.iter().partition(|row| row.is_deduplicated);
        let words = SumsWords {
            n_sums: published.len(),
            n_within: n_within(&published),
            n_within_deduplicated: n_within(&deduplicated),
        };
        let key =
            |row: &AdditivityRow| (row.dataset.clone(), row.reporting_period.clone(), row.org_type.clone());
        let groups = published.chunk_by(|left, right| key(left) == key(right)).filter_map(|group| {
            let first = group.first()?;
            let same: Vec<&AdditivityRow> =
                deduplicated.iter().filter(|row| key(row) == key(first)).copied().collect();
            let furthest = group.iter().filter_map(|row| row.z_score).map(f64::abs).fold(0.0, f64::max);
            Some(Row::new(vec![
                Cell::with_detail(clean(&first.reporting_period), self.type_label(&first.org_type)),
                Cell::new(group.len().to_string()),
                Cell::new(n_within(group).to_string()),
                Cell::new(n_within(&same).to_string()),
                Cell::new(format::fixed(furthest, 1)),
            ]))
        });
        let table = self.engine.heads("sums", ())?.over("table-sums", groups.collect(), &download)?;
        let sentence = self.engine.words("quality-sums", words)?;
        let table = (!table.rows.is_empty()).then_some(table);
        Ok(TableSection { declared: declared.clone(), sentence, table })
    }

    /// What the cells of every file hold.
    fn cells(&self, declared: &Section) -> Result<TableSection, Error> {
        let releases = self.releases();
        let row = |release: &&ReleaseRow| {
            let numbers = [
                release.n_rows,
                release.n_reported,
                release.n_suppressed,
                release.n_not_applicable,
                release.n_no_activity,
                release.n_missing,
                release.n_not_held,
            ];
            let cells = numbers.into_iter().map(|number| Cell::new(whole(number)));
            Row::new([period_and_file(release)].into_iter().chain(cells).collect())
        };
        let rows = releases.iter().map(row).collect();
        let table = self.engine.heads("cells", ())?.over("table-cells", rows, &self.releases_download()?)?;
        Ok(TableSection { declared: declared.clone(), sentence: String::new(), table: Some(table) })
    }

    fn breaks_section(&self, declared: &Section) -> Result<TableSection, Error> {
        let project = self.input.project;
        let label = |name: &str| {
            let measure = project.measures.iter().find(|one| one.measure == name).map(|one| &one.label);
            let indicator = project.indicators.get(name).map(|one| &one.label);
            measure.or(indicator).cloned().unwrap_or_else(|| name.to_owned())
        };
        let row = |one: &SeriesBreak| {
            let comparable = match one.comparability {
                Comparability::NotComparable => "not at all",
                Comparability::Caution => "with care",
            };
            let kind = match one.series_type {
                SeriesType::Measure => "measure",
                SeriesType::Indicator => "indicator",
                SeriesType::All => "",
            };
            let series = one.series.as_deref().map_or_else(|| "Every series".to_owned(), label);
            Row::new(vec![
                Cell::with_detail(series, kind),
                Cell::new(one.first_period.to_string()),
                Cell::new(comparable),
                Cell::with_detail(&one.note, &one.source),
            ])
        };
        let rows: Vec<Row> = project.series_breaks.iter().map(row).collect();
        let sentence = self.engine.words("quality-breaks", CountWords { n_rows: rows.len() })?;
        let table = self.engine.heads("breaks", ())?.over("table-breaks", rows, "")?;
        let table = (!table.rows.is_empty()).then_some(table);
        Ok(TableSection { declared: declared.clone(), sentence, table })
    }

    /// What is in the files and not in the tables, and what the tables have without a place.
    fn not_absorbed(&self, declared: &Section) -> Result<TableSection, Error> {
        let is_left = |row: &&ReleaseRow| {
            !row.not_absorbed.is_empty()
                || [
                    row.n_rows_passed_over,
                    row.n_rows_without_category,
                    row.n_rows_without_level,
                    row.n_counts_not_rounded,
                ]
                .iter()
                .any(|number| *number > 0)
        };
        let releases = self.releases();
        let rows: Vec<Row> = releases
            .iter()
            .copied()
            .filter(is_left)
            .map(|row| {
                Row::new(vec![
                    period_and_file(row),
                    Cell::new(whole(row.n_rows_passed_over)),
                    Cell::new(whole(row.n_rows_without_category)),
                    Cell::new(whole(row.n_rows_without_level)),
                    Cell::new(whole(row.n_counts_not_rounded)),
                    Cell::new(clean(&row.not_absorbed)),
                ])
            })
            .collect();
        let sentence = self.engine.words("quality-not-absorbed", CountWords { n_rows: rows.len() })?;
        let heads = self.engine.heads("not-absorbed", ())?;
        let mut table = heads.over("table-not-absorbed", rows, &self.releases_download()?)?;
        table.without_empty_columns();
        let table = (!table.rows.is_empty()).then_some(table);
        Ok(TableSection { declared: declared.clone(), sentence, table })
    }
}

fn n_within(rows: &[&AdditivityRow]) -> usize {
    rows.iter().filter(|row| row.is_within_hard).count()
}

fn period_and_file(release: &ReleaseRow) -> Cell {
    Cell::with_detail(clean(&release.reporting_period), clean(&release.source_file))
}

/// Every rule with how often it found something.
fn rules_table(engine: &Engine, rules: &[Found], declared: &DataQualityPage) -> Result<Table, Error> {
    let row = |found: &Found| {
        let severity = declared.severity.iter().find(|one| one.severity == found.severity);
        let link = if found.findings.is_empty() { String::new() } else { format!("#{}", found.anchor) };
        Row::new(vec![
            Cell { link, ..Cell::new(&found.says) },
            Cell::new(found.findings.len().to_string()),
            Cell::new(severity.map_or(&declared.holds, |one| &one.label)),
        ])
    };
    engine.heads("rules", ())?.over("table-rules", rules.iter().map(row).collect(), FINDINGS)
}
