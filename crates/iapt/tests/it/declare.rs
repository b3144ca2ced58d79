//! What is proposed of a new file: columns of a year, measure ids of a month, and where the file is.

use std::sync::Arc;

use expect_test::{Expect, expect};
use iapt_publisher::{Misbehaviour, StandIn};
use tokio::runtime::Runtime;

use crate::support::{Ran, World, project, published_csv, whole_project, zip};

/// The proposed lines of one declared file.
fn lines_of(ran: &Ran, file: &str) -> String {
    let start = format!("{file}\n");
    let parts = ran.stdout.split("# pipelines/");
    parts.filter_map(|part| part.strip_prefix(&start)).collect()
}

fn check_year(change: fn(&mut Vec<String>, &mut Vec<String>), expected: &Expect) {
    expected.assert_eq(&columns_of_year(change));
}

/// What a header of the next year needs, of a file with England's total: `change` changes header and row.
fn columns_of_year(change: impl Fn(&mut Vec<String>, &mut Vec<String>)) -> String {
    let world = World::new();
    let csv = published_csv(&project(), "2024-25");
    let mut rows = csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let mut header = rows.next().unwrap();
    let mut total = rows.find(|row| row[0] == "England" && row[3] == "Total").unwrap();
    change(&mut header, &mut total);
    let csv = format!("{}\n{}\n", header.join(","), total.join(","));
    fs_err::write(world.path("year.zip"), zip("year-main.csv", csv.as_bytes())).unwrap();
    let ran = world.iapt(&["declare", "psych_ther_annual", "2025-26", "--file", "year.zip"]).expect(0);
    lines_of(&ran, "psych_ther_annual/columns.csv")
}

fn at(header: &[String], column: &str) -> usize {
    header.iter().position(|other| other == column).unwrap()
}

#[test]
fn a_column_is_taken_for_a_gone_one_only_where_that_is_sure() {
    // Nothing has changed.
    check_year(|_, _| {}, &expect![""]);
    // Respelt in its place, without figures that could be compared.
    check_year(
        |header, _| {
            let at = at(header, "Mean_ContactDuration");
            "MeanContactDurations".clone_into(&mut header[at]);
        },
        &expect![[r#"
            - main,Mean_ContactDuration,2020-21,,measure,contact_duration_minutes,mean,
            + main,Mean_ContactDuration,2020-21,2024-25,measure,contact_duration_minutes,mean,
            + main,MeanContactDurations,2025-26,,measure,contact_duration_minutes,mean,"Taken for Mean_ContactDuration, respelt: nearest name, same place."
        "#]],
    );
    // Moved to the end: the name and the figure say that it is the same.
    check_year(
        |header, total| {
            let at = at(header, "Count_Recovery");
            header.remove(at);
            header.push("Count_Recoveries".to_owned());
            let figure = total.remove(at);
            total.push(figure);
        },
        &expect![[r#"
            - main,Count_Recovery,2020-21,,measure,recovery,count,
            + main,Count_Recovery,2020-21,2024-25,measure,recovery,count,
            + main,Count_Recoveries,2025-26,,measure,recovery,count,"Taken for Count_Recovery, respelt: nearest name, England's total 321061 beside 321061 of 2024-25."
        "#]],
    );
    // The figure is another: whatever the name says, and whatever it meant before, it is not known what the column means.
    for name in ["Count_Recovered", "CountRecovery"] {
        let change = |header: &mut Vec<String>, total: &mut Vec<String>| {
            let at = at(header, "Count_Recovery");
            name.clone_into(&mut header[at]);
            "12".clone_into(&mut total[at]);
        };
        let lines = columns_of_year(change);
        let blank = format!("+ main,{name},2025-26,,measure,,,");
        assert_eq!(lines.lines().next_back(), Some(blank.as_str()), "{lines}");
    }
    // Another name in its place, with its figure: not sure enough.
    check_year(
        |header, _| {
            let at = at(header, "Count_Recovery");
            "Count_MovedToRecovery_All".clone_into(&mut header[at]);
        },
        &expect![[r#"
            - main,Count_Recovery,2020-21,,measure,recovery,count,
            + main,Count_Recovery,2020-21,2024-25,measure,recovery,count,
            + main,Count_MovedToRecovery_All,2025-26,,measure,,,
        "#]],
    );
    // A heading of earlier years returns.
    check_year(
        |header, _| {
            let at = at(header, "Mean_WaitAccessingServices");
            "Mean_WaitEnteredTreatment".clone_into(&mut header[at]);
        },
        &expect![[r#"
            + main,Mean_WaitEnteredTreatment,2025-26,,measure,wait_entered_treatment_days,mean,The heading of 2023-24 returns.
            - main,Mean_WaitAccessingServices,2024-25,,measure,wait_entered_treatment_days,mean,
            + main,Mean_WaitAccessingServices,2024-25,2024-25,measure,wait_entered_treatment_days,mean,
        "#]],
    );
    // A key: England is found through it.
    check_year(
        |header, _| {
            let at = at(header, "OrgType");
            "Org_Type".clone_into(&mut header[at]);
        },
        &expect![[r#"
            - main,OrgType,2017-18,,key,org_type,,
            + main,OrgType,2017-18,2024-25,key,org_type,,
            + main,Org_Type,2025-26,,key,org_type,,"Taken for OrgType, respelt: nearest name, same place."
        "#]],
    );
    // A column of texts is no measure.
    check_year(
        |header, total| {
            header.push("Comment".to_owned());
            total.push("none".to_owned());
        },
        &expect![[r#"
            + main,Comment,2025-26,,,,,
        "#]],
    );
}

#[test]
fn a_header_with_a_column_twice_is_refused() {
    let world = World::new();
    let csv = "OrgType,OrgType\nEngland,All\n";
    fs_err::write(world.path("year.csv"), csv).unwrap();
    let declare = ["declare", "psych_ther_annual", "2025-26", "--file", "year.csv"];
    let ran = world.iapt(&declare).expect(0).says("no member has the header of `main`");
    assert!(ran.stdout.contains("+ main = \"\""), "{}", ran.stdout);
    let csv = published_csv(&project(), "2024-25").replacen("OrgCode", "OrgType", 1);
    fs_err::write(world.path("year.csv"), csv).unwrap();
    world.iapt(&declare).expect(4).says("column `OrgType`").says("hint: ");
}

/// Proposes what a month after the newest needs; `change` changes the text of its file.
fn check_month(change: fn(&str) -> String, expected: &Expect) {
    let world = World::new();
    let project = project();
    let months = project.dataset("talking_therapies_monthly").unwrap();
    let next = months.newest_releases().last().unwrap().period.next();
    // England as in the newest month that is held; ids that came later are made up.
    let stand_in = StandIn::load(&project).unwrap();
    let held = stand_in.releases().filter(|release| release.dataset == months.name).last().unwrap();
    let held = String::from_utf8(stand_in.pack(held).unwrap()).unwrap();
    let is_kept = |line: &&str| line.starts_with("REPORTING_PERIOD_START") || line.contains(",England,");
    let mut csv: String = held.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
    let dates = format!("{},{}", next.start_date(), next.end_date());
    for (id, name, ..) in months.measure_ids.live("activity", next).iter() {
        if !csv.contains(&format!(",{id},")) {
            csv += &format!("{dates},England,all,all SubICBs,all,all Providers,{id},{name},0\n");
        }
    }
    csv += &format!("{dates},Provider,all,all SubICBs,XYZ1,A NEW SERVICE,M001,Count_ReferralsReceived,100\n");
    fs_err::write(world.path("month.csv"), change(&csv)).unwrap();
    let name = next.to_string();
    let ran = world.iapt(&["declare", "talking_therapies_monthly", &name, "--file", "month.csv"]).expect(0);
    let files = ["talking_therapies_monthly/measure_ids.csv", "organisations.csv"];
    let lines: String = files.iter().map(|file| lines_of(&ran, file)).collect();
    expected.assert_eq(&lines.replace(&name, "NEXT").replace(&next.previous().to_string(), "LAST"));
}

#[test]
fn the_ids_of_a_month_that_have_come_gone_or_been_renamed() {
    check_month(
        str::to_owned,
        &expect![[r#"
        + XYZ1,provider,A NEW SERVICE,service,2026-27,,,,
    "#]],
    );
    // New, gone, renamed nearly as before, renamed so with a figure of another size, and renamed to something else.
    check_month(
        |csv| {
            let renamed = csv
                .replace(",Count_SelfReferrals,", ",CountSelfReferrals,")
                .replace(",Count_GPReferrals,", ",Count_FromDoctors,");
            let recovered = |line: &str| match line.split_once(",Count_Recovery,") {
                Some((before, _)) => format!("{before},CountRecovery,3\n"),
                None => format!("{line}\n"),
            };
            let renamed: String = renamed.lines().map(recovered).collect();
            let (kept, gone): (Vec<&str>, Vec<&str>) =
                renamed.lines().partition(|line| !line.contains(",M004,"));
            assert_eq!(gone.len(), 1);
            let new = gone[0].replace("M004", "M999").replace("Count_", "Count_New");
            format!("{}\n{new}\n", kept.join("\n"))
        },
        &expect![[r#"
            - activity,M002,Count_SelfReferrals,2021-01,,self_referrals,count,
            + activity,M002,Count_SelfReferrals,2021-01,LAST,self_referrals,count,
            + activity,M002,CountSelfReferrals,NEXT,,self_referrals,count,"Taken for Count_SelfReferrals, renamed: same id, nearest name, England's total 111830 beside 111830 of 2026-03."
            - activity,M003,Count_GPReferrals,2021-01,,gp_referrals,count,
            + activity,M003,Count_GPReferrals,2021-01,LAST,gp_referrals,count,
            + activity,M003,Count_FromDoctors,NEXT,,,,
            - activity,M004,Count_HealthVisitorReferrals,2021-01,,health_visitor_referrals,count,
            + activity,M004,Count_HealthVisitorReferrals,2021-01,LAST,health_visitor_referrals,count,
            - activity,M191,Count_Recovery,2021-01,,recovery,count,
            + activity,M191,Count_Recovery,2021-01,LAST,recovery,count,
            + activity,M191,CountRecovery,NEXT,,,,
            + activity,M999,Count_NewHealthVisitorReferrals,NEXT,,,,
            + XYZ1,provider,A NEW SERVICE,service,2026-27,,,,
        "#]],
    );
}

#[test]
fn the_file_is_found_on_the_publishers_pages() {
    let world = World::with_own_whole_project();
    let path = world.declared("psych_ther_annual/releases.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    let (before, entry) = text.rsplit_once("\n[[release]]").unwrap();
    fs_err::write(&path, before).unwrap();
    let runtime = Runtime::new().unwrap();
    let server = Arc::new(StandIn::load(&whole_project()).unwrap()).serve(Misbehaviour::default());
    let server = runtime.block_on(server).unwrap();
    let declare = ["declare", "psych_ther_annual", "2024-25", "--source", server.address()];
    let ran = world.iapt(&declare).expect(0);
    // The year is declared but for its release: what was taken out is proposed, but for its note.
    let is_kept = |line: &&str| !line.starts_with("note") && !line.is_empty();
    let expected: Vec<&str> = entry.trim().lines().filter(is_kept).collect();
    let proposed = lines_of(&ran, "psych_ther_annual/releases.toml");
    let proposed: Vec<&str> = proposed.lines().map(|line| line.trim_start_matches("+ ")).collect();
    let proposed: Vec<&str> =
        proposed.into_iter().filter(|line| !["+", "[[release]]", ""].contains(line)).collect();
    assert_eq!(proposed, expected);
    let others: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("# ") && !line.ends_with("releases.toml"))
        .collect();
    assert_eq!(others, Vec::<&str>::new(), "{}", ran.stdout);
    world.iapt(&[&declare[..], &["--write"]].concat()).expect(0);
    world.iapt(&["check"]).expect(0);
}

/// The pack of outcomes by therapy of a year, as it is built in, with its member in a folder and a row of one service.
fn outcomes_in_a_folder(period: &str, service: &str) -> Vec<u8> {
    let project = project();
    let dataset = project.dataset("therapy_based_outcomes").unwrap();
    let release = dataset.newest_releases().find(|release| release.period.to_string() == period).unwrap();
    let member = &release.members.first().unwrap().name;
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("pack.zip");
    fs_err::write(&pack, StandIn::load(&project).unwrap().pack(release).unwrap()).unwrap();
    let csv = String::from_utf8(iapt_archive::read_member(&pack, member).unwrap()).unwrap();
    // The first row is of England.
    let figures = csv.lines().nth(1).unwrap().splitn(4, ',').nth(3).unwrap();
    zip(&format!("outcomes/{member}"), format!("{csv}Provider,{service},{figures}\n").as_bytes())
}

#[test]
fn a_member_that_is_declared_is_found_in_a_folder() {
    let world = World::new();
    for period in ["2021-22", "2024-25"] {
        fs_err::write(world.path("outcomes.zip"), outcomes_in_a_folder(period, "XYZ1,A NEW SERVICE"))
            .unwrap();
        let declare = ["declare", "therapy_based_outcomes", period, "--file", "outcomes.zip"];
        let ran = world.iapt(&declare).expect(0);
        assert!(
            lines_of(&ran, "organisations.csv").contains("+ XYZ1,provider,A NEW SERVICE,"),
            "{}",
            ran.stdout
        );
    }
}

/// The outcomes by therapy are of fewer services than the annual file, and what a year lacks may be in a later one.
#[test]
fn who_is_gone_is_told_by_no_file_of_some_and_by_no_earlier_year() {
    let world = World::with_every_organisation();
    let csv = published_csv(&whole_project(), "2024-25");
    let line = csv.lines().find(|line| line.starts_with("Provider,") && !line.contains('"')).unwrap();
    let [code, name] = [1, 2].map(|at| line.split(',').nth(at).unwrap());
    fs_err::write(world.path("outcomes.zip"), outcomes_in_a_folder("2024-25", &format!("{code},{name}")))
        .unwrap();
    let declare = ["declare", "therapy_based_outcomes", "2024-25", "--file", "outcomes.zip"];
    let ran = world.iapt(&declare).expect(0).says("this file does not tell who is gone: `");
    assert_eq!(lines_of(&ran, "organisations.csv"), "", "{}", ran.stdout);
    // Without this service: it was printed again a year later.
    let earlier = published_csv(&whole_project(), "2023-24");
    let lines = earlier.lines().filter(|line| !line.starts_with(&format!("Provider,{code},")));
    let earlier: String = lines.map(|line| format!("{line}\n")).collect();
    fs_err::write(world.path("year.zip"), zip("psych-ther-ann-rep-csv-2023-24-main.csv", earlier.as_bytes()))
        .unwrap();
    let declare = ["declare", "psych_ther_annual", "2023-24", "--file", "year.zip"];
    let ran = world.iapt(&declare).expect(0).says(&format!("does not tell who is gone: `{code}`"));
    let lines = lines_of(&ran, "organisations.csv");
    assert!(!lines.contains(&format!("- {code},")), "{lines}");
}

#[test]
fn what_cannot_be_declared_is_said_with_what_to_do() {
    let world = World::new();
    fs_err::write(world.path("year.csv"), "a,b\n1,2\n").unwrap();
    fs_err::create_dir(world.path("mirror")).unwrap();
    for (arguments, code, told, hint) in [
        (&["psych", "2025-26", "--file", "year.csv"][..], 2, "no dataset is called `psych`", "datasets: "),
        (
            &["psych_ther_annual", "2025-26", "--file", "gone.csv"],
            2,
            "`gone.csv` is not a file",
            "--file FILE",
        ),
        (
            &["psych_ther_annual", "2025-06", "--file", "year.csv"],
            1,
            "`psych_ther_annual` has no release of a period like 2025-06 before it",
            "by hand",
        ),
        (
            &["psych_ther_annual_tables", "2017-18", "--file", "year.csv"],
            1,
            "is a table made for readers",
            "by hand",
        ),
        (&["psych_ther_annual", "2025-26", "--source", "mirror"], 1, "a folder has no pages", "--file FILE"),
    ] {
        world.iapt(&[&["declare"], arguments].concat()).expect(code).says(told).says(hint);
    }
}

/// The newest year that is declared, forgotten: what is proposed of its file is what was declared by hand, but for meanings.
#[test]
fn a_year_that_is_forgotten_is_proposed_as_it_was_declared() {
    let world = World::with_own_whole_project();
    let csv = published_csv(&whole_project(), "2024-25");
    fs_err::write(world.path("year.zip"), zip("year-main.csv", csv.as_bytes())).unwrap();
    let rewrite = |file: &str, change: &dyn Fn(&str) -> Option<String>| {
        let path = world.declared(file);
        let text = fs_err::read_to_string(&path).unwrap();
        let (kept, gone): (Vec<_>, Vec<_>) =
            text.lines().map(|line| change(line).ok_or(line)).partition(Result::is_ok);
        let kept: Vec<String> = kept.into_iter().map(Result::unwrap).collect();
        fs_err::write(path, kept.join("\n") + "\n").unwrap();
        gone.into_iter().map(|line| line.unwrap_err().to_owned()).collect::<Vec<String>>()
    };
    let of_others = |line: &str| (!line.contains(",2024-25,")).then(|| line.to_owned());
    let opened = rewrite("psych_ther_annual/columns.csv", &|line| {
        let is_new = line.contains(",2024-25,,");
        (!is_new).then(|| line.replace(",2023-24,measure", ",,measure"))
    });
    let header = rewrite("psych_ther_annual/headers.csv", &of_others);
    let totals = rewrite("psych_ther_annual/expected.csv", &of_others);
    let releases = world.declared("psych_ther_annual/releases.toml");
    let text = fs_err::read_to_string(&releases).unwrap();
    fs_err::write(&releases, text.rsplit_once("\n[[release]]").unwrap().0).unwrap();
    assert_eq!((opened.len(), totals.len()), (4, 14));

    let ran = world.iapt(&["declare", "psych_ther_annual", "2024-25", "--file", "year.zip"]).expect(0);
    let proposed = |file: &str| -> Vec<String> {
        let lines = lines_of(&ran, file);
        lines.lines().filter_map(|line| line.strip_prefix("+ ")).map(str::to_owned).collect()
    };
    assert_eq!(proposed("psych_ther_annual/headers.csv"), header);
    // Where a total is printed is the person's to find.
    let without_source = |line: &String| format!("{},", line.rsplit_once(',').unwrap().0);
    assert_eq!(
        proposed("psych_ther_annual/expected.csv"),
        totals.iter().map(without_source).collect::<Vec<_>>()
    );
    expect![[r#"
        - main,Percentage_FinishedCourseTreatment,2020-21,,measure,finished_course_treatment,percentage,
        + main,Percentage_FinishedCourseTreatment,2020-21,2023-24,measure,finished_course_treatment,percentage,
        + main,Mean_WaitAccessingServices,2024-25,,measure,wait_entered_treatment_days,mean,The heading of 2022-23 returns.
        - main,Mean_WaitEnteredTreatment,2023-24,,measure,wait_entered_treatment_days,mean,The earlier heading returns for this year only.
        + main,Mean_WaitEnteredTreatment,2023-24,2023-24,measure,wait_entered_treatment_days,mean,The earlier heading returns for this year only.
        + main,Percentage_Variable_withFCT,2024-25,,measure,,,
        + main,Count_FinishedCourseTreatment_with_EmpSup,2024-25,,measure,,,
        + main,Percentage_Variable_withFCTandES,2024-25,,measure,,,
    "#]].assert_eq(&lines_of(&ran, "psych_ther_annual/columns.csv"));
    assert_eq!(lines_of(&ran, "organisations.csv") + &lines_of(&ran, "categories.csv"), "");
}
