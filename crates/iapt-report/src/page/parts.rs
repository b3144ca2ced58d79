//! Where referrals end: areas and groups of people as bars, each in the parts of one whole.

use iapt_model::{InequalityGroupRow, InequalityRow};
use serde::Serialize;

use super::Site;
use crate::{
    Error,
    chart::{Chart, Part, Parts, PartsRow, Words},
    declared::{AreasSection, GroupsSection, PartsPage, PathwayPage, Way},
    download,
    escape::clean,
    format,
    readings::{Readings, Subject},
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
pub(super) struct Shown {
    pub(super) chart: Chart,
    pub(super) table: Table,
}

/// England, an area or a group of people with the parts of its referrals.
struct Member {
    name: String,
    /// Of the organisation; empty where it is a group.
    code: String,
    /// Whether a title may speak of it: it is known who the people are, and there are enough of them.
    is_compared: bool,
    /// In the order of the way.
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

    /// The value of the part that stays to the end.
    fn last(&self) -> Option<f64> {
        self.parts.last()?.value
    }

    fn extreme(&self) -> Option<Extreme<'_>> {
        Some(Extreme { name: &self.name, text: &self.parts.last()?.text })
    }
}

/// The way and the period that are shown, and who is in them besides England.
struct Found<'d> {
    way: &'d Way,
    period: &'d str,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct PartsWords<'a> {
    heading: &'a str,
    /// What the parts are parts of.
    of: &'a str,
    period: &'a str,
    /// What the last part is called.
    last: &'a str,
    /// None where there is nothing to compare.
    lowest: Option<Extreme<'a>>,
    highest: Option<Extreme<'a>>,
    n_drawn: usize,
    /// Whether England's bar is among them.
    has_whole: bool,
    /// Left out of the picture because a part of theirs is withheld or not in the figures.
    n_incomplete: usize,
}

#[derive(Serialize)]
struct Extreme<'a> {
    name: &'a str,
    text: &'a str,
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
        let mut add = |id: &str, heading: &str, shown: Option<Shown>| {
            let missing = if shown.is_some() { String::new() } else { declared.missing.clone() };
            sections.push(SectionContext { id: id.to_owned(), heading: heading.to_owned(), missing, shown });
        };
        let areas = &declared.areas;
        add(&areas.id, &areas.heading, self.areas_in_parts(page, declared, areas, readings)?);
        let spans = &declared.spans;
        add(&spans.id, &spans.heading, self.spans(page, declared, readings)?);
        for groups in &declared.groups {
            add(&groups.id, &groups.heading, self.groups_in_parts(page, declared, groups, readings)?);
        }
        Ok(PartsContext {
            heading: declared.heading.clone(),
            id: declared.id.clone(),
            lead: declared.lead.clone(),
            sections,
        })
    }

    fn areas_in_parts(
        &mut self,
        page: &PathwayPage,
        declared: &PartsPage,
        section: &AreasSection,
        readings: &Readings<'a>,
    ) -> Result<Option<Shown>, Error> {
        let members = |way: &Way, period: &str| {
            let of_first =
                way.part.first().map(|part| readings.group(&part.indicator, &section.level, period));
            let places = of_first.into_iter().flatten().filter(|row| row.org_kind == "place");
            let member = |name: &str, org_code: &str| {
                let name = self.pages.site.names.display(name);
                area(name, way, readings, Subject { level: &section.level, org_code }, period)
            };
            places.map(|row| member(&row.org_name, &row.org_code)).collect()
        };
        let Some(found) = first_known(declared, readings, members)? else { return Ok(None) };
        let levels = [readings.england().level, section.level.as_str()];
        let rows = readings.periods().iter().flat_map(|period| {
            levels.iter().flat_map(move |level| {
                let parts = found.way.part.iter();
                parts.flat_map(move |part| readings.group(&part.indicator, level, period).iter().copied())
            })
        });
        let csv = download::indicators(rows);
        self.bars(page, (&section.id, &section.heading), &found, readings, csv).map(Some)
    }

    fn groups_in_parts(
        &mut self,
        page: &PathwayPage,
        declared: &PartsPage,
        section: &GroupsSection,
        readings: &Readings<'a>,
    ) -> Result<Option<Shown>, Error> {
        let groups = |way: &Way| self.groups_of(page, way, &section.breakdown, readings);
        let members = |way: &Way, period: &str| {
            let floor = self.floor_of(page, way, &section.breakdown, period);
            let mut rows = groups(way);
            rows.retain(|row| row.reporting_period == period);
            group_members(&rows, floor, way, readings, period)
        };
        let Some(found) = first_known(declared, readings, members)? else { return Ok(None) };
        let csv = download::groups(groups(found.way).into_iter());
        self.bars(page, (&section.id, &section.heading), &found, readings, csv).map(Some)
    }

    /// Everybody found as a bar beside England's, and in a table; `csv` has every year.
    fn bars(
        &mut self,
        page: &PathwayPage,
        (id, heading): (&str, &str),
        found: &Found,
        readings: &Readings,
        csv: Vec<u8>,
    ) -> Result<Shown, Error> {
        let Found { way, period, members } = found;
        let england = area("England".to_owned(), way, readings, readings.england(), period)?;
        let england = Member { code: String::new(), ..england };
        let complete: Vec<&Member> = members.iter().filter(|one| one.is_complete()).collect();
        let compared = || complete.iter().filter(|one| one.is_compared);
        let by_last = |left: &&&Member, right: &&&Member| {
            left.last().unwrap_or_default().total_cmp(&right.last().unwrap_or_default())
        };
        let is_any_beside = compared().count() > 1;
        let words = PartsWords {
            heading,
            of: &way.of,
            period,
            last: way.last_label(),
            lowest: compared().min_by(by_last).filter(|_| is_any_beside).and_then(|one| one.extreme()),
            highest: compared().max_by(by_last).filter(|_| is_any_beside).and_then(|one| one.extreme()),
            n_drawn: complete.len(),
            has_whole: england.is_complete(),
            n_incomplete: members.len() - complete.len(),
        };
        let chart_words = Words {
            id: page.chart(id),
            title: self.engine.words("parts-title", &words)?,
            subtitle: self.engine.words("parts-subtitle", &words)?,
            description: self.engine.words("parts-description", &words)?,
            source: self.credit(&page.dataset, readings)?,
        };
        let whole = drawn(&england, way).map(|row| PartsRow { is_whole: true, ..row });
        let rows = whole.into_iter().chain(members.iter().filter_map(|member| drawn(member, way)));
        let key = way.part.iter().map(|part| part.label.clone());
        let chart = self.draw(chart_words, &Parts { key: key.collect(), rows: rows.collect() })?;
        let heads = way.part.iter().map(|part| Column::number(&part.label));
        let table = Table {
            id: format!("table-{}", page.chart(id)),
            caption: format!("{heading}: of {}, {period}", way.of),
            columns: [Column::text("")].into_iter().chain(heads).collect(),
            rows: [&england].into_iter().chain(members).map(row).collect(),
            download: self.add_file(&page.table(id), csv),
        };
        Ok(Shown { chart, table })
    }

    /// The least number of people with which a group is compared; none where no group is.
    fn floor_of(&self, page: &PathwayPage, way: &Way, breakdown: &str, period: &str) -> Option<f64> {
        let is_it = |row: &&InequalityRow| {
            row.breakdown == breakdown
                && row.reporting_period == period
                && row.dataset == page.dataset
                && way.has(&row.indicator)
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
                && way.has(&row.indicator)
        };
        self.input.analysis.groups.iter().filter(is_it).collect()
    }
}

/// The newest year of the first way in which more than one member has every part.
fn first_known<'d>(
    declared: &'d PartsPage,
    readings: &'d Readings,
    members: impl Fn(&Way, &str) -> Result<Vec<Member>, Error>,
) -> Result<Option<Found<'d>>, Error> {
    for (way, period) in declared.tries(readings.periods()) {
        let members = members(way, period)?;
        if members.iter().filter(|one| one.is_complete()).count() > 1 {
            return Ok(Some(Found { way, period, members }));
        }
    }
    Ok(None)
}

fn area(
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
    Ok(Member { name, code: subject.org_code.to_owned(), is_compared: true, parts })
}

/// The groups of one period, in the order of categories.csv.
fn group_members(
    rows: &[&InequalityGroupRow],
    floor: Option<f64>,
    way: &Way,
    readings: &Readings,
    period: &str,
) -> Result<Vec<Member>, Error> {
    let mut categories: Vec<(u32, &str)> =
        rows.iter().map(|row| (row.category_order, row.category.as_str())).collect();
    categories.sort_unstable();
    categories.dedup();
    let mut members = Vec::new();
    for (_, category) in categories {
        let mut parts = Vec::new();
        let mut is_compared = true;
        for part in &way.part {
            let row = rows.iter().find(|row| row.indicator == part.indicator && row.category == category);
            is_compared &= row.is_some_and(|row| row.is_stated && row.denominator >= floor);
            parts.push(group_value(row.copied(), &part.indicator, readings, period)?);
        }
        members.push(Member { name: clean(category), code: String::new(), is_compared, parts });
    }
    Ok(members)
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
        is_whole: false,
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
