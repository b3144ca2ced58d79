//! The tables of statistics, read for the pages.

use anyhow::Result;
use iapt_model::{
    AssociationRow, DecompositionRow, InequalityGroupRow, InequalityRow, PersistenceRow, SpreadRow,
    VariationRow,
};
use iapt_report::Analysis;
use iapt_transform::Session;

/// Rows of the tables of statistics.
pub(crate) struct Statistics {
    variation: Vec<VariationRow>,
    spreads: Vec<SpreadRow>,
    groups: Vec<InequalityGroupRow>,
    inequality: Vec<InequalityRow>,
    persistence: Vec<PersistenceRow>,
    decomposition: Vec<DecompositionRow>,
    association: Vec<AssociationRow>,
}

impl Statistics {
    pub(crate) async fn read(tables: &Session) -> Result<Self> {
        let organisations = "dataset, reporting_period, level, org_type";
        let all = |table: &str, order: &str| format!("SELECT * FROM {table} ORDER BY {order}");
        let england = |table: &str, order: &str| {
            format!(
                "SELECT * FROM {table} WHERE level = 'england' ORDER BY dataset, reporting_period, {order}"
            )
        };
        let variation = all("variation", &format!("{organisations}, org_code, org_name, indicator"));
        let spreads = all("spread", &format!("{organisations}, indicator, minimum_denominator"));
        let persistence =
            all("persistence", "dataset, level, org_type, indicator, first_period, minimum_denominator");
        let decomposition = all("decomposition", &format!("{organisations}, indicator, grouped_by"));
        let association = all("association", &format!("{organisations}, indicator, other_indicator"));
        let groups = england("inequality_groups", "indicator, breakdown, category_order, category");
        let inequality = england("inequality", "indicator, breakdown");
        Ok(Self {
            variation: tables.rows(&variation).await?,
            spreads: tables.rows(&spreads).await?,
            groups: tables.rows(&groups).await?,
            inequality: tables.rows(&inequality).await?,
            persistence: tables.rows(&persistence).await?,
            decomposition: tables.rows(&decomposition).await?,
            association: tables.rows(&association).await?,
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
