//! The tables of statistics, read for the pages.

use std::path::Path;

use anyhow::Result;
use iapt_model::{
    AssociationRow, DecompositionRow, InequalityGroupRow, InequalityRow, PersistenceRow, VariationRow,
    VariationSpreadRow,
};
use iapt_report::Analysis;
use iapt_transform::read_rows;

/// Rows of the tables of statistics.
pub(crate) struct Statistics {
    variation: Vec<VariationRow>,
    spreads: Vec<VariationSpreadRow>,
    groups: Vec<InequalityGroupRow>,
    inequality: Vec<InequalityRow>,
    persistence: Vec<PersistenceRow>,
    decomposition: Vec<DecompositionRow>,
    association: Vec<AssociationRow>,
}

impl Statistics {
    pub(crate) async fn read(tables: &Path) -> Result<Self> {
        let organisations = "dataset, reporting_period, level, org_type";
        let all = |table: &str, order: &str| format!("SELECT * FROM {table} ORDER BY {order}");
        let england = |table: &str, order: &str| {
            format!(
                "SELECT * FROM {table} WHERE level = 'england' ORDER BY dataset, reporting_period, {order}"
            )
        };
        let variation = all("variation", &format!("{organisations}, org_code, org_name, indicator"));
        let spreads = all("variation_spread", &format!("{organisations}, indicator, minimum_denominator"));
        let persistence =
            all("persistence", "dataset, level, org_type, indicator, first_period, minimum_denominator");
        let decomposition = all("decomposition", &format!("{organisations}, indicator, grouped_by"));
        let association = all("association", &format!("{organisations}, indicator, other_indicator"));
        let groups = england("inequality_groups", "indicator, breakdown, category_order, category");
        let inequality = england("inequality", "indicator, breakdown");
        Ok(Self {
            variation: read_rows(tables, &variation).await?,
            spreads: read_rows(tables, &spreads).await?,
            groups: read_rows(tables, &groups).await?,
            inequality: read_rows(tables, &inequality).await?,
            persistence: read_rows(tables, &persistence).await?,
            decomposition: read_rows(tables, &decomposition).await?,
            association: read_rows(tables, &association).await?,
        })
    }

    pub(crate) fn analysis(&self) -> Analysis<'_> {
        Analysis {
            variation: &self.variation,
            spreads: &self.spreads,
            groups: &self.groups,
            inequality: &self.inequality,
            persistence: &self.persistence,
            decomposition: &self.decomposition,
            association: &self.association,
        }
    }
}
