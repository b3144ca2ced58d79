//! One figure with the published cells that it was made from, as the text that is a leaf of the tree over all figures.
//!
//! ```text
//! figure  recovery_rate.2024-25.provider.A
//! row     1  annual  Provider  A SERVICE
//! value   50  reported  counts
//! between 45.5  54.5
//! counts  50  100  100                        numerator, denominator, and per how many
//! cells   1  numerator    +  recovery  count  CountRecovery  1:7=50
//! cells   1  denominator  +  finished  count  CountFinished  1:7=100
//! file    1  annual  2024-25  1  main.csv  <checksum of the snapshot>
//! ```
//!
//! Tabs separate the columns. `1:7=50` is row 7 of file 1, read as 50. More than [`FILES_LISTED`] files are one line, `files`,
//! with the checksum of the lines that would be theirs.

use std::fmt::Write;

use iapt_files::Sha256;

/// With more files than these, a proof names them by one checksum: the twelve months of a year would fill it alone.
const FILES_LISTED: usize = 3;

/// What is written for a number that is missing.
pub(crate) const NONE: &str = "-";

/// A figure: the rows of the indicator table that have its name, and the cells behind them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// The name, as `iapt why` takes it.
    pub name: String,
    /// One row, unless two organisations share a code.
    pub rows: Vec<FigureRow>,
    /// The cells, each of one of the rows.
    pub cells: Vec<CellRead>,
    /// The files that they stand in.
    pub files: Vec<FileRead>,
}

/// A row of the indicator table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FigureRow {
    /// The dataset.
    pub dataset: String,
    /// The type of the organisation, as published.
    pub org_type: String,
    /// The name of the organisation, as published.
    pub org_name: String,
    /// The figure.
    pub value: Option<f64>,
    /// `reported`, or why there is no value.
    pub value_status: String,
    /// What it was made from: `counts`, `published_percentage`, `published_average` or `bounds`.
    pub value_basis: Option<String>,
    /// The least value that rounding and suppression allow.
    pub value_low: Option<f64>,
    /// The greatest value that they allow.
    pub value_high: Option<f64>,
    /// The numerator.
    pub numerator: Option<f64>,
    /// The denominator.
    pub denominator: Option<f64>,
    /// Of how many the value is: 100 for a percentage.
    pub per: Option<f64>,
}

/// A published cell, as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellRead {
    /// Which row of the figure it is of.
    pub of: usize,
    /// numerator, denominator or published.
    pub role: String,
    /// Whether it is taken away.
    pub is_taken_away: bool,
    /// The measure.
    pub measure: String,
    /// The statistic of the measure.
    pub statistic: String,
    /// The column, as published.
    pub column: String,
    /// Which file it stands in.
    pub file: usize,
    /// The row, the header being row 1.
    pub row: u32,
    /// The number; none where there is none.
    pub value: Option<f64>,
    /// `reported`, or why there is no number.
    pub status: String,
}

/// A published file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRead {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The edition.
    pub edition: u32,
    /// The file or sheet inside of the snapshot.
    pub member: String,
    /// The checksum of the snapshot.
    pub sha256: String,
}

impl Figure {
    /// The text that is hashed.
    #[must_use]
    pub fn leaf(&self) -> String {
        let mut text = String::new();
        line(&mut text, &["figure", &self.name]);
        for (index, row) in (1..).zip(&self.rows) {
            line(&mut text, &["row", &format!("{index}"), &row.dataset, &row.org_type, &row.org_name]);
            let basis = row.value_basis.as_deref().unwrap_or(NONE);
            line(&mut text, &["value", &number(row.value), &row.value_status, basis]);
            line(&mut text, &["between", &number(row.value_low), &number(row.value_high)]);
            let counts = [row.numerator, row.denominator, row.per].map(number);
            line(&mut text, &["counts", &counts[0], &counts[1], &counts[2]]);
        }
        let mut before = None;
        for cell in &self.cells {
            let group =
                (cell.of, &cell.role, cell.is_taken_away, &cell.measure, &cell.statistic, &cell.column);
            if before == Some(group) {
                text.pop();
                text.push(' ');
            } else {
                let sign = if cell.is_taken_away { "-" } else { "+" };
                let of = format!("{}", cell.of + 1);
                line(
                    &mut text,
                    &["cells", &of, &cell.role, sign, &cell.measure, &cell.statistic, &cell.column, ""],
                );
                text.pop();
            }
            before = Some(group);
            let read = cell.value.map_or_else(|| cell.status.clone(), |value| value.to_string());
            let _ = writeln!(text, "{}:{}={}", cell.file + 1, cell.row, one_word(&read));
        }
        let mut files = String::new();
        for (index, file) in (1..).zip(&self.files) {
            let FileRead { dataset, reporting_period, edition, member, sha256 } = file;
            let (index, edition) = (format!("{index}"), edition.to_string());
            line(&mut files, &["file", &index, dataset, reporting_period, &edition, member, sha256]);
        }
        if self.files.len() > FILES_LISTED {
            let sha256 = Sha256::of(files.as_bytes()).to_string();
            files.clear();
            line(&mut files, &["files", &self.files.len().to_string(), &sha256]);
        }
        text + &files
    }
}

/// Adds a line of columns, none of which has a tab or a line break of its own.
fn line(text: &mut String, columns: &[&str]) {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            text.push('\t');
        }
        text.extend(column.chars().map(|one| if one.is_control() { ' ' } else { one }));
    }
    text.push('\n');
}

fn one_word(text: &str) -> String {
    text.chars().map(|one| if one.is_whitespace() || one.is_control() { '_' } else { one }).collect()
}

/// A number of the text, or [`NONE`].
pub(crate) fn number(number: Option<f64>) -> String {
    number.map_or_else(|| NONE.to_owned(), |number| number.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use expect_test::expect;

    use super::*;

    fn cell(role: &str, is_taken_away: bool, measure: &str, file: usize, value: Option<f64>) -> CellRead {
        CellRead {
            of: 0,
            role: role.to_owned(),
            is_taken_away,
            measure: measure.to_owned(),
            statistic: "count".to_owned(),
            column: format!("Count {measure}"),
            file,
            row: 7,
            value,
            status: "suppressed".to_owned(),
        }
    }

    /// A figure of some files, with one cell of the numerator in each and two of the denominator.
    pub(crate) fn figure(n_files: usize, value: f64, basis: &str) -> Figure {
        let of_all = |role: &'static str, is_taken_away, measure: &'static str, value: f64| {
            (0..n_files).map(move |file| cell(role, is_taken_away, measure, file, Some(value)))
        };
        let cells = of_all("numerator", false, "recovery", 50.0)
            .chain(of_all("denominator", false, "finished", 125.0))
            .chain(of_all("denominator", true, "not_at_caseness", 25.0))
            .chain([cell("published", false, "percentage", 0, Some(51.0))]);
        let n_files_number = f64::from(u32::try_from(n_files).unwrap());
        Figure {
            name: "rate.period.provider.A".to_owned(),
            rows: vec![FigureRow {
                dataset: "annual".to_owned(),
                org_type: "Provider".to_owned(),
                org_name: "A\tB\nC".to_owned(),
                value: Some(value),
                value_status: "reported".to_owned(),
                value_basis: Some(basis.to_owned()),
                value_low: None,
                value_high: Some(60.0),
                numerator: Some(50.0 * n_files_number),
                denominator: Some(100.0 * n_files_number),
                per: Some(100.0),
            }],
            cells: cells.collect(),
            files: (0..n_files)
                .map(|file| FileRead {
                    dataset: "annual".to_owned(),
                    reporting_period: format!("month {file}"),
                    edition: 1,
                    member: "main.csv".to_owned(),
                    sha256: Sha256::of(&[7]).to_string(),
                })
                .collect(),
        }
    }

    #[test]
    fn a_figure_is_a_text_of_lines() {
        let leaf = |n_files| figure(n_files, 50.0, "counts").leaf();
        expect![[r#"
            figure	rate.period.provider.A
            row	1	annual	Provider	A B C
            value	50	reported	counts
            between	-	60
            counts	50	100	100
            cells	1	numerator	+	recovery	count	Count recovery	1:7=50
            cells	1	denominator	+	finished	count	Count finished	1:7=125
            cells	1	denominator	-	not_at_caseness	count	Count not_at_caseness	1:7=25
            cells	1	published	+	percentage	count	Count percentage	1:7=51
            file	1	annual	month 0	1	main.csv	ca358758f6d27e6cf45272937977a748fd88391db679ceda7dc7bf1f005ee879
        "#]]
        .assert_eq(&leaf(1));
        expect![[r#"
            figure	rate.period.provider.A
            row	1	annual	Provider	A B C
            value	50	reported	counts
            between	-	60
            counts	200	400	100
            cells	1	numerator	+	recovery	count	Count recovery	1:7=50 2:7=50 3:7=50 4:7=50
            cells	1	denominator	+	finished	count	Count finished	1:7=125 2:7=125 3:7=125 4:7=125
            cells	1	denominator	-	not_at_caseness	count	Count not_at_caseness	1:7=25 2:7=25 3:7=25 4:7=25
            cells	1	published	+	percentage	count	Count percentage	1:7=51
            files	4	7337e3c4a73dc857cd746904a9135f0526ea552f47f5ab95f582b022366748fc
        "#]]
        .assert_eq(&leaf(4));
    }
}
