//! The pages that list what is published: one for each series, and one for each edition, built as the publisher's are.
//!
//! Each series also announces the edition after its last one. Beside what discovery looks for, there is what it must not
//! take for it: a menu, a report to read, a link elsewhere.

use std::collections::BTreeMap;

use iapt_model::{Dataset, Period, Project, Release};

use crate::stand_in::path_of;

/// The editions of a series by the address of their page.
type Editions<'a> = BTreeMap<String, Edition<'a>>;

struct Edition<'a> {
    period: Period,
    /// The files, in order of their addresses.
    files: BTreeMap<&'a str, &'a Release>,
}

/// Every page by its path.
pub(crate) fn pages(project: &Project) -> BTreeMap<String, String> {
    let mut all: BTreeMap<&str, Editions<'_>> = BTreeMap::new();
    for dataset in &project.datasets {
        for release in &dataset.releases {
            let Some((series, page)) = place(dataset, release) else { continue };
            let edition = all.entry(series).or_default().entry(page);
            let edition =
                edition.or_insert_with(|| Edition { period: release.period, files: BTreeMap::new() });
            edition.files.insert(&release.url, release);
        }
    }
    let mut pages = BTreeMap::new();
    for (series, editions) in all {
        let mut newest_first: Vec<(&String, &Edition<'_>)> = editions.iter().collect();
        newest_first.sort_by_key(|(_, edition)| std::cmp::Reverse(edition.period));
        let Some(next) = newest_first.first().map(|(_, edition)| edition.period.next()) else { continue };
        let next_page = format!("{series}/{next}");
        pages.insert(path_of(series), series_page(&newest_first, (&next_page, next)));
        pages.insert(path_of(&next_page), announced_page(next));
        for (page, edition) in newest_first {
            pages.insert(path_of(page), edition_page(edition));
        }
    }
    pages
}

/// The page of the series that a release is listed on, and that of its edition.
fn place<'a>(dataset: &'a Dataset, release: &Release) -> Option<(&'a str, String)> {
    let declared = release.publication_page.as_ref();
    let is_above = |series: &&String| declared.is_some_and(|page| page.starts_with(&format!("{series}/")));
    let series = dataset.series_pages.iter().find(is_above).or(dataset.series_pages.first())?;
    Some((series, declared.cloned().unwrap_or_else(|| format!("{series}/{}", release.period))))
}

fn series_page(newest_first: &[(&String, &Edition<'_>)], next: (&String, Period)) -> String {
    let items: Vec<String> = newest_first.iter().map(|(page, edition)| item(page, edition.period)).collect();
    let (latest, previous) =
        items.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    framed(
        "Series",
        &format!(
            r#"<h3>Latest version</h3><ul data-uipath="ps.series.publications-list.latest">{latest}</ul>
<h3>Upcoming</h3><ul data-uipath="ps.series.publications-list.upcoming">{}</ul>
<h3>Previous versions</h3><ul data-uipath="ps.series.publications-list.previous">{}</ul>"#,
            item(next.0, next.1),
            previous.concat()
        ),
    )
}

fn item(page: &str, period: Period) -> String {
    let (path, title) = (escaped(&path_of(page)), titled(period));
    format!(
        r#"<li><article><a href="{path}" title="{title}"><h4>{title}</h4></a><p>What it is about.</p></article></li>"#
    )
}

fn edition_page(edition: &Edition<'_>) -> String {
    let file = |url: &&str| {
        let name = url.rsplit('/').next().unwrap_or_default();
        format!(
            r#"<div data-uipath="ps.publication.resources-attachment"><a href="{}">{}</a></div>"#,
            escaped(url),
            escaped(name)
        )
    };
    let files: String = edition.files.keys().map(file).collect();
    framed(
        &titled(edition.period),
        &format!(
            r#"<h2>Resources</h2><div data-uipath="ps.publication.resources-attachments">{files}</div>"#
        ),
    )
}

fn announced_page(period: Period) -> String {
    let text = r#"<p data-uipath="ps.publication.upcoming-disclaimer">(Upcoming, not yet published)</p>"#;
    framed(&titled(period), text)
}

fn titled(period: Period) -> String {
    if period.is_year() {
        format!("Annual report, {period}")
    } else {
        format!("Monthly statistics, {}", period.start_date().format("%B %Y"))
    }
}

fn framed(title: &str, body: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><title>{title}</title><script>"<a href='/script'>"</script></head><body>
<nav><a href="/">Home</a><a href="/data-and-information">Data</a></nav>
<h1>{title}</h1>
{body}
<footer><a href="https://elsewhere.example.org/report.pdf">Elsewhere</a></footer>
</body></html>
"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
