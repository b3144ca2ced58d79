//! Figures that are stated elsewhere than in a file among the releases, beside what the files print.

use std::collections::BTreeMap;

use crate::support::{World, fragment, project, whole};

const STATED: &str = "FROM stated_figures WHERE level = 'england'";

/// Whether two counts are one: whole numbers, both.
fn is_same(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.5
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// England's months 2015-16 and 2016-17, added up, beside the years as they were published.
#[test]
fn months_of_2015_to_2017_are_near_their_years_and_not_in_them() {
    let months = whole().query(&format!(
        "SELECT CAST(left(reporting_period, 4) AS INT) - CASE WHEN substr(reporting_period, 6) < '04' THEN 1 ELSE 0 END AS year,
           measure, SUM(value)
         {STATED} AND source = 'monthly_2015_2017' GROUP BY 1, 2 HAVING count(*) = 12 ORDER BY 1, 2"
    ));
    let years = whole().query(
        "SELECT CAST(left(reporting_period, 4) AS INT), measure, value FROM tidy
         WHERE dataset = 'psych_ther_annual_tables' AND org_type = 'England' AND breakdown = 'total' AND statistic = 'count'",
    );
    let years: BTreeMap<&str, f64> = years
        .iter()
        .map(|line| line.rsplit_once(',').map(|(key, value)| (key, number(value))).unwrap())
        .collect();
    let apart = months.iter().filter_map(|line| {
        let (key, sum) = line.rsplit_once(',').unwrap();
        let year = years.get(key)?;
        Some(format!(
            "{key}: {sum} of months, {year:?} of the year, {:+.2}%",
            100.0 * (number(sum) / year - 1.0)
        ))
    });
    let apart: Vec<String> = apart.collect();
    println!("{}", apart.join("\n"));
    // The annual file of 2015-16 counts referrals without paired scores as without reliable change; the others differ by
    // what arrived or was corrected after the month.
    expect_test::expect![[r"
        2015,deterioration: 33673.0 of months, 33392.0 of the year, +0.84%
        2015,improvement: 336184.0 of months, 333962.0 of the year, +0.67%
        2015,no_reliable_change: 156074.0 of months, 169777.0 of the year, -8.07%
        2015,not_at_caseness: 46841.0 of months, 46736.0 of the year, +0.22%
        2015,recovery: 228250.0 of months, 226850.0 of the year, +0.62%
        2015,referrals_received: 1353183.0 of months, 1399088.0 of the year, -3.28%
        2015,reliable_recovery: 217281.0 of months, 215942.0 of the year, +0.62%
        2016,deterioration: 34640.0 of months, 34286.0 of the year, +1.03%
        2016,improvement: 371848.0 of months, 369254.0 of the year, +0.70%
        2016,no_reliable_change: 156992.0 of months, 155627.0 of the year, +0.88%
        2016,not_at_caseness: 42713.0 of months, 42376.0 of the year, +0.80%
        2016,recovery: 260526.0 of months, 258888.0 of the year, +0.63%
        2016,referrals_received: 1366680.0 of months, 1385664.0 of the year, -1.37%
        2016,reliable_recovery: 248020.0 of months, 246460.0 of the year, +0.63%"]]
    .assert_eq(&apart.join("\n"));
    // Nothing stated is a cell of a file, and so in a sum or an indicator.
    let mixed = "SELECT count(*) FROM monthly_sums WHERE reporting_period IN ('2014-15', '2015-16', '2016-17', '2017-18')
                   AND dataset <> 'talking_therapies_monthly'";
    assert_eq!(whole().query(mixed), ["0"]);
    assert_eq!(whole().query("SELECT count(*) FROM tidy WHERE start_date BETWEEN '2015-01-01' AND '2017-06-30' AND end_date < start_date + INTERVAL '40 days'"), ["0"]);
}

/// By problem, somebody else's reading of the annual tables beside England's totals here.
#[test]
fn problems_add_up_to_the_totals_that_the_files_print() {
    let rows = whole().query(
        "SELECT stated.reporting_period, stated.measure, MAX(stated.value) FILTER (WHERE stated.breakdown = 'total'),
           SUM(stated.value) FILTER (WHERE stated.breakdown = 'problem'), MAX(tidy.value)
         FROM stated_figures AS stated
         LEFT JOIN tidy ON tidy.reporting_period = stated.reporting_period AND tidy.measure = stated.measure
           AND tidy.statistic = 'count' AND tidy.org_type = 'England' AND tidy.breakdown = 'total'
         WHERE stated.source = 'annual_problems_2014_2016' GROUP BY 1, 2 ORDER BY 1, 2",
    );
    println!("{}", rows.join("\n"));
    let mut n_equal = 0;
    for row in &rows {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(is_same(number(cells[2]), number(cells[3])), "the problems of {row} do not add up");
        if cells[1] == "entered_treatment" {
            assert_eq!(cells[4], "", "no table held here counts it");
        } else {
            assert!(is_same(number(cells[2]), number(cells[4])), "{row}");
            n_equal += 1;
        }
    }
    assert_eq!((rows.len(), n_equal), (9, 6));
}

/// From 2017-18 on the annual file counts them: the problems of every year add up to what entered treatment in all.
#[test]
fn entered_treatment_by_problem_adds_up_to_the_year() {
    let years = whole().query(
        "SELECT reporting_period, MAX(value) FILTER (WHERE breakdown = 'total'), SUM(value) FILTER (WHERE breakdown = 'problem')
         FROM tidy WHERE dataset = 'psych_ther_annual' AND org_type = 'England' AND measure = 'entered_treatment'
           AND statistic = 'count' AND value IS NOT NULL GROUP BY 1 ORDER BY 1",
    );
    println!("{}", years.join("\n"));
    assert!(years.len() >= 7, "{years:?}");
    for year in &years {
        let cells: Vec<&str> = year.split(',').collect();
        assert!(is_same(number(cells[1]), number(cells[2])), "{year}");
    }
}

/// Ended less not finished is finished, by ministers and by the files.
#[test]
fn what_ministers_said_closes_over_what_the_files_print() {
    let rows = whole().query(&format!(
        "SELECT reporting_period, MAX(value) FILTER (WHERE measure LIKE 'ended_referrals%'),
           MAX(value) FILTER (WHERE measure LIKE 'ended_not_finished%')
         {STATED} AND source = 'parliament_17518' AND statistic = 'count' GROUP BY 1 ORDER BY 1"
    ));
    let finished = whole().query(
        "SELECT value FROM tidy WHERE org_type = 'England' AND breakdown = 'total' AND statistic = 'count'
           AND measure IN ('finished_course_treatment', 'finished_course_treatment_received_in_year')
           AND reporting_period IN ('2012-13', '2013-14', '2014-15') ORDER BY reporting_period",
    );
    assert_eq!(rows.len(), 3);
    for (row, finished) in rows.iter().zip(&finished) {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(is_same(number(cells[1]) - number(cells[2]), number(finished)), "{row}");
    }
}

/// The ethnic groups of the first two years are people: they add up to what is stated of people, and not to the referrals.
#[test]
fn people_are_counted_apart_from_referrals() {
    let people = whole().query(
        "SELECT reporting_period, SUM(value) FROM tidy WHERE measure = 'people_referred'
           AND (breakdown = 'ethnic_group' OR (reporting_period = '2012-13' AND breakdown = 'ethnic_group_detailed'))
         GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(people, ["2012-13,761848.0", "2013-14,947640.0"]);
    let stated = whole().query(&format!(
        "SELECT reporting_period, value, value_low, value_high {STATED} AND measure = 'people_referred'
           AND breakdown = 'total' ORDER BY 1"
    ));
    assert_eq!(stated, ["2012-13,762000.0,761500.0,762500.0", "2013-14,947640.0,947640.0,947640.0"]);
    let referrals = whole().query(
        "SELECT DISTINCT breakdown FROM tidy WHERE measure = 'referrals_received' AND reporting_period IN ('2012-13', '2013-14')",
    );
    assert_eq!(referrals, ["total"]);
    let divided = "SELECT count(*) FROM indicator_terms WHERE measure = 'people_referred'";
    assert_eq!(whole().query(divided), ["0"]);
}

#[test]
fn every_stated_figure_says_who_states_it() {
    let kinds = whole().query("SELECT source_kind, count(*) FROM stated_figures GROUP BY 1 ORDER BY 1");
    println!("{}", kinds.join("\n"));
    let n_figures = whole().query("SELECT count(*), count(url), count(citation) FROM stated_figures");
    let n = project().stated.figures.len();
    assert_eq!(n_figures, [format!("{n},{n},{n}")]);
}

#[test]
fn a_stated_figure_without_a_source_or_a_measure_is_refused() {
    let check = |from: &str, to: &str, said: &str| {
        let world = World::with_own_project();
        world.edit("stated_figures.csv", from, to);
        world.iapt(&["check"]).expect(1).says("stated_figures.csv").says(said);
    };
    check(",parliament_17518,", ",a_post,", "`a_post` is not in stated_sources.csv");
    check(
        ",ended_referrals,count,919994",
        ",ended_referals,count,919994",
        "`ended_referals` with `count` is not in measures.csv",
    );
    check(
        ",total,All,ended_referrals,",
        ",problem,All,ended_referrals,",
        "`All` of `problem` is not in categories.csv",
    );
    check(
        "2013-14,england,England,total,All,ended_referrals,count,919994",
        "2014-15,england,England,total,All,ended_referrals,count,1",
        "stated twice by one source",
    );
}

/// England's months and the counts by problem, against the fragments that they come from.
#[test]
#[ignore = "needs the folder ../shared"]
fn stated_figures_are_those_of_the_fragments() {
    let rows = |name: &str| {
        let text = fragment(name);
        let rows: Result<Vec<BTreeMap<String, String>>, _> =
            csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
        rows.unwrap()
    };
    let sorted = |mut values: Vec<(String, String)>| {
        values.sort();
        values
    };
    let stated = |source: &str| {
        let project = project();
        let figures = project.stated.figures.iter().filter(|figure| figure.source == source);
        sorted(
            figures.map(|figure| (figure.reporting_period.to_string(), figure.value.to_string())).collect(),
        )
    };
    let months: Vec<(String, String)> = rows("england_months_2015_2017.csv")
        .into_iter()
        .flat_map(|row| {
            let month = row["Month"].get(..7).unwrap().to_owned();
            let is_figure = |(column, value): &(String, String)| {
                column != "Month" && column != "GroupType" && value != "NA"
            };
            row.into_iter()
                .filter(is_figure)
                .map(move |(_, value)| (month.clone(), value))
                .collect::<Vec<_>>()
        })
        .collect();
    println!("{} figures of England's months", months.len());
    assert_eq!(stated("monthly_2015_2017"), sorted(months));
    let problems: Vec<(String, String)> = rows("england_entered_by_problem_2014_2023.csv")
        .into_iter()
        .filter(|row| row["start_date"].as_str() < "2017" && row["count"] != "NA")
        .map(|row| {
            let (start, end) = (row["start_date"].get(..4).unwrap(), row["end_date"].get(2..4).unwrap());
            (format!("{start}-{end}"), row["count"].clone())
        })
        .collect();
    println!("{} figures by problem", problems.len());
    assert_eq!(stated("annual_problems_2014_2016"), sorted(problems));
}
