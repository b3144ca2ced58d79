//! Functions that SQL has beside those of the engine. The executors of a cluster have none of them, so no query of
//! `pipelines/indicators` that runs there (all but `explore`) may use one.

use std::sync::Arc;

use arrow::{
    array::{Array, StringArray},
    datatypes::DataType,
};
use datafusion::{
    common::cast::{as_float64_array, as_string_array},
    logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf},
};
use iapt_model::{FigureName, PeriodKind};

/// `with_commas(number)`: a whole number as sentences have it, `1,234,567`. Pages print theirs by `iapt-chart`, on which no table
/// stands.
pub(crate) fn with_commas() -> ScalarUDF {
    let of_columns = |columns: &[ColumnarValue]| {
        let columns = ColumnarValue::values_to_arrays(columns)?;
        let written: StringArray = match columns.first() {
            Some(numbers) => as_float64_array(numbers)?.iter().map(|number| number.map(written)).collect(),
            None => StringArray::new_null(0),
        };
        Ok(ColumnarValue::Array(Arc::new(written)))
    };
    create_udf(
        "with_commas",
        vec![DataType::Float64],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(of_columns),
    )
}

/// `figure_name(indicator, reporting_period, period_kind, level, org_code, breakdown, category)`: the name of a figure, by
/// columns of `indicators`; null where one of them is. A name is decided by [`FigureName`] alone.
pub(crate) fn figure_name() -> ScalarUDF {
    let of_columns = |columns: &[ColumnarValue]| {
        let columns = ColumnarValue::values_to_arrays(columns)?;
        let columns = columns.iter().map(|column| as_string_array(column));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let name = |row: usize| {
            let mut texts = columns.iter().map(|column| column.is_valid(row).then(|| column.value(row)));
            let mut next = || texts.next().flatten();
            // In the order of the arguments.
            let name = FigureName {
                indicator: next()?,
                reporting_period: next()?,
                is_sum_of_months: next()? == PeriodKind::SumOfMonths.as_str(),
                level: next()?,
                org_code: next()?,
                breakdown: next()?,
                category: next()?,
            };
            Some(name.to_string())
        };
        let n_rows = columns.first().map_or(0, Array::len);
        Ok(ColumnarValue::Array(Arc::new((0..n_rows).map(name).collect::<StringArray>())))
    };
    create_udf(
        "figure_name",
        vec![DataType::Utf8; 7],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(of_columns),
    )
}

fn written(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number <= -0.5 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.4, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (12_345.0, "12,345"),
            (-1_234_567.0, "-1,234,567"),
            (999_999.6, "1,000,000"),
        ] {
            assert_eq!(written(number), expected, "{number}");
        }
    }
}
