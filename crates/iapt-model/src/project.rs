//! The project: every declared file, read together.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use iapt_files::Sha256;
use sha2::{Digest, Sha256 as Hasher};

use crate::{
    Breakdown, Categories, Claims, Dataset, DeclaredProblem, Error, Indicators, Measures, Member,
    Organisations, ReadFile, Release, SeriesBreak, SqlFile, StatedFigures, Tables, UnusedMeasure, breakdown,
    declared::Problems, series_break, sql_file,
};

/// Everything that the declared files say.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder that holds `pipelines` and `reports`.
    pub folder: PathBuf,
    /// Every dataset, in order of name.
    pub datasets: Vec<Dataset>,
    /// The dictionary.
    pub measures: Measures,
    /// Canonical categories.
    pub categories: Categories,
    /// What is asked of the groups of each breakdown, in the order of the file.
    pub breakdowns: Vec<Breakdown>,
    /// Organisations and their types.
    pub organisations: Organisations,
    /// The indicators, and what each divides by what.
    pub indicators: Indicators,
    /// The measures that no indicator reads, each with the reason.
    pub unused_measures: Vec<UnusedMeasure>,
    /// Rules about the data: those for every dataset, then each dataset's own.
    pub rules: Vec<SqlFile>,
    /// The queries of the derived tables.
    pub queries: Vec<SqlFile>,
    /// Published statements about the data.
    pub claims: Claims,
    /// Figures that are stated elsewhere than in a file among the releases.
    pub stated: StatedFigures,
    /// Where series break, in the order of the file.
    pub series_breaks: Vec<SeriesBreak>,
    /// The tables that readers query.
    pub tables: Tables,
    /// Every declared file that was read, by its path below the folder.
    pub files: BTreeMap<PathBuf, ReadFile>,
    /// Checksums of the files that were asked about so far: every release asks about the same ones.
    pub(crate) checksums: Arc<Mutex<HashMap<PathBuf, Sha256>>>,
}

impl Project {
    /// Reads every declared file below `folder/pipelines`.
    ///
    /// # Errors
    ///
    /// [`Error::Declared`] with every problem of every file.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let pipelines = folder.join("pipelines");
        let mut problems = Problems::default();
        let measures = Measures::read(&pipelines, &mut problems);
        let categories = Categories::read(&pipelines.join("categories.csv"), &mut problems);
        let breakdowns = breakdown::read(&pipelines.join("breakdowns.csv"), &categories, &mut problems);
        let organisations = Organisations::read(&pipelines, &mut problems);
        let indicators = Indicators::read(&pipelines.join("indicators.toml"), &measures, &mut problems);
        let unused_measures = measures.read_unused(&pipelines, &indicators, &mut problems);
        let breaks = pipelines.join("series_breaks.csv");
        let series_breaks = series_break::read(&breaks, &measures, &indicators, &mut problems);
        let tables = Tables::read(&pipelines, &mut problems);
        let mut datasets = Vec::new();
        for dataset in dataset_folders(&pipelines)? {
            datasets.extend(Dataset::read(&dataset, &measures, &mut problems));
        }
        let mut rules = sql_file::read(&pipelines.join("checks"), None, &mut problems)?;
        for dataset in &datasets {
            let folder = dataset.folder.join("checks");
            rules.extend(sql_file::read(&folder, Some(&dataset.name), &mut problems)?);
        }
        sql_file::check_names(&rules, &mut problems);
        for dataset in &datasets {
            if let Some(other) = &dataset.repeats
                && (*other == dataset.name || !datasets.iter().any(|dataset| dataset.name == *other))
            {
                let what = format!("it repeats `{other}`, which is not another dataset");
                problems.add(&dataset.folder.join("dataset.toml"), None, what);
            }
        }
        let queries = sql_file::read(&pipelines.join("indicators"), None, &mut problems)?;
        let claims = Claims::read(&pipelines, &mut problems);
        let stated = StatedFigures::read(&pipelines, &measures, &categories, &mut problems);
        let files = problems.take_files().into_iter();
        let below = |path: PathBuf| path.strip_prefix(folder).map_or(path.clone(), Path::to_owned);
        let files = files.map(|(path, file)| (below(path), file)).collect();
        let problems = problems.into_vec();
        if !problems.is_empty() {
            return Err(Error::Declared { problems });
        }
        Ok(Self {
            folder: folder.to_owned(),
            datasets,
            measures,
            categories,
            breakdowns,
            organisations,
            indicators,
            unused_measures,
            rules,
            queries,
            claims,
            stated,
            series_breaks,
            tables,
            files,
            checksums: Arc::default(),
        })
    }

    /// The dataset of this name.
    #[must_use]
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|dataset| dataset.name == name)
    }

    /// What other datasets read of the pack of a release.
    pub fn members_beside<'a>(&'a self, release: &'a Release) -> impl Iterator<Item = &'a Member> {
        let others = self.datasets.iter().filter(|dataset| dataset.name != release.dataset);
        let releases = others.flat_map(|dataset| &dataset.releases);
        releases.filter(|other| other.url == release.url).flat_map(|other| &other.members)
    }

    /// The query of this name.
    ///
    /// # Errors
    ///
    /// [`Error::Declared`] when it is not declared.
    pub fn query(&self, name: &str) -> Result<&SqlFile, Error> {
        self.queries.iter().find(|query| query.name == name).ok_or_else(|| {
            let path = self.folder.join("pipelines/indicators").join(format!("{name}.sql"));
            let what = "this query file is missing".to_owned();
            Error::Declared { problems: vec![DeclaredProblem { path, line: None, what }] }
        })
    }

    /// A checksum over files of the project that are not declared ones, or that only others than this crate read, so that
    /// a change of one makes stale what was made with it.
    ///
    /// Paths are relative to the project's folder; a folder stands for every file below it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when a file cannot be read.
    pub fn fingerprint(&self, paths: &[&Path]) -> Result<Sha256, Error> {
        let mut hasher = Hasher::new();
        // A stack: what is pushed last is hashed first, so entries are pushed in reverse order of name.
        let mut pending: Vec<PathBuf> = paths.iter().rev().map(|path| self.folder.join(path)).collect();
        while let Some(path) = pending.pop() {
            if path.is_dir() {
                pending.extend(entries(&path)?.into_iter().rev());
            } else {
                let relative = path.strip_prefix(&self.folder).unwrap_or(&path);
                hasher.update(relative.to_string_lossy().as_bytes());
                hasher.update(self.checksum(&path)?.to_string());
            }
        }
        Ok(Sha256::of(&hasher.finalize()))
    }

    /// The checksum of a file, which is read once in the life of a project.
    fn checksum(&self, path: &Path) -> Result<Sha256, Error> {
        let mut known = self.checksums.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sha256) = known.get(path) {
            return Ok(*sha256);
        }
        let sha256 = Sha256::of(&fs_err::read(path)?);
        known.insert(path.to_owned(), sha256);
        Ok(sha256)
    }
}

fn dataset_folders(pipelines: &Path) -> Result<Vec<PathBuf>, Error> {
    let folders = entries(pipelines)?;
    Ok(folders.into_iter().filter(|path| path.join("dataset.toml").is_file()).collect())
}

/// The entries of a folder, in order of name.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}
