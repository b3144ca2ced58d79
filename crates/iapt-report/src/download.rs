//! Downloads: the rows behind a page as CSV, with the names that the tables give their columns.

use iapt_chart::format::plain;
use iapt_model::{
    AdditivityRow, ClaimRow, FindingRow, FunnelLimitsRow, IndicatorRow, InequalityGroupRow, ReleaseRow,
    SpreadRow, VariationRow,
};

use crate::escape::csv_text;

/// One field of a download.
enum Field<'a> {
    Text(&'a str),
    Number(Option<f64>),
    Whole(u64),
}

impl Field<'_> {
    fn write(&self) -> String {
        match self {
            Self::Text(text) => csv_text(text),
            Self::Number(number) => number.map(plain).unwrap_or_default(),
            Self::Whole(number) => number.to_string(),
        }
    }
}

fn csv<'a>(header: &str, rows: impl Iterator<Item = Vec<Field<'a>>>) -> Vec<u8> {
    let mut text = format!("{header}\n");
    for row in rows {
        let fields: Vec<String> = row.iter().map(Field::write).collect();
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

/// Rows of the indicator table, in the order given.
pub(crate) fn indicators<'a>(rows: impl Iterator<Item = &'a IndicatorRow>) -> Vec<u8> {
    let header = "reporting_period,period_kind,level,org_type,org_code,org_name,org_kind,indicator,numerator,\
                  numerator_low,numerator_high,denominator,denominator_low,denominator_high,value,value_status,value_basis,\
                  value_low,value_high,interval_low,interval_high,published_percentage,standing,england,comparison";
    let fields = |row: &'a IndicatorRow| {
        vec![
            Field::Text(&row.reporting_period),
            Field::Text(&row.period_kind),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.org_code),
            Field::Text(&row.org_name),
            Field::Text(&row.org_kind),
            Field::Text(&row.indicator),
            Field::Number(row.numerator),
            Field::Number(row.numerator_low),
            Field::Number(row.numerator_high),
            Field::Number(row.denominator),
            Field::Number(row.denominator_low),
            Field::Number(row.denominator_high),
            Field::Number(row.value),
            Field::Text(&row.value_status),
            Field::Text(row.value_basis.as_deref().unwrap_or_default()),
            Field::Number(row.value_low),
            Field::Number(row.value_high),
            Field::Number(row.interval_low),
            Field::Number(row.interval_high),
            Field::Number(row.published_percentage),
            Field::Text(row.standing.as_deref().unwrap_or_default()),
            Field::Number(row.england),
            Field::Text(row.comparison.as_deref().unwrap_or_default()),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the variation table with their limits of chance alone and those that say who stands out, in the order given:
/// what a funnel and ranks show.
pub(crate) fn variation<'a>(
    rows: impl Iterator<Item = (&'a VariationRow, [Option<&'a FunnelLimitsRow>; 2])>,
) -> Vec<u8> {
    let header = "reporting_period,level,org_type,org_code,org_name,indicator,standing,numerator,denominator,value,rate,\
                  chance_low_95,chance_high_95,chance_class,low_95,high_95,low_998,high_998,funnel_class,shrunken,shrunken_low,shrunken_high,rank,rank_best,rank_worst,n_ranked";
    let whole = |number: Option<u32>| Field::Number(number.map(f64::from));
    let limit =
        |limits: Option<&FunnelLimitsRow>, end: fn(&FunnelLimitsRow) -> f64| Field::Number(limits.map(end));
    let class = |limits: Option<&'a FunnelLimitsRow>| {
        Field::Text(limits.map(|limits| limits.funnel_class.as_str()).unwrap_or_default())
    };
    let fields = |(row, [chance, usual]): (&'a VariationRow, [Option<&'a FunnelLimitsRow>; 2])| {
        vec![
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.org_code),
            Field::Text(&row.org_name),
            Field::Text(&row.indicator),
            Field::Text(&row.standing),
            Field::Number(row.numerator),
            Field::Number(row.denominator),
            Field::Number(row.value),
            Field::Number(row.rate),
            limit(chance, |limits| limits.low_95),
            limit(chance, |limits| limits.high_95),
            class(chance),
            limit(usual, |limits| limits.low_95),
            limit(usual, |limits| limits.high_95),
            limit(usual, |limits| limits.low_998),
            limit(usual, |limits| limits.high_998),
            class(usual),
            Field::Number(row.shrunken),
            Field::Number(row.shrunken_low),
            Field::Number(row.shrunken_high),
            whole(row.rank),
            whole(row.rank_best),
            whole(row.rank_worst),
            Field::Whole(row.n_ranked.into()),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the table of groups of people, in the order given.
pub(crate) fn groups<'a>(rows: impl Iterator<Item = &'a InequalityGroupRow>) -> Vec<u8> {
    let header = "reporting_period,level,org_code,indicator,breakdown,category,numerator,denominator,value,\
                  interval_low,interval_high,whole,comparison,share,ridit";
    let fields = |row: &'a InequalityGroupRow| {
        vec![
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_code),
            Field::Text(&row.indicator),
            Field::Text(&row.breakdown),
            Field::Text(&row.category),
            Field::Number(row.numerator),
            Field::Number(row.denominator),
            Field::Number(row.value),
            Field::Number(row.interval_low),
            Field::Number(row.interval_high),
            Field::Number(row.whole),
            Field::Text(row.comparison.as_deref().unwrap_or_default()),
            Field::Number(row.share),
            Field::Number(row.ridit),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the spread table, in the order given.
pub(crate) fn spread<'a>(rows: impl Iterator<Item = &'a SpreadRow>) -> Vec<u8> {
    let header = "reporting_period,level,org_type,indicator,n_organisations,n_suppressed,n_impossible,\
                  n_without_value,n_below_floor,n_not_places,minimum_denominator,england,minimum,p10,p25,median,p75,p90,maximum,mean,standard_deviation";
    let fields = |row: &'a SpreadRow| {
        vec![
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.indicator),
            Field::Whole(row.n_organisations.into()),
            Field::Whole(row.n_suppressed.into()),
            Field::Whole(row.n_impossible.into()),
            Field::Whole(row.n_without_value.into()),
            Field::Whole(row.n_below_floor.into()),
            Field::Whole(row.n_not_places.into()),
            Field::Number(Some(row.minimum_denominator)),
            Field::Number(row.england),
            Field::Number(Some(row.minimum)),
            Field::Number(Some(row.p10)),
            Field::Number(Some(row.p25)),
            Field::Number(Some(row.median)),
            Field::Number(Some(row.p75)),
            Field::Number(Some(row.p90)),
            Field::Number(Some(row.maximum)),
            Field::Number(Some(row.mean)),
            Field::Number(Some(row.standard_deviation)),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the release table, in the order given.
pub(crate) fn releases<'a>(rows: impl Iterator<Item = &'a ReleaseRow>) -> Vec<u8> {
    let header = "dataset,reporting_period,edition,source,url,publication_page,sha256,bytes,source_file,n_rows,\
                  n_measure_columns,n_reported,n_suppressed,n_not_applicable,n_no_activity,n_missing,n_not_held,\
                  n_rows_without_category,n_rows_without_level,n_counts_not_rounded,not_absorbed";
    let fields = |row: &'a ReleaseRow| {
        vec![
            Field::Text(&row.dataset),
            Field::Text(&row.reporting_period),
            Field::Whole(row.edition.into()),
            Field::Text(&row.source),
            Field::Text(&row.url),
            Field::Text(row.publication_page.as_deref().unwrap_or_default()),
            Field::Text(&row.sha256),
            Field::Whole(row.bytes),
            Field::Text(&row.source_file),
            Field::Whole(row.n_rows),
            Field::Whole(row.n_measure_columns),
            Field::Whole(row.n_reported),
            Field::Whole(row.n_suppressed),
            Field::Whole(row.n_not_applicable),
            Field::Whole(row.n_no_activity),
            Field::Whole(row.n_missing),
            Field::Whole(row.n_not_held),
            Field::Whole(row.n_rows_without_category),
            Field::Whole(row.n_rows_without_level),
            Field::Whole(row.n_counts_not_rounded),
            Field::Text(&row.not_absorbed),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the table of claims, in the order given.
pub(crate) fn claims<'a>(rows: impl Iterator<Item = &'a ClaimRow>) -> Vec<u8> {
    let header = "claim,statement,who,source,said,reporting_period,stated,unit,tolerance,computed,difference,verdict,\
                  explanation,sql";
    let fields = |row: &'a ClaimRow| {
        vec![
            Field::Text(&row.claim),
            Field::Text(&row.statement),
            Field::Text(&row.who),
            Field::Text(&row.source),
            Field::Text(&row.said),
            Field::Text(&row.reporting_period),
            Field::Number(Some(row.stated)),
            Field::Text(&row.unit),
            Field::Number(Some(row.tolerance)),
            Field::Number(row.computed),
            Field::Number(row.difference),
            Field::Text(&row.verdict),
            Field::Text(&row.explanation),
            Field::Text(&row.sql),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the table of findings, in the order given.
pub(crate) fn findings<'a>(rows: impl Iterator<Item = &'a FindingRow>) -> Vec<u8> {
    let header = "rule,rule_says,severity,dataset,reporting_period,level,org_type,org_code,org_name,subject,evidence,\
                  n_rows,source_rows,sentence";
    let fields = |row: &'a FindingRow| {
        vec![
            Field::Text(&row.rule),
            Field::Text(&row.rule_says),
            Field::Text(&row.severity),
            Field::Text(&row.dataset),
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.org_code),
            Field::Text(&row.org_name),
            Field::Text(&row.subject),
            Field::Text(&row.evidence),
            Field::Whole(row.n_rows.into()),
            Field::Text(&row.source_rows),
            Field::Text(&row.sentence),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the table of sums, in the order given.
pub(crate) fn additivity<'a>(rows: impl Iterator<Item = &'a AdditivityRow>) -> Vec<u8> {
    let header = "dataset,reporting_period,level,org_type,measure,is_deduplicated,n_rows,n_suppressed,sum_published,\
                  england,difference,hard_low,hard_high,is_within_hard,rounding_deviation,z_score";
    let truth = |is_so: bool| Field::Text(if is_so { "true" } else { "false" });
    let fields = |row: &'a AdditivityRow| {
        vec![
            Field::Text(&row.dataset),
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.measure),
            truth(row.is_deduplicated),
            Field::Whole(row.n_rows.into()),
            Field::Whole(row.n_suppressed.into()),
            Field::Number(Some(row.sum_published)),
            Field::Number(Some(row.england)),
            Field::Number(Some(row.difference)),
            Field::Number(Some(row.hard_low)),
            Field::Number(Some(row.hard_high)),
            truth(row.is_within_hard),
            Field::Number(Some(row.rounding_deviation)),
            Field::Number(Some(row.z_score)),
        ]
    };
    csv(header, rows.map(fields))
}
