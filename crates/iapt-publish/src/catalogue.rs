//! The catalogue: metadata of Apache Iceberg (format version 2) over the Parquet files of the editions, which it does not copy.
//!
//! ```text
//! catalogue/<table>/metadata/latest.metadata.json     the table as of the current edition
//! catalogue/<table>/metadata/<edition>.metadata.json  as of that edition; it knows the editions before it too
//! catalogue/<table>/metadata/<edition>.*.avro         the files that the table has in that edition
//! ```
//!
//! The files have no field numbers of Iceberg's, so columns go by their names, and the columns of a partition are read from
//! the names of its folders, as everywhere else.

use std::{collections::BTreeMap, path::PathBuf};

use apache_avro::{Schema, Writer, types::Value as Avro};
use iapt_files::{Sha256, edition::Manifest};
use parquet::{
    basic::{LogicalType, Type as Physical},
    file::reader::{FileReader, SerializedFileReader},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Error;

/// Where an edition has its tables.
const TABLES: &str = "tables/";

/// The numbers of partition columns begin here, as in every Iceberg table.
const FIRST_PARTITION_FIELD: usize = 1000;

/// An edition that is being published.
pub(crate) struct Edition<'a> {
    /// The place of publishing, for messages.
    pub(crate) to: &'a str,
    pub(crate) manifest: &'a Manifest,
    /// The edition that was current so far.
    pub(crate) before: Option<&'a Manifest>,
    /// Where readers reach the place, without a slash at the end.
    pub(crate) base: &'a str,
    pub(crate) now_ms: i64,
}

/// A table of an edition.
pub(crate) struct Table {
    name: String,
    /// Name and Iceberg type of each column, those of the partition last.
    columns: Vec<(String, &'static str)>,
    partitioned_by: Vec<String>,
    files: Vec<DataFile>,
}

struct DataFile {
    /// Below the folder of the edition.
    path: String,
    bytes: i64,
    rows: i64,
    /// One value for each column that the table is partitioned by.
    partition: Vec<String>,
}

/// The metadata file of a table, as far as it is read again when the next edition comes.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Metadata {
    format_version: u8,
    table_uuid: String,
    pub(crate) location: String,
    last_sequence_number: usize,
    last_updated_ms: i64,
    last_column_id: usize,
    schemas: Vec<IcebergSchema>,
    current_schema_id: usize,
    partition_specs: Value,
    default_spec_id: usize,
    last_partition_id: usize,
    sort_orders: Value,
    default_sort_order_id: usize,
    properties: BTreeMap<String, String>,
    current_snapshot_id: i64,
    snapshots: Vec<Snapshot>,
    snapshot_log: Vec<Value>,
    metadata_log: Vec<Value>,
    /// The editions by their names, and `main`, which is the current one.
    refs: BTreeMap<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct IcebergSchema {
    r#type: String,
    schema_id: usize,
    fields: Vec<Field>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Field {
    id: usize,
    name: String,
    required: bool,
    r#type: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Snapshot {
    snapshot_id: i64,
    sequence_number: usize,
    timestamp_ms: i64,
    manifest_list: String,
    summary: BTreeMap<String, String>,
    schema_id: usize,
}

impl Metadata {
    /// Whether every edition that another one knows is in it.
    pub(crate) fn knows_editions_of(&self, other: &Self) -> bool {
        other.refs.keys().all(|edition| self.refs.contains_key(edition))
    }
}

/// What is put for a table of an edition: files below `catalogue/<table>/metadata`, the metadata last.
pub(crate) struct Made {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) metadata: Vec<u8>,
}

/// The tables of an edition, from the Parquet files among its files.
pub(crate) fn tables(manifest: &Manifest, files: &BTreeMap<String, PathBuf>) -> Result<Vec<Table>, Error> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for published in &manifest.files {
        let Some(below) = published.path.strip_prefix(TABLES) else { continue };
        let (Some(stem), Some(file)) = (below.strip_suffix(".parquet"), files.get(&published.path)) else {
            continue;
        };
        let mut parts = stem.split('/');
        let name = parts.next().unwrap_or_default().to_owned();
        let partition: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let refused = |why: String| Error::Parquet { path: file.clone(), why };
        let footer = SerializedFileReader::new(fs_err::File::open(file)?.into_parts().0)
            .map_err(|error| refused(error.to_string()))?;
        let footer = footer.metadata().file_metadata();
        let mut columns = Vec::new();
        for column in footer.schema_descr().columns() {
            let (physical, logical) = (column.physical_type(), column.logical_type_ref());
            let found = iceberg_type(physical, logical).ok_or_else(|| {
                refused(format!("column `{}` is of type {physical} {logical:?}", column.name()))
            })?;
            columns.push((column.name().to_owned(), found));
        }
        columns.extend(partition.iter().map(|(column, _)| ((*column).to_owned(), "string")));
        let partitioned_by: Vec<String> = partition.iter().map(|(column, _)| (*column).to_owned()).collect();
        let table = tables.entry(name.clone()).or_insert_with(|| Table {
            name,
            columns: columns.clone(),
            partitioned_by: partitioned_by.clone(),
            files: Vec::new(),
        });
        if table.columns != columns || table.partitioned_by != partitioned_by {
            return Err(refused(format!("its columns are not those of the other files of `{}`", table.name)));
        }
        table.files.push(DataFile {
            path: published.path.clone(),
            bytes: i64::try_from(published.bytes).unwrap_or(i64::MAX),
            rows: footer.num_rows(),
            partition: partition.iter().map(|(_, value)| (*value).to_owned()).collect(),
        });
    }
    Ok(tables.into_values().collect())
}

fn iceberg_type(physical: Physical, logical: Option<&LogicalType>) -> Option<&'static str> {
    match (physical, logical) {
        (Physical::BYTE_ARRAY, Some(LogicalType::String)) => Some("string"),
        (Physical::DOUBLE, None) => Some("double"),
        (Physical::BOOLEAN, None) => Some("boolean"),
        (Physical::INT32, Some(LogicalType::Date)) => Some("date"),
        // Iceberg has no numbers without a sign. Of 64 bits they are sizes of files here, which are far below half the range.
        (Physical::INT64, None | Some(LogicalType::Integer(_))) => Some("long"),
        (Physical::INT32, Some(LogicalType::Integer(int))) if !int.is_signed && int.bit_width == 32 => {
            Some("long")
        }
        (Physical::INT32, None | Some(LogicalType::Integer(_))) => Some("int"),
        _ => None,
    }
}

impl Table {
    /// The path of one of its files, below the place of publishing.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("catalogue/{}/metadata/{file}", self.name)
    }

    /// Where readers find the table.
    pub(crate) fn location(&self, base: &str) -> String {
        format!("{base}/catalogue/{}", self.name)
    }

    /// Everything that is put for the table; `before` is its metadata as of the edition before, which it [goes on from](Table::goes_on_from).
    ///
    /// An edition that was published before others is current again: its snapshot and its files are there.
    pub(crate) fn metadata(&self, edition: &Edition<'_>, before: Option<Metadata>) -> Result<Made, Error> {
        let Edition { manifest, base, now_ms, .. } = edition;
        let edition = &manifest.edition;
        let location = self.location(base);
        let mut metadata = before.unwrap_or_else(|| self.first(location.clone()));
        let schema_id = self.schema(&mut metadata);
        metadata.current_schema_id = schema_id;
        let snapshot_id = snapshot_id(edition);
        let now_ms = (*now_ms).max(metadata.last_updated_ms + 1);
        let mut put = Vec::new();
        if !metadata.snapshots.iter().any(|snapshot| snapshot.snapshot_id == snapshot_id) {
            metadata.last_sequence_number += 1;
            let sequence = metadata.last_sequence_number;
            let (files, list) = (format!("{edition}.files.avro"), format!("{edition}.list.avro"));
            let address = |name: &str| format!("{location}/metadata/{name}");
            let files_bytes =
                self.files_of(&format!("{base}/{}", manifest.folder), snapshot_id, sequence, &metadata)?;
            let list_bytes = self.list(&address(&files), files_bytes.len(), snapshot_id, sequence)?;
            metadata.snapshots.push(Snapshot {
                snapshot_id,
                sequence_number: sequence,
                timestamp_ms: now_ms,
                manifest_list: address(&list),
                summary: BTreeMap::from([
                    ("operation".to_owned(), "overwrite".to_owned()),
                    ("edition".to_owned(), edition.clone()),
                ]),
                schema_id,
            });
            put = vec![(files, files_bytes), (list, list_bytes)];
        }
        metadata.snapshot_log.push(json!({ "snapshot-id": snapshot_id, "timestamp-ms": now_ms }));
        metadata.refs.insert("main".to_owned(), json!({ "snapshot-id": snapshot_id, "type": "branch" }));
        metadata.refs.insert(edition.clone(), json!({ "snapshot-id": snapshot_id, "type": "tag" }));
        metadata.current_snapshot_id = snapshot_id;
        metadata.last_updated_ms = now_ms;
        let text = serde_json::to_vec_pretty(&metadata).map_err(|error| Error::Io(error.into()))?;
        Ok(Made { files: put, metadata: text })
    }

    /// Whether the history can go on: readers find the table where it was, no column changed its type, and the partitions are
    /// the same ones.
    pub(crate) fn goes_on_from(&self, before: &Metadata, base: &str) -> bool {
        let mut fields = before.schemas.iter().flat_map(|schema| &schema.fields);
        before.location == self.location(base)
            && fields.all(|field| {
                self.columns.iter().all(|(name, found)| *name != field.name || *found == field.r#type)
            })
            && before.partition_specs[0]["fields"].as_array().is_some_and(|fields| {
                fields
                    .iter()
                    .map(|field| field["name"].as_str())
                    .eq(self.partitioned_by.iter().map(|one| Some(one.as_str())))
            })
    }

    fn first(&self, location: String) -> Metadata {
        let numbered = self.columns.iter().zip(1..);
        let id_of: BTreeMap<&str, usize> = numbered.map(|((name, _), id)| (name.as_str(), id)).collect();
        let fields: Vec<Value> = self
            .partitioned_by
            .iter()
            .zip(FIRST_PARTITION_FIELD..)
            .map(|(name, field)| {
                json!({ "name": name, "transform": "identity", "source-id": id_of.get(name.as_str()), "field-id": field })
            })
            .collect();
        // The same table has the same name for ever, whoever publishes it.
        let digits = format!("{:.32}", Sha256::of(location.as_bytes()).to_string());
        let digits = u128::from_str_radix(&digits, 16).unwrap_or_default();
        let table_uuid = uuid::Builder::from_custom_bytes(digits.to_be_bytes()).into_uuid().to_string();
        Metadata {
            format_version: 2,
            table_uuid,
            location,
            last_sequence_number: 0,
            last_updated_ms: 0,
            last_column_id: 0,
            schemas: Vec::new(),
            current_schema_id: 0,
            last_partition_id: FIRST_PARTITION_FIELD + fields.len() - usize::from(!fields.is_empty()),
            partition_specs: json!([{ "spec-id": 0, "fields": fields }]),
            default_spec_id: 0,
            sort_orders: json!([{ "order-id": 0, "fields": [] }]),
            default_sort_order_id: 0,
            properties: BTreeMap::new(),
            current_snapshot_id: -1,
            snapshots: Vec::new(),
            snapshot_log: Vec::new(),
            metadata_log: Vec::new(),
            refs: BTreeMap::new(),
        }
    }

    /// The number of the schema of these columns; a column keeps the number that it had.
    fn schema(&self, metadata: &mut Metadata) -> usize {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for field in metadata.schemas.iter().flat_map(|schema| &schema.fields) {
            known.insert(field.name.clone(), field.id);
        }
        let mut fields = Vec::new();
        for (name, found) in &self.columns {
            let id = *known.entry(name.clone()).or_insert_with(|| {
                metadata.last_column_id += 1;
                metadata.last_column_id
            });
            fields.push(Field { id, name: name.clone(), required: false, r#type: (*found).to_owned() });
        }
        let names: Vec<Value> =
            known.iter().map(|(name, id)| json!({ "field-id": id, "names": [name] })).collect();
        metadata.properties.insert("schema.name-mapping.default".to_owned(), Value::Array(names).to_string());
        if let Some(same) = metadata.schemas.iter().find(|schema| schema.fields == fields) {
            return same.schema_id;
        }
        let schema_id = metadata.schemas.len();
        metadata.schemas.push(IcebergSchema { r#type: "struct".to_owned(), schema_id, fields });
        schema_id
    }

    /// The manifest of Iceberg: each Parquet file with its partition.
    fn files_of(
        &self,
        folder: &str,
        snapshot_id: i64,
        sequence: usize,
        metadata: &Metadata,
    ) -> Result<Vec<u8>, Error> {
        let partition: Vec<Value> = self
            .partitioned_by
            .iter()
            .zip(FIRST_PARTITION_FIELD..)
            .map(|(name, id)| json!({ "name": name, "type": ["null", "string"], "default": null, "field-id": id }))
            .collect();
        let field =
            |name: &str, kind: Value, id: usize| json!({ "name": name, "type": kind, "field-id": id });
        let data_file = json!({ "type": "record", "name": "r2", "fields": [
            field("content", json!("int"), 134),
            field("file_path", json!("string"), 100),
            field("file_format", json!("string"), 101),
            field("partition", json!({ "type": "record", "name": "r102", "fields": partition }), 102),
            field("record_count", json!("long"), 103),
            field("file_size_in_bytes", json!("long"), 104),
        ] });
        let entry = json!({ "type": "record", "name": "manifest_entry", "fields": [
            field("status", json!("int"), 0),
            field("snapshot_id", json!(["null", "long"]), 1),
            field("sequence_number", json!(["null", "long"]), 3),
            field("file_sequence_number", json!(["null", "long"]), 4),
            field("data_file", data_file, 2),
        ] });
        let some = |value: Avro| Avro::Union(1, Box::new(value));
        let sequence = long(sequence);
        let rows = self.files.iter().map(|file| {
            let values = file.partition.iter().map(|value| some(Avro::String(value.clone())));
            let partition = self.partitioned_by.iter().cloned().zip(values).collect();
            record([
                ("status", Avro::Int(1)),
                ("snapshot_id", some(Avro::Long(snapshot_id))),
                ("sequence_number", some(sequence.clone())),
                ("file_sequence_number", some(sequence.clone())),
                (
                    "data_file",
                    record([
                        ("content", Avro::Int(0)),
                        ("file_path", Avro::String(format!("{folder}/{}", file.path))),
                        ("file_format", Avro::String("PARQUET".to_owned())),
                        ("partition", Avro::Record(partition)),
                        ("record_count", Avro::Long(file.rows)),
                        ("file_size_in_bytes", Avro::Long(file.bytes)),
                    ]),
                ),
            ])
        });
        let schema_id = metadata.current_schema_id;
        let schema = metadata.schemas.iter().find(|schema| schema.schema_id == schema_id);
        let said = [
            ("schema", json!(schema).to_string()),
            ("schema-id", schema_id.to_string()),
            ("partition-spec", metadata.partition_specs[0]["fields"].to_string()),
            ("partition-spec-id", "0".to_owned()),
            ("format-version", "2".to_owned()),
            ("content", "data".to_owned()),
        ];
        avro(&entry, rows, &said)
    }

    /// The manifest list of Iceberg: the one manifest of the snapshot.
    fn list(
        &self,
        manifest: &str,
        length: usize,
        snapshot_id: i64,
        sequence: usize,
    ) -> Result<Vec<u8>, Error> {
        let rows = self.files.iter().map(|file| file.rows).sum();
        let values = [
            ("manifest_path", "string", 500, Avro::String(manifest.to_owned())),
            ("manifest_length", "long", 501, long(length)),
            ("partition_spec_id", "int", 502, Avro::Int(0)),
            ("content", "int", 517, Avro::Int(0)),
            ("sequence_number", "long", 515, long(sequence)),
            ("min_sequence_number", "long", 516, long(sequence)),
            ("added_snapshot_id", "long", 503, Avro::Long(snapshot_id)),
            ("added_files_count", "int", 504, Avro::Int(i32::try_from(self.files.len()).unwrap_or(i32::MAX))),
            ("existing_files_count", "int", 505, Avro::Int(0)),
            ("deleted_files_count", "int", 506, Avro::Int(0)),
            ("added_rows_count", "long", 512, Avro::Long(rows)),
            ("existing_rows_count", "long", 513, Avro::Long(0)),
            ("deleted_rows_count", "long", 514, Avro::Long(0)),
        ];
        let fields =
            values.iter().map(|(name, kind, id, _)| json!({ "name": name, "type": kind, "field-id": id }));
        let schema =
            json!({ "type": "record", "name": "manifest_file", "fields": fields.collect::<Vec<_>>() });
        let row = record(values.map(|(name, _, _, value)| (name, value)));
        avro(&schema, [row], &[("format-version", "2".to_owned())])
    }
}

/// The number of an edition among the snapshots: its name without the first bit, since Iceberg's numbers have a sign.
fn snapshot_id(edition: &str) -> i64 {
    let number = u64::from_str_radix(edition, 16).unwrap_or_default();
    i64::try_from(number & (u64::MAX >> 1)).unwrap_or_default()
}

fn record<const N: usize>(fields: [(&str, Avro); N]) -> Avro {
    Avro::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn long(number: usize) -> Avro {
    Avro::Long(i64::try_from(number).unwrap_or(i64::MAX))
}

fn avro(
    schema: &Value,
    rows: impl IntoIterator<Item = Avro>,
    said: &[(&str, String)],
) -> Result<Vec<u8>, Error> {
    let written = || -> Result<Vec<u8>, apache_avro::Error> {
        let schema = Schema::parse(schema)?;
        let mut writer = Writer::new(&schema, Vec::new());
        for (key, value) in said {
            writer.add_user_metadata((*key).to_owned(), value)?;
        }
        writer.extend(rows)?;
        writer.into_inner()
    };
    written().map_err(|error| Error::Io(std::io::Error::other(error)))
}
