//! A file that is re-issued at its address: both editions are kept, the first is used until the second is declared.

use std::time::Duration;

use iapt_fetch::{Check, Error, Fetched, Had, Location};
use iapt_files::Sha256;
use iapt_model::Release;

use crate::{
    server::{Asked, Reply, Server},
    setting::{Setting, names, pack, release},
};

fn tagged(body: &[u8], tag: &str) -> Reply {
    Reply::ok(body).with("etag", tag)
}

/// A server on which other bytes stand after so many requests; a request for what is not known is heeded.
async fn reissuing(after: usize) -> Server {
    Server::start(move |asked, n_before| {
        let (body, tag) = if n_before < after { (pack(100), "\"v1\"") } else { (pack(101), "\"v2\"") };
        let is_known =
            asked.header("if-none-match").is_some_and(|tags| tags.split(", ").any(|known| known == tag));
        if is_known { Reply::new(304, b"").with("etag", tag) } else { tagged(&body, tag) }
    })
    .await
}

async fn fetch(setting: &Setting, release: &Release) -> Fetched {
    setting.fetch(std::slice::from_ref(release)).await.remove(0)
}

#[tokio::test]
async fn a_reissue_is_kept_and_reported_and_used_only_once_it_is_declared() {
    let server = reissuing(1).await;
    let mut setting = Setting { check: Check::Always, ..Setting::new() };
    let first = release(2017, server.url("/pack.zip"));
    assert_eq!(fetch(&setting, &first).await.reissue, None);
    setting.confirm();

    setting.now = "2026-11-24T03:00:00Z";
    for n_asked in 2..5 {
        let fetched = fetch(&setting, &first).await;
        let (snapshot, had) = fetched.outcome.unwrap();
        assert_eq!((snapshot.sha256(), had), (Sha256::of(&pack(100)), Had::Kept));
        let reissue = fetched.reissue.unwrap();
        assert_eq!(reissue.sha256, Sha256::of(&pack(101)));
        assert_eq!(reissue.first_seen.unwrap().to_string(), "2026-11-24T03:00:00Z");
        assert!(fetched.unchecked.is_none());
        assert_eq!(setting.objects(), names(&[&pack(100), &pack(101)]));
        assert_eq!(server.asked().len(), n_asked);
    }
    // The transfer is saved once the same bytes have come twice: every version that is known by its tag is named.
    assert_eq!(server.asked()[1].header("if-none-match"), Some("\"v1\""));
    assert_eq!(server.asked()[2].header("if-none-match"), Some("\"v1\""));
    assert_eq!(server.asked()[3].header("if-none-match"), Some("\"v1\", \"v2\""));

    let second = Release { edition: 2, sha256: Some(Sha256::of(&pack(101))), ..first.clone() };
    setting.location = Location::Nowhere;
    let fetched = fetch(&setting, &second).await;
    assert_eq!(fetched.outcome.unwrap().0.sha256(), Sha256::of(&pack(101)));
    assert_eq!(fetched.reissue, None);
    // The first edition is still there for whoever asks for it.
    assert_eq!(fetch(&setting, &first).await.outcome.unwrap().0.sha256(), Sha256::of(&pack(100)));
}

#[tokio::test]
async fn content_decides_and_not_the_tag() {
    let server = Server::start(|_, n_before| tagged(&pack(100), &format!("\"v{n_before}\""))).await;
    let mut setting = Setting { check: Check::Always, ..Setting::new() };
    let release = release(2017, server.url("/pack.zip"));
    fetch(&setting, &release).await;
    setting.now = "2026-11-24T03:00:00Z";
    let fetched = fetch(&setting, &release).await;
    assert_eq!((fetched.reissue, setting.objects()), (None, names(&[&pack(100)])));
    let lock = setting.lock();
    let pin = lock.pin("test", &release).unwrap();
    assert_eq!(pin.etag.as_deref(), Some("\"v1\""));
    assert_eq!(pin.first_seen.unwrap().to_string(), "2026-11-23T03:00:00Z");
    assert_eq!(pin.last_seen.unwrap().to_string(), "2026-11-24T03:00:00Z");
}

#[tokio::test]
async fn a_date_serves_where_there_is_no_tag() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let server = Server::start(move |asked: &Asked, _| match asked.header("if-modified-since") {
        Some(asked) if asked == date => Reply::new(304, b""),
        _ => Reply::ok(&pack(100)).with("last-modified", date),
    })
    .await;
    let mut setting = Setting { check: Check::Always, ..Setting::new() };
    let release = release(2017, server.url("/pack.zip"));
    fetch(&setting, &release).await;
    setting.confirm();
    setting.now = "2026-11-24T03:00:00Z";
    assert!(fetch(&setting, &release).await.unchecked.is_none());
    assert_eq!(setting.lock().pin("test", &release).unwrap().last_seen.unwrap().to_string(), setting.now);
}

#[tokio::test]
async fn what_cannot_be_compared_is_used_and_said() {
    for (reply, why) in [
        (Reply::ok(b"<!DOCTYPE html><title>Just a moment...</title>"), "HTML page"),
        (Reply::new(404, b"gone"), "is not at its source"),
        (Reply::new(503, b""), "failed after 5 attempts"),
    ] {
        let server = Server::replying(vec![Reply::ok(&pack(100)), reply]).await;
        let setting = Setting { check: Check::Always, ..Setting::new() };
        let release = release(2017, server.url("/pack.zip"));
        fetch(&setting, &release).await;
        let fetched = fetch(&setting, &release).await;
        assert_eq!(fetched.outcome.unwrap().1, Had::Kept);
        let unchecked: Error = fetched.unchecked.unwrap();
        assert!(unchecked.to_string().contains(why), "{unchecked}");
        assert_eq!((fetched.reissue, setting.objects()), (None, names(&[&pack(100)])));
    }
}

#[tokio::test]
async fn a_file_is_looked_at_again_after_a_while() {
    let server = reissuing(9).await;
    let day = Duration::from_hours(20);
    let mut setting = Setting { check: Check::After(day), ..Setting::new() };
    let release = release(2017, server.url("/pack.zip"));
    for (now, n_asked) in [
        ("2026-11-23T03:00:00Z", 1),
        ("2026-11-23T22:59:59Z", 1),
        ("2026-11-23T23:00:00Z", 2),
        ("2026-11-23T23:00:01Z", 2),
    ] {
        setting.now = now;
        fetch(&setting, &release).await.outcome.unwrap();
        setting.confirm();
        assert_eq!(server.asked().len(), n_asked, "{now}");
    }
    setting.check = Check::Never;
    setting.now = "2027-11-23T03:00:00Z";
    fetch(&setting, &release).await.outcome.unwrap();
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_clock_that_was_ahead_hides_no_reissue() {
    let server = reissuing(1).await;
    let mut setting = Setting { check: Check::After(Duration::from_hours(20)), ..Setting::new() };
    let release = release(2017, server.url("/pack.zip"));
    setting.now = "2036-01-01T03:00:00Z";
    fetch(&setting, &release).await.outcome.unwrap();
    setting.confirm();
    setting.now = "2026-11-25T03:00:00Z";
    let fetched = fetch(&setting, &release).await;
    assert_eq!(fetched.reissue.unwrap().sha256, Sha256::of(&pack(101)));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_changed_file_in_a_folder_is_noticed_by_its_time_or_size() {
    let mut setting = Setting { check: Check::After(Duration::from_hours(20)), ..Setting::new() };
    let mirror = setting.folder.path().join("mirror");
    setting.location = Location::Folder(mirror.clone());
    fs_err::create_dir_all(&mirror).unwrap();
    let release = release(2017, "https://example.org/pack.zip".to_owned());
    fs_err::write(mirror.join("pack.zip"), pack(100)).unwrap();
    setting.now = "2100-11-23T03:00:00Z";
    assert_eq!(fetch(&setting, &release).await.reissue, None);
    setting.confirm();
    fs_err::write(mirror.join("pack.zip"), pack(101)).unwrap();
    let reissue = fetch(&setting, &release).await.reissue.unwrap();
    assert_eq!(reissue.sha256, Sha256::of(&pack(101)));
    // Taken back: the bytes of the first edition are what is current again.
    fs_err::write(mirror.join("pack.zip"), pack(100)).unwrap();
    setting.now = "2100-11-23T03:00:05Z";
    assert_eq!(fetch(&setting, &release).await.reissue, None);
    assert_eq!(setting.objects(), names(&[&pack(100), &pack(101)]));
}
