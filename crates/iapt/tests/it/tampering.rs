//! Tables, pages and snapshots that were changed behind the program's back: noticed before they are used, and made again.
//!
//! `IAPT_FLIPS` says how many bits are flipped; `ci/faults.sh` asks for 1,000.

use std::{
    collections::BTreeMap,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use iapt_catalog::{
    Manifest,
    manifest::{Edition, FileSum},
};
use iapt_files::Sha256;
use parquet::arrow::ArrowWriter;

use crate::support::{World, asked};

const BOTH: [&str; 4] = ["--period", "2017-18", "--period", "2018-19"];
const TIDY: &str = "tidy/dataset=psych_ther_annual/reporting_period=2017-18/main.parquet";

fn flip(path: &Path, byte: u64, bit: u32) {
    let mut file = fs_err::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut found = [0];
    file.seek(SeekFrom::Start(byte)).unwrap();
    file.read_exact(&mut found).unwrap();
    file.seek(SeekFrom::Start(byte)).unwrap();
    file.write_all(&[found[0] ^ (1 << bit)]).unwrap();
}

/// Tables and pages of a world.
fn outputs(world: &World) -> [BTreeMap<PathBuf, Vec<u8>>; 2] {
    ["data/tables", "out"].map(|folder| world.files(folder))
}

/// Does something to a file of the tables. Everything that reads them notices, and a run makes the same again.
fn check(world: &World, file: &str, tamper: impl Fn(&Path), said: &str) {
    let before = outputs(world);
    tamper(&world.path("data/tables").join(file));
    let plan = world.iapt(&[&["plan", "--out", "out"], BOTH.as_slice()].concat()).expect(0).stdout;
    assert!(plan.contains("make      derived tables") && plan.contains(said), "{file}: {plan}");
    world.iapt(&["query", "SELECT 1 AS one"]).expect(1).says(said).says("hint: make them again");
    world.iapt(&["why", "recovery_rate.2017-18.england.All"]).expect(1).says(said);
    world.iapt(&["publish", "--to", "file:///nowhere", "--out", "out"]).expect(1).says(said);
    if file != "manifest.json" {
        // Pages that are up to date need no tables.
        world.iapt(&["report", "--out", "out"]).expect(0);
    }
    fs_err::write(world.path("out/index.md"), "edited").unwrap();
    world.iapt(&["report", "--out", "out"]).expect(1).says(said);
    world.run(&BOTH).expect(0).says(said);
    for (folder, (found, before)) in outputs(world).iter().zip(&before).enumerate() {
        assert!(found == before, "{file}: folder {folder} is not what it was");
    }
}

#[test]
fn tables_that_were_changed_are_noticed_and_made_again() {
    let world = World::with_own_project();
    world.run(&BOTH).expect(0);
    let cut = |path: &Path| {
        fs_err::OpenOptions::new().write(true).open(path).unwrap().set_len(100).unwrap();
    };
    let write = |text: &'static str| move |path: &Path| fs_err::write(path, text).unwrap();
    check(&world, TIDY, |path| flip(path, 3000, 5), "main.parquet` is not as it was made");
    check(&world, TIDY, cut, "main.parquet` is not as it was made");
    check(&world, TIDY, |path| fs_err::remove_file(path).unwrap(), "main.parquet` is missing");
    check(&world, "claims.parquet", |path| fs_err::remove_file(path).unwrap(), "`claims.parquet` is missing");
    check(&world, "spread.parquet", write(""), "`spread.parquet` is not as it was made");
    check(
        &world,
        "datapackage.json",
        |path| fs_err::remove_file(path).unwrap(),
        "`datapackage.json` is missing",
    );
    check(&world, "new.parquet", write("new"), "`new.parquet` does not belong to the tables");
    #[cfg(unix)]
    check(
        &world,
        TIDY,
        |path| {
            fs_err::rename(path, world.path("elsewhere")).unwrap();
            fs_err::os::unix::fs::symlink(world.path("elsewhere"), path).unwrap();
        },
        "main.parquet` is not as it was made",
    );
}

#[test]
fn a_manifest_that_cannot_be_believed_is_made_again() {
    let world = World::with_own_project();
    world.run(&BOTH).expect(0);
    let said = "`manifest.json` cannot be used";
    let replaced = |from: &'static str, to: &'static str| {
        move |path: &Path| {
            let text = fs_err::read_to_string(path).unwrap();
            assert!(text.contains(from), "{text}");
            fs_err::write(path, text.replacen(from, to, 1)).unwrap();
        }
    };
    for text in ["", "{", "{}", "[]", "\u{0}"] {
        check(&world, "manifest.json", |path| fs_err::write(path, text).unwrap(), said);
    }
    check(&world, "manifest.json", |path| fs_err::remove_file(path).unwrap(), "`manifest.json` is missing");
    check(&world, "manifest.json", replaced("\"format\": 3", "\"format\": 9"), said);
    check(&world, "manifest.json", replaced("\"n_rows\": ", "\"n_rows\": 9"), said);
    check(&world, "manifest.json", replaced("\"source\": \"embedded\"", "\"source\": \"embeddes\""), said);
    check(&world, "manifest.json", replaced("tidy/dataset", "../dataset"), said);
}

#[test]
fn tables_of_another_program_are_made_again_whatever_their_columns_are() {
    let world = World::with_own_project();
    world.run(&BOTH).expect(0);
    let before = outputs(&world);
    let tables = world.path("data/tables");
    let Ok(Edition::Known { manifest, .. }) = Edition::read(&tables) else { panic!("no manifest") };
    let Manifest { mut derived, mut files, .. } = manifest.clone();
    let of_another = Sha256::of(b"another program");
    for part in derived.values_mut().flat_map(|derived| &mut derived.parts) {
        part.from = of_another;
    }
    let other: ArrayRef = Arc::new(StringArray::from(vec!["a column of another program"]));
    let other = RecordBatch::try_from_iter([("other", other)]).unwrap();
    for table in manifest.derived.keys().map(|table| format!("{table}.parquet")) {
        let path = tables.join(&table);
        fs_err::remove_file(&path).unwrap();
        let mut writer =
            ArrowWriter::try_new(fs_err::File::create(&path).unwrap(), other.schema(), None).unwrap();
        writer.write(&other).unwrap();
        writer.close().unwrap();
        files.insert(table, FileSum::of(&path).unwrap());
    }
    let source = (manifest.source.as_str(), manifest.source_sha256);
    let made_by = ("0.0.0+another", of_another);
    let manifest = Manifest::new(source, made_by, of_another, manifest.partitions, derived, files).unwrap();
    manifest.write(&tables).unwrap();
    world.run(&BOTH).expect(0);
    assert!(outputs(&world) == before);
}

#[test]
fn what_is_not_asked_for_stays_when_the_manifest_is_lost() {
    let world = World::with_own_project();
    world.run(&BOTH).expect(0);
    let before = outputs(&world);
    fs_err::write(world.path("data/tables/manifest.json"), "{").unwrap();
    world.run(&["--period", "2018-19"]).expect(0).says("psych_ther_annual 2017-18: `manifest.json`");
    assert!(outputs(&world) == before);
}

#[test]
fn a_partition_that_only_its_content_gives_away_is_not_linked() {
    let world = World::with_own_project();
    world.run(&["--period", "2017-18"]).expect(0);
    let path = world.path("data/tables").join(TIDY);
    let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
    flip(&path, 3000, 5);
    fs_err::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    world.run(&["--period", "2018-19"]).expect(0).says("is not as it was made; made again");
    let other = World::with_own_project();
    other.run(&BOTH).expect(0);
    assert!(outputs(&world) == outputs(&other));
}

#[test]
fn nothing_of_this_machine_is_in_the_manifest() {
    let world = World::with_own_project();
    world.mirror_packs(&["2017-18"]);
    world.run(&["--source", "mirror"]).expect(0);
    let manifest = fs_err::read_to_string(world.path("data/tables/manifest.json")).unwrap();
    for secret in [world.path("").to_str().unwrap(), "mirror/"] {
        assert!(!manifest.contains(secret), "{manifest}");
    }
}

/// Numbers that look random and are the same every time (splitmix64).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A place in something of this length.
    pub(crate) fn at(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).unwrap())).unwrap()
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % end
    }
}

/// Flips one bit after the other in a file of one kind. None is silent: what reads the file refuses it and says which one it
/// is, and a run makes or fetches all of them again as they were.
#[test]
fn no_bit_flips_silently() {
    let world = World::with_own_project();
    let run = ["--period", "2017-18"];
    world.run(&run).expect(0);
    let before = outputs(&world);
    let snapshots = world.files("data/snapshots/objects");
    let mut numbers = Numbers::new(14);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let n_flips = asked("IAPT_FLIPS", 60);
    for round in 0.. {
        // Tables and manifest most, since pages are many and alike. A run, which makes all of them again, comes after several
        // flips: in tables together, since each is named; of the others one after the other.
        let (kind, n_at_once) =
            [("table", 6), ("manifest", 3), ("snapshot", 1), ("page", 3), ("snapshot", 1)][round % 5];
        let n_left = n_flips - counts.values().sum::<usize>();
        let n_at_once = n_left.min(n_at_once);
        if n_at_once == 0 {
            break;
        }
        let folder = match kind {
            "table" | "manifest" => "data/tables",
            "page" => "out",
            _ => "data/snapshots/objects",
        };
        let is_of_kind = |path: &PathBuf| {
            (kind == "manifest") == (folder == "data/tables" && path.ends_with("manifest.json"))
        };
        let files = if kind == "snapshot" { &snapshots } else { &before[usize::from(kind == "page")] };
        let files: Vec<_> =
            files.iter().filter(|(path, bytes)| is_of_kind(path) && !bytes.is_empty()).collect();
        for number in 1..=n_at_once {
            let (path, bytes) =
                files[usize::try_from(numbers.below(u64::try_from(files.len()).unwrap())).unwrap()];
            let byte = numbers.below(u64::try_from(bytes.len()).unwrap());
            let file = world.path(folder).join(path);
            let what = format!("{kind} {round}: {}, byte {byte}", path.display());
            flip(&file, byte, u32::try_from(numbers.below(8)).unwrap());
            if kind == "table" || kind == "manifest" {
                let ran = world.iapt(&["query", "SELECT count(*) FROM tidy"]);
                assert_ne!(ran.code, 0, "{what}: the query says {}", ran.stdout);
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(ran.stderr.contains(name), "{what}: {}", ran.stderr);
            }
            let plan = world.iapt(&[&["plan", "--out", "out"], run.as_slice()].concat()).stdout;
            if kind != "snapshot" {
                assert!(plan.contains("report  make"), "{what}: {plan}");
            }
            if kind != "table" && number < n_at_once {
                fs_err::write(&file, bytes).unwrap();
            }
            *counts.entry(kind).or_default() += 1;
        }
        let what = format!("{kind} {round}");
        let ran = world.run(&run);
        assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
        if kind == "snapshot" {
            ran.says("the kept file is damaged");
        }
        assert!(outputs(&world) == before, "{what}: tables or pages are not as they were");
        assert!(world.files("data/snapshots/objects") == snapshots, "{what}: a snapshot is not as it was");
    }
    println!("bits flipped, none silent, all made again: {counts:?}");
}
