//! The crosswalk: what each published column means, period by period.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use serde::Deserialize;

use crate::{
    Layout, Measures, Period, Problem, PublishedFile, Shape, Statistic,
    declared::{Problems, blanks, quoted, read_filled},
    table_layout::{column_by_position, position_of_column},
};

/// A column that says which row it is, rather than what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The type of organisation.
    OrgType,
    /// The code of the organisation.
    OrgCode,
    /// The name of the organisation.
    OrgName,
    /// What the row is broken down by.
    VariableType,
    /// The category.
    VariableA,
    /// The category inside the category.
    VariableB,
    /// The code of a second organisation, where a row can be of one within another.
    SecondOrgCode,
    /// The name of the second organisation.
    SecondOrgName,
    /// A further part of the category, which is joined to the one before it.
    VariableC,
    /// A part of the category after that.
    VariableD,
}

impl Key {
    /// Every key of the tidy table, in its order; a second organisation becomes part of the first, and a further part of the
    /// category part of the innermost.
    pub const ALL: [Self; 6] =
        [Self::OrgType, Self::OrgCode, Self::OrgName, Self::VariableType, Self::VariableA, Self::VariableB];

    /// Every key that a published column can be.
    pub const EVERY: [Self; 10] = [
        Self::OrgType,
        Self::OrgCode,
        Self::OrgName,
        Self::VariableType,
        Self::VariableA,
        Self::VariableB,
        Self::SecondOrgCode,
        Self::SecondOrgName,
        Self::VariableC,
        Self::VariableD,
    ];

    /// The column of the tidy table, or of a declared table of keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrgType => "org_type",
            Self::OrgCode => "org_code",
            Self::OrgName => "org_name",
            Self::VariableType => "variable_type",
            Self::VariableA => "variable_a",
            Self::VariableB => "variable_b",
            Self::SecondOrgCode => "second_org_code",
            Self::SecondOrgName => "second_org_name",
            Self::VariableC => "variable_c",
            Self::VariableD => "variable_d",
        }
    }
}

/// What one published column becomes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A key of every tidy row that comes from its row.
    Key(Key),
    /// A date, which has to agree with the period of the release.
    Date(DateRole),
    /// Where each row is one measure, what the column says about it.
    Cell(CellRole),
    /// The values of one measure.
    Measure {
        /// The name of the measure in measures.csv.
        measure: String,
        /// The statistic of the measure.
        statistic: Statistic,
    },
    /// A separator, in which nothing may stand.
    Blank,
    /// Left out, for the reason in the row's note.
    Ignored,
}

/// Which day of a reporting period a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateRole {
    /// The first day of the release's period.
    StartDate,
    /// The last day of the release's period.
    EndDate,
    /// The first day of one of its months, which is then the period of the row.
    Month,
    /// The last day of the month of the row.
    MonthEnd,
    /// The name of the release's period, as `dataset.toml` declares it.
    PeriodName,
}

/// What a column of a long file says about the measure of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellRole {
    /// The publisher's id of the measure.
    MeasureId,
    /// The publisher's name of the measure.
    MeasureName,
    /// The value of the measure.
    Value,
}

impl DateRole {
    const ALL: [Self; 5] = [Self::StartDate, Self::EndDate, Self::Month, Self::MonthEnd, Self::PeriodName];

    fn as_str(self) -> &'static str {
        match self {
            Self::StartDate => "start_date",
            Self::EndDate => "end_date",
            Self::Month => "month",
            Self::MonthEnd => "month_end",
            Self::PeriodName => "period_name",
        }
    }
}

impl CellRole {
    const ALL: [Self; 3] = [Self::MeasureId, Self::MeasureName, Self::Value];

    fn as_str(self) -> &'static str {
        match self {
            Self::MeasureId => "measure_id",
            Self::MeasureName => "measure_name",
            Self::Value => "value",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key.as_str()),
            Self::Date(date) => f.write_str(date.as_str()),
            Self::Cell(cell) => f.write_str(cell.as_str()),
            Self::Measure { measure, statistic } => write!(f, "{statistic} of {measure}"),
            Self::Blank => f.write_str("blank"),
            Self::Ignored => f.write_str("ignored"),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnRow {
    file: String,
    published_column: String,
    first_period: Period,
    last_period: Option<Period>,
    role: RoleWord,
    name: String,
    statistic: Option<Statistic>,
    note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RoleWord {
    Key,
    Date,
    Cell,
    Measure,
    Blank,
    Ignore,
}

#[derive(Clone, Debug)]
struct Column {
    file: String,
    published: String,
    first: Period,
    last: Option<Period>,
    role: Role,
    /// The part of the category that it holds; none where it holds all of it.
    part: Option<String>,
    /// The row as written up to its last period, and after it, so that a hint can print it closed.
    tail: String,
}

impl Column {
    fn is_live(&self, file: &str, period: Period) -> bool {
        self.file == file && self.first <= period && self.last.is_none_or(|last| period <= last)
    }

    /// The row as it should read if the column ended before `period`; none where it would never have been there.
    fn closed_before(&self, period: Period) -> Option<String> {
        let last = period.previous();
        let closed =
            || format!("{},{},{},{last},{}", self.file, quoted(&self.published), self.first, self.tail);
        (self.first <= last).then(closed)
    }
}

/// Every declared column of one dataset.
#[derive(Clone, Debug, Default)]
pub struct Crosswalk {
    columns: Vec<Column>,
}

impl Crosswalk {
    pub(crate) fn read(
        path: &Path,
        measures: &Measures,
        layouts: &BTreeMap<String, Layout>,
        problems: &mut Problems,
    ) -> Self {
        let mut crosswalk = Self::default();
        for row in read_filled::<ColumnRow>(path, &["role"], problems) {
            let line = Some(row.line);
            match column(row.value, measures) {
                Ok(mut column) => {
                    let table = layouts.get(&column.file).and_then(|layout| layout.table.as_ref());
                    let part = table.and_then(|table| table.part_of(&column.published));
                    column.part = part.map(str::to_owned);
                    if let Some(other) = crosswalk.clash(&column) {
                        problems.add(
                            path,
                            line,
                            format!(
                                "`{}` overlaps the row of `{other}`: in one period it can have one meaning only",
                                column.published
                            ),
                        );
                    }
                    crosswalk.columns.push(column);
                }
                Err(what) => problems.add(path, line, what),
            }
        }
        crosswalk
    }

    /// A row live in the same period with the same column, or with the same meaning.
    fn clash(&self, column: &Column) -> Option<&str> {
        let overlaps = |other: &&Column| {
            other.file == column.file
                && other.last.is_none_or(|last| column.first <= last)
                && column.last.is_none_or(|last| other.first <= last)
                && (other.published == column.published
                    || (other.role == column.role
                        && other.part == column.part
                        && !matches!(column.role, Role::Blank | Role::Ignored)))
        };
        self.columns.iter().find(overlaps).map(|other| other.published.as_str())
    }

    /// The role of every header cell, in order. A column that no row names can be declared by where it stands, as
    /// `[C]`.
    ///
    /// # Errors
    ///
    /// Every problem at once: columns that are unmapped, vanished or duplicated.
    pub fn resolve<S: AsRef<str>>(
        &self,
        published_file: &PublishedFile,
        header: &[S],
    ) -> Result<Vec<Role>, Vec<Problem>> {
        let live: BTreeMap<&str, &Column> = self
            .columns
            .iter()
            .filter(|column| column.is_live(&published_file.file, published_file.period))
            .map(|column| (column.published.as_str(), column))
            .collect();
        let mut problems = Vec::new();
        let mut roles = Vec::with_capacity(header.len());
        let mut seen = BTreeMap::new();
        let mut found = BTreeSet::new();
        for (index, cell) in header.iter().enumerate() {
            let (cell, position) = (cell.as_ref(), index + 1);
            if let Some(first) = seen.insert(cell, position) {
                problems.push(Problem::DuplicatedColumn {
                    published_file: published_file.clone(),
                    column: cell.to_owned(),
                    first,
                    second: position,
                });
            }
            let by_position = || live.get(column_by_position(index).as_str());
            // A name by position holds only there, whatever is printed elsewhere.
            let is_here = position_of_column(cell).is_none_or(|declared| declared == index);
            match live.get(cell).filter(|_| is_here).or_else(by_position) {
                Some(column) => {
                    found.insert(column.published.as_str());
                    roles.push(column.role.clone());
                }
                None => problems.push(Problem::UnmappedColumn {
                    published_file: published_file.clone(),
                    column: cell.to_owned(),
                    position,
                }),
            }
        }
        let vanished = live.values().filter(|column| !found.contains(column.published.as_str()));
        problems.extend(vanished.map(|column| Problem::VanishedColumn {
            published_file: published_file.clone(),
            column: column.published.clone(),
            closed_row: column.closed_before(published_file.period),
        }));
        if problems.is_empty() { Ok(roles) } else { Err(problems) }
    }

    /// What the columns of a file mean in a period: each with its role and the part of the category that it holds.
    #[must_use]
    pub fn live(&self, file: &str, period: Period) -> BTreeMap<&str, (&Role, Option<&str>)> {
        let live = self.columns.iter().filter(|column| column.is_live(file, period));
        live.map(|column| (column.published.as_str(), (&column.role, column.part.as_deref()))).collect()
    }

    /// Whether any column, in any period, is of this measure.
    #[must_use]
    pub fn has(&self, measure: &str, statistic: Statistic) -> bool {
        self.columns.iter().any(|column| {
            matches!(&column.role, Role::Measure { measure: name, statistic: its } if name == measure && *its == statistic)
        })
    }

    /// How many columns are declared by where they stand: the greatest such position.
    #[must_use]
    pub fn n_columns_by_position(&self, published_file: &PublishedFile) -> usize {
        let live =
            self.columns.iter().filter(|column| column.is_live(&published_file.file, published_file.period));
        live.filter_map(|column| position_of_column(&column.published)).max().map_or(0, |last| last + 1)
    }

    /// The roles that a file of this layout needs and that no live row has.
    pub(crate) fn missing_roles(&self, file: &str, period: Period, layout: &Layout) -> Vec<Role> {
        let live = self.columns.iter().filter(|column| column.is_live(file, period));
        let present: BTreeSet<&Role> = live.map(|column| &column.role).collect();
        let is_needed = |key: &Key| match &layout.table {
            Some(table) => *key == Key::OrgCode && table.org_type.is_some(),
            None => !layout.absent_keys.contains(key) && !layout.constant_keys.contains_key(key),
        };
        let keys = Key::ALL.into_iter().filter(is_needed).map(Role::Key);
        let cells = match layout.shape {
            Shape::Wide => [].as_slice(),
            Shape::Long => &[CellRole::MeasureId, CellRole::Value],
        };
        let needed = keys.chain(cells.iter().copied().map(Role::Cell));
        needed.filter(|role| !present.contains(role)).collect()
    }
}

fn column(row: ColumnRow, measures: &Measures) -> Result<Column, String> {
    let ColumnRow { file, published_column, first_period, last_period, role, name, statistic, note } = row;
    let word = match role {
        RoleWord::Key => "key",
        RoleWord::Date => "date",
        RoleWord::Cell => "cell",
        RoleWord::Measure => "measure",
        RoleWord::Blank => "blank",
        RoleWord::Ignore => "ignore",
    };
    let tail =
        format!("{word},{name},{},{note}", statistic.map_or("", Statistic::as_str), note = quoted(&note));
    let role = match role {
        RoleWord::Key => {
            let keys = Key::EVERY.map(|key| (key.as_str(), Role::Key(key)));
            named(&published_column, &name, "key", keys)?
        }
        RoleWord::Date => {
            let dates = DateRole::ALL.map(|date| (date.as_str(), Role::Date(date)));
            named(&published_column, &name, "date", dates)?
        }
        RoleWord::Cell => {
            let cells = CellRole::ALL.map(|cell| (cell.as_str(), Role::Cell(cell)));
            named(&published_column, &name, "cell", cells)?
        }
        RoleWord::Measure => {
            let Some(statistic) = statistic.filter(|_| !name.is_empty()) else {
                let (first, last) = (first_period.to_string(), last_period.map(|last| last.to_string()));
                let cells = [
                    ("file", file.as_str()),
                    ("published_column", &published_column),
                    ("first_period", &first),
                    ("last_period", last.as_deref().unwrap_or_default()),
                    ("role", word),
                    ("name", &name),
                    ("statistic", statistic.map_or("", Statistic::as_str)),
                    ("note", &note),
                ];
                let what = blanks(&cells, &["name", "statistic"]).unwrap_or_default();
                return Err(format!("{what} (or the role `ignore` and a note)"));
            };
            if measures.get(&name, statistic).is_none() {
                return Err(format!(
                    "`{published_column}`: `{name}` with `{statistic}` is not in measures.csv"
                ));
            }
            Role::Measure { measure: name, statistic }
        }
        RoleWord::Ignore if note.is_empty() => {
            return Err(format!("`{published_column}`: an ignored column needs a note that says why"));
        }
        RoleWord::Blank => Role::Blank,
        RoleWord::Ignore => Role::Ignored,
    };
    if last_period.is_some_and(|last| last < first_period) {
        return Err(format!("`{published_column}`: the last period is before the first"));
    }
    Ok(Column {
        file,
        published: published_column,
        first: first_period,
        last: last_period,
        role,
        part: None,
        tail,
    })
}

/// The role of this name, or a message with those that there are.
fn named(
    column: &str,
    name: &str,
    kind: &str,
    roles: impl IntoIterator<Item = (&'static str, Role)>,
) -> Result<Role, String> {
    let mut names = Vec::new();
    for (role_name, role) in roles {
        if role_name == name {
            return Ok(role);
        }
        names.push(role_name);
    }
    Err(format!("`{column}`: `{name}` is not a {kind}; it can be {}", names.join(", ")))
}
