//! What people ask: the indicators that Parliament, the press and services ask for, against figures that others printed or added up.

use crate::support::{checkout, whole};

/// England's values of one indicator in the financial years added up from months, with one decimal.
fn check_years(indicator: &str, expected: [&str; 5]) {
    let found = whole().query(&format!(
        "SELECT reporting_period, round(value, 1) FROM indicators
         WHERE indicator = '{indicator}' AND level = 'england' AND period_kind = 'sum_of_months' ORDER BY 1"
    ));
    let years = ["2021-22", "2022-23", "2023-24", "2024-25", "2025-26"];
    let expected: Vec<String> =
        years.iter().zip(expected).map(|(year, value)| format!("{year},{value}")).collect();
    // Years that come later have figures that nobody has compared yet.
    assert_eq!(found.get(..expected.len()), Some(expected.as_slice()), "{indicator}: {found:?}");
}

#[test]
fn the_second_wait_and_missed_appointments_by_year() {
    check_years("second_treatment_after_28_days", ["53.1", "57.6", "58.0", "60.4", "62.1"]);
    check_years("second_treatment_after_90_days", ["17.4", "22.8", "21.8", "24.1", "23.6"]);
    check_years("missed_appointments_share", ["10.0", "9.9", "9.5", "9.0", "8.5"]);
}

#[test]
fn a_month_has_its_reliable_recovery_and_its_origin() {
    let sql = "SELECT numerator, round(value, 1), published_percentage, standing FROM indicators
               WHERE indicator = 'reliable_recovery_rate' AND level = 'england' AND reporting_period = '2025-04'";
    assert_eq!(whole().query(sql), ["26457.0,48.4,48.4,"]);
    let why = whole().iapt(&["why", "reliable_recovery_rate.2025-04.england.All"]).expect(0);
    assert!(why.stdout.contains("26457"), "{}", why.stdout);
    let older = whole().iapt(&["why", "waiting_over_90_days.2026-03.provider.8JJ53"]).expect(0);
    assert!(older.stdout.contains("waiting_for_treatment_over_90_days"), "{}", older.stdout);
}

#[test]
fn the_year_to_november_2022_waited_over_90_days() {
    let sql = "SELECT SUM(numerator), COUNT(*) FROM indicators
               WHERE indicator = 'second_treatment_after_90_days' AND level = 'england' AND period_kind = 'month'
                 AND reporting_period BETWEEN '2021-12' AND '2022-11'";
    assert_eq!(whole().query(sql), ["154413.0,12"]);
}

/// England's indicators that are the parts of one whole add up to it, in every year that has them all.
fn check_parts(parts: &[&str]) {
    let names = parts.join("', '");
    let sql = format!(
        "SELECT count(*), max(abs(parts - whole)) FROM (
           SELECT SUM(numerator) AS parts, MIN(denominator) AS whole FROM indicators
           WHERE indicator IN ('{names}') AND dataset = 'talking_therapies_monthly' AND level = 'england'
           GROUP BY reporting_period
           HAVING COUNT(numerator) = {} AND MIN(denominator) = MAX(denominator))",
        parts.len()
    );
    let found = whole().query(&sql);
    let cells: Vec<&str> = found[0].split(',').collect();
    assert!(cells[0].parse::<u32>().unwrap() > 0 && cells[1] == "0.0", "{parts:?}: {found:?}");
}

#[test]
fn parts_add_up_to_their_whole() {
    check_parts(&[
        "entered_within_28_days",
        "entered_after_29_to_56_days",
        "entered_after_57_to_90_days",
        "entered_after_90_days",
    ]);
    check_parts(&[
        "assessed_within_28_days",
        "assessed_after_29_to_56_days",
        "assessed_after_57_to_90_days",
        "assessed_after_90_days",
    ]);
    check_parts(&[
        "second_treatment_within_28_days",
        "second_treatment_after_29_to_90_days",
        "second_treatment_after_90_days",
    ]);
    check_parts(&[
        "self_referral_share",
        "gp_referral_share",
        "primary_care_referral_share",
        "hospital_or_mental_health_referral_share",
        "community_referral_share",
        "other_or_no_source_share",
    ]);
    check_parts(&[
        "face_to_face_share",
        "telephone_share",
        "video_share",
        "chat_room_share",
        "instant_messaging_share",
        "message_board_share",
        "email_share",
        "sms_share",
        "talktype_share",
        "other_medium_share",
        "unknown_medium_share",
    ]);
    check_parts(&[
        "staff_qualified_share",
        "staff_in_training_share",
        "staff_not_qualified_share",
        "staff_not_recorded_share",
    ]);
}

/// The sixteen reasons and the six groups of them add up to all that ended, in every year and month of England.
#[test]
fn reasons_add_up_to_all_that_ended() {
    check_parts(&[
        "ended_by_agreement_share",
        "left_during_treatment_share",
        "not_or_partly_assessed_share",
        "declined_treatment_share",
        "advised_or_sent_elsewhere_share",
        "end_reason_unknown_share",
    ]);
    check_parts(&[
        "ended_by_agreement_share",
        "declined_treatment_share",
        "ended_before_care_professional_planned_share",
        "ended_before_patient_requested_share",
        "ended_not_assessed_share",
        "ended_incomplete_assessment_share",
        "ended_not_suitable_share",
        "ended_signposted_share",
        "ended_mutual_agreement_share",
        "ended_referred_elsewhere_share",
        "ended_no_reason_recorded_share",
        "ended_invalid_share",
        "ended_unknown_assessed_only_share",
        "ended_unknown_treated_share",
        "ended_deceased_assessed_only_share",
        "ended_deceased_treated_share",
    ]);
}

/// What the publisher prints as a percentage of England's month comes out of the counts that the indicator names.
#[test]
fn printed_percentages_of_months_come_out_of_the_counts() {
    let sql = "SELECT count(DISTINCT indicator), count(*), count(*) FILTER (WHERE abs(value - published_percentage) > 0.0500001)
               FROM indicators WHERE period_kind = 'month' AND level = 'england' AND published_percentage IS NOT NULL
                 AND value IS NOT NULL";
    let found = whole().query(sql);
    let cells: Vec<u32> = found[0].split(',').map(|cell| cell.parse().unwrap()).collect();
    assert!(cells[0] >= 18 && cells[1] > 700 && cells[2] == 0, "{found:?}");
}

/// Single months are compared with nothing and are in no statistic.
#[test]
fn months_are_in_no_statistic() {
    for table in ["variation", "spread", "persistence", "association", "inequality"] {
        let period = if table == "persistence" { "second_period" } else { "reporting_period" };
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE n_months < 12 OR period_kind = 'month')
             FROM {table} JOIN periods ON periods.reporting_period = {table}.{period}"
        );
        let found = whole().query(&sql);
        let (n, n_months) = found[0].split_once(',').unwrap();
        assert!(n != "0" && n_months == "0", "{table}: {found:?}");
    }
    let sql = "SELECT count(*) FROM indicators WHERE period_kind = 'month' AND (standing IS NOT NULL OR comparison IS NOT NULL)";
    assert_eq!(whole().query(sql), ["0"]);
}

/// Page files say by how much the months and the annual reports differ: those numbers are what the tables give.
#[test]
fn how_far_months_and_annual_reports_differ_is_as_pages_say() {
    let sql = "SELECT s.measure, MIN(s.reporting_period), MAX(s.reporting_period),
                 round(MIN(100 * (a.value - s.value) / a.value), 1), round(MAX(abs(100 * (a.value - s.value) / a.value)), 1)
               FROM monthly_sums AS s JOIN tidy AS a
                 ON a.measure = s.measure AND a.statistic = s.statistic AND a.reporting_period = s.reporting_period
               WHERE s.level = 'england' AND s.dataset = 'talking_therapies_monthly' AND s.value IS NOT NULL
                 AND a.dataset = 'psych_ther_annual' AND a.org_type = 'England' AND a.breakdown = 'total'
                 AND s.measure IN ('referrals_received', 'finished_course_treatment', 'recovery')
               GROUP BY 1 ORDER BY 1";
    let found = whole().query(sql);
    let [finished, recovered, received] = [0, 1, 2].map(|row| found[row].split(',').collect::<Vec<_>>());
    let (first, last) = (received[1], received[2]);
    let says = |page: &str, sentence: String| {
        let text = fs_err::read_to_string(checkout().join("reports/pages/blocks").join(page)).unwrap();
        assert!(text.contains(&sentence), "{page} does not say: {sentence}");
    };
    says(
        "what-happens.toml",
        format!(
            "From {first} to {last} the months have {}% to {}% fewer referrals received than the annual reports; \
             finished courses differ by up to {}% and recoveries by up to {}%",
            received[3], received[4], finished[4], recovered[4]
        ),
    );
    says("index.toml", format!("their recoveries differ by up to {}%", recovered[4]));
}
