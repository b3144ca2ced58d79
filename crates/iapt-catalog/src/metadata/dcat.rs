//! DCAT 3, for catalogues of open data.

use serde_json::{Value, json};

use super::{DESCRIPTION, Described, File, NAME, PARQUET};

impl Described<'_> {
    /// One dataset with a distribution for every file, as JSON-LD.
    pub(super) fn dcat(&self, files: &[File]) -> Value {
        let first = self.datasets().next();
        let licence = first.map(|dataset| json!({ "@id": dataset.licence_url }));
        let distribution = |file: &File| {
            json!({
                "@id": file.path,
                "@type": "dcat:Distribution",
                "dct:title": file.path,
                "dcat:accessURL": { "@id": file.path },
                "dcat:downloadURL": { "@id": file.path },
                "dcat:byteSize": { "@value": file.sum.bytes.to_string(), "@type": "xsd:nonNegativeInteger" },
                "dcat:mediaType": { "@id": format!("https://www.iana.org/assignments/media-types/{PARQUET}") },
                "dct:license": licence,
                "spdx:checksum": {
                    "@type": "spdx:Checksum",
                    "spdx:algorithm": { "@id": "spdx:checksumAlgorithm_sha256" },
                    "spdx:checksumValue": { "@value": file.sum.sha256.to_string(), "@type": "xsd:hexBinary" },
                },
            })
        };
        let publisher =
            first.map(|dataset| json!({ "@type": "foaf:Organization", "foaf:name": dataset.publisher }));
        let days = self.days();
        let [begins, ends] =
            [days.as_ref().map(|(first, _)| date(first)), days.as_ref().map(|(_, last)| date(last))];
        json!({
            "@context": {
                "dcat": "http://www.w3.org/ns/dcat#",
                "dct": "http://purl.org/dc/terms/",
                "foaf": "http://xmlns.com/foaf/0.1/",
                "spdx": "http://spdx.org/rdf/terms#",
                "xsd": "http://www.w3.org/2001/XMLSchema#",
            },
            "@id": format!("#{NAME}"),
            "@type": "dcat:Dataset",
            "dct:identifier": NAME,
            "dcat:version": self.version(),
            "dct:title": { "@value": self.title(), "@language": "en" },
            "dct:description": { "@value": DESCRIPTION, "@language": "en" },
            "dct:publisher": publisher,
            "dct:license": licence,
            "dct:rights": first.map(|dataset| dataset.attribution.as_str()),
            "dct:language": { "@id": "http://publications.europa.eu/resource/authority/language/ENG" },
            "dct:temporal": { "@type": "dct:PeriodOfTime", "dcat:startDate": begins, "dcat:endDate": ends },
            "dcat:landingPage": first.map(|dataset| json!({ "@id": dataset.landing_page })),
            "dcat:keyword": ["NHS Talking Therapies", "IAPT", "psychological therapies", "recovery rate", "attrition"],
            "dct:source": self
                .partitions
                .iter()
                .map(|partition| json!({ "@id": partition.release.url }))
                .collect::<Vec<_>>(),
            "dcat:distribution": files.iter().map(distribution).collect::<Vec<_>>(),
        })
    }
}

fn date(text: &str) -> Value {
    json!({ "@value": text, "@type": "xsd:date" })
}
