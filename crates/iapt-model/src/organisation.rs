//! Organisations: what they are, where they lie, and what became of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{
    GroupBoard, OrganisationType, Period,
    declared::{Problems, Row, read_filled, read_table},
};

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// An area with people in it.
    Place,
    /// A provider of the service.
    Service,
    /// A commissioning hub: a code without an area.
    Hub,
    /// Where the publisher did not know.
    Unknown,
}

impl OrganisationKind {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Service => "service",
            Self::Hub => "hub",
            Self::Unknown => "unknown",
        }
    }
}

/// One organisation on one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its code, as published.
    pub org_code: String,
    /// Its level.
    pub level: String,
    /// Its latest published name.
    pub org_name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// First period published.
    pub valid_from: Period,
    /// Last period published; none while it is current.
    pub valid_to: Option<Period>,
    /// The organisation that it lies in.
    pub parent: Option<String>,
    /// The organisation that took its place, all of it; none where it was split or redrawn, for then no series joins.
    pub successor: Option<String>,
    /// What a reader should know.
    pub note: String,
}

/// How an organisation stands in the series that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The same area or service, under this code or an earlier one: its figures continue the series as they are.
    Same,
    /// Merged with others into a later one: only together do their figures continue the series.
    Part,
}

impl Relation {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Part => "part",
        }
    }
}

/// One organisation, and the latest one that its declared successors lead to.
#[derive(Clone, Copy, Debug)]
pub struct SeriesMember<'a> {
    /// The organisation.
    pub member: &'a Organisation,
    /// The last of its successors; itself where it has none.
    pub latest: &'a Organisation,
    /// How its figures continue to those of the latest.
    pub relation: Relation,
}

/// Every organisation type and organisation that is known.
#[derive(Clone, Debug, Default)]
pub struct Organisations {
    types: BTreeMap<String, OrganisationType>,
    organisations: BTreeMap<(String, String), Organisation>,
    /// (level, code) -> the code that the Office for National Statistics gives the area.
    gss_codes: BTreeMap<(String, String), String>,
    group_boards: Vec<GroupBoard>,
}

/// The code of the Office for National Statistics for an area that the publisher names by another code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GssCode {
    level: String,
    org_code: String,
    gss_code: String,
    #[serde(rename = "source")]
    _source: String,
}

impl Organisations {
    pub(crate) fn read(pipelines: &Path, problems: &mut Problems) -> Self {
        let mut all = Self::default();
        let path = pipelines.join("organisation_types.csv");
        for row in read_filled::<OrganisationType>(&path, &["level", "label", "label_plural"], problems) {
            let org_type = row.value.org_type.clone();
            if all.types.insert(org_type.clone(), row.value).is_some() {
                problems.add(&path, Some(row.line), format!("`{org_type}` is declared twice"));
            }
        }
        for what in all.contradictory_levels() {
            problems.add(&path, None, what);
        }
        let path = pipelines.join("organisations.csv");
        let rows = read_filled::<Organisation>(&path, &["level", "kind"], problems);
        for row in &rows {
            let key = (row.value.level.clone(), row.value.org_code.clone());
            if !all.types.values().any(|org_type| org_type.level == key.0) {
                problems.add(
                    &path,
                    Some(row.line),
                    format!("level `{}` is not in organisation_types.csv", key.0),
                );
            }
            if all.organisations.insert(key, row.value.clone()).is_some() {
                problems.add(&path, Some(row.line), "this organisation is declared twice on its level");
            }
        }
        all.read_gss_codes(&pipelines.join("gss_codes.csv"), problems);
        all.group_boards = GroupBoard::read(&pipelines.join("group_boards.csv"), &all, problems);
        for Row { line, value } in &rows {
            for what in all.contradictions(value) {
                problems.add(&path, Some(*line), format!("{} `{}`: {what}", value.level, value.org_code));
            }
        }
        all
    }

    fn read_gss_codes(&mut self, path: &Path, problems: &mut Problems) {
        if !path.exists() {
            return;
        }
        for Row { line, value: GssCode { level, org_code, gss_code, .. } } in read_table(path, problems) {
            let key = (level, org_code);
            if !self.organisations.contains_key(&key) {
                problems.add(path, Some(line), format!("{} `{}` is not in organisations.csv", key.0, key.1));
            }
            if self.gss_codes.insert(key, gss_code).is_some() {
                problems.add(path, Some(line), "the organisation has a code already");
            }
        }
    }

    /// The code of the Office for National Statistics for an organisation; none where it is no area or the code is not known.
    #[must_use]
    pub fn gss_code(&self, organisation: &Organisation) -> Option<&str> {
        let Organisation { level, org_code, .. } = organisation;
        self.gss_codes.get(&(level.clone(), org_code.clone())).map(String::as_str)
    }

    /// The boards of groups, in declared order.
    pub fn group_boards(&self) -> impl Iterator<Item = &GroupBoard> {
        self.group_boards.iter()
    }

    /// What an organisation's row says that the other rows, or the row itself, do not bear out.
    fn contradictions(&self, organisation: &Organisation) -> Vec<String> {
        let Organisation { org_code, level, kind, valid_from, valid_to, parent, successor, .. } =
            organisation;
        let mut found = Vec::new();
        if valid_to.is_some_and(|valid_to| valid_to < *valid_from) {
            found.push("it ends before it begins".to_owned());
        }
        let has_no_area = matches!(kind, OrganisationKind::Hub | OrganisationKind::Unknown);
        if has_no_area && (parent.is_some() || successor.is_some()) {
            found.push(format!("a `{}` has no area, so neither parent nor successor", kind.as_str()));
        }
        if let Some(parent) = parent
            && self.levels_above(level).next().is_none_or(|above| self.get(above, parent).is_none())
        {
            found.push(format!("its parent `{parent}` is not declared on the level above"));
        }
        let Some(code) = successor else { return found };
        let Some(successor) = self.get(level, code) else {
            found.push(format!("its successor `{code}` is not declared on its level"));
            return found;
        };
        match valid_to {
            _ if code == org_code => found.push("it is its own successor".to_owned()),
            None => found.push(format!("it is current, and yet `{code}` has taken its place")),
            Some(valid_to) if successor.valid_from <= *valid_to => found.push(format!(
                "its validity overlaps its successor's: it ends with {valid_to}, `{code}` begins with {}",
                successor.valid_from
            )),
            Some(valid_to) if successor.valid_from.previous() != *valid_to => found.push(format!(
                "its successor does not follow it: it ends with {valid_to}, `{code}` begins with {}",
                successor.valid_from
            )),
            Some(_) => {}
        }
        found
    }

    /// Every organisation with the series that it belongs to, in order of level and code.
    ///
    /// A series goes on through declared successors and through nothing else: where an area was redrawn there is
    /// none, and the series ends.
    pub fn series(&self) -> impl Iterator<Item = SeriesMember<'_>> {
        let mut n_predecessors: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for organisation in self.iter() {
            if let Some(successor) = &organisation.successor {
                *n_predecessors.entry((&organisation.level, successor)).or_default() += 1;
            }
        }
        self.iter().map(move |member| {
            let (mut latest, mut relation) = (member, Relation::Same);
            // Successors begin after their predecessors, which was checked; the set guards declared files that were not.
            let mut passed = BTreeSet::from([member.org_code.as_str()]);
            while let Some(code) = &latest.successor
                && let Some(next) = self.get(&latest.level, code)
                && passed.insert(code)
            {
                if n_predecessors.get(&(next.level.as_str(), next.org_code.as_str())) != Some(&1) {
                    relation = Relation::Part;
                }
                latest = next;
            }
            SeriesMember { member, latest, relation }
        })
    }

    /// The type of this published name.
    #[must_use]
    pub fn organisation_type(&self, org_type: &str) -> Option<&OrganisationType> {
        self.types.get(org_type)
    }

    /// Every type, in order of its published name.
    pub fn types(&self) -> impl Iterator<Item = &OrganisationType> {
        self.types.values()
    }

    /// Every organisation, in order of level and code.
    pub fn iter(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.values()
    }

    /// Whether organisations of this type are declared one by one: those of one within another are not, nor is the only one of
    /// its type.
    #[must_use]
    pub fn are_declared(&self, org_type: &OrganisationType) -> bool {
        let first_of_level = (org_type.level.clone(), String::new());
        let next = self.organisations.range(first_of_level..).next();
        org_type.sole_org_code.is_none() && next.is_some_and(|(key, _)| key.0 == org_type.level)
    }

    /// The organisation of this code on a level.
    #[must_use]
    pub fn get(&self, level: &str, org_code: &str) -> Option<&Organisation> {
        self.organisations.get(&(level.to_owned(), org_code.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const TYPES: &str =
        "org_type,level,parent_level,sole_org_code,org_kind,has_groups,label,label_plural,note
England,england,,All,place,true,England,England,
ICB,icb,,,place,true,Board,Boards,
CCG,sub_icb,icb,,place,false,Group,Groups,
";

    const HEADER: &str = "org_code,level,org_name,kind,valid_from,valid_to,parent,successor,note\n";

    fn read(rows: &str) -> (Organisations, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("organisation_types.csv"), TYPES).unwrap();
        fs_err::write(folder.path().join("organisations.csv"), format!("{HEADER}{rows}")).unwrap();
        let mut problems = Problems::default();
        let organisations = Organisations::read(folder.path(), &mut problems);
        let problems = problems.into_vec().into_iter();
        let problems =
            problems.map(|problem| format!("{}: {}", problem.line.unwrap_or_default(), problem.what));
        (organisations, problems.collect())
    }

    fn check_refused(rows: &str, expected: &Expect) {
        let (_, problems) = read(rows);
        assert!(!problems.is_empty(), "nothing is wrong with {rows}");
        expected.assert_eq(&problems.join("\n"));
    }

    fn check_series(rows: &str, expected: &Expect) {
        let (organisations, problems) = read(rows);
        assert_eq!(problems, Vec::<String>::new());
        let lines = organisations.series().map(|series| {
            format!("{} {} {}", series.member.org_code, series.relation.as_str(), series.latest.org_code)
        });
        expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_series_goes_on_through_declared_successors_and_nothing_else() {
        check_series(
            "E54,icb,Area,place,2017-18,2019-20,,Q1,\nQ1,icb,Area,place,2020-21,,,,\nE55,icb,Redrawn,place,2017-18,2019-20,,,\n",
            &expect![[r#"
                E54 same Q1
                E55 same E55
                Q1 same Q1"#]],
        );
        check_series(
            "A,sub_icb,A,place,2017-18,2018-19,,C,\nB,sub_icb,B,place,2017-18,2018-19,,C,\nC,sub_icb,C,place,2019-20,2019-20,,D,\nD,sub_icb,D,place,2020-21,,,,\n",
            &expect![[r#"
                A part D
                B part D
                C same D
                D same D"#]],
        );
    }

    #[test]
    fn parents_and_successors_are_declared() {
        check_refused(
            "A,sub_icb,A,place,2017-18,2018-19,Q1,B,\n",
            &expect![[r#"
            2: sub_icb `A`: its parent `Q1` is not declared on the level above
            2: sub_icb `A`: its successor `B` is not declared on its level"#]],
        );
        check_refused(
            "A,sub_icb,A,place,2017-18,2018-19,,A,\n",
            &expect!["2: sub_icb `A`: it is its own successor"],
        );
        check_refused(
            "A,sub_icb,A,place,2017-18,,B,,\nB,sub_icb,B,place,2017-18,,,,\n",
            &expect!["2: sub_icb `A`: its parent `B` is not declared on the level above"],
        );
    }

    #[test]
    fn a_successor_begins_when_the_predecessor_ends() {
        let successor = "B,sub_icb,B,place,2019-20,,,,\n";
        check_refused(
            &format!("{successor}A,sub_icb,A,place,2017-18,2019-20,,B,\n"),
            &expect![
                "3: sub_icb `A`: its validity overlaps its successor's: it ends with 2019-20, `B` begins with 2019-20"
            ],
        );
        check_refused(
            &format!("{successor}A,sub_icb,A,place,2017-18,2017-18,,B,\n"),
            &expect![
                "3: sub_icb `A`: its successor does not follow it: it ends with 2017-18, `B` begins with 2019-20"
            ],
        );
        check_refused(
            &format!("{successor}A,sub_icb,A,place,2017-18,,,B,\n"),
            &expect!["3: sub_icb `A`: it is current, and yet `B` has taken its place"],
        );
        check_refused(
            "A,sub_icb,A,place,2018-19,2017-18,,,\n",
            &expect!["2: sub_icb `A`: it ends before it begins"],
        );
    }

    #[test]
    fn what_has_no_area_has_neither_parent_nor_successor() {
        check_refused(
            "13Q,sub_icb,HUB,hub,2017-18,2018-19,Q1,,\nQ1,icb,Area,place,2017-18,,,,\n",
            &expect!["2: sub_icb `13Q`: a `hub` has no area, so neither parent nor successor"],
        );
    }
}
