//! The tables as a research object: an RO-Crate 1.1 beside the data package.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Site, data::DATA};
use crate::{Error, readings::is_embedded};

/// The file, whose name the specification gives.
pub(super) const FILE: &str = "ro-crate-metadata.json";

const CONTEXT: &str = "https://w3id.org/ro/crate/1.1/context";
const SPECIFICATION: &str = "https://w3id.org/ro/crate/1.1";

impl Site<'_> {
    /// Adds the description of the folder of the tables and of every file in it.
    pub(crate) fn research_object(&self) -> Result<(), Error> {
        let declared = &self.pages.data;
        let Some(dataset) = self.dataset(&declared.dataset) else { return Ok(()) };
        let files = &self.input.table_files;
        let periods: Vec<_> = dataset.releases.iter().map(|release| release.period).collect();
        let first = periods.iter().map(|period| period.start_date()).min();
        let last = periods.iter().map(|period| period.end_date()).max();
        let is_built_in = self.input.releases.iter().any(|release| is_embedded(&release.source));
        // Nobody should look for the built-in figures at the publisher's addresses.
        let sources: BTreeSet<&str> =
            self.input.releases.iter().filter(|_| !is_built_in).map(|release| release.url.as_str()).collect();
        let root = json!({
            "@id": "./",
            "@type": "Dataset",
            "name": self.pages.site.subject,
            "description": declared.description,
            "datePublished": self.pages.site.updated,
            "license": {"@id": dataset.licence_url},
            "publisher": {"@id": dataset.landing_page},
            "version": self.edition()?,
            "temporalCoverage": first.zip(last).map(|(first, last)| format!("{first}/{last}")),
            "isBasedOn": sources.iter().map(|url| json!({"@id": url})).collect::<Vec<_>>(),
            "hasPart": files.iter().map(|file| json!({"@id": id(file)})).collect::<Vec<_>>(),
        });
        let mut graph = vec![
            json!({
                "@id": FILE,
                "@type": "CreativeWork",
                "conformsTo": {"@id": SPECIFICATION},
                "about": {"@id": "./"},
            }),
            root,
            json!({
                "@id": dataset.licence_url,
                "@type": "CreativeWork",
                "name": dataset.licence,
                "description": dataset.attribution,
            }),
            json!({
                "@id": dataset.landing_page,
                "@type": "Organization",
                "name": dataset.publisher,
                "url": dataset.landing_page,
            }),
        ];
        graph.extend(sources.iter().map(|url| json!({"@id": url, "@type": "CreativeWork", "name": url})));
        graph.extend(files.iter().map(|file| self.described_file(file)));
        let text = serde_json::to_vec_pretty(&json!({"@context": CONTEXT, "@graph": graph}))?;
        self.put(&format!("site/{DATA}/{FILE}"), &text)
    }

    /// A file of the tables, with what a row of its table is.
    fn described_file(&self, file: &str) -> Value {
        let (name, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        let table = name.split('/').next().unwrap_or(name);
        let table = self.input.project.tables.iter().find(|one| one.name == table);
        let format = match ending {
            "parquet" => "application/vnd.apache.parquet",
            "csv" => "text/csv",
            "jsonld" => "application/ld+json",
            "js" => "text/javascript",
            _ => "application/json",
        };
        let mut described = json!({"@id": id(file), "@type": "File", "name": file, "encodingFormat": format});
        if let Some(table) = table {
            described["description"] = format!("{}. A row is: {}", table.title, table.row).into();
        }
        described
    }
}

/// The path of a file as an address, which may have the `=` of a partition and may not have a space.
fn id(file: &str) -> String {
    file.replace(' ', "%20")
}
