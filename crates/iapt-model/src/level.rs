//! The levels of geography that organisations stand on, and which of them lies above which.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{OrganisationKind, Organisations};

/// The level of the whole.
pub const ENGLAND: &str = "england";

/// A published type of organisation, and the level it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationType {
    /// As published: `Commissioning Region`.
    pub org_type: String,
    /// The level that stays when types are renamed: `region`.
    pub level: String,
    /// The level of the areas that they lie in, whose codes are the parents in organisations.csv; none where they lie in none.
    pub parent_level: Option<String>,
    /// The code of the only organisation of the type, whatever it is published under; none where there are several.
    pub sole_org_code: Option<String>,
    /// What one of them is that organisations.csv does not declare.
    pub org_kind: OrganisationKind,
    /// Whether indicators and the pathway have all groups of people of them: those of boards and what is above them, below which nearly
    /// every count of a group is withheld.
    pub has_groups: bool,
    /// One of them, in words.
    pub label: String,
    /// Several of them, in words.
    pub label_plural: String,
    /// What a reader should know.
    pub note: String,
}

impl OrganisationType {
    /// Whether each of them is an area and a provider together: most of what a month has, and in no sum and no indicator.
    #[must_use]
    pub fn is_of_pairs(&self) -> bool {
        self.level == "sub_icb_provider"
    }
}

impl Organisations {
    /// The levels whose types do not agree about the level above, or whose levels above lead nowhere.
    pub(crate) fn contradictory_levels(&self) -> Vec<String> {
        let mut found = Vec::new();
        let levels: BTreeSet<&str> = self.types().map(|one| one.level.as_str()).collect();
        for level in &levels {
            let above: BTreeSet<_> =
                self.types().filter(|one| one.level == *level).map(|one| &one.parent_level).collect();
            if above.len() > 1 {
                found.push(format!("the types of level `{level}` name different levels above it"));
            }
            for above in above.into_iter().flatten() {
                if !levels.contains(above.as_str()) {
                    found.push(format!("level `{above}`, above `{level}`, has no type"));
                }
            }
            if self.levels_above(level).any(|above| above == *level) {
                found.push(format!("level `{level}` lies above itself"));
            }
        }
        found
    }

    /// The levels of the areas that organisations of a level lie in, the nearest first.
    pub fn levels_above(&self, level: &str) -> impl Iterator<Item = &str> {
        let above = |level: &str| self.types().find(|one| one.level == level)?.parent_level.as_deref();
        // No longer than there are levels, whatever is declared.
        std::iter::successors(above(level), move |level| above(level)).take(self.types().count())
    }

    /// The area of the level `wanted` that an organisation lies in: its parent, or the parent of that.
    #[must_use]
    pub fn area_above(&self, level: &str, org_code: &str, wanted: &str) -> Option<&str> {
        let mut lowest = self.get(level, org_code)?;
        for above in self.levels_above(level) {
            let area = lowest.parent.as_deref()?;
            if above == wanted {
                return Some(area);
            }
            lowest = self.get(above, area)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::Problems;

    fn check(types: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let types = format!(
            "org_type,level,parent_level,sole_org_code,org_kind,has_groups,label,label_plural,note\n{types}"
        );
        fs_err::write(folder.path().join("organisation_types.csv"), types).unwrap();
        let header = "org_code,level,org_name,kind,valid_from,valid_to,parent,successor,note\n";
        fs_err::write(folder.path().join("organisations.csv"), header).unwrap();
        let mut problems = Problems::default();
        let _ = Organisations::read(folder.path(), &mut problems);
        let told: Vec<String> = problems.into_vec().into_iter().map(|problem| problem.what).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_level_lies_below_one_declared_level_and_never_below_itself() {
        check("A,a,b,,place,false,A,A,\nB,b,,,place,false,B,B,\n", &[]);
        check("A,a,b,,place,false,A,A,\n", &["level `b`, above `a`, has no type"]);
        check(
            "A,a,b,,place,false,A,A,\nAnother A,a,,,place,false,A,A,\nB,b,,,place,false,B,B,\n",
            &["the types of level `a` name different levels above it"],
        );
        check(
            "A,a,b,,place,false,A,A,\nB,b,a,,place,false,B,B,\n",
            &["level `a` lies above itself", "level `b` lies above itself"],
        );
    }
}
