//! What can go wrong between tables and pages.

use std::{io, path::PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A page file does not parse.
    #[error("{}: {}", path.display(), source.message())]
    Page {
        /// The page file.
        path: PathBuf,
        /// What is wrong in it.
        source: Box<toml::de::Error>,
    },
    /// A line of the heads of a table does not begin with a kind of column.
    #[error("{}: a line is not the head of a column", template.display())]
    HeadOfNoKind {
        /// The template.
        template: PathBuf,
    },
    /// The heads of a table are not as many as the cells of its rows.
    #[error("reports/templates/{template}: {n_heads} heads of columns, and a row has {n_cells} cells")]
    OtherCells {
        /// The template.
        template: String,
        /// How many columns it names.
        n_heads: usize,
        /// How many cells a row has.
        n_cells: usize,
    },
    /// A page names an indicator that is not declared.
    #[error("{}: `{indicator}` is not in indicators.toml", path.display())]
    UnknownIndicator {
        /// The page file.
        path: PathBuf,
        /// The name.
        indicator: String,
    },
    /// A page names a level that no type of organisation stands on.
    #[error("{}: `{level}` is not a level of organisation_types.csv", path.display())]
    UnknownLevel {
        /// The page file.
        path: PathBuf,
        /// The name.
        level: String,
    },
    /// A page names a dataset that is not declared.
    #[error("{}: `{dataset}` is not a dataset", path.display())]
    UnknownDataset {
        /// The page file.
        path: PathBuf,
        /// The name.
        dataset: String,
    },
    /// A sentence asks for the oldest year or for a month of a group, of which the newest year alone is read.
    #[error("{}: the figure `{figure}` of a group can be of its newest year only", path.display())]
    OldestOfGroup {
        /// The page file.
        path: PathBuf,
        /// The name of the figure.
        figure: String,
    },
    /// A page names a rule that is not declared.
    #[error("{}: `{rule}` is not a rule of pipelines/checks or of a dataset", path.display())]
    UnknownRule {
        /// The page file.
        path: PathBuf,
        /// The name.
        rule: String,
    },
    /// A page names a measure of which nothing is stated.
    #[error("{}: nothing is stated of `{measure}`", path.display())]
    NotStated {
        /// The page file.
        path: PathBuf,
        /// The name.
        measure: String,
    },
    /// A row has a period that is none.
    #[error("a row has `{period}` as its period, which is not a period")]
    Period {
        /// The text.
        period: String,
    },
    /// A row has a status that no page has words for.
    #[error("a row of {indicator} has the status `{status}`, which no page explains")]
    Status {
        /// The indicator.
        indicator: String,
        /// The status.
        status: String,
    },
    /// A claim has a verdict that no page has words for.
    #[error("claim `{claim}` has the verdict `{verdict}`, which no page explains")]
    Verdict {
        /// The claim.
        claim: String,
        /// The verdict.
        verdict: String,
    },
    /// A template cannot be read or asks for something that is not there.
    #[error("{template}:{line}: {detail}")]
    Template {
        /// The template.
        template: String,
        /// The line.
        line: usize,
        /// What the engine says.
        detail: String,
        /// The page or chart that was being made.
        source: Box<minijinja::Error>,
    },
    /// A chart cannot be drawn.
    #[error(transparent)]
    Chart(iapt_chart::Error),
    /// A template is not there.
    #[error("{} has no template `{template}`", folder.display())]
    NoTemplate {
        /// The folder of templates.
        folder: PathBuf,
        /// The name.
        template: String,
    },
    /// A chart would show other organisations than its title counts.
    #[error(
        "{indicator} {period} {level}: the indicator table has {drawn} organisations that count, the spread table {counted}"
    )]
    Miscounted {
        /// The indicator.
        indicator: String,
        /// The period.
        period: String,
        /// The level.
        level: String,
        /// Organisations that the chart would show.
        drawn: usize,
        /// Organisations that the spread counts.
        counted: usize,
    },
    /// A value cannot be written as JSON.
    #[error("a value cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// There is nothing to report on.
    #[error("there is no release of `{dataset}` to report on")]
    NothingToReport {
        /// The dataset.
        dataset: String,
    },
}

impl Error {
    /// What to type, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io(_) => return None,
            Self::Page { .. } => "correct the page file; its fields are those of the other pages".to_owned(),
            Self::UnknownIndicator { indicator, .. } => {
                format!("declare `{indicator}` in pipelines/indicators.toml, or correct the name")
            }
            Self::UnknownLevel { .. } => "use a level of pipelines/organisation_types.csv".to_owned(),
            Self::UnknownDataset { .. } => "use the name of a folder below pipelines".to_owned(),
            Self::OldestOfGroup { .. } => "take `is_oldest`, `is_year_before` or `by_month` away, or `of`".to_owned(),
            Self::UnknownRule { .. } => "use the name of a file of pipelines/checks or pipelines/DATASET/checks, without its ending".to_owned(),
            Self::NotStated { .. } => "use a measure of pipelines/stated_figures.csv".to_owned(),
            Self::Status { status, .. } => {
                format!("give `{status}` a sign and a meaning under [[mark]] of reports/pages/site.toml")
            }
            Self::Verdict { verdict, .. } => {
                format!("give `{verdict}` a section under [[verdict]] of reports/pages/claims.toml")
            }
            Self::Period { .. } | Self::Miscounted { .. } => {
                "the tables are not of one run: build them again with `iapt build`".to_owned()
            }
            Self::Template { .. } => {
                "a number that may be missing has to be printed through a filter (`value`, `numerator`, `denominator`)"
                    .to_owned()
            }
            Self::Json(_) => "this is a fault of the program: please report it with the message".to_owned(),
            Self::Chart(_) => {
                "write what the chart shows in its `-description.txt.j2` of reports/templates/wording".to_owned()
            }
            Self::HeadOfNoKind { .. } => {
                "begin each line after the first with `text`, `number` or `prose`, as the other files of reports/templates/tables do".to_owned()
            }
            Self::OtherCells { .. } => "write as many lines after the caption as the table has columns".to_owned(),
            Self::NoTemplate { template, .. } => format!("add reports/templates/{template}"),
            Self::NothingToReport { .. } => "fetch and build first: `iapt run`".to_owned(),
        };
        Some(hint)
    }
}

impl From<minijinja::Error> for Error {
    fn from(error: minijinja::Error) -> Self {
        // The innermost error names the line that is to blame; the outer ones only say who included it.
        let mut innermost = &error;
        while let Some(cause) = std::error::Error::source(innermost).and_then(|cause| cause.downcast_ref()) {
            innermost = cause;
        }
        Self::Template {
            template: innermost.name().unwrap_or("a template").to_owned(),
            line: innermost.line().unwrap_or(0),
            detail: innermost.detail().map_or_else(|| innermost.kind().to_string(), str::to_owned),
            source: Box::new(error),
        }
    }
}

impl From<iapt_chart::Error> for Error {
    fn from(error: iapt_chart::Error) -> Self {
        match error {
            iapt_chart::Error::Template(error) => error.into(),
            other => Self::Chart(other),
        }
    }
}
