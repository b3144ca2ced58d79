//! Categories that are new or gone.

use std::collections::BTreeSet;

use iapt_model::{Period, Project, PublishedCategory};

use crate::{
    proposal::Said,
    sheet::{Row, Sheet},
    survey::Printed,
};

/// Proposes rows for the categories of a release that are not as they are declared.
///
/// A category that differs from a declared one in nothing but spaces and the case of letters is that one; the meaning of any
/// other is left blank.
pub(crate) fn propose(
    project: &Project,
    period: Period,
    printed: &Printed,
    sheet: &mut Sheet,
    said: &mut Said,
) {
    let types: BTreeSet<&str> =
        printed.categories.iter().map(|[variable_type, ..]| variable_type.as_str()).collect();
    let texts = |published: &PublishedCategory| {
        [&published.variable_type, &published.variable_a, &published.variable_b].map(Clone::clone)
    };
    let declared = printed.categories.iter().filter_map(|[first, second, third]| {
        project.categories.get(&[first.as_str(), second, third], period)
    });
    let meant: BTreeSet<(&str, &str)> =
        declared.map(|one| (one.breakdown.as_str(), one.category.as_str())).collect();
    // Files of other datasets print other categories of the same types, which hold for no years, or the same ones by other words.
    let is_gone = |published: &&PublishedCategory| {
        period.is_year()
            && published.first_period.is_year()
            && published.first_period < period
            && published.last_period.is_none()
            && types.contains(published.variable_type.as_str())
            && !printed.categories.contains(&texts(published))
            && !meant.contains(&(published.breakdown.as_str(), published.category.as_str()))
    };
    for published in project.categories.published().filter(is_gone) {
        let [first, second, third] = texts(published);
        let is_its = |sheet: &Sheet, row: &Row| {
            sheet.has(
                row,
                &[
                    ("variable_type", &first),
                    ("variable_a", &second),
                    ("variable_b", &third),
                    ("last_period", ""),
                ],
            )
        };
        sheet.set(is_its, "last_period", &period.previous().to_string());
        said.note(format!("category `{first}` / `{second}` / `{third}` is gone"));
    }
    for category in &printed.categories {
        let [first, second, third] = category.each_ref().map(String::as_str);
        if project.categories.get(&[first, second, third], period).is_some() {
            continue;
        }
        let plain = |texts: &[String; 3]| {
            texts.each_ref().map(|text| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let near = project.categories.published().find(|other| plain(&texts(other)) == plain(category));
        let of_type = project.categories.published().filter(|other| other.variable_type == first);
        let breakdowns: BTreeSet<&str> = of_type.map(|other| other.breakdown.as_str()).collect();
        let breakdown = breakdowns.first().copied().filter(|_| breakdowns.len() == 1);
        let order = near.map(|near| near.category_order.to_string()).unwrap_or_default();
        let stated = near.map(|near| near.is_stated.to_string()).unwrap_or_default();
        let note = near.map(|near| {
            format!("Taken for {} / {} / {}, respelt.", near.variable_type, near.variable_a, near.variable_b)
        });
        let cells = [
            ("variable_type", first),
            ("variable_a", second),
            ("variable_b", third),
            ("breakdown", near.map(|near| near.breakdown.as_str()).or(breakdown).unwrap_or_default()),
            ("category", near.map_or("", |near| near.category.as_str())),
            ("category_order", &order),
            ("is_stated", &stated),
            ("first_period", &period.to_string()),
            ("note", note.as_deref().unwrap_or_default()),
        ];
        sheet.add(|sheet, row| sheet.has(row, &[("variable_type", first)]), &cells);
        let what = format!("category `{first}` / `{second}` / `{third}`");
        match note {
            Some(note) => said.note(format!("{what}: {note}")),
            None => said.blank(format!("{what} is new: what it means is left blank in categories.csv")),
        }
    }
}
