//! What can go wrong in drawing a chart.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A chart has no words for those who do not see it.
    #[error("chart `{chart}` has an empty description")]
    NoDescription {
        /// The anchor of the chart.
        chart: String,
    },
    /// A template is not there, or asks for something that is not there.
    #[error(transparent)]
    Template(#[from] minijinja::Error),
}
