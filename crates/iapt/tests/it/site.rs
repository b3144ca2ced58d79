//! What readers of the pages must find, and what no page may say: the reading of November 2026.

use std::collections::BTreeMap;

use iapt_model::FigureName;

use crate::support::{World, all_files, whole};

/// Every page of the site, by its address.
pub(crate) fn pages(world: &World) -> Vec<(String, String)> {
    let pages = all_files(&world.path("out/site")).into_iter();
    let pages = pages.filter(|(path, _)| path.extension().is_some_and(|extension| extension == "html"));
    pages.map(|(path, html)| (path.display().to_string(), String::from_utf8(html).unwrap())).collect()
}

/// A page of the site.
pub(crate) fn page(world: &World, name: &str) -> String {
    fs_err::read_to_string(world.path("out/site").join(name)).unwrap()
}

/// The text of a page as a reader sees it.
pub(crate) fn said(html: &str) -> String {
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
const WRONG: [(&str, &str); 21] = [
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
    ("W5", "do not say which services worked"),
    ("W13", "Of the 2 commissioning regions"),
    ("wording", "Maximum attrition"),
    ("wording", "Two clocks, never one funnel"),
    ("wording", "a real pack carries it"),
    ("wording", "than services reach"),
    ("wording", "a larger step than services make"),
    ("wording", "cannot be told apart"),
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
    // What is told beside the lead says its own year.
    let index = page(world, "index.html");
    let details: Vec<&str> =
        index.split("class=\"detail\">").skip(1).filter_map(|part| part.split("</span>").next()).collect();
    assert_eq!(details.len(), 3);
    assert!(details.iter().all(|detail| detail.contains(", 20")), "{details:?}");
    let reasons = said(&page(world, "what-happens.html"));
    assert!(
        reasons.contains("Treatment completed by agreement")
            && reasons.contains("The other fourteen reasons")
    );
    assert!(said(&page(world, "waits.html")).contains("waited more than 90 days"));
}

/// Text without the signs that stand in place of a number.
fn without_signs(text: &str) -> String {
    let mut words = said(text);
    for sign in ["[c]", "[u]", "[z]", "[w]", "[x]", "[f]", "[r]"] {
        words = words.replace(sign, " ");
    }
    words
}

/// A table has no row and no column with nothing but signs, and no cell without one. A row may say instead why its organisation is left out.
#[test]
fn no_table_of_the_site_has_an_empty_row_or_column() {
    let world = whole();
    let mut wrong = Vec::new();
    let mut n_tables = 0;
    for (address, html) in pages(world) {
        for table in html.split("<tbody>").skip(1).map(|rest| rest.split("</tbody>").next().unwrap()) {
            n_tables += 1;
            let mut columns: Vec<bool> = Vec::new();
            for row in table.split("<tr").skip(1) {
                let cells = row.split("<td").skip(1);
                if cells.clone().any(|cell| said(&format!("<td{cell}")).trim().is_empty()) {
                    wrong.push(format!("{address}: a cell without a number or a sign: {}", said(row)));
                }
                let is_filled = |cell: &str| {
                    without_signs(&format!("<td{cell}")).chars().any(|letter| letter.is_ascii_alphanumeric())
                };
                let filled: Vec<bool> = cells.map(is_filled).collect();
                if !filled.is_empty() && !filled.contains(&true) && !said(row).contains("not in the chart") {
                    wrong.push(format!("{address}: an empty row: {}", said(row)));
                }
                columns.resize(columns.len().max(filled.len()), false);
                for (column, is_there) in columns.iter_mut().zip(filled) {
                    *column |= is_there;
                }
            }
            if columns.contains(&false) {
                let head: String = said(table).chars().take(200).collect();
                wrong.push(format!("{address}: an empty column: {head}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n_tables} tables:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_tables > 2000, "only {n_tables} tables");
}

/// The text after each `data-figure`, as far as it is a percentage: the figure's name, the number, its decimals.
fn percentages(html: &str) -> Vec<(String, f64, usize)> {
    let mut found = Vec::new();
    for part in html.split("data-figure=\"").skip(1) {
        let Some((name, rest)) = part.split_once('"') else { continue };
        let Some((_, rest)) = rest.split_once('>') else { continue };
        let Some((number, _)) = rest.split('<').next().unwrap_or_default().trim().split_once('%') else {
            continue;
        };
        if let Ok(value) = number.parse::<f64>() {
            let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            found.push((name.to_owned(), value, decimals));
        }
    }
    found
}

/// Whether two printed numbers can be one, each with its own decimals.
fn is_one_number(left: (f64, usize), right: (f64, usize)) -> bool {
    let decimals = left.1.min(right.1);
    let half = 0.5 / 10_f64.powi(i32::try_from(decimals).unwrap());
    let apart = (left.0 - right.0).abs();
    if left.1 == right.1 { apart < half } else { apart <= half + 1e-9 }
}

/// Annual reports and months are two series; of one place, measure and year the site prints one number all the same, but for
/// England's outcome rates: they are in both, a tenth apart, and What happens says so.
#[test]
fn no_percentage_is_printed_twice_with_different_values() {
    let mut first: BTreeMap<String, (f64, usize, String, String)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut n_numbers, mut n_of_england) = (0, 0);
    let mut why: BTreeMap<String, bool> = BTreeMap::new();
    for (address, html) in pages(whole()) {
        // What happens says why the series differ, and every other page leads there.
        why.insert(address.clone(), html.contains("#every-year"));
        for (name, value, decimals) in percentages(&html) {
            n_numbers += 1;
            let figure = FigureName::read(&name).unwrap();
            let key = FigureName { is_sum_of_months: false, ..figure }.to_string();
            let (known, known_decimals, known_as, on) =
                first.entry(key).or_insert_with(|| (value, decimals, name.clone(), address.clone()));
            if is_one_number((*known, *known_decimals), (value, decimals)) {
                continue;
            }
            let are_two_series =
                FigureName::read(known_as).unwrap().is_sum_of_months != figure.is_sum_of_months;
            let says_why = why.get(&address) == Some(&true) && why.get(on) == Some(&true);
            if are_two_series && says_why && figure.level == "england" && (*known - value).abs() < 0.15 {
                n_of_england += 1;
            } else {
                wrong.push(format!("{name} is {value} on {address} and {known} on {on} as {known_as}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n_numbers}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_of_england <= 10, "{n_of_england} figures of England in both series");
    assert!(n_numbers > 30_000, "only {n_numbers} numbers");
}

#[test]
fn numbers_of_other_decimals_can_be_one() {
    for (left, right, expected) in [
        ((50.5, 1), (50.5, 1), true),
        ((50.5, 1), (50.6, 1), false),
        ((50.5, 1), (51.0, 0), true),
        ((50.4, 1), (51.0, 0), false),
    ] {
        assert_eq!(is_one_number(left, right), expected, "{left:?} {right:?}");
    }
}

/// `52% <small>10 of 25` cannot be: where a percentage and both counts are printed together, the one is of the others.
#[test]
fn counts_beside_a_percentage_give_it() {
    let number = |text: &str| text.trim().replace(',', "").parse::<f64>().ok();
    let (mut n_cells, mut wrong) = (0, Vec::new());
    for (address, html) in pages(whole()) {
        for cell in html.split("<td class=\"number\"").skip(1) {
            let cell = cell.split("</td>").next().unwrap_or_default();
            let text = said(&format!("<td{cell}"));
            let Some((percent, detail)) = text.split_once("% ") else { continue };
            let detail = detail.trim_start_matches("[f] ");
            let Some((part, of)) = detail.split_once(" of ") else { continue };
            let (Some(value), Some(part), Some(of)) = (number(percent), number(part), number(of)) else {
                continue;
            };
            n_cells += 1;
            let decimals = percent.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let half = 0.5 / 10_f64.powi(i32::try_from(decimals).unwrap());
            if (100.0 * part / of - value).abs() > half + 1e-9 {
                wrong.push(format!("{address}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n_cells}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_cells > 10_000, "only {n_cells} cells");
}

/// England's newest month and years stand beside those of a year before; what makes a month doubtful is said at its chart.
#[test]
fn what_changed_and_what_is_doubtful_of_england_is_said() {
    let world = whole();
    let changes = said(&page(world, "changes.html"));
    for heading in [
        "England in the newest month: March 2026 beside March 2025",
        "England by the months of a year: 2025-26 beside 2024-25",
        "England by the annual reports: 2024-25 beside 2023-24",
    ] {
        assert!(changes.contains(heading), "{heading}");
    }
    assert!(changes.contains("10,134 of 130,374") && changes.contains("10,214 of 151,439"));
    let waits = page(world, "waits.html");
    let (_, now) = waits.split_once("id=\"waiting-now\"").unwrap();
    let now = now.split("<figure").next().unwrap();
    assert!(said(now).contains("At the end of May 2024, 12,582 people had waited more than 18 weeks"));
    assert!(now.contains("<a href=\"areas/provider/RW1.html\">"));
    assert!(
        now.contains("<a href=\"data-quality.html#waited_before.2024-05.england.All.waiting_over_90_days\">")
    );
}

#[test]
fn every_page_has_seven_ways_on_its_dates_and_its_own_address() {
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
        assert_eq!(nav.split("</nav>").next().unwrap().matches("<li>").count(), 7, "{address}");
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
    let sitemap = fs_err::read_to_string(world.path("out/site/sitemap.xml")).unwrap();
    assert!(sitemap.contains("<loc>https://example.org/half/waits.html</loc>") && !sitemap.contains("404"));
    // An edition is named by the checksum of its figures, in the addresses of the page that explores and in the files for programs.
    let read = |path: &str| fs_err::read(world.path("out/site").join(path)).unwrap();
    let checksum = iapt_files::Sha256::of(&read("data/indicators.csv")).to_string();
    let edition = format!("\"edition\":\"2025-03.{}\"", &checksum[..12]);
    for file in ["assets/explore-index.js", "api/v1/latest.json", "api/v1/places/england/All.json"] {
        assert!(String::from_utf8(read(file)).unwrap().contains(&edition), "{file}: {edition}");
    }
    let figures = String::from_utf8(read("data/figures/recovery_rate.js")).unwrap();
    // `PAR1` begins a Parquet file, and this is how its base64 begins.
    assert!(figures.starts_with("(window.iaptFigures ??= {})[\"recovery_rate\"] = \"UEFSM"), "{figures:.60}");
    assert!(page(&world, "404.html").contains("href=\"https://example.org/half/assets/style.css\""));
    let without = World::new();
    without.run(&["--dataset", "psych_ther_annual", "--period", "2024-25"]).expect(0);
    assert!(!without.path("out/site/sitemap.xml").exists());
    assert!(!page(&without, "index.html").contains("canonical"));
    for bad in ["example.org", "https://user@example.org/", "https://example.org/?a=1", "ftp://example.org/"]
    {
        without.iapt(&["report", "--site-address", bad]).expect(2);
    }
}

#[test]
fn every_practice_that_is_met_links_to_what_shows_it() {
    let world = World::with_own_project();
    let source = "https://example.org/source/";
    world.edit(
        "../reports/pages/site.toml",
        "# source_address = \"https://host/path/to/the/files/\"",
        &format!("source_address = \"{source}\""),
    );
    world.run(&["--dataset", "psych_ther_annual", "--period", "2024-25"]).expect(0);
    let html = page(&world, "trust.html");
    let practices: Vec<&str> = html.split("<li><strong>").skip(1).collect();
    assert_eq!(practices.len(), 31);
    let not_met = practices.iter().filter(|one| one.contains("<strong>Not met.</strong>")).count();
    let linked = practices.iter().filter(|one| one.contains(&format!("href=\"{source}"))).count();
    assert!(not_met > 0 && not_met + linked == practices.len(), "{not_met} not met, {linked} linked");
    assert!(!html.contains("<code>crates/"), "what shows a practice is named without a link");
}
