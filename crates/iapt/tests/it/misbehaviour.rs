//! A publisher that misbehaves: what can be survived is, what cannot is said.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use iapt_fetch::Lock;
use iapt_files::Sha256;
use iapt_model::Release;
use iapt_publisher::{Extent, Fault, Framing, Instead, Misbehaviour, Resumed, Server, StandIn};
use tokio::runtime::Runtime;

use crate::support::{World, project, release};

/// Fetches a pack, and checks that what is kept is what the publisher has.
fn check(script: &str, code: i32, told: &[&str]) {
    let world = World::new();
    let mut ran = world.iapt(&["fetch", "--period", "2017-18", "--misbehave", script]).expect(code);
    for text in told {
        ran = ran.says(text);
    }
    let project = project();
    let pack = StandIn::load(&project).unwrap().pack(release(&project, "2017-18")).unwrap();
    let kept: Vec<Vec<u8>> = world.files("data/snapshots/objects").into_values().collect();
    assert!(kept == if code == 0 { vec![pack] } else { Vec::new() }, "{script}: another file is kept");
}

#[test]
fn what_passes_is_tried_again() {
    check("503*2", 0, &["try 2", "try 3"]);
    check("429:1", 0, &["429"]);
    check("reset", 0, &["try 2"]);
    check("cut:5000", 0, &["resumed"]);
    check("length:100", 0, &["try 2"]);
    check("slow:1ms", 0, &[]);
}

#[test]
fn what_does_not_pass_is_said() {
    check("404*9", 1, &["2017-18 is not at its source"]);
    check("html*9", 1, &["HTML"]);
    check("redirect:http://127.0.0.2:9/elsewhere", 1, &["127.0.0.2"]);
}

#[test]
fn changed_bytes_are_refused_once_the_file_is_pinned() {
    let world = World::new();
    world.run(&["--period", "2017-18"]).expect(0);
    let before = world.files("data/tables");
    fs_err::remove_dir_all(world.path("data/snapshots/objects")).unwrap();
    world.run(&["--period", "2017-18", "--misbehave", "changed*9"]).expect(1).says("pinned").says("hint: ");
    assert!(before == world.files("data/tables"));
    world.run(&["--period", "2017-18"]).expect(0);
}

/// A pack and a bare file, which things go wrong with, and three months beside the latter.
const PERIODS: [&str; 5] = ["2017-18", "2025-09", "2025-06", "2025-07", "2025-08"];

/// More often than anybody asks.
const ALWAYS: usize = 9;

/// What one kind of misbehaviour leads to. Whatever it was, the next run without it ends with 0 and has the good files,
/// and finds kept ones to be what their source has.
struct Case {
    name: String,
    /// The faults of a path, in order.
    faults: Vec<Fault>,
    /// A first run: exit code, what becomes of the pack and of the bare file, and what is said.
    fresh: (i32, &'static str, &'static str),
    /// A run with `--refresh` on kept files: exit code, and how many could not be compared, were re-issued, withdrawn.
    kept: (i32, [u64; 3]),
}

fn case(
    name: &str,
    faults: Vec<Fault>,
    fresh: (i32, &'static str, &'static str),
    kept: (i32, [u64; 3]),
) -> Case {
    Case { name: name.to_owned(), faults, fresh, kept }
}

fn always(fault: Fault) -> Vec<Fault> {
    vec![fault; ALWAYS]
}

/// What the publisher gets over by being asked again, or never did wrong.
fn survived(name: &str, faults: Vec<Fault>) -> Case {
    case(name, faults, (0, "had had", ""), (0, [0, 0, 0]))
}

/// What nobody can do anything about.
fn refused(name: &str, faults: Vec<Fault>, said: &'static str) -> Case {
    case(name, faults, (3, "missed missed", said), (3, [2, 0, 0]))
}

/// Every kind of misbehaviour. In an address, `SELF` is the path that was asked for and `HOST` the host; `other` is the
/// path of another file.
fn cases(other: &str) -> Vec<Case> {
    let field = |name: &'static str, value: &str| (name, value.to_owned());
    let to = |target: &str| Fault::RedirectTo(target.to_owned());
    let date = "Wed, 01 May 2024 09:30:00 GMT";
    let later = "Thu, 02 May 2024 09:30:00 GMT";
    let cut = || Fault::CutAt(700);
    let resumed = |how: Resumed| vec![cut(), Fault::Resumed(how)];
    let framed = |framing, extent| Fault::Framed(framing, extent);
    let fields = |pairs: &[(&'static str, &str)]| {
        always(Fault::Fields(pairs.iter().map(|(name, value)| field(name, value)).collect()))
    };
    let mut cases = vec![
        survived("slow", vec![Fault::Slow { per_kib: std::time::Duration::from_millis(1) }]),
        refused(
            "trickle",
            always(Fault::Slow { per_kib: std::time::Duration::from_secs(10) }),
            "did not arrive within",
        ),
        survived("cut once", vec![cut()]),
        survived("cut three times", vec![cut(), cut(), cut()]),
        refused("cut always", always(Fault::CutAt(100)), "cut off after"),
        survived("cut, range ignored", resumed(Resumed::Ignored)),
        survived("cut, wrong range", resumed(Resumed::Early)),
        survived("cut, no range said", resumed(Resumed::Unsaid)),
        survived("cut, several parts", resumed(Resumed::Multipart)),
        case(
            "cut, range lies",
            resumed(Resumed::Elsewhere),
            (3, "missed other", "2017-18-csvs.zip"),
            (3, [1, 1, 0]),
        ),
        survived("cut, rest of another tag", resumed(Resumed::Reissued(vec![field("ETag", "\"new\"")]))),
        survived(
            "cut, rest of another date",
            vec![
                Fault::CutDated(700),
                Fault::Resumed(Resumed::Reissued(vec![field("Last-Modified", later)])),
            ],
        ),
        survived(
            "cut, rest of no date",
            vec![Fault::CutDated(700), Fault::Resumed(Resumed::Reissued(vec![]))],
        ),
        survived("cut, rest of no tag", resumed(Resumed::Reissued(vec![field("Last-Modified", date)]))),
        case(
            "cut, then re-issued",
            [vec![cut()], always(Fault::ChangedBytes)].concat(),
            (0, "other other", ""),
            (0, [0, 2, 0]),
        ),
        refused("longer announced", always(Fault::WrongLength { surplus: 1000 }), "cut off after"),
        case(
            "half",
            always(framed(Framing::Length, Extent::Half)),
            (3, "missed unused", "rows, and the median of the"),
            (3, [1, 1, 0]),
        ),
        case(
            "half, whole lines",
            always(framed(Framing::Length, Extent::HalfLine)),
            (3, "missed unused", "rows, and the median of the"),
            (3, [1, 1, 0]),
        ),
        survived("chunked", always(framed(Framing::Chunks, Extent::All))),
        survived("chunks cut", vec![framed(Framing::Chunks, Extent::Half)]),
        refused("chunks cut always", always(framed(Framing::Chunks, Extent::Half)), "cut off after"),
        case(
            "closed",
            always(framed(Framing::Connection, Extent::All)),
            (3, "had missed", "the server did not say how long it is"),
            (0, [0, 0, 0]),
        ),
        refused(
            "closed, half",
            always(framed(Framing::Connection, Extent::Half)),
            "the server did not say how long it is",
        ),
        refused(
            "closed, whole lines",
            always(framed(Framing::Connection, Extent::HalfLine)),
            "the server did not say how long it is",
        ),
        refused("zeros, announced", always(Fault::Endless { is_announced: true }), "is too large"),
        refused("zeros", always(Fault::Endless { is_announced: false }), "is too large"),
        survived("429", vec![Fault::TooManyRequests { retry_after_s: 0 }]),
        survived(
            "429 until a date",
            vec![Fault::StatusWith(429, vec![field("Retry-After", date), field("Date", date)])],
        ),
        survived(
            "429 until an old date",
            vec![Fault::StatusWith(429, vec![field("Retry-After", "Wednesday, 01-May-24 09:30:00 GMT")])],
        ),
        survived("flapping", vec![Fault::Status(500), Fault::Unavailable]),
        refused("redirects to itself", always(to("SELF")), "redirects more than 5 times"),
        refused(
            "redirects with a cookie",
            always(Fault::StatusWith(302, vec![field("Set-Cookie", "a=b"), field("Location", "SELF")])),
            "redirects more than 5 times",
        ),
        refused("no location", always(Fault::Status(301)), "answers with status 301"),
        survived("5 redirects", vec![to("SELF"); 5]),
        refused("6 redirects", vec![to("SELF"); 6], "redirects more than 5 times"),
        survived("redirect with a user", vec![to("http://user:secret@HOSTSELF?token=secret")]),
        refused(
            "redirect elsewhere with a user",
            always(to("http://user:secret@127.0.0.1:9/SELF?token=secret")),
            "not allowed: `http://127.0.0.1:9/",
        ),
        case("html", always(Fault::HtmlInstead), (3, "missed missed", "is an HTML page"), (3, [2, 0, 0])),
        refused("fragment", always(Fault::Instead(Instead::Fragment)), "it begins with `<div"),
        refused(
            "json",
            always(Fault::Instead(Instead::Json)),
            "it begins with `{\"error\": \"rate limited\"",
        ),
        refused(
            "javascript",
            always(Fault::Instead(Instead::JavaScript)),
            "it begins with `window.challenge",
        ),
        refused("text", always(Fault::Instead(Instead::Text)), "it begins with `Service temporarily"),
        refused("long text", always(Fault::Instead(Instead::LongText)), "it begins with `upstream,error,"),
        refused("empty", always(Fault::Instead(Instead::Nothing)), "is empty"),
        refused("gzip", always(Fault::Instead(Instead::Gzip)), "is neither a zip, a RAR nor text"),
        refused(
            "another month",
            always(Fault::OtherFile(other.to_owned())),
            "its first row has 2025-08-01 under",
        ),
        case("changed", always(Fault::ChangedBytes), (0, "other other", ""), (0, [0, 2, 0])),
        case(
            "changed, same tag",
            always(Fault::ChangedUnderSameTag { is_conditional: false }),
            (0, "other other", ""),
            (0, [0, 2, 0]),
        ),
        case(
            "changed, same tag, 304",
            always(Fault::ChangedUnderSameTag { is_conditional: true }),
            (0, "other other", ""),
            (0, [0, 2, 0]),
        ),
        survived("304 to all that ask by a tag", always(Fault::NotModified)),
        refused("304 to all", always(Fault::Status(304)), "answers with status 304"),
        refused("hang", always(Fault::Hang), "did not arrive within"),
        refused("slow head", always(Fault::SlowHead), "did not arrive within"),
        refused("long head", always(Fault::LongHead), "failed after 5 attempts"),
        refused("garbage", always(Fault::Garbage), "failed after 5 attempts"),
        refused("reset", always(Fault::Reset), "failed after 5 attempts"),
        survived("reset once", vec![Fault::Reset]),
        survived("hints", always(Fault::Hints)),
        survived("date in the future", fields(&[("Last-Modified", "Fri, 01 Jan 2100 00:00:00 GMT")])),
        survived("date that is none", fields(&[("Last-Modified", "yesterday \u{e9}")])),
        survived(
            "clock of the server",
            fields(&[
                ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
                ("Last-Modified", "Sun, 06 Nov 2044 08:49:37 GMT"),
            ]),
        ),
        survived("odd tag", fields(&[("ETag", "unquoted' [[snapshot]] = \"x\"")])),
        survived("long tag", fields(&[("ETag", &format!("\"{}\"", "e".repeat(60_000)))])),
    ];
    for status in [404, 410] {
        let faults = always(Fault::Status(status));
        cases.push(case(
            &format!("{status}"),
            faults,
            (3, "missed missed", "is not at its source"),
            (3, [2, 0, 2]),
        ));
    }
    for status in [204, 300, 401, 403, 407, 418, 451] {
        cases.push(refused(&format!("{status}"), always(Fault::Status(status)), "answers with status"));
    }
    for status in [500, 502, 503, 599] {
        cases.push(refused(&format!("{status}"), always(Fault::Status(status)), "failed after 5 attempts"));
    }
    for target in [
        "http://127.0.0.2:9/x",
        "http://127.0.0.1:9/x",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://files.digital.nhs.uk:8443/x",
    ] {
        cases.push(refused(
            &format!("redirect to {target}"),
            always(to(target)),
            "redirects to an address that is not allowed",
        ));
    }
    cases
}

/// A world, and the publisher that it fetches from.
struct Visited {
    world: World,
    server: Server,
}

impl Visited {
    fn new(runtime: &Runtime, stand_in: &Arc<StandIn>) -> Self {
        let server = runtime.block_on(Arc::clone(stand_in).serve(Misbehaviour::default())).unwrap();
        Self { world: World::new(), server }
    }

    /// Runs a stage while both files, or none, are served with faults.
    fn run(&self, arguments: &[&str], paths: &[String], faults: &[Fault]) -> crate::support::Ran {
        let mut script = Misbehaviour::default();
        for path in paths {
            for fault in faults {
                script = script.then_at(path, self.placed(fault, path));
            }
        }
        self.server.misbehave(script);
        let periods = PERIODS.iter().flat_map(|period| ["--period", period]);
        let arguments: Vec<&str> = arguments.iter().copied().chain(periods).collect();
        self.world.iapt(&[&arguments[..], &["--hurry", "--source", self.server.address()]].concat())
    }

    /// A fault whose addresses are those of this publisher.
    fn placed(&self, fault: &Fault, path: &str) -> Fault {
        let host = self.server.address().trim_start_matches("http://");
        let placed = |address: &str| address.replace("HOST", host).replace("SELF", path);
        match fault {
            Fault::RedirectTo(address) => Fault::RedirectTo(placed(address)),
            Fault::StatusWith(status, fields) => Fault::StatusWith(
                *status,
                fields.iter().map(|(name, value)| (*name, placed(value))).collect(),
            ),
            fault => fault.clone(),
        }
    }

    /// What is pinned of the two files, beside what they should be.
    fn found(&self, releases: &[&Release], good: &BTreeMap<String, Sha256>, stderr: &str) -> String {
        let lock = Lock::read(&self.world.path("data/snapshots")).unwrap();
        let said = |release: &&&Release| {
            let label = release.label();
            match lock.pin(self.server.address(), release) {
                None => "missed",
                Some(_) if stderr.contains(&format!("{label} is kept but not used")) => "unused",
                Some(pin) if pin.sha256 == good[&label] => "had",
                Some(_) => "other",
            }
        };
        releases.iter().take(2).map(|release| said(&release)).collect::<Vec<_>>().join(" ")
    }

    fn counts(&self) -> [u64; 3] {
        let summary = self.world.summary().unwrap();
        ["n_unchecked", "n_reissued", "n_withdrawn"].map(|count| summary[count].as_u64().unwrap())
    }
}

#[test]
fn every_kind_of_misbehaviour_ends_as_it_should_and_heals() {
    let project = project();
    let runtime = Runtime::new().unwrap();
    let stand_in = Arc::new(StandIn::load(&project).unwrap());
    let releases: Vec<&Release> = PERIODS.iter().map(|period| release(&project, period)).collect();
    let good: BTreeMap<String, Sha256> =
        releases.iter().map(|one| (one.label(), Sha256::of(&stand_in.pack(one).unwrap()))).collect();
    let path = |release: &Release| format!("/{}", release.url.splitn(4, '/').nth(3).unwrap());
    let paths = [path(releases[0]), path(releases[1])];

    // Kept, and used by a build; without a tag, so that every body is sent again.
    let kept = Visited::new(&runtime, &stand_in);
    kept.run(&["run", "--out", "out"], &[], &[]).expect(0);
    let lock = fs_err::read_to_string(kept.world.path("data/snapshots/lock.toml")).unwrap();
    assert!(!lock.contains("is_tentative"), "{lock}");
    let tagless: String =
        lock.lines().filter(|line| !line.starts_with("etag = ")).map(|line| format!("{line}\n")).collect();

    let check = |case: &Case| -> Vec<String> {
        let Case { name, faults, fresh, kept: (kept_code, kept_counts) } = case;
        let mut wrong = Vec::new();
        let mut compare = |what: &str, found: String, expected: String| {
            if found != expected {
                wrong.push(format!("{name}, {what}: {found}, expected {expected}"));
            }
        };
        let visited = Visited::new(&runtime, &stand_in);
        let ran = visited.run(&["fetch"], &paths, faults);
        let (code, there, said) = *fresh;
        compare(
            "first run",
            format!("{} {}", ran.code, visited.found(&releases, &good, &ran.stderr)),
            format!("{code} {there}"),
        );
        compare("said", ran.stderr.contains(said).to_string(), true.to_string());
        compare("secret", ran.stderr.contains("secret").to_string(), false.to_string());
        let parts = visited
            .world
            .files("data/snapshots")
            .keys()
            .filter(|path| path.to_string_lossy().contains(".part"))
            .count();
        compare("files on their way", parts.to_string(), "0".to_owned());
        let ran = visited.run(&["fetch"], &[], &[]);
        compare(
            "next run",
            format!("{} {}", ran.code, visited.found(&releases, &good, &ran.stderr)),
            "0 had had".to_owned(),
        );

        let visited = Visited::new(&runtime, &stand_in);
        crate::support::copy_folder(&kept.world.path("data"), &visited.world.path("data"));
        let own_lock = tagless.replace(kept.server.address(), visited.server.address());
        fs_err::write(visited.world.path("data/snapshots/lock.toml"), own_lock).unwrap();
        let objects = visited.world.files("data/snapshots/objects");
        let ran = visited.run(&["fetch", "--refresh"], &paths, faults);
        compare(
            "kept",
            format!("{} {:?} {}", ran.code, visited.counts(), visited.found(&releases, &good, &ran.stderr)),
            format!("{kept_code} {kept_counts:?} had had"),
        );
        let after = visited.world.files("data/snapshots/objects");
        compare(
            "kept files",
            objects.iter().all(|(path, bytes)| after.get(path) == Some(bytes)).to_string(),
            true.to_string(),
        );
        let ran = visited.run(&["fetch", "--refresh"], &[], &[]);
        compare("kept, next run", format!("{} {:?}", ran.code, visited.counts()), "0 [0, 0, 0]".to_owned());
        wrong
    };
    let cases = cases(&path(releases[4]));
    let n_cases = cases.len();
    let n_survived = cases.iter().filter(|case| case.fresh.1 == "had had").count();
    let pending = Mutex::new(cases);
    let wrong = Mutex::new(Vec::new());
    // A case waits more than it works.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(case) = pending.lock().unwrap().pop() else { return };
                    wrong.lock().unwrap().extend(check(&case));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{n_cases} kinds of misbehaviour: {n_survived} survived, {} refused or kept for a build to judge; every kept file as it was, every next run 0",
        n_cases - n_survived
    );
    assert!(wrong.is_empty(), "{} of {n_cases} kinds:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_host_that_asks_for_a_day_or_does_not_answer_is_left_alone() {
    let project = project();
    let runtime = Runtime::new().unwrap();
    let stand_in = Arc::new(StandIn::load(&project).unwrap());
    for (fault, said, most) in [
        (
            Fault::TooManyRequests { retry_after_s: 86_400 },
            "it asks not to be requested again for 86400 seconds; not requested: ",
            2,
        ),
        (Fault::Unavailable, "the host does not answer: 3 releases in a row failed; not requested: ", 4 * 5),
    ] {
        let visited = Visited::new(&runtime, &stand_in);
        let everywhere = [String::new()];
        let faults = vec![fault; 99];
        let run = |more: &[&str]| {
            let mut script = Misbehaviour::default();
            for fault in &faults {
                script = script.then_at(&everywhere[0], fault.clone());
            }
            visited.server.misbehave(script);
            visited.world.iapt(&[&["fetch", "--hurry", "--source", visited.server.address()], more].concat())
        };
        let ran = run(&[]).expect(1).says(said).says("no release could be fetched");
        assert!(
            visited.server.requests().len() <= most,
            "{}: {}",
            visited.server.requests().len(),
            ran.stderr
        );
        assert!(ran.stderr.lines().count() < 60, "{}", ran.stderr);
    }
}

#[test]
fn an_address_that_lacks_files_has_lost_them_and_secrets_stay_out_of_every_file() {
    let project = project();
    let runtime = Runtime::new().unwrap();
    let stand_in = Arc::new(StandIn::load(&project).unwrap());
    let visited = Visited::new(&runtime, &stand_in);
    let name = release(&project, "2018-19").url.rsplit('/').next().unwrap().to_owned();
    visited.server.misbehave(Misbehaviour::default().then_at(&name, Fault::Status(404)));
    let address = visited.server.address().replace("http://", "http://user:secret@") + "?token=secret";
    let run = |more: &[&str]| {
        let periods = ["--period", "2017-18", "--period", "2018-19", "--out", "out"];
        let arguments = [&["--hurry", "--source", address.as_str()][..], &periods].concat();
        visited.world.iapt(&[more, &arguments[..]].concat())
    };
    let ran = run(&["run"]).expect(3).says("psych_ther_annual 2018-19 is not at its source");
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    let ran = run(&["run"]).expect(0);
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    for folder in ["data", "out"] {
        for (path, bytes) in crate::support::all_files(&visited.world.path(folder)) {
            let is_in = bytes.windows(6).any(|window| window == b"secret");
            assert!(!is_in, "{}", path.display());
        }
    }
    for source in ["http://user:secret@[", "ftp://user:secret@x.org/"] {
        let ran = visited.world.iapt(&["fetch", "--source", source]).expect(2);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
}
