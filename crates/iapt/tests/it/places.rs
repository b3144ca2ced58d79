//! What the pages of places and services say, and what stands before the numbers.

use crate::{
    site::{page, said},
    support::whole,
};

/// Every board of today is listed once, and its page has every year since the first, or says why it does not.
#[test]
fn every_board_has_one_page_with_its_whole_history() {
    let world = whole();
    let years = world.query(
        "SELECT DISTINCT reporting_period FROM indicators WHERE dataset = 'psych_ther_annual' AND level = 'england' ORDER BY 1",
    );
    let newest = years.last().unwrap();
    let boards = world.query(&format!(
        "SELECT DISTINCT org_code FROM indicators WHERE level = 'icb' AND org_kind = 'place' AND reporting_period = '{newest}'"
    ));
    assert_eq!(boards.len(), 42);
    let list = page(world, "areas.html");
    let (_, list) = list.split_once("<table id=\"table-icb\">").unwrap();
    let list = list.split("</table>").next().unwrap();
    let (mut n_without, mut n_with_services) = (0, 0);
    for board in &boards {
        assert_eq!(list.matches(&format!("data-code=\"{board}\"")).count(), 1, "{board} in the list");
        let html = page(world, &format!("areas/icb/{board}.html"));
        let (_, table) = html.split_once("<table id=\"table-figures\">").unwrap();
        let head = said(table.split("</thead>").next().unwrap());
        let missing: Vec<&String> = years.iter().filter(|year| !head.contains(year.as_str())).collect();
        if !missing.is_empty() {
            n_without += 1;
            assert!(
                said(&html).contains("Its figures begin in"),
                "{board} lacks {missing:?} and does not say why"
            );
        }
        // Its services, by their printed referrals, then those of which nothing more than an office here is known.
        let (_, services) = html.split_once("id=\"members-heading\"").unwrap();
        let services = services.split("</section>").next().unwrap();
        assert!(services.contains("<table id=\"table-services\">"), "{board} has no services");
        n_with_services += usize::from(services.contains("Referrals from here, of all, February 2020"));
        assert!(html.contains("id=\"not-held\""), "{board} does not say what is not held");
    }
    assert_eq!(n_with_services, 39, "boards with a service that has figures and printed referrals");
    println!("{n_without} of 42 boards say why their years begin later");
}

/// A flagged figure carries its sign into the sentence at the top of its page.
#[test]
fn a_doubtful_figure_is_flagged_where_it_leads() {
    let world = whole();
    let doubtful = world.query(
        "SELECT DISTINCT org_code FROM findings AS found
         WHERE rule = 'extreme_rate' AND level = 'provider' AND subject = 'recovery_rate' AND reporting_period =
           (SELECT max(reporting_period) FROM indicators WHERE dataset = 'psych_ther_annual' AND level = 'provider')",
    );
    assert!(!doubtful.is_empty());
    for code in &doubtful {
        let html = page(world, &format!("areas/provider/{code}.html"));
        let (_, answer) = html.split_once("class=\"answer\">").unwrap();
        assert!(answer.split("</p>").next().unwrap().contains("[f]"), "{code}");
    }
}

/// What a reader has to know before the numbers of a place stands over them; what is withheld has its sign.
#[test]
fn what_must_be_known_first_stands_over_the_numbers() {
    let world = whole();
    let before = |address: &str, end: &str| {
        let html = page(world, &format!("areas/{address}.html"));
        said(html.split_once("<h1").unwrap().1.split(end).next().unwrap())
    };
    let numbers = "id=\"beside-england\"";
    assert!(before("provider/G6V2S", numbers).contains("its first year may not be a whole one"));
    assert!(
        before("provider/RW4", numbers)
            .contains("recorded a reason for none, or hardly any, of its referrals")
    );
    assert!(before("provider/RW4", numbers).contains("Also known as Talk Liverpool"));
    assert!(!before("provider/RY6", numbers).contains("recorded a reason for none"));
    assert!(before("provider/RY6", numbers).contains("66.5% did so after one treatment session"));
    // A board that nearly halves, and its main service, which only has an office there as far as the files say.
    assert!(before("icb/QKS", numbers).contains("went from 23,865 in 2023-24 to 12,875 in 2024-25"));
    let services = page(world, "areas/icb/QKS.html");
    let (_, services) = services.split_once("<table id=\"table-services\"").unwrap();
    let main =
        services.split("<tr").find(|row| row.contains("NHS Kent and Medway Talking Therapies")).unwrap();
    assert!(main.contains("office here (NHS directory, 2026)"), "{main}");
    // A service whose months have ended, and one whose pathway is withheld while its wait is printed.
    let section = |code: &str| before(&format!("provider/{code}"), "id=\"every-year\"");
    assert!(section("TAF88").contains("No figures of March 2026: the newest month with figures"));
    assert!(section("TAF88").contains("is October 2024"));
    assert!(section("H7L3O").contains("had waited 21 days or less") && section("H7L3O").contains("[c]"));
}

/// A service whose figures have ended is no living one, and a service of which only the office in a new board is known stands at the
/// boards that it can have to do with.
#[test]
fn services_stand_where_they_are_known_to_work() {
    let world = whole();
    let offices = page(world, "areas/icb/QMJ.html");
    let (_, beyond) = offices.split_once("NHS West and North London has no figures yet").unwrap();
    assert!(beyond.split("</p>").next().unwrap().contains("G6V2S.html"));
    assert!(said(&offices).contains("1,155 of 1,175; no figures after October 2024"));
    // Services of another new board of the region are none of its own.
    assert!(!page(world, "areas/icb/QMM.html").contains("has no figures yet"));
}

/// No verdict and no rank is given on what is flagged.
#[test]
fn what_is_flagged_is_not_compared() {
    let doubtful = page(whole(), "areas/provider/DA1.html");
    let (_, place) = doubtful.split_once("<table id=\"table-place\"").unwrap();
    let place = said(place.split("</table>").next().unwrap());
    assert!(
        place.contains("doubtful") && !place.contains("clearly") && !place.contains("place 1"),
        "{place}"
    );
}

/// Beside the sign of what is withheld stands what its printed months allow.
#[test]
fn what_is_known_of_a_withheld_share_is_said() {
    assert!(said(&page(whole(), "areas/provider/RW4.html")).contains("[c] between 99.8% and 100.0%"));
}

/// The first sentence of a place names the targets that it missed, and what it was the year before.
#[test]
fn a_place_says_which_targets_it_missed() {
    let world = whole();
    let answer = |address: &str| {
        let html = page(world, &format!("areas/{address}.html"));
        let (_, answer) = html.split_once("class=\"answer\">").unwrap();
        said(answer.split("</p>").next().unwrap())
    };
    assert!(answer("icb/QOC").contains(
        "Below the national target: first treatment within 6 weeks, 42.4% (target 75%; 85.7% in 2023-24); first treatment within 18 weeks"
    ));
    // Of the rate that has been said, the target is enough.
    let told = answer("icb/QKS");
    assert!(told.contains("The national target is 50%.") && !told.contains("Below the national"), "{told}");
    assert!(!answer("provider/RW1").contains("target"));
}

/// A service says what became of everyone who was referred to it, and a board, of which the months say nothing, does not.
#[test]
fn a_service_says_what_became_of_everyone_who_was_referred() {
    let world = whole();
    let shares = world.query(
        "SELECT concat(CAST(round(value, 1) AS VARCHAR), '%') FROM indicators
         WHERE org_code = 'RY6' AND reporting_period = '2025-26' AND breakdown = 'total'
         AND indicator IN ('ended_not_seen_share', 'ended_after_one_treatment_share', 'finished_course_share', 'recovery_share')",
    );
    let leeds = said(&page(world, "areas/provider/RY6.html"));
    let (_, became) = leeds.split_once("Of 34,430 referrals [r] that ended in 2025-26:").unwrap();
    let became = became.split_once("Compared with England").unwrap().0;
    assert_eq!(shares.len(), 4);
    assert!(shares.iter().all(|share| became.contains(share)), "{shares:?}: {became}");
    assert!(became.contains("no valid reason was recorded"), "{became}");
    assert!(!said(&page(world, "areas/icb/QWO.html")).contains("that ended in 2025-26:"));
}

/// A place that is there today has not ended where newer figures of it are not held, and leads to its board.
#[test]
fn a_place_without_newer_figures_has_not_ended() {
    let world = whole();
    let html = page(world, "areas/sub_icb/00T.html");
    assert!(said(&html).contains("No figures held here after 2021-22."));
    assert!(html.contains("<a href=\"../../areas/icb/QOP.html\">Greater Manchester</a>"));
    let ended = page(world, "areas/sub_icb/08T.html");
    assert!(said(&ended).contains("No figures after 2019-20."));
    let list = page(world, "areas.html");
    let table = |id: &str| {
        let (_, table) = list.split_once(&format!("<table id=\"{id}\">")).unwrap();
        table.split("</table>").next().unwrap().to_owned()
    };
    assert!(table("table-sub-icb-not-held").contains("data-code=\"00T\""));
    assert!(table("table-sub-icb-former").contains("data-code=\"08T\""));
    assert!(page(world, "areas/icb/QOP.html").contains("areas/sub_icb/00T.html"));
}

/// A service stands under the boards that its printed referrals come from, not where its headquarters are.
#[test]
fn services_stand_under_the_boards_that_they_work_for() {
    let world = whole();
    let has = |board: &str, service: &str| {
        let html = page(world, &format!("areas/icb/{board}.html"));
        let (_, table) = html.split_once("<table id=\"table-services\">").unwrap();
        table.split("</table>").next().unwrap().contains(&format!("data-code=\"{service}\""))
    };
    // Avon and Wiltshire works for Bath, Swindon and Wiltshire; Berkshire for two boards; both seats are elsewhere.
    assert!(has("QOX", "RVN") && !has("QUY", "RVN") && has("QUY", "NWC07"));
    assert!(has("QNQ", "RWX") && has("QU9", "RWX"));
    // The directory places it in a body without figures, whose other services work for the board.
    assert!(!has("QMJ", "G6V2S") && !has("QUY", "G6V2S"));
    let placed =
        world.query("SELECT count(DISTINCT org_code), count(DISTINCT board_code) FROM services_of_boards");
    assert_eq!(placed, ["158,42"]);
}

/// What services say of an area leads its page only where at least half of their referrals come from there.
#[test]
fn a_service_that_works_elsewhere_too_does_not_speak_for_an_area() {
    let world = whole();
    let boards = |condition: &str| {
        let of = "FROM services_of_boards WHERE board_code IN (SELECT org_code FROM indicators WHERE level = 'icb'
                  AND indicator = 'recovery_rate' AND reporting_period = '2024-25')
                  AND org_code IN (SELECT org_code FROM indicators WHERE level = 'provider'
                  AND indicator = 'finished_course_share' AND reporting_period = '2025-26' AND value IS NOT NULL)";
        world.query(&format!("SELECT board_code {of} GROUP BY board_code HAVING {condition} ORDER BY 1"))
    };
    let share = "max(referrals / referrals_of_all)";
    let (own, of_others) = (boards(&format!("{share} >= 0.5")), boards(&format!("{share} < 0.5")));
    assert!(own.len() > 20 && of_others.contains(&"QKS".to_owned()), "{own:?} {of_others:?}");
    let leads = |board: &String| {
        said(&page(world, &format!("areas/icb/{board}.html")))
            .contains("referrals from here in February 2020")
    };
    assert_eq!(own.iter().filter(|board| !leads(board)).count(), 0, "{own:?}");
    assert_eq!(of_others.iter().filter(|board| leads(board)).count(), 0, "{of_others:?}");
}

/// The date on a page is that of its own figures.
#[test]
fn a_page_says_to_when_its_own_figures_reach() {
    let dates = |address: &str| said(&page(whole(), &format!("areas/{address}.html")));
    for (address, date, annual) in [
        ("icb/E54000039", "Figures to March 2020", "Annual figures to 31 March 2020"),
        ("provider/TAF88", "Figures to March 2025", "Annual figures to 31 March 2025"),
        ("provider/RW4", "Figures to March 2026", "Annual figures to 31 March 2025"),
    ] {
        let said = dates(address);
        assert!(said.contains(date) && said.contains(annual), "{address}");
    }
}
