//! How far organisations lie apart, year by year: the middle 80%, the middle half, the median, and England.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Leader, Px,
    scale::{Scale, Tick, number, round_domain, spread_out, upright},
    text,
};

/// One bar per year.
pub struct Bands {
    /// The periods along the axis, in order.
    pub periods: Vec<String>,
    /// As many as there are periods.
    pub bands: Vec<Option<Band>>,
    /// England in every period.
    pub england: Vec<Option<f64>>,
    /// Periods, by position, that a break stands before, and what is to be written there.
    pub breaks: Vec<(usize, String)>,
    /// What is written where a year has no organisations.
    pub missing: String,
    /// Whether every organisation is drawn, as it should be where they are few, instead of bars.
    pub is_each: bool,
}

/// One year's spread.
#[derive(Clone)]
pub struct Band {
    /// 10th percentile.
    pub p10: f64,
    /// 25th percentile.
    pub p25: f64,
    /// 50th percentile.
    pub median: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 90th percentile.
    pub p90: f64,
    /// Every organisation's value; read where each is drawn.
    pub each: Vec<(f64, String)>,
    /// Number of organisations.
    pub k: String,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    left: Px,
    right: Px,
    top: Px,
    bottom: Px,
    bars: Vec<Bar>,
    dots: Vec<Organisation>,
    england: Vec<String>,
    england_dots: Vec<Dot>,
    breaks: Vec<Px>,
    labels: Vec<Label>,
    leaders: Vec<Leader>,
}

#[derive(Serialize)]
struct Bar {
    x: Px,
    width: Px,
    p90: Px,
    outer: Px,
    p75: Px,
    inner: Px,
    median: Px,
    tooltip: String,
}

#[derive(Serialize)]
struct Dot {
    x: Px,
    y: Px,
}

#[derive(Serialize)]
struct Organisation {
    x: Px,
    y: Px,
    tooltip: String,
}

impl Layout for Bands {
    const TEMPLATE: &'static str = "bands";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (left, right) = (36.0, frame.width() - frame.pick(128.0, 84.0));
        let top = if self.breaks.is_empty() { 10.0 } else { 26.0 };
        let bottom = top + frame.pick(210.0, 220.0);
        let values = self.bands.iter().flatten().flat_map(|band| self.values(band));
        let domain = round_domain(values.chain(self.england.iter().flatten().copied()), 0.0, 100.0);
        let scale = Scale::new(domain, (bottom, top));
        let slot = (right - left) / number(self.periods.len().max(1));
        let x = |index: usize| left + slot * (number(index) + 0.5);
        let bar_width = (slot * 0.5).min(34.0);

        let mut labels = Vec::new();
        let mut bars = Vec::new();
        let mut dots = Vec::new();
        for (index, (period, band)) in self.periods.iter().zip(&self.bands).enumerate() {
            labels.extend(year(period, x(index), bottom, slot));
            let Some(band) = band else {
                labels.push(Label::new(x(index), bottom - 8.0, &self.missing, "small muted middle"));
                continue;
            };
            labels.push(Label::new(x(index), bottom + 46.0, &band.k, "small middle"));
            if self.is_each {
                let place = |(value, tooltip): &(f64, String)| Organisation {
                    x: Px(x(index)),
                    y: Px(scale.at(*value)),
                    tooltip: tooltip.clone(),
                };
                dots.extend(band.each.iter().map(place));
                continue;
            }
            bars.push(Bar {
                x: Px(x(index) - bar_width * 0.5),
                width: Px(bar_width),
                p90: Px(scale.at(band.p90)),
                outer: Px(scale.at(band.p10) - scale.at(band.p90)),
                p75: Px(scale.at(band.p75)),
                inner: Px(scale.at(band.p25) - scale.at(band.p75)),
                median: Px(scale.at(band.median)),
                tooltip: band.tooltip.clone(),
            });
        }
        labels.push(Label::new(left - 6.0, bottom + 46.0, "k", "small muted end italic"));
        let (england, england_dots) = self.england_line(&x, scale);
        let (names, leaders) = self.names(&x, scale, right, bar_width, (top, bottom), frame);
        labels.extend(names);
        let breaks = self.breaks.iter().map(|(index, _)| left + slot * number(*index));
        for (position, (index, reason)) in self.breaks.iter().enumerate() {
            // A reason that does not fit before the next break is in the subtitle only.
            let next =
                self.breaks.get(position + 1).map_or(frame.width(), |(next, _)| left + slot * number(*next));
            let at = left + slot * number(*index) + 4.0;
            if at + text::width(reason, 11.5) < next {
                labels.push(Label::new(at, 13.0, reason, "small muted"));
            }
        }
        let drawing = Drawing {
            ticks: upright(domain, scale, left),
            left: Px(left),
            right: Px(right),
            top: Px(top),
            bottom: Px(bottom),
            bars,
            dots,
            england,
            england_dots,
            breaks: breaks.map(Px).collect(),
            labels,
            leaders,
        };
        (bottom + 54.0, drawing)
    }
}

/// `2017-18` on one line, or on two where the years stand close.
fn year(period: &str, x: f64, bottom: f64, slot: f64) -> Vec<Label> {
    match period.split_once('-') {
        Some((first, second)) if text::width(period, 11.5) > slot - 4.0 => vec![
            Label::new(x, bottom + 16.0, first, "small muted middle"),
            Label::new(x, bottom + 29.0, format!("-{second}"), "small muted middle"),
        ],
        _ => vec![Label::new(x, bottom + 18.0, period, "small muted middle")],
    }
}

impl Bands {
    /// What a year's drawing must hold.
    fn values(&self, band: &Band) -> Vec<f64> {
        if self.is_each {
            band.each.iter().map(|(value, _)| *value).collect()
        } else {
            vec![band.p10, band.p90]
        }
    }

    fn england_line(&self, x: &impl Fn(usize) -> f64, scale: Scale) -> (Vec<String>, Vec<Dot>) {
        let mut lines: Vec<String> = Vec::new();
        let mut dots = Vec::new();
        let mut is_drawing = false;
        for (index, england) in self.england.iter().enumerate() {
            let Some(value) = england else {
                is_drawing = false;
                continue;
            };
            let corner = format!("{} {}", Px(x(index)).text(), Px(scale.at(*value)).text());
            match lines.last_mut() {
                Some(line) if is_drawing => {
                    line.push('L');
                    line.push_str(&corner);
                }
                _ => lines.push(format!("M{corner}")),
            }
            is_drawing = true;
            dots.push(Dot { x: Px(x(index)), y: Px(scale.at(*value)) });
        }
        (lines, dots)
    }

    /// The names of the parts, beside the last bar.
    fn names(
        &self,
        x: &impl Fn(usize) -> f64,
        scale: Scale,
        right: f64,
        bar_width: f64,
        (top, bottom): (f64, f64),
        frame: Frame,
    ) -> (Vec<Label>, Vec<Leader>) {
        let last =
            self.bands.iter().enumerate().rev().find_map(|(index, band)| Some((index, band.as_ref()?)));
        let Some((index, band)) = last else { return (Vec::new(), Vec::new()) };
        let england = self.england.get(index).copied().flatten();
        let by_value = |left: &&f64, right: &&f64| left.total_cmp(right);
        let values = self.values(band);
        let ends = [
            (values.iter().max_by(by_value).copied(), "highest", ""),
            (england, "England", "strong-orange"),
            (values.iter().min_by(by_value).copied(), "lowest", ""),
        ];
        let parts = [
            (Some(band.p90), frame.pick("90th percentile", "90th"), ""),
            (Some(band.p75), frame.pick("75th percentile", "75th"), ""),
            (Some(band.median), "median", "strong-small"),
            (england, "England", "strong-orange"),
            (Some(band.p25), frame.pick("25th percentile", "25th"), ""),
            (Some(band.p10), frame.pick("10th percentile", "10th"), ""),
        ];
        let parts = if self.is_each { ends.to_vec() } else { parts.to_vec() };
        let parts: Vec<_> =
            parts.into_iter().filter_map(|(value, name, class)| Some((value?, name, class))).collect();
        let places: Vec<f64> = parts.iter().map(|(value, ..)| scale.at(*value)).collect();
        let spread = spread_out(&places, 15.0, top + 4.0, bottom);
        let from = x(index) + if self.is_each { 6.0 } else { bar_width * 0.5 };
        let label_x = right + 14.0;
        let mut labels = Vec::new();
        let mut leaders = Vec::new();
        for (((value, name, class), place), y) in parts.iter().zip(&places).zip(&spread) {
            let class = if class.is_empty() { "small" } else { class };
            labels.push(Label::new(
                label_x,
                y + 4.0,
                format!("{name} {}", crate::format::fixed(*value, 1)),
                class,
            ));
            leaders.push(Leader { x: Px(from + 2.0), y: Px(*place), to_x: Px(label_x - 3.0), to_y: Px(*y) });
        }
        (labels, leaders)
    }
}
