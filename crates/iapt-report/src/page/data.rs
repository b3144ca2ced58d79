//! The page about the tables: what a row and a column of each is, where to have it, how to ask it.

use std::collections::BTreeMap;

use iapt_model::Period;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Page, Site, research_object};
use crate::{
    Error,
    declared::Section,
    escape::script_json,
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct DataContext {
    title: String,
    lead: Vec<String>,
    tables: Vec<TableContext>,
    never_met: Section,
    /// The datasets whose files were never met.
    unseen: Vec<Unseen>,
    /// The dataset in schema.org's words, as JSON.
    described: String,
    /// Machine-readable descriptions of all tables, with what each is.
    descriptions: Vec<Described>,
}

/// A dataset that is declared and of which no file was met.
#[derive(Serialize)]
struct Unseen {
    title: String,
    landing_page: String,
    /// What its files are called here, and which years have them.
    files: Vec<UnseenFile>,
}

#[derive(Serialize)]
struct UnseenFile {
    name: String,
    periods: String,
}

#[derive(Serialize)]
struct TableContext {
    id: String,
    name: String,
    title: String,
    row: String,
    key: String,
    columns: Table,
    /// Parquet files, relative to the page.
    parquet: Vec<String>,
    /// The same as CSV; empty where it would be too long to read.
    csv: String,
    queries: Vec<Query>,
}

#[derive(Serialize)]
struct Query {
    tool: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Described {
    href: String,
    text: &'static str,
}

/// Where the tables lie, from the root of the site.
pub(super) const DATA: &str = "data";

impl Site<'_> {
    /// Adds the page about the tables.
    pub(crate) fn data(&self) -> Result<(), Error> {
        let declared = &self.pages.data;
        let readings = self.readings(&declared.dataset)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.of_every_dataset(self.shared("data", words, &declared.dataset, &readings)?)?;
        let tables = self.input.project.tables.iter().map(|table| self.table_context(table));
        let descriptions = [
            ("datapackage.json", "Frictionless data package"),
            ("croissant.json", "Croissant"),
            ("dcat.jsonld", "DCAT"),
            ("csv-metadata.json", "CSV on the Web"),
        ];
        let descriptions = descriptions
            .into_iter()
            .filter(|(file, _)| self.has(file))
            .chain([(research_object::FILE, "RO-Crate")])
            .map(|(file, text)| Described { href: format!("{DATA}/{file}"), text });
        let context = DataContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            tables: tables.collect::<Result<_, _>>()?,
            never_met: declared.never_met.clone(),
            unseen: self.unseen(),
            described: script_json(&self.described(&declared.dataset, &declared.description))?,
            descriptions: descriptions.collect(),
        };
        let html = self.engine.render("data.html.j2", Page { site: &shared, page: context })?;
        self.put_page("data.html", &html)
    }

    /// The datasets whose files were never met, with the periods that each file is declared for.
    fn unseen(&self) -> Vec<Unseen> {
        let datasets = self.input.project.datasets.iter().filter(|dataset| dataset.is_never_met);
        let unseen = datasets.map(|dataset| {
            let mut files: BTreeMap<&str, Vec<Period>> = BTreeMap::new();
            for release in &dataset.releases {
                for member in &release.members {
                    files.entry(&member.file).or_default().push(release.period);
                }
            }
            let file = |(name, periods): (&str, Vec<Period>)| {
                let ends = [periods.iter().min(), periods.iter().max()];
                let ends: Vec<String> = ends.into_iter().flatten().map(ToString::to_string).collect();
                UnseenFile { name: name.replace('_', " "), periods: ends.join(" to ") }
            };
            Unseen {
                title: dataset.title.clone(),
                landing_page: dataset.landing_page.clone(),
                files: files.into_iter().map(file).collect(),
            }
        });
        unseen.collect()
    }

    fn has(&self, file: &str) -> bool {
        self.input.table_files.iter().any(|one| one == file)
    }

    fn table_context(&self, table: &iapt_model::Table) -> Result<TableContext, Error> {
        let folder = format!("{}/", table.name);
        let single = format!("{}.parquet", table.name);
        let files = self.input.table_files.iter();
        let files: Vec<&String> =
            files.filter(|file| **file == single || file.starts_with(&folder)).collect();
        let csv = format!("{}.csv", table.name);
        let rows = table.columns.iter().map(|column| {
            Row::new(vec![
                Cell::new(&column.name),
                Cell::new(column.kind.as_str()),
                Cell::new(&column.unit),
                Cell::new(&column.description),
            ])
        });
        let heads = self.engine.heads("columns", json!({ "table": table.name }))?;
        let id = format!("columns-{}", super::slug(&table.name));
        let mut columns = heads.over(id, rows.collect(), "")?;
        columns.without_empty_columns();
        Ok(TableContext {
            id: super::slug(&table.name),
            name: table.name.clone(),
            title: table.title.clone(),
            row: table.row.clone(),
            key: table.key.join(", "),
            columns,
            queries: queries(table, files.iter().any(|file| file.starts_with(&folder))),
            parquet: files.into_iter().map(|file| format!("{DATA}/{file}")).collect(),
            csv: if self.has(&csv) { format!("{DATA}/{csv}") } else { String::new() },
        })
    }

    /// The dataset in the words of schema.org, for search engines.
    fn described(&self, name: &str, description: &str) -> Value {
        let Some(dataset) = self.dataset(name) else { return Value::Null };
        let address = self.input.site_address.unwrap_or_default();
        let download = |file: &String| {
            let format = match file.rsplit_once('.')?.1 {
                "parquet" => "application/vnd.apache.parquet",
                "csv" => "text/csv",
                _ => return None,
            };
            let url = format!("{address}{DATA}/{file}");
            Some(json!({"@type": "DataDownload", "encodingFormat": format, "contentUrl": url}))
        };
        let periods: Vec<_> = dataset.releases.iter().map(|release| release.period).collect();
        let start = periods.iter().map(|period| period.start_date().to_string()).min();
        let end = periods.iter().map(|period| period.end_date().to_string()).max();
        json!({
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "name": self.pages.site.subject,
            "description": description,
            "url": format!("{address}data.html"),
            "license": dataset.licence_url,
            "isAccessibleForFree": true,
            "creator": {"@type": "Organization", "name": dataset.publisher},
            "isBasedOn": dataset.landing_page,
            "temporalCoverage": format!("{}/{}", start.unwrap_or_default(), end.unwrap_or_default()),
            "spatialCoverage": "England",
            "distribution": self.input.table_files.iter().filter_map(download).collect::<Vec<_>>(),
        })
    }
}

/// How often each value of a table's first key column stands in it, asked in four ways.
fn queries(table: &iapt_model::Table, is_partitioned: bool) -> Vec<Query> {
    let name = &table.name;
    let first = table.key.first().or(table.columns.first().map(|column| &column.name));
    let Some(column) = first else { return Vec::new() };
    let (file, hive, open) = if is_partitioned {
        (
            format!("{DATA}/{name}/**/*.parquet"),
            ", hive_partitioning = true",
            format!("open_dataset(\"{DATA}/{name}\")"),
        )
    } else {
        let file = format!("{DATA}/{name}.parquet");
        (file.clone(), "", format!("read_parquet(\"{file}\")"))
    };
    let polars_hive = if is_partitioned { ", hive_partitioning=True" } else { "" };
    vec![
        Query {
            tool: "DuckDB",
            text: format!(
                "SELECT {column}, count(*) AS n_rows\nFROM read_parquet('{file}'{hive})\nGROUP BY {column}\nORDER BY {column};"
            ),
        },
        Query {
            tool: "Polars",
            text: format!(
                "import polars as pl\n\npl.scan_parquet(\"{file}\"{polars_hive}).group_by(\"{column}\").len().sort(\"{column}\").collect()"
            ),
        },
        Query {
            tool: "R",
            text: format!("library(arrow)\nlibrary(dplyr)\n\n{open} |>\n  count({column}) |>\n  collect()"),
        },
        Query {
            tool: "SQL, with this project’s own command",
            text: format!(
                "iapt query \"SELECT {column}, count(*) AS n_rows FROM {name} GROUP BY {column} ORDER BY {column}\""
            ),
        },
    ]
}
