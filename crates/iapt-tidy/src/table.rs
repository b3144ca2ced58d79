//! Reading of tables made for readers: which rows hold figures, and the keys that a row does not print itself.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{Key, Problem, PublishedFile, Role, TableLayout, is_organisation_code};

/// The rows of a table under their keys, and what contradicts its layout.
///
/// Every row that is given on has the table's own cells, footnotes taken off, and behind them the keys of the tidy
/// table in the order of [`Key::ALL`].
pub(crate) struct TableRows<'a> {
    layout: &'a TableLayout,
    published_file: &'a PublishedFile,
    /// Where keys are printed.
    printed: BTreeMap<Key, usize>,
    measures: Vec<usize>,
    blanks: Vec<usize>,
    header: &'a [String],
    filled: BTreeMap<Key, String>,
    is_in_block: bool,
    has_england: bool,
    /// Rows without a figure, and rows of organisations that are not read.
    pub(crate) n_passed_over: usize,
    not_codes: First,
    not_blank: BTreeMap<usize, First>,
    record: csv::ByteRecord,
}

/// The first text that contradicts a layout, its row, and how many follow it.
#[derive(Default)]
struct First {
    found: Option<(usize, String)>,
    others: usize,
}

impl First {
    fn add(&mut self, row: usize, text: &str) {
        if self.found.is_some() {
            self.others += 1;
        } else {
            self.found = Some((row, text.to_owned()));
        }
    }
}

/// Everything that the rows of one part of the category need: their header, the roles in it, and the part.
pub(crate) struct OfCategory<'a> {
    pub(crate) header: Vec<String>,
    pub(crate) roles: Vec<Role>,
    /// None where the columns hold all of the category.
    pub(crate) part: Option<&'a str>,
}

/// The parts of the category that the columns of a table hold, all of it first.
pub(crate) fn parts<'a>(layout: &'a TableLayout, header: &[String], roles: &[Role]) -> Vec<OfCategory<'a>> {
    let part_of = |column: &String| layout.part_of(column);
    let named: BTreeSet<&str> = header.iter().filter_map(part_of).collect();
    let found = std::iter::once(None).chain(named.into_iter().map(Some));
    found
        .map(|part| {
            let own = header.iter().zip(roles).map(|(column, role)| match role {
                Role::Measure { .. } if part_of(column) == part => role.clone(),
                _ => Role::Ignored,
            });
            OfCategory {
                header: header.iter().cloned().chain(Key::ALL.map(|key| key.as_str().to_owned())).collect(),
                roles: own.chain(Key::ALL.map(Role::Key)).collect(),
                part,
            }
        })
        .collect()
}

impl<'a> TableRows<'a> {
    pub(crate) fn new(
        layout: &'a TableLayout,
        published_file: &'a PublishedFile,
        header: &'a [String],
        roles: &[Role],
    ) -> Self {
        let positions = |wanted: fn(&Role) -> bool| {
            roles.iter().enumerate().filter(move |(_, role)| wanted(role)).map(|(position, _)| position)
        };
        let printed = roles.iter().enumerate().filter_map(|(position, role)| match role {
            Role::Key(key) => Some((*key, position)),
            _ => None,
        });
        Self {
            layout,
            published_file,
            printed: printed.collect(),
            measures: positions(|role| matches!(role, Role::Measure { .. })).collect(),
            blanks: positions(|role| matches!(role, Role::Blank)).collect(),
            header,
            filled: BTreeMap::new(),
            is_in_block: false,
            has_england: false,
            n_passed_over: 0,
            not_codes: First::default(),
            not_blank: BTreeMap::new(),
            record: csv::ByteRecord::new(),
        }
    }

    /// The next row under its keys; none where it holds no figures to be read.
    pub(crate) fn take(&mut self, row: usize, record: &csv::ByteRecord) -> Option<&csv::ByteRecord> {
        let label = self.cell(record, 0);
        let is_label = label == self.layout.england;
        self.is_in_block |= is_label || !self.layout.by_position;
        if !self.is_in_block {
            return None;
        }
        if is_label && self.layout.by_position {
            self.filled.clear();
        }
        let has_figures = self.measures.iter().any(|position| !self.cell(record, *position).is_empty());
        self.check_blanks(row, record);
        let mut keys = self.keys(record);
        let is_heading = !has_figures && self.layout.by_position;
        if is_heading {
            self.n_passed_over += usize::from(!is_label);
            return None;
        }
        let code = keys.remove(&Key::OrgCode);
        // Blank codes are England's where they stand only in the first row of a block.
        let england_code =
            if self.layout.fill_down.contains(&Key::OrgCode) { "" } else { &self.layout.england };
        let is_england = code.as_ref().is_none_or(|code| code == england_code);
        let code = code.unwrap_or_default();
        self.has_england |= is_england;
        let organisation = match &self.layout.org_type {
            _ if is_england => TableLayout::ENGLAND.map(str::to_owned),
            None => {
                self.n_passed_over += 1;
                return None;
            }
            Some(org_type) => {
                if !is_organisation_code(&code) {
                    self.not_codes.add(row, &code);
                }
                let name = keys.remove(&Key::OrgName).filter(|name| !name.is_empty());
                [org_type.clone(), code.clone(), name.unwrap_or(code)]
            }
        };
        // A block without a column of categories is named by its label.
        let category = |key: Key, keys: &mut BTreeMap<Key, String>| {
            keys.remove(&key)
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| TableLayout::NOT_SAID.to_owned())
        };
        let mut variable_a = category(Key::VariableA, &mut keys);
        let variable_b = category(Key::VariableB, &mut keys);
        let is_named = variable_a != TableLayout::NOT_SAID || !self.printed.contains_key(&Key::VariableA);
        if is_label && !is_named {
            variable_a.clone_from(&self.layout.england);
        }
        self.record.clear();
        for cell in record {
            let cell = std::str::from_utf8(cell).unwrap_or_default();
            self.record.push_field(self.layout.cleaned(cell).as_bytes());
        }
        for text in organisation.iter().chain([&self.layout.category, &variable_a, &variable_b]) {
            self.record.push_field(text.as_bytes());
        }
        Some(&self.record)
    }

    /// What contradicts the layout in the rows taken so far.
    pub(crate) fn problems(self) -> Vec<Problem> {
        let Self { published_file, header, not_codes, not_blank, .. } = self;
        let mut problems = Vec::new();
        if let Some((row, text)) = not_codes.found {
            problems.push(Problem::NotACode {
                published_file: published_file.clone(),
                row,
                text,
                others: not_codes.others,
            });
        }
        for (position, First { found, others }) in not_blank {
            let Some((row, text)) = found else { continue };
            let column = header.get(position).cloned().unwrap_or_default();
            problems.push(Problem::NotBlank {
                published_file: published_file.clone(),
                row,
                column,
                text,
                others,
            });
        }
        if !self.has_england {
            problems.push(Problem::NoEngland {
                published_file: self.published_file.clone(),
                label: self.layout.england.clone(),
            });
        }
        problems
    }

    fn cell<'r>(&self, record: &'r csv::ByteRecord, position: usize) -> &'r str {
        let cell = std::str::from_utf8(record.get(position).unwrap_or_default()).unwrap_or_default();
        self.layout.cleaned(cell.trim())
    }

    fn keys(&mut self, record: &csv::ByteRecord) -> BTreeMap<Key, String> {
        let mut keys = BTreeMap::new();
        for (key, position) in &self.printed {
            let text = self.cell(record, *position).to_owned();
            if !self.layout.fill_down.contains(key) {
                keys.insert(*key, text);
            } else if text.is_empty() {
                keys.insert(*key, self.filled.get(key).cloned().unwrap_or_default());
            } else {
                self.filled.insert(*key, text.clone());
                keys.insert(*key, text);
            }
        }
        keys
    }

    fn check_blanks(&mut self, row: usize, record: &csv::ByteRecord) {
        for position in &self.blanks {
            let text = self.cell(record, *position);
            if !text.is_empty() {
                self.not_blank.entry(*position).or_default().add(row, text);
            }
        }
    }
}

/// A row with the part of the category that is read from it.
pub(crate) fn with_part(record: &csv::ByteRecord, part: &str) -> csv::ByteRecord {
    let last = record.len().saturating_sub(1);
    record.iter().take(last).chain([part.as_bytes()]).collect()
}
