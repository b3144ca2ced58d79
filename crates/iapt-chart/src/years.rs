//! The shares of one count over several groups, one row per year.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number, ticks},
};

/// A row per year, the newest first.
pub struct Years {
    /// Short names of the groups, in order.
    pub names: Vec<String>,
    /// One for each published series; a rule stands between two.
    pub groups: Vec<YearsGroup>,
    /// Right end of the axis, in percent.
    pub maximum: f64,
}

/// The years of one series.
pub struct YearsGroup {
    /// Written over its years where there are several series.
    pub label: String,
    /// The rows, from above.
    pub rows: Vec<BasisYear>,
}

/// One year.
pub struct BasisYear {
    /// How it is called.
    pub period: String,
    /// The marks, in the order in which they are drawn.
    pub dots: Vec<BasisDot>,
}

/// One share.
pub struct BasisDot {
    /// Which group, from 0.
    pub basis: usize,
    /// The value, in the unit of the axis.
    pub value: f64,
    /// The value as it is written.
    pub text: String,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    axis_top: Px,
    axis_bottom: Px,
    heads: Vec<Label>,
    /// What each series is, over its years.
    series: Vec<Label>,
    /// Between two series.
    rules: Vec<Px>,
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
    /// Whether the marks are outlines: of another series than the first.
    is_hollow: bool,
    dots: Vec<Dot>,
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
        let top = frame.pick(30.0, 46.0);
        let (has_several, head) = (self.groups.len() > 1, 22.0);
        let n_rows: usize = self.groups.iter().map(|group| group.rows.len()).sum();
        let n_heads = if has_several { self.groups.len() } else { 0 };
        let bottom = top + pitch * number(n_rows) + head * number(n_heads);
        let ticks = ticks((0.0, self.maximum)).into_iter().map(|(tick, text)| {
            let x = scale.at(tick);
            Tick { x: Px(x), label: Label::new(x, bottom + 16.0, text, "small muted middle") }
        });
        let mut y = top;
        let (mut rows, mut series, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        for (index, group) in self.groups.iter().enumerate() {
            if has_several {
                if index > 0 {
                    rules.push(Px(y));
                }
                series.push(Label::new(0.0, y + 16.0, &group.label, "small muted"));
                y += head;
            }
            for year in &group.rows {
                rows.push(row(year, y + pitch * 0.5, (left, frame), scale, index > 0));
                y += pitch;
            }
        }
        let heads = self.names.iter().enumerate().filter_map(|(basis, name)| {
            let dot = self
                .groups
                .iter()
                .flat_map(|group| &group.rows)
                .flat_map(|row| &row.dots)
                .find(|dot| dot.basis == basis)?;
            // On a phone the last name has a line of its own.
            Some(match frame {
                Frame::Narrow if basis == 3 => Label::new(frame.width(), 14.0, name, "end halo"),
                _ => {
                    let class = if basis == 1 { "middle halo" } else { side(basis).1 };
                    Label::new(scale.at(dot.value), frame.pick(14.0, 32.0), name, class)
                }
            })
        });
        let drawing = Drawing {
            ticks: ticks.collect(),
            axis_top: Px(top),
            axis_bottom: Px(bottom),
            heads: heads.collect(),
            series,
            rules,
            rows,
        };
        (bottom + 24.0, drawing)
    }
}

fn row(year: &BasisYear, y: f64, (left, frame): (f64, Frame), scale: Scale, is_hollow: bool) -> Row {
    let xs: Vec<f64> = year.dots.iter().map(|dot| scale.at(dot.value)).collect();
    let from = xs.iter().copied().fold(f64::INFINITY, f64::min);
    let to = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let dots = year.dots.iter().zip(&xs).map(|(dot, x)| {
        // Where there is little room, the numbers in the middle stand over and under their marks.
        let (shift, down, class) = match (frame, dot.basis) {
            (Frame::Narrow, 1) => (0.0, -9.0, "middle halo"),
            (Frame::Narrow, 2) => (6.0, 17.0, "end halo"),
            (_, basis) => {
                let (shift, class) = side(basis);
                (shift, 4.5, class)
            }
        };
        Dot {
            basis: dot.basis + 1,
            x: Px(*x),
            y: Px(y),
            label: Label::new(x + shift, y + down, &dot.text, class),
            tooltip: dot.tooltip.clone(),
        }
    });
    Row {
        period: Label::new(0.0, y + 4.5, &year.period, "strong"),
        y: Px(y),
        from: Px(if from.is_finite() { from } else { left }),
        to: Px(if from.is_finite() { to } else { left }),
        is_hollow,
        dots: dots.collect(),
    }
}

/// Which side of its dot a number stands on: two groups that lie close get one side each.
fn side(basis: usize) -> (f64, &'static str) {
    if basis.is_multiple_of(2) { (-10.0, "end halo") } else { (10.0, "halo") }
}
