//! What the publisher's pages list is found, and what is no such page is an error.

use std::collections::BTreeSet;

use iapt_fetch::{Edition, Error, Location, Series};

use crate::{
    server::{Reply, Server},
    setting::Setting,
};

const SERIES: &str = r#"<title>Annual reports</title><a href="/elsewhere">Home</a>
  <ul data-uipath="ps.series.publications-list.latest"><li><a href="/series/2024-25#top"><h4>Report,
    2024-25</h4></a></li></ul>
  <ul data-uipath="ps.series.publications-list.upcoming"><li><a href="/series/2025-26">Report, 2025-26</a></li></ul>
  <ul data-uipath="ps.series.publications-list.previous"><li><a href="/series/2023-24">Report, 2023-24</a></li>
    <li><a href="/series/2022-23">Report, 2022-23</a></li></ul>"#;

/// The page of an edition whose files are in a block of their own, and one whose files are known by their host only.
const EDITION: &str = r#"<title>2024-25</title><a href="/about">About</a><a href="https://elsewhere.org/a.zip">Elsewhere</a>
  <div data-uipath="ps.publication.resources-attachments"><div data-uipath="ps.publication.resources-attachment">
    <a href="/files/a%20b.zip?v=1&amp;x=2">Pack [zip]</a></div></div>
  <ul data-uipath="ps.publication.pages"><li><a href="/series/2024-25/data">Data</a></li>
    <li><a href="/series/2024-25#top">Summary</a></li></ul>"#;
const CHAPTER: &str =
    r#"<a href="http://localhost/c.xlsx">Tables</a><a href="/files/d">No file of the edition</a>"#;
const UPCOMING: &str =
    r#"<p data-uipath="ps.publication.upcoming-disclaimer">(Upcoming, not yet published)</p>"#;

async fn discover(setting: &Setting, server: &Server) -> Result<Vec<Edition>, Error> {
    let hosts = BTreeSet::from(["127.0.0.1".to_owned(), "localhost".to_owned()]);
    setting.fetcher().discover(&Series { page: server.url("/series"), hosts }).await
}

/// A server that has a page at each path, and challenges at the others.
async fn server(pages: &'static [(&'static str, &'static str)]) -> Server {
    Server::start(move |asked, _| {
        let page = pages.iter().find(|(path, _)| *path == asked.path).map(|(_, page)| *page);
        Reply::ok(page.unwrap_or("<html><title>Just a moment...</title></html>").as_bytes())
    })
    .await
}

#[tokio::test]
async fn editions_and_their_files_are_listed() {
    let server = server(&[
        ("/series", SERIES),
        ("/series/2024-25", EDITION),
        ("/series/2024-25/data", CHAPTER),
        ("/series/2023-24", UPCOMING),
        ("/series/2022-23", CHAPTER),
    ])
    .await;
    let setting = Setting::new();
    let editions = discover(&setting, &server).await.unwrap();
    let listed: Vec<String> = editions
        .iter()
        .map(|edition| {
            let files = edition.files.as_ref().map(|files| {
                files.iter().map(|file| format!("{} {}", file.url, file.title)).collect::<Vec<_>>().join(", ")
            });
            format!("{} {}: {files:?}", edition.page, edition.title).replace(&server.url("/"), "/")
        })
        .collect();
    assert_eq!(
        listed,
        [
            r#"/series/2024-25 Report, 2024-25: Some("/files/a%20b.zip?v=1&x=2 Pack [zip], http://localhost/c.xlsx Tables")"#,
            r#"/series/2025-26 Report, 2025-26: None"#,
            r#"/series/2023-24 Report, 2023-24: None"#,
            r#"/series/2022-23 Report, 2022-23: Some("http://localhost/c.xlsx Tables")"#,
        ]
    );
    assert_eq!(setting.objects(), [""; 0]);
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn what_is_no_such_page_is_an_error() {
    let message = |missing: &str, title: &str| {
        format!(
            "does not look like a page of the publisher: found no link in the block `{missing}`; the page's title is `{title}`"
        )
    };
    let list = "ps.series.publications-list";
    for (pages, expected) in [
        // A challenge, a series without a list, an empty list, an edition without files, one on another host.
        (&[][..], message(list, "Just a moment...")),
        (&[("/series", "<title>All</title><ul><li><a href='/series/1'>1</a></ul>")], message(list, "All")),
        (
            &[("/series", "<ul data-uipath='ps.series.publications-list'></ul><a href='/1'>1</a>")],
            message(list, ""),
        ),
        (&[("/series", SERIES)], message("ps.publication.resources-attachment", "Just a moment...")),
        (
            &[(
                "/series",
                "<ul data-uipath='ps.series.publications-list'><a href='http://evil.org/1'>1</a></ul>",
            )],
            "connections to this address are not allowed: `http://evil.org/1`".to_owned(),
        ),
    ] {
        let server = server(pages).await;
        let error = discover(&Setting::new(), &server).await.unwrap_err();
        assert!(error.to_string().ends_with(&expected), "{error}");
        assert!(error.hint().is_some());
    }
    // A file of the edition that may not be fetched, on another host and by another scheme: on its page and on a further one.
    let forbidden = |url: &str| format!("connections to this address are not allowed: `{url}`");
    let series = ("/series", "<ul data-uipath='ps.series.publications-list'><a href='/1'>1</a></ul>");
    for (pages, url) in [
        (
            &[
                series,
                (
                    "/1",
                    "<div data-uipath='ps.publication.resources-attachment'><a href='/a.zip'>A</a>
                     <a href='http://files.org/b.zip'>B</a></div>",
                ),
            ][..],
            "http://files.org/b.zip",
        ),
        (
            &[
                series,
                (
                    "/1",
                    "<a href='http://localhost/a.zip'>A</a><p data-uipath='ps.publication.pages'><a href='/2'>2</a></p>",
                ),
                (
                    "/2",
                    "<div data-uipath='ps.publication.resources-attachment'><a href='https://localhost/c.csv'>C</a></div>",
                ),
            ],
            "https://localhost/c.csv",
        ),
    ] {
        let pages: &'static [_] = Box::leak(pages.to_vec().into_boxed_slice());
        let server = server(pages).await;
        let error = discover(&Setting::new(), &server).await.unwrap_err();
        assert_eq!(error.to_string(), forbidden(url));
        assert!(error.hint().is_some());
    }
    let server = Server::replying(vec![Reply::new(403, b"no")]).await;
    let error = discover(&Setting::new(), &server).await.unwrap_err();
    assert!(matches!(error, Error::Status { status: 403, .. }), "{error}");
    let setting = Setting { location: Location::Nowhere, ..Setting::new() };
    let error = discover(&setting, &server).await.unwrap_err();
    assert!(matches!(error, Error::Offline { .. }), "{error}");
}
