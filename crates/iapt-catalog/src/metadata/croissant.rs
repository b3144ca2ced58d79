//! Croissant 1.0, for those who load tables by their description.

use iapt_model::{Column, ColumnKind, Table};
use serde_json::{Value, json};

use super::{DESCRIPTION, Described, File, NAME};

/// The partitions of the tidy table, together.
const PARTITIONS: &str = "tidy-partitions";

impl Described<'_> {
    /// Every file with its checksum, and the columns of every table; those of the tidy table are read from its partitions
    /// together, two of them from the paths.
    pub(super) fn croissant(&self, files: &[File]) -> Value {
        let object = |file: &File| {
            json!({
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": file.path,
                "contentSize": format!("{} B", file.sum.bytes),
                // The name by which readers of Croissant know the format; the registered one is newer.
                "encodingFormat": "application/x-parquet",
                "sha256": file.sum.sha256.to_string(),
            })
        };
        let partitions = json!({
            "@type": "cr:FileSet",
            "@id": PARTITIONS,
            "name": PARTITIONS,
            "encodingFormat": "application/x-parquet",
            "includes": format!("{}/*/*/*.parquet", iapt_tidy::TIDY),
        });
        let first = self.datasets().next();
        let citation =
            first.map(|dataset| format!("{}: {}. {}", dataset.publisher, dataset.title, dataset.attribution));
        json!({
            "@context": context(),
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": NAME,
            "description": format!("{}. {DESCRIPTION}", self.title()),
            "version": self.version(),
            "temporalCoverage": self.temporal_coverage(),
            "url": first.map(|dataset| dataset.landing_page.as_str()),
            "license": first.map(|dataset| dataset.licence_url.as_str()),
            "citeAs": citation,
            "creator": first.map(|dataset| json!({ "@type": "sc:Organization", "name": dataset.publisher })),
            "distribution": files.iter().map(object).chain([partitions]).collect::<Vec<_>>(),
            "recordSet": self.project.tables.iter().map(record_set).collect::<Vec<_>>(),
        })
    }
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
            "source": source(table, column),
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

/// Where the values of a column are read from.
fn source(table: &Table, column: &Column) -> Value {
    if table.name != iapt_tidy::TIDY {
        return json!({
            "fileObject": { "@id": format!("{}.parquet", table.name) },
            "extract": { "column": column.name },
        });
    }
    if iapt_tidy::schema().field_with_name(&column.name).is_ok() {
        return json!({ "fileSet": { "@id": PARTITIONS }, "extract": { "column": column.name } });
    }
    json!({
        "fileSet": { "@id": PARTITIONS },
        "extract": { "fileProperty": "fullpath" },
        "transform": { "regex": format!(".*{}=([^/]+)/.*", column.name) },
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
