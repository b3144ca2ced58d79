//! What a file prints: its organisations and categories, and England's totals.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{
    CellRole, Dataset, ENGLAND, Key, Layout, Member, Period, Project, PublishedFile, Role, Statistic,
};
use iapt_tidy::{Error, Published, RawTable};

/// What was read of one file.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Whether every cell of a column is a number or a marker.
    pub(crate) are_figures: Vec<bool>,
    /// The row of England's total; none in a long file.
    pub(crate) england: Option<Vec<String>>,
    /// The measures of a long file by id and name, and England's total of each.
    pub(crate) measures: BTreeMap<(String, String), Option<String>>,
    /// The organisations by type and code, and the names that they are printed under.
    pub(crate) organisations: BTreeMap<(String, String), BTreeSet<String>>,
    pub(crate) categories: BTreeSet<[String; 3]>,
}

/// What the files of a release print together: what one of them does not print another one may.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    /// As in [`Survey`].
    pub(crate) organisations: BTreeMap<(String, String), BTreeSet<String>>,
    pub(crate) categories: BTreeSet<[String; 3]>,
}

impl Printed {
    /// Adds what one file prints.
    pub(crate) fn add(&mut self, survey: Survey) {
        for (organisation, names) in survey.organisations {
            self.organisations.entry(organisation).or_default().extend(names);
        }
        self.categories.extend(survey.categories);
    }
}

/// A file that is looked at, and what is declared of it.
pub(crate) struct Looked<'a> {
    pub(crate) project: &'a Project,
    pub(crate) dataset: &'a Dataset,
    pub(crate) published_file: PublishedFile,
    pub(crate) member: &'a Member,
    pub(crate) published: &'a Published,
}

impl Looked<'_> {
    pub(crate) fn raw(&self) -> Result<RawTable<'_>, Error> {
        let raw = RawTable::read(self.published_file.clone(), self.member, self.published);
        self.understood(raw)
    }

    pub(crate) fn understood<T>(
        &self,
        read: Result<Result<T, Vec<iapt_model::Problem>>, iapt_archive::Error>,
    ) -> Result<T, Error> {
        let release = format!("{} {}", self.published_file.dataset, self.published_file.period);
        read.map_err(|source| Error::Archive { release, source })?
            .map_err(|problems| Error::NotUnderstood { problems })
    }

    /// Reads every row; `roles` are those of the header's cells that are keys, or say what a long file measures.
    pub(crate) fn survey(&self, raw: &RawTable<'_>, roles: &[Option<Role>]) -> Result<Survey, Error> {
        let layout = self.dataset.layout(&self.published_file.file);
        let keys = Keys::new(&layout, roles);
        let [id, name, value] = [CellRole::MeasureId, CellRole::MeasureName, CellRole::Value]
            .map(|role| position(roles, &Role::Cell(role)));
        let mut survey = Survey { are_figures: vec![true; raw.header().len()], ..Survey::default() };
        let read = raw.for_each_row(|_, record| {
            let cells: Vec<String> =
                record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            let cell = |position: usize| cells.get(position).map_or("", String::as_str);
            let [org_type, org_code, org_name] =
                [Key::OrgType, Key::OrgCode, Key::OrgName].map(|key| keys.text(key, &cells));
            let category =
                [Key::VariableType, Key::VariableA, Key::VariableB].map(|key| keys.text(key, &cells));
            let is_total = is_total_of_england(
                self.project,
                self.published_file.period,
                &org_type,
                &category.each_ref().map(String::as_str),
            );
            survey.organisations.entry((org_type, org_code)).or_default().insert(org_name);
            if !layout.is_uncategorised {
                survey.categories.insert(category);
            }
            if let (Some(id), Some(value)) = (id, value) {
                let measure = (cell(id).to_owned(), name.map_or("", cell).to_owned());
                let total = survey.measures.entry(measure).or_default();
                if is_total {
                    *total = Some(cell(value).to_owned());
                }
                return;
            }
            for (text, are_figures) in cells.iter().zip(&mut survey.are_figures) {
                // A mean takes every number that any statistic takes.
                *are_figures &= self.dataset.markers.read(text, Statistic::Mean).is_some();
            }
            if is_total {
                survey.england = Some(cells);
            }
        });
        self.understood(read)?;
        Ok(survey)
    }
}

/// Whether a row of this published type and category is England's total.
pub(crate) fn is_total_of_england(
    project: &Project,
    period: Period,
    org_type: &str,
    category: &[&str; 3],
) -> bool {
    let org_type = project.organisations.organisation_type(org_type);
    let category = project.categories.get(category, period);
    org_type.is_some_and(|org_type| org_type.level == ENGLAND)
        && category.is_some_and(|category| category.breakdown == "total")
}

fn position(roles: &[Option<Role>], wanted: &Role) -> Option<usize> {
    roles.iter().position(|role| role.as_ref() == Some(wanted))
}

/// Which cells of a row are its keys.
struct Keys<'a> {
    layout: &'a Layout,
    positions: BTreeMap<Key, usize>,
}

impl<'a> Keys<'a> {
    fn new(layout: &'a Layout, roles: &[Option<Role>]) -> Self {
        let at = |key: Key| Some((key, position(roles, &Role::Key(key))?));
        Self { layout, positions: Key::EVERY.into_iter().filter_map(at).collect() }
    }

    /// The text of a key, joined of several columns as in the tidy table.
    fn text(&self, key: Key, cells: &[String]) -> String {
        let cell = |key: &Key| {
            let position = self.positions.get(key)?;
            Some(cells.get(*position).map_or("", String::as_str))
        };
        let second = match key {
            Key::OrgCode => cell(&Key::SecondOrgCode),
            Key::OrgName => cell(&Key::SecondOrgName),
            _ => None,
        };
        let further: Vec<&str> = match key {
            Key::VariableB => [Key::VariableC, Key::VariableD].iter().filter_map(cell).collect(),
            _ => Vec::new(),
        };
        match (cell(&key), second) {
            (Some(first), Some(second)) => self.layout.joined(first, second).into_owned(),
            (Some(first), None) => [first].into_iter().chain(further).collect::<Vec<&str>>().join(" / "),
            (None, _) => self.layout.constant_keys.get(&key).cloned().unwrap_or_default(),
        }
    }
}
