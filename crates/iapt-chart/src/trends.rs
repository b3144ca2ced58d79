//! One organisation over the years: a panel per measure, with the middle of its peers behind it and England beside it.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number, round_domain, ticks},
    text,
};

/// One panel per measure.
pub struct Trends {
    /// The periods along the axis, in order.
    pub periods: Vec<String>,
    /// What the organisation's line is called.
    pub name: String,
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// The panels, in order.
    pub panels: Vec<Trend>,
    /// The period, by position, from which the figures stand under another code.
    pub joint: Option<usize>,
}

/// One measure.
pub struct Trend {
    /// What is written over it.
    pub title: String,
    /// As many as there are periods.
    pub points: Vec<TrendPoint>,
}

/// One year.
#[derive(Clone, Default)]
pub struct TrendPoint {
    /// The value, in the unit of the axis.
    pub value: Option<f64>,
    /// The value as it is written, or the sign in its place; empty where the organisation was not there.
    pub text: String,
    /// Which cell of a table it is.
    pub figure: String,
    /// Lower and upper end of the range around the value.
    pub interval: Option<(f64, f64)>,
    /// The value of the whole of England.
    pub england: Option<f64>,
    /// 10th and 90th percentile of its peers.
    pub peers: Option<(f64, f64)>,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    code: String,
    panels: Vec<PanelDrawing>,
    legend: Vec<Key>,
}

/// A part of the picture, named.
#[derive(Serialize)]
struct Key {
    kind: &'static str,
    x: Px,
    y: Px,
    label: Label,
}

#[derive(Serialize)]
struct PanelDrawing {
    labels: Vec<Label>,
    left: Px,
    right: Px,
    top: Px,
    base: Px,
    ticks: Vec<Px>,
    bars: Vec<Bar>,
    england: Vec<String>,
    lines: Vec<String>,
    dots: Vec<Dot>,
    joint: Option<Px>,
}

#[derive(Serialize)]
struct Bar {
    x: Px,
    y: Px,
    width: Px,
    height: Px,
}

#[derive(Serialize)]
struct Dot {
    x: Px,
    y: Px,
    low: Px,
    high: Px,
    figure: String,
    tooltip: String,
}

const PLOT: f64 = 120.0;
const HEAD: f64 = 30.0;
const FOOT: f64 = 40.0;
const AXIS: f64 = 34.0;

impl Layout for Trends {
    const TEMPLATE: &'static str = "trends";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let columns = frame.pick(2, 1);
        let gap = 28.0;
        let width = (frame.width() - gap * number(columns - 1)) / number(columns);
        let height = HEAD + PLOT + FOOT;
        let legend = self.legend(frame);
        let top = legend.last().map_or(0.0, |key| key.y.0 + 18.0);
        let panels = self.panels.iter().enumerate().map(|(index, panel)| {
            let x = number(index % columns) * (width + gap);
            let y = top + number(index / columns) * height;
            self.panel(panel, (x, y), width)
        });
        let panels = panels.collect();
        let bottom = top + height * number(self.panels.len().div_ceil(columns));
        (bottom, Drawing { code: self.code.clone(), panels, legend })
    }
}

impl Trends {
    fn legend(&self, frame: Frame) -> Vec<Key> {
        let name = text::shorten(&self.name, text::bold(11.5), frame.width() - 40.0);
        let parts = [
            ("own", name, "strong-small"),
            ("england", "England".to_owned(), "strong-orange"),
            ("peers", "the middle 80%".to_owned(), "small"),
        ];
        let mut keys = Vec::new();
        let (mut x, mut y) = (0.0, 10.0);
        for (kind, words, class) in parts {
            let wide = 26.0 + text::width(&words, text::bold(12.0)) + 18.0;
            if x > 0.0 && x + wide > frame.width() {
                x = 0.0;
                y += 20.0;
            }
            keys.push(Key { kind, x: Px(x), y: Px(y), label: Label::new(x + 26.0, y + 4.0, words, class) });
            x += wide;
        }
        keys
    }

    fn panel(&self, panel: &Trend, (left, top): (f64, f64), width: f64) -> PanelDrawing {
        let base = top + HEAD + PLOT;
        let right = left + width;
        let points = || panel.points.iter();
        let peers = points().filter_map(|point| point.peers).flat_map(|(low, high)| [low, high]);
        let values = points().flat_map(|point| [point.value, point.england]).flatten().chain(peers);
        let domain = round_domain(values, 0.0, 100.0);
        let scale = Scale::new(domain, (base, top + HEAD));
        let slot = (width - AXIS) / number(self.periods.len().max(1));
        let x = |index: usize| left + AXIS + slot * (number(index) + 0.5);
        let mut labels = vec![Label::new(left, top + 15.0, &panel.title, "strong")];
        let round = ticks(domain);
        let every = if round.len() > 5 { 2 } else { 1 };
        let mut lines = Vec::new();
        for (tick, written) in round.into_iter().step_by(every) {
            lines.push(Px(scale.at(tick)));
            labels.push(Label::new(left + AXIS - 6.0, scale.at(tick) + 4.0, written, "small muted end"));
        }
        let bar_width = (slot * 0.6).min(22.0);
        let bars = panel.points.iter().enumerate().filter_map(|(index, point)| {
            let (low, high) = point.peers?;
            Some(Bar {
                x: Px(x(index) - bar_width * 0.5),
                y: Px(scale.at(high)),
                width: Px(bar_width),
                height: Px(scale.at(low) - scale.at(high)),
            })
        });
        let mut dots = Vec::new();
        for (index, point) in panel.points.iter().enumerate() {
            let Some(value) = point.value else {
                labels.push(Label::new(x(index), base - 8.0, &point.text, "small muted middle halo"));
                continue;
            };
            let (low, high) = point.interval.unwrap_or((value, value));
            dots.push(Dot {
                x: Px(x(index)),
                y: Px(scale.at(value)),
                low: Px(scale.at(low)),
                high: Px(scale.at(high)),
                figure: point.figure.clone(),
                tooltip: point.tooltip.clone(),
            });
        }
        labels.extend(ends(panel, &x, scale, base));
        labels.extend(years(&self.periods, &x, base, slot));
        PanelDrawing {
            labels,
            left: Px(left + AXIS),
            right: Px(right),
            top: Px(top + HEAD),
            base: Px(base),
            ticks: lines,
            bars: bars.collect(),
            england: path(panel.points.iter().map(|point| point.england), &x, scale),
            lines: path(panel.points.iter().map(|point| point.value), &x, scale),
            dots,
            joint: self.joint.map(|index| Px(left + AXIS + slot * number(index))),
        }
    }
}

/// The first and the last value, written.
fn ends(panel: &Trend, x: &impl Fn(usize) -> f64, scale: Scale, base: f64) -> Vec<Label> {
    let known: Vec<(usize, &TrendPoint, f64)> = panel
        .points
        .iter()
        .enumerate()
        .filter_map(|(index, point)| Some((index, point, point.value?)))
        .collect();
    let mut ends: Vec<_> = known.first().into_iter().chain(known.last()).collect();
    ends.dedup_by_key(|(index, ..)| *index);
    let label = |(index, point, value): &(usize, &TrendPoint, f64)| {
        let is_below = point.england.is_some_and(|england| *value < england);
        let y = scale.at(*value);
        // Away from England's line, as long as that is inside the panel, and below its title.
        let is_at_top = y < base - PLOT + 8.0;
        let y = if (is_below || is_at_top) && y + 19.0 < base { y + 19.0 } else { y - 10.0 };
        Label::new(x(*index), y, point.text.trim_end_matches('%'), "strong-small middle halo")
    };
    ends.into_iter().map(label).collect()
}

/// Years where there is room, counted from the newest.
fn years(periods: &[String], x: &impl Fn(usize) -> f64, base: f64, slot: f64) -> Vec<Label> {
    let widest = periods.iter().map(|period| text::width(period, 11.5) + 6.0).fold(0.0, f64::max);
    let mut labels = Vec::new();
    let mut since = f64::INFINITY;
    for (index, period) in periods.iter().enumerate().rev() {
        if since * slot >= widest {
            labels.push(Label::new(x(index), base + 16.0, period, "small muted middle"));
            since = 0.0;
        }
        since += 1.0;
    }
    labels
}

/// Lines through neighbouring years; a year without a value breaks them.
fn path(values: impl Iterator<Item = Option<f64>>, x: &impl Fn(usize) -> f64, scale: Scale) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_drawing = false;
    for (index, value) in values.enumerate() {
        let Some(value) = value else {
            is_drawing = false;
            continue;
        };
        let corner = format!("{} {}", Px(x(index)).text(), Px(scale.at(value)).text());
        match lines.last_mut() {
            Some(line) if is_drawing => {
                line.push('L');
                line.push_str(&corner);
            }
            _ => lines.push(format!("M{corner}")),
        }
        is_drawing = true;
    }
    lines
}
