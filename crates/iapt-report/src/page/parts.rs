//! Where referrals end: areas and groups of people in the parts of one whole, and how far organisations lie apart.

use iapt_model::{InequalityGroupRow, InequalityRow, SpreadRow};
use serde::Serialize;

use super::Site;
use crate::{
    Error,
    chart::{Chart, Part, Parts, PartsRow, Span, Spans, SpansBlock, Words},
    declared::{PartsPage, PartsSection, PathwayPage, Way, WayPart},
    download,
    escape::clean,
    format,
    readings::{Reading, Readings, Subject},
    table::{Cell, Column, Row, Table},
};

/// The part of the page that is about levels and groups.
#[derive(Serialize)]
pub(super) struct PartsContext {
    heading: String,
    id: String,
    lead: Vec<String>,
    sections: Vec<SectionContext>,
}

#[derive(Serialize)]
struct SectionContext {
    id: String,
    heading: String,
    /// What stands in place of the chart when no year has it; empty where there is one.
    missing: String,
    shown: Option<Shown>,
}

#[derive(Serialize)]
struct Shown {
    chart: Chart,
    table: Table,
}

/// An area or a group of people with the parts of its referrals.
struct Member {
    name: String,
    /// Of the organisation; empty where it is a group.
    code: String,
    is_whole: bool,
    /// Whether a title may speak of it: it is known who the people are, and there are enough of them.
    is_compared: bool,
    parts: Vec<Value>,
}

/// One part, from whichever table has it.
struct Value {
    /// Empty where there is no row.
    figure: String,
    value: Option<f64>,
    numerator: Option<f64>,
    /// The value as it is written, or the sign.
    text: String,
}

impl Member {
    fn is_complete(&self) -> bool {
        self.parts.iter().all(|part| part.value.is_some())
    }

    fn last(&self) -> Option<(f64, &str)> {
        let last = self.parts.last()?;
        Some((last.value?, &last.text))
    }
}

#[derive(Serialize)]
struct PartsWords<'a> {
    heading: &'a str,
    /// What the parts are parts of.
    of: &'a str,
    period: &'a str,
    /// What the last part is called.
    last: String,
    /// None where there is nothing to compare.
    lowest: Option<Extreme>,
    highest: Option<Extreme>,
    n_drawn: usize,
    /// Whether England's bar is among them.
    has_whole: bool,
    /// Left out of the picture because a part of theirs is withheld or not in the figures.
    n_incomplete: usize,
}

#[derive(Serialize)]
struct Extreme {
    name: String,
    text: String,
}

#[derive(Serialize)]
struct SpansWords<'a> {
    of: &'a str,
    period: &'a str,
    last: String,
    levels: Vec<LevelWords>,
}

#[derive(Serialize)]
struct LevelWords {
    plural: String,
    n_organisations: u32,
    floor: String,
    p10: String,
    p90: String,
}

impl<'a> Site<'a> {
    /// Where referrals end, for areas and for groups of people.
    pub(super) fn parts(
        &mut self,
        page: &PathwayPage,
        declared: &PartsPage,
        readings: &Readings<'a>,
    ) -> Result<PartsContext, Error> {
        let mut sections = Vec::new();
        for section in &declared.section {
            let shown = match section {
                PartsSection::Spans(_) => self.spans(page, declared, section, readings)?,
                PartsSection::Areas(_) | PartsSection::Groups(_) => {
                    self.bars(page, declared, section, readings)?
                }
            };
            sections.push(SectionContext {
                id: section.id().to_owned(),
                heading: section.heading().to_owned(),
                missing: if shown.is_some() { String::new() } else { declared.missing.clone() },
                shown,
            });
        }
        Ok(PartsContext {
            heading: declared.heading.clone(),
            id: declared.id.clone(),
            lead: declared.lead.clone(),
            sections,
        })
    }

    /// Areas or groups of people as bars, in the newest year of the first way that is known for more than one of them.
    fn bars(
        &mut self,
        page: &PathwayPage,
        declared: &PartsPage,
        section: &PartsSection,
        readings: &Readings<'a>,
    ) -> Result<Option<Shown>, Error> {
        let mut found = None;
        'ways: for way in &declared.way {
            for period in readings.periods().iter().rev() {
                let members = self.bars_of(page, way, section, readings, period)?;
                let n_complete = members.iter().filter(|one| !one.is_whole && one.is_complete()).count();
                if n_complete > 1 {
                    found = Some((way, period, members));
                    break 'ways;
                }
            }
        }
        let Some((way, period, members)) = found else { return Ok(None) };
        let compared = || members.iter().filter(|one| one.is_compared && one.is_complete());
        let by_last = |left: &&Member, right: &&Member| {
            let value = |member: &Member| member.last().map_or(0.0, |(value, _)| value);
            value(left).total_cmp(&value(right))
        };
        let extreme =
            |member: &Member| Some(Extreme { name: member.name.clone(), text: member.last()?.1.to_owned() });
        let n_compared = compared().count();
        let words = PartsWords {
            heading: section.heading(),
            of: &way.of,
            period,
            last: way.last_label().to_owned(),
            lowest: compared().min_by(by_last).filter(|_| n_compared > 1).and_then(extreme),
            highest: compared().max_by(by_last).filter(|_| n_compared > 1).and_then(extreme),
            n_drawn: members.iter().filter(|one| !one.is_whole && one.is_complete()).count(),
            has_whole: members.iter().any(|one| one.is_whole && one.is_complete()),
            n_incomplete: members.iter().filter(|one| !one.is_whole && !one.is_complete()).count(),
        };
        let chart_words = Words {
            id: page.chart(section.id()),
            title: self.engine.words("parts-title", &words)?,
            subtitle: self.engine.words("parts-subtitle", &words)?,
            description: self.engine.words("parts-description", &words)?,
            source: self.credit(&page.dataset, readings)?,
        };
        let drawing = Parts {
            key: way.part.iter().map(|part| part.label.clone()).collect(),
            rows: members.iter().filter_map(|member| drawn(member, way)).collect(),
        };
        let chart = self.draw(chart_words, &drawing)?;
        let csv = self.parts_download(page, way, section, readings);
        let heads = way.part.iter().map(|part| Column::number(&part.label));
        let table = Table {
            id: format!("table-{}", page.chart(section.id())),
            caption: format!("{}: of {}, {period}", section.heading(), way.of),
            columns: [Column::text("")].into_iter().chain(heads).collect(),
            rows: members.iter().map(row).collect(),
            download: csv,
        };
        Ok(Some(Shown { chart, table }))
    }

    /// England and its areas, or its groups of people, whatever is known of them.
    fn bars_of(
        &self,
        page: &PathwayPage,
        way: &Way,
        section: &PartsSection,
        readings: &Readings<'a>,
        period: &str,
    ) -> Result<Vec<Member>, Error> {
        let england = area_member("England".to_owned(), way, readings, readings.england(), period)?;
        let mut members = vec![Member { is_whole: true, is_compared: false, code: String::new(), ..england }];
        match section {
            PartsSection::Areas(areas) => {
                let Some(first) = way.part.first() else { return Ok(members) };
                for found in readings.group(&first.indicator, &areas.level, period) {
                    if found.org_kind == "place" {
                        let subject = Subject { level: &areas.level, org_code: &found.org_code };
                        let name = self.pages.site.names.display(&found.org_name);
                        members.push(area_member(name, way, readings, subject, period)?);
                    }
                }
            }
            PartsSection::Groups(groups) => {
                members.extend(self.group_members(page, way, &groups.breakdown, readings, period)?);
            }
            PartsSection::Spans(_) => {}
        }
        Ok(members)
    }

    fn group_members(
        &self,
        page: &PathwayPage,
        way: &Way,
        breakdown: &str,
        readings: &Readings<'a>,
        period: &str,
    ) -> Result<Vec<Member>, Error> {
        let groups = self.groups_of(page, way, breakdown, readings);
        let groups: Vec<_> = groups.into_iter().filter(|row| row.reporting_period == period).collect();
        let mut categories: Vec<(u32, &str)> =
            groups.iter().map(|row| (row.category_order, row.category.as_str())).collect();
        categories.sort_unstable();
        categories.dedup();
        let floor = self.floor_of(page, way, breakdown, period);
        let mut members = Vec::new();
        for (_, category) in categories {
            let mut parts = Vec::new();
            let mut is_compared = true;
            for part in &way.part {
                let row =
                    groups.iter().find(|row| row.indicator == part.indicator && row.category == category);
                is_compared &= row.is_some_and(|row| row.is_stated && row.denominator >= floor);
                parts.push(group_value(row.copied(), &part.indicator, readings, period)?);
            }
            members.push(Member {
                name: clean(category),
                code: String::new(),
                is_whole: false,
                is_compared,
                parts,
            });
        }
        Ok(members)
    }

    /// The least number of people with which a group is compared; none where no group is.
    fn floor_of(&self, page: &PathwayPage, way: &Way, breakdown: &str, period: &str) -> Option<f64> {
        let is_it = |row: &&InequalityRow| {
            row.breakdown == breakdown
                && row.reporting_period == period
                && row.dataset == page.dataset
                && way.part.iter().any(|part| part.indicator == row.indicator)
        };
        self.input.analysis.inequality.iter().find(is_it).map(|row| row.minimum_denominator)
    }

    /// England's groups of a breakdown, every year and every part.
    fn groups_of(
        &self,
        page: &PathwayPage,
        way: &Way,
        breakdown: &str,
        readings: &Readings,
    ) -> Vec<&'a InequalityGroupRow> {
        let is_it = |row: &&InequalityGroupRow| {
            row.breakdown == breakdown
                && row.level == readings.england().level
                && row.dataset == page.dataset
                && way.part.iter().any(|part| part.indicator == row.indicator)
        };
        self.input.analysis.groups.iter().filter(is_it).collect()
    }

    /// Every year of what the chart shows.
    fn parts_download(
        &mut self,
        page: &PathwayPage,
        way: &Way,
        section: &PartsSection,
        readings: &Readings<'a>,
    ) -> String {
        let path = format!("tables/{}-{}.csv", page.slug, section.id());
        let bytes = match section {
            PartsSection::Areas(areas) => {
                let levels = [readings.england().level, areas.level.as_str()];
                download::indicators(readings.periods().iter().flat_map(|period| {
                    levels.iter().flat_map(move |level| {
                        let names = way.part.iter();
                        names.flat_map(move |part| {
                            readings.group(&part.indicator, level, period).iter().copied()
                        })
                    })
                }))
            }
            PartsSection::Groups(groups) => {
                download::groups(self.groups_of(page, way, &groups.breakdown, readings).into_iter())
            }
            PartsSection::Spans(spans) => download::spread(readings.periods().iter().flat_map(|period| {
                spans.levels.iter().flat_map(move |level| {
                    let names = way.part.iter();
                    names
                        .flat_map(move |part| readings.spread(&part.indicator, level, period).iter().copied())
                })
            })),
        };
        self.add_file(&path, bytes)
    }

    /// How far the organisations of each level lie apart on each part.
    fn spans(
        &mut self,
        page: &PathwayPage,
        declared: &PartsPage,
        section: &PartsSection,
        readings: &Readings<'a>,
    ) -> Result<Option<Shown>, Error> {
        let PartsSection::Spans(levels) = section else { return Ok(None) };
        let spreads = |way: &'_ Way, period: &str| -> Vec<Vec<&'a SpreadRow>> {
            let of_part = |part: &WayPart| {
                let rows = levels.levels.iter().map(|level| readings.spread(&part.indicator, level, period));
                rows.flatten().copied().collect()
            };
            way.part.iter().map(of_part).collect()
        };
        let has_all = |way: &&(&Way, &String)| spreads(way.0, way.1).iter().all(|rows| !rows.is_empty());
        let candidates: Vec<(&Way, &String)> = declared
            .way
            .iter()
            .flat_map(|way| readings.periods().iter().rev().map(move |period| (way, period)))
            .collect();
        let Some(&(way, period)) = candidates.iter().find(has_all) else { return Ok(None) };
        let rows = spreads(way, period);
        let mut blocks = Vec::new();
        let mut table_rows = Vec::new();
        for (part, rows) in way.part.iter().zip(&rows) {
            let reading = readings.read(&part.indicator, readings.england(), period)?;
            blocks.push(SpansBlock {
                title: part.label.clone(),
                england: reading.value.map(|value| (value, format!("England {}", reading.value_text()))),
                rows: rows.iter().map(|row| self.span(row)).collect(),
            });
            table_rows.extend(rows.iter().map(|row| self.span_row(&part.label, row, &reading)));
        }
        let level_words = rows.last().into_iter().flatten().map(|row| LevelWords {
            plural: self.type_label(&row.org_type),
            n_organisations: row.n_organisations,
            floor: format::count(row.minimum_denominator),
            p10: format::percent(row.p10, 0),
            p90: format::percent(row.p90, 0),
        });
        let words = SpansWords {
            of: &way.of,
            period,
            last: way.last_label().to_owned(),
            levels: level_words.collect(),
        };
        let chart_words = Words {
            id: page.chart(section.id()),
            title: self.engine.words("spans-title", &words)?,
            subtitle: self.engine.words("spans-subtitle", &words)?,
            description: self.engine.words("spans-description", &words)?,
            source: self.credit(&page.dataset, readings)?,
        };
        let chart = self.draw(chart_words, &Spans { blocks })?;
        let table = Table {
            id: format!("table-{}", page.chart(section.id())),
            caption: format!("{}: of {}, {period}", section.heading(), way.of),
            columns: vec![
                Column::text("Part"),
                Column::text("Organisations"),
                Column::number("How many"),
                Column::number("Lowest"),
                Column::number("10th percentile"),
                Column::number("Median"),
                Column::number("90th percentile"),
                Column::number("Highest"),
                Column::number("England"),
            ],
            rows: table_rows,
            download: self.parts_download(page, way, section, readings),
        };
        Ok(Some(Shown { chart, table }))
    }

    fn span(&self, row: &SpreadRow) -> Span {
        let percent = |value| format::percent(value, 0);
        let text = format!("{} to {}", percent(row.p10), percent(row.p90));
        let name = self.type_label(&row.org_type);
        Span {
            p10: row.p10,
            median: row.median,
            p90: row.p90,
            tooltip: format!("{} {name}: {text}, median {}", row.n_organisations, percent(row.median)),
            name,
            text,
        }
    }

    fn span_row(&self, part: &str, row: &SpreadRow, england: &Reading) -> Row {
        let percent = |value| Cell::new(format::percent(value, 0));
        Row::new(vec![
            Cell::new(part),
            Cell::new(self.type_label(&row.org_type)),
            Cell::new(row.n_organisations.to_string()),
            percent(row.minimum),
            percent(row.p10),
            percent(row.median),
            percent(row.p90),
            percent(row.maximum),
            Cell::value(england),
        ])
    }
}

fn area_member(
    name: String,
    way: &Way,
    readings: &Readings,
    subject: Subject,
    period: &str,
) -> Result<Member, Error> {
    let parts = way.part.iter().map(|part| {
        let reading = readings.read(&part.indicator, subject, period)?;
        Ok(Value {
            text: reading.value_text(),
            value: reading.value,
            numerator: reading.numerator,
            figure: reading.figure,
        })
    });
    let parts = parts.collect::<Result<_, Error>>()?;
    Ok(Member { name, code: subject.org_code.to_owned(), is_whole: false, is_compared: true, parts })
}

fn group_value(
    row: Option<&InequalityGroupRow>,
    indicator: &str,
    readings: &Readings,
    period: &str,
) -> Result<Value, Error> {
    let written =
        row.and_then(|row| Some(format::percent(row.value?, format::percent_decimals(row.denominator))));
    let text = match (written, row) {
        (Some(text), _) => text,
        (None, Some(row)) => readings.sign_of_status(&row.value_status, indicator, period)?,
        (None, None) => readings.sign(None, indicator, period)?,
    };
    Ok(Value {
        figure: row.map(super::inequality::group_figure).unwrap_or_default(),
        value: row.and_then(|row| row.value),
        numerator: row.and_then(|row| row.numerator),
        text,
    })
}

fn drawn(member: &Member, way: &Way) -> Option<PartsRow> {
    let parts = member.parts.iter().zip(&way.part).map(|(value, part)| {
        let count = value.numerator.map(|count| format!(" ({})", format::count(count))).unwrap_or_default();
        Some(Part {
            figure: value.figure.clone(),
            value: value.value?,
            text: value.text.clone(),
            tooltip: format!("{}: {} {}{count}", member.name, part.label, value.text),
        })
    });
    Some(PartsRow {
        name: member.name.clone(),
        code: member.code.clone(),
        is_whole: member.is_whole,
        parts: parts.collect::<Option<_>>()?,
    })
}

fn row(member: &Member) -> Row {
    let cells = member.parts.iter().map(|part| {
        let count = part.numerator.map(format::count).unwrap_or_default();
        Cell { text: part.text.clone(), figure: part.figure.clone(), ..Cell::default() }.and(count)
    });
    let name = Cell::new(&member.name);
    Row { code: member.code.clone(), ..Row::new([name].into_iter().chain(cells).collect()) }
}
