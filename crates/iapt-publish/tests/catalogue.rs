//! The catalogue: what a reader of Iceberg finds, for the current edition and for the one before.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

mod support;

use std::{path::Path, sync::Arc};

use apache_avro::{Reader, from_value};
use iapt_publish::{Error, Provenance, publish};
use parquet::{
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    file::writer::SerializedFileWriter,
    schema::parser::parse_message_type,
};
use serde::Deserialize;
use serde_json::Value;

use crate::support::state;

const ADDRESS: &str = "https://example.org/open";

/// Writes a table of one row; the last column is `DOUBLE` or `INT64`.
fn write(folder: &Path, path: &str, kind: &str) {
    let path = folder.join("tables").join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = format!("message schema {{ optional binary org_code (STRING); optional {kind} value; }}");
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let file = fs_err::File::create(&path).unwrap().into_parts().0;
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let mut column = rows.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("QHM")], Some(&[1]), None).unwrap();
    column.close().unwrap();
    let mut column = rows.next_column().unwrap().unwrap();
    if kind == "double" {
        column.typed::<DoubleType>().write_batch(&[50.5], Some(&[1]), None).unwrap();
    } else {
        column.typed::<Int64Type>().write_batch(&[50], Some(&[1]), None).unwrap();
    }
    column.close().unwrap();
    rows.close().unwrap();
    writer.close().unwrap();
}

async fn published(from: &Path, to: &Path) -> Result<String, Error> {
    let tables = from.join("tables");
    let folders: [(&str, &Path); 1] = [("tables", &tables)];
    let to = url::Url::from_directory_path(to).unwrap();
    state(from);
    let provenance = Provenance::read(from, None)?;
    publish(&folders, &provenance, to.as_str(), [], false, Some(ADDRESS)).await.map(|outcome| outcome.edition)
}

#[derive(Deserialize)]
struct List {
    manifest_path: String,
    manifest_length: i64,
    added_rows_count: i64,
}

#[derive(Deserialize)]
struct Entry {
    data_file: DataFile,
}

#[derive(Deserialize)]
struct DataFile {
    file_path: String,
    partition: Value,
    record_count: i64,
    file_size_in_bytes: i64,
}

/// Where a file is that the catalogue names by its address.
fn local(to: &Path, address: &str) -> std::path::PathBuf {
    to.join(address.strip_prefix(ADDRESS).unwrap().trim_start_matches('/'))
}

/// The files of a table as of an edition, as a reader finds them: below the editions, with partition and rows. Every file is
/// there, and as long as it is said to be.
fn files(to: &Path, table: &str, edition: &str) -> Vec<String> {
    let metadata =
        fs_err::read(to.join(format!("catalogue/{table}/metadata/{edition}.metadata.json"))).unwrap();
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    let mut newest_first = metadata["snapshots"].as_array().unwrap().iter().rev();
    let current = newest_first.find(|one| one["snapshot-id"] == metadata["current-snapshot-id"]).unwrap();
    let list = fs_err::read(local(to, current["manifest-list"].as_str().unwrap())).unwrap();
    let mut found = Vec::new();
    for row in Reader::new(list.as_slice()).unwrap() {
        let list: List = from_value(&row.unwrap()).unwrap();
        let manifest = fs_err::read(local(to, &list.manifest_path)).unwrap();
        assert_eq!(manifest.len(), usize::try_from(list.manifest_length).unwrap());
        let mut rows = 0;
        for row in Reader::new(manifest.as_slice()).unwrap() {
            let Entry { data_file } = from_value(&row.unwrap()).unwrap();
            let path = local(to, &data_file.file_path);
            assert_eq!(
                fs_err::metadata(&path).unwrap().len(),
                u64::try_from(data_file.file_size_in_bytes).unwrap()
            );
            let below = path
                .strip_prefix(to.join("editions"))
                .unwrap()
                .iter()
                .skip(1)
                .collect::<std::path::PathBuf>();
            found.push(format!("{} {} {}", below.display(), data_file.partition, data_file.record_count));
            rows += data_file.record_count;
        }
        assert_eq!(rows, list.added_rows_count);
    }
    found
}

fn metadata(to: &Path, table: &str) -> Value {
    let latest = fs_err::read(to.join(format!("catalogue/{table}/metadata/latest.metadata.json"))).unwrap();
    serde_json::from_slice(&latest).unwrap()
}

#[tokio::test]
async fn a_table_is_found_as_of_each_edition() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (from.path(), to.path());
    write(from, "indicators.parquet", "double");
    write(from, "tidy/dataset=a/reporting_period=2017-18/x.parquet", "double");
    let first = published(from, to).await.unwrap();
    write(from, "tidy/dataset=a/reporting_period=2018-19/x.parquet", "double");
    let second = published(from, to).await.unwrap();
    let of_2017 = r#"tables/tidy/dataset=a/reporting_period=2017-18/x.parquet {"dataset":"a","reporting_period":"2017-18"} 1"#;
    let of_2018 = r#"tables/tidy/dataset=a/reporting_period=2018-19/x.parquet {"dataset":"a","reporting_period":"2018-19"} 1"#;
    assert_eq!(files(to, "tidy", &first), [of_2017]);
    assert_eq!(files(to, "tidy", &second), [of_2017, of_2018]);
    assert_eq!(files(to, "tidy", "latest"), [of_2017, of_2018]);
    assert_eq!(files(to, "indicators", "latest"), ["tables/indicators.parquet {} 1"]);
    let latest = metadata(to, "tidy");
    let editions: Vec<&String> = latest["refs"].as_object().unwrap().keys().collect();
    let mut expected = [&first, &second, &"main".to_owned()];
    expected.sort_unstable();
    assert_eq!(editions, expected);
    let names: Vec<&str> = latest["schemas"][0]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["org_code", "value", "dataset", "reporting_period"]);
    // Publishing the same again changes nothing.
    published(from, to).await.unwrap();
    assert_eq!(metadata(to, "tidy"), latest);
}

#[tokio::test]
async fn an_edition_that_is_current_again_forgets_no_later_one() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (from.path(), to.path());
    let of = |note: &str| {
        fs_err::create_dir_all(from.join("tables")).unwrap();
        fs_err::write(from.join("tables/note.csv"), note).unwrap();
    };
    write(from, "spread.parquet", "double");
    // The number of snapshots that the latest metadata has, and those that its log says were current.
    for (note, n_known, n_current) in
        [("a", 1, 1), ("b", 2, 2), ("a", 2, 3), ("c", 3, 4), ("b", 3, 5), ("b", 3, 5)]
    {
        of(note);
        let edition = published(from, to).await.unwrap();
        let latest = metadata(to, "spread");
        let ids: std::collections::BTreeSet<i64> = latest["snapshots"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["snapshot-id"].as_i64().unwrap())
            .collect();
        assert_eq!((ids.len(), latest["snapshots"].as_array().unwrap().len()), (n_known, n_known), "{note}");
        assert_eq!(latest["last-sequence-number"], n_known, "{note}");
        assert_eq!(latest["snapshot-log"].as_array().unwrap().len(), n_current, "{note}");
        assert_eq!(latest["refs"][&edition]["snapshot-id"], latest["current-snapshot-id"], "{note}");
        assert_eq!(latest["refs"]["main"]["snapshot-id"], latest["current-snapshot-id"], "{note}");
        assert_eq!(files(to, "spread", "latest"), ["tables/spread.parquet {} 1"]);
        assert_eq!(files(to, "spread", &edition), ["tables/spread.parquet {} 1"]);
    }
}

#[tokio::test]
async fn a_column_keeps_its_number_and_a_new_type_begins_anew() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (from.path(), to.path());
    write(from, "spread.parquet", "double");
    published(from, to).await.unwrap();
    let first = metadata(to, "spread");
    write(from, "more.parquet", "double");
    published(from, to).await.unwrap();
    let second = metadata(to, "spread");
    assert_eq!(second["schemas"], first["schemas"]);
    assert_eq!(second["snapshots"].as_array().unwrap().len(), 2);
    assert_eq!(metadata(to, "more")["snapshots"].as_array().unwrap().len(), 1);
    write(from, "spread.parquet", "int64");
    published(from, to).await.unwrap();
    let third = metadata(to, "spread");
    assert_eq!(third["snapshots"].as_array().unwrap().len(), 1);
    assert_eq!(third["table-uuid"], first["table-uuid"]);
}

#[tokio::test]
async fn what_is_not_a_table_is_not_published() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs_err::create_dir_all(from.path().join("tables")).unwrap();
    fs_err::write(from.path().join("tables/spread.parquet"), "PAR1 and then nothing").unwrap();
    let error = published(from.path(), to.path()).await.unwrap_err();
    assert!(error.to_string().contains("spread.parquet: it cannot be in the catalogue: "), "{error}");
    assert!(!to.path().join("manifest.json").exists());
}

#[tokio::test]
async fn what_readers_see_after_the_store_refused_is_said() {
    let folder = |to: &Path, blocked: &str| fs_err::create_dir_all(to.join(blocked).join("full")).unwrap();
    // Where the store cannot write, and what is said of readers.
    let first = "readers still see the previous edition; keys, ";
    let manifest = "readers see the previous edition or this one, whole; publish again";
    let last = "readers see this edition; publish again to finish the catalogue";
    for (blocked, expected) in [
        ("catalogue/spread/metadata/EDITION.metadata.json", first),
        ("manifest.json", manifest),
        ("catalogue/spread/metadata/latest.metadata.json", last),
    ] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (from.path(), to.path());
        write(from, "spread.parquet", "double");
        let edition = published(from, to).await.unwrap();
        let manifest = to.join("manifest.json");
        fs_err::remove_dir_all(to.join("catalogue")).unwrap();
        fs_err::remove_file(&manifest).unwrap();
        folder(to, &blocked.replace("EDITION", &edition));
        let error = published(from, to).await.unwrap_err();
        assert!(error.to_string().starts_with("publishing to `"), "{blocked}: {error}");
        assert!(error.hint().unwrap().starts_with(expected), "{blocked}: {:?}", error.hint());
        assert_eq!(manifest.is_file(), expected == last, "{blocked}");
        fs_err::remove_dir_all(to.join(blocked.replace("EDITION", &edition))).unwrap();
        published(from, to).await.unwrap();
        assert_eq!(files(to, "spread", "latest"), ["tables/spread.parquet {} 1"]);
    }
}
