//! One count over shrinking groups: each bar is a group, the filled part is the same referrals every time.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// A bar per group, the largest first.
pub struct Bars {
    /// The bars, from above.
    pub bars: Vec<Bar>,
    /// Says that the filled part is one count.
    pub same: String,
}

/// One group.
pub struct Bar {
    /// What is written beside it.
    pub label: String,
    /// The part and the whole; none where the figures lack them.
    pub counts: Option<(f64, f64)>,
    /// The share, written out.
    pub share: String,
    /// `263,295 of 1,376,920`, or what is missing.
    pub note: String,
}

#[derive(Serialize)]
struct Drawing {
    rows: Vec<Row>,
    same: Vec<Label>,
}

#[derive(Serialize)]
struct Row {
    labels: Vec<Label>,
    note: Label,
    y: Px,
    height: Px,
    whole: Option<Px>,
    part: Option<Px>,
    share: Option<Label>,
    /// A dashed line in place of a bar.
    gap: Px,
}

const LINE: f64 = 16.0;

impl Layout for Bars {
    const TEMPLATE: &'static str = "bars";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (bar_height, pitch) = frame.pick((28.0, 58.0), (24.0, 54.0));
        let room = frame.width() - frame.pick(92.0, 74.0);
        let largest =
            self.bars.iter().filter_map(|bar| bar.counts).fold(0.0_f64, |most, (_, whole)| most.max(whole));
        let scale = Scale::new((0.0, largest), (0.0, room));
        let mut rows = Vec::new();
        let mut y = 0.0;
        for bar in &self.bars {
            let lines = text::wrap(&bar.label, text::bold(13.5), frame.width());
            let bar_y = y + 8.0 + LINE * number(lines.len());
            let counts = bar.counts.map(|(part, whole)| (scale.at(part), scale.at(whole)));
            let share_at = |whole: f64| {
                Label::new(
                    whole + 8.0,
                    bar_y + bar_height * 0.5 + 7.5,
                    &bar.share,
                    frame.pick("figure", "figure tight"),
                )
            };
            rows.push(Row {
                labels: Label::lines(0.0, y + LINE, LINE, lines, "strong"),
                note: match counts {
                    Some(_) => Label::new(0.0, bar_y + bar_height + 16.0, &bar.note, "muted"),
                    None => Label::new(9.0, bar_y + bar_height * 0.5 + 4.5, &bar.note, "muted italic"),
                },
                y: Px(bar_y),
                height: Px(bar_height),
                whole: counts.map(|(_, whole)| Px(whole)),
                part: counts.map(|(part, _)| Px(part)),
                share: counts.map(|(_, whole)| share_at(whole)),
                gap: Px(room),
            });
            y = if counts.is_some() { bar_y + pitch } else { bar_y + pitch - LINE };
        }
        let lines = text::wrap(&self.same, text::bold(11.5), frame.width());
        let same = Label::lines(0.0, y + 18.0, 17.0, lines, "small strong-blue");
        let height = y + 10.0 + 17.0 * number(same.len());
        (height, Drawing { rows, same })
    }
}
