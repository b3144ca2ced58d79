//! A scatter of two indicators: a circle per organisation, with published benchmarks and the whole beside them.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px, hollow_note,
    scale::{Scale, Tick, number, round_domain, ticks, upright},
};

/// One circle per organisation.
pub struct Scatter {
    /// The marks.
    pub points: Vec<ScatterPoint>,
    /// Places that are named: benchmarks, and the whole.
    pub landmarks: Vec<Landmark>,
    /// What is written into the corners that the lines of the whole make: above right, above left, below right, below left.
    pub corners: [String; 4],
    /// What is written along the axis to the right.
    pub x_label: String,
    /// What is written along the axis upwards.
    pub y_label: String,
}

/// One organisation.
pub struct ScatterPoint {
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// Which cell of a table it is.
    pub figure: String,
    /// The value along the axis to the right.
    pub x: f64,
    /// The value along the axis upwards.
    pub y: f64,
    /// What its area stands for.
    pub size: f64,
    /// Whether something was found about its data; the mark is hollow then.
    pub is_flagged: bool,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

/// A named place.
pub struct Landmark {
    /// The value along the axis to the right.
    pub x: f64,
    /// The value along the axis upwards.
    pub y: f64,
    /// What is written of it below the axis.
    pub label: String,
    /// Whether it is the whole that the organisations are parts of.
    pub is_whole: bool,
}

#[derive(Serialize)]
struct Drawing {
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    left: Px,
    right: Px,
    top: Px,
    bottom: Px,
    points: Vec<Point>,
    landmarks: Vec<Mark>,
    /// Where the lines of the whole cross.
    cross: Option<Cross>,
    labels: Vec<Label>,
}

#[derive(Serialize)]
struct Cross {
    x: Px,
    y: Px,
}

#[derive(Serialize)]
struct Point {
    code: String,
    figure: String,
    is_flagged: bool,
    x: Px,
    y: Px,
    radius: Px,
    tooltip: String,
}

#[derive(Serialize)]
struct Mark {
    x: Px,
    y: Px,
    is_whole: bool,
}

/// Radius of the largest circle.
const LARGEST: f64 = 11.0;
/// What the axes leave on either side of a landmark, percentage points.
const LANDMARK_ROOM: f64 = 1.5;
/// Radius of the smallest that can still be hit.
const SMALLEST: f64 = 2.5;

impl Layout for Scatter {
    const TEMPLATE: &'static str = "scatter";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (left, right) = (40.0, frame.width() - 8.0);
        let (top, bottom) = (48.0, frame.pick(454.0, 364.0));
        let all = |pick: fn(f64, f64) -> f64| {
            let points = self.points.iter().map(move |point| pick(point.x, point.y));
            // Room on every side, so that the sign and its letter stand whole inside the lines.
            let around = [-LANDMARK_ROOM, LANDMARK_ROOM];
            let landmarks = self.landmarks.iter().map(move |mark| pick(mark.x, mark.y));
            points.chain(landmarks.flat_map(move |value| around.map(|room| value + room)))
        };
        let (x_domain, y_domain) =
            (round_domain(all(|x, _| x), 0.0, 100.0), round_domain(all(|_, y| y), 0.0, 100.0));
        let (x, y) = (Scale::new(x_domain, (left, right)), Scale::new(y_domain, (bottom, top)));
        let largest = self.points.iter().map(|point| point.size).fold(1.0, f64::max);
        let points = self.points.iter().map(|point| Point {
            code: point.code.clone(),
            figure: point.figure.clone(),
            is_flagged: point.is_flagged,
            x: Px(x.at(point.x)),
            y: Px(y.at(point.y)),
            radius: Px(f64::max(LARGEST * (point.size / largest).sqrt(), SMALLEST)),
            tooltip: point.tooltip.clone(),
        });
        let mut labels = Vec::new();
        let mut landmarks = Vec::new();
        // Names would cover circles: a mark has a letter, and its name stands below the axis.
        let columns = frame.pick(4, 2);
        let n_rows = self.landmarks.len().div_ceil(columns);
        let mut letters = 'A'..='Z';
        for (index, mark) in self.landmarks.iter().enumerate() {
            let letter = if mark.is_whole { None } else { letters.next() };
            let key_x = 8.0 + number(index % columns) * frame.width() / number(columns);
            let key_y = bottom + 60.0 + 20.0 * number(index / columns);
            let class = if mark.is_whole { "strong-orange" } else { "small strong" };
            labels.push(Label::new(key_x + 14.0, key_y + 4.0, &mark.label, class));
            for (at_x, at_y) in [(x.at(mark.x), y.at(mark.y)), (key_x, key_y)] {
                landmarks.push(Mark { x: Px(at_x), y: Px(at_y), is_whole: mark.is_whole });
                let letter = letter.map(|letter| Label::new(at_x, at_y + 3.2, letter, "letter middle"));
                labels.extend(letter);
            }
        }
        let below = bottom + 44.0 + 20.0 * number(n_rows);
        let whole = self.landmarks.iter().find(|mark| mark.is_whole);
        if whole.is_some() {
            // On a phone the two of one row do not fit beside each other.
            let lift = frame.pick(0.0, 14.0);
            let [up_right, up_left, down_right, down_left] = &self.corners;
            for (text, x, y, class) in [
                (up_right, right, top - 6.0 - lift, "small muted end halo"),
                (up_left, left, top - 6.0, "small muted halo"),
                (down_right, right, bottom - 8.0 - lift, "small muted end halo"),
                (down_left, left + 6.0, bottom - 8.0, "small muted halo"),
            ] {
                labels.push(Label::new(x, y, text, class));
            }
        }
        labels.push(Label::new(4.0, 16.0, &self.y_label, "small muted"));
        labels.push(Label::new(right, bottom + 36.0, &self.x_label, "small muted end"));
        let (note, room) = hollow_note(below + 12.0, self.points.iter().any(|point| point.is_flagged));
        labels.extend(note);
        let drawing = Drawing {
            x_ticks: ticks(x_domain)
                .into_iter()
                .map(|(value, text)| Tick {
                    at: Px(x.at(value)),
                    label: Label::new(x.at(value), bottom + 17.0, text, "small muted middle"),
                })
                .collect(),
            y_ticks: upright(y_domain, y, left),
            left: Px(left),
            right: Px(right),
            top: Px(top),
            bottom: Px(bottom),
            points: points.collect(),
            landmarks,
            cross: whole.map(|mark| Cross { x: Px(x.at(mark.x)), y: Px(y.at(mark.y)) }),
            labels,
        };
        (below + room, drawing)
    }
}
