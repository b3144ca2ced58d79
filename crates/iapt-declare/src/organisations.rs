//! Organisations that are new, renamed or gone, and types that are not known.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{Organisation, OrganisationKind, Period};

use crate::{
    proposal::{Said, Together},
    sheet::{Row, Sheet},
};

/// The tables of organisations while they are changed.
pub(crate) struct Tables<'a> {
    pub(crate) types: &'a mut Sheet,
    pub(crate) organisations: &'a mut Sheet,
}

/// Proposes rows for those of a release that are not as they are declared.
///
/// Organisations hold for financial years. Only a release of a year says who is gone (an organisation may have no activity in a
/// month), and only of a dataset that printed every organisation of the level the year before. Other datasets print some of
/// them: one that they do not print may be printed elsewhere.
pub(crate) fn propose(new: &Together<'_>, tables: &mut Tables<'_>, said: &mut Said) {
    let Together { project, period, before, .. } = *new;
    let year = period.financial_year();
    let mut printed: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    let mut unknown_types: BTreeSet<&str> = BTreeSet::new();
    for ((org_type, code), names) in &new.printed.organisations {
        let Some(declared) = project.organisations.organisation_type(org_type) else {
            unknown_types.insert(org_type);
            continue;
        };
        if project.organisations.are_declared(declared) {
            // A level may be printed under several types.
            let codes = printed.entry(&declared.level).or_default();
            codes.entry(code).or_default().extend(names.iter().map(String::as_str));
        }
    }
    for org_type in unknown_types {
        tables.types.add(|_, _| false, &[("org_type", org_type)]);
        said.blank(format!(
            "type `{org_type}` is new: its level and labels are left blank in organisation_types.csv"
        ));
    }
    for (level, codes) in &printed {
        let declared = || project.organisations.iter().filter(|organisation| organisation.level == **level);
        let is_missing = |organisation: &&Organisation| {
            organisation.valid_to.is_none()
                && organisation.valid_from < year
                && organisation.kind != OrganisationKind::Unknown
                && !codes.contains_key(organisation.org_code.as_str())
        };
        let missing: Vec<&Organisation> =
            declared().filter(|_| period.is_year()).filter(is_missing).collect();
        let (gone, missing) =
            if before.has_all_of(project, level) { (missing, Vec::new()) } else { (Vec::new(), missing) };
        if !missing.is_empty() {
            let codes: Vec<String> = missing.iter().map(|one| format!("`{}`", one.org_code)).collect();
            said.note(format!(
                "{level}: not printed, and left as they are, because this file does not tell who is gone: {}",
                codes.join(", ")
            ));
        }
        for organisation in &gone {
            tables.organisations.set(
                is_of(level, &organisation.org_code),
                "valid_to",
                &year.previous().to_string(),
            );
            said.note(format!("{level} `{}` ({}) is gone", organisation.org_code, organisation.org_name));
        }
        let kinds: BTreeSet<&str> = declared()
            .filter(|organisation| {
                organisation.valid_to.is_none() && organisation.kind != OrganisationKind::Unknown
            })
            .map(|organisation| organisation.kind.as_str())
            .collect();
        // Where all of a level are of one kind, so is a new one.
        let kind = kinds.first().copied().filter(|_| kinds.len() == 1).unwrap_or_default();
        for (code, names) in codes {
            let name = names.first().copied().unwrap_or_default();
            match project.organisations.get(level, code) {
                None => {
                    let heir = gone.iter().find(|gone| gone.org_name.eq_ignore_ascii_case(name));
                    propose_new(level, code, name, kind, year, tables.organisations);
                    let heir = heir.map(|gone| {
                        format!(
                            "; it has the name of `{}`, which is gone: if it has taken all of it over, write it as its successor",
                            gone.org_code
                        )
                    });
                    let told = format!("{level} `{code}` ({name}) is new{}", heir.unwrap_or_default());
                    if kind.is_empty() {
                        said.blank(format!("{told}; its kind is left blank in organisations.csv"));
                    } else {
                        said.note(told);
                    }
                }
                Some(organisation) => renew(organisation, names, year, tables.organisations, said),
            }
        }
    }
}

fn is_of(level: &str, code: &str) -> impl Fn(&Sheet, &Row) -> bool {
    move |sheet, row| sheet.has(row, &[("level", level), ("org_code", code)])
}

fn propose_new(level: &str, code: &str, name: &str, kind: &str, year: Period, sheet: &mut Sheet) {
    let cells = [
        ("org_code", code),
        ("level", level),
        ("org_name", name),
        ("kind", kind),
        ("valid_from", &year.to_string()),
    ];
    sheet.add(|sheet, row| sheet.has(row, &[("level", level)]), &cells);
}

/// An organisation that is declared, and has come back or has another name.
fn renew(
    organisation: &Organisation,
    names: &BTreeSet<&str>,
    year: Period,
    sheet: &mut Sheet,
    said: &mut Said,
) {
    let Organisation { org_code, level, org_name, valid_to, successor, .. } = organisation;
    if let Some(last) = valid_to.filter(|last| *last < year) {
        if let Some(successor) = successor {
            said.note(format!(
                "{level} `{org_code}` ended with {last}, `{successor}` succeeded it, and it is printed again"
            ));
        } else {
            sheet.set(is_of(level, org_code), "valid_to", "");
            said.note(format!("{level} `{org_code}` ended with {last}, and is printed again"));
        }
    }
    if let Some(name) = names.first().filter(|_| !names.contains(org_name.as_str())) {
        sheet.set(is_of(level, org_code), "org_name", name);
        said.note(format!("{level} `{org_code}` was {org_name} and is {name}"));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use iapt_model::{BuiltInFigures, Project};

    use super::*;
    use crate::{
        earlier::YearBefore,
        survey::{Printed, Survey},
    };

    /// The lines that are changed where two files of a release print between them all services of 2024-25 but these.
    fn changed(project: &Project, dataset: &str, period: &str, gone: &[&str]) -> Vec<String> {
        let dataset = project.dataset(dataset).unwrap();
        let period: Period = period.parse().unwrap();
        let last: Period = "2024-25".parse().unwrap();
        let services = project.organisations.iter().filter(|one| {
            one.level == "provider" && one.valid_from <= last && one.valid_to.is_none_or(|to| last <= to)
        });
        let mut files = [Survey::default(), Survey::default()];
        for (at, one) in services.filter(|one| !gone.contains(&one.org_code.as_str())).enumerate() {
            let key = ("Provider".to_owned(), one.org_code.clone());
            files[at % 2].organisations.insert(key, BTreeSet::from([one.org_name.clone()]));
        }
        let mut printed = Printed::default();
        for file in files {
            printed.add(file);
        }
        let sheet = |name| Sheet::read(&project.folder, &Path::new("pipelines").join(name)).unwrap();
        let (mut types, mut organisations) = (sheet("organisation_types.csv"), sheet("organisations.csv"));
        let mut tables = Tables { types: &mut types, organisations: &mut organisations };
        let figures = BuiltInFigures::read(dataset, &project.measures, &mut Vec::new());
        let before = YearBefore::new(project, figures.as_ref(), &[], period);
        let new = Together { project, period, printed: &printed, before: &before };
        propose(&new, &mut tables, &mut Said::default());
        let edits = organisations.change().map(|change| change.edits).unwrap_or_default();
        edits.into_iter().map(|edit| edit.new).collect()
    }

    #[test]
    fn gone_is_what_no_file_prints_of_a_dataset_that_printed_all() {
        let project = Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        let no_lines = Vec::<String>::new();
        assert_eq!(changed(&project, "psych_ther_annual", "2025-26", &[]), no_lines);
        let lines = changed(&project, "psych_ther_annual", "2025-26", &["8J724", "RRF"]);
        assert_eq!(lines.len(), 2, "{lines:?}");
        for (line, code) in lines.iter().zip(["8J724", "RRF"]) {
            assert!(line.starts_with(&format!("{code},provider,")) && line.contains(",2024-25,"), "{line}");
        }
        // Only England's figures of one are built in, and none of the other; a month tells nothing.
        for (dataset, period) in [
            ("therapy_based_outcomes", "2025-26"),
            ("psych_ther_annual_members", "2025-26"),
            ("talking_therapies_monthly", "2026-07"),
        ] {
            assert_eq!(changed(&project, dataset, period, &["8J724", "RRF"]), no_lines, "{dataset}");
        }
    }
}
