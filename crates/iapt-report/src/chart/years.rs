//! The shares of one count over several groups, one row per year.

use serde::Serialize;

use super::{
    Frame, Label, Layout, Px,
    scale::{Scale, number, ticks},
};

/// A row per year, the newest first.
pub(crate) struct Years {
    /// Short names of the groups, in order.
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<BasisYear>,
    /// Right end of the axis, in percent.
    pub(crate) maximum: f64,
}

/// One year.
pub(crate) struct BasisYear {
    pub(crate) period: String,
    pub(crate) dots: Vec<BasisDot>,
    /// What the figures lack; empty where nothing.
    pub(crate) missing: String,
}

/// One share.
pub(crate) struct BasisDot {
    /// Which group, from 0.
    pub(crate) basis: usize,
    pub(crate) value: f64,
    pub(crate) text: String,
    pub(crate) tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    axis_top: Px,
    axis_bottom: Px,
    heads: Vec<Label>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Tick {
    x: Px,
    label: Label,
}

#[derive(Serialize)]
struct Row {
    period: Label,
    y: Px,
    from: Px,
    to: Px,
    dots: Vec<Dot>,
    missing: Option<Label>,
}

#[derive(Serialize)]
struct Dot {
    /// 1 to 4: which shape it has.
    basis: usize,
    x: Px,
    y: Px,
    label: Label,
    tooltip: String,
}

impl Layout for Years {
    const TEMPLATE: &'static str = "years";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let left = frame.pick(76.0, 68.0);
        let pitch = frame.pick(36.0, 40.0);
        let scale = Scale::new((0.0, self.maximum), (left, frame.width() - frame.pick(48.0, 40.0)));
        let top = 30.0;
        let bottom = top + pitch * number(self.rows.len());
        let ticks = ticks((0.0, self.maximum)).into_iter().map(|(tick, text)| {
            let x = scale.at(tick);
            Tick { x: Px(x), label: Label::new(x, bottom + 16.0, text, "small muted middle") }
        });
        let mut y = top + pitch * 0.5;
        let mut rows = Vec::new();
        for year in &self.rows {
            rows.push(row(year, y, left, scale, frame));
            y += pitch;
        }
        let heads = self.names.iter().enumerate().filter_map(|(basis, name)| {
            let dot = self.rows.iter().flat_map(|row| &row.dots).find(|dot| dot.basis == basis)?;
            // The second and the third share the room between their dots, which is narrow on a phone.
            let class = if basis == 1 { "middle halo" } else { side(basis).1 };
            Some(Label::new(scale.at(dot.value), 14.0, name, class))
        });
        let drawing = Drawing {
            ticks: ticks.collect(),
            axis_top: Px(top),
            axis_bottom: Px(bottom),
            heads: heads.collect(),
            rows,
        };
        (bottom + 24.0, drawing)
    }
}

fn row(year: &BasisYear, y: f64, left: f64, scale: Scale, frame: Frame) -> Row {
    let xs: Vec<f64> = year.dots.iter().map(|dot| scale.at(dot.value)).collect();
    let from = xs.iter().copied().fold(f64::INFINITY, f64::min);
    let to = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let dots = year.dots.iter().zip(&xs).map(|(dot, x)| {
        let (shift, class) = side(dot.basis);
        Dot {
            basis: dot.basis + 1,
            x: Px(*x),
            y: Px(y),
            label: Label::new(x + shift, y + 4.5, &dot.text, class),
            tooltip: dot.tooltip.clone(),
        }
    });
    let room = if from.is_finite() { from - left - 50.0 } else { scale.at(f64::INFINITY) - left };
    let missing = super::text::shorten(&year.missing, 11.5, room.max(0.0));
    Row {
        period: Label::new(0.0, y + 4.5, &year.period, "strong"),
        y: Px(y),
        from: Px(if from.is_finite() { from } else { left }),
        to: Px(if from.is_finite() { to } else { left }),
        dots: dots.collect(),
        missing: (!missing.is_empty())
            .then(|| Label::new(left + frame.pick(6.0, 4.0), y + 4.5, missing, "small muted italic")),
    }
}

/// Which side of its dot a number stands on: two groups that lie close get one side each.
fn side(basis: usize) -> (f64, &'static str) {
    if basis.is_multiple_of(2) { (-10.0, "end halo") } else { (10.0, "halo") }
}
