//! A file of an unusual size is kept, said on every run, and not used until somebody has acknowledged it.

use std::time::Duration;

use iapt_fetch::{Check, Error, Fetched, Location, Request};
use iapt_files::Sha256;
use iapt_model::Release;

use crate::{
    server::{Reply, Server},
    setting::{Setting, names, pack, release, request},
};

/// Fetches packs of these lengths, one a year, in one run; says which years were refused.
async fn refused(setting: &Setting, server: &Server, n_rows: &[u32]) -> Vec<String> {
    let releases: Vec<Release> = years(server, n_rows);
    setting.fetch(&releases).await.iter().filter_map(said).collect()
}

fn years(server: &Server, n_rows: &[u32]) -> Vec<Release> {
    let year = |at: usize| 2014 + u32::try_from(at).unwrap();
    n_rows.iter().enumerate().map(|(at, n)| release(year(at), server.url(&format!("/{n}.zip")))).collect()
}

fn said(fetched: &Fetched) -> Option<String> {
    let error = fetched.outcome.as_ref().err()?;
    assert!(matches!(error, Error::UnusualSize { .. }), "{error}");
    Some(error.to_string())
}

/// A server of packs with as many rows as their names say.
async fn server() -> Server {
    Server::start(|asked, _| {
        let n_rows = asked.path.trim_start_matches('/').trim_end_matches(".zip").parse().unwrap();
        Reply::ok(&pack(n_rows))
    })
    .await
}

#[tokio::test]
async fn a_file_far_from_its_neighbours_is_kept_and_not_used_until_it_is_acknowledged() {
    let server = server().await;
    let mut setting = Setting::new();
    let n_rows = [100, 110, 120, 2000];
    let message = format!(
        "psych 2017-18 is kept but not used: it has {} bytes, and the median of the 3 others like it is {}",
        pack(2000).len(),
        pack(110).len()
    );
    assert_eq!(refused(&setting, &server, &n_rows).await, [message.as_str()]);
    let kept: Vec<Vec<u8>> = n_rows.iter().map(|n_rows| pack(*n_rows)).collect();
    assert_eq!(setting.objects(), names(&kept.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    // Said again, without asking for it again, also where nothing may be fetched.
    setting.location = Location::Nowhere;
    assert_eq!(refused(&setting, &server, &n_rows).await, [message.as_str()]);
    assert_eq!(server.asked().len(), 4);

    let odd = years(&server, &n_rows).pop().unwrap();
    let bytes = u64::try_from(pack(2000).len()).unwrap();
    for (release, is_used) in [
        (Release { acknowledged_bytes: vec![bytes], ..odd.clone() }, true),
        (Release { acknowledged_bytes: vec![bytes + 1], ..odd.clone() }, false),
        (Release { sha256: Some(Sha256::of(&pack(2000))), ..odd }, true),
    ] {
        let outcome = setting.fetch_one(&release).await;
        assert_eq!(outcome.is_ok(), is_used, "{outcome:?}");
        let hint = outcome.err().and_then(|error| error.hint()).unwrap_or_default();
        assert!(is_used || hint.contains(&format!("`acknowledged_bytes = {bytes}`")), "{hint}");
    }
}

#[tokio::test]
async fn sizes_inside_the_band_and_too_few_neighbours_say_nothing() {
    let server = server().await;
    for n_rows in [&[100, 2000, 100][..], &[100, 100, 100, 390], &[400, 400, 400, 110], &[2000]] {
        assert_eq!(refused(&Setting::new(), &server, n_rows).await, [""; 0], "{n_rows:?}");
    }
    assert_eq!(refused(&Setting::new(), &server, &[400, 400, 400, 20]).await.len(), 1);
}

#[tokio::test]
async fn half_of_a_file_is_kept_and_not_used_and_replaced_by_the_whole() {
    let server = Server::start(|asked, n_before| match asked.path.as_str() {
        "/50.zip" if n_before > 3 => Reply::ok(&pack(101)),
        path => Reply::ok(&pack(path.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap())),
    })
    .await;
    let mut setting = Setting::new();
    setting.check = Check::After(Duration::from_hours(20));
    let releases = years(&server, &[100, 110, 120, 50]);
    let fetch = async |setting: &Setting, releases: &[Release]| {
        let banded = |release| Request { rows_band_percent: Some([70, 140]), ..request(release) };
        let requests: Vec<Request> = releases.iter().map(banded).collect();
        setting.fetcher().fetch(&requests).await.unwrap()
    };
    let odd =
        |fetched: Vec<Fetched>| -> Option<Error> { fetched.into_iter().find_map(|one| one.outcome.err()) };
    let error = odd(fetch(&setting, &releases).await).unwrap();
    assert_eq!(
        error.to_string(),
        "psych 2017-18 is kept but not used: it has 49 rows, and the median of the 3 others nearest in time is 109"
    );
    assert!(error.hint().unwrap().contains("`acknowledged_rows = 49`"));
    let mut acknowledged = releases.clone();
    acknowledged[3].acknowledged_rows = vec![49];
    let location = std::mem::replace(&mut setting.location, Location::Nowhere);
    assert!(odd(fetch(&setting, &acknowledged).await).is_none());
    assert!(odd(fetch(&setting, &releases).await).is_some());
    // Not used, so that the whole file takes its place without a word.
    setting.location = location;
    let fetched = fetch(&setting, &releases).await;
    assert!(fetched.iter().all(|one| one.outcome.is_ok() && one.reissue.is_none()));
}

#[tokio::test]
async fn a_file_of_a_few_bytes_is_no_file_to_acknowledge() {
    let server = server().await;
    let setting = Setting::new();
    let fetched = setting.fetch(&years(&server, &[900, 900, 900, 1])).await;
    let hint = fetched[3].outcome.as_ref().unwrap_err().hint().unwrap();
    assert_eq!(hint, "it is far too small to be what it should be; the next run asks for it again");
}
