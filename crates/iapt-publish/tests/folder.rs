//! Publishing to a folder: whole editions, and only what is missing.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

mod support;

use std::{path::Path, process::Command};

use iapt_files::{
    Sha256, WholeFolder,
    edition::{MANIFEST, Manifest, Published},
};
use iapt_proof::STATEMENT;
use iapt_publish::{Error, Provenance, publish};

use crate::support::state;

/// Writes pages and tables that say `text`.
fn prepare(folder: &Path, text: &str) {
    for (path, text) in
        [("site/index.html", text), ("site/icb/a b.html", text), ("tables/tidy/x.csv", "same")]
    {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    for ours in ["site/.ours", "tables/manifest.json"] {
        fs_err::write(folder.join(ours), "stays here").unwrap();
    }
    state(folder);
}

async fn published(folder: &Path, to: &Path) -> Result<(usize, usize), Error> {
    let (site, tables) = (folder.join("site"), folder.join("tables"));
    let to = url::Url::from_directory_path(to).unwrap();
    let folders: [(&str, &Path); 2] = [("site", &site), ("tables", &tables)];
    let provenance = Provenance::read(folder, None)?;
    publish(&folders, &provenance, to.as_str(), [], false, None)
        .await
        .map(|outcome| (outcome.n_put, outcome.n_kept))
}

/// What a reader that begins with the manifest finds, every checksum compared.
fn read(to: &Path) -> Vec<String> {
    let manifest: Manifest = serde_json::from_slice(&fs_err::read(to.join(MANIFEST)).unwrap()).unwrap();
    let read = |file: &Published| {
        let bytes = fs_err::read(to.join(&manifest.folder).join(&file.path)).unwrap();
        assert_eq!(Sha256::of(&bytes), file.sha256);
        format!("{} {}", file.path, String::from_utf8(bytes).unwrap())
    };
    assert_eq!(manifest.files.first().unwrap().path, STATEMENT);
    manifest.files.iter().skip(1).map(read).collect()
}

#[tokio::test]
async fn an_edition_is_put_once_and_the_one_before_stays() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepare(from.path(), "first");
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (4, 0));
    let first = ["site/icb/a b.html first", "site/index.html first", "tables/tidy/x.csv same"];
    assert_eq!(read(to.path()), first);
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (0, 4));
    prepare(from.path(), "second");
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (4, 0));
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
    assert_eq!(published(from.path(), to.path()).await.unwrap(), (1, 3));
    assert_eq!(read(to.path())[1], "site/index.html second");
}

#[tokio::test]
async fn an_edition_that_lacks_a_release_is_only_published_when_told() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let partition = |period: &str| format!("tables/tidy/dataset=a/reporting_period={period}");
    prepare(from.path(), "first");
    for period in ["2017-18", "2018-19"] {
        fs_err::create_dir_all(from.path().join(partition(period))).unwrap();
        fs_err::write(from.path().join(partition(period)).join("x.csv"), period).unwrap();
    }
    state(from.path());
    published(from.path(), to.path()).await.unwrap();
    let before = read(to.path());
    // A partition under another name is the same release.
    let partition = from.path().join(partition("2018-19"));
    fs_err::rename(partition.join("x.csv"), partition.join("y.csv")).unwrap();
    let error = published(from.path(), to.path()).await.unwrap_err().to_string();
    assert!(error.contains("`provenance.json` does not have `tables/tidy/"), "{error}");
    state(from.path());
    published(from.path(), to.path()).await.unwrap();
    assert_ne!(read(to.path()), before);
    let before = read(to.path());
    fs_err::remove_dir_all(&partition).unwrap();
    state(from.path());
    let error = published(from.path(), to.path()).await.unwrap_err();
    assert!(
        error.to_string().ends_with("has 1 release that this one lacks: dataset=a/reporting_period=2018-19"),
        "{error}"
    );
    assert_eq!(read(to.path()), before);
    let (site, tables) = (from.path().join("site"), from.path().join("tables"));
    let address = url::Url::from_directory_path(to.path()).unwrap();
    let folders: [(&str, &Path); 2] = [("site", &site), ("tables", &tables)];
    let provenance = Provenance::read(from.path(), None).unwrap();
    publish(&folders, &provenance, address.as_str(), [], true, None).await.unwrap();
    assert_ne!(read(to.path()), before);
    // A manifest that says nothing is no reason to believe that nothing is lost.
    fs_err::write(to.path().join(MANIFEST), "{").unwrap();
    assert!(matches!(published(from.path(), to.path()).await, Err(Error::Manifest { .. })));
}

#[tokio::test]
async fn what_cannot_be_published_is_said() {
    let (from, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let error = Provenance::read(from.path(), None).unwrap_err();
    assert!(error.to_string().contains("nothing says what the edition was made from"), "{error}");
    prepare(from.path(), "first");
    let provenance = Provenance::read(from.path(), None).unwrap();
    let folders: [(&str, &Path); 1] = [("site", empty.path())];
    let error = publish(&folders, &provenance, "file:///nowhere", [], false, None).await.unwrap_err();
    assert!(error.to_string().starts_with("there is nothing to publish in "), "{error}");
    let site = from.path().join("site");
    let folders: [(&str, &Path); 1] = [("site", &site)];
    for to in ["nowhere", "ftp://example.org/x"] {
        let error = publish(&folders, &provenance, to, [], false, None).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot publish to `{to}`: ")), "{error}");
        assert!(error.hint().is_some());
    }
    let secret = "ftp://user:secret@example.org/x?token=secret";
    let error = publish(&folders, &provenance, secret, [], false, None).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot publish to `ftp://example.org/x`: "), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_file_that_changes_meanwhile_is_not_published() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = from.path().join("tables/tidy/x.csv");
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        prepare(from.path(), "first");
        published(from.path(), to.path()).await.unwrap();
        let before = read(to.path());
        prepare(from.path(), "second");
        // The one thread that asks the store is busy until the file has changed. Every file has been read for the manifest by
        // then, and none a second time.
        let (go_on, wait) = std::sync::mpsc::channel();
        let busy = tokio::task::spawn_blocking(move || wait.recv());
        let change = async {
            fs_err::write(&file, "diff").unwrap();
            go_on.send(()).unwrap();
        };
        let (outcome, ()) = tokio::join!(published(from.path(), to.path()), change);
        busy.await.unwrap().unwrap();
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Changed { .. }), "{error}");
        assert!(error.to_string().contains("x.csv` changed"), "{error}");
        assert_eq!(read(to.path()), before);
    });
}

/// The program `iapt-publish` on the folders that [`prepare`] made.
fn program(folder: &Path, to: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iapt-publish"));
    command.args(["--to", to, "--data"]).arg(folder).arg("--out").arg(folder);
    command
}

#[test]
fn pages_that_a_run_is_working_on_are_not_published() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = from.path().join("work");
    prepare(&from, "first");
    let lock = WholeFolder::at(&from).unwrap().lock("a run").unwrap();
    let address = url::Url::from_directory_path(to.path()).unwrap();
    let output = program(&from, address.as_str()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("another run is working in `{}`: a run", from.display())), "{said}");
    assert!(said.contains("hint: wait until the other run has ended"), "{said}");
    assert!(!to.path().join(MANIFEST).exists());
    drop(lock);
    assert!(program(&from, address.as_str()).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_stops_nothing() {
    use std::os::unix::ffi::OsStrExt;
    let from = tempfile::tempdir().unwrap();
    prepare(from.path(), "first");
    let not_text = std::ffi::OsStr::from_bytes(b"\xff");
    let mut command = program(from.path(), "s3://bucket/open");
    command.env("SOMETHING", not_text).env("AWS_SOMETHING", not_text);
    // The options of a store are read, and this one is refused, before anything is asked of a server.
    let output = command.env("AWS_ALLOW_HTTP", "perhaps").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot publish to `s3://bucket/open`: ") && said.contains("perhaps"), "{said}");
}
