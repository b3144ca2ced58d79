//! Tests of the lock file.

use proptest::prelude::*;

use super::*;

fn empty() -> Lock {
    Lock { folder: PathBuf::from("snapshots"), pins: BTreeMap::new(), revisions: BTreeMap::new() }
}

fn pin(url: &str) -> Pin {
    Pin {
        source: "nhs".to_owned(),
        dataset: "psych_ther_annual".to_owned(),
        period: "2017-18".parse().unwrap(),
        edition: 1,
        url: url.to_owned(),
        sha256: Sha256::of(b"abc"),
        bytes: 3,
        rows: None,
        first_seen: Some("2026-11-23T03:00:00Z".parse().unwrap()),
        last_seen: None,
        etag: Some("\"5f-1\"".to_owned()),
        last_modified: None,
        licence: Some("OGL-UK-3.0".to_owned()),
        is_tentative: false,
        is_superseded: false,
    }
}

#[test]
fn the_file_is_plain_and_sorted() {
    let mut lock = empty();
    lock.insert(pin("https://x.org/b.zip"));
    lock.insert(Pin { etag: None, licence: None, ..pin("https://x.org/a.zip") });
    let text = lock.to_text().unwrap();
    let expected = format!(
        r#"{HEADER}version = 3

[[snapshot]]
source = "nhs"
dataset = "psych_ther_annual"
period = "2017-18"
edition = 1
url = "https://x.org/a.zip"
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
bytes = 3
first_seen = "2026-11-23T03:00:00Z"

[[snapshot]]
source = "nhs"
dataset = "psych_ther_annual"
period = "2017-18"
edition = 1
url = "https://x.org/b.zip"
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
bytes = 3
first_seen = "2026-11-23T03:00:00Z"
etag = '"5f-1"'
licence = "OGL-UK-3.0"
"#
    );
    assert_eq!(text, expected);
}

#[test]
fn anything_odd_is_refused() {
    let why = |text: &str| empty().parsed(text).err().unwrap_or_default();
    let text = {
        let mut lock = empty();
        lock.insert(pin("https://x.org/a.zip"));
        lock.to_text().unwrap()
    };
    let entry = &text[text.find("\n[[snapshot]]").unwrap()..];
    assert_eq!(why(&text), "");
    assert_eq!(
        why(&format!("{text}\n{entry}")),
        "psych_ther_annual 2017-18 edition 1 from `nhs` is pinned twice"
    );
    assert_eq!(why("version = 1"), "");
    assert_eq!(why("version = 4"), "its version is 4, and this program reads 3");
    assert!(why(&text.replace("bytes", "octets")).contains("unknown field `octets`"));
    assert!(why(&text.replace("ba78", "BA78")).contains("is not a SHA-256 checksum"));
    assert!(why("<<<<<<< HEAD").contains("TOML parse error at line 1"));
}

#[test]
fn what_an_address_has_now_is_what_was_last_seen_there() {
    let moment = |day: u32| Some(format!("2026-11-{day:02}T03:00:00Z").parse().unwrap());
    let release = |edition, sha256| Release {
        dataset: "psych_ther_annual".to_owned(),
        period: "2017-18".parse().unwrap(),
        edition,
        url: "https://x.org/a.zip".to_owned(),
        format: iapt_model::PackFormat::Zip,
        publication_page: None,
        acknowledged_bytes: Vec::new(),
        acknowledged_rows: Vec::new(),
        sha256,
        members: Vec::new(),
        note: None,
    };
    let (first, second) = (release(1, None), release(2, Some(Sha256::of(b"second"))));
    let mut lock = empty();
    let old = Pin { last_seen: moment(23), ..pin("https://x.org/a.zip") };
    lock.insert(old.clone());
    assert_eq!(lock.reissue("nhs", &first), None);
    assert_eq!(lock.pin("nhs", &second), None);
    let sha256 = Sha256::of(b"second");
    let new = Pin { sha256, first_seen: moment(24), last_seen: moment(24), etag: None, ..old.clone() };
    lock.insert_revision(new.clone());
    let old = Pin { is_superseded: true, ..old };
    // Reported, and not used until it is declared.
    assert_eq!(lock.reissue("nhs", &first), Some(&new));
    assert_eq!(lock.pin("nhs", &first), Some(&old));
    assert_eq!(lock.pin("nhs", &second), Some(&new));
    assert_eq!(lock.reissue("nhs", &second), None);
    assert_eq!(lock.versions("nhs", "https://x.org/a.zip"), [&old, &new]);
    assert_eq!(lock.reissue("elsewhere", &first), None);
    // Taken back by the publisher.
    let now = moment(25).unwrap();
    lock.see("nhs", "https://x.org/a.zip", old.sha256, now, &Validators::default());
    assert_eq!(lock.reissue("nhs", &first), None);
    assert_eq!(lock.pin("nhs", &first).unwrap().last_seen, Some(now));
    assert_eq!(lock.versions("nhs", "https://x.org/a.zip").len(), 2);
    // Pinned at last, since when it is known.
    lock.insert(Pin { edition: 2, first_seen: moment(26), last_seen: moment(26), ..new });
    assert_eq!(lock.pin("nhs", &second).unwrap().first_seen, moment(24));
    assert_eq!(lock.versions("nhs", "https://x.org/a.zip").len(), 2);
}

#[test]
fn a_clock_that_was_ahead_hides_nothing() {
    let moment = |year: u32| Some(format!("{year}-11-23T03:00:00Z").parse().unwrap());
    let mut lock = empty();
    let (url, sha256) = ("https://x.org/a.zip", Sha256::of(b"second"));
    lock.insert(Pin { first_seen: moment(2036), last_seen: moment(2036), ..pin(url) });
    lock.insert_revision(Pin { sha256, first_seen: moment(2026), last_seen: moment(2026), ..pin(url) });
    assert_eq!(lock.current("nhs", url).unwrap().sha256, sha256);
    lock.see("nhs", url, pin(url).sha256, moment(2026).unwrap(), &Validators::default());
    let current = lock.current("nhs", url).unwrap();
    assert_eq!((current.sha256, current.first_seen), (pin(url).sha256, moment(2026)));
}

#[test]
fn secrets_in_the_names_of_sources_are_dropped() {
    let mut lock = empty();
    lock.insert(Pin {
        source: "http://user:secret@x.org/m?token=t".to_owned(),
        ..pin("https://x.org/a.zip")
    });
    let read = empty().parsed(&lock.to_text().unwrap()).unwrap();
    assert_eq!(read.pins().next().unwrap().source, "http://x.org/m");
}

proptest! {
    #[test]
    fn the_lock_file_round_trips(
        texts in proptest::collection::vec((".*", ".*", ".*", proptest::option::of(".*")), 0..6),
        editions in proptest::collection::vec(any::<u32>(), 6),
        bytes in proptest::collection::vec(0..=i64::MAX.unsigned_abs(), 6),
        years in proptest::collection::vec(2012_u32..2090, 6),
    ) {
        let mut lock = empty();
        for (index, (source, dataset, url, etag)) in texts.into_iter().enumerate() {
            let period = format!("{}-{:02}", years[index], (years[index] + 1) % 100).parse().unwrap();
            let sha256 = Sha256::of(url.as_bytes());
            let licence = etag.clone();
            let (edition, bytes) = (editions[index], bytes[index]);
            let last_modified = None;
            let (first_seen, last_seen) = (Some(Moment::now()), None);
            let pin = Pin {
                source, dataset, period, edition, url, sha256, bytes, rows: Some(bytes), first_seen, last_seen, etag,
                last_modified, licence, is_tentative: true, is_superseded: false,
            };
            lock.insert_revision(Pin { sha256: Sha256::of(b"other"), ..pin.clone() });
            lock.insert(pin);
        }
        let read = empty().parsed(&lock.to_text().unwrap()).unwrap();
        prop_assert_eq!(read.pins, lock.pins);
        prop_assert_eq!(read.revisions, lock.revisions);
    }
}
