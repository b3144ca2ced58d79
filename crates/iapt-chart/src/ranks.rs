//! Which places chance leaves open to each organisation: a bar from the best to the worst.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// A row per organisation, the first place first.
pub struct Ranks {
    /// The rows, from above.
    pub rows: Vec<RankRow>,
    /// How many there are.
    pub n_ranked: u32,
}

/// One organisation.
pub struct RankRow {
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// How it is called.
    pub name: String,
    /// Its rank, from 1.
    pub rank: u32,
    /// The best rank that is credible.
    pub best: u32,
    /// The worst rank that is credible.
    pub worst: u32,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    top: Px,
    bottom: Px,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Tick {
    x: Px,
    label: Label,
}

#[derive(Serialize)]
struct Row {
    code: String,
    x: Px,
    y: Px,
    bar_y: Px,
    low: Px,
    width: Px,
    labels: Vec<Label>,
    tooltip: String,
}

impl Layout for Ranks {
    const TEMPLATE: &'static str = "ranks";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let longest = self.rows.iter().map(|row| text::width(&row.name, 13.0)).fold(120.0, f64::max);
        let (left, right) = frame.pick(((longest + 16.0).min(356.0), 640.0), (6.0, frame.width() - 6.0));
        let pitch = frame.pick(20.0, 36.0);
        let last = f64::from(self.n_ranked).max(2.0);
        let scale = Scale::new((1.0, last), (left, right));
        let top = 4.0;
        let bottom = top + pitch * number(self.rows.len()) + 4.0;
        let rows = self.rows.iter().enumerate().map(|(index, row)| {
            let y = top + pitch * number(index);
            let written = format!("{} to {}", row.best, row.worst);
            let (mark_y, labels) = match frame {
                Frame::Wide => {
                    let y = y + pitch * 0.5 + 2.0;
                    let name = text::shorten(&row.name, 13.0, left - 16.0);
                    let name = Label::new(left - 12.0, y + 4.5, name, "end");
                    (y, vec![name, Label::new(frame.width(), y + 4.5, written, "end figures")])
                }
                Frame::Narrow => {
                    let name = text::shorten(&row.name, 13.0, frame.width() - 76.0);
                    let name = Label::new(0.0, y + 14.0, name, "halo");
                    let written = Label::new(frame.width(), y + 14.0, written, "end figures halo");
                    (y + 26.0, vec![name, written])
                }
            };
            let (low, high) = (scale.at(f64::from(row.best)), scale.at(f64::from(row.worst)));
            Row {
                code: row.code.clone(),
                x: Px(scale.at(f64::from(row.rank))),
                y: Px(mark_y),
                bar_y: Px(mark_y - 4.0),
                low: Px(low - 3.0),
                width: Px(high - low + 6.0),
                labels,
                tooltip: row.tooltip.clone(),
            }
        });
        let rows = rows.collect();
        let step = if self.n_ranked > 60 { 25 } else { 10 };
        let round = (1..=self.n_ranked).filter(|place| *place == 1 || place.is_multiple_of(step));
        let ticks = round.map(|place| {
            let x = scale.at(f64::from(place));
            let class = if x < 12.0 { "small muted" } else { "small muted middle" };
            Tick { x: Px(x), label: Label::new(x, bottom + 16.0, place.to_string(), class) }
        });
        let drawing = Drawing { ticks: ticks.collect(), top: Px(top), bottom: Px(bottom), rows };
        (bottom + 24.0, drawing)
    }
}
