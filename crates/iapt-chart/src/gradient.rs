//! Groups in order along a scale from most to least, each with its interval, and the line fitted through them.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, Tick, round_domain, upright},
};

/// One mark per group.
pub struct Gradient {
    /// The groups, in order.
    pub groups: Vec<GradientGroup>,
    /// Fitted values at the two ends of the scale.
    pub line: Option<(f64, f64)>,
    /// The value of all and how it is written.
    pub whole: Option<(f64, String)>,
    /// What stands at the two ends of the scale.
    pub ends: (String, String),
}

/// One group.
pub struct GradientGroup {
    /// Which cell of a table it is.
    pub figure: String,
    /// Where it lies on the scale, 0 to 1.
    pub place: f64,
    /// The value, in the unit of the axis.
    pub value: f64,
    /// The value as it is written.
    pub text: String,
    /// Lower and upper end of the range around the value.
    pub interval: Option<(f64, f64)>,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    left: Px,
    right: Px,
    whole_y: Option<Px>,
    line: Option<Line>,
    groups: Vec<Group>,
    labels: Vec<Label>,
}

#[derive(Serialize)]
struct Line {
    from: Px,
    to: Px,
}

#[derive(Serialize)]
struct Group {
    figure: String,
    x: Px,
    y: Px,
    low: Px,
    high: Px,
    tooltip: String,
}

impl Layout for Gradient {
    const TEMPLATE: &'static str = "gradient";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (left, right) = (40.0, frame.width() - 8.0);
        let (top, bottom) = (28.0, 280.0);
        let values = self.groups.iter().flat_map(|group| match group.interval {
            Some((low, high)) => [low, high],
            None => [group.value, group.value],
        });
        let others = self.whole.iter().map(|(value, _)| *value);
        let line = self.line.into_iter().flat_map(|(from, to)| [from, to]);
        let domain = round_domain(values.chain(others).chain(line), 0.0, 100.0);
        let y = Scale::new(domain, (bottom, top));
        let x = Scale::new((0.0, 1.0), (left, right));
        let mut labels = vec![
            Label::new(left, bottom + 18.0, &self.ends.0, "small muted"),
            Label::new(right, bottom + 18.0, &self.ends.1, "small muted end"),
        ];
        if let Some((value, written)) = &self.whole {
            labels.push(Label::new(right, y.at(*value) - 6.0, written, "strong-orange end halo"));
        }
        let mut groups = Vec::new();
        for group in &self.groups {
            let (low, high) = group.interval.unwrap_or((group.value, group.value));
            let at = x.at(group.place);
            labels.push(Label::new(
                at,
                y.at(high) - 8.0,
                group.text.trim_end_matches('%'),
                "small middle halo",
            ));
            groups.push(Group {
                figure: group.figure.clone(),
                x: Px(at),
                y: Px(y.at(group.value)),
                low: Px(y.at(low)),
                high: Px(y.at(high)),
                tooltip: group.tooltip.clone(),
            });
        }
        let drawing = Drawing {
            ticks: upright(domain, y, left),
            left: Px(left),
            right: Px(right),
            whole_y: self.whole.as_ref().map(|(value, _)| Px(y.at(*value))),
            line: self.line.map(|(from, to)| Line { from: Px(y.at(from)), to: Px(y.at(to)) }),
            groups,
            labels,
        };
        (bottom + 26.0, drawing)
    }
}
