//! Where one organisation stands among its peers: a strip per measure, a tick per organisation.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number, round_domain, ticks},
    text,
};

/// One strip per measure.
pub struct Strips {
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// The strips, from above.
    pub strips: Vec<Strip>,
}

/// One measure.
pub struct Strip {
    /// What is written over it.
    pub title: String,
    /// The organisation's value, in words, beside the title.
    pub note: String,
    /// The value, in the unit of the axis.
    pub value: Option<f64>,
    /// Lower and upper end of the range around the value.
    pub interval: Option<(f64, f64)>,
    /// `higher`, `similar` or `lower` than England; `plain` where there is no interval.
    pub stands: &'static str,
    /// Which cell of a table it is.
    pub figure: String,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
    /// Every organisation's value.
    pub peers: Vec<f64>,
    /// England's value and how it is written.
    pub england: Option<(f64, String)>,
}

#[derive(Serialize)]
struct Drawing {
    code: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    labels: Vec<Label>,
    left: Px,
    right: Px,
    y: Px,
    /// Every peer as one path.
    peers: String,
    england_x: Option<Px>,
    england_top: Px,
    england_bottom: Px,
    own: Option<Own>,
}

#[derive(Serialize)]
struct Own {
    stands: &'static str,
    figure: String,
    x: Px,
    low: Px,
    high: Px,
    tooltip: String,
}

const TALL: f64 = 9.0;

impl Layout for Strips {
    const TEMPLATE: &'static str = "strips";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let pitch = frame.pick(82.0, 98.0);
        let rows =
            self.strips.iter().enumerate().map(|(index, strip)| row(strip, pitch * number(index), frame));
        let rows: Vec<_> = rows.collect();
        (pitch * number(self.strips.len()), Drawing { code: self.code.clone(), rows })
    }
}

fn row(strip: &Strip, top: f64, frame: Frame) -> Row {
    let (left, right) = (8.0, frame.width() - 8.0);
    let own = strip.interval.into_iter().flat_map(|(low, high)| [low, high]).chain(strip.value);
    let values = strip.peers.iter().copied().chain(own).chain(strip.england.iter().map(|(value, _)| *value));
    let domain = round_domain(values, 0.0, 100.0);
    let scale = Scale::new(domain, (left, right));
    let y = top + frame.pick(46.0, 62.0);
    let ticks_of = |value: f64| {
        format!("M{} {}v{}", Px(scale.at(value)).text(), Px(y - TALL).text(), Px(2.0 * TALL).text())
    };
    let title_width = text::width(&strip.title, text::bold(13.5));
    let (note_x, note_y) = frame.pick((title_width + 14.0, top + 15.0), (0.0, top + 31.0));
    let note = text::shorten(&strip.note, 13.0, frame.width() - note_x);
    let mut labels = vec![
        Label::new(0.0, top + 15.0, &strip.title, "strong"),
        Label::new(note_x, note_y, note, "figures"),
    ];
    let round = ticks(domain);
    let every = if frame == Frame::Narrow && round.len() > 6 { 2 } else { 1 };
    for (tick, written) in round.into_iter().step_by(every) {
        let x = scale.at(tick);
        let class = match x {
            _ if x < 20.0 => "small muted",
            _ if x > frame.width() - 20.0 => "small muted end",
            _ => "small muted middle",
        };
        labels.push(Label::new(x, y + TALL + 14.0, written, class));
    }
    let england_x = strip.england.as_ref().map(|(value, _)| scale.at(*value));
    if let (Some((_, written)), Some(x)) = (&strip.england, england_x) {
        let half = text::width(written, text::bold(11.5)) * 0.5;
        let x = x.clamp(half, frame.width() - half);
        labels.push(Label::new(x, y - TALL - 6.0, written, "strong-orange tiny middle halo"));
    }
    let own = strip.value.map(|value| {
        let (low, high) = strip.interval.unwrap_or((value, value));
        Own {
            stands: strip.stands,
            figure: strip.figure.clone(),
            x: Px(scale.at(value)),
            low: Px(scale.at(low)),
            high: Px(scale.at(high)),
            tooltip: strip.tooltip.clone(),
        }
    });
    Row {
        labels,
        left: Px(left),
        right: Px(right),
        y: Px(y),
        peers: strip.peers.iter().map(|value| ticks_of(*value)).collect(),
        england_x: england_x.map(Px),
        england_top: Px(y - TALL - 4.0),
        england_bottom: Px(y + TALL + 2.0),
        own,
    }
}
