//! Published counts that several modules test with.

use crate::proportion::Proportion;

/// The seven commissioning regions of 2024-25 in order of code (Y56, Y58, ..., Y63): people who recovered, of those who
/// finished a course of treatment, less those who were not at caseness.
///
/// Copied from `golden/org_recovery_3_years.csv` (NHS England, NHS Talking Therapies annual figures, rounded to 5); what
/// tests expect of them is in that file and in `golden/statistics_3_years.json`.
pub(crate) fn regions_of_2024_25() -> Vec<Proportion> {
    [
        (52_095.0, 104_230.0),
        (29_055.0, 56_570.0),
        (48_115.0, 95_650.0),
        (64_765.0, 127_460.0),
        (39_745.0, 77_915.0),
        (38_500.0, 78_230.0),
        (48_505.0, 94_490.0),
    ]
    .into_iter()
    .map(|(events, total)| Proportion::new(events, total).expect("proper"))
    .collect()
}
