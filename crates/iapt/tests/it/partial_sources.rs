//! Sources that have one dataset only: what there is has pages, and no link leads to one that is not made.

use iapt_model::Release;
use iapt_publisher::StandIn;

use crate::support::{World, whole_project};

/// A year of months, without annual files: England, a provider, a region and a sub-ICB location have indicators and pages,
/// and every link leads to a page that is made.
#[test]
fn months_alone_have_regions_sub_icb_locations_and_pages() {
    let project = whole_project();
    let stand_in = StandIn::load(&project).unwrap();
    let world = World::new();
    let year = |release: &&Release| {
        let period = release.period.to_string();
        release.dataset == "talking_therapies_monthly"
            && ("2024-04".to_owned()..="2025-03".to_owned()).contains(&period)
    };
    for release in stand_in.releases().filter(year) {
        let text = String::from_utf8(stand_in.pack(release).unwrap()).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let mut few = format!("{header}\n");
        for row in rows.lines() {
            let cells: Vec<&str> = row.split(',').collect();
            if cells[2] == "England" {
                few += &format!("{row}\n");
                for place in ["CommissioningRegion,Y58,SOUTH WEST", "SubICB,11J,NHS DORSET ICB - 11J"] {
                    // A tenth of England, rounded as the publisher rounds.
                    let whole = cells[9].parse::<f64>().unwrap();
                    let is_count = cells[8].starts_with("Count_");
                    let value = if is_count {
                        ((whole / 50.0).round() * 5.0).to_string()
                    } else {
                        whole.round().to_string()
                    };
                    let value = if is_count && value.parse::<f64>().unwrap() < 5.0 { "*" } else { &value };
                    few += &format!(
                        "{},{},{place},all,all Providers,{},{},{value}\n",
                        cells[0], cells[1], cells[7], cells[8]
                    );
                }
            } else if cells[5] == "RW4" {
                few += &format!("{row}\n");
            }
        }
        world.mirror_file(release, few.as_bytes());
    }
    world.run(&["--source", "mirror"]).expect(0).says("12 read").says("passed over: ");
    let levels = world.query(
        "SELECT level, org_type, org_code, count(value) > 20 FROM indicators WHERE reporting_period = '2024-25'
         GROUP BY level, org_type, org_code ORDER BY level",
    );
    assert_eq!(
        levels,
        [
            "england,England,All,true",
            "provider,Provider,RW4,true",
            "region,CommissioningRegion,Y58,true",
            "sub_icb,SubICB,11J,true",
        ]
    );
    let site = world.path("out/site");
    for page in
        ["what-happens.html", "areas/region/Y58.html", "areas/sub_icb/11J.html", "areas/provider/RW4.html"]
    {
        assert!(site.join(page).is_file(), "{page}");
    }
    // The addresses that pages had before lead to where their content went.
    for old in ["months.html", "attrition.html"] {
        let page = fs_err::read_to_string(site.join(old)).unwrap();
        assert!(page.contains("content=\"0; url=what-happens.html\""), "{old}: {page}");
    }
    every_link_leads_somewhere(&world);
    let first_years = World::new();
    first_years.run(&["--dataset", "psych_ther_annual_tables"]).expect(0).says("index.html");
    let page = fs_err::read_to_string(first_years.path("out/site/what-happens.html")).unwrap();
    assert!(page.contains("id=\"outcomes-chart\"") && !page.contains("id=\"months-pathway\""));
    every_link_leads_somewhere(&first_years);
}

/// Every relative link of the main pages names a file that is there.
fn every_link_leads_somewhere(world: &World) {
    let site = world.path("out/site");
    let mut n_links = 0;
    for page in fs_err::read_dir(&site).unwrap().map(|entry| entry.unwrap().path()) {
        if page.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let html = fs_err::read_to_string(&page).unwrap();
        for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains(':') {
                assert!(site.join(file).exists(), "{} links to {link}", page.display());
                n_links += 1;
            }
        }
    }
    assert!(n_links > 50, "{n_links} links");
}
