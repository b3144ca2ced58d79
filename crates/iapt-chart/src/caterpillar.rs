//! Many organisations side by side, lowest to highest, without names: the shape of the whole.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    dots::{Dot, Mark, domain},
    hollow_note,
    scale::{Scale, Tick, number, upright},
};

/// A thin column per organisation, the lowest first.
pub struct Caterpillar {
    /// The marks, in the order in which they are drawn.
    pub dots: Vec<Dot>,
    /// England's value and how it is written.
    pub england: Option<(f64, String)>,
    /// The target and how it is written.
    pub target: Option<(f64, String)>,
    /// What is written under the first and the last column.
    pub ends: (String, String),
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    left: Px,
    right: Px,
    england_y: Option<Px>,
    target_y: Option<Px>,
    labels: Vec<Label>,
    columns: Vec<Mark>,
    radius: Px,
}

impl Layout for Caterpillar {
    const TEMPLATE: &'static str = "caterpillar";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (left, right) = (40.0, frame.width() - frame.pick(100.0, 4.0));
        let top = frame.pick(10.0, 24.0);
        let bottom = top + frame.pick(260.0, 240.0);
        let domain = domain(&self.dots, self.england.iter().chain(&self.target));
        let scale = Scale::new(domain, (bottom, top));
        let slot = (right - left) / number(self.dots.len().max(1));
        let columns = self.dots.iter().enumerate().map(|(index, dot)| {
            dot.mark(frame, (left + slot * (number(index) + 0.5), scale.at(dot.value)), scale)
        });
        let columns = columns.collect();
        let england_y = self.england.as_ref().map(|(value, _)| scale.at(*value));
        let mut labels = vec![
            Label::new(left, bottom + 17.0, &self.ends.0, "small muted"),
            Label::new(right, bottom + 17.0, &self.ends.1, "small muted end"),
        ];
        if let (Some((_, written)), Some(y)) = (&self.england, england_y) {
            labels.push(match frame {
                Frame::Wide => Label::new(right + 6.0, y + 4.5, written, "strong-orange"),
                Frame::Narrow => Label::new(right, 14.0, written, "strong-orange end"),
            });
        }
        let target_y = self.target.as_ref().map(|(value, _)| scale.at(*value));
        if let (Some((_, written)), Some(y)) = (&self.target, target_y) {
            // Where the lines are close, the words keep apart.
            let away = england_y.map_or(0.0, |england| if y >= england { 16.0 } else { -16.0 });
            let is_close = england_y.is_some_and(|england| (england - y).abs() < 16.0);
            labels.push(match frame {
                Frame::Wide if is_close => {
                    Label::new(right + 6.0, england_y.unwrap_or(y) + away + 4.5, written, "small strong")
                }
                Frame::Wide => Label::new(right + 6.0, y + 4.5, written, "small strong"),
                Frame::Narrow => Label::new(left, 14.0, written, "small strong"),
            });
        }
        let (note, room) = hollow_note(bottom + 36.0, self.dots.iter().any(|dot| dot.is_flagged));
        labels.extend(note);
        let drawing = Drawing {
            ticks: upright(domain, scale, left),
            left: Px(left),
            right: Px(right),
            england_y: england_y.map(Px),
            target_y: target_y.map(Px),
            labels,
            columns,
            radius: Px((slot * 0.42).clamp(1.1, 3.2)),
        };
        (bottom + 26.0 + room, drawing)
    }
}
