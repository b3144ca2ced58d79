//! Proofs of single figures, checked against the root of the edition and nothing else.

use std::process::Command;

use crate::support::{Ran, World, binary};

/// The most that a proof may take, where it has no more cells than three counts of twelve months.
const MOST_BYTES: usize = 2000;

/// Checks a proof in an empty folder.
fn check(proof: &[u8], root: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("figure.proof"), proof).unwrap();
    let mut command = Command::new(binary());
    let output = command
        .args(["verify", "--proof", "figure.proof", "--root", root])
        .current_dir(folder.path())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The proof of a figure, and the root that the program names.
fn prove(world: &World, figure: &str) -> (String, String) {
    let ran = world.iapt(&["why", figure, "--proof", "-"]).expect(0);
    let root = ran.stderr.trim().rsplit(' ').next().unwrap().to_owned();
    (ran.stdout, root)
}

/// The first figure that fits a condition, by its name.
fn first(world: &World, condition: &str) -> String {
    let sql = format!(
        "SELECT figure_name(indicator, reporting_period, period_kind, level, org_code, breakdown, category)
         FROM indicators WHERE breakdown = 'total' AND value IS NOT NULL AND {condition} ORDER BY 1"
    );
    world.query(&sql).into_iter().next().unwrap_or_else(|| panic!("no figure: {condition}"))
}

#[test]
fn ten_figures_are_proven_and_no_digit_of_them_can_be_another() {
    let world = World::new();
    let months: Vec<String> = (4..=12).map(|month| format!("2024-{month:02}")).collect();
    let mut periods = vec!["2017-18", "2024-25", "2025-01", "2025-02", "2025-03"];
    periods.extend(months.iter().map(String::as_str));
    let periods: Vec<&str> = periods.into_iter().flat_map(|period| ["--period", period]).collect();
    world.iapt(&[&["fetch"], periods.as_slice()].concat()).expect(0);
    world.iapt(&[&["build"], periods.as_slice()].concat()).expect(0);
    let by = "level = 'provider' AND value_basis =";
    let computed = "computed again: ";
    let figures = [
        ("recovery_rate.2017-18.england.All".to_owned(), "computed again: 263295 of 517942 are "),
        ("recovery_rate.2024-25.england.All".to_owned(), computed),
        (
            "recovery_rate.2017-18.england.All.imd_decile.1__most_deprived_".to_owned(),
            "computed again: 24286 of 59187 are ",
        ),
        (first(&world, &format!("{by} 'published_percentage'")), "the value is a published cell: "),
        (first(&world, &format!("{by} 'published_average'")), "the value is a published cell: "),
        (first(&world, "level = 'icb' AND value_basis = 'counts'"), computed),
        ("reliable_recovery_rate.2024-25_months.england.All".to_owned(), computed),
        (
            first(
                &world,
                &format!(
                    "{by} 'counts' AND indicator = 'reliable_recovery_rate' AND period_kind = 'sum_of_months'"
                ),
            ),
            computed,
        ),
        ("reliable_recovery_rate.2024-11.england.All".to_owned(), computed),
        (first(&world, "value_basis = 'bounds'"), "which was not computed again"),
    ];
    let mut sizes = Vec::new();
    let mut roots = Vec::new();
    for (figure, computed) in figures {
        let (proof, root) = prove(&world, &figure);
        assert!(proof.len() <= MOST_BYTES, "{figure}: {} bytes\n{proof}", proof.len());
        let told = check(proof.as_bytes(), &root).expect(0).stdout;
        assert!(told.contains(computed) && told.contains(&root), "{figure}: {told}");
        let digits = proof.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
        for (at, byte) in digits.step_by(5) {
            let mut other = proof.clone().into_bytes();
            other[at] = if byte == b'9' { b'0' } else { byte + 1 };
            check(&other, &root).expect(5).says("not verified: ");
        }
        sizes.push(format!("{figure}: {} bytes", proof.len()));
        roots.push((proof, root));
    }
    let (proof, root) = &roots[0];
    assert!(roots.iter().all(|(_, other)| other == root));
    let other = root.replacen(|digit: char| digit != 'a', "a", 1);
    check(proof.as_bytes(), &other).expect(5).says("the proof does not lead to this root");
    check(b"", root).expect(5).says("not understood");
    check(proof.as_bytes(), "root").expect(2).says("is not a SHA-256 checksum");
    world.iapt(&["why", "recovery_rat.2017-18.england.All", "--proof", "-"]).expect(2);
    world.iapt(&["why", "recovery_rate.2017-18.england.All", "--proof", "figure.proof"]).expect(0);
    assert_eq!(fs_err::read_to_string(world.path("figure.proof")).unwrap(), *proof);
    println!("{}", sizes.join("\n"));
}
