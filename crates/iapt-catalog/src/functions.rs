//! Functions that SQL files have beside those of the engine.

use std::sync::Arc;

use arrow::{array::StringArray, datatypes::DataType};
use datafusion::{
    common::cast::as_float64_array,
    logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf},
};

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
