//! A run that is stopped in the middle leaves nothing that could be taken for a file.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use iapt_fetch::{Check, Config, Fetcher, Location, Moment, Source, USER_AGENT, silent};

use crate::{
    server::{Reply, Server},
    setting::{SETTINGS, Setting, names, pack, release, request, until},
};

/// What the child is told: where to keep, and what to fetch.
const SNAPSHOTS: &str = "IAPT_TEST_SNAPSHOTS";
const ADDRESS: &str = "IAPT_TEST_ADDRESS";

#[tokio::test]
async fn dropping_the_future_leaves_nothing() {
    let endless = Reply::ok(&pack(100)).silent_for(Duration::from_mins(1));
    let server = Server::replying(vec![endless, Reply::ok(&pack(100))]).await;
    let mut setting = Setting::new();
    setting.settings.read_timeout = Duration::from_mins(1);
    let release = release(2017, server.url("/pack.zip"));
    let requests = [request(&release)];
    let fetcher = setting.fetcher();
    tokio::select! {
        _ = fetcher.fetch(&requests) => panic!("it ended by itself"),
        () = until(|| is_half_there(&setting)) => {}
    }
    assert_eq!(server.asked().len(), 1);
    assert_eq!(setting.objects(), names(&[]));
    setting.fetch_one(&release).await.unwrap();
}

#[tokio::test]
async fn a_killed_run_leaves_nothing_visible_and_the_next_one_clears_up() {
    let endless = Reply::ok(&pack(100)).silent_for(Duration::from_mins(1));
    let server = Server::replying(vec![endless, Reply::ok(&pack(100))]).await;
    let setting = Setting::new();
    let address = server.url("/pack.zip");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_that_waits_for_its_end", "--ignored"])
        .env(SNAPSHOTS, setting.snapshots())
        .env(ADDRESS, &address)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until(|| is_half_there(&setting)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(setting.objects(), [".part-0"]);
    assert!(!setting.snapshots().join("lock.toml").exists());
    assert!(setting.lock().pins().next().is_none());

    setting.fetch_one(&release(2017, address)).await.unwrap();
    assert_eq!(setting.objects(), names(&[&pack(100)]));
}

/// Half of the bytes are there, and the server is silent.
fn is_half_there(setting: &Setting) -> bool {
    let part = setting.snapshots().join("objects/.part-0");
    let half = u64::try_from(pack(100).len() / 2).unwrap();
    part.metadata().is_ok_and(|metadata| metadata.len() == half)
}

#[tokio::test]
#[ignore = "run, and killed, by the test above"]
async fn child_that_waits_for_its_end() {
    let (Ok(snapshots), Ok(address)) = (std::env::var(SNAPSHOTS), std::env::var(ADDRESS)) else { return };
    let fetcher = Fetcher::new(Config {
        source: Source { name: "test".to_owned(), is_stand_in: false, location: Location::Publisher },
        snapshots: snapshots.into(),
        settings: iapt_fetch::Settings { read_timeout: Duration::from_mins(1), ..SETTINGS },
        user_agent: USER_AGENT.to_owned(),
        listener: silent(),
        now: Moment::now(),
        check: Check::Never,
        holder: "a run that will be killed".to_owned(),
    });
    let _ = fetcher.fetch(&[request(&release(2017, address))]).await;
}
