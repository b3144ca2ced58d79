//! The rows of the tables that pages are made of.

use anyhow::Result;
use iapt_catalog::{Only, Session};
use iapt_model::{
    AdditivityRow, AssociationRow, ClaimRow, CurrentRow, DecompositionRow, ENGLAND, FindingRow,
    FunnelLimitsRow, IndicatorRow, InequalityGroupRow, InequalityRow, PersistenceRow, ReleaseRow,
    ServiceOfBoardRow, SpreadRow, VariationRow,
};
use iapt_report::{Analysis, FUNNEL_LIMITS, Integrity};

/// Rows of the tables but those of statistics.
pub(crate) struct Rows {
    pub(crate) indicators: Vec<IndicatorRow>,
    pub(crate) current: Vec<CurrentRow>,
    pub(crate) services: Vec<ServiceOfBoardRow>,
    pub(crate) releases: Vec<ReleaseRow>,
    findings: Vec<FindingRow>,
    additivity: Vec<AdditivityRow>,
    claims: Vec<ClaimRow>,
}

impl Rows {
    /// `in_order` has the same tables and gives their rows in the order of the files.
    pub(crate) async fn read(tables: Session, in_order: Session) -> Result<Self> {
        let wanted = Only::Any(&[("breakdown", "total"), ("level", ENGLAND)]);
        let mut indicators: Vec<IndicatorRow> = in_order.table("indicators", wanted, &[]).await?;
        // They are in this order already, which one look finds: the engine would sort the largest of the tables.
        indicators.sort_by(|left, right| key(left).cmp(&key(right)));
        let order = "dataset reporting_period level org_code indicator";
        let current = tables.table("current_geography", Only::Every, &words(order)).await?;
        let order = "org_code board_code reporting_period";
        let services: Vec<ServiceOfBoardRow> =
            tables.table("services_of_boards", Only::Every, &words(order)).await?;
        let services = ServiceOfBoardRow::newest(&services);
        let order = "dataset reporting_period edition source_file";
        let releases = tables.table("releases", Only::Every, &words(order)).await?;
        let order = "dataset reporting_period rule org_type org_code org_name subject";
        let findings = tables.table("findings", Only::Every, &words(order)).await?;
        let order = "dataset reporting_period org_type measure is_deduplicated";
        let additivity = tables.table("additivity", Only::Every, &words(order)).await?;
        let claims = tables.table("claims", Only::Every, &["claim"]).await?;
        Ok(Self { indicators, current, services, releases, findings, additivity, claims })
    }

    pub(crate) fn integrity(&self) -> Integrity<'_> {
        Integrity { findings: &self.findings, additivity: &self.additivity, claims: &self.claims }
    }
}

/// Rows of the tables of statistics.
pub(crate) struct Statistics {
    variation: Vec<VariationRow>,
    limits: Vec<FunnelLimitsRow>,
    spreads: Vec<SpreadRow>,
    groups: Vec<InequalityGroupRow>,
    inequality: Vec<InequalityRow>,
    persistence: Vec<PersistenceRow>,
    decomposition: Vec<DecompositionRow>,
    association: Vec<AssociationRow>,
}

impl Statistics {
    pub(crate) async fn read(tables: Session) -> Result<Self> {
        let organisations = "dataset reporting_period level org_type";
        let all = |order: &str| format!("{organisations} {order}");
        let england = Only::All(&[("level", ENGLAND)]);
        let order = all("org_code org_name indicator");
        let variation = tables.table("variation", Only::Every, &words(&order)).await?;
        let drawn = FUNNEL_LIMITS.map(|limits| ("limits", limits));
        let order = all("org_code org_name indicator limits");
        let limits = tables.table("funnel_limits", Only::Any(&drawn), &words(&order)).await?;
        let order = all("indicator minimum_denominator");
        let spreads = tables.table("spread", Only::Every, &words(&order)).await?;
        let order = "dataset reporting_period indicator breakdown category_order category";
        let groups = tables.table("inequality_groups", england, &words(order)).await?;
        let order = "dataset reporting_period indicator breakdown";
        let inequality = tables.table("inequality", england, &words(order)).await?;
        let order = "dataset level org_type indicator first_period minimum_denominator";
        let persistence = tables.table("persistence", Only::Every, &words(order)).await?;
        let order = all("indicator grouped_by");
        let decomposition = tables.table("decomposition", Only::Every, &words(&order)).await?;
        let order = all("indicator other_indicator");
        let association = tables.table("association", Only::Every, &words(&order)).await?;
        Ok(Self { variation, limits, spreads, groups, inequality, persistence, decomposition, association })
    }

    /// The spread of the organisations that reach the floor.
    pub(crate) fn headline_spreads(&self) -> Vec<SpreadRow> {
        self.spreads.iter().filter(|row| row.is_headline()).cloned().collect()
    }

    pub(crate) fn analysis(&self) -> Analysis<'_> {
        Analysis {
            variation: &self.variation,
            limits: &self.limits,
            spreads: &self.spreads,
            groups: &self.groups,
            inequality: &self.inequality,
            persistence: &self.persistence,
            decomposition: &self.decomposition,
            association: &self.association,
        }
    }
}

/// What rows of the indicator table are in order of.
fn key(row: &IndicatorRow) -> [&str; 9] {
    [
        &row.dataset,
        &row.reporting_period,
        &row.level,
        &row.org_type,
        &row.org_code,
        &row.org_name,
        &row.breakdown,
        &row.category,
        &row.indicator,
    ]
}

/// Names of columns, as they are written one after the other.
fn words(columns: &str) -> Vec<&str> {
    columns.split_whitespace().collect()
}
