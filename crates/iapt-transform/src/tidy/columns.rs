//! The columns of a file while its rows are read.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
};

use iapt_model::{
    Cell, CellRole, Dataset, DateFormat, DateRole, Key, Layout, LiveIds, Period, Place, Problem, Role,
    Statistic, ValueStatus, is_resaved_cell, is_resaved_key, without_point,
};

use super::interner::Interner;

/// What the rows of a file hold, column by column.
pub(super) struct Columns<'a> {
    dataset: &'a Dataset,
    layout: Layout,
    place: Place,
    keys: Vec<KeyColumn>,
    dates: Vec<DateColumn>,
    measures: Measures<'a>,
    rows: Vec<u32>,
    header: Vec<String>,
    /// Texts of rows that are of no organisation or have no figures, by column.
    notes: BTreeMap<usize, UnknownTexts>,
}

/// A key, where it stands, and where the second organisation stands that completes it.
struct KeyColumn {
    key: Key,
    position: usize,
    second: Option<usize>,
    texts: Interner,
}

/// A column of dates, all of which the period of the release has to allow.
struct DateColumn {
    role: DateRole,
    position: usize,
    published: String,
    /// The last text and the period that it stands for: nearly always that of the next row too.
    last: (String, Option<Period>),
    /// The month of every row, where the column says it.
    months: Vec<Period>,
    wrong: UnknownTexts,
}

enum Measures<'a> {
    /// A column for each measure, and its position.
    Wide(Vec<(usize, MeasureColumn)>),
    Long(LongColumns<'a>),
}

/// The columns of a file with a row for each measure.
struct LongColumns<'a> {
    ids: LiveIds<'a>,
    id: usize,
    name: Option<usize>,
    value: usize,
    measures: BTreeMap<&'a str, MeasureColumn>,
    /// Ids and names that are not declared, and the first row of each.
    unmapped: BTreeMap<(String, String), usize>,
    n_rows: usize,
}

/// The cells of one measure.
pub(super) struct MeasureColumn {
    pub(super) published: String,
    pub(super) measure: String,
    pub(super) statistic: Statistic,
    pub(super) cells: Vec<Cell>,
    /// Which rows of the file the cells stand in, counted from 0; none where every row has one.
    pub(super) rows: Option<Vec<u32>>,
    unknown: UnknownTexts,
}

/// What was read: the keys of all rows, and the cells of every measure in order of measure and statistic.
pub(super) struct ReadColumns {
    pub(super) keys: HashMap<Key, Interner>,
    /// The month of every row, where the file says it.
    pub(super) months: Option<Vec<Period>>,
    pub(super) measures: Vec<MeasureColumn>,
    pub(super) rows: Vec<u32>,
}

/// Texts that are not understood, where each first stands, and how often again.
#[derive(Default)]
struct UnknownTexts(Vec<(String, usize, usize)>);

impl UnknownTexts {
    fn add(&mut self, text: &str, row: usize) {
        match self.0.iter_mut().find(|(other, ..)| other == text) {
            Some((_, _, others)) => *others += 1,
            None => self.0.push((text.to_owned(), row, 0)),
        }
    }
}

/// The first of several texts, its row, and how many cells hold one beside it.
#[derive(Default)]
struct First(Option<(String, usize, usize)>);

impl First {
    fn add(&mut self, text: &str, row: usize, others: usize) {
        match &mut self.0 {
            None => self.0 = Some((text.to_owned(), row, others)),
            Some((.., sum)) => *sum += 1 + others,
        }
    }
}

impl<'a> Columns<'a> {
    /// `roles` are those of the header's cells, in order.
    pub(super) fn new(dataset: &'a Dataset, place: &Place, header: &[String], roles: &[Role]) -> Self {
        let at = |wanted: &Role| roles.iter().position(|role| role == wanted);
        let published = |position: usize| header.get(position).cloned().unwrap_or_default();
        let key = |key: &Key| {
            let second = match key {
                Key::OrgCode => at(&Role::Key(Key::SecondOrgCode)),
                Key::OrgName => at(&Role::Key(Key::SecondOrgName)),
                _ => None,
            };
            let position = at(&Role::Key(*key))?;
            Some(KeyColumn { key: *key, position, second, texts: Interner::default() })
        };
        let dates = roles.iter().enumerate().filter_map(|(position, role)| match role {
            Role::Date(role) => Some(DateColumn::new(*role, position, published(position))),
            _ => None,
        });
        let mut dates: Vec<DateColumn> = dates.collect();
        // The month of a row comes before its end, wherever the columns stand.
        dates.sort_by_key(|date| date.role);
        let cells = [CellRole::MeasureId, CellRole::Value].map(|role| at(&Role::Cell(role)));
        let measures = if let [Some(id), Some(value)] = cells {
            let ids = dataset.measure_ids.live(&place.file, place.period);
            let name = at(&Role::Cell(CellRole::MeasureName));
            Measures::Long(LongColumns::new(ids, id, name, value, &published(value)))
        } else {
            let measures = roles.iter().enumerate().filter_map(|(position, role)| match role {
                Role::Measure { measure, statistic } => {
                    Some((position, MeasureColumn::new(&published(position), measure, *statistic)))
                }
                _ => None,
            });
            Measures::Wide(measures.collect())
        };
        Self {
            dataset,
            layout: dataset.layout(&place.file),
            place: place.clone(),
            keys: Key::ALL.iter().filter_map(key).collect(),
            dates,
            measures,
            rows: Vec::new(),
            header: header.to_owned(),
            notes: BTreeMap::new(),
        }
    }

    /// The dates of a workbook are cells of their own, which come in this notation however they are shown.
    pub(super) fn with_date_cells(mut self) -> Self {
        let format = DateFormat { format: "%Y-%m-%d".to_owned(), first_period: None, last_period: None };
        self.layout.date_formats.push(format);
        self
    }

    /// Takes the next row of the file, unless it is a note: a row that is of no organisation or has no figures.
    pub(super) fn take_unless_note(&mut self, row: usize, record: &csv::ByteRecord) {
        if !self.is_note(record) {
            self.take(row, record);
        } else if let Some((position, text)) =
            record.iter().enumerate().find(|(_, text)| !text.trim_ascii().is_empty())
        {
            let text = std::str::from_utf8(text).unwrap_or_default();
            self.notes.entry(position).or_default().add(text, row);
        }
    }

    fn is_note(&self, record: &csv::ByteRecord) -> bool {
        let is_blank = |position: usize| cell(record, position).trim().is_empty();
        let is_blank_key = |key: &KeyColumn| is_blank(key.position) && key.second.is_none_or(is_blank);
        let is_organisation =
            |key: &&KeyColumn| [Key::OrgType, Key::OrgCode, Key::OrgName].contains(&key.key);
        let has_figures = match &self.measures {
            Measures::Wide(measures) => measures.iter().any(|(position, _)| !is_blank(*position)),
            Measures::Long(long) => !is_blank(long.id) && !is_blank(long.value),
        };
        let mut organisation = self.keys.iter().filter(is_organisation).peekable();
        let is_of_none = organisation.peek().is_some() && organisation.all(is_blank_key);
        is_of_none || (!has_figures && self.keys.iter().filter(is_organisation).any(is_blank_key))
    }

    /// Takes the next row of the file; `row` is its number there.
    pub(super) fn take(&mut self, row: usize, record: &csv::ByteRecord) {
        self.rows.push(u32::try_from(row).unwrap_or(u32::MAX));
        for key in &mut self.keys {
            let text = cell(record, key.position);
            match key.second {
                Some(second) => key.texts.push(&self.layout.joined(text, cell(record, second))),
                None => key.texts.push(text),
            }
        }
        let mut month = None;
        for date in &mut self.dates {
            date.take(&self.layout, self.place.period, cell(record, date.position), row, month);
            month = month.or(date.last.1.filter(|_| date.role == DateRole::Month));
        }
        match &mut self.measures {
            Measures::Wide(measures) => {
                for (position, column) in measures {
                    let text = cell(record, *position);
                    column.take(self.dataset, self.layout.is_resaved, text, row);
                }
            }
            Measures::Long(long) => long.take(self.dataset, &self.layout, row, record),
        }
    }

    /// What is not understood in the rows taken so far.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = self.notes();
        problems.extend(self.resaved_keys());
        for date in &self.dates {
            problems.extend(date.wrong.0.iter().map(|(text, row, others)| Problem::OtherPeriod {
                place: self.place.clone(),
                row: *row,
                column: date.published.clone(),
                text: text.clone(),
                expected: date.expected(&self.layout, self.place.period),
                others: *others,
            }));
        }
        problems.extend(self.undeclared_org_types());
        let measures: Vec<&MeasureColumn> = match &self.measures {
            Measures::Wide(measures) => measures.iter().map(|(_, column)| column).collect(),
            Measures::Long(long) => {
                problems.extend(long.problems(&self.place));
                long.measures.values().collect()
            }
        };
        for column in measures {
            problems.extend(column.problems(&self.place, &self.rows));
        }
        first_resaved(problems)
    }

    fn notes(&self) -> Vec<Problem> {
        let note = |position: usize, (text, row, others): &(String, usize, usize)| Problem::Note {
            place: self.place.clone(),
            row: *row,
            column: self.column(position),
            text: text.clone(),
            others: *others,
        };
        let mut notes: Vec<Problem> = Vec::new();
        for (position, texts) in &self.notes {
            notes.extend(texts.0.iter().map(|text| note(*position, text)));
        }
        notes
    }

    fn column(&self, position: usize) -> String {
        self.header.get(position).cloned().unwrap_or_default()
    }

    /// The keys that a data-frame library has written: gaps such as `nan`, and blanks where the publisher says that a
    /// category does not apply.
    fn resaved_keys(&self) -> Vec<Problem> {
        if self.layout.is_resaved {
            return Vec::new();
        }
        let is_category = |key: Key| [Key::VariableType, Key::VariableA, Key::VariableB].contains(&key);
        let not_applicable = self.dataset.markers.text_of(ValueStatus::NotApplicable);
        let says_so = |key: &KeyColumn| {
            is_category(key.key) && key.texts.texts.iter().any(|text| Some(text.as_str()) == not_applicable)
        };
        let may_be_blank =
            not_applicable.is_none() || self.layout.is_uncategorised || self.keys.iter().any(says_so);
        let mut problems = Vec::new();
        for key in &self.keys {
            let is_resaved = |text: &str| {
                let is_gap =
                    is_resaved_key(text) && self.dataset.markers.read(text, Statistic::Mean).is_none();
                is_gap || (text.is_empty() && is_category(key.key) && !may_be_blank)
            };
            let parts = |text: &String| match key.second {
                Some(_) => text.split('/').any(is_resaved),
                None => is_resaved(text),
            };
            for (index, text) in (0..).zip(&key.texts.texts).filter(|(_, text)| parts(text)) {
                let mut rows = self.rows.iter().zip(&key.texts.keys).filter(|(_, key)| **key == index);
                let first = rows.next().and_then(|(row, _)| usize::try_from(*row).ok());
                problems.push(Problem::Resaved {
                    place: self.place.clone(),
                    row: first.unwrap_or_default(),
                    column: self.column(key.position),
                    text: text.clone(),
                    others: rows.count(),
                });
            }
        }
        problems
    }

    /// Rows of organisations that the layout is not right for.
    fn undeclared_org_types(&self) -> impl Iterator<Item = Problem> {
        let declared = &self.layout.org_types;
        let column = self.keys.iter().find(|column| column.key == Key::OrgType && !declared.is_empty());
        column.into_iter().flat_map(move |column| {
            let texts = (0..).zip(&column.texts.texts).filter(|(_, text)| !declared.contains(*text));
            texts.map(move |(key, text)| Problem::OrganisationTypeNotDeclared {
                place: self.place.clone(),
                org_type: text.clone(),
                n_rows: column.texts.keys.iter().filter(|other| **other == key).count(),
            })
        })
    }

    pub(super) fn finish(self) -> ReadColumns {
        let mut keys: HashMap<Key, Interner> =
            self.keys.into_iter().map(|column| (column.key, column.texts)).collect();
        let absent = self.layout.absent_keys.into_iter().map(|key| (key, String::new()));
        for (key, text) in absent.chain(self.layout.constant_keys) {
            let texts = keys.entry(key).or_default();
            for _ in &self.rows {
                texts.push(&text);
            }
        }
        let month = self.dates.into_iter().find(|date| date.role == DateRole::Month);
        let mut measures: Vec<MeasureColumn> = match self.measures {
            Measures::Wide(measures) => measures.into_iter().map(|(_, column)| column).collect(),
            Measures::Long(long) => long.measures.into_values().collect(),
        };
        measures
            .sort_by(|left, right| (&left.measure, left.statistic).cmp(&(&right.measure, right.statistic)));
        ReadColumns { keys, months: month.map(|month| month.months), measures, rows: self.rows }
    }
}

/// The problems, with the first of those that say that the file was saved again for all of them.
fn first_resaved(problems: Vec<Problem>) -> Vec<Problem> {
    let (resaved, mut problems): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| matches!(problem, Problem::Resaved { .. }));
    let mut first: Option<Problem> = None;
    let mut n_cells = 0;
    for problem in resaved {
        let Problem::Resaved { row, others, .. } = &problem else { continue };
        n_cells += 1 + others;
        if !matches!(&first, Some(Problem::Resaved { row: first, .. }) if first <= row) {
            first = Some(problem);
        }
    }
    if let Some(Problem::Resaved { others, .. }) = &mut first {
        *others = n_cells - 1;
    }
    problems.splice(0..0, first);
    problems
}

fn cell(record: &csv::ByteRecord, position: usize) -> &str {
    // The whole file was decoded before, so every cell of it is text.
    std::str::from_utf8(record.get(position).unwrap_or_default()).unwrap_or_default()
}

impl DateColumn {
    fn new(role: DateRole, position: usize, published: String) -> Self {
        let last = (String::new(), None);
        Self { role, position, published, last, months: Vec::new(), wrong: UnknownTexts::default() }
    }

    fn expected(&self, layout: &Layout, period: Period) -> String {
        match self.role {
            DateRole::StartDate => format!("the first day of {period}"),
            DateRole::EndDate => format!("the last day of {period}"),
            DateRole::Month => format!("the first day of a month of {period}"),
            DateRole::MonthEnd => format!("the last day of the row's month, in {period}"),
            DateRole::PeriodName => match layout.period_names.get(&period) {
                Some(name) => format!("`{name}`, the name of {period}"),
                None => format!("a name that `period_names` in dataset.toml gives {period}"),
            },
        }
    }

    /// `month` is that of the row, where a column before this one says it.
    fn take(&mut self, layout: &Layout, release: Period, text: &str, row: usize, month: Option<Period>) {
        if self.last.1.is_none() || self.last.0 != text {
            let date = layout.date(release, text);
            let period = match self.role {
                DateRole::StartDate => date.filter(|date| *date == release.start_date()).map(|_| release),
                DateRole::EndDate => date.filter(|date| *date == release.end_date()).map(|_| release),
                DateRole::Month => date.and_then(|date| release.month_from(date)),
                DateRole::MonthEnd => date.and_then(|date| release.month_to(date)),
                DateRole::PeriodName => {
                    layout.period_names.get(&release).filter(|name| *name == text).map(|_| release)
                }
            };
            self.last = (text.to_owned(), period);
        }
        match self.last.1 {
            None => self.wrong.add(text, row),
            Some(month) if self.role == DateRole::Month => self.months.push(month),
            Some(end) if self.role == DateRole::MonthEnd && month != Some(end) => self.wrong.add(text, row),
            Some(_) => {}
        }
    }
}

impl<'a> LongColumns<'a> {
    fn new(ids: LiveIds<'a>, id: usize, name: Option<usize>, value: usize, published: &str) -> Self {
        let measures = ids.iter().map(|(id, _, measure, statistic)| {
            let rows = Some(Vec::new());
            (id, MeasureColumn { rows, ..MeasureColumn::new(published, measure, statistic) })
        });
        let measures = measures.collect();
        Self { ids, id, name, value, measures, unmapped: BTreeMap::new(), n_rows: 0 }
    }

    fn take(&mut self, dataset: &Dataset, layout: &Layout, row: usize, record: &csv::ByteRecord) {
        let (id, value) = (cell(record, self.id), cell(record, self.value));
        let name = self.name.map(|name| cell(record, name));
        let index = u32::try_from(self.n_rows).unwrap_or(u32::MAX);
        self.n_rows += 1;
        match self.measures.get_mut(id).filter(|_| self.ids.get(id, name).is_some()) {
            Some(column) => {
                column.take(dataset, layout.is_resaved, value, row);
                column.rows.get_or_insert_default().push(index);
            }
            None => {
                self.unmapped.entry((id.to_owned(), name.unwrap_or_default().to_owned())).or_insert(row);
            }
        }
    }

    fn problems(&self, place: &Place) -> Vec<Problem> {
        let unmapped = self.unmapped.iter();
        let mut problems: Vec<Problem> =
            unmapped.map(|((id, name), row)| self.ids.unmapped(place, id, name, *row)).collect();
        let printed = self.measures.iter().filter(|(_, column)| !column.cells.is_empty()).map(|(id, _)| *id);
        let renamed = self.unmapped.keys().map(|(id, _)| id.as_str());
        let printed: BTreeSet<&str> = printed.chain(renamed).collect();
        problems.extend(self.ids.vanished(place, &printed));
        problems
    }
}

/// Whether a number below one has more decimals than the one that percentages are printed with: 0.51, not 0.5.
fn is_share_of_one(number: f64) -> bool {
    let tenths = number * 10.0;
    number > 0.0 && number < 1.0 && (tenths - tenths.round()).abs() > 1e-9
}

impl MeasureColumn {
    fn new(published: &str, measure: &str, statistic: Statistic) -> Self {
        Self {
            published: published.to_owned(),
            measure: measure.to_owned(),
            statistic,
            cells: Vec::new(),
            rows: None,
            unknown: UnknownTexts::default(),
        }
    }

    fn take(&mut self, dataset: &Dataset, is_resaved: bool, text: &str, row: usize) {
        if let Some(cell) = dataset.markers.read(text, self.statistic) {
            self.cells.push(cell);
            return;
        }
        // A cell that was saved again is read where that is declared.
        let before = without_point(text).filter(|_| is_resaved);
        let cell = before.and_then(|text| dataset.markers.read(text, self.statistic));
        if cell.is_none() {
            self.unknown.add(text, row);
        }
        // A cell that is not understood stops the run, so what stands in for it is never seen.
        self.cells.push(cell.unwrap_or(Cell::Withheld(ValueStatus::Missing)));
    }

    /// What is not understood in the cells; `rows` are the numbers of the rows that were taken.
    fn problems(&self, place: &Place, rows: &[u32]) -> Vec<Problem> {
        let (place, column) = (|| place.clone(), || self.published.clone());
        let mut problems: Vec<Problem> = Vec::new();
        // Of numbers that are not whole nearly every one is another text: they are one problem of the column.
        let (mut resaved, mut not_whole) = (First::default(), First::default());
        for (text, row, others) in &self.unknown.0 {
            if is_resaved_cell(text) {
                resaved.add(text, *row, *others);
            } else if self.statistic.is_whole() && text.parse::<f64>().is_ok_and(f64::is_finite) {
                not_whole.add(text, *row, *others);
            } else {
                let (row, text, others) = (*row, text.clone(), *others);
                problems.push(Problem::UnknownMarker { place: place(), row, column: column(), text, others });
            }
        }
        if let Some((text, row, others)) = resaved.0 {
            problems.push(Problem::Resaved { place: place(), row, column: column(), text, others });
        }
        if let Some((text, row, others)) = not_whole.0 {
            let statistic = self.statistic.to_string();
            problems.push(Problem::NotWhole {
                place: place(),
                row,
                column: column(),
                text,
                statistic,
                others,
            });
        }
        if self.statistic == Statistic::Percentage {
            let mut shares = self.with_rows().filter_map(|(row, cell)| match cell {
                Cell::Reported(number) if is_share_of_one(number) => Some((row, number)),
                _ => None,
            });
            if let Some((row, number)) = shares.next() {
                let row = rows.get(row).and_then(|row| usize::try_from(*row).ok()).unwrap_or_default();
                let (text, others) = (number.to_string(), shares.count());
                problems.push(Problem::ShareOfOne { place: place(), row, column: column(), text, others });
            }
        }
        problems
    }

    /// Every cell with the row of the file that it stands in, counted from 0.
    pub(super) fn with_rows(&self) -> impl Iterator<Item = (usize, Cell)> {
        let row_of = |position: usize| match &self.rows {
            Some(rows) => rows.get(position).and_then(|row| usize::try_from(*row).ok()).unwrap_or_default(),
            None => position,
        };
        self.cells.iter().enumerate().map(move |(position, cell)| (row_of(position), *cell))
    }

    /// Its rows, taken out.
    pub(super) fn take_rows(&mut self) -> Vec<u32> {
        mem::take(&mut self.rows).unwrap_or_default()
    }
}
