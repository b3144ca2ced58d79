//! Tables that are written part by part.

use std::{pin::pin, sync::Arc};

use arrow::{array::RecordBatch, compute::concat_batches, datatypes::Schema};
use datafusion::prelude::DataFrame;
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
            Some(work) => Ok((from, Some(session::ended(work).await.map_err(Error::query)??))),
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

/// Begins the queries of a part, whose rows follow each other in the table's order. Their result is one batch, so that its bytes do not
/// depend on how the engine cuts it, nor on how many queries there are; without rows it still has its columns.
fn begin(
    queries: Vec<DataFrame>,
    finish: fn(RecordBatch) -> Result<RecordBatch, Error>,
) -> Apart<Result<RecordBatch, Error>> {
    session::begin(async move {
        let (mut schema, mut batches) = (Arc::new(Schema::empty()), Vec::new());
        for query in queries {
            schema = Arc::clone(query.schema().inner());
            batches.extend(query.collect().await?);
        }
        // The plan's own schema may say less about nulls than the batches do.
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        let together = concat_batches(&schema, &batches);
        drop(batches);
        Ok(together.map_err(Error::layout).and_then(finish))
    })
}
