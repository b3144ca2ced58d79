//! The publisher's layout: figures printed under the header that the period had.

use std::collections::{BTreeMap, BTreeSet};

use iapt_model::{
    BuiltInFigures, Cell, CellRole, Dataset, DateRole, DeclaredProblem, FigureColumn, FigureRow,
    FileProblems, Key, KnownHeader, Member, Period, Release, Role, Shape, Statistic, ValueStatus,
};

use crate::{encoding::windows_1252, table::TablePrinter};

/// Where the type of the category stands among the keys.
const VARIABLE_TYPE: usize = 3;

/// What is printed in one column of a published file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    /// The key at this place of [`Key::EVERY`].
    Key(usize),
    /// The figure in this column of the table of figures.
    Figure(usize),
    /// One text, printed in every row.
    Text(String),
    /// What a long file says about the measure of the row.
    Cell(CellRole),
    /// A column that the table of figures does not hold.
    NotHeld,
}

/// A measure id, its name, and the column of figures that it heads.
struct HeldId<'a> {
    measure_id: &'a str,
    measure_name: &'a str,
    figure: usize,
}

/// One dataset with the figures that are held of it.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) dataset: Dataset,
    pub(crate) figures: BuiltInFigures,
    /// What is printed where a figure is not held: the marker of a measure that does not apply, or that is missing.
    pub(crate) not_held: String,
}

impl Stock {
    /// Takes the figures in, if every one of them can be printed in every release of its period.
    pub(crate) fn new(
        dataset: &Dataset,
        figures: BuiltInFigures,
        found: &mut Vec<DeclaredProblem>,
    ) -> Option<Self> {
        let marker_of = |status| {
            let is_marker =
                |text: &&str| dataset.markers.read(text, Statistic::Count) == Some(Cell::Withheld(status));
            dataset.markers.texts().find(is_marker)
        };
        let Some(marker) = [ValueStatus::NotApplicable, ValueStatus::Missing].into_iter().find_map(marker_of)
        else {
            let path = dataset.folder.join("dataset.toml");
            FileProblems { path: &path, found }.add(
                None,
                "no marker is declared as `not_applicable` or `missing`, to be printed where no figure is held",
            );
            return None;
        };
        let not_held = marker.to_owned();
        let stock = Self { dataset: dataset.clone(), figures, not_held };
        stock.check_periods(found);
        for release in stock.releases() {
            stock.check_release(release, found);
        }
        Some(stock)
    }

    /// The releases of which figures are held, in order of period and edition.
    pub(crate) fn releases(&self) -> impl Iterator<Item = &Release> {
        let periods: BTreeSet<Period> = self.figures.rows.iter().map(|row| row.period).collect();
        self.dataset.releases.iter().filter(move |release| periods.contains(&release.period))
    }

    /// The text of one member in its declared encoding, or every reason why it cannot be printed.
    pub(crate) fn member_text(
        &self,
        release: &Release,
        member: &Member,
    ) -> Result<Vec<u8>, Vec<DeclaredProblem>> {
        let mut found = Vec::new();
        let Some((header, slots)) = self.columns(release, member, &mut found) else { return Err(found) };
        let refused = |error: &dyn ToString| {
            vec![DeclaredProblem {
                path: self.dataset.folder.join("figures.csv"),
                line: None,
                what: format!(
                    "{}: `{}` cannot be printed: {}",
                    release.label(),
                    member.name,
                    error.to_string()
                ),
            }]
        };
        // Above its header a table made for readers has a title of one cell.
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let table = self.table_rows(release, member, header, &slots, &mut found);
        for cells in table.iter().flatten() {
            writer.write_record(cells).map_err(|error| refused(&error))?;
        }
        if table.is_none() {
            writer.write_record(&header.columns).map_err(|error| refused(&error))?;
        }
        let ids = self.ids(release, member);
        let rows = self.figures.rows.iter().filter(|row| row.period == release.period);
        for row in rows.filter(|_| table.is_none()) {
            if self.dataset.layout(&member.file).shape == Shape::Wide {
                let cells = slots.iter().map(|slot| self.printed(row, slot));
                writer.write_record(cells).map_err(|error| refused(&error))?;
            }
            for id in &ids {
                let Some(value) = row.cells.get(id.figure).and_then(Option::as_ref) else { continue };
                let cells = slots.iter().map(|slot| match slot {
                    Slot::Cell(CellRole::MeasureId) => id.measure_id,
                    Slot::Cell(CellRole::MeasureName) => id.measure_name,
                    Slot::Cell(CellRole::Value) => &value.text,
                    slot => self.printed(row, slot),
                });
                writer.write_record(cells).map_err(|error| refused(&error))?;
            }
        }
        let bytes = writer.into_inner().map_err(|error| refused(&error))?;
        if !member.is_windows_1252 {
            return Ok(bytes);
        }
        let text = String::from_utf8(bytes).map_err(|error| refused(&error))?;
        windows_1252(&text).map_err(|character| refused(&not_in_windows_1252(character)))
    }

    /// The rows of a table made for readers, its head first; none where the member is no such table.
    fn table_rows(
        &self,
        release: &Release,
        member: &Member,
        header: &KnownHeader,
        slots: &[Slot],
        found: &mut Vec<DeclaredProblem>,
    ) -> Option<Vec<Vec<String>>> {
        let table = self.dataset.layout(&member.file).table?;
        let (_, roles) = self.roles(release, member, found)?;
        let mut printer = TablePrinter::new(&table, &member.name, header, &roles, &self.not_held);
        for row in self.figures.rows.iter().filter(|row| row.period == release.period) {
            if row.keys.get(VARIABLE_TYPE) == Some(&table.category) {
                printer.print(row, |position| match slots.get(position)? {
                    Slot::Figure(index) => row.cells.get(*index)?.as_ref().map(|figure| figure.text.as_str()),
                    Slot::Key(_) | Slot::Text(_) | Slot::Cell(_) | Slot::NotHeld => None,
                });
            }
        }
        Some(printer.into_rows())
    }

    /// The header of a member and what stands under each of its cells.
    pub(crate) fn roles(
        &self,
        release: &Release,
        member: &Member,
        found: &mut Vec<DeclaredProblem>,
    ) -> Option<(&KnownHeader, Vec<Role>)> {
        let path = self.dataset.folder.join("headers.csv");
        let mut problems = FileProblems { path: &path, found };
        let is_its = |header: &&KnownHeader| header.file == member.file && header.period == release.period;
        let Some(header) = self.dataset.known_headers.iter().find(is_its) else {
            problems.add(None, format!("{}: no header of `{}` is known", release.label(), member.file));
            return None;
        };
        match self.dataset.crosswalk.resolve(&release.published_file(member), &header.columns) {
            Ok(roles) => Some((header, roles)),
            Err(unresolved) => {
                for problem in unresolved {
                    problems.add(None, problem);
                }
                None
            }
        }
    }

    fn columns(
        &self,
        release: &Release,
        member: &Member,
        found: &mut Vec<DeclaredProblem>,
    ) -> Option<(&KnownHeader, Vec<Slot>)> {
        let (header, roles) = self.roles(release, member, found)?;
        Some((header, roles.iter().map(|role| self.slot(role, release, member)).collect()))
    }

    /// The measure ids of a long file of which figures can be held, in order of id.
    fn ids(&self, release: &Release, member: &Member) -> Vec<HeldId<'_>> {
        if self.dataset.layout(&member.file).shape == Shape::Wide {
            return Vec::new();
        }
        let live = self.dataset.measure_ids.live(&member.file, release.period);
        let held = live.iter().filter_map(|(measure_id, measure_name, measure, statistic)| {
            let figure = self.figure(measure, statistic)?;
            Some(HeldId { measure_id, measure_name, figure })
        });
        held.collect()
    }

    /// The place of a measure among the columns of figures.
    fn figure(&self, measure: &str, statistic: Statistic) -> Option<usize> {
        let is_its = |column: &FigureColumn| column.measure == measure && column.statistic == statistic;
        self.figures.columns.iter().position(is_its)
    }

    fn slot(&self, role: &Role, release: &Release, member: &Member) -> Slot {
        let layout = self.dataset.layout(&member.file);
        let date = |date: chrono::NaiveDate| {
            let format = layout.date_formats_in(release.period).next().map(str::to_owned);
            format.map(|format| Slot::Text(date.format(&format).to_string()))
        };
        let place = match role {
            Role::Key(key) => Key::EVERY.iter().position(|other| other == key).map(Slot::Key),
            Role::Measure { measure, statistic } => self.figure(measure, *statistic).map(Slot::Figure),
            Role::Date(DateRole::StartDate) => date(release.period.start_date()),
            Role::Date(DateRole::EndDate) => date(release.period.end_date()),
            Role::Cell(role) => Some(Slot::Cell(*role)),
            Role::Date(DateRole::PeriodName) => {
                layout.period_names.get(&release.period).cloned().map(Slot::Text)
            }
            // Figures are held by the period of their release.
            Role::Date(DateRole::Month | DateRole::MonthEnd) | Role::Blank | Role::Ignored => None,
        };
        place.unwrap_or(Slot::NotHeld)
    }

    fn printed<'a>(&'a self, row: &'a FigureRow, slot: &'a Slot) -> &'a str {
        let text = match slot {
            Slot::Key(index) => row.keys.get(*index),
            Slot::Figure(index) => row.cells.get(*index).and_then(Option::as_ref).map(|figure| &figure.text),
            Slot::Text(text) => Some(text),
            Slot::Cell(_) | Slot::NotHeld => None,
        };
        text.unwrap_or(&self.not_held)
    }

    /// Rows of a period without a release have nowhere to be printed.
    fn check_periods(&self, found: &mut Vec<DeclaredProblem>) {
        let mut homeless: BTreeMap<Period, (u64, usize)> = BTreeMap::new();
        for row in &self.figures.rows {
            if !self.dataset.releases.iter().any(|release| release.period == row.period) {
                homeless.entry(row.period).or_insert((row.line, 0)).1 += 1;
            }
        }
        let path = self.dataset.folder.join("figures.csv");
        for (period, (line, n_rows)) in homeless {
            FileProblems { path: &path, found }
                .add(Some(line), format!("{period}: releases.toml has no release of these rows ({n_rows})"));
        }
    }

    /// Every figure needs a column in one of the members, and every text the encoding of all of them.
    fn check_release(&self, release: &Release, found: &mut Vec<DeclaredProblem>) {
        let mut printable: BTreeSet<Slot> = BTreeSet::new();
        let mut are_all_known = true;
        for member in &release.members {
            match self.columns(release, member, found) {
                Some((_, slots)) => {
                    printable.extend(slots);
                    printable.extend(self.ids(release, member).iter().map(|id| Slot::Figure(id.figure)));
                }
                None => are_all_known = false,
            }
        }
        let path = self.dataset.folder.join("figures.csv");
        let mut problems = FileProblems { path: &path, found };
        let rows = || self.figures.rows.iter().filter(|row| row.period == release.period);
        // Without every header it is not known which columns there are; the missing header has been told.
        for (index, column) in self.figures.columns.iter().enumerate().filter(|_| are_all_known) {
            if printable.contains(&Slot::Figure(index)) {
                continue;
            }
            let mut unprintable = rows().filter_map(|row| row.cells.get(index)?.as_ref());
            if let Some(first) = unprintable.next() {
                let more = match unprintable.count() {
                    0 => String::new(),
                    others => format!(" (and {others} more)"),
                };
                problems.add(
                    Some(first.line),
                    format!(
                        "`{}` is `{}`, but {} has no column for it{more}",
                        column.name,
                        first.text,
                        release.label()
                    ),
                );
            }
        }
        if release.members.iter().any(|member| member.is_windows_1252) {
            for row in rows() {
                let texts = row.keys.iter().chain(row.cells.iter().flatten().map(|figure| &figure.text));
                for character in texts.filter_map(|text| windows_1252(text).err()) {
                    problems.add(Some(row.line), not_in_windows_1252(character));
                }
            }
        }
    }
}

fn not_in_windows_1252(character: char) -> String {
    format!("`{character}` is not in Windows-1252, the declared encoding of the release")
}
