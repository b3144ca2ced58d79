//! Names of members that are known in part: `*table-1a.csv`.

use std::path::Path;

use crate::{Error, Problem, members};

/// The published name of a member that is declared with `*` for any text, or the name itself where it has none.
///
/// # Errors
///
/// Those of [`members`], [`Problem::NoMember`] when nothing in the archive has such a name, and
/// [`Problem::SeveralMembers`] when more than one has.
pub fn published_name(path: &Path, declared: &str) -> Result<String, Error> {
    if !declared.contains('*') {
        return Ok(declared.to_owned());
    }
    let names: Vec<String> = members(path)?.into_iter().map(|entry| entry.name).collect();
    let found: Vec<String> = names.iter().filter(|name| is_named(declared, name)).cloned().collect();
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
