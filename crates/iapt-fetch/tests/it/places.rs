//! Folders, mirrors, several releases at once, and two runs in one folder.

use std::time::Duration;

use iapt_fetch::{Error, Had, Location};

use crate::{
    server::{Reply, Server},
    setting::{Setting, names, pack, release, request, until},
};

#[tokio::test]
async fn a_folder_is_laid_out_by_the_publishers_paths() {
    let mirror = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(mirror.path().join("82/2C")).unwrap();
    fs_err::write(mirror.path().join("82/2C/pack.zip"), pack(100)).unwrap();
    fs_err::write(mirror.path().join("page.zip"), "<html>moved</html>").unwrap();
    let setting = Setting { location: Location::Folder(mirror.path().to_owned()), ..Setting::new() };
    let fetched = setting
        .fetch(&[
            release(2016, "https://files.example.org/82/2C/other.zip".to_owned()),
            release(2017, "https://files.example.org/82/2C/pack.zip".to_owned()),
            release(2018, "https://files.example.org/page.zip".to_owned()),
            release(2019, "https://files.example.org/82/2C/pack.zip/deeper.zip".to_owned()),
        ])
        .await;
    let [missing, good, page, deeper] = fetched.as_slice() else { panic!() };
    let path = mirror.path().join("82/2C/other.zip").display().to_string();
    let error = missing.outcome.as_ref().unwrap_err();
    assert!(matches!(error, Error::NotHeld { location, .. } if *location == path), "{error}");
    assert!(matches!(deeper.outcome.as_ref().unwrap_err(), Error::NotHeld { .. }));
    assert!(matches!(page.outcome.as_ref().unwrap_err(), Error::NotAccepted { .. }));
    let (snapshot, had) = good.outcome.as_ref().unwrap();
    assert_eq!(*had, Had::Downloaded { bytes: snapshot.bytes(), attempts: 1, resumed: 0 });
    assert_ne!(snapshot.path().unwrap(), mirror.path().join("82/2C/pack.zip"));
    assert_eq!(setting.objects(), names(&[&pack(100)]));
}

#[tokio::test]
async fn a_release_may_be_a_bare_file() {
    let mirror = tempfile::tempdir().unwrap();
    fs_err::write(mirror.path().join("main.csv"), "OrgType\nEngland\n").unwrap();
    fs_err::write(mirror.path().join("pack.zip"), "OrgType\nEngland\n").unwrap();
    let setting = Setting { location: Location::Folder(mirror.path().to_owned()), ..Setting::new() };
    setting.fetch_one(&release(2017, "https://files.example.org/main.csv".to_owned())).await.unwrap();
    let error =
        setting.fetch_one(&release(2018, "https://files.example.org/pack.zip".to_owned())).await.unwrap_err();
    assert!(matches!(error, Error::NotAnArchive { .. }), "{error}");
}

#[tokio::test]
async fn a_mirror_lists_what_it_lacks() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/nhs/82/pack.zip" => Reply::ok(&pack(100)),
        _ => Reply::new(404, b""),
    })
    .await;
    let mut setting = Setting::new();
    setting.location = Location::Mirror(server.url("/nhs/").parse().unwrap());
    let fetched = setting
        .fetch(&[
            release(2016, "https://files.example.org/81/pack.zip".to_owned()),
            release(2017, "https://files.example.org/82/pack.zip".to_owned()),
        ])
        .await;
    assert!(matches!(fetched[0].outcome, Err(Error::NotHeld { .. })));
    assert!(fetched[1].outcome.is_ok());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn two_connections_at_most_and_the_order_of_the_requests() {
    let server = Server::start(|asked, _| {
        let number = asked.path.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        // Later ones are faster, so that they finish out of order.
        Reply::ok(&pack(number)).silent_for(Duration::from_millis(u64::from(100 - number)))
    })
    .await;
    let setting = Setting::new();
    let releases: Vec<_> = (12..20)
        .map(|number| release(2000 + number, server.url(&format!("/{}.zip", (number - 11) * 10))))
        .collect();
    let fetched = setting.fetch(&releases).await;
    let found: Vec<_> = fetched.iter().map(|one| one.release.clone()).collect();
    assert_eq!(found, releases);
    for one in &fetched {
        let (snapshot, _) = one.outcome.as_ref().unwrap();
        assert_eq!(snapshot.release(), &one.release);
    }
    assert_eq!(server.most_at_once(), 2);
    assert_eq!(setting.objects().len(), 8);
    assert_eq!(setting.lock().pins().count(), 8);
}

#[tokio::test]
async fn one_failure_spoils_no_other() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/good.zip" => Reply::ok(&pack(100)),
        _ => Reply::new(500, b""),
    })
    .await;
    let setting = Setting::new();
    let releases = [release(2016, server.url("/bad.zip")), release(2017, server.url("/good.zip"))];
    // On another task: a caller may do so, since the future can be sent.
    let fetched = tokio::spawn(async move { setting.fetch(&releases).await }).await.unwrap();
    assert!(matches!(fetched[0].outcome, Err(Error::GaveUp { .. })));
    assert!(fetched[1].outcome.is_ok());
}

#[tokio::test]
async fn two_runs_do_not_share_a_folder() {
    let reply = Reply::ok(&pack(100)).silent_for(Duration::from_millis(1500));
    let server = Server::replying(vec![reply]).await;
    let setting = Setting::new();
    let requests = [request(&release(2017, server.url("/pack.zip")))];
    let (first, second) = (setting.fetcher(), setting.fetcher());
    let (first, second) = tokio::join!(first.fetch(&requests), async {
        until(|| !server.asked().is_empty()).await;
        second.fetch(&requests).await
    });
    assert!(first.unwrap()[0].outcome.is_ok());
    let error = second.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("another run is fetching into `{}`: a test", setting.snapshots().display())
    );
    // What is kept may be read meanwhile and afterwards.
    assert!(setting.fetch(&[requests[0].release.clone()]).await[0].outcome.is_ok());
}

#[tokio::test]
async fn what_is_no_file_is_refused_at_once() {
    let mirror = tempfile::tempdir().unwrap();
    let pipe = mirror.path().join("pipe.zip");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs_err::create_dir(mirror.path().join("folder.zip")).unwrap();
    let setting = Setting { location: Location::Folder(mirror.path().to_owned()), ..Setting::new() };
    for (name, what) in [("pipe.zip", "a pipe, a socket or a device"), ("folder.zip", "a folder")] {
        let error =
            setting.fetch_one(&release(2017, format!("https://files.example.org/{name}"))).await.unwrap_err();
        let path = mirror.path().join(name).display().to_string();
        assert_eq!(error.to_string(), format!("`{path}` of psych 2017-18 is not a file: it is {what}"));
    }
}
