//! Publishing to a folder: whole editions, and only what is missing.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

use std::path::Path;

use iapt_model::Sha256;
use iapt_publish::{Error, MANIFEST, Manifest, publish};

/// Writes pages and tables that say `text`.
fn prepare(folder: &Path, text: &str) {
    for (path, text) in
        [("site/index.html", text), ("site/icb/a b.html", text), ("tables/tidy/x.parquet", "same")]
    {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    fs_err::write(folder.join("site/.ours"), "stays here").unwrap();
}

async fn published(folder: &Path, to: &Path) -> Result<(usize, usize), Error> {
    let (site, tables) = (folder.join("site"), folder.join("tables"));
    let to = url::Url::from_directory_path(to).unwrap();
    let folders: [(&str, &Path); 2] = [("site", &site), ("tables", &tables)];
    publish(&folders, to.as_str(), []).await.map(|outcome| (outcome.n_put, outcome.n_kept))
}

/// What a reader that begins with the manifest finds, every checksum compared.
fn read(to: &Path) -> Vec<String> {
    let manifest: Manifest = serde_json::from_slice(&fs_err::read(to.join(MANIFEST)).unwrap()).unwrap();
    let read = |file: &iapt_publish::Published| {
        let bytes = fs_err::read(to.join(&manifest.folder).join(&file.path)).unwrap();
        assert_eq!(Sha256::of(&bytes).to_string(), file.sha256);
        format!("{} {}", file.path, String::from_utf8(bytes).unwrap())
    };
    manifest.files.iter().map(read).collect()
}

#[tokio::test]
async fn an_edition_is_put_once_and_the_one_before_stays() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepare(from.path(), "first");
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (3, 0));
    let first = ["site/icb/a b.html first", "site/index.html first", "tables/tidy/x.parquet same"];
    assert_eq!(read(to.path()), first);
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (0, 3));
    prepare(from.path(), "second");
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (3, 0));
    assert_eq!(read(to.path())[0], "site/icb/a b.html second");
    assert_eq!(fs_err::read_dir(to.path().join("editions")).unwrap().count(), 2);
}

#[tokio::test]
async fn a_run_that_stopped_half_way_is_finished() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepare(from.path(), "first");
    published(from.path(), to.path()).await.unwrap();
    let before = read(to.path());
    prepare(from.path(), "second");
    // As if it had been killed between two files: the manifest names the edition before.
    let old = fs_err::read(to.path().join(MANIFEST)).unwrap();
    published(from.path(), to.path()).await.unwrap();
    let manifest: Manifest =
        serde_json::from_slice(&fs_err::read(to.path().join(MANIFEST)).unwrap()).unwrap();
    fs_err::remove_file(to.path().join(&manifest.folder).join("site/index.html")).unwrap();
    fs_err::write(to.path().join(MANIFEST), old).unwrap();
    assert_eq!(read(to.path()), before);
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (1, 2));
    assert_eq!(read(to.path())[1], "site/index.html second");
}

#[tokio::test]
async fn what_cannot_be_published_is_said() {
    let from = tempfile::tempdir().unwrap();
    let folders: [(&str, &Path); 1] = [("site", from.path())];
    let error = publish(&folders, "file:///nowhere", []).await.unwrap_err();
    assert!(error.to_string().starts_with("there is nothing to publish in "), "{error}");
    prepare(from.path(), "first");
    for to in ["nowhere", "ftp://example.org/x"] {
        let error = publish(&folders, to, []).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{to}` cannot be published to: ")), "{error}");
        assert!(error.hint().is_some());
    }
}
