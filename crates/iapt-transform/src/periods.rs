//! The periods that tables report on, with their days: a name such as `2017-18` sorts, but is no date.

use std::sync::Arc;

use arrow::{
    array::{Date32Array, RecordBatch, StringArray, UInt32Array},
    datatypes::{DataType, Date32Type, Field, Schema},
};
use iapt_catalog::query;
use iapt_model::Period;
use serde::Deserialize;

use crate::{
    Error,
    table_folder::{Known, TableFolder},
};

/// Writes the table `periods`, when every table that names a period is there.
///
/// # Errors
///
/// [`Error::Period`] where a table names something that is not a period.
pub(crate) async fn derive(folder: &TableFolder<'_>) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Named {
        reporting_period: String,
    }
    let periods = folder.project.query("periods")?;
    let from = folder.query_sum(periods, &Known::default())?;
    if folder.keep("periods", &[from])? {
        return Ok(());
    }
    let named: Vec<Named> = query::read_rows(folder.path, &periods.text).await?;
    let periods = named.iter().map(|named| named.reporting_period.parse::<Period>());
    let periods: Vec<Period> = periods.collect::<Result<_, _>>().map_err(Error::Period)?;
    let days = |day: fn(Period) -> chrono::NaiveDate| -> Date32Array {
        periods.iter().map(|period| Some(Date32Type::from_naive_date(day(*period)))).collect()
    };
    let schema = Arc::new(Schema::new(vec![
        Field::new("reporting_period", DataType::Utf8, false),
        Field::new("start_date", DataType::Date32, false),
        Field::new("end_date", DataType::Date32, false),
        Field::new("n_months", DataType::UInt32, false),
    ]));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(StringArray::from_iter_values(named.iter().map(|named| &named.reporting_period))),
            Arc::new(days(Period::start_date)),
            Arc::new(days(Period::end_date)),
            Arc::new(UInt32Array::from_iter_values(periods.iter().map(|period| period.n_months()))),
        ],
    )
    .map_err(|source| Error::Layout { table: "periods".to_owned(), source })?;
    let mut file = folder.start("periods");
    file.begin(from);
    file.write(&batch)?;
    file.close()
}
