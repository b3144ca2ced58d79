//! A title says what the rows say: present, reversed or absent.

use crate::made::{Made, pages, text};

fn board(code: &'static str, value: f64, interval: Option<(f64, f64)>) -> Made<'static> {
    Made { code, name: code, value: Some(value), interval }
}

/// The finding of a chart of a page.
fn finding(html: &str, chart: &str) -> String {
    let (_, rest) = html.split_once(&format!("<figure id=\"{chart}\">")).unwrap();
    let (_, rest) = rest.split_once("<p class=\"finding\">").unwrap();
    rest.split(" <a").next().unwrap().to_owned()
}

/// The sentence at the top of a page.
fn answer(html: &str) -> String {
    let (_, rest) = html.split_once("<p class=\"answer\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split("</p>").next().unwrap().to_owned()
}

fn place(value: f64, interval: Option<(f64, f64)>) -> String {
    let pages = pages(Some(50.0), &[board("QA1", value, interval), board("QA2", 51.0, Some((49.0, 53.0)))]);
    finding(&text(&pages, "site/areas/icb/QA1.html"), "place")
}

#[test]
fn beside_england_follows_the_interval() {
    let check = |value, interval, expected: &str| assert_eq!(place(value, interval), expected);
    check(55.0, Some((53.0, 57.0)), "Compared with England in 2024-25: clearly higher in 1 measure");
    check(45.0, Some((43.0, 47.0)), "Compared with England in 2024-25: clearly lower in 1 measure");
    check(50.5, Some((48.0, 53.0)), "Compared with England in 2024-25: no clear difference in 1 measure");
    // Higher as printed, and still not said to be: England lies inside the interval.
    check(54.0, Some((49.9, 58.0)), "Compared with England in 2024-25: no clear difference in 1 measure");
    check(54.0, None, "QA1 in 2024-25, not compared with England");
}

#[test]
fn the_opening_sentence_follows_the_interval() {
    let opening = |value, interval| {
        let pages = pages(Some(50.0), &[board("QA1", value, Some(interval)), board("QA2", 51.0, None)]);
        let html = text(&pages, "site/areas/icb/QA1.html");
        let (_, rest) = html.split_once("<p class=\"answer\">").unwrap();
        rest.split("</p>").next().unwrap().to_owned()
    };
    assert!(opening(55.0, (53.0, 57.0)).contains("That is clearly higher than England"));
    assert!(opening(45.0, (43.0, 47.0)).contains("That is clearly lower than England"));
    assert!(opening(50.5, (48.0, 53.0)).contains("That is not clearly different from England"));
}

#[test]
fn what_is_not_there_is_said() {
    let boards = [board("QA1", 45.0, Some((43.0, 47.0))), board("QA2", 51.0, Some((49.0, 53.0)))];
    let without = pages(None, &boards);
    let overview = text(&without, "site/index.html");
    assert!(overview.contains("Recovery in 2024-25 is not in these figures."));
    // What has no number has no chart either.
    for (page, chart) in
        [("index", "four-bases"), ("what-happens", "pathway"), ("what-happens", "four-bases-by-year")]
    {
        assert!(
            !text(&without, &format!("site/{page}.html")).contains(&format!("<figure id=\"{chart}\">")),
            "{chart}"
        );
    }
    let variation = text(&without, "site/compare-areas.html");
    assert_eq!(
        finding(&variation, "recovery-rate-icb-latest"),
        "Recovery rate: 1 of 2 integrated care boards reached the 50% target in 2024-25"
    );
    let with = text(&pages(Some(50.0), &boards), "site/compare-areas.html");
    assert!(!without.contains_key(std::path::Path::new("site/compare-areas-archive.html")));
    assert!(answer(&with).starts_with(
        "Recovery rate in 2024-25 ranged from 45.0% (QA1) to 51.0% (QA2) between 2 integrated care boards; \
         England had 50.0%. 1 of the 2 reached the national target of 50%."
    ));
    assert!(!answer(&variation).contains("England"));
}

#[test]
fn no_title_speaks_of_a_trend() {
    let pages =
        pages(Some(50.0), &[board("QA1", 45.0, Some((43.0, 47.0))), board("QA2", 51.0, Some((49.0, 53.0)))]);
    for (path, bytes) in pages.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "html")) {
        let html = String::from_utf8(bytes.clone()).unwrap();
        for part in html.split("<p class=\"finding\">").skip(1) {
            let title = part.split('<').next().unwrap().to_lowercase();
            for word in [
                "rise",
                "rose",
                "fell",
                "fall",
                "improving",
                "worsen",
                "trend",
                "increase",
                "decrease",
                "decline",
                "because",
                "due to",
            ] {
                let is_there = title.split(|letter: char| !letter.is_alphabetic()).any(|one| one == word);
                assert!(!is_there, "{}: {title}", path.display());
            }
        }
    }
}
