//! Discovery through the binary: what is taken out of releases.toml is proposed again, and no challenge passes for news.

use std::sync::Arc;

use iapt_publisher::{Misbehaviour, Server, StandIn};
use tokio::runtime::Runtime;

use crate::support::{Ran, World, project};

/// A publisher of everything in the checkout.
fn publisher(runtime: &Runtime, script: &str) -> Server {
    let script: Misbehaviour = script.parse().unwrap();
    runtime.block_on(Arc::new(StandIn::load(&project()).unwrap()).serve(script)).unwrap()
}

fn discover(world: &World, script: &str) -> Ran {
    let runtime = Runtime::new().unwrap();
    let server = publisher(&runtime, script);
    world.iapt(&["discover", "--source", server.address()])
}

/// Takes the releases of these periods out of a file.
fn without(releases: &str, periods: &[&str]) -> String {
    let (entries, is_out) = ("\n[[release]]\n", |entry: &&str| {
        !periods.iter().any(|period| entry.trim_start().starts_with(&format!("period = \"{period}\"")))
    });
    let text = format!("\n{releases}");
    let kept: Vec<&str> = text.split(entries).filter(is_out).collect();
    kept.join(entries)
}

#[test]
fn nothing_is_new_where_everything_is_declared() {
    let ran = discover(&World::new(), "").expect(0).says("releases.toml has every file that is listed");
    assert_eq!(ran.stdout, "");
    // Announced and not published: the period after the last one of every dataset that the publisher has.
    let n_series = project().datasets.iter().filter(|dataset| !dataset.series_pages.is_empty()).count();
    assert_eq!(ran.stderr.matches("not yet published").count(), n_series, "{}", ran.stderr);
}

#[test]
fn what_is_not_declared_is_proposed_with_a_blank_that_stops_the_check() {
    let world = World::with_own_project();
    let path = world.declared("psych_ther_annual/releases.toml");
    let before = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, without(&before, &["2018-19", "2024-25"])).unwrap();
    let ran = discover(&world, "").expect(0);
    let declared = project();
    let releases = &declared.dataset("psych_ther_annual").unwrap().releases;
    let gone: Vec<_> = releases
        .iter()
        .filter(|release| ["2018-19", "2024-25"].contains(&release.period.to_string().as_str()))
        .collect();
    assert_eq!(ran.stdout.matches("[[release]]").count(), gone.len(), "{}", ran.stdout);
    for release in gone {
        let page = release.publication_page.as_deref().unwrap();
        let format = format!("{:?}", release.format).to_lowercase();
        let expected = format!(
            "[[release]]\nperiod = \"{}\"\nedition = 1\nurl = {:?}\nformat = {format:?}\npublication_page = {page:?}\n",
            release.period, release.url
        );
        assert!(ran.stdout.contains(&expected), "{expected} is not in:\n{}", ran.stdout);
    }
    // Pasted as it is, the check says what is still to be named; nothing is guessed.
    let pasted = format!("{}\n{}", fs_err::read_to_string(&path).unwrap(), ran.stdout);
    fs_err::write(&path, pasted).unwrap();
    world.iapt(&["check"]).expect(1).says("2024-25: `file` names no member of the file");
}

#[test]
fn known_files_that_are_not_wanted_are_passed_over() {
    let world = World::with_own_project();
    let path = world.declared("psych_ther_annual/releases.toml");
    let before = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, without(&before, &["2018-19"])).unwrap();
    let dataset = world.declared("psych_ther_annual/dataset.toml");
    let text = fs_err::read_to_string(&dataset).unwrap();
    fs_err::write(&dataset, format!("passed_over = [\"*.rar\"]\n{text}")).unwrap();
    assert_eq!(discover(&world, "").expect(0).stdout, "");
}

#[test]
fn a_page_that_is_not_the_publishers_is_an_error_and_never_an_empty_list() {
    let world = World::new();
    for (script, message) in [
        ("html", "does not look like a page of the publisher"),
        ("ok*4,html", "does not look like a page of the publisher"),
        ("404", "is not at its source"),
        ("redirect:http://127.0.0.2:9/", "redirects to an address that is not allowed"),
        ("cut:100*9", "failed after 5 attempts"),
    ] {
        let ran = discover(&world, script).expect(1).says(message).says("hint: ");
        assert_eq!(ran.stdout, "", "{script}");
    }
    discover(&world, "503,reset").expect(0);
    world.iapt(&["discover", "--source", "embedded"]).expect(0);
    world.iapt(&["discover", "--dataset", "none"]).expect(2);
}
