//! Organisations, and the levels of geography that they stand on.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    Period,
    declared::{Problems, read_table},
};

/// A published type of organisation, and the level it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationType {
    /// As published: `Commissioning Region`.
    pub org_type: String,
    /// The level that stays when types are renamed: `region`.
    pub level: String,
    /// One of them, in words.
    pub label: String,
    /// Several of them, in words.
    pub label_plural: String,
    /// What a reader should know.
    pub note: String,
}

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
    /// The organisation that took its place.
    pub successor: Option<String>,
    /// What a reader should know.
    pub note: String,
}

/// Every organisation type and organisation that is known.
#[derive(Clone, Debug, Default)]
pub struct Organisations {
    types: BTreeMap<String, OrganisationType>,
    organisations: BTreeMap<(String, String), Organisation>,
}

impl Organisations {
    pub(crate) fn read(pipelines: &Path, problems: &mut Problems) -> Self {
        let mut all = Self::default();
        let path = pipelines.join("organisation_types.csv");
        for row in read_table::<OrganisationType>(&path, problems) {
            let org_type = row.value.org_type.clone();
            if all.types.insert(org_type.clone(), row.value).is_some() {
                problems.add(&path, Some(row.line), format!("`{org_type}` is declared twice"));
            }
        }
        let path = pipelines.join("organisations.csv");
        for row in read_table::<Organisation>(&path, problems) {
            let key = (row.value.level.clone(), row.value.org_code.clone());
            if !all.types.values().any(|org_type| org_type.level == key.0) {
                problems.add(
                    &path,
                    Some(row.line),
                    format!("level `{}` is not in organisation_types.csv", key.0),
                );
            }
            if all.organisations.insert(key, row.value).is_some() {
                problems.add(&path, Some(row.line), "this organisation is declared twice on its level");
            }
        }
        all
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

    /// The organisation of this code on a level.
    #[must_use]
    pub fn get(&self, level: &str, org_code: &str) -> Option<&Organisation> {
        self.organisations.get(&(level.to_owned(), org_code.to_owned()))
    }
}
