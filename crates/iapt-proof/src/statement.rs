//! The provenance statement of an edition: an in-toto Statement v1 with a SLSA provenance v1 predicate.

use std::collections::BTreeMap;

use iapt_files::Sha256;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The file of the statement.
pub const STATEMENT: &str = "provenance.json";

/// The file of the statement with its signature, where there is one.
pub const ENVELOPE: &str = "provenance.dsse.json";

const TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// What the fields of the definition mean: those of [`Statement`].
const BUILD_TYPE: &str = "urn:iapt:edition:1";
const BUILDER: &str = "urn:iapt:program";
const FIGURES: &str = "figures";
const FIGURES_ARE: &str =
    "root of the Merkle tree over every figure of the indicator table: iapt verify --proof FILE --root HASH";

/// What an edition was made from, and what was made. Equal editions have equal statements, to the byte: no time and no machine
/// is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Every file, by its path with slashes: `site/...` and `tables/...`, which are published, and `pages/...`, the Markdown pages.
    pub files: BTreeMap<String, Sha256>,
    /// The snapshots that it was made from.
    pub materials: Vec<Material>,
    /// Where those came from: `nhs`, `embedded` or `mirror`.
    pub source: String,
    /// Where the site is served, where its pages say that.
    pub site_address: Option<String>,
    /// What made the tables.
    pub tables: MadeBy,
    /// What made the pages.
    pub pages: MadeBy,
    /// The root over every figure.
    pub figures: Sha256,
}

/// A program, and the declared files that it read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeBy {
    /// The version of the program and a checksum of its source.
    pub program: String,
    /// A checksum over declared files: of tables those that every derived table depends on, of pages all of them with the
    /// templates.
    #[serde(rename = "declaredFilesSha256")]
    pub declared: Sha256,
}

/// One snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Material {
    /// The dataset.
    pub dataset: String,
    /// The period, as written.
    pub reporting_period: String,
    /// The edition.
    pub edition: u32,
    /// The publisher's address of the file.
    pub url: String,
    /// The checksum of its bytes.
    pub sha256: Sha256,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementJson {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Resource>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Predicate {
    build_definition: BuildDefinition,
    run_details: RunDetails,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    external_parameters: External,
    internal_parameters: Internal,
    resolved_dependencies: Vec<Resource>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct External {
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site_address: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Internal {
    tables: MadeBy,
    pages: MadeBy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunDetails {
    builder: Builder,
    byproducts: Vec<Resource>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Builder {
    id: String,
    version: Version,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    iapt: String,
}

/// A resource descriptor.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    digest: Digest,
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    annotations: Annotations,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    sha256: Sha256,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Annotations {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dataset: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reporting_period: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edition: Option<u32>,
    /// The address of the file whose layout the bytes have, where they are not that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    laid_out_as: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<String>,
}

impl Annotations {
    fn is_empty(&self) -> bool {
        self.dataset.is_none() && self.what.is_none()
    }
}

impl Statement {
    /// The statement as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] when it cannot be written.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let plain = |name: &str, sha256: Sha256| Resource {
            name: name.to_owned(),
            uri: None,
            digest: Digest { sha256 },
            annotations: Annotations::default(),
        };
        let what = Some(FIGURES_ARE.to_owned());
        let figures = Resource {
            annotations: Annotations { what, ..Annotations::default() },
            ..plain(FIGURES, self.figures)
        };
        let statement = StatementJson {
            kind: TYPE.to_owned(),
            subject: self.files.iter().map(|(path, sha256)| plain(path, *sha256)).collect(),
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Predicate {
                build_definition: BuildDefinition {
                    build_type: BUILD_TYPE.to_owned(),
                    external_parameters: External {
                        source: self.source.clone(),
                        site_address: self.site_address.clone(),
                    },
                    internal_parameters: Internal { tables: self.tables.clone(), pages: self.pages.clone() },
                    resolved_dependencies: self
                        .materials
                        .iter()
                        .map(|one| one.resource(&self.source))
                        .collect(),
                },
                run_details: RunDetails {
                    builder: Builder {
                        id: BUILDER.to_owned(),
                        version: Version { iapt: self.tables.program.clone() },
                    },
                    byproducts: vec![figures],
                },
            },
        };
        let text = serde_json::to_vec_pretty(&statement);
        text.map_err(|error| Error::Statement(error.to_string()))
    }

    /// Reads a statement that [`Self::to_json`] wrote, and nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let json: StatementJson =
            serde_json::from_slice(bytes).map_err(|error| Error::Statement(error.to_string()))?;
        let Predicate { build_definition: built, run_details: ran } = json.predicate;
        let materials = built.resolved_dependencies.into_iter().map(Material::of_resource);
        let materials: Option<Vec<Material>> = materials.collect();
        let figures = ran.byproducts.first().map(|figures| figures.digest.sha256);
        let (Some(materials), Some(figures)) = (materials, figures) else {
            return Err(Error::Statement(
                "a snapshot or the root of the figures is not as this program writes it".to_owned(),
            ));
        };
        let statement = Self {
            files: json.subject.into_iter().map(|file| (file.name, file.digest.sha256)).collect(),
            materials,
            source: built.external_parameters.source,
            site_address: built.external_parameters.site_address,
            tables: built.internal_parameters.tables,
            pages: built.internal_parameters.pages,
            figures,
        };
        if statement.to_json()? != bytes {
            return Err(Error::Statement("it was changed after it was written".to_owned()));
        }
        Ok(statement)
    }
}

/// The source whose bytes have no address of their own: they are laid out as the publisher's are.
const BUILT_IN: &str = "embedded";

impl Material {
    /// Nobody should look for the built-in figures at the publisher's address.
    fn resource(&self, source: &str) -> Resource {
        let is_built_in = source == BUILT_IN;
        let url = || Some(self.url.clone());
        Resource {
            name: format!("{} {}", self.dataset, self.reporting_period),
            uri: if is_built_in { None } else { url() },
            digest: Digest { sha256: self.sha256 },
            annotations: Annotations {
                dataset: Some(self.dataset.clone()),
                reporting_period: Some(self.reporting_period.clone()),
                edition: Some(self.edition),
                laid_out_as: if is_built_in { url() } else { None },
                what: None,
            },
        }
    }

    fn of_resource(resource: Resource) -> Option<Self> {
        let Annotations { dataset, reporting_period, edition, laid_out_as, .. } = resource.annotations;
        Some(Self {
            dataset: dataset?,
            reporting_period: reporting_period?,
            edition: edition?,
            url: resource.uri.or(laid_out_as)?,
            sha256: resource.digest.sha256,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use expect_test::expect;

    use super::*;

    pub(crate) fn statement(source: &str) -> Statement {
        let file = |path: &str| (path.to_owned(), Sha256::of(path.as_bytes()));
        let material = |period: &str| Material {
            dataset: "annual".to_owned(),
            reporting_period: period.to_owned(),
            edition: 1,
            url: format!("https://example.org/{period}.zip"),
            sha256: Sha256::of(period.as_bytes()),
        };
        Statement {
            files: ["site/index.html", "tables/claims.parquet"].map(file).into(),
            materials: vec![material("first"), material("second")],
            source: source.to_owned(),
            site_address: None,
            tables: MadeBy { program: "0.1.0+1".to_owned(), declared: Sha256::of(b"declared") },
            pages: MadeBy { program: "0.1.0+2".to_owned(), declared: Sha256::of(b"templates") },
            figures: Sha256::of(b"figures"),
        }
    }

    #[test]
    fn a_statement_is_read_as_it_was_written_and_not_otherwise() {
        for source in ["nhs", "embedded"] {
            let statement = statement(source);
            let text = statement.to_json().unwrap();
            assert_eq!(Statement::parse(&text).unwrap(), statement);
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 1;
                let read = Statement::parse(&other);
                assert!(read.is_err() || read.is_ok_and(|read| read != statement), "byte {at}");
            }
        }
    }

    #[test]
    fn a_statement_has_the_form_of_in_toto_and_slsa() {
        let text = Statement { files: BTreeMap::new(), ..statement("nhs") }.to_json().unwrap();
        expect![[r#"
            {
              "_type": "https://in-toto.io/Statement/v1",
              "subject": [],
              "predicateType": "https://slsa.dev/provenance/v1",
              "predicate": {
                "buildDefinition": {
                  "buildType": "urn:iapt:edition:1",
                  "externalParameters": {
                    "source": "nhs"
                  },
                  "internalParameters": {
                    "tables": {
                      "program": "0.1.0+1",
                      "declaredFilesSha256": "f833228cb8681bbf3e38af9de7a212dfc542b3e3ba1312ec8a45bb2b67605dc7"
                    },
                    "pages": {
                      "program": "0.1.0+2",
                      "declaredFilesSha256": "9c6641c1f9cfb0c678ea58b1a913a5d0d528e98047e04827dcf28e9d6e51e8ee"
                    }
                  },
                  "resolvedDependencies": [
                    {
                      "name": "annual first",
                      "uri": "https://example.org/first.zip",
                      "digest": {
                        "sha256": "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e"
                      },
                      "annotations": {
                        "dataset": "annual",
                        "reportingPeriod": "first",
                        "edition": 1
                      }
                    },
                    {
                      "name": "annual second",
                      "uri": "https://example.org/second.zip",
                      "digest": {
                        "sha256": "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4"
                      },
                      "annotations": {
                        "dataset": "annual",
                        "reportingPeriod": "second",
                        "edition": 1
                      }
                    }
                  ]
                },
                "runDetails": {
                  "builder": {
                    "id": "urn:iapt:program",
                    "version": {
                      "iapt": "0.1.0+1"
                    }
                  },
                  "byproducts": [
                    {
                      "name": "figures",
                      "digest": {
                        "sha256": "dc2e3999e6b3e23f3327c0e6cb9a3d6cde4ab7cc16a46ec0fe716df8ce2717b9"
                      },
                      "annotations": {
                        "what": "root of the Merkle tree over every figure of the indicator table: iapt verify --proof FILE --root HASH"
                      }
                    }
                  ]
                }
              }
            }"#]].assert_eq(&String::from_utf8(text).unwrap());
    }
}
