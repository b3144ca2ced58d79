//! The measure ids of a new file: ids and names that have come, gone or been changed.

use std::collections::BTreeMap;

use iapt_model::{Dataset, Period, Statistic};

use crate::{
    columns::compared,
    earlier::Earlier,
    likeness::{NEAR, likeness},
    proposal::Said,
    sheet::{Row, Sheet},
    survey::Survey,
};

/// Proposes the rows of `measure_ids.csv`.
pub(crate) fn propose(
    dataset: &Dataset,
    file: &str,
    period: Period,
    survey: &Survey,
    earlier: &Earlier,
    sheet: &mut Sheet,
    said: &mut Said,
) {
    let first = period.to_string();
    let live = dataset.measure_ids.live(file, period);
    let declared: BTreeMap<&str, (&str, &str, _)> =
        live.iter().map(|(id, name, measure, statistic)| (id, (name, measure, statistic))).collect();
    let is_printed = |id: &str, name: &str| {
        survey.measures.keys().any(|(other, printed)| other == id && (printed == name || printed.is_empty()))
    };
    for (id, (name, ..)) in &declared {
        if is_printed(id, name) {
            continue;
        }
        if !sheet.end_before(period, &[("file", file), ("measure_id", id)]) {
            said.note(format!("`{id}` (`{name}`) is declared from {period} on, and the file lacks it"));
        } else if !survey.measures.keys().any(|(other, _)| other == id) {
            said.note(format!("`{id}` (`{name}`) is gone"));
        }
    }
    for ((id, name), total) in &survey.measures {
        if declared.get(id.as_str()).is_some_and(|(declared, ..)| is_printed(id, declared)) {
            continue;
        }
        // Ids do not drift: one that was printed under this name before, or under a near one now, means what it meant,
        // unless its total is of another size.
        let of_id = |sheet: &Sheet, row: &Row| sheet.has(row, &[("file", file), ("measure_id", id)]);
        let compared = |measure: &str, statistic: Statistic| {
            compared(dataset, total.as_ref()?, measure, statistic, earlier)
        };
        let is_of_its_size = |row: &&Row| {
            let statistic = Statistic::of_word(sheet.get(row, "statistic"));
            let total = statistic.and_then(|statistic| compared(sheet.get(row, "measure"), statistic));
            total.is_none_or(|(are_alike, _)| are_alike)
        };
        let before = sheet.rows().rfind(|row| of_id(sheet, row) && sheet.has(row, &[("measure_name", name)]));
        let before = before.filter(is_of_its_size);
        let renamed = declared.get(id.as_str()).and_then(|(declared, measure, statistic)| {
            let total = compared(measure, *statistic);
            let is_of_its_size = total.as_ref().is_none_or(|(are_alike, _)| *are_alike);
            let told = total.map(|(_, told)| format!(", {told}")).unwrap_or_default();
            let is_sure = likeness(name, declared) >= NEAR && is_of_its_size;
            is_sure.then(|| (*declared, format!("same id, nearest name{told}")))
        });
        let (meant, note) = match (before, renamed) {
            (Some(row), _) => {
                (Some(row.clone()), format!("The name of {} returns.", sheet.get(row, "last_period")))
            }
            (None, Some((declared, reasons))) => {
                let row = sheet
                    .rows()
                    .rfind(|row| of_id(sheet, row) && sheet.has(row, &[("measure_name", declared)]));
                (row.cloned(), format!("Taken for {declared}, renamed: {reasons}."))
            }
            (None, None) => (None, String::new()),
        };
        let meaning = |column: &str| meant.as_ref().map_or("", |row| sheet.get(row, column)).to_owned();
        let (measure, statistic) = (meaning("measure"), meaning("statistic"));
        let cells = [
            ("file", file),
            ("measure_id", id),
            ("measure_name", name),
            ("first_period", &first),
            ("measure", &measure),
            ("statistic", &statistic),
            ("note", &note),
        ];
        if sheet.rows().any(|row| of_id(sheet, row)) {
            sheet.add(of_id, &cells);
        } else {
            sheet.add(|sheet, row| sheet.has(row, &[("file", file)]), &cells);
        }
        let what = format!("`{id}` (`{name}`)");
        if meant.is_some() {
            said.note(format!("{what}: {note}"));
        } else {
            said.blank(format!("{what} is new: what it means is left blank in measure_ids.csv"));
        }
    }
}
