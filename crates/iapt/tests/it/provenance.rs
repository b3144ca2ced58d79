//! Where figures are from: every cell says it, and nothing claims to be a cell of the publisher's file that is not.

use iapt_model::BuiltInFigures;

use crate::support::{whole, whole_project};

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(whole().query(sql), expected, "{sql}");
}

#[test]
fn every_cell_names_its_source_and_only_what_is_not_held_has_none() {
    let world = whole();
    check("SELECT count(*) FROM tidy WHERE (figure_source IS NULL) <> (value_status = 'not_held')", &["0"]);
    check("SELECT count(*) FROM tidy WHERE figure_source = 'release'", &["0"]);
    // As many as the declared figures, source by source.
    let project = whole_project();
    let mut problems = Vec::new();
    for dataset in &project.datasets {
        let Some(figures) = BuiltInFigures::read(dataset, &project.measures, &mut problems) else { continue };
        for source in &dataset.figure_sources {
            let cells = figures.rows.iter().flat_map(|row| row.cells.iter().flatten());
            let declared = cells.filter(|cell| *cell.source == *source.source).count();
            assert!(declared > 0, "{} of {}", source.source, dataset.name);
            let sql = format!(
                "SELECT count(*) FROM tidy WHERE dataset = '{}' AND figure_source = '{}'",
                dataset.name, source.source
            );
            let found: usize = world.query(&sql).first().unwrap().parse().unwrap();
            assert_eq!(found, declared, "{sql}");
        }
    }
    assert!(problems.is_empty());
    check(
        "SELECT kind, count(*) FROM tidy JOIN figure_sources AS source
           ON source.dataset = tidy.dataset AND source.figure_source = tidy.figure_source
         WHERE kind <> 'published_file' GROUP BY kind ORDER BY kind",
        &["publisher_statement,7", "quotation,3"],
    );
}

#[test]
fn why_says_who_printed_a_figure_that_is_in_no_file_of_the_publisher() {
    let told = whole().iapt(&["why", "finished_course_share.2017-18.england.All"]).expect(0).stdout;
    for text in [
        "printed `1376920` in the built-in copy of ",
        "from Barry McInnes, Is IAPT too big to fail?",
        "(quotation)",
        "from   built-in figures, laid out as the file at https://files.digital.nhs.uk/",
    ] {
        assert!(told.contains(text), "{text} is not in:\n{told}");
    }
}

#[test]
fn a_claim_that_is_checked_against_its_own_figure_is_not_confirmed() {
    check("SELECT count(*) FROM claims WHERE verdict = 'same source'", &["20"]);
    check("SELECT verdict FROM claims WHERE claim = 'post_ended_2017_18'", &["same source"]);
    // Shares of that number are no better borne out than it is.
    check("SELECT verdict FROM claims WHERE claim = 'post_finished_of_ended'", &["same source"]);
}

#[test]
fn england_has_one_code_in_all_datasets() {
    check("SELECT DISTINCT org_code FROM tidy WHERE org_type = 'England'", &["All"]);
}

#[test]
fn coverage_says_why_there_are_no_rows() {
    check("SELECT sum(n_cells) = (SELECT count(*) FROM tidy) FROM coverage", &["true"]);
    check(
        "SELECT sum(n_reported) = (SELECT count(*) FROM tidy WHERE value_status = 'reported') FROM coverage",
        &["true"],
    );
    check(
        "SELECT n_reported, n_not_held = n_cells FROM coverage
         WHERE dataset = 'psych_ther_annual' AND reporting_period = '2024-25' AND level = 'england'
           AND breakdown = 'total' AND measure = 'entered_treatment' AND statistic = 'count'",
        &["0,true"],
    );
}
