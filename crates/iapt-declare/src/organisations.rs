//! Organisations that are new, renamed or gone, and types that are not known.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{Organisation, OrganisationKind, Period, Project};

use crate::{
    proposal::Said,
    sheet::{Row, Sheet},
    survey::Printed,
};

/// The tables of organisations while they are changed.
pub(crate) struct Tables<'a> {
    pub(crate) types: &'a mut Sheet,
    pub(crate) organisations: &'a mut Sheet,
}

/// Proposes rows for those of a release that are not as they are declared.
///
/// Organisations hold for financial years. Only a file of a year says who is gone: an organisation may have no activity in a
/// month.
pub(crate) fn propose(
    project: &Project,
    period: Period,
    release: &Printed,
    tables: &mut Tables<'_>,
    said: &mut Said,
) {
    let year = period.financial_year();
    let mut printed: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    let mut unknown_types: BTreeSet<&str> = BTreeSet::new();
    for ((org_type, code), names) in &release.organisations {
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
        let is_gone = |organisation: &&Organisation| {
            organisation.valid_to.is_none()
                && organisation.valid_from < year
                && organisation.kind != OrganisationKind::Unknown
                && !codes.contains_key(organisation.org_code.as_str())
        };
        let gone: Vec<&Organisation> = declared().filter(|_| period.is_year()).filter(is_gone).collect();
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
