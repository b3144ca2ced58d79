//! The proof that a figure is in an edition: the text of its leaf, and one line more that leads from it to the root.
//!
//! ```text
//! path    12  4000  <the hashes from the leaf to the root, in base64>
//! ```
//!
//! Tabs separate the columns: which leaf it is, of how many, and the hashes.

use std::num::ParseFloatError;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use iapt_files::Sha256;

use crate::{
    Error, Tree,
    figure::{NONE, number},
};

/// What is read where nobody was to be counted.
const NO_ACTIVITY: &str = "no_activity";

/// How far a value that is computed again may be from the first one: the last digits of a division.
const TOLERANCE: f64 = 1e-9;

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
            .ok_or_else(|| wrong("it has fewer than two lines"))?;
        let columns: Vec<&str> = last.split('\t').collect();
        let ["path", index, n_leaves, path] = columns.as_slice() else {
            return Err(wrong("the last line has to be `path`, with three columns"));
        };
        let hashes = BASE64_STANDARD_NO_PAD.decode(path).map_err(|_| wrong("the path is not base64"))?;
        let (hashes, rest) = hashes.as_chunks::<32>();
        let numbers = index.parse().ok().zip(n_leaves.parse().ok());
        let Some((index, n_leaves)) = numbers.filter(|_| rest.is_empty()) else {
            return Err(wrong("a number of `path` is not a number, or a hash is cut"));
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
                let read = cell.split_once('=')?.1;
                let value = read.parse::<f64>().ok();
                if *role == "published" || !is_ratio {
                    row.published.extend(value);
                }
                let sum = match *role {
                    "numerator" => &mut row.numerator,
                    "denominator" => &mut row.denominator,
                    _ => continue,
                };
                // A month without activity adds nothing to its year.
                *sum = (
                    sum.0 + sign * value.unwrap_or_default(),
                    sum.1 && (value.is_some() || read == NO_ACTIVITY),
                );
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
    use crate::figure::{Figure, tests::figure};

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
        // The other eleven are the whole year, and the status says that the twelfth is nothing.
        let mut without_activity = figure(12, 50.0, "counts");
        without_activity.cells[0].value = None;
        "no_activity".clone_into(&mut without_activity.cells[0].status);
        without_activity.rows[0].numerator = Some(550.0);
        without_activity.rows[0].value = Some(100.0 * 550.0 / 1200.0);
        check(&without_activity, &expect!["computed again: 550 of 1200 are 45.833333333333336"]);
        let mut none = figure(1, 50.0, "counts");
        none.rows[0].value = None;
        check(&none, &expect!["there is no value, so none was computed again"]);
    }

    #[test]
    fn a_proof_is_read_as_it_was_written() {
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
