//! The declared files as tables, so that queries can join to them and the tables explain themselves.

use iapt_model::{
    Breakdown, Dataset, GroupBoard, Indicator, OrganisationType, Project, PublishedCategory, StatedFigures,
    Statistic,
};
use serde::{Deserialize, Serialize};

use crate::{Error, table_folder::TableFolder};

/// Writes every declared table.
///
/// # Errors
///
/// As [`TableFolder::write_rows`].
pub(crate) fn write(folder: &TableFolder<'_>) -> Result<(), Error> {
    let project = folder.project;
    let declared = &[folder.from([""; 0])];
    let terms: Vec<TermRow> = project.indicators.iter().flat_map(term_rows).collect();
    folder.write_rows("indicator_terms", declared, &terms)?;
    let floor = project.indicators.minimum_denominator;
    let definitions: Vec<DefinitionRow> =
        project.indicators.iter().map(|indicator| definition_row(indicator, floor)).collect();
    folder.write_rows("indicator_definitions", declared, &definitions)?;
    let measures: Vec<MeasureRow> = project.measures.iter().map(measure_row).collect();
    folder.write_rows("measures", declared, &measures)?;
    folder.write_rows("organisation_types", declared, &organisation_types(project))?;
    folder.write_rows("disclosure_rules", declared, &disclosure_rules(project))?;
    let organisations: Vec<OrganisationRow> =
        project.organisations.iter().map(|one| organisation_row(project, one)).collect();
    folder.write_rows("organisations", declared, &organisations)?;
    let boards: Vec<BoardRow> = project.organisations.group_boards().map(board_row).collect();
    folder.write_rows("group_boards", declared, &boards)?;
    let series: Vec<SeriesRow> = project.organisations.series().map(|member| series_row(&member)).collect();
    folder.write_rows("organisation_series", declared, &series)?;
    let categories: Vec<CategoryRow> = project.categories.published().map(category_row).collect();
    folder.write_rows("categories", declared, &categories)?;
    folder.write_rows("breakdowns", declared, &breakdowns(project))?;
    folder.write_rows("figure_sources", declared, &figure_sources(project))?;
    folder.write_rows("declared_figures", declared, &project.claims.figures)?;
    let breaks: Vec<BreakRow> = project.series_breaks.iter().map(break_row).collect();
    folder.write_rows("series_breaks", declared, &breaks)?;
    folder.write_rows("stated_figures", declared, &stated_rows(&project.stated))
}

/// One term of an indicator, as the SQL joins it.
#[derive(Serialize, Deserialize)]
struct TermRow {
    indicator: String,
    family: String,
    /// numerator, denominator, or published: the publisher's percentage of the same quantity.
    role: String,
    measure: String,
    statistic: String,
    sign: f64,
    at_breakdown: Option<String>,
    at_category: Option<String>,
    /// 1 when the numerator is part of the denominator.
    is_share: i32,
    /// What the quotient is multiplied by: 100 for a percentage, else 1.
    per: f64,
    /// Terms of numerator and denominator.
    n_terms: i64,
    /// Whose single months it is computed for; none where it is computed for years alone.
    by_month: Option<String>,
}

fn term_rows(indicator: &Indicator) -> Vec<TermRow> {
    let n_terms = i64::try_from(indicator.numerator.len() + indicator.denominator.len()).unwrap_or(i64::MAX);
    let row = |role: &str, term: &iapt_model::Term| TermRow {
        indicator: indicator.name.clone(),
        family: indicator.family.as_str().to_owned(),
        role: role.to_owned(),
        measure: term.measure.clone(),
        statistic: term.statistic.as_str().to_owned(),
        sign: if term.is_subtracted { -1.0 } else { 1.0 },
        at_breakdown: term.at.as_ref().map(|(breakdown, _)| breakdown.clone()),
        at_category: term.at.as_ref().map(|(_, category)| category.clone()),
        is_share: i32::from(indicator.is_share()),
        per: indicator.per(),
        n_terms,
        by_month: indicator.by_month.map(|one| one.as_str().to_owned()),
    };
    let published = indicator.published.as_ref().map(|measure| iapt_model::Term {
        measure: measure.clone(),
        statistic: Statistic::Percentage,
        is_subtracted: false,
        at: None,
    });
    let numerator = indicator.numerator.iter().map(|term| row("numerator", term));
    let denominator = indicator.denominator.iter().map(|term| row("denominator", term));
    numerator.chain(denominator).chain(published.iter().map(|term| row("published", term))).collect()
}

/// How a dataset prints the figures of one type of organisation.
#[derive(Serialize, Deserialize)]
pub(crate) struct DisclosureRow {
    dataset: String,
    org_type: String,
    /// None where counts are printed as they are.
    count_rounded_to: Option<u32>,
    percentage_half_width: f64,
}

/// The rule of every dataset for every type of organisation.
pub(crate) fn disclosure_rules(project: &Project) -> Vec<DisclosureRow> {
    let of = |dataset| project.organisations.types().map(move |one| rule_row(dataset, one));
    project.datasets.iter().flat_map(of).collect()
}

fn rule_row(dataset: &Dataset, one: &OrganisationType) -> DisclosureRow {
    DisclosureRow {
        dataset: dataset.name.clone(),
        org_type: one.org_type.clone(),
        count_rounded_to: dataset.disclosure.counts_rounded_to(&one.org_type),
        percentage_half_width: dataset.disclosure.half_width_of_percentages(&one.org_type),
    }
}

#[derive(Serialize, Deserialize)]
struct DefinitionRow {
    indicator: String,
    family: String,
    theme: String,
    label: String,
    unit: String,
    cohort: String,
    numerator: String,
    denominator: String,
    definition: String,
    source: String,
    across_cohorts: Option<String>,
    /// None in an average, which has no denominator.
    minimum_denominator: Option<f64>,
}

fn definition_row(indicator: &Indicator, floor: f64) -> DefinitionRow {
    DefinitionRow {
        indicator: indicator.name.clone(),
        family: indicator.family.as_str().to_owned(),
        theme: indicator.theme.clone(),
        label: indicator.label.clone(),
        unit: indicator.unit.clone(),
        cohort: indicator.cohort.clone(),
        numerator: spelled(&indicator.numerator),
        denominator: spelled(&indicator.denominator),
        definition: indicator.definition.clone(),
        source: indicator.source.clone(),
        across_cohorts: indicator.across_cohorts.clone(),
        minimum_denominator: (!indicator.denominator.is_empty()).then_some(floor),
    }
}

/// `finished_course_treatment - not_at_caseness`; with the category in brackets where a count is read from one.
fn spelled(terms: &[iapt_model::Term]) -> String {
    let mut text = String::new();
    for term in terms {
        match (text.is_empty(), term.is_subtracted) {
            (true, false) => {}
            (true, true) => text += "-",
            (false, false) => text += " + ",
            (false, true) => text += " - ",
        }
        text += &term.measure;
        if let Some((breakdown, category)) = term.category() {
            text += &format!(" ({breakdown}: {category})");
        }
    }
    text
}

#[derive(Serialize, Deserialize)]
struct MeasureRow {
    measure: String,
    statistic: String,
    unit: String,
    cohort: String,
    label: String,
    definition: String,
    source: String,
    note: String,
}

fn measure_row(measure: &iapt_model::Measure) -> MeasureRow {
    MeasureRow {
        measure: measure.measure.clone(),
        statistic: measure.statistic.as_str().to_owned(),
        unit: measure.unit.clone(),
        cohort: measure.cohort.clone(),
        label: measure.label.clone(),
        definition: measure.definition.clone(),
        source: measure.source.clone(),
        note: measure.note.clone(),
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TypeRow {
    org_type: String,
    level: String,
    parent_level: Option<String>,
    sole_org_code: Option<String>,
    org_kind: String,
    has_groups: bool,
    label: String,
    label_plural: String,
    note: String,
}

/// Every published type of organisation.
pub(crate) fn organisation_types(project: &Project) -> Vec<TypeRow> {
    let row = |one: &OrganisationType| TypeRow {
        org_type: one.org_type.clone(),
        level: one.level.clone(),
        parent_level: one.parent_level.clone(),
        sole_org_code: one.sole_org_code.clone(),
        org_kind: one.org_kind.as_str().to_owned(),
        has_groups: one.has_groups,
        label: one.label.clone(),
        label_plural: one.label_plural.clone(),
        note: one.note.clone(),
    };
    project.organisations.types().map(row).collect()
}

#[derive(Serialize, Deserialize)]
struct OrganisationRow {
    org_code: String,
    gss_code: Option<String>,
    level: String,
    org_name: String,
    kind: String,
    valid_from: String,
    valid_to: Option<String>,
    parent: Option<String>,
    successor: Option<String>,
    note: String,
}

fn organisation_row(project: &Project, organisation: &iapt_model::Organisation) -> OrganisationRow {
    OrganisationRow {
        org_code: organisation.org_code.clone(),
        gss_code: project.organisations.gss_code(organisation).map(str::to_owned),
        level: organisation.level.clone(),
        org_name: organisation.org_name.clone(),
        kind: organisation.kind.as_str().to_owned(),
        valid_from: organisation.valid_from.to_string(),
        valid_to: organisation.valid_to.map(|period| period.to_string()),
        parent: organisation.parent.clone(),
        successor: organisation.successor.clone(),
        note: organisation.note.clone(),
    }
}

/// A published category and the canonical one that it has.
#[derive(Serialize, Deserialize)]
struct CategoryRow {
    breakdown: String,
    category: String,
    category_order: u32,
    is_stated: bool,
    variable_type: String,
    variable_a: String,
    variable_b: String,
    first_period: String,
    last_period: Option<String>,
    note: String,
}

fn category_row(category: &PublishedCategory) -> CategoryRow {
    CategoryRow {
        breakdown: category.breakdown.clone(),
        category: category.category.clone(),
        category_order: category.category_order,
        is_stated: category.is_stated,
        variable_type: category.variable_type.clone(),
        variable_a: category.variable_a.clone(),
        variable_b: category.variable_b.clone(),
        first_period: category.first_period.to_string(),
        last_period: category.last_period.map(|period| period.to_string()),
        note: category.note.clone(),
    }
}

/// What is asked of the groups of a breakdown.
#[derive(Serialize, Deserialize)]
pub(crate) struct BreakdownRow {
    breakdown: String,
    compared_by: String,
    is_below_boards: bool,
    note: String,
}

pub(crate) fn breakdowns(project: &Project) -> Vec<BreakdownRow> {
    let row = |breakdown: &Breakdown| BreakdownRow {
        breakdown: breakdown.breakdown.clone(),
        compared_by: breakdown.compared_by.as_str().to_owned(),
        is_below_boards: breakdown.is_below_boards,
        note: breakdown.note.clone(),
    };
    project.breakdowns.iter().map(row).collect()
}

/// Where figures of a dataset are from: its files as published, or a source of the built-in figures.
#[derive(Serialize, Deserialize)]
struct FigureSourceRow {
    dataset: String,
    figure_source: String,
    kind: String,
    citation: String,
    url: Option<String>,
    licence: String,
}

fn figure_sources(project: &Project) -> Vec<FigureSourceRow> {
    let of_dataset = |dataset: &Dataset| {
        let release = FigureSourceRow {
            dataset: dataset.name.clone(),
            figure_source: iapt_tidy::RELEASE.to_owned(),
            kind: "release".to_owned(),
            citation: dataset.attribution.clone(),
            url: Some(dataset.landing_page.clone()),
            licence: dataset.licence.clone(),
        };
        let built_in = dataset.figure_sources.iter().map(|source| FigureSourceRow {
            dataset: dataset.name.clone(),
            figure_source: source.source.clone(),
            kind: source.kind.as_str().to_owned(),
            citation: source.citation.clone(),
            url: source.url.clone(),
            licence: source.licence.clone(),
        });
        [release].into_iter().chain(built_in).collect::<Vec<_>>()
    };
    project.datasets.iter().flat_map(of_dataset).collect()
}

/// In which board a group lies, and how much of it.
#[derive(Serialize, Deserialize)]
struct BoardRow {
    group_code: String,
    board_code: String,
    part: String,
}

fn board_row(group: &GroupBoard) -> BoardRow {
    BoardRow {
        group_code: group.group_code.clone(),
        board_code: group.board_code.clone(),
        part: group.part.as_str().to_owned(),
    }
}

/// The series that an organisation's figures belong to: itself and whatever its declared successors lead to.
#[derive(Serialize, Deserialize)]
struct SeriesRow {
    level: String,
    org_code: String,
    org_name: String,
    valid_from: String,
    valid_to: Option<String>,
    /// The latest organisation of the series.
    series_code: String,
    series_name: String,
    /// `same`: its figures continue the series as they are; `part`: only those of all its parts together do.
    relation: String,
}

fn series_row(series: &iapt_model::SeriesMember<'_>) -> SeriesRow {
    let iapt_model::SeriesMember { member, latest, relation } = series;
    SeriesRow {
        level: member.level.clone(),
        org_code: member.org_code.clone(),
        org_name: member.org_name.clone(),
        valid_from: member.valid_from.to_string(),
        valid_to: member.valid_to.map(|period| period.to_string()),
        series_code: latest.org_code.clone(),
        series_name: latest.org_name.clone(),
        relation: relation.as_str().to_owned(),
    }
}

/// A break in a series, as `series_breaks.csv` declares it.
#[derive(Serialize, Deserialize)]
struct BreakRow {
    series_type: String,
    /// `*` where the break is of every series.
    series: String,
    first_period: String,
    comparability: String,
    series_before: Option<String>,
    note: String,
    source: String,
}

fn break_row(found: &iapt_model::SeriesBreak) -> BreakRow {
    BreakRow {
        series_type: found.series_type.as_str().to_owned(),
        series: found.series.clone().unwrap_or_else(|| "*".to_owned()),
        first_period: found.first_period.to_string(),
        comparability: found.comparability.as_str().to_owned(),
        series_before: found.series_before.clone(),
        note: found.note.clone(),
        source: found.source.clone(),
    }
}

/// A figure that is stated elsewhere than in a file among the releases, beside its source.
#[derive(Serialize, Deserialize)]
struct StatedRow {
    reporting_period: String,
    level: String,
    org_name: String,
    breakdown: String,
    category: String,
    measure: String,
    statistic: String,
    value: f64,
    value_low: f64,
    value_high: f64,
    source: String,
    source_kind: String,
    citation: String,
    url: String,
    note: String,
}

fn stated_rows(stated: &StatedFigures) -> Vec<StatedRow> {
    let row = |figure: &iapt_model::StatedFigure| {
        let source = stated.source(figure)?;
        let (value_low, value_high) = figure.bounds();
        Some(StatedRow {
            reporting_period: figure.reporting_period.to_string(),
            level: figure.level.clone(),
            org_name: figure.org_name.clone(),
            breakdown: figure.breakdown.clone(),
            category: figure.category.clone(),
            measure: figure.measure.clone(),
            statistic: figure.statistic.as_str().to_owned(),
            value: figure.value,
            value_low,
            value_high,
            source: source.source.clone(),
            source_kind: source.kind.as_str().to_owned(),
            citation: source.citation.clone(),
            url: source.url.to_string(),
            note: figure.note.clone(),
        })
    };
    stated.figures.iter().filter_map(row).collect()
}
