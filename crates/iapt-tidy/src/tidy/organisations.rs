//! Organisations of a file that are not declared.

use std::collections::BTreeMap;

use iapt_model::{Place, Problem, Project};

use super::interner::Interner;

/// The organisations that have no row in `organisations.csv`, in order of type and code.
///
/// Organisations of a level of which none is declared are not looked up, nor is the only one of its type.
pub(super) fn unknown(
    project: &Project,
    place: &Place,
    org_types: &Interner,
    codes: &Interner,
    names: &Interner,
) -> Vec<Problem> {
    let declared = &project.organisations;
    let level_of = |org_type: &String| {
        let org_type = declared.organisation_type(org_type)?;
        let is_looked_up = org_type.sole_org_code.is_none() && declared.are_declared_on(&org_type.level);
        is_looked_up.then_some(org_type.level.as_str())
    };
    let levels: Vec<Option<&str>> = org_types.texts.iter().map(level_of).collect();
    // Each organisation is looked up once: by type and code, with its first name and how many rows it has.
    let mut found: BTreeMap<(i32, i32), (i32, usize)> = BTreeMap::new();
    let rows = org_types.keys.iter().zip(&codes.keys).zip(&names.keys);
    let mut rows = rows.map(|((org_type, code), name)| ((*org_type, *code), *name)).peekable();
    while let Some((organisation, name)) = rows.next() {
        // Rows of one organisation stand together.
        let mut n_rows = 1;
        while rows.next_if(|(next, _)| *next == organisation).is_some() {
            n_rows += 1;
        }
        found.entry(organisation).or_insert((name, 0)).1 += n_rows;
    }
    let unknown = found.into_iter().filter_map(|((org_type, code), (name, n_rows))| {
        let level = usize::try_from(org_type).ok().and_then(|key| levels.get(key).copied().flatten())?;
        let org_code = codes.text(code);
        declared.get(level, org_code).is_none().then(|| Problem::UnknownOrganisation {
            place: place.clone(),
            org_type: org_types.text(org_type).to_owned(),
            level: level.to_owned(),
            org_code: org_code.to_owned(),
            org_name: names.text(name).to_owned(),
            n_rows,
        })
    });
    unknown.collect()
}
