//! Rows made for a test, and the pages made from them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use iapt_model::{CurrentRow, IndicatorRow, Project, ReleaseRow, SpreadRow};
use iapt_report::{Analysis, Input, Integrity, render};

pub(crate) const DATASET: &str = "psych_ther_annual";
pub(crate) const PERIOD: &str = "2024-25";
pub(crate) const INDICATOR: &str = "recovery_rate";

/// An organisation's code, name and recovery rate with its interval, in percent.
pub(crate) struct Made<'a> {
    pub(crate) code: &'a str,
    pub(crate) name: &'a str,
    pub(crate) value: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
}

pub(crate) fn row(level: &str, org_type: &str, kind: &str, made: &Made) -> IndicatorRow {
    let standing = (level != "england").then(|| if made.value.is_some() { "counted" } else { "suppressed" });
    IndicatorRow {
        dataset: DATASET.into(),
        reporting_period: PERIOD.into(),
        period_kind: "year".into(),
        level: level.into(),
        org_type: org_type.into(),
        org_code: made.code.into(),
        org_name: made.name.into(),
        org_kind: kind.into(),
        breakdown: "total".into(),
        category: "All".into(),
        indicator: INDICATOR.into(),
        numerator: made.value.map(|value| value * 20.0),
        numerator_low: None,
        numerator_high: None,
        denominator: made.value.map(|_| 2000.0),
        denominator_low: made.value.map(|_| 1998.0),
        denominator_high: made.value.map(|_| 2002.0),
        value: made.value,
        value_status: if made.value.is_some() { "reported" } else { "suppressed" }.into(),
        value_basis: made.value.map(|_| "counts".into()),
        value_low: made.value,
        value_high: made.value,
        interval_low: made.interval.map(|(low, _)| low),
        interval_high: made.interval.map(|(_, high)| high),
        published_percentage: None,
        standing: standing.map(Into::into),
        england: None,
        comparison: None,
    }
}

/// The row beside England's value, as the tables have it.
fn compared(row: &IndicatorRow, england: Option<f64>) -> IndicatorRow {
    let ends = row.interval_low.zip(row.interval_high).zip(england);
    let comparison = ends.map(|((low, high), england)| match () {
        () if low > england => "higher",
        () if high < england => "lower",
        () => "similar",
    });
    IndicatorRow { england, comparison: comparison.map(Into::into), ..*row }
}

/// The pages of a world with England and these integrated care boards.
pub(crate) fn pages(england: Option<f64>, boards: &[Made]) -> BTreeMap<PathBuf, Vec<u8>> {
    pages_about(england, boards, Integrity::default())
}

/// The same, with what is known of the data.
pub(crate) fn pages_about(
    england: Option<f64>,
    boards: &[Made],
    integrity: Integrity,
) -> BTreeMap<PathBuf, Vec<u8>> {
    pages_beside(england, boards, integrity, &[], Analysis::default())
}

/// The same, beside rows of other datasets and what the statistics say.
pub(crate) fn pages_beside(
    england: Option<f64>,
    boards: &[Made],
    integrity: Integrity,
    others: &[IndicatorRow],
    analysis: Analysis,
) -> BTreeMap<PathBuf, Vec<u8>> {
    pages_since(england, boards, integrity, others, analysis, &[])
}

/// The same, with years of today's places before them.
pub(crate) fn pages_since(
    england: Option<f64>,
    boards: &[Made],
    integrity: Integrity,
    others: &[IndicatorRow],
    analysis: Analysis,
    current: &[CurrentRow],
) -> BTreeMap<PathBuf, Vec<u8>> {
    let project = Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    let whole = Made { code: "All", name: "All", value: england, interval: None };
    let mut indicators = vec![row("england", "England", "place", &whole)];
    indicators.extend(boards.iter().map(|made| compared(&row("icb", "ICB", "place", made), england)));
    indicators.extend(others.iter().cloned());
    let known: Vec<f64> = boards.iter().filter_map(|made| made.value).collect();
    let lowest = known.iter().copied().fold(100.0, f64::min);
    let highest = known.iter().copied().fold(0.0, f64::max);
    let n = |number: usize| u32::try_from(number).unwrap();
    let spread = SpreadRow {
        dataset: DATASET.into(),
        reporting_period: PERIOD.into(),
        level: "icb".into(),
        org_type: "ICB".into(),
        indicator: INDICATOR.into(),
        n_organisations: n(known.len()),
        n_suppressed: n(boards.len() - known.len()),
        n_below_floor: 0,
        n_not_places: 0,
        minimum_denominator: 100.0,
        england,
        minimum: lowest,
        p10: lowest,
        p25: lowest,
        median: lowest,
        p75: highest,
        p90: highest,
        maximum: highest,
        mean: lowest,
        standard_deviation: 1.0,
        ..SpreadRow::default()
    };
    let release = |period: &str| ReleaseRow {
        dataset: DATASET.to_owned(),
        reporting_period: period.to_owned(),
        period_kind: "year".to_owned(),
        edition: 1,
        source: "/a/mirror/<b>".to_owned(),
        url: "https://example.invalid/pack.zip".to_owned(),
        publication_page: None,
        sha256: "0".repeat(64),
        bytes: 1,
        source_file: "=main</script>.csv".to_owned(),
        n_rows: 1,
        n_measure_columns: 1,
        n_reported: 1,
        n_suppressed: 0,
        n_not_applicable: 0,
        n_no_activity: 0,
        n_missing: 0,
        n_not_held: 0,
        n_rows_without_category: 0,
        n_rows_without_level: 0,
        n_counts_not_rounded: 0,
        n_rows_passed_over: 0,
        not_absorbed: String::new(),
    };
    let periods: std::collections::BTreeSet<&str> =
        current.iter().map(|row| row.reporting_period.as_str()).chain([PERIOD]).collect();
    let releases: Vec<ReleaseRow> = periods.into_iter().map(release).collect();
    let input = Input {
        threads: 2,
        integrity,
        project: &project,
        indicators: &indicators,
        spread: &[spread],
        current,
        services: &[],
        analysis,
        releases: &releases,
        edition: "0123456789abcdef",
        site_address: Some("https://example.org/site/"),
        table_files: &["figures/recovery_rate.js", "indicators.csv", "indicators.parquet"].map(str::to_owned),
    };
    let pages = Mutex::new(BTreeMap::new());
    let put = |path: &str, bytes: &[u8]| {
        let before = pages.lock().unwrap().insert(PathBuf::from(path), bytes.to_vec());
        assert!(before.is_none_or(|before| before == bytes), "two files at {path}");
        Ok(())
    };
    render(&input, &project.folder.join("reports"), &put).unwrap();
    pages.into_inner().unwrap()
}

pub(crate) fn text(pages: &BTreeMap<PathBuf, Vec<u8>>, path: &str) -> String {
    let bytes = pages.get(Path::new(path)).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(bytes.clone()).unwrap()
}
