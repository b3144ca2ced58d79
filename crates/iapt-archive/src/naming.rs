//! Names of members as they are declared: without the folder, or known in part, such as `*table-1a.csv`.

use std::path::Path;

use crate::{Error, Kind, Problem, kind, members};

/// The published name of a declared member, with the folder that it stands in.
///
/// A name without a folder is that of the one file in the archive that is called so, in whatever folder. `*` is any
/// text. A sheet, or a file that is no archive, is called what it is declared as.
///
/// # Errors
///
/// The errors of [`members`], [`Problem::NoMember`] when nothing in the archive has such a name, and
/// [`Problem::SeveralMembers`] when more than one has.
pub fn published_name(path: &Path, declared: &str) -> Result<String, Error> {
    let has_folders = matches!(kind(path)?, Kind::Zip | Kind::Rar);
    if !has_folders && !declared.contains('*') {
        return Ok(declared.to_owned());
    }
    let is_it = |name: &&String| {
        let file_name = name.rsplit('/').next().filter(|_| has_folders).unwrap_or(name);
        is_named(declared, name) || is_named(declared, file_name)
    };
    let names: Vec<String> = members(path)?.into_iter().map(|entry| entry.name).collect();
    let found: Vec<String> = names.iter().filter(is_it).cloned().collect();
    let pattern = declared.to_owned();
    match found.as_slice() {
        [name] => Ok(name.clone()),
        [] => Err(Problem::NoMember { name: pattern, members: names }.of(path)),
        _ => Err(Problem::SeveralMembers { pattern, members: found }.of(path)),
    }
}

/// Whether a name is the pattern with some text for each `*`.
#[must_use]
pub fn is_named(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(before) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = name.split_once(part) else { return false };
        name = after;
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name, expected) in [
            ("a.csv", "a.csv", true),
            ("a.csv", "b.csv", false),
            ("*table-1a.csv", "psych-ther-table-1a.csv", true),
            ("*table-1a.csv", "table-1a.csv", true),
            ("*table-1a.csv", "psych-ther-table-11a.csv", false),
            ("*table-1a.csv", "table-1a.csv.bak", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(is_named(pattern, name), expected, "{pattern} {name}");
        }
    }
}
