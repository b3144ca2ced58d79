//! Small charts of one measure each over the years, all to one scale, every value written where there are few.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// One panel per measure.
pub struct Panels {
    /// The periods along the axis, in order.
    pub periods: Vec<String>,
    /// The panels, in order.
    pub panels: Vec<Panel>,
}

/// One measure.
pub struct Panel {
    /// What is written over it.
    pub title: String,
    /// The marks.
    pub points: Vec<Point>,
    /// The target and how it is written.
    pub target: Option<(f64, String)>,
    /// Years before which the definition was another one, by their place.
    pub breaks: Vec<usize>,
}

/// One year's value, or what is written where there is none.
pub struct Point {
    /// The value, in the unit of the axis.
    pub value: Option<f64>,
    /// The value as it is written.
    pub text: String,
    /// The sign of something that makes the value doubtful, which stands in its label; empty where there is none.
    pub sign: String,
}

#[derive(Serialize)]
struct Drawing {
    panels: Vec<PanelDrawing>,
}

#[derive(Serialize)]
struct PanelDrawing {
    labels: Vec<Label>,
    left: Px,
    right: Px,
    base: Px,
    target_y: Option<Px>,
    /// Lines through neighbouring years; a year without a value breaks them.
    lines: Vec<String>,
    dots: Vec<Dot>,
    /// Where the series breaks.
    breaks: Vec<Px>,
    top: Px,
}

#[derive(Serialize)]
struct Dot {
    x: Px,
    y: Px,
    /// Smaller where there are many.
    radius: Px,
    /// `along`: one of many that have no number; `flagged`: the value is doubtful.
    kind: &'static str,
    tooltip: String,
}

/// Of more periods than this only the first, the newest, the highest and the lowest value are written.
const MOST_WRITTEN: usize = 14;

/// How far apart two of these are written at least.
const APART: f64 = 34.0;

const PLOT: f64 = 104.0;
const HEAD: f64 = 46.0;
const FOOT: f64 = 30.0;

impl Layout for Panels {
    const TEMPLATE: &'static str = "panels";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let columns = frame.pick(2, 1);
        let gap = 32.0;
        let width = (frame.width() - gap * number(columns - 1)) / number(columns);
        let span =
            self.panels.iter().map(|panel| extent(panel).1 - extent(panel).0).fold(6.0, f64::max) * 1.15;
        let height = HEAD + PLOT + FOOT;
        let panels = self.panels.iter().enumerate().map(|(index, panel)| {
            let x = number(index % columns) * (width + gap);
            let y = number(index / columns) * height;
            self.panel(panel, (x, y), width, span)
        });
        let panels: Vec<_> = panels.collect();
        (height * number(self.panels.len().div_ceil(columns)), Drawing { panels })
    }
}

impl Panels {
    fn panel(&self, panel: &Panel, (left, top): (f64, f64), width: f64, span: f64) -> PanelDrawing {
        let base = top + HEAD + PLOT;
        let (low, high) = extent(panel);
        let middle = (low + high) * 0.5;
        let domain = (middle - span * 0.5, middle + span * 0.5);
        let is_dense = panel.points.len() > MOST_WRITTEN;
        // Under the lowest of many there is room for its number.
        let foot = if is_dense { 20.0 } else { 6.0 };
        let scale = Scale::new(domain, (base - foot, top + HEAD + 6.0));
        let slot = width / number(self.periods.len().max(1));
        let x = |index: usize| left + slot * (number(index) + 0.5);
        let mut labels = vec![Label::new(left, top + 15.0, &panel.title, "strong")];
        if let Some((_, written)) = &panel.target {
            labels.push(Label::new(left, top + 32.0, written, "small muted"));
        }
        let mut lines: Vec<String> = Vec::new();
        let mut dots = Vec::new();
        let mut is_drawing = false;
        let lowest = panel.points.iter().filter_map(|point| point.value).fold(f64::INFINITY, f64::min);
        let marked =
            if is_dense { marked(&panel.points, APART / slot) } else { (0..panel.points.len()).collect() };
        for (index, (point, period)) in panel.points.iter().zip(&self.periods).enumerate() {
            let Some(value) = point.value else {
                is_drawing = false;
                if !is_dense {
                    labels.push(Label::new(x(index), base - 8.0, &point.text, "small muted middle"));
                }
                continue;
            };
            // No line crosses from one definition to another.
            is_drawing &= !panel.breaks.contains(&index);
            let y = scale.at(value);
            let corner = format!("{} {}", Px(x(index)).text(), Px(y).text());
            match lines.last_mut() {
                Some(line) if is_drawing => {
                    line.push('L');
                    line.push_str(&corner);
                }
                _ => lines.push(format!("M{corner}")),
            }
            is_drawing = true;
            let written = point.text.trim_end_matches('%').trim_end_matches(" days");
            let signed = |text: &str| format!("{text} {}", point.sign).trim_end().to_owned();
            let is_flagged = !point.sign.is_empty();
            let is_marked = marked.contains(&index);
            if is_marked {
                let label_x = x(index).clamp(left + 14.0, left + width - 14.0);
                let is_below = if is_dense {
                    value <= lowest
                } else {
                    panel.target.as_ref().is_some_and(|(target, _)| value < *target)
                };
                // Among many a number keeps clear of the line on both sides of its mark.
                let near = |other: usize| is_dense && (x(other) - label_x).abs() < APART * 0.5;
                let beside = panel.points.iter().enumerate().filter(|(other, _)| near(*other));
                let beside = beside.filter_map(|(_, other)| other.value).map(|value| scale.at(value));
                let label_y =
                    if is_below { beside.fold(y, f64::max) + 18.0 } else { beside.fold(y, f64::min) - 9.0 };
                let class = if is_dense || slot >= APART { "small middle" } else { "tight middle" };
                labels.push(Label::new(label_x, label_y, signed(written), class));
            }
            let radius = Px(if is_marked || is_flagged { 3.5 } else { 1.6 });
            let kind = match (is_flagged, is_marked) {
                (true, _) => "flagged",
                (false, true) => "",
                (false, false) => "along",
            };
            let tooltip = format!("{period}: {}", signed(&point.text));
            dots.push(Dot { x: Px(x(index)), y: Px(y), radius, kind, tooltip });
        }
        let half = |period: &String| text::width(period, 11.5) * 0.5;
        let widest = self.periods.iter().map(half).fold(0.0, f64::max) * 2.0;
        let count = self.periods.len();
        // Of many the first, the middle and the newest are named; of few as many as there is room for, counted from the newest.
        // The outermost are moved inwards where they are wider than their place.
        let every = ((widest + (widest - slot).max(0.0) * 0.5 + 6.0) / slot).ceil();
        let is_named = |index: usize| {
            if is_dense {
                [0, count / 2, count - 1].contains(&index)
            } else {
                number(count - 1 - index) % every < 0.5
            }
        };
        for (index, period) in self.periods.iter().enumerate().filter(|(index, _)| is_named(*index)) {
            let least = left + half(period);
            let label_x = x(index).clamp(least, (left + width - half(period)).max(least));
            labels.push(Label::new(label_x, base + 16.0, period, "small muted middle"));
        }
        PanelDrawing {
            labels,
            left: Px(left),
            right: Px(left + width),
            base: Px(base),
            target_y: panel.target.as_ref().map(|(target, _)| Px(scale.at(*target))),
            lines,
            dots,
            breaks: panel.breaks.iter().map(|index| Px(x(*index) - slot * 0.5)).collect(),
            top: Px(top + HEAD - 8.0),
        }
    }
}

/// The places of the newest, the first, the highest and the lowest value, as far as their numbers stand `apart` places.
fn marked(points: &[Point], apart: f64) -> Vec<usize> {
    let known: Vec<(usize, f64)> =
        points.iter().enumerate().filter_map(|(at, point)| Some((at, point.value?))).collect();
    let by_value = |left: &&(usize, f64), right: &&(usize, f64)| left.1.total_cmp(&right.1);
    let extremes = [known.iter().max_by(by_value), known.iter().min_by(by_value)];
    let mut marked: Vec<usize> = Vec::new();
    for (at, _) in [known.last(), known.first()].into_iter().chain(extremes).flatten() {
        if marked.iter().all(|other| number(at.abs_diff(*other)) >= apart) {
            marked.push(*at);
        }
    }
    marked
}

/// Lowest and highest of a panel, its target among them.
fn extent(panel: &Panel) -> (f64, f64) {
    let target = panel.target.as_ref().map(|(target, _)| *target);
    let values = panel.points.iter().filter_map(|point| point.value).chain(target);
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high { (0.0, 0.0) } else { (low, high) }
}
