//! The files beside the main one in the annual packs. None was ever met: a pack is made up in the form that their headers and
//! the publisher's metadata give them.

use iapt_model::{Dataset, Key, Member, Project, Release, Role, Statistic};

use crate::support::{World, project, published_csv, release, zip_of};

const YEAR: &str = "2024-25";
const MEMBERS: &str = "psych_ther_annual_members";
const RUN: [&str; 8] =
    ["--source", "mirror", "--period", YEAR, "--dataset", "psych_ther_annual", "--dataset", MEMBERS];

fn dataset(project: &Project) -> &Dataset {
    project.dataset(MEMBERS).unwrap()
}

fn release_of<'a>(project: &'a Project, period: &str) -> &'a Release {
    dataset(project).releases.iter().find(|release| release.period.to_string() == period).unwrap()
}

/// The category of the row of all, as the metadata write it.
fn whole_of(file: &str) -> [&'static str; 3] {
    match file {
        "employment" => ["Employment status at start of treatment", "Total", "All"],
        "medication" => ["Psychotropic Medication Status", "Status at start - Total", "NULL"],
        "therapy_type" => ["Therapy type recorded at start of treatment", "Total", "All"],
        "therapist_role" => ["Total", "ALL", "ALL"],
        "patient_experience" => ["Patient experience", "At all times", "NULL"],
        _ => ["Total", "NULL", "NULL"],
    }
}

/// The text of one cell: England has the totals that the publication prints, a provider has its first figure withheld.
fn text(dataset: &Dataset, member: &Member, role: &Role, is_england: bool) -> String {
    let [variable_type, variable_a, variable_b] = whole_of(&member.file);
    let text = match role {
        Role::Key(Key::OrgType) => ["Provider", "England"][usize::from(is_england)],
        Role::Key(Key::OrgCode) => ["RX4", "All"][usize::from(is_england)],
        Role::Key(Key::OrgName) => ["A TRUST", "All"][usize::from(is_england)],
        Role::Key(Key::VariableType) => variable_type,
        Role::Key(Key::VariableA) => variable_a,
        Role::Key(Key::VariableB) => variable_b,
        Role::Key(Key::VariableC) => "PHQ9",
        Role::Key(Key::VariableD) => "At caseness",
        Role::Measure { measure, .. } if is_england => {
            let is_it = |total: &&iapt_model::ControlTotal| {
                total.file == member.file && total.period.to_string() == YEAR && total.measure == *measure
            };
            match dataset.control_totals.iter().find(is_it) {
                Some(total) => return total.value.to_string(),
                None => "123",
            }
        }
        Role::Measure { statistic: Statistic::Count, .. } => "15",
        Role::Measure { statistic: Statistic::Percentage, .. } => "46",
        Role::Measure { .. } => "7.3",
        other => panic!("{other:?}"),
    };
    text.to_owned()
}

/// A member of the newest year with a row of England and one of a provider, and how many figures it has.
fn made_up(project: &Project, release: &Release, member: &Member) -> (String, usize) {
    let dataset = dataset(project);
    let is_its =
        |header: &&iapt_model::KnownHeader| header.file == member.file && header.period == release.period;
    let header = &dataset.known_headers.iter().find(is_its).unwrap().columns;
    let roles = dataset.crosswalk.resolve(&release.published_file(member), header).unwrap();
    let measures = roles.iter().filter(|role| matches!(role, Role::Measure { .. }));
    let n_figures = 2 * measures.clone().count();
    let first = measures.clone().next().unwrap();
    let mut csv = header.join(",") + "\n";
    for is_england in [true, false] {
        let cell = |role: &Role| {
            let is_withheld = role == first && !is_england;
            if is_withheld {
                "*".to_owned()
            } else {
                format!("\"{}\"", text(dataset, member, role, is_england))
            }
        };
        csv += &(roles.iter().map(cell).collect::<Vec<_>>().join(",") + "\n");
    }
    (csv, n_figures)
}

/// Puts the pack of the newest year into the mirror: the main file, and the others as `change` makes them.
fn publish(world: &World, change: impl Fn(&str, String) -> Option<String>) -> usize {
    let project = project();
    let (main, others) = (release(&project, YEAR), release_of(&project, YEAR));
    let main_csv = published_csv(&project, YEAR);
    let mut members = vec![(main.members[0].name.as_str(), main_csv.into_bytes())];
    let mut n_figures = 0;
    for member in &others.members {
        let (csv, n) = made_up(&project, others, member);
        n_figures += n;
        members.extend(change(&member.file, csv).map(|csv| (member.name.as_str(), csv.into_bytes())));
    }
    world.mirror_file(main, &zip_of(members.into_iter()));
    n_figures
}

#[test]
fn every_member_is_read_and_none_is_in_an_indicator() {
    let world = World::new();
    let n_figures = publish(&world, |_, csv| Some(csv));
    world.iapt(&[&["fetch"][..], &RUN].concat()).expect(0);
    world.iapt(&[&["build"][..], &RUN].concat()).expect(0);
    let read = format!("FROM tidy WHERE dataset = '{MEMBERS}'");
    let counts = world.query(&format!(
        "SELECT count(DISTINCT source_file), count(*), count(*) FILTER (WHERE value_status = 'suppressed') {read}"
    ));
    assert_eq!(counts, [format!("7,{n_figures},7")]);
    let score = world.query(&format!(
        "SELECT DISTINCT org_type, variable_a, variable_b {read} AND measure = 'score_change' ORDER BY 1"
    ));
    assert_eq!(score, ["England,NULL,NULL / PHQ9 / At caseness", "Provider,NULL,NULL / PHQ9 / At caseness"]);
    let england = world.query(&format!(
        "SELECT breakdown, category, value {read} AND measure = 'medication_taking_at_end' AND org_type = 'England'"
    ));
    let stated = world.query(
        "SELECT breakdown, category, value FROM stated_figures
         WHERE measure = 'medication_taking_at_end' AND reporting_period = '2024-25' AND breakdown = 'total'",
    );
    assert_eq!(england, stated);
    assert_eq!(world.query("SELECT DISTINCT dataset FROM indicators"), ["psych_ther_annual"]);
    assert_eq!(world.query("SELECT count(*) FROM releases WHERE not_absorbed <> ''"), ["0"]);
}

/// Every member prints a service that is new, and two print one new category. What no member prints is not gone: the main file
/// may print it.
#[test]
fn what_is_new_in_several_members_is_proposed_once() {
    let world = World::new();
    let project = project();
    let release = release_of(&project, YEAR);
    let new = "\"Staff group\",\"NEW\",\"All\"";
    let members = release.members.iter().map(|member| {
        let (csv, _) = made_up(&project, release, member);
        let category = whole_of(&member.file).map(|text| format!("\"{text}\"")).join(",");
        let is_in = ["employment", "therapist_role"].contains(&member.file.as_str());
        let csv = if is_in { csv.replace(&category, new) } else { csv };
        (member.name.as_str(), csv.replace("RX4", "XYZ1").into_bytes())
    });
    fs_err::write(world.path("year.zip"), zip_of(members)).unwrap();
    let ran = world.iapt(&["declare", MEMBERS, YEAR, "--file", "year.zip"]).expect(0);
    for start in ["+ XYZ1,provider,", "+ Staff group,NEW,All,"] {
        let n = ran.stdout.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(n, 1, "{start} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.lines().any(|line| line.starts_with("- ")), "{}", ran.stdout);
    ran.says("provider: not printed, and left as they are, because this file does not tell who is gone: ");
}

#[test]
fn what_is_not_declared_stops_the_members_and_nothing_else() {
    let check = |file: &str, from: &str, to: &str, said: &str| {
        let world = World::new();
        publish(&world, |name, csv| {
            assert!(name != file || csv.contains(from), "{csv}");
            Some(if name == file { csv.replacen(from, to, 1) } else { csv })
        });
        world.iapt(&[&["fetch"][..], &RUN].concat()).expect(0);
        world
            .iapt(&[&["build"][..], &RUN].concat())
            .expect(4)
            .says(&format!("{MEMBERS} {YEAR} is not understood: the tables lack it"))
            .says(said);
        assert_eq!(world.query("SELECT DISTINCT dataset FROM tidy"), ["psych_ther_annual"]);
    };
    check("employment", "_Retired", "_Pensioner", "column `CountEmploymentStatusEndTreatment_Pensioner`");
    check("therapist_role", "\"7.3\"", "\"n/a\"", "`n/a` is neither a number nor a declared marker");
    check("effect_size", ",Measure,", ",Scale,", "column `Scale`");
    check("medication", "670419", "670418", "England's count of finished_course_treatment");
}

#[test]
fn they_are_read_where_they_are_named_and_nowhere_else() {
    let said = format!("never met, so read only where --dataset names it: {MEMBERS}");
    let world = World::new();
    publish(&world, |_, csv| Some(csv));
    let all = ["--source", "mirror", "--period", YEAR];
    world.iapt(&[&["fetch"][..], &all].concat()).expect(0).says(&said);
    world.iapt(&[&["build"][..], &all].concat()).expect(0);
    assert_eq!(world.query("SELECT DISTINCT dataset FROM tidy"), ["psych_ther_annual"]);
    // What was read of them before stays, and is kept up to date.
    world.iapt(&[&["fetch"][..], &RUN].concat()).expect(0);
    world.iapt(&[&["build"][..], &RUN].concat()).expect(0);
    world.iapt(&[&["build"][..], &all].concat()).expect(0);
    assert_eq!(world.query("SELECT count(DISTINCT dataset) FROM tidy"), ["2"]);
    let plan = World::new().iapt(&["plan", "--period", YEAR]).expect(0).stdout;
    assert!(
        plan.contains(&format!("leave     {MEMBERS}: never met; --dataset {MEMBERS} reads it")),
        "{plan}"
    );
    // The built-in figures and a pack that was made again from the main file lack them.
    let world = World::new();
    world
        .iapt(&["fetch", "--period", YEAR, "--dataset", "psych_ther_annual", "--dataset", MEMBERS])
        .expect(0)
        .says(&format!("passed over: {MEMBERS} {YEAR}"));
    publish(&world, |_, _| None);
    world
        .iapt(&[&["fetch"][..], &RUN].concat())
        .expect(3)
        .says("has no member `psych-ther-ann-rep-csv-2024-25-effect-size-2.csv`");
}
