//! Servers in trouble, one attempt or all of them.

use std::time::{Duration, Instant};

use iapt_fetch::{Error, Fetched, Had, Request, Settings};
use iapt_model::{PackFormat, Release};

use crate::{
    server::{Reply, Server},
    setting::{SETTINGS, Setting, first_rows, names, pack, release, request},
};

/// Fetches one pack from a server with these replies, and compares how it ended and how often it was asked.
///
/// Whatever went wrong, nothing but the good pack may be in the folder afterwards.
#[track_caller]
fn check(replies: Vec<Reply>, expected: &str, n_asked: usize) {
    check_with(SETTINGS, replies, expected, n_asked);
}

#[track_caller]
fn check_with(settings: Settings, replies: Vec<Reply>, expected: &str, n_asked: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (ended, asked, objects, is_pinned) = runtime.block_on(async {
        let server = Server::replying(replies).await;
        let setting = Setting { settings, ..Setting::new() };
        let release = release(2017, server.url("/pack.zip"));
        let outcome = setting.fetch_one(&release).await;
        let ended = match &outcome {
            Ok((_, Had::Downloaded { attempts, resumed, .. })) => {
                format!("had in {attempts}, {resumed} resumed")
            }
            Ok((_, Had::Kept)) => "kept".to_owned(),
            Err(error) => {
                assert!(error.hint().is_some(), "{error}");
                error.to_string().replace(&server.url("/"), "").replace(&pack(100).len().to_string(), "WHOLE")
            }
        };
        let is_pinned = setting.lock().pin("test", &release).is_some();
        (ended, server.asked().len(), setting.objects(), is_pinned)
    });
    assert_eq!(ended, expected);
    assert_eq!(asked, n_asked, "requests");
    let good = ended.starts_with("had").then(|| pack(100));
    assert_eq!(objects, names(&good.as_deref().into_iter().collect::<Vec<_>>()));
    assert_eq!(is_pinned, good.is_some());
}

fn good() -> Reply {
    Reply::ok(&pack(100))
}

#[test]
fn passing_trouble_is_waited_out() {
    check(vec![good()], "had in 1, 0 resumed", 1);
    check(vec![Reply::new(503, b""), Reply::new(502, b"x"), good()], "had in 3, 0 resumed", 3);
    check(vec![Reply::new(429, b"").with("retry-after", "0"), good()], "had in 2, 0 resumed", 2);
    check(vec![Reply::new(408, b""), good()], "had in 2, 0 resumed", 2);
    let hasty = Settings { read_timeout: Duration::from_secs(1), ..SETTINGS };
    let silent = good().silent_for(Duration::from_secs(30));
    check_with(hasty, vec![silent, good()], "had in 2, 0 resumed", 2);
    let slow = good().silent_for(Duration::from_millis(100));
    check(vec![slow], "had in 1, 0 resumed", 1);
    check(vec![good().without_length()], "had in 1, 0 resumed", 1);
}

#[test]
fn lasting_trouble_ends_after_five_attempts() {
    check(
        vec![Reply::new(500, b"")],
        "`pack.zip` failed after 5 attempts: status 500 Internal Server Error",
        5,
    );
    let long = good().with("content-length", "5000");
    check(
        vec![long],
        "`pack.zip` failed after 5 attempts: cut off after WHOLE bytes: end of file before message length reached",
        5,
    );
}

#[test]
fn refusals_are_taken_at_their_word() {
    check(vec![Reply::new(404, b"no")], "psych 2017-18 is not at its source: nothing at `pack.zip`", 1);
    check(vec![Reply::new(410, b"no")], "psych 2017-18 is not at its source: nothing at `pack.zip`", 1);
    check(vec![Reply::new(403, b"no")], "`pack.zip` answers with status 403", 1);
    check(vec![Reply::new(206, &pack(100))], "`pack.zip` answers with status 206", 1);
    check(vec![Reply::new(304, b"")], "`pack.zip` answers with status 304", 1);
}

#[test]
fn what_is_no_pack_is_not_accepted() {
    check(
        vec![Reply::ok(b"<!DOCTYPE html><title>Just a moment...</title>")],
        "`pack.zip` is an HTML page, not an archive; it begins with `<!DOCTYPE html><title>Just a moment...</title>`",
        1,
    );
    check(vec![Reply::ok(b"")], "`pack.zip` is empty", 1);
    check(
        vec![Reply::ok(b"service unavailable, try later")],
        "`pack.zip` is text, not an archive; it begins with `service unavailable, try later`",
        1,
    );
    // The length is wrong, and so the end is missing although the connection was not cut.
    let short = good().with("content-length", "600");
    check(vec![short], "`pack.zip` is cut off: the directory at its end is missing", 1);
    let mut changed = pack(100);
    changed[500] ^= 1;
    check(
        vec![Reply::ok(&changed)],
        "`pack.zip` is damaged: the checksum of its member `main.csv` does not match",
        1,
    );
    let mut renamed = pack(100);
    for at in 0..renamed.len() - 8 {
        if &renamed[at..at + 8] == b"main.csv" {
            renamed[at] = b'p';
        }
    }
    check(vec![Reply::ok(&renamed)], "`pack.zip` has no member `main.csv`; it has `pain.csv`", 1);
}

#[test]
fn a_bare_file_has_to_be_the_declared_one_and_to_prove_its_end() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let check_all = |replies: Vec<Reply>, expected: &str| {
        let said = runtime.block_on(async {
            let server = Server::replying(replies).await;
            let setting = Setting::new();
            let release = Release { format: PackFormat::Csv, ..release(2017, server.url("/main.csv")) };
            let request = Request { first_rows: Some(first_rows()), ..request(&release) };
            let outcome = setting.fetcher().fetch(&[request]).await.unwrap().remove(0).outcome;
            let said =
                outcome.map_or_else(|error| error.to_string(), |(snapshot, _)| snapshot.bytes().to_string());
            assert_eq!(setting.objects().is_empty(), said.contains('`'), "{said}");
            said.replace(&server.url("/"), "")
        });
        assert_eq!(said, expected);
    };
    let check = |reply, expected: &str| check_all(vec![reply], expected);
    let other = "`main.csv` is not the file that is declared: its header has 0 of the 2 columns that are declared for 2017-18; it begins with ";
    check(Reply::ok(b"OrgType,Recovery\nEngland,1\n"), "27");
    check(Reply::ok(b"\xef\xbb\xbfOrgType,Drifted\r\nEngland,1\r\n"), "31");
    check(Reply::ok(b"{\"error\": \"rate limited\"}"), &format!("{other}`{{\"error\": \"rate limited\"}}`"));
    check(Reply::ok(b"window.a={};\n"), &format!("{other}`window.a={{}};`"));
    check(Reply::ok(b"<div>\n<p>Unavailable</p></div>"), &format!("{other}`<div> <p>Unavailable</p></div>`"));
    check(
        Reply::ok(b"OrgType,Recovery\nEngland,1\n").without_length(),
        "`main.csv` may be incomplete: the server did not say how long it is",
    );
    // The whole would have proven its end by a last chunk; the rest of it, until the connection ends, proves nothing.
    let begun = Reply::new(200, b"11\r\nOrgType,Recovery\n\r\n")
        .without_length()
        .with("transfer-encoding", "chunked");
    let rest = |range: &str| {
        Reply::new(206, b"England,1\n").without_length().with("content-range", range).with("etag", "\"v1\"")
    };
    let begun = begun.with("etag", "\"v1\"");
    check_all(
        vec![begun.clone(), rest("bytes 17-26/*")],
        "`main.csv` may be incomplete: the server did not say how long it is",
    );
    check_all(vec![begun, rest("bytes 17-26/27")], "27");
}

#[test]
fn redirects_are_followed_only_where_they_are_allowed() {
    let to = |target: &str| Reply::new(302, b"").with("location", target);
    check(vec![to("/elsewhere/pack.zip"), good()], "had in 1, 0 resumed", 2);
    check(vec![to("/pack.zip")], "`pack.zip` redirects more than 5 times", 6);
    check(
        vec![to("https://evil.example.org/pack.zip")],
        "`pack.zip` redirects to an address that is not allowed: `https://evil.example.org/pack.zip`",
        1,
    );
    check(
        vec![to("file:///etc/passwd")],
        "`pack.zip` redirects to an address that is not allowed: `file:///etc/passwd`",
        1,
    );
    check(vec![to("http://[")], "`pack.zip` redirects to an address that is not allowed: `http://[`", 1);
    check(vec![Reply::new(302, b"")], "`pack.zip` answers with status 302", 1);
}

#[test]
fn size_is_limited_whatever_the_server_says() {
    let settings = Settings { max_bytes: 1000, ..SETTINGS };
    check_with(settings.clone(), vec![good()], "`pack.zip` is too large: more than 1000 bytes", 1);
    check_with(settings, vec![good().without_length()], "`pack.zip` is too large: more than 1000 bytes", 1);
}

#[test]
fn one_file_has_one_deadline() {
    let settings =
        Settings { deadline: Duration::from_secs(1), read_timeout: Duration::from_mins(1), ..SETTINGS };
    let began = Instant::now();
    let never = good().silent_for(Duration::from_mins(1));
    check_with(settings, vec![never], "`pack.zip` did not arrive within 1 seconds", 1);
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_server_decides_how_long_to_wait_up_to_a_cap() {
    let asked_for = |seconds: u32, cap: Duration| {
        let began = Instant::now();
        let settings = Settings { retry_after_cap: cap, ..SETTINGS };
        let busy = Reply::new(429, b"").with("retry-after", seconds.to_string());
        check_with(settings, vec![busy, good()], "had in 2, 0 resumed", 2);
        began.elapsed()
    };
    assert!(asked_for(1, Duration::from_secs(2)) >= Duration::from_secs(1));
    let busy = Reply::new(429, b"").with("retry-after", "86400");
    check(vec![busy, good()], "`pack.zip` asks not to be requested again for 86400 seconds", 1);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up() {
    let years =
        |server: &Server| (0..8).map(|n| release(2012 + n, server.url(&format!("/{n}.zip")))).collect();
    let said = |fetched: &[Fetched]| -> Vec<String> {
        fetched
            .iter()
            .map(|one| one.outcome.as_ref().map_or_else(ToString::to_string, |_| "had".to_owned()))
            .collect()
    };
    for (reply, why, most) in [
        (Reply::new(503, b""), "the host does not answer: 3 releases in a row failed", 4 * 5),
        (
            Reply::new(429, b"").with("retry-after", "86400"),
            "it asks not to be requested again for 86400 seconds",
            2,
        ),
    ] {
        let server = Server::replying(vec![reply]).await;
        let setting = Setting::new();
        let releases: Vec<_> = years(&server);
        let said = said(&setting.fetch(&releases).await);
        assert!(server.asked().len() <= most, "{} requests", server.asked().len());
        assert!(said[7].ends_with(why) && said[7].contains("was not requested from `127.0.0.1:"), "{said:?}");
        assert!(setting.objects().is_empty());
    }
    // One that answers in between is not.
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/1.zip" | "/3.zip" | "/5.zip" | "/7.zip" => Reply::ok(&pack(100)),
        _ => Reply::new(503, b""),
    })
    .await;
    let setting = Setting::new();
    let releases: Vec<_> = years(&server);
    assert_eq!(said(&setting.fetch(&releases).await).iter().filter(|said| *said == "had").count(), 4);
}

#[tokio::test]
async fn a_run_has_a_deadline() {
    let server = Server::replying(vec![good().silent_for(Duration::from_mins(1))]).await;
    let settings = Settings { run_deadline: Duration::from_secs(1), ..SETTINGS };
    let setting = Setting { settings, ..Setting::new() };
    let releases: Vec<_> = (0..4).map(|n| release(2012 + n, server.url(&format!("/{n}.zip")))).collect();
    let began = Instant::now();
    let fetched = setting.fetch(&releases).await;
    assert!(began.elapsed() < Duration::from_secs(30));
    let said: Vec<String> = fetched.iter().map(|one| one.outcome.as_ref().unwrap_err().to_string()).collect();
    assert!(said[0].contains("did not arrive within"), "{said:?}");
    assert_eq!(said[3], "psych 2015-16 was not requested: the 1 seconds that fetching may take are over");
}

#[tokio::test]
async fn nobody_listens() {
    let setting = Setting::new();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error =
        setting.fetch_one(&release(2017, format!("http://127.0.0.1:{port}/pack.zip"))).await.unwrap_err();
    assert!(
        matches!(&error, Error::GaveUp { attempts: 5, why, .. } if why.contains("Connection refused")),
        "{error}"
    );
}

#[tokio::test]
async fn other_hosts_are_not_even_asked() {
    let setting = Setting::new();
    let error =
        setting.fetch_one(&release(2017, "http://localhost:9/pack.zip".to_owned())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connections to this address are not allowed: `http://localhost:9/pack.zip`"
    );
    let error = setting.fetch_one(&release(2017, "pack.zip".to_owned())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the address of psych 2017-18 cannot be used: `pack.zip` relative URL without a base"
    );
}
