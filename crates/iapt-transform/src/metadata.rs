//! The tables described for machines, beside them: as a Frictionless Data Package and in Croissant.
//!
//! Both are made from the dictionary and the manifest, so neither says what the other does not.

use std::path::Path;

use iapt_model::{Column, ColumnKind, Dataset, Project, Sha256, Table};
use serde_json::{Value, json};

use crate::{Error, manifest::Partition, session, tidy};

const NAME: &str = "nhs-talking-therapies";
const TITLE: &str = "NHS Talking Therapies in England: what happens to the people referred";
const DESCRIPTION: &str = "Every published figure of NHS Talking Therapies (until 2023: IAPT) in one tidy table, and \
    indicators derived from it. Suppressed is not zero: value_status says why a number is missing.";
const MEDIA_TYPE: &str = "application/vnd.apache.parquet";

/// Writes `datapackage.json` (Frictionless Data Package 2.0) and `croissant.json` (Croissant 1.0) into `tables`.
///
/// # Errors
///
/// [`Error::Io`] when a table cannot be read or a description not be written.
pub(crate) fn write(project: &Project, tables: &Path, partitions: &[Partition]) -> Result<(), Error> {
    let described = Described { project, tables, partitions };
    for (file, value) in
        [("datapackage.json", described.package()), ("croissant.json", described.croissant()?)]
    {
        let path = tables.join(file);
        let text = serde_json::to_vec_pretty(&value)
            .map_err(|source| Error::Manifest { path: path.clone(), source })?;
        iapt_model::disk::write_new(&path, &text)?;
    }
    Ok(())
}

/// What there is to describe.
struct Described<'a> {
    project: &'a Project,
    tables: &'a Path,
    partitions: &'a [Partition],
}

impl Described<'_> {
    /// The datasets that the tables were made from.
    fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        let is_there = |dataset: &&Dataset| {
            self.partitions.iter().any(|partition| partition.release.dataset == dataset.name)
        };
        self.project.datasets.iter().filter(is_there)
    }

    fn partition_paths(&self) -> Vec<String> {
        self.partitions.iter().map(|partition| partition.path.to_string_lossy().into_owned()).collect()
    }

    fn package(&self) -> Value {
        let first = self.datasets().next();
        let licences: Vec<Value> = first
            .map(|dataset| json!({ "name": dataset.licence, "path": dataset.licence_url, "title": dataset.attribution }))
            .into_iter()
            .collect();
        let contributors = first.map(|dataset| json!({ "title": dataset.publisher, "roles": ["publisher"] }));
        let releases = self.partitions.iter().map(|partition| &partition.release);
        let source = |release: &iapt_model::ReleaseRow| {
            json!({
                "title": format!("{} {}", release.dataset, release.reporting_period),
                "path": release.url,
                "version": release.edition.to_string(),
            })
        };
        json!({
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": NAME,
            "title": TITLE,
            "description": DESCRIPTION,
            "homepage": first.map(|dataset| dataset.landing_page.as_str()),
            "licenses": licences,
            "contributors": contributors.into_iter().collect::<Vec<_>>(),
            "sources": releases.map(source).collect::<Vec<_>>(),
            "resources": self.project.tables.iter().map(|table| self.resource(table)).collect::<Vec<_>>(),
        })
    }

    fn resource(&self, table: &Table) -> Value {
        let is_tidy = table.name == session::TIDY;
        // Columns of the path are not in the files, so they are no fields of them.
        let is_field = |column: &&Column| !is_tidy || tidy::schema().field_with_name(&column.name).is_ok();
        let mut schema =
            json!({ "fields": table.columns.iter().filter(is_field).map(field).collect::<Vec<_>>() });
        if !is_tidy && !table.key.is_empty() {
            schema["primaryKey"] = table.key.clone().into();
        }
        let path: Value =
            if is_tidy { self.partition_paths().into() } else { format!("{}.parquet", table.name).into() };
        json!({
            "name": table.name,
            "type": "table",
            "title": table.title,
            "description": format!("A row is: {}", table.row),
            "format": "parquet",
            "mediatype": MEDIA_TYPE,
            "path": path,
            "schema": schema,
        })
    }

    /// Every file with its checksum, and the columns of every table that is one file.
    ///
    /// The partitions of the tidy table are listed as files only: a record set of Croissant reads one file, or the
    /// members of an archive.
    fn croissant(&self) -> Result<Value, Error> {
        let derived = || self.project.tables.iter().filter(|table| table.name != session::TIDY);
        let files = self.partition_paths().into_iter();
        let mut distribution = Vec::new();
        for file in files.chain(derived().map(|table| format!("{}.parquet", table.name))) {
            let (sha256, bytes) = Sha256::of_reader(fs_err::File::open(self.tables.join(&file))?)?;
            distribution.push(json!({
                "@type": "cr:FileObject",
                "@id": file,
                "name": file,
                "contentUrl": file,
                "contentSize": format!("{bytes} B"),
                // The name by which readers of Croissant know the format; the registered one is newer.
                "encodingFormat": "application/x-parquet",
                "sha256": sha256.to_string(),
            }));
        }
        let first = self.datasets().next();
        let citation =
            first.map(|dataset| format!("{}: {}. {}", dataset.publisher, dataset.title, dataset.attribution));
        Ok(json!({
            "@context": context(),
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": NAME,
            "description": format!("{TITLE}. {DESCRIPTION}"),
            "version": env!("CARGO_PKG_VERSION"),
            "url": first.map(|dataset| dataset.landing_page.as_str()),
            "license": first.map(|dataset| dataset.licence_url.as_str()),
            "citeAs": citation,
            "creator": first.map(|dataset| json!({ "@type": "sc:Organization", "name": dataset.publisher })),
            "distribution": distribution,
            "recordSet": derived().map(record_set).collect::<Vec<_>>(),
        }))
    }
}

fn field(column: &Column) -> Value {
    let kind = match column.kind {
        ColumnKind::Text => "string",
        other => other.as_str(),
    };
    let mut field = json!({ "name": column.name, "type": kind, "description": column.description });
    if !column.unit.is_empty() {
        field["unit"] = column.unit.clone().into();
    }
    field
}

fn record_set(table: &Table) -> Value {
    let field = |column: &Column| {
        let kind = match column.kind {
            ColumnKind::Text => "sc:Text",
            ColumnKind::Number => "sc:Float",
            ColumnKind::Integer => "sc:Integer",
            ColumnKind::Boolean => "sc:Boolean",
            ColumnKind::Date => "sc:Date",
        };
        json!({
            "@type": "cr:Field",
            "@id": format!("{}/{}", table.name, column.name),
            "name": column.name,
            "description": column.description,
            "dataType": kind,
            "source": {
                "fileObject": { "@id": format!("{}.parquet", table.name) },
                "extract": { "column": column.name },
            },
        })
    };
    let key = table.key.iter().map(|column| json!({ "@id": format!("{}/{column}", table.name) }));
    json!({
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": format!("{}. A row is: {}", table.title, table.row),
        "key": key.collect::<Vec<_>>(),
        "field": table.columns.iter().map(field).collect::<Vec<_>>(),
    })
}

/// The vocabulary of Croissant 1.0, as its specification gives it.
fn context() -> Value {
    let own = [
        "citeAs",
        "column",
        "equivalentProperty",
        "extract",
        "field",
        "fileProperty",
        "fileObject",
        "fileSet",
        "format",
        "includes",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ];
    let mut context = json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "data": { "@id": "cr:data", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" },
        "dct": "http://purl.org/dc/terms/",
        "examples": { "@id": "cr:examples", "@type": "@json" },
        "sc": "https://schema.org/",
    });
    for word in own {
        context[word] = format!("cr:{word}").into();
    }
    context
}
