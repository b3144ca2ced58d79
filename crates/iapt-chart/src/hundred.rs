//! A hundred squares, each one in a hundred of a whole, coloured by the part that it belongs to.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// A whole in its parts, in their order.
pub struct Hundred {
    /// The parts, in order.
    pub parts: Vec<HundredPart>,
}

/// One part.
pub struct HundredPart {
    /// Which cell of the indicator table it is.
    pub figure: String,
    /// What is written beside it.
    pub label: String,
    /// In percent of the whole.
    pub value: f64,
    /// Share and count as they are written.
    pub note: String,
}

#[derive(Serialize)]
struct Drawing {
    size: Px,
    parts: Vec<PartDrawing>,
}

#[derive(Serialize)]
struct PartDrawing {
    /// Counted from the end, as in the bars of parts.
    tone: usize,
    figure: String,
    tooltip: String,
    squares: Vec<Square>,
    key: Square,
    labels: Vec<Label>,
}

#[derive(Serialize)]
struct Square {
    x: Px,
    y: Px,
}

impl Layout for Hundred {
    const TEMPLATE: &'static str = "hundred";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (columns, room) = frame.pick((10, 300.0), (20, frame.width()));
        let scale = Scale::new((0.0, number(columns)), (0.0, room));
        let step = scale.at(1.0) - scale.at(0.0);
        let shares = self.shares();
        let n_squares: usize = shares.iter().sum();
        let bottom = step * number(n_squares.div_ceil(columns));
        let (key_x, key_step) = frame.pick((room + 28.0, 56.0), (0.0, 44.0));
        let mut key_y = frame.pick(4.0, bottom + 16.0);
        let mut at = 0;
        let mut parts = Vec::new();
        for (index, (part, n)) in self.parts.iter().zip(&shares).enumerate() {
            let squares = (at..at + n).map(|place| Square {
                x: Px(scale.at(number(place % columns))),
                y: Px(step * number(place / columns)),
            });
            let squares = squares.collect();
            at += n;
            let label =
                text::shorten(&format!("{n} {}", part.label), text::bold(13.5), frame.width() - key_x - 24.0);
            parts.push(PartDrawing {
                tone: self.parts.len() - index,
                figure: part.figure.clone(),
                tooltip: format!("{}: {}", part.label, part.note),
                squares,
                key: Square { x: Px(key_x), y: Px(key_y) },
                labels: vec![
                    Label::new(key_x + 24.0, key_y + 13.0, label, "strong"),
                    Label::new(key_x + 24.0, key_y + 30.0, &part.note, "small muted"),
                ],
            });
            key_y += key_step;
        }
        (frame.pick(f64::max(bottom, key_y), key_y), Drawing { size: Px(step - 3.0), parts })
    }
}

impl Hundred {
    /// How many squares each part has: its whole hundredths, and the rest to the largest remainders, so that there are a
    /// hundred.
    fn shares(&self) -> Vec<usize> {
        let mut shares: Vec<usize> = self.parts.iter().map(|part| whole(part.value)).collect();
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        let remainder =
            |index: &usize| self.parts.get(*index).map_or(0.0, |part| part.value - part.value.floor());
        order.sort_by(|left, right| remainder(right).total_cmp(&remainder(left)).then(left.cmp(right)));
        let n_left = 100_usize.saturating_sub(shares.iter().sum());
        for index in order.into_iter().take(n_left) {
            if let Some(share) = shares.get_mut(index) {
                *share += 1;
            }
        }
        shares
    }
}

/// The whole part of a percentage.
fn whole(value: f64) -> usize {
    (1..=100).take_while(|count| number(*count) <= value).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_squares_whatever_the_rounding() {
        let check = |values: &[f64], expected: &[usize]| {
            let part = |value: &f64| HundredPart {
                figure: String::new(),
                label: String::new(),
                value: *value,
                note: String::new(),
            };
            assert_eq!(Hundred { parts: values.iter().map(part).collect() }.shares(), expected);
        };
        check(&[33.6, 1.2, 27.4, 19.7, 18.1], &[34, 1, 27, 20, 18]);
        check(&[33.4, 33.3, 33.3], &[34, 33, 33]);
        check(&[100.0, 0.0], &[100, 0]);
    }
}
