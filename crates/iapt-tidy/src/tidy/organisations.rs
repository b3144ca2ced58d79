//! Organisations of a file that are not declared.

use std::collections::BTreeMap;

use iapt_model::{Problem, Project, PublishedFile};

use super::interner::Interner;

/// The organisations that have no row in `organisations.csv`, in order of type and code.
///
/// Only types whose organisations are declared one by one are looked up.
pub(super) fn unknown(
    project: &Project,
    published_file: &PublishedFile,
    org_types: &Interner,
    codes: &Interner,
    names: &Interner,
) -> Vec<Problem> {
    let declared = &project.organisations;
    let level_of = |org_type: &String| {
        let org_type = declared.organisation_type(org_type)?;
        declared.are_declared(org_type).then_some(org_type.level.as_str())
    };
    let levels: Vec<Option<&str>> = org_types.texts.iter().map(level_of).collect();
    // Each organisation is looked up once: by type and code, with its first name and how many rows it has.
    let mut found: BTreeMap<(i32, i32), (i32, usize)> = BTreeMap::new();
    let rows = org_types.keys.iter().zip(&codes.keys).zip(&names.keys);
    let mut rows = rows.map(|((org_type, code), name)| ((*org_type, *code), *name)).peekable();
    while let Some((organisation, name)) = rows.next() {
        // Most rows of one organisation follow each other.
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
            published_file: published_file.clone(),
            org_type: org_types.text(org_type).to_owned(),
            level: level.to_owned(),
            org_code: org_code.to_owned(),
            org_name: names.text(name).to_owned(),
            n_rows,
        })
    });
    unknown.collect()
}
