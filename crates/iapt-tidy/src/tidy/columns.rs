//! The columns of a file while its rows are read.

use std::collections::{BTreeMap, HashMap};

use iapt_model::{
    CellRole, Dataset, DateFormat, DateRole, Key, Layout, Period, Problem, PublishedFile, Role, Statistic,
    ValueStatus, is_resaved_key,
};

use super::{
    dates::DateColumn,
    interner::Interner,
    measures::{LongColumns, MeasureColumn},
    texts::{UnknownTexts, cell},
};

/// What the rows of a file hold, column by column.
pub(super) struct Columns<'a> {
    dataset: &'a Dataset,
    layout: Layout,
    published_file: PublishedFile,
    keys: Vec<KeyColumn>,
    dates: Vec<DateColumn>,
    measures: Measures<'a>,
    rows: Vec<u32>,
    header: Vec<String>,
    /// Texts of rows that are of no organisation or have no figures, by column.
    notes: BTreeMap<usize, UnknownTexts>,
}

/// A key, where it stands, and where the second organisation or the further parts of the category stand that complete it.
struct KeyColumn {
    key: Key,
    position: usize,
    second: Option<usize>,
    further: Vec<usize>,
    /// The two organisations of the last row: nearly always those of the next one too.
    last: Option<(String, String)>,
    texts: Interner,
}

enum Measures<'a> {
    /// A column for each measure, and its position.
    Wide(Vec<(usize, MeasureColumn)>),
    Long(LongColumns<'a>),
}

/// The keys of all rows that were read.
pub(super) struct ReadKeys {
    pub(super) keys: HashMap<Key, Interner>,
    /// The month of every row, where the file says it.
    pub(super) months: Option<Vec<Period>>,
    pub(super) rows: Vec<u32>,
}

impl<'a> Columns<'a> {
    /// `roles` are those of the header's cells, in order. There is room for `n_rows` rows, as far as that is known.
    pub(super) fn new(
        dataset: &'a Dataset,
        published_file: &PublishedFile,
        (header, roles): (&[String], &[Role]),
        n_rows: usize,
    ) -> Self {
        let at = |wanted: &Role| roles.iter().position(|role| role == wanted);
        let published = |position: usize| header.get(position).cloned().unwrap_or_default();
        let key = |key: &Key| {
            let second = match key {
                Key::OrgCode => at(&Role::Key(Key::SecondOrgCode)),
                Key::OrgName => at(&Role::Key(Key::SecondOrgName)),
                _ => None,
            };
            let further = match key {
                Key::VariableB => {
                    [Key::VariableC, Key::VariableD].map(Role::Key).iter().filter_map(at).collect()
                }
                _ => Vec::new(),
            };
            let position = at(&Role::Key(*key))?;
            let texts = Interner::with_room(n_rows);
            Some(KeyColumn { key: *key, position, second, further, last: None, texts })
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
            let ids = dataset.measure_ids.live(&published_file.file, published_file.period);
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
            layout: dataset.layout(&published_file.file),
            published_file: published_file.clone(),
            keys: Key::ALL.iter().filter_map(key).collect(),
            dates,
            measures,
            rows: Vec::with_capacity(n_rows),
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

    /// Adds what was taken of the rows that come after: what these would be if they had taken them all.
    pub(super) fn followed_by(mut self, other: Self) -> Self {
        for (own, other) in self.keys.iter_mut().zip(other.keys) {
            own.texts.append(&other.texts);
        }
        for (own, other) in self.dates.iter_mut().zip(other.dates) {
            own.append(other);
        }
        match (&mut self.measures, other.measures) {
            (Measures::Wide(own), Measures::Wide(other)) => {
                for ((_, own), (_, other)) in own.iter_mut().zip(other) {
                    own.append(other, self.rows.len());
                }
            }
            (Measures::Long(own), Measures::Long(other)) => own.append(other),
            // Both are of one file.
            (Measures::Wide(_), Measures::Long(_)) | (Measures::Long(_), Measures::Wide(_)) => {}
        }
        self.rows.extend(other.rows);
        for (position, texts) in other.notes {
            self.notes.entry(position).or_default().append(texts);
        }
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
            Measures::Long(long) => long.has_figure(record),
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
                Some(second) => {
                    let second = cell(record, second);
                    if key
                        .last
                        .as_ref()
                        .is_some_and(|last| (last.0.as_str(), last.1.as_str()) == (text, second))
                    {
                        key.texts.repeat();
                    } else {
                        key.texts.push(&self.layout.joined(text, second));
                        key.last = Some((text.to_owned(), second.to_owned()));
                    }
                }
                None if key.further.is_empty() => key.texts.push(text),
                None => {
                    let further = key.further.iter().map(|position| cell(record, *position));
                    let parts: Vec<&str> = [text].into_iter().chain(further).collect();
                    key.texts.push(&parts.join(" / "));
                }
            }
        }
        let mut month = None;
        for date in &mut self.dates {
            date.take(&self.layout, self.published_file.period, cell(record, date.position), row, month);
            month = month.or(date.last.1.filter(|_| date.role == DateRole::Month));
        }
        match &mut self.measures {
            Measures::Wide(measures) => {
                for (position, column) in measures {
                    let text = record.get(*position).unwrap_or_default();
                    column.take(self.dataset, self.layout.is_resaved, text, row);
                }
            }
            Measures::Long(long) => long.take(self.dataset, self.layout.is_resaved, row, record),
        }
    }

    /// What is not understood in the rows taken so far.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = self.notes();
        problems.extend(self.resaved_keys());
        for date in &self.dates {
            problems.extend(date.wrong.in_order().into_iter().map(|(text, row, others)| {
                Problem::OtherPeriod {
                    published_file: self.published_file.clone(),
                    row,
                    column: date.published.clone(),
                    text: text.to_owned(),
                    expected: date.expected(&self.layout, self.published_file.period),
                    others,
                }
            }));
        }
        problems.extend(self.undeclared_org_types());
        let measures: Vec<&MeasureColumn> = match &self.measures {
            Measures::Wide(measures) => measures.iter().map(|(_, column)| column).collect(),
            Measures::Long(long) => {
                problems.extend(long.problems(&self.published_file));
                long.measures.iter().map(|measure| &measure.column).collect()
            }
        };
        for column in measures {
            problems.extend(column.problems(&self.published_file, &self.rows));
        }
        first_resaved(problems)
    }

    fn notes(&self) -> Vec<Problem> {
        let mut notes: Vec<Problem> = Vec::new();
        for (position, texts) in &self.notes {
            notes.extend(texts.in_order().into_iter().map(|(text, row, others)| Problem::Note {
                published_file: self.published_file.clone(),
                row,
                column: self.column(*position),
                text: text.to_owned(),
                others,
            }));
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
            let occurrences = key.texts.texts.iter().zip(key.texts.occurrences());
            for (text, (first, n_rows)) in occurrences.filter(|(text, _)| parts(text)) {
                let row = self.rows.get(first).and_then(|row| usize::try_from(*row).ok());
                problems.push(Problem::Resaved {
                    published_file: self.published_file.clone(),
                    row: row.unwrap_or_default(),
                    column: self.column(key.position),
                    text: text.clone(),
                    others: n_rows.saturating_sub(1),
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
            let occurrences = column.texts.texts.iter().zip(column.texts.occurrences());
            let undeclared = occurrences.filter(|(text, _)| !declared.contains(*text));
            undeclared.map(move |(text, (_, n_rows))| Problem::OrganisationTypeNotDeclared {
                published_file: self.published_file.clone(),
                org_type: text.clone(),
                n_rows,
            })
        })
    }

    /// The keys of all rows, and the cells of every measure in order of measure and statistic.
    pub(super) fn finish(self) -> (ReadKeys, Vec<MeasureColumn>) {
        let mut keys: HashMap<Key, Interner> =
            self.keys.into_iter().map(|column| (column.key, column.texts)).collect();
        let absent = self.layout.absent_keys.into_iter().map(|key| (key, String::new()));
        for (key, text) in absent.chain(self.layout.constant_keys) {
            keys.entry(key).or_default().push_times(&text, self.rows.len());
        }
        let month = self.dates.into_iter().find(|date| date.role == DateRole::Month);
        let mut measures: Vec<MeasureColumn> = match self.measures {
            Measures::Wide(measures) => measures.into_iter().map(|(_, column)| column).collect(),
            Measures::Long(long) => long.measures.into_iter().map(|measure| measure.column).collect(),
        };
        measures
            .sort_by(|left, right| (&left.measure, left.statistic).cmp(&(&right.measure, right.statistic)));
        (ReadKeys { keys, months: month.map(|month| month.months), rows: self.rows }, measures)
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

#[cfg(test)]
mod tests {
    use std::{ops::Range, path::Path};

    use iapt_model::Project;
    use proptest::prelude::*;

    use super::*;

    const ROWS: Range<usize> = 0..40;

    /// All that was read, with what is not understood, as text.
    fn said(columns: Columns<'_>) -> String {
        let problems: Vec<String> = columns.problems().iter().map(ToString::to_string).collect();
        let (keys, measures) = columns.finish();
        let key = |key: &Key| keys.keys.get(key).map(|texts| (&texts.texts, &texts.keys));
        let keys_of: Vec<_> = Key::ALL.iter().map(key).collect();
        let measures: Vec<_> = measures
            .iter()
            .filter(|column| !column.codes.is_empty())
            .map(|column| (&column.measure, column.statistic, &column.codes, &column.cells, &column.rows))
            .collect();
        format!("{keys_of:?} {:?} {:?} {measures:?} {problems:#?}", keys.months, keys.rows)
    }

    /// Rows that are taken in three parts are what they are when one takes them all.
    fn check(project: &Project, dataset: &str, roles: &[Role], rows: &[Vec<String>], cuts: [usize; 2]) {
        let dataset = project.dataset(dataset).unwrap();
        let release = dataset.releases.last().unwrap();
        let published_file = release.published_file(&release.members[0]);
        let header: Vec<String> = (0..roles.len()).map(|position| format!("c{position}")).collect();
        let taken = |first: usize, rows: &[Vec<String>]| {
            let mut columns = Columns::new(dataset, &published_file, (&header, roles), rows.len());
            for (row, cells) in (first..).zip(rows) {
                columns.take_unless_note(row, &csv::ByteRecord::from(cells.clone()));
            }
            columns
        };
        let [first, second] = cuts.map(|cut| cut.min(rows.len()));
        let (first, second) = (first.min(second), first.max(second));
        let in_parts = taken(2, &rows[..first])
            .followed_by(taken(2 + first, &rows[first..second]))
            .followed_by(taken(2 + second, &rows[second..]));
        assert_eq!(said(in_parts), said(taken(2, rows)));
    }

    fn row(cells: Vec<&'static [&'static str]>) -> impl Strategy<Value = Vec<String>> {
        let cells = cells.into_iter().map(|cell| proptest::sample::select(cell).prop_map(str::to_owned));
        cells.collect::<Vec<_>>()
    }

    const ORGANISATIONS: [Role; 4] = [
        Role::Key(Key::OrgType),
        Role::Key(Key::OrgCode),
        Role::Key(Key::SecondOrgCode),
        Role::Date(DateRole::Month),
    ];
    const TYPES: &[&str] = &["England", "Provider", "Unheard", ""];
    const CODES: &[&str] = &["all", "RX4", "RX4 ", "QUY", ""];
    const MONTHS: &[&str] = &["2026-06-01", "2026-05-01", "01/06/2026", "32/13/2026"];
    const IDS: &[&str] = &["M001", "M002", "M999", ""];
    const NAMES: &[&str] = &["Count_ReferralsReceived", "Count_SelfReferrals", "Renamed"];
    const VALUES: &[&str] = &["5", "10", "*", "", "NULL", "nan", "12345678", "7.5", "1234567890", "what"];

    #[test]
    fn parts_of_a_file_are_read_as_the_whole() {
        let project = Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        let measure = |measure: &str, statistic| Role::Measure { measure: measure.to_owned(), statistic };
        let mut wide = ORGANISATIONS.to_vec();
        wide.push(measure("referrals_received", Statistic::Count));
        wide.push(measure("recovery_rate", Statistic::Percentage));
        let rows = row(vec![TYPES, CODES, CODES, MONTHS, VALUES, VALUES]);
        proptest!(|(rows in proptest::collection::vec(rows, ROWS), cuts in [ROWS, ROWS])| {
            check(&project, "psych_ther_annual", &wide, &rows, cuts);
        });

        let mut long = ORGANISATIONS.to_vec();
        long.extend([CellRole::MeasureId, CellRole::MeasureName, CellRole::Value].map(Role::Cell));
        let rows = row(vec![TYPES, CODES, CODES, MONTHS, IDS, NAMES, VALUES]);
        proptest!(|(rows in proptest::collection::vec(rows, ROWS), cuts in [ROWS, ROWS])| {
            check(&project, "talking_therapies_monthly", &long, &rows, cuts);
        });
    }
}
