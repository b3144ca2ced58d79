//! Categories that are new or gone.

use std::collections::BTreeSet;

use iapt_model::PublishedCategory;

use crate::{
    proposal::{Said, Together},
    sheet::{Row, Sheet},
};

/// Proposes rows for the categories of a release that are not as they are declared.
///
/// A category that differs from a declared one in nothing but spaces and the case of letters is that one; the meaning of any
/// other is left blank.
///
/// A category is gone where the dataset printed it the year before and no file of the release does. Other datasets print
/// categories of the same types.
pub(crate) fn propose(new: &Together<'_>, sheet: &mut Sheet, said: &mut Said) {
    let Together { project, period, printed, before } = *new;
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
            && before.has_category(&texts(published))
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use iapt_model::{BuiltInFigures, Period, Project};

    use super::*;
    use crate::{
        earlier::YearBefore,
        survey::{Printed, Survey},
    };

    /// How many lines are changed where two files of a release print between them the categories of the annual file of 2024-25
    /// but for one.
    fn n_changed(project: &Project, dataset: &str, gone: Option<&str>) -> usize {
        let period: Period = "2025-26".parse().unwrap();
        let before = |name| {
            let dataset = project.dataset(name).unwrap();
            let figures = BuiltInFigures::read(dataset, &project.measures, &mut Vec::new());
            YearBefore::new(project, figures.as_ref(), &[], period)
        };
        let annual = before("psych_ther_annual");
        let texts = |one: &PublishedCategory| {
            [&one.variable_type, &one.variable_a, &one.variable_b].map(Clone::clone)
        };
        let mut categories: Vec<[String; 3]> =
            project.categories.published().map(texts).filter(|one| annual.has_category(one)).collect();
        assert!(categories.len() > 100, "{}", categories.len());
        categories.retain(|[_, second, _]| Some(second.as_str()) != gone);
        let mut files = [Survey::default(), Survey::default()];
        for (at, category) in categories.into_iter().enumerate() {
            files[at % 2].categories.insert(category);
        }
        let mut printed = Printed::default();
        for file in files {
            printed.add(file);
        }
        let mut sheet = Sheet::read(&project.folder, Path::new("pipelines/categories.csv")).unwrap();
        let new = Together { project, period, printed: &printed, before: &before(dataset) };
        propose(&new, &mut sheet, &mut Said::default());
        sheet.change().map_or(0, |change| change.edits.len())
    }

    #[test]
    fn gone_is_what_no_file_prints_of_a_dataset_that_printed_it() {
        let project = Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        assert_eq!(n_changed(&project, "psych_ther_annual", None), 0);
        assert_eq!(n_changed(&project, "psych_ther_annual", Some("Sikh")), 1);
        assert_eq!(n_changed(&project, "psych_ther_annual_members", Some("Sikh")), 0);
    }
}
