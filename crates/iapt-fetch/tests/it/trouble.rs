//! Servers in trouble, one attempt or all of them.

use std::time::{Duration, Instant};

use iapt_fetch::{Error, Had, Settings};

use crate::{
    server::{Reply, Server},
    setting::{SETTINGS, Setting, names, pack, release},
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
    check(vec![Reply::new(429, b"").with("retry-after", "1"), good()], "had in 2, 0 resumed", 2);
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
        "`pack.zip` could not be had in 5 attempts: status 500 Internal Server Error",
        5,
    );
    let long = good().with("content-length", "5000");
    check(
        vec![long],
        "`pack.zip` could not be had in 5 attempts: cut off after WHOLE bytes: end of file before message length reached",
        5,
    );
}

#[test]
fn refusals_are_taken_at_their_word() {
    check(vec![Reply::new(404, b"no")], "psych 2017-18 is not held by its source: nothing at `pack.zip`", 1);
    check(vec![Reply::new(410, b"no")], "psych 2017-18 is not held by its source: nothing at `pack.zip`", 1);
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
    check_with(settings, vec![never], "`pack.zip` could not be had within 1 seconds", 1);
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
    assert!(asked_for(3600, Duration::from_millis(40)) < Duration::from_secs(30));
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
