//! One figure with the published cells that it was made from, as a leaf of the tree over all figures; and the proof that it is
//! one.
//!
//! A proof is the text of the leaf and one line more, which leads from it to the root:
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
//! path    12  4000  <the hashes from the leaf to the root, in base64>
//! ```
//!
//! Tabs stand between the columns. `1:7=50` is row 7 of file 1, read as 50. More than [`FILES_LISTED`] files are one line, `files`,
//! with the checksum of the lines that would be theirs.

use std::{fmt::Write, num::ParseFloatError};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use iapt_files::Sha256;

use crate::{Error, Tree};

/// With more files than these, a proof names them by one checksum: the twelve months of a year would fill it alone.
const FILES_LISTED: usize = 3;

/// What stands where there is nothing.
const NONE: &str = "-";

/// How far a value that is computed again may be from the first one: the last digits of a division.
const TOLERANCE: f64 = 1e-9;

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

fn number(number: Option<f64>) -> String {
    number.map_or_else(|| NONE.to_owned(), |number| number.to_string())
}

/// A leaf and what leads from it to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    leaf: String,
    index: usize,
    n_leaves: usize,
    path: Vec<Sha256>,
}

/// What a proof has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The figure with its cells, line by line.
    pub leaf: String,
    /// What was computed again from the cells, a line for each row.
    pub computed: Vec<String>,
}

impl Proof {
    /// The proof that a leaf is in a tree; none where the tree has no such leaf.
    #[must_use]
    pub fn new(leaf: String, index: usize, tree: &Tree) -> Option<Self> {
        Some(Self { leaf, index, n_leaves: tree.n_leaves(), path: tree.path(index)? })
    }

    /// The text of the proof.
    #[must_use]
    pub fn to_text(&self) -> String {
        let path: Vec<u8> = self.path.iter().flat_map(|hash| *hash.as_bytes()).collect();
        let path = BASE64_STANDARD_NO_PAD.encode(path);
        format!("{}path\t{}\t{}\t{path}\n", self.leaf, self.index, self.n_leaves)
    }

    /// Reads the text of a proof.
    ///
    /// # Errors
    ///
    /// [`Error::Proof`] says which line is not understood.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let n_lines = text.lines().count();
        let wrong = |why: &str| Error::Proof { line: n_lines, why: why.to_owned() };
        let (leaf, last) = text
            .strip_suffix('\n')
            .and_then(|text| text.rsplit_once('\n'))
            .ok_or_else(|| wrong("it has no two lines"))?;
        let columns: Vec<&str> = last.split('\t').collect();
        let ["path", index, n_leaves, path] = columns.as_slice() else {
            return Err(wrong("the last line has to be `path`, with three columns"));
        };
        let hashes = BASE64_STANDARD_NO_PAD.decode(path).map_err(|_| wrong("the path is not base64"))?;
        let (hashes, rest) = hashes.as_chunks::<32>();
        let numbers = index.parse().ok().zip(n_leaves.parse().ok());
        let Some((index, n_leaves)) = numbers.filter(|_| rest.is_empty()) else {
            return Err(wrong("its numbers are no numbers, or a hash is cut"));
        };
        let path = hashes.iter().copied().map(Sha256::from).collect();
        let proof = Self { leaf: format!("{leaf}\n"), index, n_leaves, path };
        if proof.to_text() != text {
            return Err(wrong("it is not written as a proof is"));
        }
        Ok(proof)
    }

    /// Checks that the figure is in the tree of this root, and that its cells give it.
    ///
    /// # Errors
    ///
    /// [`Error::OtherRoot`] when a character was changed; [`Error::OtherFigure`] when the cells do not give the figure;
    /// [`Error::Proof`] when a line is not understood.
    pub fn check(&self, root: Sha256) -> Result<Proven, Error> {
        let climbed = Tree::climb(Tree::leaf(self.leaf.as_bytes()), self.index, self.n_leaves, &self.path);
        if climbed != Some(root) {
            return Err(Error::OtherRoot);
        }
        let rows = rows(&self.leaf)?;
        let computed: Result<Vec<String>, Error> = rows.iter().map(Row::compute).collect();
        Ok(Proven { leaf: self.leaf.clone(), computed: computed? })
    }
}

/// What is computed again of a row.
#[derive(Default)]
struct Row {
    value: Option<f64>,
    basis: String,
    counts: [Option<f64>; 3],
    /// Sum, and whether every cell has a number.
    numerator: (f64, bool),
    denominator: (f64, bool),
    published: Vec<f64>,
}

fn rows(leaf: &str) -> Result<Vec<Row>, Error> {
    let mut rows: Vec<Row> = Vec::new();
    for (index, text) in leaf.lines().enumerate() {
        let columns: Vec<&str> = text.split('\t').collect();
        let read = read_line(&mut rows, &columns);
        read.ok_or_else(|| Error::Proof {
            line: index + 1,
            why: "its columns are not those of its kind".to_owned(),
        })?;
    }
    Ok(rows)
}

fn read_line(rows: &mut Vec<Row>, columns: &[&str]) -> Option<()> {
    match columns {
        ["row", ..] => {
            rows.push(Row { numerator: (0.0, true), denominator: (0.0, true), ..Row::default() });
        }
        ["value", value, _, basis] => {
            let row = rows.last_mut()?;
            row.value = optional(value).ok()?;
            (*basis).clone_into(&mut row.basis);
        }
        ["counts", numerator, denominator, per] => {
            rows.last_mut()?.counts =
                [optional(numerator).ok()?, optional(denominator).ok()?, optional(per).ok()?];
        }
        ["cells", of, role, sign, _, _, _, cells] => {
            let row = rows.get_mut(of.parse::<usize>().ok()?.checked_sub(1)?)?;
            let sign = if *sign == "-" { -1.0 } else { 1.0 };
            // A published average has neither, and its cells stand for themselves.
            let is_ratio = row.counts[0].is_some() || row.counts[1].is_some();
            for cell in cells.split(' ') {
                let value = cell.split_once('=')?.1.parse::<f64>().ok();
                if *role == "published" || !is_ratio {
                    row.published.extend(value);
                }
                let sum = match *role {
                    "numerator" => &mut row.numerator,
                    "denominator" => &mut row.denominator,
                    _ => continue,
                };
                *sum = (sum.0 + sign * value.unwrap_or_default(), sum.1 && value.is_some());
            }
        }
        ["figure" | "between" | "file" | "files", ..] => {}
        _ => return None,
    }
    Some(())
}

fn optional(text: &str) -> Result<Option<f64>, ParseFloatError> {
    if text == NONE { Ok(None) } else { text.parse().map(Some) }
}

impl Row {
    fn compute(&self) -> Result<String, Error> {
        let Some(value) = self.value else {
            return Ok("there is no value, so none was computed again".to_owned());
        };
        let other = |why: String| Err(Error::OtherFigure(why));
        match self.basis.as_str() {
            "counts" => {
                let [numerator, denominator, per] = self.counts;
                for (what, stated, (sum, is_whole)) in
                    [("numerator", numerator, self.numerator), ("denominator", denominator, self.denominator)]
                {
                    if !is_whole || !stated.is_some_and(|stated| is_near(stated, sum)) {
                        return other(format!(
                            "the {what} is {} and its cells add up to {sum}",
                            number(stated)
                        ));
                    }
                }
                let (numerator, denominator) = (self.numerator.0, self.denominator.0);
                let again = per.unwrap_or(1.0) * numerator / denominator;
                if !is_near(value, again) {
                    return other(format!(
                        "the value is {value}, and {numerator} of {denominator} are {again}"
                    ));
                }
                Ok(format!("computed again: {numerator} of {denominator} are {again}"))
            }
            "published_percentage" | "published_average" => {
                if self.published.iter().any(|cell| is_near(value, *cell)) {
                    return Ok(format!("the value is a published cell: {value}"));
                }
                other(format!("the value is {value}, and no cell has it"))
            }
            // The nearest to the printed counts that rounding allows: the bounds of the cells are not in the proof.
            _ => Ok(format!("the value {value} is a bound, which was not computed again")),
        }
    }
}

fn is_near(left: f64, right: f64) -> bool {
    (left - right).abs() <= TOLERANCE * left.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

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
    fn figure(n_files: usize, value: f64, basis: &str) -> Figure {
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

    /// The proof of a figure among nine others.
    fn proof(figure: &Figure) -> (Proof, Sha256) {
        let leaf = figure.leaf();
        let hashes = (0..9_u8).map(|other| Tree::leaf(&[other])).chain([Tree::leaf(leaf.as_bytes())]);
        let tree = Tree::of(hashes.collect());
        (Proof::new(leaf, 9, &tree).unwrap(), tree.root())
    }

    #[track_caller]
    fn check(figure: &Figure, expected: &Expect) {
        let (proof, root) = proof(figure);
        let checked = proof.check(root).map(|proven| proven.computed.join("\n"));
        expected.assert_eq(&checked.unwrap_or_else(|error| error.to_string()));
    }

    #[test]
    fn a_proof_computes_the_figure_again() {
        check(&figure(1, 50.0, "counts"), &expect!["computed again: 50 of 100 are 50"]);
        check(&figure(12, 50.0, "counts"), &expect!["computed again: 600 of 1200 are 50"]);
        check(&figure(1, 51.0, "published_percentage"), &expect!["the value is a published cell: 51"]);
        check(
            &figure(1, 52.0, "published_percentage"),
            &expect!["the cells of the proof do not give its figure: the value is 52, and no cell has it"],
        );
        check(
            &figure(1, 51.0, "counts"),
            &expect!["the cells of the proof do not give its figure: the value is 51, and 50 of 100 are 50"],
        );
        check(&figure(1, 51.0, "bounds"), &expect!["the value 51 is a bound, which was not computed again"]);
        let mut withheld = figure(2, 50.0, "counts");
        withheld.cells[0].value = None;
        check(
            &withheld,
            &expect![
                "the cells of the proof do not give its figure: the numerator is 100 and its cells add up to 50"
            ],
        );
        let mut none = figure(1, 50.0, "counts");
        none.rows[0].value = None;
        check(&none, &expect!["there is no value, so none was computed again"]);
    }

    #[test]
    fn a_proof_is_a_text_of_lines() {
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
        let (proof, _) = proof(&figure(1, 50.0, "counts"));
        assert_eq!(Proof::parse(&proof.to_text()).unwrap(), proof);
    }

    #[test]
    fn no_character_of_a_proof_changes_unseen() {
        let (proof, root) = proof(&figure(3, 50.0, "counts"));
        let text = proof.to_text();
        assert!(Proof::parse(&text).unwrap().check(root).is_ok());
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut other = text.clone().into_bytes();
                other[at] ^= 1 << bit;
                let Ok(other) = String::from_utf8(other) else { continue };
                let checked = Proof::parse(&other).and_then(|proof| proof.check(root));
                assert!(checked.is_err(), "byte {at}, bit {bit}: {other}");
            }
        }
        assert!(matches!(proof.check(Sha256::of(b"other")), Err(Error::OtherRoot)));
        for text in ["", "\n", "path\t0\t1\t\n", &text[1..], text.trim_end()] {
            assert!(Proof::parse(text).and_then(|proof| proof.check(root)).is_err(), "{text}");
        }
    }
}
