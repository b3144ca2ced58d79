//! The crosswalk of a new header: columns that have come, gone, come back, or been respelt.

use std::collections::BTreeMap;

use iapt_model::{
    Cell, Crosswalk, Dataset, KnownHeader, Period, Role, Statistic, column_by_position, position_of_column,
};

use crate::{
    earlier::Earlier,
    likeness::{NEAR, are_alike, likeness},
    proposal::Said,
    sheet::{Row, Sheet},
    survey::Survey,
};

/// A header beside the crosswalk and the last header that is known.
pub(crate) struct Header<'a> {
    pub(crate) file: &'a str,
    pub(crate) period: Period,
    pub(crate) columns: &'a [String],
    /// The last one before it.
    pub(crate) known: &'a KnownHeader,
    /// The crosswalk as it is declared for this period: what each column means.
    live: BTreeMap<&'a str, &'a Role>,
    /// Columns that are taken for gone ones: the new position -> the gone name, and the reasons.
    respelt: BTreeMap<usize, (&'a str, String)>,
}

/// How much speaks for a column being a gone one, respelt.
struct Likeness<'a> {
    position: usize,
    gone: &'a str,
    name: f64,
    is_in_its_place: bool,
    /// England's total beside the earlier one, and whether they are of one size.
    total: Option<(bool, String)>,
}

impl Likeness<'_> {
    /// The names are near and another sign agrees; a total of another size speaks against all.
    fn is_sure(&self) -> bool {
        let has_total = self.total.as_ref().map(|(are_alike, _)| *are_alike);
        self.name >= NEAR && has_total != Some(false) && (self.is_in_its_place || has_total == Some(true))
    }

    fn reasons(&self) -> String {
        let name = if self.name >= NEAR { "nearest name" } else { "" };
        let position = if self.is_in_its_place { "same place" } else { "" };
        let total = self.total.as_ref().map_or("", |(_, told)| told.as_str());
        [name, position, total].into_iter().filter(|reason| !reason.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Header<'a> {
    pub(crate) fn new(
        crosswalk: &'a Crosswalk,
        file: &'a str,
        period: Period,
        columns: &'a [String],
        known: &'a KnownHeader,
    ) -> Self {
        let live =
            crosswalk.live(file, period).into_iter().map(|(column, (role, _))| (column, role)).collect();
        let mut header = Self { file, period, columns, known, live, respelt: BTreeMap::new() };
        // Keys come first: which rows are England's is known only through them.
        header.pair(|role, _| !matches!(role, Role::Measure { .. }), |_, _| None);
        header
    }

    /// The role of each column, where it is known.
    pub(crate) fn roles(&self) -> Vec<Option<Role>> {
        let role = |(position, column): (usize, &String)| match self.respelt.get(&position) {
            Some((gone, _)) => self.live.get(gone).copied(),
            None => self.declared(position, column),
        };
        self.columns.iter().enumerate().map(|column| role(column).cloned()).collect()
    }

    /// What the crosswalk says of a column, by its name or by where it stands.
    fn declared(&self, position: usize, column: &str) -> Option<&'a Role> {
        let by_position = || self.live.get(column_by_position(position).as_str());
        self.live.get(column).or_else(by_position).copied()
    }

    /// Takes columns of figures for gone ones.
    pub(crate) fn pair_measures(&mut self, dataset: &Dataset, survey: &Survey, earlier: &Earlier) {
        let total = |position: usize, role: &Role| {
            let Role::Measure { measure, statistic } = role else { return None };
            let printed = survey.england.as_ref()?.get(position)?;
            compared(dataset, printed, measure, *statistic, earlier)
        };
        let is_figure = |position: usize| survey.are_figures.get(position).copied().unwrap_or(false);
        self.pair(|role, position| matches!(role, Role::Measure { .. }) && is_figure(position), total);
    }

    /// Takes new columns for gone ones that are wanted, where that is sure; `total` compares England's totals.
    fn pair(
        &mut self,
        is_wanted: impl Fn(&Role, usize) -> bool,
        total: impl Fn(usize, &Role) -> Option<(bool, String)>,
    ) {
        let mut found: Vec<Likeness<'a>> = Vec::new();
        for (position, column) in self.new_columns() {
            for (gone, role) in self.gone() {
                if is_wanted(role, position) {
                    let is_in_its_place = self.is_in_its_place(position, gone);
                    let (name, total) = (likeness(column, gone), total(position, role));
                    found.push(Likeness { position, gone, name, is_in_its_place, total });
                }
            }
        }
        found.sort_by(|left, right| right.name.total_cmp(&left.name));
        for likeness in found.iter().filter(|likeness| likeness.is_sure()) {
            let is_taken = self.respelt.values().any(|(gone, _)| *gone == likeness.gone);
            if !is_taken {
                self.respelt.entry(likeness.position).or_insert_with(|| (likeness.gone, likeness.reasons()));
            }
        }
    }

    /// Columns that no row of the crosswalk names, with their positions.
    fn new_columns(&self) -> Vec<(usize, &'a str)> {
        let columns = self.columns.iter().enumerate().map(|(position, column)| (position, column.as_str()));
        columns
            .filter(|(position, column)| {
                self.declared(*position, column).is_none() && !self.respelt.contains_key(position)
            })
            .collect()
    }

    /// Columns that the crosswalk expects and the header lacks.
    fn gone(&self) -> impl Iterator<Item = (&'a str, &'a Role)> {
        let is_there = |column: &str| match position_of_column(column) {
            Some(position) => position < self.columns.len(),
            None => self.columns.iter().any(|own| own == column),
        };
        self.live.iter().filter(move |(column, _)| !is_there(column)).map(|(column, role)| (*column, *role))
    }

    /// Whether a column stands between the two that the gone one stood between, of those that both headers have.
    fn is_in_its_place(&self, position: usize, gone: &str) -> bool {
        let Some(old) = self.known.columns.iter().position(|column| column == gone) else { return false };
        neighbours(self.columns, position, &self.known.columns)
            == neighbours(&self.known.columns, old, self.columns)
    }

    /// Proposes the rows of `columns.csv`.
    pub(crate) fn propose(
        &self,
        dataset: &Dataset,
        survey: &Survey,
        earlier: &Earlier,
        sheet: &mut Sheet,
        said: &mut Said,
    ) {
        for (column, _) in self.gone() {
            if !sheet.end_before(self.period, &[("file", self.file), ("published_column", column)]) {
                said.note(format!("`{column}` is declared from {} on, and the file lacks it", self.period));
            } else if !self.respelt.values().any(|(gone, _)| *gone == column) {
                said.note(format!("`{column}` is gone"));
            }
        }
        for (position, column) in self.columns.iter().enumerate() {
            if let Some((gone, reasons)) = self.respelt.get(&position) {
                let note = format!("Taken for {gone}, respelt: {reasons}.");
                self.continued(column, gone, &note, sheet);
                said.note(format!("`{column}` is taken for `{gone}`, respelt: {reasons}"));
            } else if self.declared(position, column).is_none() {
                let compared = |measure: &str, statistic: &str| {
                    let printed = survey.england.as_ref()?.get(position)?;
                    compared(dataset, printed, measure, Statistic::of_word(statistic)?, earlier)
                };
                let are_figures = survey.are_figures.get(position).copied().unwrap_or(false);
                self.propose_new(column, are_figures, compared, sheet, said);
            }
        }
    }

    /// A row with the meaning that another column has to the end of the period before.
    fn continued(&self, column: &str, gone: &str, note: &str, sheet: &mut Sheet) {
        let is_its = |sheet: &Sheet, row: &Row| {
            sheet.has(row, &[("file", self.file), ("published_column", gone)])
                && sheet.is_closed_before(row, self.period)
        };
        let Some(row) = sheet.rows().rfind(|row| is_its(sheet, row)).cloned() else { return };
        let [role, name, statistic] =
            ["role", "name", "statistic"].map(|column| sheet.get(&row, column).to_owned());
        // Why a column is not wanted stays the reason.
        let note = if role == "ignore" { sheet.get(&row, "note").to_owned() } else { note.to_owned() };
        let cells = [
            ("file", self.file),
            ("published_column", column),
            ("first_period", &self.period.to_string()),
            ("role", &role),
            ("name", &name),
            ("statistic", &statistic),
            ("note", &note),
        ];
        sheet.add(is_its, &cells);
    }

    /// A column that is not taken for another: one that has come back, or one whose meaning is left blank.
    fn propose_new(
        &self,
        column: &str,
        are_figures: bool,
        compared: impl Fn(&str, &str) -> Option<(bool, String)>,
        sheet: &mut Sheet,
        said: &mut Said,
    ) {
        let meaning =
            |row: &Row| ["role", "name", "statistic"].map(|column| sheet.get(row, column).to_owned());
        let is_of_file = |row: &&Row| sheet.has(row, &[("file", self.file)]);
        let own = sheet.rows().rfind(|row| {
            is_of_file(row)
                && sheet.has(row, &[("published_column", column)])
                && sheet.is_closed_before(row, self.period)
        });
        // What the column meant before must be free, as nothing in the new header means it, and of its size.
        let before = own.filter(|own| {
            let own = meaning(own);
            let [role, measure, statistic] = &own;
            let is_its =
                |row: &Row| is_of_file(&row) && sheet.is_live(row, self.period) && meaning(row) == own;
            let is_of_its_size = compared(measure, statistic).is_none_or(|(are_alike, _)| are_alike);
            role == "ignore" || (!sheet.rows().any(is_its) && is_of_its_size)
        });
        if let Some(last) = before.map(|row| sheet.get(row, "last_period").to_owned()) {
            self.continued(column, column, &format!("The heading of {last} returns."), sheet);
            said.note(format!("`{column}` is the heading of {last}, which returns"));
            return;
        }
        let cells = [
            ("file", self.file),
            ("published_column", column),
            ("first_period", &self.period.to_string()),
            ("role", if are_figures { "measure" } else { "" }),
        ];
        sheet.add(|sheet, row| sheet.has(row, &[("file", self.file)]), &cells);
        said.blank(format!("`{column}` is new: what it means is left blank in columns.csv"));
    }
}

/// The columns before and after a position that the other header has too.
fn neighbours<'c>(columns: &'c [String], position: usize, others: &[String]) -> [Option<&'c String>; 2] {
    let is_in_both = |column: &&String| others.contains(column);
    let (before, after) = columns.split_at_checked(position).unwrap_or((columns, &[]));
    [before.iter().rev().find(is_in_both), after.iter().skip(1).find(is_in_both)]
}

/// England's total beside the earlier one, and whether they are of one size.
pub(crate) fn compared(
    dataset: &Dataset,
    printed: &str,
    measure: &str,
    statistic: Statistic,
    earlier: &Earlier,
) -> Option<(bool, String)> {
    let Some(Cell::Reported(value)) = dataset.markers.read(printed, statistic) else { return None };
    let (period, before) = earlier.get(measure, statistic)?;
    Some((are_alike(value, before), format!("England's total {printed} beside {before} of {period}")))
}
