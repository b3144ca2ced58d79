//! What readers of the pages must find, and what no page may say: the reading of November 2026.

use crate::support::{World, all_files, whole};

/// Every page of the site, by its address.
fn pages(world: &World) -> Vec<(String, String)> {
    let pages = all_files(&world.path("out/site")).into_iter();
    let pages = pages.filter(|(path, _)| path.extension().is_some_and(|extension| extension == "html"));
    pages.map(|(path, html)| (path.display().to_string(), String::from_utf8(html).unwrap())).collect()
}

fn page(world: &World, name: &str) -> String {
    fs_err::read_to_string(world.path("out/site").join(name)).unwrap()
}

/// The text of a page as a reader sees it.
fn said(html: &str) -> String {
    let mut text = String::new();
    let mut is_inside = false;
    for character in html.chars() {
        match character {
            '<' => is_inside = true,
            '>' => {
                is_inside = false;
                text.push(' ');
            }
            _ if !is_inside => text.push(character),
            _ => {}
        }
    }
    let text = text.replace("&#x27;", "'").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page without what its figures count, which is in the publisher's own words too.
fn without_definitions(html: &str) -> String {
    let mut parts = html.split("<dl class=\"definition\">");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| page + part.split_once("</dl>").map_or("", |(_, rest)| rest))
}

/// The statements that the reading found wrong or misleading, by its numbers.
const WRONG: [(&str, &str); 16] = [
    ("W1", "do not say why anybody leaves"),
    ("W1", "Nobody is asked on leaving"),
    ("W2", "is not shown here"),
    ("W3", "Referrals received differ by 1% to 2%"),
    ("W3", "about one in a hundred"),
    ("W4", "At caseness at the start"),
    ("W4", "at caseness at the start"),
    ("W5", "As declared for the newest year"),
    ("W6", "100% lies between"),
    ("W7", "Of all appointments: share, with the number of referrals under it"),
    ("W8", "marked in 0 charts"),
    ("W11", "of all people."),
    ("W11", "fewer than 100 people"),
    ("wording", "Maximum attrition"),
    ("wording", "Two clocks, never one funnel"),
    ("wording", "a real pack carries it"),
];

#[test]
fn no_page_says_what_the_data_do_not_bear_out() {
    let world = whole();
    let mut found = Vec::new();
    for (address, html) in pages(world) {
        // The dictionary says what the publisher's own measures are, in the publisher's own words.
        if address == "data.html" || address == "data-quality.html" {
            continue;
        }
        let text = said(&without_definitions(&html));
        for (number, wrong) in WRONG {
            // What was found about one organisation is told in the publisher's words as well.
            let is_told = number == "W4" && address.starts_with("areas/");
            if text.contains(wrong) && !is_told {
                found.push(format!("{address}: {number}: {wrong}"));
            }
        }
    }
    assert!(found.is_empty(), "{} statements:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_first_page_tells_the_whole_story_of_the_newest_year() {
    let world = whole();
    let newest = world.query(
        "SELECT max(reporting_period) FROM indicators WHERE indicator = 'recovery_share' AND level = 'england'",
    );
    let bars = world.query(&format!(
        "SELECT indicator, round(value, 1) FROM indicators
         WHERE reporting_period = '{}' AND level = 'england' AND breakdown = 'total' AND dataset = 'talking_therapies_monthly'
           AND indicator IN ('recovery_share', 'recovery_of_entered', 'recovery_of_finished', 'recovery_rate')
         ORDER BY indicator",
        newest[0]
    ));
    assert_eq!(bars.len(), 4);
    for name in ["index.html", "what-happens.html"] {
        let html = page(world, name);
        let text = said(&html);
        let (_, lead) = html.split_once("class=\"answer\">").unwrap();
        let lead = lead.split("</p>").next().unwrap();
        assert!(lead.contains(&newest[0]), "{name}: {lead}");
        for bar in &bars {
            let share = format!("{}%", bar.split_once(',').unwrap().1);
            assert!(text.contains(&share), "{name} lacks {bar}");
        }
    }
    assert!(page(world, "index.html").contains("<figure id=\"of-100-referrals-chart\">"));
    let reasons = said(&page(world, "what-happens.html"));
    assert!(
        reasons.contains("Treatment completed by agreement")
            && reasons.contains("The other fourteen reasons")
    );
    assert!(said(&page(world, "waits.html")).contains("waited more than 90 days"));
}

/// A table has no row and no column without a number, beside those that are words.
#[test]
fn no_table_of_the_story_has_an_empty_row_or_column() {
    let world = whole();
    for name in ["index.html", "what-happens.html", "waits.html", "inequality.html", "areas.html"] {
        let html = page(world, name);
        for table in html.split("<tbody>").skip(1).map(|rest| rest.split("</tbody>").next().unwrap()) {
            let mut columns: Vec<bool> = Vec::new();
            for row in table.split("<tr").skip(1) {
                let cells = row.split("<td").skip(1);
                let has_digit: Vec<bool> = cells
                    .map(|cell| {
                        said(&format!("<td{cell}")).chars().any(|letter| letter.is_ascii_alphanumeric())
                    })
                    .collect();
                assert!(
                    has_digit.is_empty() || has_digit.contains(&true),
                    "{name}: an empty row: {}",
                    said(row)
                );
                columns.resize(columns.len().max(has_digit.len()), false);
                for (column, is_there) in columns.iter_mut().zip(has_digit) {
                    *column |= is_there;
                }
            }
            assert!(
                !columns.contains(&false),
                "{name}: an empty column: {}",
                said(table).get(..200).unwrap_or_default()
            );
        }
    }
}

#[test]
fn every_page_has_six_ways_on_its_dates_and_its_own_address() {
    let world = World::new();
    let run = [
        "--dataset",
        "psych_ther_annual",
        "--period",
        "2024-25",
        "--site-address",
        "https://example.org/half",
    ];
    world.run(&run).expect(0);
    let all = pages(&world);
    assert!(all.len() > 30, "{}", all.len());
    for (address, html) in &all {
        if html.contains("http-equiv=\"refresh\"") {
            continue;
        }
        let (_, nav) = html.split_once("<nav aria-label=\"Pages\">").unwrap();
        assert_eq!(nav.split("</nav>").next().unwrap().matches("<li>").count(), 6, "{address}");
        assert!(html.contains("Figures to March 2025; updated "), "{address} has no date");
        let canonical = format!("<link rel=\"canonical\" href=\"https://example.org/half/{address}\">");
        assert!(html.contains(&canonical), "{address} does not know its address");
        assert!(!html.contains("own-address@") && !html.contains("localhost"), "{address}");
        assert_eq!(
            html.contains("class=\"notice\""),
            address == "index.html" || address == "data.html",
            "{address}"
        );
    }
    let sitemap = fs_err::read_to_string(world.path("out/site/sitemap.xml")).unwrap().replace("&#x2f;", "/");
    assert!(sitemap.contains("<loc>https://example.org/half/waits.html</loc>") && !sitemap.contains("404"));
    assert!(
        page(&world, "404.html")
            .replace("&#x2f;", "/")
            .contains("href=\"https://example.org/half/assets/style.css\"")
    );
    let without = World::new();
    without.run(&["--dataset", "psych_ther_annual", "--period", "2024-25"]).expect(0);
    assert!(!without.path("out/site/sitemap.xml").exists());
    assert!(!page(&without, "index.html").contains("canonical"));
    for bad in ["example.org", "https://user@example.org/", "https://example.org/?a=1", "ftp://example.org/"]
    {
        without.iapt(&["report", "--site-address", bad]).expect(2);
    }
}
