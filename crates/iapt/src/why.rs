//! `iapt why`: from a figure on a page back to the text of the published cells.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    ops::ControlFlow,
    path::Path,
};

use anyhow::Result;
use iapt_catalog::{TABLES_FOLDER, query};
use iapt_fetch::Lock;
use iapt_files::Sha256;
use iapt_model::{ENGLAND, FigureName, ValueStatus, position_of_column};
use iapt_transform::{SourceCell, Why};
use serde::{Deserialize, Serialize};

use crate::{
    args::WhyFormat,
    failure::{Done, Usage},
    lines::{Lines, output},
    selection::SNAPSHOTS_FOLDER,
};

/// What is behind a figure, with the text of every cell as the publisher printed it.
#[derive(Serialize)]
struct Answer<'a> {
    figure: &'a str,
    #[serde(flatten)]
    why: &'a Why,
    /// In the order of the cells; none where the published file is not here.
    texts: Vec<Option<String>>,
}

pub(crate) async fn why(data: &Path, typed: &str, format: WhyFormat) -> Result<Done> {
    let name = without_address(typed);
    let tables = data.join(TABLES_FOLDER);
    let figure = FigureName::read(name).ok_or_else(|| no_figure(typed))?;
    let why = iapt_transform::why(&tables, figure).await?;
    if why.indicators.is_empty() {
        return Err(unknown(&tables, figure).await?.into());
    }
    let texts = texts(data, &why)?;
    match format {
        WhyFormat::Text => print(&why, &texts)?,
        WhyFormat::Json => {
            let mut out = output();
            writeln!(out, "{}", serde_json::to_string_pretty(&Answer { figure: name, why: &why, texts })?)?;
            out.flush()?;
        }
    }
    Ok(Done::All)
}

/// A whole address of a page may be given: what stands behind its `#` is the figure.
fn without_address(typed: &str) -> &str {
    typed.rsplit_once('#').map_or(typed, |(_, anchor)| anchor)
}

/// The name of a figure with its code and its category as the tables have them, and not as an address spells them.
pub(crate) async fn canonical_name(tables: &Path, typed: &str) -> Result<String> {
    let figure = FigureName::read(without_address(typed)).ok_or_else(|| no_figure(typed))?;
    let why = iapt_transform::why(tables, figure).await?;
    let Some(row) = why.indicators.first() else {
        return Err(unknown(tables, figure).await?.into());
    };
    Ok(FigureName::from(row).to_string())
}

pub(crate) fn no_figure(typed: &str) -> Usage {
    Usage {
        message: format!("`{typed}` is not a figure of the tables"),
        hint: "a figure is INDICATOR.PERIOD.LEVEL.CODE, with .BREAKDOWN.CATEGORY where it has one, such as \
               recovery_rate.2024-25.icb.QHM; a PERIOD like 2024-25_months is the sum of twelve months; `iapt query 'SELECT indicator FROM indicator_definitions'` names indicators"
            .to_owned(),
    }
}

/// Where an indicator has figures.
#[derive(Deserialize)]
struct Place {
    reporting_period: String,
    level: String,
    org_code: String,
}

/// Which part of a name no figure has.
async fn unknown(tables: &Path, figure: FigureName<'_>) -> Result<Usage> {
    let FigureName { indicator, reporting_period, level, org_code, .. } = figure;
    let sql =
        "SELECT DISTINCT reporting_period, level, org_code FROM indicators WHERE indicator = $indicator";
    let places: Vec<Place> = query::read_rows_with(tables, sql, &[("indicator", indicator)]).await?;
    let (message, columns) = if places.is_empty() {
        let hint = "`iapt query 'SELECT indicator FROM indicator_definitions'` names indicators".to_owned();
        return Ok(Usage { message: format!("there are no figures of an indicator `{indicator}`"), hint });
    } else if !places.iter().any(|place| place.reporting_period == reporting_period) {
        (format!("`{indicator}` has no figures of the period `{reporting_period}`"), "reporting_period")
    } else if !places.iter().any(|place| place.level == level) {
        (format!("`{indicator}` has no figures of the level `{level}`"), "level")
    } else if !places.iter().any(|place| place.level == level && figure.is_of(&place.org_code)) {
        (format!("`{indicator}` has no figures of `{org_code}` ({level})"), "level, org_code, org_name")
    } else {
        let message = format!("`{indicator}` has no such figure of `{org_code}` ({level})");
        (message, "reporting_period, period_kind, breakdown, category")
    };
    let of =
        if columns.contains("breakdown") { format!(" AND org_code = '{org_code}'") } else { String::new() };
    let hint = format!(
        "iapt query \"SELECT DISTINCT {columns} FROM indicators WHERE indicator = '{indicator}'{of} ORDER BY {columns}\""
    );
    Ok(Usage { message, hint })
}

/// The text of each cell, read again from the file that was published; files are read one after another, since a month is 45 MB.
fn texts(data: &Path, why: &Why) -> Result<Vec<Option<String>>> {
    let lock = Lock::read(&data.join(SNAPSHOTS_FOLDER))?;
    let mut texts = vec![None; why.cells.len()];
    let mut members: BTreeMap<(Sha256, &str), Vec<Search<'_>>> = BTreeMap::new();
    for (cell, text) in why.cells.iter().zip(&mut texts) {
        let release = why.releases.iter().find(|release| cell.is_of(release));
        if let Some(sha256) = release.and_then(|release| release.sha256.parse().ok()) {
            let search = Search::new(cell.source_row, &cell.source_column, text);
            members.entry((sha256, &cell.source_file)).or_default().push(search);
        }
    }
    for ((sha256, member), mut searches) in members {
        let path = lock.object(sha256);
        if let Ok(csv) = iapt_archive::read_member(&path, member) {
            search_csv(&csv, &mut searches);
        } else {
            let take = |row, cells: &[String]| take(&mut searches, row, cells);
            // What is no sheet either is not here as a table of text.
            let _ = iapt_archive::for_each_row(&path, member, take);
        }
    }
    Ok(texts)
}

/// Looks for a published cell among rows that come from the top.
struct Search<'a> {
    row: usize,
    head: &'a str,
    column: Option<usize>,
    text: &'a mut Option<String>,
}

impl<'a> Search<'a> {
    fn new(row: u32, column: &'a str, text: &'a mut Option<String>) -> Self {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        Self { row, head: column, column: position_of_column(column), text }
    }

    /// Takes a row and its number, which begins at 1; a column that is known by its head is where that stands above.
    fn take(&mut self, row: usize, cells: &[impl AsRef<str>]) -> ControlFlow<()> {
        if row >= self.row {
            let text = |column: usize| cells.get(column).map_or("", AsRef::as_ref).to_owned();
            *self.text = self.column.filter(|_| row == self.row).map(text);
            return ControlFlow::Break(());
        }
        if self.column.is_none() {
            self.column = cells.iter().position(|text| text.as_ref() == self.head);
        }
        ControlFlow::Continue(())
    }
}

/// Takes a row for every cell that is looked for; those that are past it are looked for no more.
fn take(searches: &mut Vec<Search<'_>>, row: usize, cells: &[impl AsRef<str>]) -> ControlFlow<()> {
    searches.retain_mut(|search| search.take(row, cells).is_continue());
    if searches.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn search_csv(member: &[u8], searches: &mut Vec<Search<'_>>) {
    let member = member.strip_prefix(b"\xef\xbb\xbf").unwrap_or(member);
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(member);
    for (record, row) in reader.byte_records().map_while(Result::ok).zip(1..) {
        let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        if take(searches, row, &cells).is_break() {
            break;
        }
    }
}

fn print(why: &Why, texts: &[Option<String>]) -> io::Result<()> {
    let mut lines = Lines::new();
    for row in &why.indicators {
        lines.line(format_args!(
            "{} of {} ({}) in {}{}{}",
            row.indicator,
            if row.level == ENGLAND { "England" } else { &row.org_name },
            row.org_code,
            row.reporting_period,
            if row.is_sum_of_months() { ", the sum of twelve months" } else { "" },
            if row.breakdown == "total" {
                String::new()
            } else {
                format!(", {}: {}", row.breakdown, row.category)
            }
        ))?;
        lines.line(format_args!(
            "  value        {}{}",
            number(row.value, &row.value_status),
            row.value_basis.as_ref().map(|basis| format!(" (from {basis})")).unwrap_or_default()
        ))?;
        if let Some(bounds) = bounds(row.value_low, row.value_high) {
            lines.line(format_args!("  between      {bounds}"))?;
        }
        // A count may lack a term that the publisher did not print, and then nothing is withheld.
        let is_withheld = |cell: &SourceCell| {
            cell.dataset == row.dataset && cell.value_status == ValueStatus::Suppressed.as_str()
        };
        for (role, count) in [("numerator", row.numerator), ("denominator", row.denominator)] {
            let is_withheld = why.cells.iter().any(|cell| cell.role == role && is_withheld(cell));
            let without = if is_withheld { "withheld" } else { "not published" };
            lines.line(format_args!("  {role:<11}  {}", number(count, without)))?;
        }
    }
    lines.line("published cells:")?;
    for (cell, text) in why.cells.iter().zip(texts) {
        let sign = if cell.sign < 0.0 { "-" } else { "+" };
        lines.line(format_args!("  {:<12}{sign} {} ({})", cell.role, cell.measure, cell.statistic))?;
        let built_in = cell.is_built_in();
        lines.line(format_args!(
            "    printed `{}` in {}{}, row {}, column {}",
            text.as_deref().unwrap_or("(the file is not here as a table of text)"),
            if built_in { "the built-in copy of " } else { "" },
            cell.source_file,
            cell.source_row,
            cell.source_column
        ))?;
        if let (true, Some(kind), Some(citation)) = (built_in, &cell.source_kind, &cell.citation) {
            lines.line(format_args!("    from {citation} ({kind})"))?;
        }
        lines.line(format_args!(
            "    read as {}{}; row of {} {} ({}), {} / {} / {}",
            number(cell.value, &cell.value_status),
            bounds(cell.value_low, cell.value_high)
                .map(|bounds| format!(", between {bounds}"))
                .unwrap_or_default(),
            cell.org_type,
            cell.org_code,
            cell.org_name,
            cell.variable_type,
            cell.variable_a,
            cell.variable_b
        ))?;
    }
    lines.line("releases:")?;
    for release in &why.releases {
        lines.line(format_args!(
            "  {} {}, edition {}",
            release.dataset, release.reporting_period, release.edition
        ))?;
        if why.cells.iter().any(|cell| cell.is_of(release) && cell.is_built_in()) {
            lines
                .line(format_args!("    from   built-in figures, laid out as the file at {}", release.url))?;
        } else {
            lines.line(format_args!("    from   {} (source: {})", release.url, release.source))?;
        }
        lines.line(format_args!("    sha256 {} ({} bytes)", release.sha256, release.bytes))?;
        lines.line(format_args!("    member {}", release.source_file))?;
    }
    lines.end()
}

/// What a number lies between; none where neither end is known.
fn bounds(low: Option<f64>, high: Option<f64>) -> Option<String> {
    (low.is_some() || high.is_some()).then(|| format!("{} and {}", number(low, "?"), number(high, "?")))
}

fn number(value: Option<f64>, without: &str) -> String {
    value.map_or_else(|| without.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_file_is_found_on_one_way_through_it() {
        let csv = b"\xef\xbb\xbfcode,\"a\nhead\",value\nX,1,\"2\n3\"\nY,4\nZ,5,\xff\n";
        let wanted = [
            (4, "value", Some("\u{fffd}")),
            (2, "a\nhead", Some("1")),
            (2, "value", Some("2\n3")),
            (2, "[A]", Some("X")),
            (3, "value", Some("")),
            (4, "no such head", None),
            (5, "value", None),
        ];
        let mut texts = vec![None; wanted.len()];
        let searched = wanted.iter().zip(&mut texts);
        let mut searches: Vec<_> =
            searched.map(|((row, column, _), text)| Search::new(*row, column, text)).collect();
        search_csv(csv, &mut searches);
        for ((row, column, expected), text) in wanted.iter().zip(&texts) {
            assert_eq!(text.as_deref(), *expected, "{row} {column}");
        }
    }

    #[test]
    fn nothing_is_read_behind_the_last_cell() {
        let mut text = None;
        let mut searches = vec![Search::new(2, "value", &mut text)];
        assert!(take(&mut searches, 1, &["value"]).is_continue());
        assert!(take(&mut searches, 2, &["7"]).is_break());
        drop(searches);
        assert_eq!(text.as_deref(), Some("7"));
    }
}
