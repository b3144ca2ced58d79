//! What is said of two indicators follows their correlation.

use iapt_model::{AssociationRow, IndicatorRow, VariationRow};
use iapt_report::{Analysis, Integrity};

use crate::made::{Made, PERIOD, pages_beside, row, text};

const DATASET: &str = "talking_therapies_monthly";
const INDICATORS: [&str; 2] = ["finished_of_entered", "reliable_improvement_rate"];

/// The page of two providers whose correlation is this, with this interval.
fn page(spearman: f64, interval: Option<(f64, f64)>) -> String {
    let made = [("RA1", "<b>One</b>", 60.0), ("RA2", "Two", 70.0)];
    let mut indicators = Vec::new();
    let mut variation = Vec::new();
    for indicator in INDICATORS {
        let of = |row: IndicatorRow| IndicatorRow {
            dataset: DATASET.into(),
            period_kind: "sum_of_months".into(),
            indicator: indicator.into(),
            ..row
        };
        let whole = Made { code: "all", name: "all", value: Some(65.0), interval: None };
        indicators.push(of(row("england", "England", "place", &whole)));
        for (code, name, value) in made {
            let provider = Made { code, name, value: Some(value), interval: None };
            indicators.push(of(row("provider", "Provider", "service", &provider)));
            variation.push(VariationRow {
                dataset: DATASET.into(),
                reporting_period: PERIOD.into(),
                period_kind: "sum_of_months".into(),
                level: "provider".into(),
                org_type: "Provider".into(),
                org_code: code.into(),
                org_name: name.into(),
                indicator: indicator.into(),
                numerator: Some(value * 20.0),
                standing: "counted".into(),
                denominator: Some(2000.0),
                rate: Some(value),
                ..VariationRow::default()
            });
        }
    }
    let association = AssociationRow {
        dataset: DATASET.into(),
        reporting_period: PERIOD.into(),
        period_kind: "year".into(),
        level: "provider".into(),
        org_type: "Provider".into(),
        indicator: INDICATORS[0].into(),
        other_indicator: INDICATORS[1].into(),
        shares_numerator: false,
        minimum_denominator: 100.0,
        n_organisations: 2,
        n_with_one_only: 3,
        spearman,
        spearman_low: interval.map(|(low, _)| low),
        spearman_high: interval.map(|(_, high)| high),
        pearson: spearman,
    };
    let analysis = Analysis { variation: &variation, association: &[association], ..Analysis::default() };
    let pages = pages_beside(Some(50.0), &[], Integrity::default(), &indicators, analysis);
    text(&pages, "site/compare-areas-two-indicators.html")
}

#[test]
fn the_title_follows_the_correlation() {
    for (spearman, interval, said) in [
        (0.5, Some((0.2, 0.7)), "more improve"),
        (-0.5, Some((-0.7, -0.2)), "fewer improve"),
        (0.1, Some((-0.1, 0.3)), "do not go together"),
        (-0.1, Some((-0.3, 0.1)), "do not go together"),
        // Without an interval nothing is said of a direction.
        (0.9, None, "do not go together"),
    ] {
        let html = page(spearman, interval);
        let title = html.split("class=\"finding\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(title.contains(said), "{spearman} {interval:?}: {title}");
        assert!(html.contains("&lt;b&gt;One") && !html.contains("<b>One"), "names are text");
    }
}
