//! Wholes of one size in their parts: a bar for each area or group, the parts in the order in which people leave.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// A row for each whole; all have the same parts.
pub struct Parts {
    /// What the parts are called, from the first to leave to those that stay to the end; at most five.
    pub key: Vec<String>,
    /// The rows, from above.
    pub rows: Vec<PartsRow>,
}

/// One whole.
pub struct PartsRow {
    /// How it is called.
    pub name: String,
    /// Of the organisation; empty where it is none.
    pub code: String,
    /// Whether it is the one that the others belong to.
    pub is_whole: bool,
    /// In the order of the key.
    pub parts: Vec<Part>,
}

/// One part of it.
pub struct Part {
    /// Which cell of the indicator table it is.
    pub figure: String,
    /// In percent of the whole.
    pub value: f64,
    /// The value as it is written.
    pub text: String,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    key: Vec<Key>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Key {
    tone: usize,
    x: Px,
    y: Px,
    label: Label,
}

#[derive(Serialize)]
struct Row {
    code: String,
    name: Label,
    y: Px,
    height: Px,
    segments: Vec<Segment>,
}

#[derive(Serialize)]
struct Segment {
    /// Counted from the end, so that a part has one colour however many stand before it.
    tone: usize,
    figure: String,
    tooltip: String,
    x: Px,
    width: Px,
    /// None where there is no room for it.
    label: Option<Label>,
}

const SIZE: f64 = 12.0;

impl Layout for Parts {
    const TEMPLATE: &'static str = "parts";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (key, top) = self.key(frame);
        let longest =
            self.rows.iter().map(|row| text::width(&row.name, text::bold(13.0))).fold(80.0, f64::max);
        let left = frame.pick((longest + 12.0).min(260.0), 0.0);
        let (pitch, bar) = frame.pick((30.0, 23.0), (46.0, 22.0));
        let scale = Scale::new((0.0, 100.0), (left, frame.width()));
        let rows = self.rows.iter().enumerate().map(|(index, row)| {
            let y = top + pitch * number(index) + frame.pick(0.0, 19.0);
            let class = if row.is_whole { "strong" } else { "" };
            let name = match frame {
                Frame::Wide => text::shorten(&row.name, 13.0, left - 8.0),
                Frame::Narrow => text::shorten(&row.name, 13.0, frame.width()),
            };
            let name_y = frame.pick(y + bar * 0.5 + 4.5, y - 5.0);
            Row {
                code: row.code.clone(),
                name: Label::new(0.0, name_y, name, class),
                y: Px(y),
                height: Px(bar),
                segments: segments(row, scale, y + bar * 0.5 + 4.5),
            }
        });
        (top + pitch * number(self.rows.len()) + frame.pick(0.0, 2.0), Drawing { key, rows: rows.collect() })
    }
}

impl Parts {
    /// A square and a name for each part, as many to a line as fit; and where the bars begin.
    fn key(&self, frame: Frame) -> (Vec<Key>, f64) {
        const SQUARE: f64 = 12.0;
        let (mut x, mut y) = (0.0, 0.0);
        let mut key = Vec::new();
        for (index, name) in self.key.iter().enumerate() {
            let width = SQUARE + 6.0 + text::width(name, 13.0);
            if x > 0.0 && x + width > frame.width() {
                (x, y) = (0.0, y + 20.0);
            }
            let label = Label::new(x + SQUARE + 6.0, y + 11.0, name, "");
            key.push(Key { tone: self.key.len() - index, x: Px(x), y: Px(y), label });
            x += width + 18.0;
        }
        (key, y + 30.0)
    }
}

fn segments(row: &PartsRow, scale: Scale, text_y: f64) -> Vec<Segment> {
    let mut from = 0.0;
    let segment = |(index, part): (usize, &Part)| {
        let (left, right) = (scale.at(from), scale.at(from + part.value));
        from += part.value;
        let tone = row.parts.len() - index;
        let class = if tone == 1 { "small middle figures on-dark" } else { "small middle figures" };
        let fits = text::width(&part.text, SIZE) + 4.0 <= right - left;
        Segment {
            tone,
            figure: part.figure.clone(),
            tooltip: part.tooltip.clone(),
            x: Px(left),
            width: Px(right - left),
            label: fits.then(|| Label::new((left + right) * 0.5, text_y, &part.text, class)),
        }
    };
    row.parts.iter().enumerate().map(segment).collect()
}
