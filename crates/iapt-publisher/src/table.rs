//! Tables made for readers, printed: England's row or block under a title, categories under their groups.

use std::collections::BTreeMap;

use iapt_model::{FigureRow, Key, KnownHeader, Role, TableLayout};

/// One table while its rows are printed.
pub(crate) struct TablePrinter<'a> {
    layout: &'a TableLayout,
    header: &'a KnownHeader,
    roles: &'a [Role],
    /// What is printed where no figure is held.
    not_held: &'a str,
    /// The last text of every key that stands only in the first row that it holds for.
    last: BTreeMap<Key, String>,
    rows: Vec<Vec<String>>,
}

impl<'a> TablePrinter<'a> {
    /// Begins with what stands above the figures. Where columns are known by where they stand, their headings are not
    /// known: the title and those positions are printed, and no more is claimed.
    pub(crate) fn new(
        layout: &'a TableLayout,
        title: &str,
        header: &'a KnownHeader,
        roles: &'a [Role],
        not_held: &'a str,
    ) -> Self {
        let mut rows = Vec::new();
        if layout.by_position {
            rows.push(vec![title.to_owned()]);
        }
        rows.push(header.columns.clone());
        let mut printer = Self { layout, header, roles, not_held, last: BTreeMap::new(), rows };
        if layout.by_position && printer.position(Key::OrgCode).is_none() {
            // Of the block's own row, that of all categories, no figure is held.
            printer.rows.push(printer.labelled(vec![String::new(); roles.len()]));
        }
        printer
    }

    /// Prints one row; `figure` is the text of the figure in a column, where one is held.
    pub(crate) fn print<'r>(&mut self, row: &'r FigureRow, figure: impl Fn(usize) -> Option<&'r str>) {
        let keys = self.keys(row);
        let is_first_of_block = self.last.is_empty();
        let in_group = keys.get(&Key::VariableB).is_some_and(|member| !member.is_empty());
        let mut shown = keys.clone();
        for key in &self.layout.fill_down {
            let text = keys.get(key).cloned().unwrap_or_default();
            let is_new = self.last.insert(*key, text.clone()).as_ref() != Some(&text);
            if is_new && *key == Key::VariableA && in_group {
                // A group without figures of its own is a heading above its members.
                let heading = BTreeMap::from([(*key, text)]);
                self.rows.push(self.cells(&heading, |_| String::new()));
            }
            if !is_new || (*key == Key::VariableA && in_group) {
                shown.insert(*key, String::new());
            }
        }
        let cells = self.cells(&shown, |position| {
            let column = self.header.columns.get(position).map_or("", String::as_str);
            // Nothing is held of one part of a category.
            let held = figure(position).filter(|_| self.layout.part_of(column).is_none());
            held.unwrap_or(self.not_held).to_owned()
        });
        // A block has its label in its first row, in a column that says nothing else.
        let has_label = self.layout.fill_down.contains(&Key::OrgCode) && is_first_of_block;
        self.rows.push(if has_label { self.labelled(cells) } else { cells });
    }

    pub(crate) fn into_rows(self) -> Vec<Vec<String>> {
        self.rows
    }

    fn position(&self, key: Key) -> Option<usize> {
        self.roles.iter().position(|role| *role == Role::Key(key))
    }

    fn labelled(&self, mut cells: Vec<String>) -> Vec<String> {
        if let Some(first) = cells.first_mut() {
            first.clone_from(&self.layout.england);
        }
        cells
    }

    fn cells(&self, keys: &BTreeMap<Key, String>, figure: impl Fn(usize) -> String) -> Vec<String> {
        let cell = |(position, role): (usize, &Role)| match role {
            Role::Key(key) => keys.get(key).cloned().unwrap_or_default(),
            Role::Measure { .. } => figure(position),
            _ => String::new(),
        };
        self.roles.iter().enumerate().map(cell).collect()
    }

    /// The keys of a row as the table prints them.
    fn keys(&self, row: &FigureRow) -> BTreeMap<Key, String> {
        let held = Key::ALL.into_iter().zip(&row.keys);
        let mut keys: BTreeMap<Key, String> = held
            .map(|(key, text)| {
                (key, if text == TableLayout::NOT_SAID { String::new() } else { text.clone() })
            })
            .collect();
        if row.keys.iter().take(3).eq(TableLayout::ENGLAND.iter()) {
            let has_block = self.layout.fill_down.contains(&Key::OrgCode);
            let label = if has_block { String::new() } else { self.layout.england.clone() };
            keys.insert(Key::OrgCode, label);
            let name = if self.layout.by_position { String::new() } else { self.layout.england.clone() };
            keys.insert(Key::OrgName, name);
        }
        keys
    }
}
