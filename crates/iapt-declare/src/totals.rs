//! Candidates for England's totals: what the file prints, to be compared with what the publication prints.

use iapt_model::{Cell, Dataset, Period, Role};

use crate::{proposal::Said, sheet::Sheet, survey::Survey};

/// Proposes rows of `expected.csv` for the measures that the newest earlier period has there, with the source left blank:
/// a total that nobody has found in print proves nothing. `roles` are those of the columns.
pub(crate) fn propose(
    dataset: &Dataset,
    file: &str,
    period: Period,
    survey: &Survey,
    roles: &[Option<Role>],
    sheet: &mut Sheet,
    said: &mut Said,
) {
    let totals = || dataset.control_totals.iter().filter(|total| total.file == file);
    let newest = totals().map(|total| total.period).filter(|earlier| *earlier < period).max();
    if totals().any(|total| total.period == period) {
        return;
    }
    let live = dataset.measure_ids.live(file, period);
    let name = period.to_string();
    let mut n_rows = 0;
    for total in totals().filter(|total| Some(total.period) == newest && total.category.is_none()) {
        let wanted = Role::Measure { measure: total.measure.clone(), statistic: total.statistic };
        let of_column = || {
            let position = roles.iter().position(|role| role.as_ref() == Some(&wanted))?;
            survey.england.as_ref()?.get(position)
        };
        let of_id = || {
            let same = |(_, _, measure, statistic): &(&str, &str, &str, _)| {
                *measure == total.measure && *statistic == total.statistic
            };
            let (id, ..) = live.iter().find(same)?;
            survey.measures.iter().find(|((other, _), _)| other == id).and_then(|(_, total)| total.as_ref())
        };
        let Some(text) = of_column().or_else(of_id) else { continue };
        if let Some(Cell::Reported(_)) = dataset.markers.read(text, total.statistic) {
            let cells = [
                ("file", file),
                ("period", &name),
                ("measure", &total.measure),
                ("statistic", total.statistic.as_str()),
                ("value", text),
            ];
            sheet.add(|_, _| false, &cells);
            n_rows += 1;
        }
    }
    if n_rows > 0 {
        said.blank(format!(
            "{n_rows} of England's totals are candidates for expected.csv: compare each with the publication and write where it is printed, or take its row out"
        ));
    }
}
