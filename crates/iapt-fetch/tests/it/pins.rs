//! Pinned on first use, verified ever after.

use std::time::Duration;

use iapt_fetch::{Check, Error, Had, Holding, Location, Lock, Moment, PinnedBy};
use iapt_files::Sha256;

use crate::{
    server::{Reply, Server},
    setting::{Setting, names, pack, release},
};

#[tokio::test]
async fn kept_releases_need_no_network() {
    let reply =
        Reply::ok(&pack(100)).with("etag", "\"v1\"").with("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    let server = Server::replying(vec![reply]).await;
    let mut setting = Setting::new();
    let release = release(2017, server.url("/82/2C/pack.zip"));
    assert_eq!(setting.lock().holding("test", &release), Holding::Unknown);
    assert!(setting.lock().needs_download("test", [&release]));

    let (snapshot, had) = setting.fetch_one(&release).await.unwrap();
    assert_eq!(had, Had::Downloaded { bytes: snapshot.bytes(), attempts: 1, resumed: 0 });
    assert_eq!(snapshot.sha256(), Sha256::of(&pack(100)));
    assert_eq!(snapshot.path().unwrap(), setting.lock().object(snapshot.sha256()));
    assert_eq!(server.asked()[0].header("user-agent"), Some(iapt_fetch::USER_AGENT));
    assert_eq!(server.asked()[0].path, "/82/2C/pack.zip");

    let lock = setting.lock();
    let pin = lock.pin("test", &release).unwrap();
    assert_eq!(pin.etag.as_deref(), Some("\"v1\""));
    assert_eq!(pin.last_modified.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!((pin.licence.as_deref(), pin.bytes), (Some("OGL-UK-3.0"), snapshot.bytes()));
    assert_eq!(lock.holding("test", &release), Holding::Kept(pin));
    assert!(!lock.needs_download("test", [&release]));
    // A pin holds for one source only.
    assert_eq!(lock.holding("another", &release), Holding::Unknown);

    setting.location = Location::Nowhere;
    let (again, had) = setting.fetch_one(&release).await.unwrap();
    assert_eq!((again.path().unwrap(), had), (snapshot.path().unwrap(), Had::Kept));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn nothing_is_fetched_where_nothing_may_be() {
    let setting = Setting { location: Location::Nowhere, ..Setting::new() };
    let error = setting.fetch_one(&release(2017, "https://example.org/a.zip".to_owned())).await.unwrap_err();
    assert!(matches!(error, Error::Offline { .. }));
    assert_eq!(error.to_string(), "psych 2017-18 is not kept here, and no connection is allowed");
    assert!(!setting.snapshots().exists(), "offline touches nothing");
}

#[tokio::test]
async fn a_file_that_is_gone_is_fetched_again_and_must_be_the_same() {
    let replies =
        vec![Reply::ok(&pack(100)), Reply::ok(&pack(100)), Reply::ok(&pack(101)), Reply::ok(b"<html>")];
    let server = Server::replying(replies).await;
    let setting = Setting::new();
    let release = release(2017, server.url("/pack.zip"));
    let (snapshot, _) = setting.fetch_one(&release).await.unwrap();
    fs_err::remove_file(snapshot.path().unwrap()).unwrap();
    assert!(matches!(setting.lock().holding("test", &release), Holding::Gone(_)));
    let (snapshot, had) = setting.fetch_one(&release).await.unwrap();
    assert_eq!(had, Had::Downloaded { bytes: snapshot.bytes(), attempts: 1, resumed: 0 });

    setting.confirm();
    fs_err::remove_file(snapshot.path().unwrap()).unwrap();
    let error = setting.fetch_one(&release).await.unwrap_err();
    let Error::Changed { pinned_by, pinned, found, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (*pinned_by, *pinned, *found),
        (PinnedBy::LockFile, Sha256::of(&pack(100)), Sha256::of(&pack(101)))
    );
    assert!(error.hint().unwrap().contains("next edition"));
    // They are not lost either: whoever declares them as the next edition has them.
    assert_eq!(setting.objects(), names(&[&pack(101)]));
    let reissue = setting.lock().reissue("test", &release).unwrap().clone();
    assert_eq!(reissue.sha256, Sha256::of(&pack(101)));
    let before = fs_err::read_to_string(setting.snapshots().join("lock.toml")).unwrap();

    // A page instead of the file is called a page, not a change.
    let error = setting.fetch_one(&release).await.unwrap_err();
    assert!(matches!(error, Error::NotAccepted { .. }), "{error}");
    assert_eq!(fs_err::read_to_string(setting.snapshots().join("lock.toml")).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_fetched_again() {
    let server = Server::replying(vec![Reply::ok(&pack(100))]).await;
    let mut setting = Setting::new();
    let release = release(2017, server.url("/pack.zip"));
    let (snapshot, _) = setting.fetch_one(&release).await.unwrap();
    let mut rotten = pack(100);
    rotten[700] ^= 1;
    fs_err::write(snapshot.path().unwrap(), &rotten).unwrap();
    setting.location = Location::Nowhere;
    let error = setting.fetch_one(&release).await.unwrap_err();
    let Error::Damaged { path, pinned, found, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (path.as_path(), *pinned, *found),
        (snapshot.path().unwrap(), snapshot.sha256(), Sha256::of(&rotten))
    );
    assert!(error.hint().unwrap().contains("without --offline"));
    assert_eq!(server.asked().len(), 1);
    setting.told();

    setting.location = Location::Publisher;
    let (again, had) = setting.fetch_one(&release).await.unwrap();
    assert_eq!(had, Had::Downloaded { bytes: snapshot.bytes(), attempts: 1, resumed: 0 });
    assert!(setting.told().contains(&"2017-18: set aside".to_owned()), "damage is not papered over");
    let aside = setting.snapshots().join("damaged").join(snapshot.sha256().to_string());
    assert_eq!(fs_err::read(&aside).unwrap(), rotten);

    // A folder under its name, and whatever was set aside before, are no obstacle.
    fs_err::remove_file(again.path().unwrap()).unwrap();
    fs_err::create_dir(again.path().unwrap()).unwrap();
    setting.fetch_one(&release).await.unwrap();
    assert!(aside.is_dir());
    fs_err::write(snapshot.path().unwrap(), b"").unwrap();
    setting.fetch_one(&release).await.unwrap();
    assert_eq!(setting.objects(), names(&[&pack(100)]));
}

/// A file that was read once is not read again to learn that nobody has written to it; whoever uses its bytes reads them.
#[tokio::test]
async fn a_kept_file_is_compared_where_it_was_written_to_and_where_it_is_used() {
    let server = Server::replying(vec![Reply::ok(&pack(100))]).await;
    // Long after the file was written.
    let mut setting = Setting { now: "2099-01-01T00:00:00Z", ..Setting::new() };
    let release = release(2017, server.url("/pack.zip"));
    setting.fetch_one(&release).await.unwrap();
    setting.location = Location::Nowhere;
    let (snapshot, _) = setting.fetch_one(&release).await.unwrap();
    let (path, seen) = (snapshot.path().unwrap().to_owned(), setting.snapshots().join(".seen"));
    let noted = fs_err::read_to_string(&seen).unwrap();
    assert!(noted.starts_with(&format!("{} ", snapshot.sha256())), "{noted}");

    let (mut rotten, modified) = (pack(100), fs_err::metadata(&path).unwrap().modified().unwrap());
    rotten[700] ^= 1;
    fs_err::write(&path, &rotten).unwrap();
    fs_err::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let error = setting.fetch_one(&release).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");

    // Bytes that become others without a trace are those that were seen, until somebody uses them or asks.
    let now = Moment::now().unix_seconds() + 3600;
    let stamp = iapt_files::stamp(&path, now).unwrap().unwrap();
    fs_err::write(&seen, format!("{} {stamp}\n", snapshot.sha256())).unwrap();
    let (snapshot, had) = setting.fetch_one(&release).await.unwrap();
    assert_eq!(had, Had::Kept);
    assert!(snapshot.path().unwrap_err().to_string().contains("has changed: pinned sha256"));
    setting.check = Check::Always;
    let error = setting.fetch_one(&release).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn bytes_that_no_build_has_used_are_replaced_by_others() {
    let server =
        Server::replying(vec![Reply::ok(&pack(100)), Reply::ok(&pack(101)), Reply::ok(&pack(102))]).await;
    let setting = Setting { check: Check::After(Duration::from_hours(20)), ..Setting::new() };
    let release = release(2017, server.url("/pack.zip"));
    for (n_rows, rows) in [(100, Some(99)), (101, Some(100))] {
        let (snapshot, had) = setting.fetch_one(&release).await.unwrap();
        assert_eq!(snapshot.sha256(), Sha256::of(&pack(n_rows)));
        assert!(matches!(had, Had::Downloaded { .. }), "{had:?}");
        assert_eq!(setting.objects(), names(&[&pack(n_rows)]));
        let lock = setting.lock();
        let pin = lock.pin("test", &release).unwrap();
        assert_eq!((pin.is_tentative, pin.rows), (true, rows));
        assert_eq!(lock.reissue("test", &release), None);
    }
    setting.confirm();
    assert!(!setting.lock().pin("test", &release).unwrap().is_tentative);
    // Used: it is not asked for again today, and other bytes are a re-issue from now on.
    let n_asked = server.asked().len();
    setting.fetch_one(&release).await.unwrap();
    assert_eq!(server.asked().len(), n_asked);
    let setting = Setting { check: Check::Always, ..setting };
    let fetched = setting.fetch(std::slice::from_ref(&release)).await.remove(0);
    assert_eq!(fetched.outcome.unwrap().0.sha256(), Sha256::of(&pack(101)));
    assert_eq!(fetched.reissue.unwrap().sha256, Sha256::of(&pack(102)));
}

#[tokio::test]
async fn bytes_that_are_declared_are_not_replaced_by_others() {
    let server = Server::replying(vec![Reply::ok(&pack(100)), Reply::ok(&pack(101))]).await;
    let setting = Setting { check: Check::Always, ..Setting::new() };
    let mut release = release(2017, server.url("/pack.zip"));
    release.sha256 = Some(Sha256::of(&pack(100)));
    for reissued in [None, Some(Sha256::of(&pack(101)))] {
        let fetched = setting.fetch(std::slice::from_ref(&release)).await.remove(0);
        assert_eq!(fetched.outcome.unwrap().0.sha256(), Sha256::of(&pack(100)));
        assert_eq!(fetched.reissue.map(|pin| pin.sha256), reissued);
    }
}

#[tokio::test]
async fn the_publications_own_checksum_comes_first() {
    let server = Server::replying(vec![Reply::ok(&pack(100))]).await;
    let mut setting = Setting::new();
    let mut release = release(2017, server.url("/pack.zip"));
    release.sha256 = Some(Sha256::of(b"what the publication is known to be"));
    let error = setting.fetch_one(&release).await.unwrap_err();
    assert!(matches!(error, Error::Changed { pinned_by: PinnedBy::ReleasesToml, .. }), "{error}");
    assert_eq!(setting.objects(), names(&[]));
    assert!(setting.lock().pins().next().is_none());

    // The stand-in's files are not the publication.
    setting.is_stand_in = true;
    setting.location = Location::Mirror(server.url("/").parse().unwrap());
    setting.fetch_one(&release).await.unwrap();
    setting.fetch_one(&release).await.unwrap();

    // The same pin under a source that claims to be the publication: it gives way until a build has used it.
    setting.is_stand_in = false;
    let error = setting.fetch_one(&release).await.unwrap_err();
    assert!(matches!(error, Error::Changed { pinned_by: PinnedBy::ReleasesToml, .. }), "{error}");
    setting.confirm();
    let error = setting.fetch_one(&release).await.unwrap_err();
    assert!(matches!(error, Error::PinsDiffer { .. }), "{error}");
}

#[tokio::test]
async fn one_file_from_two_sources_is_kept_once() {
    let server = Server::replying(vec![Reply::ok(&pack(100))]).await;
    let mut setting = Setting::new();
    setting.fetch_one(&release(2017, server.url("/a/pack.zip"))).await.unwrap();
    setting.location = Location::Mirror(server.url("/").parse().unwrap());
    setting.fetch_one(&release(2018, server.url("/b/pack.zip"))).await.unwrap();
    assert_eq!(setting.objects(), names(&[&pack(100)]));
    assert_eq!(setting.lock().pins().count(), 2);
}

#[tokio::test]
async fn a_lock_file_that_is_not_understood_stops_everything() {
    let setting = Setting::new();
    fs_err::create_dir_all(setting.snapshots()).unwrap();
    fs_err::write(setting.snapshots().join("lock.toml"), "version = 7\n").unwrap();
    let error = setting.fetcher().fetch(&[]).await.unwrap_err();
    assert!(matches!(&error, Error::LockFile { .. }), "{error}");
    assert!(Lock::read(&setting.snapshots()).is_err());
    let path = setting.snapshots().join("lock.toml");
    fs_err::write(&path, b"version = 3 # \xff\n").unwrap();
    let error = Lock::read(&setting.snapshots()).unwrap_err();
    assert!(error.to_string().ends_with("is not understood: it is not UTF-8 text"), "{error}");
    fs_err::remove_file(&path).unwrap();
    fs_err::create_dir(&path).unwrap();
    let error = Lock::read(&setting.snapshots()).unwrap_err();
    assert!(error.to_string().ends_with("is not understood: it is a folder"), "{error}");
    assert!(error.hint().is_some());
}
