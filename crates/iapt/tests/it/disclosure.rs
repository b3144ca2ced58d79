//! Nothing that the tables print says more about a suppressed cell than the publisher's own print does.

use crate::support::{World, project, published_csv, release};

/// True counts for the regions of a year, printed as the publisher prints them, with England as their exact sum.
///
/// Every region but one is given; the one that is withheld has `hidden`.
fn check(others: &[u32], hidden: u32, is_told: bool) {
    let project = project();
    let (world, period) = (World::with_own_project(), "2024-25");
    // The totals of the real publication do not hold for made counts.
    let expected = world.declared("psych_ther_annual/expected.csv");
    let header = fs_err::read_to_string(&expected).unwrap().lines().next().unwrap().to_owned();
    fs_err::write(&expected, header + "\n").unwrap();
    let csv = published_csv(&project, period);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|cell| cell.ends_with(name)).unwrap();
    let [org_type, variable, recovery] = ["OrgType", "VariableType", "Count_Recovery"].map(column);
    let england = others.iter().sum::<u32>() + hidden;
    let mut truths = others.iter().chain([&hidden]);
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header).unwrap();
    for row in rows.records() {
        let mut row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        let is_total = row[variable] == "Total";
        if is_total && row[org_type] == "England" && row[recovery] != "NULL" {
            row[recovery] = england.to_string();
        } else if is_total && row[org_type] == "Commissioning Region" {
            row[recovery] = truths.next().map_or("*".to_owned(), |truth| printed(*truth));
        }
        out.write_record(&row).unwrap();
    }
    world.mirror(release(&project, period), &out.into_inner().unwrap());
    for stage in ["fetch", "build"] {
        world.iapt(&[stage, "--source", "mirror", "--period", period]).expect(0);
    }
    // Bounds of a withheld cell are those of the marker, whatever its neighbours and England say.
    let bounds = world.query(
        "SELECT DISTINCT value_low, value_high FROM tidy WHERE value_status = 'suppressed' AND statistic = 'count'",
    );
    assert_eq!(bounds, ["0.0,4.0"]);
    // A share of a withheld count has no value and no interval, and its bounds leave the whole of 0 to 4 open.
    let told = world.query(
        "SELECT org_code, indicator FROM indicators WHERE value_status = 'suppressed'
           AND (value IS NOT NULL OR interval_low IS NOT NULL OR numerator IS NOT NULL AND denominator IS NOT NULL)",
    );
    assert_eq!(told, Vec::<String>::new());
    // The sums: what England less the others leaves for a withheld cell holds all of 0 to 4.
    let sums = "FROM additivity WHERE org_type = 'Commissioning Region' AND measure = 'recovery' AND n_suppressed > 0";
    assert_eq!(world.query(&format!("SELECT count(*) {sums}"))[0] != "0", is_told, "{others:?} and {hidden}");
    let narrowed = world
        .query(&format!("SELECT * {sums} AND (england - hard_low < 4 OR england - (hard_high - 4) > 0)"));
    assert_eq!(narrowed, Vec::<String>::new());
}

fn printed(truth: u32) -> String {
    if truth < 5 { "*".to_owned() } else { ((truth + 2) / 5 * 5).to_string() }
}

#[test]
fn sums_that_would_tell_a_withheld_cell_are_not_printed() {
    // Every other region is as high as its print allows, so England less their greatest values is the hidden count.
    check(&[1002, 902, 802, 702, 602, 502, 402], 4, false);
    // Every other region is as low as its print allows, so England less their least values is the hidden count.
    check(&[998, 898, 798, 698, 598, 498, 398], 0, false);
    // In between, the difference could be anything that `*` can be.
    check(&[1001, 899, 802, 698, 600, 500, 400], 2, true);
}
