//! The map of a level, and how much of what lies between organisations is chance: funnel, ranks, persistence.

use std::collections::HashMap;

use iapt_chart::{Chart, Funnel, FunnelPoint, RankRow, Ranks, Tile, Tiles, Words, format};
use iapt_model::{FigureName, FunnelLimitsRow, Standing, VariationRow};
use serde::Serialize;

use super::{Site, places::Spread};
use crate::{
    Error,
    analysis::{Among, Limits},
    declared::{AlsoDrawn, LevelSection},
    download,
    escape::clean,
    readings::{Readings, Subject},
    table::{Cell, Row, Table},
};

/// A chart with what is folded away under it.
#[derive(Serialize)]
pub(super) struct Block {
    pub(super) chart: Chart,
    /// Empty where another block's table has the numbers.
    summary: String,
    table: Option<Table>,
    download: String,
}

/// Sentences and a table about time and place.
#[derive(Serialize)]
pub(super) struct Steadiness {
    id: String,
    heading: String,
    sentences: Vec<String>,
    table: Option<Table>,
}

/// What the words of a funnel and of ranks are made of.
#[derive(Serialize)]
struct FunnelWords {
    #[serde(skip)]
    dataset: String,
    label: String,
    label_plural: String,
    period: String,
    n: usize,
    /// Those of them that the spread of the level leaves out, because they are small.
    n_small: usize,
    /// What they are smaller than.
    floor: String,
    n_outside_chance: usize,
    n_outside_wide: usize,
    /// The rate of all of them together; empty where it is not known.
    pooled: String,
    /// How many chance alone would put outside; empty where it is not known.
    expected: String,
    /// By how much true rates typically differ, in points; empty where it is not known.
    tau: String,
    /// Median number of places that chance leaves open; empty where it is not known.
    median_width: String,
    n_ranked: u32,
}

/// What the words of a map are made of.
#[derive(Serialize)]
struct MapWords {
    label: String,
    label_plural: String,
    period: String,
    n: usize,
    lowest: String,
    highest: String,
}

#[derive(Serialize)]
struct PersistenceWords {
    label_plural: String,
    first: String,
    second: String,
    n_matched: u32,
    spearman: String,
    n_top: Option<u32>,
    n_kept: Option<u32>,
}

#[derive(Serialize)]
struct DecompositionWords {
    label_plural: String,
    grouped_by: String,
    n_groups: u32,
    share_between: String,
    chance_share: String,
}

/// How many names a funnel writes.
const N_NAMED: usize = 5;
/// A funnel of fewer has no shape.
const LEAST: usize = 10;

impl<'a> Site<'a> {
    /// Funnel and ranks of a level's newest year, as far as its section asks for them and the tables have them.
    pub(super) fn chance(
        &self,
        id: &str,
        section: &LevelSection,
        spread: &Spread<'a>,
        readings: &Readings<'a>,
    ) -> Result<Vec<Block>, Error> {
        let among = among(spread);
        let rows = self.input.analysis.organisations(among);
        if rows.len() < LEAST {
            return Ok(Vec::new());
        }
        let limits = self.input.analysis.drawn_limits(among);
        let words = self.funnel_words(&rows, &limits, among, spread, readings);
        let bytes = download::variation(rows.iter().map(|row| limits.beside(row)));
        let csv = self.add_file(&format!("tables/{id}-variation.csv"), &bytes)?;
        let mut funnel = self.funnel(id, (&rows, &limits), &words, spread, readings, &csv)?;
        let has_ranks = section.also.contains(&AlsoDrawn::Ranks);
        // Of many organisations the numbers are in the download.
        funnel.table = funnel.table.filter(|_| has_ranks);
        let mut blocks = vec![funnel];
        if has_ranks {
            blocks.push(self.ranks(id, &rows, &words, spread, readings, &csv)?);
        }
        Ok(blocks)
    }

    fn funnel_words(
        &self,
        rows: &[&VariationRow],
        limits: &Limits,
        among: Among,
        spread: &Spread,
        readings: &Readings,
    ) -> FunnelWords {
        let statistics = self.input.analysis.spread(among);
        let outside = |limits: &HashMap<&str, &FunnelLimitsRow>| {
            limits.values().filter(|row| row.funnel_class != "in").count()
        };
        let written = |value: Option<f64>| value.map(|value| format::fixed(value, 1)).unwrap_or_default();
        FunnelWords {
            dataset: among.dataset.to_owned(),
            pooled: statistics
                .and_then(|row| row.pooled)
                .map(|value| format::percent(value, 1))
                .unwrap_or_default(),
            label: readings.indicator(among.indicator).map(|one| one.label.clone()).unwrap_or_default(),
            label_plural: spread.label_plural.clone(),
            period: among.period.to_owned(),
            n: rows.len(),
            n_small: rows.iter().filter(|row| row.standing() == Standing::BelowFloor).count(),
            floor: format::count(spread.row.minimum_denominator),
            n_outside_chance: outside(&limits.chance),
            n_outside_wide: outside(&limits.usual),
            expected: written(statistics.and_then(|row| row.expected_outside_95)),
            tau: written(statistics.and_then(|row| row.tau)),
            median_width: statistics
                .and_then(|row| row.median_rank_width)
                .map(|width| format::fixed(width, 0))
                .unwrap_or_default(),
            n_ranked: rows.iter().map(|row| row.n_ranked).max().unwrap_or(0),
        }
    }

    fn chance_words(
        &self,
        id: &str,
        kind: &str,
        words: &FunnelWords,
        readings: &Readings,
    ) -> Result<Words, Error> {
        Ok(Words {
            id: format!("{id}-{kind}"),
            title: self.engine.words(&format!("{kind}-title"), words)?,
            subtitle: self.engine.words(&format!("{kind}-subtitle"), words)?,
            description: self.engine.words(&format!("{kind}-description"), words)?,
            source: self.credit(&words.dataset, readings)?,
        })
    }

    fn funnel(
        &self,
        id: &str,
        (rows, limits): (&[&VariationRow], &Limits),
        words: &FunnelWords,
        spread: &Spread,
        readings: &Readings,
        csv: &str,
    ) -> Result<Block, Error> {
        let mut farthest: Vec<&&VariationRow> = rows
            .iter()
            .filter(|row| row.funnel_class.as_deref().is_some_and(|class| class != "in"))
            .collect();
        farthest.sort_by(|left, right| {
            let far = |row: &VariationRow| row.z_score_additive.unwrap_or(0.0).abs();
            far(right).total_cmp(&far(left)).then_with(|| left.org_code.cmp(&right.org_code))
        });
        let named: Vec<&str> = farthest.iter().take(N_NAMED).map(|row| row.org_code.as_str()).collect();
        let points = rows.iter().filter_map(|row| {
            let name = self.pages.site.names.display(&row.org_name);
            let code = row.org_code.as_str();
            Some(FunnelPoint {
                code: clean(&row.org_code),
                figure: FigureName::from(*row).to_string(),
                size: row.denominator?,
                value: row.value?,
                stands: class_stands(row.funnel_class.as_deref()),
                is_flagged: self.flag_of(row).is_some(),
                tooltip: format!(
                    "{name}: {} of {}; {}",
                    row.value.map(|value| spread.written(value, row)).unwrap_or_default(),
                    format::count(row.denominator?),
                    class_words(row.funnel_class.as_deref()),
                ),
                label: if named.contains(&row.org_code.as_str()) { name } else { String::new() },
                chance: limits.chance.get(code).map(|limits| (limits.low_95, limits.high_95)),
                wide: limits
                    .usual
                    .get(code)
                    .map(|limits| [(limits.low_95, limits.high_95), (limits.low_998, limits.high_998)]),
            })
        });
        let statistics = self.input.analysis.spread(among(spread));
        let funnel = Funnel {
            points: points.collect(),
            center: statistics
                .and_then(|row| row.pooled)
                .map(|value| (value, format!("these together {}", format::percent(value, 1)))),
            size_label: "referrals that it is counted out of".to_owned(),
        };
        let chart_words = self.chance_words(id, "funnel", words, readings)?;
        let table = self.chance_table(id, rows, words, spread, csv)?;
        Ok(Block {
            chart: self.draw(chart_words, &funnel)?,
            summary: format!("Usual spread, smoothed rates and ranks, {}", words.period),
            table: Some(table),
            download: csv.to_owned(),
        })
    }

    fn chance_table(
        &self,
        id: &str,
        rows: &[&VariationRow],
        words: &FunnelWords,
        spread: &Spread,
        csv: &str,
    ) -> Result<Table, Error> {
        let mut named: Vec<(String, &VariationRow)> =
            rows.iter().map(|row| (self.pages.site.names.display(&row.org_name), *row)).collect();
        named.sort_by(|left, right| (&left.0, &left.1.org_code).cmp(&(&right.0, &right.1.org_code)));
        let row = |(name, row): &(String, &VariationRow)| {
            let link = self.areas.link("", &row.level, &row.org_code);
            let value = row.value.map(|value| spread.written(value, row)).unwrap_or_default();
            let between = |low: Option<f64>, high: Option<f64>| {
                let both = low.zip(high);
                both.map(|(low, high)| format!("{} to {}", format::fixed(low, 1), format::fixed(high, 1)))
                    .unwrap_or_default()
            };
            let shrunken = row.shrunken.map(|value| format::fixed(value, 1)).unwrap_or_default();
            Row {
                code: clean(&row.org_code),
                cells: vec![
                    Cell { link, ..Cell::new(name) },
                    Cell { text: value, figure: FigureName::from(*row).to_string(), ..Cell::default() }
                        .flagged(self.flag_of(row)),
                    Cell::new(class_words(row.funnel_class.as_deref())),
                    Cell::with_detail(shrunken, between(row.shrunken_low, row.shrunken_high)),
                    Cell::with_detail(row.rank.map(|rank| rank.to_string()).unwrap_or_default(), places(row)),
                ],
                ..Row::default()
            }
        };
        let rows = named.iter().map(row).collect();
        self.engine.heads("usual-spread", words)?.over(format!("table-{id}-chance"), rows, csv)
    }

    fn ranks(
        &self,
        id: &str,
        rows: &[&VariationRow],
        words: &FunnelWords,
        spread: &Spread,
        readings: &Readings,
        csv: &str,
    ) -> Result<Block, Error> {
        let row = |row: &&VariationRow| {
            let name = self.pages.site.names.display(&row.org_name);
            let value = row.value.map(|value| spread.written(value, row)).unwrap_or_default();
            Some(RankRow {
                code: clean(&row.org_code),
                rank: row.rank?,
                best: row.rank_best?,
                worst: row.rank_worst?,
                tooltip: format!("{name}: {value}, {}", places(row)),
                name,
            })
        };
        let mut ranked: Vec<RankRow> = rows.iter().filter_map(row).collect();
        ranked.sort_by(|left, right| (left.rank, &left.code).cmp(&(right.rank, &right.code)));
        let chart_words = self.chance_words(id, "ranks", words, readings)?;
        let chart = self.draw(chart_words, &Ranks { rows: ranked, n_ranked: words.n_ranked })?;
        Ok(Block { chart, summary: String::new(), table: None, download: csv.to_owned() })
    }

    /// A tile for each area that has a place on the map, with its rate; none when the level's areas are others.
    pub(super) fn map(
        &self,
        id: &str,
        spread: &Spread<'a>,
        readings: &Readings<'a>,
    ) -> Result<Option<Block>, Error> {
        let mut tiles = Vec::new();
        for tile in &self.pages.tiles.tile {
            let Some(row) = spread.counted.iter().find(|row| row.org_code == tile.code) else { continue };
            let subject = Subject { level: &row.level, org_code: &row.org_code };
            let reading = readings.read(&row.indicator, subject, &row.reporting_period)?;
            let flag = self.flag("", &row.dataset, subject, &row.reporting_period);
            let sign = flag.as_ref().map(|flag| format!(" {}", flag.sign)).unwrap_or_default();
            let name = self.pages.site.names.display(&row.org_name);
            tiles.push(Tile {
                code: tile.code.clone(),
                figure: reading.figure.clone(),
                short: tile.short.clone(),
                row: tile.row,
                column: tile.column,
                value: row.value,
                text: reading.value_text().trim_end_matches('%').to_owned(),
                is_flagged: flag.is_some(),
                tooltip: format!("{name}: {}{sign}", reading.value_text()),
            });
        }
        if tiles.is_empty() || tiles.len() < spread.counted.len() {
            return Ok(None);
        }
        let by_value = |left: &&Tile, right: &&Tile| {
            left.value.unwrap_or_default().total_cmp(&right.value.unwrap_or_default())
        };
        let named = |tile: Option<&Tile>| tile.map(|tile| tile.tooltip.clone()).unwrap_or_default();
        let words = MapWords {
            label: readings.indicator(&spread.row.indicator).map(|one| one.label.clone()).unwrap_or_default(),
            label_plural: spread.label_plural.clone(),
            period: spread.row.reporting_period.to_string(),
            n: tiles.len(),
            lowest: named(tiles.iter().min_by(by_value)),
            highest: named(tiles.iter().max_by(by_value)),
        };
        let chart_words = Words {
            id: format!("{id}-map"),
            title: self.engine.words("map-title", &words)?,
            subtitle: self.engine.words("map-subtitle", &words)?,
            description: self.engine.words("map-description", &words)?,
            source: self.credit(&spread.row.dataset, readings)?,
        };
        let chart = self.draw(chart_words, &Tiles { tiles })?;
        Ok(Some(Block { chart, summary: String::new(), table: None, download: format!("tables/{id}.csv") }))
    }

    /// Whether organisations keep their places, and how much lies between the areas above them.
    pub(super) fn steadiness(
        &self,
        id: &str,
        spread: &Spread,
        csv: &str,
    ) -> Result<Option<Steadiness>, Error> {
        let among = among(spread);
        let mut sentences = Vec::new();
        for row in self.input.analysis.decomposition(among) {
            let (Some(between), Some(chance)) = (row.share_between, row.chance_share) else { continue };
            let label = |level: &str| {
                let types = self.input.project.organisations.types();
                let newest = types.filter(|one| one.level == level).min_by_key(|one| one.org_type.len());
                newest.map(|one| one.label_plural.clone()).unwrap_or_default()
            };
            let words = DecompositionWords {
                label_plural: spread.label_plural.clone(),
                grouped_by: label(&row.grouped_by),
                n_groups: row.n_groups,
                share_between: format::share(between),
                chance_share: format::share(chance),
            };
            sentences.push(self.engine.words("decomposition", words)?);
        }
        let pairs = self.input.analysis.persistence(among);
        if let Some(row) = pairs.last() {
            let words = PersistenceWords {
                label_plural: spread.label_plural.clone(),
                first: row.first_period.to_string(),
                second: row.second_period.to_string(),
                n_matched: row.n_matched,
                spearman: row.spearman.map(|value| format::fixed(value, 2)).unwrap_or_default(),
                n_top: row.n_top_fifth,
                n_kept: row.n_top_fifth_kept,
            };
            sentences.push(self.engine.words("persistence", words)?);
        }
        if sentences.is_empty() {
            return Ok(None);
        }
        let number =
            |value: Option<f64>| Cell::new(value.map(|value| format::fixed(value, 2)).unwrap_or_default());
        let whole = |value: Option<u32>| Cell::new(value.map(|value| value.to_string()).unwrap_or_default());
        let row = |row: &&iapt_model::PersistenceRow| {
            Row::new(vec![
                Cell::new(format!("{} and {}", row.first_period, row.second_period)),
                Cell::new(row.n_matched.to_string()),
                number(row.spearman),
                number(row.pearson),
                number(row.pearson_disattenuated),
                whole(row.n_top_fifth),
                whole(row.n_top_fifth_kept),
            ])
        };
        let heads = self.engine.heads("persistence", ())?;
        let rows = pairs.iter().map(row).collect();
        let table = heads.over(format!("table-{id}-persistence"), rows, csv)?;
        Ok(Some(Steadiness {
            id: format!("{id}-steadiness"),
            heading: "Do the same areas stay at the top?".to_owned(),
            sentences,
            table: (!pairs.is_empty()).then_some(table),
        }))
    }
}

pub(super) fn among<'s>(spread: &'s Spread) -> Among<'s> {
    Among {
        dataset: &spread.row.dataset,
        indicator: &spread.row.indicator,
        level: &spread.row.level,
        org_type: &spread.row.org_type,
        period: &spread.row.reporting_period,
    }
}

fn class_stands(class: Option<&str>) -> &'static str {
    match class {
        Some("high_95" | "high_998") => "higher",
        Some("low_95" | "low_998") => "lower",
        Some(_) => "similar",
        None => "plain",
    }
}

/// Whether a rate stands out from the usual spread, in words.
fn class_words(class: Option<&str>) -> &'static str {
    match class {
        Some("high_998" | "high_95") => "\u{25b2} stands out, high",
        Some("low_998" | "low_95") => "\u{25bc} stands out, low",
        Some("in") => "within",
        _ => "",
    }
}

/// The places that chance leaves open: `place 12, could be 5 to 22`.
pub(super) fn places(row: &VariationRow) -> String {
    match (row.rank, row.rank_best, row.rank_worst) {
        (Some(rank), Some(best), Some(worst)) if best == worst => {
            format!("place {rank} of {}, even allowing for chance", row.n_ranked)
        }
        (Some(rank), Some(best), Some(worst)) => {
            format!("place {rank} of {}, could be {best} to {worst}", row.n_ranked)
        }
        _ => String::new(),
    }
}
