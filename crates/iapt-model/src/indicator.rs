//! Indicators: what is divided by what, and whether the two are the same people.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    ENGLAND, Measures, Statistic,
    declared::{Problems, read_toml},
};

/// How an indicator is computed; each family is one SQL file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Counts over counts.
    Ratio,
    /// A mean or median that the publisher prints, or a percentage of which it prints no counts, passed on.
    Average,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 2] = [Self::Ratio, Self::Average];

    /// The stem of its SQL file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Average => "average",
        }
    }
}

/// One count of a numerator or denominator, added or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The measure.
    pub measure: String,
    /// Its statistic.
    pub statistic: Statistic,
    /// Whether it is taken away.
    pub is_subtracted: bool,
    /// The category that it is read from, where that is not the row's own: breakdown and category.
    pub at: Option<(String, String)>,
}

/// The breakdown of everyone together.
const TOTAL: &str = "total";

impl Term {
    /// The breakdown and the category of it that are counted, where that is not everyone.
    #[must_use]
    pub fn category(&self) -> Option<(&str, &str)> {
        let (breakdown, category) = self.at.as_ref()?;
        (breakdown != TOTAL).then_some((breakdown, category))
    }
}

/// A sum of terms.
pub type Terms = Vec<Term>;

/// One checked indicator.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Its name: `recovery_rate`.
    pub name: String,
    /// How it is computed.
    pub family: Family,
    /// What it is about, for pages: `pathway`, `outcome`, `wait`, `dose`, `flow`.
    pub theme: String,
    /// A short title.
    pub label: String,
    /// `percent`, `days`, `appointments`.
    pub unit: String,
    /// What it says, in one sentence.
    pub definition: String,
    /// Whose definition it is.
    pub source: String,
    /// What is counted.
    pub numerator: Terms,
    /// What it is counted out of; empty in an average.
    pub denominator: Terms,
    /// The measure whose published percentage is the same quantity.
    pub published: Option<String>,
    /// The cohort that both lie in.
    pub cohort: String,
    /// Why numerator and denominator are different people; none where they are the same.
    pub across_cohorts: Option<String>,
    /// The national standard, in its unit; none where there is none.
    pub target: Option<f64>,
    /// Whose single months it is computed for, beside years; none where months are only added up.
    pub by_month: Option<ByMonth>,
}

/// Whose single months an indicator is computed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByMonth {
    /// England's alone.
    England,
    /// Those of every organisation.
    Every,
}

impl ByMonth {
    /// The word in `indicator_terms`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::England => ENGLAND,
            Self::Every => "every",
        }
    }
}

impl Indicator {
    /// Every measure that it reads, with its statistic.
    pub fn reads(&self) -> impl Iterator<Item = (&str, Statistic)> {
        let terms = self.numerator.iter().chain(&self.denominator);
        let published = self.published.iter().map(|measure| (measure.as_str(), Statistic::Percentage));
        terms.map(|term| (term.measure.as_str(), term.statistic)).chain(published)
    }

    /// Whether it can have a row where there are only the measures of which `has` says so: it needs all that it counts, or, where the
    /// publisher prints its percentage too, something of both sides.
    pub fn can_be_made(&self, has: impl Fn(&str, Statistic) -> bool) -> bool {
        let has = |term: &Term| has(&term.measure, term.statistic);
        let has_all = self.numerator.iter().chain(&self.denominator).all(has);
        has_all
            || (self.published.is_some()
                && self.numerator.iter().any(has)
                && self.denominator.iter().any(has))
    }

    /// Whether it is the share of a whole that the numerator is part of, for which there are limits of chance.
    #[must_use]
    pub fn is_share(&self) -> bool {
        self.across_cohorts.is_none() && self.is_percentage()
    }

    /// What a quotient of counts is multiplied by: 100 for a percentage; a number for each one stays as it is.
    #[must_use]
    pub fn per(&self) -> f64 {
        if self.is_percentage() { 100.0 } else { 1.0 }
    }

    fn is_percentage(&self) -> bool {
        self.unit == "percent"
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorsToml {
    minimum_denominator: u32,
    outcome_theme: String,
    predictor_themes: Vec<String>,
    #[serde(default)]
    indicator: Vec<IndicatorToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorToml {
    name: String,
    family: Family,
    theme: String,
    label: String,
    unit: String,
    definition: String,
    source: String,
    numerator: String,
    denominator: Option<String>,
    /// The category that the numerator is read from; the denominator is then the total.
    numerator_at: Option<At>,
    /// The statistic of an average.
    statistic: Option<Statistic>,
    published: Option<String>,
    across_cohorts: Option<String>,
    target: Option<f64>,
    by_month: Option<ByMonth>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    breakdown: String,
    category: String,
}

/// Every indicator, in declared order.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    indicators: Vec<Indicator>,
    /// The least denominator of the headline figures about organisations.
    pub minimum_denominator: f64,
    /// The theme of the indicators that `association` holds against those of other themes.
    pub outcome_theme: String,
    /// The themes that it holds them against.
    pub predictor_themes: Vec<String>,
}

impl Indicators {
    pub(crate) fn read(path: &Path, measures: &Measures, problems: &mut Problems) -> Self {
        let Some(written) = read_toml(path, problems) else { return Self::default() };
        let IndicatorsToml { minimum_denominator, outcome_theme, predictor_themes, indicator } = written;
        let mut indicators: Vec<Indicator> = Vec::new();
        for written in indicator {
            let name = written.name.clone();
            if indicators.iter().any(|other| other.name == name) {
                problems.add(path, None, format!("indicator `{name}` is declared twice"));
            }
            match meant(written, measures) {
                Ok(indicator) => indicators.push(indicator),
                Err(what) => problems.add(path, None, format!("indicator `{name}`: {what}")),
            }
        }
        for theme in predictor_themes.iter().chain([&outcome_theme]) {
            if !indicators.is_empty() && !indicators.iter().any(|indicator| indicator.theme == *theme) {
                problems.add(path, None, format!("no indicator has the theme `{theme}`"));
            }
        }
        Self { indicators, minimum_denominator: minimum_denominator.into(), outcome_theme, predictor_themes }
    }

    /// Every indicator, in declared order.
    pub fn iter(&self) -> impl Iterator<Item = &Indicator> {
        self.indicators.iter()
    }

    /// The indicator of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.name == name)
    }
}

fn meant(written: IndicatorToml, measures: &Measures) -> Result<Indicator, String> {
    let statistic = match written.family {
        Family::Ratio => Statistic::Count,
        Family::Average => written.statistic.ok_or("an average names its statistic")?,
    };
    let at = written.numerator_at.map(|At { breakdown, category }| (breakdown, category));
    let numerator = terms(&written.numerator, statistic, at.as_ref());
    let total = at.map(|_| (TOTAL.to_owned(), "All".to_owned()));
    let denominator =
        written.denominator.as_deref().map(|text| terms(text, statistic, total.as_ref())).unwrap_or_default();
    if (written.family == Family::Ratio) == denominator.is_empty() {
        return Err("a ratio has a denominator and an average has none".to_owned());
    }
    let cohort = cohort(&numerator, &denominator, written.across_cohorts.as_deref(), measures)?;
    if let Some(published) = &written.published
        && measures.get(published, Statistic::Percentage).is_none()
    {
        return Err(format!("`{published}` has no published percentage in measures.csv"));
    }
    Ok(Indicator {
        name: written.name,
        family: written.family,
        theme: written.theme,
        label: written.label,
        unit: written.unit,
        definition: written.definition,
        source: written.source,
        numerator,
        denominator,
        published: written.published,
        cohort,
        across_cohorts: written.across_cohorts,
        target: written.target,
        by_month: written.by_month,
    })
}

/// Reads `finished_course_treatment - not_at_caseness`.
fn terms(text: &str, statistic: Statistic, at: Option<&(String, String)>) -> Terms {
    let mut is_subtracted = false;
    let mut terms = Terms::new();
    for word in text.split_whitespace() {
        match word {
            "+" => is_subtracted = false,
            "-" => is_subtracted = true,
            measure => {
                terms.push(Term { measure: measure.to_owned(), statistic, is_subtracted, at: at.cloned() });
            }
        }
    }
    terms
}

/// The cohort that everything lies in: that of the first term of the denominator, or of an average.
///
/// A ratio of two cohorts is not a share of anything, so it is refused unless the indicator says why it means it.
fn cohort(
    numerator: &[Term],
    denominator: &[Term],
    across_cohorts: Option<&str>,
    measures: &Measures,
) -> Result<String, String> {
    let mut cohorts = BTreeMap::new();
    for term in numerator.iter().chain(denominator) {
        let measure = measures
            .get(&term.measure, term.statistic)
            .ok_or_else(|| format!("`{}` with `{}` is not in measures.csv", term.measure, term.statistic))?;
        cohorts.insert(term.measure.as_str(), measure.cohort.as_str());
    }
    let outer = denominator.first().or(numerator.first()).ok_or("it has no numerator")?;
    let outer = cohorts.get(outer.measure.as_str()).copied().unwrap_or_default();
    let stray: Vec<String> = cohorts
        .iter()
        .filter(|(_, cohort)| !measures.is_within(cohort, outer))
        .map(|(measure, cohort)| format!("`{measure}` counts the cohort `{cohort}`"))
        .collect();
    match (stray.is_empty(), across_cohorts) {
        (true, None) | (false, Some(_)) => Ok(outer.to_owned()),
        (true, Some(_)) => Err("it says across_cohorts, but its terms are one cohort".to_owned()),
        (false, None) => Err(format!(
            "a ratio across cohorts: {}, which is not within `{outer}`; if it is meant, say why: across_cohorts = \"...\"",
            stray.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(published: Option<&str>, held: &[&str], expected: &Expect) {
        let term = |measure: &str| Term {
            measure: measure.to_owned(),
            statistic: Statistic::Count,
            is_subtracted: false,
            at: None,
        };
        let indicator = Indicator {
            name: "recovery_rate".to_owned(),
            family: Family::Ratio,
            theme: String::new(),
            label: String::new(),
            unit: "percent".to_owned(),
            definition: String::new(),
            source: String::new(),
            numerator: vec![term("recovery")],
            denominator: vec![term("finished"), term("not_at_caseness")],
            published: published.map(str::to_owned),
            cohort: String::new(),
            across_cohorts: None,
            target: None,
            by_month: None,
        };
        let can_be = indicator.can_be_made(|measure, _| held.contains(&measure));
        expected.assert_eq(if can_be { "can be made" } else { "cannot" });
    }

    #[test]
    fn an_indicator_needs_its_counts_or_a_percentage_beside_some() {
        check(None, &["recovery", "finished", "not_at_caseness"], &expect!["can be made"]);
        check(None, &["recovery", "finished"], &expect!["cannot"]);
        check(None, &["finished", "not_at_caseness"], &expect!["cannot"]);
        check(Some("recovery_rate"), &["recovery", "finished"], &expect!["can be made"]);
        check(Some("recovery_rate"), &["finished", "not_at_caseness"], &expect!["cannot"]);
        check(Some("recovery_rate"), &["recovery"], &expect!["cannot"]);
    }
}
