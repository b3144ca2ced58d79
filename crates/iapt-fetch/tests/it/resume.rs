//! A cut download goes on where it stopped, if the server can be held to the version that was begun.

use crate::{
    server::{Asked, Reply, Server},
    setting::{Setting, names, pack, release},
};

const ETAG: &str = "\"v1\"";
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// The rest of a file, as a good server gives it.
fn rest(body: &[u8], asked: &Asked) -> Reply {
    let start = asked.range_start().unwrap();
    let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
    Reply::new(206, &body[start..]).with("content-range", range)
}

/// Fetches a pack; compares what was told, and what the server was asked: range and condition of each request.
async fn check(
    script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    told: &[&str],
    asked: &[(Option<&str>, Option<&str>)],
) {
    let server = Server::start(script).await;
    let setting = Setting::new();
    let (snapshot, _) = setting.fetch_one(&release(2017, server.url("/pack.zip"))).await.unwrap();
    assert_eq!(fs_err::read(snapshot.path().unwrap()).unwrap(), pack(100));
    assert_eq!(setting.objects(), names(&[&pack(100)]));
    let whole = pack(100).len().to_string();
    let found: Vec<_> = setting.told().iter().map(|line| line.replace(&whole, "WHOLE")).collect();
    assert_eq!(found, told);
    let requests = server.asked();
    let found: Vec<_> = requests.iter().map(|one| (one.header("range"), one.header("if-range"))).collect();
    assert_eq!(found, asked);
    assert!(requests.iter().all(|one| one.header("accept-encoding") == Some("identity")));
}

const STARTED: &str = "2017-18: started, Some(WHOLE)";
const CUT: &str =
    "2017-18: attempt 1 failed: cut off after 500 bytes: end of file before message length reached";

#[tokio::test]
async fn by_a_strong_tag() {
    check(
        |asked, n_before| match n_before {
            0 => Reply::ok(&pack(100)).with("etag", ETAG).with("last-modified", DATE).cut_after(500),
            1 => rest(&pack(100), asked).with("etag", ETAG).cut_after(300),
            _ => rest(&pack(100), asked).with("etag", ETAG),
        },
        &[
            STARTED,
            CUT,
            "2017-18: resumed at 500",
            "2017-18: attempt 2 failed: cut off after 800 bytes: end of file before message length reached",
            "2017-18: resumed at 800",
            "2017-18: finished Downloaded { bytes: WHOLE, attempts: 3, resumed: 2 }",
        ],
        &[(None, None), (Some("bytes=500-"), Some(ETAG)), (Some("bytes=800-"), Some(ETAG))],
    )
    .await;
}

#[tokio::test]
async fn by_a_date_where_the_tag_is_weak() {
    check(
        |asked, n_before| match n_before {
            0 => Reply::ok(&pack(100)).with("etag", "W/\"v1\"").with("last-modified", DATE).cut_after(500),
            _ => rest(&pack(100), asked).with("last-modified", DATE),
        },
        &[
            STARTED,
            CUT,
            "2017-18: resumed at 500",
            "2017-18: finished Downloaded { bytes: WHOLE, attempts: 2, resumed: 1 }",
        ],
        &[(None, None), (Some("bytes=500-"), Some(DATE))],
    )
    .await;
}

#[tokio::test]
async fn never_without_a_validator() {
    check(
        |_, n_before| match n_before {
            0 => Reply::ok(&pack(100)).cut_after(500),
            _ => Reply::ok(&pack(100)),
        },
        &[STARTED, CUT, STARTED, "2017-18: finished Downloaded { bytes: WHOLE, attempts: 2, resumed: 0 }"],
        &[(None, None), (None, None)],
    )
    .await;
}

#[tokio::test]
async fn afresh_where_the_server_sends_everything_again() {
    // The file was replaced in between, or the server knows no ranges: the answer is the same.
    check(
        |_, n_before| match n_before {
            0 => Reply::ok(&pack(90)).with("etag", ETAG).cut_after(500),
            _ => Reply::ok(&pack(100)).with("etag", "\"v2\""),
        },
        &[
            "2017-18: started, Some(1104)",
            CUT,
            STARTED,
            "2017-18: finished Downloaded { bytes: WHOLE, attempts: 2, resumed: 0 }",
        ],
        &[(None, None), (Some("bytes=500-"), Some(ETAG))],
    )
    .await;
}

#[tokio::test]
async fn afresh_where_the_server_goes_on_with_something_else() {
    let other = "2017-18: attempt 2 failed: the server went on with something else";
    let end = "2017-18: finished Downloaded { bytes: WHOLE, attempts: 3, resumed: 0 }";
    let wrong: [fn(&Asked) -> Reply; 4] = [
        |asked| rest(&pack(100), asked).with("etag", "\"v2\""),
        |asked| rest(&pack(101), asked).with("etag", ETAG),
        |asked| rest(&pack(100), asked).with("content-range", "bytes 0-9/10"),
        |_| Reply::new(206, b"rest"),
    ];
    for wrong in wrong {
        check(
            move |asked, n_before| match n_before {
                0 => Reply::ok(&pack(100)).with("etag", ETAG).cut_after(500),
                1 => wrong(asked),
                _ => Reply::ok(&pack(100)).with("etag", ETAG),
            },
            &[STARTED, CUT, other, STARTED, end],
            &[(None, None), (Some("bytes=500-"), Some(ETAG)), (None, None)],
        )
        .await;
    }
}

#[tokio::test]
async fn afresh_where_the_rest_is_of_another_day_or_of_none() {
    let other = "2017-18: attempt 2 failed: the server went on with something else";
    for later in [Some("Mon, 07 Nov 1994 08:49:37 GMT"), None] {
        check(
            move |asked, n_before| {
                let dated = |reply: Reply| reply.with("last-modified", DATE);
                match (n_before, later) {
                    (0, _) => dated(Reply::ok(&pack(100))).cut_after(500),
                    (1, Some(later)) => rest(&pack(100), asked).with("last-modified", later),
                    (1, None) => rest(&pack(100), asked),
                    _ => dated(Reply::ok(&pack(100))),
                }
            },
            &[
                STARTED,
                CUT,
                other,
                STARTED,
                "2017-18: finished Downloaded { bytes: WHOLE, attempts: 3, resumed: 0 }",
            ],
            &[(None, None), (Some("bytes=500-"), Some(DATE)), (None, None)],
        )
        .await;
    }
}

#[tokio::test]
async fn afresh_where_the_range_is_refused() {
    check(
        |_, n_before| match n_before {
            0 => Reply::ok(&pack(100)).with("etag", ETAG).cut_after(500),
            1 => Reply::new(416, b""),
            _ => Reply::ok(&pack(100)).with("etag", ETAG),
        },
        &[
            STARTED,
            CUT,
            "2017-18: attempt 2 failed: the server has no more bytes than those that came",
            STARTED,
            "2017-18: finished Downloaded { bytes: WHOLE, attempts: 3, resumed: 0 }",
        ],
        &[(None, None), (Some("bytes=500-"), Some(ETAG)), (None, None)],
    )
    .await;
}

#[tokio::test]
async fn twelve_megabytes_cut_twice_are_sent_once() {
    let whole = pack(1_100_000);
    assert!(whole.len() > 12_000_000);
    let body = whole.clone();
    let server = Server::start(move |asked, n_before| match n_before {
        0 => Reply::ok(&body).with("etag", ETAG).cut_after(5_000_000),
        1 => rest(&body, asked).with("etag", ETAG).cut_after(4_000_000),
        _ => rest(&body, asked).with("etag", ETAG),
    })
    .await;
    let mut setting = Setting::new();
    setting.settings.max_bytes = 20_000_000;
    let (snapshot, had) = setting.fetch_one(&release(2017, server.url("/pack.zip"))).await.unwrap();
    assert!(fs_err::read(snapshot.path().unwrap()).unwrap() == whole);
    let bytes = snapshot.bytes();
    assert_eq!(had, iapt_fetch::Had::Downloaded { bytes, attempts: 3, resumed: 2 });
    let starts: Vec<_> = server.asked().iter().map(Asked::range_start).collect();
    assert_eq!(starts, [None, Some(5_000_000), Some(9_000_000)]);
}
