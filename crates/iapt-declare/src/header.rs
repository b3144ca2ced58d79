//! The header of a new file.

use iapt_model::{Dataset, Period};

use crate::sheet::Sheet;

/// Proposes the rows of `headers.csv`, unless there are some of the file and period.
pub(crate) fn propose(dataset: &Dataset, file: &str, period: Period, columns: &[String], sheet: &mut Sheet) {
    if dataset.known_headers.iter().any(|header| header.file == file && header.period == period) {
        return;
    }
    let name = period.to_string();
    for (index, column) in columns.iter().enumerate() {
        let position = (index + 1).to_string();
        sheet.add(
            |_, _| false,
            &[("file", file), ("period", &name), ("position", &position), ("column", column)],
        );
    }
}
