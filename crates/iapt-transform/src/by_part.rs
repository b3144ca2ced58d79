//! Tables that are written part by part.

use std::{pin::pin, sync::Arc};

use arrow::{
    array::RecordBatch,
    compute::{SortColumn, SortOptions, concat_batches, lexsort_to_indices, take_record_batch},
    datatypes::Schema,
    error::ArrowError,
};
use datafusion::{error::DataFusionError, logical_expr::LogicalPlan, prelude::DataFrame};
use futures::{StreamExt, future, stream};
use iapt_catalog::session::{self, Apart};
use iapt_files::Sha256;

use crate::{Error, table_folder::TableFolder};

/// How many parts are worked on at once.
pub(crate) const PARTS_AT_ONCE: usize = 2;

/// Writes what the queries of each part give to one table, a row group for each, in their order, or copies the one that was made of
/// the same. While one is written, two others are worked on, of which one is planned while the other is worked on.
pub(crate) async fn write_parts<P: Copy>(
    folder: &TableFolder<'_>,
    table: &str,
    parts: &[(Sha256, P)],
    plan: impl AsyncFn(P) -> Result<Vec<DataFrame>, Error>,
    finish: fn(RecordBatch) -> Result<RecordBatch, Error>,
) -> Result<(), Error> {
    let begun = stream::iter(parts).then(async |(from, part)| {
        if folder.had(table, *from) {
            return Ok((*from, None));
        }
        Ok((*from, Some(begin(plan(*part).await?, finish))))
    });
    let results = begun.map(async |begun: Result<_, Error>| {
        let (from, work) = begun?;
        match work {
            Some(work) => Ok((from, Some(session::ended(work).await.map_err(query)??))),
            None => Ok((from, None)),
        }
    });
    let mut results = pin!(results.buffered(PARTS_AT_ONCE));
    let mut file = folder.start(table);
    let mut next: Option<Result<_, Error>> = results.next().await;
    while let Some(result) = next {
        let (from, made) = result?;
        let write = async {
            match made {
                Some(batch) => {
                    file.begin(from);
                    file.write(&batch)
                }
                None => file.copy(from),
            }
        };
        let written;
        (next, written) = future::join(results.next(), write).await;
        written?;
    }
    file.close()
}

/// Begins the queries of a part, one after the other. Their result is one batch, so that its bytes do not depend on how the engine cuts
/// it, nor on how many queries there are; without rows it still has its columns.
fn begin(
    queries: Vec<DataFrame>,
    finish: fn(RecordBatch) -> Result<RecordBatch, Error>,
) -> Apart<Result<RecordBatch, Error>> {
    session::begin(async move {
        let order = if queries.len() > 1 { queries.first().map(order_of) } else { None };
        let (mut schema, mut batches) = (Arc::new(Schema::empty()), Vec::new());
        for query in queries {
            schema = Arc::clone(query.schema().inner());
            batches.extend(query.collect().await?);
        }
        // The plan's own schema may say less about nulls than the batches do.
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        let together = concat_batches(&schema, &batches);
        drop(batches);
        let together = together.and_then(|batch| match order {
            Some(order) => in_order(&batch, &order),
            None => Ok(batch),
        });
        Ok(together.map_err(layout).and_then(finish))
    })
}

/// What a query sorts its rows by, in the end: columns, and how.
fn order_of(query: &DataFrame) -> Vec<(String, SortOptions)> {
    let LogicalPlan::Sort(sort) = query.logical_plan() else { return Vec::new() };
    let by = sort.expr.iter().filter_map(|by| {
        let options = SortOptions { descending: !by.asc, nulls_first: by.nulls_first };
        Some((by.expr.try_as_col()?.name.clone(), options))
    });
    by.collect()
}

/// The rows of a batch in order of some columns, of which there is at least one.
fn in_order(batch: &RecordBatch, order: &[(String, SortOptions)]) -> Result<RecordBatch, ArrowError> {
    let column = |(name, options): &(String, SortOptions)| {
        let values = batch.column_by_name(name).cloned();
        let values = values.ok_or_else(|| ArrowError::SchemaError(format!("there is no `{name}`")))?;
        Ok(SortColumn { values, options: Some(*options) })
    };
    let columns = order.iter().map(column).collect::<Result<Vec<_>, ArrowError>>()?;
    take_record_batch(batch, &lexsort_to_indices(&columns, None)?)
}

fn layout(source: ArrowError) -> Error {
    Error::Layout { table: "the result".to_owned(), source }
}

fn query(error: DataFusionError) -> Error {
    iapt_catalog::Error::Query(Box::new(error)).into()
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, AsArray, Float64Array, StringArray};
    use arrow::datatypes::Float64Type;

    use super::*;

    #[tokio::test]
    async fn rows_of_several_queries_are_in_order() {
        let texts = |texts: &[&str]| -> ArrayRef { Arc::new(StringArray::from(texts.to_vec())) };
        let n: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0]));
        let batch = RecordBatch::try_from_iter([
            ("n", n),
            ("indicator", texts(&["b", "d", "a", "c"])),
            ("org_code", texts(&["X", "X", "X", "R"])),
        ]);
        let context = session::context(1, None).unwrap();
        context.register_batch("rows", batch.unwrap()).unwrap();
        let mut queries = Vec::new();
        for indicators in ["'b', 'd'", "'a', 'c'"] {
            let sql =
                format!("SELECT * FROM rows WHERE indicator IN ({indicators}) ORDER BY org_code, indicator");
            queries.push(context.sql(&sql).await.unwrap());
        }
        let sorted = session::ended(begin(queries, Ok)).await.unwrap().unwrap();
        assert_eq!(sorted.column(0).as_primitive::<Float64Type>().values(), &[4.0, 3.0, 1.0, 2.0]);
    }
}
