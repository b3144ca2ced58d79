//! The two indicators that come first, beside each other: who stays to a measured ending, and who improves.

use std::collections::BTreeMap;

use iapt_chart::{Chart, Landmark, Scatter, ScatterPoint, Words, format};
use iapt_model::{AssociationRow, FigureName, Standing, VariationRow};
use serde::Serialize;
use serde_json::json;

use super::{
    Site,
    area::Link,
    chooser::{Compared, Group, PAGE, TWO_INDICATORS},
};
use crate::{
    Error,
    analysis::Among,
    declared::{Points, TwoIndicatorsPage},
    download,
    engine::Engine,
    escape::clean,
    readings::{Reading, Readings},
    table::{Cell, Row, Table},
};

#[derive(Serialize)]
struct TwoIndicatorsContext {
    title: String,
    lead: Vec<String>,
    chooser: Vec<Group>,
    answer: String,
    /// Organisations clearly higher than England in both.
    both: Vec<Link>,
    chart: Chart,
    table: Table,
    years: Table,
    benchmarks: Points,
    limits: Points,
}

/// What the words of the scatter are made of.
#[derive(Serialize)]
struct ScatterWords {
    period: String,
    label_plural: String,
    x: String,
    y: String,
    england_x: Reading,
    england_y: Reading,
    n: u32,
    n_with_one_only: u32,
    floor: String,
    /// `0.01 (−0.18 to 0.20)`.
    spearman: String,
    /// `none`: the interval holds zero; `together` or `apart` where it does not.
    direction: &'static str,
}

/// An organisation that has both.
struct Pair<'a> {
    x: &'a VariationRow,
    y: &'a VariationRow,
}

impl<'a> Site<'a> {
    /// Adds the page, where the tables have organisations with both indicators.
    pub(super) fn two_indicators(&self, compared: &Compared<'a>) -> Result<(), Error> {
        let declared = &self.pages.two_indicators;
        let Some(readings) = self.readings_if_any(&declared.dataset)? else { return Ok(()) };
        let Some(level) = self.input.project.organisations.types().find(|one| one.level == declared.level)
        else {
            return Ok(());
        };
        let associations: Vec<&AssociationRow> = readings
            .periods()
            .iter()
            .filter_map(|period| {
                let among = Among {
                    dataset: &declared.dataset,
                    indicator: &declared.x,
                    level: &level.level,
                    org_type: &level.org_type,
                    period,
                };
                self.input.analysis.association(among, &declared.y)
            })
            .collect();
        let Some(newest) = associations.last() else { return Ok(()) };
        let pairs = self.pairs(newest)?;
        let words = (declared.title.as_str(), declared.description.as_str());
        let shared = self.shared(PAGE, words, &declared.dataset, &readings)?;
        let said = scatter_words(&readings, newest, &level.label_plural)?;
        let (chart, table) = self.scatter(declared, &pairs, &said, &readings)?;
        let context = TwoIndicatorsContext {
            title: declared.title.clone(),
            lead: declared.lead.clone(),
            chooser: self.chooser(compared, TWO_INDICATORS),
            both: self.clearly_higher_in_both(&pairs),
            answer: self.engine.words("scatter-answer", &said)?,
            chart,
            table,
            years: years(self.engine, &associations, &level.label_plural)?,
            benchmarks: Points {
                id: "benchmarks".to_owned(),
                heading: declared.benchmarks.clone(),
                points: declared
                    .benchmark
                    .iter()
                    .map(|one| crate::declared::Point { term: one.label.clone(), text: one.note.clone() })
                    .collect(),
            },
            limits: declared.limits.clone(),
        };
        self.add_page(TWO_INDICATORS, &shared, context)
    }

    /// The organisations of an association, with the rows of both indicators, in order of name.
    fn pairs(&self, association: &AssociationRow) -> Result<Vec<Pair<'a>>, Error> {
        let rows = |indicator: &str| -> BTreeMap<&'a str, &'a VariationRow> {
            let among = Among {
                dataset: &association.dataset,
                indicator,
                level: &association.level,
                org_type: &association.org_type,
                period: &association.reporting_period,
            };
            let rows = self.input.analysis.organisations(among).into_iter();
            rows.filter(|row| row.standing() == Standing::Counted)
                .map(|row| (row.org_code.as_str(), row))
                .collect()
        };
        let others = rows(&association.other_indicator);
        let mut pairs: Vec<Pair> = rows(&association.indicator)
            .into_iter()
            .filter_map(|(code, x)| Some(Pair { x, y: others.get(code)? }))
            .collect();
        let n_counted = usize::try_from(association.n_organisations).unwrap_or(usize::MAX);
        if pairs.len() != n_counted {
            return Err(Error::Miscounted {
                indicator: association.indicator.to_string(),
                period: association.reporting_period.to_string(),
                level: association.level.to_string(),
                drawn: pairs.len(),
                counted: n_counted,
            });
        }
        pairs.sort_by(|left, right| {
            (&left.x.org_name, &left.x.org_code).cmp(&(&right.x.org_name, &right.x.org_code))
        });
        Ok(pairs)
    }

    /// Whether the tables have organisations with both.
    pub(super) fn has_two_indicators(&self) -> bool {
        let declared = &self.pages.two_indicators;
        self.input.analysis.association.iter().any(|row| {
            row.dataset == declared.dataset
                && row.level == declared.level
                && row.indicator == declared.x
                && row.other_indicator == declared.y
        })
    }

    /// The organisations that are clearly higher than England in both, in order of name.
    fn clearly_higher_in_both(&self, pairs: &[Pair]) -> Vec<Link> {
        // What is flagged gets no verdict.
        let is_higher =
            |row: &VariationRow| row.comparison.as_deref() == Some("higher") && self.flag_of(row).is_none();
        let both = pairs.iter().filter(|pair| is_higher(pair.x) && is_higher(pair.y));
        let link = |pair: &Pair| Link {
            text: self.pages.site.names.display(&pair.x.org_name),
            code: clean(&pair.x.org_code),
            href: self.areas.link("", &pair.x.level, &pair.x.org_code),
        };
        both.map(link).collect()
    }

    fn scatter(
        &self,
        declared: &TwoIndicatorsPage,
        pairs: &[Pair<'a>],
        said: &ScatterWords,
        readings: &Readings,
    ) -> Result<(Chart, Table), Error> {
        let name = |row: &VariationRow| self.pages.site.names.display(&row.org_name);
        let written = |row: &VariationRow| {
            let decimals = format::percent_decimals(row.denominator);
            row.rate.map(|rate| format::percent(rate, decimals)).unwrap_or_default()
        };
        let points = pairs.iter().filter_map(|Pair { x, y }| {
            Some(ScatterPoint {
                code: clean(&x.org_code),
                figure: FigureName::from(*x).to_string(),
                x: x.rate?,
                y: y.rate?,
                size: x.denominator?,
                is_flagged: self.flag_of(x).is_some(),
                tooltip: format!("{}: {} {}, {} {}", name(x), said.x, written(x), said.y, written(y)),
            })
        });
        let benchmarks = declared.benchmark.iter().filter_map(|one| {
            Some(Landmark { x: one.x?, y: one.y, label: one.short.clone(), is_whole: false })
        });
        let england = said.england_x.value.zip(said.england_y.value).map(|(x, y)| Landmark {
            x,
            y,
            label: format!("England {}", said.period),
            is_whole: true,
        });
        let in_corner = |is_right: bool, is_up: bool| {
            let (Some(england_x), Some(england_y)) = (said.england_x.value, said.england_y.value) else {
                return 0;
            };
            let is_in = |pair: &&Pair| {
                let (Some(x), Some(y)) = (pair.x.rate, pair.y.rate) else { return false };
                (x >= england_x) == is_right && (y >= england_y) == is_up
            };
            pairs.iter().filter(is_in).count()
        };
        let corner = |words: &str, is_right, is_up| format!("{words}: {}", in_corner(is_right, is_up));
        let scatter = Scatter {
            corners: [
                corner("more finish, more improve", true, true),
                corner("fewer finish, more improve", false, true),
                corner("more finish, fewer improve", true, false),
                corner("fewer finish, fewer improve", false, false),
            ],
            points: points.collect(),
            landmarks: benchmarks.chain(england).collect(),
            x_label: format!("{}, % \u{2192}", said.x),
            y_label: format!("\u{2191} {}, %", said.y),
        };
        let rows = pairs.iter().map(|Pair { x, y }| {
            let cell = |row: &VariationRow| {
                let counts = row.numerator.zip(row.denominator);
                let counts = counts
                    .map(|(part, whole)| format!("{} of {}", format::count(part), format::count(whole)));
                let mut cell = Cell::with_detail(written(row), counts.unwrap_or_default());
                cell.figure = FigureName::from(row).to_string();
                cell.flagged(self.flag_of(row)).at_home()
            };
            let mut head = Cell::with_detail(name(x), clean(&x.org_code));
            head.link = self.areas.link("", &x.level, &x.org_code);
            let mut row = Row::new(vec![head, cell(x), cell(y)]);
            row.code = clean(&x.org_code);
            row
        });
        let rows: Vec<Row> = rows.collect();
        let limits = |row: fn(&Pair<'a>) -> &'a VariationRow| {
            let among = pairs.first().map(|pair| Among::of(row(pair)));
            among.map(|among| self.input.analysis.drawn_limits(among)).unwrap_or_default()
        };
        let (of_x, of_y) = (limits(|pair| pair.x), limits(|pair| pair.y));
        let bytes =
            download::variation(pairs.iter().flat_map(|pair| [of_x.beside(pair.x), of_y.beside(pair.y)]));
        let download = self.add_file("tables/two-indicators.csv", &bytes)?;
        let table =
            self.engine.heads("two-indicators", said)?.over("table-two-indicators", rows, &download)?;
        let words = Words {
            id: "two-indicators".to_owned(),
            title: self.engine.words("scatter-title", said)?,
            subtitle: self.engine.words("scatter-subtitle", said)?,
            description: self.engine.words("scatter-description", said)?,
            source: self.credit(&declared.dataset, readings)?,
        };
        Ok((self.draw(words, &scatter)?, table))
    }
}

fn scatter_words(
    readings: &Readings,
    association: &AssociationRow,
    label_plural: &str,
) -> Result<ScatterWords, Error> {
    let label = |name: &str| readings.indicator(name).map(|one| one.label.clone()).unwrap_or_default();
    let england = |name: &str| readings.read(name, readings.england(), &association.reporting_period);
    let direction = match association.spearman_low.zip(association.spearman_high) {
        Some((low, _)) if low > 0.0 => "together",
        Some((_, high)) if high < 0.0 => "apart",
        _ => "none",
    };
    let (value, interval) = correlation(association);
    Ok(ScatterWords {
        period: association.reporting_period.to_string(),
        label_plural: label_plural.to_owned(),
        x: label(&association.indicator),
        y: label(&association.other_indicator),
        england_x: england(&association.indicator)?,
        england_y: england(&association.other_indicator)?,
        n: association.n_organisations,
        n_with_one_only: association.n_with_one_only,
        floor: format::count(association.minimum_denominator),
        spearman: if interval.is_empty() { value } else { format!("{value} ({interval})") },
        direction,
    })
}

/// `0.01`, and `−0.18 to 0.20`; empty where the interval is not known.
fn correlation(association: &AssociationRow) -> (String, String) {
    let signed = |number: f64| format::fixed(number, 2).replace('-', "\u{2212}");
    let interval = association.spearman_low.zip(association.spearman_high);
    let interval = interval.map(|(low, high)| format!("{} to {}", signed(low), signed(high)));
    (signed(association.spearman), interval.unwrap_or_default())
}

/// The correlation of every year.
fn years(engine: &Engine, associations: &[&AssociationRow], label_plural: &str) -> Result<Table, Error> {
    let row = |association: &&AssociationRow| {
        let (value, interval) = correlation(association);
        Row::new(vec![
            Cell::new(association.reporting_period),
            Cell::with_detail(value, interval),
            Cell::new(association.n_organisations.to_string()),
            Cell::new(association.n_with_one_only.to_string()),
        ])
    };
    let rows = associations.iter().map(row).collect();
    let heads = engine.heads("two-indicators-by-year", json!({ "label_plural": label_plural }))?;
    heads.over("table-two-indicators-years", rows, "tables/two-indicators.csv")
}
