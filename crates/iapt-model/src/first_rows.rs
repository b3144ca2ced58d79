//! What the first rows of a bare CSV file must show before it is taken for a release.

use std::collections::BTreeMap;

use crate::{DateRole, Layout, Period, Role};

/// The columns that a release is expected to have, and the days that its first row must name.
///
/// An archive proves its members by their names and checksums. A CSV file proves nothing, so its header is looked at
/// when it arrives. A header that has drifted is not refused here: the build names every column that is new, respelt or
/// gone, with the line to write. A text that is no such file at all has hardly a column in common with it.
#[derive(Clone, Debug)]
pub struct FirstRows {
    pub(crate) columns: BTreeMap<String, Role>,
    pub(crate) layout: Layout,
    pub(crate) period: Period,
    /// The row that the header stands in, from 1.
    pub header_row: usize,
}

impl FirstRows {
    /// The first rows of a file whose columns have these roles, with its header in the first row.
    #[must_use]
    pub fn new(columns: BTreeMap<String, Role>, period: Period) -> Self {
        Self { columns, layout: Layout::default(), period, header_row: 1 }
    }

    /// Compares the header, and the row under it, with what is expected.
    ///
    /// # Errors
    ///
    /// Why this is another file: less than half of the declared columns are there, or the first row is of another
    /// period.
    pub fn check(&self, header: &[String], first: &[String]) -> Result<(), String> {
        let n_found = self.columns.keys().filter(|column| header.contains(column)).count();
        let n_declared = self.columns.len();
        if n_found * 2 < n_declared {
            return Err(format!(
                "its header has {n_found} of the {n_declared} columns that are declared for {}",
                self.period
            ));
        }
        for (column, text) in header.iter().zip(first) {
            let expected = match self.columns.get(column) {
                Some(Role::Date(DateRole::StartDate)) => self.period.start_date(),
                Some(Role::Date(DateRole::EndDate)) => self.period.end_date(),
                _ => continue,
            };
            // In any notation that the publisher has used: a date of another time is told by what it says.
            let is_expected = self.layout.dates(text).any(|date| date == expected);
            if !is_expected && let Some(found) = self.layout.dates(text).next() {
                return Err(format!(
                    "its first row has {found} under `{column}`, which is {expected} in {}",
                    self.period
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{DateFormat, Key};

    use super::*;

    fn expected() -> FirstRows {
        let columns = [
            ("START", Role::Date(DateRole::StartDate)),
            ("END", Role::Date(DateRole::EndDate)),
            ("ORG_CODE", Role::Key(Key::OrgCode)),
            ("ORG_NAME", Role::Key(Key::OrgName)),
        ];
        let format =
            |format: &str| DateFormat { format: format.to_owned(), first_period: None, last_period: None };
        FirstRows {
            columns: columns.map(|(name, role)| (name.to_owned(), role)).into(),
            layout: Layout {
                date_formats: vec![format("%d/%m/%Y"), format("%Y-%m-%d")],
                ..Layout::default()
            },
            period: "2025-05".parse().unwrap(),
            header_row: 1,
        }
    }

    #[test]
    fn a_file_is_known_by_its_columns_and_its_days() {
        let check = |header: &str, first: &str, why: &str| {
            let cells = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
            let found = expected().check(&cells(header), &cells(first));
            assert_eq!(found.err().unwrap_or_default(), why, "{header} {first}");
        };
        let whole = "START,END,ORG_CODE,ORG_NAME";
        check(whole, "01/05/2025,31/05/2025,RDY,Dorset", "");
        check(whole, "2025-05-01,2025-05-31,RDY,Dorset", "");
        // A date in a new notation, or a text that is not a date, is for the build to report.
        check("START,END,CODE,NAME,MORE", "01/05/2025,31/05/2025,RDY,Dorset,", "");
        check(whole, "May,31/05/2025,RDY,Dorset", "");
        check(whole, "", "");
        check(
            whole,
            "01/06/2025,30/06/2025,RDY,Dorset",
            "its first row has 2025-06-01 under `START`, which is 2025-05-01 in 2025-05",
        );
        check(
            whole,
            "2025-05-01,2025-06-30,RDY,Dorset",
            "its first row has 2025-06-30 under `END`, which is 2025-05-31 in 2025-05",
        );
        for text in
            ["{\"error\": 1}", "<div class=\"error\">", "Service unavailable, try again", "START,b,c,d"]
        {
            let n_found = usize::from(text.starts_with("START"));
            check(
                text,
                "",
                &format!("its header has {n_found} of the 4 columns that are declared for 2025-05"),
            );
        }
    }
}
