//! The dictionary of tables: what a row of each is, and what each column holds.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::declared::{Problems, Row, read_table};

/// One table that readers query by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in SQL, and the stem of its file.
    pub name: String,
    /// A short title.
    pub title: String,
    /// What one row is.
    pub row: String,
    /// The columns that tell its rows apart; empty where no set of them does.
    pub key: Vec<String>,
    /// Every column, in the order of the file.
    pub columns: Vec<Column>,
    /// The tables that its columns lead to.
    pub references: Vec<Reference>,
}

/// Columns whose values are a row of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The columns; where one of them is null there is no such row.
    pub columns: Vec<String>,
    /// The other table.
    pub table: String,
    /// Its columns, in the same order.
    pub to: Vec<String>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Their unit; empty where they have none.
    pub unit: String,
    /// What a reader of the column should know.
    pub description: String,
    /// Every value that it may have; empty where there is no such list.
    pub values: Vec<String>,
    /// Whether every row has a value in it.
    pub is_required: bool,
}

/// What the values of a column are, whatever the file encodes them as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A day.
    Date,
}

impl ColumnKind {
    /// The word in `table_columns.csv`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableRow {
    table: String,
    title: String,
    row: String,
    key: String,
    columns: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnRow {
    column: String,
    /// The table whose column differs from that of the others; all of them where it is empty.
    table: Option<String>,
    kind: ColumnKind,
    unit: String,
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValuesRow {
    column: String,
    /// The table whose column has other values than that of the others; all of them where it is empty.
    table: Option<String>,
    /// Separated by `|`.
    values: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequiredRow {
    table: String,
    columns: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceRow {
    table: String,
    columns: String,
    references: String,
    reference_columns: String,
}

/// Every table, in the order of `tables.csv`.
#[derive(Clone, Debug, Default)]
pub struct Tables(Vec<Table>);

impl Tables {
    pub(crate) fn read(pipelines: &Path, problems: &mut Problems) -> Self {
        let path = pipelines.join("table_columns.csv");
        let mut described: BTreeMap<(String, Option<String>), (Column, u64)> = BTreeMap::new();
        for row in read_table::<ColumnRow>(&path, problems) {
            let ColumnRow { column, table, kind, unit, description } = row.value;
            let values = Vec::new();
            let meant = Column { name: column.clone(), kind, unit, description, values, is_required: false };
            if described.insert((column.clone(), table), (meant, row.line)).is_some() {
                problems.add(&path, Some(row.line), format!("column `{column}` is described twice"));
            }
        }
        let mut tables: Vec<Table> = Vec::new();
        let mut is_used: BTreeMap<(String, Option<String>), bool> =
            described.keys().map(|key| (key.clone(), false)).collect();
        let list = pipelines.join("tables.csv");
        for row in read_table::<TableRow>(&list, problems) {
            let TableRow { table, title, row: what, key, columns } = row.value;
            let mut meant = Vec::new();
            for name in columns.split_whitespace() {
                let own = (name.to_owned(), Some(table.clone()));
                let found = if described.contains_key(&own) { own } else { (name.to_owned(), None) };
                match described.get(&found) {
                    Some((column, _)) => meant.push(column.clone()),
                    None => problems.add(
                        &list,
                        Some(row.line),
                        format!("`{table}`: column `{name}` is not in table_columns.csv"),
                    ),
                }
                is_used.insert(found, true);
            }
            // A column of this table alone need not be listed: it comes after those that are.
            let is_listed = |name: &str| meant.iter().any(|column| column.name == name);
            let is_own =
                |(name, own): &(String, Option<String>)| own.as_ref() == Some(&table) && !is_listed(name);
            let mut others: Vec<_> = described.iter().filter(|(key, _)| is_own(key)).collect();
            others.sort_by_key(|(_, (_, line))| *line);
            let own: Vec<Column> = others.iter().map(|(_, (column, _))| column.clone()).collect();
            is_used.extend(others.into_iter().map(|(key, _)| (key.clone(), true)));
            meant.extend(own);
            let key: Vec<String> = key.split_whitespace().map(str::to_owned).collect();
            for name in key.iter().filter(|name| !meant.iter().any(|column| column.name == **name)) {
                problems.add(
                    &list,
                    Some(row.line),
                    format!("`{table}`: its key `{name}` is not among its columns"),
                );
            }
            if tables.iter().any(|other| other.name == table) {
                problems.add(&list, Some(row.line), format!("`{table}` is declared twice"));
            }
            tables.push(Table { name: table, title, row: what, key, columns: meant, references: Vec::new() });
        }
        for (key, (column, line)) in &described {
            if is_used.get(key) == Some(&false) {
                problems.add(&path, Some(*line), format!("no table has the column `{}`", column.name));
            }
        }
        let mut tables = Self(tables);
        tables.read_values(&pipelines.join("table_values.csv"), problems);
        tables.read_required(&pipelines.join("table_required.csv"), problems);
        tables.read_references(&pipelines.join("table_references.csv"), problems);
        tables
    }

    /// Reads which values columns may have.
    fn read_values(&mut self, path: &Path, problems: &mut Problems) {
        // What is said of one table's column comes last and stands.
        let mut rows = read_table::<ValuesRow>(path, problems);
        rows.sort_by_key(|row| row.value.table.is_some());
        for Row { line, value: ValuesRow { column, table, values } } in rows {
            let mut n_columns = 0;
            let is_meant = |name: &str| table.as_ref().is_none_or(|table| table == name);
            let columns =
                self.0.iter_mut().filter(|table| is_meant(&table.name)).flat_map(|table| &mut table.columns);
            for found in columns.filter(|found| found.name == column) {
                found.values = values.split('|').map(str::to_owned).collect();
                n_columns += 1;
            }
            if n_columns == 0 {
                problems.add(path, Some(line), format!("no such table has the column `{column}`"));
            }
        }
    }

    /// Reads which columns have a value in every row.
    fn read_required(&mut self, path: &Path, problems: &mut Problems) {
        for Row { line, value: RequiredRow { table, columns } } in read_table::<RequiredRow>(path, problems) {
            let Some(found) = self.0.iter_mut().find(|other| other.name == table) else {
                problems.add(path, Some(line), format!("there is no table `{table}`"));
                continue;
            };
            for name in columns.split_whitespace() {
                match found.columns.iter_mut().find(|column| column.name == name) {
                    Some(column) if column.is_required => {
                        problems.add(path, Some(line), format!("`{name}` of `{table}` is listed twice"));
                    }
                    Some(column) => column.is_required = true,
                    None => problems.add(path, Some(line), format!("`{table}` has no column `{name}`")),
                }
            }
        }
    }

    /// Reads which columns lead to which table.
    fn read_references(&mut self, path: &Path, problems: &mut Problems) {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for Row { line, value } in read_table::<ReferenceRow>(path, problems) {
            let reference = Reference {
                columns: words(&value.columns),
                table: value.references,
                to: words(&value.reference_columns),
            };
            let ends = [(&value.table, &reference.columns), (&reference.table, &reference.to)];
            for (name, columns) in ends {
                let has = |column: &String| {
                    self.get(name)
                        .is_some_and(|table| table.columns.iter().any(|other| other.name == *column))
                };
                for column in columns.iter().filter(|column| !has(column)) {
                    problems.add(path, Some(line), format!("`{name}` has no column `{column}`"));
                }
            }
            if reference.columns.len() != reference.to.len() {
                problems.add(path, Some(line), "there are not as many columns on both sides");
            }
            if let Some(table) = self.0.iter_mut().find(|table| table.name == value.table) {
                table.references.push(reference);
            }
        }
    }

    /// Every table, in declared order.
    pub fn iter(&self) -> impl Iterator<Item = &Table> {
        self.0.iter()
    }

    /// The table of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Table> {
        self.0.iter().find(|table| table.name == name)
    }
}
