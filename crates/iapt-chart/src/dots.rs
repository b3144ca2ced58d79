//! Organisations in order of their value, each with its interval, and England's line through all of them.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px, hollow_note,
    scale::{Scale, Tick, lying, number, round_domain},
    text,
};

/// A row per organisation, the highest first.
pub struct Dots {
    /// The marks, in the order in which they are drawn.
    pub dots: Vec<Dot>,
    /// England's value and how it is written.
    pub england: Option<(f64, String)>,
    /// The target and how it is written.
    pub target: Option<(f64, String)>,
}

/// One organisation.
#[derive(Clone)]
pub struct Dot {
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// Which cell of the indicator table it is.
    pub figure: String,
    /// How it is called.
    pub name: String,
    /// The value, in the unit of the axis.
    pub value: f64,
    /// The value as it is written.
    pub text: String,
    /// Lower and upper end of the range around the value.
    pub interval: Option<(f64, f64)>,
    /// `higher`, `similar` or `lower` than England; it decides the shape. `plain` where there is no interval.
    pub stands: &'static str,
    /// Whether something was found about its data; the mark is hollow then.
    pub is_flagged: bool,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    ticks: Vec<Tick>,
    /// The lines that stand: of the ticks, of the target and of England. Where names stand between the marks, they are cut.
    grid: String,
    target: String,
    england: String,
    labels: Vec<Label>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    mark: Mark,
    labels: Vec<Label>,
}

/// The mark of one organisation, with its interval.
#[derive(Serialize)]
pub(crate) struct Mark {
    code: String,
    figure: String,
    stands: &'static str,
    is_flagged: bool,
    x: Px,
    y: Px,
    low: Px,
    high: Px,
    tooltip: String,
}

impl Dot {
    /// Its mark at a place; the interval lies along the scale.
    pub(crate) fn mark(&self, frame: Frame, (x, y): (f64, f64), scale: Scale) -> Mark {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        Mark {
            code: self.code.clone(),
            figure: frame.pick(self.figure.clone(), String::new()),
            stands: self.stands,
            is_flagged: self.is_flagged,
            x: Px(x),
            y: Px(y),
            low: Px(scale.at(low)),
            high: Px(scale.at(high)),
            tooltip: self.tooltip.clone(),
        }
    }
}

/// The ends of an axis between which every interval, England and the target lie.
pub(crate) fn domain<'a>(dots: &'a [Dot], lines: impl Iterator<Item = &'a (f64, String)>) -> (f64, f64) {
    let ends = dots.iter().flat_map(|dot| dot.interval.map_or([dot.value; 2], |(low, high)| [low, high]));
    round_domain(ends.chain(lines.map(|(value, _)| *value)), 0.0, 100.0)
}

impl Layout for Dots {
    const TEMPLATE: &'static str = "dots";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let domain = domain(&self.dots, self.england.iter().chain(&self.target));
        let longest = self.dots.iter().map(|dot| text::width(&dot.name, 13.0)).fold(120.0, f64::max);
        let (left, right) = frame.pick(((longest + 16.0).min(356.0), 650.0), (6.0, frame.width() - 6.0));
        let pitch = frame.pick(21.0, 38.0);
        let scale = Scale::new(domain, (left, right));
        let top = 24.0;
        let bottom = top + pitch * number(self.dots.len()) + 4.0;
        let rows = self.dots.iter().enumerate().map(|(index, dot)| {
            let y = top + pitch * number(index);
            let (mark_y, labels) = match frame {
                Frame::Wide => {
                    let y = y + pitch * 0.5 + 2.0;
                    let name = text::shorten(&dot.name, 13.0, left - 16.0);
                    let name = Label::new(left - 12.0, y + 4.5, name, "end");
                    (y, vec![name, Label::new(frame.width(), y + 4.5, &dot.text, "end figures")])
                }
                Frame::Narrow => {
                    let name = text::shorten(&dot.name, 13.0, frame.width() - 56.0);
                    let name = Label::new(0.0, y + 15.0, name, "halo");
                    (y + 27.0, vec![name, Label::new(frame.width(), y + 15.0, &dot.text, "end figures halo")])
                }
            };
            Row { mark: dot.mark(frame, (scale.at(dot.value), mark_y), scale), labels }
        });
        let rows = rows.collect();
        let england_x = self.england.as_ref().map(|(value, _)| scale.at(*value));
        let target_x = self.target.as_ref().map(|(value, _)| scale.at(*value));
        let labels = heads(self.england.as_ref().zip(england_x), self.target.as_ref().zip(target_x), frame);
        let ticks = lying(domain, scale, bottom + 16.0, frame);
        // Where there is little room, every other line is named.
        let every = if frame == Frame::Narrow && ticks.len() > 5 { 2 } else { 1 };
        let ticks: Vec<Tick> = ticks.into_iter().step_by(every).collect();
        // Under each name the line goes on to the next one.
        let spans: Vec<(f64, f64)> = match frame {
            Frame::Wide => vec![(top, bottom)],
            Frame::Narrow => (0..self.dots.len())
                .map(|index| top + pitch * number(index))
                .map(|y| (y + 20.0, y + pitch + 2.0))
                .collect(),
        };
        let line = |x: Px| -> String {
            let part =
                |(from, to): &(f64, f64)| format!("M{} {}V{}", x.text(), Px(*from).text(), Px(*to).text());
            spans.iter().map(part).collect()
        };
        let (note, room) = hollow_note(bottom + 36.0, self.dots.iter().any(|dot| dot.is_flagged));
        let drawing = Drawing {
            grid: ticks.iter().map(|tick| line(tick.at)).collect(),
            ticks,
            target: target_x.map(Px).map(line).unwrap_or_default(),
            england: england_x.map(Px).map(line).unwrap_or_default(),
            labels: labels.into_iter().chain(note).collect(),
            rows,
        };
        (bottom + 24.0 + room, drawing)
    }
}

/// What is written over the lines of England and of the target; where they are close, each on its own side.
fn heads(
    england: Option<(&(f64, String), f64)>,
    target: Option<(&(f64, String), f64)>,
    frame: Frame,
) -> Vec<Label> {
    let is_left = england.zip(target).is_some_and(|((_, england), (_, target))| england < target);
    let label = |written: &str, x: f64, is_alone: bool, is_left: bool, classes: [&'static str; 3]| {
        let width = text::width(written, 13.0);
        match (is_alone, is_left) {
            (true, _) => {
                Label::new(x.clamp(width * 0.5, frame.width() - width * 0.5), 14.0, written, classes[0])
            }
            (false, true) => Label::new(f64::max(x - 4.0, width), 14.0, written, classes[1]),
            (false, false) => Label::new(f64::min(x + 4.0, frame.width() - width), 14.0, written, classes[2]),
        }
    };
    let is_alone = england.is_none() || target.is_none();
    let england = england.map(|((_, written), x)| {
        let classes = ["strong-orange middle", "strong-orange end", "strong-orange"];
        label(written, x, is_alone, is_left, classes)
    });
    let target = target.map(|((_, written), x)| {
        label(written, x, is_alone, !is_left, ["small strong middle", "small strong end", "small strong"])
    });
    england.into_iter().chain(target).collect()
}
