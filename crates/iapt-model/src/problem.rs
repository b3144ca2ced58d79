//! What is not understood about a release: each problem says what and where, and its hint what to type.

use std::fmt;

use crate::{Period, declared::quoted};

/// Where in the publication something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFile {
    /// The dataset.
    pub dataset: String,
    /// The reporting period of the release.
    pub period: Period,
    /// The declared file, such as `main`.
    pub file: String,
    /// The published file that it was read from.
    pub member: String,
}

impl fmt::Display for PublishedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: `{}`", self.dataset, self.period, self.member)
    }
}

/// One thing about a published file that the declared files do not account for.
///
/// Any of them stops the run, after all of them have been found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A published column that no live crosswalk row names.
    #[error("{published_file}: column `{column}` (position {position}) is not in the crosswalk")]
    UnmappedColumn {
        /// The published file.
        published_file: PublishedFile,
        /// The published header cell.
        column: String,
        /// Its position, from 1.
        position: usize,
    },
    /// A live crosswalk row whose column the publisher did not print.
    #[error("{published_file}: column `{column}` has vanished: the crosswalk expects it in {period}", period = published_file.period)]
    VanishedColumn {
        /// The published file.
        published_file: PublishedFile,
        /// The column that the crosswalk names.
        column: String,
        /// The row as it should read if the column ended with the period before; none where it begins with this one.
        closed_row: Option<String>,
    },
    /// A column printed more than once.
    #[error("{published_file}: column `{column}` stands at positions {first} and {second}")]
    DuplicatedColumn {
        /// The published file.
        published_file: PublishedFile,
        /// The published header cell.
        column: String,
        /// Position of the first, from 1.
        first: usize,
        /// Position of the second, from 1.
        second: usize,
    },
    /// A measure id that is not declared, or one that is printed with another name than the declared one.
    #[error("{published_file}: row {row}: measure `{measure_id}` (`{measure_name}`) is not in measure_ids.csv{}", otherwise(declared_name.as_ref()))]
    UnmappedMeasure {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has it, counting the header as row 1.
        row: usize,
        /// The publisher's id.
        measure_id: String,
        /// The name printed beside it.
        measure_name: String,
        /// The name that the id is declared with.
        declared_name: Option<String>,
        /// The declared row as it should read if it ended with the period before.
        closed_row: Option<String>,
    },
    /// A declared measure id that the file does not print.
    #[error("{published_file}: measure `{measure_id}` (`{measure_name}`) has vanished: measure_ids.csv expects it in {period}", period = published_file.period)]
    VanishedMeasure {
        /// The published file.
        published_file: PublishedFile,
        /// The publisher's id.
        measure_id: String,
        /// The name that it is declared with.
        measure_name: String,
        /// The row as it should read if the id ended with the period before; none where it begins with this one.
        closed_row: Option<String>,
    },
    /// A date that is not one of the release's.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` is not {expected}{more}", more = more(*others))]
    OtherPeriod {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has it, counting the header as row 1.
        row: usize,
        /// The published header cell.
        column: String,
        /// The cell as published.
        text: String,
        /// What the release's period makes of it.
        expected: String,
        /// How many other cells of the column hold the same text.
        others: usize,
    },
    /// A cell that is neither a number nor a declared marker.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` is neither a number nor a declared marker{more}", more = more(*others))]
    UnknownMarker {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has it, counting the header as row 1.
        row: usize,
        /// The published header cell.
        column: String,
        /// The cell as published.
        text: String,
        /// How many other cells of the column hold the same text.
        others: usize,
    },
    /// The texts of a column that are not understood, beyond those that are listed one by one.
    #[error(
        "{published_file}: row {row}, column `{column}`: `{text}` and the texts of {others} more cells are neither numbers nor declared markers"
    )]
    MoreUnknownTexts {
        /// The published file.
        published_file: PublishedFile,
        /// The first row of the first of them, counting the header as row 1.
        row: usize,
        /// The published header cell.
        column: String,
        /// The first of them.
        text: String,
        /// How many other cells hold one.
        others: usize,
    },
    /// A number that is not whole where only whole numbers can stand.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` is not a whole number, as a {statistic} has to be{more}", more = more(*others))]
    NotWhole {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has it, counting the header as row 1.
        row: usize,
        /// The published header cell.
        column: String,
        /// The cell as published.
        text: String,
        /// The statistic of the column.
        statistic: String,
        /// How many other cells of the column are none either.
        others: usize,
    },
    /// A share of one where a percentage should stand: percentages have one decimal at most.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` looks like a fraction of 1, not like a percentage{more}", more = more(*others))]
    ShareOfOne {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has one, counting the header as row 1.
        row: usize,
        /// The published header cell.
        column: String,
        /// The number.
        text: String,
        /// How many other cells of the column hold one.
        others: usize,
    },
    /// A text that a data-frame library writes and the publisher does not.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` is written by data-frame libraries and not by the publisher: the file seems to have been saved again{more}", more = more(*others))]
    Resaved {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has it, counting the header as row 1.
        row: usize,
        /// The published header cell, or the letter of the column where it is blank.
        column: String,
        /// The cell as it is.
        text: String,
        /// How many other cells of the column hold such a text.
        others: usize,
    },
    /// A text in a row that is of no organisation or has no figures.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` stands in a row without an organisation or without figures{more}", more = more(*others))]
    Note {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has it, counting the header as row 1.
        row: usize,
        /// The published header cell.
        column: String,
        /// The first cell of the row that is not blank.
        text: String,
        /// How many other rows begin so.
        others: usize,
    },
    /// A quote inside of a cell, or one that opens a cell and is never closed.
    #[error("{published_file}: row {row}: a quote (`\"`) {}{more}", if *is_open { "opens a cell and is never closed" } else { "neither opens nor closes a cell" }, more = more(*others))]
    StrayQuote {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has one, counting the header as row 1.
        row: usize,
        /// Whether it is never closed.
        is_open: bool,
        /// How many other rows have one.
        others: usize,
    },
    /// A row with another number of cells than the header.
    #[error("{published_file}: row {row} has {found} cells, the header has {expected}{more}", more = more(*others))]
    RaggedRow {
        /// The published file.
        published_file: PublishedFile,
        /// The first such row, counting the header as row 1.
        row: usize,
        /// Cells in the header.
        expected: usize,
        /// Cells in the row.
        found: usize,
        /// How many other rows have that many.
        others: usize,
    },
    /// The number of rows read is not the number of rows there are.
    #[error("{published_file}: {read} rows were read, but the file has {counted}")]
    RowCount {
        /// The published file.
        published_file: PublishedFile,
        /// Rows read, without the header.
        read: usize,
        /// Rows counted another way, without the header.
        counted: usize,
    },
    /// A file without a single row under its header.
    #[error("{published_file}: there is no row under the header")]
    NoRows {
        /// The published file.
        published_file: PublishedFile,
    },
    /// A file of zero bytes.
    #[error("{published_file}: the file is empty")]
    Empty {
        /// The published file.
        published_file: PublishedFile,
    },
    /// Bytes that are not text in the declared encoding.
    #[error("{published_file}: byte {offset} (line {line}) is not {encoding}")]
    NotText {
        /// The published file.
        published_file: PublishedFile,
        /// The declared encoding.
        encoding: &'static str,
        /// Offset of the first such byte.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// Text in UTF-16.
    #[error("{published_file}: the file is in UTF-16, not in UTF-8")]
    Utf16 {
        /// The published file.
        published_file: PublishedFile,
    },
    /// A NUL byte, which no text file has.
    #[error("{published_file}: byte {offset} (line {line}) is a NUL")]
    Nul {
        /// The published file.
        published_file: PublishedFile,
        /// Offset of the first one.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// A text in a column that is declared as a separator.
    #[error("{published_file}: row {row}, column `{column}`: `{text}` is in a separator column, which should be blank{more}", more = more(*others))]
    NotBlank {
        /// The published file.
        published_file: PublishedFile,
        /// The first row that has one.
        row: usize,
        /// The column.
        column: String,
        /// The cell as published.
        text: String,
        /// How many other rows have one.
        others: usize,
    },
    /// A text that is no code, in the column of organisation codes.
    #[error("{published_file}: row {row}: `{text}` is not the code of an organisation{more}", more = more(*others))]
    NotACode {
        /// The published file.
        published_file: PublishedFile,
        /// The first such row.
        row: usize,
        /// The cell as published.
        text: String,
        /// How many other rows have one.
        others: usize,
    },
    /// A table without the row that England is found by.
    #[error("{published_file}: no row with figures at or under the label `{label}`")]
    NoEngland {
        /// The published file.
        published_file: PublishedFile,
        /// The label.
        label: String,
    },
    /// A control total copied from the publication that the file does not show.
    #[error(
        "{published_file}: England's {statistic} of {measure}{of} is {found}, but {source_of_total} prints {expected}",
        of = of(category.as_deref())
    )]
    ControlTotal {
        /// The published file.
        published_file: PublishedFile,
        /// The measure.
        measure: String,
        /// Its statistic.
        statistic: String,
        /// The category, where it is not the total of all.
        category: Option<String>,
        /// The number in the file, or its marker.
        found: String,
        /// The number in `expected.csv`.
        expected: f64,
        /// Where that was printed.
        source_of_total: String,
    },
    /// A category without a canonical one; a problem only when the run is strict.
    #[error(
        "{published_file}: category `{variable_type}` / `{variable_a}` / `{variable_b}` is not in categories.csv ({n_rows} rows)"
    )]
    UnknownCategory {
        /// The published file.
        published_file: PublishedFile,
        /// What the row is broken down by, as published.
        variable_type: String,
        /// The category, as published.
        variable_a: String,
        /// The category within that category, as published.
        variable_b: String,
        /// Rows that have it.
        n_rows: usize,
    },
    /// An organisation type without a level; a problem only when the run is strict.
    #[error(
        "{published_file}: organisation type `{org_type}` is not in organisation_types.csv ({n_rows} rows)"
    )]
    UnknownOrganisationType {
        /// The published file.
        published_file: PublishedFile,
        /// The type of organisation, as published.
        org_type: String,
        /// Rows that have it.
        n_rows: usize,
    },
    /// An organisation without a row of its own; a problem only when the run is strict.
    #[error(
        "{published_file}: {org_type} `{org_code}` (`{org_name}`) is not in organisations.csv ({n_rows} rows)"
    )]
    UnknownOrganisation {
        /// The published file.
        published_file: PublishedFile,
        /// Its type, as published.
        org_type: String,
        /// The level of the type.
        level: String,
        /// Its code.
        org_code: String,
        /// Its name, as first published in the file.
        org_name: String,
        /// Rows that have it.
        n_rows: usize,
    },
    /// A type of organisation whose rows the declared layout is not right for.
    #[error("{published_file}: rows of type `{org_type}` are not declared in the layout of `{}` ({n_rows} rows)", published_file.file)]
    OrganisationTypeNotDeclared {
        /// The published file.
        published_file: PublishedFile,
        /// The type of organisation, as published.
        org_type: String,
        /// Rows that have it.
        n_rows: usize,
    },
}

fn otherwise(declared_name: Option<&String>) -> String {
    declared_name.map_or_else(String::new, |name| format!(": it is declared as `{name}`"))
}

fn of(category: Option<&str>) -> String {
    category.map(|category| format!(" of `{category}`")).unwrap_or_default()
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (and 1 more)".to_owned(),
        _ => format!(" (and {others} more)"),
    }
}

impl Problem {
    /// What to type, and where, if the data are right and the declared files are behind.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::UnmappedColumn { published_file, column, .. } => format!(
                "add to pipelines/{}/columns.csv, with its measure and statistic (or role `ignore` and a note): {},{column},{},,measure,MEASURE,STATISTIC,",
                published_file.dataset,
                published_file.file,
                published_file.period,
                column = quoted(column),
            ),
            Self::VanishedColumn { published_file, closed_row: Some(closed_row), .. } => {
                format!(
                    "if the publisher dropped the column, close its row in pipelines/{}/columns.csv: {closed_row}",
                    published_file.dataset
                )
            }
            Self::VanishedColumn { published_file, column, closed_row: None } => format!(
                "if it was never there, take its row out of pipelines/{}/columns.csv: {},{},{},...",
                published_file.dataset,
                published_file.file,
                quoted(column),
                published_file.period
            ),
            Self::UnmappedMeasure { published_file, measure_id, measure_name, closed_row, .. } => {
                let new = format!(
                    "{},{measure_id},{},{},,MEASURE,STATISTIC,",
                    published_file.file,
                    quoted(measure_name),
                    published_file.period
                );
                match closed_row {
                    Some(closed_row) => format!(
                        "if it has only been renamed, close its row in pipelines/{}/measure_ids.csv: {closed_row} and add: {new}",
                        published_file.dataset
                    ),
                    None => {
                        format!(
                            "add to pipelines/{}/measure_ids.csv, with its measure and statistic: {new}",
                            published_file.dataset
                        )
                    }
                }
            }
            Self::VanishedMeasure { published_file, closed_row: Some(closed_row), .. } => format!(
                "if it is gone, close its row in pipelines/{}/measure_ids.csv: {closed_row}",
                published_file.dataset
            ),
            Self::VanishedMeasure { published_file, measure_id, measure_name, closed_row: None } => format!(
                "if it was never there, take its row out of pipelines/{}/measure_ids.csv: {},{measure_id},{},{},...",
                published_file.dataset,
                published_file.file,
                quoted(measure_name),
                published_file.period
            ),
            Self::OtherPeriod { published_file, .. } => format!(
                "compare the period and the address of the release in pipelines/{}/releases.toml; if dates are written in a new way, add it to date_formats in pipelines/{}/dataset.toml",
                published_file.dataset, published_file.dataset
            ),
            Self::DuplicatedColumn { published_file, column, .. } => format!(
                "two columns of one name cannot be told apart; report it to the publisher, or pin an earlier edition of {} in pipelines/{}/releases.toml (column `{column}`)",
                published_file.period, published_file.dataset
            ),
            Self::UnknownMarker { published_file, text, .. } => format!(
                "if it is a marker, declare it in pipelines/{}/dataset.toml under [markers]: {text:?} = \"suppressed\" (or not_applicable, no_activity, missing)",
                published_file.dataset
            ),
            Self::MoreUnknownTexts { published_file, .. } => format!(
                "if the column is not a measure, correct its row in pipelines/{}/columns.csv",
                published_file.dataset
            ),
            Self::NotWhole { published_file, statistic, .. } => format!(
                "if the column is not a {statistic}, correct its statistic in pipelines/{}/columns.csv (or measure_ids.csv)",
                published_file.dataset
            ),
            Self::ShareOfOne { published_file, .. } => format!(
                "the publisher prints percentages with at most one decimal, so these may be fractions of 1; ask the publisher, or pin an earlier edition in pipelines/{}/releases.toml",
                published_file.dataset
            ),
            Self::Resaved { published_file, .. } => format!(
                "take the publisher's own file; if there is no other, say so in pipelines/{}/dataset.toml: [layout.{}] is_resaved = true",
                published_file.dataset, published_file.file
            ),
            Self::Note { published_file, text, .. } => format!(
                "read what it says of the figures; then save a copy without the row in a folder laid out by the publisher's paths, use that as --source, and say so in pipelines/{}/releases.toml: note = {text:?}",
                published_file.dataset
            ),
            Self::Utf16 { .. } => {
                "save a copy of the file as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`, in a folder laid out by the publisher's paths, and use that as --source".to_owned()
            }
            Self::RaggedRow { published_file, .. }
            | Self::RowCount { published_file, .. }
            | Self::NoRows { published_file }
            | Self::Empty { published_file } => {
                format!(
                    "the file is damaged or cut; run again: a file that no build has used is asked for again; if it stays so, add the next edition: [[release]] period = \"{}\", edition = N in pipelines/{}/releases.toml",
                    published_file.period, published_file.dataset
                )
            }
            Self::NotText { published_file, .. } => format!(
                "if the file is in another encoding, declare it for this release in pipelines/{}/releases.toml: encoding = \"windows-1252\"",
                published_file.dataset
            ),
            Self::StrayQuote { published_file, .. } | Self::Nul { published_file, .. } => format!(
                "the file is damaged at source; add the next edition to pipelines/{}/releases.toml once the publisher has corrected it",
                published_file.dataset
            ),
            Self::NotBlank { published_file, column, .. } => format!(
                "say what stands there in pipelines/{}/columns.csv: {},{},{},,measure,MEASURE,STATISTIC,",
                published_file.dataset,
                published_file.file,
                quoted(column),
                published_file.period
            ),
            Self::NotACode { published_file, .. } => format!(
                "check which column is the key `org_code` of `{}` in pipelines/{}/columns.csv",
                published_file.file, published_file.dataset
            ),
            Self::NoEngland { published_file, .. } => format!(
                "say how England is labelled in pipelines/{}/dataset.toml: [layout.{}.table] england = \"...\"",
                published_file.dataset, published_file.file
            ),
            Self::ControlTotal { published_file, measure, statistic, .. } => format!(
                "if the publisher has revised it, correct the total in pipelines/{}/expected.csv: {},{},{measure},{statistic},VALUE,SOURCE",
                published_file.dataset, published_file.file, published_file.period
            ),
            Self::UnknownCategory { published_file, variable_type, variable_a, variable_b, .. } => format!(
                "add to pipelines/categories.csv: {},{},{},BREAKDOWN,CATEGORY,ORDER,true,{},,",
                quoted(variable_type),
                quoted(variable_a),
                quoted(variable_b),
                published_file.period
            ),
            Self::UnknownOrganisationType { org_type, .. } => {
                format!("add to pipelines/organisation_types.csv: {},LEVEL,PARENT_LEVEL,,LABEL,LABELS,", quoted(org_type))
            }
            Self::UnknownOrganisation { published_file, level, org_code, org_name, .. } => format!(
                "add to pipelines/organisations.csv: {},{level},{},KIND,{},,,,",
                quoted(org_code),
                quoted(org_name),
                published_file.period.financial_year()
            ),
            Self::OrganisationTypeNotDeclared { published_file, org_type, .. } => format!(
                "look at such a row; if the declared columns hold its code and name, add {org_type:?} to org_types in pipelines/{}/dataset.toml",
                published_file.dataset
            ),
        }
    }
}
