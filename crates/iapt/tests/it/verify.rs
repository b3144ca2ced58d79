//! What is verified: tables and pages against the snapshots, and an edition against its statement and its signature.
//!
//! `IAPT_CHANGES` says how many bytes are changed; `ci/verify.sh` asks for 1,000.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use iapt_files::{
    Sha256,
    edition::{MANIFEST, Manifest, Published},
};
use iapt_proof::{ENVELOPE, Envelope, STATEMENT, SigningKey};

use crate::{
    support::{World, asked},
    tampering::Numbers,
};

/// How many changes are made at once for what is made again to be compared with.
const AT_ONCE: usize = 25;

/// A file: what it is called, where it is, and its bytes.
type Whole = (String, PathBuf, Vec<u8>);

fn verify(world: &World, more: &[&str]) -> crate::support::Ran {
    world.iapt(&[&["verify", "--out", "out"], more].concat())
}

#[test]
fn a_snapshot_that_is_gone_is_named_also_where_only_checksums_are_compared() {
    let world = World::new();
    world.run(&["--period", "2017-18", "--period", "2018-19"]).expect(0);
    // The pages are looked for where they were made.
    world.iapt(&["verify", "--quick"]).expect(0);
    let objects = world.path("data/snapshots/objects");
    let gone = fs_err::read_dir(&objects).unwrap().next().unwrap().unwrap();
    fs_err::remove_file(gone.path()).unwrap();
    let name = gone.file_name().to_string_lossy().into_owned();
    let told = world.iapt(&["verify", "--quick"]).expect(5).stdout;
    assert!(told.contains(&format!("snapshots/objects/{name}")), "{told}");
    fs_err::remove_dir_all(world.path("data/snapshots")).unwrap();
    let told = world.iapt(&["verify", "--quick"]).expect(5).stdout;
    assert_eq!(told.matches("is not here").count(), 2, "{told}");
    world.iapt(&["revisions"]).expect(1).says("nothing was fetched into");
}

#[test]
fn every_changed_byte_is_named() {
    let world = World::with_own_project();
    world.run(&["--period", "2017-18"]).expect(0);
    let told = verify(&world, &[]).expect(0).stdout;
    for said in ["snapshots  1 files", "tables     ", "pages      ", "made again from 1 snapshots by "] {
        assert!(told.contains(said), "`{said}` is not in:\n{told}");
    }
    // What is changed, where it is, and what its names begin with.
    let kinds = [
        ("snapshots", "data/snapshots/objects", "snapshots/objects"),
        ("tables", "data/tables", "tables"),
        ("pages", "out", "pages"),
    ];
    let files: BTreeMap<&str, Vec<Whole>> = kinds
        .into_iter()
        .map(|(kind, folder, below)| {
            let of_kind = |(path, bytes): (PathBuf, Vec<u8>)| {
                let name = format!("{below}/{}", iapt_files::address(&path));
                (!bytes.is_empty()).then(|| (name, world.path(folder).join(path), bytes))
            };
            (kind, world.files(folder).into_iter().filter_map(of_kind).collect())
        })
        .collect();
    let mut numbers = Numbers::new(21);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut batch: BTreeMap<String, (PathBuf, Vec<u8>, Vec<u8>)> = BTreeMap::new();
    let n_changes = asked("IAPT_CHANGES", 40);
    for change in 1..=n_changes {
        let kind = ["tables", "pages", "manifest", "tables", "pages", "snapshots"][change % 6];
        let of_kind = &files[if kind == "manifest" { "tables" } else { kind }];
        let of_kind: Vec<_> = of_kind
            .iter()
            .filter(|(name, ..)| (kind == "manifest") == (name == "tables/manifest.json"))
            .collect();
        let (name, path, bytes) = of_kind[numbers.at(of_kind.len())];
        let mut changed = bytes.clone();
        let at = numbers.at(changed.len());
        // Any other byte, not only one with another bit.
        changed[at] ^= u8::try_from(1 + numbers.at(255)).unwrap();
        fs_err::write(path, &changed).unwrap();
        let ran = verify(&world, &["--quick"]);
        let what = format!("{kind} {change}: {name}, byte {at}");
        assert_eq!(ran.code, 5, "{what}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(&format!("differs    {name}: ")), "{what}: {}", ran.stdout);
        assert!(ran.stderr.contains(&format!("not verified: `{name}`: ")), "{what}: {}", ran.stderr);
        fs_err::write(path, bytes).unwrap();
        *counts.entry(kind).or_default() += 1;
        // Nothing is made again where a snapshot or the manifest is damaged.
        if kind == "tables" || kind == "pages" {
            batch.insert(name.clone(), (path.clone(), bytes.clone(), changed));
        }
        if batch.len() == AT_ONCE || change == n_changes {
            for (path, _, changed) in batch.values() {
                fs_err::write(path, changed).unwrap();
            }
            let told = verify(&world, &[]).expect(5).stdout;
            for (name, (path, before, _)) in std::mem::take(&mut batch) {
                let start = format!("differs    {name}: ");
                let line = told.lines().find(|line| line.starts_with(&start));
                let line = line.unwrap_or_else(|| panic!("{name} is not named:\n{told}"));
                assert!(line.contains(": line ") || line.contains(": byte "), "{line}");
                fs_err::write(path, before).unwrap();
            }
        }
    }
    verify(&world, &[]).expect(0);
    println!(
        "bytes changed, each named by its checksum, those of tables and pages also by what was made again: {counts:?}"
    );
}

#[test]
fn what_was_changed_with_its_checksum_is_found_by_making_it_again() {
    let world = World::with_own_project();
    world.run(&["--period", "2017-18"]).expect(0);
    let page = world.path("out/methods.md");
    let text = fs_err::read_to_string(&page).unwrap();
    let forged = text.replacen("Twelve monthly files", "Eleven monthly files", 1);
    assert_ne!(forged, text);
    fs_err::write(&page, &forged).unwrap();
    let noted = world.path("data/report.json");
    let sum = |text: &str| Sha256::of(text.as_bytes()).to_string();
    let report = fs_err::read_to_string(&noted).unwrap().replace(&sum(&text), &sum(&forged));
    fs_err::write(noted, report).unwrap();
    verify(&world, &["--quick"]).expect(0);
    verify(&world, &[])
        .expect(5)
        .says("not verified: `pages/methods.md`: line ")
        .says("is `Eleven monthly files")
        .says("made again `Twelve monthly files");
    assert!(!world.path("data/.verify").exists());

    // Other declared files make other tables and pages.
    fs_err::write(&page, &text).unwrap();
    world.run(&["--period", "2017-18"]).expect(0);
    world.edit("measures.csv", "Referrals", "Referalls");
    verify(&world, &[]).expect(5).says("not verified: `tables/");
    world
        .iapt(&["verify", "--out", "out", "--source", "nhs"])
        .expect(2)
        .says("made from another source (`embedded`)");
}

/// Puts tables and pages into a folder as `iapt publish` does, signed where there is a key.
fn publish(world: &World, key: Option<&SigningKey>) -> PathBuf {
    world.iapt(&["provenance", "--out", "out"]).expect(0).says("root of all figures");
    let statement = fs_err::read(world.path("data").join(STATEMENT)).unwrap();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, folder) in [("site", "out/site"), ("tables", "data/tables")] {
        for (path, bytes) in world.files(folder) {
            files.insert(format!("{name}/{}", iapt_files::address(&path)), bytes);
        }
    }
    files.remove("tables/manifest.json");
    if let Some(key) = key {
        files.insert(ENVELOPE.to_owned(), Envelope::sign(&statement, key).to_json().unwrap());
    }
    files.insert(STATEMENT.to_owned(), statement);
    let published = |(path, bytes): (&String, &Vec<u8>)| Published {
        path: path.clone(),
        bytes: u64::try_from(bytes.len()).unwrap(),
        sha256: Sha256::of(bytes),
    };
    let manifest = Manifest::new(files.iter().map(published).collect());
    let folder = world.path("published");
    for (path, bytes) in &files {
        let path = folder.join(&manifest.folder).join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
    fs_err::write(folder.join(MANIFEST), serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
    folder.join(manifest.folder)
}

/// The keys of the first two tests of RFC 8032, which everybody knows.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n";

#[test]
fn an_edition_is_what_its_statement_says_and_what_the_snapshots_give() {
    let world = World::with_own_project();
    world.run(&["--period", "2017-18"]).expect(0);
    let published = |more: &[&str]| world.iapt(&[&["verify", "--published", "published"], more].concat());
    published(&[]).expect(1).says("there is no published edition in published");
    for (file, key) in [("key.pem", PUBLIC), ("other.pem", OTHER_PUBLIC), ("no.pem", "no key")] {
        fs_err::write(world.path(file), key).unwrap();
    }

    publish(&world, None);
    let told = published(&[]).expect(0).stdout;
    for said in ["edition    ", "signature  none", "root       ", "made again from 1 snapshots"] {
        assert!(told.contains(said), "`{said}` is not in:\n{told}");
    }
    published(&["--quick", "--key", "key.pem"])
        .expect(5)
        .says("provenance.dsse.json`: the edition is not signed");

    let key = SigningKey::from_pem(PRIVATE, "key").unwrap();
    let first = publish(&world, Some(&key));
    let before = fs_err::read(first.join(ENVELOPE)).unwrap();
    assert_eq!(publish(&world, Some(&key)), first);
    assert_eq!(fs_err::read(first.join(ENVELOPE)).unwrap(), before);
    let id = key.public().id();
    for (more, said) in [
        (["--quick"].as_slice(), format!("signature  of the key {id}, not checked: --key FILE")),
        (&["--quick", "--key", "key.pem"], format!("signature  of the key {id}, right")),
        (&["--key", "key.pem"], "made again from 1 snapshots".to_owned()),
    ] {
        let told = published(more).expect(0).stdout;
        assert!(told.contains(&said), "`{said}` is not in:\n{told}");
    }
    published(&["--quick", "--key", "other.pem"]).expect(5).says("the signature was not made with this key");
    published(&["--quick", "--key", "no.pem"]).expect(1).says("`no.pem` is not an Ed25519 key in PEM");

    // Every kind of file of an edition.
    let names =
        ["site/methods.html", "tables/claims.parquet", STATEMENT, ENVELOPE, "site/data/indicators.csv"];
    let mut numbers = Numbers::new(3);
    for path in names.map(|name| first.join(name)).into_iter().chain([world.path("published").join(MANIFEST)])
    {
        let bytes = fs_err::read(&path).unwrap();
        for _ in 0..5 {
            let mut changed = bytes.clone();
            let at = numbers.at(changed.len());
            changed[at] ^= u8::try_from(1 + numbers.at(255)).unwrap();
            fs_err::write(&path, &changed).unwrap();
            let told = published(&["--quick", "--key", "key.pem"]).expect(5).stdout;
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(told.contains(name), "{}, byte {at}:\n{told}", path.display());
        }
        fs_err::write(&path, bytes).unwrap();
    }
    let added = first.join("site/added.html");
    fs_err::write(&added, "added").unwrap();
    published(&["--quick"]).expect(5).says("site/added.html`: it was not made with the others");
    fs_err::remove_file(added).unwrap();
    fs_err::remove_file(first.join("site/methods.html")).unwrap();
    published(&["--quick"]).expect(5).says("site/methods.html`: it is missing");
}

#[test]
fn a_statement_is_of_what_was_made_and_says_nothing_of_this_machine() {
    let world = World::with_own_project();
    world.iapt(&["provenance", "--out", "out"]).expect(1);
    world.run(&["--period", "2017-18"]).expect(0);
    world.iapt(&["provenance", "--out", "out"]).expect(0);
    let file = world.path("data").join(STATEMENT);
    let text = fs_err::read_to_string(&file).unwrap();
    assert!(!text.contains(world.path("").to_str().unwrap()));
    let statement: serde_json::Value = serde_json::from_str(&text).unwrap();
    let subjects = statement["subject"].as_array().unwrap();
    let named = |name: &str| subjects.iter().find(|subject| subject["name"] == name).unwrap();
    for (name, path) in
        [("site/index.html", "out/site/index.html"), ("tables/claims.parquet", "data/tables/claims.parquet")]
    {
        let sha256 = Sha256::of(&fs_err::read(world.path(path)).unwrap());
        assert_eq!(named(name)["digest"]["sha256"], sha256.to_string());
    }
    let definition = &statement["predicate"]["buildDefinition"];
    let snapshot = &definition["resolvedDependencies"][0];
    // The built-in figures are nothing that stands at the publisher's address.
    assert!(snapshot["uri"].is_null() && snapshot["annotations"]["laid_out_as"].is_null());
    assert!(snapshot["annotations"]["laidOutAs"].as_str().unwrap().starts_with("https://"));
    let object = Path::new("data/snapshots/objects").join(snapshot["digest"]["sha256"].as_str().unwrap());
    assert!(world.path(object.to_str().unwrap()).is_file());

    // The same from a run of its own.
    let other = World::with_own_project();
    other.run(&["--period", "2017-18", "--threads", "1"]).expect(0);
    other.iapt(&["provenance", "--out", "out"]).expect(0);
    assert!(fs_err::read_to_string(other.path("data").join(STATEMENT)).unwrap() == text);

    fs_err::write(world.path("out/index.md"), "edited").unwrap();
    world.iapt(&["provenance", "--out", "out"]).expect(1).says("a page is not as it was made");
}
