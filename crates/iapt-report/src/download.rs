//! Downloads: the rows behind a page as CSV, with the names that the tables give their columns.

use iapt_chart::format::push_plain;
use iapt_model::{
    AdditivityRow, ClaimRow, FindingRow, FunnelLimitsRow, IndicatorRow, InequalityGroupRow, ReleaseRow,
    SpreadRow, VariationRow,
};
use serde::{Serialize, Serializer};

use crate::escape::{clean, push_csv};

/// One field of a download, or of a file for programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    Text(&'a str),
    Number(f64),
    Whole(u64),
    /// There is none.
    Null,
}

impl Field<'_> {
    fn push(&self, line: &mut String) {
        match self {
            Self::Text(text) => push_csv(line, text),
            Self::Number(number) => push_plain(line, *number),
            Self::Whole(number) => line.push_str(&number.to_string()),
            Self::Null => {}
        }
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(&clean(text)),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Whole(number) => serializer.serialize_u64(*number),
            Self::Null => serializer.serialize_none(),
        }
    }
}

impl From<Option<f64>> for Field<'_> {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }
}

impl<'a> From<Option<&'a str>> for Field<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

fn csv<'a, const N: usize>(header: &str, rows: impl Iterator<Item = [Field<'a>; N]>) -> Vec<u8> {
    let mut text = format!("{header}\n");
    for row in rows {
        push_line(&mut text, &row);
    }
    text.into_bytes()
}

fn push_line<'f>(text: &mut String, fields: impl IntoIterator<Item = &'f Field<'f>>) {
    for (position, field) in fields.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        field.push(text);
    }
    text.push('\n');
}

/// The columns of the indicator table.
pub(crate) const INDICATOR_COLUMNS: [&str; 28] = [
    "dataset",
    "reporting_period",
    "period_kind",
    "level",
    "org_type",
    "org_code",
    "org_name",
    "org_kind",
    "breakdown",
    "category",
    "indicator",
    "numerator",
    "numerator_low",
    "numerator_high",
    "denominator",
    "denominator_low",
    "denominator_high",
    "value",
    "value_status",
    "value_basis",
    "value_low",
    "value_high",
    "interval_low",
    "interval_high",
    "published_percentage",
    "standing",
    "england",
    "comparison",
];

/// The cells of a row of the indicator table, in the order of [`INDICATOR_COLUMNS`].
pub(crate) fn cells(row: &IndicatorRow) -> [Field<'_>; 28] {
    [
        Field::Text(&row.dataset),
        Field::Text(&row.reporting_period),
        Field::Text(&row.period_kind),
        Field::Text(&row.level),
        Field::Text(&row.org_type),
        Field::Text(&row.org_code),
        Field::Text(&row.org_name),
        Field::Text(&row.org_kind),
        Field::Text(&row.breakdown),
        Field::Text(&row.category),
        Field::Text(&row.indicator),
        row.numerator.into(),
        row.numerator_low.into(),
        row.numerator_high.into(),
        row.denominator.into(),
        row.denominator_low.into(),
        row.denominator_high.into(),
        row.value.into(),
        Field::Text(&row.value_status),
        row.value_basis.as_deref().into(),
        row.value_low.into(),
        row.value_high.into(),
        row.interval_low.into(),
        row.interval_high.into(),
        row.published_percentage.into(),
        row.standing.as_deref().into(),
        row.england.into(),
        row.comparison.as_deref().into(),
    ]
}

/// Rows of the indicator table, in the order given.
pub(crate) fn indicators<'a>(rows: impl Iterator<Item = &'a IndicatorRow>) -> Vec<u8> {
    csv(&INDICATOR_COLUMNS.join(","), rows.map(cells))
}

/// Rows of the variation table with their limits of chance alone and those that say who stands out, in the order given:
/// what a funnel and ranks show.
pub(crate) fn variation<'a>(
    rows: impl Iterator<Item = (&'a VariationRow, [Option<&'a FunnelLimitsRow>; 2])>,
) -> Vec<u8> {
    let header = "reporting_period,level,org_type,org_code,org_name,indicator,standing,numerator,denominator,value,rate,\
                  chance_low_95,chance_high_95,chance_class,low_95,high_95,low_998,high_998,funnel_class,shrunken,shrunken_low,shrunken_high,rank,rank_best,rank_worst,n_ranked";
    let whole = |number: Option<u32>| number.map_or(Field::Null, |number| Field::Whole(number.into()));
    let limit =
        |limits: Option<&FunnelLimitsRow>, end: fn(&FunnelLimitsRow) -> f64| Field::from(limits.map(end));
    let class =
        |limits: Option<&'a FunnelLimitsRow>| Field::from(limits.map(|limits| limits.funnel_class.as_str()));
    let fields = |(row, [chance, usual]): (&'a VariationRow, [Option<&'a FunnelLimitsRow>; 2])| {
        [
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.org_code),
            Field::Text(&row.org_name),
            Field::Text(&row.indicator),
            Field::Text(&row.standing),
            row.numerator.into(),
            row.denominator.into(),
            row.value.into(),
            row.rate.into(),
            limit(chance, |limits| limits.low_95),
            limit(chance, |limits| limits.high_95),
            class(chance),
            limit(usual, |limits| limits.low_95),
            limit(usual, |limits| limits.high_95),
            limit(usual, |limits| limits.low_998),
            limit(usual, |limits| limits.high_998),
            class(usual),
            row.shrunken.into(),
            row.shrunken_low.into(),
            row.shrunken_high.into(),
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
        [
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_code),
            Field::Text(&row.indicator),
            Field::Text(&row.breakdown),
            Field::Text(&row.category),
            row.numerator.into(),
            row.denominator.into(),
            row.value.into(),
            row.interval_low.into(),
            row.interval_high.into(),
            row.whole.into(),
            row.comparison.as_deref().into(),
            row.share.into(),
            row.ridit.into(),
        ]
    };
    csv(header, rows.map(fields))
}

/// Rows of the spread table, in the order given.
pub(crate) fn spread<'a>(rows: impl Iterator<Item = &'a SpreadRow>) -> Vec<u8> {
    let header = "reporting_period,level,org_type,indicator,n_organisations,n_suppressed,n_impossible,\
                  n_without_value,n_below_floor,n_not_places,minimum_denominator,england,minimum,p10,p25,median,p75,p90,maximum,mean,standard_deviation";
    let fields = |row: &'a SpreadRow| {
        [
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
            Field::Number(row.minimum_denominator),
            row.england.into(),
            Field::Number(row.minimum),
            Field::Number(row.p10),
            Field::Number(row.p25),
            Field::Number(row.median),
            Field::Number(row.p75),
            Field::Number(row.p90),
            Field::Number(row.maximum),
            Field::Number(row.mean),
            Field::Number(row.standard_deviation),
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
        [
            Field::Text(&row.dataset),
            Field::Text(&row.reporting_period),
            Field::Whole(row.edition.into()),
            Field::Text(&row.source),
            Field::Text(&row.url),
            row.publication_page.as_deref().into(),
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
        [
            Field::Text(&row.claim),
            Field::Text(&row.statement),
            Field::Text(&row.who),
            Field::Text(&row.source),
            Field::Text(&row.said),
            Field::Text(&row.reporting_period),
            row.stated.into(),
            Field::Text(&row.unit),
            Field::Number(row.tolerance),
            row.computed.into(),
            row.difference.into(),
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
        [
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
        [
            Field::Text(&row.dataset),
            Field::Text(&row.reporting_period),
            Field::Text(&row.level),
            Field::Text(&row.org_type),
            Field::Text(&row.measure),
            truth(row.is_deduplicated),
            Field::Whole(row.n_rows.into()),
            Field::Whole(row.n_suppressed.into()),
            Field::Number(row.sum_published),
            Field::Number(row.england),
            Field::Number(row.difference),
            Field::Number(row.hard_low),
            Field::Number(row.hard_high),
            truth(row.is_within_hard),
            Field::Number(row.rounding_deviation),
            row.z_score.into(),
        ]
    };
    csv(header, rows.map(fields))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    #[test]
    fn cells_are_the_fields_of_a_row() {
        let mut row: Map<String, Value> =
            INDICATOR_COLUMNS.map(|column| (column.to_owned(), json!(column))).into_iter().collect();
        for (position, column) in INDICATOR_COLUMNS.iter().enumerate() {
            let is_number = ["numerator", "denominator", "value", "interval", "published", "england"];
            let is_text = ["value_status", "value_basis"];
            if is_number.iter().any(|start| column.starts_with(start)) && !is_text.contains(column) {
                row.insert((*column).to_owned(), json!(f64::from(u8::try_from(position).unwrap())));
            }
        }
        let read: IndicatorRow = serde_json::from_value(Value::Object(row.clone())).unwrap();
        let of_cells = INDICATOR_COLUMNS
            .iter()
            .zip(cells(&read))
            .map(|(column, cell)| ((*column).to_owned(), json!(cell)));
        assert_eq!(of_cells.collect::<Map<_, _>>(), row);
        assert_eq!(serde_json::to_value(&read).unwrap(), Value::Object(row));
    }

    #[test]
    fn indicators_are_lines() {
        let mut row =
            IndicatorRow { org_name: "a, b".into(), value: Some(49.876_54), ..IndicatorRow::default() };
        row.numerator = Some(1235.0);
        let text = String::from_utf8(indicators([&row].into_iter())).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].starts_with("dataset,reporting_period,period_kind,level,org_type,org_code,org_name,"),
            "{}",
            lines[0]
        );
        assert_eq!(lines[1], ",,,,,,\"a, b\",,,,,1235,,,,,,49.8765,,,,,,,,,,");
    }
}
