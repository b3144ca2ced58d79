//! Nothing that the tables print says more about a suppressed cell than the publisher's own print does.

use crate::support::{World, project, published_csv, release, whole_project};

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

/// A small generator, so that a failure can be made again from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        // xorshift64*, Vigna 2016.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        u32::try_from(mixed % u64::from(end)).unwrap()
    }

    /// A total in as many random parts as asked for.
    fn split(&mut self, total: u32, n_parts: usize) -> Vec<u32> {
        let mut cuts: Vec<u32> = (1..n_parts).map(|_| self.below(total + 1)).collect();
        cuts.sort_unstable();
        cuts.push(total);
        let mut before = 0;
        cuts.into_iter().map(|cut| cut - std::mem::replace(&mut before, cut)).collect()
    }
}

/// Every count of every level made at random, England exact and each level adding up to it, many cells withheld.
#[test]
fn no_random_hierarchy_is_told_by_its_sums() {
    let project = whole_project();
    let period = "2024-25";
    let csv = published_csv(&project, period);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let header = rows.headers().unwrap().clone();
    let published: Vec<Vec<String>> =
        rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let column = |name: &str| header.iter().position(|cell| cell.ends_with(name)).unwrap();
    let [org_type, variable] = ["OrgType", "VariableType"].map(column);
    let counts: Vec<usize> = (0..header.len()).filter(|index| header[*index].starts_with("Count")).collect();
    let (mut n_hierarchies, mut n_withheld, mut n_printed) = (0, 0, 0);
    for seed in 1..=4 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut made = published.clone();
        for count in &counts {
            // From a handful of referrals to a few for each organisation.
            let total = [8, 40, 200, 1500][usize::try_from(random.below(4)).unwrap()] + random.below(40);
            for level in ["England", "Commissioning Region", "ICB", "Provider"] {
                let of_level = |row: &&mut Vec<String>| row[variable] == "Total" && row[org_type] == level;
                let n_rows = made.iter_mut().filter(of_level).count();
                let parts = random.split(total, n_rows);
                for (row, truth) in made.iter_mut().filter(of_level).zip(parts) {
                    row[*count] = if level == "England" { truth.to_string() } else { printed(truth) };
                    n_withheld += usize::from(row[*count] == "*");
                }
                n_hierarchies += usize::from(level != "England");
            }
        }
        let world = World::with_own_project();
        let expected = world.declared("psych_ther_annual/expected.csv");
        let first = fs_err::read_to_string(&expected).unwrap().lines().next().unwrap().to_owned();
        fs_err::write(&expected, first + "\n").unwrap();
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(&header).unwrap();
        for row in &made {
            out.write_record(row).unwrap();
        }
        world.mirror(release(&project, period), &out.into_inner().unwrap());
        for stage in ["fetch", "build"] {
            world.iapt(&[stage, "--source", "mirror", "--period", period, "--quiet"]).expect(0);
        }
        let sums = "FROM additivity WHERE n_suppressed > 0 AND is_within_hard";
        n_printed += world.query(&format!("SELECT count(*) {sums}"))[0].parse::<usize>().unwrap();
        // What England has beyond the least of all other cells leaves at least 4 for a withheld one; beyond their greatest, at most 0.
        let narrowed = world
            .query(&format!("SELECT * {sums} AND (england - hard_low < 4 OR england - (hard_high - 4) > 0)"));
        assert_eq!(narrowed, Vec::<String>::new(), "seed {seed}");
        // A numerator that is one withheld cell is bounded as that cell is, and has no rate.
        let told = world.query(
            "SELECT indicators.org_code, indicators.indicator FROM indicators
             JOIN indicator_terms AS term ON term.indicator = indicators.indicator AND term.role = 'numerator'
             JOIN tidy ON tidy.measure = term.measure AND tidy.statistic = term.statistic
              AND tidy.org_code = indicators.org_code AND tidy.org_type = indicators.org_type
              AND tidy.breakdown = indicators.breakdown AND tidy.category = indicators.category
             WHERE indicators.breakdown = 'total' AND tidy.value_status = 'suppressed' AND indicators.indicator IN (
                 SELECT indicator FROM indicator_terms WHERE role = 'numerator' GROUP BY indicator HAVING count(*) = 1)
               AND term.at_breakdown IS NULL
               AND (numerator IS NOT NULL OR numerator_low <> 0 OR numerator_high <> 4
                 OR indicators.value IS NOT NULL AND value_basis <> 'published_percentage')",
        );
        assert_eq!(told, Vec::<String>::new(), "seed {seed}");
        // Levels that were made each for itself do not nest, and the rule about that says so.
        let nested = world.query("SELECT count(*) FROM findings WHERE rule = 'children_exceed_parent'");
        assert_ne!(nested, ["0"], "seed {seed}");
    }
    assert!(n_withheld > 1000 && n_printed > 0, "{n_withheld} withheld, {n_printed} sums printed");
    println!(
        "{n_hierarchies} hierarchies, {n_withheld} withheld cells, {n_printed} sums with one printed, none narrowed"
    );
}

#[test]
fn a_long_file_is_read_under_the_rule_of_its_period() {
    let world = World::with_own_project();
    let declared = world.declared("talking_therapies_monthly/dataset.toml");
    let rule = "exact_percentage_half_width = 0.05\n";
    let text = fs_err::read_to_string(&declared).unwrap();
    assert_eq!(text.matches(rule).count(), 1);
    let of_period = format!("{rule}[disclosure.exact_count_rounded_to]\n\"2024-04\" = 10\n");
    fs_err::write(&declared, text.replace(rule, &of_period)).unwrap();
    for (period, expected) in [("2024-04", "10.0"), ("2024-05", "0.0")] {
        let of = ["--source", "embedded", "--dataset", "talking_therapies_monthly", "--period", period];
        for stage in ["fetch", "build"] {
            world.iapt(&[&[stage], &of[..]].concat()).expect(0);
        }
        let widths = world.query(&format!(
            "SELECT DISTINCT value_high - value_low FROM tidy JOIN organisation_types AS types ON types.org_type = tidy.org_type
             WHERE level = 'england' AND statistic = 'count' AND value > 10 AND value % 10 = 0
               AND reporting_period = '{period}'"
        ));
        assert_eq!(widths, [expected], "{period}");
    }
}
