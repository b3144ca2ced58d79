//! Page files as they are read: what they name has to be declared.

use std::path::{Path, PathBuf};

use iapt_model::{Dataset, Project};
use serde::de::DeserializeOwned;

use super::{BlockPage, NamedFigure};
use crate::Error;

/// Reads page files, and checks what they name against the project.
pub(super) struct Reader<'a> {
    pub(super) folder: &'a Path,
    pub(super) project: &'a Project,
}

impl Reader<'_> {
    pub(super) fn page<T: DeserializeOwned>(&self, file: &str) -> Result<(PathBuf, T), Error> {
        let path = self.folder.join(file);
        let text = fs_err::read_to_string(&path)?;
        match toml::from_str(&text) {
            Ok(page) => Ok((path, page)),
            Err(source) => Err(Error::Page { path, source: Box::new(source) }),
        }
    }

    /// Every page of `blocks`, in order of file name.
    pub(super) fn block_pages(&self) -> Result<Vec<BlockPage>, Error> {
        let folder = self.folder.join("blocks");
        let mut names = Vec::new();
        for entry in fs_err::read_dir(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|end| end == "toml") {
                names.push(name);
            }
        }
        names.sort();
        let mut pages = Vec::new();
        for name in names {
            let (path, page): (_, BlockPage) = self.page(&format!("blocks/{name}"))?;
            for dataset in page.datasets() {
                self.dataset(&path, dataset)?;
            }
            self.indicators(&path, page.indicators())?;
            self.levels(&path, page.levels())?;
            self.rules(&path, page.rules())?;
            self.stated(&path, page.stated())?;
            Self::figures(&path, page.block.iter().flat_map(|block| &block.figure))?;
            pages.push(page);
        }
        Ok(pages)
    }

    pub(super) fn dataset(&self, path: &Path, dataset: &str) -> Result<&Dataset, Error> {
        let unknown = || Error::UnknownDataset { path: path.to_owned(), dataset: dataset.to_owned() };
        self.project.dataset(dataset).ok_or_else(unknown)
    }

    pub(super) fn indicators<'n>(
        &self,
        path: &Path,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Result<(), Error> {
        let unknown = names.into_iter().find(|name| self.project.indicators.get(name).is_none());
        unknown.map_or(Ok(()), |indicator| {
            Err(Error::UnknownIndicator { path: path.to_owned(), indicator: indicator.clone() })
        })
    }

    pub(super) fn levels<'n>(
        &self,
        path: &Path,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Result<(), Error> {
        let is_known = |name: &String| self.project.organisations.types().any(|one| &one.level == name);
        let unknown = names.into_iter().find(|name| !is_known(name));
        unknown
            .map_or(Ok(()), |level| Err(Error::UnknownLevel { path: path.to_owned(), level: level.clone() }))
    }

    /// Groups are read by their newest year alone.
    pub(super) fn figures<'n>(
        path: &Path,
        figures: impl IntoIterator<Item = &'n NamedFigure>,
    ) -> Result<(), Error> {
        let is_lost = |figure: &&NamedFigure| {
            figure.of.is_some() && (figure.is_oldest || figure.by_month || figure.is_year_before)
        };
        figures.into_iter().find(is_lost).map_or(Ok(()), |figure| {
            Err(Error::OldestOfGroup { path: path.to_owned(), figure: figure.name.clone() })
        })
    }

    pub(super) fn stated<'n>(
        &self,
        path: &Path,
        measures: impl IntoIterator<Item = &'n String>,
    ) -> Result<(), Error> {
        let is_stated =
            |measure: &String| self.project.stated.figures.iter().any(|one| &one.measure == measure);
        let unknown = measures.into_iter().find(|measure| !is_stated(measure));
        unknown.map_or(Ok(()), |measure| {
            Err(Error::NotStated { path: path.to_owned(), measure: measure.clone() })
        })
    }

    pub(super) fn rules<'n>(
        &self,
        path: &Path,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Result<(), Error> {
        let is_known = |name: &String| self.project.rules.iter().any(|rule| &rule.name == name);
        let unknown = names.into_iter().find(|name| !is_known(name));
        unknown.map_or(Ok(()), |rule| Err(Error::UnknownRule { path: path.to_owned(), rule: rule.clone() }))
    }
}
