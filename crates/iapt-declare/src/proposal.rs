//! A new file, and what is proposed of it.

use std::path::{Path, PathBuf};

use iapt_files::disk;
use iapt_model::{BuiltInFigures, Dataset, Layout, Member, Period, Problem, Project, PublishedFile, Shape};

use crate::{
    Error, categories,
    columns::Header,
    earlier::{Earlier, YearBefore},
    header, measures, organisations,
    organisations::Tables,
    release,
    sheet::Sheet,
    survey::{Looked, Printed, Survey},
    totals,
};

/// A file of a period, on this disk.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// Everything that is declared.
    pub project: &'a Project,
    /// The dataset that it belongs to.
    pub dataset: &'a Dataset,
    /// The period that it is of.
    pub period: Period,
    /// Its path.
    pub path: &'a Path,
    /// What it is called; a bare file is its own only member.
    pub name: &'a str,
    /// The publisher's address of it; blank where it is not known.
    pub url: &'a str,
    /// The page that it is published on, where that is known.
    pub page: Option<&'a str>,
}

/// Lines for the declared files.
#[derive(Debug, Default)]
pub struct Proposal {
    /// The files that change, in order of path.
    pub files: Vec<FileChange>,
    /// What was found, and why something is proposed.
    pub notes: Vec<String>,
    /// What only a person can fill in.
    pub blanks: Vec<String>,
}

/// A declared file with what is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path below the project.
    pub path: PathBuf,
    /// What is new in it, in its order.
    pub edits: Vec<Edit>,
    /// All of it.
    pub text: String,
}

/// A line that is added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The line as it was; none where it is added.
    pub old: Option<String>,
    /// The line as it is proposed; of an entry of TOML all of its lines.
    pub new: String,
}

/// What is told of a proposal.
#[derive(Default)]
pub(crate) struct Said {
    notes: Vec<String>,
    blanks: Vec<String>,
}

impl Said {
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    pub(crate) fn blank(&mut self, blank: String) {
        self.blanks.push(blank);
    }
}

impl Proposal {
    /// Writes what is proposed into the project.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when a file cannot be written; those before it are.
    pub fn write(&self, project: &Path) -> Result<(), Error> {
        for change in &self.files {
            disk::replace_file(&project.join(&change.path), change.text.as_bytes())?;
        }
        Ok(())
    }
}

impl NewFile<'_> {
    pub(crate) fn published_file(&self, member: &Member) -> PublishedFile {
        PublishedFile {
            dataset: self.dataset.name.clone(),
            period: self.period,
            file: member.file.clone(),
            member: member.name.clone(),
        }
    }

    /// Reads the file, and proposes what is not declared of it.
    ///
    /// # Errors
    ///
    /// [`Error::NothingBefore`], [`Error::NoHeader`] and [`Error::MadeForReaders`] where it cannot be compared with anything; [`Error::Tidy`] when it
    /// is damaged or no table.
    pub fn proposal(&self) -> Result<Proposal, Error> {
        let mut said = Said::default();
        let before = release::before(self)?;
        let is_for_readers = |member: &&Member| self.dataset.layout(&member.file).table.is_some();
        if let Some(Member { file, .. }) = before.members.iter().find(is_for_readers) {
            return Err(Error::MadeForReaders { dataset: self.dataset.name.clone(), file: file.clone() });
        }
        let declared = self.dataset.newest_releases().find(|release| release.period == self.period);
        let members = match declared {
            Some(declared) => release::as_published(self, &declared.members)?,
            None => release::members(self, before, &mut said)?,
        };
        let mut files = Vec::new();
        let folder = Path::new("pipelines").join(&self.dataset.name);
        if declared.is_none() {
            let path = folder.join("releases.toml");
            let text = fs_err::read_to_string(self.project.folder.join(&path))?;
            let entry = release::entry(self, members.clone(), &mut said)?;
            let text = format!("{}\n\n{entry}", text.trim_end());
            files.push(FileChange {
                path,
                edits: vec![Edit { old: None, new: entry.trim_end().to_owned() }],
                text,
            });
        }
        let sheet = |path: &Path| Sheet::read(&self.project.folder, path);
        let mut sheets = Sheets {
            columns: sheet(&folder.join("columns.csv"))?,
            headers: sheet(&folder.join("headers.csv"))?,
            totals: sheet(&folder.join("expected.csv"))?,
            measures: None,
            types: sheet(Path::new("pipelines/organisation_types.csv"))?,
            organisations: sheet(Path::new("pipelines/organisations.csv"))?,
            categories: sheet(Path::new("pipelines/categories.csv"))?,
        };
        // What is wrong with the figures `iapt check` says.
        let figures = BuiltInFigures::read(self.dataset, &self.project.measures, &mut Vec::new());
        let figures = figures.as_ref();
        let mut printed = Printed::default();
        for member in members.iter().filter(|member| !member.name.is_empty()) {
            if self.dataset.layout(&member.file).shape == Shape::Long {
                sheets.measures = Some(sheet(&folder.join("measure_ids.csv"))?);
            }
            printed.add(self.propose_of(member, figures, &mut sheets, &mut said)?);
        }
        let before = self.year_before(figures, &members);
        // Several members print the same organisations and categories: one that is new is one row.
        let new = Together { project: self.project, period: self.period, printed: &printed, before: &before };
        categories::propose(&new, &mut sheets.categories, &mut said);
        let mut tables = Tables { types: &mut sheets.types, organisations: &mut sheets.organisations };
        organisations::propose(&new, &mut tables, &mut said);
        files.extend(sheets.changes());
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(Proposal { files, notes: said.notes, blanks: said.blanks })
    }

    /// What the year before printed; nothing where the release cannot tell what is gone since then. That is a month, a year that
    /// is not the newest, and one of which not every member was found.
    fn year_before(&self, figures: Option<&BuiltInFigures>, members: &[Member]) -> YearBefore {
        let Self { project, dataset, period, .. } = *self;
        let is_newest = dataset.newest_releases().all(|release| release.period <= period);
        let is_whole = members.iter().all(|member| !member.name.is_empty());
        if !(period.is_year() && is_newest && is_whole) {
            return YearBefore::default();
        }
        let layouts: Vec<Layout> = members.iter().map(|member| dataset.layout(&member.file)).collect();
        YearBefore::new(project, figures, &layouts, period)
    }

    /// What is not declared of the columns, measures and totals of one member, and what it prints.
    fn propose_of(
        &self,
        member: &Member,
        figures: Option<&BuiltInFigures>,
        sheets: &mut Sheets,
        said: &mut Said,
    ) -> Result<Survey, Error> {
        let Self { project, dataset, period, .. } = *self;
        let (file, layout) = (member.file.as_str(), dataset.layout(&member.file));
        let Some(known) = release::known_header(dataset, self, file) else {
            return Err(Error::NoHeader { dataset: dataset.name.clone(), file: file.to_owned() });
        };
        let published = release::published(self, member)?;
        let looked = Looked {
            project,
            dataset,
            published_file: self.published_file(member),
            member,
            published: &published,
        };
        let raw = looked.raw()?;
        let twice = |problem: &Problem| matches!(problem, Problem::DuplicatedColumn { .. });
        let mut problems =
            dataset.crosswalk.resolve(&looked.published_file, raw.header()).err().unwrap_or_default();
        problems.retain(twice);
        if !problems.is_empty() {
            return Err(iapt_tidy::Error::NotUnderstood { problems }.into());
        }
        let mut columns = Header::new(&dataset.crosswalk, file, period, raw.header(), known);
        let survey = looked.survey(&raw, &columns.roles())?;
        let earlier = Earlier::new(project, dataset, figures, file, period);
        if layout.shape == Shape::Wide {
            columns.pair_measures(dataset, &survey, &earlier);
        }
        header::propose(dataset, file, period, raw.header(), &mut sheets.headers);
        columns.propose(dataset, &survey, &earlier, &mut sheets.columns, said);
        if let Some(sheet) = &mut sheets.measures {
            measures::propose(dataset, file, period, &survey, &earlier, sheet, said);
        }
        totals::propose(dataset, file, period, &survey, &columns.roles(), &mut sheets.totals, said);
        Ok(survey)
    }
}

/// A new release as a whole, with what is known of the year before it.
pub(crate) struct Together<'a> {
    pub(crate) project: &'a Project,
    pub(crate) period: Period,
    pub(crate) printed: &'a Printed,
    pub(crate) before: &'a YearBefore,
}

/// The declared tables while they are changed.
struct Sheets {
    columns: Sheet,
    headers: Sheet,
    totals: Sheet,
    measures: Option<Sheet>,
    types: Sheet,
    organisations: Sheet,
    categories: Sheet,
}

impl Sheets {
    fn changes(&self) -> impl Iterator<Item = FileChange> {
        let Self { columns, headers, totals, measures, types, organisations, categories } = self;
        let all = [columns, headers, totals, types, organisations, categories].into_iter().chain(measures);
        all.filter_map(Sheet::change)
    }
}
