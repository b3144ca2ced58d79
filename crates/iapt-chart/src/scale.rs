//! Scales: from numbers to places on the page.

use serde::{Serialize, Serializer};

use crate::{Frame, Label};

/// A place or a length in a drawing; written with at most two decimals, so that files do not differ in the last digit.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Px(pub(crate) f64);

impl Serialize for Px {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl Px {
    pub(crate) fn text(self) -> String {
        // Hundredths as a whole number: there are a million of these, and what decides on the last digit of a figure is
        // not needed for the last hundredth of a place. A place that far out is a mistake, and drawn where it is.
        let hundredths = (self.0 * 100.0).round();
        if hundredths.abs() > 1e9 {
            return crate::format::plain(self.0);
        }
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "at most 1e9, as was looked at"
        )]
        let hundredths = hundredths as i64;
        let (whole, rest) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
        let sign = if hundredths < 0 { "-" } else { "" };
        match (rest, rest % 10) {
            (0, _) => format!("{sign}{whole}"),
            (_, 0) => format!("{sign}{whole}.{}", rest / 10),
            _ => format!("{sign}{whole}.{rest:02}"),
        }
    }
}

/// How many, as a length of a list, for geometry.
pub(crate) fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// A straight scale from a domain of numbers to a range of places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    pub(crate) fn new(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self { domain, range }
    }

    /// The place of a number; numbers outside the domain lie at its ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (from, to) = self.domain;
        let share = if to > from { ((value - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
        self.range.0 + share * (self.range.1 - self.range.0)
    }
}

/// A number on an axis: where its line is, and how it is written.
#[derive(Serialize)]
pub(crate) struct Tick {
    pub(crate) at: Px,
    pub(crate) label: Label,
}

/// The numbers of an upright axis, written left of `left`.
pub(crate) fn upright(domain: (f64, f64), scale: Scale, left: f64) -> Vec<Tick> {
    let tick = |(value, text): (f64, String)| Tick {
        at: Px(scale.at(value)),
        label: Label::new(left - 6.0, scale.at(value) + 4.0, text, "small muted end"),
    };
    ticks(domain).into_iter().map(tick).collect()
}

/// The numbers of a lying axis, written below it on the line `y`, within the frame.
pub(crate) fn lying(domain: (f64, f64), scale: Scale, y: f64, frame: Frame) -> Vec<Tick> {
    let tick = |(value, text): (f64, String)| {
        let x = scale.at(value);
        let class = match frame {
            Frame::Narrow if x < 20.0 => "small muted",
            Frame::Narrow if x > frame.width() - 20.0 => "small muted end",
            _ => "small muted middle",
        };
        Tick { at: Px(x), label: Label::new(x, y, text, class) }
    };
    ticks(domain).into_iter().map(tick).collect()
}

/// A domain that holds every value with a little room, its ends on round numbers within `floor` and `ceiling`.
pub(crate) fn round_domain(values: impl Iterator<Item = f64>, floor: f64, ceiling: f64) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return (floor, ceiling);
    }
    let step = step(high - low);
    // A value on a step may lie a hair off it in binary; it still is the end, and the end is written as a decimal.
    let hair = 1e-9;
    let decimal = |value: f64| (value * 1e6).round() / 1e6;
    let low = decimal((low / step + hair).floor() * step).max(floor);
    let high = decimal((high / step - hair).ceil() * step).min(ceiling);
    if high > low { (low, high) } else { ((low - step).max(floor), (high + step).min(ceiling)) }
}

/// Round percentages of a domain, about five of them, and how they are written.
pub(crate) fn ticks(domain: (f64, f64)) -> Vec<(f64, String)> {
    let (from, to) = domain;
    let step = step(to - from);
    let decimals = usize::from(step < 1.0);
    let mut ticks = Vec::new();
    let mut tick = (from / step).ceil() * step;
    while tick <= to + step / 1000.0 && ticks.len() < 20 {
        ticks.push((tick, crate::format::percent(tick, decimals)));
        tick += step;
    }
    ticks
}

/// 1, 2 or 5 times a power of ten, so that a span has four to ten of them.
fn step(span: f64) -> f64 {
    let rough = (span / 5.0).max(0.1);
    let power = 10_f64.powf(rough.log10().floor());
    let times = rough / power;
    let nice = match times {
        _ if times < 1.5 => 1.0,
        _ if times < 3.5 => 2.0,
        _ if times < 7.5 => 5.0,
        _ => 10.0,
    };
    nice * power
}

/// Places of labels in one column, moved as little as needed so that each has `gap` to the next; order is kept.
pub(crate) fn spread_out(places: &[f64], gap: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|left, right| places[*left].total_cmp(&places[*right]));
    let mut spread: Vec<f64> = order.iter().map(|index| places[*index].max(top)).collect();
    for index in 1..spread.len() {
        spread[index] = spread[index].max(spread[index - 1] + gap);
    }
    let mut limit = bottom;
    for place in spread.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - gap;
    }
    let mut moved = vec![0.0; places.len()];
    for (place, index) in spread.into_iter().zip(order) {
        moved[index] = place;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_two_decimals_at_most() {
        let texts = [0.0, 12.0, 12.5, 1.0 / 3.0, -0.001, 100.0].map(|place| Px(place).text());
        assert_eq!(texts, ["0", "12", "12.5", "0.33", "0", "100"]);
    }

    #[test]
    fn ticks_are_round() {
        let texts = |domain| ticks(domain).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ");
        assert_eq!(texts((0.0, 60.0)), "0% 10% 20% 30% 40% 50% 60%");
        assert_eq!(texts((44.0, 56.0)), "44% 46% 48% 50% 52% 54% 56%");
        assert_eq!(texts((98.8, 100.0)), "98.8% 99.0% 99.2% 99.4% 99.6% 99.8% 100.0%");
        assert_eq!(round_domain([46.9, 54.7].into_iter(), 0.0, 100.0), (46.0, 56.0));
        assert_eq!(round_domain([98.8, 100.0].into_iter(), 0.0, 100.0), (98.8, 100.0));
        assert_eq!(round_domain(std::iter::empty(), 0.0, 100.0), (0.0, 100.0));
    }

    #[test]
    fn labels_keep_their_order_and_their_distance() {
        assert_eq!(spread_out(&[50.0, 10.0, 12.0], 14.0, 0.0, 100.0), [50.0, 10.0, 24.0]);
        assert_eq!(spread_out(&[98.0, 99.0], 14.0, 0.0, 100.0), [86.0, 100.0]);
    }
}
