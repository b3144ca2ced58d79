//! The raw table: the rows of one published file, as text, nothing trimmed and nothing dropped.

use std::{
    borrow::Cow,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use iapt_model::{Member, Place, Problem, column_by_position};
use memchr::memchr_iter;

/// A member of a release, before anything is made of it.
pub(crate) enum Published {
    /// The bytes of a CSV file.
    Text(Vec<u8>),
    /// The workbook that it is a sheet of.
    Workbook(PathBuf),
}

/// One published table, its header read.
///
/// Rows are counted as a reader of the file would: the first row is row 1.
pub(crate) struct RawTable<'a> {
    place: Place,
    source: Source<'a>,
    header: Vec<String>,
}

enum Source<'a> {
    Csv { text: Cow<'a, str>, header_row: usize },
    Sheet { path: &'a Path, name: &'a str, header_row: usize },
}

/// What an archive refuses on the outside, what is wrong with the table on the inside.
type Read<T> = Result<Result<T, Vec<Problem>>, iapt_archive::Error>;

impl<'a> RawTable<'a> {
    /// Decodes a member and reads its header.
    pub(crate) fn read(place: Place, member: &'a Member, published: &'a Published) -> Read<Self> {
        match published {
            Published::Text(bytes) => Ok(Self::read_csv(place, member, bytes)),
            Published::Workbook(path) => Self::read_sheet(place, member, path),
        }
    }

    /// A sheet whose columns are known by where they stand: at least `n_columns` of them, named `[A]`, `[B]` and so on,
    /// and every row of the sheet under them.
    pub(crate) fn read_by_position(
        place: Place,
        member: &'a Member,
        published: &'a Published,
        n_columns: usize,
    ) -> Read<Self> {
        let Published::Workbook(path) = published else { return Self::read(place, member, published) };
        let mut widest = n_columns;
        iapt_archive::for_each_row(path, &member.name, |_, cells| {
            widest = widest.max(cells.len());
            ControlFlow::Continue(())
        })?;
        let header = (0..widest).map(column_by_position).collect();
        Ok(Ok(Self { place, source: Source::Sheet { path, name: &member.name, header_row: 0 }, header }))
    }

    /// The header of a sheet ends with its last cell that is not blank. A blank cell before that is named by its
    /// column, as `[C]`, so that the crosswalk can say what it is.
    fn read_sheet(place: Place, member: &'a Member, path: &'a Path) -> Read<Self> {
        let header_row = member.header_row;
        let mut header = Vec::new();
        iapt_archive::for_each_row(path, &member.name, |row, cells| {
            if row == header_row {
                header = named_columns(cells);
            }
            if row < header_row { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if header.is_empty() {
            return Ok(Err(vec![Problem::Empty { place }]));
        }
        Ok(Ok(Self { place, source: Source::Sheet { path, name: &member.name, header_row }, header }))
    }

    /// A byte order mark is passed over. Anything else that is not text in the declared encoding is refused: a file
    /// that was damaged on its way is not to be guessed at.
    fn read_csv(place: Place, member: &Member, bytes: &'a [u8]) -> Result<Self, Vec<Problem>> {
        let header_row = member.header_row;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.is_empty() {
            return Err(vec![Problem::Empty { place }]);
        }
        if let Some(offset) = memchr::memchr(0, bytes) {
            let line = line_of(bytes, offset);
            return Err(vec![Problem::Nul { place, offset, line }]);
        }
        let text = if member.is_windows_1252 {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0
        } else {
            match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(error) => {
                    let offset = error.valid_up_to();
                    let line = line_of(bytes, offset);
                    return Err(vec![Problem::NotText { place, encoding: "UTF-8", offset, line }]);
                }
            }
        };
        let mut header = csv::ByteRecord::new();
        let mut reader = reader(&text);
        for _ in 0..header_row {
            // A parser over bytes in memory that accepts any number of cells has nothing to fail at.
            if !reader.read_byte_record(&mut header).unwrap_or(false) {
                return Err(vec![Problem::Empty { place }]);
            }
        }
        let header = header.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        Ok(Self { place, source: Source::Csv { text, header_row }, header })
    }

    /// The header cells, in order.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Calls `take` with every row of the right length under the header, in order, and gives their number.
    ///
    /// # Errors
    ///
    /// Rows of another length than the header, no rows at all, or another number of rows than the line ends of a CSV
    /// file make: every problem at once. A row of a sheet may be shorter: its last cells are blank.
    pub(crate) fn for_each_row(&self, take: impl FnMut(usize, &csv::ByteRecord)) -> Read<usize> {
        match &self.source {
            Source::Csv { text, header_row } => Ok(self.csv_rows(text, *header_row, take)),
            Source::Sheet { path, name, header_row } => self.sheet_rows(path, name, *header_row, take),
        }
    }

    fn sheet_rows(
        &self,
        path: &Path,
        name: &str,
        header_row: usize,
        mut take: impl FnMut(usize, &csv::ByteRecord),
    ) -> Read<usize> {
        let mut record = csv::ByteRecord::new();
        let mut ragged = Ragged::default();
        let mut read = 0;
        iapt_archive::for_each_row(path, name, |row, cells| {
            if row > header_row {
                read += 1;
                if cells.len() > self.header.len() {
                    ragged.add(row, cells.len());
                } else {
                    record.clear();
                    for cell in cells {
                        record.push_field(cell.as_bytes());
                    }
                    for _ in cells.len()..self.header.len() {
                        record.push_field(b"");
                    }
                    take(row, &record);
                }
            }
            ControlFlow::Continue(())
        })?;
        let mut problems = ragged.into_problems(&self.place, self.header.len());
        if read == 0 {
            problems.push(Problem::NoRows { place: self.place.clone() });
        }
        Ok(if problems.is_empty() { Ok(read) } else { Err(problems) })
    }

    fn csv_rows(
        &self,
        text: &str,
        header_row: usize,
        mut take: impl FnMut(usize, &csv::ByteRecord),
    ) -> Result<usize, Vec<Problem>> {
        let mut reader = reader(text);
        let mut record = csv::ByteRecord::new();
        let mut ragged = Ragged::default();
        let mut row = 0;
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            row += 1;
            if row <= header_row {
                continue;
            }
            if record.len() == self.header.len() {
                take(row, &record);
            } else {
                ragged.add(row, record.len());
            }
        }
        let read = row.saturating_sub(header_row);
        let counted = count_records(text.as_bytes()).saturating_sub(header_row);
        let mut problems = ragged.into_problems(&self.place, self.header.len());
        if read == 0 {
            problems.push(Problem::NoRows { place: self.place.clone() });
        } else if read != counted {
            problems.push(Problem::RowCount { place: self.place.clone(), read, counted });
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// The cells of a header, blank ones named by their column.
fn named_columns(cells: &[String]) -> Vec<String> {
    let name = |(index, cell): (usize, &String)| {
        if cell.is_empty() { column_by_position(index) } else { cell.clone() }
    };
    cells.iter().enumerate().map(name).collect()
}

/// Rows of a wrong length, folded by length so that a whole bad file is one line each.
#[derive(Default)]
struct Ragged(Vec<(usize, usize, usize)>);

impl Ragged {
    fn add(&mut self, row: usize, found: usize) {
        match self.0.iter_mut().find(|(_, length, _)| *length == found) {
            Some((_, _, others)) => *others += 1,
            None => self.0.push((row, found, 0)),
        }
    }

    fn into_problems(self, place: &Place, expected: usize) -> Vec<Problem> {
        let problem =
            |(row, found, others)| Problem::RaggedRow { place: place.clone(), row, expected, found, others };
        self.0.into_iter().map(problem).collect()
    }
}

/// Counts records by their line ends alone, quoted ones left out: a count that shares nothing with the parser.
fn count_records(text: &[u8]) -> usize {
    let mut is_quoted = false;
    let mut records = 0;
    let mut start = 0;
    for end in memchr_iter(b'\n', text).chain([text.len()]) {
        let line = text.get(start..end).unwrap_or_default();
        let was_quoted = is_quoted;
        is_quoted ^= memchr_iter(b'"', line).count() % 2 == 1;
        let is_blank = line.is_empty() || line == b"\r";
        if !is_quoted && (was_quoted || !is_blank) {
            records += 1;
        }
        start = end + 1;
    }
    records + usize::from(is_quoted)
}

fn line_of(bytes: &[u8], offset: usize) -> usize {
    memchr_iter(b'\n', bytes.get(..offset).unwrap_or_default()).count() + 1
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use iapt_model::Period;

    use super::*;

    fn member(is_windows_1252: bool) -> Member {
        Member { file: "main".to_owned(), name: "main.csv".to_owned(), header_row: 1, is_windows_1252 }
    }

    fn check_encoded(bytes: &[u8], is_windows_1252: bool, expected: &Expect) {
        let place = Place {
            dataset: "annual".to_owned(),
            period: "2017-18".parse::<Period>().unwrap(),
            file: "main".to_owned(),
            member: "main.csv".to_owned(),
        };
        let mut out = String::new();
        let published = Published::Text(bytes.to_vec());
        let member = member(is_windows_1252);
        let rows = RawTable::read(place, &member, &published).unwrap().and_then(|table| {
            out = format!("header {:?}\n", table.header());
            table
                .for_each_row(|row, cells| {
                    let cells: Vec<_> = cells.iter().map(String::from_utf8_lossy).collect();
                    out += &format!("{row} {cells:?}\n");
                })
                .unwrap()
        });
        match rows {
            Ok(rows) => out += &format!("{rows} rows\n"),
            Err(problems) => problems.iter().for_each(|problem| out += &format!("{problem}\n")),
        }
        expected.assert_eq(&out);
    }

    fn check(bytes: &[u8], expected: &Expect) {
        check_encoded(bytes, false, expected);
    }

    #[test]
    fn cells_are_as_published() {
        check(
            b"a,b\n 1 ,\"x, \"\"y\"\"\nz\"\n\n*,\n",
            &expect![[r#"
                header ["a", "b"]
                2 [" 1 ", "x, \"y\"\nz"]
                3 ["*", ""]
                2 rows
            "#]],
        );
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_are_tolerated() {
        check(
            b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4",
            &expect![[r#"
                header ["a", "b"]
                2 ["1", "2"]
                3 ["3", "4"]
                2 rows
            "#]],
        );
    }

    #[test]
    fn windows_1252_is_read_only_where_it_is_declared() {
        check(
            b"a,b\nCaf\xe9,2\n",
            &expect![[r"
                annual 2017-18: `main.csv`: byte 7 (line 2) is not UTF-8
            "]],
        );
        check_encoded(
            b"a,b\nCaf\xe9 \x96,2\n",
            true,
            &expect![[r#"
                header ["a", "b"]
                2 ["Café –", "2"]
                1 rows
            "#]],
        );
    }

    #[test]
    fn damage_is_refused() {
        check(
            b"",
            &expect![[r"
                annual 2017-18: `main.csv`: the file is empty
            "]],
        );
        check(
            b"\xef\xbb\xbf\n\n",
            &expect![[r"
                annual 2017-18: `main.csv`: the file is empty
            "]],
        );
        check(
            b"a,b\n",
            &expect![[r#"
                header ["a", "b"]
                annual 2017-18: `main.csv`: there is a header and not one row under it
            "#]],
        );
        check(
            b"a,b\n1,\x002\n",
            &expect![[r"
                annual 2017-18: `main.csv`: byte 6 (line 2) is a NUL
            "]],
        );
        check(
            b"a,b\n1\n1,2\n1,2,3\n4\n",
            &expect![[r#"
                header ["a", "b"]
                3 ["1", "2"]
                annual 2017-18: `main.csv`: row 2 has 1 cells, the header has 2 (and 1 more)
                annual 2017-18: `main.csv`: row 4 has 3 cells, the header has 2
            "#]],
        );
    }

    #[test]
    fn a_quote_that_never_closes_is_not_one_long_cell() {
        check(
            b"a,b\n1,5\" screen\n2,x\n",
            &expect![[r#"
                header ["a", "b"]
                2 ["1", "5\" screen"]
                3 ["2", "x"]
                annual 2017-18: `main.csv`: 2 rows were read, but the file has 1
            "#]],
        );
    }

    /// The first byte of a seed says the encoding and the period.
    #[test]
    fn the_seeds_of_the_fuzz_target_are_read() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = iapt_model::Project::load(&checkout).unwrap();
        let dataset = project.datasets.first().unwrap();
        let mut found = Vec::new();
        for seed in fs_err::read_dir(checkout.join("fuzz/seeds/csv")).unwrap() {
            let path = seed.unwrap().path();
            let seed = fs_err::read(&path).unwrap();
            let (choice, bytes) = seed.split_first().unwrap();
            let release = &dataset.releases[usize::from(choice >> 1)];
            let member = Member { is_windows_1252: choice & 1 == 1, ..release.members[0].clone() };
            let published = Published::Text(bytes.to_vec());
            let table = RawTable::read(release.place(&member), &member, &published).unwrap().unwrap();
            let is_mapped = dataset.crosswalk.resolve(&release.place(&member), table.header()).is_ok();
            let n_rows = table.for_each_row(|_, _| {}).unwrap().map_err(|problems| problems.len());
            found.push(format!("{} {is_mapped} {n_rows:?}", path.file_name().unwrap().display()));
        }
        found.sort();
        let expected = [
            "2017-18 true Ok(1)",
            "2020-21 true Ok(1)",
            "2024-25 true Ok(1)",
            "ragged false Err(1)",
            "windows_1252 false Ok(1)",
        ];
        assert_eq!(found, expected);
    }
}
