//! How far the organisations of each level lie apart: the middle eight of ten as a bar, one measure under the other.

use serde::Serialize;

use super::{
    Frame, Label, Layout, Px,
    scale::{Scale, Tick, lying, number, round_domain},
    text,
};

/// A block for each measure, on one scale.
pub(crate) struct Spans {
    pub(crate) blocks: Vec<SpansBlock>,
}

/// One measure.
pub(crate) struct SpansBlock {
    pub(crate) title: String,
    /// England's value and how it is written.
    pub(crate) england: Option<(f64, String)>,
    pub(crate) rows: Vec<Span>,
}

/// One level.
pub(crate) struct Span {
    pub(crate) name: String,
    pub(crate) p10: f64,
    pub(crate) median: f64,
    pub(crate) p90: f64,
    /// `36% to 48%`.
    pub(crate) text: String,
    pub(crate) tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    top: Px,
    bottom: Px,
    blocks: Vec<Block>,
}

#[derive(Serialize)]
struct Block {
    labels: Vec<Label>,
    england_x: Option<Px>,
    top: Px,
    bottom: Px,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    tooltip: String,
    labels: Vec<Label>,
    y: Px,
    low: Px,
    width: Px,
    median: Px,
}

/// How high a bar is; the template draws it around its row.
const HIGH: f64 = 10.0;
const TITLE: f64 = 26.0;

impl Layout for Spans {
    const TEMPLATE: &'static str = "spans";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let rows = || self.blocks.iter().flat_map(|block| &block.rows);
        let england = self.blocks.iter().filter_map(|block| block.england.as_ref()).map(|(value, _)| *value);
        let domain = round_domain(rows().flat_map(|row| [row.p10, row.p90]).chain(england), 0.0, 100.0);
        let longest = rows().map(|row| text::width(&row.name, 13.0)).fold(60.0, f64::max);
        let written = rows().map(|row| text::width(&row.text, 13.0)).fold(60.0, f64::max);
        let left = frame.pick(longest + 14.0, 6.0);
        let right = frame.width() - frame.pick(written + 14.0, 6.0);
        let scale = Scale::new(domain, (left, right));
        let pitch = frame.pick(20.0, 36.0);
        let mut top = 0.0;
        let mut blocks = Vec::new();
        for block in &self.blocks {
            let bottom = top + TITLE + pitch * number(block.rows.len());
            blocks.push(lay_out_block(block, (top, bottom), pitch, scale, frame));
            top = bottom + 12.0;
        }
        let bottom = top - 8.0;
        let ticks = lying(domain, scale, bottom + 16.0, frame);
        (bottom + 24.0, Drawing { ticks, top: Px(TITLE), bottom: Px(bottom), blocks })
    }
}

fn lay_out_block(
    block: &SpansBlock,
    (top, bottom): (f64, f64),
    pitch: f64,
    scale: Scale,
    frame: Frame,
) -> Block {
    let england = block.england.as_ref().map(|(value, written)| (scale.at(*value), written));
    let mut labels = vec![Label::new(0.0, top + 16.0, &block.title, "strong halo")];
    if let Some((x, written)) = &england {
        // Beside the title where the line is far enough from it, else at the right.
        let half = text::width(written, 12.0) * 0.5;
        let least = text::width(&block.title, text::bold(13.5)) + 10.0 + half;
        let x = x.max(least).min(frame.width() - half);
        labels.push(Label::new(x, top + 16.0, *written, "strong-orange middle halo"));
    }
    let row = |(index, span): (usize, &Span)| {
        let y = top + TITLE + pitch * number(index) + frame.pick(10.0, 26.0);
        let words_y = frame.pick(y + 4.5, y - 10.0);
        let name = Label::new(
            frame.pick(scale.at(f64::NEG_INFINITY) - 12.0, 0.0),
            words_y,
            &span.name,
            frame.pick("end", "halo"),
        );
        let text =
            Label::new(frame.width(), words_y, &span.text, frame.pick("end figures", "end figures halo"));
        let (low, high) = (scale.at(span.p10), scale.at(span.p90));
        Row {
            tooltip: span.tooltip.clone(),
            labels: vec![name, text],
            y: Px(y - HIGH * 0.5),
            low: Px(low),
            width: Px((high - low).max(1.0)),
            median: Px(scale.at(span.median)),
        }
    };
    Block {
        labels,
        england_x: england.map(|(x, _)| Px(x)),
        top: Px(top + TITLE - 4.0),
        bottom: Px(bottom),
        rows: block.rows.iter().enumerate().map(row).collect(),
    }
}
