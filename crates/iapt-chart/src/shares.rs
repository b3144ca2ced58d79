//! A bar for each of several figures of one unit, the largest first, all from zero.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// A row for each figure, in the order in which they are drawn.
pub struct Shares {
    /// The figures, from the top.
    pub rows: Vec<Share>,
}

/// One figure.
pub struct Share {
    /// Which cell of the indicator table it is.
    pub figure: String,
    /// What it is a figure of.
    pub label: String,
    /// In the unit of the indicator.
    pub value: f64,
    /// The value as it is written.
    pub text: String,
    /// What stands behind it; empty where nothing does.
    pub note: String,
    /// What is said where the row is pointed at.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    figure: String,
    tooltip: String,
    name: Label,
    x: Px,
    y: Px,
    width: Px,
    height: Px,
    value: Label,
    note: Label,
}

const SIZE: f64 = 13.0;
const BAR: f64 = 16.0;

impl Layout for Shares {
    const TEMPLATE: &'static str = "shares";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let widest = |text: fn(&Share) -> &str, size: f64| {
            self.rows.iter().map(|row| text::width(text(row), size)).fold(0.0, f64::max)
        };
        let longest = widest(|row| &row.label, SIZE);
        let left = frame.pick((longest + 12.0).min(330.0), 0.0);
        let values = widest(|row| &row.text, text::bold(SIZE)) + 16.0;
        let notes = widest(|row| &row.note, SIZE);
        let right = frame.width() - values - if notes > 0.0 { notes + 8.0 } else { 0.0 };
        let most = self.rows.iter().map(|row| row.value).fold(0.0, f64::max);
        let scale = Scale::new((0.0, most), (left, right.max(left + 1.0)));
        let pitch = frame.pick(26.0, 42.0);
        let rows = self.rows.iter().enumerate().map(|(index, row)| {
            let y = pitch * number(index) + frame.pick(5.0, 20.0);
            let end = scale.at(row.value.max(0.0));
            let text_y = y + BAR * 0.5 + 4.5;
            let name = match frame {
                Frame::Wide => Label::new(0.0, text_y, text::shorten(&row.label, SIZE, left - 8.0), ""),
                Frame::Narrow => Label::new(0.0, y - 5.0, text::shorten(&row.label, SIZE, frame.width()), ""),
            };
            let value_x = end + 6.0;
            Row {
                figure: row.figure.clone(),
                tooltip: row.tooltip.clone(),
                name,
                x: Px(left),
                y: Px(y),
                width: Px(end - left),
                height: Px(BAR),
                value: Label::new(value_x, text_y, &row.text, "strong"),
                note: Label::new(value_x + values - 2.0, text_y, &row.note, "small muted"),
            }
        });
        (pitch * number(self.rows.len()) + 6.0, Drawing { rows: rows.collect() })
    }
}
