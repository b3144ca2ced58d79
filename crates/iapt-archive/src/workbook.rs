//! Workbooks (xlsx): their sheets, and the rows of one sheet as text, one at a time.

use std::{
    io::{BufReader, Read, Seek},
    ops::ControlFlow,
    path::Path,
};

use calamine::{DataRef, ExcelDateTime, Reader, Style, Xlsx, XlsxError};
use fs_err::File;

use crate::{Entry, Error, Limits, Problem, zipped};

/// The sheets of a workbook, in its own order, once its parts have been looked through.
pub(crate) fn sheets(path: &Path, limits: &Limits) -> Result<Vec<Entry>, Error> {
    let (workbook, _) = open(path, limits)?;
    Ok(workbook.sheet_names().into_iter().map(|name| Entry { name, bytes: 0 }).collect())
}

/// Reads one sheet, and throws its rows away; returns the bytes of all parts of the workbook.
pub(crate) fn test(path: &Path, sheet: &str, limits: &Limits) -> Result<u64, Error> {
    read(path, sheet, limits, |_, _| ControlFlow::Continue(()))
}

/// Calls `take` with every row of a sheet that has a cell in it, blank or not, until it breaks: the row's number as a
/// spreadsheet shows it, and its cells from column A to the last that is not blank.
///
/// The sheet is found by its name, whatever the case and the spaces around it. Rows stream, so a sheet takes no more
/// memory than the texts that its workbook shares between cells. A number is printed as a plain decimal, a date as
/// `2019-02-01`, and text as it stands; what is shown in percent, as the number before the percent sign.
///
/// # Errors
///
/// [`Error::Refused`] when the file is no workbook, lacks the sheet, is damaged, or holds what [`Limits`] forbids.
pub fn for_each_row(
    path: &Path,
    sheet: &str,
    take: impl FnMut(usize, &[String]) -> ControlFlow<()>,
) -> Result<(), Error> {
    read(path, sheet, &Limits::DEFAULT, take).map(|_| ())
}

fn read(
    path: &Path,
    sheet: &str,
    limits: &Limits,
    mut take: impl FnMut(usize, &[String]) -> ControlFlow<()>,
) -> Result<u64, Error> {
    let damaged = |error: XlsxError| refused(path, error);
    let (mut workbook, n_bytes) = open(path, limits)?;
    let name = sheet_named(&workbook, sheet).map_err(|problem| problem.of(path))?;
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(damaged)?;
    let is_percent: Vec<bool> = reader.styles().iter().map(is_percent).collect();
    let mut row = Row::default();
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(damaged)? {
        let (number, column) = cell.get_position();
        if number != row.number {
            if number < row.number {
                let why = format!("row {} of sheet `{name}` follows row {}", number + 1, row.number + 1);
                return Err(Problem::Damaged { why }.of(path));
            }
            if row.give(&mut take).is_break() {
                return Ok(n_bytes);
            }
            row.number = number;
        }
        if column >= MAX_COLUMNS {
            let why = format!("row {} of sheet `{name}` has a cell beyond the last column", number + 1);
            return Err(Problem::Damaged { why }.of(path));
        }
        if column < row.next_column {
            let why = format!(
                "row {} of sheet `{name}` has a cell twice, or its cells are in no order",
                number + 1
            );
            return Err(Problem::Damaged { why }.of(path));
        }
        row.push(column, cell.get_value(), is_percent.get(style).copied().unwrap_or(false));
        if row.n_bytes > MAX_ROW_BYTES {
            let why = format!("row {} of sheet `{name}` has more than {MAX_ROW_BYTES} bytes", number + 1);
            return Err(Problem::Damaged { why }.of(path));
        }
    }
    // Whether the last row breaks makes no difference.
    let _ = row.give(&mut take);
    Ok(n_bytes)
}

/// The columns that a sheet can have: A to XFD.
const MAX_COLUMNS: u32 = 1 << 14;

/// The bytes that the texts of a row can have: cells may share one long text, so that a small file would take any memory.
const MAX_ROW_BYTES: usize = 8 << 20;

/// The bytes of a workbook: those of its file, or a copy.
trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

/// Opens a workbook, and says how many bytes its parts have: the one place where its bytes are handed to the reader,
/// after each of them has been looked through as far as the reader trusts them.
fn open(path: &Path, limits: &Limits) -> Result<(Xlsx<Box<dyn Bytes>>, u64), Error> {
    let parts = zipped::list(path, limits)?.into_entries();
    let held = parts.iter().filter(|part| !is_passing(&part.name)).map(|part| part.bytes);
    if held.fold(0, u64::saturating_add) > limits.bytes_held {
        return Err(Problem::HeldTooLarge { limit: limits.bytes_held }.of(path));
    }
    let n_bytes = zipped::inflate_parts(path, limits)?;
    let bytes: Box<dyn Bytes> = match zipped::with_plain_dimensions(path, limits)? {
        Some(copy) => Box::new(copy),
        None => Box::new(BufReader::new(File::open(path)?)),
    };
    let workbook = Xlsx::new(bytes).map_err(|error| refused(path, error))?;
    Ok((workbook, n_bytes))
}

/// Whether a part is read row by row or not at all, by the name that every writer gives it.
fn is_passing(part: &str) -> bool {
    const PASSING: [(&str, &str); 3] =
        [("worksheets", "sheet"), ("pivotCache", "pivotCacheRecords"), ("media", "image")];
    let (folder, file) = part.rsplit_once('/').unwrap_or_default();
    PASSING
        .iter()
        .any(|(folder_end, file_start)| folder.ends_with(folder_end) && file.starts_with(file_start))
}

fn refused(path: &Path, error: XlsxError) -> Error {
    match error {
        XlsxError::Io(error) => Error::Io(error),
        XlsxError::Password => Problem::Encrypted { member: None }.of(path),
        error => Problem::Damaged { why: error.to_string() }.of(path),
    }
}

fn sheet_named<RS: Read + Seek>(workbook: &Xlsx<RS>, name: &str) -> Result<String, Problem> {
    let folded = |name: &str| name.trim().to_lowercase();
    let sheets = workbook.sheet_names();
    match sheets.iter().find(|sheet| folded(sheet) == folded(name)) {
        Some(sheet) => Ok(sheet.clone()),
        None => Err(Problem::NoSheet { name: name.to_owned(), sheets }),
    }
}

/// The cells of the row that is being read.
#[derive(Default)]
struct Row {
    /// Counted from 0.
    number: u32,
    is_seen: bool,
    /// The column after the last that was seen.
    next_column: u32,
    n_bytes: usize,
    cells: Vec<String>,
}

impl Row {
    fn push(&mut self, column: u32, value: &DataRef<'_>, is_percent: bool) {
        self.is_seen = true;
        self.next_column = column + 1;
        let text = text_of(value, is_percent);
        if text.is_empty() {
            return;
        }
        self.n_bytes += text.len();
        let column = usize::try_from(column).unwrap_or_default();
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = text;
        }
    }

    fn give(&mut self, take: &mut impl FnMut(usize, &[String]) -> ControlFlow<()>) -> ControlFlow<()> {
        let number = usize::try_from(self.number).unwrap_or(usize::MAX).saturating_add(1);
        let flow = if self.is_seen { take(number, &self.cells) } else { ControlFlow::Continue(()) };
        (self.is_seen, self.next_column, self.n_bytes) = (false, 0, 0);
        self.cells.clear();
        flow
    }
}

fn text_of(value: &DataRef<'_>, is_percent: bool) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) if is_percent => hundredfold(&number.to_string()),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if is_percent => hundredfold(&as_shown(*number).to_string()),
        // The shortest decimal that reads back as the same number: 68.4, though the file says 68.400000000000006.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::DateTimeIso(text) => date_of(text).to_owned(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(is_true) => if *is_true { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(time) => date_text(*time),
        DataRef::Error(error) => error.to_string(),
    }
}

/// Whether numbers of a style are shown in percent: `0.0%`, where the sign is not a text of its own.
fn is_percent(style: &Style) -> bool {
    style.number_format.as_ref().is_some_and(|format| shows_percent(&format.format_code))
}

fn shows_percent(format: &str) -> bool {
    let mut is_quoted = false;
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => is_quoted = !is_quoted,
            // The next letter is shown as it is, or as wide as it is.
            '\\' | '_' | '*' if !is_quoted => _ = letters.next(),
            '%' if !is_quoted => return true,
            _ => {}
        }
    }
    false
}

/// A number to the 15 digits that spreadsheets show: a share is often the outcome of a division, and a last bit beside
/// 0.563 is not 56.29999999999999.
fn as_shown(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// A plain decimal times a hundred, by moving its point: no digit is made up.
fn hundredfold(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let moved = decimals.bytes().chain(*b"00").map(char::from).take(2);
    let whole: String = whole.chars().chain(moved).collect();
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match decimals.get(2..).unwrap_or_default() {
        "" => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest}"),
    }
}

/// The date of a time in the notation of ISO 8601, where it is midnight; else the text as it stands.
fn date_of(text: &str) -> &str {
    let Some((date, time)) = text.split_once('T') else { return text };
    let is_midnight = time.bytes().all(|letter| b"0:.Z".contains(&letter));
    if is_midnight { date } else { text }
}

fn date_text(time: ExcelDateTime) -> String {
    if !time.is_datetime() {
        return time.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_a_sign_outside_of_quotes() {
        for (format, expected) in [
            ("General", false),
            ("0%", true),
            ("0.00%", true),
            ("#,##0.0%;[Red]-#,##0.0%", true),
            (r"0.0\ %", true),
            (r#"0"%""#, false),
            (r"0\%", false),
            (r#""share: "0%"#, true),
            ("_%0", false),
            ("@", false),
        ] {
            assert_eq!(shows_percent(format), expected, "{format}");
        }
    }

    #[test]
    fn percent_moves_the_point() {
        for (number, expected) in [
            ("0.51", "51"),
            ("0.507", "50.7"),
            ("0.29", "29"),
            ("0.0051", "0.51"),
            ("0.00005", "0.005"),
            ("1", "100"),
            ("0", "0"),
            ("0.5", "50"),
            ("12.3456", "1234.56"),
            ("-0.018", "-1.8"),
        ] {
            assert_eq!(hundredfold(number), expected, "{number}");
        }
    }

    #[test]
    fn percentages_with_a_decimal_come_back() {
        for tenths in 0..=1_000_u32 {
            let percentage = f64::from(tenths) / 10.0;
            assert_eq!(hundredfold(&as_shown(percentage / 100.0).to_string()), percentage.to_string());
        }
    }

    #[test]
    fn midnight_is_a_date() {
        for (text, expected) in [
            ("2021-01-31", "2021-01-31"),
            ("2021-01-31T00:00:00", "2021-01-31"),
            ("2021-01-31T00:00:00.000Z", "2021-01-31"),
            ("2021-01-31T12:00:00", "2021-01-31T12:00:00"),
        ] {
            assert_eq!(date_of(text), expected, "{text}");
        }
    }
}
